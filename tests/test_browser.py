"""The widgets in a real browser: JupyterLab in headless Chromium, see conftest."""

import nbformat
import numpy as np
import pytest

from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable

pytestmark = pytest.mark.browser

# 60 names in three groups; UMAP is computed afresh, by the worker process. The big map is drawn with WebGL.
SETUP = """
import os, tempfile
os.environ["EMBEDVIZ_CACHE"] = tempfile.mkdtemp()
import numpy as np
import pandas as pd
from embedviz.models.losses import sampled_softmax_loss
from embedviz.widgets.explorer import explore
from embedviz.models.pair import PairEmbedding
from embedviz.inputs.pairs import PairBatches, Pairs
from embedviz.space.table import EmbeddingTable
from embedviz.train.loop import fit
from embedviz.space.epochs import Snapshots
from embedviz.widgets.training_curve import TrainingCurve
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
model = PairEmbedding(60, 7, dim=8)
snapshots = Snapshots(pairs.items, lambda model: model.items.weight, model)
loss = lambda model, i, c: sampled_softmax_loss(model.all_scores(i, c), c)
options = {"epochs": 4, "lr": 0.1, "validate": lambda model: {"recall": 0.5}, "progress": False}
history = fit(model, loss, PairBatches(pairs, 60), callbacks=[TrainingCurve(), snapshots], **options)
""",
    """
options = {"projection": "pca", "title": "Epoch by epoch", "color": "kind", "size": "number of links"}
explore(pairs=pairs, frame=frame, snapshots=snapshots, **options)
""",
]


@pytest.fixture(scope="module")
def table():
    scope = {"np": np, "EmbeddingTable": EmbeddingTable}
    exec(TABLE, scope)
    return scope["table"]


@pytest.fixture
def cell(notebook):
    """The output of the cell with the explorer."""
    return notebook.output(1)


@pytest.fixture
def epochs(notebook):
    """The output of the cell with snapshots."""
    return notebook.output(4)


PLACES = "[...map.x].map((x, i) => [x, map.y[i]])"
NAMES = "const map = root.pointMap, get = (name) => map.data.get(name);"


def ask(cell, question):
    """The value of a JavaScript expression on `map`, the PointMap of live_map.js, and `get`: reads what it was sent."""
    handle = cell.locator(".embedviz-map").element_handle()
    return cell.page.evaluate(f"(root) => {{ {NAMES} return {question}; }}", handle)


def wait(cell, condition):
    """Wait until the map stands still and the JavaScript `condition` on `map` and `get` is true."""
    cell.page.wait_for_function(
        f"(root) => {{ {NAMES} return !map.moving && ({condition}); }}",
        arg=cell.locator(".embedviz-map").element_handle(),
    )


def center(cell, row):
    """Where a point is on the page."""
    cell.locator(".embedviz-top").scroll_into_view_if_needed()
    return ask(cell, f"map.place({row})")


def colors_at(cell, row):
    """The colors in the square of 7 by 7 pixels around a point of the map, as it is painted; array of shape (49, 3)."""
    pixels = ask(
        cell, f"[...map.layers[0].getContext('2d').getImageData(map.x[{row}] - 3, map.y[{row}] - 3, 7, 7).data]"
    )
    return np.array(pixels).reshape(49, 4)[:, :3]


def apart(places):
    """The row of the point whose nearest other one is farthest on the screen, so that a click is meant for it alone."""
    places = np.array(places)
    distances = np.linalg.norm(places[:, None] - places, axis=-1) + 1e9 * np.eye(len(places))
    return int(distances.min(axis=1).argmax())


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


def test_the_map_is_drawn_without_an_error_and_without_the_network(notebook, cell, epochs):
    cell.locator(".embedviz-map").wait_for()
    assert notebook.errors() == [] and notebook.blocked == []
    assert ask(cell, "map.x.length") == 60
    assert cell.locator(".embedviz-legend button").all_inner_texts() == ["novel (20)", "poem (20)", "play (20)"]
    assert not notebook.page.locator("img").first.is_visible()  # the still picture gives way to the live one
    wait(cell, "get('view').axes[0] === 'UMAP 1'")
    for row, color in (
        (0, (0, 114, 178)),
        (20, (230, 159, 0)),
        (40, (0, 158, 115)),
    ):  # painted where it says, in its group's color
        assert np.abs(colors_at(cell, row) - color).sum(axis=1).min() < 160


def test_umap_replaces_pca_and_back_and_the_points_move(cell):
    wait(cell, "get('view').axes[0] === 'UMAP 1'")  # by itself
    for _ in range(5):  # a busy machine may not find the time to draw what is between
        ask(
            cell,
            "(window.seen = new Set(), function look() {"
            " if (window.seen) { window.seen.add(map.x[0].toFixed(1)); requestAnimationFrame(look); } })()",
        )
        cell.get_by_role("button", name="PCA").click()
        wait(cell, "get('view').axes[0].startsWith('PCA 1')")
        cell.get_by_text("PCA keeps").wait_for()
        if (steps := cell.page.evaluate("() => { const n = window.seen.size; window.seen = null; return n; }")) > 3:
            break
        cell.get_by_role("button", name="UMAP").click()
        wait(cell, "get('view').axes[0] === 'UMAP 1'")
    assert steps > 3  # in steps, not at once
    cell.get_by_role("button", name="UMAP").click()
    wait(cell, "get('view').axes[0] === 'UMAP 1'")
    cell.get_by_text("UMAP keeps").wait_for()
    assert cell.get_by_text("Trustworthiness 0.").is_visible()


def test_umap_has_its_parameters_on_the_screen(cell):
    wait(cell, "get('view').axes[0] === 'UMAP 1'")
    before = ask(cell, "[...map.coords].join()")
    slider = cell.get_by_role("slider").first
    slider.focus()
    cell.page.keyboard.press("ArrowLeft")
    cell.page.wait_for_function(
        "([root, before]) => [...root.pointMap.coords].join() !== before && !root.pointMap.moving",
        arg=[cell.locator(".embedviz-map").element_handle(), before],
    )
    assert "14" in cell.locator(".widget-readout:visible").first.inner_text()
    cell.locator("select").filter(has_text="euclidean").select_option("euclidean")
    cell.page.keyboard.press("Tab")
    cell.locator("select").filter(has_text="euclidean").select_option("cosine")
    slider.focus()
    cell.page.keyboard.press("ArrowRight")  # as it was: from the cache
    wait(cell, f"[...map.coords].join() === {before!r}")


def test_three_dimensions_turn(cell):
    cell.get_by_role("button", name="PCA").click()
    cell.get_by_role("button", name="3-D").click()
    wait(cell, "get('view').dim === 3 && get('view').axes.length === 3 && map.depth === 1")
    assert ask(cell, "Math.max(...map.coords.filter((_, i) => i % 3 === 2)) > 0.1")
    before = ask(cell, "[...map.x]")
    x, y = center(cell, 0)
    cell.page.mouse.move(x + 40, y + 40)
    cell.page.mouse.down()
    cell.page.mouse.move(x + 140, y + 60, steps=4)
    cell.page.mouse.up()
    after = ask(cell, "[...map.x]")
    assert np.abs(np.subtract(before, after)).max() > 10 and ask(cell, "map.camera.yaw") < 0.6
    cell.locator(".embedviz-top").focus()
    cell.page.keyboard.press("ArrowUp")
    wait(cell, "Math.abs(map.camera.pitch - 0.4) > 0.01")
    cell.page.keyboard.press("0")
    cell.get_by_role("button", name="2-D").click()
    wait(cell, "get('view').dim === 2 && map.depth === 0")


def test_zoom_and_pan_are_undone_by_one_key(cell):
    top = cell.locator(".embedviz-top")
    top.focus()
    before = ask(cell, "[...map.x]")
    cell.page.keyboard.press("+")
    cell.page.keyboard.press("ArrowRight")
    width = f"(Math.max(...map.x) - Math.min(...map.x)) / {np.ptp(before)}"
    wait(cell, f"map.camera.zoom === 1.5 && Math.abs({width} - 1.5) < 0.0015")
    count = cell.page.locator(".jp-Cell").count()
    for key in "abx":  # in JupyterLab's command mode these make and cut cells
        cell.page.keyboard.press(key)
    assert cell.page.locator(".jp-Cell").count() == count
    cell.page.keyboard.press("0")
    wait(cell, f"map.x.every((x, i) => Math.abs(x - {before}[i]) < 0.01)")


def test_search_lists_the_neighbors_and_lights_them(cell, table):
    search(cell, "Poem 7")
    assert listed(cell, "poem 7") == nearest(table, "poem 7")["name"].tolist()
    assert cell.locator(".embedviz-panel tbody").first.locator("td").nth(3).inner_text() in ("poem", "shelf 3, poem")
    rows = [table.number("poem 7"), *map(table.number, nearest(table, "poem 7")["name"])]
    wait(cell, f"get('lit').rows.join() === {','.join(map(str, rows))!r} && map.labels[0] === 'poem 7'")
    dim = next(row for row in range(60) if row not in rows)
    assert colors_at(cell, dim).min() > 120  # pale


def test_the_keys_n_and_p_walk_from_neighbor_to_neighbor(cell, table):
    search(cell, "poem 7")
    walk = ["poem 7"]
    listed(cell, "poem 7")
    cell.locator(".embedviz-top").focus()
    for _ in range(3):
        walk.append(next(name for name in nearest(table, walk[-1])["name"] if name not in walk))
        cell.page.keyboard.press("n")
        listed(cell, walk[-1])
    cell.page.keyboard.press("Shift+P")  # with Caps Lock, say
    listed(cell, walk[-2])
    cell.page.keyboard.press("Escape")
    cell.get_by_text("Search for a name, or click").wait_for()
    cell.page.keyboard.press("/")
    assert cell.page.evaluate("() => document.activeElement.className") == "embedviz-search"


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
    wait(cell, "!get('lit').rows.length")
    number = apart(ask(cell, PLACES))
    cell.page.mouse.move(*center(cell, number))
    tip = cell.locator(".embedviz-tip")
    tip.wait_for()
    name = str(table.names[number])
    assert name in tip.inner_text() and "kind: " in tip.inner_text() and "nearest are near it here" in tip.inner_text()
    cell.page.mouse.click(*center(cell, number))
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
    color = cell.locator("select").first
    color.select_option("year")
    wait(cell, "get('groups')[0].label.startsWith('1900 to 19')")
    assert cell.locator(".embedviz-legend button").count() == 5
    assert (
        len({tuple(rgb) for rgb in np.array(ask(cell, "[...map.rgb]")).reshape(-1, 3)}) > 40
    )  # it goes on changing within a range
    color.select_option("neighbors kept")
    wait(cell, "get('groups').length > 1 && !get('groups')[0].label.startsWith('1900')")
    color.select_option("kind")
    wait(cell, "get('groups')[0].label === 'novel'")


def test_the_legend_filters_by_mouse_and_by_keyboard(cell):
    poems = cell.locator(".embedviz-legend button", has_text="poem")
    poems.click()
    wait(cell, "get('hidden').join() === '1' && map.x.filter(isNaN).length === 20")
    assert poems.get_attribute("aria-pressed") == "false"
    poems.focus()
    cell.page.keyboard.press("Enter")
    wait(cell, "map.x.filter(isNaN).length === 0")
    poems.click(modifiers=["Shift"])
    wait(cell, "map.x.filter(isNaN).length === 40 && !isNaN(map.x[20])")
    poems.click(modifiers=["Shift"])
    wait(cell, "map.x.filter(isNaN).length === 0")


def test_the_size_can_be_the_number_of_links(cell):
    size = cell.locator("select").nth(1)
    size.select_option("year")
    wait(cell, "map.radii.length === 60 && map.radii[59] > map.radii[0]")
    size.select_option("all alike")
    wait(cell, "map.radii.length === 0")


def test_what_the_map_distorts_is_shown(cell, table):
    search(cell, "poem 7")
    listed(cell, "poem 7")
    cell.get_by_label("Show what the map distorts").check()
    wait(cell, "get('lit').kinds.includes('torn') || get('lit').kinds.includes('false')")
    coords = np.array(ask(cell, "[...map.coords]")).reshape(-1, 3)[:, :2]
    row, true = table.number("poem 7"), [table.number(name) for name in nearest(table, "poem 7")["name"]]
    distances = np.linalg.norm(coords - coords[row], axis=1)
    near = [int(i) for i in np.argsort(distances) if i != row][:10]
    lit = dict(zip(*ask(cell, "[get('lit').rows, get('lit').kinds]")))
    assert {i for i in lit if lit[i] == "torn"} == set(true) - set(near)
    assert {i for i in lit if lit[i] == "false"} == set(near) - set(true)
    assert cell.locator(".embedviz-panel caption").all_inner_texts() == [
        "Nearest to poem 7",
        "False: near on the map alone",
    ]
    cell.get_by_text("Dashed, orange: torn away").wait_for()
    cell.get_by_label("Show what the map distorts").uncheck()
    wait(cell, "!get('lit').kinds.includes('false') && !get('lit').kinds.includes('torn')")


def test_a_direction_of_ones_own(cell, table):
    cell.get_by_role("button", name="Direction").click()
    cell.get_by_text("Type a name into each of the two boxes").wait_for()
    for label, text in (("From:", "novel 1, Novel 2"), ("To:", "play 3")):
        box = cell.get_by_placeholder(label)
        box.fill(text)
        box.press("Enter")
    wait(cell, "get('view').axes[0] === 'from novel 1, Novel 2 (0) to play 3 (1)'")
    x = np.array(ask(cell, "[...map.coords]")).reshape(-1, 3)[:, 0]
    assert x[43] == pytest.approx(1, abs=1e-4) and x[[1, 2]].mean() == pytest.approx(0, abs=1e-4)
    assert x[:20].mean() < x[20:40].mean() < x[40:].mean()
    box.fill("plaj 3")
    box.press("Enter")
    cell.get_by_role("alert").filter(has_text="did you mean 'play 3'").wait_for()
    cell.get_by_role("button", name="UMAP").click()
    wait(cell, "get('view').axes[0] === 'UMAP 1'")


def test_a_lasso_says_what_the_chosen_share(cell):
    search(cell, "")
    wait(cell, "!get('lit').rows.length")
    x, y = np.array(ask(cell, PLACES))[20:40].T  # around the poems
    box = cell.locator(".embedviz-top").bounding_box()
    corners = [
        (x.min() - 6, y.min() - 6),
        (x.max() + 6, y.min() - 6),
        (x.max() + 6, y.max() + 6),
        (x.min() - 6, y.max() + 6),
    ]
    cell.get_by_role("button", name="Lasso").click()
    cell.page.mouse.move(box["x"] + corners[0][0], box["y"] + corners[0][1])
    cell.page.mouse.down()
    for a, b in corners[1:]:
        cell.page.mouse.move(box["x"] + a, box["y"] + b, steps=5)
    cell.page.mouse.up()
    cell.locator(".embedviz-panel caption", has_text="share").wait_for()
    rows = cell.locator(".embedviz-panel tbody tr").all_inner_texts()
    assert rows[0].split("\t")[0] in ("link: poem", "kind: poem") and rows[0].endswith("×")
    chosen = ask(cell, "[...map.selection]")
    assert set(range(20, 40)) <= set(chosen)
    assert cell.get_by_role("button", name="Lasso").get_attribute("aria-pressed") == "false"
    search(cell, "poem 2")
    listed(cell, "poem 2")
    wait(cell, "map.selection.length === 0")


def test_the_epochs_are_dragged_played_and_stopped(notebook, epochs):
    wait(epochs, "get('view').axes[0] === 'PCA 1, of the last epoch' && map.radii.length === 60")
    handle = epochs.locator(".noUi-handle:visible")
    last = np.array(ask(epochs, "[...map.coords]"))
    handle.focus()
    epochs.page.keyboard.press("Home")
    epochs.page.wait_for_function(
        "([root, size]) => !root.pointMap.moving && Math.max(...root.pointMap.coords) < size / 2",
        arg=[epochs.locator(".embedviz-map").element_handle(), float(last.max())],
    )
    assert epochs.locator(".widget-readout:visible").inner_text() == "0"
    spread = np.linalg.norm(ask(epochs, "[...map.coords]"))
    assert spread < np.linalg.norm(last) / 2  # before training all are near the middle, at the scale of the last
    epochs.page.keyboard.press("ArrowRight")
    epochs.locator(".widget-readout:visible", has_text="1").first.wait_for()
    epochs.locator(".embedviz-top").focus()
    epochs.page.keyboard.press("Space")  # plays to the end
    epochs.locator(".widget-readout:visible", has_text="4").first.wait_for()
    wait(epochs, "true")
    np.testing.assert_allclose(ask(epochs, "[...map.coords]"), last, atol=1e-5)
    for _ in range(5):  # a busy machine may play to the end before it sees the key
        epochs.page.keyboard.press("Space")  # and anew, from the first
        epochs.locator(".widget-readout:visible", has_text="1").first.wait_for()
        epochs.page.keyboard.press("Space")
        stopped = notebook.at_rest(epochs.locator(".widget-readout:visible").inner_text, quiet=1.5)
        if stopped != "4":
            break
    assert stopped != "4"
    epochs.locator(".widget-play button").first.click()
    epochs.locator(".widget-readout:visible", has_text="4").first.wait_for()
    assert notebook.errors() == []


def test_the_neighbors_are_those_of_the_epoch(epochs):
    search(epochs, "poem 7")
    last = listed(epochs, "poem 7")
    epochs.locator(".noUi-handle:visible").focus()
    epochs.page.keyboard.press("Home")
    epochs.page.wait_for_function(
        "([panel, last]) => [...panel.querySelectorAll('tbody th')].map((name) => name.innerText).join() !== last",
        arg=[epochs.locator(".embedviz-panel").element_handle(), ",".join(last)],
    )
    epochs.page.keyboard.press("End")
    epochs.page.wait_for_function(
        "([panel, last]) => [...panel.querySelectorAll('tbody th')].map((name) => name.innerText).join() === last",
        arg=[epochs.locator(".embedviz-panel").element_handle(), ",".join(last)],
    )


def test_a_big_map_answers(notebook):
    big = notebook.output(2)
    wait(big, "map.x.length === 6000")
    search(big, "point 77")
    listed(big, "point 77")
    wait(big, "get('lit').rows[0] === 77 && get('lit').rows.length === 11")
    took = ask(big, "(() => { const start = performance.now(); map.draw(); return performance.now() - start; })()")
    print(f"6,000 points are drawn in {took:.0f} ms")
    assert colors_at(big, 78).min() > 100


def test_the_training_curve_ends_as_one_picture(notebook):
    outputs = notebook.page.locator(".jp-CodeCell").nth(3).locator(".jp-OutputArea-output")
    assert outputs.count() == 1 and outputs.locator("img").count() == 1
    [curve] = [
        output
        for output in notebook.outputs()
        if output["data"]["text/plain"].startswith("Training curve after 4 epochs: loss ")
    ]
    assert "image/png" in curve["data"]


def test_the_saved_file_is_small_and_shows_what_was_seen_last(notebook, cell):
    search(cell, "play 3")
    listed(cell, "play 3")
    notebook.wait_for_saved(1, "Lit: play 3 and its nearest neighbors")
    notebook.wait_for_saved(1, "Nearest to play 3")
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
    cell.locator(".embedviz-map").wait_for()
    wait(cell, "get('view').axes[0] === 'UMAP 1' && get('lit').rows.length === 11 && map.labels[0] === 'novel 5'")
    assert listed(cell, "novel 5") == nearest(table, "novel 5")["name"].tolist()
    search(cell, "play 9")  # and it is alive
    assert listed(cell, "play 9") == nearest(table, "play 9")["name"].tolist()
    assert notebook.errors() == []


def test_a_slow_browser_answers(notebook, cell, table):
    notebook.page.add_init_script(  # anywidget gives up at once, and not after two seconds: see frontend.View
        "const timeout = AbortSignal.timeout;"
        " AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms === 2000 ? 0 : ms);"
    )
    notebook.load()
    big = notebook.output(2)
    wait(big, "map.x.length === 6000")
    search(cell, "poem 15")
    assert listed(cell, "poem 15") == nearest(table, "poem 15")["name"].tolist()
    wait(cell, "map.labels[0] === 'poem 15'")


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
