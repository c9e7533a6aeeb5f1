"""Chapter 2 as a learner runs it: opened in JupyterLab in a browser, Run All, then used; see `chapter` in conftest."""

import pytest
from test_browser import listed, search

pytestmark = pytest.mark.browser
NAME = "02_wikipedia_books.ipynb"


def test_it_draws_the_map_and_finds_the_neighbors_of_war_and_peace(chapter):
    cell = chapter.output("Books, by what they link to").locator(".embedviz").first
    search(cell, "War and Peace")
    assert {"Anna Karenina", "The Brothers Karamazov"} & set(listed(cell, "War and Peace"))
    live = chapter.output("live_training(")
    live.get_by_role("status").filter(has_text="Trained after 6 epochs").wait_for()
    live.get_by_role("button", name="Start", exact=True).click()
    live.get_by_role("status").filter(has_text="Trained after 12 epochs").wait_for()
    in_page = chapter.output("train_in_page(")
    in_page.locator(".embedviz-start").click()
    in_page.get_by_role("status").filter(has_text="Trained for 15 epochs").wait_for()
    linked = chapter.output("compare_maps(", drawn=2).locator(".embedviz").first
    search(linked, "Dune (novel)")
    linked.locator(".embedviz-panel caption", has_text="Nearest to Dune (novel)").wait_for()
    assert linked.locator(".embedviz-panel tbody").count() == 10
    assert chapter.errors() == []
