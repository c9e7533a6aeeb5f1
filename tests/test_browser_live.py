"""Live training and linked maps in a real browser, see lab.py."""

import re

import pytest
from accessibility import hindrances
from lab import PATIENCE
from playwright.sync_api import expect
from test_browser import PLACES, apart, ask, search, wait
from waiting import at_rest, wait_until

pytestmark = pytest.mark.browser

CELLS = [
    """
import numpy as np
import pandas as pd
from embedviz.widgets.linked_maps import compare_maps
from embedviz.widgets.training import live_training
from embedviz.models.losses import sampled_softmax_loss
from embedviz.models.pair import PairEmbedding
from embedviz.inputs.pairs import PairBatches, Pairs
from embedviz.space.table import EmbeddingTable
names = [f"{kind} {i}" for kind in ("novel", "poem", "play") for i in range(40)]
random = np.random.default_rng(0)
links = [(name, f"{name.split()[0]} {j}") for name in names for j in random.choice(20, 8, replace=False)]
pairs = Pairs.from_frame(pd.DataFrame(links, columns=["title", "link"]))
frame = pd.DataFrame({"kind": [name.split()[0] for name in pairs.items]}, index=pairs.items)
""",
    """
def loss(model, items, contexts, temperature):
    return sampled_softmax_loss(model.all_scores(items, contexts), contexts, temperature=temperature)

model = PairEmbedding(len(pairs.items), len(pairs.contexts), dim=8)
vectors = lambda model: model.items.weight
recall = lambda model: {"recall": float(model.items.weight.abs().mean())}
options = {"epochs": 400, "lr": 0.01, "temperature": 0.2}  # so many that the buttons come before the end
shown = {"pairs": pairs, "frame": frame, "selected": "poem 7"}
live = live_training(model, loss, PairBatches(pairs, 2), pairs.items, vectors, recall, **options, **shown)
live
""",
    """
left, right = (EmbeddingTable(pairs.items, random.normal(size=(120, 8))) for _ in range(2))
compare_maps({"One": left, "Other": right}, pairs, frame, selected="play 3")
""",
]


@pytest.fixture
def live(notebook):
    return notebook.output(1)


@pytest.fixture
def explorer(live):
    """The map of the training."""
    return live.locator(".embedviz-explorer")


@pytest.fixture
def linked(notebook):
    return notebook.output(2)


def epochs(live):
    """How many points the loss curve has."""
    return live.locator(".embedviz-chart").first.evaluate("({ chart }) => chart.values.curves[0]?.x.length ?? 0")


def wait_for_epochs(live, number):
    live.page.wait_for_function(
        "([{ chart }, number]) => (chart.values.curves[0]?.x.length ?? 0) >= number",
        arg=[live.locator(".embedviz-chart").first.element_handle(), number],
    )


def ended(live, how):
    """After how many epochs it says that it has been "Paused" or "Stopped"."""
    said = re.compile(rf"{how} after ([\d,]+) epochs")
    status = live.get_by_role("status").filter(has_text=said)
    status.wait_for()
    return int(said.search(status.inner_text())[1].replace(",", ""))


def test_all_is_drawn_without_an_error_and_without_the_network(notebook, live, linked):
    for found, kind, number in ((live, "chart", 2), (live, "map", 1), (linked, "map", 2)):
        expect(found.locator(f".embedviz-{kind}")).to_have_count(number)
    live.get_by_role("status").filter(has_text="Not trained yet: press Start.").wait_for()
    assert notebook.errors() == [] and notebook.blocked == []


def test_nothing_serious_hinders_anybody(live, linked):
    assert hindrances(live) == [] and hindrances(linked) == []


def test_start_pause_resume_and_stop(notebook, live, explorer):
    before = ask(explorer, "[...map.coords].join()")
    live.get_by_role("button", name="Start", exact=True).click()
    wait_for_epochs(live, 2)
    live.get_by_role("button", name="Pause").click()
    paused = ended(live, "Paused")
    wait_for_epochs(live, paused)
    assert at_rest(lambda: epochs(live)) == paused < 400
    assert ask(explorer, "[...map.coords].join()") != before
    live.get_by_role("button", name="Resume").focus()
    live.page.keyboard.press("Enter")  # as well by keyboard
    wait_for_epochs(live, paused + 2)
    live.get_by_role("button", name="Stop").click()
    stopped = ended(live, "Stopped")
    live.get_by_role("button", name="Start", exact=True).wait_for()
    wait_for_epochs(live, stopped)
    assert 4 <= at_rest(lambda: epochs(live)) == stopped < 400
    assert live.locator(".embedviz-chart").nth(1).evaluate("({ chart }) => chart.values.curves[0].name") == "recall"
    assert notebook.errors() == []


def test_another_learning_rate_or_temperature_holds_from_the_next_epoch(live):
    done, plot = epochs(live), live.locator(".embedviz-chart").first

    def losses_at(change):
        """Of the epoch before a change and of that after it, once there are both."""
        plot.page.wait_for_function(
            "([{ chart }, change]) => chart.values.marks.some(({ text }) => text === change)",
            arg=[plot.element_handle(), change],
        )
        last = plot.evaluate("({ chart }, change) => chart.values.marks.find(({ text }) => text === change).x", change)
        wait_for_epochs(live, last + 1)
        return plot.evaluate("({ chart }, last) => [...chart.values.curves[0].y.slice(last - 1, last + 1)]", last)

    live.get_by_role("button", name="Start", exact=True).click()
    wait_for_epochs(live, done + 1)
    live.get_by_label("temperature").focus()
    live.page.keyboard.press("ArrowDown")
    losses_at("temperature 0.18")
    live.get_by_label("learning rate").fill("1")
    live.page.keyboard.press("Enter")
    before, after = losses_at("learning rate 1")
    assert after > 2 * before  # far too much of it; what it is without a change falls
    live.get_by_role("button", name="Stop").click()
    live.get_by_role("status").filter(has_text="Stopped after").wait_for()


def test_the_epochs_seen_can_be_gone_back_to(live, explorer):
    wait(explorer, "true")
    last = ask(explorer, "[...map.coords].join()")
    explorer.get_by_role("slider", name="Epoch").focus()
    live.page.keyboard.press("Home")
    wait(explorer, f"now.place.at === 0 && data.tables[0].epoch === 0 && [...map.coords].join() !== {last!r}")
    live.page.keyboard.press("End")
    wait(explorer, f"[...map.coords].join() === {last!r}")
    live.locator(".embedviz-panel caption", has_text="Nearest to poem 7").wait_for()


def test_start_over_forgets(live, explorer):
    live.get_by_role("button", name="Start over").click()
    live.get_by_role("status").filter(has_text="Not trained yet").wait_for()
    wait(explorer, "Math.max(...map.coords) < 0.2")
    wait_until(lambda: epochs(live) == 0, "an empty loss curve", PATIENCE)


def both(linked, condition):
    """Wait until the JavaScript `condition` on `map` is true of both maps."""
    linked.page.wait_for_function(
        "(cell) => [...cell.querySelectorAll('.embedviz-map')]"
        f".every(({{ pointMap: map }}) => !map.moving && ({condition}))",
        arg=linked.element_handle(),
    )


def test_linked_maps_light_the_same(notebook, linked):
    both(linked, "map.labels[0] === 'play 3' && map.lit.rows.length === 11")
    search(linked, "novel 5")
    both(linked, "map.labels[0] === 'novel 5'")
    linked.locator(".embedviz-panel caption", has_text="Nearest to novel 5").wait_for()
    search(linked, "")
    both(linked, "!map.lit.rows.length")
    right = linked.locator(".embedviz-map").nth(1)
    right.scroll_into_view_if_needed()
    row = apart(right.evaluate(f"({{ pointMap: map }}) => {PLACES}"))
    x, y = right.evaluate(f"({{ pointMap: map }}) => map.place({row})")
    linked.page.mouse.click(x, y)
    both(linked, f"map.lit.rows[0] === {row}")
    assert linked.locator(".embedviz-map").first.evaluate(f"({{ pointMap: map }}) => map.x[{row}]") != pytest.approx(
        x
    )  # elsewhere on the other
    assert notebook.errors() == [] and notebook.blocked == []


def test_linked_maps_share_color_and_dimension(linked):
    linked.get_by_label("Color").select_option("neighbors in common")
    both(linked, "map.classes.length > 1 && map.classes[0].label !== 'novel'")
    linked.get_by_role("button", name="3-D").click()
    both(linked, "map.motion.depth === 1")
    linked.get_by_role("button", name="2-D").click()
    both(linked, "map.motion.depth === 0")


def test_without_a_kernel_the_still_pictures_are_shown(notebook, live, linked):
    search(linked, "poem 3")
    notebook.wait_for_saved(2, "Nearest to poem 3")
    notebook.save()
    notebook.shut_down()
    notebook.load()
    for number in (1, 2):
        assert notebook.picture(number).evaluate("(image) => image.naturalWidth") > 1500
    assert notebook.errors() == [] and notebook.blocked == []
