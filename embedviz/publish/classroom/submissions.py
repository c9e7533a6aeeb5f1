"""The notebooks that a class hands in: whose they are, which chapters, and the check of all, as a table.

A folder of submissions holds a folder or a notebook for each student: `anna/…/01_encodings.ipynb` (at any depth, as
nbgrader collects them) or `anna.ipynb`. Files may have any name: a chapter is known by its exercises.
"""

import collections
import csv
import functools
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from embedviz.base.files import write_atomically
from embedviz.course import places
from embedviz.course.checking import Exercise
from embedviz.course.exercises import EXERCISES
from embedviz.publish.classroom.grading import Keeper, Result
from embedviz.publish.classroom.student import exercise_in

COLUMNS = ("student", "chapter", "exercise", "result", "slip", "input", "problem", "seconds", "note")
LARGEST = 100e6  # bytes of a notebook; ours have less than 3 MB, with all their outputs
_MENTIONED = re.compile(r"""exercise\(\s*["']([^"']+)["']\s*\)|\bdef\s+(my_\w+)""")
_FORMULA = re.compile(r"^[=+\-@\t\r]")  # how a cell begins that a spreadsheet would compute


@dataclass(frozen=True)
class Row:
    """One exercise of one student; `exercise` is "" where a file could not be read."""

    student: str
    chapter: int | None
    exercise: str
    found: Result


def students(folder: Path) -> dict[str, list[Path]]:
    """student → their notebooks, by name.

    Raises:
        FileNotFoundError: no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {str(folder)!r}")
    found = collections.defaultdict(list)
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            notebooks = sorted(entry.rglob("*.ipynb"))
            found[entry.name] += [path for path in notebooks if not _is_hidden(path.relative_to(folder))]
        elif entry.suffix == ".ipynb":
            found[entry.stem].append(entry)
    if not found:
        raise FileNotFoundError(f"nothing in {folder}: it must hold a folder or a notebook (.ipynb) for each student")
    return dict(found)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)  # as .ipynb_checkpoints


def check_all(folder: Path, keeper: Keeper, chapters: Sequence[int] = ()) -> Iterator[Row]:
    """Check every exercise of every student.

    Args:
        chapters: that were set; each student then has all their exercises, and no others. None: those handed in.

    Raises:
        FileNotFoundError: as `students`.
    """
    for student, paths in students(folder).items():
        yield from _check_student(student, paths, keeper, chapters)


def _check_student(student: str, paths: Sequence[Path], keeper: Keeper, chapters: Sequence[int]) -> Iterator[Row]:
    cells: dict[int, list[str]] = {chapter: [] for chapter in chapters}
    for path in paths:
        try:
            sources = code_cells(path)
        except (OSError, ValueError) as error:
            yield Row(student, None, "", Result("error", f"{path.name}: {error}"))
            continue
        chapter = chapter_of(sources)
        if chapter in cells or (chapter and not chapters):
            cells.setdefault(chapter, []).extend(sources)
    for chapter, sources in sorted(cells.items()):
        for one in asked_in(chapter):
            found = keeper.check(one, sources) if sources else Result("not written", note="no notebook")
            yield Row(student, chapter, one.name, found)


@functools.cache
def asked_in(chapter: int) -> list[Exercise]:
    """The exercises of a chapter, in its order; one of them may be another chapter's, asked again."""
    code = ["".join(cell["source"]) for cell in places.cells(chapter) if cell["cell_type"] == "code"]
    asked = [one for source in code if (one := exercise_in(source))]
    return asked or [one for one in EXERCISES.values() if one.chapter == chapter]


def code_cells(path: Path) -> list[str]:
    """The code of a notebook's cells.

    Raises:
        ValueError: it is no notebook, or far too large; the message says which.
        OSError: it cannot be read.
    """
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.stat().st_size:,} bytes: no notebook of this workbook is as large")
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return ["".join(source) for source in code]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"it is no notebook ({type(error).__name__}: {error})") from None


def chapter_of(sources: Sequence[str]) -> int | None:
    """The chapter that most of the exercises in these cells belong to; None if there are none."""
    functions = {one.function: one for one in EXERCISES.values()}
    mentioned = {name or function for source in sources for name, function in _MENTIONED.findall(source)}
    known = [EXERCISES.get(name) or functions.get(name) for name in mentioned]
    counts = collections.Counter(one.chapter for one in known if one)
    return min(counts, key=lambda chapter: (-counts[chapter], chapter)) if counts else None


# The table.


def write_table(rows: Sequence[Row], path: Path) -> Path:
    """Write the rows as CSV, UTF-8 with a mark that Excel needs.

    Raises:
        OSError: it cannot be written.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in rows:
        found = row.found
        cells = [row.student, row.chapter or "", row.exercise, found.result, found.slip, found.given, found.problem]
        table.writerow([*map(harmless, cells), f"{found.seconds:.2f}", harmless(found.note)])
    return write_atomically(path, lambda temporary: temporary.write_text(text.getvalue(), "utf-8-sig", newline=""))


def harmless(value) -> str:
    """Text of a student's that a spreadsheet shows, and does not compute."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+", " ", str(value))
    return f"'{text}" if _FORMULA.match(text) else text


def summary(rows: Sequence[Row]) -> str:
    """How a class did: each student's right answers, and the slips that several made."""
    lines = []
    for student in dict.fromkeys(row.student for row in rows):
        own = [row.found.result for row in rows if row.student == student]
        counts = collections.Counter(own)
        rest = ", ".join(f"{count} {result}" for result, count in counts.most_common() if result != "right")
        lines.append(f"{harmless(student)}: {counts['right']} of {len(own)} right" + (f"; {rest}" if rest else ""))
    slips = collections.Counter((row.exercise, row.found.slip) for row in rows if row.found.slip)
    common = [f"{count} × {exercise}: {slip}" for (exercise, slip), count in slips.most_common(5) if count > 1]
    return "\n".join([*lines, *(["", "Slips that several made:"] if common else []), *common])
