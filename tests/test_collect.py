"""What a class hands in: found wherever it stands, and judged as it is in the notebook."""

import csv
import json
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch

from embedviz.__main__ import main
from embedviz.course.checking import Wrong
from embedviz.course.exercises import EXERCISES, named
from embedviz.publish.classroom import confine, grading, worker
from embedviz.publish.classroom.definitions import find_written
from embedviz.publish.classroom.submissions import asked_in, chapter_of
from embedviz.publish.classroom.wire import BrokenWire, Opaque, decode, encode

pytestmark = pytest.mark.slow
SOFTMAX = named("softmax")


# The round trip.


def notebook(path: Path, *sources: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources]), path)


def test_a_class_is_checked(tmp_path, capsys):
    folder, table = tmp_path / "handed in", tmp_path / "results.csv"
    assert (
        main(["student", str(tmp_path / "student")]) == main(["student", "--nbgrader", str(tmp_path / "course")]) == 0
    )
    for chapter in (1, 3):  # solved, under other names
        [solved] = (tmp_path / "course/source").glob(f"0{chapter}*/*.ipynb")
        (folder / "anna" / f"of {chapter}").mkdir(parents=True)
        (folder / "anna" / f"of {chapter}" / "mine.ipynb").write_bytes(solved.read_bytes())
    [empty] = (tmp_path / "student").glob("03*.ipynb")
    (folder / "ben.ipynb").write_bytes(empty.read_bytes())
    half = json.loads(empty.read_text())
    for cell in half["cells"]:
        if cell.get("id") == "ex-softmax":
            cell["source"] = "def my_softmax(s):\n    return 1 / (1 + np.exp(-s))"
        if cell.get("id") == "ex-windows":
            cell["source"] = named("windows").answer
    (folder / "=1+1").mkdir()
    (folder / "=1+1" / "half.ipynb").write_text(json.dumps(half))
    (folder / "dora.ipynb").write_text("{")
    assert main(["collect", str(folder), "--out", str(table), "--seconds", "60"]) == 0
    with open(table, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    results = {}
    for row in rows:
        results.setdefault(row["student"], []).append(row["result"])
    assert results == {
        "anna": ["right"] * (len(asked_in(1)) + len(asked_in(3))),
        "ben": ["not written"] * len(asked_in(3)),
        "dora": ["error"],
        "'=1+1": ["right", "wrong"] + ["not written"] * (len(asked_in(3)) - 2),
    }
    [wrong] = [row for row in rows if row["result"] == "wrong"]
    assert wrong["exercise"] == "softmax" and wrong["chapter"] == "3" and wrong["input"].startswith("s = [")
    assert wrong["slip"] in {slip.name for slip in SOFTMAX.slips} and float(wrong["seconds"]) > 0
    said = capsys.readouterr().out
    assert f"ben: 0 of {len(asked_in(3))} right; {len(asked_in(3))} not written" in said


def test_exercises_that_were_set_have_a_row_though_nobody_handed_them_in(tmp_path):
    notebook(tmp_path / "in" / "eva" / "x.ipynb", "print(1)")
    assert main(["collect", str(tmp_path / "in"), "--chapter", "2", "--out", str(tmp_path / "r.csv")]) == 0
    rows = (tmp_path / "r.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 1 + len(asked_in(2)) and all("not written" in row for row in rows[1:])


def test_nothing_to_check_is_said(tmp_path, capsys):
    assert main(["collect", str(tmp_path)]) == main(["collect", str(tmp_path / "no")]) == 1
    assert "must hold a folder or a notebook" in (said := capsys.readouterr().err) and "no folder" in said


def test_where_code_cannot_be_contained_nothing_runs_unasked(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(confine, "not_contained", lambda: "delete your files")
    notebook(tmp_path / "in" / "eva.ipynb", SOFTMAX.cell)
    assert main(["collect", str(tmp_path / "in"), "--out", str(tmp_path / "r.csv")]) == 1
    assert "could delete your files" in capsys.readouterr().err and not (tmp_path / "r.csv").exists()


def test_a_chapter_is_known_by_its_exercises():
    assert [chapter_of([one.cell for one in asked_in(chapter)]) for chapter in (1, 2, 3, 4)] == [1, 2, 3, 4]
    assert chapter_of(["def my_ndcg(hits):\n    return 1"]) == 4 and chapter_of(["x = 1"]) is None


# What a student wrote.


def written(*sources: str) -> dict:
    """The names that their function's statements define, when these are run."""
    found, scope = find_written(sources, "softmax", "my_softmax"), {}
    for node in found.nodes:
        exec(compile(worker.ast.Module([node], []), "cell", "exec"), scope)
    scope.pop("__builtins__", None)
    return scope | {"": found}


@pytest.mark.parametrize(
    "sources",
    [
        ["def my_softmax(s): return s + 1"],
        ["def my_softmax(s): return s", "def my_softmax(s): return s + 1"],
        ["def my_softmax(s): return s + 1", SOFTMAX.stub, "def my_softmax(s):\n    raise NotImplementedError"],
        ["my_softmax = lambda s: s + 1"],
        ["%%time\ndef my_softmax(s):\n    return s + 1", "%matplotlib inline\n!ls", "def broken(:"],
        ["def own(s): return s + 1", 'exercise("softmax").check(own)', SOFTMAX.stub],
        ["def plus(s): return s + ONE", "ONE = 1", "def my_softmax(s): return plus(s)"],
        [
            "import math as m",
            "try:\n    ONE = int(m.exp(0))\nexcept ValueError: ...",
            "def my_softmax(s): return s + ONE",
        ],
        ["def step(x): return x + 1\ndef my_softmax(s):\n    return step(s)\nmy_softmax(no_such_thing)"],
    ],
)
def test_the_function_is_found(sources):
    found = written(*sources)
    assert found[found[""].name](2) == 3


def test_no_more_is_run_than_it_needs():
    found = written(
        "books = load_books()", "scores = books.sum()", "import sys",
        "def my_softmax(s):\n    scores = s * 2\n    return scores",
    )  # fmt: skip
    assert found.keys() == {"", "my_softmax"}


def test_what_is_not_written_or_cannot_be_read():
    assert not written()[""].name and not written(SOFTMAX.cell, "x = 1")[""].problem
    assert "SyntaxError" in written("def my_softmax(s):\n    return (")[""].problem
    assert written("def my_softmax(s):\n    import embedviz.space.table\n    return s")[""].uses == [
        "embedviz.space.table"
    ]


# On the wire.


def through(value, **options):
    return decode(json.loads(json.dumps(encode(value, **options))), **options)


PLAIN = [None, ..., True, 3, 2.5, float("inf"), "x", [1, [2.0]], (1, "a"), {1, 2}]
ARRAYS = [np.float32(0.1), np.arange(6).reshape(2, 3), np.zeros((0, 3)), np.array([True]), np.array(1.5)]
ARRAYS += [np.arange(3, dtype=">i4"), np.ones((2, 3)).T]


@pytest.mark.parametrize("value", PLAIN + ARRAYS, ids=repr)
def test_values_arrive(value):
    found = through(value)
    assert type(found) is type(value) and np.all(found == value)
    assert not isinstance(value, np.ndarray) or found.dtype == value.dtype.newbyteorder("=")


def test_tensors_and_functions_arrive():
    found = through(torch.tensor([1.0, 2.0], requires_grad=True))
    assert found.tolist() == [1, 2] and found.dtype == torch.float32
    factor = 3
    assert through(lambda x: factor * x, functions=True)(2) == 6
    assert isinstance(through(lambda x: x), Opaque)


MADE_UP = [
    {"is": "function", "pickle": "gASVBQAAAAAAAABLAS4="},
    {"is": "array", "dtype": "O8", "shape": [1], "data": "AAAAAAAAAAA="},
    {"is": "array", "dtype": "f8", "shape": [10**12], "data": ""},
    {"is": "list"},
    {"is": "set", "items": [{"is": "list", "items": []}]},
    [1],
    {},
]


@pytest.mark.parametrize("coded", MADE_UP, ids=repr)
def test_what_a_student_made_up_is_no_value(coded):
    with pytest.raises(BrokenWire):
        decode(coded)


class Here(grading.Remote):
    """A remote function in this process: all of the wire, without a socket."""

    def __init__(self, function):
        self.function = function

    def _told(self, asked):
        return json.loads(json.dumps(worker._answer(self.function, json.loads(json.dumps(asked)))))


def verdict(exercise, function):
    try:
        exercise.judge(function)
    except Wrong as wrong:
        return wrong.problem, wrong.slip and wrong.slip.name, wrong.given, wrong.got, wrong.expected
    return "right"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
def test_a_remote_function_is_judged_like_a_local_one(exercise):
    for one in (exercise.solution, exercise.reference, *exercise.forms, *(slip.answer for slip in exercise.slips)):
        assert verdict(exercise, Here(one)) == verdict(exercise, one)
