"""Where in the chapters something is explained: the notebook of a chapter, its headings, and links to them."""

import functools
import json
import re
from pathlib import Path

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CHAPTERS = (1, 2, 3, 4)
_HEADING = re.compile(r"^(#{1,4}) (.+?)\s*$", re.MULTILINE)
# "*Core · 5 minutes*" of a section, not "*Write · optional · 4 minutes*" of an exercise in it.
_MINUTES = re.compile(r"^\*(?:[^·*\n]*, )?(core|optional) · (\d+) minutes", re.MULTILINE | re.IGNORECASE)


def chapter_file(chapter: int) -> Path | None:
    """The notebook of a chapter, 1 to 4; None where the chapters are not beside the package."""
    return next(iter(sorted(NOTEBOOKS.glob(f"0{chapter}_*.ipynb"))), None)


def headings(chapter: int) -> list[str]:
    """The headings of a chapter, in their order, without the number signs."""
    return [heading for _, heading in _HEADING.findall(_prose(chapter))]


def link(chapter: int, heading: str = "") -> str:
    """The relative link to a heading of a chapter as JupyterLab names it; "" where the chapters are not there.

    JupyterLab (4.6) opens a chapter that is not open yet at its top, for it looks for the heading before it is drawn; a
    second click leads there. Its other forms, #heading=… and #cell-id=…, do no better with the settings it comes with.
    """
    path = chapter_file(chapter)
    if path is None:
        return ""
    return path.name + (f"#{anchor(heading)}" if heading else "")


def heading_id(heading: str) -> str:
    """The id that JupyterLab gives a heading, which all links to headings of the workbook name."""
    return re.sub(r"[*`$]", "", heading).replace(" ", "-")


def anchor(heading: str) -> str:
    """The same as it stands in an address: parentheses would end a Markdown link."""
    return heading_id(heading).replace("(", "%28").replace(")", "%29")


def title(chapter: int) -> str:
    """A chapter's title, without its number; "chapter 1" where the chapters are not there."""
    first = next(iter(headings(chapter)), f"chapter {chapter}")
    return first.partition(" · ")[2] or first


def minutes(chapter: int) -> dict[str, int]:
    """{"core": …, "optional": …}: minutes of a chapter's sections, as they say themselves."""
    totals = {"core": 0, "optional": 0}
    for kind, number in _MINUTES.findall(_prose(chapter)):
        totals[kind.lower()] += int(number)
    return totals


@functools.cache
def cells(chapter: int) -> list[dict]:
    """The cells of a chapter's notebook, with their outputs as committed; none where the chapters are not there."""
    path = chapter_file(chapter)
    return [] if path is None else json.loads(path.read_text(encoding="utf-8"))["cells"]


@functools.cache
def _prose(chapter: int) -> str:
    prose = ("".join(cell["source"]) for cell in cells(chapter) if cell["cell_type"] == "markdown")
    unread = r"^```.*?^```|<!--.*?-->"  # code; and the lecture, which stands in comments, see publish/slides/reading.py
    return "\n\n".join(re.sub(unread, "", text, flags=re.DOTALL | re.MULTILINE) for text in prose)
