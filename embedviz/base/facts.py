"""Facts about names: the rows of a frame in the order of the names, and the values that a cell holds."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from embedviz.base.names import NameIndex, as_names, is_missing


def align(frame: pd.DataFrame | None, names: Iterable) -> pd.DataFrame:
    """The rows of `frame` in the order of `names`, which are its new index.

    Rows and names are brought together by key, as `as_name` compares keys: by the frame's index, or by a column that
    has all the names (which is left out then). By position only where there is no key: the frame's index just counts
    its rows, and no column has any of the names.

    Args:
        frame: facts, or None: then there are none.
        names: unique.

    Raises:
        ValueError: a name has no row, or several; a column comes twice; no key, and another number of rows.
    """
    names = NameIndex(names).names
    if frame is None:
        return pd.DataFrame(index=pd.Index(names, dtype=object))
    check_columns(frame)
    counts_rows = isinstance(frame.index, pd.RangeIndex) and frame.index.equals(pd.RangeIndex(len(frame)))
    best = None  # the key that has the most of the names
    for column in [None, *_by_likelihood(frame)]:
        keys = as_names(frame.index if column is None else frame[column].map(_scalar), missing="keep")
        has = pd.Index(names).isin(keys).mean() if len(names) else 0.0
        if best is None or has > best[0]:
            best = has, column, keys
        if has == 1:
            break
    has, column, keys = best
    what = "index" if column is None else f"column {column!r}"
    if has < 1 and counts_rows and (column is None or has < 0.5):
        if len(frame) == len(names):
            return frame.set_axis(pd.Index(names, dtype=object))
        raise ValueError(
            f"a frame of {len(frame)} rows for {len(names)} names, such as {names[0]!r}: "
            "neither its index nor a column has the names, and so there must be a row for each"
        )
    if has < 1:
        missing = names[~pd.Index(names).isin(keys)]
        listed = ", ".join(map(repr, missing[:5])) + ("" if len(missing) <= 5 else f" and {len(missing) - 5} more")
        raise ValueError(f"the frame's {what} lacks {len(missing)} of {len(names)} names: {listed}")
    counts = pd.Series(keys).value_counts().reindex(names)
    if (counts > 1).any():
        raise ValueError(
            f"the frame's {what} has {counts.idxmax()!r} {counts.max()} times: one row for each name is needed"
        )
    found = frame.iloc[pd.Index(keys).get_indexer(names)].set_axis(pd.Index(names, dtype=object))
    return found if column is None else found.drop(columns=column)


def _by_likelihood(frame: pd.DataFrame) -> list:
    """The columns that may hold names: text first, then other keys; whole numbers last, for they may be ranks or years."""
    kinds = {column: frame[column].dtype for column in frame.columns}
    texts = [c for c, kind in kinds.items() if pd.api.types.is_string_dtype(kind) or kind == "object"]
    numbers = [c for c, kind in kinds.items() if pd.api.types.is_integer_dtype(kind)]
    return [*texts, *numbers]


def _scalar(cell):
    """The cell if it may be a key, else None."""
    return cell if pd.api.types.is_scalar(cell) else None


def check_columns(frame: pd.DataFrame, *needed) -> None:
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


def check_times(frame: pd.DataFrame, column) -> pd.Series:
    """The column of times.

    Raises:
        KeyError: no such column.
        ValueError: it holds no times and no numbers (text, say), or one is missing; the message says how to mend it.
    """
    check_columns(frame, column)
    times = frame[column]
    if not (pd.api.types.is_datetime64_any_dtype(times) or pd.api.types.is_numeric_dtype(times)):
        raise ValueError(
            f"the column {column!r} is {times.dtype}, not times: convert it, with pd.to_datetime(frame[{column!r}])"
        )
    if missing := int(times.isna().sum()):
        raise ValueError(f"the time is missing in {missing} of {len(times)} rows of {column!r}: drop them first")
    return times


def values_of(cell, separator: str | None = None) -> list:
    """The values that a cell holds, each hashable: those of a list, tuple, set or array; of anything else itself.

    A str is one value, not a sequence of letters; with a separator, "a|b" is two. What is missing (None, NaN, an empty
    text) is no value, inside a container either. What cannot be hashed (a dict, a list in a list) is taken as its text.
    """
    if isinstance(cell, str):
        parts = [cell] if separator is None else cell.split(separator)
        return [part for part in map(str.strip, parts) if part]
    if isinstance(cell, Mapping):
        return [str(dict(cell))] if cell else []
    if isinstance(cell, (list, tuple, set, frozenset, np.ndarray, pd.Series, pd.Index)):
        listed = sorted(cell, key=str) if isinstance(cell, (set, frozenset)) else list(cell)
        return [_hashable(value) for value in listed if not is_missing(value) and value != ""]
    return [] if is_missing(cell) else [_hashable(cell)]


def _hashable(value):
    try:
        hash(value)
    except TypeError:
        return str(value)
    return value


def first_value(cell, separator: str | None = None):
    """The value that stands for a cell: the first, None if there is none."""
    return next(iter(values_of(cell, separator)), None)
