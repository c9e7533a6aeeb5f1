"""Pages out of a part of a dump: a bz2 file of MediaWiki's XML, read as a stream.

In MediaWiki's export "<page>" stands at the beginning of a page and nowhere else, since text is escaped. So pages are
cut out of the stream first and read as XML one by one: one that is damaged costs no other, no page can grow beyond its
bound, and no document type, and so no entity that unfolds to gigabytes, can come before its first tag.
"""

import bz2
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

CHUNK = 1 << 20  # bytes of XML at a time
PAGE_BYTES = 16_000_000  # the longest page, as XML; MediaWiki's own bound for wikitext is 2 MiB
DEPTH = 12  # of tags; real pages have 4
BEGIN, END, LAST = b"<page>", b"</page>", b"</mediawiki>"
HEAD = 4_000  # bytes in which a page that is too long says its title and revision


class DamagedPart(Exception):
    """A part that cannot be read to its end; the message says why."""


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


def read_pages(path: Path, report: Callable[[int], None] = lambda n_bytes: None) -> Iterator[Page | BadPage]:
    """The pages of a part, one after the other; memory stays at a few times `PAGE_BYTES`, however long the part is.

    Args:
        path: a bz2 file, of one stream or many.
        report: is told how many bytes of the file have been read since it was last told.

    Raises:
        DamagedPart: it is no bz2 file, is damaged, or breaks off: then some pages are missing.
        OSError: it cannot be read.
    """
    number = 0
    for page in _cut(path, report):
        number += 1
        if isinstance(page, BadPage):
            yield page
            continue
        try:
            yield parse_page(page)
        except (ValueError, expat.ExpatError) as error:
            yield _bad(page, f"XML: {error}")
    if not number:
        raise DamagedPart(f"{path.name} holds no page: is it a pages-articles dump?")


def read_head(path: Path) -> bytes:
    """What comes before the first page, at most 1 MiB: the names of the namespaces are in it.

    Raises:
        DamagedPart, OSError: as `read_pages`.
    """
    head = b""
    for chunk in _unpack(path, lambda n_bytes: None):
        head += chunk
        at = head.find(BEGIN)
        if at >= 0 or len(head) >= CHUNK:
            return head[:at] if at >= 0 else head[:CHUNK]
    return head


def _unpack(path: Path, report: Callable[[int], None]) -> Iterator[bytes]:
    """A bz2 file unpacked, in pieces."""
    with open(path, "rb") as packed, bz2.open(packed) as file:
        before = 0
        while True:
            try:
                chunk = file.read(CHUNK)
            except EOFError:
                raise DamagedPart(f"{path.name} breaks off after {packed.tell():,} bytes: get it anew") from None
            except OSError as error:
                if error.errno is not None:
                    raise
                raise DamagedPart(f"{path.name} is damaged near byte {packed.tell():,}: {error}") from None
            report(packed.tell() - before)
            before = packed.tell()
            if not chunk:
                return
            yield chunk


def _cut(path: Path, report: Callable[[int], None]) -> Iterator[bytes | BadPage]:
    """Each page's XML from <page> to </page>."""
    rest, too_long, ended = bytearray(), None, False
    searched = 0  # up to here `rest` holds no END
    for chunk in _unpack(path, report):
        rest += chunk
        while True:
            if too_long is None and not rest.startswith(BEGIN):
                at = rest.find(BEGIN)
                ended = ended or LAST in (rest if at < 0 else rest[:at])
                # A tag may lie across two pieces: the last bytes stay.
                del rest[: at if at >= 0 else max(0, len(rest) - len(LAST))]
                searched = 0
                if at < 0:
                    break
            end = rest.find(END, searched)
            if end >= 0 and too_long is None and (another := rest.rfind(BEGIN, 0, end)) > 0:
                yield _bad(bytes(rest[:HEAD]), "no </page>")
                del rest[:another]
                searched = 0
                continue
            if end >= 0:
                if too_long is None and end <= PAGE_BYTES:
                    yield bytes(rest[: end + len(END)])
                else:
                    yield _too_long(too_long or bytes(rest[:HEAD]))
                del rest[: end + len(END)]
                too_long, searched = None, 0
                continue
            if len(rest) > PAGE_BYTES:
                too_long = too_long or bytes(rest[:HEAD])
            if too_long is not None:
                del rest[: max(0, len(rest) - len(END))]
            searched = max(0, len(rest) - len(END))
            break
    if not ended or too_long is not None or rest.startswith(BEGIN):
        raise DamagedPart(f"{path.name} breaks off before its last page: get it anew")


def _too_long(head: bytes) -> BadPage:
    return _bad(head, f"longer than {PAGE_BYTES:,} bytes")


def _bad(xml: bytes, reason: str) -> BadPage:
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
