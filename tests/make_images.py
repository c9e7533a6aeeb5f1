"""The screenshots in images/: the widgets' pages, the lecture and the site, used in headless Chromium and looked at.

make images                                    all of them, in some minutes once site and slides are there
.venv/bin/python tests/make_images.py 03       those of chapter 3, from its pages in build/pages, see `make site`
.venv/bin/python tests/make_images.py knowing  those of an exercise and a card, in JupyterLab
.venv/bin/python tests/make_images.py slides   those of the lecture in build/slides, see `make slides`
.venv/bin/python tests/make_images.py site     those of the site, which lies in build/site
Pages elsewhere: --pages FOLDER, before those words.
"""

import argparse
import io
import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from lab import CHROMIUM, CHROMIUM_FLAGS, Lab
from PIL import Image
from playwright.sync_api import sync_playwright
from test_browser import ask, center, search, wait
from test_browser_train import status
from waiting import at_rest

from embedviz.course.exercises import named
from embedviz.publish.pages import FOLDER, pages_of
from embedviz.publish.slides.fitting import open_deck

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "images"
WIDE = {"viewport": {"width": 1130, "height": 1300}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DARK = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"}
MARGIN = 4  # pixels of the page around what is shown


def shoot(page, *elements, margin=MARGIN) -> Image.Image:
    """A picture of the page: all of these elements, and what is between them."""
    page.mouse.move(0, 0)  # no tip, and no button underlined
    boxes = [element.bounding_box() for element in elements]
    left, top = (min(box[side] for box in boxes) - margin for side in ("x", "y"))
    right, bottom = (
        max(box[side] + box[size] for box in boxes) + margin for side, size in (("x", "width"), ("y", "height"))
    )
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    # A map's names, and what makes room for them, come a little after its points.
    taken = at_rest(lambda: page.screenshot(clip=clip), quiet=0.7)
    return Image.open(io.BytesIO(taken)).convert("RGB")


def save(image: Image.Image, name: str) -> None:
    image.save(IMAGES / name, optimize=True)
    print(f"{name}: {image.width} × {image.height}, {(IMAGES / name).stat().st_size / 1000:.0f} kB", flush=True)


def widget(cell):
    """The live widget of a cell's output, scrolled to."""
    found = cell.locator(".embedviz").first
    found.wait_for()
    found.scroll_into_view_if_needed()
    return found


class Chapter:
    """The pages of a chapter's widgets.

    Attributes:
        browser: of Playwright.
        notebook, folder: the chapter, and where its pages are.
    """

    def __init__(self, browser, stem: str, pages: Path):
        self.browser = browser
        self.notebook = ROOT / "notebooks" / f"{stem}.ipynb"
        self.folder = pages_of(self.notebook, pages)

    @contextmanager
    def shown(self, words: str, **options):
        """The widget of the first code cell with these words, in a page of its own."""
        cells = json.loads(self.notebook.read_text(encoding="utf-8"))["cells"]
        cell = next(one for one in cells if one["cell_type"] == "code" and words in "".join(one["source"]))
        file = self.folder / f"{cell['execution_count']}-0.html"
        if not file.is_file():
            raise SystemExit(f"there is no {file}, the page of the cell with {words!r}: make site")
        context = self.browser.new_context(**(options or WIDE))
        try:
            page = context.new_page()
            page.set_default_timeout(120_000)
            page.goto(file.as_uri())
            yield widget(page)
        finally:
            context.close()


def surround(explorer, rows):
    """Draw a lasso around points of the map."""
    places = [center(explorer, row) for row in rows]
    (left, right), (top, bottom) = ((min(values) - 8, max(values) + 8) for values in zip(*places))
    explorer.get_by_role("button", name="Lasso").click()
    mouse = explorer.page.mouse
    mouse.move(left, top)
    mouse.down()
    for corner in ((right, top), (right, bottom), (left, bottom), (left, top)):
        mouse.move(*corner, steps=6)
    mouse.up()
    explorer.locator(".embedviz-panel caption", has_text="share").wait_for()


def chapter_1(chapter):
    with chapter.shown('airport_map(air_time_table, data.airports, selected="LAX")') as maps:
        maps.locator(".embedviz-panel caption", has_text="Nearest to").wait_for()
        save(shoot(maps.page, maps), "airports.png")


def chapter_2(chapter):
    words = 'title="Books, by what they link to"'
    with chapter.shown(words) as explorer:
        wait(explorer, "axis() === 'UMAP 1' && map.labels.length > 5 && now.measures")
        save(shoot(explorer.page, explorer), "explore_books.png")
        explorer.get_by_label("Show what the map distorts").check()
        wait(explorer, "map.lit.kinds.includes('torn')")
        save(shoot(explorer.page, explorer), "distortion_books.png")
        explorer.get_by_label("Show what the map distorts").uncheck()
        a_cluster(explorer)
        epochs_moving(explorer)
    for name, options in (("explore_phone.png", PHONE), ("explore_dark.png", DARK)):
        with chapter.shown(words, **options) as explorer:
            wait(explorer, "axis() === 'UMAP 1' && map.labels.length > 3 && now.measures")
            if options is PHONE:
                explorer.locator(".embedviz-epochs").evaluate("(row) => row.scrollIntoView()")
            save(Image.open(io.BytesIO(explorer.page.screenshot())).convert("RGB"), name)
    with chapter.shown("train_in_page(") as training:
        training_changed(training)
    with chapter.shown("compare_maps(") as maps:
        maps.locator("caption", has_text="in common").wait_for()
        save(shoot(maps.page, maps), "compare_maps.png")


def a_cluster(explorer):
    """The middle of the science fiction, in a lasso."""
    search(explorer, "")
    wait(explorer, "!map.lit.rows.length")
    groups = ask(explorer, "map.classes.map((one) => one.label)")
    chosen = groups.index("Science fiction")
    fiction = ask(explorer, f"[...map.codes.keys()].filter((row) => map.codes[row] === {chosen})")
    places = ask(explorer, f"{fiction}.map((row) => [map.x[row], map.y[row]])")
    middle = [sorted(values)[len(values) // 2] for values in zip(*places)]
    near = [row for row, place in zip(fiction, places) if sum((a - b) ** 2 for a, b in zip(place, middle)) < 45**2]
    surround(explorer, near)
    save(shoot(explorer.page, explorer), "lasso_books.png")


def training_changed(training):
    """Six epochs in the page, and six more at a temperature of 1."""
    start = training.locator(".embedviz-start")
    training.get_by_role("button", name="Start over").click()
    for temperature, epochs in ((0.2, 6), (1, 12)):
        training.evaluate(f"(root) => root.training.set({{ temperature: {temperature}, epochs: 6 }})")
        start.click()
        status(training, f"Trained for {epochs} epochs in")
    training.page.wait_for_function(
        "(root) => root.explorer.state.get('place')?.at === 12", arg=training.element_handle()
    )
    save(shoot(training.page, training), "live_training.png")


def epochs_moving(explorer):
    """The points as they move from epoch to epoch."""
    search(explorer, "")
    explorer.get_by_role("button", name="PCA").click()
    wait(explorer, "axis().startsWith('PCA 1')")
    slider, frames = explorer.get_by_role("slider", name="Epoch"), []
    play = explorer.locator(".embedviz-epochs button")
    slider.focus()
    for epoch in range(16):
        explorer.page.keyboard.press("ArrowRight" if epoch else "Home")
        wait(explorer, f"now.place.at === {epoch}")
        frames.append(shoot(explorer.page, play, explorer.locator(".embedviz-map"), margin=0))
    assert explorer.locator(".embedviz-epochs output").inner_text() == "15"
    palette = frames[-1].quantize(
        256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    )  # keeps the rare, bright colors true
    frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    times = [700] * (len(frames) - 1) + [3000]
    frames[0].save(
        IMAGES / "epochs.gif", save_all=True, append_images=frames[1:], duration=times, loop=0, optimize=True
    )
    print(f"epochs.gif: {len(frames)} frames, {(IMAGES / 'epochs.gif').stat().st_size / 1000:.0f} kB", flush=True)


def chapter_3(chapter):
    with chapter.shown("explore_window(") as window:
        save(shoot(window.page, window), "window.png")


def chapter_4(chapter):
    with chapter.shown("explore_retrieval(") as films:
        films.locator(".embedviz-recommended .embedviz-name").first.wait_for()
        save(shoot(films.page, films), "recommend_films.png")


def knowing(lab):
    """An exercise that has found a slip, and an open card of the drills."""
    one_hot = named("one-hot")
    wrong = one_hot.stub.replace("    ...", "    rows = np.zeros((len(codes), N))\n") + (
        "    rows[np.arange(len(codes)), codes - 1] = 1\n    return rows"
    )
    cells = [
        "import numpy as np\n\nfrom embedviz.course import drill, exercise",
        one_hot.cell.replace(one_hot.stub, wrong),
        'drill("towers")',
    ]
    notebook = lab.open(cells, viewport=(1100, 1300))
    notebook.run_all()
    notebook.command("application:toggle-left-area")
    form = notebook.output(1, drawn=0).locator(".embedviz-touch")
    form.get_by_text("The smallest input that fails").wait_for()
    code = notebook.page.locator(".jp-CodeCell").nth(1).locator(".jp-Cell-inputWrapper")
    save(shoot(notebook.page, code, form), "exercise.png")
    card = widget(notebook.output(2, drawn=0))
    card.get_by_role("button", name="Show the answer").click()
    card.get_by_role("button", name="Good").wait_for()
    card.scroll_into_view_if_needed()
    save(shoot(notebook.page, card), "drill.png")
    notebook.close()


def slides(browser):
    """Of chapter 1's lecture in build/slides: a question and its answer, a living widget, what the speaker sees."""
    deck = ROOT / "build/slides/01_encodings.html"
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    open_deck(page, f"{deck.as_uri()}?theme=light")
    for name, place in (("slides_question.png", ".question"), ("slides_widget.png", ".widget[data-cell=c059]")):
        number = page.evaluate(f"Reveal.getSlides().indexOf(document.querySelector('.slides {place}'))")
        page.evaluate(f"Reveal.slide({number}, 0, 1000)")
        if ".widget" in place:
            page.locator(".present iframe.drawn").wait_for()
        page.wait_for_timeout(1000)
        save(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), name)
    page.evaluate(
        "Reveal.slide(Reveal.getSlides().findIndex((one) => one.querySelector('.fragment mjx-container')), 0, 1)"
    )
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    popup.value.set_viewport_size({"width": 1280, "height": 720})
    popup.value.wait_for_timeout(5000)  # the two small decks in it draw their formulas
    save(Image.open(io.BytesIO(popup.value.screenshot())).convert("RGB"), "slides_speaker.png")
    page.close()


def site(browser):
    """Three pages of the site: the start with its map, formulas in the dark, and a living map on a phone."""
    folder = ROOT / "build/site"
    laptop = {"viewport": {"width": 1280, "height": 720}}
    phone = {"viewport": {"width": 390, "height": 720}, "has_touch": True, "is_mobile": True}
    for name, address, place, options in (
        ("site_start.png", "index.html", "figure.ev-living", laptop),
        ("site_chapter.png", "03_cbow.html", "div.math", laptop | {"color_scheme": "dark"}),
        ("site_phone.png", "02_wikipedia_books.html", "figure.ev-living", phone),
    ):
        context = browser.new_context(**options)
        page = context.new_page()
        page.goto(f"{(folder / address).as_uri()}")
        found = page.locator(place).first
        found.scroll_into_view_if_needed()
        if "ev-living" in place:
            page.locator("figure.ev-drawn").first.wait_for()
            found.locator("iframe").content_frame.locator(".embedviz-map").wait_for()
        page.evaluate("async () => { await window.MathJax?.startup?.promise; }")
        found.evaluate("(one) => { one.style.scrollMarginTop = '120px'; one.scrollIntoView(); }")
        page.wait_for_timeout(1000)
        save(Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(256), name)
        context.close()


CHAPTERS = {"01_encodings": chapter_1, "02_wikipedia_books": chapter_2, "03_cbow": chapter_3, "04_two_tower": chapter_4}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pages", type=Path, default=ROOT / FOLDER, metavar="FOLDER", help="of living widgets")
    parser.add_argument("wanted", nargs="*", help="01, 02, 03, 04, knowing, slides, site; none: all")
    options = parser.parse_args(arguments)
    wanted = tuple(options.wanted)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        try:
            for name, take in CHAPTERS.items():
                if not wanted or name.startswith(wanted):
                    take(Chapter(browser, name, options.pages))
            if not wanted or "knowing" in wanted:
                lab = Lab(browser, Path(tempfile.mkdtemp()))
                try:
                    knowing(lab)
                finally:
                    lab.close()
            if not wanted or "slides" in wanted:
                slides(browser)
            if not wanted or "site" in wanted:
                site(browser)
        finally:
            browser.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["EMBEDVIZ_PROGRESS"] = str(Path(folder) / "progress.sqlite")  # a new reader's, not one's own
        main()
