"""The widgets in a real browser: JupyterLab in headless Chromium, see conftest."""

import nbformat
import numpy as np
import pytest

from embedviz.neighbors import nearest
from embedviz.table import EmbeddingTable

pytestmark = pytest.mark.browser

# 60 names in three groups; UMAP is computed afresh, by the worker process. The big map is drawn with WebGL.
SETUP = """
import os, tempfile
os.environ["EMBEDVIZ_CACHE"] = tempfile.mkdtemp()
import numpy as np
import pandas as pd
from embedviz.losses import sampled_softmax_loss
from embedviz.models import PairEmbedding
from embedviz.pairs import PairBatches, Pairs
from embedviz.table import EmbeddingTable
from embedviz.training import fit
from embedviz.widgets import TrainingCurve, explore
"""
TABLE = """
random = np.random.default_rng(0)
names = [f"{kind} {i}" for kind in ("novel", "poem", "play") for i in range(20)]
table = EmbeddingTable(names, np.repeat(np.eye(3, 8), 20, axis=0) + 0.3 * random.normal(size=(60, 8)))
"""
CELLS = [
    SETUP + TABLE,
    """
links = [(name, link) for i, name in enumerate(names) for link in (name.split()[0], f"shelf {i % 4}")]
pairs = Pairs.from_frame(pd.DataFrame(links, columns=["title", "link"]))
frame = pd.DataFrame({"kind": [name.split()[0] for name in names], "year": range(1900, 1960)}, index=names)
explorer = explore(table, pairs, frame, title="Sixty works")
explorer
""",
    """
big = EmbeddingTable([f"point {i}" for i in range(6000)], random.normal(size=(6000, 4)))
explore(big, projection="pca", title="Big")
""",
    """
history = fit(PairEmbedding(60, 7), lambda model, i, c: sampled_softmax_loss(model.all_scores(i, c), c), PairBatches(pairs, 60),
              epochs=4, validate=lambda model: {"recall": 0.5}, callbacks=[TrainingCurve()], progress=False)
""",
]


@pytest.fixture(scope="module")
def table():
    scope = {"np": np, "EmbeddingTable": EmbeddingTable}
    exec(TABLE, scope)
    return scope["table"]


@pytest.fixture(scope="module")
def notebook(lab):
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = lab.open(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    )
    notebook.run_all()
    yield notebook
    notebook.close()


@pytest.fixture
def cell(notebook):
    """The output of the cell with the explorer."""
    found = notebook.page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea").first
    found.scroll_into_view_if_needed()
    return found


def wait(cell, condition):
    """Wait until the JavaScript `condition` on `plot`, the element of the map, is true."""
    cell.page.wait_for_function(f"([plot]) => {{ return {condition}; }}", arg=[cell.locator(".js-plotly-plot").element_handle()])


def search(cell, text):
    box = cell.get_by_placeholder("Search: type a name")
    box.select_text()
    box.press("Delete")
    box.press_sequentially(text)
    box.press("Enter")


def listed(cell, name):
    """The names in the list, once it is that of `name`."""
    cell.locator(".embedviz-panel caption", has_text=f"Nearest to {name}").wait_for()
    return cell.locator(".embedviz-panel tbody th").all_inner_texts()


def test_the_map_is_drawn_without_an_error_and_without_the_network(notebook, cell):
    cell.locator(".js-plotly-plot").wait_for()
    assert notebook.errors() == [] and notebook.blocked == []
    assert cell.locator(".scatterlayer .point").count() == 60
    assert cell.locator(".legendtext").all_text_contents() == ["novel (20)", "poem (20)", "play (20)"]
    assert not notebook.page.locator("img").first.is_visible()  # the still picture gives way to the live one


def test_umap_replaces_pca_and_back(cell):
    wait(cell, "plot.layout.xaxis.title.text === 'UMAP 1'")  # by itself
    cell.get_by_role("button", name="PCA").click()
    wait(cell, "plot.layout.xaxis.title.text.startsWith('PCA 1')")
    cell.get_by_text("PCA keeps").wait_for()
    cell.get_by_role("button", name="UMAP").click()
    wait(cell, "plot.layout.xaxis.title.text === 'UMAP 1'")
    cell.get_by_text("UMAP keeps").wait_for()


def test_search_lists_the_neighbors_and_lights_them(cell, table):
    search(cell, "Poem 7")
    assert listed(cell, "poem 7") == nearest(table, "poem 7")["name"].tolist()
    assert cell.locator(".embedviz-panel tbody").first.locator("td").nth(3).inner_text() in ("poem", "shelf 3, poem")
    wait(cell, "plot.data.at(-1).text?.length === 11 && plot.data[0].selectedpoints?.length === 0")
    assert cell.locator(".annotation").filter(has_text="poem 7").count() == 1


def test_the_list_leads_on_by_keyboard(cell, table):
    search(cell, "poem 7")
    listed(cell, "poem 7")
    second = nearest(table, "poem 7")["name"][1]
    cell.get_by_role("button", name=second, exact=True).focus()
    cell.page.keyboard.press("Enter")
    assert listed(cell, second) == nearest(table, second)["name"].tolist()
    assert cell.page.evaluate("() => document.activeElement.tagName") == "BUTTON"  # ready for the next step
    assert cell.get_by_placeholder("Search: type a name").input_value() == second


def test_a_click_on_a_point_lists_its_neighbors(cell, table):
    search(cell, "")
    cell.get_by_text("Search for a name, or click").wait_for()
    wait(cell, "!plot.data[0].selectedpoints")
    # The point whose nearest other one is farthest on the screen, so that the click is meant for it alone.
    points = [box for box in (point.bounding_box() for point in cell.locator(".scatterlayer .point").all())]
    middles = np.array([(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in points])
    apart = np.linalg.norm(middles[:, None] - middles, axis=-1) + 1e9 * np.eye(len(middles))
    number = int(apart.min(axis=1).argmax())
    cell.page.mouse.move(*middles[number])
    hover = cell.locator(".hoverlayer .hovertext")
    hover.wait_for()
    assert "kind: " in hover.text_content() and "nearest are near it here" in hover.text_content()
    cell.page.mouse.click(*middles[number])
    name = str(table.names[number])  # the groups are in the order of the names
    assert listed(cell, name) == nearest(table, name)["name"].tolist()


def test_the_search_box_completes(cell):
    search(cell, "poem 3")
    listed(cell, "poem 3")
    cell.page.keyboard.type("m 1")  # replaces what was there
    box = cell.get_by_placeholder("Search: type a name")
    assert box.input_value() == "m 1"
    assert cell.locator("datalist option").evaluate_all("(options) => options.map((option) => option.value)") == [
        "poem 1",
        *(f"poem {i}" for i in range(10, 20)),
    ]
    search(cell, "poem 1")
    assert len(listed(cell, "poem 1")) == 10
    cell.locator(".embedviz-panel caption").click()  # away from the box
    box.click()
    cell.page.keyboard.type("poem 11")  # so does a click
    cell.page.keyboard.press("Enter")
    assert len(listed(cell, "poem 11")) == 10


def test_unknown_text_gives_suggestions(notebook, cell):
    search(cell, "pome 7")
    cell.get_by_role("alert").filter(has_text="“pome 7” is not on the map. Did you mean:").wait_for()
    cell.get_by_role("button", name="poem 7", exact=True).click()
    assert len(listed(cell, "poem 7")) == 10
    assert notebook.errors() == []


def test_the_color_can_be_another_column(cell):
    cell.locator("select").select_option("year")
    wait(cell, "plot.data[0].name.startsWith('1900 to 19')")
    assert cell.locator(".legendtext").count() == 5
    cell.locator("select").select_option("kind")
    wait(cell, "plot.data[0].name === 'novel (20)'")


def test_a_big_map_is_drawn_with_webgl(notebook):
    big = notebook.page.locator(".jp-CodeCell").nth(2)
    big.scroll_into_view_if_needed()
    wait(big, "plot.data[0].type === 'scattergl' && plot.querySelector('canvas')")
    canvas = big.locator("canvas").first.evaluate("(canvas) => [canvas.width, canvas.height]")
    assert min(canvas) > 300
    search(big, "point 77")
    listed(big, "point 77")
    wait(big, "plot.data.at(-1).type === 'scattergl' && plot.data.at(-1).text.length === 11 && plot.data[0].marker.opacity < 0.2")


def test_the_training_curve_ends_as_one_picture(notebook):
    outputs = notebook.page.locator(".jp-CodeCell").nth(3).locator(".jp-OutputArea-output")
    assert outputs.count() == 1 and outputs.locator("img").count() == 1
    curve = notebook.outputs()[-1]
    assert curve["data"]["text/plain"].startswith("Training curve after 4 epochs: loss ") and "image/png" in curve["data"]


def test_the_saved_file_is_small_and_shows_what_was_seen_last(notebook, cell):
    search(cell, "play 3")
    listed(cell, "play 3")
    cell.page.wait_for_timeout(500)
    notebook.page.wait_for_function(
        "() => JSON.stringify([...window.jupyterapp.shell.currentWidget.content.model.cells][1].outputs.toJSON())"
        ".includes('Nearest to play 3')"
    )
    picture, words, view = notebook.save().cells[1].outputs
    assert len(nbformat.writes(notebook.save())) < 1_000_000 and len(str([picture, words, view])) < 400_000
    assert (
        "Lit: play 3 and its nearest neighbors" in picture.data["text/plain"]
        and "Sixty works: UMAP" in picture.data["text/plain"]
    )


def test_a_reloaded_page_shows_the_live_map_as_it_was(notebook, cell, table):
    search(cell, "novel 5")
    listed(cell, "novel 5")
    notebook.save()
    notebook.load()
    cell.locator(".js-plotly-plot").wait_for()
    wait(cell, "plot.layout.xaxis.title.text === 'UMAP 1' && plot.data.at(-1).text?.length === 11")
    assert listed(cell, "novel 5") == nearest(table, "novel 5")["name"].tolist()
    search(cell, "play 9")  # and it is alive
    assert listed(cell, "play 9") == nearest(table, "play 9")["name"].tolist()
    assert notebook.errors() == []


def test_a_slow_browser_without_webgl_gets_svg_and_answers(notebook, cell, table):
    notebook.page.add_init_script(  # anywidget gives up at once, and not after two seconds: see frontend.View
        "const timeout = AbortSignal.timeout; AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms === 2000 ? 0 : ms);"
    )
    notebook.page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        " return kind.includes('webgl') ? null : get.call(this, kind, ...rest); };"
    )
    notebook.load()
    big = notebook.page.locator(".jp-CodeCell").nth(2)
    big.scroll_into_view_if_needed()
    big.locator(".scatterlayer .point").first.wait_for()
    assert big.locator(".scatterlayer .point").count() == 6000 + 11 and big.get_by_text("WebGL is not supported").count() == 0
    search(cell, "poem 15")
    assert listed(cell, "poem 15") == nearest(table, "poem 15")["name"].tolist()
    wait(cell, "plot.data.at(-1).text.at(-1).startsWith('<b>poem 15</b>')")


def test_without_a_kernel_the_still_picture_is_shown(notebook, cell):
    notebook.save()
    notebook.shut_down()
    notebook.load()
    picture = notebook.page.locator(".jp-CodeCell").nth(1).locator("img")
    picture.wait_for()
    assert picture.evaluate("(image) => image.complete && image.naturalWidth") == 1512
    notebook.page.wait_for_timeout(3000)  # JupyterLab looks for the lost widget for 2 seconds
    assert picture.is_visible() and cell.get_by_text("Nearest to").is_visible()
    assert notebook.errors() == [] and notebook.page.get_by_text("model not found").locator("visible=true").count() == 0
    assert notebook.page.get_by_text("Loading widget").locator("visible=true").count() == 0
    assert notebook.blocked == []
