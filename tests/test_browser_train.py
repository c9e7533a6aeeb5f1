"""Training in the page, in its homes: JupyterLab, a file, a file on a phone; see homes.py."""

import re

import pytest
from accessibility import hindrances
from lab import PATIENCE
from playwright.sync_api import expect
from visiting import sideways
from waiting import ask_until, wait_until

pytestmark = pytest.mark.browser

TOY = """
import pandas as pd
from embedviz.inputs import Pairs
from embedviz.widgets import train_in_page

names = [f"{kind} {i}" for kind in ("red", "green", "</script><script>loose") for i in range(20)]
rows = [(name, f"{name.split()[0]} {(3 * i + j) % 10}") for i, name in enumerate(names) for j in range(6)]
pairs, hidden = Pairs.from_frame(pd.DataFrame(rows, columns=["title", "link"])).split(0.1, seed=0)
facts = pd.DataFrame({"kind": [name.split()[0] for name in names]}, names)
"""
CELLS = [
    TOY,
    "training = train_in_page(pairs, hidden, facts, selected='red 3', epochs=4, dim=8, lr=0.05)\ntraining",
]
SHOWN = {1: "training"}


@pytest.fixture
def shown(home):
    """The widget, untrained, with the settings that it begins with."""
    widget = home.output(1)
    widget.get_by_role("button", name="Start over").click()
    widget.evaluate(
        "(root) => root.training.set({ method: 'softmax', lr: 0.05, temperature: 0.2, logQ: true, epochs: 4 })"
    )
    status(widget, "Not trained yet: press Start.")
    yield widget
    assert home.errors() == []


def status(widget, text):
    """Wait until it says so."""
    widget.get_by_role("status").filter(has_text=text).wait_for()


def wait(widget, condition):
    """Wait until the JavaScript `condition` on `root`, and on the `state` of its training, is true."""
    widget.page.wait_for_function(
        "(root) => { const { state } = root.training; return " + condition + "; }", arg=widget.element_handle()
    )


def ask(widget, expression):
    return widget.evaluate("(root) => { const { state } = root.training; return " + expression + "; }")


def start(widget):
    return widget.locator(".embedviz-start")


NEIGHBORS = "Array.from(root.querySelectorAll('tbody th'), (cell) => cell.textContent)"


def test_it_trains_to_the_end_of_the_run_and_on(shown):
    before = ask(shown, NEIGHBORS)
    start(shown).click()
    status(shown, "Trained for 4 epochs in")
    rows = ask(shown, "state.get('rows')")
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4] and rows[-1]["loss"] < rows[0]["loss"]
    assert all(0 <= row["hits"] <= 1 for row in rows)
    said = shown.get_by_role("status").filter(has_text="Trained for").inner_text()
    assert f"loss {rows[-1]['loss']:.3f}, hits@10 {rows[-1]['hits']:.3f}." in said
    wait(shown, "root.explorer.state.get('place')?.at === 4 && root.explorer.data.tables.length === 5")
    names = wait_until(lambda: (found := ask(shown, NEIGHBORS)) != before and found, "other neighbors", PATIENCE)
    assert len(names) == 10 and sum("red" in name for name in names) >= 6
    for place, title in enumerate(("Training loss (nats)", "hits@10")):
        said = re.compile(rf"^{re.escape(title)}.*after epoch 4\.$", re.DOTALL)
        expect(shown.locator(".embedviz-curves svg[role=img]").nth(place)).to_have_attribute("aria-label", said)
    start(shown).click()
    status(shown, "Trained for 8 epochs in")


def test_a_pause_holds_it_and_stop_keeps_what_is_trained(shown):
    ask(shown, "root.training.set({ epochs: 100000 })")
    start(shown).click()
    wait(shown, "state.get('rows').length > 1")
    start(shown).click()  # Pause
    status(shown, "Paused after")
    wait(shown, "!root.training.session.busy")
    epochs = ask(shown, "state.get('rows').length")
    expect(start(shown)).to_have_text("▶ Resume")
    start(shown).click()
    wait(shown, f"state.get('rows').length > {epochs}")
    shown.get_by_role("button", name="Stop").click()
    status(shown, "Stopped after")
    expect(shown.get_by_role("button", name="Stop")).to_be_disabled()
    assert ask(shown, "state.get('rows').length") > epochs
    shown.get_by_role("button", name="Start over").click()
    status(shown, "Not trained yet")
    assert ask(shown, "[state.get('rows').length, state.get('vectors').length, root.explorer.data.tables.length]")[
        :2
    ] == [
        0,
        1,
    ]


def test_a_change_holds_from_the_next_epoch_and_is_marked(shown):
    start(shown).click()
    status(shown, "Trained for 4 epochs")
    slider = shown.get_by_role("slider", name="temperature")
    slider.focus()
    shown.page.keyboard.press("End")
    shown.get_by_role("checkbox", name="log q").uncheck()
    start(shown).click()
    status(shown, "Trained for 8 epochs")
    assert ask(shown, "state.get('changes')") == [{"x": 4, "text": "temperature 1, log q off"}]
    marks = ask(
        shown, "Array.from(root.querySelectorAll('.embedviz-curves .embedviz-chart'), (one) => one.chart.values.marks)"
    )
    assert marks == [[{"x": 4, "text": "temperature 1, log q off"}]] * 2
    shown.get_by_role("button", name="Negative sampling").click()
    start(shown).click()
    status(shown, "Trained for 12 epochs")
    assert ask(shown, "state.get('changes').at(-1)") == {"x": 8, "text": "negative sampling"}


def test_each_method_shows_its_own_settings(shown):
    shown.get_by_role("button", name="Negative sampling").click()
    shown.get_by_role("slider", name="negatives").wait_for()
    assert not shown.get_by_role("slider", name="temperature").is_visible()
    assert not shown.get_by_role("checkbox", name="log q").is_visible()
    shown.get_by_role("button", name="In-batch softmax").click()
    shown.get_by_role("slider", name="temperature").wait_for()
    assert not shown.get_by_role("slider", name="negatives").is_visible()


def test_the_same_run_again_is_the_same(shown):
    runs = []
    for _ in range(2):
        start(shown).click()
        status(shown, "Trained for 4 epochs")
        runs.append(ask(shown, "state.get('rows').map(({ loss, hits }) => [loss, hits])"))
        shown.get_by_role("button", name="Start over").click()
        status(shown, "Not trained yet")
    assert runs[0] == runs[1]


def test_nothing_hinders_anybody(shown):
    start(shown).focus()
    shown.page.keyboard.press("Space")
    status(shown, "Trained for 4 epochs")
    assert hindrances(shown) == []


def test_it_fits(home, shown):
    wide = "(root) => root.scrollWidth - root.clientWidth"
    assert ask_until(lambda: shown.evaluate(wide), lambda pixels: pixels <= 0) <= 0
    if shown.page.viewport_size["width"] == 390:
        assert sideways(shown.page, 390) <= 0
        assert start(shown).bounding_box()["height"] >= 44


def test_the_kernel_hears_of_it(home, shown):
    if not home.live:
        pytest.skip("a page has no kernel")
    start(shown).click()
    status(shown, "Trained for 4 epochs")
    losses = ask(shown, "state.get('rows').map(({ loss }) => loss)")
    notebook = home.notebook
    notebook.wait_for_saved(1, "Trained for 4 epochs: loss")
    wait_until(  # what is saved may still be the same words of an earlier run
        lambda: notebook.run_code("print([row['loss'] for row in training.history])") == str(losses),
        "the kernel to have the losses",
        PATIENCE,
        pause=0.1,
    )
    assert notebook.run_code("print(len(training.vectors) == 60 * 8 * 4, training.frame.index.tolist())") == (
        "True [1, 2, 3, 4]"
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    scope = {}
    for cell in CELLS:
        exec(cell, scope)
    yield scope["training"].run().to_html(tmp_path_factory.mktemp("page") / "training.html")
    scope["training"].close()


@pytest.mark.parametrize("without", [("Worker",), ("Worker", "WebAssembly")])  # a worker has a WebAssembly of its own
def test_it_trains_where_the_page_may_not_all(browser, file, without):
    page = browser.new_page()
    page.set_default_timeout(300_000)
    page.add_init_script("".join(f"window.{name} = undefined;" for name in without))
    page.goto(file.as_uri())
    widget = page.locator(".embedviz-train")
    status(widget, "Not trained yet")  # nothing of what Python has trained is in it
    start(widget).click()
    status(widget, "Trained for 4 epochs")
    page.close()
