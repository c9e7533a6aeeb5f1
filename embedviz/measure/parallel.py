"""Many runs side by side, one process to a processor core.

A training step is too small to be shared among cores, whole runs are not. On Linux the processes are forked from one
that has imported the package, so what is imported takes memory once, not once a process; elsewhere each starts anew.
They end with the comparison: what they held is free for what comes next.
"""

import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import wait

import cloudpickle
import joblib
import torch
from joblib.parallel import get_active_backend
from threadpoolctl import threadpool_limits

from embedviz.base.memory import release_memory
from embedviz.space.umap_worker import make_room
from embedviz.train.loop import progress_bar

#: Imported before the processes are forked. PyTorch's first optimizer imports torch._dynamo, which takes seconds.
PRELOADED = [
    "embedviz.measure.comparison",
    "embedviz.measure.encoding_comparison",
    "embedviz.train.fast_word2vec",
    "torch._dynamo",
]


def run_all(run: Callable, order: Sequence[tuple], what: str) -> list:
    """run(*arguments) for each arguments in `order`.

    Under `joblib.parallel_config(backend="threading")` all is done in this process, one after another.

    Args:
        run: any function, of a notebook as well. What it returns is pickled.
        order: of the results.
        what: is done, for the progress bar.

    Raises:
        concurrent.futures.process.BrokenProcessPool: a process died, as for want of memory. What `run` raises is
            raised here, and the other processes are ended.
    """
    backend, _ = get_active_backend()
    processes = min(_cores(), len(order))
    make_room()  # on Binder there are 2 GB, and a class shares what there is
    with progress_bar(len(order), what, "run") as bar:
        if processes > 1 and type(backend).__name__ == "LokyBackend":
            return _in_processes(run, order, processes, bar.update)
        found = []
        for arguments in order:
            found.append(run(*arguments))
            bar.update()
        return found


def _in_processes(run: Callable, order: Sequence[tuple], processes: int, one_more: Callable[[], object]) -> list:
    forked = sys.platform == "linux"  # macOS's own libraries do not survive a fork
    context = multiprocessing.get_context("forkserver" if forked else "spawn")
    get_ready()
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(cloudpickle.dumps(run),))
    try:
        with _no_main():
            # The last are mostly the longest: a core that begins with them does not end with one alone.
            futures = [pool.submit(_one, _ByCloudpickle(arguments)) for arguments in reversed(order)]
        for future in as_completed(futures):
            future.result()
            one_more()
        return [future.result() for future in reversed(futures)]
    finally:  # also when the cell is stopped
        started = set(multiprocessing.active_children()) - before
        pool.shutdown(wait=False, cancel_futures=True)
        for process in started:
            process.terminate()


def get_ready() -> None:
    """Start, in the background, the process that those of `run_all` are forked from: it imports for some seconds.

    `run_all` does it, too; called earlier, as at a chapter's start, the first comparison need not wait for it. Does
    nothing where processes start anew (not on Linux), where there is one core and `run_all` needs none, or if it has
    been started.
    """
    if sys.platform == "linux" and _cores() > 1:
        multiprocessing.get_context("forkserver").set_forkserver_preload(PRELOADED)
        with _no_main():
            forkserver.ensure_running()


def _cores() -> int:
    """How many there are for us: joblib heeds LOKY_MAX_CPU_COUNT, affinity and a container's share."""
    return joblib.cpu_count(only_physical_cores=True)


class _ByCloudpickle:
    """Pickled when its turn comes, with functions of a notebook, too."""

    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return cloudpickle.loads, (cloudpickle.dumps(self.value),)


@contextmanager
def _no_main():
    """Processes that start meanwhile do not run the script that has started them: they need nothing of it."""
    main, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


# In the processes:

_run: list[Callable] = []


def _begin(run: bytes) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # to stop a cell is this process's parent's affair
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Each process has a core: threads of BLAS would wait for each other, and a core works while it waits.
    threadpool_limits(1)
    torch.set_num_threads(1)
    _run[:] = [cloudpickle.loads(run)]


def _one(arguments: tuple):
    try:
        return _run[0](*arguments)
    finally:
        release_memory()


def _end_with_parent() -> None:
    wait([multiprocessing.parent_process().sentinel])
    os._exit(1)
