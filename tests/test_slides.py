"""Lectures: what is read from a notebook, what a lecture has to have, and what is drawn fits and asks nobody."""

import csv
import json
import re
import subprocess
import sys

import nbformat
import pandas as pd
import pytest
from accessibility import hindrances
from visiting import visiting
from waiting import wait_until

from embedviz.course.places import CHAPTERS, NOTEBOOKS, chapter_file
from embedviz.publish.slides.__main__ import main as slides_command
from embedviz.publish.slides.build import build_decks, is_stale, polls
from embedviz.publish.slides.fitting import PATIENCE, measure_slides
from embedviz.publish.slides.html import CODE_SMALLEST
from embedviz.publish.slides.lecture import Code, Picture, Printed, Table, Text
from embedviz.publish.slides.reading import COMMENT, read_deck, without_lecture

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WIDGET = [
    {"image/png": PIXEL},
    {"text/html": "<div class='embedviz-static-1'>words</div>", "text/plain": "words"},
    {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "(live)"},
]
ASK = "<!-- ask\nWhich?\n\n- [ ] this, or\n  that\n- [x] $x < 2$\n- [ ] none\n\nBecause $5.\n-->"


def markdown(source, *tags, id="text"):
    return nbformat.v4.new_markdown_cell(source, id=id, metadata={"tags": list(tags)})


def code(source, *tags, outputs=(), id="code", count=7):
    shown = [
        nbformat.v4.new_output("display_data", data, metadata={"image/png": {"alt": "a dot", "width": 3, "height": 2}})
        for data in outputs
    ]
    return nbformat.v4.new_code_cell(source, id=id, outputs=shown, execution_count=count, metadata={"tags": list(tags)})


@pytest.fixture
def read(tmp_path):
    """The slides of a notebook of these cells."""

    def deck(*cells):
        path = tmp_path / "09_small.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[markdown("# Small", id="head"), *cells]), path)
        return read_deck(path)

    return deck


def test_comments_are_slides_notes_and_questions(read):
    source = (
        "Seen.\n\n<!-- slide\n# Part *one*\n-->\n"
        "<!-- notes 1.5 min Say\n\nthis. -->\n"
        "<!-- slide\n## Next\n\nfirst\n\n. . .\n\n- second\n-->\n"
        f"<!-- notes 2 min -->\n<!-- notes 1 min more -->\n{ASK}"
    )
    deck = read(markdown(source, "slide", "notes"))
    first, second, asked = deck.slides
    assert (first.title, first.is_section, first.notes, first.minutes) == ("Part *one*", True, "Say\n\nthis.", 1.5)
    assert (second.title, second.is_section, second.notes, second.minutes) == ("Next", False, "more", 3)
    assert second.steps == [[Text("first")], [Text("- second")]]
    assert asked.question.question == "Which?" and asked.question.choices == ("this, or that", "$x < 2$", "none")
    assert asked.question.right == 1 and asked.question.why == "Because $5."
    assert (deck.stem, deck.title, deck.minutes, deck.questions) == ("09_small", "Small", 4.5, [asked.question])
    assert without_lecture(source) == "Seen."


def test_a_cell_without_comments_is_its_own_slide(read):
    deck = read(
        markdown("## Heading\n\nbody\n\n<!-- notes 1 min before -->", "slide", "notes"),
        markdown("added", "fragment", id="more"),
        code("x = 1", "slide", outputs=[{"text/markdown": ["**x** ", "is 1"]}]),
        code("y = 2", "fragment", "hide-code", outputs=[{"text/html": "<style>b</style><table></table>"}], id="c2"),
        code("z = 3", "fragment", "hide-output", outputs=[{"text/plain": "3"}], id="c3"),
        code("unseen", outputs=[{"text/plain": "4"}], id="c4"),
    )
    first, second = deck.slides
    assert (first.title, first.steps, first.notes) == ("Heading", [[Text("body")], [Text("added")]], "before")
    assert second.title == "Heading"  # of the heading above
    assert second.steps == [[Code("x = 1"), Text("**x** is 1")], [Table("<table></table>")], [Code("z = 3")]]


def test_notes_before_the_first_slide_of_a_cell_are_its(read):
    deck = read(
        markdown("<!-- slide\n## One\n-->", "slide", id="a"),
        markdown("<!-- notes 1 min of two -->\n<!-- slide\n## Two\n-->", "slide", "notes", id="b"),
        markdown("<!-- notes 2 min also of two -->", "notes", id="c"),
    )
    assert [(slide.notes, slide.minutes) for slide in deck.slides] == [("", 0), ("of two\n\nalso of two", 3)]


def test_a_slide_shows_outputs_pictures_and_code_of_cells(read):
    shown = "[output: many 2]\n\nand\n\n[picture: many]\n[code: many 2-3]\n[output: printed]"
    printed = code("print(1)", id="printed")
    printed.outputs = [nbformat.v4.new_output("stream", name="stdout", text="1\n")]
    outputs = [{"text/plain": "3"}, *WIDGET, {"image/png": PIXEL}, *WIDGET]
    deck = read(
        markdown(f"<!-- slide\n## All\n{shown}\n-->", "slide"), code("a\nb\nc", outputs=outputs, id="many"), printed
    )
    living, word, *stills, lines, one = deck.slides[0].parts
    assert living == Picture(PIXEL, "a dot", 3, 2, page="7-0.html") and word == Text("and")
    assert [still.page for still in stills] == ["", "", ""] and (lines, one) == (Code("b\nc"), Printed("1"))
    [*_, last] = (
        read(markdown("<!-- slide\n## All\n[output: many]\n-->", "slide"), code("a", outputs=outputs, id="many"))
        .slides[0]
        .parts
    )
    assert last.page == "7-1.html"


@pytest.mark.parametrize("name", ["method", None])
def test_the_name_of_a_tables_index_stands_in_its_head(read, name):
    frame = pd.DataFrame({"score": [0.5, 1.0], "verdict": ["a", "b"]}, index=pd.Index(["x", "y"], name=name))
    shown = code("a", outputs=[{"text/html": frame.to_html()}], id="table")
    [table] = read(markdown("<!-- slide\n## All\n[output: table]\n-->", "slide"), shown).slides[0].parts
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in table.html.split("<tr")[1:]]
    assert rows == [[name or "", "score", "verdict"], ["x", "0.5", "a"], ["y", "1.0", "b"]]


@pytest.mark.parametrize(
    "cell, message",
    [
        (markdown("<!-- slide\n## A\n-->"), "comment <!-- slide --> but no tag `slide`"),
        (markdown(ASK, "notes"), "comment <!-- ask --> but no tag `slide`"),
        (markdown("<!-- slide\n## A\n-->\n<!-- notes 1 min -->", "slide"), "but no tag `notes`"),
        (markdown("<!-- slide\n## A\n-->\n<!-- notes soon -->", "slide", "notes"), "do not begin with minutes.*soon"),
        (markdown("<!-- slide\nno title\n-->", "slide"), "does not begin with `## Title`: 'no title'"),
        (markdown("<!-- notes 1 min -->", "notes"), "`notes`, but no slide comes before"),
        (code("x", "fragment", id="text"), "`fragment`, but no slide comes before"),
        (markdown(ASK.replace("[ ] none", "[x] none"), "slide"), "3 choices, 2 of them right"),
        (markdown(ASK.replace("- [ ] none\n", ""), "slide"), "2 choices, 1 of them right"),
        (markdown(ASK.replace("Because $5.", ""), "slide"), "asks without saying why"),
        (markdown(ASK.replace("Which?", ""), "slide"), "asks without a question"),
        (markdown("<!-- slide\n## A\n[output: gone]\n-->", "slide"), "the output of 'gone', and there is no code cell"),
        (markdown("<!-- slide\n## A\n[output: x]\n-->", "slide"), "the output of 'x', which has none"),
        (markdown("<!-- slide\n## A\n[code: x 1-2]\n-->", "slide"), "lines 1 to 2 of 'x', which has 1"),
    ],
)
def test_what_is_wrong_is_named_with_its_cell(read, cell, message):
    with pytest.raises(ValueError, match=rf"^09_small\.ipynb, cell 'text': .*{message}"):
        read(cell, code("x", id="x"))


# ---- what each chapter's lecture has to have


@pytest.fixture(scope="module", params=CHAPTERS)
def lecture(request):
    """The deck of a chapter, and its notebook's cells."""
    path = chapter_file(request.param)
    return read_deck(path), json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_a_lecture_is_of_80_minutes_with_notes_and_questions(lecture):
    deck, cells = lecture
    assert 40 <= len(deck.slides) <= 50 and 70 <= deck.minutes <= 80
    assert sum(bool(slide.notes) for slide in deck.slides) >= 0.8 * len(deck.slides)
    assert all(0 < slide.minutes <= 6 for slide in deck.slides), [s.title for s in deck.slides if not s.minutes]
    # Counted by a reader of its own, so that no question is lost on the way.
    asked = re.findall(r"<!-- ask\n(.*?)-->", "\n".join("".join(cell["source"]) for cell in cells), re.DOTALL)
    assert len(asked) == len(deck.questions) >= 5
    for text, question in zip(asked, deck.questions):
        marks = re.findall(r"^- \[(.)\]", text, re.MULTILINE)
        assert len(marks) == len(question.choices) >= 3 and marks.count("x") == 1 == len(
            {marks.index("x"), question.right}
        )
        assert len(set(question.choices)) == len(question.choices)
    right = [question.right for question in deck.questions]
    assert max(map(right.count, right)) <= 0.6 * len(right), "who always says the same letter is right too often"


def test_slides_have_titles_of_their_own_and_few_words(lecture):
    titles = [slide.title for slide in lecture[0].slides if not slide.question]
    assert all(titles) and len(set(titles)) == len(titles)
    for slide in lecture[0].slides:
        said = " ".join(part.markdown for part in slide.parts if isinstance(part, Text))
        words = re.sub(r"\$\$?.*?\$\$?", "x", said, flags=re.DOTALL).split()
        lines = sum(part.source.count("\n") + 1 for part in slide.parts if isinstance(part, Code))
        assert len(words) <= 55 and lines <= 12, f"{slide.title}: {len(words)} words, {lines} lines of code"


NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


def numbers(text: str) -> set[str]:
    return {number.rstrip(",").replace(",", "") for number in NUMBER.findall(text)}


def is_said(number: str, known: set[str]) -> bool:
    """Whether a number is known; or with a decimal point, is a known one, rounded."""
    digits = len(number.partition(".")[2])
    return number in known or (digits and any("." in one and f"{float(one):.{digits}f}" == number for one in known))


def test_every_number_of_a_slide_is_in_the_chapter(lecture):
    deck, cells = lecture
    known = {str(number) for number in range(11)}
    for cell in cells:
        known |= numbers(without_lecture("".join(cell["source"])).replace("_", ""))
        for output in cell.get("outputs", ()):
            shown = [
                output.get("text", ""),
                *(v for k, v in output.get("data", {}).items() if "/html" in k or "text/" in k),
            ]
            for text in shown:
                known |= numbers("".join(text))
    for slide in deck.slides:
        said = [slide.title, *(part.markdown for part in slide.parts if isinstance(part, Text))]
        if asked := slide.question:  # wrong choices may say what they like
            said = [asked.question, asked.choices[asked.right], asked.why]
        unknown = {number for number in numbers(" ".join(said)) if not is_said(number, known)}
        assert not unknown, (
            f"slide {slide.title or slide.question.question!r} says {unknown}, which the chapter does not"
        )


def test_a_reader_sees_nothing_of_the_lecture(lecture):
    for cell in lecture[1]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            assert not COMMENT.search(source)
        # A comment hides what it holds only from its line's start on, and up to the first "-->".
        assert len(re.findall(r"^<!-- (?:slide|notes|ask)\b", source, re.MULTILINE)) == len(COMMENT.findall(source))
        assert not re.search(r"<!--|-->", without_lecture(source))


# ---- decks in a browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The decks of all chapters that have slides; their widgets are small pages of ours, the first of them broken."""
    folder, pages = tmp_path_factory.mktemp("slides"), tmp_path_factory.mktemp("pages")
    notebooks = [chapter_file(chapter) for chapter in CHAPTERS]
    for notebook in notebooks:
        shown = [part.page for slide in read_deck(notebook).slides for part in slide.parts if is_living(part)]
        for name in shown:
            page = pages / notebook.stem / name
            page.parent.mkdir(exist_ok=True)
            page.write_text("<!doctype html><title>broken</title>" if name == shown[0] else LIVING)
    build_decks(notebooks, folder, pages)
    return folder


def is_living(part) -> bool:
    return isinstance(part, Picture) and bool(part.page)


LIVING = """<!doctype html><title>living</title><input aria-label="search"><script>
addEventListener("message", ({ data }) => { if (data.embedviz === "theme") window.told = data.theme; });
for (const one of [{ embedviz: "height", height: 5000 }, { embedviz: "ready" }]) parent.postMessage(one, "*");
</script>"""


@pytest.fixture
def open_page(browser, folder, kept):
    """Opens a deck of the folder, see `visiting`; returns when it is drawn."""
    with visiting(browser, (folder.as_uri(), "data:", "blob:"), kept=kept) as visit:

        def open_page(name, query="", **options):
            page = visit(f"{(folder / name).as_uri()}{query}", **options)
            page.locator(":root[data-ready]").wait_for(state="attached")
            return page

        yield open_page


@pytest.mark.browser
def test_every_slide_fits_and_every_formula_is_drawn(lecture, folder, open_page):
    deck, _ = lecture
    assert not is_stale(folder / f"{deck.stem}.html", NOTEBOOKS / f"{deck.stem}.ipynb")
    page = open_page(f"{deck.stem}.html")
    formulas = re.findall(r"\\\(|\\\[", (folder / f"{deck.stem}.html").read_text(encoding="utf-8"))
    assert page.locator("mjx-container").count() == len(formulas) and page.locator("mjx-merror").count() == 0
    measured = measure_slides(page)
    assert len(measured) == len(deck.slides)
    assert {one.title: one.found for one in measured if one.found} == {}
    assert all(one.code is None or one.code >= CODE_SMALLEST for one in measured)
    assert all(one.text is None or one.text >= 20 for one in measured)  # of tables; all else is larger, see below
    prose = page.evaluate(
        """() => [...document.querySelectorAll(".slides :is(.text, .asked, .choices, .why):not(.table *)")]
             .filter((one) => !one.querySelector("table"))
             .map((one) => [parseFloat(getComputedStyle(one).fontSize), one.textContent.trim().slice(0, 50)])"""
    )
    assert [one for one in prose if one[0] < 28] == [] and prose
    assert page.problems == []


@pytest.mark.browser
def test_on_paper_all_slides_keep_their_layout(lecture, open_page):
    page = open_page(f"{lecture[0].stem}.html", "?print-pdf&theme=light")
    pages = page.locator(".pdf-page")
    pages.nth(len(lecture[0].slides) - 1).wait_for(state="attached")
    found = pages.evaluate_all(
        """(pages) => pages.flatMap((page) => {
          const box = page.getBoundingClientRect();
          return [...page.querySelectorAll(".body *")].filter((one) => {
            if (one.closest("mjx-assistive-mml, svg") && one.tagName !== "svg") return false;
            const inner = one.getBoundingClientRect();
            const flat = one.tagName === "IMG" && inner.height < 150;
            return flat || inner.bottom > box.bottom || inner.right > box.right || inner.left < box.left;
          }).map((one) => `${page.querySelector("h2, .asked").textContent}: ${one.tagName}`);
        })"""
    )
    assert found == [] and pages.count() == len(lecture[0].slides)


NAME = chapter_file(1).stem


@pytest.mark.browser
def test_a_widget_loads_with_the_slide_before_over_its_picture(open_page):
    deck = read_deck(chapter_file(1))
    shown = [i for i, slide in enumerate(deck.slides) if any(map(is_living, slide.parts))]
    before = shown[-1] - 1
    page = open_page(f"{NAME}.html", f"?theme=light#/{before - 2}")
    frame = page.locator(".living iframe").last
    assert frame.get_attribute("src") is None  # two slides earlier
    page.evaluate(f"Reveal.slide({before})")
    wait_until(lambda: frame.get_attribute("src"), "the widget's page to be loaded")
    page.evaluate(f"Reveal.slide({before + 1})")
    living = page.frames[-1]
    living.locator("input").fill("LAX")
    wait_until(lambda: living.evaluate("window.told") == "light", "the widget to be told of the theme")
    picture = page.locator(".present .living img")
    assert picture.get_attribute("alt") and frame.bounding_box()["height"] > 550
    look = "(frame) => [getComputedStyle(frame).opacity, frame.style.transform]"
    wait_until(lambda: frame.evaluate(look) == ["1", "scale(0.8)"], "the widget to be shown")
    inside = [frame.bounding_box()[side] <= picture.bounding_box()[side] for side in ("x", "y")]
    assert inside == [True, True]  # the frame covers the picture
    at = "Reveal.getState().indexh"
    page.mouse.move(640, 400)
    living.locator("input").click()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(at) == before + 1  # the widget's own key
    page.mouse.move(640, 5)
    wait_until(lambda: page.evaluate("document.activeElement.tagName") == "BODY", "the keys to come back")
    page.keyboard.press("t")
    wait_until(lambda: living.evaluate("window.told") == "dark", "the widget to be told of the new theme")
    page.keyboard.press("ArrowLeft")
    wait_until(lambda: page.evaluate(at) == before, "the slide before")
    # The first widget's page is broken and never says that it is drawn: its picture stays.
    page.evaluate(f"Reveal.slide({shown[0]})")
    broken = page.locator(".present .living iframe")
    page.wait_for_function("(frame) => frame.src", arg=broken.element_handle())
    assert broken.evaluate("(frame) => getComputedStyle(frame).opacity") == "0"
    assert page.problems == []


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_question_shows_its_answer_as_a_step_and_hinders_nobody(open_page, theme):
    deck = read_deck(chapter_file(1))
    at, asked = next((i, slide.question) for i, slide in enumerate(deck.slides) if slide.question)
    page = open_page(f"{NAME}.html", f"?theme={theme}#/{at}")
    choices, why = page.locator(".present .choices li"), page.locator(".present .why")
    mark = "(li) => getComputedStyle(li, '::after').content"
    assert choices.count() == len(asked.choices) and choices.nth(asked.right).evaluate(mark) == "none"
    assert why.evaluate("(why) => getComputedStyle(why).visibility") == "hidden"
    page.keyboard.press("ArrowRight")
    wait_until(lambda: choices.nth(asked.right).evaluate(mark) != "none", "the right choice to be marked")
    assert [choices.nth(i).evaluate(mark) != "none" for i in range(choices.count())].index(True) == asked.right
    assert hindrances(page.locator(".reveal")) == []
    code_at = next(i for i, slide in enumerate(deck.slides) if any(isinstance(part, Code) for part in slide.parts))
    page.evaluate(f"Reveal.slide({code_at})")
    assert hindrances(page.locator(".reveal")) == []
    assert page.locator(":root").get_attribute("data-theme") == theme
    page.keyboard.press("Shift+Slash")
    page.get_by_text("Dark or light").wait_for()  # the help of keys


@pytest.mark.browser
def test_the_speaker_sees_notes_minutes_and_pace(open_page):
    deck = read_deck(chapter_file(1))
    second = [i for i, slide in enumerate(deck.slides) if slide.is_section][1]
    page = open_page(f"{NAME}.html", f"#/{second}")
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    notes = popup.value.locator(".speaker-controls-notes")
    notes.get_by_text(re.compile("This section: [0-9.]+ min")).wait_for(timeout=PATIENCE)
    before = sum(slide.minutes for slide in deck.slides[:second])
    assert f"from minute {before:g} to" in notes.inner_text()
    assert deck.slides[second].notes.split(".")[0] in notes.inner_text()
    assert page.evaluate("Reveal.getSlides().map((one) => +one.dataset.timing)") == [
        60 * s.minutes for s in deck.slides
    ]
    popup.value.close()


@pytest.mark.browser
def test_what_does_not_fit_is_found(tmp_path, browser):
    fits, wide, high, table = "x = 1", f"x = {'1' * 200}", "\n".join(["x = 1"] * 40), [{"text/html": TABLE}]
    cells = [code(text, "slide", id=f"c{i}") for i, text in enumerate((fits, wide, high))]
    head = markdown("# Small\n\nword", "slide", id="head")
    path = tmp_path / "small.ipynb"
    cells = [head, *cells, code("", "slide", "hide-code", outputs=table, id="t")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    [deck] = build_decks([path], tmp_path / "out", tmp_path)
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(deck.as_uri())
    page.locator(":root[data-ready]").wait_for(state="attached", timeout=PATIENCE)
    one, two, three, four, five = measure_slides(page)
    page.close()
    assert one.found == two.found == []
    assert "too wide: pre" in " ".join(three.found) and "too far out" in " ".join(four.found) and five.found
    assert not is_stale(deck, path)
    path.write_text(path.read_text().replace("word", "words"))
    assert is_stale(deck, path) and is_stale(tmp_path / "none.html", path)


TABLE = f"<table><tr>{''.join(f'<td>{i:020}</td>' for i in range(12))}</tr></table>"


@pytest.mark.browser
def test_a_deck_is_printed_with_and_without_what_is_said(tmp_path, browser):
    source = f"# Small\n\n<!-- slide\n## One\n-->\n<!-- notes 1 min said -->\n{ASK}\n<!-- notes 1 min why -->"
    path = tmp_path / "small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[markdown(source, "slide", "notes")]), path)
    command = [
        sys.executable,
        "-m",
        "embedviz.publish.slides",
        str(path),
        "--no-run",
        "--handout",
        "--out",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert slides_command([str(path), "--check", "--out", str(tmp_path)]) == 0
    assert slides_command([str(path), "--check", "--out", str(tmp_path / "other")]) == 1
    pages = [re.findall(rb"/Type */Page\b", (tmp_path / f"small{end}.pdf").read_bytes()) for end in ("", ".handout")]
    assert [len(one) for one in pages] == [2, 4]
    assert (tmp_path / "small.pdf").read_bytes().startswith(b"%PDF-")


def test_polls_are_those_of_the_slides(folder):
    deck = read_deck(chapter_file(1))
    kept = json.loads((folder / f"{NAME}.polls.json").read_text(encoding="utf-8"))
    assert kept == polls(deck) and len(kept) == len(deck.questions)
    for one, asked in zip(kept, deck.questions):
        assert deck.slides[one["slide"] - 1].question is asked
        assert "ABCD".index(one["right"]) == asked.right and len(one["choices"]) == len(asked.choices)
        assert not re.search(r"\*\*|\$", one["question"] + "".join(one["choices"]))
    with open(folder / f"{NAME}.polls.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["question"] for row in rows] == [one["question"] for one in kept]
    assert [row[row["right"]] for row in rows] == [one["choices"]["ABCD".index(one["right"])] for one in kept]
