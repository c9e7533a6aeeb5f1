"""Dumps of our own, as MediaWiki exports them: `write_dump(path, [page("A", "text"), …])`."""

import bz2
import random
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from waiting import wait_until

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


def killed_and_finished(command: Sequence[str], folder: Path, kills: int, seed: int = 0, tasks: int = 6):
    """A build that is killed so many times, and then runs to its end: that last run, as `subprocess.run` returns it.

    Some kills come before anything is written, some in a scan, some while pages are read; each must leave the tasks
    that were finished before, which are not done again.

    Args:
        command: that starts it.
        folder: for its result.
        kills, seed: how many, and of the moments.
        tasks: of the build, two a part.
    """
    draw, done = random.Random(seed), {}

    def finished() -> dict:
        return {path: path.stat().st_mtime_ns for path in folder.glob("work/*/*/summary.json")}

    for _ in range(kills):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        goal = min(len(done) + draw.randrange(tasks), tasks)  # how many more of the tasks it may finish
        wait_until(lambda: len(finished()) >= goal or process.poll() is not None, "tasks to be finished")  # noqa: B023
        time.sleep(draw.random())
        process.kill()
        process.wait()
        now = finished()
        assert done.items() <= now.items(), "a finished task is done again"
        done = now
    last = subprocess.run(command, capture_output=True, text=True)
    assert last.returncode == 0, last.stderr
    assert done.items() <= finished().items() and not list(folder.rglob(".aside-*"))
    return last
