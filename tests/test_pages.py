"""Each widget as a page of its own: by double click, without a kernel or a network; for every eye, hand and screen."""

import contextlib
import math

import numpy as np
import pandas as pd
import pytest
from accessibility import hindrances
from test_encoding_lab import make_task
from test_two_tower import GENRES, ITEM_IDS, TASTE
from test_two_tower import PAIRS as SEEN
from visiting import sideways, visiting
from waiting import ask_until

from embedviz.inputs.features import Feature
from embedviz.inputs.pairs import Pairs
from embedviz.space.epochs import Snapshots
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
from embedviz.train.recipes import train_two_tower
from embedviz.widgets import (
    airport_map,
    compare_maps,
    encoding_lab,
    explore,
    explore_indexes,
    explore_retrieval,
    explore_window,
    train_in_page,
)

pytestmark = pytest.mark.browser

NAMES = [f"{kind} {i}" for kind in ("novel", "poem", "play") for i in range(20)]
# Names are data, never markup; and a name may be long.
NAMES[3] = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 2'>"
NAMES[4] = "“quotes” \" ' & &lt; <!-- ${x} \\"
NAMES[5] = "Der Mann ohne Eigenschaften " * 70
PAGES = ("explorer", "epochs", "linked", "airports", "window", "retrieval", "indexes", "lab", "training")
SIZES = {"1280": {"width": 1280, "height": 720}, "390": {"width": 390, "height": 844}}


def random_table(seed: int) -> EmbeddingTable:
    random = np.random.default_rng(seed)
    return EmbeddingTable(NAMES, np.repeat(np.eye(3, 8), 20, axis=0) + 0.3 * random.normal(size=(60, 8)))


def widgets() -> dict:
    """One of each that has a page."""
    links = [(name, link) for i, name in enumerate(NAMES) for link in (f"kind {i // 20}", f"shelf {i % 4}")]
    pairs = Pairs.from_frame(pd.DataFrame(links, columns=["title", "link"]))
    facts = pd.DataFrame({"kind": np.repeat(["novel", "poem", "play"], 20), "year": range(1900, 1960)}, index=NAMES)
    snapshots = Snapshots(NAMES, lambda table: table.vectors)
    for epoch in range(4):
        snapshots._keep(epoch, random_table(epoch))
    codes = [f"A{chr(65 + i // 26)}{chr(65 + i % 26)}" for i in range(40)]
    random = np.random.default_rng(0)
    airports = pd.DataFrame(
        {
            "faa": [*codes, "JFK"],
            "name": [f"Airport <b>{i}</b>" for i in range(41)],
            "lat": random.uniform(25, 48, 41),
            "lon": random.uniform(-120, -70, 41),
        }
    )
    measured = pd.DataFrame(
        {
            "index": ["exact", "IVF", "IVF", "HNSW", "HNSW"],
            "setting": ["", "nprobe 1", "nprobe 8", "ef 16", "ef 64"],
            "recall": [1.0, 0.6, 0.93, 0.9, 0.99],
            "batched": [900.0, 20000.0, 9000.0, 15000.0, 6000.0],
            "single": [300.0, 8000.0, 3000.0, 7000.0, 2500.0],
            "build": [0.1, 1.0, 1.0, 4.0, 4.0],
            "megabytes": [12.0, 13.0, 13.0, 30.0, 30.0],
        }
    )
    words = "the only thing we have to fear is itself".split()
    age = Feature.of("age", [["young", "old", None][taste] for taste in TASTE])
    model = train_two_tower(
        SEEN, [age], [ITEM_IDS, GENRES], [ITEM_IDS, GENRES], epochs=3, batch_size=64, dim=8, lr=0.05
    )
    return {
        "explorer": explore(random_table(0), pairs, facts, selected="poem 7", title="Sixty works", projection="pca"),
        "epochs": explore(None, pairs, facts, snapshots=snapshots, color="kind", size="year", projection="pca"),
        "linked": compare_maps({"One": random_table(0), "Another": random_table(9)}, pairs, facts, selected="poem 7"),
        "airports": airport_map(
            EmbeddingTable(codes, random.normal(size=(40, 6))), airports, home="JFK", selected=codes[3]
        ),
        "window": explore_window(
            ["the only thing we have to fear is fear itself", "we have to fear thing"],
            words,
            random.normal(size=(len(words), 8)),
            random.normal(size=(len(words), 8)),
            position=3,
        ),
        "retrieval": explore_retrieval(model, SEEN, user="u4", k=5),
        "indexes": explore_indexes({"60 vectors": measured}, least=0.9),
        "lab": encoding_lab(make_task(), epochs=3).train("dest", "embedding", 2),
        "training": train_in_page(*pairs.split(0.1, seed=0), facts, dim=8, epochs=3, selected="poem 7"),
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The page of each widget, as a file."""
    folder, made = tmp_path_factory.mktemp("pages"), widgets()
    paths = {name: widget.to_html(folder / f"{name}.html") for name, widget in made.items()}
    for widget in made.values():
        widget.close()
    return paths


@contextlib.contextmanager
def visits(browser, files, kept):
    """Gives visit(name, size, …): open a page with every request blocked; at the end nothing has gone wrong."""
    with visiting(browser, ("file:", "blob:", "data:"), kept=kept) as opened:

        def visit(name, size="1280", **options):
            page = opened(files[name].as_uri(), viewport=SIZES[size], **options)
            page.locator(".embedviz").first.wait_for()
            if page.locator(".embedviz-explorer").count():
                page.wait_for_function(
                    "() => { const root = document.querySelector('.embedviz-explorer');"
                    " return (root.sides ?? [root.explorer]).every(({ state }) => state.get('place')); }"
                )
            return page

        yield visit


@pytest.fixture
def visit(browser, files, kept):
    with visits(browser, files, kept) as visit:
        yield visit


@pytest.fixture(scope="module", params=[f"{name}, {scheme}" for name in PAGES for scheme in ("light", "dark")])
def only_seen(browser, files, kept, request):
    """(a page, "light" or "dark"), for tests that only look at it."""
    name, scheme = request.param.split(", ")
    with visits(browser, files, kept) as visit:
        yield visit(name, color_scheme=scheme), scheme


# Of maps and charts how many must be drawn at once; of the window its numbers.
PICTURES = {"linked": 2, "airports": 2, "lab": 3, "training": 3, "window": 0}
DRAWN = """(count) => {
  const maps = [...document.querySelectorAll(".embedviz-map")].map((one) => one.pointMap.x.length);
  const charts = [...document.querySelectorAll(".embedviz-chart svg[role=img]")].map((one) => one.childElementCount);
  const numbers = document.querySelectorAll(".embedviz-window .heat span");
  return count ? maps.concat(charts).filter((parts) => parts > 3).length === count : numbers.length > 5;
}"""
# What a keyboard must reach; each is numbered.
USABLE = """() =>
  [...document.querySelectorAll(".embedviz :is(button, select, input, a[href], summary, [tabindex='0'])")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.tabIndex >= 0)
  .map((one, i) => { one.dataset.order = i; return one.outerHTML.slice(0, 80); })"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_alone_and_fits_its_screen(visit, name, size):
    page = visit(name, size, has_touch=size == "390", is_mobile=size == "390")
    page.wait_for_function(DRAWN, arg=PICTURES.get(name, 1))
    assert page.evaluate("() => window.broken ?? 0") == 0  # no name has become markup
    # Nothing to scroll to the side: not `innerWidth`, which on a phone grows with what sticks out.
    assert sideways(page, SIZES[size]["width"]) <= 0
    small = page.evaluate(
        """() => [...document.querySelectorAll(".embedviz *")].filter((one) => [...one.childNodes].some(
             (node) => node.nodeType === Node.TEXT_NODE && node.data.trim()) && one.checkVisibility()
             && parseFloat(getComputedStyle(one).fontSize) < 13).map((one) => one.textContent)"""
    )
    assert small == []
    left = dict(enumerate(page.evaluate(USABLE)))
    assert len(left) > 3
    for _ in range(3 * len(left)):
        page.keyboard.press("Tab")
        left.pop(page.evaluate("() => Number(document.activeElement.dataset.order ?? -1)"), None)
        if not left:
            break
    assert left == {}  # by Tab one comes to all that can be used


# Where parts are side by side, and what sticks out of the page, or of what it is in and does not scroll.
LAID_OUT = """() => {
  const box = (one) => one.getBoundingClientRect();
  const scrolls = (one) => /auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX);
  const inScroller = (one) => one && (scrolls(one) || inScroller(one.parentElement));
  const shown = [...document.querySelectorAll(".embedviz *")]
    .filter((one) => one.checkVisibility() && box(one).width > 1 && !inScroller(one.parentElement));
  const out = shown.filter((one) => box(one).right > innerWidth || box(one).left < 0);
  const parts = document.querySelector(".embedviz :is(.embedviz-body, .embedviz-columns, .charts)")?.children ?? [];
  const [one, other] = [...parts].map(box);
  return {
    out: out.map((one) => `${one.outerHTML.slice(0, 80)} from ${box(one).left} to ${box(one).right}`),
    wide: document.documentElement.scrollWidth - innerWidth,
    beside: other ? one.right <= other.left && other.top < one.bottom : null,
  };
}"""
COLUMN = 760  # CSS pixels: the site's column of text has 800 on a laptop


@pytest.mark.parametrize("name", PAGES)
def test_a_widget_fits_every_width_and_a_columns_parts_stand_side_by_side(visit, name):
    page = visit(name)
    page.wait_for_function(DRAWN, arg=PICTURES.get(name, 1))
    for width in (360, COLUMN, 1240):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("(width) => innerWidth === width", arg=width)
        found = ask_until(lambda: page.evaluate(LAID_OUT), lambda found: found["out"] == [] and found["wide"] <= 0)
        assert found["out"] == [] and found["wide"] <= 0, width
        assert found["beside"] in ((None,) if name in ("window", "indexes") else (width >= COLUMN,)), width


def test_nothing_serious_hinders_anybody(only_seen):
    assert hindrances(only_seen[0].locator("html")) == []


def brightness(color: str) -> float:
    red, green, blue = (float(part) for part in color[color.index("(") + 1 : -1].split(",")[:3])
    return (red + green + blue) / 3


def test_dark_is_dark(only_seen):
    page, scheme = only_seen
    looks = "(one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color]"
    paper, ink = page.locator(".embedviz").first.evaluate(looks)
    assert math.copysign(1, brightness(ink) - brightness(paper)) == {"light": -1, "dark": 1}[scheme]
    assert abs(brightness(ink) - brightness(paper)) > 150


def test_the_explorer_by_thumb(visit):
    page = visit("explorer", "390", has_touch=True, is_mobile=True)
    boxes = [page.locator(one).bounding_box() for one in (".embedviz-map", ".embedviz-panel")]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"] + 1  # the map is above the list
    for control in page.locator(".embedviz :is(button, select, input)").all():
        if control.is_visible():
            box = control.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 390, control.evaluate("(one) => one.outerHTML")
    row = page.evaluate(
        """() => {
          const { pointMap: map } = document.querySelector(".embedviz-map");
          const far = (i, j) => (j === i ? 1e9 : Math.hypot(map.x[j] - map.x[i], map.y[j] - map.y[i]));
          const apart = (i) => Math.min(...Array.from(map.x, (_, j) => far(i, j)));
          return [...map.x.keys()].reduce((best, i) => (apart(i) > apart(best) ? i : best), 0);
        }"""
    )
    page.locator(".embedviz-top").scroll_into_view_if_needed()
    page.touchscreen.tap(*page.evaluate("(row) => document.querySelector('.embedviz-map').pointMap.place(row)", row))
    page.locator(".embedviz-panel caption", has_text=f"Nearest to {NAMES[row][:30]}").wait_for()
    page.locator(".embedviz-panel button").nth(1).tap()
    page.locator(".embedviz-panel caption", has_text=f"Nearest to {NAMES[row][:30]}").wait_for(state="detached")


def test_linked_maps_answer_as_one(visit):
    page = visit("linked")
    box = page.get_by_placeholder("Search: type a name")
    box.fill("play 3")
    box.press("Enter")
    page.locator(".embedviz-panel caption", has_text="Nearest to play 3:").wait_for()
    one, other = random_table(0), random_table(9)
    rows = [line.split("\t") for line in page.locator(".embedviz-panel tbody tr").all_inner_texts()]
    for column, table in ((1, one), (3, other)):
        assert [row[column].removeprefix("● ") for row in rows] == nearest(table, "play 3")["name"].tolist()
    page.get_by_label("Color").select_option("neighbors in common")
    page.get_by_role("button", name="3-D").click()
    page.wait_for_function(
        "() => document.querySelector('.embedviz-explorer').sides.every(({ state }) => state.get('place').dim === 3"
        " && state.get('color') === 'neighbors in common')"
    )


def test_an_airport_is_found_by_its_name_and_lights_up_in_both_maps(visit):
    page = visit("airports")
    box = page.get_by_placeholder("Search: type a name")
    box.fill("airport <b>7</b>")
    box.press("Enter")
    page.locator(".embedviz-panel caption", has_text="Nearest to AAH Airport <b>7</b>").wait_for()
    box.fill("airport <b>1")
    box.press("Enter")
    page.get_by_role("alert").filter(has_text="airports fit").wait_for()
    page.locator(".embedviz-panel li button").nth(2).click()
    page.locator(".embedviz-panel caption", has_text="Nearest to AAL").wait_for()
    maps = "[...document.querySelectorAll('.embedviz-map')].map((one) => one.pointMap.lit.rows.join())"
    page.wait_for_function(f"() => {{ const [one, other] = {maps}; return one && one === other; }}")
    assert page.locator(".embedviz-panel th", has_text="Distance (km)").count() == 1
