"""Second task of a part: books, links and dead letters of the pages that `scan` has kept."""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from embedviz.datasets.dump.page_process import Limits, PageLost, PageProcess
from embedviz.datasets.dump.tables import BOOKS, DEAD_LETTERS, LINKS, Table
from embedviz.datasets.dump.task_files import TaskFiles
from embedviz.datasets.dump.titles import KINDS

VERSION = 1  # raise it with every change of what is written
AT_ONCE = 16  # pages in memory: each may be megabytes long


def extract_files(folder: Path, key: dict, box_names: Collection[str], limits: Limits) -> TaskFiles:
    """The files of this task in `folder`; `key` names the part. See `extract`."""
    bounds = [limits.seconds, limits.megabytes]
    return TaskFiles(folder, key | {"extract": VERSION, "boxes": sorted(box_names), "limits": bounds})


def extract(
    candidates: Path,
    files: TaskFiles,
    box_names: Collection[str],
    namespaces: Mapping[str, int],
    limits: Limits,
    report: Callable[[int], None],
) -> dict:
    """Write the files "books.parquet", "links.parquet" (as the pages spell them), "dead_letters.parquet" of a part.

    Args:
        candidates: the file of that name, which `scan` wrote.
        box_names, namespaces: as those of `infobox.read_wikitext`.
        limits: for each page; what does not keep them is a dead letter.
        report: is told of pages read.

    Returns:
        How many "books" (pages), "boxes", pages with "several_boxes" and with "no_box", "repeated" (a title that was a
        book before) and "lost" pages, links of each kind and "not_links" there are.

    Raises:
        OSError: a file cannot be read or written; the task is then not finished.
    """
    counts = dict.fromkeys(("books", "boxes", "several_boxes", "no_box", "repeated", "lost", *KINDS, "not_links"), 0)
    seen: set[str] = set()
    with (
        files,
        Table(files.aside("books.parquet"), BOOKS) as books,
        Table(files.aside("links.parquet"), LINKS) as links,
        Table(files.aside("dead_letters.parquet"), DEAD_LETTERS) as lost,
        PageProcess(box_names, namespaces, limits) as process,
    ):
        for page in _rows(candidates):
            report(1)
            try:
                found = process.read(page["text"], page["title"])
            except PageLost as error:
                counts["lost"] += 1
                lost.add((page["title"], page["page"], page["revision"], str(error)))
                continue
            if not found["boxes"]:
                counts["no_box"] += 1
                continue
            if page["title"] in seen:
                counts["repeated"] += 1
                continue
            seen.add(page["title"])
            counts["books"] += 1
            counts["boxes"] += len(found["boxes"])
            counts["several_boxes"] += len(found["boxes"]) > 1
            counts["not_links"] += found["not_links"]
            for number, box in enumerate(found["boxes"]):
                row = page | box | {"box": number}
                books.add(tuple(row[name] for name in BOOKS.names))
            for target, section, kind in found["links"]:
                counts[kind] += 1
                links.add((page["title"], target, section, kind))
        for table in (books, links, lost):
            table.close()
        return files.finish(counts)


def _rows(candidates: Path) -> Iterator[dict]:
    with pq.ParquetFile(candidates) as file:
        for batch in file.iter_batches(batch_size=AT_ONCE):
            yield from batch.to_pylist()
