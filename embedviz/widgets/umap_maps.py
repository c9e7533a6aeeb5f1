"""The UMAPs of an explorer: computed by another process, looked after by the kernel's event loop."""

from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager

import numpy as np

from embedviz.space.epochs import widened
from embedviz.space.umap_worker import background_umap
from embedviz.widgets.base import running_loop, said

LOOK = 0.3  # seconds between two looks at the progress


class UmapMaps:
    """Maps of one table, by their settings; at most one is being computed.

    Args:
        fixed: options of `projection.umap` that stay: seed, n_epochs, cache.
        tell: called when the progress, or what there is, has changed; in the thread that asked, if it has a loop.
        changing: gives a context in which no other thread asks for a map or ends one.

    Attributes:
        ready: key → float32 array of shape (n, dim).
        progress: {"stage": …, "share": 0 to 1} of the one that is being computed, or {"error": …} of the last one if it
            failed, or empty.
    """

    def __init__(self, fixed: dict, tell: Callable[[], object], changing: Callable[[], AbstractContextManager]):
        self._fixed, self._tell, self._changing = fixed, tell, changing
        self._job = self._key = self._dim = None
        self.ready: dict[str, np.ndarray] = {}
        self.progress: dict = {}

    def want(self, vectors: np.ndarray, dim: int, settings: dict) -> str:
        """Start to compute a map, unless it is there or being computed; another one is given up. Returns its key.

        Args:
            vectors: float32 array of shape (n, features).
            dim: of the map; where the vectors have fewer dimensions, the last columns are 0.
            settings: n_neighbors, min_dist, metric.
        """
        key = key_of(dim, settings)
        if key in self.ready:
            self.give_up()
        elif key != self._key:
            self.give_up()
            low = min(dim, *vectors.shape)
            self._key, self._dim = key, dim
            self._job = background_umap(vectors, dim=low, **settings, **self._fixed)
            self._watch(self._job)
        return key

    def wait(self) -> None:
        """Wait for the map that is being computed, and for another one that is wanted meanwhile.

        Raises:
            Exception: what was raised when it was computed.
        """
        while (job := self._job) is not None:
            try:
                place = job.result()
            except BaseException as error:
                if isinstance(error, CancelledError) and self._job not in (None, job):
                    continue  # another one is wanted
                self._end(job)
                raise
            self._end(job, place)

    def give_up(self) -> None:
        """End what is being computed."""
        if self._job is not None:
            self._job.cancel()
        self._job = self._key = None
        self._say({})

    def forget(self) -> None:
        """Give up, and forget the maps of what is no more."""
        self.ready = {}
        self.give_up()

    def _watch(self, job):
        with self._changing():
            if self._job is not job:
                return
            if job.done:
                self._finish()
                return
            self._say({"stage": job.stage, "share": job.progress})
        if loop := running_loop():  # a script has none, and calls wait()
            loop.call_later(LOOK, self._watch, job)

    def _finish(self):
        try:
            self.wait()
        except Exception as error:
            self._say({"error": said(error)})

    def _end(self, job, place=None):
        """Keep what a job has found, unless another one is wanted by now."""
        with self._changing():
            if self._job is not job:
                return
            if place is not None:
                self.ready[self._key] = widened(place, self._dim)
            self.give_up()

    def _say(self, progress):
        self.progress = progress
        self._tell()


def key_of(dim: int, settings: dict) -> str:
    """What a map is known by in the page too, which writes numbers without exponent: "2 15 0.1 cosine"."""
    least = np.format_float_positional(settings["min_dist"], trim="-")
    return f"{dim} {settings['n_neighbors']} {least} {settings['metric']}"
