"""Where a heading of a chapter stands in the built site: Sphinx gives it an id of its own, so its pages are read."""

import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from embedviz.course.places import chapter_file


def chapter_links(site: str | Path, up: str = "../") -> Callable[[int, str], str]:
    """The links of a page that lies in a folder of the site, as `write_drills_page` wants them.

    Args:
        site: its folder, with a page for each chapter.
        up: from that page to this folder.

    Returns:
        (chapter from 1 to 4, heading as the notebook has it) → "../02_wikipedia_books.html#…". It raises ValueError
        where the chapter has no such heading, FileNotFoundError where the site has no such page.
    """

    @cache
    def ids(name: str) -> dict[str, str]:
        parser = _Headings()
        parser.feed((Path(site) / name).read_text(encoding="utf-8"))
        return {_letters(text): found for found, text in reversed(parser.found.items())}  # the first of equals

    def link(chapter: int, heading: str) -> str:
        name = chapter_file(chapter).with_suffix(".html").name
        if _letters(heading) not in ids(name):
            raise ValueError(f"{Path(site) / name} has no heading {heading!r}")
        return f"{up}{name}#{ids(name)[_letters(heading)]}"

    return link


def _letters(text: str) -> str:
    """What is left of a heading without its markup, however that is written."""
    return re.sub(r"[\W_]+", "", text)


class _Headings(HTMLParser):
    """Sphinx writes <h2>text<a class="headerlink" href="#id">#</a></h2>."""

    def __init__(self):
        super().__init__()
        self.found: dict[str, str] = {}  # id → text
        self._text = None  # of the heading that is open

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if re.fullmatch("h[1-6]", tag):
            self._text = ""
        elif self._text is not None and "headerlink" in (values.get("class") or ""):
            self.found[values["href"].removeprefix("#")] = self._text
            self._text = None

    def handle_endtag(self, tag):
        if re.fullmatch("h[1-6]", tag):
            self._text = None

    def handle_data(self, data):
        if self._text is not None:
            self._text += data
