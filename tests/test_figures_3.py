"""The figures of chapter 3: what they show is in them, and can be read."""

import numpy as np
import pandas as pd

from embedviz.course.figures_3 import by_frequency_figure, words_through_time


def texts(figure):
    figure.draw_without_rendering()
    return [text for text in figure.findobj(lambda artist: hasattr(artist, "get_fontsize")) if text.get_text().strip()]


def test_the_map_names_its_words_and_sizes_its_dots():
    rng = np.random.default_rng(0)
    counts = np.array([1200, 120, 12, 60])
    figure = words_through_time(list("abcd"), rng.normal(size=(4, 2)), np.arange(1800, 1804), counts, ["a", "c", "z"])
    named = {text.get_text() for text in texts(figure)}
    assert {"a", "c", "mean year of use"} <= named and not {"b", "z"} & named
    sizes = figure.axes[0].collections[0].get_sizes()
    assert (np.diff(sizes) < 0).all() and len(sizes) == 4  # the largest are drawn first


def test_lines_from_rare_to_frequent_start_at_zero_and_differ_by_shape():
    table = pd.DataFrame({"one": [0.1, 0.4], "other": [0.2, 0.3]}, ["5 to 9", "10 up"])
    figure = by_frequency_figure(table, "title", "share")
    [ax] = figure.axes
    assert ax.get_ylim()[0] == 0 and len({line.get_marker() for line in ax.lines}) == len(ax.lines) == 2
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.1, 0.4], [0.2, 0.3]]


def test_all_texts_are_fourteen_pixels_or_more():
    table = pd.DataFrame({"one": [0.1, 0.4]}, ["a", "b"])
    places, ones = np.zeros((2, 2)) + [[0, 0], [1, 1]], np.array([1900, 1950])
    for figure in (by_frequency_figure(table, "t", "y"), words_through_time(["a", "b"], places, ones, ones, ["a"])):
        # 84 pixels to an inch: what `show` draws, see still.png_bundle
        assert min(text.get_fontsize() for text in texts(figure)) * 84 / 72 >= 14
