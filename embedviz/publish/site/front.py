"""The site's start page, made of what the README and the first notebook say: nothing is told twice."""

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from embedviz.course.places import heading_id
from embedviz.publish.site.sources import Chapter, links, read_notebook

START = "00_start_here"
WIDTH = 560  # pixels of a chapter's picture, twice what a card has

# A picture of the README for each chapter; one without gets the first of its own.
PICTURES = {
    "00_start_here": "explore_dark.png",
    "01_encodings": "airports.png",
    "02_wikipedia_books": "explore_books.png",
    "03_cbow": "window.png",
    "04_two_tower": "recommend_films.png",
    "05_interview": "drill.png",
}

# In the side menu, where a page's own title does not say what it is.
MENU = {"symbols": "Symbols: one letter, one meaning"}

# What a way through is, by how its heading begins.
WAYS = {
    "To learn": "a chapter an evening, with predictions, exercises, and cards that come back.",
    "To teach": "what to show from the chapters, minute by minute.",
    "To pass": "derivations, drills, and an hour of questions before Friday.",
}

DRILLS = (
    '<p><a href="drills/index.html">The drills on your phone</a>: all cards, which come back when you are about to '
    "forget them, without a network after the first visit.</p>"
)

_ROW = re.compile(r"^\|[^|]*\| \[[^\]]*\]\(notebooks/([^)]+)\.ipynb\) \| (.+?) \|$", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\]]*)\]\(images/([^)]+)\)")
_INDEX = re.compile(r"^- .*\]\(#.*\n?", re.MULTILINE)  # links to parts of the README itself
_TOP = re.compile(r"<figure class='ev-living'.*?</figure>", re.DOTALL)


def write_front(
    readme: Path,
    notebooks: Path,
    chapters: Sequence[Chapter],
    others: Sequence[str],
    sources: Path,
    extra: Path,
    repository: str | None,
    drills: bool = False,
    slides: Mapping[str, str] | None = None,
) -> None:
    """Write index.md.

    Args:
        readme: README.md of the workbook, with its images beside it.
        notebooks: folder of the chapters.
        chapters: as written, in their order.
        others: stems of the pages in Markdown.
        sources: folder for what Sphinx reads, where the chapters are.
        extra: folder for what is copied as it is.
        repository: address of its files, see `sources.links`.
        drills: whether the site has the page of the drills, drills/index.html.
        slides: {stem of a chapter: address of its lecture}.

    Raises:
        ValueError: the README lacks a section that the page is made of.
    """
    text = readme.read_text(encoding="utf-8")
    promise = text.partition("\n## ")[0].partition("\n")[2]
    promise = _INDEX.sub("", _IMAGE.sub("", promise)).strip()
    able, alts = dict(_ROW.findall(text)), {name: alt for alt, name in _IMAGE.findall(text)}
    cards = "\n".join(_card(chapter, able, alts, readme.parent / "images", extra) for chapter in chapters)
    toctrees = [("Chapters", [chapter.stem for chapter in chapters]), ("To look up", [_entry(one) for one in others])]
    parts = [
        "# embedviz",
        links(promise, repository),
        _living(chapters, sources),
        "## Three ways through",
        _ways(notebooks / f"{START}.ipynb"),
        DRILLS if drills else "",
        _lectures(chapters, slides or {}),
        "## The chapters",
        f'<div class="ev-cards">\n{cards}\n</div>',
        "## On your own computer",
        "Here you read, and play with what runs in the page. To run the chapters, solve the exercises and train the "
        "models, you need the workbook itself.",
        links(section(text, "Start"), repository),
        "## Credit",
        links(section(text, "Credit"), repository),
        *(
            f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(stems) + "\n```"
            for caption, stems in toctrees
            if stems
        ),
    ]
    (sources / "index.md").write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def _entry(stem: str) -> str:
    return f"{MENU[stem]} <{stem}>" if stem in MENU else stem


def section(text: str, heading: str) -> str:
    """What stands under a heading "## …" of a Markdown text.

    Raises:
        ValueError: there is no such heading.
    """
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if not found:
        raise ValueError(f"the README has no section {heading!r}, of which the site's start page is made")
    return found[1].strip()


def _living(chapters: Sequence[Chapter], sources: Path) -> str:
    """The first living widget of the chapters, which has been written there."""
    for chapter in chapters:
        if chapter.widgets:
            written = read_notebook(sources / f"{chapter.stem}.ipynb")
            outputs = (
                "".join(o.get("data", {}).get("text/html", "")) for c in written.cells for o in c.get("outputs", ())
            )
            top = next(found[0] for output in outputs if (found := _TOP.search(output)))
            words = "Search a name, draw a lasso around a cluster, change the color. " if chapter.stem == START else ""
            return f"**Try it.** {words}It runs in this page.\n\n{top}"
    return ""


def _ways(notebook: Path) -> str:
    """Links to the ways through, as the first notebook has them, with some words of ours."""
    text = "\n\n".join(cell.source for cell in read_notebook(notebook).cells if cell.cell_type == "markdown")
    found = re.findall(r"^### (To .+)", section(text, "Three ways through"), re.MULTILINE)
    if not found:
        raise ValueError(f"{notebook}: its section 'Three ways through' has no heading '### To …'")
    told = []
    for heading in found:
        words = next((f": {words}" for start, words in WAYS.items() if heading.startswith(start)), "")
        told.append(f"- [**{heading}**](<{notebook.name}#{heading_id(heading)}>){words}")
    return "\n".join(told)


def _lectures(chapters: Sequence[Chapter], slides: Mapping[str, str]) -> str:
    """A line of links to the lectures."""
    named = [f'<a href="{slides[one.stem]}">{html.escape(one.title)}</a>' for one in chapters if one.stem in slides]
    return f"<p>The lectures, as slides: {'; '.join(named)}.</p>" if named else ""


def _card(chapter: Chapter, able: dict[str, str], alts: dict[str, str], images: Path, extra: Path) -> str:
    """A chapter's link with its picture and what one comes out able to, as one line of HTML."""
    picture, alt = _picture(chapter, alts, images, extra)
    image = f'<img src="{picture}" alt="{html.escape(alt, quote=True)}" loading="lazy">' if picture else ""
    words = html.escape(able.get(chapter.stem, ""))
    told = f"<p>You come out able to {words}.</p>" if words else ""
    return (
        f'<a class="ev-card" href="{chapter.stem}.html">{image}<strong>{html.escape(chapter.title)}</strong>{told}</a>'
    )


def _picture(chapter, alts, images, extra):
    name = PICTURES.get(chapter.stem)
    if name is not None and (images / name).is_file():
        target = extra / "pictures" / "start" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        image = Image.open(images / name).convert("RGB")
        image.thumbnail((WIDTH, WIDTH * 10))
        image.quantize(128).save(target, optimize=True)
        return f"pictures/start/{name}", alts.get(name, "")
    own = sorted((extra / "pictures" / chapter.stem).glob("*.png"))
    return (f"pictures/{chapter.stem}/{own[0].name}", f"A picture of {chapter.title}") if own else ("", "")
