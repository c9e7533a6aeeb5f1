"""The figures of chapter 1 that take more lines than a cell should have. Each returns (figure, what it shows in words).

Letters are at least 10.5 points, 14 pixels on the screen, so that a lecture hall can read them.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

#: A family of methods → color and marker. The first whose key is in the method's name.
FAMILIES = {
    "boosting": ("#D55E00", "s"),
    "linear": ("#CC79A7", "D"),
    "mean": ("#595959", "v"),
    "embedding": ("#009E73", "o"),
    "": ("#0072B2", "o"),
}


def dot_rows(
    values: Mapping[str, Sequence[float]],
    label: str,
    *,
    references: Mapping[str, float] | None = None,
    from_zero: bool = False,
    width: float = 8.6,
) -> tuple[Figure, str]:
    """A row of dots for each name, the first on top.

    Args:
        values: name → its values, such as one for each seed.
        label: of the axis.
        references: name → where to draw a line to compare with.
        from_zero: whether the axis starts at 0; else it is cut, and says so.
        width: inches.
    """
    figure = Figure(figsize=(width, 0.95 + 0.33 * len(values)), layout="constrained")
    ax = figure.subplots()
    for y, (name, own) in enumerate(reversed(values.items())):
        color, marker = next(how for key, how in FAMILIES.items() if key in name)
        ax.scatter(own, [y] * len(own), s=52, color=color, marker=marker, edgecolor="white", linewidth=0.6, zorder=3)
    for name, x in (references or {}).items():
        ax.axvline(x, color="#595959", lw=1.4, ls="--")
        ax.annotate(f" {name}", (x, 1), xycoords=("data", "axes fraction"), fontsize=10.5, va="bottom", ha="center")
    ax.set_yticks(range(len(values)), list(values)[::-1], fontsize=10.5)
    ax.tick_params(axis="x", labelsize=10.5)
    ax.set(ylim=(-0.6, len(values) - 0.4), **({"xlim": (0, None)} if from_zero else {}))
    ax.set_xlabel(label + ("" if from_zero else "; the axis does not start at 0"), fontsize=11)
    ax.grid(axis="x", alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    told = "; ".join(f"{name} {np.mean(own):.4g} ({min(own):.4g} to {max(own):.4g})" for name, own in values.items())
    lines = "".join(f" Line: {name} {x:.4g}." for name, x in (references or {}).items())
    return figure, f"{label}, a dot for each run. Means and ranges: {told}.{lines}"


def by_method(runs: pd.DataFrame, measure: str) -> dict[str, list[float]]:
    """The values of a comparison's runs for `dot_rows`: method → one for each seed."""
    return {name: own.tolist() for name, own in runs[measure].groupby(level="method", sort=False)}


def size_curves(
    by_size: Mapping[str, pd.DataFrame], label: str, rules: Mapping[str, float], chosen: int
) -> tuple[Figure, str]:
    """The error by the number of dimensions, with a point for each seed, and what the rules of thumb say.

    Args:
        by_size: name (such as "validation") → a row a size, a column a seed.
        label: of the error.
        rules: name → size.
        chosen: the size to mark.
    """
    figure = Figure(figsize=(9.2, 3.6), layout="constrained")
    ax = figure.subplots()
    for (name, frame), color, marker in zip(by_size.items(), ("#0072B2", "#009E73"), "os"):
        ax.plot(frame.index, frame.mean(axis=1), color=color, lw=1.8)
        for seed in frame:
            ax.scatter(frame.index, frame[seed], s=34, color=color, marker=marker, zorder=3)
        end = (frame.index[-1], frame.iloc[-1].mean())
        ax.annotate(name, end, (9, 0), textcoords="offset points", fontsize=11, color=color, va="center")
    bottom, top = ax.get_ylim()
    top += 0.3 * (top - bottom)  # room for the names of the rules
    ax.set_ylim(bottom, top)
    ax.axvline(chosen, color="#D55E00", lw=1.6)
    ax.text(chosen, top, f" chosen: {chosen}", fontsize=10.5, va="bottom", ha="center", color="#A84800")
    for (name, size), height in zip(rules.items(), np.linspace(0.98, 0.82, len(rules))):
        ax.axvline(size, color="#595959", lw=1.2, ls=":")
        where = {"xycoords": ("data", "axes fraction"), "fontsize": 10.5, "va": "top", "ha": "right"}
        ax.annotate(f"{name} ", (size, height), color="#404040", **where)
    sizes = next(iter(by_size.values())).index
    ax.set_xscale("log", base=2)
    ax.set_xticks(sizes, [str(size) for size in sizes], fontsize=10.5)
    ax.tick_params(axis="y", labelsize=10.5)
    ax.set_xlabel("dimensions of a destination", fontsize=11)
    ax.set_ylabel(label + "\n(axis cut)", fontsize=11)
    ax.set_xlim(sizes[0] / 1.4, sizes[-1] * 2)  # room for the names of the lines
    ax.grid(alpha=0.3)
    told = " ".join(
        f"{name.capitalize()}: " + ", ".join(f"{size} {value:.2f}" for size, value in frame.mean(axis=1).items()) + "."
        for name, frame in by_size.items()
    )
    return figure, f"{label} by the dimensions of the destination's embedding. {told} Chosen: {chosen}."


def time_axis(minutes: np.ndarray, axis: np.ndarray, names: Sequence[str], named: Sequence[str]) -> tuple[Figure, str]:
    """The first axis of the vectors beside the mean air time.

    Args:
        minutes: (N,) the mean air time of each airport.
        axis: (N,) its place on the first principal axis.
        names: of the airports.
        named: those to label.
    """
    figure = Figure(figsize=(8.6, 3.6), layout="constrained")
    ax = figure.subplots()
    ax.scatter(minutes, axis, s=34, color="#009E73", edgecolor="white", linewidth=0.5, zorder=3)
    for place, name in enumerate(names):
        if name in named:
            ax.annotate(name, (minutes[place], axis[place]), (6, -4), textcoords="offset points", fontsize=11)
    ax.set_xlabel("mean air time of the training flights (minutes)", fontsize=11)
    ax.set_ylabel("first axis of the vectors", fontsize=11)
    ax.tick_params(labelsize=10.5)
    ax.grid(alpha=0.3)
    r = np.corrcoef(minutes, axis)[0, 1]
    return figure, (
        f"{len(names)} airports: the first principal axis of their vectors over the mean air time from New York. "
        f"Correlation {r:.2f}: nearly one line."
    )
