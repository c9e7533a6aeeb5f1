"""Dumps of our own, as MediaWiki exports them: `write_dump(path, [page("A", "text"), …])`."""

import bz2
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

HEAD = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="de">
  <siteinfo>
    <namespaces>
      <namespace key="0" case="first-letter" />
      <namespace key="6" case="first-letter">Datei</namespace>
      <namespace key="14" case="first-letter">Kategorie</namespace>
    </namespaces>
  </siteinfo>
"""
TAIL = "</mediawiki>\n"


def page(title: str, text: str = "", *, namespace: int = 0, redirect: str | None = None, number: int = 1) -> str:
    """A page's XML; its revision's id is a hundred times its own."""
    leads = f"    <redirect title={quoteattr(redirect)} />\n" if redirect is not None else ""
    return (
        f"  <page>\n    <title>{escape(title)}</title>\n    <ns>{namespace}</ns>\n    <id>{number}</id>\n{leads}"
        f"    <revision>\n      <id>{number}00</id>\n      <timestamp>2026-11-01T00:00:00Z</timestamp>\n"
        "      <contributor><username>A &amp; B</username><id>7</id></contributor>\n"
        f'      <text bytes="{len(text)}" xml:space="preserve">{escape(text)}</text>\n    </revision>\n  </page>\n'
    )


def box(author: str, **values: str) -> str:
    """An Infobox book."""
    return "{{Infobox book\n" + "".join(f"| {k} = {v}\n" for k, v in {"author": author, **values}.items()) + "}}\n"


def packed(pages: Sequence[str | bytes], each: int = 2) -> bytes:
    """A dump as "multistream" files are: the head, so many pages at a time and the tail are streams of their own."""
    pages = [xml if isinstance(xml, bytes) else xml.encode() for xml in pages]
    groups = [b"".join(pages[at : at + each]) for at in range(0, len(pages), each)]
    return b"".join(map(bz2.compress, [HEAD.encode(), *groups, TAIL.encode()]))


def write_dump(path: Path, pages: Sequence[str | bytes], each: int = 2) -> Path:
    """`packed`, as a file."""
    path.write_bytes(packed(pages, each))
    return path
