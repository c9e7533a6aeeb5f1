"""Chapter 3's window widget in a real browser: JupyterLab in headless Chromium, see conftest."""

import pytest

pytestmark = pytest.mark.browser

CELLS = [
    """
import numpy as np
from embedviz.widgets.window import explore_window
sentences = ["the only thing we have to fear is fear itself",
             "we shall nobly save or meanly lose the last best hope of earth"]
words = sorted(set(" ".join(sentences).split()))
random = np.random.default_rng(0)
explorer = explore_window(sentences, words, *random.normal(size=(2, len(words), 16)), position=7, n=2)
explorer
"""
]


@pytest.fixture
def cell(notebook):
    return notebook.output(0, drawn=0)


def at(cell, target, context):
    """Wait until the window stands there."""
    cell.locator(".sentence .target", has_text=target).wait_for()
    cell.page.wait_for_function(
        "([panel, words]) =>"
        " [...panel.querySelectorAll('.sentence .context')].map((word) => word.innerText).join(' ') === words",
        arg=[cell.locator(".embedviz-panel").element_handle(), context],
    )


def test_it_is_drawn_without_an_error_and_without_the_network(notebook, cell):
    at(cell, "is", "to fear fear itself")
    assert notebook.errors() == [] and notebook.blocked == []
    assert cell.locator(".heat td").count() == 16 and cell.locator(".strip i").count() == 3
    assert cell.locator(".bars tbody tr").count() in (8, 9) and cell.locator(".bars .is th").inner_text() == "is"
    assert not cell.locator("img").first.is_visible()  # the still picture gives way to the live one


def test_the_sliders_move_the_window_by_keyboard(cell):
    handles = cell.get_by_role("slider")
    place, width = handles.nth(0), handles.nth(1)
    place.focus()
    cell.page.keyboard.press("ArrowLeft")
    at(cell, "fear", "have to is fear")
    width.focus()
    cell.page.keyboard.press("ArrowLeft")
    at(cell, "fear", "to is")
    place.focus()
    cell.page.keyboard.press("ArrowRight")
    at(cell, "is", "fear fear")
    assert "fear 2/2" in cell.inner_text()


def test_a_word_is_chosen_by_click_and_by_keyboard_and_keeps_the_focus(cell):
    cell.get_by_role("button", name="thing").click()
    at(cell, "thing", "only we")
    cell.get_by_role("button", name="we, context").focus()
    cell.page.keyboard.press("Enter")
    at(cell, "we", "thing have")
    assert cell.page.evaluate("() => document.activeElement.innerText") == "we"


def test_another_sentence(cell):
    cell.get_by_role("combobox").select_option(index=1)
    at(cell, "save", "nobly or")
    assert "Loss: −log p(save | nobly, or)" in cell.inner_text()


def test_without_a_kernel_the_still_picture_is_shown(notebook, cell):
    notebook.wait_for_saved(0, "nobly, or predict the target save")  # the picture follows what was last shown
    [picture] = [output for output in notebook.save().cells[0].outputs if "image/png" in output.get("data", {})]
    assert "nobly, or predict the target save" in picture.metadata["image/png"]["alt"]
    notebook.shut_down()
    notebook.load()
    picture = notebook.page.locator(".jp-CodeCell img")
    picture.wait_for()
    assert picture.evaluate("(image) => image.complete && image.naturalWidth") == 1512
    notebook.page.wait_for_timeout(3000)  # JupyterLab looks for the lost widget for 2 seconds
    assert picture.is_visible()
    assert notebook.page.get_by_text("nobly, or predict the target save").is_visible()  # JupyterLab shows no alt
    assert notebook.errors() == [] and notebook.blocked == []
    assert notebook.page.get_by_text("model not found").locator("visible=true").count() == 0
    assert notebook.page.get_by_text("Loading widget").locator("visible=true").count() == 0
