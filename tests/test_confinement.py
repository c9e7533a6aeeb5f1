"""Students' code in its own process: judged from afar, and whatever it tries, nothing is lost and nobody else falls."""

import os
import signal

import psutil
import pytest

from embedviz.course.exercises import named
from embedviz.publish.classroom.confine import Limits, not_contained, without
from embedviz.publish.classroom.grading import Keeper

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


def test_what_stops_only_the_judge_is_an_error(keeper):
    """Right as long as values are asked for, and wrong in every way when gradients are."""
    loss = named("logistic loss")
    cells = [IMPORTS, loss.answer.replace("def my_logistic_loss(", "def inner(")]
    for trick in ("1 / 0", "return inner(*given).repeat(3)", "return 'x'", "return torch.ones(3, requires_grad=True)"):
        cell = (
            f"def my_logistic_loss(*given):\n    if given[0].requires_grad:\n        {trick}\n    return inner(*given)"
        )
        assert keeper.check(loss, [*cells, cell]).result in ("error", "wrong")
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


def test_what_is_hidden_is_left_out_of_what_is_readable(tmp_path):
    for name in ("numpy", "embedviz/course/drills", "embedviz/space"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "embedviz" / "__init__.py").touch()
    course = tmp_path / "embedviz" / "course"
    found = {str(path.relative_to(tmp_path)) for path in without(tmp_path, [course])}
    assert found == {"numpy", "embedviz/space", "embedviz/__init__.py"}
    assert without(course, [course]) == without(course / "drills", [course]) == []
    assert without(tmp_path / "numpy", [course]) == [tmp_path / "numpy"]


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
