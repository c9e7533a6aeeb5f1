"""The whiteboard: derivations that a reader writes line by line, checked numerically.

`board("CBOW gradient")` begins one; `line("CBOW gradient: hidden vector")` finds a line of one.
"""

import difflib

from embedviz.course.whiteboard import bpr, cbow, ease, logq, negative_sampling
from embedviz.course.whiteboard.derivation import Derivation, Line, WrongLine
from embedviz.course.whiteboard.state import Board
from embedviz.course.whiteboard.verdict import Markdown, Verdict

#: name → derivation.
DERIVATIONS: dict[str, Derivation] = {
    module.DERIVATION.name: module.DERIVATION for module in (cbow, negative_sampling, logq, bpr, ease)
}
#: "derivation: line" → the line.
LINES: dict[str, Line] = {line.id: line for derivation in DERIVATIONS.values() for line in derivation.lines}


def board(name: str) -> Board:
    """A derivation to be written: a form where widgets live, calls (`.step`, `.write("…")`, `.hint()`) anywhere.

    Raises:
        KeyError: there is none of that name; the message says which come closest.
    """
    return Board(_found(DERIVATIONS, name, "derivation"))


def line(name: str) -> Line:
    """A line by its name, "derivation: line".

    Raises:
        KeyError: there is none of that name; the message says which come closest.
    """
    return _found(LINES, name, "line")


def _found(among: dict, name: str, what: str):
    if name not in among:
        close = difflib.get_close_matches(name, among, n=3, cutoff=0.2) or list(among)[:3]
        raise KeyError(f"no {what} {name!r}: did you mean {', '.join(map(repr, close))}?")
    return among[name]


__all__ = ["DERIVATIONS", "LINES", "Board", "Derivation", "Line", "Markdown", "Verdict", "WrongLine", "board", "line"]
