"""The pictures of the encoding lab, live and still (matplotlib): two heat maps and the curves of all runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from embedviz.base.names import shorten
from embedviz.widgets.chart import SHAPES, LiveChart, packed
from embedviz.widgets.look import INK, PALETTE
from embedviz.widgets.still import DPI

# Both are read alike by all eyes: red to blue through white for numbers of either sign, dark to light for distances.
SIGNED, UNSIGNED = "RdBu_r", "cividis"


BASELINE, BASELINE_NAME = "#666666", "the mean (baseline)"


@dataclass
class Curve:
    """The validation error of one run, epoch by epoch.

    Attributes:
        label: what was trained.
        number: of the run, which gives it its color and the shape of its markers.
        errors: float, one an epoch.
        current: whether it is the run that is looked at.
    """

    label: str
    number: int
    errors: list[float] = field(default_factory=list)
    current: bool = False

    @property
    def color(self) -> str:
        return PALETTE[self.number % len(PALETTE)]

    @property
    def shape(self) -> str:
        """Of its markers, one of `SHAPES`."""
        return list(SHAPES)[self.number % len(SHAPES)]


@dataclass(frozen=True)
class Heat:
    """A heat map of a frame: rows from top to bottom, columns from left to right.

    Attributes:
        title: of the map.
        frame: float; its labels are those of the axes. Two may be equal.
        xlabel: what the columns are.
        unit: what the color means.
        signed: whether 0 is the middle of the colors, or their end.
    """

    title: str
    frame: pd.DataFrame
    xlabel: str
    unit: str
    signed: bool

    @property
    def limits(self) -> tuple[float, float]:
        """The values of the first and the last color."""
        most = max(float(self.frame.abs().to_numpy().max()), 1e-6)
        return (-most, most) if self.signed else (0.0, most)

    @property
    def colors(self) -> str:
        return SIGNED if self.signed else UNSIGNED

    def draw(self, chart: LiveChart, height: int) -> None:
        """Draw it live, so many CSS pixels high."""
        values = {
            "title": self.title,
            "height": height,
            "rows": [str(label) for label in self.frame.index],
            "columns": [str(label) for label in self.frame.columns],
            "cells": packed(self.frame),
            "range": list(self.limits),
            "signed": self.signed,
            "xlabel": self.xlabel,
            "unit": self.unit,
        }
        chart.draw(values, self.describe())

    def draw_still(self, ax) -> None:
        """Draw it on axes of matplotlib."""
        low, high = self.limits
        image = ax.imshow(
            self.frame.to_numpy(dtype=float), cmap=self.colors, vmin=low, vmax=high, aspect="auto", interpolation="none"
        )
        every = max(1, -(-len(self.frame.columns) // 24))
        columns = [shorten(str(label), 9) for label in self.frame.columns]
        upright = 90 if len(columns) > 12 else 0
        ax.set_xticks(range(0, len(columns), every), columns[::every], fontsize=7, rotation=upright)
        ax.set_yticks(range(len(self.frame)), [shorten(str(label), 9) for label in self.frame.index], fontsize=7)
        ax.set_title(self.title, fontsize=10)
        ax.set_xlabel(self.xlabel, fontsize=9)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        bar = ax.figure.colorbar(image, ax=ax, shrink=0.9, pad=0.02)
        bar.set_label(self.unit, fontsize=8)
        bar.ax.tick_params(labelsize=7)
        bar.outline.set_visible(False)

    def describe(self) -> str:
        """What it shows, in words."""
        rows, columns = self.frame.shape
        low, high = self.frame.to_numpy().min(), self.frame.to_numpy().max()
        return f"{self.title}: {rows} rows, {columns} columns, {self.unit} from {low:.2f} to {high:.2f}."


def draw_curves(
    chart: LiveChart, curves: Sequence[Curve], baseline: float, error: str, epochs: int, height: int
) -> None:
    """Draw all runs live: the validation error over the epochs, and as a dashed line that of predicting the mean."""
    values = {
        "title": "Error as it trains",
        "height": height,
        "legend": True,
        "x": {"title": "epoch", "range": [0.5, epochs + 0.5], "whole": True},
        "y": {"title": error},
        "levels": [{"y": float(baseline), "name": BASELINE_NAME}],
        "curves": [
            {
                "name": curve.label,
                "x": packed(np.arange(1, len(curve.errors) + 1)),
                "y": packed(curve.errors),
                "color": curve.color,
                "shape": curve.shape,
                "strong": curve.current,
            }
            for curve in curves
        ],
    }
    chart.draw(values, describe_curves(curves, baseline, error))


def lab_figure(heats: Sequence[Heat], curves: Sequence[Curve], baseline: float, error: str, epochs: int) -> Figure:
    """The lab as a matplotlib figure: the heat maps, then the curves."""
    figure = Figure(figsize=(11.5, 4.4), dpi=DPI, layout="constrained")
    *maps, ax = figure.subplots(1, 1 + len(heats), width_ratios=[*[1] * len(heats), 1.15])
    for heat, place in zip(heats, maps):
        heat.draw_still(place)
    ax.axhline(baseline, color=BASELINE, ls="--", lw=1.2, label=BASELINE_NAME)
    for curve in curves:
        width = 2 if curve.current else 1.2
        ax.plot(
            range(1, len(curve.errors) + 1),
            curve.errors,
            "-" + SHAPES[curve.shape],
            color=curve.color,
            lw=width,
            ms=4,
            label=curve.label,
        )
    ax.set(xlim=(0.5, epochs + 0.5), xlabel="epoch", ylabel=error)
    ax.set_title("Error as it trains", fontsize=10)
    ax.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8, colors=INK)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower right", ncols=4, frameon=False, fontsize=8)
    return figure


def describe_curves(curves: Sequence[Curve], baseline: float, error: str) -> str:
    """The runs in words: the error of each after its last epoch."""
    said = [
        f"{curve.label} {curve.errors[-1]:.4g} after {epochs(len(curve.errors))}" for curve in curves if curve.errors
    ]
    return (
        f"{error[0].upper()}{error[1:]}: predicting the mean {baseline:.4g}"
        + "".join(f"; {text}" for text in said)
        + "."
    )


def epochs(n: int) -> str:
    """The count in words.

    >>> epochs(1), epochs(3)
    ('1 epoch', '3 epochs')
    """
    return f"{n} epoch" + "s" * (n != 1)
