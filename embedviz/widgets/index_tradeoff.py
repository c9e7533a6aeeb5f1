"""`explore_indexes`: recall against queries per second, to choose an index by."""

import html
from collections.abc import Mapping, Sequence

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure

from embedviz.space.indexes import fastest
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget
from embedviz.widgets.look import INK, PALETTE
from embedviz.widgets.plot import LivePlot, LivePlotView

MARKERS = {
    "exact": ("circle", "o"),
    "IVF": ("square", "s"),
    "HNSW": ("diamond", "D"),
}  # marker in plotly, in matplotlib


WAYS = {"batched": "all queries at once", "single": "one query at a time"}


def explore_indexes(measured: Mapping[str, pd.DataFrame], least: float = 0.95, way: str = "batched") -> "IndexExplorer":
    """Recall against queries per second: choose the least recall that will do, and see which index is the fastest.

    Args:
        measured: name of the vectors → frame of `measure_indexes`.
        least: recall to start from, 0.5 to 1.
        way: "batched" or "single", to start from.

    Raises:
        ValueError: nothing measured, another way, or a recall out of range.
    """
    return IndexExplorer(measured, least, way)


class IndexExplorer(LiveWidget):
    """What `explore_indexes` returns: a widget to display, and the same as an object to program.

    Attributes:
        vectors_box, way_box, least_slider: the controls.
        chosen: the row of the fastest index with at least that recall, or None.
    """

    def __init__(self, measured, least, way):
        if not measured:
            raise ValueError("nothing is measured: give at least one frame of measure_indexes")
        if way not in WAYS:
            raise ValueError(f"way={way!r}: it must be 'batched' or 'single'")
        if not 0.5 <= least <= 1:
            raise ValueError(f"least={least!r}: it must be from 0.5 to 1")
        self.measured = dict(measured)
        style = {"description_width": "initial"}
        self.vectors_box = ipywidgets.Dropdown(
            options=list(self.measured), description="Vectors", style=style, layout={"width": "270px"}
        )
        self.way_box = ipywidgets.ToggleButtons(
            options=[(label, name) for name, label in WAYS.items()], value=way, style={"button_width": "150px"}
        )
        self.least_slider = ipywidgets.FloatSlider(
            least,
            min=0.5,
            max=1,
            step=0.005,
            readout_format=".3f",
            description="Least recall@k wanted",
            style=style,
            layout={"width": "420px"},
        )
        self.plot, self.answer = LivePlot(), ipywidgets.HTML()
        self._draw()
        for box in (self.vectors_box, self.way_box, self.least_slider):
            box.observe(lambda change: self._draw(), "value")
        row = ipywidgets.Layout(flex_flow="row wrap")
        super().__init__(
            [
                ipywidgets.HBox([self.vectors_box, self.way_box], layout=row),
                self.least_slider,
                LivePlotView(self.plot),
                self.answer,
            ]
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The measurements shown."""
        return self.measured[self.vectors_box.value]

    def _title(self):
        return f"{self.vectors_box.value}: {WAYS[self.way_box.value]}, on one core"

    def _draw(self):
        least, way, frame = self.least_slider.value, self.way_box.value, self.frame
        self.chosen = fastest(frame, least, way)
        traces = [self._curve(kind, own[way], own, color) for (kind, own), color in self._kinds()]
        if self.chosen is not None:
            ring = {"size": 20, "symbol": "circle-open", "color": INK, "line": {"width": 2.5}}
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": [self.chosen["recall"]],
                    "y": [self.chosen[way]],
                    "name": "fastest",
                    "marker": ring,
                    "hoverinfo": "skip",
                }
            )
        low = min(0.5, frame["recall"].min()) - 0.02
        too_low = {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": low,
            "x1": least,
            "y0": 0,
            "y1": 1,
            "fillcolor": "#888888",
            "opacity": 0.18,
            "line": {"width": 0},
            "layer": "below",
        }
        look = {"width": 720, "height": 390, "margin": {"l": 70, "r": 20, "t": 40, "b": 50}, "shapes": [too_low]}
        axes = (
            {"title": {"text": "recall (share of the true nearest that is found)"}, "range": [low, 1.012]},
            {"title": {"text": "queries a second (log)"}, "type": "log", "dtick": 1},
        )
        self.plot.draw(traces, look, self._title(), axes, self.describe())
        self.answer.value = f"<p role='status' style='font-size: 14px'>{html.escape(self._answer())}</p>"
        self.renew_static()

    def _kinds(self):
        return zip(self.frame.groupby("index", sort=False), PALETTE)

    def _curve(self, kind, speed, own, color):
        return {
            "type": "scatter",
            "mode": "lines+markers",
            "name": html.escape(kind),
            "x": own["recall"].tolist(),
            "y": speed.tolist(),
            "text": own["setting"].map(html.escape).tolist(),
            "marker": {"size": 9, "symbol": MARKERS[kind][0], "color": color},
            "line": {"color": color, "width": 1.5},
            "hovertemplate": (
                "<b>%{fullData.name}</b>, %{text}<br>recall %{x:.3f}<br>%{y:,.0f} queries a second<extra></extra>"
            ),
        }

    def _answer(self):
        if self.chosen is None:
            return f"No index reaches a recall of {self.least_slider.value:.3f}."
        way, frame = self.way_box.value, self.frame
        row, exact = self.chosen, frame.loc[frame["index"] == "exact", way]
        gain = "" if row["index"] == "exact" or exact.empty else f", {row[way] / exact.iloc[0]:,.1f} times exact search"
        size = f"{row['megabytes']:,.{0 if row['megabytes'] >= 10 else 1}f} MB"
        return (
            f"Fastest with a recall of at least {self.least_slider.value:.3f}: "
            f"{row['index']} ({row['setting']}), recall {row['recall']:.3f}, "
            f"{row[way]:,.0f} queries a second{gain}; {row['build']:.1f} s to build, {size}."
        )

    # The still form, for where there is no kernel.

    def describe(self) -> str:
        """What the plot shows, in words."""
        kinds = ", ".join(self.frame["index"].unique())
        return f"{self._title()}: queries a second against recall, for {kinds}. {self._answer()}"

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of a still picture: image/png, with its description as alt text and text/plain."""
        return still.png_bundle(tradeoff_figure(self.measured, self.way_box.value), self.describe())


def tradeoff_figure(measured: Mapping[str, pd.DataFrame], way: str = "batched") -> Figure:
    """A panel for each frame of `measure_indexes`: queries a second against recall, a curve an index."""
    figure = Figure(figsize=(1 + 4 * len(measured), 3.4), dpi=still.DPI, layout="constrained")
    panels: Sequence = figure.subplots(1, len(measured), squeeze=False)[0]
    for ax, (name, frame) in zip(panels, measured.items()):
        for (kind, own), color in zip(frame.groupby("index", sort=False), PALETTE):
            ax.plot(own["recall"], own[way], marker=MARKERS[kind][1], color=color, lw=1.4, ms=6, label=kind)
        ax.set(yscale="log", title=name, xlabel="recall", ylabel=f"queries a second, {way}")
        ax.grid(alpha=0.25)
        ax.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False, fontsize=9)
    return figure
