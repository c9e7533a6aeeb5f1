"""Nothing on a page may be loaded from elsewhere: who opens it by double click has no network, and owes nobody a visit.

Links that a reader clicks are no matter. What scripts would ask for at run time shows in a browser alone: the tests
open each page with every other host blocked.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

_OUTSIDE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_CSS = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)
_SCRIPT = re.compile(
    r"""(?:\bimport\s*\(?\s*|\bfrom\s*|importScripts\(\s*)["'`]((?:https?:)?//[^"'`]+)""", re.IGNORECASE
)
_CLICKED = {("a", "href"), ("form", "action")}
_SAID = {"canonical", "license", "author", "next", "prev", "search", "index"}  # a <link> that loads nothing


def loads_from_outside(folder: Path) -> list[str]:
    """What the HTML, CSS and JavaScript files in a folder would load from another place, each with its file."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".html", ".css", ".js", ".mjs"):
            text = path.read_text(encoding="utf-8", errors="replace")
            if path.suffix == ".html":
                addresses = _in_html(text)
            else:
                addresses = (_CSS if path.suffix == ".css" else _SCRIPT).findall(text)
            found += [f"{path.relative_to(folder)}: {address}" for address in addresses]
    return found


def _in_html(text: str) -> list[str]:
    parser = _Loads()
    parser.feed(text)
    return parser.found


class _Loads(HTMLParser):
    """Addresses elsewhere that elements load: sources, style sheets, styles, scripts in the page."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []
        self._in = ""

    def handle_starttag(self, tag, attributes):
        self._in = tag
        told = dict(attributes)
        for name, value in attributes:
            if name == "style":
                self.found += _CSS.findall(value or "")
            elif name == "srcset":
                self.found += [one.split()[0] for one in (value or "").split(",") if _OUTSIDE.match(one.strip())]
            elif name in ("src", "href", "data", "poster", "action") and _OUTSIDE.match(value or ""):
                said = tag == "link" and set((told.get("rel") or "").split()) <= _SAID
                if (tag, name) not in _CLICKED and not said:
                    self.found.append(value)

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        if self._in == "style":
            self.found += _CSS.findall(data)
        elif self._in == "script":
            self.found += _SCRIPT.findall(data)
