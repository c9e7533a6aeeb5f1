"""The map of `widgets.explore` as a widget: it draws rows of coordinates with plotly.js, and knows nothing of embeddings.

Not a plotly FigureWidget: that puts 5 MB of JavaScript into each figure, loses what is sent while the page still
loads them, and after a reload shows the figure as it was first made. Here plotly.js is sent once for all maps, and
what a map shows are traits, which the page can always ask for.
"""

import base64
import gzip
import html
from collections.abc import Callable, Sequence
from importlib import resources

import ipywidgets
import numpy as np
import plotly.graph_objects as go
import traitlets

from embedviz import figures
from embedviz.columns import INK, Groups, shorten
from embedviz.frontend import View

SVG_UP_TO = 5000  # points drawn as SVG; beyond that WebGL, where the browser has it
MARGIN = {"l": 50, "r": 10, "t": 34, "b": 96}  # pixels around the map; the legend is at the bottom
AXIS = {"zeroline": False, "gridcolor": "#EEEEEE", "showline": True, "linecolor": "#888888", "ticks": "outside",
        "tickfont": {"size": 11}}
LABEL = {"showarrow": True, "arrowhead": 0, "arrowwidth": 0.6, "arrowcolor": "#888888", "standoff": 5, "borderpad": 1,
         "bgcolor": "rgba(255,255,255,0.8)", "font": {"size": 12}}


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


class LiveMap(ipywidgets.Widget):
    """A scatter plot in colored groups, some of its points lit.

    Args:
        title: of the map.
        size: (width, height) in CSS pixels.
        pick: called as pick(row) with the number of a point that was clicked.
    """

    library = traitlets.Unicode().tag(sync=True)  # the model of plotly.js
    points = traitlets.List().tag(sync=True)  # a trace for each group
    lit = traitlets.List().tag(sync=True)  # traces on top of them: lines, and lit points
    look = traitlets.Dict().tag(sync=True)  # the layout
    hovers = traitlets.Bool().tag(sync=True)  # whether the page says where the pointer is

    def __init__(self, title: str, size: tuple[int, int], pick: Callable[[int], object]):
        self._size, self._title = size, title
        super().__init__(library=Library.shared().model_id)
        self.on_msg(lambda _, message, buffers: pick(int(message["row"])) if "row" in message else None)

    def watch(self, hover: Callable[[int | None], object]) -> None:
        """Call hover(row) with the number of the point that the pointer rests on, and hover(None) when it has left."""
        self.on_msg(lambda _, message, buffers: hover(message["hover"]) if "hover" in message else None)
        self.hovers = True

    def show(self, coords: np.ndarray, axes: Sequence[str], groups: Groups, texts: np.ndarray) -> None:
        """Show points; call `light` afterwards.

        Args:
            coords: float array of shape (n, 2).
            axes: titles of the two axes.
            groups: the color of each point.
            texts: what each says on hover, object array of shape (n,), HTML.
        """
        coords = np.asarray(coords, dtype=np.float32)
        self._shown = coords, axes, groups, texts
        marker = {"size": float(np.clip(260 / np.sqrt(len(coords)), 3.5, 11)), "opacity": 0.8}
        common = {"mode": "markers", "hovertemplate": "%{text}<extra></extra>", "unselected": {"marker": {"opacity": 0.13}},
                  "type": "scatter" if len(coords) <= SVG_UP_TO else "scattergl"}
        points = []
        for code, (label, color) in enumerate(zip(groups.labels, groups.colors)):
            rows = np.flatnonzero(groups.codes == code)
            name = f"{html.escape(shorten(label, 22))} ({len(rows):,})"
            points.append(common | _at(coords, rows, texts) | {"name": name, "marker": marker | {"color": color}})
        self.points = points

    def light(self, rows: Sequence[int], names: Sequence[str]) -> None:
        """Light up some points, with lines from the first to the others, and dim the rest; no rows light all.

        Args:
            rows: their numbers, the most important first.
            names: their labels.
        """
        (coords, axes, groups, texts), rows = self._shown, np.asarray(rows, dtype=np.int32)
        width, height = self._size
        inner = np.array([width - MARGIN["l"] - MARGIN["r"], height - MARGIN["t"] - MARGIN["b"]])
        (left, right), (low, high) = limits = figures.limits(coords)
        names = [shorten(name, 32) for name in names]
        offsets = figures.place_labels((coords[rows] - [left, low]) / [right - left, high - low] * inner, names, inner)
        texts_shown = [html.escape(name) if i else f"<b>{html.escape(name)}</b>" for i, name in enumerate(names)]
        labels = [
            {"x": x, "y": y, "ax": place[0], "ay": -place[1], "text": text, **LABEL}
            for (x, y), text, place in zip(coords[rows].tolist(), texts_shown, offsets) if place
        ]
        self.lit = _lit_traces(coords, groups, texts, rows) if len(rows) else []
        self.look = {
            "width": width, "height": height, "margin": MARGIN, "hovermode": "closest", "annotations": labels,
            "title": {"text": html.escape(self._title), "x": 0.02, "y": 1 - 16 / height, "font": {"size": 16}},
            "font": {"family": "Open Sans, Segoe UI, Helvetica, Arial, sans-serif", "size": 12, "color": INK},
            "xaxis": {**AXIS, "title": {"text": axes[0], "standoff": 4}, "range": limits[0]},
            "yaxis": {**AXIS, "title": {"text": axes[1], "standoff": 4}, "range": limits[1]},
            "showlegend": len(groups.labels) > 1,
            "legend": {"orientation": "h", "x": 0, "y": -44 / inner[1], "yanchor": "top", "itemsizing": "constant",
                       "font": {"size": 11}},
            "hoverlabel": {"align": "left", "bgcolor": "white", "font": {"color": INK}},
            "modebar": {"orientation": "v", "remove": ["select2d", "lasso2d", "autoScale2d", "sendDataToCloud"]},
            "uirevision": axes[0],  # zoom and hidden groups stay as they are until there is another projection
        }

    @property
    def figure(self) -> go.Figure:
        """The map as a plotly figure, to export or to change."""
        points = [trace | ({"selectedpoints": []} if self.lit else {}) for trace in self.points]
        return go.Figure([*points, *self.lit], self.look)


# JavaScript: `await plotly(model, data)` is plotly.js, from the `Library` that the widget model `data` names.
PLOTLY = """
    const load = async (library) => {
      const unpacked = new Blob([library.get("code")]).stream().pipeThrough(new DecompressionStream("gzip"));
      const code = await new Response(unpacked).text(), module = { exports: {} };
      new Function("module", "exports", "define", code)(module, module.exports, undefined);
      return module.exports;
    };

    const plotly = async (model, data) => {
      const library = await model.widget_manager.get_model(data.get("library"));
      return globalThis.embedvizPlotly ??= load(library).catch((error) => { delete globalThis.embedvizPlotly; throw error; });
    };
"""


class LiveMapView(View):
    _esm = PLOTLY + """
    const hasWebGL = () => {
      const canvas = document.createElement("canvas");
      return Boolean(canvas.getContext("webgl2") || canvas.getContext("webgl"));
    };

    async function render({ model, el }) {
      const data = await model.widget_manager.get_model(model.get("data"));
      const Plotly = await plotly(model, data), webgl = hasWebGL();
      const plot = el.appendChild(document.createElement("div"));
      const draw = () => {
        let points = data.get("points"), lit = data.get("lit");
        if (!webgl || points[0].type === "scatter") {
          points = points.map((trace) => ({ ...trace, type: "scatter", selectedpoints: lit.length ? [] : null }));
        } else {  // WebGL lies above SVG, so all is drawn by it; and it does not dim what is not selected
          const opacity = lit.length ? points[0].unselected.marker.opacity : points[0].marker.opacity;
          points = points.map((trace) => ({ ...trace, marker: { ...trace.marker, opacity } }));
          lit = lit.map((trace) => ({ ...trace, type: "scattergl" }));
        }
        return Plotly.react(plot, [...points, ...lit], { ...data.get("look") }, { displaylogo: false });
      };
      await draw();
      let due;
      const later = () => { clearTimeout(due); due = setTimeout(draw); };  // several traits change together
      data.on("change:points", later);
      data.on("change:lit", later);
      data.on("change:look", later);
      plot.on("plotly_click", (event) => data.send({ row: event.points[0].customdata }));
      let rest;
      const hover = (row) => {  // said when the pointer has come to rest, not at each point on its way
        clearTimeout(rest);
        if (data.get("hovers")) rest = setTimeout(() => data.send({ hover: row }), 80);
      };
      plot.on("plotly_hover", (event) => hover(event.points[0].customdata));
      plot.on("plotly_unhover", () => hover(null));
      return () => { data.off(null, later); clearTimeout(rest); Plotly.purge(plot); };
    }
    export default { render };
    """


def _lit_traces(coords, groups, texts, lit):
    ends = np.full((3 * (len(lit) - 1), 2), np.nan, dtype=np.float32)  # first, other, gap; and so on
    ends[0::3], ends[1::3] = coords[lit[0]], coords[lit[1:]]
    lines = {"type": "scatter", "mode": "lines", "x": _packed(ends[:, 0]), "y": _packed(ends[:, 1]),
             "line": {"color": "#777777", "width": 1}, "hoverinfo": "skip", "showlegend": False}
    backward, n = lit[::-1], len(lit)  # the first is drawn last, to be on top
    marker = {
        "symbol": (["circle"] * n + ["star"])[-n:], "size": ([10] * n + [16])[-n:], "opacity": 1,
        "line": {"color": INK, "width": 1},
        "color": [groups.colors[code] for code in groups.codes[backward[:-1]]] + [INK],
    }
    marks = {"type": "scatter", "mode": "markers", "hovertemplate": "%{text}<extra></extra>", "showlegend": False}
    return [lines, marks | {"marker": marker} | _at(coords, backward, texts)]


def _at(coords, rows, texts):
    place = {"x": _packed(coords[rows, 0]), "y": _packed(coords[rows, 1])}
    return place | {"text": texts[rows].tolist(), "customdata": _packed(rows.astype(np.int32))}


def _packed(array):
    """An array as plotly.js takes it in JSON."""
    return {"dtype": array.dtype.str[1:], "bdata": base64.b64encode(np.ascontiguousarray(array)).decode()}
