"""The figures of chapter 4 whose code a reader of the chapter need not see."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from embedviz.widgets.look import INK, PALETTE
from embedviz.widgets.still import CSS

GIVEN, TESTED = PALETTE[0], PALETTE[3]


def _panel(width: float, height: float) -> tuple:
    figure = Figure(figsize=(width, height), dpi=2 * CSS, layout="constrained")
    ax = figure.subplots()
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=12)
    return figure, ax


def sitting_figure(train: pd.DataFrame, test: pd.DataFrame, user: str) -> Figure:
    """One user's ratings in the order of their time: the number of each against the minutes since the first.

    Args:
        train, test: columns user and time.
        user: who has rows in both.

    Raises:
        ValueError: the user has no row in one of them.
    """
    own = [frame.loc[frame["user"] == user, "time"].sort_values() for frame in (train, test)]
    if not all(map(len, own)):
        raise ValueError(f"user {user!r} has no row in train or in test")
    start, number, (figure, ax) = own[0].iloc[0], 0, _panel(10, 4.2)
    for name, times, color, shape in zip(("train", "test"), own, (GIVEN, TESTED), ("o", "s")):
        minutes = (times - start).dt.total_seconds() / 60
        ax.plot(minutes, np.arange(number, number + len(times)) + 1, shape, color=color, ms=6, label=name)
        number += len(times)
    ax.set_xlabel("minutes since the first rating", fontsize=13)
    ax.set_ylabel("number of the rating", fontsize=13)
    ax.set_title(f"user {user}: every rating that MovieLens has of them", fontsize=14, loc="left")
    ax.legend(frameon=False, fontsize=13)
    return figure


def bars_figure(
    scores: pd.DataFrame, measure: str, lines: Mapping[str, float] | None = None, title: str = ""
) -> Figure:
    """A bar for each method from 0, with its number; those that are ahead of or behind the one that all are compared
    with have other colors, as the legend says.

    Args:
        scores: of `measure.paired`: index method, columns score and verdict.
        measure: name of the score, below the axis.
        lines: name → a score to draw a line at, such as chance.
        title: above the bars.
    """
    looks = {"ahead": PALETTE[2], "level": PALETTE[0], "behind": PALETTE[3], "–": INK}
    figure, ax = _panel(10, 1.4 + 0.36 * len(scores))
    for verdict, rows in scores.assign(place=np.arange(len(scores))).groupby("verdict", sort=False):
        against = str(rows.index[0]).strip() if verdict == "–" else verdict
        label = f"compared with: {against}" if verdict == "–" else verdict
        ax.barh(rows["place"], rows["score"], color=looks[verdict], label=label)
    for place, score in enumerate(scores["score"]):
        ax.text(score, place, f" {score:.3f}", va="center", fontsize=12)
    ax.set_yticks(range(len(scores)), [str(name).strip() for name in scores.index], fontsize=13)
    ax.invert_yaxis()
    ax.set_xlabel(measure, fontsize=13)
    for name, score in (lines or {}).items():
        ax.axvline(score, color=INK, lw=1.5, ls="--")
        ax.text(score, -0.62, name, ha="center", va="bottom", fontsize=12)
    ax.set_title(title, fontsize=14, loc="left")
    figure.legend(frameon=False, fontsize=12, loc="outside lower right", ncols=4)
    ax.set_xlim(0, 1.18 * max(scores["score"].max(), *(lines or {0: 0}).values()))
    return figure
