"""The figures of chapter 2."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from embedviz.widgets.look import INK

BLUE, ORANGE, GREEN, GRAY = "#0072B2", "#D55E00", "#009E73", "#5B5B5B"

#: How a verdict of `measure.paired` is drawn: color and shape; "–" is the method that all are compared with.
VERDICTS = {"ahead": (GREEN, "^"), "level": (GRAY, "o"), "behind": (ORANGE, "v"), "–": (BLUE, "D")}


def things_in_two_numbers(things: pd.DataFrame) -> Figure:
    """Things as points at their two numbers.

    Args:
        things: indexed by name; two columns, whose names are those of the axes.
    """
    figure = Figure(figsize=(8, 5.2), dpi=100, layout="constrained")
    ax = figure.subplots()
    x, y = things.columns
    ax.scatter(things[x], things[y], s=110, color=BLUE, zorder=2)
    middle = things[x].mean()
    for name, own in things.iterrows():
        left = own[x] > middle
        ax.annotate(
            name,
            (own[x], own[y]),
            (-12 if left else 12, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=14,
            color=INK,
        )
    ax.set(xlim=(-0.5, 10.5), ylim=(-0.5, 10.5))
    _plain(ax, x, y)
    ax.grid(color="#DDDDDD", zorder=0)
    return figure


def differences_figure(tables: Mapping[str, pd.DataFrame], against: str) -> Figure:
    """How far each method is from one of them, with the interval: a panel for each measure.

    Args:
        tables: the measure's name → a table of `measure.paired`, the same methods in each.
        against: the method that all are compared with.
    """
    first = next(iter(tables.values()))
    figure = Figure(figsize=(5.2 * len(tables) + 1.6, 0.42 * len(first) + 1.7), dpi=100, layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(tables), sharey=True))
    rows = np.arange(len(first))[::-1]
    for ax, (measure, table) in zip(panels, tables.items()):
        ax.axvline(0, color=BLUE, lw=1.5, zorder=1)
        for verdict, (color, marker) in VERDICTS.items():
            own = (table["verdict"] == verdict).to_numpy()
            if own.any():
                ax.hlines(rows[own], table["low"][own], table["high"][own], color=color, lw=3)
                label = against if verdict == "–" else verdict
                ax.plot(table["difference"][own], rows[own], marker, color=color, ms=10, ls="none", label=label)
        _plain(ax, f"{measure}, difference", "")
        ax.grid(axis="x", color="#DDDDDD", zorder=0)
    panels[0].set_yticks(rows, first.index, fontsize=14)
    found = {label: handle for ax in panels for handle, label in zip(*ax.get_legend_handles_labels())}
    handles = {label: found[label] for label in ("ahead", "level", "behind", against) if label in found}
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=len(handles), fontsize=14, frameon=False)
    return figure


def coordinates_figure(first: np.ndarray, second: np.ndarray, turned: np.ndarray) -> Figure:
    """Coordinate against coordinate of two trainings: as they are, and after one was turned to fit the other.

    Args:
        first, second, turned: (n, dim), the rows of the same things; `turned` is `second` after the turn.
    """
    figure = Figure(figsize=(11, 4.8), dpi=100, layout="constrained")
    titles = ("as trained", "after the best rotation")
    for ax, other, title in zip(figure.subplots(1, 2, sharex=True, sharey=True), (second, turned), titles):
        ax.scatter(first[:, 0], other[:, 0], s=9, color=BLUE, rasterized=True)
        r = np.corrcoef(first[:, 0], other[:, 0])[0, 1]
        ax.set_title(f"{title}: r = {r:.2f}", fontsize=16)
        _plain(ax, "coordinate 1, seed 0", "coordinate 1, seed 1")
    return figure


def _plain(ax, x: str, y: str) -> None:
    ax.set_xlabel(x, fontsize=14)
    ax.set_ylabel(y, fontsize=14)
    ax.tick_params(labelsize=14)
    ax.spines[["top", "right"]].set_visible(False)
