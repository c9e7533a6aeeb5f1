import numpy as np
import pandas as pd
import pytest

from embedviz.course.diagrams import FUNNEL, funnel_figure
from embedviz.course.figures_4 import bars_figure, sitting_figure


def test_a_sitting_numbers_the_ratings_from_train_to_test():
    time = pd.to_datetime([0, 60, 60, 120], unit="s", utc=True)
    frame = pd.DataFrame({"user": ["7"] * 4, "time": time})
    axes = sitting_figure(frame.iloc[:2], frame.iloc[2:], "7").axes[0]
    assert [line.get_xydata().tolist() for line in axes.lines] == [[[0, 1], [1, 2]], [[1, 3], [2, 4]]]
    with pytest.raises(ValueError, match="no row"):
        sitting_figure(frame, frame, "8")


def test_bars_start_at_zero_and_say_what_the_verdict_is():
    scores = pd.DataFrame({"score": [0.1, 0.3], "verdict": ["behind", "–"]}, index=["popularity", "EASE"])
    figure = bars_figure(scores, "NDCG@20", {"chance": 0.05})
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.1, 0.3] and axes.get_xlim()[0] == 0
    said = [text.get_text() for text in figure.legends[0].texts]
    assert said == ["behind", "compared with: EASE"]
    sizes = [text.get_fontsize() for text in [*axes.texts, *axes.get_yticklabels()]]
    assert np.min(sizes) >= 12


def test_the_funnel_shows_every_stage():
    texts = {text.get_text() for text in funnel_figure().axes[0].texts}
    assert {stage for stage, _, _ in FUNNEL} <= texts
