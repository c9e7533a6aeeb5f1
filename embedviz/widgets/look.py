"""How names look on a map: groups with colors and shapes, texts for hover; columns and cells as people have them."""

import datetime
import html
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
import pandas as pd

from embedviz.base.facts import check_columns, values_of
from embedviz.base.names import shorten

# Six colors near those of Okabe & Ito (2008), for white and for black, moved apart by a search until any two of them,
# and the gray, differ by a CIEDE2000 of 12 and more to every eye; those of ranges go from dark to light as well. Sky
# blue is as pale as it may be on white. tests/test_palette.py computes all that.
PALETTE = ("#0067d6", "#c98705", "#008f5f", "#c33d00", "#b0518c", "#009ce5")
ORDERED = ("#1e1258", "#5607a5", "#9a4074", "#d1494e", "#ca8607")
OTHER = "#949494"
INK = "#222222"
DARK = ("#0683fd", "#f9c23f", "#00b280", "#ee5f2f", "#de85bb", "#86d1ff")
ORDERED_DARK = ("#654dbf", "#b55cf4", "#fa73b9", "#fab581", "#fff14b")
OTHER_DARK = "#777777"
INK_DARK = "#eeeeee"
PAPER, PAPER_DARK = "#ffffff", "#111111"  # what they are drawn on
SHAPES = ("circle", "square", "triangle", "diamond", "down", "plus")  # as js/map/shapes.js; the gray rest are dots

# The dark color and the shape that go with a color.
LOOKS = {
    **{color: looks for color, *looks in zip(PALETTE, DARK, SHAPES)},
    **{color: looks for color, *looks in zip(ORDERED, ORDERED_DARK, SHAPES)},
    OTHER: [OTHER_DARK, "dot"],
    INK: [INK_DARK, "star"],
}
ORDERED_LOOKS = [{"color": color, "dark": LOOKS[color][0], "shape": LOOKS[color][1]} for color in ORDERED]  # kept.js's
FACT = 60  # characters of a fact that a point tells


@dataclass(frozen=True)
class Groups:
    """A column cut into few groups, most frequent first (ordered ones from low to high), the rest last.

    Attributes:
        codes: int array of shape (n,), the group of each row.
        labels, colors: one for each group; the color is that on white.
    """

    codes: np.ndarray
    labels: list[str]
    colors: list[str]

    @property
    def darks(self) -> list[str]:
        """The color of each group on black."""
        return [LOOKS.get(color, (color, ""))[0] for color in self.colors]

    @property
    def shapes(self) -> list[str]:
        """The shape of each group, one of `SHAPES`, "dot" or "star"."""
        return [LOOKS.get(color, ("", "circle"))[1] for color in self.colors]

    @property
    def counts(self) -> np.ndarray:
        """Rows in each group, an int array."""
        return np.bincount(self.codes, minlength=len(self.labels))

    @property
    def classes(self) -> list[dict]:
        """What js/map/points.js takes to paint each group."""
        looks = zip(self.labels, self.counts.tolist(), self.colors, self.darks, self.shapes)
        return [
            {"label": label, "count": count, "color": color, "dark": dark, "shape": shape, "rest": color == OTHER}
            for label, count, color, dark, shape in looks
        ]


def group(column: pd.Series | None, n: int, size: int = len(PALETTE)) -> Groups:
    """Cut a column of n rows into at most `size` groups and a gray one for the rest.

    Numbers and dates with more than `size` different values become five ranges with about equally many rows each, from
    dark to light. Ordered categories keep their order, and neighbors become one range where there are more than five.
    Of everything else the most frequent values get a color; of a cell that is a list (or text divided by "|") the first
    value counts. What is missing or infinite is "not given".

    Args:
        column: of n cells; None: all rows are one group.
        n: rows.
        size: groups at most, 1 to 6.

    Raises:
        ValueError: more groups than there are colors.
    """
    if not 1 <= size <= len(PALETTE):
        raise ValueError(f"size = {size} groups: there are colors for 1 to {len(PALETTE)}")
    if column is None:
        return Groups(np.zeros(n, dtype=int), ["all"], [PALETTE[0]])
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        used = column.cat.remove_unused_categories().cat
        labels = [text_of(value) for value in used.categories]
        codes = used.codes.to_numpy().astype(np.int64)
        return _ranges(codes, codes < 0, lambda edges: [labels[i] for i in edges], most=len(ORDERED))
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
    top = order[:size]
    place = np.full(len(texts) + 1, len(top))  # the last: of what is missing, whose value is −1
    place[top] = np.arange(len(top))
    codes = place[values]
    rest = "other" if ((codes == len(top)) & (values >= 0)).any() else "not given"
    return _with_rest(codes, [texts[i] for i in top], list(PALETTE[: len(top)]), rest)


def kept_groups(kept: np.ndarray, near: int) -> Groups:
    """The color "neighbors kept": from few to many of a name's `near` nearest are near it on the map too.

    The groups are the same whatever the counts, so that a color means the same after each epoch. js/map/kept.js cuts
    likewise.

    Args:
        kept: int array of shape (n,), 0 to near; −1 where it is not known.
        near: how many nearest were looked at.

    Raises:
        ValueError: a number that is none of these.
    """
    kept = np.asarray(kept)
    if near < 1 or ((kept < -1) | (kept > near)).any():
        raise ValueError(f"kept from {kept.min(initial=0)} to {kept.max(initial=0)} of near = {near}: −1 to near")
    ranges = min(near + 1, len(ORDERED))
    starts = np.arange(ranges) * (near + 1) // ranges
    ends = np.append(starts[1:] - 1, near)
    labels = [f"{low} of {near}" if low == high else f"{low}–{high} of {near}" for low, high in zip(starts, ends)]
    codes = np.searchsorted(starts, kept, side="right") - 1
    return _with_rest(np.where(kept < 0, ranges, codes), labels, ordered_colors(ranges), "not known")


def ordered_colors(ranges: int) -> list[str]:
    """Colors from dark to light for so many ranges, 1 to 5, as far apart as they can be."""
    return [ORDERED[i] for i in np.rint(np.linspace(0, len(ORDERED) - 1, ranges)).astype(int)]


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
        edges = np.unique(known[np.rint(np.linspace(0, len(known) - 1, len(ORDERED) + 1)).astype(int)])
        whole = bool((known == np.floor(known)).all())  # years: 1900–1949 and 1950–1973, not 1900–1950 and 1950–1974
        starts, ends = edges[:-1], np.append(edges[1:-1] - whole, edges[-1])
        named = texts([*starts.tolist(), *ends.tolist()])
        labels = [
            low if low == high else f"{low} to {high}" for low, high in zip(named[: len(starts)], named[len(starts) :])
        ]
    codes = np.clip(np.searchsorted(starts, values, side="right") - 1, 0, len(starts) - 1)
    return _with_rest(np.where(missing, len(labels), codes), labels, ordered_colors(len(labels)), "not given")


def _with_rest(codes, labels, colors, rest):
    some = bool((codes == len(labels)).any())
    return Groups(codes, labels + [rest] * some, colors + [OTHER] * some)


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


def cell_texts(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """The number of each cell's text, int array of shape (n,), −1: missing; and the texts, cut to what a tip holds."""
    codes, different = different_cells(column)
    return codes, [shorten(", ".join(map(text_of, values_of(cell, "|"))), FACT) for cell in different]


def hover_texts(names: np.ndarray, frame: pd.DataFrame) -> list[str]:
    """For each name the HTML that it says on hover: the name, and what the columns say."""
    texts = [f"<b>{html.escape(name)}</b>" for name in names.tolist()]
    for column in frame.columns:
        codes, said = cell_texts(frame[column])
        title = html.escape(str(column))
        lines = [f"<br>{title}: {html.escape(text)}" if text else "" for text in said]
        texts = [text + lines[code] if code >= 0 else text for text, code in zip(texts, codes.tolist())]
    return texts
