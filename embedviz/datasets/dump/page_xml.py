"""One page of a dump, from its XML."""

import re
from dataclasses import dataclass
from xml.parsers import expat

DEPTH = 12  # of tags; real pages have 4
HEAD = 4_000  # bytes in which a page that is not read says its title and revision


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        title: with its namespace, as "Template:Infobox book".
        namespace: its number; 0 are articles, 10 templates.
        page, revision: their ids; 0 where there is none.
        timestamp: of the revision, as "2016-02-02T17:10:32Z".
        redirect: the title that it leads to, or None.
        text: wikitext.
    """

    title: str
    namespace: int
    page: int
    revision: int
    timestamp: str
    redirect: str | None
    text: str


@dataclass(frozen=True)
class BadPage:
    """A page that cannot be read, and why; title and revision as far as they are known ("" and 0)."""

    title: str
    page: int
    revision: int
    reason: str


def bad_page(xml: bytes, reason: str) -> BadPage:
    """A page that is not read, with what its first bytes say of it."""
    head = xml[:HEAD].decode("utf-8", errors="replace")

    def first(pattern: str, default: str) -> str:
        found = re.search(pattern, head)
        return found[1] if found else default

    numbers = first(r"<id>(\d{1,18})</id>", "0"), first(r"<revision>\s*<id>(\d{1,18})</id>", "0")
    return BadPage(first(r"<title>([^<]*)</title>", ""), *map(int, numbers), reason)


def parse_page(xml: bytes) -> Page:
    """The page in its XML; of several revisions the last.

    Raises:
        expat.ExpatError: it is no XML, or not UTF-8.
        ValueError: it is nested too deeply, or says no title, namespace or text.
    """
    # {path below <page>: its text}; {} for a tag that holds none.
    found: dict[str, list[str]] = {}
    path: list[str] = []
    redirect = None

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal redirect
        path.append(name)
        if len(path) > DEPTH:
            raise ValueError(f"tags nested more than {DEPTH} deep")
        found["/".join(path[1:])] = []
        if path[1:] == ["redirect"]:
            redirect = attributes.get("title")

    def end(name: str) -> None:
        path.pop()

    def text(data: str) -> None:
        found["/".join(path[1:])].append(data)

    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text, parser.buffer_size = True, 1 << 16
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    parser.Parse(xml, True)
    values = {name: "".join(parts) for name, parts in found.items()}
    if missing := [name for name in ("title", "ns", "revision/text") if name not in values]:
        raise ValueError(f"no <{missing[0].rpartition('/')[2]}>")
    return Page(
        values["title"].strip(),
        int(values["ns"]),
        int(values.get("id") or 0),
        int(values.get("revision/id") or 0),
        values.get("revision/timestamp", ""),
        redirect,
        values["revision/text"],
    )
