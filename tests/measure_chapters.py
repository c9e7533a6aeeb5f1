"""How long each chapter takes, and how much memory at the peak: the kernel, joblib's workers and UMAP's together.

    .venv/bin/python tests/measure_chapters.py notebooks/0[1-4]*.ipynb
    .venv/bin/python tests/measure_chapters.py --into notebooks/hosting.md notebooks/0[1-4]*.ipynb

Memory is PSS (what processes share is counted once), on Linux; elsewhere the sum of what is resident. Run it on a quiet
machine: the limits are 150 s on two cores, and 1.8 GB, as Binder has 2. It ends with a table in Markdown, which
--into puts into a page, between the two comments that mark its place.
"""

import argparse
import contextlib
import os
import re
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient

from embedviz.base.files import write_atomically

EVERY = 0.25  # seconds between two looks
PLACE = re.compile(r"(<!-- table: measure_chapters\.py -->\n).*?(\n<!-- end of table -->)", re.DOTALL)


@dataclass(frozen=True)
class Taken:
    """What a chapter took: bytes at the peak, seconds of processors, seconds on the clock."""

    chapter: str
    peak: float
    processors: float | None  # None: not measured
    clock: float


def table(rows: list[Taken]) -> str:
    """The table in Markdown."""
    lines = ["| chapter | memory at the peak | processor | clock, two cores |", "|---|---|---|---|"]
    for row in rows:
        used = "not measured" if row.processors is None else f"{row.processors:.0f} s"
        lines.append(f"| [{row.chapter}]({row.chapter}.ipynb) | {row.peak / 1e9:.2f} GB | {used} | {row.clock:.0f} s |")
    return "\n".join(lines)


def put(page: Path, rows: list[Taken]) -> None:
    """Put the table into its place on a page.

    Raises:
        ValueError: the page has no such place, or more than one.
    """
    text, times = PLACE.subn(lambda found: found[1] + table(rows) + found[2], page.read_text(encoding="utf-8"))
    if times != 1:
        raise ValueError(f"{page} has {times} places for the table, <!-- table: measure_chapters.py -->, not one")
    write_atomically(page, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def memory(process: psutil.Process) -> int:
    """Bytes of one process, 0 if it has ended."""
    try:
        full = process.memory_full_info()
    except psutil.Error:
        return 0
    return getattr(full, "pss", full.rss)


class Watch(threading.Thread):
    """Looks at all processes that this one has started, as long as it runs.

    Attributes:
        peak: bytes, the most that they had together.
        shares: what each had then, the largest first.
        at: which cell ran then, counted from 1.
        used: {process: seconds of processors that it has used, as last seen}.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.shares, self.at, self.cell, self.over = 0, [], 0, 0, threading.Event()
        self.used: dict[tuple[int, float], float] = {}

    def run(self):
        while not self.over.wait(EVERY):
            processes = psutil.Process().children(recursive=True)
            for process in processes:
                with contextlib.suppress(psutil.Error):
                    times = process.cpu_times()
                    self.used[process.pid, process.create_time()] = times.user + times.system
            shares = sorted(map(memory, processes), reverse=True)
            if sum(shares) > self.peak:
                self.peak, self.shares, self.at = sum(shares), shares, self.cell


def measure(path: Path) -> Taken:
    """Run a chapter, and print what it took, its slowest cells too."""
    notebook, seconds, watch = nbformat.read(path, as_version=4), {}, Watch()

    def starts(cell, cell_index, **_):
        watch.cell += 1
        seconds[watch.cell] = (time.perf_counter(), cell.source.splitlines()[0])

    def ends(cell, cell_index, **_):
        start, source = seconds[watch.cell]
        seconds[watch.cell] = (time.perf_counter() - start, source)

    client = NotebookClient(notebook, resources={"metadata": {"path": path.parent}}, timeout=None)
    client.on_cell_execute, client.on_cell_executed = starts, ends
    start = time.perf_counter()
    watch.start()
    client.execute()
    watch.over.set()
    watch.join()
    whole = time.perf_counter() - start
    shares = " + ".join(f"{share / 1e9:.2f}" for share in watch.shares if share > 2e7)
    used = sum(watch.used.values())
    peak = f"{watch.peak / 1e9:.2f} GB at the peak ({shares}; code cell {watch.at})"
    print(f"{path.name}: {whole:.0f} s, {used:.0f} s of processors, {peak}")
    for number, (took, source) in sorted(seconds.items(), key=lambda one: -one[1][0])[:12]:
        print(f"  {took:6.1f} s  code cell {number}: {source[:80]}")
    sys.stdout.flush()
    return Taken(path.stem, watch.peak, used, whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--into", type=Path, metavar="PAGE", help="put the table into this page")
    parser.add_argument("notebooks", type=Path, nargs="+")
    options = parser.parse_args()
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    with tempfile.TemporaryDirectory() as folder:  # nobody's own progress is touched
        os.environ["EMBEDVIZ_PROGRESS"] = str(Path(folder) / "progress.sqlite")
        rows = [measure(path) for path in options.notebooks]
    print(table(rows))
    if options.into:
        put(options.into, rows)


if __name__ == "__main__":
    main()
