"""Exercises as data: what is asked, what is right, and the slips that people make, each with its name.

A check runs the reader's function on several inputs, the smallest first, beside a reference that was written in
another way (a formula, autograd, brute force). Where they differ it says for which input, what came out, what was
expected, and which slip gives just that.

To add an exercise, write an `Exercise` in `exercises/chapter_<number>.py`, and put its `heading()` (Markdown) and its
`cell` (code) into the chapter. `tests/test_exercises.py` then tries its solution, its slips and its other right forms,
`tests/test_solutions.py` whether the chapter has it.
"""

import copy
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from embedviz.course.comparing import apart, mismatch, plain, shown, shown_input

KINDS = ("predict", "fix", "write", "derive", "decide")  # from easy to hard
NOT_WRITTEN = "your function returns nothing yet: write your answer first"
WIDTH = 72  # of the lines of a task in a stub, in characters: they are not cut on a small screen


class Wrong(AssertionError):
    """An answer that is not right; the message says why.

    Attributes:
        problem: what is wrong, in words.
        slip: the `Slip` it comes from, None if that is not known.
        given: the smallest input that fails, "" if it is not about one.
        got, expected: what came out for it and what is right, "" if the problem says it all.
    """

    def __init__(self, problem: str, slip: "Slip | None" = None, given: str = "", got: str = "", expected: str = ""):
        self.problem, self.slip, self.given, self.got, self.expected = problem, slip, given, got, expected
        values = f" {got}, expected {expected}" if got else ""
        super().__init__((f"For {given}\n" if given else "") + problem + values + (f"\n→ {slip.name}" if slip else ""))


class Unwritten(Wrong):
    """The function returns nothing: it is still the stub, or lacks its `return`."""

    def __init__(self):
        super().__init__(NOT_WRITTEN)


@dataclass(frozen=True)
class Slip:
    """A way to be wrong that people have.

    Attributes:
        name: what was done and what would be right, as it is told to the reader.
        answer: the wrong variant of the solution, called with the same arguments.
        card: the name of the drill's card that asks for it.
        line: the line of a derivation that it violates, "derivation: line"; "": the exercise's.
    """

    name: str
    answer: Callable
    card: str = ""
    line: str = ""


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        name: by which `exercise` finds it.
        chapter: 1 to 4.
        kind: one of `KINDS`.
        minutes: that it takes.
        task: what is asked, in Markdown.
        solution: a right function; its source is what a reader is shown, its signature and docstring are the stub's.
        reference: a right function, written in another way; it may be slow.
        inputs: returns the inputs, each {argument: value}, the smallest first.
        slips: at least five.
        forms: other right functions (a loop, torch for NumPy), which must pass.
        hints: one after another, each says a little more.
        parts: names of what is returned, if that is more than one thing.
        learns: arguments (tensors) that a gradient must reach through the answer, a single tensor.
        anchor: the heading in the chapter where its idea is explained.
        line: the line of a derivation at the whiteboard that it is about, "derivation: line"; "" if there is none.
        close: relative and absolute tolerance; an answer in float32 must pass.
    """

    name: str
    chapter: int
    kind: str
    minutes: int
    task: str
    solution: Callable
    reference: Callable
    inputs: Callable[[], Sequence[Mapping]]
    slips: Sequence[Slip]
    hints: Sequence[str]
    forms: Sequence[Callable] = ()
    parts: Sequence[str] = ()
    learns: Sequence[str] = ()
    anchor: str = ""
    line: str = ""
    close: tuple[float, float] = (1e-4, 1e-5)
    where: str = field(default="", compare=False)

    def __post_init__(self):
        frame = inspect.currentframe().f_back.f_back  # past the dataclass's own __init__
        object.__setattr__(self, "where", f"{frame.f_code.co_filename}:{frame.f_lineno}")
        names = list(inspect.signature(self.solution).parameters)
        problems = {
            f"chapter={self.chapter!r}: it must be 1, 2, 3 or 4": self.chapter not in (1, 2, 3, 4),
            f"kind={self.kind!r}: it must be one of {', '.join(KINDS)}": self.kind not in KINDS,
            f"minutes={self.minutes!r}: it must be a whole number above 0": not (
                isinstance(self.minutes, int) and self.minutes > 0
            ),
            f"learns={self.learns!r}: the solution's arguments are {names}": not set(self.learns) <= set(names),
            "there are no hints": not self.hints,
            "the name of a slip comes twice": len({slip.name for slip in self.slips}) < len(self.slips),
        }
        for problem, there in problems.items():
            if there:
                raise ValueError(f"{self.where}: exercise {self.name!r}: {problem}")

    @property
    def function(self) -> str:
        """The name that the reader's function has in the chapter."""
        return f"my_{self.solution.__name__}"

    @property
    def stub(self) -> str:
        """What the chapter's cell holds: the signature, what goes in and out, and three dots."""
        signature, comment = inspect.signature(self.solution), inspect.getdoc(self.solution) or ""
        lines = [f"    # {line}" for line in textwrap.wrap(comment, WIDTH - len("    # "))]
        return "\n".join([f"def {self.function}({', '.join(signature.parameters)}):", *lines, "    ..."])

    def heading(self, optional: bool = False) -> str:
        """The Markdown over the stub: name, kind, minutes, and the task."""
        kind = {"fix": "fix the bug"}.get(self.kind, self.kind).capitalize()
        marks = [kind, "optional", f"{self.minutes} minutes"] if optional else [kind, f"{self.minutes} minutes"]
        return f"### Exercise: {self.name}\n\n*{' · '.join(marks)}*\n\n{self.task}"

    @property
    def cell(self) -> str:
        """The code under the heading: the stub, and the line that checks it."""
        return f'{self.stub}\n\n\nexercise("{self.name}").check({self.function})'

    @property
    def answer(self) -> str:
        """The source of the solution, under the reader's name."""
        source = textwrap.dedent(inspect.getsource(self.solution))
        source = re.sub(r'\n    """.*?"""', "", source, count=1, flags=re.DOTALL)
        return source.replace(f"def {self.solution.__name__}(", f"def {self.function}(", 1).strip()

    def judge(self, yours: Callable) -> None:
        """Return if a function is right.

        Raises:
            Wrong: it is not; the message has the input, what came out, what was expected, and the slip if it is known.
            Unwritten: it is still the stub.
        """
        inputs = list(self.inputs())
        for given in inputs:
            self._check_values(yours, given)
        for given in inputs if self.learns else ():
            self._check_gradients(yours, given)

    def _check_values(self, yours: Callable, given: Mapping) -> None:
        where = shown_input(given)
        try:
            got = call(yours, given)
        except Wrong:
            raise
        except Exception as error:
            raise Wrong(
                f"your function stops with {type(error).__name__}: {error}", self._slip(yours), where
            ) from error
        expected = call(self.reference, given)
        for name, own, right in zip(self.parts or ("",), _parts(got, self.parts), _parts(expected, self.parts)):
            problem = mismatch(own, right)
            name = name or "the answer"
            if problem:
                raise Wrong(f"{name} {problem}", self._slip(yours), where)
            if not self._equal(own, right):
                raise Wrong(f"{name} is", self._slip(yours), where, *apart(own, right))

    def _slip(self, yours: Callable) -> Slip | None:
        """The first slip that does for all inputs just what the reader's function does."""
        inputs = list(self.inputs())
        own = [_outcome(yours, given) for given in inputs]
        for slip in self.slips:
            if all(self._alike(found, _outcome(slip.answer, given)) for found, given in zip(own, inputs)):
                return slip
        return None

    def _alike(self, one, other) -> bool:
        """The same kind of error, or the same answer."""
        if isinstance(one, Exception) or isinstance(other, Exception):
            return type(one) is type(other)
        try:
            pairs = list(zip(_parts(one, self.parts), _parts(other, self.parts)))
        except Wrong:
            return False
        return all(not mismatch(a, b) and self._equal(a, b) for a, b in pairs)

    def _equal(self, got, expected) -> bool:
        relative, absolute = self.close
        return np.allclose(plain(got), plain(expected), rtol=relative, atol=absolute, equal_nan=True)

    def _check_gradients(self, yours: Callable, given: Mapping) -> None:
        import torch

        def gradients(function):
            leaves = {name: given[name].detach().clone().requires_grad_() for name in self.learns}
            found = function(*{**given, **leaves}.values())
            if not (isinstance(found, torch.Tensor) and found.requires_grad):
                return [None] * len(leaves)
            return torch.autograd.grad(found, list(leaves.values()), allow_unused=True)

        for name, own, right in zip(self.learns, gradients(yours), gradients(self.reference)):
            if own is None:
                raise Wrong(
                    f"the number is right, but nothing can be learned from it: no gradient reaches the {name} "
                    "(detach, item, numpy, float or torch.no_grad cut it off)"
                )
            if not self._equal(own, right):
                raise Wrong(
                    f"the number is right, but its gradient with respect to the {name} is not: a part of it is cut off "
                    "(detach, or torch.no_grad)"
                )


def call(function: Callable, given: Mapping):
    """What a function makes of copies of its arguments.

    Raises:
        Wrong: nothing, or it has changed an argument.
    """
    own = {name: value.clone() if hasattr(value, "clone") else copy.deepcopy(value) for name, value in given.items()}
    got = function(*own.values())
    if got is None or got is ...:
        raise Unwritten
    for name, value in given.items():
        if not callable(value) and not _same(own[name], value):
            raise Wrong(f"your function changes its argument `{name}`: whoever calls it still needs it; work on a copy")
    return got


def _parts(value, names: Sequence[str]) -> Sequence:
    if not names:
        return (value,)
    if not isinstance(value, (tuple, list)) or len(value) != len(names):
        raise Wrong(f"return {len(names)} things, {' and '.join(names)}, not {shown(value)}")
    return value


def _outcome(function: Callable, given: Mapping):
    """What it returns, or the exception that it raises."""
    try:
        return call(function, given)
    except Exception as error:
        return error


def _same(one, other) -> bool:
    try:
        return bool(np.array_equal(plain(one), plain(other), equal_nan=True))
    except (TypeError, ValueError):
        return one == other
