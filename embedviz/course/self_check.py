"""`check_installation()`: whether what the workbook needs is here; each line is right, or says what to do.

report = check_installation()      # in a notebook it shows itself
report.right, report.lines
"""

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import psutil
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from embedviz.datasets import DatasetError
from embedviz.datasets.registry import DATASETS
from embedviz.datasets.store.cache import state
from embedviz.widgets.bundle import JS, bundle

MEMORY = 2e9  # bytes that the largest chapter needs, with room for the browser
EXTENSIONS = ("anywidget", "@jupyter-widgets/jupyterlab-manager")  # what JupyterLab draws our widgets with
SETUP = "run `python start.py setup` in the workbook's folder"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at.

    Attributes:
        what: its name.
        found: what is here.
        todo: what to do about it; "" if it is right.
        hinders: whether chapters fail without; else they are only slower, or forget.
    """

    what: str
    found: str
    todo: str = ""
    hinders: bool = True

    @property
    def right(self) -> bool:
        return not self.todo


@dataclass(frozen=True, repr=False)
class Report:
    """All lines of a self-check."""

    lines: tuple[Line, ...]

    @property
    def right(self) -> bool:
        """Whether nothing hinders."""
        return all(line.right or not line.hinders for line in self.lines)

    @property
    def text(self) -> str:
        """The lines, and what to do, as Markdown."""
        rows = [f"| {_mark(line)} | {line.what} | {line.found} | {line.todo} |" for line in self.lines]
        good, bad = "Everything that the chapters need is here.", "Something is missing: see *what to do*."
        head = [f"**{good if self.right else bad}**", "", "| | | found | what to do |", "|---|---|---|---|"]
        return "\n".join([*head, *rows])

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return self.text


def _mark(line):
    return "✓" if line.right else "✗" if line.hinders else "!"


def check_installation() -> Report:
    """Look at Python, packages, data, widgets, progress, processors and memory.

    Something that cannot even be looked at is a line that says so.
    """
    return Report(tuple(_looked_at(look) for look in LOOKS))


def _looked_at(look: Callable[[], Line]) -> Line:
    try:
        return look()
    except Exception as error:  # a broken installation breaks in ways of its own, and the other lines still help
        return Line(look.__name__.lstrip("_"), f"{type(error).__name__}: {error}", SETUP)


def python(version: str | None = None) -> Line:
    """Python's version is one that embedviz supports."""
    version = version or platform.python_version()
    right = SpecifierSet(">=3.11,<3.14").contains(version, prereleases=True)
    return Line("Python", version, "" if right else "set it up with Python 3.11, 3.12 or 3.13: `python3.12 start.py`")


def packages(requirements: list[str] | None = None) -> Line:
    """Every package that embedviz needs is installed, in a version that it allows."""
    wanted = [Requirement(text) for text in (_declared() if requirements is None else requirements)]
    wanted = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = []
    for one in wanted:
        try:
            version = metadata.version(one.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{one.name} is missing")
            continue
        if not one.specifier.contains(version.split("+")[0], prereleases=True):
            wrong.append(f"{one.name} is {version}, not {one.specifier}")
    return Line("packages", "; ".join(wrong) or f"all {len(wanted)}", SETUP if wrong else "")


def _declared() -> list[str]:
    """What embedviz requires. In a checkout's folder an empty embedviz.egg-info may lie before the installed one."""
    found = (one.requires for one in metadata.distributions(name="embedviz"))
    return next(filter(None, found), None) or metadata.requires("embedviz") or []


def data() -> Line:
    """The data that the chapters load are in the cache, and intact."""
    wrong = {}
    for name, entry in DATASETS.items():
        if entry.default:
            try:
                said = state(entry)
            except DatasetError as error:
                return Line("data", str(error), "set EMBEDVIZ_CACHE to a folder that you can write")
            if said != "fetched":
                wrong[name] = said
    if not wrong:
        return Line("data", f"all {sum(entry.default for entry in DATASETS.values())} sets")
    found = "; ".join(f"{name} {said}" for name, said in wrong.items())
    force = "--force " if any("damaged" in said for said in wrong.values()) else ""
    return Line("data", found, f"run `embedviz fetch {force}{' '.join(wrong)}` once, with a network")


def widgets(prefixes: list[str] | None = None) -> Line:
    """The JavaScript of our widgets is complete, and JupyterLab has what draws it."""
    entries = sorted(str(path.relative_to(JS).as_posix()) for path in JS.glob("*/main.js"))
    for entry in entries:
        bundle(entry, widget=True)
    from jupyter_core.paths import jupyter_path

    places = [Path(place) for place in (jupyter_path("labextensions") if prefixes is None else prefixes)]
    missing = [name for name in EXTENSIONS if not any((place / name / "package.json").is_file() for place in places)]
    if missing:
        todo = f"{SETUP}, and start JupyterLab from that Python: `python start.py`"
        return Line("widgets", f"JupyterLab does not find {', '.join(missing)}", todo)
    return Line("widgets", f"{len(entries)}, and what JupyterLab draws them with")


def progress() -> Line:
    """What you do can be kept."""
    from embedviz.course.progress import ProgressError
    from embedviz.course.progress.store import default_path

    try:
        path = default_path()
    except ProgressError as error:
        return Line("progress", str(error), "set EMBEDVIZ_PROGRESS to a file that can be written", hinders=False)
    folder = next(parent for parent in path.parents if parent.exists())
    place = path if path.exists() else folder
    if not os.access(place, os.W_OK):
        todo = "set EMBEDVIZ_PROGRESS to a file that you can write, or your progress is forgotten"
        return Line("progress", f"{place} cannot be written", todo, hinders=False)
    return Line("progress", "is kept" if path.exists() else "nothing yet, and it can be kept")


def processors(count: int | None = None) -> Line:
    """How many processors there are."""
    if count is None:
        count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    todo = "" if count > 1 else "training takes about twice as long as the chapters say; close what else computes"
    return Line("processors", str(count), todo, hinders=False)


def memory(free: float | None = None) -> Line:
    """How much memory is free."""
    free = psutil.virtual_memory().available if free is None else free
    todo = "" if free >= MEMORY else "close other programs, and shut down the kernels of other notebooks"
    return Line("free memory", f"{free / 1e9:.1f} GB", todo, hinders=False)


LOOKS = (python, packages, data, widgets, progress, processors, memory)


if __name__ == "__main__":
    report = check_installation()
    print(report.text)
    sys.exit(not report.right)
