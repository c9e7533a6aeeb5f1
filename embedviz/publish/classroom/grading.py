"""Check what students wrote: each function in a limited process of its own, its answers judged here.

with Keeper() as keeper:
    keeper.check(exercise, cells)      # a `Result`

`Exercise.judge` runs in this process, on a `Remote`: a function that sends its arguments to the student's process and
brings the answer back. The student's code never runs where the right answers are, and a message of its process can say
nothing but an answer.
"""

import builtins
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import embedviz
from embedviz.course.checking import Exercise, Unwritten, Wrong
from embedviz.publish.classroom.confine import Limits
from embedviz.publish.classroom.wire import BrokenWire, decode, encode, receive, send

USUAL = Limits()
RESULTS = ("right", "wrong", "not written", "error", "time", "memory")
NO_ANSWER = "its process sent what is no answer"
SPARE = 120  # seconds beyond the limit, after which the keeper itself is taken for lost


@dataclass(frozen=True)
class Result:
    """What the check of one exercise found.

    Attributes:
        result: one of `RESULTS`.
        problem: what is wrong, in words; "" if it is right or not written.
        slip: the name of the slip that gives the same answers, "" if none does.
        given: the smallest input that fails, "" if it is not about one.
        seconds: from start to end.
        note: what a teacher should know beside: which modules of the workbook's package the answer uses.
    """

    result: str
    problem: str = ""
    slip: str = ""
    given: str = ""
    seconds: float = 0.0
    note: str = ""


class Stopped(BaseException):
    """The student's process is gone, or says what is no answer. No `Exception`: a judge takes those for answers.

    Attributes:
        result, problem: as of a `Result`; None if its end must be looked at.
    """

    def __init__(self, result: str | None = None, problem: str = ""):
        self.result, self.problem = result, problem


class Remote:
    """A student's function, called like a local one: `remote(*arguments)`.

    Raises, when called: what the function raised, by a class of the same name; `Stopped`.
    """

    def __init__(self, line: socket.socket):
        self._line = line

    def __call__(self, *given):
        learns = [place for place, one in enumerate(given) if getattr(one, "requires_grad", False)]
        asked = {"arguments": [encode(one, functions=True) for one in given], "learns": learns}
        told = self._told(asked)
        if "raised" in told:
            raise _error(str(told["raised"]), str(told.get("module")), str(told.get("text"))[:1000])
        try:
            got = decode(told["got"])
            if learns:
                return _with_gradients(got, told["gradients"], [given[place] for place in learns])
            for own, after in zip(given, told["after"], strict=True):
                if not callable(own):
                    _change(own, decode(after))
            return got
        except (KeyError, TypeError, ValueError) as error:
            raise Stopped("error", f"{NO_ANSWER}: {error}") from None

    def _told(self, asked: dict) -> dict:
        try:
            send(self._line, asked)
            return receive(self._line)
        except (EOFError, OSError):
            raise Stopped from None
        except BrokenWire as error:
            raise Stopped("error", f"{NO_ANSWER}: {error}") from None


def _error(name: str, module: str, text: str) -> Exception:
    """An exception as the student's function raised it.

    Raises:
        Stopped: there was no memory.
    """
    if name == "MemoryError" or "can't allocate memory" in text:
        raise Stopped("memory", "more memory than the limit")
    known = getattr(np.linalg if module == "numpy.linalg" else builtins, name, None)
    usual = isinstance(known, type) and issubclass(known, Exception) and not issubclass(known, UnicodeError)
    if not usual:
        known = type(name if name.isidentifier() else "Error", (Exception,), {})
    return known(text.strip("'\"") if known is KeyError else text)  # which shows what it is given in quotes


def _change(own, after) -> None:
    """Do to an argument what the student's function has done to its copy."""
    if isinstance(own, list) and isinstance(after, list):
        own[:] = after
    elif isinstance(own, set) and isinstance(after, set):
        own.clear()
        own.update(after)
    elif isinstance(own, np.ndarray) and isinstance(after, np.ndarray) and own.shape == after.shape:
        own[...] = after
    elif hasattr(own, "copy_") and hasattr(after, "detach") and own.shape == after.shape:
        own.copy_(after)


def _with_gradients(value, coded, leaves):
    """A tensor that has the gradients which the student's has."""
    import torch

    if coded is None or not isinstance(value, torch.Tensor):
        return value

    class Answered(torch.autograd.Function):
        @staticmethod
        def forward(context, *_):
            return value

        @staticmethod
        def backward(context, upstream):
            return tuple(None if one is None else upstream * one for one in gradients)

    gradients = [_like(decode(one), leaf) for one, leaf in zip(coded, leaves, strict=True)]
    return Answered.apply(*leaves)


def _like(gradient, leaf):
    if gradient is not None and getattr(gradient, "shape", None) != leaf.shape:
        raise BrokenWire(f"a gradient of shape {getattr(gradient, 'shape', None)} for {leaf.shape}")
    return gradient


class Keeper:
    """The process that begins those of the students.

    Args:
        limits: for each exercise.
        forks: begin a process in milliseconds, as only Linux can.
    """

    def __init__(self, limits: Limits = USUAL, forks: bool = sys.platform == "linux"):
        self.limits, self._forks, self._process = limits, forks, None
        self._folder = tempfile.TemporaryDirectory(prefix="embedviz-class-", ignore_cleanup_errors=True)

    def __enter__(self) -> "Keeper":
        return self

    def __exit__(self, *_) -> None:
        self._end()
        self._folder.cleanup()

    def check(self, exercise: Exercise, cells: Sequence[str]) -> Result:
        """Check one exercise in a student's notebook; whatever that holds, this returns.

        Args:
            cells: the code of the notebook's cells.

        Raises:
            RuntimeError: this system refuses a limit that it has.
        """
        note = ""
        ours, theirs = socket.socketpair()
        ours.settimeout(self.limits.wall + SPARE)
        try:
            with theirs:
                self._begin(theirs)
            names = {"exercise": exercise.name, "function": exercise.function}
            send(ours, {"cells": list(cells), **names, "limits": asdict(self.limits)})
            written = receive(ours)
            if "failed" in written:  # said before any of the student's code has run
                raise RuntimeError(f"students' code cannot be contained here: {written['failed']}")
            note = f"uses {', '.join(map(str, written['uses']))}"[:200] if written["uses"] else ""
            found = self._judged(exercise, ours, written)
        except Stopped as stopped:
            found = stopped
        except (EOFError, OSError):
            found = Stopped()
        except (BrokenWire, KeyError, TypeError) as error:
            found = Stopped("error", f"{NO_ANSWER}: {error}")
        finally:
            ours.close()
        ended = self._ended()
        if isinstance(found, Stopped):
            found = Result(found.result, found.problem) if found.result else self._explained(ended)
        return Result(found.result, found.problem, found.slip, found.given, ended["seconds"], note)

    def _judged(self, exercise: Exercise, line: socket.socket, written: dict) -> Result:
        if not written["name"]:
            problem = str(written["problem"])[:500]
            return Result("error", f"its cell is no Python: {problem}") if problem else Result("not written")
        try:
            exercise.judge(Remote(line))
        except Unwritten:
            return Result("wrong", "the function returns nothing")
        except Wrong as wrong:
            values = f" {wrong.got}, expected {wrong.expected}" if wrong.got else ""
            error = wrong.problem.startswith("your function stops with")
            slip = wrong.slip.name if wrong.slip else ""
            return Result("error" if error else "wrong", wrong.problem + values, slip, wrong.given)
        except Exception as error:  # an answer can be odd enough to stop the judge
            return Result("error", f"your function stops with {type(error).__name__}: {error}"[:1000])
        return Result("right")

    def _explained(self, ended: dict) -> Result:
        """Why a process is gone that should have answered."""
        code, limits = ended["code"], self.limits
        if ended["stopped"]:
            return Result("time", f"it takes more than {limits.wall:g} seconds")
        if code == -signal.SIGXCPU or (code == -signal.SIGKILL and ended["cpu"] >= limits.cpu):
            return Result("time", f"it takes more than {limits.cpu} seconds of the processor")
        if code == -signal.SIGKILL:
            return Result("memory", "the system ended it, as it does when no memory is left")
        if code < 0:
            return Result("error", f"Python crashed: {signal.Signals(-code).name}")
        return Result("error", f"it ended Python, with status {code}")

    # The keeper's own process.

    def _begin(self, line: socket.socket) -> None:
        if self._process is not None and self._process.poll() is not None:
            self._end()  # it is lost
        if self._process is None:
            self._start()
        socket.send_fds(self._control, [str(self.limits.wall).encode()], [line.fileno()])

    def _start(self) -> None:
        """With an environment of its own: what is in the teacher's is none of a student's business."""
        kept = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        own = {name: os.environ[name] for name in kept if name in os.environ}
        own |= dict.fromkeys(("HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR"), self._folder.name)
        own |= {"PYTHONPATH": str(Path(embedviz.__path__[0]).parent), "PYTHONDONTWRITEBYTECODE": "1"}
        own |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self._control, theirs = socket.socketpair()
        self._control.settimeout(self.limits.wall + SPARE)
        command = [sys.executable, "-P", "-m", "embedviz.publish.classroom.worker"]
        command += ["fork" if self._forks else "spawn", str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=own, cwd=self._folder.name, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip

    def _ended(self) -> dict:
        """How the process of a student has ended."""
        try:
            return receive(self._control)
        except (EOFError, OSError, BrokenWire):  # the keeper is lost: the next exercise gets a new one
            self._end()
            return {"code": 1, "stopped": False, "cpu": 0.0, "seconds": 0.0}

    def _end(self) -> None:
        if self._process is not None:
            self._control.close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
