"""What a class is handed: no solution, no answer, no lecturer's word; nbgrader's metadata are as it wants them."""

import functools
import json
import re
from pathlib import Path

import jsonschema
import nbformat
import pytest

from embedviz.__main__ import main
from embedviz.course import class_settings, places
from embedviz.course.checking import Wrong
from embedviz.course.exercise_view import ExerciseForm, in_words
from embedviz.course.exercises import EXERCISES, named
from embedviz.course.practice import Practice
from embedviz.publish.classroom import student_notebook, teacher_notebook

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
# nbgrader 0.9.6's rules (nbgraderformat/v3.py, and its grade_id's letters), written as a schema.
NBGRADER = {
    "type": "object",
    "required": ["schema_version", "grade", "solution", "locked", "task", "grade_id", "cell_type"],
    "properties": {
        "schema_version": {"const": 3},
        "grade": {"type": "boolean"},
        "solution": {"type": "boolean"},
        "locked": {"type": "boolean"},
        "task": {"const": False},
        "grade_id": {"type": "string", "pattern": r"^[a-zA-Z0-9_\-]+$"},
        "cell_type": {"const": "code"},
        "points": {"type": "number", "minimum": 0},
    },
    "additionalProperties": False,
    "if": {"properties": {"grade": {"const": True}}},
    "then": {"required": ["points"]},
}


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    """The folder of a class, as the command writes it."""
    folder = tmp_path_factory.mktemp("class") / "student"
    assert main(["student", str(folder)]) == 0
    return folder


@functools.cache
def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def without_spaces(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_all_that_a_class_needs_is_there(handed_out):
    files = {path.name for path in handed_out.iterdir()}
    assert files == {*(path.name for path in NOTEBOOKS), "symbols.md", "glossary.md", class_settings.FILE}


@EACH
def test_each_exercise_is_a_stub_and_its_check_and_all_else_stays(handed_out, path):
    before, after = read(path).cells, {cell.id: cell for cell in read(handed_out / path.name).cells}
    exercises = 0
    for cell in before:
        found = re.search(r'^exercise\("(.+?)"\)\.check\((\w+)\)$', cell.source, re.MULTILINE)
        if cell.cell_type == "code" and found:
            exercises += 1
            stub, check = after.pop(cell.id), after.pop(f"{cell.id}-check")
            assert stub.source == named(found[1]).stub and check.source == found[0]
            assert stub.outputs == check.outputs == [] and stub.execution_count is check.execution_count is None
        elif cell.cell_type == "code":
            assert after.pop(cell.id) == cell
        else:
            after.pop(cell.id, None)
    assert not after and exercises >= (8 if path.stem[1] in "1234" else 0)


@EACH
def test_no_answer_is_left(handed_out, path):
    text = (handed_out / path.name).read_text(encoding="utf-8")
    plain = without_spaces(text.replace("\\n", "\n").replace('\\"', '"'))
    for one in EXERCISES.values():
        body = one.answer.partition("\n")[2]
        assert without_spaces(body) not in plain, one.name
    assert not re.search(r"<!--\s*(slide|notes|ask)\b", text)
    assert not re.search(r'"(slide|fragment|notes|hide-code|hide-output)"', text)
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            for summary, answer in re.findall(r"<summary>(.*?)</summary>(.*?)</details>", cell.source, re.DOTALL):
                assert json.dumps(answer.strip(), ensure_ascii=False)[1:-1] not in text, summary
                assert json.dumps(summary, ensure_ascii=False)[1:-1] in text


def test_a_lecturers_words_are_cut_out():
    cells = [
        nbformat.v4.new_markdown_cell("<!-- slide\n# Big -->\n\n<!-- notes 2 min\nSay it. -->", id="only"),
        nbformat.v4.new_markdown_cell(
            "Before.\n<!-- ask\nWhich?\n- [ ] this\n- [x] that\n\nFor a reason. -->\nAfter. <!-- a word to editors -->",
            id="mixed",
            metadata={"tags": ["slide", "notes", "kept"]},
        ),
        nbformat.v4.new_markdown_cell("See [the script](../tests/a.py) and [b](02_b.ipynb#x).", id="links"),
        nbformat.v4.new_code_cell("1 + 1", id="code", metadata={"tags": ["fragment", "hide-code"]}),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    made = student_notebook(notebook, "one")
    assert [cell.id for cell in made.cells] == ["mixed", "links", "code"]
    mixed, links, code = made.cells
    assert mixed.source == "Before.\nAfter. <!-- a word to editors -->" and mixed.metadata == {"tags": ["kept"]}
    assert links.source == "See the script and [b](02_b.ipynb#x)." and code.metadata == {}
    assert len(notebook.cells) == 4 and notebook.cells[1].metadata.tags[0] == "slide", "the original is changed"


# nbgrader.


def marked(notebook) -> list[tuple[dict, nbformat.NotebookNode]]:
    return [(cell.metadata.nbgrader, cell) for cell in notebook.cells if "nbgrader" in cell.metadata]


@EACH
@pytest.mark.parametrize("make", [student_notebook, teacher_notebook])
def test_nbgraders_metadata_are_valid(path, make):
    notebook = make(read(path), path.stem)
    nbformat.validate(notebook)
    cells = marked(notebook)
    for found, cell in cells:
        jsonschema.validate(found, NBGRADER)
        assert (found.solution, found.grade, found.locked) in {(True, False, False), (False, True, True)}
        assert found.grade == cell.source.startswith("exercise(")
    assert sum(found.grade for found, _ in cells) == sum(found.solution for found, _ in cells)


def test_no_two_cells_have_the_same_id():
    everywhere = []
    for path in NOTEBOOKS:
        ids = [cell.id for cell in read(path).cells]
        assert len(set(ids)) == len(ids), path.name
        made = student_notebook(read(path), path.stem)
        assert len({cell.id for cell in made.cells}) == len(made.cells), path.name
        everywhere += [found.grade_id for found, _ in marked(made)]
    assert len(set(everywhere)) == len(everywhere) > 2 * len(EXERCISES) - 1


@EACH
def test_nbgrader_cuts_the_solutions_out(path):
    """What its ClearSolutions does: between the marks, marks included, there come dots."""
    sources = {cell.id: cell.source for cell in student_notebook(read(path), path.stem).cells}
    solved = 0
    for found, cell in marked(teacher_notebook(read(path), path.stem)):
        if found.solution:
            cut = re.sub(r"( *)### BEGIN SOLUTION\n.*?### END SOLUTION", r"\1...", cell.source, flags=re.DOTALL)
            assert cut == sources[cell.id] != cell.source
            scope = {}
            exec("import numpy as np, torch\n" + cell.source, scope)
            name = re.search(r'"(.+?)"', sources[f"{cell.id}-check"])[1]
            named(name).judge(scope[named(name).function])
            solved += 1
    assert solved >= (8 if path.stem[1] in "1234" else 0)


def test_the_course_for_nbgrader_has_an_assignment_for_each_chapter(tmp_path):
    assert main(["student", "--nbgrader", str(tmp_path)]) == 0
    chapters = [path.stem for path in NOTEBOOKS if path.stem[1] in "1234"]
    assert sorted(path.name for path in (tmp_path / "source").iterdir()) == chapters
    for name in chapters:
        assert (tmp_path / "source" / name / f"{name}.ipynb").is_file()
        assert (tmp_path / "source" / name / class_settings.FILE).is_file()
    compile((tmp_path / "nbgrader_config.py").read_text(), "config", "exec")


def test_for_nbgrader_a_wrong_answer_is_an_error(monkeypatch, capsys):
    Practice(named("softmax")).check(lambda s: s)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    Practice(named("softmax")).check(named("softmax").solution)
    with pytest.raises(Wrong, match="the answer"):
        Practice(named("softmax")).check(lambda s: s)
    with pytest.raises(Wrong, match="write your answer first"):
        Practice(named("softmax")).check(lambda s: ...)


# What keeps solutions back.


@pytest.mark.parametrize("text", [json.dumps(class_settings.WITHOUT_SOLUTIONS), "{", "[]", "{}"])
def test_beside_the_file_no_solution_is_shown(tmp_path, monkeypatch, capsys, text):
    (tmp_path / class_settings.FILE).write_text(text)
    monkeypatch.chdir(tmp_path)
    one = Practice(named("softmax"))
    one.solution()
    assert "Ask your teacher" in (said := capsys.readouterr().out) and "def " not in said
    for _ in one.exercise.hints:
        one.take_hint()
    assert "solution" not in in_words(one) + one.hint_text() + repr(one)
    form = ExerciseForm(one)
    assert "Solution" not in form.static_html() and one.exercise.answer.split("\n")[1] not in form.static_html()
    assert form.solution_button not in form.children[1].children and len(form.children[1].children) == 2


def test_without_that_file_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    one = Practice(named("softmax"))
    one.solution()
    assert one.exercise.answer.split("\n")[1].strip() in capsys.readouterr().out
    assert "Solution" in ExerciseForm(one).static_html() and ".solution()" in in_words(one)


def test_where_the_notebooks_are_not_that_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(places, "NOTEBOOKS", tmp_path)
    assert main(["student", str(tmp_path / "out")]) == 1
    assert "no notebooks in" in capsys.readouterr().err
