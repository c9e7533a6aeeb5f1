"""Answers of any kind, a tensor, a list or a number: as arrays, compared, and written out for a reader."""

import re
from collections.abc import Mapping

import numpy as np

SHOWN = 400  # characters of a value


def plain(value) -> np.ndarray:
    """Numbers of any kind (a tensor, a list, a number) as an array, float64 if they are numbers."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if hasattr(value, "toarray"):
        value = value.toarray()
    array = np.asarray(value)
    return array.astype(np.float64) if array.dtype.kind in "fiub" else array


def mismatch(got, expected) -> str:
    """What is wrong with the kind or the shape of an answer, "" if nothing."""
    wanted = plain(expected)
    try:
        own = plain(got)
    except (TypeError, ValueError):
        own = None
    kind = "one number" if wanted.ndim == 0 else f"numbers of shape {wanted.shape}"
    if own is None or own.dtype.kind != wanted.dtype.kind:
        return f"must be {kind}, not {shown(got)}"
    if own.shape != wanted.shape:
        return f"must be {kind}, not of shape {own.shape}" if own.ndim else f"must be {kind}, not {shown(got)}"
    return ""


def shown(value) -> str:
    """A value as text: numbers in four digits, at most `SHOWN` characters."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        value = np.array2string(value, precision=4, suppress_small=True, separator=", ", threshold=60)
        value = re.sub(r"\s+", " ", value)
    else:
        value = repr(value)
    return value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"


def shown_input(given: Mapping) -> str:
    """Arguments as text, "name = value, …"; functions are left out."""
    return ", ".join(f"{name} = {shown(value)}" for name, value in given.items() if not callable(value))


def apart(got, expected) -> tuple[str, str]:
    """Two answers, in as many digits as it takes to see that they differ."""
    own, right = plain(got), plain(expected)
    if own.dtype.kind == "f":
        own = own + 0.0  # no −0
    if own.ndim:
        return shown(own), shown(right)
    digits = next((d for d in range(3, 15) if f"{own:.{d}f}" != f"{right:.{d}f}"), 15)
    return f"{own:.{digits}f}", f"{right:.{digits}f}"
