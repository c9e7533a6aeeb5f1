"""The widgets of chapter 1 in a real browser: the encoding lab and the airport map, see lab.py."""

import nbformat
import pytest
from accessibility import hindrances
from playwright.sync_api import expect
from waiting import ask_until, at_rest

pytestmark = pytest.mark.browser

# 30 categories, each with its own target; epochs enough that Stop comes before the last.
CELLS = [
    """
import numpy as np
import pandas as pd
from embedviz.widgets.airports import airport_map
from embedviz.widgets.encodings import encoding_lab
from embedviz.space.table import EmbeddingTable
from embedviz.inputs.tasks import Task

rng = np.random.default_rng(0)
code = np.minimum(rng.geometric(0.08, 3000) - 1, 29)
target = (10.0 * rng.permutation(30)[code] + rng.normal(size=3000)).astype("float32")
frame = pd.DataFrame({"dest": [f"D{i:02}" for i in code], "carrier": rng.choice(["AA", "DL", "UA"], 3000)})
part = np.repeat(["train", "validation", "test"], 1000)
task = Task("air_time", frame, np.zeros((3000, 0), "float32"), target, part, unit="minutes")
""",
    """
lab = encoding_lab(task, epochs=6)
lab
""",
    """
long = encoding_lab(task, epochs=5000)
long
""",
    """
places = {"JFK": (40.6, -73.8), "LAX": (33.9, -118.4), "SFO": (37.6, -122.4), "ORD": (42.0, -87.9),
          "MDW": (41.8, -87.8), "MIA": (25.8, -80.3), "SEA": (47.4, -122.3), "BOS": (42.4, -71.0)}
names = [f"{code} City {i}" for i, code in enumerate(places)]
lat, lon = zip(*places.values())
airports = pd.DataFrame({"faa": list(places), "name": names, "lat": lat, "lon": lon})
table = EmbeddingTable([*list(places)[1:], "SJU"], rng.normal(size=(8, 4)))
airport_map(table, airports, home=["JFK"], k=3)
""",
]


@pytest.fixture
def bench(notebook):
    """The output of the cell with the lab."""
    return notebook.output(1, drawn=2)


@pytest.fixture
def globe(notebook):
    """The output of the cell with the airports."""
    return notebook.output(3, drawn=2)


def wait(cell, condition):
    """Wait until the JavaScript `condition` on `plots`, the values of the charts in their order, is true."""
    cell.page.wait_for_function(
        "(cell) => { const plots = [...cell.querySelectorAll('.embedviz-chart')].map((root) => root.chart.values);"
        " const maps = [...cell.querySelectorAll('.embedviz-map')].map((root) => root.pointMap);"
        f" return {condition}; }}",
        arg=cell.element_handle(),
    )


def choose(cell, label, option):
    cell.get_by_label(label, exact=True).select_option(option)


def press(cell, button):
    cell.get_by_role("button", name=button).click()


def said(cell, text):
    cell.get_by_role("status").get_by_text(text).wait_for()


def test_nothing_serious_hinders_anybody(bench, globe):
    assert hindrances(bench) == [] and hindrances(globe) == []


def test_all_is_drawn_without_an_error_and_without_the_network(notebook, bench, globe):
    assert notebook.errors() == [] and notebook.blocked == []
    wait(bench, "plots.length === 3 && plots[0].cells.length === 160 && plots[0].rows.length === 20")
    wait(globe, "maps.length === 2 && maps.every((map) => !map.moving)")
    # the still pictures give way to the live ones
    expect(notebook.page.locator("img").locator("visible=true")).to_have_count(0)
    names = [
        plot.get_attribute("aria-label") for plot in bench.get_by_role("img").all() if plot.get_attribute("aria-label")
    ]
    assert names[0].startswith("dest as embedding: 20 rows, 8 columns") and names[2].startswith(
        "Validation RMSE (minutes): predicting the mean"
    )
    wide = "(root) => root.scrollWidth - root.clientWidth"
    found = ask_until(lambda: [cell.evaluate(wide) for cell in (bench, globe)], lambda pixels: max(pixels) <= 1)
    assert max(found) <= 1  # all fits into 1280 pixels


def test_each_choice_changes_the_matrix(bench):
    for encoding, columns, disabled in (
        ("label", 1, True),
        ("target", 1, True),
        ("one-hot", 20, True),
        ("hashing", 8, False),
    ):
        choose(bench, "Encoding", encoding)
        wait(bench, f"plots[0].title === 'dest as {encoding}' && plots[0].columns.length === {columns}")
        expect(bench.locator("select").nth(2)).to_be_enabled(enabled=not disabled)
    choose(bench, "Buckets", "16")
    wait(bench, "plots[0].columns.length === 16")
    choose(bench, "Encoding", "embedding")
    choose(bench, "Dimensions", "2")
    wait(bench, "plots[0].columns.length === 2")
    choose(bench, "Column", "carrier")
    wait(bench, "plots[0].rows.length === 3 && plots[1].cells.length === 9")
    choose(bench, "Column", "dest")
    wait(bench, "plots[0].rows.length === 20 && plots[1].cells.length === 400")


def test_start_trains_and_the_curves_stay(bench):
    choose(bench, "Encoding", "embedding")
    wait(bench, "plots[0].title === 'dest as embedding'")
    before = bench.page.evaluate(
        "(cell) => cell.querySelector('.embedviz-chart').chart.values.cells.join()", bench.element_handle()
    )
    press(bench, "Start")
    said(bench, "Trained dest · embedding 2 after 6 epochs: validation RMSE (minutes)")
    wait(bench, "plots[2].curves.length === 1 && plots[2].curves[0].y.length === 6")
    wait(bench, f"plots[0].cells.join() !== {before!r}")
    choose(bench, "Encoding", "label")
    said(bench, "dest · label, not trained yet: press Start")
    start = bench.get_by_role("button", name="Start")
    start.focus()
    bench.page.keyboard.press("Enter")  # by keyboard
    said(bench, "Trained dest · label after 6 epochs")
    wait(
        bench,
        "plots[2].curves.map((curve) => curve.name).join() === 'dest · embedding 2,dest · label'"
        " && plots[2].curves[1].y.length === 6",
    )
    expect(bench.locator(".embedviz-chart-legend").nth(2).locator("li")).to_have_text(
        ["the mean (baseline)", "dest · embedding 2", "dest · label"]
    )
    press(bench, "Start")
    said(bench, "Trained dest · label · seed 1 after 6 epochs")
    press(bench, "Clear curves")
    wait(bench, "plots[2].curves.length === 0")


def test_the_page_lives_while_it_trains_and_stop_keeps_what_is_trained(notebook):
    cell = notebook.output(2, drawn=2)
    press(cell, "Start")
    said(cell, "Training dest · embedding 8: epoch")
    wait(cell, "plots[2].curves[0]?.y.length > 2")
    press(cell, "Stop")
    said(cell, "Stopped dest · embedding 8 after")
    count = "(cell) => [...cell.querySelectorAll('.embedviz-chart')][2].chart.values.curves[0].y.length"
    assert 2 < at_rest(lambda: cell.evaluate(count)) < 5000
    press(cell, "Start")
    said(cell, "Training dest · embedding 8 · seed 1: epoch")
    choose(cell, "Encoding", "one-hot")  # a new choice stops the run
    said(cell, "Stopped dest · embedding 8 · seed 1. dest · one-hot, not trained yet")
    wait(cell, "plots[0].columns.length === 20 && plots[2].curves.length === 2")
    cell.page.wait_for_timeout(700)
    wait(cell, "plots[0].columns.length === 20")  # and the run that was left does not come back
    assert notebook.errors() == []


def star(number):
    return f"maps[{number}].options.name(maps[{number}].lit.rows[0] ?? 0)"


def search(cell, text):
    box = cell.get_by_placeholder("Search: type a name")
    box.select_text()
    box.press("Delete")
    box.press_sequentially(text)
    box.press("Enter")


def test_search_lights_both_maps(globe):
    search(globe, "LAX")
    globe.locator(".embedviz-panel caption", has_text="Nearest to LAX LAX City 1").wait_for()
    for number in (0, 1):
        wait(globe, f"{star(number)} === 'LAX' && maps[{number}].lit.rows.length === 4")
    wait(globe, "maps[0].lit.rows.join() === maps[1].lit.rows.join()")
    heads = globe.locator(".embedviz-panel th[scope=col]").all_inner_texts()
    assert (
        heads == ["#", "Name", "Airport", "Cosine", "Distance (km)"]
        and globe.locator(".embedviz-panel tbody").count() == 3
    )
    search(globe, "city 3")
    globe.locator(".embedviz-panel caption", has_text="Nearest to ORD").wait_for()
    globe.locator(".embedviz-panel button").first.focus()
    name = globe.locator(".embedviz-panel button").first.inner_text()
    globe.page.keyboard.press("Enter")  # the list leads on by keyboard
    wait(globe, f"{star(0)} === '{name}' && {star(1)} === '{name}'")
    search(globe, "city")
    globe.get_by_text("airports fit “city”").wait_for()
    globe.get_by_role("button", name="SEA SEA City 6").click()
    globe.locator(".embedviz-panel caption", has_text="Nearest to SEA").wait_for()


@pytest.mark.parametrize("here", [0, 1])
def test_hover_and_click_light_the_same_in_both(globe, here):
    search(globe, "")
    wait(globe, "maps.every((map) => !map.moving && !map.lit.rows.length)")
    found = globe.locator(".embedviz-map").nth(here)
    found.scroll_into_view_if_needed()
    # Where the map has drawn MIA, which has no close neighbor on either map.
    row = "document.querySelector('.embedviz-airports').closest('.embedviz').explorer.data.names.row('MIA')"
    place = found.evaluate(f"(root) => root.pointMap.place({row})")
    globe.page.mouse.move(place[0] - 30, place[1] - 30)
    globe.page.mouse.move(*place, steps=4)
    globe.locator(".embedviz-panel caption", has_text="Nearest to MIA").wait_for()
    for number in (0, 1):
        wait(globe, f"{star(number)} === 'MIA'")
    globe.page.wait_for_timeout(600)
    wait(globe, f"{star(1 - here)} === 'MIA'")  # it does not flicker
    globe.page.mouse.move(5, 5)
    wait(globe, "maps.every((map) => !map.lit.rows.length)")  # as before
    globe.page.mouse.move(*place, steps=4)
    wait(globe, f"{star(1 - here)} === 'MIA'")
    globe.page.mouse.click(*place)
    globe.page.wait_for_timeout(400)
    globe.page.mouse.move(5, 5)
    globe.page.wait_for_timeout(400)
    wait(globe, f"{star(0)} === 'MIA' && {star(1)} === 'MIA'")  # a click stays
    expect(globe.get_by_placeholder("Search: type a name")).to_have_value("MIA")


def test_the_color_changes_on_both_maps(globe):
    choose(globe, "Color", "latitude (° north)")
    wait(globe, "maps.every((map) => map.classes[0].label.startsWith('25.8'))")
    choose(globe, "Color", "longitude (° east)")
    wait(globe, "maps.every((map) => map.classes[0].label.startsWith('-122.4'))")
    expect(globe.locator(".embedviz-entry button").first).to_contain_text("-122.4")


def test_without_a_kernel_the_still_pictures_are_shown(notebook, bench, globe):
    choose(bench, "Encoding", "target")
    notebook.wait_for_saved(1, "Encoding lab, dest · target.")
    saved = notebook.save()
    assert len(nbformat.writes(saved)) < 1_000_000
    assert saved.cells[1].outputs[0].data["text/plain"].startswith("Encoding lab, dest · target.")
    notebook.shut_down()
    notebook.load()
    for number in (1, 2, 3):
        assert notebook.picture(number).evaluate("(image) => image.naturalWidth") == 1932
        assert len(saved.cells[number].outputs[0].metadata["image/png"]["alt"]) > 100
    assert notebook.errors() == [] and notebook.blocked == []
