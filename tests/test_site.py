"""The site as it is built from the committed chapters: complete, up to date, at home in its folder alone."""

import html
import json
import os
import re
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pandas as pd
import pytest
from accessibility import hindrances
from site_folder import Reader, build, formulas, served
from visiting import sideways, visiting

from embedviz.publish.colab import SETUP
from embedviz.publish.pages import current, pages_of
from embedviz.publish.site import loads_from_outside, stale
from embedviz.publish.site.glossary import with_terms
from embedviz.publish.site.launch import launching
from embedviz.publish.site.living import VIEW
from embedviz.publish.site.sources import links, without_comments, write_chapter
from embedviz.publish.tables import tidy

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
ALL = sorted(NOTEBOOKS.glob("*.ipynb"))
START = NOTEBOOKS / "00_start_here.ipynb"
NAMES = ["index", *(path.stem for path in ALL), *(path.stem for path in sorted(NOTEBOOKS.glob("*.md"))), "search"]
NAMES.append("drills/index")
ALIKE = ("01_encodings", "02_wikipedia_books", "04_two_tower")  # in the dark, chapter 3 stands for all
LIMIT = 60e6  # bytes


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, with what pages of widgets a run of the chapters has left here, and one that is always there."""
    folder = tmp_path_factory.mktemp("site")
    for notebook in ALL:
        _copy_pages(notebook, ROOT / "build/pages", folder / "pages")
    _small_page(folder / "pages" / START.stem)
    done = build(folder / "site", folder / "pages")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def _copy_pages(notebook: Path, pages: Path, folder: Path) -> None:
    """A notebook's pages, if they are complete: another process of this test run may be making them just now."""
    copy = pages_of(notebook, folder)
    try:
        if current(notebook, pages):
            shutil.copytree(pages_of(notebook, pages), copy)
    except (shutil.Error, FileNotFoundError):
        pass
    if not current(notebook, pages):
        shutil.rmtree(copy, ignore_errors=True)


def _small_page(folder: Path) -> None:
    """A page for the map of the first notebook, with few points, that says what the notebook says of its widget."""
    import numpy as np

    from embedviz.space import EmbeddingTable
    from embedviz.widgets import explore

    [cell] = [one for one in code_cells(START) if any("image/png" in output.get("data", {}) for output in one.outputs)]
    words = next("".join(output.data["text/plain"]) for output in cell.outputs if "image/png" in output.data)
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"book {i}" for i in range(40)]
    table = EmbeddingTable(names, np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32))
    widget = explore(table, projection="pca", title="Forty books")
    path = widget.to_html(folder / f"{cell.execution_count}-0.html")
    widget.close()
    path.with_suffix(".json").write_text(json.dumps({"title": "Forty books", "description": words}))


def code_cells(notebook: Path) -> list:
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def prose(path: Path) -> str:
    """What a page's source has of text: prose, and what its cells have said, in Markdown or HTML."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    data = [output.get("data", {}) for cell in cells for output in cell.get("outputs", ())]
    said = ["".join(one.get(kind, "")) for one in data for kind in ("text/markdown", "text/html")]
    return "\n\n".join([*(cell.source for cell in cells if cell.cell_type == "markdown"), *said])


def test_each_chapter_and_widget_has_its_page_and_is_not_older_than_its_notebook(site):
    assert stale(site, NOTEBOOKS) == []
    for notebook in ALL:
        title = re.search(r"^# (.+)", prose(notebook), re.MULTILINE)[1]
        page = Reader(site / f"{notebook.stem}.html")
        assert re.sub(r"[*`]", "", title) in "".join(page.text)
        shown = [cell for cell in code_cells(notebook) if "test" not in cell.metadata.get("tags", ())]
        pictures = sum("image/png" in output.get("data", {}) for cell in shown for output in cell.outputs)
        assert sum("pictures/" in image["src"] for image in page.images) == pictures
        living = {Path(link).name for link in page.links if link.startswith("widgets/")}
        assert living == {path.name for path in (site.parent / "pages" / notebook.stem).glob("*.html")}


def test_what_is_missing_or_older_is_named(site, tmp_path):
    shutil.copytree(site, tmp_path / "site", copy_function=os.link)
    shutil.copytree(NOTEBOOKS, tmp_path / "notebooks")
    copy, notebooks = tmp_path / "site", tmp_path / "notebooks"
    (notebooks / "06_new.ipynb").write_text("{}")
    (notebooks / "symbols.md").write_text("# Another\n")
    widget = next((copy / "widgets").rglob("*.html"))
    widget.unlink()
    assert stale(copy, notebooks) == [
        "06_new.ipynb has no page 06_new.html",
        "symbols.html is older than symbols.md",
        f"the widget {widget.relative_to(copy).as_posix()} is missing",
    ]
    (copy / "made.json").unlink()
    assert stale(copy, notebooks) == [f"{copy} holds no complete site: `make site` builds it"]


def test_links_lead_somewhere_and_ids_are_unique(site):
    pages = {path.name: Reader(path) for path in site.glob("*.html")}
    wrong = []
    for name, page in pages.items():
        wrong += [f"{name}: id {one} {times} times" for one, times in page.ids.items() if times > 1]
        for link in page.links:
            address = urlsplit(link)
            if address.scheme or link.startswith("//"):
                continue
            target = unquote(address.path) or name
            if not (site / target).exists():
                wrong.append(f"{name}: no file for {link}")
            elif address.fragment and target in pages and unquote(address.fragment) not in pages[target].ids:
                wrong.append(f"{name}: no place for {link}")
    assert wrong == []


def test_every_image_is_described(site):
    for path in site.glob("*.html"):
        without = [image["src"] for image in Reader(path).images if not image.get("alt", "").strip()]
        assert not without, f"{path.name}: no alt text: {without}"


def test_a_reader_sees_no_test_cells_and_nothing_for_the_lecturer(site):
    for notebook in ALL:
        page = (site / f"{notebook.stem}.html").read_text(encoding="utf-8")
        assert not re.search(r"<!--\s*(notes|slide|ask)\b", page)
        tests = [cell.source for cell in code_cells(notebook) if "test" in cell.metadata.get("tags", ())]
        text = "".join(Reader(site / f"{notebook.stem}.html").text)
        assert not [source for source in tests if source.splitlines()[0] in text]
        assert VIEW not in page and "embedviz-live" not in page


def test_what_a_cell_says_of_the_computer_that_ran_it_is_no_news_for_a_reader(site):
    for stem, foreign in (("00_start_here", "free memory"), ("05_interview", "Seen at least once")):
        said = json.dumps([cell.outputs for cell in code_cells(NOTEBOOKS / f"{stem}.ipynb")])
        text = "".join(Reader(site / f"{stem}.html").text)
        assert foreign in said and foreign not in text and "your own computer" in text


def test_who_cannot_answer_here_is_shown_the_help_and_told_where_to_answer(site):
    asked = 0
    for notebook in ALL:
        cells, page = code_cells(notebook), (site / f"{notebook.stem}.html").read_text(encoding="utf-8")
        text = "".join(Reader(site / f"{notebook.stem}.html").text)
        exercises = [cell for cell in cells if re.search(r"^exercise\(", cell.source, re.MULTILINE)]
        assert "Write your answer first" not in text and "A still picture: with the notebook" not in text
        assert text.count("To have your answer checked, open this chapter in JupyterLab (how)") == len(exercises)
        assert page.count("<summary>Hint 1 of ") >= len(exercises)
        said = ["".join(output.get("data", {}).get("text/markdown", "")) for cell in cells for output in cell.outputs]
        for name, what in re.findall(r"^\*(.+?)\* came out: \*\*(.+)\*\*\.$", "\n".join(said), re.MULTILINE):
            predicted = [one for one in cells if f'prediction("{name}"' in one.source]
            shown = re.findall(rf"What came out</summary><p>{re.escape(html.escape(what))}</p>", page)
            assert len(shown) >= len(predicted), name
            asked += len(predicted)
    assert asked > 5


def test_a_table_of_pandas_gets_one_row_of_headings_and_whole_numbers():
    frame = pd.DataFrame({"log loss": [0.512, -1.0], "verdict": ["ahead by 3", "level"]}, index=["one", "two"])
    frame.index.name = "method"
    for text in (frame.to_html(), frame.style.format(precision=3).to_html()):
        head, body = tidy(text).split("</thead>")
        assert head.count("<tr") == 1 and re.findall(r"<th[^>]*>([^<]+)</th>", head) == [
            "method",
            "log loss",
            "verdict",
        ]
        assert re.findall(r"<td data-number[^>]*>([^<]+)</td>", body) == ["0.512", "-1.000"]
        assert tidy(tidy(text)) == tidy(text)
    two = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])).to_html()
    assert tidy(two).count("<tr") == two.count("<tr")  # two rows that both say something stay
    for number in ("−0.02 to 0.13", "[1.5, 2]", "14.9%", "1,682", "3 of 43"):
        assert "data-number" in tidy(f"<td>{number}</td>")
    for other in ("A3", "3 films", "2-D", ""):
        assert "data-number" not in tidy(f"<td>{other}</td>")


def test_only_lists_of_terms_become_glossaries():
    text = with_terms("## A\n\n- **ALS** (one, two): what it is. [x](y)\n- **b**: c.\n\n- no term\n")
    assert text == "## A\n\n```{glossary}\nALS\none\ntwo\n  what it is. [x](y)\n\nb\n  c.\n\n```\n\n- no term\n"


def test_slides_and_drills_are_at_hand_on_every_page(site):
    lectures = {f"slides/{path.stem}.html" for path in ALL if "<!-- slide" in path.read_text(encoding="utf-8")}
    assert len(lectures) == 4 and all((site / one).is_file() for one in lectures)
    for path in site.glob("*.html"):
        page = Reader(path)
        text = "".join(page.text)
        assert {*lectures, "drills/index.html"} <= set(page.links), path.name
        assert text.count("The embedviz founders") == 1 and "Symbols: one letter, one meaning" in text
        if (own := f"slides/{path.name}") in lectures:
            assert page.links.count(own) == 2, path.name  # in the menu, and below the heading


def test_it_is_small_and_loads_nothing_from_elsewhere(site):
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) <= LIMIT
    assert loads_from_outside(site) == []


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.html", '<script src="https://cdn.example/x.js"></script>'),
        ("a.html", '<img srcset="small.png 1x, //cdn.example/x.js 2x">'),
        ("a.html", '<link rel="stylesheet" href="//cdn.example/x.js">'),
        ("a.html", "<style>a { background: url('https://cdn.example/x.js') }</style>"),
        ("a.html", '<p style="background: url(https://cdn.example/x.js)">'),
        ("a.html", '<script type="module">import x from "https://cdn.example/x.js"</script>'),
        ("a.css", '@import "https://cdn.example/x.js";'),
        ("a.js", "const x = await import('https://cdn.example/x.js')"),
    ],
)
def test_what_would_be_loaded_from_elsewhere_is_found(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    [found] = loads_from_outside(tmp_path)
    assert found.startswith(f"{name}: ") and found.endswith("//cdn.example/x.js")
    (tmp_path / name).write_text('<a href="https://example.org">a link</a> <link rel="canonical" href="https://x.org">')
    assert loads_from_outside(tmp_path) == []


@pytest.fixture
def small(tmp_path):
    """A workbook of one notebook; called as small(text), it gives its cell this text."""
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "LICENSE", tmp_path)
    readme = "# Small\n\nA promise.\n\n## Start\n\nRun it.\n\n## Credit\n\nTo [all](LICENSE).\n"
    (tmp_path / "README.md").write_text(readme)

    def write(text: str) -> Path:
        ways = "# Start\n\n## Three ways through\n\n### To learn it\n\nRead.\n\n"
        cells = [
            nbformat.v4.new_markdown_cell(ways + text),
            nbformat.v4.new_code_cell("1 + 1", execution_count=1),
        ]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / START.name)
        return tmp_path

    return write


def test_with_a_repository_chapters_open_elsewhere_and_without_one_nothing_is_promised(small, site):
    root = small("A [script](../tests/x.py), and `[no](link.md)`.")
    address = "https://github.com/nobody/nothing"
    options = ["--notebooks", str(root / "notebooks"), "--repository", f"{address}.git", "--branch", "try"]
    binder, colab = "https://mybinder.org/", "https://colab.research.google.com/"
    for more, opened in (([], []), (["--site-branch", "pages"], [f"{colab}github/nobody/nothing/blob/pages/colab/"])):
        done = build(root / "site", root / "pages", *options, *more)
        assert done.returncode == 0, done.stderr
        links = Reader(root / "site" / f"{START.stem}.html").links
        assert f"{binder}v2/gh/nobody/nothing/try?urlpath=lab/tree/notebooks/{START.name}" in links
        assert f"{address}/blob/try/tests/x.py" in links
        assert {link for link in links if link.startswith(colab)} == {f"{one}{START.name}" for one in opened}
    [first, second] = code_cells(root / "site" / "colab" / START.name)  # what Colab finds there installs what it needs
    assert first.id == SETUP and f"{address}/archive/refs/heads/try.zip" in first.source and second.source == "1 + 1"
    elsewhere = binder, colab
    assert not (site / "colab").exists()
    for path in site.glob("*.html"):
        assert not [link for link in Reader(path).links if link.startswith(elsewhere)]  # the text may name them


@pytest.mark.parametrize("repository", ["github.com/a/b", "https://example.org/a/b", "https://github.com/a"])
def test_an_address_that_no_button_can_open_is_named(repository):
    with pytest.raises(ValueError, match=re.escape(repository)):
        launching(repository, "main")


def test_a_link_that_leads_nowhere_stops_the_build_and_the_site_before_stays(small):
    root = small("See [there](nowhere.md).")
    (root / "site").mkdir()
    (root / "site" / "index.html").write_text("before")
    done = build(root / "site", root / "pages", "--notebooks", str(root / "notebooks"))
    assert done.returncode == 1 and "nowhere.md" in done.stderr and "Traceback" not in done.stderr
    assert (root / "site" / "index.html").read_text() == "before"
    assert sorted(path.name for path in root.iterdir()) == ["LICENSE", "README.md", "notebooks", "site"]


def test_a_notebook_that_has_not_been_executed_is_named(small, tmp_path):
    path = small("") / "notebooks" / START.name
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].execution_count = None
    nbformat.write(notebook, path)
    with pytest.raises(ValueError, match=f"{notebook.cells[1].id}.*has not been executed"):
        write_chapter(path, tmp_path, tmp_path, tmp_path)


def test_comments_go_and_code_stays():
    text = "a\n<!-- notes 2 min\nhidden\n```\nhidden\n```\n-->\nb `<!-- code -->`\n```\n<!-- code -->\n```\n"
    assert without_comments(text) == "a\nb `<!-- code -->`\n```\n<!-- code -->\n```\n"


def test_links_lead_to_pages_or_to_the_repository_or_are_words():
    text = "[a](02_x.ipynb#b) [c](notebooks/d.md) [`e`](../tests/e.py) [f](https://f.org) ![g](g.png)"
    assert links(text, None) == "[a](02_x.ipynb#b) [c](d.md) `e` [f](https://f.org) ![g](g.png)"
    assert "[`e`](https://x/tests/e.py)" in links(text, "https://x")


@pytest.fixture(scope="module", params=["file, laptop", "loopback, phone"])
def where(site, request):
    """(the address of the site, options of `visiting`): a double click, or a server and a dark phone."""
    if request.param.startswith("file"):
        yield f"{site.as_uri()}/", {"kept": {}}
        return
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}
    with served(site) as address:
        yield address, {"settings": phone, "kept": {}}


@pytest.fixture
def place(where, browser):
    """Gives open(page, script=None, **options of the context): see `visiting`."""
    address, options = where
    with visiting(browser, (address, "data:", "blob:"), **options) as visit:
        yield lambda name, *script, **more: visit(f"{address}{name}", *script, **more)


# What is wrong with a page that has been scrolled through: nothing here may be empty or stand out.
FEW = """() => {
  for (const kind of ["pre", "table", "mjx-container"])
    [...document.querySelectorAll(kind)].slice(5).forEach((one) => one.remove());
}"""  # of what comes again and again, axe-core takes a minute to say the same
LOOK = """async () => {
  const wrong = [], pause = () => new Promise((done) => setTimeout(done, 50));
  const until = async (true_, what) => {
    for (const end = Date.now() + 240000; !true_();) if (Date.now() > end) return wrong.push(what); else await pause();
  };
  if (window.MathJax) await window.MathJax.startup.promise;
  for (const figure of document.querySelectorAll("figure")) {
    figure.scrollIntoView({ block: "center" });
    const image = figure.querySelector(":scope > img");
    if (figure.matches(".ev-living")) {
      await until(() => figure.matches(".ev-drawn"), `${figure.id} was not drawn`);
      const { width, height } = figure.querySelector("iframe").getBoundingClientRect();
      if (width < 200 || height < 100) wrong.push(`${figure.id}: a frame of ${width} × ${height}`);
    } else {
      await until(() => image.complete && image.naturalWidth > 0, `${image.src} is empty`);
      const small = image.clientWidth / image.getAttribute("width");
      if (image.checkVisibility() && small < 0.58) wrong.push(`the words in ${image.src} cannot be read: × ${small}`);
    }
  }
  for (const bad of document.querySelectorAll("mjx-merror, [data-mjx-error]")) wrong.push(`formula ${bad.textContent}`);
  const marked = document.querySelectorAll("span.math, div.math").length;
  const drawn = document.querySelectorAll("mjx-container").length;
  if (drawn < marked) wrong.push(`${drawn} of ${marked} formulas drawn`);
  const around = (one) => !one || /auto|scroll/.test(getComputedStyle(one).overflowX) ? one : around(one.parentElement);
  let wide = 0;
  for (const formula of document.querySelectorAll("article mjx-container")) {
    const svg = formula.querySelector("svg"), box = around(svg), drawn = svg.getBoundingClientRect().width;
    if (!formula.checkVisibility() || drawn <= (box ?? document.body).clientWidth + 1) continue;
    if (box.matches(".ev-wide") ? getComputedStyle(box).backgroundImage === "none" : !box.matches(":has(table)"))
      wrong.push(`no hint that more follows: ${formula.textContent.slice(0, 80)}`);
    wide += 1;
  }
  if (wide && innerWidth > 1000) wrong.push(`${wide} formulas are wider than the column`);
  for (const one of document.querySelectorAll("article :is(a[href], button, summary, input, select)"))
    if (one.tabIndex < 0 && one.checkVisibility()) wrong.push(`no key reaches ${one.outerHTML.slice(0, 80)}`);
  return [wrong, drawn];
}"""


@pytest.mark.browser
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole(place, site, name):
    page = place(f"{name}.html")
    wrong, drawn = page.evaluate(LOOK)
    assert wrong == [] and page.problems == []
    for frame in page.frames:
        aside = sideways(frame)
        assert aside <= 0, f"{frame.url} scrolls {aside} pixels sideways"
    source = next((path for path in NOTEBOOKS.glob(f"{name}.*")), None)
    if source is not None:
        assert drawn == formulas(prose(source)), f"{drawn} formulas are drawn"
    if name not in ALIKE or page.viewport_size["width"] > 1000:
        page.evaluate(FEW)
        assert hindrances(page.locator("body")) == []


@pytest.mark.browser
@pytest.mark.parametrize(
    "asked, term, stem",
    [("logQ", "logQ", "04_two_tower"), ("skip-gram", "skip-gram", "03_cbow"), ("Adagrad", "Adagrad", "02_wikipedia")],
)
def test_the_search_finds_a_term_and_its_chapter(place, asked, term, stem):
    page = place(f"search.html?q={asked}")
    page.locator("#search-results li a[href*='glossary.html#term-']", has_text=re.compile(f"^{term}$")).wait_for()
    page.locator(f"#search-results li a[href*='{stem}']").first.wait_for()
    assert page.problems == []


# As Safari does it: what one reads is not held in its place by the browser.
NO_ANCHORING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { overflow-anchor: none !important; }");
  document.adoptedStyleSheets = [sheet];
}"""
BELOW = """() => [...document.querySelectorAll("article :is(h2, h3)")].find((one) =>
  document.querySelector("figure.ev-living").compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)"""


@pytest.mark.browser
def test_a_link_below_a_figure_leads_there_without_scroll_anchoring(place):
    page = place(f"{START.stem}.html", NO_ANCHORING)
    name = page.evaluate(f"() => ({BELOW})().closest('section').id")
    page.goto(f"{page.url}#{name}")
    page.reload()
    figure = page.locator("figure.ev-living")
    figure.evaluate("(one) => { one.style.paddingTop = '2000px'; }")  # whether or not it is near enough to come to life
    off = f"() => Math.abs(document.getElementById({name!r}).getBoundingClientRect().top - {{}}) < 3"
    page.wait_for_function(
        "(name) => { const { top } = document.getElementById(name).getBoundingClientRect();"
        " return top > -3 && top < innerHeight / 3; }",
        arg=name,
    )
    page.mouse.move(500 if page.viewport_size["width"] > 500 else 200, 400)
    page.mouse.wheel(0, 150)  # from here on the reader has the say
    page.wait_for_function("(name) => document.getElementById(name).getBoundingClientRect().top < -20", arg=name)
    page.evaluate("() => new Promise((done) => setTimeout(done, 500))")  # until the wheel stands still
    top = page.evaluate("(name) => document.getElementById(name).getBoundingClientRect().top", name)
    figure.evaluate("(one) => { one.style.paddingTop = '3000px'; }")
    page.wait_for_function(off.format(top))
    assert page.problems == []


@pytest.mark.browser
def test_a_figure_comes_to_life_when_it_is_near_and_takes_the_pages_theme(place, site):
    page = place(f"{START.stem}.html")
    figure, other = page.locator("figure.ev-living"), page.locator("html")
    assert other.evaluate("() => scrollY") == 0
    if figure.evaluate("(figure) => figure.getBoundingClientRect().top - innerHeight") > 700:
        assert figure.locator("iframe").count() == 0 and figure.locator("img").is_visible()
    figure.scroll_into_view_if_needed()
    page.locator("figure.ev-drawn").wait_for()
    assert not figure.locator("img").is_visible()
    inner = figure.locator("iframe").content_frame
    assert inner.locator("html").get_attribute("data-theme") == page.locator("html").get_attribute("data-theme")
    for theme in ("dark", "light"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        inner.locator(f"html[data-theme={theme}]").wait_for()
    assert page.problems == []


@pytest.mark.browser
def test_a_link_restores_a_view_and_the_address_follows_what_is_done(place):
    page = place(f"{START.stem}.html#forty-books?selected=book%203")
    page.locator("#forty-books.ev-drawn").wait_for()
    page.wait_for_function(
        "() => Math.abs(document.getElementById('forty-books').getBoundingClientRect().top) < innerHeight"
    )
    box = page.locator("#forty-books iframe").content_frame.get_by_placeholder("Search").first
    frame = box.page.frames[-1]
    frame.wait_for_function("() => document.querySelector('input[type=search]')?.value === 'book 3'")
    box.fill("book 7")
    box.press("Enter")
    page.wait_for_function("() => location.hash === '#forty-books?selected=book%207'")
    page.evaluate("() => { location.hash = '#forty-books?selected=book%205'; }")
    frame.wait_for_function("() => document.querySelector('input[type=search]').value === 'book 5'")
    page.evaluate("() => { location.hash = '#forty-books?selected=%&epoch=x'; }")  # means nothing, and does no harm
    assert page.problems == []


@pytest.mark.browser
def test_without_scripts_the_still_picture_and_its_words_are_there(place):
    page = place(f"{START.stem}.html", java_script_enabled=False)
    figure = page.locator("figure.ev-living")
    assert figure.locator("img").is_visible() and figure.locator("img").get_attribute("alt")
    figure.get_by_text("In words").click()
    assert "War and Peace" in figure.inner_text() and figure.get_by_text("Open alone").is_visible()


@pytest.mark.browser
def test_tab_reaches_every_control_of_the_start_page(place):
    page = place("index.html")
    page.evaluate(LOOK)
    wanted = page.evaluate(
        """() => { window.scrollTo(0, 0); window.seen = new Set();
          document.addEventListener("focusin", ({ target }) => seen.add(target));
          window.wanted = [...document.querySelectorAll("a[href], button, input, summary, iframe")]
            .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("dialog, [inert]")
              && one.tabIndex >= 0);
          return wanted.length; }"""
    )
    left = """() => { seen.add(document.activeElement); // into a frame no event tells of it
      return wanted.filter((one) => !seen.has(one)).map((one) => one.outerHTML.slice(0, 120)); }"""
    for _ in range(3 * wanted + 100):  # the widget has controls of its own
        page.keyboard.press("Tab")
        if not (missed := page.evaluate(left)):
            break
    assert missed == []
