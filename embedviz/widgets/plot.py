"""Any plotly figure as a widget that changes while it is looked at: `LiveMap` is for points, this for all else.

Not a plotly FigureWidget: that puts 5 MB of JavaScript into each figure, loses what is sent while the page still
loads them, and after a reload shows the figure as it was first made. Here plotly.js is sent once for all plots, and
what a plot shows are traits, which the page can always ask for.
"""

import gzip
import html
from collections.abc import Sequence
from importlib import resources

import ipywidgets
import traitlets

from embedviz.widgets.base import View
from embedviz.widgets.bundle import JS
from embedviz.widgets.look import INK

AXIS = {
    "zeroline": False,
    "gridcolor": "#EEEEEE",
    "showline": True,
    "linecolor": "#888888",
    "ticks": "outside",
    "tickfont": {"size": 11},
}


LOOK = {
    "font": {"family": "Open Sans, Segoe UI, Helvetica, Arial, sans-serif", "size": 12, "color": INK},
    "hoverlabel": {"align": "left", "bgcolor": "white", "font": {"color": INK}},
    "modebar": {"orientation": "v", "remove": ["select2d", "lasso2d", "autoScale2d", "sendDataToCloud"]},
}


class Library(ipywidgets.Widget):
    """plotly.js, gzipped: a widget without a view, so that it gets to the page like any other, and only once."""

    code = traitlets.Bytes(read_only=True).tag(sync=True)

    _shared = None

    @classmethod
    def shared(cls) -> "Library":
        """The one library of this kernel."""
        if cls._shared is None or cls._shared.comm is None:  # the first, or after Widget.close_all()
            cls._shared = cls()
            code = (resources.files("plotly") / "package_data/plotly.min.js").read_bytes()
            cls._shared.set_trait("code", gzip.compress(code, 5))
        return cls._shared


class LivePlot(ipywidgets.Widget):
    """Traces and a layout, drawn by the page with the plotly.js that all plots share."""

    library = traitlets.Unicode().tag(sync=True)  # the model of plotly.js
    traces = traitlets.List().tag(sync=True)
    look = traitlets.Dict().tag(sync=True)  # the layout
    description = traitlets.Unicode().tag(sync=True)  # what there is to see, for those who cannot

    def __init__(self):
        super().__init__(library=Library.shared().model_id)

    def draw(self, traces: Sequence[dict], look: dict, title: str, axes: tuple[dict, dict], description: str) -> None:
        """Show this instead of what was shown.

        Args:
            traces: as plotly.js takes them, which reads texts as HTML: what comes from elsewhere is escaped.
            look: the layout, but for what all plots have in common; as `traces`.
            title: of the plot, plain text.
            axes: what is particular about x and y; their titles are plain text.
            description: what there is to see, in words.
        """
        title = {"text": html.escape(title), "x": 0.02, "y": 0.97, "font": {"size": 14}}
        named = {name: AXIS | _escaped(axis) for name, axis in zip(("xaxis", "yaxis"), axes)}
        with self.hold_sync():
            self.traces, self.description = list(traces), description
            self.look = LOOK | {"title": title} | look | named


def _escaped(axis):
    if "title" not in axis:
        return axis
    return axis | {"title": axis["title"] | {"text": html.escape(axis["title"]["text"])}}


class LivePlotView(View):
    _esm = JS / "plot.js"
