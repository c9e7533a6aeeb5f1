"""Pages out of a part of a dump: a bz2 file of MediaWiki's XML, read as a stream.

In MediaWiki's export "<page>" stands at the beginning of a page and nowhere else, since text is escaped. So pages are
cut out of the stream first and read as XML one by one: one that is damaged costs no other, no page can grow beyond its
bound, and no document type, and so no entity that unfolds to gigabytes, can come before its first tag.
"""

import bz2
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.parsers import expat

from embedviz.datasets.dump.page_xml import HEAD, BadPage, Page, bad_page, parse_page

CHUNK = 1 << 20  # bytes of XML at a time
PAGE_BYTES = 16_000_000  # the longest page, as XML; MediaWiki's own bound for wikitext is 2 MiB
BEGIN, END, LAST = b"<page>", b"</page>", b"</mediawiki>"


class DamagedPart(Exception):
    """A part that cannot be read to its end; the message says why."""


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
            yield bad_page(page, f"XML: {error}")
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
                yield bad_page(bytes(rest[:HEAD]), "no </page>")
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
    return bad_page(head, f"longer than {PAGE_BYTES:,} bytes")
