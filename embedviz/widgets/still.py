"""Still figures, and places for labels."""

import base64
import contextlib
import io
import textwrap
import warnings
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image

from embedviz.base.names import shorten
from embedviz.space.projection import axis_limits
from embedviz.widgets.look import INK, PALETTE, PAPER, Groups

CSS = 84  # CSS pixels to the inch, a little more than the 72 points that text is measured in: for the back row


DPI = 2 * CSS  # two pixels to a CSS pixel
TEXT = 12  # points, of all texts of a map: 14 CSS pixels
LEGEND = 20  # letters in a line of the legend
FAINT, LEADER = "#555555", "#999999"  # lines to neighbors, and from a label to its point
PALE = 0.35  # how much is left of the color of points that are not in question

# matplotlib's name of each shape, and the area that makes it look as large as the others.
MARKERS = {
    "circle": ("o", 1.0),
    "square": ("s", 0.8),
    "triangle": ("^", 1.3),
    "diamond": ("D", 0.7),
    "down": ("v", 1.3),
    "plus": ("P", 1.2),
    "dot": ("o", 0.5),
    "star": ("*", 2.0),
}

FONT = "DejaVu Sans"  # comes with matplotlib: Latin, Greek, Cyrillic
# Families that have what it lacks, the best first; those that are installed are asked. On Linux Noto, which is free.
OTHER_FONTS = (
    "Noto Sans",
    "Noto",
    "Arial Unicode MS",
    "Hiragino Sans",
    "PingFang",
    "Apple SD Gothic Neo",
    "Yu Gothic",
    "Microsoft YaHei",
    "Malgun Gothic",
    "Nirmala UI",
    "Segoe UI",
    "Tahoma",
    "WenQuanYi",
    "Droid Sans Fallback",
    "Unifont",
)


def place_labels(
    points: np.ndarray, texts: Sequence[str], size: tuple[float, float], character: float = 6.6, line: float = 16
) -> list:
    """Where labels can stand beside their points without covering each other or a point.

    Args:
        points: float array of shape (n, 2), in pixels, y upward.
        texts: n labels, the most important first.
        size: (width, height) of the picture in pixels.
        character, line: width of a character and height of a line, in pixels.

    Returns:
        For each label the offset (dx, dy) in pixels from its point to its middle, or None where there is no room.
    """
    points = np.asarray(points, dtype=float)
    taken = [(x - 7, y - 7, x + 7, y + 7) for x, y in points]
    angles = np.deg2rad([0, 180, 30, -30, 150, -150, 60, -60, 120, -120, 90, -90])
    offsets = []
    for (x, y), text in zip(points, texts):
        half_width, half_height, place = len(text) * character / 2 + 2, line / 2, None
        for radius in (16, 28, 44, 62, 84, 110, 140):
            for angle in angles:
                # The near edge of the box, not its middle, is `radius` away.
                dx = radius * np.cos(angle) + np.sign(round(np.cos(angle), 6)) * half_width
                dy = radius * np.sin(angle)
                box = (x + dx - half_width, y + dy - half_height, x + dx + half_width, y + dy + half_height)
                inside = box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1]
                if inside and not any(
                    box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken
                ):
                    taken.append(box)
                    place = (dx, dy)
                    break
            if place:
                break
        offsets.append(place)
    return offsets


def map_figure(
    coords: np.ndarray,
    groups: Groups,
    title: str = "",
    axes: tuple[str, str] = ("", ""),
    lit: Sequence[int] = (),
    names: Sequence[str] = (),
    legend: str = "",
) -> Figure:
    """Draw a map of points as a matplotlib figure.

    Args:
        coords: float array of shape (n, 2).
        groups: their colors.
        title, axes, legend: its texts.
        lit: rows of points to light up, with lines from the first to the others, while the rest is dimmed.
        names: the n names, for the labels of the lit points.
    """
    figure, several = Figure(figsize=(9, 5.4), dpi=DPI), len(groups.labels) > 1
    # Fixed margins: a layout that measures the texts would draw everything twice more.
    ax = figure.add_axes((0.07, 0.105, 0.67 if several else 0.91, 0.82))
    draw_map(ax, coords, groups, title, axes, lit, names, legend if several else None)
    return figure


def draw_map(
    ax: Axes,
    coords: np.ndarray,
    groups: Groups,
    title: str = "",
    axes: tuple[str, str] = ("", ""),
    lit: Sequence[int] = (),
    names: Sequence[str] = (),
    legend: str | None = None,
) -> None:
    """Draw what `map_figure` does on axes that are there already, a little narrower for the numbers at their left.

    Args:
        legend: the title of one to their right; None: there is none.
        coords, groups, title, axes, lit, names: as for `map_figure`.
    """
    lit, box = list(lit), ax.get_position()
    room = 14 / 72 / ax.figure.get_figwidth()
    ax.set_position((box.x0 + room, box.y0, box.width - room, box.height))
    _draw_points(ax, coords, groups, bool(lit))
    (left, right), (low, high) = axis_limits(coords)
    ax.set(xlim=(left, right), ylim=(low, high))
    ax.set_title(title, fontsize=TEXT + 1)
    ax.set_xlabel(axes[0], fontsize=TEXT)
    ax.set_ylabel(axes[1], fontsize=TEXT, labelpad=1)
    ax.tick_params(labelsize=TEXT - 1, colors="#555555", length=2.5, pad=2)
    ax.locator_params(nbins=6)
    ax.spines[["top", "right"]].set_visible(False)
    if legend is not None:
        _draw_legend(ax, groups, legend)
    if lit:
        _draw_lit(ax, coords, groups, lit)
        _draw_labels(ax, coords, lit, names)


def _draw_points(ax, coords, groups, pale):
    """All points in the colors of the legend; pale ones where others are in question."""
    dot = float(np.clip(14000 / max(len(coords), 1), 2, 40))
    for code, (color, shape) in enumerate(zip(groups.colors, groups.shapes)):
        marker, area = MARKERS[shape]
        ax.scatter(
            *coords[groups.codes == code].T,
            s=dot * area,
            c=mixed(color, PALE) if pale else color,
            marker=marker,
            linewidths=0,
            zorder=1 if shape == "dot" else 2,
        )


def _draw_legend(ax, groups, title):
    """To the right of the map: each group's color and shape, its name and count."""
    lines, handles = [], []
    for label, color, shape, count in zip(groups.labels, groups.colors, groups.shapes, groups.counts):
        marker, area = MARKERS[shape]
        handles.append(Line2D([], [], ls="", marker=marker, color=color, mec="none", ms=8 * area**0.5))
        lines.append("\n".join(textwrap.wrap(f"{shorten(label, 2 * LEGEND - 12)} ({count:,})", LEGEND)))
    place = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5), "borderpad": 0, "handletextpad": 0.3}
    ax.legend(
        handles,
        lines,
        title=shorten(title, LEGEND),
        frameon=False,
        fontsize=TEXT,
        title_fontsize=TEXT,
        alignment="left",
        **place,
    )


def _draw_lit(ax, coords, groups, lit):
    """The first as a star, lines to the others."""
    for row in lit[1:]:
        marker, area = MARKERS[groups.shapes[groups.codes[row]]]
        ax.plot(*coords[[lit[0], row]].T, color=FAINT, lw=1, zorder=3)
        look = {"s": 46 * area, "marker": marker, "c": groups.colors[groups.codes[row]]}
        ax.scatter(*coords[[row]].T, edgecolors=INK, lw=0.7, zorder=4, **look)
    ax.scatter(*coords[lit[:1]].T, s=150, marker="*", c=INK, zorder=5)


def _draw_labels(ax, coords, lit, names):
    """Their names, where there is room; dotted lines lead there."""
    box, per_point = ax.get_window_extent(), DPI / 72
    points = (ax.transData.transform(coords[lit]) - box.p0) / per_point
    texts = [shorten(str(names[row]), 30) for row in lit]
    size = (box.width / per_point, box.height / per_point)
    for row, text, offset in zip(lit, texts, place_labels(points, texts, size, 0.57 * TEXT, 1.4 * TEXT)):
        if offset:
            ax.annotate(
                text,
                coords[row],
                offset,
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=TEXT,
                color=INK,
                zorder=6,
                fontweight="bold" if row == lit[0] else "normal",
                arrowprops={"arrowstyle": "-", "color": LEADER, "lw": 0.8, "ls": ":", "shrinkA": 0, "shrinkB": 3},
                bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 0.6},
            )


def mixed(color: str, share: float, paper: str = PAPER) -> str:
    """A color of which only a share is left on the paper, as "#rrggbb"."""
    pairs = ((int(color[i : i + 2], 16), int(paper[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(under + (own - under) * share):02x}" for own, under in pairs)


def curve_figure(history: pd.DataFrame, loss_label: str = "training loss (nats)") -> Figure:
    """Draw loss, and what `validate` returned, over the epochs.

    Args:
        history: `training.History.frame`: a row an epoch, with a column loss and any others; how long it took is left
            out.
        loss_label: name and unit of the loss.
    """
    others = [c for c in history.columns if c not in ("loss", "seconds")]
    losses = [c for c in others if "loss" in str(c)]
    scores = [c for c in others if "loss" not in str(c)]
    figure = Figure(figsize=(8 if scores else 4.6, 2.7), dpi=DPI, layout="constrained")
    panels = figure.subplots(1, 1 + bool(scores), squeeze=False)[0]
    for ax, columns, label in zip(panels, (["loss", *losses], scores), (loss_label, "on held-out pairs")):
        for column, color in zip(columns, PALETTE):
            ax.plot(history.index, history[column], ".-", color=color, lw=1.4, ms=5, label=column)
        ax.set(xlabel="epoch", ylabel=label if len(columns) > 1 or ax is panels[0] else f"{columns[0]} {label}")
        ax.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        ax.grid(alpha=0.25)
        ax.spines[["top", "right"]].set_visible(False)
        if len(columns) > 1:
            ax.legend(frameon=False, fontsize=9)
    return figure


def png_bundle(figure: Figure, alt: str) -> tuple[dict, dict]:
    """(data, metadata) of a display message: the figure as a small PNG, and what it shows in words.

    256 colors are plenty for a map, and take a third of the space; "maximum coverage" keeps the rare, bright ones true.
    """
    for text in figure.findobj(Text):
        plain(text)
    buffer = io.BytesIO()
    with _any_letters():
        figure.savefig(buffer, format="png", dpi=DPI, facecolor="white")
    image = Image.open(buffer).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, format="png", optimize=True)
    size = {"width": image.width * CSS // DPI, "height": image.height * CSS // DPI}
    return {"image/png": base64.b64encode(buffer.getvalue()).decode(), "text/plain": alt}, {
        "image/png": {**size, "alt": alt}
    }


def plain(text: Text) -> Text:
    """Have a text drawn (and measured) letter by letter, in fonts that have its letters; returns it.

    A name with two dollar signs is no formula.
    """
    text.set_parse_math(False)
    if more := fonts_for(text.get_text()):
        text.set_fontfamily([FONT, *more])
    return text


def widths(texts: Iterable[tuple[str, dict]]) -> list[float]:
    """How wide texts will be drawn, in inches; each with the properties that `Figure.text` takes."""
    ruler = Figure(dpi=DPI)
    renderer = FigureCanvasAgg(ruler).get_renderer()
    with _any_letters():
        return [plain(ruler.text(0, 0, text, **look)).get_window_extent(renderer).width / DPI for text, look in texts]


@contextlib.contextmanager
def _any_letters():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # no font here has it: an empty box says so
        yield


def fonts_for(text: str) -> list[str]:
    """The families to take what matplotlib's own font lacks from, as far as they are installed."""
    if text.isascii():
        return []
    found = {_family_of(letter) for letter in dict.fromkeys(text) if ord(letter) not in _letters(FONT)}
    return sorted(found - {None})


@lru_cache(maxsize=4096)
def _family_of(letter: str) -> str | None:
    return next((family for family in _installed() if ord(letter) in _letters(family)), None)


@lru_cache(maxsize=1)
def _installed() -> list[str]:
    """The families of `OTHER_FONTS` that are here, the best first."""
    families = sorted({font.name for font in font_manager.fontManager.ttflist if "Color" not in font.name})
    return list(dict.fromkeys(one for wanted in OTHER_FONTS for one in families if one.startswith(wanted)))


@lru_cache(maxsize=256)
def _letters(family: str) -> Iterable[int]:
    """The letters that a font has."""
    try:
        path = font_manager.findfont(family, fallback_to_default=False)
        return font_manager.get_font(path).get_charmap().keys()
    except (ValueError, RuntimeError, OSError):  # it has gone, or cannot be read
        return frozenset()
