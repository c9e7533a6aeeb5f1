"""The explorer in a real browser, as a file without a kernel; test_browser_kernel.py runs these tests in JupyterLab."""

import numpy as np
import pytest
from playwright.sync_api import expect

from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable

pytestmark = pytest.mark.browser

# 60 names in three groups. UMAP is computed by the worker process where these cells run first, and kept until the tests
# end, beside the progress of their own.
SETUP = """
import os
os.environ["EMBEDVIZ_CACHE"] = os.path.join(os.path.dirname(os.environ["EMBEDVIZ_PROGRESS"]), "cache")
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
large = explore(big, projection="pca", title="Big")
large
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
epochs = explore(pairs=pairs, frame=frame, snapshots=snapshots, **options)
epochs
""",
]

SHOWN = {1: "explorer", 2: "large", 4: "epochs"}
HOMES = ("file", "phone")


@pytest.fixture(scope="module")
def table():
    scope = {"np": np, "EmbeddingTable": EmbeddingTable}
    exec(TABLE, scope)
    return scope["table"]


@pytest.fixture
def cell(home):
    """The explorer."""
    return home.output(1)


@pytest.fixture
def epochs(home):
    """The explorer with snapshots."""
    return home.output(4)


PLACES = "[...map.x].map((x, i) => [x, map.y[i]])"
LOOK = (
    "const explorer = root.explorer, { state, data } = explorer, now = state.values,"
    " map = root.querySelector('.embedviz-map').pointMap, axis = () => now.place?.axes[0] ?? '';"
)


def ask(cell, question):
    """The value of a JavaScript expression on `map`, the PointMap, `now`, the state's values, and `data`."""
    return cell.page.evaluate(f"(root) => {{ {LOOK} return {question}; }}", cell.element_handle())


def wait(cell, condition):
    """Wait until the map stands still and a JavaScript condition, on what `ask` has, is true."""
    cell.page.wait_for_function(
        f"(root) => {{ {LOOK} return !map.moving && ({condition}); }}", arg=cell.element_handle()
    )


def center(cell, row):
    """Where a point is on the page."""
    cell.locator(".embedviz-top").scroll_into_view_if_needed()
    return ask(cell, f"map.place({row})")


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


def color(cell):
    return cell.get_by_label("Color")


def test_the_map_is_drawn_without_an_error_and_without_the_network(home, cell):
    wait(cell, "axis() === 'UMAP 1' && map.x.length === 60")
    assert home.errors() == []
    legend = cell.locator(".embedviz-entry button:first-child").all_inner_texts()
    assert [text.split() for text in legend] == [["novel", "20"], ["poem", "20"], ["play", "20"]]
    assert not cell.page.locator("img").first.is_visible()  # the still picture gives way to the live one


def test_umap_replaces_pca_and_back_and_the_points_move(cell):
    wait(cell, "axis() === 'UMAP 1'")  # by itself
    for _ in range(5):  # a busy machine may not find the time to draw what is between
        ask(
            cell,
            "(window.seen = new Set(), function look() {"
            " if (window.seen) { window.seen.add(map.x[0].toFixed(1)); requestAnimationFrame(look); } })()",
        )
        cell.get_by_role("button", name="PCA").click()
        wait(cell, "axis().startsWith('PCA 1')")
        cell.get_by_text("PCA keeps").wait_for()
        if (steps := cell.page.evaluate("() => { const n = window.seen.size; window.seen = null; return n; }")) > 3:
            break
        cell.get_by_role("button", name="UMAP").click()
        wait(cell, "axis() === 'UMAP 1'")
    assert steps > 3  # in steps, not at once
    cell.get_by_role("button", name="UMAP").click()
    wait(cell, "axis() === 'UMAP 1'")
    cell.get_by_text("UMAP keeps").wait_for()
    cell.get_by_text("Trustworthiness 0.").wait_for()


def test_umap_has_its_parameters_on_the_screen(home, cell):
    wait(cell, "axis() === 'UMAP 1'")
    if not home.live:
        assert cell.get_by_text("Other settings need the notebook’s kernel.").is_visible()
        assert cell.get_by_label("Settings").evaluate("(box) => box.selectedOptions[0].text") == (
            "n_neighbors 15, min_dist 0.1, cosine"
        )
        cell.get_by_role("button", name="3-D").click()
        button = cell.get_by_role("button", name="UMAP")
        why = "This page has no 3-D UMAP: it takes the notebook’s kernel."
        assert button.is_disabled() and button.get_attribute("title") == why
        cell.get_by_role("note").filter(has_text=why).wait_for()  # a finger is told no title
        cell.get_by_role("button", name="2-D").click()
        wait(cell, "axis() === 'UMAP 1'")
        return
    before = ask(cell, "[...map.coords].join()")
    slider = cell.get_by_label("n_neighbors")
    slider.focus()
    cell.page.keyboard.press("ArrowLeft")
    wait(cell, f"now.umap.n_neighbors === 14 && [...map.coords].join() !== {before!r}")
    cell.get_by_label("metric").select_option("euclidean")
    wait(cell, "now.umap.metric === 'euclidean' && now.place.key.includes('euclidean')")
    cell.get_by_label("metric").select_option("cosine")
    slider.focus()
    cell.page.keyboard.press("ArrowRight")  # as it was: from the cache
    wait(cell, f"[...map.coords].join() === {before!r}")


def test_three_dimensions_turn(cell):
    cell.get_by_role("button", name="PCA").click()
    cell.get_by_role("button", name="3-D").click()
    wait(cell, "now.place.dim === 3 && map.motion.depth === 1")
    assert ask(cell, "Math.max(...map.coords.filter((_, i) => i % 3 === 2)) > 0.1")
    before = ask(cell, "[...map.x]")
    x, y = center(cell, 0)
    cell.page.mouse.move(x + 40, y + 40)
    cell.page.mouse.down()
    cell.page.mouse.move(x + 140, y + 60, steps=4)
    cell.page.mouse.up()
    wait(cell, f"map.camera.yaw < 0.6 && map.x.some((x, i) => Math.abs(x - {before}[i]) > 10)")
    cell.locator(".embedviz-top").focus()
    cell.page.keyboard.press("0")
    wait(cell, f"map.x.every((x, i) => Math.abs(x - {before}[i]) < 0.01)")
    cell.get_by_role("button", name="2-D").click()
    wait(cell, "now.place.dim === 2 && map.motion.depth === 0")


def test_zoom_and_pan_are_undone_by_one_key(home, cell):
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
    similarities = [float(text) for text in cell.locator(".embedviz-panel tbody th + td").all_inner_texts()]
    np.testing.assert_allclose(similarities, nearest(table, "poem 7")["similarity"], atol=0.0051)
    wait(cell, f"now.selected === {table.number('poem 7')} && map.labels[0] === 'poem 7'")


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
    wait(cell, "now.selected === null && now.measures")
    number = apart(ask(cell, PLACES))
    cell.page.mouse.move(*center(cell, number))
    tip = cell.locator(".embedviz-tip")
    tip.wait_for()
    name = str(table.names[number])
    for said in (name, "kind: ", "nearest are near it here"):
        expect(tip).to_contain_text(said)
    cell.page.mouse.click(*center(cell, number))
    assert listed(cell, name) == nearest(table, name)["name"].tolist()


def test_the_search_box_completes(cell):
    search(cell, "poem 3")
    listed(cell, "poem 3")
    cell.page.keyboard.type("m 1")  # replaces what was there
    box = cell.get_by_placeholder("Search: type a name")
    assert box.input_value() == "m 1"
    options = cell.locator(".embedviz-controls datalist option")
    assert options.evaluate_all("(options) => options.map((option) => option.value)") == [
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


def test_unknown_text_gives_suggestions(home, cell):
    search(cell, "pome 7")
    cell.get_by_role("alert").filter(has_text="“pome 7” is not on the map. Did you mean:").wait_for()
    cell.get_by_role("button", name="poem 7", exact=True).click()
    assert len(listed(cell, "poem 7")) == 10
    search(cell, "qqqqqqqq")
    cell.get_by_role("alert").filter(has_text="is not on the map. Try another spelling.").wait_for()
    assert ask(cell, "now.selected") == 27  # and nothing else has changed
    search(cell, "poem 7")  # the same name again: the message goes
    assert len(listed(cell, "poem 7")) == 10
    assert home.errors() == []


def test_the_color_can_be_another_column(cell):
    color(cell).select_option("year")
    legend = cell.locator(".embedviz-legend button", has_text="19")
    legend.first.wait_for()
    assert legend.first.inner_text().strip().startswith("1900 to 19") and legend.count() == 5
    color(cell).select_option("neighbors kept")
    cell.locator(".embedviz-legend button", has_text="of 10").first.wait_for()
    color(cell).select_option("kind")
    cell.locator(".embedviz-legend button", has_text="novel").wait_for()


def test_the_legend_filters_by_mouse_and_by_keyboard(cell):
    poems = cell.locator(".embedviz-legend button", has_text="poem")
    poems.click()
    wait(cell, "now.hidden.join() === '1' && [...map.x].filter(isNaN).length === 20")
    assert poems.get_attribute("aria-pressed") == "false"
    poems.focus()
    cell.page.keyboard.press("Enter")
    wait(cell, "[...map.x].filter(isNaN).length === 0")
    poems.click(modifiers=["Shift"])
    wait(cell, "[...map.x].filter(isNaN).length === 40 && !isNaN(map.x[20])")
    poems.click(modifiers=["Shift"])
    wait(cell, "[...map.x].filter(isNaN).length === 0")


def test_the_size_can_be_the_number_of_links(cell):
    size = cell.get_by_label("Size")
    size.select_option("year")
    wait(cell, "now.size === 'year' && data.radii('year')[59] > data.radii('year')[0]")
    size.select_option("all alike")
    wait(cell, "now.size === 'all alike' && data.radii('all alike') === null")


def test_what_the_map_distorts_is_shown(cell, table):
    search(cell, "poem 7")
    listed(cell, "poem 7")
    cell.get_by_label("Show what the map distorts").check()
    cell.locator(".embedviz-panel th", has_text="Map").wait_for()
    coords = np.array(ask(cell, "[...map.coords]")).reshape(-1, 3)[:, :2]
    row, true = table.number("poem 7"), nearest(table, "poem 7")["name"].tolist()
    distances = np.linalg.norm(coords - coords[row], axis=1)
    near = [str(table.names[i]) for i in np.argsort(distances) if i != row][:10]
    tables = cell.locator(".embedviz-panel table")
    said = dict(
        zip(
            tables.nth(0).locator("tbody th").all_inner_texts(), tables.nth(0).locator("th + td + td").all_inner_texts()
        )
    )
    assert said == {name: "near" if name in near else "torn" for name in true}
    false = tables.nth(1).locator("tbody tr").all_inner_texts()
    order = nearest(table, "poem 7", 59)["name"].tolist()
    assert {line.split("\t")[1]: int(line.split("\t")[3]) for line in false} == {
        name: order.index(name) + 1 for name in near if name not in true
    }
    assert cell.locator(".embedviz-panel caption").all_inner_texts() == [
        "Nearest to poem 7",
        "False: near on the map alone",
    ]
    cell.get_by_text("Dashed, orange: torn away").wait_for()
    cell.get_by_label("Show what the map distorts").uncheck()
    cell.locator(".embedviz-panel th", has_text="Map").wait_for(state="detached")


def test_a_direction_of_ones_own(cell):
    cell.get_by_role("button", name="Direction").click()
    cell.get_by_text("Type a name into each of the two boxes").wait_for()
    for label, text in (("From:", "novel 1, Novel 2"), ("To:", "play 3")):
        box = cell.get_by_placeholder(label)
        box.fill(text)
        box.press("Enter")
    wait(cell, "axis() === 'from novel 1, Novel 2 (0) to play 3 (1)'")
    x = np.array(ask(cell, "[...map.coords]")).reshape(-1, 3)[:, 0]
    assert x[43] == pytest.approx(1, abs=1e-4) and x[[1, 2]].mean() == pytest.approx(0, abs=1e-4)
    assert x[:20].mean() < x[20:40].mean() < x[40:].mean()
    box.fill("plaj 3")
    box.press("Enter")
    cell.get_by_role("alert").filter(has_text="did you mean 'play 3'").wait_for()
    cell.get_by_role("button", name="UMAP").click()
    wait(cell, "axis() === 'UMAP 1'")


def test_a_lasso_says_what_the_chosen_share(cell):
    search(cell, "")
    wait(cell, "now.selected === null")
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
    assert set(range(20, 40)) <= set(ask(cell, "now.chosen"))
    assert cell.get_by_role("button", name="Lasso").get_attribute("aria-pressed") == "false"
    search(cell, "poem 2")
    listed(cell, "poem 2")
    wait(cell, "now.chosen.length === 0")


def test_the_epochs_are_dragged_played_and_stopped(home, epochs):
    wait(epochs, "axis() === 'PCA 1, of the last epoch' && now.size === 'number of links'")
    slider = epochs.get_by_role("slider", name="Epoch")
    output = epochs.locator(".embedviz-epochs output")
    last = np.array(ask(epochs, "[...map.coords]"))
    slider.focus()
    epochs.page.keyboard.press("Home")
    wait(epochs, f"now.place.at === 0 && Math.max(...map.coords) < {float(last.max()) / 2}")
    assert output.inner_text() == "0"
    spread = np.linalg.norm(ask(epochs, "[...map.coords]"))
    assert spread < np.linalg.norm(last) / 2  # before training all are near the middle, at the scale of the last
    epochs.page.keyboard.press("ArrowRight")
    wait(epochs, "now.place.at === 1")
    assert output.inner_text() == "1"
    epochs.locator(".embedviz-top").focus()
    epochs.page.keyboard.press("Space")  # plays to the end
    wait(epochs, "now.place.at === 4 && !now.playing")
    np.testing.assert_allclose(ask(epochs, "[...map.coords]"), last, atol=1e-5)
    for _ in range(5):  # a busy machine may play to the end before it sees the key
        epochs.page.keyboard.press("Space")  # and anew, from the first
        epochs.page.keyboard.press("Space")
        wait(epochs, "!now.playing")
        if (stopped := ask(epochs, "now.at")) < 4:
            break
    assert stopped < 4
    epochs.locator(".embedviz-epochs button").click()
    wait(epochs, "now.place.at === 4 && !now.playing")
    assert home.errors() == []


def test_the_neighbors_are_those_of_the_epoch(epochs):
    search(epochs, "poem 7")
    last = listed(epochs, "poem 7")
    epochs.get_by_role("slider", name="Epoch").focus()
    names = "[...root.querySelectorAll('.embedviz-panel tbody th')].map((name) => name.innerText).join()"
    epochs.page.keyboard.press("Home")
    wait(epochs, f"{names} !== {','.join(last)!r}")
    epochs.page.keyboard.press("End")
    wait(epochs, f"{names} === {','.join(last)!r}")


def test_a_big_map_answers(home):
    big = home.output(2)
    wait(big, "map.x.length === 6000")
    search(big, "point 77")
    listed(big, "point 77")
    wait(big, "now.selected === 77")
    took = ask(big, "(() => { const start = performance.now(); map.draw(); return performance.now() - start; })()")
    print(f"6,000 points are drawn in {took:.0f} ms")
    assert home.errors() == []
