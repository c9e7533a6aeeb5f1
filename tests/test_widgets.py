import asyncio
import base64
import gzip
import io
import json
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from embedviz import figures, widgets
from embedviz.columns import OTHER, PALETTE, align, color_columns, group, hover_texts
from embedviz.live_map import Library
from embedviz.neighbors import nearest
from embedviz.pairs import Pairs
from embedviz.table import EmbeddingTable
from embedviz.training import History
from embedviz.widgets import TrainingCurve, explore

NAMES = ["War and Peace", "Anna Karenina", "Emma", "Dune", "<b>Ulysses</b>", "Dubliners"]


def make_table(names=NAMES, dim=5, seed=0):
    return EmbeddingTable(names, np.random.default_rng(seed).normal(size=(len(names), dim)))


@pytest.fixture
def explorer():
    links = {"War and Peace": "abcdefghi", "Anna Karenina": "bcdefghij", "Emma": "aj", "Dune": "z", "<b>Ulysses</b>": "az"}
    pairs = Pairs.from_frame(
        pd.DataFrame([(title, link) for title, letters in links.items() for link in letters], columns=["title", "link"])
    )
    frame = pd.DataFrame(
        {
            "country": ["Russia", "Russia", "England", "America", "Ireland", "Ireland"],
            "year": [1869, 1878, 1815, 1965, 1922, None],
        },
        NAMES,
    )
    return explore(make_table(), pairs, frame, projection="pca", title="Six books")


class FakeJob:
    """Stands for `projection.UmapJob`; a test says when it is done."""

    def __init__(self, vectors, **options):
        self.options, self.progress, self.stage, self.done, self.cancelled = options, 0.25, "layout", False, False
        self.coords = np.asarray(vectors)[:, 2:4] * 10

    def result(self):
        return self.coords

    def cancel(self):
        self.cancelled = True


def test_the_neighbors_are_those_of_the_original_space(explorer):
    found = explorer.select("Emma")
    expected = nearest(explorer.table, "Emma", 5)  # k=10 is more than there are
    assert explorer.selected == explorer.search_box.value == "Emma"
    assert found["name"].tolist() == expected["name"].tolist() and np.array_equal(found["similarity"], expected["similarity"])
    assert explorer.neighbors is found


def test_shared_links_come_rarest_first(explorer):
    # War and Peace and Anna Karenina share b to i, which two books have; the equally rare stand in alphabetical order.
    assert explorer.shared("War and Peace", "Anna Karenina") == list("bcdefghi")
    assert explorer.shared("War and Peace", "<b>Ulysses</b>") == ["a"]
    assert explorer.shared("War and Peace", "Dune") == explorer.shared("Dubliners", "Dune") == []
    more = Pairs.from_frame(
        pd.DataFrame({"title": list("xxxyyyzz"), "link": ["common", "rare", "odd", "common", "rare", "even", "common", "even"]})
    )
    assert explore(make_table(list("xyz")), more, projection="pca").shared("x", "y") == ["rare", "common"]


def test_the_list_is_a_table_with_headings_and_buttons(explorer):
    explorer.select("War and Peace")
    shown = explorer.panel.html
    assert (
        "<caption>Nearest to War and Peace</caption>" in shown
        and shown.count("scope='col'") == 4
        and shown.count("scope='rowgroup'") == 5
    )
    assert "b, c, d, e, f, g + 2 more" in shown and ">none<" in shown
    assert '<button data-name="&lt;b&gt;Ulysses&lt;/b&gt;">&lt;b&gt;Ulysses&lt;/b&gt;</button>' in shown


@pytest.mark.parametrize("text", ["war and peace", "  War and Peace ", "WAR AND PEACE"])
def test_search_forgives_case_and_spaces(explorer, text):
    explorer.search_box.value = text
    assert explorer.selected == "War and Peace" and "Nearest to War and Peace" in explorer.panel.html


def test_unknown_text_gives_suggestions_and_changes_nothing_else(explorer):
    explorer.select("Emma")
    explorer.search_box.value = "Wor and Pece"
    assert explorer.selected == "Emma" and "“Wor and Pece” is not on the map. Did you mean" in explorer.panel.html
    assert '<button data-name="War and Peace">' in explorer.panel.html
    explorer.search_box.value = "<qqq>"
    assert (
        "“&lt;qqq&gt;” is not on the map. Try another spelling." in explorer.panel.html
        and "<button" not in explorer.panel.html
    )
    explorer.search_box.value = "Emma"  # back to what is lit
    assert "Nearest to Emma" in explorer.panel.html
    with pytest.raises(KeyError, match="did you mean 'War and Peace'"):
        explorer.select("Wor and Peace")


def test_an_empty_search_clears(explorer):
    explorer.select("Emma")
    explorer.search_box.value = ""
    assert explorer.selected is None and len(explorer.neighbors) == 0 and explorer.map.lit == []


def test_messages_of_the_page_select(explorer):
    explorer.map._handle_custom_msg({"row": 3}, [])  # a click on the fourth point
    assert explorer.selected == "Dune"
    explorer.panel._handle_custom_msg({"name": "Dubliners"}, [])  # a button in the list
    assert explorer.selected == "Dubliners"


def test_the_figure_shows_all_points_once_and_lights_the_neighbors(explorer):
    explorer.color_box.value = "country"
    plain = explorer.figure
    assert [trace.name for trace in plain.data] == ["Russia (2)", "Ireland (2)", "England (1)", "America (1)"]
    assert [trace.marker.color for trace in plain.data] == list(PALETTE[:4])
    assert sorted(row for trace in json.loads(plain.to_json())["data"] for row in unpacked(trace["customdata"])) == list(range(6))
    assert "PCA 1 (" in plain.layout.xaxis.title.text and "of the variance)" in plain.layout.yaxis.title.text
    points = explorer.map.points
    explorer.select("War and Peace")
    assert explorer.map.points is points  # a selection sends no points again
    lines, lit = explorer.map.lit
    order = [explorer.table.number(name) for name in ("War and Peace", *explorer.neighbors["name"])]
    assert unpacked(lit["customdata"]).tolist() == order[::-1]
    assert np.array_equal(unpacked(lit["x"]), explorer._coords["pca"][order[::-1], 0])
    assert np.isnan(unpacked(lines["x"])).sum() == 5 and unpacked(lines["x"])[0] == explorer._coords["pca"][0, 0]
    assert explorer.figure.layout.annotations[0].text == "<b>War and Peace</b>"
    assert all(list(trace.selectedpoints) == [] for trace in explorer.figure.data[:4])  # the rest is dimmed


def unpacked(packed):
    return np.frombuffer(base64.b64decode(packed["bdata"]), dtype=packed["dtype"])


def test_the_pca_axes_say_the_share_of_the_variance():
    vectors = np.diag([3.0, 2.0, 1.0]).repeat(2, axis=0) * np.tile([1, -1], 3)[:, None]  # variances in proportion 9 : 4 : 1
    axes = explore(EmbeddingTable(list("abcdef"), vectors), projection="pca").figure.layout
    assert axes.xaxis.title.text == "PCA 1 (64% of the variance)" and axes.yaxis.title.text == "PCA 2 (29% of the variance)"


@pytest.mark.parametrize("with_pairs, with_frame", [(True, False), (False, True), (False, False)])
def test_pairs_and_frame_are_optional(with_pairs, with_frame):
    pairs = Pairs.from_frame(pd.DataFrame({"title": NAMES[:2], "link": ["a", "a"]})) if with_pairs else None
    frame = pd.DataFrame({"kind": list("aabbcc")}) if with_frame else None
    explorer = explore(make_table(), pairs, frame, projection="pca", selected="Emma")
    assert ("Links they share" in explorer.panel.html) == with_pairs
    assert explorer.figure.layout.showlegend == with_frame
    assert explorer.static()[0]["image/png"]


def test_two_names_make_a_map_and_one_does_not():
    explorer = explore(make_table(["a", "b"]), projection="pca", selected="a")
    assert explorer.neighbors["name"].tolist() == ["b"] and explorer.static()[0]["image/png"]
    with pytest.raises(ValueError, match="a table of 1 names makes no map"):
        explore(make_table(["a"]))


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"projection": "tsne"}, ValueError, "projection='tsne': it must be"),
        ({"k": 0}, ValueError, "k=0"),
        ({"frame": pd.DataFrame({"a": [1, 2]})}, ValueError, "a frame of 2 rows for 6 names.*'War and Peace'"),
        ({"color": "genre"}, KeyError, "no column 'genre' to color by"),
        ({"selected": "Emmy"}, KeyError, "did you mean 'Emma'"),
        ({"metric": "manhattan", "projection": "umap"}, ValueError, "manhattan"),
    ],
)
def test_bad_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        explore(make_table(), **{"projection": "pca", **options})


# UMAP in the background


def test_umap_replaces_pca_when_it_is_ready(monkeypatch):
    monkeypatch.setattr(widgets, "background_umap", FakeJob)

    async def use():
        explorer = explore(make_table(), min_dist=0.3, selected="Emma")
        job = explorer._job
        assert job.options == {"n_neighbors": 6, "min_dist": 0.3}  # no more neighbors than names
        assert explorer.projection == "pca" and explorer.progress.layout.display is None
        assert (explorer.progress.value, explorer.progress.description) == (0.25, "UMAP: layout")
        job.progress, job.stage = 0.75, "nearly"
        await asyncio.sleep(0.4)
        assert (explorer.progress.value, explorer.progress.description) == (0.75, "UMAP: nearly")
        job.done = True
        await asyncio.sleep(0.4)
        assert explorer.projection == explorer.projection_box.value == "umap" and explorer.progress.layout.display == "none"
        assert explorer.selected == "Emma" and "UMAP keeps 5.0 of" in explorer.note.value
        assert (
            np.array_equal(unpacked(explorer.map.points[0]["x"]), job.coords[:, 0])
            and explorer.figure.layout.xaxis.title.text == "UMAP 1"
        )
        explorer.projection_box.value = "pca"
        assert explorer.projection == "pca" and "PCA 1" in explorer.figure.layout.xaxis.title.text
        explorer.projection_box.value = "umap"
        assert explorer.projection == "umap" and explorer._job is None  # computed once

    asyncio.run(use())


def test_who_went_back_to_pca_stays_there(monkeypatch):
    monkeypatch.setattr(widgets, "background_umap", FakeJob)

    async def use():
        explorer = explore(make_table())
        explorer.show_projection("pca")
        explorer._job.done = True
        await asyncio.sleep(0.4)
        assert explorer._job is None and explorer.projection == "pca" and explorer.progress.layout.display == "none"
        explorer.projection_box.value = "umap"
        assert explorer.projection == "umap"

    asyncio.run(use())


def test_a_failed_umap_leaves_pca_and_says_why(monkeypatch):
    class Failing(FakeJob):
        def result(self):
            raise RuntimeError("the worker <died>")

    monkeypatch.setattr(widgets, "background_umap", Failing)
    explorer = explore(make_table()).wait()
    assert (
        explorer.projection == explorer.projection_box.value == "pca"
        and "UMAP could not be computed: the worker &lt;died&gt;" in explorer.note.value
    )
    assert explorer.progress.layout.display == "none"


def test_closing_cancels(monkeypatch):
    monkeypatch.setattr(widgets, "background_umap", FakeJob)
    explorer = explore(make_table())
    explorer.close()
    assert explorer._job.cancelled


def test_faithfulness_is_shown(explorer):
    # Six points have five neighbors each, on the map as in the original space: all are kept.
    assert "PCA keeps 5.0 of a name’s 5 nearest neighbors" in explorer.note.value
    assert explorer.faithfulness["pca"].tolist() == [1] * 6
    assert "5 of its 5 nearest are near it here" in explorer.map.points[0]["text"][0]


# The still picture


def test_the_static_form_is_a_small_png_with_alt_text(explorer):
    explorer.color_box.value = "country"
    explorer.select("Emma")
    data, metadata = explorer.static()
    image = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert image.size == (1512, 907) and (metadata["image/png"]["width"], metadata["image/png"]["height"]) == (
        756,
        453,
    )  # two pixels to one
    alt = metadata["image/png"]["alt"]
    assert alt == data["text/plain"]
    assert alt.startswith(
        "Six books: PCA of 6 vectors of 5 dimensions. Color shows country: Russia 2, Ireland 2, England 1, America 1. "
        "Lit: Emma and its nearest neighbors, "
    )
    shades = np.array([color for _, color in image.convert("RGB").getcolors()])
    for color in PALETTE[:4]:  # few colors make the file small; those of the legend must not be lost
        assert np.abs(shades - list(bytes.fromhex(color[1:]))).max(axis=1).min() <= 8


def test_a_big_static_form_stays_small():
    table = make_table([f"name {i}" for i in range(8000)], dim=2)
    frame = pd.DataFrame({"kind": np.random.default_rng(0).choice(list("abcdefghij"), 8000)})
    explorer = explore(table, frame=frame, projection="pca", selected="name 7")
    assert explorer.map.points[0]["type"] == "scattergl"
    assert len(explorer.static()[0]["image/png"]) < 300_000


def test_a_displayed_explorer_is_a_picture_words_and_a_widget(explorer, monkeypatch):
    shown = []
    monkeypatch.setattr(widgets, "display", lambda data, **options: shown.append((data, options)))
    explorer.select("Emma")
    explorer._ipython_display_()
    (picture, picture_options), (words, _), (view, _) = shown
    assert base64.b64decode(picture["image/png"]).startswith(b"\x89PNG") and picture_options["metadata"]["image/png"]["alt"]
    assert (
        "<caption>Nearest to Emma</caption>" in words["text/html"]
        and "<button" not in words["text/html"]
        and "<style>" in words["text/html"]
    )
    assert view["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert len(json.dumps([picture, words, view])) < 400_000


def test_plotly_is_sent_once_for_all_maps(explorer):
    other = explore(make_table(), projection="pca")
    assert other.map.library == explorer.map.library == Library.shared().model_id
    assert gzip.decompress(Library.shared().code) == (resources.files("plotly") / "package_data/plotly.min.js").read_bytes()
    assert len(json.dumps(explorer.map.get_state(), default=str)) < 100_000


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
        groups.labels[0].startswith("1900 to 19") and groups.labels[-2].endswith("to 1999") and groups.labels[-1] == "not given"
    )
    assert len(groups.labels) == 6 and groups.counts[:5].min() >= 19 and groups.counts[5] == 1
    ends = [tuple(map(int, label.split(" to "))) for label in groups.labels[:-1]]
    assert all(low == high + 1 for (_, high), (low, _) in zip(ends, ends[1:]))  # no year in two ranges, none in no range
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
    assert aligned["v"].tolist() == [1, 2, 3] and aligned.index.tolist() == ["a", "b", "c"] and list(aligned.columns) == ["v"]


def test_columns_to_color_by():
    frame = pd.DataFrame({"year": range(30), "author": [f"author {i}" for i in range(30)], "kind": ["a", "b", "c"] * 10})
    assert color_columns(frame, None) == ["kind", "year"]
    assert color_columns(frame, "author") == ["author"] and color_columns(frame, ["year", "author"]) == ["year", "author"]


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

    monkeypatch.setattr(widgets, "get_ipython", lambda: object())
    monkeypatch.setattr(widgets, "display", lambda data, **options: events.append(("display", data, options)) or Handle())
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
    assert scores.lines[0].get_xdata().tolist() == [1, 2, 3] and scores.lines[0].get_ydata() == pytest.approx([0.1, 0.2, 0.3])
    curve(None, History([{"epoch": 1, "loss": 1.0, "seconds": 0.1}]))  # another run
    assert events[-1][0] == "display" and len(curve.figure.axes) == 1


def test_a_script_trains_without_a_screen(capsys):
    curve = TrainingCurve()
    curve(None, History([{"epoch": 1, "loss": 1.0, "seconds": 0.1}]))
    assert curve.figure is not None and capsys.readouterr().out == ""
