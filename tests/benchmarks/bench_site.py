"""What a reader of the site waits for, page by page: bytes, requests and time before the first picture is there.

Run with `python tests/benchmarks/bench_site.py [FOLDER]`, after `make site`; FOLDER is build/site. In Chromium over
loopback, with nothing in the cache and the processor four times slower than it is. Bytes are those of the answers as
sent, uncompressed; a server that compresses sends a third. The first picture is the first image in view that is whole,
or, on a page without one, the first text. "whole": with all that is loaded when it has been scrolled through, widgets
too.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab import CHROMIUM, CHROMIUM_FLAGS
from playwright.sync_api import sync_playwright
from results import record
from site_folder import served

SLOWER, LIMIT = 4, 60e6

FIRST = """async () => {
  const inView = (image) => image.getBoundingClientRect().top < innerHeight && image.checkVisibility();
  const image = [...document.querySelectorAll("article img")].find(inView);
  if (image) await image.decode();
  const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? performance.now();
  const loaded = performance.getEntriesByType("resource"), [page] = performance.getEntriesByType("navigation");
  const own = image && loaded.find(({ name }) => name === image.currentSrc);
  const time = Math.max(paint, own?.responseEnd ?? 0);
  const before = [page, ...loaded.filter(({ responseEnd }) => responseEnd <= time)];
  return [before.length, before.reduce((sum, { transferSize }) => sum + transferSize, 0), time / 1000, !!image];
}"""
ALL = """async () => {
  const pause = () => new Promise((done) => setTimeout(done, 50));
  for (const figure of document.querySelectorAll("figure")) {
    figure.scrollIntoView();
    const image = figure.querySelector("img"), living = figure.matches(".ev-living");
    while (!(living ? figure.matches(".ev-drawn") : image.complete)) await pause();
  }
}"""


def main(folder: Path) -> bool:
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {total / 1e6:.1f} MB (limit {LIMIT / 1e6:.0f} MB)\n")
    print("| page | requests | kB | first picture, s | whole, kB |\n|---|---|---|---|---|")
    record("the whole site", total / 1e6, "MB", goal=f"≤ {LIMIT / 1e6:g}")
    with sync_playwright() as playwright, served(folder) as address:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        for path in sorted(folder.glob("*.html")):
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            context.set_default_timeout(300_000)
            page, sizes = context.new_page(), []
            page.on("requestfinished", lambda request, sizes=sizes: sizes.append(request))
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            page.goto(f"{address}{path.name}")
            requests, size, seconds, picture = page.evaluate(FIRST)
            page.evaluate(ALL)
            asked = [request for request in sizes if request.url.startswith(address)]  # no blob of a widget
            whole = sum(request.sizes()["responseBodySize"] for request in asked)
            name = path.name if picture else f"{path.name} (text)"
            record(f"{name}: first picture, processor slowed {SLOWER}×", seconds, "s")
            print(f"| {name} | {requests} | {size / 1e3:.0f} | {seconds:.2f} | {whole / 1e3:.0f} |", flush=True)
            context.close()
        browser.close()
    return total <= LIMIT


if __name__ == "__main__":
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "build/site"
    if not (site / "index.html").exists():
        sys.exit(f"{site} holds no site: make site")
    sys.exit(0 if main(site) else "the site is larger than its limit")
