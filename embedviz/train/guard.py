"""What a training changes in its process, and how that is put back: threads, gradients, Ctrl-C."""

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_lock = threading.Lock()
_running: list[tuple[int, int]] = []  # (thread of Python, threads of torch) of each training that runs now
_before = 0  # torch's threads before the first of them began


@contextmanager
def torch_threads(number: int) -> Iterator[None]:
    """So many threads for torch's arithmetic inside, and afterwards as many as before; trainings may overlap.

    torch keeps the number for each thread of Python by itself, and a new thread begins with what any has set last. So a
    training that begins in a new thread while another one runs finds that one's number, which is not the one to leave
    behind.
    """
    global _before
    me = (threading.get_ident(), number)
    with _lock:
        found = torch.get_num_threads()
        if not _running:
            _before = found
        inside_another = any(thread == me[0] for thread, _ in _running)
        inherited = not inside_another and any(found == theirs for _, theirs in _running)
        back = _before if inherited else found
        _running.append(me)
    try:
        torch.set_num_threads(number)
        yield
    finally:
        with _lock:
            _running.remove(me)
            torch.set_num_threads(back)


class Interrupts:
    """Ctrl-C in the main thread, as a context: what must not be left half done is finished first.

    Inside, an interrupt waits, but in `after`, where it comes as always, as a KeyboardInterrupt. At the end none is
    raised that still waits: what the context has computed would be lost with it. In other threads, where no interrupt
    ever comes, and where the process ignores interrupts, nothing changes.
    """

    def __init__(self):
        self._came, self._patience, self._before = 0, math.inf, None

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if callable(before):
                self._before = before
                signal.signal(signal.SIGINT, self._arrived)
        return self

    def __exit__(self, *exception) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _arrived(self, number, frame):
        self._came += 1
        if self._came > self._patience:
            self._patience = math.inf  # what follows puts things back
            self._before(number, frame)

    @contextmanager
    def after(self, patience: int) -> Iterator[None]:
        """Let interrupts through, but so many; those that came before count.

        Raises:
            KeyboardInterrupt: more came before.
        """
        try:
            self._patience = patience
            if self._came > patience:
                raise KeyboardInterrupt
            yield
        finally:
            self._patience = math.inf


@contextmanager
def guarded(threads: int) -> Iterator[Interrupts]:
    """Everything that a training does in its process: inside, so many threads for torch, and interrupts as they say.

    In the end threads, gradients and the handling of interrupts are as before. (An interrupt on the way into
    `torch.no_grad()` leaves gradients off, for all that is run afterwards.)
    """
    gradients = torch.is_grad_enabled()
    with Interrupts() as interrupts, torch_threads(threads):
        try:
            yield interrupts
        finally:
            torch.set_grad_enabled(gradients)
