"""Wait for what another thread, process or page does: `from waiting import wait_until`.

A test never sleeps a fixed time and hopes. It says what has to become true; on an idle machine that goes on at once,
on a busy one it takes what it takes, and only a deadline that is minutes away makes the test fail.
"""

import asyncio
import contextlib
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

Result = TypeVar("Result")


def wait_until(condition: Callable[[], Result], what: str, deadline: float = 300, pause: float = 0.02) -> Result:
    """Call `condition` again and again until what it returns is true, and return that.

    Args:
        condition: is called in this thread; an exception in it ends the wait.
        what: completes "waited … for", in the error.
        deadline: seconds after which it has failed; generous, for it is no measure of speed.
        pause: seconds between two calls.

    Raises:
        TimeoutError: the condition was still false at the deadline.
    """
    end = time.monotonic() + deadline
    while not (result := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {deadline:g} s for {what}")
        time.sleep(pause)
    return result


def ask_until(ask: Callable[[], Result], right: Callable[[Result], bool], deadline: float = 300) -> Result:
    """Ask again and again until the answer is right, or the deadline is over; the last answer, for an assert to show.

    For what is measured on a page: a widget whose place has another size draws itself anew some frames later.
    """
    end = time.monotonic() + deadline
    while not right(answer := ask()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def at_rest(read: Callable[[], Result], quiet: float = 1, deadline: float = 300) -> Result:
    """What `read` returns, once that has stayed the same for so many seconds."""
    last, since = read(), time.monotonic()

    def resting() -> bool:
        nonlocal last, since
        if (now := read()) != last:
            last, since = now, time.monotonic()
        return time.monotonic() - since > quiet

    wait_until(resting, "a page at rest", deadline, pause=0.1)
    return last


async def async_wait_until(
    condition: Callable[[], Result], what: str, deadline: float = 300, pause: float = 0.005
) -> Result:
    """`wait_until` in a coroutine: between two calls of `condition` the event loop does its other work."""
    end = time.monotonic() + deadline
    while not (result := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {deadline:g} s for {what}")
        await asyncio.sleep(pause)
    return result


def end(process: subprocess.Popen, patience: float = 60) -> int:
    """Ask a process to end, and end it if it does not; its exit status. It is never left running."""
    process.terminate()
    try:
        return process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@contextlib.contextmanager
def answering(server: socketserver.BaseServer) -> Iterator[socketserver.BaseServer]:
    """The server answers, in a thread of its own, as long as one is inside."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
