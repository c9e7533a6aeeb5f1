"""The map of points alone, without Jupyter, in headless Chromium: what it draws, and what hands do to it."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from javascript import Modules
from matplotlib.path import Path
from visiting import sideways

from embedviz.widgets.bundle import styles
from embedviz.widgets.look import ORDERED_LOOKS, OTHER, PALETTE, PAPER, PAPER_DARK, Groups, group, kept_groups

pytestmark = pytest.mark.browser

RANGE = [[-3.0, 3.0], [-2.0, 2.0], [-1.0, 1.0]]
PATIENCE = 120_000  # ms
# Builds a map, and a legend below it; what they say is in window.said. `drawn()`: a promise of its next picture.
BUILD = """
window.settled = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
window.drawn = () => new Promise((done) => map.root.addEventListener("embedviz-drawn", () => done(), { once: true }));
window.build = async (options, show, paint) => {
  window.map?.stop();
  window.legend?.stop();
  document.body.replaceChildren();
  Object.assign(document.body.style, { margin: "0" });
  const box = document.body.appendChild(document.createElement("div"));
  const say = (kind) => (value) => said.push([kind, value]);
  window.said = [];
  window.map = new loaded["map/points.js"].PointMap(box, {
    title: "A map", size: [560, 470], count: show.coords.length / 3,
    name: (row) => `name ${row}`, tip: (row) => [`row: ${row}`],
    pick: say("pick"), lasso: (rows) => say("lasso")([...rows]), key: say("key"), hover: say("hover"), ...options,
  });
  const hide = (codes) => { say("hide")(codes); map.hide(codes); legend.show(paint.classes, codes); };
  window.legend = new loaded["map/legend.js"].Legend(box, { hide });
  map.show({ axes: ["across", "up", "deep"], suffix: "", key: "one", duration: 0, ...show });
  map.paint({ radii: null, ...paint });
  legend.show(paint.classes);
  await drawn();
  await settled();
};
window.pixel = (...place) => {
  const [x, y] = place.map((one) => Math.floor(one * map.scale));
  return [...map.layers[0].getContext("2d").getImageData(x, y, 1, 1).data.slice(0, 3)];
};
0
"""


class Stage:
    """A page with a map in it.

    Attributes:
        page: the Playwright page.
        coords: float32 of shape (n, 3), as the map was given them.
    """

    def __init__(self, page):
        self.page, self.modules = page, Modules(page)
        page.set_default_timeout(PATIENCE)
        self.problems = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.add_style_tag(content=styles("map/points.js"))
        for module in ("map/points.js", "map/legend.js"):
            self.modules.load(module)
        page.evaluate(BUILD)

    def build(self, coords, groups=None, *, dim=2, radii=None, **options):
        self.coords = np.hstack([coords, np.zeros((len(coords), 3 - np.shape(coords)[1]))]).astype(np.float32)
        groups = group(None, len(coords)) if groups is None else groups
        show = {"coords": self.coords.ravel(), "dim": dim, "range": RANGE}
        paint = {"codes": groups.codes.astype(np.uint8), "classes": groups.classes, "radii": radii}
        self.evaluate("build", options, show, paint)
        return self

    def evaluate(self, code, *arguments):
        return self.modules.evaluate(code, *arguments)

    def do(self, code, *arguments):
        """Call this, and wait for the picture after it."""
        return self.evaluate(f"async (...args) => {{ ({code})(...args); map.later(0); await drawn(); }}", *arguments)

    def ask(self, code):
        return self.evaluate(f"async () => {code}")

    def said(self, kind):
        return self.evaluate("async (kind) => said.filter(([one]) => one === kind).map(([, value]) => value)", kind)

    def wait(self, code):
        self.page.wait_for_function(f"() => {code}", timeout=PATIENCE)

    @property
    def places(self):
        """[x, y] of all points in the map's element, NaN where one is hidden; float32 of shape (n, 2)."""
        return np.column_stack([self.ask("map.x"), self.ask("map.y")])

    def pixel(self, place):
        return tuple(self.evaluate("async (x, y) => pixel(x, y)", *map(float, place)))


@pytest.fixture(scope="module")
def stage(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    opened = Stage(context.new_page())
    yield opened
    context.close()
    assert opened.problems == []


@pytest.fixture(scope="module")
def phone(browser):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2
    )
    page = context.new_page()
    opened = Stage(page)
    page.evaluate(
        "document.head.append(Object.assign(document.createElement('meta'),"
        " { name: 'viewport', content: 'width=device-width, initial-scale=1' }))"
    )
    opened.cdp = context.new_cdp_session(page)
    yield opened
    context.close()
    assert opened.problems == []


def spread(n, seed=0):
    """n points in the range, no two of them near each other for small n."""
    random = np.random.default_rng(seed)
    return random.uniform(-0.9, 0.9, size=(n, 3)) * [3, 2, 1]


def classes(n=7):
    """One point of each class, on a row."""
    colors = [*PALETTE, OTHER][-n:]
    return np.column_stack([np.linspace(-2.5, 2.5, n), np.zeros(n)]), Groups(
        np.arange(n), [f"c{i}" for i in range(n)], colors
    )


def rgb(color):
    return tuple(bytes.fromhex(color[1:]))


# --- where the points are


def test_a_flat_map_fills_its_frame(stage):
    coords = spread(50)[:, :2]
    coords[7] = np.nan
    stage.build(coords)
    left, top, width, height = stage.ask("[map.inner.left, map.inner.top, map.inner.width, map.inner.height]")
    assert stage.ask("[map.root.clientWidth, map.plot.clientHeight]") == [560, 470] and top + height < 470
    expected = [left, top] + (coords * [1, -1] + [3, 2]) / [6, 4] * [width, height]
    np.testing.assert_allclose(stage.places, expected, atol=1e-3)  # NaN where it is NaN
    box = stage.ask("[map.top.getBoundingClientRect().left, map.top.getBoundingClientRect().top]")
    np.testing.assert_allclose(stage.ask("map.place(3)"), box + stage.places[3], atol=1e-3)


def test_a_solid_map_is_turned_but_not_bent(stage):
    coords = spread(20)
    stage.build(coords, dim=3)
    seen = np.column_stack([stage.places, stage.ask("map.z")])
    reach = 6.0  # the widest range; z is in parts of it
    inner = stage.ask("[map.inner.width, map.inner.height]")
    scale = min(inner) / reach * 0.8
    seen = seen / [scale, -scale, 1 / reach]  # y upward
    for points in (seen, coords):
        points -= points.mean(axis=0)
    turn = np.linalg.lstsq(coords, seen, rcond=None)[0]
    np.testing.assert_allclose(coords @ turn, seen, atol=1e-3)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-3)
    before = stage.places
    stage.page.locator(".embedviz-top").focus()
    stage.page.keyboard.press("ArrowLeft")
    stage.evaluate("settled")
    assert np.abs(stage.places - before).max() > 3 and stage.ask("map.camera.x") == 0


def test_points_move_to_their_new_places(stage):
    start, goal = spread(30)[:, :2], spread(30, seed=1)[:, :2]
    stage.build(start)
    stage.evaluate(
        """async (coords, range) => {
          map.show({ coords, dim: 2, axes: ["a", "b"], range, key: "one", duration: 400 });
          window.seen = [map.moving];
          await settled();
          seen.push(map.coords.slice(), map.moving ? 1 : 0);
          await drawn();
          seen.push(map.coords.slice());
        }""",
        np.hstack([goal, np.zeros((30, 1))]).astype(np.float32).ravel(),
        RANGE,
    )
    moving, between, still, end = stage.ask("seen")
    assert moving and not stage.ask("map.moving")
    np.testing.assert_array_equal(end.reshape(-1, 3)[:, :2], goal.astype(np.float32))
    if still:  # on a slow machine the move may be over after a frame or two
        share = (between.reshape(-1, 3)[:, :2] - start) / (goal - start)
        np.testing.assert_allclose(share, share[0, 0], atol=1e-3)
        assert 0 <= share[0, 0] < 1


def test_nothing_moves_for_whom_motion_is_a_trouble(stage):
    stage.build(spread(5)[:, :2])
    stage.page.emulate_media(reduced_motion="reduce")
    try:
        coords = spread(5, seed=2).astype(np.float32).ravel()
        show = {"coords": coords, "dim": 2, "axes": ["a", "b"], "range": RANGE, "key": "one", "duration": 9999}
        assert stage.evaluate("async (show) => { map.show(show); return map.moving; }", show) is False
    finally:
        stage.page.emulate_media(reduced_motion="no-preference")


# --- colors and shapes


@pytest.mark.parametrize("scale", [1, 2.5])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("dim", [2, 3])
def test_the_color_of_a_point_is_that_of_the_legend(browser, dark, scale, dim):
    context = browser.new_context(color_scheme="dark" if dark else "light", device_scale_factor=scale)
    stage = Stage(context.new_page())
    coords, groups = classes()
    stage.build(coords, groups, dim=dim)
    wanted = groups.darks if dark else groups.colors
    assert [stage.pixel(place) for place in stage.places] == [rgb(color) for color in wanted]
    swatches = stage.ask("[...legend.root.querySelectorAll('path')].map((path) => getComputedStyle(path).fill)")
    assert swatches == ["rgb({}, {}, {})".format(*rgb(color)) for color in wanted]
    assert stage.pixel((100, 60)) == rgb(PAPER_DARK if dark else PAPER)
    context.close()


def test_the_theme_of_the_page_is_followed(stage):
    coords, groups = classes()
    stage.build(coords, groups)
    for theme, wanted in (("false", groups.darks), ("true", groups.colors)):
        stage.evaluate("async (theme) => { document.body.dataset.jpThemeLight = theme; await drawn(); }", theme)
        assert [stage.pixel(place) for place in stage.places] == [rgb(color) for color in wanted]
        fill = stage.ask("getComputedStyle(legend.root.querySelector('path')).fill")
        assert fill == "rgb({}, {}, {})".format(*rgb(wanted[0]))
    stage.ask("delete document.body.dataset.jpThemeLight")


@pytest.mark.parametrize("shape", ["circle", "square", "triangle", "diamond", "down", "plus", "dot", "star"])
def test_a_stamp_covers_what_its_shape_does(stage, shape):
    corners = np.array(stage.modules.call("map/shapes.js", "corners", shape))
    area = 0.5 * abs(
        np.dot(corners[:, 0], np.roll(corners[:, 1], 1)) - np.dot(corners[:, 1], np.roll(corners[:, 0], 1))
    )
    assert area == pytest.approx(np.pi / 2 if shape == "dot" else np.pi)
    for radius, dx, dy in ((1.6, 0.1, 0.9), (5.3, 0.5, 0.5)):
        found = stage.modules.call("map/shapes.js", "coverage", shape, radius, dx, dy)
        reach, side = found["reach"], 2 * found["reach"] + 1
        fine = (np.arange(20 * side) + 0.5) / 20 - reach  # 20 × 20 places in each pixel
        grid = np.stack(np.meshgrid(fine, fine), axis=-1).reshape(-1, 2)
        inside = Path(corners * radius + [dx, dy]).contains_points(grid).reshape(side, 20, side, 20)
        np.testing.assert_allclose(found["covered"].reshape(side, side), inside.mean(axis=(1, 3)), atol=0.13)
        assert found["covered"].sum() == pytest.approx(area * radius**2, rel=0.03)


def test_each_class_is_drawn_in_its_own_shape_and_size(stage):
    coords, groups = classes()
    stage.build(coords, groups)
    radius = stage.ask("map.plain")
    masks = {}
    for place, color, shape in zip(stage.places, groups.colors, groups.shapes):
        x, y = np.floor(place).astype(int)
        code = "async (x, y) => [...map.layers[0].getContext('2d').getImageData(x - 12, y - 12, 25, 25).data]"
        pixels = np.array(stage.evaluate(code, int(x), int(y))).reshape(25, 25, 4)[:, :, :3].astype(float)
        share = ((255 - pixels) @ (255 - np.array(rgb(color)))) / ((255 - np.array(rgb(color))) ** 2).sum()
        area = np.pi * radius**2 * (0.5 * 0.75**2 if shape == "dot" else 1)
        assert share.sum() == pytest.approx(area, rel=0.1), shape
        masks[shape] = share
    assert min(np.abs(a - b).sum() for a, b in combinations(masks.values(), 2)) > 0.1 * np.pi * radius**2


def test_the_gray_rest_lies_below_and_what_is_chosen_above(stage):
    coords = np.zeros((3, 2))
    groups = Groups(np.array([0, 1, 2]), ["a", "b", "other"], [PALETTE[0], PALETTE[1], OTHER])
    stage.build(coords, groups)
    assert stage.pixel(stage.places[0]) == rgb(PALETTE[1])
    stage.do("() => map.select([0])")
    assert stage.pixel(stage.places[0]) == rgb(PALETTE[0])
    stage.do("() => map.select([2])")  # even the rest, if that is in question
    assert stage.pixel(stage.places[0]) == rgb(OTHER)
    stage.do("() => map.select([])")
    assert stage.pixel(stage.places[0]) == rgb(PALETTE[1])


@pytest.mark.parametrize("dark", [False, True])
def test_what_is_not_in_question_is_pale_but_seen(stage, dark):
    coords, groups = classes()
    stage.build(coords, groups)
    stage.page.emulate_media(color_scheme="dark" if dark else "light")
    stage.evaluate("settled")
    paper, colors = (PAPER_DARK, groups.darks) if dark else (PAPER, groups.colors)
    stage.do("() => map.light([0])")
    for place, color in zip(stage.places, colors):
        share = (np.array(stage.pixel(place)) - rgb(paper)) / (np.array(rgb(color), dtype=float) - rgb(paper) + 1e-9)
        assert 0.25 < np.median(share) < 0.5
    stage.do("() => map.light([])")
    assert stage.pixel(stage.places[1]) == rgb(colors[1])
    stage.page.emulate_media(color_scheme="light")


def test_an_axis_has_more_than_one_number(stage):
    """Of a narrow map, whose step is at first wider than what is left and right of 0."""
    for low, high, about in ((-0.85, 0.75, 3), (-0.45, 0.4, 1.5), (0.4, 1.9, 2), (-180, 175, 1)):
        values = np.array([value for value, _ in stage.modules.call("map/overlay.js", "ticks", low, high, about)])
        assert 2 <= len(values) <= 5 and low <= values[0] and values[-1] <= high and np.ptp(np.diff(values)) < 1e-9


def test_each_point_may_have_a_size_of_its_own(stage):
    coords, _ = classes()
    stage.build(coords, radii=np.linspace(2, 14, 7).astype(np.float32))
    pixels = np.array(stage.ask("[...map.layers[0].getContext('2d').getImageData(0, 0, 560, 470).data]"))
    blue = (pixels.reshape(470, 560, 4)[:, :, :3] == rgb(PALETTE[0])).all(axis=2)
    edges = np.diff(np.concatenate([[0], blue[int(stage.places[0, 1])], [0]]).astype(int))
    widths = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    np.testing.assert_allclose(widths, np.linspace(4, 28, 7), atol=2)


# --- axes, labels, lines


def test_axes_have_round_numbers(stage):
    for low, high in ((-3.2, 4.1), (0, 1e-4), (1234, 1240), (-180, 180)):
        found = stage.modules.call("map/overlay.js", "ticks", low, high, 6, "°")
        values = np.array([value for value, _ in found])
        step = np.diff(values)
        assert (
            3 <= len(values) <= 8
            and low <= values[0]
            and values[-1] <= high
            and np.ptp(step) < 1e-9 * max(abs(high), 1)
        )
        assert round(step[0] / 10 ** np.floor(np.log10(step[0] * 1.0001)), 6) in (1, 2, 5)
        assert [float(text.removesuffix("°").replace("−", "-")) for _, text in found] == pytest.approx(values)


RECORD = """
window.texts = []; window.strokes = [];
const kind = CanvasRenderingContext2D.prototype, { fillText, stroke } = kind;
kind.fillText = function (text, ...rest) {
  texts.push([text, parseFloat(this.font.match(/([0-9.]+)px/)[1])]);
  fillText.call(this, text, ...rest);
};
kind.stroke = function () {
  strokes.push([this.strokeStyle, this.getLineDash(), this.canvas.className]);
  stroke.call(this);
};
window.unrecord = () => Object.assign(kind, { fillText, stroke });
0
"""


@pytest.mark.parametrize("dim", [2, 3])
def test_all_texts_can_be_read_from_afar_and_leaders_are_no_neighbor_lines(stage, dim):
    coords, groups = classes()
    stage.build(coords, groups, dim=dim)
    stage.page.evaluate(RECORD)
    try:
        kinds = ["true", "true", "torn", "false"]
        stage.do("(kinds) => { map.light([0, 2, 4, 6], kinds); map.later(15); }", kinds)
        texts, strokes = stage.ask("texts"), stage.ask("strokes")
    finally:
        stage.page.evaluate("unrecord()")
    assert {"A map", "across", "up", "name 0", "name 6"} <= {text for text, _ in texts}
    assert min(size for _, size in texts) >= 14
    lines = {(color, tuple(dash)) for color, dash, layer in strokes if layer == "embedviz-top"}
    solid, torn, leader = ("#555555", ()), ("#c33d00", (6, 4)), ("#8a8a8a", (1, 2.5))
    assert {solid, torn, leader} <= lines
    assert stage.ask("map.labels") == ["name 0", "name 2", "name 4", "name 6"]


def test_labels_cover_neither_each_other_nor_a_point(stage):
    random = np.random.default_rng(0)
    labels = [{"x": float(x), "y": float(y), "half": 40.0} for x, y in random.normal((280, 220), 30, size=(11, 2))]
    inner = {"left": 60, "top": 30, "width": 480, "height": 380}
    spots = stage.modules.call("map/labels.js", "placeLabels", labels, inner)
    middles = {i: (one["x"] + spot[0], one["y"] + spot[1]) for i, (one, spot) in enumerate(zip(labels, spots)) if spot}
    assert len(middles) >= 9
    for i, j in combinations(middles, 2):
        assert abs(middles[i][0] - middles[j][0]) >= 80 or abs(middles[i][1] - middles[j][1]) >= 20
    for x, y in middles.values():
        assert 100 <= x <= 500 and 40 <= y <= 400
        assert not any(abs(one["x"] - x) < 40 and abs(one["y"] - y) < 10 for one in labels)


def test_a_hidden_class_is_not_there(stage):
    coords, groups = classes()
    stage.build(coords, groups)
    before = stage.places
    stage.do("() => map.hide([1, 3])")
    assert np.flatnonzero(np.isnan(stage.places[:, 0])).tolist() == [1, 3]
    assert stage.pixel(before[1]) == rgb(PAPER) and stage.pixel(before[2]) == rgb(PALETTE[2])
    assert stage.ask(f"map.at({before[1][0]}, {before[1][1]})") == -1
    assert stage.ask(f"map.at({before[2][0]}, {before[2][1]})") == 2
    stage.do("() => { map.light([0, 1, 2]); }")
    assert stage.ask("map.labels") == ["name 0", "name 2"]


# --- mouse and keys


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("sized", [False, True])
def test_the_point_under_the_pointer_is_the_nearest(stage, dim, sized):
    n, random = 3000, np.random.default_rng(1)
    groups = group(pd.Series(random.choice(list("abc"), n)), n)
    radii = random.uniform(2, 30, size=n).astype(np.float32) if sized else None
    stage.build(spread(n), groups, dim=dim, radii=radii)
    stage.do("() => { map.hide([1]); map.zoom(2.5, 200, 200); }")
    left, top, width, height = stage.ask("[map.inner.left, map.inner.top, map.inner.width, map.inner.height]")
    asked = random.uniform([left, top], [left + width, top + height], size=(300, 2))
    found = stage.evaluate("async (all) => all.map(([x, y]) => map.at(x, y))", asked.tolist())
    places = stage.places
    there = (
        ~np.isnan(places[:, 0])
        & (places >= [left, top]).all(axis=1)
        & (places <= [left + width, top + height]).all(axis=1)
    )
    reach = np.maximum(np.array(stage.ask("Array.from(map.x, (_, row) => map.radius(row))")) + 3, 7)
    for place, row in zip(asked, found):
        distance = np.where(there, np.hypot(*(places - place).T), np.inf)
        distance[distance > reach] = np.inf
        assert row == (np.argmin(distance) if np.isfinite(distance.min()) else -1)
    assert stage.ask("map.at(-5, 100)") == -1


def test_a_click_picks_and_a_drag_moves(stage):
    stage.build(spread(8)[:, :2])
    x, y = stage.ask("map.place(3)")
    stage.page.mouse.click(x, y)
    assert stage.said("pick") == [3]
    before = stage.places
    stage.page.mouse.move(300, 300)
    stage.page.mouse.down()
    stage.page.mouse.move(330, 280, steps=4)
    stage.page.mouse.up()
    stage.evaluate("settled")
    np.testing.assert_allclose(stage.places - before, [[30, -20]] * 8, atol=1e-3)
    assert stage.said("pick") == [3]


def test_the_wheel_zooms_with_ctrl_around_the_pointer_and_else_scrolls(stage):
    stage.build(spread(8)[:, :2])
    x, y = stage.ask("map.place(3)")
    stage.page.mouse.move(x, y)
    stage.page.mouse.wheel(0, -200)
    assert stage.ask("map.camera.zoom") == 1
    stage.page.keyboard.down("Control")
    stage.page.mouse.wheel(0, -200)
    stage.page.keyboard.up("Control")
    stage.wait("map.camera.zoom > 1")
    stage.evaluate("settled")
    np.testing.assert_allclose(stage.ask("map.place(3)"), [x, y], atol=1)
    visible = stage.ask("map.camera.visible([-3, 3], 0, map.inner)")
    assert visible[1] - visible[0] == pytest.approx(6 / stage.ask("map.camera.zoom"))
    stage.evaluate(
        "async (range) => map.show({ coords: map.coords, dim: 2, axes: ['a', 'b'], range, key: 'two' })", RANGE
    )
    assert stage.ask("map.camera.zoom") == 1  # another map


def test_keys_are_told_by_name(stage):
    stage.build(spread(8)[:, :2])
    stage.page.evaluate("window.heard = []; document.onkeydown = (event) => { heard.push(event.key); }; 0")
    stage.page.locator(".embedviz-top").focus()
    for key in ("n", "P", " ", "Escape", "/", "x"):
        stage.page.keyboard.press(key)
    assert stage.said("key") == ["next", "previous", "play", "clear", "search"]
    assert stage.ask("heard") == ["x"]  # JupyterLab hears none of the map's own
    for key in ("+", "+", "ArrowRight", "ArrowUp"):
        stage.page.keyboard.press(key)
    assert stage.ask("[map.camera.zoom, map.camera.x, map.camera.y]") == [2.25, -40, 40]
    stage.page.keyboard.press("-")
    assert stage.ask("map.camera.zoom") == pytest.approx(1.5)
    stage.page.keyboard.press("0")
    assert stage.ask("[map.camera.zoom, map.camera.x, map.camera.y]") == [1, 0, 0]
    stage.page.evaluate("document.onkeydown = null")


def test_the_pointer_at_rest_is_told_and_a_tip_shows(stage):
    stage.build(spread(8)[:, :2])
    x, y = stage.ask("map.place(5)")
    stage.page.mouse.move(x + 2, y)
    stage.wait("said.some(([kind, row]) => kind === 'hover' && row === 5)")
    tip = stage.page.locator(".embedviz-tip")
    assert tip.is_visible() and tip.inner_text().split("\n") == ["name 5", "row: 5"]
    stage.page.mouse.move(1200, 700)
    stage.wait("said.at(-1)[0] === 'hover' && said.at(-1)[1] === null")
    assert tip.is_hidden()


def test_the_tip_of_a_long_name_stays_small(stage):
    stage.build(spread(8)[:, :2])
    long = ["word " * 400, "x" * 2000, "<b>bold</b><img src=x onerror='said.push([1])'>"]
    stage.evaluate(
        "async (names) => { map.options.name = (row) => names[row % 3]; map.options.tip = () => names; }", long
    )
    for row in range(8):
        x, y = stage.ask(f"map.place({row})")
        stage.page.mouse.move(x, y)
        box = stage.page.locator(".embedviz-tip").bounding_box()
        assert box["width"] <= 300 and box["height"] <= 0.6 * 470 + 2
        assert box["x"] >= 0 and box["x"] + box["width"] <= 560 and box["y"] >= 0 and box["y"] + box["height"] <= 470
        text = stage.page.locator(".embedviz-tip b").inner_text()
        assert text == long[2] if row % 3 == 2 else len(text) <= 160 and text.endswith("…")


def loop(stage, coords):
    """The rows in a loop, by matplotlib."""
    places = stage.places
    return np.flatnonzero(Path(coords).contains_points(np.nan_to_num(places, nan=-1e9))).tolist()


CORNERS = [(150, 90), (420, 120), (460, 330), (300, 210), (130, 300)]


@pytest.mark.parametrize("way", ["the button", "Shift"])
def test_a_loop_drawn_by_the_mouse(stage, way):
    stage.build(spread(200)[:, :2])
    box = stage.page.locator(".embedviz-top").bounding_box()
    if way == "the button":
        stage.page.get_by_role("button", name="Lasso").click()
    else:
        stage.page.keyboard.down("Shift")
    for i, (x, y) in enumerate(CORNERS):
        stage.page.mouse.move(box["x"] + x, box["y"] + y, steps=5)
        if i == 0:
            stage.page.mouse.down()
    stage.page.mouse.up()
    stage.page.keyboard.up("Shift")
    assert stage.said("lasso") == [loop(stage, CORNERS)] and len(stage.said("lasso")[0]) > 20
    assert stage.page.get_by_role("button", name="Lasso").get_attribute("aria-pressed") == "false"
    assert stage.said("pick") == []


def test_a_loop_set_by_keys(stage):
    stage.build(spread(200)[:, :2])
    stage.page.locator(".embedviz-top").focus()
    said = stage.page.get_by_role("status")
    stage.page.keyboard.press("l")
    assert "Enter sets a corner" in said.inner_text()
    corners = []
    for key, times in (("ArrowUp", 12), ("ArrowRight", 15), ("ArrowDown", 20), ("Shift+ArrowLeft", 5)):
        for _ in range(times):
            stage.page.keyboard.press(key)
        stage.page.keyboard.press("Enter")
        corners.append(stage.ask("map.lasso.cross"))
        assert said.inner_text() == f"Corner {len(corners)}."
    middle = stage.ask("[map.inner.left + map.inner.width / 2, map.inner.top + map.inner.height / 2]")
    steps = [(0, -120), (150, 0), (0, 200), (-250, 0)]
    np.testing.assert_allclose(corners, middle + np.cumsum(steps, axis=0), atol=1e-6)
    stage.page.keyboard.press("l")
    [rows] = stage.said("lasso")
    assert rows == loop(stage, corners) and len(rows) > 20
    assert said.inner_text() == f"{len(rows)} points in the loop." and not stage.ask("map.lasso.on")
    assert stage.said("key") == []


def test_a_loop_by_keys_ends_on_its_first_corner_or_is_given_up(stage):
    stage.build(spread(50)[:, :2])
    stage.page.locator(".embedviz-top").focus()
    for key in ("l", "Enter", "Shift+ArrowRight", "Enter", "Backspace", "Enter", "Shift+ArrowDown", "Enter"):
        stage.page.keyboard.press(key)
    assert len(stage.ask("map.lasso.outline")) == 3
    for key in ("Shift+ArrowLeft", "Shift+ArrowUp", "Enter"):
        stage.page.keyboard.press(key)
    assert len(stage.said("lasso")) == 1
    for key in ("l", "Enter", "ArrowRight", "Escape"):
        stage.page.keyboard.press(key)
    assert not stage.ask("map.lasso.on") and len(stage.said("lasso")) == 1 and stage.said("key") == []
    label = stage.page.locator(".embedviz-top").get_attribute("aria-label")
    assert "L is the lasso" in label and "A map" in label and "50 points" in label


# --- fingers


def touch(phone, kind, *places):
    points = [{"x": float(x), "y": float(y), "id": i} for i, (x, y) in enumerate(places)]
    phone.cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_phone_has_a_map_as_wide_as_itself(phone):
    phone.build(spread(100)[:, :2])
    assert phone.ask("[map.width, map.height, map.scale]") == [390, 327, 2]
    assert phone.ask("[map.layers[0].width, map.layers[0].height]") == [780, 654]
    phone.evaluate("async () => { map.resize([560, 300]); await settled(); }")
    assert phone.ask("map.height") == 300
    assert sideways(phone.page, 390) <= 0
    sizes = phone.ask("[...document.querySelectorAll('button')].map((one) => one.getBoundingClientRect().height)")
    assert min(sizes) >= 44
    [first, *_], box = phone.places, phone.ask("map.inner")
    assert box["left"] < first[0] < 390


def test_a_tap_picks_and_a_long_press_says_what_a_point_is(phone):
    phone.build(spread(6)[:, :2])
    x, y = phone.ask("map.place(2)")
    phone.page.touchscreen.tap(x + 8, y)  # a finger is thick
    assert phone.said("pick") == [2]
    touch(phone, "touchStart", (x, y))
    phone.wait("!map.tip.root.hidden")
    touch(phone, "touchEnd")
    assert phone.page.locator(".embedviz-tip").inner_text().startswith("name 2") and phone.said("pick") == [2]
    phone.wait("said.some(([kind, row]) => kind === 'hover' && row === 2)")
    x, y = phone.ask("map.place(4)")
    phone.page.touchscreen.tap(x, y)
    assert phone.page.locator(".embedviz-tip").is_hidden() and phone.said("pick") == [2, 4]


def test_two_fingers_move_and_zoom_around_their_middle(phone):
    phone.build(spread(6)[:, :2])
    before, (left, top) = phone.places, phone.ask("map.place(0)") - phone.places[0]
    touch(phone, "touchStart", (150, 150), (230, 150))
    for step in range(1, 11):
        touch(phone, "touchMove", (150 - 2 * step, 150 + 3 * step), (230 + 6 * step, 150 + 3 * step))
    touch(phone, "touchEnd")
    phone.evaluate("settled")
    factor = (290 - 130) / 80
    assert phone.ask("map.camera.zoom") == pytest.approx(factor, rel=1e-3)
    expected = (before - [190 - left, 150 - top]) * factor + [210 - left, 180 - top]
    np.testing.assert_allclose(phone.places, expected, atol=0.1)
    assert phone.said("pick") == [] and phone.ask("scrollY") == 0


def test_one_finger_scrolls_the_page(phone):
    phone.build(spread(6)[:, :2])
    phone.page.evaluate(
        "document.body.append(Object.assign(document.createElement('div'), { style: 'height: 2000px' }))"
    )
    touch(phone, "touchStart", (200, 300))
    for y in range(290, 90, -10):
        touch(phone, "touchMove", (200, y))
    touch(phone, "touchEnd")
    phone.wait("scrollY > 100")
    assert phone.ask("[map.camera.x, map.camera.y, map.camera.zoom]") == [0, 0, 1] and phone.said("pick") == []
    phone.page.evaluate("scrollTo(0, 0)")


def test_one_finger_draws_the_lasso(phone):
    phone.build(spread(150)[:, :2])
    phone.page.get_by_role("button", name="Lasso").tap()
    corners = [(90, 70), (330, 80), (320, 240), (200, 150), (100, 230)]
    touch(phone, "touchStart", corners[0])
    for place in corners[1:]:
        touch(phone, "touchMove", place)
    touch(phone, "touchEnd")
    phone.wait("said.some(([kind]) => kind === 'lasso')")
    assert phone.said("lasso") == [loop(phone, corners)] and len(phone.said("lasso")[0]) > 10
    assert phone.ask("scrollY") == 0 and phone.said("pick") == []


# --- the legend


def test_the_legend_hides_and_shows_alone(stage):
    coords, groups = classes()
    stage.build(coords, groups)
    entry = stage.page.get_by_role("group", name="Legend").get_by_role("button", name="c1: 1")
    entry.click()
    assert stage.said("hide") == [[1]] and entry.get_attribute("aria-pressed") == "false"
    entry.click(modifiers=["Shift"])
    assert stage.said("hide")[-1] == [0, 2, 3, 4, 5, 6] and entry.get_attribute("aria-pressed") == "true"
    entry.click()  # never nothing at all
    assert stage.said("hide")[-1] == []
    only = stage.page.get_by_role("button", name="Only c2")
    only.focus()
    stage.page.keyboard.press("Enter")
    assert stage.said("hide")[-1] == [0, 1, 3, 4, 5, 6] and only.get_attribute("aria-pressed") == "true"
    stage.page.keyboard.press("Enter")
    assert stage.said("hide")[-1] == []
    entry.focus()
    stage.page.keyboard.press("Shift+Enter")
    assert stage.said("hide")[-1] == [0, 2, 3, 4, 5, 6]
    more = [dict(one, count=5) for one in groups.classes]
    stage.evaluate("async (classes) => legend.show(classes, [])", more)
    assert stage.ask("document.activeElement.getAttribute('aria-label')") == "c1: 5"
    stage.evaluate("async (classes) => legend.show(classes, [])", more[:1])
    assert (
        stage.ask("legend.root.children.length") == 0 and stage.ask("getComputedStyle(legend.root).display") == "none"
    )


def test_a_long_press_in_the_legend_shows_alone(phone):
    coords, groups = classes()
    phone.build(coords, groups)
    box = phone.page.get_by_role("button", name="c3: 1").bounding_box()
    touch(phone, "touchStart", (box["x"] + 20, box["y"] + 15))
    phone.wait("said.some(([kind]) => kind === 'hide')")
    touch(phone, "touchEnd")
    phone.evaluate("settled")
    assert phone.said("hide") == [[0, 1, 2, 4, 5, 6]]
    phone.page.get_by_role("button", name="Only c3").tap()
    assert phone.said("hide")[-1] == []


# --- size and sharpness


def test_the_map_takes_the_width_that_there_is(stage):
    stage.build(spread(20)[:, :2])
    stage.evaluate("async () => { document.body.firstChild.style.width = '400px'; await drawn(); await settled(); }")
    assert stage.ask("[map.width, map.height, map.layers[0].width]") == [400, 336, 400]
    assert stage.ask("map.inner.width") < 400 and stage.places[:, 0].max() < 400
    stage.evaluate("async () => { document.body.firstChild.style.width = ''; await drawn(); await settled(); }")
    assert stage.ask("[map.width, map.height]") == [560, 470]
    stage.evaluate("async () => { map.resize([700, 500]); map.rename('Another'); await settled(); }")
    assert stage.ask("[map.width, map.height]") == [700, 500]
    assert "Another" in stage.page.locator(".embedviz-top").get_attribute("aria-label")


def test_another_screen_is_drawn_sharp(stage):
    coords, groups = classes()
    stage.build(coords, groups)
    cdp = stage.page.context.new_cdp_session(stage.page)
    for scale, width in ((2, 1270), (1.5, 1260)):  # with nothing but another scale, the emulation tells no listener
        look = {"width": width, "height": 720, "deviceScaleFactor": scale, "mobile": False}
        cdp.send("Emulation.setDeviceMetricsOverride", look)
        stage.wait(f"map.layers.every((one) => one.width === {560 * scale} && one.height === {470 * scale})")
        assert [stage.pixel(place) for place in stage.places] == [rgb(color) for color in groups.colors]
    cdp.send("Emulation.clearDeviceMetricsOverride")
    cdp.detach()


# --- the end

COUNT = """
window.left = new Set();
const note = (kind, name, end) => {
  const old = kind.prototype[name];
  kind.prototype[name] = function (...args) { end(this, args); return old.apply(this, args); };
  return () => { kind.prototype[name] = old; };
};
const undo = [
  note(EventTarget, "addEventListener", (target, [kind, act, options]) => {
    if (target instanceof AbortSignal) return;
    const one = { target, kind, act };
    left.add(one);
    options?.signal?.addEventListener("abort", () => left.delete(one));
  }),
  note(EventTarget, "removeEventListener", (target, [kind, act]) => {
    for (const one of left) if (one.target === target && one.kind === kind && one.act === act) left.delete(one);
  }),
  ...[ResizeObserver, MutationObserver, IntersectionObserver].flatMap((kind) => [
    note(kind, "observe", (target) => left.add(target)), note(kind, "disconnect", (target) => left.delete(target)),
  ]),
];
for (const [start, stop] of [["setTimeout", "clearTimeout"], ["requestAnimationFrame", "cancelAnimationFrame"]]) {
  const [begin, end] = [window[start], window[stop]];
  window[start] = (act, ...more) => {
    const id = begin((...args) => { left.delete(`${start} ${id}`); act(...args); }, ...more);
    left.add(`${start} ${id}`);
    return id;
  };
  window[stop] = (id) => { left.delete(`${start} ${id}`); end(id); };
  undo.push(() => { window[start] = begin; window[stop] = end; });
}
window.uncount = () => undo.forEach((act) => act());
0
"""


def test_stop_leaves_nothing_behind(stage):
    stage.build(spread(50)[:, :2])
    box = stage.page.locator(".embedviz-top").bounding_box()
    stage.page.evaluate(COUNT)
    try:
        counts = stage.evaluate(
            """async (coords, range) => {
              const { PointMap } = loaded["map/points.js"];
              const box = document.body.appendChild(document.createElement("div"));
              const map = window.second = new PointMap(box, { title: "t", size: [300, 300], count: 50, name: String });
              map.show({ coords, dim: 2, axes: ["a", "b"], range, key: "k" });
              map.show({ coords: coords.map((x) => -x), dim: 2, axes: ["a", "b"], range, key: "k", duration: 5000 });
              map.point(map.x[0], map.y[0]);
              map.hint("x");
              map.startLasso(true);
              const before = left.size;
              let drawn = 0;
              map.root.addEventListener("embedviz-drawn", () => drawn++);
              left.delete([...left].at(-1)); // that one is the test's
              map.stop();
              const after = [...left].map((one) => one.kind ? `${one.target} ${one.kind}` : String(one));
              map.light([1]);
              map.paint({ codes: map.codes, classes: map.classes });
              map.draw();
              map.resize([200, 200]);
              box.querySelector("button").click();
              return [before, after, left.size, drawn, map.root.style.width];
            }""",
            stage.coords.ravel(),
            RANGE,
        )
    finally:
        stage.page.evaluate("uncount()")
    before, after, later, drawn, width = counts
    assert before > 15 and after == [] and later == 0 and drawn == 0 and width == "300px"
    assert box["width"] == 560 and stage.ask("map.stopped") is False


# --- the color "neighbors kept"


@pytest.mark.parametrize("near", [1, 3, 4, 5, 7, 10, 15])
def test_kept_neighbors_are_colored_as_in_python(stage, near):
    random = np.random.default_rng(near)
    for unknown in (False, True):
        kept = random.integers(0, near + 1, size=200)
        kept[:5] = -1 if unknown else near
        theirs, given = kept_groups(kept, near), kept.astype(np.float32)
        given[:2] = np.nan if unknown else near
        ours = stage.modules.call("map/kept.js", "keptClasses", given, near, ORDERED_LOOKS)
        assert ours["codes"].tolist() == theirs.codes.tolist()
        assert ours["classes"] == theirs.classes
