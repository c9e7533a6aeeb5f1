"""The map redrawn after a step of a slider, against jupyter-scatter 1.0.1 in the same window; large maps; a click.

Both widgets are in one notebook, with equal sizes, points, three colors and no animation. A slider's model is set in
the page, the kernel answers with other coordinates for all points, and the time runs until the picture stops changing:
each frame a small copy of the canvas is read, the same way for both. Steps of the two are interleaved. Printed are the
median and the quartiles of each, their ratio, and for `explore` the time from a click on a point to its lit neighbors.
Then, in a page without a kernel, a step of 200,000 points, and how a million load and pan.

jupyter-scatter draws with WebGL, which has no graphics card here: it runs in software (SwiftShader), on the same
processor as all else. With a card it would be faster; ours uses none, and runs as fast on a machine without.

    pip install jupyter-scatter==1.0.1; python tests/benchmarks/bench_map.py [steps]
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright
from results import record

sys.path.insert(0, str(Path(__file__).parents[1]))
from javascript import Modules
from lab import CHROMIUM, CHROMIUM_FLAGS, Lab

from embedviz.widgets.bundle import styles
from embedviz.widgets.look import PALETTE, Groups

SETUP = """
import warnings; warnings.filterwarnings("ignore")
import anywidget, ipywidgets, numpy as np, pandas as pd, jscatter, traitlets
from IPython.display import display
from embedviz.widgets.bundle import bundle, styles
from embedviz.widgets.look import group
from embedviz.widgets.explorer import explore
from embedviz.space.table import EmbeddingTable
n = {n}
random = np.random.default_rng(0)
kinds = pd.Series(random.choice(list("abc"), n))
places = [random.normal(size=(n, 2)).astype(np.float32) * 0.25 for _ in range(8)]
limits = [(-1.2, 1.2)] * 2
names = [f"point {i}" for i in range(n)]
"""
OURS = """
SHOW = '''
export default { render({ model, el }) {
  const map = new PointMap(el, { title: "Ours", size: [560, 470], count: model.get("classes")[0].n, name: String });
  const range = [[-1.2, 1.2], [-1.2, 1.2], [-1, 1]], axes = ["x", "y"];
  const numbers = (view, Type) => new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const show = () => map.show({ coords: numbers(model.get("coords"), Float32Array), dim: 2, axes, range, key: "x" });
  model.on("change:coords", show);
  show();
  map.paint({ codes: numbers(model.get("codes"), Uint8Array), classes: model.get("classes") });
  return () => map.stop();
} };
'''
class Ours(anywidget.AnyWidget):
    _esm, _css = bundle("map/points.js") + SHOW, styles("map/points.js")
    coords, codes, classes = (kind().tag(sync=True) for kind in (traitlets.Bytes, traitlets.Bytes, traitlets.List))

def packed(places):
    return np.hstack([places, np.zeros((n, 1), dtype=np.float32)]).tobytes()

groups = group(kinds, n)
classes = [one | {"n": n} for one in groups.classes]
ours = Ours(coords=packed(places[0]), codes=groups.codes.astype(np.uint8).tobytes(), classes=classes)
our_slider = ipywidgets.IntSlider(max=10**6)
our_slider.observe(lambda change: setattr(ours, "coords", packed(places[change["new"] % 8])), "value")
display(our_slider, ours)
"""
THEIRS = """
frame = pd.DataFrame({"x": places[0][:, 0], "y": places[0][:, 1], "kind": kinds.astype("category")})
theirs = jscatter.Scatter(
    data=frame, x="x", y="y", x_scale=limits[0], y_scale=limits[1], color_by="kind", width=560, height=470
)
theirs.options({"transitionPoints": False})
def step(change):
    x, y = places[change["new"] % 8].T
    theirs.data(frame.assign(x=x, y=y), animate=False)
their_slider = ipywidgets.IntSlider(max=10**6)
their_slider.observe(step, "value")
display(their_slider, theirs.show())
"""
CLICK = """
table, frame = EmbeddingTable(names, random.normal(size=(n, 50))), pd.DataFrame({"kind": kinds.to_numpy()}, names)
explorer = explore(table, frame=frame, projection="pca")
explorer
"""
# Set the slider, and watch the canvas until nothing has changed for a second; the time of the last change, in ms.
STEP = """
async ([cell, value]) => {
  const canvas = [...cell.querySelectorAll("canvas")].sort((a, b) => b.width * b.height - a.width * a.height)[0];
  const small = Object.assign(document.createElement("canvas"), { width: 140, height: 118 });
  const context = small.getContext("2d", { willReadFrequently: true });
  const look = () => {
    context.clearRect(0, 0, 140, 118);
    context.drawImage(canvas, 0, 0, 140, 118);
    const pixels = new Int32Array(context.getImageData(0, 0, 140, 118).data.buffer);
    let sum = 0;
    for (let i = 0; i < pixels.length; i++) sum = (Math.imul(sum, 31) + pixels[i]) | 0;
    return sum;
  };
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));  // after it was painted
  let before = look(), changed = 0;
  const handle = cell.querySelector(".noUi-handle"), start = performance.now();
  handle.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  while (performance.now() < (changed || start) + 1500) {
    await frame();
    const now = look();
    if (now !== before) [before, changed] = [now, performance.now()];
  }
  return changed ? changed - start : null;
}
"""
# From the end of the click until the point's own label is drawn.
CLICKED = """
([root, row]) => {
  const map = root.pointMap;
  window.answered = new Promise((done) => {
    root.addEventListener("pointerup", () => {
      const start = performance.now();
      const look = () => {
        if (map.labels?.[0] !== `point ${row}`) setTimeout(look, 2);
        else requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
      };
      look();
    }, { capture: true, once: true });
  });
  return map.place(row);
}
"""
# A step is a move of all points at once; panning is as fast as frames come.
LARGE = """
async (places, codes, classes) => {
  const median = (all) => all.sort((a, b) => a - b)[all.length >> 1], show = { dim: 2, axes: ["x", "y"], key: "x" };
  const range = [[-1.2, 1.2], [-1.2, 1.2], [-1, 1]], box = document.body.appendChild(document.createElement("div"));
  const drawn = (map) => new Promise((done) => {
    map.root.addEventListener("embedviz-drawn", () => setTimeout(done), { once: true });
  });
  const start = performance.now(), options = { title: "t", size: [560, 470], count: codes.length, name: String };
  const map = new loaded["map/points.js"].PointMap(box, options);
  map.show({ coords: places[0], range, ...show });
  map.paint({ codes, classes });
  await drawn(map);
  const load = performance.now() - start, steps = [];
  for (let k = 1; k <= 12; k++) {
    const begin = performance.now();
    map.show({ coords: places[k % 2], range, ...show });
    await drawn(map);
    if (k > 2) steps.push(performance.now() - begin);
  }
  let frames = 0;
  const begin = performance.now();
  while (performance.now() < begin + 3000) {
    map.drag(frames % 20 < 10 ? 4 : -4, 1);
    await drawn(map);
    await new Promise((done) => requestAnimationFrame(done));
    frames++;
  }
  const rate = frames / ((performance.now() - begin) / 1000), look = performance.now();
  for (let k = 0; k < 100; k++) map.at(100 + 3 * k, 200);
  const hover = (performance.now() - look) / 100;
  map.stop();
  box.remove();
  return [load, median(steps), rate, hover];
}
"""


def main(steps: int = 15):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        print("WebGL runs in software (SwiftShader): jupyter-scatter has no graphics card here", flush=True)
        for n in (200_000, 1_000_000):
            measure_large(browser, n)
        lab = Lab(browser, Path(tempfile.mkdtemp()))
        try:
            for n in (5_000, 37_000):
                measure(lab, n, steps)
        finally:
            browser.close()
            lab.close()


def measure_large(browser, n):
    page, random = browser.new_page(viewport={"width": 1280, "height": 720}), np.random.default_rng(0)
    modules = Modules(page)
    page.add_style_tag(content=styles("map/points.js"))
    modules.load("map/points.js")
    places = [
        np.hstack([random.normal(size=(n, 2)) * 0.25, np.zeros((n, 1))]).astype(np.float32).ravel() for _ in range(2)
    ]
    groups = Groups(random.integers(0, 3, size=n), list("abc"), list(PALETTE[:3]))
    load, step, rate, hover = modules.evaluate(LARGE, places, groups.codes.astype(np.uint8), groups.classes)
    record(f"map of {n:,} points: loaded", load, "ms")
    print(
        f"{n:,} points, ours: load in {load:.0f} ms, a step takes {step:.0f} ms, panned at {rate:.1f} frames a second; "
        f"{hover:.2f} ms to find the point under the pointer",
        flush=True,
    )
    page.close()


def measure(lab, n, steps):
    notebook = lab.open([SETUP.replace("{n}", str(n)), OURS, THEIRS, CLICK])
    notebook.run_all()
    assert notebook.errors() == [], notebook.errors()
    page, times = notebook.page, {"ours": [], "jupyter-scatter": []}
    outputs = [notebook.output(number, drawn=0) for number in (1, 2)]
    page.wait_for_timeout(4000)
    for step in range(steps + 2):
        for who, output in zip(times, outputs):
            output.scroll_into_view_if_needed()
            page.wait_for_timeout(300)
            took = page.evaluate(STEP, [output.element_handle(), step])
            assert took is not None, f"{who} did not redraw"
            if step >= 2:  # the first ones compile
                times[who].append(took)
    for who, values in times.items():
        low, middle, high = np.percentile(values, [25, 50, 75])
        print(
            f"{n:,} points, {who}: a step takes {middle:.0f} ms ({low:.0f} to {high:.0f}) of {len(values)}", flush=True
        )
    ratio = np.median(times["ours"]) / np.median(times["jupyter-scatter"])
    print(f"{n:,} points: ratio of the medians, ours to jupyter-scatter {ratio:.2f}", flush=True)
    medians = [np.median(own) for own in times.values()]
    record(f"map of {n:,} points: a slider's step", medians[0], "ms", "jupyter-scatter", medians[1])
    root = notebook.output(3).locator(".embedviz-map")
    root.scroll_into_view_if_needed()
    page.wait_for_timeout(8000)  # faithfulness is being measured
    clicks = []
    for row in OUTERMOST:
        row = root.evaluate(row)
        page.mouse.click(*page.evaluate(CLICKED, [root.element_handle(), row]))
        clicks.append(page.evaluate("answered"))
    clicks = clicks[2:]
    record(f"map of {n:,} points: a click is answered", np.median(clicks), "ms")
    print(
        f"{n:,} points: a click is answered in {np.median(clicks):.0f} ms ({min(clicks):.0f} to {max(clicks):.0f})",
        flush=True,
    )
    notebook.close()


# Points that no other lies upon: those furthest out in twelve directions, each a function of the map's element.
OUTERMOST = [
    f"({{ pointMap: map }}) => {{ const [a, b] = [{np.cos(turn):.4f}, {np.sin(turn):.4f}];"
    " let best = 0;"
    " map.x.forEach((x, i) => { if (a * x + b * map.y[i] > a * map.x[best] + b * map.y[best]) best = i; });"
    " return best; }"
    for turn in np.arange(12) * np.pi / 6
]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
