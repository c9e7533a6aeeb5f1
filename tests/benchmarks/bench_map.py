"""The map redrawn after a step of a slider, against jupyter-scatter 1.0.1 in the same browser session; and a click.

Both widgets are in one notebook, with equal sizes, points, three colors and no animation. A slider's model is set in
the page, the kernel answers with other coordinates for all points, and the time runs until the picture stops changing:
each frame a small copy of the canvas is read, the same way for both. Steps of the two are interleaved. Printed are the
median and the quartiles of each, their ratio, and for `explore` the time from a click on a point to its lit neighbors.

    pip install jupyter-scatter==1.0.1; python tests/benchmarks/bench_map.py [steps]
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from conftest import CHROMIUM, CHROMIUM_FLAGS, Lab

SETUP = """
import warnings; warnings.filterwarnings("ignore")
import ipywidgets, numpy as np, pandas as pd, jscatter
from IPython.display import display
from embedviz.widgets.look import group
from embedviz.widgets.explorer import explore
from embedviz.widgets.map import LiveMap, LiveMapView
from embedviz.space.table import EmbeddingTable
n = {n}
random = np.random.default_rng(0)
kinds = pd.Series(random.choice(list("abc"), n))
places = [random.normal(size=(n, 2)).astype(np.float32) * 0.25 for _ in range(8)]
limits = [(-1.2, 1.2)] * 2
"""
OURS = """
names = [f"point {i}" for i in range(n)]
ours = LiveMap("Ours", (560, 470), names, names, lambda row: None)
ours.paint(group(kinds, n))
ours.show(places[0], ("x", "y"), limits, duration=0)
our_slider = ipywidgets.IntSlider(max=10**6)
our_slider.observe(lambda change: ours.show(places[change["new"] % 8], ("x", "y"), limits, duration=0), "value")
display(our_slider, LiveMapView(ours))
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
CLICKED = """
async ([root, row]) => {
  const map = root.pointMap, [x, y] = [map.x[row], map.y[row]], start = performance.now();
  map.data.send({ row });
  const lit = () => map.data.get("lit").rows?.[0] === row && map.labels?.[0] === map.data.get("names")[row];
  while (!lit()) await new Promise((done) => setTimeout(done, 2));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - start;
}
"""


def main(steps: int = 15):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        lab = Lab(browser, Path(tempfile.mkdtemp()))
        try:
            for n in (5_000, 37_000):
                measure(lab, n, steps)
        finally:
            browser.close()
            lab.close()


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
    root = notebook.output(3).locator(".embedviz-map")
    root.scroll_into_view_if_needed()
    page.wait_for_timeout(8000)  # faithfulness is being measured
    clicks = [page.evaluate(CLICKED, [root.element_handle(), 7 * i + 1]) for i in range(12)][2:]
    print(
        f"{n:,} points: a click is answered in {np.median(clicks):.0f} ms ({min(clicks):.0f} to {max(clicks):.0f})",
        flush=True,
    )
    notebook.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
