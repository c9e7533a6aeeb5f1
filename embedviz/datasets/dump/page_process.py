"""Wikitext read in a process of its own, which may be ended for its time or its memory.

mwparserfromhell works in C, where no exception reaches it: only the end of its process stops it. A process reads many
pages; after one that it did not survive another takes its place.

Where the system can bound a process (not on Windows), it does: processor time to the second, and, on Linux, memory.
Elsewhere, and if it should fail, the parent looks every `LOOK_S` seconds.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import psutil

from embedviz.datasets.dump.page_reader import OUT_OF_MEMORY, receive, send

LOOK_S = 0.25
SLOWNESS = 20  # seconds on the clock that a second of processor time may take on a busy machine
PATIENCE_S = 600  # for a new process to be ready


@dataclass(frozen=True)
class Limits:
    """What one page may take.

    Attributes:
        seconds: of processor time.
        megabytes: that its process may have beyond what it begins with.
    """

    seconds: int = 20
    megabytes: int = 1000

    def __post_init__(self):
        for name, least in (("seconds", 1), ("megabytes", 100)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise ValueError(f"{name}={value!r}: it must be a whole number, at least {least}")


class PageLost(Exception):
    """A page that could not be read; the message says why."""


class PageProcess:
    """Reads pages' wikitext, as `infobox.read_wikitext` does, within limits; a context manager.

    Args:
        box_names, namespaces: as those of `read_wikitext`.
        limits: for each page.
    """

    def __init__(self, box_names: Collection[str], namespaces: Mapping[str, int], limits: Limits):
        self._settings = [sorted(box_names), dict(namespaces), limits.seconds, limits.megabytes]
        self._limits, self._process, self._own_bytes = limits, None, 0

    def read(self, text: str, title: str) -> dict:
        """What `read_wikitext` returns.

        Raises:
            PageLost: it took too long, or too much memory, or failed.
        """
        if self._process is None:
            self._start()
        with _Watch(self._process.pid, self._limits, self._own_bytes) as watch:
            try:
                send(self._process.stdin, [text, title])
                answer = receive(self._process.stdout)
            except (OSError, EOFError):
                answer = None
        if answer is None:
            raise PageLost(self._last_words(watch.reason))
        if "failed" in answer:
            raise PageLost(answer["failed"])
        return answer

    def _start(self) -> None:
        # -P: no file of the folder that somebody runs this in. Its own messages are ours.
        command = [sys.executable, "-P", "-m", "embedviz.datasets.dump.page_reader"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            send(self._process.stdin, self._settings)
            self._own_bytes = receive(self._process.stdout)
        except (OSError, EOFError):
            status = self._process.wait(PATIENCE_S)
            self.__exit__()
            raise RuntimeError(f"the process that reads wikitext does not start (exit status {status})") from None

    def _last_words(self, reason: str | None) -> str:
        """Why the process is no more; another will take its place."""
        status = self._process.wait(PATIENCE_S)
        self.__exit__()
        seconds, megabytes = self._limits.seconds, self._limits.megabytes
        if reason == "time" or -status in _signals("SIGXCPU"):
            return f"more than {seconds} s of processor time"
        if reason == "memory" or status == OUT_OF_MEMORY:
            return f"more than {megabytes:,} MB of memory"
        return f"its process ended with status {status}"

    def __enter__(self) -> "PageProcess":
        return self

    def __exit__(self, *exception) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None


class _Watch(threading.Thread):
    """Ends a process that takes more than it may, as seen from outside; `reason` is then "time" or "memory"."""

    def __init__(self, pid: int, limits: Limits, own_bytes: int):
        super().__init__(daemon=True)
        self._pid, self._seconds, self._over, self.reason = pid, limits.seconds, threading.Event(), None
        self._most = own_bytes + limits.megabytes * 1_000_000

    def run(self) -> None:
        end = time.monotonic() + self._seconds * SLOWNESS
        while not self._over.wait(LOOK_S):
            try:
                process = psutil.Process(self._pid)
                if process.memory_info().rss > self._most:
                    self.reason = "memory"
                elif time.monotonic() > end:
                    self.reason = "time"
                if self.reason:
                    process.kill()
                    return
            except psutil.Error:  # it has ended
                return

    def __enter__(self) -> "_Watch":
        self.start()
        return self

    def __exit__(self, *exception) -> None:
        self._over.set()
        self.join()


def _signals(*names: str) -> list[int]:
    """The numbers of signals, where the system has them."""
    import signal

    return [int(getattr(signal, name)) for name in names if hasattr(signal, name)]
