import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from embedviz.course.figures_1 import by_method, dot_rows, size_curves, time_axis

RUNS = pd.DataFrame(
    {"RMSE": [3.0, 4.0, 1.0, 2.0]},
    pd.MultiIndex.from_product([["linear", "network, embedding"], [0, 1]], names=["method", "seed"]),
)
SIZES = pd.DataFrame({0: [3.0, 2.0], 1: [3.5, 2.5]}, [1, 2])


@pytest.mark.parametrize(
    "figure, alt",
    [
        dot_rows(by_method(RUNS, "RMSE"), "error", references={"mean": 5.0}),
        dot_rows(by_method(RUNS, "RMSE"), "error", from_zero=True),
        size_curves({"validation": SIZES, "test": SIZES + 1}, "RMSE", {"rule": 1.5}, 2),
        time_axis(np.arange(5.0), np.arange(5.0) ** 2, list("abcde"), ["a"]),
    ],
    ids=["dots", "dots from zero", "sizes", "time"],
)
def test_letters_are_large_enough_for_a_hall_and_the_figure_is_told_in_words(figure, alt):
    assert isinstance(figure, Figure) and len(alt) > 40
    texts = [text for ax in figure.axes for text in [*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels()]]
    texts += [label for ax in figure.axes for label in (ax.xaxis.label, ax.yaxis.label)]
    shown = [text for text in texts if text.get_text()]
    assert min(text.get_fontsize() for text in shown) >= 10.5  # 14 pixels at 96 to the inch


def test_a_cut_axis_says_so():
    for whole in (True, False):
        [ax] = dot_rows({"a": [3.0]}, "error", from_zero=whole)[0].axes
        assert ("does not start at 0" in ax.get_xlabel()) != whole and (ax.get_xlim()[0] == 0) == whole


def test_every_method_and_its_mean_is_told():
    _, alt = dot_rows(by_method(RUNS, "RMSE"), "error", references={"mean": 5.0})
    assert "linear 3.5 (3 to 4)" in alt and "network, embedding 1.5" in alt and "mean 5." in alt
