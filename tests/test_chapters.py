"""The chapters as a learner runs them: opened in JupyterLab in a browser, Run All, then used.

These take minutes a chapter, and nbval runs the same cells: they are for CI, and for whoever sets
EMBEDVIZ_REQUIRE_BROWSER=1.
"""

import os

import pytest
from test_browser import listed, search

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not os.environ.get("EMBEDVIZ_REQUIRE_BROWSER"), reason="for CI; EMBEDVIZ_REQUIRE_BROWSER=1 runs it"
    ),
]


@pytest.fixture
def run(lab):
    """Opens a chapter, runs it all, and sees that nothing failed and nothing outside this machine was asked for."""

    def run(name):
        notebook = lab.open(name)
        notebook.run_all(timeout=900)
        assert notebook.errors() == [] and notebook.blocked == []
        opened.append(notebook)
        return notebook

    opened = []
    yield run
    for notebook in opened:
        notebook.close()


def test_chapter_2_draws_the_map_and_finds_the_neighbors_of_war_and_peace(run):
    notebook = run("02_wikipedia_books.ipynb")
    cell = notebook.output("explore(table, pairs, about")
    cell.locator(".embedviz-map").wait_for()
    search(cell, "War and Peace")
    assert {"Anna Karenina", "The Brothers Karamazov"} & set(listed(cell, "War and Peace"))
    live = notebook.output("live_training(")
    live.get_by_role("status").filter(has_text="Trained after 6 epochs").wait_for()
    live.get_by_role("button", name="Start", exact=True).click()
    live.get_by_role("status").filter(has_text="Trained after 12 epochs").wait_for()
    linked = notebook.output("compare_maps(")
    search(linked, "Dune (novel)")
    linked.locator(".embedviz-panel caption", has_text="Nearest to Dune (novel)").wait_for()
    assert notebook.errors() == []


def test_chapter_1_trains_in_the_encoding_lab_and_draws_both_maps(run):
    notebook = run("01_encodings.ipynb")
    bench = notebook.output("encoding_lab(task")
    bench.get_by_role("button", name="Start").click()
    bench.get_by_text("Trained dest · embedding 8 after 8 epochs").wait_for()
    maps = notebook.output("airport_map(table")
    assert maps.locator(".embedviz-map").count() == 2
    maps.locator(".embedviz-panel caption", has_text="Nearest to LAX").wait_for()


def test_chapter_3_draws_the_words_and_finds_the_neighbors_of_railroad(run):
    cell = run("03_cbow.ipynb").output("explore(table.subset(shown)")
    cell.locator(".embedviz-map").wait_for()
    search(cell, "railroad")
    assert {"railway", "railroads", "railways"} & set(listed(cell, "railroad"))


def test_chapter_4_recommends_and_weighs_the_indexes(run):
    notebook = run("04_two_tower.ipynb")
    indexes = notebook.output("explore_indexes(measured")
    indexes.get_by_role("combobox", name="Vectors").select_option("1,000,000 synthetic")
    indexes.get_by_role("status").filter(has_text="times exact search").wait_for()
    films = notebook.output("explore_retrieval(served")
    films.locator(".embedviz-panel tbody th", has_text="Terminator").first.wait_for()
    box = films.locator(".embedviz-search")
    box.fill("toy story (1995)")
    box.press("Enter")
    films.get_by_role("button", name="remove Toy Story (1995)").wait_for()
