import base64
import datetime
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib.figure import Figure
from PIL import Image

from embedviz.base.facts import align
from embedviz.train.loop import History
from embedviz.widgets import still as figures
from embedviz.widgets import training_curve
from embedviz.widgets.chart import LiveChart
from embedviz.widgets.encoding_plots import Curve, Heat, draw_curves
from embedviz.widgets.look import ORDERED, OTHER, PALETTE, by_label, color_columns, group, hover_texts, kept_groups
from embedviz.widgets.training_curve import TrainingCurve

# Columns


def test_the_six_most_frequent_categories_get_a_color_and_the_rest_is_gray():
    column = pd.Series([letter for i, letter in enumerate("abcdefghijkl") for _ in range(12 - i)])  # 12 a, 11 b, … 1 l
    groups = group(column, len(column))
    assert groups.labels == [*"abcdef", "other"] and groups.colors == [*PALETTE, OTHER]
    assert groups.counts.tolist() == [12, 11, 10, 9, 8, 7, 21]
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


# Columns as people have them


def dates(*arguments, **options):
    return pd.Series(pd.date_range(*arguments, **options))


@pytest.mark.parametrize(
    "column, labels",
    [
        ([4111172 + i for i in range(10)], ["4111172 to 4111173", "4111179 to 4111181"]),
        (
            [9780141439518 + 7 * i for i in range(10)],
            ["9780141439518 to 9780141439531", "9780141439567 to 9780141439581"],
        ),
        ([float(9780141439518 + 7 * i) for i in range(10)] + [None], ["9780141439518 to 9780141439531", "not given"]),
        ([10**18 + 1 + i for i in range(10)], [f"{10**18 + 1} to {10**18 + 2}", f"{10**18 + 8} to {10**18 + 10}"]),
        ([2.5 + i for i in range(10)], ["2.5 to 4.5", "9.5 to 11.5"]),
        ([1e6 + i / 8 for i in range(16)], ["1000000 to 1000000.4", "1000001.5 to 1000001.9"]),
        ([1.000000001 + i * 1e-9 for i in range(16)], ["1.000000001 to 1.000000004", "1.000000013 to 1.000000016"]),
        ([np.inf, -np.inf, *range(10)], ["0 to 1", "not given"]),
        (pd.array([*range(10), None], dtype="Int64"), ["0 to 1", "not given"]),
        (dates("1999-12-30", periods=10), ["1999-12-30 to 1999-12-31", "2000-01-06 to 2000-01-08"]),
        (dates("2000-01-01", periods=10, tz="Asia/Tokyo"), ["2000-01-01 to 2000-01-02", "2000-01-08 to 2000-01-10"]),
        (
            dates("2000-01-01", periods=10, freq="h"),
            ["2000-01-01 00:00 to 2000-01-01 01:59", "2000-01-01 07:00 to 2000-01-01 09:00"],
        ),
        ([datetime.date(1500 + i, 1, 1) for i in range(10)] + [None], ["1500-01-01 to 1501-12-31", "not given"]),
        (pd.period_range("2000-01", periods=10, freq="M"), ["2000-01-01 to 2000-02-29", "2000-08-01 to 2000-10-01"]),
    ],
)
def test_numbers_and_dates_become_ranges_that_say_all_their_digits(column, labels):
    column = pd.Series(column)
    groups = group(column, len(column))
    assert [groups.labels[0], groups.labels[-1]] == labels
    assert len(set(groups.labels)) == len(groups.labels) and 0 not in groups.counts
    given = len(groups.labels) - (groups.labels[-1] == "not given")
    assert groups.colors == [*ORDERED[:given], OTHER][: len(groups.labels)]


def test_ordered_categories_keep_their_order_and_unused_ones_are_left_out():
    low_to_high = pd.Categorical(list("chhlm"), categories=list("xlmhc"), ordered=True)
    assert group(pd.Series(low_to_high), 5).labels == ["l", "m", "h", "c"]
    assert group(pd.Series(low_to_high.as_unordered()), 5).labels == ["h", "c", "l", "m"]
    bins = pd.cut(pd.Series([5, 500, 50, 60, None]), [0, 10, 20, 100, 1000])
    assert group(bins, 5).labels == ["(0, 10]", "(20, 100]", "(100, 1000]", "not given"]
    assert group(pd.Series(low_to_high), 5).colors == [ORDERED[i] for i in (0, 1, 3, 4)]  # far apart
    many = group(pd.cut(pd.Series(range(100)), range(-1, 100, 5)), 100)
    assert many.labels[0] == "(-1, 4] to (14, 19]" and many.labels[-1].endswith("(94, 99]")
    assert many.counts.tolist() == [20] * 5 or many.counts.sum() == 100


@pytest.mark.parametrize("n", range(1, 12))
def test_there_are_at_most_six_groups_beside_the_gray_one(n):
    values = pd.Series(np.arange(3 * n) % n)
    for column in (values.map("value {}".format), values, values.astype(pd.CategoricalDtype(range(n), ordered=True))):
        groups = group(column, len(column))
        assert len([color for color in groups.colors if color != OTHER]) <= 6 and groups.counts.sum() == 3 * n
        assert len(set(groups.colors)) == len(groups.labels) == len(groups.shapes) == len(groups.darks)
    with pytest.raises(ValueError, match="size = 7 groups"):
        group(column, len(column), 7)


@pytest.mark.parametrize(
    "near, labels",
    [
        (10, ["0–1 of 10", "2–3 of 10", "4–5 of 10", "6–7 of 10", "8–10 of 10"]),
        (4, ["0 of 4", "1 of 4", "2 of 4", "3 of 4", "4 of 4"]),
        (1, ["0 of 1", "1 of 1"]),
    ],
)
def test_kept_neighbors_are_ranges_that_stay_the_same(near, labels):
    every = kept_groups(np.arange(-1, near + 1), near)
    assert every.labels == [*labels, "not known"] and every.colors[-1] == OTHER and every.codes[0] == len(labels)
    for kept, code in enumerate(every.codes[1:]):
        low, _, high = labels[code].removesuffix(f" of {near}").partition("–")
        assert int(low) <= kept <= int(high or low)
    assert kept_groups(np.array([near]), near).labels == labels  # also where nothing is in most of them
    with pytest.raises(ValueError, match=f"kept from 0 to {near + 1} of near = {near}"):
        kept_groups(np.array([0, near + 1]), near)


@pytest.mark.parametrize(
    "cells, labels, codes",
    [
        ([{"a": 1}, {"a": 1}, {}, None], ["{'a': 1}", "not given"], [0, 0, 1, 1]),
        ([{2, 1}, {1, 2}, set()], ["1", "not given"], [0, 0, 1]),
        ([[None, "x"], [float("nan")], np.array(["x"])], ["x", "not given"], [0, 1, 0]),
        ([[[1, 2]], [{"k": 1}]], ["[1, 2]", "{'k': 1}"], [0, 1]),
        ([1, 1.0, "1", pd.NA], ["1", "not given"], [0, 0, 0, 1]),
        ([True, False, True], ["True", "False"], [0, 1, 0]),
        ([4111172.0, 4111172.0, None], ["4111172", "not given"], [0, 0, 1]),
        ([pd.Timestamp("2020-05-01")] * 2, ["2020-05-01"], [0, 0]),
    ],
)
def test_any_cell_has_a_text(cells, labels, codes):
    column = pd.Series(cells, dtype=object)
    groups = group(column, len(column))
    assert groups.labels == labels and groups.codes.tolist() == codes
    assert len(hover_texts(np.array([f"n{i}" for i in range(len(cells))]), column.to_frame())) == len(cells)


def test_arrow_columns_are_taken():
    struct = pd.Series([{"x": 1}, None], dtype=pd.ArrowDtype(pa.struct([("x", pa.int64())])))
    lists = pd.Series([["a", "b"], []], dtype=pd.ArrowDtype(pa.list_(pa.string())))
    times = pd.Series(dates("2000", periods=10).tolist(), dtype=pd.ArrowDtype(pa.timestamp("us")))
    assert group(struct, 2).labels == ["{'x': 1}", "not given"]
    assert group(lists, 2).labels == ["a", "not given"]
    assert group(times, 10).labels[0] == "2000-01-01 to 2000-01-02"
    frame = pd.DataFrame({"struct": struct, "lists": lists})
    assert hover_texts(np.array(["m", "n"]), frame)[0] == ("<b>m</b><br>struct: {&#x27;x&#x27;: 1}<br>lists: a, b")


def test_whole_numbers_are_said_in_full_on_hover():
    frame = pd.DataFrame({"id": [4111172.0, np.nan], "isbn": [9780141439518, 1], "size": [1234567.25, 0.1]})
    assert hover_texts(np.array(["a", "b"]), frame) == [
        "<b>a</b><br>id: 4111172<br>isbn: 9780141439518<br>size: 1234567.2",
        "<b>b</b><br>isbn: 1<br>size: 0.1",
    ]


def test_columns_of_any_name_are_chosen_by_it():
    frame = pd.DataFrame([[1, "x", 2.5]] * 2, columns=[0, None, "type"])
    assert color_columns(frame, None) == [None, 0, "type"]
    assert color_columns(frame, 0) == [0] and color_columns(frame, [None, 0]) == [None, 0]
    assert by_label([0, "0", None, "None"], taken=["None"]) == {
        "0": 0,
        "0 (2)": "0",
        "None (2)": None,
        "None (3)": "None",
    }
    with pytest.raises(KeyError, match="no column 1 to color by"):
        color_columns(frame, 1)
    with pytest.raises(ValueError, match="the column 'a' more than once"):
        color_columns(pd.DataFrame([[1, 2]], columns=["a", "a"]), None)


# Still pictures


def test_texts_are_no_formulas_and_letters_without_a_font_are_no_warning(monkeypatch):
    groups = group(pd.Series(["$$", "A$$", "$x^$", "戦争", "हिन्दी"]), 5)
    names = ["A$$", "戦争と平和", "Война и мир", "$\\frac$", "ﷺ"]
    figure = figures.map_figure(np.eye(5)[:, :2], groups, "$$ 戦", ("A$$", "$"), [0, 1, 2, 3, 4], names, "$$")
    data, _ = figures.png_bundle(figure, "x")  # filterwarnings turns "Glyph missing" into an error
    assert data["image/png"]


def test_the_font_that_has_the_letters_is_taken(monkeypatch):
    letters = {"DejaVu Sans": map(ord, "aß"), "Noto Sans": map(ord, "aßД"), "Noto Sans CJK JP": map(ord, "戦争")}
    letters = {family: set(those) for family, those in letters.items()}
    monkeypatch.setattr(figures, "_letters", lambda family: letters[family])
    monkeypatch.setattr(figures, "_installed", lambda: ["Noto Sans", "Noto Sans CJK JP"])
    figures._family_of.cache_clear()
    try:
        assert figures.fonts_for("aß") == [] and figures.fonts_for("戦争") == ["Noto Sans CJK JP"]
        assert figures.fonts_for("aД戦अ") == ["Noto Sans", "Noto Sans CJK JP"]  # the last letter has none
        text = figures.plain(Figure().text(0, 0, "戦$$"))
        assert text.get_fontfamily() == ["DejaVu Sans", "Noto Sans CJK JP"] and not text.get_parse_math()
    finally:
        figures._family_of.cache_clear()


def test_fonts_are_found_once_and_are_here():
    assert figures._installed() is figures._installed()
    assert ord("a") in figures._letters("DejaVu Sans") and ord("戦") not in figures._letters("DejaVu Sans")
    assert not figures._letters("No Such Font")


# Charts


def test_the_labs_charts_get_names_as_they_are():  # the page takes them as texts: see test_js_chart
    chart = LiveChart("heat")
    frame = pd.DataFrame(np.eye(2), ["<i>", "b"], ["<u>", "%{x}"])
    Heat("<b>title</b>", frame, "%{y} <b>x</b>", "<b>unit</b>", signed=True).draw(chart, 300)
    values = chart.values
    assert values["rows"] == ["<i>", "b"] and values["columns"] == ["<u>", "%{x}"] and values["range"] == [-1, 1]
    np.testing.assert_array_equal(np.frombuffer(values["cells"]).reshape(2, 2), frame)
    assert values["title"] == "<b>title</b>" and chart.description.startswith("<b>title</b>: 2 rows, 2 columns")
    lines = LiveChart("lines")
    draw_curves(lines, [Curve("<b>%{x}</b>", 0, [1.0])], 2.0, "<error>", 3, 300)
    assert lines.values["curves"][0]["name"] == "<b>%{x}</b>" and lines.values["y"] == {"title": "<error>"}


def test_equal_labels_stay_rows_of_their_own():
    chart, labels = LiveChart("heat"), ["San Francisco", "San Francisco", "San Francesco"]
    Heat("", pd.DataFrame(np.eye(3), labels, labels), "", "", signed=False).draw(chart, 300)
    assert chart.values["rows"] == chart.values["columns"] == labels and len(chart.values["cells"]) == 9 * 8


def test_each_run_has_a_look_of_its_own():
    runs = [Curve(str(i), i) for i in range(len(PALETTE))]
    assert len({(run.color, run.shape) for run in runs}) == len({run.shape for run in runs}) == len(PALETTE)


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
