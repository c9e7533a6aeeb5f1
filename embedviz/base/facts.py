"""Facts about names: the rows of a frame in the order of the names, and the values that a cell holds."""

import numpy as np
import pandas as pd


def values_of(cell) -> list:
    """The values of a cell: of a list or of "a|b" each, of anything else itself; none if it is empty or missing."""
    if isinstance(cell, (list, tuple, np.ndarray)):
        return list(cell)
    if isinstance(cell, str):
        return [value for value in cell.split("|") if value]
    return [] if pd.isna(cell) else [cell]


def first_value(cell):
    """The value that stands for a cell: the first, None if there is none."""
    return next(iter(values_of(cell)), None)


def align(frame: pd.DataFrame | None, names: np.ndarray) -> pd.DataFrame:
    """The rows of `frame` in the order of `names`, which are its new index.

    Raises:
        ValueError: the names are in neither the index nor a column, and their number is another than that of the rows.
    """
    if frame is None:
        return pd.DataFrame(index=names)
    texts = [
        c for c in frame.columns if pd.api.types.is_string_dtype(frame[c]) or pd.api.types.is_object_dtype(frame[c])
    ]
    for column in [None, *texts]:
        place = pd.Series(
            range(len(frame)),
            index=frame.index if column is None else frame[column].map(lambda v: v if isinstance(v, str) else None),
        )
        place = place[~place.index.duplicated()].reindex(names)
        if place.notna().all():
            found = frame.iloc[place.astype(int).to_numpy()].set_axis(names)
            return found if column is None else found.drop(columns=column)
    if len(frame) == len(names):
        return frame.set_axis(names)
    raise ValueError(
        f"a frame of {len(frame)} rows for {len(names)} names: neither its index nor a column has all, such as {names[0]!r}"
    )
