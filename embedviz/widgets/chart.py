"""Charts that change while they are looked at: curves, and heat maps.

Drawn by a few modules of ours under js/chart/, not by plotly.js: that is 5 MB, and makes functions from text, which a
strict content policy forbids.
"""

from collections.abc import Iterable

import ipywidgets
import numpy as np
import traitlets

from embedviz.widgets.base import ModuleView

# Markers that can be told apart, as js/chart/marks.js and as matplotlib know them.
SHAPES = {"circle": "o", "square": "s", "diamond": "D", "triangle": "^", "x": "X", "cross": "P", "star": "*"}


class LiveChart(ipywidgets.Widget):
    """What a chart shows, as traits, which the page can always ask for.

    A plain widget without a view of its own: what is sent to it is not lost while the page still loads, see
    `base.View`. A `LiveChartView` draws it.

    Attributes:
        kind: "lines", curves with markers, or "heat", a heat map.
        values: of `lines.js` or `heat.js` under js/chart/, which say what they are; numbers are bytes, see `packed`.
        description: what there is to see, for those who cannot.
    """

    kind = traitlets.Enum(("lines", "heat")).tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)

    def __init__(self, kind: str):
        super().__init__(kind=kind)

    def draw(self, values: dict, description: str) -> None:
        """Show this instead of what was shown."""
        with self.hold_sync():
            self.values, self.description = values, description


class LiveChartView(ModuleView):
    """A `LiveChart`, drawn as wide as its place.

    Args:
        data: what it shows.
        widths: in a row of several, (least, most) in CSS pixels: with less it goes to a row of its own.
    """

    entry = "chart/main.js"

    def __init__(self, data: LiveChart, *, widths: tuple[int, int] | None = None):
        layout = {"min_width": "0"}
        if widths is not None:
            layout |= {"flex": f"1 1 {widths[0]}px", "max_width": f"{widths[1]}px"}
        super().__init__(data, layout=layout)


def packed(numbers: Iterable[float]) -> bytes:
    """Numbers as the page takes them: float64, little-endian; a matrix row after row. NaN and infinity may be there."""
    return np.asarray(numbers, dtype="<f8").tobytes()
