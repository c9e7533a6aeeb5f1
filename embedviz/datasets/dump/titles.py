"""What the text of a link means: an article, a section of it, a file, a category, a page of another wiki."""

import html
import re
import urllib.parse
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.parsers import expat

from embedviz.datasets.wikipedia import NOT_TOPICS

#: Namespaces by their lower-cased names, as English Wikipedia has them; a dump adds those in its own language.
NAMESPACES: Mapping[str, int] = {
    "media": -2,
    "special": -1,
    "talk": 1,
    "user": 2,
    "user talk": 3,
    "wikipedia": 4,
    "wp": 4,
    "project": 4,
    "wikipedia talk": 5,
    "wt": 5,
    "project talk": 5,
    "file": 6,
    "image": 6,
    "file talk": 7,
    "image talk": 7,
    "mediawiki": 8,
    "mediawiki talk": 9,
    "template": 10,
    "template talk": 11,
    "help": 12,
    "help talk": 13,
    "category": 14,
    "category talk": 15,
    "portal": 100,
    "portal talk": 101,
    "book": 108,
    "draft": 118,
    "draft talk": 119,
    "timedtext": 710,
    "module": 828,
    "module talk": 829,
}
KINDS = ("article", "section", "file", "category", "namespace", "interwiki")
FILE, CATEGORY, TEMPLATE = 6, 14, 10
INTERWIKI = NOT_TOPICS["sister projects"] | NOT_TOPICS["languages"]
TITLE_BYTES = 255  # MediaWiki's bound
_NO_TITLE = re.compile(r"[<>\[\]{}|\x00-\x1f\x7f\ufffd\ud800-\udfff]")


def read_namespaces(head: bytes) -> dict[str, int]:
    """`NAMESPACES` and those of a dump, {lower-cased name: number}, from what comes before its first page."""
    found = dict(NAMESPACES)
    for tag in re.findall(rb"<namespace\b[^<>]*>[^<>]*</namespace>", head):
        try:
            element = ElementTree.fromstring(tag)
            found[tidy_title(element.text or "").lower()] = int(element.get("key", ""))
        except (ElementTree.ParseError, expat.ExpatError, ValueError):
            continue  # a name that we do not know leaves a link an article
    return {name: number for name, number in found.items() if name}


def tidy_title(text: str) -> str:
    """A title with underscores and runs of white space as one space, none at its ends."""
    return " ".join(text.replace("_", " ").split())


def as_title(text: str) -> str:
    """A title as MediaWiki keeps it: `tidy_title`, the first letter a capital."""
    text = tidy_title(text)
    first = text[:1].upper()
    return first + text[1:] if len(first) == 1 else text


def template_name(text: str) -> str:
    """A template's name for comparison: "infobox book" for "Template:Infobox_Book", whatever its case and spaces."""
    name = tidy_title(text).removeprefix(":").lower()
    prefix, colon, rest = name.partition(":")
    return rest.strip() if colon and prefix.strip() == "template" else name


def read_link(text: str, own_title: str, namespaces: Mapping[str, int]) -> tuple[str, str, str] | None:
    """Where a link leads.

    Args:
        text: what stands in [[…]] before a "|".
        own_title: of the page that it stands on.
        namespaces: see `read_namespaces`.

    Returns:
        (title, section, kind), the section "" if it names none, the kind one of `KINDS`: "section" is one of the page's
        own. None if MediaWiki would make no link of it.
    """
    text = html.unescape(text)
    if "%" in text:
        text = urllib.parse.unquote(text, errors="replace")
    before, _, section = text.strip().partition("#")
    section, before = tidy_title(section), tidy_title(before).removeprefix(":").strip()
    if _NO_TITLE.search(before) or len(before.encode(errors="replace")) > TITLE_BYTES:
        return None
    if _NO_TITLE.search(section):
        section = ""
    if not before:
        return (own_title, section, "section") if section else None
    prefix, colon, rest = before.partition(":")
    prefix = prefix.strip().lower()
    if colon and prefix in namespaces:
        kind = {0: "article", FILE: "file", CATEGORY: "category"}.get(namespaces[prefix], "namespace")
        rest = as_title(rest)
        return (f"{prefix.capitalize()}:{rest}", section, kind) if rest else None
    if colon and prefix in INTERWIKI:
        return f"{prefix}:{rest.strip()}", section, "interwiki"
    return as_title(before), section, "article"
