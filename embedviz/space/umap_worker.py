"""UMAP in a worker process, so that the reader never sits before a dead cell.

UMAP compiles in every fresh process. `warm_up` starts a worker that does so in the background; `background_umap` gives
it a job, tells of the progress and can be cancelled.
"""

import atexit
import contextlib
import logging
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from embedviz.space.projection import (
    OPTIONS,
    Report,
    cache_path,
    checked_request,
    compute,
    load_map,
    numba_can_cache,
    store_map,
)


class UmapJob:
    """A map in the making. Jobs take turns with one worker process; see `background_umap`.

    Attributes:
        progress: share done, 0 to 1, never falling.
        stage: "waiting" (for another job), "starting" (the worker imports and compiles), "neighbors", "layout", and at
            the end "done", "failed" or "cancelled".
    """

    def __init__(self, vectors, on_progress: Report | None = None, cache: bool = True, **parameters):
        request = checked_request(vectors, **parameters)
        self.progress, self.stage = 0.0, "waiting"
        self._on_progress = on_progress
        self._future: Future = Future()
        # Guards what follows: a job ends once, and cancel() never hits the next job's worker.
        self._lock = threading.Lock()
        self._ended = False
        self._worker: _Worker | None = None  # while it works on this job
        path = cache_path(request) if cache else None
        coordinates = load_map(path, request)
        if coordinates is None:
            threading.Thread(target=self._run, args=(request, path), name="umap job", daemon=True).start()
        else:
            self._end("done", coordinates)

    @property
    def done(self) -> bool:
        """Whether it has ended: with a map, an error or by `cancel`."""
        return self._future.done()

    def result(self, timeout: float | None = None) -> np.ndarray:
        """The map, float32 of shape (n, dim); waits for it.

        Raises:
            TimeoutError: it is not done within `timeout` seconds.
            concurrent.futures.CancelledError: it was cancelled.
            RuntimeError: the worker failed; the message says how.
        """
        return self._future.result(timeout)

    def cancel(self) -> bool:
        """Give the job up, at once; False if it was done before."""
        return self._end("cancelled")

    def add_done_callback(self, fn: Callable[["UmapJob"], object]):
        """Call fn(job) when it is done, however it ends (at once if it is).

        It is called on a background thread, or on that of `cancel`.
        """
        self._future.add_done_callback(lambda _: fn(self))

    def _tell(self, progress: float, stage: str, last: bool = False):
        with self._lock:
            if self._ended and not last:
                return
            self.progress, self.stage = max(self.progress, progress), stage
        if self._on_progress:
            try:
                self._on_progress(self.progress, stage)
            except Exception:
                logging.getLogger(__name__).exception("on_progress failed; the job goes on")

    def _end(self, stage: str, value=None) -> bool:
        with self._lock:
            if self._ended:
                return False
            self._ended = True
            if stage == "cancelled" and self._worker:
                self._worker.process.kill()
        self._tell(1.0 if stage == "done" else 0.0, stage, last=True)
        if stage == "done":
            self._future.set_result(value)
        elif stage == "failed":
            self._future.set_exception(value)
        else:
            self._future.cancel()
        return True

    def _run(self, request: dict, path: Path | None):
        try:
            with _turn:
                value = load_map(path, request)  # an equal job may have just filled the cache
                if value is None:
                    value = self._work(request)
                    with contextlib.suppress(RuntimeWarning):  # it could not be kept, and warnings are errors here
                        store_map(path, value)
        except Exception as error:  # also when cancel() has killed the worker: then this end comes too late to matter
            self._end("failed", error)
        else:
            self._end("done", value)

    def _work(self, request: dict) -> np.ndarray:
        with self._lock:
            if self._ended:
                raise RuntimeError("cancelled before its turn")
            self._worker = _ready_worker()
        try:
            self._tell(0.0, "starting")
            return self._worker.run(request, self._tell)
        finally:
            with self._lock:
                self._worker = None


def background_umap(vectors, on_progress: Report | None = None, cache: bool = True, **parameters) -> UmapJob:
    """Start `umap` in a worker process and return at once; in a notebook, show `pca` meanwhile.

    The worker is kept for later jobs, which then need not wait for imports and compiling. It ends with this process.

    Args:
        vectors, cache: as for `umap`; a map from the cache is done at once.
        on_progress: called as on_progress(share done, stage), on a background thread; see `UmapJob`.
        parameters: the others of `umap`, by name.

    Raises:
        ValueError: as `umap` does, at once.
        TypeError: an unknown parameter.
    """
    if unknown := sorted(parameters.keys() - OPTIONS):
        raise TypeError(f"background_umap() has no parameter {unknown[0]!r}; it takes {', '.join(OPTIONS)}")
    return UmapJob(vectors, on_progress, cache, **parameters)


def warm_up():
    """Start the worker, if there is none, so that it imports and compiles while the reader reads. Returns at once."""
    _ready_worker()


def make_room() -> None:
    """End the worker if it has nothing to do, as before what needs the memory; the next job starts another."""
    global _worker
    if _turn.acquire(blocking=False):
        try:
            with _starting:
                if _worker is not None:
                    _worker.stop()
                    _worker = None
        finally:
            _turn.release()


# -P: the working folder is the reader's, and may hold a queue.py or a numpy.py. Our own folder comes last: it is needed
# only where embedviz is not installed.
_CODE = "import sys; sys.path.append(sys.argv[1]); from embedviz.space.umap_worker import _serve; _serve()"


class _Worker:
    """A Python process that runs `_serve`.

    Not multiprocessing, which would run an unguarded script's main module again.
    """

    def __init__(self):
        numba_can_cache()  # the worker then has the folder from us; its own would stay when it is killed
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CODE, str(Path(__file__).parents[2])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            start_new_session=True,  # Jupyter interrupts the kernel's whole process group
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def run(self, request: dict, report: Report) -> np.ndarray:
        try:
            pickle.dump(request, self.process.stdin)
            self.process.stdin.flush()
            kind, value = pickle.load(self.process.stdout)
            while kind == "progress":
                report(*value)
                kind, value = pickle.load(self.process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            code = self.stop()
            raise RuntimeError(
                f"the UMAP worker process ended early, with exit code {code} (−9: often too little memory)."
                f" Its last words: {self.last_words or 'none'}"
            ) from error
        if kind == "error":
            raise RuntimeError(f"UMAP failed in its worker process:\n{value}")
        return value

    def stop(self) -> int:
        """End the process, and return its exit code."""
        self.process.kill()
        code = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):  # what was not yet sent
                pipe.close()
        if not self.errors.closed:
            self.errors.seek(0)
            self.last_words = self.errors.read()[-2000:].decode(errors="replace").strip()
            self.errors.close()
        return code


_turn = threading.Lock()  # held by the job that has the worker

_starting = threading.Lock()  # guards _worker

_worker: _Worker | None = None


def _ready_worker() -> _Worker:
    global _worker
    with _starting:
        if _worker is not None and _worker.process.poll() is not None:
            _worker.stop()
            _worker = None
        if _worker is None:
            _worker = _Worker()
        return _worker


@atexit.register
def _stop_worker():
    if _worker is not None:
        _worker.stop()


def _forget_worker():
    """In a forked child: the worker is its parent's, and so are the jobs that held the locks."""
    global _turn, _starting, _worker
    _turn, _starting = threading.Lock(), threading.Lock()
    if _worker is not None:
        # The worker ends when all that could write to its stdin have, so that this process must not be one. Not by
        # close(), which would first send what is left of the parent's buffer.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for pipe in (_worker.process.stdin, _worker.process.stdout):
            if not pipe.closed:
                os.dup2(nowhere, pipe.fileno(), inheritable=False)
        os.close(nowhere)
        _worker.process.returncode = 0  # it is none of this process's children: nothing to wait for, or to kill
        _worker = None


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_forget_worker)


def _serve():
    """The worker process: jobs come pickled on stdin, answers go pickled to stdout."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes to stderr, not between the answers
    jobs: queue.SimpleQueue = queue.SimpleQueue()

    def read():
        try:
            while True:
                jobs.put(pickle.load(sys.stdin.buffer))
        finally:
            os._exit(0)  # the parent is gone, however it ended

    def answer(kind: str, value):
        pickle.dump((kind, value), answers)
        answers.flush()

    threading.Thread(target=read, daemon=True).start()
    compute(**checked_request(np.random.default_rng(0).normal(size=(64, 8)), n_epochs=11))  # imports and compiles
    while True:
        request = jobs.get()
        try:
            answer("result", compute(**request, report=lambda *state: answer("progress", state)))
        except Exception:
            answer("error", traceback.format_exc())
