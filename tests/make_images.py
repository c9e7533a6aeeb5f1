"""The screenshots in images/: the chapters run in JupyterLab in headless Chromium, are used, and looked at.

make images                                    all of them, in some 15 minutes
.venv/bin/python tests/make_images.py 03       those of chapter 3
"""

import io
import sys
import tempfile
from pathlib import Path

from conftest import CHROMIUM, CHROMIUM_FLAGS, Lab
from PIL import Image
from playwright.sync_api import sync_playwright
from test_browser import ask, center, search, wait

IMAGES = Path(__file__).parents[1] / "images"
MARGIN = 10  # pixels of the page around what is shown


def shoot(page, first, last=None, margin=MARGIN) -> Image.Image:
    """A picture of the page from the top left of one element to the bottom right of both."""
    boxes = [element.bounding_box() for element in (first, last or first)]
    left, top = (min(box[side] for box in boxes) - margin for side in ("x", "y"))
    right, bottom = (
        max(box[side] + box[size] for box in boxes) + margin for side, size in (("x", "width"), ("y", "height"))
    )
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")


def save(image: Image.Image, name: str) -> None:
    image.save(IMAGES / name, optimize=True)
    print(f"{name}: {image.width} × {image.height}, {(IMAGES / name).stat().st_size / 1000:.0f} kB", flush=True)


def widget(cell):
    """The live widget of a cell's output, without the space beside it."""
    found = cell.locator("[class*=embedviz-live-]").first
    found.scroll_into_view_if_needed()
    return found


def surround(cell, rows):
    """Draw a lasso around points of the map."""
    places = [center(cell, row) for row in rows]
    (left, right), (top, bottom) = ((min(values) - 8, max(values) + 8) for values in zip(*places))
    cell.get_by_role("button", name="Lasso").click()
    mouse = cell.page.mouse
    mouse.move(left, top)
    mouse.down()
    for corner in ((right, top), (right, bottom), (left, bottom), (left, top)):
        mouse.move(*corner, steps=6)
    mouse.up()
    cell.locator(".embedviz-panel caption", has_text="share").wait_for()


def chapter_1(notebook):
    maps = notebook.output("airport_map(table")
    maps.locator(".embedviz-panel caption", has_text="Nearest to").wait_for()
    save(shoot(notebook.page, widget(maps)), "airports.png")


def chapter_2(notebook):
    page, cell = notebook.page, notebook.output("Books, by what they link to")
    wait(cell, "get('view').axes[0] === 'UMAP 1' && map.labels?.length > 5")
    save(shoot(page, widget(cell)), "explore_books.png")

    cell.get_by_label("Show what the map distorts").check()
    wait(cell, "get('lit').kinds.includes('torn')")
    save(shoot(page, widget(cell)), "distortion_books.png")
    cell.get_by_label("Show what the map distorts").uncheck()

    search(cell, "")
    wait(cell, "!get('lit').rows.length")
    groups = ask(cell, "get('groups').map((group) => group.label)")
    fiction = ask(cell, f"[...map.codes.keys()].filter((row) => map.codes[row] === {groups.index('Science fiction')})")
    places = ask(cell, f"{fiction}.map((row) => [map.x[row], map.y[row]])")
    middle = [sorted(values)[len(values) // 2] for values in zip(*places)]
    near = [row for row, place in zip(fiction, places) if sum((a - b) ** 2 for a, b in zip(place, middle)) < 45**2]
    surround(cell, near)
    save(shoot(page, widget(cell)), "lasso_books.png")
    epochs_moving(cell)

    live = notebook.output("live_training(")
    live.get_by_role("slider").nth(1).focus()
    for _ in range(40):
        page.keyboard.press("ArrowRight")  # temperature 1
    page.wait_for_timeout(1500)
    live.get_by_role("button", name="Start", exact=True).click()
    live.get_by_role("status").filter(has_text="Trained after 12 epochs").wait_for()
    wait(live, "true")
    save(shoot(page, widget(live), live.locator(".embedviz-map")), "live_training.png")

    linked = notebook.output("compare_maps(")
    save(shoot(page, widget(linked)), "compare_maps.png")


def epochs_moving(cell):
    """The points as they move from epoch to epoch."""
    search(cell, "")
    cell.get_by_role("button", name="PCA").click()
    wait(cell, "get('view').axes[0].startsWith('PCA 1')")
    handle, frames = cell.locator(".noUi-handle:visible").last, []
    handle.focus()
    cell.page.keyboard.press("Home")
    readout = cell.locator(".widget-readout:visible").last
    while True:
        cell.page.wait_for_timeout(1200)  # the move, and the kernel's answer
        wait(cell, "true")
        frames.append(shoot(cell.page, cell.locator(".embedviz-map"), handle, margin=0))
        if (epoch := readout.inner_text()) == "15":
            break
        cell.page.keyboard.press("ArrowRight")
        readout.filter(has_text=str(int(epoch) + 1)).wait_for()
    palette = frames[-1].quantize(
        256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    )  # keeps the rare, bright colors true
    frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    times = [700] * (len(frames) - 1) + [3000]
    frames[0].save(
        IMAGES / "epochs.gif", save_all=True, append_images=frames[1:], duration=times, loop=0, optimize=True
    )
    print(f"epochs.gif: {len(frames)} frames, {(IMAGES / 'epochs.gif').stat().st_size / 1000:.0f} kB", flush=True)


def chapter_3(notebook):
    cell = notebook.output("explore_window(", drawn=0)
    save(shoot(notebook.page, widget(cell)), "window.png")


def chapter_4(notebook):
    films = notebook.output("explore_retrieval(")
    films.locator(".embedviz-panel tbody th").first.wait_for()
    save(shoot(notebook.page, widget(films)), "recommend_films.png")


CHAPTERS = {"01_encodings": chapter_1, "02_wikipedia_books": chapter_2, "03_cbow": chapter_3, "04_two_tower": chapter_4}


def main(*wanted):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        lab = Lab(browser, Path(tempfile.mkdtemp()))
        try:
            for name, take in CHAPTERS.items():
                if not wanted or name.startswith(wanted):
                    notebook = lab.open(f"{name}.ipynb", viewport=(1280, 1300))
                    notebook.run_all(timeout=900)
                    assert notebook.errors() == [], notebook.errors()
                    notebook.command("application:toggle-left-area")  # more room for the widgets
                    notebook.page.wait_for_timeout(1000)
                    take(notebook)
                    notebook.close()
        finally:
            browser.close()
            lab.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
