"""Facts about names: the rows of a frame in the order of the names, and the values that a cell holds."""

from collections.abc import Hashable, Iterable, Mapping

import numpy as np
import pandas as pd

from embedviz.base.names import NameIndex, is_missing, tidy


def align(frame: pd.DataFrame | None, names: Iterable) -> pd.DataFrame:
    """The rows of `frame` in the order of `names`, which are its new index.

    Rows and names are brought together by key, as `as_name` compares keys: by an index that was set, or else by a
    column that has all the names (which is left out then). By position only where there is no key: the index just
    counts the rows, and no column has as many as half of the names.

    Args:
        frame: facts, or None: then there are none.
        names: unique.

    Raises:
        TypeError: `frame` is no frame.
        ValueError: a name has no row, or several; two keys have all the names, in different orders; a column comes
            twice; there is no key, and another number of rows than names.
    """
    known = NameIndex(names)
    index = pd.Index(known.names, dtype=object)
    if frame is None:
        return pd.DataFrame(index=index)
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"the facts are a {type(frame).__name__}: a DataFrame is needed")
    check_columns(frame)
    is_set = not (isinstance(frame.index, pd.RangeIndex) and frame.index.equals(pd.RangeIndex(len(frame))))
    found = {-1: _places(known, frame.index)}  # by the number of the column; −1 is the index
    if not (is_set and (found[-1] >= 0).all()):
        found |= {number: _places(known, cells) for number, (_, cells) in enumerate(frame.items())}
    labels = {-1: "index"} | {number: f"column {label!r}" for number, label in enumerate(frame.columns)}
    whole = [number for number, place in found.items() if (place >= 0).all()]
    if not whole:
        if not is_set:
            del found[-1]
        best = max(found, key=lambda number: (found[number] >= 0).sum(), default=None)
        if is_set or (best is not None and (found[best] >= 0).mean() >= 0.5):
            lacking = known.names[found[best] < 0]
            more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
            raise ValueError(
                f"the frame's {labels[best]} lacks {len(lacking)} of {len(known)} names: "
                f"{', '.join(map(repr, lacking[:5]))}{more} (where the rows are in the order of the names, say so with "
                "frame.set_axis(names))"
            )
        if len(frame) != len(known):
            raise ValueError(
                f"a frame of {len(frame)} rows for {len(known)} names, such as {known.names[0]!r}: "
                "neither its index nor a column has the names, and so there must be a row for each"
            )
        return frame.set_axis(index)
    key = whole[0]
    for other in whole[1:]:
        if (found[other] != found[key]).any():
            raise ValueError(
                f"the frame's {labels[key]} and its {labels[other]} both have all {len(known)} names, in different "
                "orders: choose one with frame.set_index()"
            )
    cells = frame.index if key == -1 else frame.iloc[:, key]
    counts = np.bincount(1 + known.rows(cells), minlength=len(known) + 1)[1:]
    if len(known) and counts.max() > 1:
        raise ValueError(
            f"the frame's {labels[key]} has {known.names[counts.argmax()]!r} {counts.max()} times: "
            "one row for each name is needed"
        )
    facts = frame.iloc[found[key]].set_axis(index)
    return facts if key == -1 else facts.iloc[:, [number for number in range(frame.shape[1]) if number != key]]


def _places(known: NameIndex, keys: pd.Series | pd.Index) -> np.ndarray:
    """Where each name stands first among the keys, int64; −1 where it does not. What can be no names has none."""
    places = np.full(len(known), -1)
    if pd.api.types.is_numeric_dtype(keys.dtype) and not any(name[:1] in "-0123456789" for name in known.names):
        return places  # spares turning a million numbers into text
    try:
        rows = known.rows(keys)
    except (TypeError, ValueError):
        return places
    has = np.flatnonzero(rows >= 0)[::-1]  # the first one is written last
    places[rows[has]] = has
    return places


def check_columns(frame: pd.DataFrame, *needed: Hashable) -> None:
    """See that a frame has each column once, and those that are needed.

    Raises:
        ValueError: a column comes twice.
        KeyError: a needed column is not there.
    """
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(f"the frame has the column {twice[0]!r} more than once: rename one")
    for column in needed:
        if column not in frame.columns:
            raise KeyError(f"no column {column!r} in the frame; it has {list(frame.columns)}")


def check_times(frame: pd.DataFrame, column: Hashable, numbers: bool = True) -> pd.Series:
    """The column of times.

    Args:
        frame: what has it.
        column: its label.
        numbers: whether numbers (seconds since some moment, say) will do as well.

    Raises:
        KeyError: no such column.
        ValueError: it holds no times (but text, say), or one is missing; the message says how to mend it.
    """
    check_columns(frame, column)
    times, kinds = frame[column], pd.api.types
    if not (
        kinds.is_datetime64_any_dtype(times.dtype)
        or (numbers and (kinds.is_any_real_numeric_dtype(times.dtype) or kinds.is_timedelta64_dtype(times.dtype)))
    ):
        raise ValueError(
            f"the column {column!r} is of type {times.dtype}, not of times: "
            f"convert it, frame[{column!r}] = pd.to_datetime(frame[{column!r}])"
        )
    if missing := int(times.isna().sum()):
        raise ValueError(f"the time is missing in {missing} of {len(times)} rows of {column!r}: drop them first")
    return times


def values_of(cell, separator: str | None = None) -> list:
    """The values that a cell holds, each hashable: those of a list, tuple, set or array; of anything else itself.

    A str is one value, not a sequence of letters; with a separator, "a|b" is two. Texts are tidied, as those of names
    are. What is missing (None, NaN, an empty text) is no value, inside a container either. What cannot be hashed (a
    dict, a list in a list) is taken as its text.
    """
    if isinstance(cell, str):
        return [text for part in ([cell] if separator is None else cell.split(separator)) if (text := tidy(part))]
    if isinstance(cell, Mapping):
        return [str(dict(cell))] if cell else []
    if isinstance(cell, (set, frozenset)):
        cell = sorted(cell, key=str)
    elif isinstance(cell, (np.ndarray, pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        cell = list(cell) if cell.ndim else [cell.item()]
    values = cell if isinstance(cell, (list, tuple)) else [cell]
    tidied = [tidy(value) if isinstance(value, str) else value for value in values if not is_missing(value)]
    return [_hashable(value) for value in tidied if not (isinstance(value, str) and not value)]


def _hashable(value):
    try:
        hash(value)
    except TypeError:
        return str(value)
    return value


def first_value(cell, separator: str | None = None):
    """The value that stands for a cell: the first, None if there is none."""
    return next(iter(values_of(cell, separator)), None)
