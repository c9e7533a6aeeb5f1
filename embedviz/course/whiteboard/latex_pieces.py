"""Translated parts of a LaTeX formula, and their product: which one is meant is decided by the dimensions."""

from typing import NamedTuple

from embedviz.course.whiteboard.expressions import ExpressionError


class Piece(NamedTuple):
    """A translated part: Python, in brackets if it has parts; its dimensions; whether it is a transposed vector."""

    text: str
    ndim: int = 0
    row: bool = False


def times(one: Piece, other: Piece, dotted: bool = False) -> Piece:
    """The product that the dimensions ask for."""
    if 0 in (one.ndim, other.ndim):
        return Piece(f"({one.text} * {other.text})", max(one.ndim, other.ndim), one.row or other.row)
    if one.ndim == other.ndim == 1:
        if other.row and not one.row:
            return Piece(f"outer({one.text}, {other.text.removesuffix('.T')})", 2)
        if not (one.row or dotted):
            raise ExpressionError(
                f"{one.text} and {other.text} are two vectors side by side: write a^\\top b or a \\cdot b for a "
                f"number, "
                "a b^\\top for a matrix, a \\odot b entry by entry"
            )
        return Piece(f"({one.text.removesuffix('.T')} @ {other.text})")
    ndim = one.ndim + other.ndim - 2
    return Piece(f"({one.text} @ {other.text})", ndim, one.row and ndim == 1)
