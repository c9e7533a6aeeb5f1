"""Chapter 3's window widget in a real browser: in JupyterLab, see lab.py, and in a page of its own."""

import html
import re

import numpy as np
import pytest
from lab import PATIENCE
from playwright.sync_api import expect
from visiting import sideways

from embedviz.widgets.window import explore_window

pytestmark = pytest.mark.browser

FEAR = "the only thing we have to fear is fear itself"
MARKUP = "</script><script>window.broken=1</script>"
SENTENCES = [
    FEAR,
    "we shall nobly save or meanly lose the last best hope of earth",
    f"戦争 と {MARKUP} 平和 <b> unknown “quotes\"'",
]
WORDS = sorted(set(" ".join(SENTENCES).split()) - {"unknown"})
CELLS = [
    f"""
import numpy as np
from embedviz.widgets.window import explore_window
random = np.random.default_rng(0)
explorer = explore_window({SENTENCES!r}, {WORDS!r}, *random.normal(size=(2, {len(WORDS)}, 16)), position=7, n=2)
explorer
""",
    """
from IPython.display import Markdown, display
said = display(Markdown("nothing yet"), display_id=True)
def say(change):
    if explorer.n == 4:
        explorer.n, explorer.position = 1, explorer.position + 1
    words = explorer.sentence, explorer.position, explorer.n, explorer.target, f"{explorer.loss:.5f}"
    said.update(Markdown(" ".join(map(str, words))))
explorer.observe(say, ["sentence", "position", "n"])
""",
]


def explore(**options):
    return explore_window(SENTENCES, WORDS, *np.random.default_rng(0).normal(size=(2, len(WORDS), 16)), **options)


def open_file(browser, path, **options):
    """A page of its own, from the file, with all else blocked; gives (the widget, what it asked for, errors)."""
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 720}} | options))
    context.set_default_timeout(1000 * PATIENCE)
    page, asked, errors = context.new_page(), [], []
    url = path.as_uri()
    context.route("**/*", lambda route: route.continue_() if route.request.url == url else route.abort())
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    root = page.locator(".embedviz-window")
    root.wait_for()
    assert asked == [url]
    return root, errors


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return explore(position=7).to_html(tmp_path_factory.mktemp("pages") / "window.html")


@pytest.fixture(scope="module")
def cell(notebook):
    return notebook.output(0, drawn=0).locator(".embedviz-window")


@pytest.fixture(scope="module")
def page_of_its_own(browser, path):
    root, errors = open_file(browser, path)
    yield root
    assert errors == [] and root.page.evaluate("() => window.broken") is None
    root.page.context.close()


@pytest.fixture(scope="module", params=["JupyterLab", "a page of its own"])
def home(request):
    """The widget's root in one of its two homes."""
    return request.getfixturevalue("cell" if request.param == "JupyterLab" else "page_of_its_own")


@pytest.fixture
def widget(home):
    """The same, as at first."""
    home.get_by_role("combobox").select_option(index=0)
    place, width = home.get_by_role("slider").all()
    place.fill("8")
    width.fill("2")
    at(home, "is", "to fear fear itself")
    return home


def at(root, target, context):
    """Wait until the window stands there."""
    root.page.wait_for_function(
        "([root, target, context]) => root.querySelector('.sentence .target')?.innerText === target &&"
        " [...root.querySelectorAll('.sentence .context')].map((word) => word.innerText).join(' ') === context",
        arg=[root.element_handle(), target, context],
    )


def shown(root):
    """All numbers that the page shows."""
    return {
        "heat": root.locator(".heat span").all_inner_texts(),
        "bars": [row.split("\t")[:3] for row in root.locator(".bars tbody tr").all_inner_texts()],
        "shares": root.locator(".shares span").all_inner_texts(),
        "loss": root.locator(".loss").inner_text(),
    }


def expected(explorer):
    """The same of Python's, as it would print them."""
    tenths = [f"{value:.1f}".replace("-", "−").replace("−0.0", "0.0") for value in explorer.hidden]
    size, V = len(explorer.context), len(WORDS)
    return {
        "heat": tenths,
        "bars": [[str(rank), word, f"{p:.1%}"] for rank, word, p in explorer.ranking()],
        "shares": [f"{word} {explorer.context.count(word)}/{size}" for word in explorer.shares()],
        "loss": f"Loss: −log p({explorer.target} | {', '.join(explorer.context)}) = {explorer.loss:.2f} nats."
        f" Knowing nothing: log {V} = {np.log(V):.2f}.",
    }


def test_the_numbers_are_pythons(widget):
    explorer = explore(position=7)
    assert shown(widget) == expected(explorer)
    for position in (0, 4, 9, 7):
        explorer.position = position
        widget.get_by_role("slider", name="Word", exact=True).fill(str(position + 1))
        at(widget, explorer.target, " ".join(explorer.context))
        assert shown(widget) == expected(explorer)
    assert widget.locator(".strip i").count() == 3 and widget.locator(".bars .is th").inner_text() == "is"


def test_nothing_failed_and_nothing_was_asked_of_the_network(notebook, cell):
    cell.locator(".sentence .target").wait_for()
    assert notebook.errors() == [] and notebook.blocked == []
    assert not notebook.output(0, drawn=0).locator("img").first.is_visible()  # the still picture gives way


def test_the_sliders_move_the_window_by_keyboard(widget):
    place, width = widget.get_by_role("slider").all()
    place.focus()
    widget.page.keyboard.press("ArrowLeft")
    at(widget, "fear", "have to is fear")
    width.focus()
    widget.page.keyboard.press("ArrowLeft")
    at(widget, "fear", "to is")
    place.focus()
    widget.page.keyboard.press("ArrowRight")
    at(widget, "is", "fear fear")
    assert shown(widget)["shares"] == ["fear 2/2"] and place.get_attribute("aria-valuetext") == "8 of 10"


def test_a_word_is_chosen_by_click_and_by_keyboard_and_keeps_the_focus(widget):
    focused = "() => document.activeElement.innerText"
    widget.get_by_role("button", name="thing").click()
    at(widget, "thing", "the only we have")
    widget.get_by_role("button", name="we, context").focus()
    widget.page.keyboard.press("Enter")
    at(widget, "we", "only thing have to")
    assert widget.page.evaluate(focused) == "we"
    widget.page.keyboard.press("ArrowRight")
    at(widget, "have", "thing we to fear")
    assert widget.page.evaluate(focused) == "have"
    widget.page.keyboard.press("End")
    at(widget, "itself", "is fear")
    widget.page.keyboard.press("ArrowRight")  # there is none
    widget.page.keyboard.press("Home")
    at(widget, "the", "only thing")
    assert widget.locator(".sentence [aria-pressed=true]").all_inner_texts() == ["the"]


def test_another_sentence(widget):
    place, width = widget.get_by_role("slider").all()
    place.fill("10")
    width.fill("1")
    at(widget, "itself", "fear")
    box = widget.get_by_role("combobox")
    box.select_option(index=1)
    at(widget, "best", "last hope")
    box.select_option(index=2)  # a shorter one
    at(widget, "“quotes\"'", "<b>")
    assert widget.locator(".sentence .unknown").all_inner_texts() == ["unknown"]
    widget.get_by_role("button", name="</script>").click()
    at(widget, MARKUP, "と 平和")
    assert widget.locator("script, b b").count() == 0
    box.select_option(index=1)
    at(widget, "nobly", "shall save")
    assert "Loss: −log p(nobly | shall, save)" in widget.locator(".loss").inner_text()


def test_python_knows_what_the_page_shows_and_moves_it(notebook, cell):
    beside = notebook.output(1, drawn=0)
    explorer = explore(n=1)
    cell.get_by_role("slider").nth(1).fill("1")
    for sentence, word, context in ((1, "hope", "best of"), (0, "only", "the thing"), (1, "shall", "we nobly")):
        cell.get_by_role("combobox").select_option(index=sentence)
        cell.get_by_role("button", name=word).click()
        at(cell, word, context)
        position = SENTENCES[sentence].split().index(word)
        explorer.sentence, explorer.position = sentence, position
        beside.get_by_text(f"{sentence} {position} 1 {word} {explorer.loss:.5f}", exact=True).wait_for()
    cell.get_by_role("slider").nth(1).fill("4")  # then Python goes on by one word, with a window of 1
    at(cell, "nobly", "shall save")
    expect(cell.get_by_role("slider").nth(1)).to_have_value("1")


def test_without_a_kernel_the_still_picture_is_shown(notebook, cell):
    cell.get_by_role("combobox").select_option(index=1)
    cell.get_by_role("slider").nth(1).fill("1")
    cell.get_by_role("button", name="save").click()
    notebook.wait_for_saved(0, "nobly, or predict the target save")  # the picture follows what was last shown
    [picture] = [output for output in notebook.save().cells[0].outputs if "image/png" in output.get("data", {})]
    assert "nobly, or predict the target save" in picture.metadata["image/png"]["alt"]
    notebook.shut_down()
    cell.get_by_role("button", name="lose").click()  # the page needs no kernel
    at(cell, "lose", "meanly the")
    notebook.load()
    assert notebook.picture(0).evaluate("(image) => image.naturalWidth") == 1512
    notebook.page.get_by_text("nobly, or predict the target save").wait_for()  # JupyterLab shows no alt
    assert notebook.errors() == [] and notebook.blocked == []


def test_on_a_phone_all_fits_and_is_reached_by_thumb(browser, path):
    root, errors = open_file(browser, path, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    root.get_by_role("button", name="thing").tap()
    at(root, "thing", "the only we have")
    root.get_by_role("slider").nth(1).fill("5")
    at(root, "thing", "the only we have to fear is")
    root.get_by_role("combobox").select_option(index=2)
    at(root, MARKUP, "戦争 と 平和 <b> “quotes\"'")
    assert sideways(root.page, 390) <= 0
    assert all(button.bounding_box()["height"] >= 44 for button in root.locator(".sentence button").all())
    assert errors == [] and root.page.evaluate("() => window.broken") is None
    root.page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_are_large_and_stand_out(browser, path, scheme):
    root, _ = open_file(browser, path, color_scheme=scheme)
    texts = root.evaluate(
        """(root) => {
          const found = [], paper = getComputedStyle(root).backgroundColor;
          for (const one of root.querySelectorAll("*")) {
            if (![...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
            if (!one.checkVisibility() || one.closest("select")) continue;
            const style = getComputedStyle(one), own = style.backgroundColor;
            const canvas = new OffscreenCanvas(1, 1).getContext("2d");
            const rgb = (color) => {
              canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
              return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
            };
            found.push([one.textContent.slice(0, 20), parseFloat(style.fontSize), rgb(style.color),
                        rgb(own === "rgba(0, 0, 0, 0)" ? paper : own)]);
          }
          return found;
        }"""
    )

    def luminance(color):  # WCAG 2.2, relative luminance
        part = np.asarray(color) / 255
        return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]

    assert len(texts) > 40
    for text, size, ink, paper in texts:
        high, low = sorted((luminance(ink), luminance(paper)), reverse=True)
        assert size >= 14, text
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ink, paper)
    assert (luminance(texts[0][3]) < 0.05) == (scheme == "dark")
    root.page.context.close()


def test_a_page_of_its_own_holds_no_name_as_markup_and_no_address(path):
    text = path.read_text(encoding="utf-8")
    assert "window.broken" not in re.sub(r'alt="[^"]*"', "", text)
    assert html.unescape(re.search(r'alt="([^"]*)"', text)[1]) == explore(position=7).describe()
    assert not re.search(r"""(?:src|href|url|from|import)\s*[=(]?\s*["']?\s*(?:https?:)?//""", text)


def test_a_large_vocabulary_answers_too(browser, tmp_path):
    words = [*WORDS, *(f"word {i}" for i in range(8000 - len(WORDS)))]
    tables = np.random.default_rng(1).normal(scale=0.3, size=(2, 8000, 40)).astype(np.float32)
    explorer = explore_window(SENTENCES, words, *tables, position=3, n=5)
    root, _ = open_file(browser, explorer.to_html(tmp_path / "large.html"))
    found = root.locator(".bars tbody tr").all_inner_texts()
    assert [row.split("\t")[:3] for row in found] == [
        [f"{rank:,}", word, f"{p:.1%}"] for rank, word, p in explorer.ranking()
    ]
    assert root.locator(".heat span").count() == 40
    root.page.context.close()
