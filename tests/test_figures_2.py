"""The figures of chapter 2, as matplotlib holds them."""

import numpy as np
import pandas as pd

from embedviz.course.figures_2 import coordinates_figure, differences_figure, things_in_two_numbers

rng = np.random.default_rng(0)


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_every_thing_is_named_beside_its_point():
    things = pd.DataFrame({"length": [1.0, 9.0], "age": [2.0, 8.0]}, index=["left", "right"])
    figure = things_in_two_numbers(things)
    [ax] = figure.axes
    assert texts(figure) == ["left", "right"] and (ax.get_xlabel(), ax.get_ylabel()) == ("length", "age")
    assert ax.collections[0].get_offsets().tolist() == [[1, 2], [9, 8]]
    assert [text.get_ha() for text in ax.texts] == ["left", "right"]  # no name runs out of the picture


def test_differences_have_their_intervals_and_a_shape_for_each_verdict():
    table = pd.DataFrame(
        {"difference": [0.2, 0.0, -0.1], "low": [0.1, 0.0, -0.3], "high": [0.3, 0.0, 0.1]},
        index=pd.Index(["a", "b", "c"], name="method"),
    ).assign(verdict=["ahead", "–", "level"])
    figure = differences_figure({"hits": table, "MRR": table}, "b")
    assert len(figure.axes) == 2
    points = {line.get_label(): line for line in figure.axes[0].lines if line.get_label() in ("ahead", "b", "level")}
    assert {name: line.get_xdata().tolist() for name, line in points.items()} == {
        "ahead": [0.2],
        "b": [0.0],
        "level": [-0.1],
    }
    assert len({line.get_marker() for line in points.values()}) == 3  # not by color alone
    ends = [tuple(path.vertices[:, 0]) for c in figure.axes[0].collections for path in c.get_paths()]
    assert set(ends) == {(0.1, 0.3), (0.0, 0.0), (-0.3, 0.1)}
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["ahead", "level", "b"]


def test_coordinates_tell_their_correlation():
    first, second = rng.normal(size=(2, 40, 3))
    left, right = coordinates_figure(first, second, first).axes
    assert right.get_title() == "after the best rotation: r = 1.00"
    assert left.get_title() == f"as trained: r = {np.corrcoef(first[:, 0], second[:, 0])[0, 1]:.2f}"
