"""How names look on a map: groups with colors, texts for hover. Columns and cells are taken as people have them."""

import datetime
import html
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
import pandas as pd
from matplotlib import colormaps
from scipy.stats import rankdata

from embedviz.base.facts import check_columns, values_of
from embedviz.base.names import shorten

# Okabe & Ito (2008): told apart with any of the common color vision deficiencies. Yellow is left out: it is lost on
# white.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#6B4C9A")
OTHER = "#A8A8A8"
INK = "#222222"
CIVIDIS = 0.8  # the color scale of numbers, read alike by all eyes; its last, pale fifth is left out
RANGES = 5  # that a column of many numbers or dates is cut into


@dataclass(frozen=True)
class Groups:
    """A column cut into few groups, most frequent first (ordered ones from low to high), the rest last.

    Attributes:
        codes: int array of shape (n,), the group of each row.
        labels, colors: one for each group.
        shades: for numbers, where each is from low (0) to high (1) by rank, float array of shape (n,), NaN where there
            is none: the color goes on changing within a range.
    """

    codes: np.ndarray
    labels: list[str]
    colors: list[str]
    shades: np.ndarray | None = None

    @property
    def rgb(self) -> np.ndarray:
        """The color of each row, uint8 of shape (n, 3)."""
        of_group = [[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in self.colors]
        plain = np.array(of_group, dtype=np.uint8)[self.codes]
        if self.shades is None:
            return plain
        shaded = np.rint(255 * colormaps["cividis"](CIVIDIS * np.nan_to_num(self.shades))[:, :3]).astype(np.uint8)
        return np.where(np.isnan(self.shades)[:, None], plain, shaded)

    @property
    def counts(self) -> np.ndarray:
        return np.bincount(self.codes, minlength=len(self.labels))


def group(column: pd.Series | None, n: int, size: int = len(PALETTE)) -> Groups:
    """Cut a column of n rows into at most `size` groups and a grey one for the rest.

    Numbers and dates with more than `size` different values become ranges with about equally many rows each, from dark
    to light. Ordered categories keep their order, and neighbors become one range where there are more than `size`. Of
    everything else the most frequent values get a color; of a cell that is a list (or text divided by "|") the first
    value counts. What is missing or infinite is "not given".
    """
    if column is None:
        return Groups(np.zeros(n, dtype=int), ["all"], [PALETTE[0]])
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        used = column.cat.remove_unused_categories().cat
        labels = [text_of(value) for value in used.categories]
        codes = used.codes.to_numpy().astype(np.int64)
        return _ranges(codes, codes < 0, lambda edges: [labels[i] for i in edges], size)
    numbers = numbers_of(column)
    if numbers is not None:
        missing = ~np.isfinite(numbers) if numbers.dtype.kind == "f" else np.zeros(n, dtype=bool)
        if len(np.unique(numbers[~missing])) > size:
            return _ranges(numbers, missing, number_texts)
    elif (dates := dates_of(column)) is not None and dates.nunique() > size:
        missing = dates.isna().to_numpy()
        return _ranges(dates.to_numpy().astype(np.int64), missing, lambda edges: date_texts(edges, dates))
    values, texts = _first_values(column)
    counts = np.bincount(values[values >= 0], minlength=len(texts))
    order = np.argsort(-counts, kind="stable")
    top = order[:size] if len(texts) > size + 1 else order
    place = np.full(len(texts) + 1, len(top))  # the last: of what is missing, whose value is −1
    place[top] = np.arange(len(top))
    codes = place[values]
    rest = "other" if ((codes == len(top)) & (values >= 0)).any() else "not given"
    return _with_rest(codes, [texts[i] for i in top], [*PALETTE, INK][: len(top)], rest)


def _ranges(values, missing, texts, most=0):
    """Groups of neighboring values: one for each value if there are at most `most`, else a few of about equal counts.

    Args:
        values: int or float array of shape (n,).
        missing: bool array of shape (n,).
        texts: called with some of the values; gives what each is called.
    """
    known = np.sort(values[~missing])
    different = np.unique(known)
    if len(different) <= max(most, 1):
        starts, labels = different, texts(different.tolist())
    else:
        edges = np.unique(known[np.rint(np.linspace(0, len(known) - 1, RANGES + 1)).astype(int)])
        whole = bool((known == np.floor(known)).all())  # years: 1900–1949 and 1950–1973, not 1900–1950 and 1950–1974
        starts, ends = edges[:-1], np.append(edges[1:-1] - whole, edges[-1])
        named = texts([*starts.tolist(), *ends.tolist()])
        labels = [
            low if low == high else f"{low} to {high}" for low, high in zip(named[: len(starts)], named[len(starts) :])
        ]
    codes = np.clip(np.searchsorted(starts, values, side="right") - 1, 0, len(starts) - 1)
    colors = [
        "#{:02x}{:02x}{:02x}".format(*(int(255 * v) for v in colormaps["cividis"](x)[:3]))
        for x in np.linspace(0, CIVIDIS, len(labels))
    ]
    shades = np.full(len(values), np.nan)
    shades[~missing] = (rankdata(values[~missing]) - 1) / max(len(known) - 1, 1)
    return _with_rest(np.where(missing, len(labels), codes), labels, colors, "not given", shades)


def _with_rest(codes, labels, colors, rest, shades=None):
    some = bool((codes == len(labels)).any())
    return Groups(codes, labels + [rest] * some, colors + [OTHER] * some, shades)


def _first_values(column):
    """The first value of each cell as its number (−1: none), and what the numbers stand for, as text."""
    codes, different = different_cells(column)
    firsts = [next(iter(values_of(cell, "|")), None) for cell in different]
    numbers, values = pd.factorize(np.array([None if one is None else text_of(one) for one in firsts], dtype=object))
    return np.append(numbers, -1)[codes], list(values)


def different_cells(column):
    """The number of each cell's content (−1: missing), and the contents: so that each is looked at only once."""
    cells = column.tolist()
    try:
        return pd.factorize(np.fromiter(cells, dtype=object, count=len(cells)))
    except TypeError:  # lists and dicts cannot be compared: each cell for itself
        return np.arange(len(cells)), cells


def numbers_of(column: pd.Series) -> np.ndarray | None:
    """A column of numbers as an int64 or float64 array, NaN where one is missing; None: it is something else.

    Whole numbers stay whole: in floats a long one, an ISBN or an id, would lose its last digits.
    """
    kind = column.dtype
    if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind):
        return None
    if pd.api.types.is_complex_dtype(kind):
        return None
    if pd.api.types.is_integer_dtype(kind) and not column.isna().any():
        values = column.to_numpy()
        if values.dtype.kind == "i" or not len(values) or values.max() <= np.iinfo(np.int64).max:
            return values.astype(np.int64)
    return column.to_numpy(dtype=float, na_value=np.nan)


def dates_of(column: pd.Series) -> pd.Series | None:
    """A column of dates, times, or periods as datetime64, without time zone; None: it is something else."""
    kind = column.dtype
    if isinstance(kind, pd.PeriodDtype):
        return column.dt.to_timestamp()
    if isinstance(kind, pd.DatetimeTZDtype):
        return column.dt.tz_localize(None)
    if kind == np.dtype(object):
        known = [cell for cell in column.tolist() if cell is not None and cell is not pd.NaT]
        if not known or not all(isinstance(cell, datetime.date) for cell in known):
            return None
    elif not pd.api.types.is_datetime64_any_dtype(kind):
        return None
    try:
        dates = pd.to_datetime(pd.Series(column.tolist(), dtype=object), utc=True)
    except (ValueError, TypeError, OverflowError):  # dates no timestamp can hold
        return None
    return dates.dt.tz_localize(None)


def number_texts(numbers: Sequence[float]) -> list[str]:
    """Numbers as text: whole ones in full, others with as many digits as it takes to tell them apart, six at least."""
    for digits in range(6, 18):
        texts = [number_text(number, digits) for number in numbers]
        if len(set(texts)) == len(set(numbers)):
            break
    return texts


def number_text(number: float, digits: int = 6) -> str:
    """A number as text: a whole one in full (up to 10¹⁵), any other with so many digits."""
    if isinstance(number, Integral):
        return str(int(number))
    number = float(number)
    if abs(number) < 1e15:
        if number.is_integer():
            return str(int(number))
        digits = max(digits, len(str(int(abs(number)))) + 1)  # no exponent
    return f"{number:.{digits}g}"


def date_texts(values: Iterable[int], dates: pd.Series) -> list[str]:
    """The dates that these integers are in the unit of `dates`: days alone, if all of `dates` are whole days."""
    stamps = np.asarray(list(values), dtype=np.int64).view(dates.dtype)
    days = bool((dates.dropna() == dates.dropna().dt.normalize()).all())
    return [str(pd.Timestamp(stamp))[: 10 if days else 16] for stamp in stamps]


def text_of(value) -> str:
    """One value of a cell as text."""
    if isinstance(value, Real) and not isinstance(value, (bool, np.bool_)):
        return number_text(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return str(value.date())
    return str(value)


def by_label(columns: Iterable[Hashable], taken: Iterable[str] = ()) -> dict[str, Hashable]:
    """Columns by the text to choose them by: what each is called, made different where that is not or is `taken`."""
    labels, taken = {}, set(taken)
    for column in columns:
        label, number = str(column), 1
        while label in labels or label in taken:
            number += 1
            label = f"{column} ({number})"
        labels[label] = column
    return labels


def color_columns(frame: pd.DataFrame, color: Hashable | list[Hashable] | None) -> list:
    """The columns to choose a color from: those asked for, or else all of few values, and numbers and dates.

    Args:
        color: a column, or a list of them; None: the default.

    Raises:
        KeyError: an unknown column.
        ValueError: the frame has a column twice.
    """
    check_columns(frame)
    if color is None:
        few = max(len(PALETTE) + 1, len(frame) // 10)
        ordered = [column for column in frame.columns if _is_ordered(frame[column])]
        others = [column for column in frame.columns if column not in ordered]
        return [column for column in others if len(_first_values(frame[column])[1]) <= few] + ordered
    several = isinstance(color, (list, tuple, pd.Index, np.ndarray))
    if isinstance(color, tuple) and color in frame.columns:  # of a frame whose columns are tuples
        several = False
    columns = list(color) if several else [color]
    for column in columns:
        if column not in frame.columns:
            raise KeyError(f"no column {column!r} to color by; the frame has {list(frame.columns)}")
    return columns


def _is_ordered(column):
    return numbers_of(column) is not None or dates_of(column) is not None


def hover_texts(names: np.ndarray, frame: pd.DataFrame) -> list[str]:
    """For each name the HTML that it says on hover: the name, and what the columns say."""
    texts = [f"<b>{html.escape(name)}</b>" for name in names.tolist()]
    for column in frame.columns:
        codes, different = different_cells(frame[column])
        said = [", ".join(map(text_of, values_of(cell, "|"))) for cell in different]
        title = html.escape(str(column))
        lines = [f"<br>{title}: {html.escape(shorten(text, 60))}" if text else "" for text in said]
        texts = [text + lines[code] if code >= 0 else text for text, code in zip(texts, codes.tolist())]
    return texts
