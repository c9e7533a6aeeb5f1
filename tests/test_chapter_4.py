"""Chapter 4 as a learner runs it: opened in JupyterLab in a browser, Run All, then used; see `chapter` in conftest."""

import pytest

pytestmark = pytest.mark.browser
NAME = "04_two_tower.ipynb"


def test_it_recommends_and_weighs_the_indexes(chapter):
    indexes = chapter.output("explore_indexes(measured")
    indexes.get_by_role("combobox", name="Vectors").select_option("100,000 synthetic")
    indexes.get_by_role("status").filter(has_text="times exact search").wait_for()
    films = chapter.output("explore_retrieval(")
    films.locator(".embedviz-recommended .embedviz-name", has_text="Terminator").first.wait_for()
    box = films.locator(".embedviz-search")
    box.fill("toy story (1995)")
    box.press("Enter")
    films.get_by_role("button", name="remove Toy Story (1995)").wait_for()
    assert chapter.errors() == []
