"""A derivation as data: what is known, its lines one after another, and the wrong lines that people write.

To add one, write a module like `cbow.py` and list it in `__init__.py`; `tests/test_whiteboard.py` then tries each
line's two answers, its reference and its wrong lines. A broken one fails with file and line.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class WrongLine:
    """A line that people write and that is wrong.

    Attributes:
        text: it, as a Python expression.
        message: what was done, and what would be right.
    """

    text: str
    message: str


@dataclass(frozen=True)
class Line:
    """One line of a derivation.

    Attributes:
        name: unique in its derivation.
        ask: what is asked for, in Markdown.
        latex: the line, left side and right side, as it is shown.
        python: its right side as a Python expression.
        expected: point → the value, computed in another way (finite differences, solving, loops).
        place: (chapter, heading): where the workbook derives it.
        hints: one after another, each says a little more.
        slips: at least four wrong lines.
        because: a sentence or two on why, shown with the line.
        index: the indices of the value's axes: ("j",) if the line is about each j.
        gives: the symbol that the line's left side is from then on, such as "dL_ds".
        uses: the symbols that it may use; (): all, and what earlier lines gave.
        free_constant: whether a constant may be added.
    """

    name: str
    ask: str
    latex: str
    python: str
    expected: Callable[[Mapping], np.ndarray | float]
    place: tuple[int, str]
    hints: Sequence[str]
    slips: Sequence[WrongLine]
    because: str = ""
    index: tuple[str, ...] = ()
    gives: str = ""
    uses: tuple[str, ...] = ()
    free_constant: bool = False
    where: str = field(default="", compare=False)
    id: str = field(default="", compare=False)

    def __post_init__(self):
        frame = inspect.currentframe().f_back.f_back  # past the dataclass's own __init__
        object.__setattr__(self, "where", f"{frame.f_code.co_filename}:{frame.f_lineno}")
        problems = {
            "it needs a hint": not self.hints,
            "it needs four wrong lines": len(self.slips) < 4,
            "the message of a wrong line comes twice": len({one.message for one in self.slips}) < len(self.slips),
            f"place={self.place!r}: it must be (chapter from 1 to 4, heading)": len(self.place) != 2
            or self.place[0] not in (1, 2, 3, 4),
            "the shown line has no “=”": "=" not in self.latex,
        }
        for problem, there in problems.items():
            if there:
                raise ValueError(f"{self.where}: line {self.name!r}: {problem}")

    @property
    def text(self) -> str:
        """The line and why it holds, in Markdown."""
        return f"$$\\displaystyle {self.latex}$$" + (f"\n\n{self.because}" if self.because else "")


@dataclass(frozen=True)
class Derivation:
    """A derivation.

    Attributes:
        name: by which `board` finds it.
        about: what is known before the first line, in Markdown.
        symbols: name in Python → its meaning, in Markdown, with its LaTeX.
        points: returns the points to check at, each {symbol: number or float64 array}, the smallest first.
        ranges: index → what it runs through, as Python: "range(N)", "context".
        names: what LaTeX symbols with an index are called in Python, if not by their letter: {"C": "count"} for C_w;
            or with it: {"s_t": "s_pos"}.
        lines: in their order.
        source: where it comes from, with a link.
    """

    name: str
    about: str
    symbols: Mapping[str, str]
    points: Callable[[], Sequence[Mapping]]
    ranges: Mapping[str, str]
    lines: Sequence[Line]
    source: str
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        if len({line.name for line in self.lines}) < len(self.lines):
            raise ValueError(f"derivation {self.name!r}: the name of a line comes twice")
        for line in self.lines:
            object.__setattr__(line, "id", f"{self.name}: {line.name}")
            if not set(line.uses) <= set(self.allowed(line)):
                raise ValueError(f"{line.where}: line {line.name!r}: uses={line.uses!r}, of {sorted(self.symbols)}")

    def allowed(self, line: Line) -> list[str]:
        """The symbols that may be used in a line."""
        before = [one.gives for one in self.lines[: list(self.lines).index(line)] if one.gives]
        return list(line.uses or dict.fromkeys([*self.symbols, *before]))

    @functools.cached_property
    def scopes(self) -> list[dict]:
        """The points, each with the value of every line, under its `id` and the symbol that it gives."""
        found = []
        for point in self.points():
            scope = dict(point)
            for line in self.lines:
                scope[line.id] = np.asarray(line.expected(scope), dtype=float)
                if line.gives:
                    scope[line.gives] = scope[line.id]
            found.append(scope)
        return found
