"""The figures of chapter 3. Each has its alternative text beside it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from embedviz.widgets.look import INK, PALETTE

LABEL = 12  # points: 14 px as a figure is shown
SHAPES = ("o", "s", "^", "D", "v", "P", "X")


def words_through_time(
    words: Sequence[str],
    places: np.ndarray,
    year: np.ndarray,
    counts: np.ndarray,
    named: Sequence[str],
    axes: Sequence[str] = ("first principal component", "second principal component"),
) -> Figure:
    """A map of words: the color of a dot is the word's mean year of use, its area how often it comes.

    Args:
        words: n of them.
        places: float (n, 2).
        year: float (n,).
        counts: int (n,).
        named: the words that are written beside their dots; those that are not among `words` are passed over.
        axes: what is written at them.
    """
    figure = Figure(figsize=(10.5, 6.4), layout="constrained")
    ax = figure.add_subplot(xlabel=axes[0], ylabel=axes[1])
    order = np.argsort(-np.asarray(counts))  # small dots on top
    low, high = np.quantile(year, [0.02, 0.98])
    dots = ax.scatter(
        *places[order].T,
        c=np.asarray(year)[order],
        s=np.asarray(counts)[order] / 12 + 4,
        cmap="viridis",
        vmin=low,
        vmax=high,
        linewidths=0,
    )
    number = {word: i for i, word in enumerate(words)}
    middle = np.mean(ax.get_xlim())
    for word in filter(number.__contains__, named):
        x, y = places[number[word]]
        outward = x > middle + 0.35 * np.ptp(ax.get_xlim())  # near the right edge: written to the left
        ax.plot(x, y, "o", mfc="none", mec=INK, ms=7, mew=1.2)
        ax.annotate(
            word,
            (x, y),
            (-6, 5) if outward else (6, 5),
            textcoords="offset points",
            ha="right" if outward else "left",
            fontsize=LABEL,
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    bar = figure.colorbar(dots, pad=0.01, extend="both")
    bar.set_label("mean year of use", fontsize=LABEL)
    bar.ax.tick_params(labelsize=LABEL)
    ax.tick_params(labelsize=LABEL)
    ax.xaxis.label.set_size(LABEL)
    ax.yaxis.label.set_size(LABEL)
    for count in (100, 1000):
        ax.scatter([], [], s=count / 12 + 4, color="#767676", label=f"{count:,} times in the text")
    ax.margins(x=0.12)
    ax.legend(loc="upper left", fontsize=LABEL, framealpha=1)
    return figure


def by_frequency_figure(table: pd.DataFrame, title: str, label: str, dashed: Sequence[str] = ()) -> Figure:
    """One line for each column, over classes of words from rare to frequent.

    Args:
        table: index: the classes; columns: the methods; values: shares from 0 to 1.
        title: of the figure.
        label: of the vertical axis.
        dashed: the columns whose lines are broken.
    """
    figure = Figure(figsize=(9.5, 5.6), layout="constrained")
    ax = figure.add_subplot(title=title, ylabel=label, xlabel="how often the rarer form comes in the text")
    place = np.arange(len(table))
    for i, (name, values) in enumerate(table.items()):
        style = {"color": PALETTE[i % len(PALETTE)], "marker": SHAPES[i % len(SHAPES)]}
        ax.plot(place, values, lw=2, ms=8, ls="--" if name in dashed else "-", label=name, **style)
    ax.set_xticks(place, table.index.astype(str))
    ax.set_ylim(0, None)
    ax.grid(axis="y", color="#DDDDDD")
    ax.set_axisbelow(True)
    ax.legend(fontsize=LABEL, framealpha=1)
    ax.tick_params(labelsize=LABEL)
    for text in (ax.title, ax.xaxis.label, ax.yaxis.label):
        text.set_size(LABEL + 1)
    return figure
