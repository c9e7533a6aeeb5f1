"""Whether all that stands on a slide is within it: measured in Chromium, at 1280 × 720."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedviz.publish.slides.html import HEIGHT, WIDTH

PATIENCE = 300_000  # milliseconds that the browser may take for anything, beside whatever else this machine has to do
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")

# What is beyond the slide, or too near its edge, or too wide for its box. Texts for screen readers are clipped on
# purpose. A widget's page in its frame is not looked into.
MEASURE = """
(number) => {
  const EDGE = 8; // CSS pixels that stay free at the slide's edges
  const slides = Reveal.getSlides();
  const place = Reveal.getIndices(slides[number]);
  Reveal.slide(place.h, place.v, 1000);
  const slide = slides[number], box = slide.getBoundingClientRect(), found = [], sizes = { text: [], code: [] };
  const name = (element) => `${element.tagName.toLowerCase()}${element.className?.trim ? "." : ""}` +
    `${element.className?.trim?.() ?? ""} "${element.textContent.replace(/\\s+/g, " ").trim().slice(0, 40)}"`;
  for (const element of slide.querySelectorAll("*")) {
    if (element.closest("aside.notes, mjx-assistive-mml, svg") && element.tagName !== "svg") continue;
    const one = element.getBoundingClientRect();
    if (!one.width || !one.height) continue;
    const beyond = Math.max(box.left - one.left, one.right - box.right, box.top - one.top, one.bottom - box.bottom);
    if (beyond > -EDGE) found.push(`${Math.round(beyond + EDGE)} px too far out: ${name(element)}`);
    const inner = getComputedStyle(element), wide = element.scrollWidth - element.clientWidth;
    if (element.matches("pre, .table, .highlight") && wide > 1) found.push(`${wide} px too wide: ${name(element)}`);
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (own) sizes[element.closest("pre") ? "code" : "text"].push(parseFloat(inner.fontSize));
  }
  const smallest = (list) => (list.length ? Math.min(...list) : null);
  const pictures = [...slide.querySelectorAll("figure img")].map((img) => {
    const shown = img.getBoundingClientRect();
    return 2 * Math.min(shown.width / img.naturalWidth, shown.height / img.naturalHeight);
  });
  return {
    title: (slide.querySelector("h2, .asked") ?? slide).textContent.replace(/\\s+/g, " ").trim().slice(0, 60),
    found, text: smallest(sizes.text), code: smallest(sizes.code), picture: smallest(pictures),
  };
}
"""


@dataclass(frozen=True)
class Measured:
    """What was measured on one slide.

    Attributes:
        title: its first words.
        found: what does not fit, in words.
        text, code: CSS pixels of the smallest letters; None: it has none.
        picture: how many times its size in the notebook the smallest picture has; None: it has none.
    """

    title: str
    found: list[str]
    text: float | None
    code: float | None
    picture: float | None


def measure_slides(page) -> list[Measured]:
    """Go through all slides of a deck, each with all its steps; `page` is a Playwright page that `open_deck` opened."""
    return [Measured(**page.evaluate(MEASURE, number)) for number in range(page.evaluate("Reveal.getTotalSlides()"))]


def open_deck(page, address: str) -> None:
    """Open a deck, and wait until its formulas are drawn and it stands."""
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.locator(":root[data-ready]").wait_for(state="attached")


@contextmanager
def chromium() -> Iterator:
    """Headless Chromium that asks nobody but files and this machine: a Playwright browser context of a slide's size.

    Raises:
        RuntimeError: there is no Chromium, or no Playwright; the message says what to install.
    """
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise RuntimeError(f"no browser here under the names {', '.join(_NAMES)}: install the package chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise RuntimeError("Playwright is not installed: `make setup`, or `pip install playwright`") from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--headless", "--no-sandbox"])
        try:
            context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
            yield context
        finally:
            browser.close()


def shoot(page, number: int, path: str | Path) -> None:
    """A picture of slide `number`, from 1, with all its steps."""
    page.evaluate(
        "(n) => { const at = Reveal.getIndices(Reveal.getSlides()[n]); Reveal.slide(at.h, at.v, 1000) }", number - 1
    )
    page.wait_for_timeout(300)
    page.screenshot(path=path)
