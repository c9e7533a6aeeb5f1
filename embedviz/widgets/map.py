"""A map of points as a widget: flat or solid, colored, some of them lit. It knows nothing of embeddings.

Not drawn by a library of plots: those take most of a second for 37,000 points, where a map that moves from epoch to
epoch has a thirtieth. js/map.js writes the points into pixels, and is sent numbers, not JSON; what a map shows are
traits, which a page that was reloaded can ask for again.
"""

import html
from collections.abc import Callable, Sequence

import ipywidgets
import numpy as np
import plotly.graph_objects as go
import traitlets

from embedviz.space.projection import axis_limits
from embedviz.widgets.base import View
from embedviz.widgets.bundle import JS
from embedviz.widgets.look import INK, OTHER, Groups

MOVE = 700  # milliseconds in which the points move to another place


LINE_KINDS = ("true", "torn", "false")  # of a lit neighbor: near here and there; far here; near only here


class LiveMap(ipywidgets.Widget):
    """A scatter plot in colored groups, some of its points lit.

    Args:
        title: of the map.
        size: (width, height) in CSS pixels, the legend below not counted.
        names: of the n points, as labels.
        texts: what each says on hover, HTML; none: the name alone.
        pick: called as pick(row) with the number of a point that was clicked.
        lasso: called as lasso(rows) with an int array of the points in a loop drawn by hand.
        key: called with the name of a key that means more than the map alone: "next", "previous", "play", "clear".
    """

    title = traitlets.Unicode().tag(sync=True)
    size = traitlets.List(traitlets.Int()).tag(sync=True)
    names = traitlets.List().tag(sync=True)  # str, as all of the next; to check each of a million takes seconds
    texts = traitlets.List().tag(sync=True)
    coords = traitlets.Bytes().tag(sync=True)  # float32, (n, 3)
    # dim, axes, range, suffix, key (another one: as good as another map), duration
    view = traitlets.Dict().tag(sync=True)
    codes = traitlets.Bytes().tag(sync=True)  # uint8, (n,): the group
    rgb = traitlets.Bytes().tag(sync=True)  # uint8, (n, 3)
    groups = traitlets.List().tag(sync=True)  # label, color, count, rest
    radius = traitlets.Float().tag(sync=True)  # of a point, in CSS pixels
    radii = traitlets.Bytes().tag(sync=True)  # float32, (n,): of each, or nothing
    hidden = traitlets.List(traitlets.Int()).tag(sync=True)  # groups that the legend has switched off
    lit = traitlets.Dict().tag(sync=True)  # rows, kinds
    selection = traitlets.Bytes().tag(sync=True)  # int32: rows; all others are dim
    kept = traitlets.Bytes().tag(sync=True)  # uint8, (n,): how many of its nearest are near it on the map, or nothing
    kept_of = traitlets.Int().tag(sync=True)
    marks = traitlets.List().tag(sync=True)  # x, y, text, color: diamonds that are no points
    hovers = traitlets.Bool().tag(sync=True)  # whether the page says where the pointer is

    def __init__(
        self,
        title: str,
        size: tuple[int, int],
        names: Sequence[str],
        texts: Sequence[str],
        pick: Callable[[int], object],
        lasso: Callable[[np.ndarray], object] = lambda rows: None,
        key: Callable[[str], object] = lambda name: None,
    ):
        radius = float(np.clip(130 / np.sqrt(max(len(names), 1)), 1.6, 5.5))
        super().__init__(title=title, size=list(size), names=list(names), texts=list(texts), radius=radius)
        self._pick, self._lasso, self._key, self._hover = pick, lasso, key, None
        self.on_msg(self._receive)

    def _receive(self, _, message, buffers):
        if "row" in message:
            self._pick(int(message["row"]))
        elif "hover" in message and self._hover:
            self._hover(message["hover"])
        elif "lasso" in message:
            self._lasso(np.frombuffer(buffers[0], dtype=np.int32).copy())
        elif "key" in message:
            self._key(message["key"])

    def watch(self, hover: Callable[[int | None], object]) -> None:
        """Call hover(row) with the number of the point that the pointer rests on, and hover(None) when it has left."""
        self._hover, self.hovers = hover, True

    def show(
        self,
        coords: np.ndarray,
        axes: Sequence[str],
        limits: Sequence[tuple[float, float]] | None = None,
        suffix: str = "",
        duration: int = MOVE,
    ) -> None:
        """Show the points here; they move there from where they were.

        Args:
            coords: float array of shape (n, 2) or (n, 3); a point at NaN is not drawn.
            axes: a title for each axis; with other titles it is another map, and zoom is undone.
            limits: (low, high) of each axis; by default a little beyond the points.
            suffix: of the numbers at the axes, a unit.
            duration: of the move, in milliseconds.
        """
        coords = np.asarray(coords, dtype=np.float32)
        n, dim = coords.shape
        limits = [list(map(float, ends)) for ends in (axis_limits(coords) if limits is None else limits)]
        with self.hold_sync():
            self.coords = np.hstack([coords, np.zeros((n, 3 - dim), dtype=np.float32)]).tobytes()
            self.view = {
                "dim": dim,
                "axes": list(axes),
                "range": (limits + [[-1.0, 1.0]])[:3],
                "suffix": suffix,
                "key": f"{dim} {axes[0]}",
                "duration": duration,
            }

    def paint(self, groups: Groups, radii: np.ndarray | None = None) -> None:
        """Color the points, and give them sizes.

        Args:
            groups: the color of each point, for the legend.
            radii: in CSS pixels, float array of shape (n,); None: all alike.
        """
        shown = [
            {"label": label, "color": color, "count": int(count), "rest": color == OTHER}
            for label, color, count in zip(groups.labels, groups.colors, groups.counts)
        ]
        with self.hold_sync():
            if self.groups != shown:  # the same again, with other sizes, leaves hidden what is hidden
                self.hidden, self.groups = [], shown
            self.codes, self.rgb = groups.codes.astype(np.uint8).tobytes(), groups.rgb.tobytes()
            self.radii = b"" if radii is None else np.asarray(radii, dtype=np.float32).tobytes()

    def light(self, rows: Sequence[int], kinds: Sequence[str] = ()) -> None:
        """Light up some points, with lines from the first to the others, and dim the rest; no rows light all.

        Args:
            rows: their numbers, the most important first.
            kinds: of each, one of `LINE_KINDS`; by default "true".
        """
        self.lit = {"rows": [int(row) for row in rows], "kinds": list(kinds) or ["true"] * len(rows)}

    def select(self, rows: Sequence[int]) -> None:
        """Dim all points but these; none: dim none."""
        self.selection = np.asarray(rows, dtype=np.int32).tobytes()

    def say_kept(self, kept: np.ndarray | None, of: int = 0) -> None:
        """On hover, tell how many of its `of` nearest a point has near it on the map too.

        Args:
            kept: int array of shape (n,), or None: say nothing.
            of: how many nearest were looked at.
        """
        with self.hold_sync():
            self.kept, self.kept_of = b"" if kept is None else kept.astype(np.uint8).tobytes(), of

    @property
    def placed(self) -> np.ndarray:
        """The coordinates, float32 of shape (n, 2) or (n, 3)."""
        return np.frombuffer(self.coords, dtype=np.float32).reshape(-1, 3)[:, : self.view["dim"]]

    @property
    def figure(self) -> go.Figure:
        """The map as a plotly figure, to export or to change."""
        solid, place = self.view["dim"] == 3, self.placed.T
        scatter = go.Scatter3d if solid else go.Scattergl if len(self.names) > 5000 else go.Scatter
        codes, rgb = np.frombuffer(self.codes, dtype=np.uint8), np.frombuffer(self.rgb, dtype=np.uint8).reshape(-1, 3)
        radii = np.frombuffer(self.radii, dtype=np.float32) if self.radii else np.full(len(codes), self.radius)
        names, lit = np.array(list(map(html.escape, self.names)), dtype=object), self.lit.get("rows", [])
        texts = np.array(self.texts, dtype=object) if self.texts else names
        selected, figure = set(np.frombuffer(self.selection, dtype=np.int32).tolist()), go.Figure()
        opacity = np.array([0.8 if not (lit or selected) or row in selected else 0.15 for row in range(len(codes))])

        def add(rows, **more):
            where = dict(zip("xyz", place[:, rows]))
            figure.add_trace(scatter(**where, customdata=rows, hovertext=texts[rows], hoverinfo="text", **more))

        for code, group in enumerate(self.groups):
            rows = np.flatnonzero(codes == code)
            marker = {
                "color": ["rgba({},{},{},{:.2f})".format(*rgb[row], opacity[row]) for row in rows],
                "size": 2 * radii[rows],
                "line": {"width": 0},
            }
            name = f"{html.escape(group['label'])} ({len(rows):,})"
            add(rows, mode="markers", name=name, marker=marker, visible="legendonly" if code in self.hidden else True)
        if lit:
            ends = np.array([row for other in lit[1:] for row in (lit[0], other, lit[0])], dtype=int)
            add(ends, mode="lines", line={"color": "#777777", "width": 1}, showlegend=False)
            first = [row == lit[0] for row in lit]
            marker = {
                "symbol": ["diamond" if one else "circle" for one in first],
                "size": [14 if one else 9 for one in first],
                "color": [INK if one else "rgb({},{},{})".format(*rgb[row]) for one, row in zip(first, lit)],
                "line": {"color": INK, "width": 1},
            }
            labels = [f"<b>{name}</b>" if one else name for one, name in zip(first, names[lit])]
            look = {"textposition": "top center", "marker": marker, "showlegend": False}
            add(np.array(lit), mode="markers+text", text=labels, **look)
        axes = [
            {"title": {"text": html.escape(title)}, "range": ends}
            for title, ends in zip(self.view["axes"], self.view["range"])
        ]
        named = dict(zip(("xaxis", "yaxis", "zaxis"), axes))
        figure.update_layout(
            width=self.size[0],
            height=self.size[1],
            title=html.escape(self.title),
            showlegend=len(self.groups) > 1,
            template="plotly_white",
            **({"scene": named} if solid else named),
        )
        return figure


class LiveMapView(View):
    _esm = JS / "map.js"
    _css = JS / "map.css"
