"""All of `embedviz build-books`: parts of a dump in, a folder for `load_books(folder)` out."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedviz.datasets.dump.collect import PartResult, collect, result_files
from embedviz.datasets.dump.engine import Run, engine
from embedviz.datasets.dump.extract import extract, extract_files
from embedviz.datasets.dump.page_process import Limits
from embedviz.datasets.dump.redirects import box_names
from embedviz.datasets.dump.scan import looks_like_a_box, scan, scan_files
from embedviz.datasets.dump.task_files import TaskFiles, clear_left_overs, fingerprint

WORK = "work"  # the folder of the parts' own tables, in the result's


class BuildFailed(Exception):
    """Some parts could not be read; the message says which, and why. The others are done, and kept."""


@dataclass(frozen=True)
class _Part:
    path: Path
    folder: Path
    key: dict


@dataclass(frozen=True)
class _Task:
    """A task: its files, what its function gets, and how much work it is."""

    name: str
    files: TaskFiles
    arguments: tuple
    amount: int


def build_books(
    parts: Sequence[str | Path],
    folder: str | Path,
    *,
    workers: int = 2,
    scheduler: str | None = None,
    limits: Limits | None = None,
    progress: bool = True,
) -> dict:
    """Build the tables of books and links from parts of a dump.

    What an earlier run with the same parts has finished in `folder` is not done again, however it ended. The result is
    the same whatever does the tasks.

    Args:
        parts: pages-articles files packed by bz2, of one stream or many ("multistream").
        folder: for the result: books.parquet, links.parquet, dead_letters.jsonl, summary.json, and a folder "work",
            which only further runs need.
        workers, scheduler: what does the tasks, see `engine.engine`.
        limits: what reading one page may take.
        progress: show on standard error how far it is, and how long it will take.

    Returns:
        The summary, see `collect.collect`.

    Raises:
        FileNotFoundError: no such part.
        ValueError: no parts, a part that comes twice, or an argument that cannot be.
        BuildFailed: parts are damaged, or a worker failed.
        OSError: the folder cannot be written, or there is no such scheduler.
    """
    limits, folder = limits or Limits(), Path(folder).expanduser().resolve()
    found = _read_parts(parts, folder)
    with _alone(folder), engine(workers, scheduler) as run:
        clear_left_overs(folder)
        scans, scanned = _scan_all(run, found, progress)
        names = box_names(task.files.path("redirects.parquet") for task in scans)
        extracts = []
        for part, task, counts in zip(found, scans, scanned):
            own = extract_files(part.folder / "books", task.files.key, names, limits)
            arguments = (task.files.path("candidates.parquet"), own, names, counts["namespaces"], limits)
            extracts.append(_Task(part.path.name, own, arguments, counts["candidates"]))
        extracted = _do_all(run, extract, extracts, "pages read", " pages", progress)
    result = result_files(folder, [task.files.key for task in extracts])
    results = zip(found, scans, extracts, scanned, extracted)
    return result.finished() or collect(
        result, [PartResult(part.path.name, one.files, other.files, *counts) for part, one, other, *counts in results]
    )


def _read_parts(parts: Sequence[str | Path], folder: Path) -> list[_Part]:
    if not parts:
        raise ValueError("no parts: name at least one pages-articles file of a dump")
    found: dict[str, _Part] = {}
    for part in parts:
        path = Path(part).expanduser().resolve()
        if not path.is_file():
            raise FileNotFoundError(f"no file {str(part)!r}")
        key = fingerprint(path)
        if key in found:
            raise ValueError(f"{found[key].path} and {path} are the same part: name it once")
        found[key] = _Part(path, folder / WORK / f"{path.name[:80]}-{key[:12]}", {"name": path.name, "part": key})
    return list(found.values())


def _scan_all(run: Run, parts: Sequence[_Part], progress: bool) -> tuple[list[_Task], list[dict]]:
    """The scans of all parts and what they counted; twice, where the box has redirects that do not look like one."""
    names: set[str] = set()
    while True:
        folder = "scan-for-more-names" if names else "scan"
        tasks = []
        for part in parts:
            files = scan_files(part.folder / folder, part.key, names)
            tasks.append(_Task(part.path.name, files, (part.path, files, names), part.path.stat().st_size))
        counts = _do_all(run, scan, tasks, "dump read", "B", progress)
        found = box_names(task.files.path("redirects.parquet") for task in tasks)
        if (more := {name for name in found if not looks_like_a_box(name)}) <= names:
            return tasks, counts
        names |= more


def _do_all(run: Run, function: Callable, tasks: Sequence[_Task], what: str, unit: str, progress: bool) -> list[dict]:
    """What each task returned, now or when it was done; BuildFailed, once all are done that can be."""
    from tqdm import tqdm

    results = {number: done for number, task in enumerate(tasks) if (done := task.files.finished()) is not None}
    todo = [number for number in range(len(tasks)) if number not in results]
    failed = []
    with tqdm(
        desc=what,
        total=sum(task.amount for task in tasks),
        initial=sum(tasks[number].amount for number in results),
        unit=unit,
        unit_scale=True,
        disable=not progress,
        mininterval=0.5 if sys.stderr.isatty() else 30,  # a log gets a line now and then
    ) as bar:
        for place, result in run(function, [tasks[number].arguments for number in todo], bar.update) if todo else ():
            number = todo[place]
            if isinstance(result, Exception):
                failed.append(f"{tasks[number].name}: {result or type(result).__name__}")
            else:
                results[number] = result
    if failed:
        lines = "".join(f"\n  - {line}" for line in sorted(failed))
        raise BuildFailed(
            f"{len(failed)} of {len(tasks)} parts failed:{lines}\nThe others are kept: mend these and run this again."
        )
    return [results[number] for number in range(len(tasks))]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other build works in this folder meanwhile; the system ends the lock with its process."""
    import filelock

    folder.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder / ".lock", timeout=5):
            yield
    except filelock.Timeout:
        raise BuildFailed(f"another build works in {folder}: wait for it, or choose another folder") from None
