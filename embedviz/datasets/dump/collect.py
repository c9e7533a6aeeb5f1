"""One table of books and one of links from all parts, their redirects followed, and a summary of what was dropped."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from embedviz.datasets.dump.redirects import resolve
from embedviz.datasets.dump.tables import BOOKS, LINKS, Table, row_groups
from embedviz.datasets.dump.task_files import TaskFiles
from embedviz.datasets.dump.titles import KINDS

VERSION = 1  # raise it with every change of what is written


@dataclass(frozen=True)
class PartResult:
    """What the two tasks of a part have written, and counted."""

    name: str
    scan: TaskFiles
    extract: TaskFiles
    scanned: dict
    extracted: dict


def result_files(folder: Path, keys: Sequence[dict]) -> TaskFiles:
    """The files of the result in `folder`, from the parts of these keys; see `collect`."""
    return TaskFiles(folder, {"collect": VERSION, "parts": list(keys)})


def collect(files: TaskFiles, parts: Sequence[PartResult]) -> dict:
    """Write "books.parquet", "links.parquet", "dead_letters.jsonl", and a summary.

    A page that comes again in a later part is left out there.

    Args:
        files: what was there of an earlier run is replaced.
        parts: in the order of the dump.

    Returns:
        The summary: counts, see `scan` and `extract`, of all parts; "redirects_followed" and "redirect_loops" of links;
        "repeated" pages; "dropped", how often pages were lost for each reason.

    Raises:
        OSError: the disk is full, or the folder cannot be written; there is then no result.
    """
    ends, loops = resolve(_articles(parts), [part.scan.path("redirects.parquet") for part in parts])
    again = _repeated(parts)
    with (
        files,
        Table(files.aside("books.parquet"), BOOKS) as books,
        Table(files.aside("links.parquet"), LINKS) as links,
    ):
        followed = 0
        for part, twice in zip(parts, again):
            _copy(part.extract.path("books.parquet"), books, twice, {})
            followed += _copy(part.extract.path("links.parquet"), links, twice, ends)
        books.close()
        links.close()
        letters = list(_dead_letters(parts))
        lines = (json.dumps(letter, ensure_ascii=False) + "\n" for letter in letters)
        files.aside("dead_letters.jsonl").write_text("".join(lines), encoding="utf-8")
        counts = Counter()
        for part in parts:
            counts.update({name: n for name, n in part.scanned.items() if isinstance(n, int)})
            counts.update(part.extracted)
        summary = {"parts": [part.name for part in parts], **counts}
        summary["repeated"] += sum(map(len, again))
        summary |= {"redirects_followed": followed, "redirect_loops": loops}
        summary["dropped"] = dict(sorted(Counter(letter["reason"].partition(":")[0] for letter in letters).items()))
        return files.finish(summary)


def _articles(parts: Sequence[PartResult]) -> set[str]:
    """All articles that are linked."""
    found: set[str] = set()
    for part in parts:
        for table in row_groups(part.extract.path("links.parquet")):
            found.update(pc.unique(table.filter(pc.equal(table["kind"], "article"))["link"]).to_pylist())
    return found


def _repeated(parts: Sequence[PartResult]) -> list[set[str]]:
    """For each part the titles of books that an earlier one has too."""
    seen, repeated = set(), []
    for part in parts:
        titles = set(pq.read_table(part.extract.path("books.parquet"), columns=["title"])["title"].to_pylist())
        repeated.append(titles & seen)
        seen |= titles
    return repeated


def _copy(file: Path, to: Table, without: set[str], ends: Mapping[str, str]) -> int:
    """Copy the rows of a table, but for those of some titles; a link leads where `ends` says. How many links do."""
    followed = 0
    for group in row_groups(file):
        for row in group.to_pylist():
            if row["title"] in without:
                continue
            if row.get("kind") == "article" and row["link"] in ends:
                row["link"] = ends[row["link"]]
                followed += 1
            to.add(tuple(row.values()))
    return followed


def _dead_letters(parts: Sequence[PartResult]) -> Iterator[dict]:
    for part in parts:
        for files in (part.scan, part.extract):
            for row in pq.read_table(files.path("dead_letters.parquet")).to_pylist():
                yield row | {"part": part.name}


def report(summary: dict) -> str:
    """A summary for people, several lines."""
    dropped = "".join(f"\n  {n:,} pages lost: {reason}" for reason, n in summary["dropped"].items())
    kinds = ", ".join(f"{summary[kind]:,} {kind}" for kind in KINDS if summary[kind])
    return (
        f"{summary['books']:,} books ({summary['boxes']:,} boxes; {summary['several_boxes']:,} pages have several) "
        f"in {summary['pages']:,} pages, of which {summary['articles']:,} are articles and {summary['redirects']:,} "
        f"redirects\nlinks: {kinds or 'none'}; {summary['redirects_followed']:,} led through redirects, "
        f"{summary['redirect_loops']:,} titles into loops, {summary['not_links']:,} are no links\n"
        f"left out: {summary['no_box']:,} pages that only looked like books, {summary['repeated']:,} that came twice"
        + dropped
    )
