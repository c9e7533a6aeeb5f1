"""How names look on a map: groups with colors, texts for hover."""

import html
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import colormaps

from embedviz.base.facts import first_value, values_of
from embedviz.base.names import shorten

# Okabe & Ito (2008): told apart with any of the common color vision deficiencies. Yellow is left out: it is lost on
# white.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#6B4C9A")


OTHER = "#A8A8A8"


INK = "#222222"


CIVIDIS = 0.8  # the color scale of numbers, read alike by all eyes; its last, pale fifth is left out


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
        plain = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in self.colors], dtype=np.uint8)[
            self.codes
        ]
        if self.shades is None:
            return plain
        shaded = np.rint(255 * colormaps["cividis"](CIVIDIS * np.nan_to_num(self.shades))[:, :3]).astype(np.uint8)
        return np.where(np.isnan(self.shades)[:, None], plain, shaded)

    @property
    def counts(self) -> np.ndarray:
        return np.bincount(self.codes, minlength=len(self.labels))


def group(column: pd.Series | None, n: int, size: int = len(PALETTE)) -> Groups:
    """Cut a column of n rows into at most `size` groups and a grey one for the rest.

    Numbers with more than `size` different values become ranges with about equally many rows each, from
    dark to light; of a cell that is a list (or text divided by "|") the first value counts.
    """
    if column is None:
        return Groups(np.zeros(n, dtype=int), ["all"], [PALETTE[0]])
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column) and column.nunique() > size:
        edges = np.unique(np.nanquantile(column.astype(float), np.linspace(0, 1, 6), method="nearest"))
        codes = np.clip(np.searchsorted(edges, column.astype(float), side="right") - 1, 0, len(edges) - 2)
        whole = bool((edges == np.floor(edges)).all())  # years: 1900–1949 and 1950–1973, not 1900–1950 and 1950–1974
        highs = [high if high == edges[-1] or not whole else high - 1 for high in edges[1:]]
        labels = [f"{low:g} to {high:g}" for low, high in zip(edges[:-1], highs)]
        colors = [
            "#%02x%02x%02x" % tuple(int(255 * v) for v in colormaps["cividis"](x)[:3])
            for x in np.linspace(0, CIVIDIS, len(labels))
        ]
        missing = column.isna().to_numpy()
        shades = (column.rank().to_numpy(dtype=float) - 1) / max(column.notna().sum() - 1, 1)
        return _with_rest(np.where(missing, len(labels), codes), labels, colors, "not given", shades)
    values = column.map(lambda cell: first_value(cell, "|"))
    counts = values.value_counts()
    top = counts.index[:size].tolist() if len(counts) > size + 1 else counts.index.tolist()
    codes = pd.Index(top, dtype=object).get_indexer(values.astype(object))
    rest = "not given" if values.isna().sum() == (codes < 0).sum() else "other"
    return _with_rest(
        np.where(codes < 0, len(top), codes), [str(value) for value in top], [*PALETTE, INK][: len(top)], rest
    )


def _with_rest(codes, labels, colors, rest, shades=None):
    some = bool((codes == len(labels)).any())
    return Groups(codes, labels + [rest] * some, colors + [OTHER] * some, shades)


def color_columns(frame: pd.DataFrame, color: str | list[str] | None) -> list[str]:
    """The columns to choose a color from: those asked for, or else all of few values, and numbers.

    Raises:
        KeyError: an unknown column.
    """
    if color is None:
        few = max(len(PALETTE) + 1, len(frame) // 10)
        numbers = [c for c in frame.columns if pd.api.types.is_numeric_dtype(frame[c])]
        return [
            c
            for c in frame.columns
            if c not in numbers and frame[c].map(lambda cell: first_value(cell, "|")).nunique() <= few
        ] + numbers
    columns = [color] if isinstance(color, str) else list(color)
    for column in columns:
        if column not in frame.columns:
            raise KeyError(f"no column {column!r} to color by; the frame has {list(frame.columns)}")
    return columns


def hover_texts(names: np.ndarray, frame: pd.DataFrame) -> list[str]:
    """For each name the HTML that it says on hover: the name, and what the columns say."""
    texts = [f"<b>{html.escape(name)}</b>" for name in names.tolist()]
    for column in frame.columns:
        for row, value in enumerate(frame[column].tolist()):
            text = ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in values_of(value, "|"))
            texts[row] += f"<br>{html.escape(str(column))}: {html.escape(shorten(text, 60))}" if text else ""
    return texts
