"""The exercises and predictions in the chapters: each is there, as it is written down, and can be solved there."""

import ast
import json
import re
from pathlib import Path

import pytest

from embedviz.course.exercises import EXERCISES
from embedviz.course.questions import QUESTIONS
from embedviz.course.whiteboard import LINES

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("0[1-4]*.ipynb"))
CELLS = {
    number: [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(path.read_text())["cells"]]
    for number, path in enumerate(NOTEBOOKS, 1)
}
ALL = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))


def imports(source: str) -> str:
    """The import statements of a cell."""
    return "\n".join(
        ast.unparse(node) for node in ast.parse(source).body if isinstance(node, (ast.Import, ast.ImportFrom))
    )


def calls(chapter: int, function: str) -> list[tuple[int, str]]:
    """(number of the cell, first argument) of each call of a function by its name, in a chapter."""
    return [
        (number, node.args[0].value if isinstance(node.args[0].value, str) else str(node.args[0].value))
        for number, (kind, source) in enumerate(CELLS[chapter])
        if kind == "code"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    ]


def test_each_chapter_has_eight_exercises_and_four_predictions():
    for chapter in CELLS:
        assert sum(one.chapter == chapter for one in EXERCISES.values()) >= 8
        assert sum(one.chapter == chapter for one in QUESTIONS.values()) >= 4
    assert len(EXERCISES) >= 36 and len(QUESTIONS) >= 16


@ALL
def test_the_chapter_has_its_heading_its_task_and_its_stub(exercise):
    places = [number for number, cell in enumerate(CELLS[exercise.chapter]) if cell == ("code", exercise.cell)]
    assert len(places) == 1, "the cell of the chapter is not exercise.cell"
    kind, text = CELLS[exercise.chapter][places[0] - 1]
    assert kind == "markdown" and text in (exercise.heading(), exercise.heading(optional=True))


@ALL
def test_the_place_to_read_is_a_heading_of_its_chapter(exercise):
    prose = "\n".join(text for kind, text in CELLS[exercise.chapter] if kind == "markdown")
    assert exercise.anchor in re.findall(r"^#+ (.+?)\s*$", prose, re.MULTILINE), exercise.where


@ALL
def test_its_lines_are_lines_of_derivations(exercise):
    assert {exercise.line, *(slip.line for slip in exercise.slips)} - {""} <= LINES.keys(), exercise.where


@ALL
def test_it_can_be_solved_with_what_the_chapter_has_imported(exercise):
    cells = CELLS[exercise.chapter]
    place = cells.index(("code", exercise.cell))
    scope = {}
    exec("\n".join(imports(source) for kind, source in cells[:place] if kind == "code"), scope)
    exec(exercise.answer, scope)
    exercise.judge(scope[exercise.function])


def test_no_cell_needs_what_the_reader_writes():
    written = {one.function for one in EXERCISES.values()}
    for cells in CELLS.values():
        stubs = {one.cell for one in EXERCISES.values()}
        for kind, source in cells:
            if kind == "code" and source not in stubs:
                used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
                assert not used & written, f"a cell uses {used & written}"


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=list(QUESTIONS))
def test_each_prediction_is_asked_before_it_comes_out(question):
    asked = [number for number, name in calls(question.chapter, "prediction") if name == question.name]
    out = [number for number, name in calls(question.chapter, "came_out") if name == question.name]
    assert len(asked) == len(out) == 1 and asked < out


def test_the_truth_is_computed():
    for chapter, cells in CELLS.items():
        for number, _ in calls(chapter, "came_out"):
            tree = ast.parse(cells[number][1])
            [call] = [
                node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "came_out"
            ]
            names = {node.id for node in ast.walk(call.args[1]) if isinstance(node, ast.Name)}
            assert names, f"chapter {chapter}: {cells[number][1]}"


def test_calibration_comes_after_all_predictions_of_its_chapter():
    for chapter, cells in CELLS.items():
        [(place, argument)] = calls(chapter, "calibration")
        assert argument == str(chapter)
        assert all(number < place for number, _ in calls(chapter, "came_out"))
        title = next(text for kind, text in reversed(cells[:place]) if kind == "markdown")
        assert re.match(r"## ", title)
