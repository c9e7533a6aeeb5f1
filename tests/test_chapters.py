"""The chapters as a learner runs them: opened in JupyterLab in a browser, Run All, then used."""

import pytest
from test_browser import listed, search

pytestmark = pytest.mark.browser


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


def output(notebook, code):
    """The output of the cell whose source contains `code`."""
    found = notebook.page.locator(".jp-CodeCell").filter(has_text=code).first.locator(".jp-OutputArea").first
    found.scroll_into_view_if_needed()
    return found


def test_chapter_2_draws_the_map_and_finds_the_neighbors_of_war_and_peace(run):
    cell = output(run("02_wikipedia_books.ipynb"), "explore(table, pairs, about")
    cell.locator(".js-plotly-plot").wait_for()
    search(cell, "War and Peace")
    assert {"Anna Karenina", "The Brothers Karamazov"} & set(listed(cell, "War and Peace"))
