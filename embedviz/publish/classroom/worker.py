"""The process that students' code runs in, started by `grading.Keeper`: `python -m embedviz.publish.classroom.worker`.

The keeper has imported what functions need, and never runs a student's code itself. For each exercise it begins a
child: on Linux a fork of itself, in milliseconds; elsewhere a new Python, in seconds (macOS's libraries do not survive
a fork). The child limits itself, reads what the student wrote, and answers calls: arguments come in, answers go out. No
right answer is ever in it, so it can say what it likes; whether that is right is found out elsewhere.
"""

import ast
import importlib.abc
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import torch
from IPython.core import inputtransformer2  # noqa: F401  for the children

import embedviz
from embedviz.publish.classroom import definitions
from embedviz.publish.classroom.confine import Limits, confine
from embedviz.publish.classroom.wire import BrokenWire, decode, encode, receive, send

HIDDEN = ("course", "publish")  # the rooms where solutions and references are
_SUBREAPER = 36


# The keeper.


def keep(control: socket.socket, forks: bool) -> None:
    """Begin a child for each socket that comes, see it to its end, and tell that end; until the checker goes.

    With a socket come the seconds that its child may take.
    """
    torch.set_num_threads(1)  # there are no others after a fork
    if sys.platform == "linux":  # what a child leaves behind becomes ours, and can be ended
        import ctypes

        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    while True:
        asked, descriptors, _, _ = socket.recv_fds(control, 100, 1)
        if not asked:
            return
        [line] = descriptors
        folder = Path(tempfile.mkdtemp())
        pid = _forked(line, folder, control) if forks else _spawned(line, folder)
        os.close(line)
        ended = _see_to_its_end(pid, float(asked))
        shutil.rmtree(folder, ignore_errors=True)
        send(control, ended)


def _forked(line: int, folder: Path, control: socket.socket) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        control.close()
        os.setsid()
        child(line, folder)
        status = 0
    finally:
        os._exit(status)


def _spawned(line: int, folder: Path) -> int:
    command = [sys.executable, "-P", "-m", __spec__.name, "child", str(line), str(folder)]
    process = subprocess.Popen(command, pass_fds=[line], start_new_session=True)
    process.returncode = 0  # it is us who wait for it
    return process.pid


def _see_to_its_end(pid: int, wall: float) -> dict:
    """Wait, at most so many seconds, then end it and all that it has begun."""
    start, stopped, pause = time.monotonic(), False, 0.001
    while not (ended := os.wait4(pid, os.WNOHANG))[0]:
        if not stopped and time.monotonic() - start > wall:
            stopped = True
            os.kill(pid, signal.SIGKILL)
        time.sleep(pause)
        pause = min(2 * pause, 0.02)
    _end_all(pid)
    _, status, used = ended
    code = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - start
    return {"code": code, "stopped": stopped, "cpu": used.ru_utime + used.ru_stime, "seconds": seconds}


def _end_all(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    while left := psutil.Process().children(recursive=True):  # those that left the group
        for process in left:
            try:
                process.kill()
                process.wait(10)
            except psutil.Error:
                pass


# The child.


def child(line: int, folder: Path) -> None:
    """Read one student's definitions for one exercise, and answer calls, until the checker has asked enough."""
    with open(os.devnull, "r+b", buffering=0) as nowhere:
        for standard in (0, 1, 2):
            os.dup2(nowhere.fileno(), standard)
    os.chdir(folder)
    os.environ |= {"HOME": str(folder), "TMPDIR": str(folder), "EMBEDVIZ_PROGRESS": str(folder / "progress.sqlite")}
    tempfile.tempdir = None  # to be found anew: it is the keeper's until then
    sys.meta_path.insert(0, _Refused())
    with socket.socket(fileno=line) as checker:
        asked = receive(checker)
        package = Path(embedviz.__path__[0])
        try:
            confine(Limits(**asked["limits"]), folder, [package / room for room in HIDDEN])
        except (OSError, ValueError) as error:
            return send(checker, {"failed": str(error)})
        written = definitions.find_written(asked["cells"], asked["exercise"], asked["function"])
        send(checker, {"name": written.name, "problem": written.problem, "uses": written.uses})
        if not written.name:
            return
        function = _defined(written)
        while True:
            try:
                asked = receive(checker)
            except EOFError:
                return
            try:
                send(checker, _answer(function, asked))
            except BrokenWire as error:
                send(checker, _raised(error))


class _Refused(importlib.abc.MetaPathFinder):
    """Solutions are not imported here."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.startswith(tuple(f"embedviz.{room}" for room in HIDDEN)):
            raise ImportError(f"{fullname} is not there while answers are checked")
        return None


def _defined(written: definitions.Written):
    """The student's function. What fails on the way is left out: where it is needed, the function will say so."""
    scope = {"__name__": "__main__"}
    failed = None
    for node in written.nodes:
        try:
            exec(compile(ast.Module([node], []), "<notebook>", "exec"), scope)
        except BaseException as error:
            failed = error

    def missing(*_):
        raise failed

    return scope.get(written.name, missing)


def _answer(function, asked: dict) -> dict:
    try:
        given = [decode(one, functions=True) for one in asked["arguments"]]
        if asked["learns"]:
            return _gradients(function, given, asked["learns"])
        got = function(*given)
        return {"got": encode(got), "after": [None if callable(one) else encode(one) for one in given]}
    except BaseException as error:  # SystemExit too
        return _raised(error)


def _raised(error: BaseException) -> dict:
    try:
        text = str(error)
    except Exception:
        text = ""
    return {"raised": type(error).__name__, "module": type(error).__module__, "text": text[:1000]}


def _gradients(function, given: list, learns: list[int]) -> dict:
    for place in learns:
        given[place].requires_grad_()
    got = function(*given)
    if not (isinstance(got, torch.Tensor) and got.requires_grad):
        return {"got": encode(got), "gradients": None}
    found = torch.autograd.grad(got, [given[place] for place in learns], allow_unused=True)
    return {"got": encode(got), "gradients": [encode(one) for one in found]}


if __name__ == "__main__":
    if sys.argv[1] == "child":
        torch.set_num_threads(1)
        child(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        keep(socket.socket(fileno=int(sys.argv[2])), forks=sys.argv[1] == "fork")
