"""Large arrays in few bytes, for a page that is to be mailed: how they are coded before they are compressed.

Each function takes arrays as the page's modules know them, and returns a value for each to put in their place into what
`page.pack` packs; js/compact.js makes them the arrays that they were. What is lost is said with each.

The differences to what is known already (the next epoch, the entry before) are small numbers, most of them near 0,
which take few bits once they are compressed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embedviz.base.arrays import check_finite

UNIT = 2.0**-18  # of the entries of vectors of length 1
STEPS = 2048  # that the width of a map is divided into


@dataclass(frozen=True, eq=False)
class Coded:
    """One of some arrays that were coded together.

    Attributes:
        group: what js/compact.js decodes them from: the `kind`, and what that needs.
        at: which of them it is, as they come.
    """

    group: Mapping
    at: int = 0


def vectors(rows: np.ndarray) -> Coded:
    """Vectors, float32 of shape (n, d), as directions and lengths.

    A direction is a vector of length 1 whose entries are rounded to multiples of 2⁻¹⁸. That moves the cosine of two
    vectors by about 0.41 · 2⁻¹⁸ = 1.6 · 10⁻⁶ (standard deviation: each entry is off by up to half a multiple, evenly),
    and by more than 10⁻⁵ for one pair in 10⁹. The lengths are right to 2⁻¹⁶. Rows of zeros stay so, and equal rows stay
    equal.

    Raises:
        ValueError: an entry is NaN or infinite.
    """
    rows = np.ascontiguousarray(rows, dtype=np.float64)
    check_finite(rows)
    scale = np.abs(rows).max(axis=1, initial=0)  # the squares of float32 numbers fit into float64, tiny ones too
    lengths = np.sqrt((rows**2).sum(axis=1))
    directions = np.rint(rows / np.where(scale > 0, lengths, 1)[:, None] / UNIT).astype(np.int64)
    mantissas, exponents = np.frexp(lengths)  # cut, not rounded: the largest float32 must not become infinity
    mantissas = np.where(scale > 0, np.floor((2 * mantissas - 1) * 2**16), 0)
    group = {
        "kind": "vectors",
        "dim": rows.shape[1],
        "planes": _planes(_folded(directions), 3),
        "mantissas": mantissas.astype("<u2").tobytes(),
        "exponents": exponents.astype("<i2").tobytes(),
    }
    return Coded(group)


def neighbor_lists(lists: Sequence[np.ndarray]) -> list[Coded | bytes]:
    """The nearest neighbors of each row in each epoch, int32 of shape (n, k) each, nearest first. Nothing is lost.

    A list is told by that of the next epoch: for each neighbor its place there, among those not told yet, or k: it is
    not there. The last epoch's are stored as they are.
    """
    if not lists:
        return []
    lists = [np.ascontiguousarray(one, dtype=np.int32) for one in lists]
    n, k = lists[0].shape
    if k > 254:  # a place is a byte
        return [one.tobytes() for one in lists]
    places, others = [], []
    for now, following in zip(lists[-2::-1], lists[:0:-1]):
        told, told_here = np.zeros((n, k), dtype=bool), np.empty((n, k), dtype=np.uint8)
        for j in range(k):
            same = (following == now[:, j : j + 1]) & ~told
            there, at = same.any(axis=1), same.argmax(axis=1)
            rank = np.cumsum(~told, axis=1)[np.arange(n), at] - 1
            told_here[:, j] = np.where(there, rank, k)
            told[there, at[there]] = True
        places.append(told_here.tobytes())
        others.append(now[told_here == k])
    group = {
        "kind": "neighbors",
        "shape": [n, k],
        "last": lists[-1].tobytes(),
        "places": places,  # backwards in time
        "others": np.concatenate([*others, np.empty(0, dtype=np.int32)]).tobytes(),
    }
    return [Coded(group, len(lists) - 1 - at) for at in range(len(lists))]


def similarity_lists(lists: Sequence[np.ndarray]) -> list[Coded]:
    """How similar those neighbors are, float32 of shape (n, k) each, from −1 to 1: rounded to hundredths.

    The first of a row is told by that of the next epoch, the others by the one before.

    Raises:
        ValueError: one is NaN.
    """
    if not lists:
        return []
    hundredths = np.rint(100 * np.asarray(lists, dtype=np.float64))
    check_finite(hundredths.reshape(-1, 1), "similarities")
    hundredths = np.clip(hundredths, -100, 100).astype(np.int8)  # whose differences may run over: they run back
    _, n, k = hundredths.shape
    steps = np.diff(hundredths, axis=2, prepend=np.int8(0))
    steps[:-1, :, 0] -= hundredths[1:, :, 0]
    group = {"kind": "similarities", "shape": [n, k], "columns": [steps[:, :, j].tobytes() for j in range(k)]}
    return [Coded(group, at) for at in range(len(lists))]


def coordinates(maps: Sequence[np.ndarray]) -> list[Coded]:
    """Where a map has its points, float32 of shape (n, axes) in each epoch.

    They are rounded to multiples of 1/2048 of the map's width, the largest extent of an axis, and told by the place in
    the next epoch. So they are off by 1/4096 of the width at most.

    Raises:
        ValueError: one is NaN or infinite.
    """
    scales, moves, known = [], [], None
    for one in maps[::-1]:
        one = np.ascontiguousarray(one, dtype=np.float64)
        check_finite(one, "coordinates")
        low = one.min(axis=0, initial=np.inf)
        unit = float((one - low).max(initial=0) / STEPS) or 1.0
        places = _nearest((one - low) / unit)
        expected = places * 0 if known is None else np.clip(_nearest((known - low) / unit), 0, STEPS)
        moves.append(_planes(_folded(places - expected), 2))
        scales.append({"low": low.tolist(), "unit": unit})
        known = low + places * unit
    group = {"kind": "coordinates", "steps": STEPS, "scales": scales, "moves": moves}  # backwards in time
    return [Coded(group, len(maps) - 1 - at) for at in range(len(maps))]


def _nearest(values):
    """Whole numbers as JavaScript rounds: halves up."""
    return np.floor(values + 0.5).astype(np.int64)


def _folded(numbers):
    """0, −1, 1, −2, … as 0, 1, 2, 3, …: then small numbers have zeros for high bytes, whatever their sign."""
    return (numbers << 1) ^ (numbers >> 63)


def _planes(numbers, count):
    """The lowest bytes of all numbers, then the second lowest…: a list of bytes."""
    if numbers.size and numbers.max() >= 1 << (8 * count):
        raise ValueError(f"{numbers.max()} does not fit into {count} bytes")
    return [(numbers >> (8 * plane) & 255).astype(np.uint8).tobytes() for plane in range(count)]
