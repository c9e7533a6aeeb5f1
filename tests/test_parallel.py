"""Runs side by side: the same as one after another, and no process is left behind."""

import contextlib
import importlib.util
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool

import joblib
import psutil
import pytest

from embedviz.measure import parallel
from embedviz.measure.parallel import run_all

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda **options: 2)


def wait_until(holds, seconds=120):
    end = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < end:
        time.sleep(0.2)
    assert found


def is_running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_functions_of_a_notebook_and_their_arguments_travel_and_come_in_order():
    offset = 10

    def work(number, function):
        return os.getpid(), function(number) + offset

    order = [(number, lambda x, number=number: x * number) for number in range(6)]
    found = run_all(work, order, "working")
    assert [value for _, value in found] == [number**2 + 10 for number in range(6)]
    pids = {pid for pid, _ in found}
    assert os.getpid() not in pids and 1 <= len(pids) <= 2
    wait_until(lambda: not any(map(is_running, pids)))  # when all is done, they have ended
    with joblib.parallel_config(backend="threading"):
        assert {pid for pid, _ in run_all(work, order, "working")} == {os.getpid()}


# A script as people write it, without a guard: it must not be run again by each process. It does what it is told to.
SCRIPT = """
import os
import signal
import sys
import time
from pathlib import Path

import joblib
import psutil
from embedviz.measure import get_ready, run_all

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job is started with interrupts ignored
joblib.cpu_count = lambda **options: 2
notes = Path(sys.argv[1])
with open(notes / "starts", "a") as starts:
    starts.write("x")

def servers():
    return [one.pid for one in psutil.Process().children() if "forkserver" in " ".join(one.cmdline())]

def work(number, long=False):
    (notes / f"pid {os.getpid()}").touch()
    if long:
        time.sleep(600)
    return number * number, "torch._dynamo" in sys.modules

print("= 'begun'", flush=True)
for line in sys.stdin:
    try:
        answer = eval(line)
    except KeyboardInterrupt:
        answer = "stopped"
    print(f"\\n= {answer!r}", flush=True)
"""


class Script:
    """SCRIPT as it runs, and the processes that have worked for it since it was last asked."""

    def __init__(self, folder):
        self.notes = folder / "notes"
        self.notes.mkdir()
        path = folder / "script.py"
        path.write_text(SCRIPT, encoding="utf-8")
        command = [sys.executable, path, self.notes]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.answer() == "begun"

    def ask(self, expression):
        for note in self.notes.glob("pid *"):
            note.unlink()
        self.process.stdin.write(f"{expression}\n")
        self.process.stdin.flush()

    def answer(self):
        """The next answer, after the bars that show progress."""
        for line in self.process.stdout:
            if line.startswith("= "):
                return eval(line[2:])
        raise EOFError("the script has ended: see its errors above")

    def asked(self, expression):
        self.ask(expression)
        return self.answer()

    def pids(self):
        return {int(note.name.split()[1]) for note in self.notes.glob("pid *")}


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    """A script that its tests share, in their order: each would take seconds to begin."""
    script = Script(tmp_path_factory.mktemp("script"))
    yield script
    script.process.kill()
    script.process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="only there processes are forked")
def test_what_is_forked_from_can_be_started_beforehand(script):
    assert script.asked("servers()") == []
    [first] = script.asked("get_ready() or servers()")
    assert script.asked("get_ready() or servers()") == [first]
    found = script.asked("run_all(work, [(2,), (3,)], 'squares')")
    assert found == [(4, True), (9, True)]  # what it has imported beforehand is there
    assert script.asked("servers()") == [first]


def test_a_script_without_a_guard_runs_once(script):
    found = script.asked("run_all(work, [(i,) for i in range(4)], 'working')")
    assert [square for square, _ in found] == [0, 1, 4, 9]
    assert (script.notes / "starts").read_text() == "x" and script.process.pid not in script.pids()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nobody is killed so here")
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_processes_end_with_the_one_that_was_stopped_or_killed(how, script):
    script.ask("run_all(work, [(i, True) for i in range(4)], 'working')")
    wait_until(lambda: len(script.pids()) == 2)
    working = script.pids()
    script.process.send_signal(getattr(signal, how))
    if how == "SIGINT":
        assert script.answer() == "stopped" and script.process.poll() is None  # it goes on
    wait_until(lambda: not any(map(is_running, working)))


def test_where_there_is_one_core_no_process_is_started(monkeypatch):
    script = """
import os, psutil
from embedviz.measure import get_ready, run_all
get_ready()
assert run_all(lambda number: (number, os.getpid()), [(one,) for one in range(3)], "x") == [
    (one, os.getpid()) for one in range(3)
]
print([child.cmdline() for child in psutil.Process().children(recursive=True)])
"""
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")  # as a hub gives a student
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=600)
    assert run.stdout.endswith("[]\n"), run.stdout + run.stderr


def test_an_error_is_raised_as_it_is_and_ends_the_others():
    def work(number):
        if number == 1:
            raise KeyError(f"no {number}")
        time.sleep(60 if number == 0 else 600)

    before = set(multiprocessing.active_children())
    with pytest.raises(KeyError, match="no 1"):
        run_all(work, [(2,), (0,), (1,)], "working")
    wait_until(lambda: set(multiprocessing.active_children()) <= before)


def test_a_comparison_begins_with_the_last_and_says_when_one_is_done(monkeypatch):
    started, said = [], []
    monkeypatch.setattr(parallel.joblib, "cpu_count", lambda **_: 2)
    submit = parallel.ProcessPoolExecutor.submit

    def noted(pool, run, one):
        started.append(one.value)
        return submit(pool, run, one)

    monkeypatch.setattr(parallel.ProcessPoolExecutor, "submit", noted)
    monkeypatch.setattr(parallel, "progress_bar", lambda total, *_: Bar(said))
    assert run_all(lambda number: number + 1, [(1,), (2,), (3,)], "working") == [2, 3, 4]
    assert started == [(3,), (2,), (1,)] and said == [1, 1, 1]


class Bar(contextlib.nullcontext):
    """A progress bar that notes its steps."""

    def __enter__(self):
        return self

    def update(self):
        self.enter_result.append(1)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nobody is killed so here")
def test_a_process_that_dies_is_told_instead_of_waited_for():
    with pytest.raises(BrokenProcessPool):
        run_all(lambda number: os.kill(os.getpid(), signal.SIGKILL), [(1,), (2,)], "working")


def test_what_is_loaded_before_the_fork_is_there():
    """A name that is not would be passed over in silence. That what is there can be imported is seen above."""
    assert [name for name in parallel.PRELOADED if importlib.util.find_spec(name) is None] == []
