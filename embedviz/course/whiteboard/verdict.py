"""Is a typed line right? It is evaluated at random points, beside a reference that was computed in another way."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from embedviz.course.whiteboard.derivation import Derivation, Line, WrongLine
from embedviz.course.whiteboard.expressions import Expression, ExpressionError
from embedviz.course.whiteboard.latex import translate
from embedviz.course.whiteboard.points import listed, shown

CLOSE = 1e-6  # of the largest entry: references by finite differences are good to 1e-9


class Markdown(str):
    """A text that a notebook shows as Markdown, and a terminal as it is."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Verdict:
    """What is said of a typed line; a notebook shows it as Markdown.

    Attributes:
        kind: "right", "wrong", "undefined" (at a point) or "unreadable".
        said: in Markdown.
        slip: the known wrong line that it is equal to, if it is one.
    """

    kind: str
    said: str
    slip: WrongLine | None = None

    @property
    def right(self) -> bool:
        return self.kind == "right"

    def __repr__(self) -> str:
        return self.said

    def _repr_markdown_(self) -> str:
        return self.said


class _Unlike(Exception):
    """Two values cannot be compared; the message says why."""


def judge(derivation: Derivation, line: Line, typed: str) -> Verdict:
    """Check a line that was typed, as Python or as LaTeX, with or without its left side. Raises nothing."""
    try:
        expression, read_as = read(derivation, line, typed)
        values = [evaluated(expression, line, scope, derivation.allowed(line)) for scope in derivation.scopes]
    except ExpressionError as error:
        return Verdict("unreadable", f"**Not read:** {error}.")
    for scope, value in zip(derivation.scopes, values):
        if not np.all(np.isfinite(value)):
            where = _point(expression, line, scope)
            why = "Is it the logarithm or the root of a negative number, or a division by 0?"
            return Verdict("undefined", f"**Not defined** {where}: your line gives {shown(value)}. {why}{read_as}")
    for scope, value in zip(derivation.scopes, values):
        try:
            place = _differs(line, value, scope[line.id])
        except _Unlike as problem:
            place, why = None, str(problem)
        else:
            if place is None:
                continue
            why = _difference(line, value, scope[line.id], place)
        slip = _slip(derivation, line, values)
        because = f"\n\n→ {slip.message}" if slip else _pattern(derivation, line, values)
        where = _point(expression, line, scope)
        return Verdict("wrong", f"**Not yet.** {where[0].upper()}{where[1:]}: {why}.{because}{read_as}", slip)
    return Verdict("right", f"**Right.**\n\n{line.text}")


def read(derivation: Derivation, line: Line, typed: str) -> tuple[Expression, str]:
    """The expression that was typed, and a sentence on how LaTeX was read.

    Raises:
        ExpressionError: it is neither Python nor LaTeX.
    """
    allowed = derivation.allowed(line)
    right_side = _right_side(typed, line.free_constant)
    problems = []
    for reading in (_as_python, _as_latex):
        try:
            expression = reading(right_side, derivation, allowed)
        except ExpressionError as error:
            problems.append(error)
            continue
        unknown = _unknown(expression, line, allowed)
        if not unknown:
            return expression, "" if reading is _as_python else f"\n\nRead as `{expression.text}`."
        index = f", and the index {listed(line.index)}" if line.index else ""
        no = listed([f"`{name}`" for name in unknown])
        problems.append(_Unknown(f"there is no {no} here. The symbols are {', '.join(allowed)}{index}"))
    # A reading that got as far as the names is what was meant; otherwise a backslash says which.
    meant = next((one for one in problems if isinstance(one, _Unknown)), problems["\\" in right_side])
    raise meant


class _Unknown(ExpressionError):
    """It can be read, but for a name."""


def _as_python(text: str, derivation: Derivation, allowed: list[str]) -> Expression:
    return Expression(text)


def _as_latex(text: str, derivation: Derivation, allowed: list[str]) -> Expression:
    if len(text) > 1000:
        raise ExpressionError("the LaTeX has more than 1,000 characters")
    dimensions = {name: np.ndim(derivation.scopes[0][name]) for name in allowed}
    return Expression(translate(text, dimensions, derivation.ranges, derivation.names))


def _right_side(typed: str, free_constant: bool = False) -> str:
    """What comes after the last `=` that is in no brackets, and is no ==, <=, >= or !=."""
    typed = typed.strip().strip("$").rstrip(".,; ")
    if free_constant:
        typed = re.sub(r"\+\s*(\\(text|mathrm)\{\s*const(ant|\.)?\s*\}|const(ant|\.)?|c)$", "", typed).rstrip()
    depth, start = 0, 0
    for place, sign in enumerate(typed):
        depth += (sign in "([{") - (sign in ")]}")
        around = typed[max(0, place - 1)] + typed[place + 1 : place + 2]
        if sign == "=" and depth == 0 and not set(around) & set("=<>!:"):
            start = place + 1
    return typed[start:].strip()


def _letters(expression: Expression, line: Line, allowed: list[str]) -> dict[str, str]:
    """Its free letter → the line's index; a reader may write w where the line has j."""
    free = [name for name in sorted(expression.names) if name not in allowed and len(name) == 1]
    own = {name: name for name in free if name in line.index}
    return own or (dict(zip(free, line.index)) if len(free) == len(line.index) == 1 else {})


def _unknown(expression: Expression, line: Line, allowed: list[str]) -> list[str]:
    letters = _letters(expression, line, allowed)
    return sorted(name for name in expression.names if name not in allowed and name not in letters)


def evaluated(expression: Expression, line: Line, scope: Mapping, allowed: list[str]) -> np.ndarray:
    """Its value at a point: with an index in it, one after another along each axis.

    Raises:
        ExpressionError: it cannot be evaluated.
    """
    known = {name: scope[name] for name in allowed}
    letters = _letters(expression, line, allowed)
    if not letters:
        return expression.value(known)
    shape = np.shape(scope[line.id])[: len(line.index)]
    values = []
    for place in itertools.product(*map(range, shape)):
        at = dict(zip(line.index, map(float, place)))
        values.append(expression.value({**known, **{letter: at[index] for letter, index in letters.items()}}))
    if len({value.shape for value in values}) > 1:
        raise ExpressionError("its shape is not the same for each index")
    return np.array(values).reshape(*shape, *values[0].shape)


def _differs(line: Line, value: np.ndarray, expected: np.ndarray) -> tuple | None:
    """Where two values differ most, as a place in the array; None if they are equal."""
    value = _fitted(line, value, expected)
    if line.free_constant:
        value, expected = value - value.mean(), expected - expected.mean()
    off = np.abs(value - expected)
    if off.max() <= CLOSE * max(1e-3, np.abs(expected).max(), np.abs(value).max()):
        return None
    return tuple(int(place) for place in np.unravel_index(off.argmax(), off.shape))


def _fitted(line: Line, value: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The value in the expected shape: axes of one entry do not matter, and one value may stand for each index."""
    if value.shape == expected.shape:
        return value
    if value.size == expected.size and [n for n in value.shape if n > 1] == [n for n in expected.shape if n > 1]:
        return value.reshape(expected.shape)
    per_index = expected.shape[len(line.index) :]
    if line.index and value.shape == per_index:  # it does not depend on the index
        return np.broadcast_to(value, expected.shape)
    asked = _shape(expected.shape)
    if line.index and value.shape[: len(line.index)] == expected.shape[: len(line.index)]:
        of_each = f" for each {' and '.join(line.index)}"
        raise _Unlike(
            f"your line gives {_shape(value.shape[len(line.index) :])}{of_each}, asked is {_shape(per_index)}"
        )
    raise _Unlike(f"your line gives {_shape(value.shape)}, asked is {asked}")


def _shape(shape: tuple) -> str:
    return ("one number", "a vector of {}", "a table of {} × {}", "an array of {} × {} × {}")[len(shape)].format(*shape)


def _difference(line: Line, value: np.ndarray, expected: np.ndarray, place: tuple) -> str:
    value = _fitted(line, value, expected)
    if line.index:
        place = place[: len(line.index)]
        where = ", ".join(f"{index} = {number}" for index, number in zip(line.index, place))
        value, expected, where = value[place], expected[place], f"for {where} "
    else:
        where = ""
    constant = " (but for a constant)" if line.free_constant else ""
    own, right = _apart(value, expected)
    return f"{where}your line gives {own}, expected {right}{constant}"


def _apart(one: np.ndarray, other: np.ndarray) -> tuple[str, str]:
    """Both in as few digits as show that they differ."""
    if shown(one) != shown(other) or one.ndim:
        return shown(one), shown(other)
    return f"{one.item():.9g}", f"{other.item():.9g}"


def _point(expression: Expression, line: Line, scope: Mapping) -> str:
    """The symbols of the reader's line and of the right one, and their values."""
    names = sorted(expression.names | Expression(line.python).names)
    return "at " + ", ".join(f"{name} = {shown(scope[name])}" for name in names if name in scope)


def _slip(derivation: Derivation, line: Line, values: list[np.ndarray]) -> WrongLine | None:
    """The first known wrong line that has the same value at all points."""
    for slip in line.slips:
        expression = Expression(slip.text)
        for scope, value in zip(derivation.scopes, values):
            own = evaluated(expression, line, scope, derivation.allowed(line))
            if not _alike(line, value, own, np.shape(scope[line.id])):
                break
        else:
            return slip
    return None


def _alike(line: Line, one: np.ndarray, other: np.ndarray, shape: tuple) -> bool:
    try:
        one, other = (_fitted(line, value, np.zeros(shape)) for value in (one, other))
    except _Unlike:
        if one.shape != other.shape:
            return False
    if line.free_constant:
        one, other = one - one.mean(), other - other.mean()
    return bool(np.all(np.abs(one - other) <= CLOSE * max(1e-3, np.abs(other).max())))


def _pattern(derivation: Derivation, line: Line, values: list[np.ndarray]) -> str:
    """What an unknown wrong line has in common with the right one: a sign, a factor."""
    factors = []
    for scope, value in zip(derivation.scopes, values):
        expected = scope[line.id]
        try:
            value = _fitted(line, value, expected)
        except _Unlike:
            return ""
        used = np.abs(expected) > 1e-6 * np.abs(expected).max()
        factor = value[used] / expected[used]
        zeros = np.abs(value[~used]).max(initial=0) > CLOSE
        if zeros or line.free_constant or np.ptp(factor) > CLOSE * np.abs(factor).max():
            return ""
        factors.append(factor.mean())
    if np.allclose(factors, -1, rtol=CLOSE):
        return "\n\n→ right but for the sign"
    if np.ptp(factors) < CLOSE * np.abs(factors).max():
        return f"\n\n→ at all points it is {factors[0]:.4g} times what is expected".replace("-", "−")
    if expected.size > 1:
        return "\n\n→ right but for a factor: " + ", ".join(f"{factor:.4g}" for factor in factors) + " at the points"
    return ""
