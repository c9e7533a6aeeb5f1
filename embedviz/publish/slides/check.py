"""What a lecturer wants to know while writing a lecture: what fits, how long it takes, what it asks.

python -m embedviz.publish.slides.check notebooks/01_encodings.ipynb
python -m embedviz.publish.slides.check notebooks/01_encodings.ipynb --shots /tmp/shots --slides 3 7 12
"""

import argparse
import sys
import tempfile
from pathlib import Path

from embedviz.publish.pages import FOLDER
from embedviz.publish.slides.build import build_decks
from embedviz.publish.slides.fitting import chromium, measure_slides, open_deck, shoot
from embedviz.publish.slides.reading import read_deck


def main(arguments=None) -> int:
    """Print each slide, what does not fit, and the sums; 1 where something does not fit."""
    parser = argparse.ArgumentParser(prog="python -m embedviz.publish.slides.check", description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--shots", type=Path, metavar="FOLDER", help="pictures of the slides there")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--pages", type=Path, default=FOLDER, help="of the widgets")
    parser.add_argument("--slides", type=int, nargs="+", metavar="N", help="take pictures of these only")
    options = parser.parse_args(arguments)
    deck = read_deck(options.notebook)
    if not deck.slides:
        print(f"{options.notebook}: no slides yet")
        return 1
    with tempfile.TemporaryDirectory() as folder, chromium() as context:
        [path] = build_decks([options.notebook], folder, options.pages)
        page = context.new_page()
        open_deck(page, f"{path.as_uri()}?theme={options.theme}")
        measured = measure_slides(page)
        broken = page.locator("mjx-merror, [data-mjx-error]").evaluate_all("(all) => all.map((one) => one.outerHTML)")
        if options.shots:
            options.shots.mkdir(parents=True, exist_ok=True)
            for number in options.slides or range(1, len(deck.slides) + 1):
                shoot(page, number, options.shots / f"{deck.stem}-{number:02}.png")
    _report(deck, measured, broken)
    return int(bool(broken) or any(one.found for one in measured))


def _report(deck, measured, broken):
    for number, (slide, one) in enumerate(zip(deck.slides, measured), 1):
        kind = "?" if slide.question else "#" if slide.is_section else " "
        sizes = ", ".join(
            f"{what} {size:.2g}×" if what == "picture" else f"{what} {size:g} px"
            for what, size in (("text", one.text), ("code", one.code), ("picture", one.picture))
            if size is not None
        )
        print(f"{number:3} {kind} {slide.minutes:3g} min  {one.title}  [{slide.cell}; {sizes}]")
        for found in one.found[:3]:
            print(f"        DOES NOT FIT: {found}")
    for formula in broken:
        print(f"A formula that MathJax cannot draw: {formula[:200]}")
    noted = sum(bool(slide.notes) for slide in deck.slides)
    print(
        f"{deck.stem}: {len(deck.slides)} slides, {deck.minutes:g} minutes, {len(deck.questions)} questions, "
        f"notes on {noted / len(deck.slides):.0%}, {sum(bool(one.found) for one in measured)} that do not fit"
    )


if __name__ == "__main__":
    sys.exit(main())
