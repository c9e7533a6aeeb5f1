"""Chapter 1 as a learner runs it: opened in JupyterLab in a browser, Run All, then used; see `chapter` in conftest."""

import pytest
from test_browser import listed, search

pytestmark = pytest.mark.browser
NAME = "01_encodings.ipynb"


def test_it_trains_in_the_encoding_lab_and_draws_both_maps(chapter):
    bench = chapter.output("encoding_lab(task")
    bench.get_by_role("button", name="Start").click()
    # seed 0 was trained by the cell itself, for its still picture
    bench.get_by_text("Trained dest · embedding 8 · seed 1 after 8 epochs").wait_for()
    maps = chapter.output("airport_map(distance_table", drawn=2).locator(".embedviz").first
    assert maps.locator(".embedviz-map").count() == 2
    maps.locator(".embedviz-panel caption", has_text="Nearest to LAX").wait_for()
    search(maps, "MIA")
    assert len(listed(maps, "MIA")) == 5
    assert chapter.errors() == []
