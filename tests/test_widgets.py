import base64
import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from embedviz.base.facts import align
from embedviz.train.loop import History
from embedviz.widgets import still as figures
from embedviz.widgets import training_curve
from embedviz.widgets.look import OTHER, PALETTE, color_columns, group, hover_texts
from embedviz.widgets.training_curve import TrainingCurve

# Columns


def test_the_most_frequent_categories_get_a_color_and_the_rest_is_grey():
    column = pd.Series([letter for i, letter in enumerate("abcdefghijkl") for _ in range(12 - i)])  # 12 a, 11 b, … 1 l
    groups = group(column, len(column))
    assert groups.labels == [*"abcdefg", "other"] and groups.colors == [*PALETTE, OTHER]
    assert groups.counts.tolist() == [12, 11, 10, 9, 8, 7, 6, 15]
    assert [groups.labels[code] for code in groups.codes[[0, 12, -1]]] == ["a", "b", "other"]


def test_lists_count_by_their_first_value_and_missing_ones_are_said():
    groups = group(pd.Series([["x", "y"], ("x",), [], None, "x|z"]), 5)
    assert groups.labels == ["x", "not given"] and groups.codes.tolist() == [0, 0, 1, 1, 0]


def test_numbers_become_ranges_of_about_equal_counts():
    groups = group(pd.Series([*range(1900, 2000), None]), 101)
    assert (
        groups.labels[0].startswith("1900 to 19")
        and groups.labels[-2].endswith("to 1999")
        and groups.labels[-1] == "not given"
    )
    assert len(groups.labels) == 6 and groups.counts[:5].min() >= 19 and groups.counts[5] == 1
    ends = [tuple(map(int, label.split(" to "))) for label in groups.labels[:-1]]
    assert all(
        low == high + 1 for (_, high), (low, _) in zip(ends, ends[1:])
    )  # no year in two ranges, none in no range
    assert all(ends[code][0] <= year <= ends[code][1] for year, code in zip(range(1900, 2000), groups.codes))


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"v": [3, 1, 2]}, index=["c", "a", "b"]),
        pd.DataFrame({"title": ["c", "d", "a", "b"], "v": [3, 4, 1, 2]}),
        pd.DataFrame({"v": [1, 2, 3]}),
    ],
)
def test_a_frame_is_brought_into_the_order_of_the_names(frame):
    aligned = align(frame, np.array(["a", "b", "c"]))
    assert (
        aligned["v"].tolist() == [1, 2, 3]
        and aligned.index.tolist() == ["a", "b", "c"]
        and list(aligned.columns) == ["v"]
    )


def test_columns_to_color_by():
    frame = pd.DataFrame(
        {"year": range(30), "author": [f"author {i}" for i in range(30)], "kind": ["a", "b", "c"] * 10}
    )
    assert color_columns(frame, None) == ["kind", "year"]
    assert color_columns(frame, "author") == ["author"] and color_columns(frame, ["year", "author"]) == [
        "year",
        "author",
    ]


def test_hover_says_the_facts():
    frame = pd.DataFrame({"by": [("A", "B"), ()], "year": [1815.0, np.nan], "genre": ["x|y", "<i>"]})
    assert hover_texts(np.array(["E & F", "g"]), frame) == [
        "<b>E &amp; F</b><br>by: A, B<br>year: 1815<br>genre: x, y",
        "<b>g</b><br>genre: &lt;i&gt;",
    ]


def test_labels_cover_neither_each_other_nor_points_nor_the_edge():
    points = np.random.default_rng(0).normal((250, 200), 25, size=(11, 2))  # a tight cluster
    texts = [f"a label of {n} letters" + "x" * n for n in range(11)]
    offsets = figures.place_labels(points, texts, (500, 400), character=6, line=15)
    assert sum(offset is not None for offset in offsets) >= 9
    boxes = [
        (*(point + offset - size / 2), *(point + offset + size / 2))
        for point, offset, size in zip(points, offsets, [np.array([6 * len(text), 15]) for text in texts])
        if offset is not None
    ]
    for i, (left, low, right, high) in enumerate(boxes):
        assert 0 <= left and 0 <= low and right <= 500 and high <= 400
        assert not ((left < points[:, 0]) & (points[:, 0] < right) & (low < points[:, 1]) & (points[:, 1] < high)).any()
        assert not any(left < r and x < right and low < t and y < high for x, y, r, t in boxes[:i])


# The training curve


def test_the_training_curve_is_one_output_brought_up_to_date(monkeypatch):
    events = []

    class Handle:
        def update(self, data, **options):
            events.append(("update", data, options))

    monkeypatch.setattr(training_curve, "get_ipython", lambda: object())
    monkeypatch.setattr(
        training_curve, "display", lambda data, **options: events.append(("display", data, options)) or Handle()
    )
    curve, history = TrainingCurve("loss (nats a pair)"), History()
    for epoch in (1, 2, 3):
        history.rows.append(
            {"epoch": epoch, "loss": 1 / epoch, "seconds": 0.1, "recall": 0.1 * epoch, "validation loss": 2 / epoch}
        )
        curve(None, history)
    assert [event for event, _, _ in events] == ["display", "update", "update"]
    _, data, options = events[-1]
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size == (1344, 453)
    assert (
        options["metadata"]["image/png"]["alt"]
        == "Training curve after 3 epochs: loss 0.333, recall 0.300, validation loss 0.667."
    )
    losses, scores = curve.figure.axes
    assert (
        losses.get_xlabel() == "epoch"
        and losses.get_ylabel() == "loss (nats a pair)"
        and scores.get_ylabel() == "recall on held-out pairs"
    )
    assert [line.get_label() for line in losses.lines] == ["loss", "validation loss"]
    assert scores.lines[0].get_xdata().tolist() == [1, 2, 3] and scores.lines[0].get_ydata() == pytest.approx(
        [0.1, 0.2, 0.3]
    )
    curve(None, History([{"epoch": 1, "loss": 1.0, "seconds": 0.1}]))  # another run
    assert events[-1][0] == "display" and len(curve.figure.axes) == 1


def test_a_script_trains_without_a_screen(capsys):
    curve = TrainingCurve()
    curve(None, History([{"epoch": 1, "loss": 1.0, "seconds": 0.1}]))
    assert curve.figure is not None and capsys.readouterr().out == ""
