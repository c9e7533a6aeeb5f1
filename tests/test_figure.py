"""The map as a plotly figure, and as a still picture: the same colors, the same shapes."""

import base64
import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from embedviz.widgets import still
from embedviz.widgets.figure import PALE, plotly_figure, radius
from embedviz.widgets.look import INK, OTHER, PALETTE, Groups, group

NAMES = ["War and Peace", "Emma", "<b>Ulysses</b>", "Dune", "Dubliners", "Anna Karenina"]
COORDS = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
GROUPS = group(pd.Series(["<i>", "b", "<i>", None, "b", "<i>"]), 6)
PLAIN = {"title": "<t>", "axes": ("x < y", "y"), "limits": [(-3, 3), (-2, 2)], "size": (560, 470)}


def rgba(color, opacity):
    return "rgba({},{},{},{})".format(*bytes.fromhex(color[1:]), opacity)


def test_each_group_is_a_trace_of_its_color_and_shape():
    figure = plotly_figure(COORDS[:, :2], GROUPS, NAMES, [], **PLAIN)
    assert [trace.name for trace in figure.data] == ["&lt;i&gt; (3)", "b (2)", "not given (1)"]
    assert [trace.customdata.tolist() for trace in figure.data] == [[0, 2, 5], [1, 4], [3]]
    assert [trace.marker.symbol for trace in figure.data] == ["circle", "square", "circle"]
    for trace, color in zip(figure.data, (*PALETTE[:2], OTHER)):
        assert set(trace.marker.color) == {rgba(color, 1)} and trace.type == "scatter"
        np.testing.assert_array_equal(np.column_stack([trace.x, trace.y]), COORDS[trace.customdata, :2])
    assert figure.data[2].marker.size[0] < figure.data[0].marker.size[0] == 2 * radius(6)
    assert figure.layout.showlegend and (figure.layout.width, figure.layout.height) == (560, 470)
    assert list(figure.layout.xaxis.range) == [-3, 3] and list(figure.layout.yaxis.range) == [-2, 2]


def test_the_lit_have_lines_and_labels_and_the_rest_is_pale():
    figure = plotly_figure(COORDS[:, :2], GROUPS, NAMES, [], lit=[2, 0, 3], chosen=[1], **PLAIN)
    lines, lit = figure.data[-2:]
    assert lines.customdata.tolist() == [2, 0, 2, 2, 3, 2] and lines.mode == "lines"
    assert lit.customdata.tolist() == [2, 0, 3] and lit.text[1] == "War and Peace"
    assert list(lit.marker.color) == [INK, PALETTE[0], OTHER] and lit.marker.symbol[0] == "star"
    assert list(figure.data[1].marker.color) == [rgba(PALETTE[1], 1), rgba(PALETTE[1], PALE)]
    assert set(figure.data[0].marker.color) == {rgba(PALETTE[0], PALE)}


def test_all_texts_but_those_for_hover_are_escaped():
    figure = plotly_figure(COORDS[:, :2], GROUPS, NAMES, [], lit=[2, 0], **PLAIN)
    assert figure.layout.title.text == "&lt;t&gt;" and figure.layout.xaxis.title.text == "x &lt; y"
    assert figure.data[0].hovertext[1] == "&lt;b&gt;Ulysses&lt;/b&gt;"
    assert figure.data[-1].text[0] == "<b>&lt;b&gt;Ulysses&lt;/b&gt;</b>"
    html = plotly_figure(COORDS[:, :2], GROUPS, NAMES, [f"<b>{i}</b>" for i in range(6)], **PLAIN)
    assert html.data[0].hovertext.tolist() == ["<b>0</b>", "<b>2</b>", "<b>5</b>"]


def test_solid_hidden_and_sized():
    more = {"axes": "abc", "limits": [(0, 1)] * 3, "radii": np.arange(1.0, 7.0), "hidden": [1]}
    figure = plotly_figure(COORDS, GROUPS, NAMES, [], **PLAIN | more)
    assert [trace.type for trace in figure.data] == ["scatter3d"] * 3
    assert [trace.visible for trace in figure.data] == [True, "legendonly", True]
    assert figure.data[0].marker.size.tolist() == [2, 6, 12] and figure.layout.scene.zaxis.title.text == "c"
    np.testing.assert_array_equal(figure.data[0].z, COORDS[[0, 2, 5], 2])
    many = plotly_figure(np.zeros((5001, 2)), group(None, 5001), [""] * 5001, [], **PLAIN)
    assert many.data[0].type == "scattergl" and not many.layout.showlegend


def test_a_figure_of_other_dimensions_is_refused():
    with pytest.raises(ValueError, match=r"coords of shape \(6, 3\), 2 axes, 2 limits"):
        plotly_figure(COORDS, GROUPS, NAMES, [], **PLAIN)


# Still pictures


def six_classes():
    codes = np.arange(70) % 7
    return Groups(codes, [*"abcdef", "other"], [*PALETTE, OTHER])


def test_a_still_picture_has_the_colors_of_the_legend():
    coords = np.column_stack([np.arange(70) % 10, np.arange(70) // 10])
    data, _ = still.png_bundle(still.map_figure(coords, six_classes(), "t", ("x", "y")), "words")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB"))
    for color in (*PALETTE, OTHER):
        exact = (np.abs(pixels.astype(int) - list(bytes.fromhex(color[1:]))).max(axis=2) <= 4).sum()
        assert exact > 300, color  # the points and the legend, their edges not counted


def test_a_still_picture_has_the_shapes_and_sizes_of_the_map():
    figure = still.map_figure(np.random.default_rng(0).normal(size=(70, 2)), six_classes(), "t", ("x", "y"), legend="l")
    points, legend = figure.axes[0].collections, figure.axes[0].get_legend()
    paths = [collection.get_paths()[0].vertices for collection in points]
    corners = {path.tobytes() for path in paths}
    assert len(points) == 7 and len(corners) == 6  # the gray dots are circles, smaller ones
    assert points[6].get_sizes()[0] < points[0].get_sizes()[0] and points[6].get_zorder() < points[0].get_zorder()
    handles = legend.legend_handles
    assert [line.get_marker() for line in handles] == ["o", "s", "^", "D", "v", "P", "o"]
    assert [line.get_color() for line in handles] == [*PALETTE, OTHER]
    css = still.CSS / 72  # CSS pixels to the point
    axes = figure.axes[0]
    texts = [*legend.get_texts(), axes.xaxis.label, axes.yaxis.label, axes.title]
    assert min(text.get_fontsize() for text in texts) * css >= 14


def test_leader_lines_differ_from_the_lines_to_neighbors():
    coords = np.column_stack([np.arange(70) % 10, np.arange(70) // 10]).astype(float)
    figure = still.map_figure(coords, six_classes(), lit=[44, 11, 58], names=[f"name {i}" for i in range(70)])
    neighbors, labels = figure.axes[0].lines, figure.axes[0].texts
    assert len(neighbors) == 2 and len(labels) == 3
    assert {line.get_linestyle() for line in neighbors} == {"-"}
    assert {label.arrow_patch.get_linestyle() for label in labels} == {":"}
    assert {line.get_color() for line in neighbors}.isdisjoint({label.arrow_patch.get_edgecolor() for label in labels})
    pale = {tuple(color) for points in figure.axes[0].collections[:7] for color in points.get_facecolors()}
    strong = {tuple(color) for points in figure.axes[0].collections[7:] for color in points.get_facecolors()}
    assert pale.isdisjoint(strong) and all(color[3] == 1 for color in pale)


def test_a_legend_wraps_what_is_long_and_a_map_may_have_no_points_lit():
    figure, groups = Figure(figsize=(9, 5), dpi=still.DPI), six_classes()
    axes = figure.add_axes((0.1, 0.1, 0.6, 0.8))
    long = Groups(groups.codes, ["a label of many words that goes on and on " * 9] * 7, groups.colors)
    still.draw_map(axes, np.zeros((70, 2)), long, legend="x")
    lines = [text.get_text().split("\n") for text in axes.get_legend().get_texts()]
    assert all(2 <= len(one) <= 3 and one[-1].endswith("(10)") for one in lines)
    assert max(len(part) for one in lines for part in one) <= still.LEGEND
    assert not axes.lines and not axes.texts
