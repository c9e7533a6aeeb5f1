"""The index microscope used by hand: in a page of its own, on a desktop and on a phone."""

import re

import pytest
from accessibility import hindrances
from playwright.sync_api import expect
from visiting import DESKTOP, sideways, visiting

from embedviz.space.indexes import synthetic_vectors
from embedviz.space.table import EmbeddingTable
from embedviz.widgets.index_microscope import explore_search

pytestmark = pytest.mark.browser

WATCH = """(said) => {
  said.seen = [];
  new MutationObserver(() => said.seen.push(said.textContent)).observe(said, { childList: true });
}"""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(scope="module")
def microscope():
    names = ["</script><b>first", *(f"item {i}" for i in range(1, 500))]
    return explore_search(
        EmbeddingTable(names, synthetic_vectors(500, 12, clusters=9)), selected="item 5", links=(4, 8)
    )


@pytest.fixture(scope="module")
def file(microscope, tmp_path_factory):
    return microscope.to_html(tmp_path_factory.mktemp("page") / "microscope.html")


@pytest.fixture(scope="module")
def open_page(browser, file):
    with visiting(browser, (file.as_uri(), "blob:")) as visit:
        yield lambda fragment="", settings=DESKTOP: visit(file.as_uri() + fragment, **settings).locator(
            ".embedviz-microscope"
        )


def press(widget, *names):
    for name in names:
        widget.get_by_role("button", name=name, exact=True).click()


def slide(widget, name, value):
    widget.get_by_role("slider", name=name, exact=True).evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true })); }",
        value,
    )


def test_a_search_is_stepped_through_and_settings_recompute_it(open_page, microscope):
    widget = open_page()
    said, counted = widget.locator(".said[role=status]"), widget.locator(".counted")
    microscope.set_state({"index": "HNSW", "selected": "item 5", "step": 0})
    steps = microscope.search.steps
    expect(said).to_have_text(microscope.sentence)
    for step, button in [(1, "Step"), (2, "Step"), (1, "Back"), (len(steps) - 1, "End")]:
        press(widget, button)
        microscope.step = step
        expect(said).to_have_text(microscope.sentence)
        expect(counted).to_have_text(f"Distances computed: {steps[step].count:,} of 500 (brute force)")
    slide(widget, "ef", 60)  # at the end, one stays there
    microscope.set_state({"ef": 60, "step": 10**6})
    expect(said).to_have_text(microscope.sentence)
    widget.get_by_role("combobox", name="M", exact=True).select_option("4")
    microscope.links = 4
    expect(said).to_have_text(microscope.sentence)
    expect(widget.locator("tbody th")).to_have_count(10)
    names = [microscope.items[item] for item in microscope.search.ids]
    assert widget.locator("tbody th button").all_inner_texts() == names
    widget.locator(".levels button").nth(1).click()
    expect(said).to_have_text(re.compile(f"^Level {len(microscope.graphs[4].links) - 2}, from "))
    press(widget, "IVF")
    microscope.set_state({"index": "IVF", "step": 0})
    expect(said).to_have_text(microscope.sentence)
    slide(widget, "nprobe", 3)
    press(widget, "End")
    microscope.set_state({"nprobe": 3, "step": 10**6})
    expect(said).to_have_text(microscope.sentence)
    expect(counted).to_contain_text(f"{microscope.lists} to centers, ")


def test_search_keys_play_and_address(open_page, microscope):
    widget = open_page("#selected=item%207&ef=20")
    said = widget.locator(".said[role=status]")
    microscope.set_state({"index": "HNSW", "links": 8, "selected": "item 7", "ef": 20, "step": 0})
    search = widget.get_by_role("combobox", name="Query: search for an item")
    expect(search).to_have_value("item 7")
    canvas = widget.get_by_role("application")
    canvas.focus()
    widget.page.keyboard.press("l")  # this map has no lasso
    expect(widget.get_by_role("button", name=re.compile("Lasso"))).to_have_count(0)
    expect(widget.locator(".embedviz-lassoing")).to_have_count(0)
    for key, step in [("n", 1), ("n", 2), ("p", 1)]:
        widget.page.keyboard.press(key)
        microscope.step = step
        expect(said).to_have_text(microscope.sentence)
    search.fill("item 70")
    search.press("Enter")
    microscope.set_state({"selected": "item 70", "step": 0})
    expect(said).to_have_text(microscope.sentence)
    search.fill("itm 7x0")
    search.press("Enter")
    expect(widget.get_by_role("alert")).to_contain_text("No item is called “itm 7x0”.")
    press(widget, "Play", "Pause", "End")
    last = len(microscope.search.steps) - 1
    widget.page.wait_for_function("(step) => location.hash.includes(`step=${step}`)", arg=last)
    assert "selected=item%2070" in widget.page.url and "ef=20" in widget.page.url
    press(widget, "Close-up")
    zoom = "(map) => map.pointMap.camera.zoom"
    assert widget.locator(".embedviz-map").evaluate(zoom) > 1
    press(widget, "Close-up")
    assert widget.locator(".embedviz-map").evaluate(zoom) == 1
    press(widget, "IVF", "End")
    microscope.set_state({"index": "IVF", "nprobe": 2, "step": 10**6})
    expect(said).to_have_text(microscope.sentence)
    said.evaluate(WATCH)
    press(widget, "Play")  # from the end it starts again, and at the end it stops
    expect(widget.get_by_role("button", name="Play", exact=True)).to_have_attribute("aria-pressed", "false")
    assert said.evaluate("(said) => said.seen") == sentences(microscope)


def sentences(microscope):
    """Of all steps."""
    said = []
    for step in range(len(microscope.search.steps)):
        microscope.step = step
        said.append(microscope.sentence)
    return said


@pytest.mark.parametrize("settings", [DESKTOP, PHONE | {"color_scheme": "dark"}], ids=["desktop", "dark phone"])
def test_nobody_is_kept_out(open_page, settings):
    widget = open_page("#step=6", settings)
    assert sideways(widget.page, settings["viewport"]["width"]) <= 0
    assert hindrances(widget) == []
    if settings != DESKTOP:
        tools = widget.locator(".steps button, .levels button, .settings select, .embedviz-group button")
        assert min(tool.bounding_box()["height"] for tool in tools.all() if tool.is_visible()) >= 44  # for a thumb
    press(widget, "IVF")
    expect(widget.locator(".levels")).to_be_hidden()
    assert hindrances(widget) == []
