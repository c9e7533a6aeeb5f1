"""Chapter 3 as a learner runs it: opened in JupyterLab in a browser, Run All, then used; see `chapter` in conftest."""

import pytest
from test_browser import listed, search

pytestmark = pytest.mark.browser
NAME = "03_cbow.ipynb"


def test_it_draws_the_words_and_finds_the_neighbors_of_railroad(chapter):
    cell = chapter.output("2,000 words of presidents")
    cell.locator(".embedviz-map").wait_for()
    search(cell, "railroad")
    assert {"railway", "railroads", "railways"} & set(listed(cell, "railroad"))
    assert chapter.errors() == []
