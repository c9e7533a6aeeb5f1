"""Tasks done in this process, on processes of this machine, or on any Dask scheduler.

Workers elsewhere must see the same folders at the same paths as this process, and have embedviz with its extra "dump".
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

TOPIC = "embedviz-dump"
TELL_S = 1.0  # between two messages of a worker about its progress

#: (function, arguments of each task, report) → (number of the task, what it returned or raised), as they end. The
#: function gets its arguments and `report`, which is told of amounts of work done.
Run = Callable[[Callable, Sequence[tuple], Callable[[int], None]], Iterator[tuple[int, object]]]


@contextmanager
def engine(workers: int = 2, scheduler: str | None = None) -> Iterator[Run]:
    """What does tasks.

    Args:
        workers: processes of this machine; 0: this process, without Dask.
        scheduler: the address of a Dask scheduler, "tcp://host:8786", in place of `workers`.

    Raises:
        ValueError: a number below 0.
        OSError: no scheduler at this address.
        ImportError: Dask is not installed, and is needed.
    """
    if workers < 0:
        raise ValueError(f"workers={workers}: it must be 0 or more")
    if scheduler is None and workers == 0:
        yield _run_here
        return
    from distributed import Client, LocalCluster

    if scheduler is None:
        # No bound on memory: what may grow is bounded by itself (`pages.PAGE_BYTES`, `page_process.Limits`), and a
        # worker is not to be paused because the machine is full of others.
        with (
            LocalCluster(workers, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster,
            Client(cluster) as client,
        ):
            yield lambda *task: _run_on(client, *task)
    else:
        with Client(scheduler) as client:
            yield lambda *task: _run_on(client, *task)


def _run_here(function: Callable, tasks: Sequence[tuple], report: Callable[[int], None]):
    for number, arguments in enumerate(tasks):
        try:
            yield number, function(*arguments, report)
        except Exception as error:
            yield number, error


def _run_on(client, function: Callable, tasks: Sequence[tuple], report: Callable[[int], None]):
    from distributed import as_completed

    client.subscribe_topic(TOPIC, lambda event: report(event[1]))
    # Not pure: a task writes files, so that what it did before may be gone.
    futures = {client.submit(_do, function, arguments, pure=False): number for number, arguments in enumerate(tasks)}
    try:
        for future in as_completed(futures):
            error = future.exception()
            yield futures[future], future.result() if error is None else error
    finally:
        client.cancel(list(futures))
        client.unsubscribe_topic(TOPIC)


def _do(function: Callable, arguments: tuple):
    """A task on a worker, which tells the client of its progress now and then."""
    from distributed import get_worker

    worker, done, last = get_worker(), 0, time.monotonic()

    def report(amount: int) -> None:
        nonlocal done, last
        done += amount
        if time.monotonic() - last > TELL_S:
            worker.log_event(TOPIC, done)
            done, last = 0, time.monotonic()

    result = function(*arguments, report)
    worker.log_event(TOPIC, done)
    return result
