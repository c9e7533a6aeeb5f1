"""How soon the explorer's page answers without a kernel: milliseconds from what a hand does to the picture.

    python tests/benchmarks/bench_explorer.py [names …]

Goals: 50 ms at 5,000 names and 100 ms at 17,000, for each of search, click, lasso, color, epochs, 2-D to 3-D. Chromium
runs here without a graphics card. A first number is of the first time, in which indexes are made; then the median of 9.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from lab import CHROMIUM, CHROMIUM_FLAGS
from playwright.sync_api import sync_playwright
from results import record

from embedviz.inputs.pairs import Pairs
from embedviz.space.epochs import Snapshots
from embedviz.widgets.explorer import explore

# What a hand does, as a function of how often it has been done; the time ends when the page has drawn what follows.
ACTS = {
    "search": "(i) => { const box = root.querySelector('.embedviz-search'); box.value = `name ${7 * i + 3}`;"
    " box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' })); }",
    "typing": "(i) => { const box = root.querySelector('.embedviz-search'); box.value = `me ${i}`;"
    " box.dispatchEvent(new InputEvent('input', { inputType: 'insertText' })); }",
    "misspelled": "(i) => { const box = root.querySelector('.embedviz-search'); box.value = `nmae ${7 * i + 3}`;"
    " box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' })); }",
    "click": "(i) => explorer.question.select(11 * i + 5)",
    "lasso": "(i) => explorer.question.choose([...Array(500 + i).keys()])",
    "color": "(i) => explorer.question.set({ color: explorer.data.colors[i % 2].label })",
    "epoch": "(i) => explorer.question.goTo(i % 2)",
    "2-D, 3-D": "(i) => explorer.question.set({ dim: i % 2 ? 2 : 3 })",
}
# From the act until nothing more is told to the views, and the next picture is drawn.
TIME = """async ([act, i]) => {
  const root = document.querySelector(".embedviz-explorer"), { explorer } = root;
  const pause = () => new Promise((done) => setTimeout(done, 30));
  await pause();
  const start = performance.now(), before = explorer.state.get("place");
  eval(act)(i);
  const until = performance.now() + 5000;
  await new Promise((done) => setTimeout(done));
  while (/goTo|dim/.test(act) && explorer.state.get("place") === before && performance.now() < until) {
    await new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = done;
      port2.postMessage(0);
    });
  }
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - start;
}"""


def write_page(n: int, folder: Path) -> Path:
    """The page of an explorer of n random names in groups, with links, facts and two epochs."""
    random = np.random.default_rng(0)
    names = [f"name {i}" for i in range(n)]
    groups = random.integers(20, size=n)
    centers = random.normal(size=(20, 50))
    snapshots = Snapshots(names, lambda vectors: vectors)
    for epoch in (1, 2):
        snapshots._keep(epoch, (epoch * centers[groups] + random.normal(size=(n, 50))).astype(np.float32))
    links = pd.DataFrame({"title": np.repeat(names, 12), "link": random.zipf(1.6, 12 * n) % 5000}).astype(str)
    frame = pd.DataFrame({"group": groups.astype(str), "year": random.integers(1900, 2000, n)}, index=names)
    pairs = Pairs.from_frame(links, item="title", context="link")
    explorer = explore(pairs=pairs, frame=frame, snapshots=snapshots, projection="pca")
    return explorer.to_html(folder / f"{n}.html")


def main():
    sizes = [int(text) for text in sys.argv[1:]] or [5000, 17000]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        for n in sizes:
            path = write_page(n, Path(folder))
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(path.as_uri())
            page.wait_for_function(
                "() => document.querySelector('.embedviz-explorer')?.explorer.state.get('measures')", timeout=300_000
            )
            print(f"{n:,} names, {path.stat().st_size / 1e6:.1f} MB")
            for name, act in ACTS.items():
                times = [page.evaluate(TIME, [act, i]) for i in range(10)]
                goal = {5000: "≤ 50", 17000: "≤ 100"}.get(n, "")
                record(f"explorer of {n:,} names: {name}", statistics.median(times[1:]), "ms", goal=goal)
                print(f"  {name:12} first {times[0]:6.0f} ms, then {statistics.median(times[1:]):6.0f} ms")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
