"""A map as a plotly figure, to export or to change: made of values, it needs no widget and no page."""

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from embedviz.widgets.look import INK, Groups

PALE = 0.3  # the opacity of points that are not in question
FAINT = "#555555"

# plotly's name of each shape, flat and solid (which knows but a few), and the size that looks as large as the others'.
SYMBOLS = {
    "circle": ("circle", "circle", 1.0),
    "square": ("square", "square", 0.9),
    "triangle": ("triangle-up", "x", 1.15),
    "diamond": ("diamond", "diamond", 1.1),
    "down": ("triangle-down", "diamond-open", 1.15),
    "plus": ("cross", "cross", 1.1),
    "dot": ("circle", "circle", 0.7),
    "star": ("star", "diamond", 1.4),
}


def radius(n: int) -> float:
    """Of each of n points on a map, in CSS pixels."""
    return float(np.clip(130 / np.sqrt(max(n, 1)), 1.6, 5.5))


def plotly_figure(
    coords: np.ndarray,
    groups: Groups,
    names: Sequence[str],
    texts: Sequence[str],
    *,
    title: str,
    axes: Sequence[str],
    limits: Sequence[tuple[float, float]],
    size: tuple[int, int],
    lit: Sequence[int] = (),
    chosen: Sequence[int] = (),
    hidden: Sequence[int] = (),
    radii: np.ndarray | None = None,
) -> go.Figure:
    """A map as plotly draws it: WebGL for more than 5,000 points, and for a solid one.

    Args:
        coords: float array of shape (n, 2), or (n, 3) for a solid map; a point at NaN is not drawn.
        groups: their colors and shapes; each is one trace.
        names: of the n points.
        texts: what each says on hover, HTML; none: its name.
        title: of the map; like the names and the axes' titles it is text, not HTML.
        axes: a title for each axis.
        limits: (low, high) of each axis.
        size: (width, height) in CSS pixels.
        lit: rows of points with labels, and lines from the first to the others; the rest is pale.
        chosen: rows of points that are in question; the rest is pale.
        hidden: groups that only the legend shows.
        radii: of each point in CSS pixels, float array of shape (n,); None: all alike.

    Returns:
        A trace for each group, then, if any are lit, one of the lines and one of the lit points.

    Raises:
        ValueError: coords that are not of 2 or 3 columns, or axes and limits of another number.
    """
    coords = np.asarray(coords)
    n, dim = coords.shape if coords.ndim == 2 else (0, 0)
    if dim not in (2, 3) or len(axes) != dim or len(limits) != dim:
        raise ValueError(f"coords of shape {coords.shape}, {len(axes)} axes, {len(limits)} limits: 2 or 3 of each")
    names = np.array(list(map(html.escape, names)), dtype=object)
    hover = np.array(texts, dtype=object) if len(texts) else names
    scatter = go.Scatter3d if dim == 3 else go.Scattergl if n > 5000 else go.Scatter
    figure = go.Figure()

    def add(rows, **more):
        where = dict(zip("xyz", coords[rows].T))
        figure.add_trace(scatter(**where, customdata=rows, hovertext=hover[rows], hoverinfo="text", **more))

    strong = np.full(n, not (len(lit) or len(chosen)))
    strong[np.asarray(chosen, dtype=int)] = True
    radii = np.full(n, radius(n)) if radii is None else np.asarray(radii)
    for code, label in enumerate(groups.labels):
        rows = np.flatnonzero(groups.codes == code)
        add(
            rows,
            mode="markers",
            name=f"{html.escape(label)} ({len(rows):,})",
            marker=_marker(groups, code, strong[rows], radii[rows], dim),
            visible="legendonly" if code in hidden else True,
        )
    if len(lit):
        lit = np.asarray(lit, dtype=int)
        ends = np.array([row for other in lit[1:] for row in (lit[0], other, lit[0])], dtype=int)
        add(ends, mode="lines", line={"color": FAINT, "width": 1.5}, showlegend=False)
        labels = [f"<b>{name}</b>" if i == 0 else name for i, name in enumerate(names[lit])]
        look = {"textposition": "top center", "textfont": {"size": 14}, "showlegend": False}
        add(lit, mode="markers+text", text=labels, marker=_lit_marker(groups, lit, dim), **look)
    _lay_out(figure, title, axes, limits, size, len(groups.labels) > 1, dim)
    return figure


def _marker(groups, code, strong, radii, dim):
    """Opacity is part of each point's color: the legend's own color stays as it is."""
    flat, solid, scale = SYMBOLS[groups.shapes[code]]
    rgb = ",".join(str(int(groups.colors[code][i : i + 2], 16)) for i in (1, 3, 5))
    return {
        "color": [f"rgba({rgb},{1 if one else PALE})" for one in strong],
        "symbol": solid if dim == 3 else flat,
        "size": 2 * scale * radii,
        "line": {"width": 0},
    }


def _lit_marker(groups, lit, dim):
    shapes = ["star", *(groups.shapes[code] for code in groups.codes[lit[1:]])]
    return {
        "symbol": [SYMBOLS[shape][dim == 3] for shape in shapes],
        "size": [16] + [10] * (len(lit) - 1),
        "color": [INK, *(groups.colors[code] for code in groups.codes[lit[1:]])],
        "line": {"color": INK, "width": 1},
    }


def _lay_out(figure, title, axes, limits, size, legend, dim):
    look = [{"title": {"text": html.escape(text)}, "range": list(ends)} for text, ends in zip(axes, limits)]
    named = dict(zip(("xaxis", "yaxis", "zaxis"), look))
    figure.update_layout(
        width=size[0],
        height=size[1],
        title=html.escape(title),
        showlegend=legend,
        template="plotly_white",
        font={"size": 14},
        **({"scene": named} if dim == 3 else named),
    )
