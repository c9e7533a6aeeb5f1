"""The notebooks that a class is handed: without solutions, folded answers, and a lecturer's comments.

`student_notebook` makes one, `write_student_folder` all of them, with what they need. Each exercise becomes two cells,
the stub and its check, which carry nbgrader's metadata. Outputs stay, but for those of exercises.

`teacher_notebook` is what `nbgrader generate_assignment` takes: the same, with solutions marked for nbgrader to remove;
`write_nbgrader_course` makes an assignment of each chapter.
"""

import copy
import json
import re
from pathlib import Path

import nbformat

from embedviz.base.files import write_atomically
from embedviz.course import class_settings
from embedviz.course.checking import Exercise
from embedviz.course.exercises import EXERCISES
from embedviz.publish.slides.reading import LECTURE_TAGS, without_lecture

PAGES = ("symbols.md", "glossary.md")  # that lie beside the notebooks
FOLDED = "Ask your teacher."  # what is there instead of a folded answer
_FOLDED = re.compile(r"(<details\b[^>]*>\s*<summary>.*?</summary>).*?(</details>)", re.DOTALL)
_OUTSIDE = re.compile(r"!?\[([^\]]+)\]\(\.\./[^)]*\)")  # a link to what a class does not get
_CHECK = re.compile(r'^exercise\("([^"]+)"\)\.check\(\w+\)$', re.MULTILINE)
CONFIG = """# For nbgrader: `nbgrader generate_assignment 01_encodings` in this folder, and so on.
c = get_config()
c.ClearSolutions.code_stub = {"python": "..."}
c.ExecutePreprocessor.timeout = 1800  # seconds that a cell may take: a chapter trains
"""


def exercise_in(source: str) -> Exercise | None:
    """The exercise that a code cell asks for; None if it asks for none."""
    found = _CHECK.search(source)
    return EXERCISES.get(found[1]) if found else None


def student_notebook(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """A notebook as a class gets it.

    Args:
        notebook: one of the workbook's, in nbformat 4.5; it is not changed.
        name: its file's, without the suffix; it makes nbgrader's ids unique among all notebooks.
    """
    made = copy.deepcopy(notebook)
    made.cells = [new for cell in made.cells for new in _student_cells(cell, name)]
    return made


def teacher_notebook(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """The same with the solutions, between the marks at which `nbgrader generate_assignment` cuts them out."""
    made = student_notebook(notebook, name)
    for stub, check in zip(made.cells, made.cells[1:]):
        if check.cell_type == "code" and check.metadata.get("nbgrader", {}).get("grade"):
            stub.source = _marked(exercise_in(check.source))
    return made


def _marked(exercise: Exercise) -> str:
    head, _, _ = exercise.stub.rpartition("\n")  # without the dots
    _, _, body = exercise.answer.partition("\n")
    return f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"


def _student_cells(cell: nbformat.NotebookNode, name: str) -> list[nbformat.NotebookNode]:
    if tags := cell.metadata.get("tags"):
        cell.metadata.tags = [tag for tag in tags if tag not in LECTURE_TAGS]
        if not cell.metadata.tags:
            del cell.metadata["tags"]
    if cell.cell_type == "markdown":
        text = without_lecture(cell.source)
        cell.source = _OUTSIDE.sub(r"\1", _FOLDED.sub(rf"\1\n\n{FOLDED}\n\2", text)).strip("\n")
        return [cell] if cell.source.strip() else []
    exercise = exercise_in(cell.source) if cell.cell_type == "code" else None
    return [cell] if exercise is None else _two_cells(exercise, cell, name)


def _two_cells(exercise: Exercise, cell: nbformat.NotebookNode, name: str) -> list[nbformat.NotebookNode]:
    """The stub, which is the student's, and the check, which nbgrader counts."""
    check = copy.deepcopy(cell)
    cell.source, check.source = exercise.stub, _CHECK.search(cell.source)[0]
    check.id = f"{cell.id}-check"[:64]
    for one in (cell, check):
        one.outputs, one.execution_count = [], None
    own = f"{name}-{cell.id}"
    common = {"schema_version": 3, "cell_type": "code", "task": False}
    cell.metadata["nbgrader"] = {**common, "grade_id": own, "grade": False, "solution": True, "locked": False}
    check.metadata["nbgrader"] = {
        **common, "grade_id": f"{own}-check", "grade": True, "solution": False, "locked": True,
        "points": exercise.minutes,
    }  # fmt: skip
    return [cell, check]


def write_student_folder(folder: Path, notebooks: Path) -> list[Path]:
    """Write all that a class gets: the notebooks, the pages beside them, and what keeps solutions back.

    Args:
        notebooks: the folder of the workbook's notebooks.

    Returns:
        The files written.

    Raises:
        FileNotFoundError: there are no notebooks; they are no part of the package.
        OSError: the folder cannot be written.
    """
    written = [_write(folder / path.name, student_notebook(_read(path), path.stem)) for path in _all(notebooks)]
    return written + _write_beside(folder, notebooks)


def write_nbgrader_course(folder: Path, notebooks: Path) -> list[Path]:
    """Write what nbgrader starts from: `nbgrader_config.py`, and `source/` with an assignment for each chapter.

    Returns:
        The files written.

    Raises:
        As `write_student_folder`.
    """
    written = [_write_text(folder / "nbgrader_config.py", CONFIG)]
    for path in _all(notebooks):
        notebook, assignment = _read(path), folder / "source" / path.stem
        if any(exercise_in(cell.source) for cell in notebook.cells):
            written.append(_write(assignment / path.name, teacher_notebook(notebook, path.stem)))
            written += _write_beside(assignment, notebooks)
    return written


def _all(notebooks: Path) -> list[Path]:
    found = sorted(notebooks.glob("*.ipynb"))
    if not found:
        raise FileNotFoundError(f"no notebooks in {notebooks}: get the whole repository, for the package has none")
    return found


def _read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def _write_beside(folder: Path, notebooks: Path) -> list[Path]:
    texts = {name: _OUTSIDE.sub(r"\1", (notebooks / name).read_text(encoding="utf-8")) for name in PAGES}
    texts[class_settings.FILE] = json.dumps(class_settings.WITHOUT_SOLUTIONS) + "\n"
    return [_write_text(folder / name, text) for name, text in texts.items()]


def _write(path: Path, notebook: nbformat.NotebookNode) -> Path:
    nbformat.validate(notebook)
    return write_atomically(path, lambda temporary: nbformat.write(notebook, temporary))


def _write_text(path: Path, text: str) -> Path:
    return write_atomically(path, text)
