"""Whether a reader knows how sure to be: coverage of ranges and Brier score of choices, from the ledger."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from embedviz.course.forms import has_widgets, show_text
from embedviz.course.kept import keep
from embedviz.course.notebook import show
from embedviz.widgets.look import INK, PALETTE
from embedviz.widgets.still import CSS

if TYPE_CHECKING:
    from embedviz.course.progress import Prediction

ENOUGH = 4  # predictions of a kind: with fewer there is nothing to judge
FIFTY = 0.25  # the Brier score of who says 50 % each time
GOOD, BAD = PALETTE[0], PALETTE[1]


def calibration(chapter: int) -> None:
    """Show the reader's calibration in a chapter, and over all chapters if that is more, with a picture."""
    found: list[Prediction] = []
    problem = keep(lambda ledger: found.extend(ledger.predictions()))
    counted = [one for one in found if one.truth is not None and not one.after_truth]
    here = [one for one in counted if one.chapter == chapter]
    lines = in_words(here, f"chapter {chapter}")
    if len(counted) > len(here):
        lines += in_words(counted, "all chapters")
    if problem:
        lines.append(f"(Your progress cannot be read: {problem})")
    show_text("\n\n".join(lines))
    if has_widgets() and sum(map(len, kinds(counted))) >= ENOUGH:
        show(calibration_figure(counted), described(counted))


def kinds(predictions: Sequence["Prediction"]) -> tuple[list["Prediction"], list["Prediction"]]:
    """The ranges, and the choices."""
    return [one for one in predictions if "low" in one.answer], [one for one in predictions if "choice" in one.answer]


def covered(one: "Prediction") -> bool:
    """Whether a range holds what came out."""
    return one.answer["low"] <= one.truth <= one.answer["high"]


def coverage(ranges: Sequence["Prediction"]) -> tuple[int, float]:
    """(how many ranges hold what came out, how many would if each were as sure as it says)."""
    return sum(map(covered, ranges)), float(sum(one.answer["sure"] for one in ranges))


def least_covered(ranges: Sequence["Prediction"], level: float = 0.05) -> int:
    """The fewest hits that are no surprise: if every range is as sure as it says, fewer come with at most `level`.

    The number of hits is a sum of independent yes-or-no draws, so its distribution is their convolution.
    """
    chances = np.ones(1)
    for one in ranges:
        sure = one.answer["sure"]
        chances = np.convolve(chances, [1 - sure, sure])
    return int(np.searchsorted(np.cumsum(chances), level, side="right"))


def brier(choices: Sequence["Prediction"]) -> float:
    """Mean of (how sure − 1 if it was right, else 0)²: 0 is best, `FIFTY` what 50 % each time gets."""
    return float(np.mean([(one.answer["sure"] - (one.answer["choice"] == one.truth)) ** 2 for one in choices]))


def in_words(predictions: Sequence["Prediction"], where: str) -> list[str]:
    """The calibration in sentences (Markdown)."""
    ranges, choices = kinds(predictions)
    if not predictions:
        return [f"**Your predictions, {where}**: none yet."]
    lines = [f"**Your predictions, {where}**: {len(predictions)} came out."]
    if len(ranges) >= ENOUGH:
        hits, claimed = coverage(ranges)
        least = least_covered(ranges)
        verdict = "that fits" if hits >= least else "your ranges are too narrow for how sure you are"
        lines.append(
            f"**{hits} of {len(ranges)} ranges** hold what came out; by how sure you were, {claimed:.1f} would. Down "
            f"to {least} could be chance: {verdict}."
        )
    else:
        lines.append(f"Ranges: {len(ranges)}, too few to judge; it takes {ENOUGH}.")
    if len(choices) >= ENOUGH:
        right, score = sum(one.answer["choice"] == one.truth for one in choices), brier(choices)
        verdict = "better" if score < FIFTY else "no better"
        lines.append(
            f"**{right} of {len(choices)} choices** were right, on average you were "
            f"{np.mean([one.answer['sure'] for one in choices]):.0%} sure. Brier score {score:.2f}: {verdict} than "
            f"saying 50 % each time ({FIFTY})."
        )
    else:
        lines.append(f"Choices: {len(choices)}, too few to judge; it takes {ENOUGH}.")
    return lines


def placed(one: "Prediction") -> float:
    """Where in a range the outcome lies: −1 at its low end, 1 at its high end; at most 3 away."""
    low, high = one.answer["low"], one.answer["high"]
    half = max((high - low) / 2, 1e-9 * max(1.0, abs(high)))
    return float(np.clip((one.truth - (low + high) / 2) / half, -3, 3))


def calibration_figure(predictions: Sequence["Prediction"]) -> Figure:
    """Left, where each outcome lies in its range; right, how sure each choice was, and whether it was right."""
    ranges, choices = kinds(predictions)
    rows = max(len(ranges), 4)
    figure = Figure(figsize=(9, 1.4 + 0.26 * rows), dpi=2 * CSS, layout="constrained")
    left, right = figure.subplots(1, 2)
    left.axvspan(-1, 1, color=GOOD, alpha=0.15, lw=0)
    for row, one in enumerate(ranges):
        inside = covered(one)
        left.plot(placed(one), row, "o" if inside else "X", color=GOOD if inside else BAD, ms=8)
    left.set_yticks(range(len(ranges)), [f"{one.name}, {one.answer['sure']:.0%}" for one in ranges], fontsize=9)
    left.set_ylim(rows - 0.5, -0.5)
    left.set_xlim(-3.2, 3.2)
    left.set_xticks([-1, 1], ["low end", "high end"])
    left.set_title("what came out, in your ranges", fontsize=11, loc="left")
    for sure in sorted({one.answer["sure"] for one in choices}):
        own = [one.answer["choice"] == one.truth for one in choices if one.answer["sure"] == sure]
        right.plot(sure, np.mean(own), "o", color=GOOD, ms=5 + 2 * len(own))
        right.annotate(f"{sum(own)}/{len(own)}", (sure, np.mean(own)), (6, 6), textcoords="offset points", fontsize=9)
    right.plot([0, 1], [0, 1], "--", color=INK, lw=1)
    right.set(xlim=(0.25, 1.05), ylim=(-0.1, 1.15), xlabel="how sure you were", ylabel="share that was right")
    right.set_title("your choices; dashed: as sure as right", fontsize=11, loc="left")
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def described(predictions: Sequence["Prediction"]) -> str:
    """The picture in words."""
    ranges, choices = kinds(predictions)
    outside = [one.name for one in ranges if not covered(one)]
    right = sum(one.answer["choice"] == one.truth for one in choices)
    return (
        f"Left: {len(ranges)} ranges and where the outcome lies in each; outside: {', '.join(outside) or 'none'}. "
        f"Right: {len(choices)} choices by how sure, {right} of them right, with a dashed line for as sure as right."
    )
