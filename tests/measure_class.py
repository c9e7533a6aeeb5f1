"""A class at once: N kernels run the same chapter at the same time. How much memory do they need together?

    .venv/bin/python tests/measure_class.py 20 notebooks/02_wikipedia_books.ipynb

Memory is PSS, so what kernels share (the files of PyTorch, say) is counted once, as a machine with all of them has it.
Each kernel has a progress file of its own; the cache of datasets and maps is everybody's. The exit status is 1 if they
needed more than --limit GiB together, or if a kernel failed.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
from jupyter_client import AsyncKernelManager
from measure_chapters import memory
from nbclient import NotebookClient

EVERY = 1.0  # seconds between two looks: twenty kernels and their workers take a while to read
LIMIT = 24.0  # GiB


class Watch(threading.Thread):
    """Looks at all kernels that this process has started, each with its workers.

    Attributes:
        peak: bytes, the most that they had together; kernels: how much each had then, the largest first.
        largest: bytes, the most that any one of them ever had.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.kernels, self.largest, self.over = 0, [], 0, threading.Event()

    def run(self):
        while not self.over.wait(EVERY):
            kernels = sorted(map(_with_workers, psutil.Process().children()), reverse=True)
            self.largest = max([self.largest, *kernels])
            if sum(kernels) > self.peak:
                self.peak, self.kernels = sum(kernels), kernels


def _with_workers(kernel: psutil.Process) -> int:
    try:
        workers = kernel.children(recursive=True)
    except psutil.Error:
        workers = []
    return sum(map(memory, [kernel, *workers]))


async def student(path: Path, number: int, folder: Path) -> str:
    """Run the chapter in a kernel of its own; returns what failed, "" if nothing."""
    # Files, not ports: of twenty kernels that look for free ports at the same moment, two have taken the same one.
    kernel = AsyncKernelManager(transport="ipc", ip=str(folder / f"{number}-socket"))
    client = NotebookClient(
        nbformat.read(path, as_version=4), kernel, resources={"metadata": {"path": path.parent}}, timeout=None
    )
    environment = os.environ | {"EMBEDVIZ_PROGRESS": str(folder / f"{number}.sqlite")}
    try:
        await client.async_execute(env=environment)
    except Exception as error:
        return f"kernel {number}: {type(error).__name__}: {error}"
    return ""


async def together(path: Path, count: int, folder: Path) -> list[str]:
    return [said for said in await asyncio.gather(*(student(path, one, folder) for one in range(count))) if said]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int, help="how many kernels")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--limit", type=float, default=LIMIT, metavar="GIB", help="of memory, together")
    options = parser.parse_args()
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    watch, start = Watch(), time.perf_counter()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        watch.start()
        failed = asyncio.run(together(options.notebook, options.count, Path(folder)))
        watch.over.set()
        watch.join()
    each = ", ".join(f"{one / 2**30:.2f}" for one in watch.kernels)
    print(f"{options.count} kernels of {options.notebook.name}: {time.perf_counter() - start:.0f} s on the clock")
    print(f"  {watch.peak / 2**30:.2f} GiB at the peak together, of {options.limit:g}: {each}")
    print(f"  {watch.largest / 2**30:.2f} GiB: the most that one of them had")
    for said in failed:
        print(said, file=sys.stderr)
    return int(bool(failed) or watch.peak > options.limit * 2**30)


if __name__ == "__main__":
    sys.exit(main())
