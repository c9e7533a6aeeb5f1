"""Charts in the page, alone in Chromium: what is drawn is where the scales say, and can be pointed at."""

import json
import math
import re
from itertools import cycle

import numpy as np
import pytest
from matplotlib import colormaps
from waiting import ask_until

from embedviz.space.indexes import fastest
from embedviz.widgets import still
from embedviz.widgets.bundle import styles
from embedviz.widgets.chart import SHAPES, LiveChart, packed
from embedviz.widgets.encoding_plots import Heat
from embedviz.widgets.index_tradeoff import NUMBERS, TEXTS, explore_indexes
from embedviz.widgets.look import PALETTE
from embedviz.widgets.page import write_page

pytestmark = pytest.mark.browser

LINES, HEAT, INDEX = "chart/lines.js", "chart/heat.js", "index/tradeoff.js"

DRAW = """(module, kind, values, width) => {
  window.chart?.stop();
  const el = document.body.appendChild(document.createElement("div"));
  el.style.width = width + "px";
  window.chart = new loaded[module][kind](el);
  chart.show(values, "what there is to see");
}"""


@pytest.fixture(scope="module")
def page(modules):
    modules.page.set_viewport_size({"width": 1000, "height": 800})
    modules.page.add_style_tag(content="html { color-scheme: light dark; } body { margin: 20px; }")
    for module in (LINES, HEAT):
        modules.load(module)
    modules.page.add_style_tag(content=styles(LINES))
    return modules.page


@pytest.fixture
def draw(page, modules):
    """Called as draw(values, kind=…, width=…): draws them, and waits until that is in the page."""

    def drawn(values, kind="LineChart", width=600):
        modules.evaluate(DRAW, LINES if kind == "LineChart" else HEAT, kind, values, width)
        page.wait_for_function("() => chart.svg.querySelector('text') && chart.due === null")

    yield drawn
    page.emulate_media(color_scheme="light")
    page.evaluate("() => { window.chart?.stop(); window.chart = null; }")


def curve(x, y, **more):
    numbers = {"x": np.asarray(x, float), "y": np.asarray(y, float)}
    return {"name": "one", "color": PALETTE[0], "shape": "circle", **numbers, **more}


def lines(*curves, x=None, y=None, **more):
    return {"height": 300, "x": x or {}, "y": y or {}, "curves": list(curves), **more}


def ticks(page, axis):
    """{value: place in pixels} of the labels along the bottom ("x") or the left ("y")."""
    found = page.evaluate(
        """() => [...chart.svg.querySelectorAll("text")].map((text) =>
          [text.textContent, Number(text.getAttribute("x")), Number(text.getAttribute("y")),
           text.getAttribute("text-anchor")])"""
    )
    anchor = {"x": "middle", "y": "end"}[axis]
    labels = [one for one in found if one[3] == anchor and re.fullmatch(r"−?[\d.,]+", one[0])]
    numbers = {text: (x if axis == "x" else y - 5) for text, x, y, _ in labels}
    return {float(text.replace(",", "").replace("−", "-")): place for text, place in numbers.items()}


def corners(page, number=0):
    """The points of a curve as it is drawn, float array of shape (n, 2), in pixels."""
    path = page.locator("svg[role=img] path.curve").nth(number).get_attribute("d")
    return np.array([[float(part) for part in point.split()] for point in re.split("[ML]", path)[1:]])


def interpolated(marks, value, form=float):
    """Where a value is, by two ticks: as a scale that is linear in `form`."""
    (a, at_a), *_, (b, at_b) = marks.items()
    return at_a + (form(value) - form(a)) * (at_b - at_a) / (form(b) - form(a))


# Numbers and scales


def test_numbers_are_written_as_python_writes_them(modules):
    random = np.random.default_rng(0)
    halves = [0.5, 1.5, 2.5, 0.25, 0.75, 0.125, 0.375, 1234.5, 300.5, 0.0625, 2.675, 1.005, 1.015, 8.575, 0.285, 0.615]
    numbers = [*halves, 0.0, -0.0, -2.5, 999.9996, 1e6, 123456789.0, *(10 ** random.uniform(-4, 9, 300)).tolist()]
    pairs = [(number, decimals) for number in numbers for decimals in range(5)]
    modules.load("chart/numbers.js")
    found = modules.evaluate(
        "(pairs) => pairs.map(([value, decimals]) => loaded['chart/numbers.js'].fixed(value, decimals))", pairs
    )
    assert found == [f"{value:,.{decimals}f}" for value, decimals in pairs]


@pytest.mark.parametrize(
    "number, text",
    [(0, "0"), (44.2134, "44.21"), (0.001234567, "0.001235"), (-3.5, "−3.5"), (1234567, "1,235,000"),
     (1.234e-7, "1.234e−7"), (math.nan, "not given")],
)  # fmt: skip
def test_numbers_that_count(modules, number, text):
    assert modules.call("chart/numbers.js", "significant", float(number)) == text


@pytest.mark.parametrize(
    "limits, most, whole, values, texts",
    [
        ([0, 10], 5, False, [0, 2, 4, 6, 8, 10], ["0", "2", "4", "6", "8", "10"]),
        ([0.5, 3.5], 9, True, [1, 2, 3], ["1", "2", "3"]),
        ([0.5, 8000.5], 4, True, [2000, 4000, 6000, 8000], ["2,000", "4,000", "6,000", "8,000"]),
        ([-0.3, 0.31], 3, False, [-0.2, 0, 0.2], ["−0.2", "0", "0.2"]),
        ([3, 3], 5, False, [3], ["3"]),
    ],
)
def test_linear_ticks(modules, limits, most, whole, values, texts):
    found = modules.call("chart/scales.js", "linearTicks", limits, most, whole)
    assert [tick["value"] for tick in found] == pytest.approx(values, abs=1e-12)
    assert [tick["text"] for tick in found] == texts


@pytest.mark.parametrize(
    "limits, most, texts",
    [
        ([90, 1.2e5], 5, ["100", "1,000", "10,000", "100,000"]),
        ([90, 1100], 5, ["100", "200", "500", "1,000"]),
        ([1, 9], 9, ["1", "2", "3", "4", "5", "6", "7", "8", "9"]),
        ([0.001, 1e8], 6, ["0.001", "0.1", "10", "1,000", "100,000", "10M"]),
        ([110, 180], 4, ["120", "140", "160", "180"]),  # no power of ten is among them, nor twice or five times one
    ],
)
def test_ticks_of_a_logarithmic_axis(modules, limits, most, texts):
    assert [tick["text"] for tick in modules.call("chart/scales.js", "logTicks", limits, most)] == texts


def test_ticks_are_few_and_in_the_range(modules):
    random = np.random.default_rng(0)
    for _ in range(40):
        low = float(10 ** random.uniform(-3, 5))
        high, most = low * float(10 ** random.uniform(0.01, 6)), int(random.integers(2, 9))
        for name, more in (("linearTicks", 2), ("logTicks", 1)):
            values = [tick["value"] for tick in modules.call("chart/scales.js", name, [low, high], most)]
            assert 1 <= len(values) <= most + more and values == sorted(set(values))
            assert low * (1 - 1e-9) <= values[0] and values[-1] <= high * (1 + 1e-9)


# Curves


@pytest.mark.parametrize("log", [False, True])
def test_a_point_is_drawn_where_the_axes_say(draw, page, log):
    x, y = [1, 2, 5, 7], [10, 3000, 150, 40]
    draw(lines(curve(x, y), x={"title": "epoch"}, y={"title": "speed", "log": log}))
    across, up, found = ticks(page, "x"), ticks(page, "y"), corners(page)
    form = math.log10 if log else float
    assert len(across) > 2 and len(up) > 2 and len(found) == 4
    np.testing.assert_allclose(found[:, 0], [interpolated(across, value) for value in x], atol=0.2)
    np.testing.assert_allclose(
        found[:, 1], [interpolated(up, value, form) for value in y], atol=1
    )  # ticks: whole pixels
    assert found[1, 1] < found[0, 1]  # more is higher


def test_what_is_not_finite_is_a_gap(draw, page):
    draw(lines(curve(range(1, 7), [1, 2, math.nan, 3, math.inf, 4])))
    path = page.locator("path.curve").first.get_attribute("d")
    assert [len(part.split("L")) for part in path.split("M")[1:]] == [2, 1, 1]
    draw(lines(curve(range(1, 5), [1, 0, -1, 100]), y={"log": True}))
    assert len(corners(page)) == 2
    draw(lines(curve([], [])))  # nothing yet
    assert page.locator("path.curve").first.get_attribute("d") == ""


def test_levels_marks_band_and_ring_are_where_they_should_be(draw, page):
    values = lines(
        curve([0, 10], [0, 100]),
        x={"range": [0, 10]},
        levels=[{"y": 50, "name": "half"}],
        marks=[{"x": 4, "text": "changed"}],
        band={"low": 0, "high": 3, "text": "too low"},
        ring=[10, 100],
    )
    draw(values)
    across, up = ticks(page, "x"), ticks(page, "y")
    level, mark = (page.locator(f"svg[role=img] path.{name}").get_attribute("d") for name in ("level", "mark"))
    assert float(re.search(r"M\S+ (\S+)H", level)[1]) == pytest.approx(interpolated(up, 50), abs=1)
    assert float(re.search(r"M(\S+) ", mark)[1]) == pytest.approx(interpolated(across, 4), abs=0.2)
    band, ring = page.locator("rect.band"), page.locator("circle.ring")
    edges = float(band.get_attribute("x")), float(band.get_attribute("width"))
    assert edges[0] + edges[1] == pytest.approx(interpolated(across, 3), abs=0.2)
    assert float(ring.get_attribute("cx")) == pytest.approx(interpolated(across, 10), abs=0.2)
    assert {"changed", "too low"} <= set(page.locator("svg[role=img] text").all_text_contents())


def test_labels_of_changes_cover_neither_each_other_nor_the_edge(draw, page):
    changes = [(2, "temperature 0.1"), (4, "learning rate 0.1"), (6, "temperature 0.2"), (18, "temperature 1")]
    marks = [{"x": x, "text": text} for x, text in changes]
    draw(lines(curve([0, 20], [0, 1]), x={"range": [0, 20]}, marks=marks), width=500)
    boxes = page.evaluate(
        """(texts) => [...chart.svg.querySelectorAll("text")].filter((text) => texts.includes(text.textContent))
          .map((text) => text.getBBox()).map(({ x, y, width, height }) => [x, y, x + width, y + height])""",
        [text for _, text in changes],
    )
    assert len(boxes) == 3 and len({round(box[1]) for box in boxes}) == 2  # on two lines; for a fourth is no room
    assert all(box[0] >= 0 and box[2] <= 501 for box in boxes)
    apart = [a[2] <= b[0] or b[2] <= a[0] or round(a[1]) != round(b[1]) for i, a in enumerate(boxes) for b in boxes[:i]]
    assert all(apart)
    assert page.locator("path.mark").count() == 4  # but the lines are all there


def test_a_long_curve_keeps_its_line_and_thins_out_its_markers(draw, page):
    draw(lines(curve(range(1, 2001), np.linspace(1, 0, 2000))))
    assert len(corners(page)) == 2000
    assert 20 < page.locator("path.markers").get_attribute("d").count("M") < 200


def test_a_curve_may_be_points_alone_or_a_line_alone(draw, page):
    x, random = np.arange(300), np.random.default_rng(0)
    forms = {form: curve(x, random.normal(size=300), name=form, form=form) for form in ("points", "line", "dashes")}
    draw({"x": {}, "y": {}, "legend": True, "curves": list(forms.values())})
    drawn = page.evaluate(
        "() => [...chart.svg.querySelectorAll('path.curve, path.markers')].map((one) => ["
        " one.getAttribute('class'), one.getAttribute('stroke-dasharray'),"
        " one.getAttribute('d').split('M').length - 1])"
    )
    # All of the points have their mark, however many there are.
    assert drawn == [["markers", None, 300], ["curve", None, 1], ["curve", "3 4", 1]]
    signs = page.locator(".embedviz-chart-legend svg").evaluate_all(
        "(all) => all.map((one) => [...one.querySelectorAll('path')].map((path) => path.getAttribute('class')))"
    )
    assert signs == [[None], ["curve"], ["curve"]]


def test_labels_stand_beside_their_points_and_cover_neither_each_other_nor_the_edge(draw, page):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 150))
    names = [f"name {i}" if i % 2 else None for i in range(150)]  # an even one has none
    draw({"x": {}, "y": {}, "curves": [curve(x, y, form="points", labels=names, notes=[f"{i}" for i in range(150)])]})
    found = page.evaluate(
        "() => [...chart.svg.querySelectorAll('text.label')].map((one) => {"
        " const { x, y, width, height } = one.getBBox(); return [one.textContent, x, y, width, height]; })"
    )
    spots = {f"name {i}": (at["x"], at["y"]) for i, at in enumerate(page.evaluate("() => chart.spots[0]"))}
    box = page.evaluate("() => chart.box")
    assert 10 < len(found) < 75 and {name for name, *_ in found} <= set(names)
    for name, left, top, width, height in found:
        at = spots[name]
        assert min(abs(left - at[0]), abs(left + width - at[0])) < 12 and abs(top + height / 2 - at[1]) < 6
        assert box["left"] - 1 <= left and left + width <= box["right"] + 1
    for i, (_, left, top, width, height) in enumerate(found):
        for _, other_left, other_top, other_width, other_height in found[:i]:
            beside = left >= other_left + other_width - 1 or other_left >= left + width - 1
            assert beside or abs(top - other_top) >= min(height, other_height) - 4


def test_hover_tells_name_x_and_y(draw, page):
    draw(
        lines(
            curve([1, 2, 3], [5, 9, 2], name="<b>one</b>", notes=["a", "b", "<i>c</i>"]),
            curve([1, 2, 3], [1, 8, 7], name="other"),
            x={"title": "epoch", "whole": True},
            y={"title": "loss (nats)", "name": "loss", "decimals": 2},
            levels=[{"y": 4.25, "name": "the mean"}],
            marks=[{"x": 3, "text": "learning rate 0.1"}],
        )
    )
    tip, box = page.locator(".embedviz-chart-tip"), page.locator("svg[role=img]").bounding_box()

    def over(point, dx=0, dy=0):
        page.mouse.move(box["x"] + point[0] + dx, box["y"] + point[1] + dy)
        tip.wait_for()
        return tip.locator("div").all_text_contents()

    assert over(corners(page, 0)[2], 4, 3) == [
        "<b>one</b>, <i>c</i>", "epoch: 3", "loss: 2.00", "then learning rate 0.1"
    ]  # fmt: skip
    assert over(corners(page, 1)[0]) == ["other", "epoch: 1", "loss: 1.00"]
    level = interpolated(ticks(page, "y"), 4.25)
    assert over((interpolated(ticks(page, "x"), 1.5), level)) == ["the mean", "loss: 4.25"]
    place, within = tip.bounding_box(), page.locator(".embedviz-chart-plot").bounding_box()
    assert place["x"] >= within["x"] and place["x"] + place["width"] <= within["x"] + within["width"] + 1
    page.mouse.move(5, 790)
    tip.wait_for(state="hidden")


def test_a_tip_of_a_very_long_name_stays_small(draw, page):
    draw(lines(curve([1, 2], [1, 2], name="x" * 2000)))
    page.locator("svg[role=img]").focus()
    page.keyboard.press("End")
    box = page.locator(".embedviz-chart-tip").bounding_box()
    assert box["width"] <= 280 and box["height"] < 120


def test_touch_shows_a_tip_that_stays(draw, page):
    draw(lines(curve([1, 2, 3], [5, 9, 2])))
    page.evaluate(
        """([x, y]) => {
          const { left, top } = chart.svg.getBoundingClientRect();
          const options = { clientX: left + x, clientY: top + y, pointerType: "touch", bubbles: true };
          for (const type of ["pointerdown", "pointerup", "pointerleave"]) {
            chart.svg.dispatchEvent(new PointerEvent(type, options));
          }
        }""",
        corners(page)[1].tolist(),
    )
    assert page.locator(".embedviz-chart-tip").is_visible()
    assert page.locator(".embedviz-chart-tip div").nth(0).text_content() == "one"


def test_the_keyboard_goes_from_point_to_point_and_is_read_out(draw, page):
    draw(lines(curve([1, 2, 3], [5, 9, 2], name="one"), curve([1, 2], [1, 8], name="other"), x={"title": "epoch"}))
    picture, said = page.locator("svg[role=img]"), page.locator("[aria-live=polite]")
    picture.focus()

    def press(key):
        page.keyboard.press(key)
        return said.text_content()

    assert press("Home") == "one, epoch: 1, 5"
    assert [press("ArrowRight") for _ in range(3)] == ["one, epoch: 2, 9", "one, epoch: 3, 2", "one, epoch: 3, 2"]
    assert press("ArrowDown") == "other, epoch: 2, 8" and press("ArrowLeft") == "other, epoch: 1, 1"
    assert press("ArrowUp") == "one, epoch: 1, 5"
    assert page.locator("circle.cursor").count() == 1
    assert press("Escape") == "" and page.locator(".embedviz-chart-tip").is_hidden()
    assert picture.get_attribute("aria-label") == "what there is to see"


def test_the_tip_follows_what_changes_under_it(draw, page, modules):
    draw(lines(curve([1, 2, 3], [5, 9, 2])))
    page.locator("svg[role=img]").focus()
    page.keyboard.press("End")
    tip = page.locator(".embedviz-chart-tip div")
    modules.evaluate("(values) => chart.show(values, '')", lines(curve([1, 2, 3, 4], [5, 9, 77, 3])))
    tip.get_by_text("77").wait_for()
    modules.evaluate("(values) => chart.show(values, '')", lines(curve([1], [5])))  # the point has gone
    page.locator(".embedviz-chart-tip").wait_for(state="hidden")


def test_many_updates_are_one_drawing_of_the_last(draw, page, modules):
    draw(lines(curve([1], [1])))
    count = modules.evaluate(
        """async (values) => {
          let count = 0;
          const draw = chart.draw;
          chart.draw = (...rest) => { count += 1; return draw.apply(chart, rest); };
          for (let n = 1; n <= 100; n++) {
            const cut = (numbers) => numbers.slice(0, n);
            const curves = values.curves.map((curve) => ({ ...curve, x: cut(curve.x), y: cut(curve.y) }));
            chart.show({ ...values, curves }, String(n));
          }
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          return count;
        }""",
        lines(curve(range(100), range(100))),
    )
    assert count == 1 and len(corners(page)) == 100
    assert page.locator("svg[role=img]").get_attribute("aria-label") == "100"


def test_it_is_as_wide_as_its_place(draw, page):
    values = lines(curve([1, 2], [1, 2]), legend=True, x={"title": "epoch"})
    draw(values, width=800)
    wide = corners(page)[1, 0]
    page.evaluate("() => { chart.root.parentElement.style.width = '340px'; }")
    page.wait_for_function("() => chart.width === chart.plot.clientWidth && chart.width < 341 && chart.due === null")
    assert wide > 700 and corners(page)[1, 0] < 340
    wide = "() => chart.root.scrollWidth - chart.root.clientWidth"
    assert ask_until(lambda: page.evaluate(wide), lambda pixels: pixels <= 0) <= 0


def test_the_legend_has_each_color_and_shape_and_texts_are_texts(draw, page):
    runs = [
        curve([1, 2], [i, i + 1], name=f"<img src=x onerror=alert({i})>", color=color, shape=shape)
        for i, (color, shape) in enumerate(zip(cycle(PALETTE), SHAPES))
    ]
    draw(lines(*runs, levels=[{"y": 3, "name": "the mean"}], legend=True, title="<script>t</script>"))
    entries = page.locator(".embedviz-chart-legend li")
    assert entries.all_text_contents() == ["the mean", *(run["name"] for run in runs)]
    shapes = page.evaluate("() => [...document.querySelectorAll('.embedviz-chart-legend li path:last-child')]"
                           ".map((path) => path.getAttribute('d'))")  # fmt: skip
    assert len(set(shapes)) == 8 and page.locator(".embedviz-chart img").count() == 0
    assert page.locator(".embedviz-chart-title").text_content() == "<script>t</script>"


def test_all_texts_can_be_read_from_the_last_row(draw, page):
    full = {"legend": True, "title": "t", "levels": [{"y": 1, "name": "l"}], "marks": [{"x": 1, "text": "m"}]}
    for kind, values in (
        ("LineChart", lines(curve([1, 2], [1, 2]), x={"title": "x"}, y={"title": "y"}, **full)),
        ("HeatMap", heat_values(np.eye(4))),
    ):
        draw(values, kind)
        sizes = page.evaluate(
            """() => [...chart.root.querySelectorAll("text, li, .embedviz-chart-title, .embedviz-chart-tip")]
              .map((one) => parseFloat(getComputedStyle(one).fontSize))"""
        )
        assert len(sizes) > 6 and min(sizes) >= 14


# Colors


def luminance(color):
    """WCAG 2.2: relative luminance of an sRGB color."""
    rgb = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("dark, paper, least", [(False, "#ffffff", 3), (True, "#111111", 4.5)])
def test_curves_can_be_told_from_the_paper(modules, dark, paper, least):
    for color in (*PALETTE, "#000000", "#ffffff", "#888888"):
        found = modules.call("chart/marks.js", "readable", color, dark)
        high, low = sorted([luminance(found), luminance(paper)], reverse=True)
        assert (high + 0.05) / (low + 0.05) >= least - 1e-9
    assert modules.call("chart/marks.js", "readable", PALETTE[0], False) == PALETTE[0].lower()  # dark enough as it is


def test_a_dark_page_has_a_dark_chart(draw, page):
    draw(lines(curve([1, 2], [1, 2]), legend=True))
    look = """() => [getComputedStyle(chart.svg.querySelector("text")).fill,
                     getComputedStyle(chart.root).backgroundColor,
                     chart.svg.querySelector(".curve").getAttribute("stroke")]"""
    light = page.evaluate(look)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => chart.dark && chart.due === null")
    dark = page.evaluate(look)
    assert [color == other for color, other in zip(light, dark)] == [False] * 3
    brightness = [sum(map(int, re.findall(r"\d+", color)[:3])) for color in (*light[:2], *dark[:2])]
    assert brightness[0] < 150 < 600 < brightness[1] and brightness[3] < 100 < 600 < brightness[2]


@pytest.mark.parametrize(
    "signed, dark, name", [(True, False, "RdBu_r"), (True, True, "berlin"), (False, False, "cividis")]
)
def test_color_scales_are_those_of_matplotlib(modules, signed, dark, name):
    if name not in colormaps:
        pytest.skip(f"this matplotlib has no {name}")
    modules.load("chart/shades.js")
    found = modules.evaluate(
        """(signed, dark) => {
          const color = loaded["chart/shades.js"].shades(signed, dark);
          return Array.from({ length: 101 }, (_, i) => color(i / 100));
        }""",
        signed,
        dark,
    )
    expected = 255 * colormaps[name](np.linspace(0, 1, 101))[:, :3]
    np.testing.assert_allclose(found, expected, atol=12)  # of 17 stops; cividis has a corner where it is darkest
    assert np.abs(found - expected).mean() < 1.5


# Heat maps


def heat_values(matrix, rows=None, columns=None, signed=True, **more):
    most = float(np.abs(matrix).max())
    n, m = matrix.shape
    return {
        "title": "heat",
        "height": 360,
        "rows": rows or [f"row {i}" for i in range(n)],
        "columns": columns or [f"{i}" for i in range(m)],
        "cells": np.asarray(matrix, float).ravel(),
        "range": [-most if signed else 0, most],
        "signed": signed,
        "xlabel": "dimension",
        "unit": "value",
        **more,
    }


def test_a_cell_has_the_color_of_its_value(draw, page):
    matrix = np.array([[-2.0, -1.0, 0.0], [1.0, 2.0, np.nan]])
    draw(heat_values(matrix, range=[-2, 2]), "HeatMap")
    pixels = page.evaluate("() => [...chart.cells.getContext('2d').getImageData(0, 0, 3, 2).data]")
    pixels = np.array(pixels).reshape(6, 4)
    expected = 255 * colormaps["RdBu_r"]((matrix.ravel()[:5] + 2) / 4)[:, :3]
    np.testing.assert_allclose(pixels[:5, :3], expected, atol=3)
    assert pixels[:, 3].tolist() == [255] * 5 + [0]
    cells, box = page.locator(".embedviz-chart-plot canvas").first.bounding_box(), page.evaluate("() => chart.box")
    assert cells["width"] == pytest.approx(box["right"] - box["left"], abs=1)


def test_hover_tells_row_column_and_value(draw, page):
    matrix = np.arange(12.0).reshape(3, 4) - 5
    draw(heat_values(matrix, ["a", "b", "<b>c</b>"], list("wxyz")), "HeatMap")
    cells = page.locator(".embedviz-chart-plot canvas").first.bounding_box()
    for row, column in ((0, 0), (2, 3), (1, 2)):
        x = cells["x"] + cells["width"] * (column + 0.4) / 4
        page.mouse.move(x, cells["y"] + cells["height"] * (row + 0.6) / 3)
        page.locator(".embedviz-chart-tip").wait_for()
        value = f"value: {matrix[row, column]:.2f}".replace("-", "−")
        told = page.locator(".embedviz-chart-tip div").all_text_contents()
        assert told == [["a", "b", "<b>c</b>"][row], f"dimension {'wxyz'[column]}", value]


def test_equal_labels_are_rows_of_their_own(draw, page):
    names = ["San Francisco", "San Francisco", "San Francesco"]  # the same, too, when they are shortened
    draw(heat_values(np.diag([1.0, 2.0, 3.0]), names, names, signed=False), "HeatMap")
    assert page.evaluate("() => [chart.cells.height, chart.cells.width]") == [3, 3]
    picture, said = page.locator("svg[role=img]"), page.locator("[aria-live=polite]")
    picture.focus()
    heard = []
    for key in ("Home", "ArrowDown", "ArrowRight", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
        heard.append(said.text_content().split("value: ")[1])
    assert heard == ["1.00", "0.00", "2.00", "0.00", "3.00"]
    assert said.text_content() == "San Francesco, dimension San Francesco, value: 3.00"
    page.keyboard.press("ArrowDown")  # the edge
    assert page.evaluate("() => chart.cursor") == {"row": 2, "column": 2}
    texts = [text for text in page.locator("svg[role=img] text").all_text_contents() if text.startswith("San")]
    assert len(texts) == 6


def test_labels_have_room(draw, page):
    """20 rows and 64 columns on 240 pixels: labels are left out, and none covers another."""
    draw(heat_values(np.random.default_rng(0).normal(size=(20, 64)), height=440), "HeatMap", width=240)
    boxes = page.evaluate(
        """() => [...chart.svg.querySelectorAll("text")].map((text) => { const box = text.getBoundingClientRect();
          return [text.getAttribute("text-anchor") + box.height, box.left, box.top, box.right, box.bottom]; })"""
    )
    rows = [box for box in boxes if box[0].startswith("end")]
    columns = [box for box in boxes if box not in rows]
    assert len(rows) >= 10
    assert all(below[2] - above[2] >= 14 for above, below in zip(rows, rows[1:]))
    for i, one in enumerate(columns):
        for other in columns[:i]:
            assert one[3] <= other[1] or other[3] <= one[1] or one[4] <= other[2] + 2 or other[4] <= one[2] + 2


# The index trade-off


def measured(seed):
    """As of `measure_indexes`, with ties, equal speeds, and sometimes no exact search."""
    import pandas as pd

    random = np.random.default_rng(seed)
    n = int(random.integers(1, 15))
    kinds = random.choice(["exact", "IVF", "HNSW"], n)
    frame = pd.DataFrame({"index": kinds, "setting": [f"{i} of <9>" for i in range(n)]})
    frame["recall"] = np.round(random.uniform(0.5, 1, n), int(random.integers(1, 4)))
    for column in ("batched", "single"):
        frame[column] = random.choice([50.0, 0.5, 2.5, 1234.5, 8e6, *(10 ** random.uniform(0, 6, 5))], n)
    return frame.assign(build=random.uniform(0, 90, n), megabytes=10 ** random.uniform(-1, 5, n))


def test_page_and_program_choose_and_say_the_same(modules):
    modules.load(INDEX)
    nothing = 0
    for seed in range(10):
        frame = measured(seed)
        explorer = explore_indexes({"toy": frame})
        leasts = [*np.linspace(0.5, 1, 11).tolist(), *frame["recall"].tolist()[:2]]  # also as much as is found
        grid = [(least, way) for least in leasts for way in ("batched", "single")]
        columns = {name: frame[name].tolist() for name in TEXTS} | {name: frame[name].to_numpy() for name in NUMBERS}
        found = modules.evaluate(
            """(table, grid) => grid.map(([least, way]) => {
              const { fastest, answer } = loaded["index/tradeoff.js"];
              return [fastest(table, least, way), answer(table, least, way)];
            })""",
            {"name": "toy", **columns},
            grid,
        )
        for (least, way), (row, text) in zip(grid, found):
            explorer.least, explorer.way = least, way
            chosen = fastest(frame, least, way)
            assert (row == -1) == (chosen is None) and (chosen is None or chosen.name == row)
            assert text == explorer.answer
            nothing += chosen is None
    assert nothing > 10


# Alone, under a strict policy, and left without a trace


def test_charts_work_where_no_text_may_become_a_function(browser, tmp_path):
    import pandas as pd

    frame = pd.DataFrame(np.eye(3), list("abc"), list("abc"))
    charts = {"heat": LiveChart("heat"), "lines": LiveChart("lines")}
    Heat("title", frame, "column", "unit", signed=True).draw(charts["heat"], 300)
    one = curve([], []) | {"x": packed([1, 2, 3]), "y": packed([3.0, math.nan, 1.0])}
    charts["lines"].draw(lines(one, x={"title": "epoch"}), "three points")
    explorer = explore_indexes({"toy": measured(0)})
    pages = {"indexes": explorer.to_html(tmp_path / "indexes.html")}
    picture = still.png_bundle(still.Figure(), "")
    for kind, chart in charts.items():
        values = {"kind": kind, "values": chart.values, "description": chart.description}
        pages[kind] = write_page(tmp_path / f"{kind}.html", "chart/main.js", values, kind, picture)
    policy = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'unsafe-inline'\">"
    attempt = "<script>try { new Function('') } catch { window.forbidden = true }</script>"
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in pages.values():
        path.write_text(path.read_text().replace("<head>", f"<head>{policy}{attempt}"))
        page.goto(path.as_uri())
        page.wait_for_function("() => document.querySelector('.embedviz-chart svg text')")
        assert page.evaluate("() => window.forbidden") is True
    assert errors == []
    code = "".join(path.read_text() for path in pages.values())
    assert "new Function" not in code.replace(attempt, "") and not re.search(r"\beval\(", code)
    page.close()


COUNT = """() => {
  window.kept = new Map(); // by target: what listens
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, act, options) {
    const own = kept.get(this ?? window) ?? kept.set(this ?? window, new Set()).get(this ?? window);
    const one = { type, act };
    own.add(one);
    options?.signal?.addEventListener?.call(options.signal, "abort", () => own.delete(one));
    return add.call(this, type, act, options);
  };
  EventTarget.prototype.removeEventListener = function (type, act, options) {
    const own = kept.get(this ?? window) ?? new Set();
    for (const one of own) if (one.type === type && one.act === act) own.delete(one);
    return remove.call(this, type, act, options);
  };
  AbortSignal.prototype.addEventListener = add;
  for (const name of ["ResizeObserver", "MutationObserver"]) {
    const { observe, disconnect } = window[name].prototype;
    window[name].prototype.observe = function (...rest) {
      kept.set(this, new Set(["observes"]));
      return observe.apply(this, rest);
    };
    window[name].prototype.disconnect = function () { kept.delete(this); return disconnect.call(this); };
  }
  window.listening = () => [...kept.values()].reduce((sum, own) => sum + own.size, 0);
}"""


@pytest.mark.parametrize("kind", ["LineChart", "HeatMap"])
def test_a_stopped_chart_leaves_nothing(browser, kind):
    from javascript import Modules

    page = browser.new_page()
    page.set_default_timeout(300_000)
    alone, module = Modules(page), LINES if kind == "LineChart" else HEAT
    page.wait_for_function("() => true")  # Playwright's own listeners are here before we count
    page.evaluate(COUNT)
    alone.load(module)
    values = lines(curve([1, 2], [1, 2])) if kind == "LineChart" else heat_values(np.eye(2))
    before, elements = page.evaluate("() => [listening(), document.querySelectorAll('*').length]")
    alone.evaluate(DRAW, module, kind, values, 400)
    page.wait_for_function("() => chart.svg.querySelector('text')")
    assert page.evaluate("() => listening()") >= before + 10
    drawn = page.evaluate(
        """async () => {
          let drawn = 0;
          chart.stop();
          chart.draw = () => { drawn += 1; return 1; };
          chart.show(chart.values, "");  // what comes late is no longer drawn
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          return drawn;
        }"""
    )
    assert drawn == 0
    assert page.evaluate("() => [listening(), document.querySelectorAll('*').length]") == [before, elements + 1]
    page.close()


def test_what_is_sent_is_small():
    """Two curves of 50 epochs: what an update costs on its way."""
    chart = LiveChart("lines")
    one = {"name": "loss", "x": packed(range(50)), "y": packed(range(50)), "color": PALETTE[0], "shape": "circle"}
    chart.draw(lines(x={"title": "epoch"}) | {"curves": [one, one]}, "")
    assert sum(len(part["x"]) + len(part["y"]) for part in chart.values["curves"]) == 4 * 50 * 8
    texts = [{name: text for name, text in part.items() if name not in ("x", "y")} for part in chart.values["curves"]]
    assert len(json.dumps(chart.values | {"curves": texts})) < 1000
