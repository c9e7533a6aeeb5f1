"""Chapter 2's model trained by the page and by PyTorch: 15 epochs on the books' pairs, each in turn, three times.

Also: bytes of the page, as it is and gzipped; the time from opening it to the first picture of the map, as it is and
slowed down four times (a slow laptop, compared with this one); 15 epochs without a worker, and without SIMD. Chromium
slows down what the page does itself, and not its workers: so slowed pages here have none, and do all by themselves.

    python tests/benchmarks/bench_page_training.py

Goals: 15 epochs below 3 s, the first picture below 2 s, at most 400 kB gzipped.
"""

import gzip
import os
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))
from lab import CHROMIUM, CHROMIUM_FLAGS
from playwright.sync_api import sync_playwright
from results import record

from embedviz.datasets import load_books
from embedviz.inputs.pairs import Pairs
from embedviz.widgets.page_training import train_in_page

ROOT = "document.querySelector('.embedviz-train')"
# Told by the page itself, in milliseconds since it was opened.
FIRST = f"""async () => {{
  const pause = () => new Promise(requestAnimationFrame);
  while (!{ROOT}?.explorer.state.get("place")) await pause();
  await pause();
  return performance.now();
}}"""
TRAIN = f"""async () => {{
  const {{ training }} = {ROOT}, start = performance.now();
  training.startOver();
  training.start();
  while (training.state.get("status") === "running") await new Promise((done) => setTimeout(done, 20));
  const rows = training.state.get("rows");
  return {{ wall: (performance.now() - start) / 1000, steps: rows.reduce((sum, row) => sum + row.seconds, 0),
            hits: rows.at(-1).hits }};
}}"""


def main():
    data = load_books()
    pairs = Pairs.from_frame(data.pairs, item="title", context="link", min_items=4).without(data.answers)
    training = train_in_page(*pairs.split(0.1, seed=0), data.books[["title", "language"]], selected="War and Peace")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = training.to_html(Path(folder) / "training.html")
        content = path.read_bytes()
        record("page that trains, gzipped", len(gzip.compress(content, 9)) / 1e3, "kB", goal="≤ 400")
        print(f"the page: {len(content) / 1e3:.0f} kB, gzipped {len(gzip.compress(content, 9)) / 1e3:.0f} kB")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)

        def opened(slowed=1, script=""):
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.set_default_timeout(600_000)
            page.add_init_script("Worker = undefined;" if slowed > 1 else script or "0")
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowed})
            page.goto(path.as_uri())
            return page, page.evaluate(FIRST)

        for slowed in (1, 4):
            times = []
            for _ in range(3):
                page, first = opened(slowed)
                times.append(first)
                page.close()
            goal = "≤ 2000" if slowed > 1 else ""
            record(f"first picture, slowed {slowed}×", statistics.median(times), "ms", goal=goal)
            print(f"first picture, slowed {slowed}×: median {statistics.median(times):.0f} ms of {sorted(times)}")
        page, _ = opened()
        here, there = [], []
        for _ in range(3):
            here.append(page.evaluate(TRAIN))
            start = perf_counter()
            training.run()
            there.append(perf_counter() - start)
        page.close()
        frame = training.frame
        print(f"processors {os.cpu_count()}, load {os.getloadavg()[0]:.1f}")
        for name, times in (
            ("page, from Start to the end", [run["wall"] for run in here]),
            ("page, its steps alone", [run["steps"] for run in here]),
            ("PyTorch, with the same start and batches", there),
            ("PyTorch, its steps alone", [float(frame.seconds.sum())]),
        ):
            print(f"15 epochs, {name}: median {statistics.median(times):.2f} s of {[round(time, 2) for time in times]}")
        page_s, torch_s = statistics.median(run["wall"] for run in here), statistics.median(there)
        record("15 epochs of the books' pairs in the page", page_s, "s", "PyTorch, the same batches", torch_s)
        record("15 epochs of the books' pairs in the page, to the end", page_s, "s", goal="≤ 3")
        print(f"hits@10: page {here[-1]['hits']:.4f}, PyTorch {frame['hits@10'].iloc[-1]:.4f}")
        for name, options in {
            "without a worker": {"script": "Worker = undefined;"},
            "without a worker, slowed 4×": {"slowed": 4},
            "without a worker and SIMD": {"script": "Worker = WebAssembly = undefined;"},
        }.items():
            page, _ = opened(**options)
            found = page.evaluate(TRAIN)
            print(f"15 epochs, {name}: {found['wall']:.2f} s, its steps {found['steps']:.2f} s")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
