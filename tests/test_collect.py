"""What a class hands in: found wherever it stands, judged as in the notebook, and contained whatever it tries."""

import csv
import json
import os
import signal
from pathlib import Path

import nbformat
import numpy as np
import psutil
import pytest
import torch

from embedviz.__main__ import main
from embedviz.course.checking import Wrong
from embedviz.course.exercises import EXERCISES, named
from embedviz.publish.classroom import confine, grading, worker
from embedviz.publish.classroom.confine import Limits, not_contained
from embedviz.publish.classroom.definitions import find_written
from embedviz.publish.classroom.grading import Keeper
from embedviz.publish.classroom.submissions import asked_in, chapter_of
from embedviz.publish.classroom.wire import BrokenWire, Opaque, decode, encode

pytestmark = pytest.mark.slow
IMPORTS = "import numpy as np\nimport torch"
SOFTMAX = named("softmax")
WALL = 300  # seconds: for a machine that has other work too
contained = pytest.mark.skipif(bool(not_contained()), reason=f"students' code could {not_contained()}")


@pytest.fixture(scope="module")
def keeper():
    with Keeper(Limits(cpu=3, wall=WALL)) as keeper:
        yield keeper


def check(keeper, body: str):
    """What is found where softmax has this body."""
    return keeper.check(SOFTMAX, [IMPORTS, "def my_softmax(s):\n    " + "\n    ".join(body.split("\n"))])


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


def test_a_changed_argument_and_a_cut_gradient_are_seen_from_afar(keeper):
    assert "changes its argument `s`" in check(keeper, "s += 1\nreturn np.exp(s) / np.exp(s).sum()").problem
    cells = [IMPORTS, named("logistic loss").answer.replace("def my_logistic_loss(", "def inner(")]
    cells.append("def my_logistic_loss(*given): return inner(*given).detach()")
    found = keeper.check(named("logistic loss"), cells)
    assert found.result == "wrong" and "no gradient reaches" in found.problem


def test_where_processes_cannot_fork_it_works_too():
    with Keeper(Limits(cpu=60, wall=WALL), forks=False) as keeper:
        assert keeper.check(SOFTMAX, [IMPORTS, SOFTMAX.answer]).result == "right"


# Hostile ones.


def fine(keeper) -> bool:
    """Whether an honest answer is still right."""
    return keeper.check(SOFTMAX, [IMPORTS, SOFTMAX.answer]).result == "right"


TRICKS = {
    "never ends": ("while True: pass", "time", "of the processor"),
    "takes 80 GB": ("return np.ones(10**10)", "memory", "more memory"),
    "takes 40 GB": ("return torch.ones(10**10)", "memory", "more memory"),
    "ends Python": ("import os\nos._exit(0)", "error", "ended Python, with status 0"),
    "leaves": ("import sys\nsys.exit(0)", "error", "SystemExit"),
    "crashes": ("import ctypes\nctypes.string_at(0)", "error", "SIGSEGV"),
    "prints a lot": ("for _ in range(200): print('x' * 10**6)\nreturn s", "wrong", "the answer is"),
    "calls itself": ("return my_softmax(s)", "error", "RecursionError"),
    "forges a message": (
        "import os\nfor i in range(3, 99):\n    try: os.write(i, b'\\0' * 7 + b'\\2{}')\n    except OSError: pass",
        "error",
        "what is no answer",
    ),
    "is equal to all": (
        "class Same:\n    def __eq__(self, other): return True\n    __array__ = None\nreturn Same()",
        "wrong",
        "must be numbers",
    ),
    "is an array equal to all": (
        "class Same(np.ndarray):\n    def __eq__(self, other): return True\nreturn np.zeros(len(s)).view(Same)",
        "wrong",
        "the answer is",
    ),
    "changes the check": (
        "from embedviz.course import checking\nchecking.Exercise.judge = lambda *_: None\nreturn s",
        "error",
        "ImportError",
    ),
    "changes what compares": (
        "np.allclose = np.array_equal = lambda *_, **__: True\nreturn s",
        "wrong",
        "the answer is",
    ),
    "asks for the solution": (
        "from embedviz.course.exercises import named\nreturn named('softmax').solution(s)",
        "error",
        "ImportError",
    ),
}


@pytest.mark.parametrize(("body", "result", "problem"), TRICKS.values(), ids=list(TRICKS))
def test_no_trick_is_right_and_nothing_falls(keeper, body, result, problem):
    found = check(keeper, body)
    assert found.result == result and problem in found.problem, found
    assert fine(keeper)


def test_who_sleeps_is_woken():
    with Keeper(Limits(cpu=60, wall=3)) as keeper:
        found = check(keeper, "import time\ntime.sleep(10**6)")
        assert found.result == "time" and found.problem == "it takes more than 3 seconds"


@contained
@pytest.mark.parametrize(
    "deed",
    [
        "os.remove(canary)", "shutil.rmtree(os.path.dirname(canary))", "open(canary, 'w')", "os.truncate(canary, 0)",
        "os.rename(canary, canary + '2')", "os.chmod(canary, 0)", "os.utime(canary, (0, 0))", "os.link(canary, 'x')",
        "open(canary).read()", "os.listdir(os.path.dirname(canary))", "open(os.path.dirname(canary) + '/new', 'x')",
        "os.fork()", "subprocess.run(['true'])", "os.execv('/bin/true', ['true'])", "os.kill(os.getppid(), 9)",
        "socket.create_connection(('127.0.0.1', 9))", "socket.socket(socket.AF_UNIX)",
        "open(f'/proc/{os.getppid()}/mem', 'rb')", "open(f'/proc/{os.getppid()}/environ').read()",
        "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "open(embedviz.__path__[0] + '/course/practice.py')",
        "[open('x', 'ab').write(b'x' * 10**6) for _ in range(99)]",
    ],
)  # fmt: skip
def test_a_deed_is_refused(keeper, tmp_path, deed):
    canary = tmp_path / "canary"
    canary.write_text("alive")
    before = canary.stat()
    found = check(
        keeper, f"import embedviz, os, resource, shutil, socket, subprocess\ncanary = {str(canary)!r}\n{deed}"
    )
    assert found.result == "error" and "stops with" in found.problem, found
    assert any(why in found.problem for why in ("PermissionError", "OSError", "ValueError")), found
    after = canary.stat()
    assert canary.read_text() == "alive" and os.listdir(tmp_path) == ["canary"]
    assert (after.st_mode, after.st_mtime_ns, after.st_nlink) == (before.st_mode, before.st_mtime_ns, before.st_nlink)
    assert fine(keeper)


@contained
def test_threads_and_files_of_its_own_are_allowed(keeper):
    found = check(
        keeper,
        "import tempfile, threading\n"
        "with tempfile.TemporaryFile() as file: file.write(b'x')\n"
        "one = threading.Thread(target=print); one.start(); one.join()\n"
        "e = np.exp(s - s.max()); return e / e.sum()",
    )
    assert found.result == "right", found


def test_what_an_answer_takes_from_the_package_is_noted(keeper):
    found = check(keeper, "from embedviz.space.table import EmbeddingTable\nreturn s")
    assert found.result == "wrong" and found.note == "uses embedviz.space.table"


def test_a_lost_keeper_is_replaced(keeper):
    assert fine(keeper)
    psutil.Process(keeper._process.pid).send_signal(signal.SIGKILL)
    keeper._process.wait()
    assert fine(keeper)
