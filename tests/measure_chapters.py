"""How long each chapter takes, and how much memory at the peak: the kernel, joblib's workers and UMAP's together.

    .venv/bin/python tests/measure_chapters.py notebooks/01_encodings.ipynb [...]

Memory is PSS (what processes share is counted once), on Linux; elsewhere the sum of what is resident. Run it on a quiet
machine: the limits are 150 s on two cores, and 1.8 GB, as Binder has 2. Nothing is written.
"""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient

EVERY = 0.25  # seconds between two looks


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
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.shares, self.at, self.cell, self.over = 0, [], 0, 0, threading.Event()

    def run(self):
        while not self.over.wait(EVERY):
            shares = sorted(map(memory, psutil.Process().children(recursive=True)), reverse=True)
            if sum(shares) > self.peak:
                self.peak, self.shares, self.at = sum(shares), shares, self.cell


def measure(path: Path) -> None:
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
    took = time.perf_counter() - start
    shares = " + ".join(f"{share / 1e9:.2f}" for share in watch.shares if share > 2e7)
    print(f"{path.name}: {took:.0f} s, {watch.peak / 1e9:.2f} GB at the peak ({shares}; code cell {watch.at})")
    for number, (took, source) in sorted(seconds.items(), key=lambda one: -one[1][0])[:12]:
        print(f"  {took:6.1f} s  code cell {number}: {source[:80]}")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    with tempfile.TemporaryDirectory() as folder:  # nobody's own progress is touched
        os.environ["EMBEDVIZ_PROGRESS"] = str(Path(folder) / "progress.sqlite")
        for name in sys.argv[1:]:
            measure(Path(name))
