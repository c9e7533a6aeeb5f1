"""`explore_indexes`: recall against queries per second, to choose an index by.

The page chooses and answers (js/index), so it does so without a kernel too; `chosen` and `answer` say the same here.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pandas as pd
import traitlets
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from embedviz.space.indexes import fastest
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget, ModuleView
from embedviz.widgets.chart import SHAPES, packed
from embedviz.widgets.look import PALETTE

WAYS = {"batched": "all queries at once", "single": "one query at a time"}
PLAIN = FuncFormatter(lambda value, _: f"{value:,.0f}")
TEXTS, NUMBERS = ("index", "setting"), ("recall", "batched", "single", "build", "megabytes")  # columns of a frame


def explore_indexes(measured: Mapping[str, pd.DataFrame], least: float = 0.95, way: str = "batched") -> "IndexExplorer":
    """Recall against queries per second: choose the least recall that will do, and see which index is the fastest.

    Args:
        measured: name of the vectors → frame of `measure_indexes`.
        least: recall to start from, 0.5 to 1.
        way: "batched" or "single", to start from.

    Raises:
        ValueError: nothing measured, a frame without a column of `measure_indexes` or without a row, another way, or a
            recall out of range.
    """
    return IndexExplorer(measured, least, way)


class IndexExplorerView(ModuleView):
    entry = "index/main.js"


class IndexExplorer(LiveWidget):
    """What `explore_indexes` returns: a widget to display, and the same as an object to program.

    Attributes:
        measured: name of the vectors → frame of `measure_indexes`, read-only.
        vectors: the name of those shown, str. It may be set and observed, as `way` and `least` may; what cannot be is
            a TraitError.
        way: "batched" (all queries at once) or "single" (one at a time).
        least: recall that will do, 0.5 to 1.
    """

    entry = "index/main.js"

    vectors = traitlets.Unicode().tag(sync=True)
    way = traitlets.Unicode("batched").tag(sync=True)
    least = traitlets.Float(0.95).tag(sync=True)
    tables = traitlets.List(read_only=True).tag(sync=True)  # for the page: the frames
    looks = traitlets.Dict(read_only=True).tag(sync=True)  # for the page: color and shape of each kind of index

    def __init__(self, measured: Mapping[str, pd.DataFrame], least: float, way: str):
        if not measured:
            raise ValueError("nothing is measured: give at least one frame of measure_indexes")
        self.measured = MappingProxyType({str(name): _checked(name, frame) for name, frame in measured.items()})
        for name, value in (("way", way), ("least", least)):
            if wrong := self._wrong(name, value):
                raise ValueError(wrong)
        super().__init__([])
        looks = _looks(self.measured)
        self.set_trait("looks", {kind: {"color": color, "shape": shape} for kind, (color, shape) in looks.items()})
        self.set_trait("tables", [_table(name, frame) for name, frame in self.measured.items()])
        self.vectors, self.way, self.least = next(iter(self.measured)), way, float(least)
        self.children = [IndexExplorerView(self)]
        self.observe(lambda change: self.renew_static(), ["vectors", "way", "least"])

    def _wrong(self, name, value):
        """What is wrong with a value of a trait; None if nothing is."""
        if name == "vectors" and value not in self.measured:
            return f"vectors={value!r}: it must be one of {', '.join(map(repr, self.measured))}"
        if name == "way" and value not in WAYS:
            return f"way={value!r}: it must be 'batched' or 'single'"
        if name == "least" and not 0.5 <= value <= 1:
            return f"least={value!r}: it must be from 0.5 to 1"
        return None

    @traitlets.validate("vectors", "way", "least")
    def _possible(self, proposal):
        if wrong := self._wrong(proposal["trait"].name, proposal["value"]):
            raise traitlets.TraitError(wrong)
        return proposal["value"]

    @property
    def frame(self) -> pd.DataFrame:
        """The measurements shown."""
        return self.measured[self.vectors]

    @property
    def chosen(self) -> pd.Series | None:
        """The row of the fastest index with at least that recall; None if there is none."""
        return fastest(self.frame, self.least, self.way)

    @property
    def answer(self) -> str:
        """The sentence that says which index is chosen, and what it costs."""
        row, way, frame = self.chosen, self.way, self.frame
        if row is None:
            return f"No index reaches a recall of {self.least:.3f}."
        exact = frame.loc[frame["index"] == "exact", way]
        gain = "" if row["index"] == "exact" or exact.empty else f", {row[way] / exact.iloc[0]:,.1f} times exact search"
        size = f"{row['megabytes']:,.{0 if row['megabytes'] >= 10 else 1}f} MB"
        return (
            f"Fastest with a recall of at least {self.least:.3f}: {row['index']} ({row['setting']}), recall "
            f"{row['recall']:.3f}, {row[way]:,.0f} queries a second{gain}; {row['build']:.1f} s to build, {size}."
        )

    def page_title(self) -> str:
        return "Recall against queries a second"

    # The still form, for where there is no kernel.

    def describe(self) -> str:
        """What the plot shows, in words."""
        kinds = ", ".join(self.frame["index"].unique())
        title = f"{self.vectors}: {WAYS[self.way]}, on one core"
        return f"{title}: queries a second against recall, for {kinds}. {self.answer}"

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of a still picture: image/png, with its description as alt text and text/plain."""
        return still.png_bundle(tradeoff_figure(self.measured, self.way), self.describe())


def _checked(name, frame):
    for column in (*TEXTS, *NUMBERS):
        if column not in frame.columns:
            raise ValueError(f"the frame of {name!r} has no column {column!r}: it must be one of measure_indexes")
    if frame.empty:
        raise ValueError(f"the frame of {name!r} has no row: nothing is measured")
    return frame


def _looks(measured):
    """Color and shape of each kind of index: the same on all vectors."""
    kinds = dict.fromkeys(kind for frame in measured.values() for kind in frame["index"])
    shapes = list(SHAPES)
    return {kind: (PALETTE[i % len(PALETTE)], shapes[i % len(shapes)]) for i, kind in enumerate(kinds)}


def _table(name, frame):
    texts = {column: frame[column].map(str).tolist() for column in TEXTS}
    return {"name": name, **texts, **{column: packed(frame[column]) for column in NUMBERS}}


def tradeoff_figure(measured: Mapping[str, pd.DataFrame], way: str = "batched") -> Figure:
    """A panel for each frame of `measure_indexes`: queries a second against recall, a curve an index."""
    figure = Figure(figsize=(1 + 4.5 * len(measured), 4), dpi=still.DPI, layout="constrained")
    looks = _looks(measured)
    panels: Sequence = figure.subplots(1, len(measured), squeeze=False)[0]
    for ax, (name, frame) in zip(panels, measured.items()):
        for kind, own in frame.groupby("index", sort=False):
            color, shape = looks[kind]
            ax.plot(own["recall"], own[way], marker=SHAPES[shape], color=color, lw=1.4, ms=6, label=kind)
        ax.set_yscale("log")
        ax.set_title(name, fontsize=14)
        ax.set_xlabel("recall (the axis does not start at 0)", fontsize=13)
        ax.set_ylabel(f"queries a second, {way}", fontsize=13)
        ax.yaxis.set_major_formatter(PLAIN)  # the scale's own writes powers in LaTeX, for readers of text too
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.tick_params(labelsize=still.TEXT)
        ax.grid(color="#dddddd")
        ax.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False, fontsize=still.TEXT)
    return figure
