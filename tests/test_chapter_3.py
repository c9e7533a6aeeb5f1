"""Chapter 3 as a learner runs it: opened in JupyterLab in a browser, Run All, then used; see `chapter` in conftest."""

import pytest
from test_browser import listed, search

pytestmark = pytest.mark.browser
NAME = "03_cbow.ipynb"


def test_it_draws_the_words_and_finds_the_neighbors_of_railroad(chapter):
    window = chapter.output("explore_window(", drawn=0)
    window.get_by_role("combobox").select_option(index=1)
    window.get_by_role("button", name="nobly").click()
    window.get_by_text("Loss: −log p(nobly |").wait_for()
    cell = chapter.output("2,000 words of presidents").locator(".embedviz").first
    search(cell, "railroad")
    assert {"railway", "railroads", "railways"} & set(listed(cell, "railroad"))
    assert chapter.errors() == []
