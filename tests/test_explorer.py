"""`explore` without a page: what it computes, and what it sends."""

import asyncio
import base64
import io
import json
import unicodedata

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from ipywidgets.widgets.widget import _instances
from PIL import Image
from sklearn.decomposition import PCA
from waiting import async_wait_until

from embedviz.inputs.pairs import Pairs
from embedviz.space.distortion import faithfulness
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import base as widgets
from embedviz.widgets import explorer as explorer_module
from embedviz.widgets.explorer import explore
from embedviz.widgets.look import PALETTE

NAMES = ["War and Peace", "Anna Karenina", "Emma", "Dune", "<b>Ulysses</b>", "Dubliners"]


def make_table(names=NAMES, dim=5, seed=0):
    return EmbeddingTable(names, np.random.default_rng(seed).normal(size=(len(names), dim)))


@pytest.fixture
def explorer():
    links = {
        "War and Peace": "abcdefghi",
        "Anna Karenina": "bcdefghij",
        "Emma": "aj",
        "Dune": "z",
        "<b>Ulysses</b>": "az",
    }
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
    assert found["name"].tolist() == expected["name"].tolist() and np.array_equal(
        found["similarity"], expected["similarity"]
    )
    assert explorer.neighbors is found


def test_shared_links_come_rarest_first(explorer):
    # War and Peace and Anna Karenina share b to i, which two books have; the equally rare stand in alphabetical order.
    assert explorer.shared("War and Peace", "Anna Karenina") == list("bcdefghi")
    assert explorer.shared("War and Peace", "<b>Ulysses</b>") == ["a"]
    assert explorer.shared("War and Peace", "Dune") == explorer.shared("Dubliners", "Dune") == []
    more = Pairs.from_frame(
        pd.DataFrame(
            {"title": list("xxxyyyzz"), "link": ["common", "rare", "odd", "common", "rare", "even", "common", "even"]}
        )
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
    assert explorer.selected is None and len(explorer.neighbors) == 0 and explorer.map.lit["rows"] == []


def test_messages_of_the_page_select(explorer):
    explorer.map._handle_custom_msg({"row": 3}, [])  # a click on the fourth point
    assert explorer.selected == "Dune"
    explorer.panel._handle_custom_msg({"name": "Dubliners"}, [])  # a button in the list
    assert explorer.selected == "Dubliners"


def test_the_figure_shows_all_points_once_and_lights_the_neighbors(explorer):
    explorer.color_box.value = "country"
    plain = explorer.figure
    assert [trace.name for trace in plain.data] == ["Russia (2)", "Ireland (2)", "England (1)", "America (1)"]
    rgb = ["rgba({},{},{},0.80)".format(*bytes.fromhex(color[1:])) for color in PALETTE[:4]]
    assert [trace.marker.color[0] for trace in plain.data] == rgb
    assert sorted(row for trace in plain.data for row in trace.customdata) == list(range(6))
    assert "PCA 1 (" in plain.layout.xaxis.title.text and "of the variance)" in plain.layout.yaxis.title.text
    coords = explorer.map.coords
    np.testing.assert_allclose(
        explorer.map.placed, PCA(2).fit_transform(explorer.table.vectors) * signs(explorer), atol=1e-5
    )
    explorer.select("War and Peace")
    assert explorer.map.coords is coords  # a selection sends no points again
    order = [explorer.table.number(name) for name in ("War and Peace", *explorer.neighbors["name"])]
    assert explorer.map.lit == {"rows": order, "kinds": ["true"] * 6}
    lines, lit = explorer.figure.data[-2:]
    assert lit.customdata.tolist() == order and lit.text[0] == "<b>War and Peace</b>" and len(lines.x) == 15
    assert all(
        "0.15)" in color for trace in explorer.figure.data[:4] for color in trace.marker.color
    )  # the rest is dimmed


def signs(explorer):
    theirs = PCA(2).fit_transform(explorer.table.vectors)
    return np.sign((theirs * explorer.map.placed).sum(axis=0))


def test_the_pca_axes_say_the_share_of_the_variance():
    vectors = (
        np.diag([3.0, 2.0, 1.0]).repeat(2, axis=0) * np.tile([1, -1], 3)[:, None]
    )  # variances in proportion 9 : 4 : 1
    axes = explore(EmbeddingTable(list("abcdef"), vectors), projection="pca").figure.layout
    assert (
        axes.xaxis.title.text == "PCA 1 (64% of the variance)"
        and axes.yaxis.title.text == "PCA 2 (29% of the variance)"
    )


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


@pytest.mark.slow
def test_umap_replaces_pca_when_it_is_ready(monkeypatch):
    monkeypatch.setattr(explorer_module, "background_umap", FakeJob)

    async def use():
        explorer = explore(make_table(), min_dist=0.3, selected="Emma")
        job = explorer._job
        # No more neighbors than names.
        assert job.options == {"dim": 2, "n_neighbors": 6, "min_dist": 0.3, "metric": "cosine", "cache": True}
        assert explorer.projection == "pca" and explorer.progress.layout.display is None
        assert (explorer.progress.value, explorer.progress.description) == (0.25, "UMAP: layout")
        job.progress, job.stage = 0.75, "nearly"
        await async_wait_until(lambda: explorer.progress.value == 0.75, "the progress")
        assert explorer.progress.description == "UMAP: nearly"
        job.done = True
        await async_wait_until(lambda: "UMAP keeps" in explorer.note.value, "UMAP, and its measure")
        assert (
            explorer.projection == explorer.projection_box.value == "umap"
            and explorer.progress.layout.display == "none"
        )
        assert explorer.selected == "Emma" and "UMAP keeps 5.0 of" in explorer.note.value
        assert np.array_equal(explorer.map.placed, job.coords) and explorer.figure.layout.xaxis.title.text == "UMAP 1"
        explorer.projection_box.value = "pca"
        assert explorer.projection == "pca" and "PCA 1" in explorer.figure.layout.xaxis.title.text
        explorer.projection_box.value = "umap"
        assert explorer.projection == "umap" and explorer._job is None  # computed once

    asyncio.run(use())


def test_who_went_back_to_pca_stays_there(monkeypatch):
    monkeypatch.setattr(explorer_module, "background_umap", FakeJob)

    async def use():
        explorer = explore(make_table())
        explorer.show_projection("pca")
        explorer._job.done = True
        await async_wait_until(lambda: explorer._job is None, "the job")
        assert explorer.projection == "pca" and explorer.progress.layout.display == "none"
        explorer.projection_box.value = "umap"
        assert explorer.projection == "umap"

    asyncio.run(use())


def test_a_failed_umap_leaves_pca_and_says_why(monkeypatch):
    class Failing(FakeJob):
        def result(self):
            raise RuntimeError("the worker <died>")

    monkeypatch.setattr(explorer_module, "background_umap", Failing)
    explorer = explore(make_table()).wait()
    assert (
        explorer.projection == explorer.projection_box.value == "pca"
        and "UMAP could not be computed: the worker &lt;died&gt;" in explorer.note.value
    )
    assert explorer.progress.layout.display == "none"


def test_closing_cancels(monkeypatch):
    monkeypatch.setattr(explorer_module, "background_umap", FakeJob)
    explorer = explore(make_table(), projection="umap")
    job = explorer._job
    explorer.close()
    assert job.cancelled


def test_faithfulness_is_shown(explorer):
    # Six points have five neighbors each, on the map as in the original space: all are kept.
    assert "PCA keeps 5.0 of a name’s 5 nearest neighbors" in explorer.note.value
    assert explorer.faithfulness["pca"].tolist() == [1] * 6
    assert list(explorer.map.kept) == [5] * 6 and explorer.map.kept_of == 5


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


@pytest.mark.slow
def test_a_big_static_form_stays_small():
    table = make_table([f"name {i}" for i in range(8000)], dim=2)
    frame = pd.DataFrame({"kind": np.random.default_rng(0).choice(list("abcdefghij"), 8000)})
    explorer = explore(table, frame=frame, projection="pca", selected="name 7")
    assert len(explorer.static()[0]["image/png"]) < 300_000


def test_a_displayed_explorer_is_a_picture_words_and_a_widget(explorer, monkeypatch):
    shown = []
    monkeypatch.setattr(widgets, "display", lambda data, **options: shown.append((data, options)))
    explorer.select("Emma")
    explorer._ipython_display_()
    (picture, picture_options), (words, _), (view, _) = shown
    assert (
        base64.b64decode(picture["image/png"]).startswith(b"\x89PNG")
        and picture_options["metadata"]["image/png"]["alt"]
    )
    assert (
        "<caption>Nearest to Emma</caption>" in words["text/html"]
        and "<button" not in words["text/html"]
        and "<style>" in words["text/html"]
    )
    assert view["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert len(json.dumps([picture, words, view])) < 400_000


# Dimensions, directions, epochs, and what is shared


def test_three_dimensions(explorer):
    explorer.dim_box.value = 3
    assert explorer.map.view["dim"] == 3 and explorer.map.placed.shape == (6, 3) and len(explorer.map.view["axes"]) == 3
    theirs = PCA(3).fit_transform(explorer.table.vectors)
    np.testing.assert_allclose(np.abs(explorer.map.placed), np.abs(theirs), atol=1e-5)
    assert explorer.figure.data[0].type == "scatter3d" and explorer.static()[0]["image/png"]


def test_a_direction_by_program_and_what_it_does_not_know(explorer):
    explorer.show_direction("War and Peace", "emma, Dune")
    assert (
        explorer.projection == "direction"
        and explorer.map.view["axes"][0] == "from War and Peace (0) to emma, Dune (1)"
    )
    x = explorer.map.placed[:, 0]
    assert x[0] == pytest.approx(0, abs=1e-6) and x[2:4].mean() == pytest.approx(1, abs=1e-6)
    with pytest.raises(KeyError, match="did you mean 'Emma'"):
        explorer.show_direction("Dune", "Emmy")
    explorer.to_box.value = "Emmy"
    assert "did you mean &#x27;Emma&#x27;" in explorer.alert.value and explorer.projection == "direction"
    explorer.to_box.value = "War and Peace"
    assert "at the same place" in explorer.alert.value


def test_what_the_chosen_share(explorer):
    found = explorer.choose(["War and Peace", "Anna Karenina"])
    assert found.empty and "Nothing that chance would not explain" in explorer.panel.html  # two of six prove nothing
    assert np.frombuffer(explorer.map.selection, dtype=np.int32).tolist() == [0, 1] and explorer.chosen == NAMES[:2]
    explorer.map._handle_custom_msg({"lasso": 3}, [np.array([2, 3, 4], dtype=np.int32).tobytes()])
    assert explorer.chosen == NAMES[2:5] and "What these 3 share" in explorer.panel.html
    explorer.select("Dune")
    assert explorer.chosen == [] and explorer.map.selection == b""
    explorer.map._handle_custom_msg({"lasso": 0}, [b""])  # a loop around nothing
    assert explorer.selected is None


def test_a_cluster_gets_its_name():
    names = [f"n{i}" for i in range(60)]
    frame = pd.DataFrame({"kind": ["a"] * 20 + ["b"] * 40, "size": range(60)}, names)
    explorer = explore(make_table(names), None, frame, projection="pca")
    found = explorer.choose(names[:15])
    assert found["trait"].tolist() == ["kind: a"] and found["lift"].tolist() == [3.0]
    assert (
        "kind: a" in explorer.panel.html
        and "3.0×" in explorer.panel.html
        and "what they share most: kind: a" in explorer.describe()
    )


def test_sizes_are_proportional_to_the_area(explorer):
    explorer.size_box.value = "number of links"
    radii = np.frombuffer(explorer.map.radii, dtype=np.float32)
    assert (radii[0] / radii[2]) ** 2 == pytest.approx(9 / 2, rel=1e-5) and radii[
        5
    ] == radii.min()  # Dubliners has none
    explorer.size_box.value = "all alike"
    assert explorer.map.radii == b""
    with pytest.raises(KeyError, match="size='fame': it must be one of"):
        explore(make_table(), size="fame")


def test_distortion_is_what_both_neighborhoods_say():
    table = make_table([f"n{i}" for i in range(50)])
    explorer = explore(table, projection="pca", selected="n7", k=5)
    explorer.distortion_box.value = True
    coords, lit = explorer.map.placed, explorer.map.lit
    near = {int(row) for row in np.argsort(np.linalg.norm(coords - coords[7], axis=1))[1:6]}
    true = {table.number(name) for name in nearest(table, "n7", 5)["name"]}
    kinds = dict(zip(lit["rows"], lit["kinds"]))
    assert {row for row in kinds if kinds[row] == "torn"} == true - near and {
        row for row in kinds if kinds[row] == "false"
    } == near - true
    assert true - near and near - true  # the test can fail
    false = next(iter(near - true))
    ranks = nearest(table, "n7", 49)["name"].tolist()
    assert f"<td>{ranks.index(f'n{false}') + 1}</td>" in explorer.panel.html


class Taken:
    """Stands for `Snapshots`."""

    def __init__(self, n=4):
        start, end = make_table(seed=0).vectors, make_table(seed=1).vectors
        self.epochs = list(range(n))
        self.tables = [EmbeddingTable(NAMES, start + (end - start) * i / (n - 1)) for i in range(n)]

    def __len__(self):
        return len(self.tables)


def test_the_epochs_have_one_scale_and_their_own_neighbors():
    taken = Taken()
    explorer = explore(snapshots=taken, projection="pca", selected="Emma")
    assert explorer.epoch == 3 and explorer.table is taken.tables[3] and "after epoch 3" in explorer.describe()
    last, scale = explorer.map.placed, explorer.map.view["range"]
    explorer.show_epoch(0)
    assert explorer.map.view["range"] == scale and not np.array_equal(explorer.map.placed, last)
    assert explorer.neighbors["name"].tolist() == nearest(taken.tables[0], "Emma", 5)["name"].tolist()
    explorer.player.value = 3  # as the page plays it
    assert explorer.epoch == 3 and explorer.epoch_box.value == 3
    np.testing.assert_allclose(explorer.map.placed, last, atol=1e-6)
    explorer.map._handle_custom_msg({"key": "play"}, [])  # at the end: from the first
    assert explorer.epoch == 0 and explorer.player.playing
    explorer.map._handle_custom_msg({"key": "play"}, [])
    assert not explorer.player.playing
    explorer.map._handle_custom_msg({"key": "play"}, [])
    explorer.player.value = 3
    assert not explorer.player.playing  # at the end it stops by itself
    with pytest.raises(ValueError, match="epoch=9: there are snapshots of 0, 1, 2, 3"):
        explorer.show_epoch(9)


def test_umap_is_of_the_last_epoch(monkeypatch):
    monkeypatch.setattr(explorer_module, "background_umap", FakeJob)
    explorer = explore(snapshots=Taken(), projection="pca")
    explorer.show_epoch(1)
    explorer.show_projection("umap")
    assert explorer.epoch == 3
    explorer.wait()
    assert explorer.projection == "umap"
    explorer.show_epoch(2)
    assert explorer.projection == explorer.projection_box.value == "pca"


def test_a_map_that_grows_follows_the_last_epoch_unless_another_is_looked_at():
    taken = Taken()
    explorer = explore(taken.tables[0], projection="pca")
    assert explorer.epoch_row.layout.display == "none"
    explorer.add_snapshot(1, taken.tables[1])
    assert explorer.epoch == 1 and explorer.epoch_row.layout.display is None and explorer.player.max == 1
    explorer.show_epoch(0)
    explorer.add_snapshot(2, taken.tables[2])
    assert explorer.epoch == 0 and (explorer.epoch_box.min, explorer.epoch_box.max, explorer.epoch_box.value) == (
        0,
        2,
        0,
    )
    explorer.show_epoch(2)
    with pytest.raises(ValueError, match="a snapshot of 2 names in 5 dimensions"):
        explorer.add_snapshot(3, make_table(["a", "b"]))


def test_snapshots_must_end_with_the_table():
    taken = Taken()
    with pytest.raises(ValueError, match="the last snapshot is not the table"):
        explore(taken.tables[0], snapshots=taken)
    with pytest.raises(ValueError, match="neither a table nor snapshots"):
        explore()
    with pytest.raises(ValueError, match="of 6 names, the table has 2"):
        explore(make_table(["a", "b"]), snapshots=taken)


def test_other_parameters_are_another_map(monkeypatch):
    monkeypatch.setattr(explorer_module, "background_umap", FakeJob)
    explorer = explore(make_table(), min_dist=0.3).wait()
    explorer.min_dist_box.value = 0.5
    first = explorer._job
    assert first.options["min_dist"] == 0.5
    explorer.metric_box.value = "euclidean"
    assert first.cancelled and explorer._job.options["metric"] == "euclidean"
    explorer.wait()
    explorer.min_dist_box.value, explorer.metric_box.value = 0.3, "cosine"
    assert explorer._job is None  # the first is still there


# What used to go wrong


@pytest.mark.parametrize("dim", [1, 2])
def test_vectors_of_one_or_two_numbers_have_maps_of_two_and_three_dimensions(dim, monkeypatch):
    class Zeros(FakeJob):
        def result(self):
            return np.zeros((6, self.options["dim"]))

    monkeypatch.setattr(explorer_module, "background_umap", Zeros)
    explorer = explore(make_table(dim=dim), projection="pca", selected="Emma")
    for shown in (2, 3):
        explorer.dim_box.value = shown
        explorer.show_direction("Emma", "Dune") if dim == 2 else None
        explorer.show_projection("pca")
        assert explorer.map.placed.shape == (6, shown) and not explorer.map.placed[:, dim:].any()
    assert explorer.wait().map.placed.shape == (6, 3)


def test_the_list_tells_of_the_map_that_is_drawn():
    explorer = explore(make_table([f"n{i}" for i in range(50)]), projection="pca", selected="n7", k=5)
    explorer.distortion_box.value = True

    def listed():
        return sorted(
            name
            for name in explorer.neighbors["name"]
            if f">{name}</button></th><td>{similarity(name)}</td><td>torn" in explorer.panel.html
        )

    def similarity(name):
        return f"{explorer.neighbors.set_index('name')['similarity'][name]:.2f}"

    def torn():
        lit = explorer.map.lit
        return sorted(str(explorer.table.names[row]) for row, kind in zip(lit["rows"], lit["kinds"]) if kind == "torn")

    flat = torn()
    assert listed() == flat
    explorer.dim_box.value = 3
    assert listed() == torn() != flat


@pytest.mark.slow
def test_epochs_that_are_played_are_not_measured_until_the_last(monkeypatch):
    measured = []
    monkeypatch.setattr(
        explorer_module,
        "_measured",
        lambda *arguments: measured.append(1) or explorer_module._Measures(np.ones(6), None),
    )

    async def use():
        explorer = explore(snapshots=Taken(), projection="pca")
        explorer.show_epoch(0)
        explorer.player.playing = True
        for epoch in (1, 2):
            explorer.player.value = epoch
            await asyncio.sleep(0.4)
        assert not measured
        explorer.player.value = 3
        await async_wait_until(lambda: explorer.faithfulness, "the measure")
        assert len(measured) == 1 and explorer.faithfulness["pca"].tolist() == [1] * 6

    asyncio.run(use())


def test_a_still_picture_while_another_map_is_computed_and_after_that_has_failed(monkeypatch):
    class Failing(FakeJob):
        def result(self):
            raise RuntimeError("no memory")

    monkeypatch.setattr(explorer_module, "background_umap", FakeJob)
    explorer = explore(make_table()).wait()
    monkeypatch.setattr(explorer_module, "background_umap", Failing)
    explorer.min_dist_box.value = 0.5
    assert explorer.static()[0]["image/png"] and explorer._job is not None
    explorer.wait()
    assert (
        "no memory" in explorer.note.value
        and explorer.min_dist_box.value == 0.1
        and explorer.projection == explorer.projection_box.value == "umap"
    )
    explorer.show_direction("Emma", "Dune")
    explorer.to_box.value = "zzz"
    assert explorer.static()[0]["image/png"]


@pytest.mark.slow
def test_awkward_names():
    names = ["the", "The", "$$", "$1_000_$", "x"]
    explorer = explore(make_table(names), projection="pca", title="$ & $")
    for name in names:
        explorer.panel._handle_custom_msg({"name": name}, [])
        assert explorer.selected == name and explorer.static()[0]["image/png"]


def test_starting_over_keeps_the_settings():
    taken = Taken()
    frame = pd.DataFrame({"kind": list("aabbcc"), "size": range(6)}, NAMES)
    explorer = explore(taken.tables[0], frame=frame, projection="pca", selected="Emma")
    explorer.color_box.value, explorer.dim_box.value = "size", 3
    first = explorer.map.placed
    explorer.add_snapshot(1, taken.tables[3])
    explorer.start_over(taken.tables[0])
    np.testing.assert_array_equal(explorer.map.placed, first)
    assert explorer.epoch is None and explorer.color_box.value == "size" and explorer.selected == "Emma"
    assert explorer.neighbors["name"].tolist() == nearest(taken.tables[0], "Emma", 5)["name"].tolist()
    explorer.add_snapshot(1, taken.tables[1])
    assert explorer.epoch == 1


def test_closing_gives_up_all_that_the_widget_is_made_of():
    explorer = explore(make_table(), projection="pca")
    models = [
        explorer.map,
        explorer.map_view,
        explorer.panel,
        explorer.search_box,
        explorer.from_box,
        explorer.color_box,
        explorer,
    ]
    assert all(model.comm is not None for model in models)
    explorer.close()
    assert all(model.comm is None for model in models)


# Names, by any spelling


def test_a_name_is_found_by_any_key_that_means_it():
    explorer = explore(EmbeddingTable([1, 2, 3, 50], make_table().vectors[:4]), projection="pca", selected=2)
    assert explorer.selected == "2"
    for key in (50, 50.0, np.int64(50), "50", " 50 "):
        explorer.select(None)
        explorer.select(key)
        assert explorer.selected == explorer.search_box.value == "50"
    explorer.search_box.value = " 3"
    assert explorer.selected == "3"
    explorer.choose([1, 2.0, "3"])
    assert explorer.chosen == ["1", "2", "3"]
    explorer.show_direction("1", "2, 50")
    assert explorer.projection == "direction"
    with pytest.raises(KeyError, match="'51' is not in the table"):
        explorer.select(51)
    with pytest.raises(ValueError, match="a name is missing"):
        explorer.select(float("nan"))


def test_what_the_search_lists_is_found_however_its_letters_are_composed():
    names = ["Les Misérables", "Ἰλιάς", "a b", "İstanbul"]
    explorer = explore(make_table(names), projection="pca")
    for name in explorer.search_box.names:
        for spelling in (name, unicodedata.normalize("NFD", name), f"  {name.replace(' ', '   ')} "):
            explorer.select(None)
            explorer.search_box.value = spelling
            assert explorer.selected == name, spelling
            assert explorer.select(spelling) is explorer.neighbors


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 5000])
def test_text_that_no_name_can_be_is_not_on_the_map(explorer, text):
    explorer.search_box.value = text
    assert explorer.selected is None and "is not on the map" in explorer.panel.html
    explorer.projection_box.value = "direction"
    explorer.from_box.value = explorer.to_box.value = text
    assert "role='alert'" in explorer.alert.value


# Frames as people have them


def test_a_frames_rows_find_their_names_by_key():
    table = EmbeddingTable([10, 20, 30], make_table().vectors[:3])
    frame = pd.DataFrame({"kind": ["c", "b", "a"]}, [30, 20, 10])
    explorer = explore(table, frame=frame, projection="pca")
    assert [explorer.groups.labels[code] for code in explorer.groups.codes] == ["a", "b", "c"]
    assert "kind: a" in explorer.map.texts[0]
    with pytest.raises(ValueError, match="lacks 1 of 3 names: '30'"):
        explore(table, frame=frame.rename(index={30: 31}), projection="pca")


ODD = pd.DataFrame(
    {
        "type": list("xyxyxy"),
        "keys": [1, 2, 3, 4, 5, 6],
        "values": [1.5, None, 2, 3, 4, 5],
        "a.b": [{"k": 1}, {"k": 1}, None, {}, {"l": [2]}, {"k": 1}],
        0: [[1, 2], [1], [], None, (3,), {4}],
        None: pd.date_range("2020-01-01", periods=6),
        ("a", 1): pd.Categorical(list("bbabaa"), categories=list("zab")),
        "neighbors kept": list("ppqqrr"),
        "all alike": [1, 2, 3, 4, 5, 6],
        "number of links": [6, 5, 4, 3, 2, 1],
        "struct": pd.Series([{"x": 1}] * 5 + [None], dtype=pd.ArrowDtype(pa.struct([("x", pa.int64())]))).array,
        "<b>": [True, False, None, True, True, True],
        "$$": [np.inf, 1, 2, 3, -np.inf, 4],
        "whole": pd.array([1, None, 3, 4, 5, 6], dtype="Int64"),
    },
    NAMES,
)


def test_every_odd_column_can_be_looked_at():
    explorer = explore(make_table(), frame=ODD, projection="pca", selected="Emma")
    assert all(isinstance(label, str) for label in explorer.color_box.options)
    assert len(set(explorer.color_box.options)) == len(explorer.color_box.options) == len(ODD.columns) + 1
    for label in explorer.color_box.options:
        explorer.color_box.value = label
        assert len(explorer.groups.codes) == 6 and 0 not in explorer.groups.counts and explorer.describe()
        assert explorer.figure
        assert label not in ("$$", "None") or explorer.static()[0]["image/png"]
    for label in explorer.size_box.options:
        explorer.size_box.value = label
        assert label == "all alike" or np.isfinite(np.frombuffer(explorer.map.radii, dtype=np.float32)).all()
    explorer.choose(NAMES[:3])


@pytest.mark.parametrize("color", [0, None, ("a", 1), "type", "a.b", [0, "keys"]])
def test_a_column_of_any_name_can_be_asked_for(color):
    asked = [None] if color is None else color
    explorer = explore(make_table(), frame=ODD, color=asked, projection="pca", size="keys")
    first = asked[0] if isinstance(asked, list) else asked
    assert explorer.color_box.value == str(first) and explorer.size_box.value == "keys"


def test_a_column_that_comes_twice_is_named():
    frame = pd.DataFrame([[1, 2]] * 6, NAMES, columns=["kind", "kind"])
    with pytest.raises(ValueError, match="the column 'kind' more than once"):
        explore(make_table(), frame=frame, projection="pca")


# Options


def test_every_option_of_umap_is_used(monkeypatch):
    monkeypatch.setattr(explorer_module, "background_umap", FakeJob)
    options = {"n_neighbors": 3, "min_dist": 0.2, "metric": "euclidean", "seed": 7, "n_epochs": 50, "cache": False}
    explorer = explore(make_table(), dim=3, **options)
    assert explorer._job.options == {"dim": 3, **options} and explorer.dim_box.value == 3
    assert explorer.map.placed.shape == (6, 3)


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"dim": 4}, ValueError, "dim=4"),
        ({"dim": True}, ValueError, "dim=True"),
        ({"n_neighbors": 1}, ValueError, "n_neighbors=1: it must be a whole number from 2 to 6"),
        ({"n_neighbors": 7}, ValueError, "n_neighbors=7"),
        ({"n_neighbors": 2.5}, ValueError, "n_neighbors=2.5"),
        ({"min_dist": 2}, ValueError, "min_dist=2"),
        ({"seed": -1}, ValueError, "seed=-1"),
        ({"n_epochs": 0}, ValueError, "n_epochs=0"),
        ({"neighbors": 5}, TypeError, "no option 'neighbors'"),
        ({"size": "genre"}, KeyError, "size='genre'"),
    ],
)
def test_what_cannot_be_honored_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        explore(make_table(), **{"projection": "pca", **options})


def test_three_dimensions_need_as_many():
    with pytest.raises(ValueError, match="dim=3: vectors of shape"):
        explore(make_table(dim=2), projection="pca", dim=3)


def test_options_are_given_by_name():
    with pytest.raises(TypeError, match="positional"):
        explore(make_table(), None, None, "kind")


# Big tables


def test_a_big_table_is_measured_by_a_sample(monkeypatch):
    monkeypatch.setattr(explorer_module, "MEASURED", 150)
    monkeypatch.setattr(explorer_module, "COMPARED", 0)  # 100 names, the least
    table = make_table([f"n{i}" for i in range(200)])
    explorer = explore(table, projection="pca")
    kept = explorer.faithfulness["pca"]
    asked = ~np.isnan(kept)
    assert asked.sum() == 100 and len(explorer.trust["pca"]) == 2 and explorer.map.kept == b""
    np.testing.assert_allclose(kept[asked], faithfulness(table.vectors, explorer.map.placed, 10)[asked], atol=1e-6)
    assert "on average of a sample of 100 names" in explorer.note.value and "Trustworthiness" in explorer.note.value
    explorer.color_box.value = "neighbors kept"
    assert explorer.groups.labels[-1] == "not given" and explorer.groups.counts[-1] == 100


def test_umap_of_a_very_big_table_waits_until_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(explorer_module, "background_umap", FakeJob)
    monkeypatch.setattr(explorer_module, "UMAP_MOST", 5)
    monkeypatch.setattr(explorer_module, "HOVERED", 5)
    explorer = explore(make_table())
    assert (
        explorer.projection == "pca" and explorer._job is None and "UMAP of 6 names takes long" in explorer.note.value
    )
    assert explorer.map.texts == [] and explorer.figure.data[0].hovertext[4] == "&lt;b&gt;Ulysses&lt;/b&gt;"
    explorer.projection_box.value = "umap"
    assert explorer._job is not None
    assert explore(make_table(), projection="umap")._job is not None


# Starting over, and closing


def test_starting_over_forgets_the_umap_of_the_old_vectors(monkeypatch):
    monkeypatch.setattr(explorer_module, "background_umap", FakeJob)
    old, new = Taken().tables[0], Taken().tables[3]
    explorer = explore(old, projection="umap")
    job = explorer._job
    explorer.start_over(new)
    assert job.cancelled and explorer._job is not job and explorer.projection == "pca"
    explorer.wait()
    np.testing.assert_array_equal(explorer.map.placed, new.vectors[:, 2:4] * 10)
    explorer.start_over(old)  # while it is shown
    assert explorer.projection == "pca" and explorer._job is not None
    explorer.wait()
    np.testing.assert_array_equal(explorer.map.placed, old.vectors[:, 2:4] * 10)


@pytest.mark.parametrize("first", [0, 5, 150])
def test_the_player_after_starting_over(first):
    taken = Taken()
    taken.epochs = [first + epoch for epoch in taken.epochs]
    explorer = explore(snapshots=taken, projection="pca")
    assert (explorer.epoch_box.min, explorer.epoch_box.max) == (first, first + 3)
    explorer.start_over(taken.tables[0])
    assert explorer.player.max == explorer.player.value == 0 and explorer.epoch is None
    explorer._go_to(3)  # what the page still sends
    assert explorer.epoch is None
    explorer.add_snapshot(1, taken.tables[1])
    assert explorer.epoch == explorer.epoch_box.value == 1
    assert explorer.player.max == explorer.player.value == 1
    assert (explorer.epoch_box.min, explorer.epoch_box.max) == (0, 1)


def shows(monkeypatch):
    """Cells to show widgets in: show(cell, execution, widget)."""
    monkeypatch.setattr(widgets, "display", lambda *shown, **options: None)
    monkeypatch.setattr(widgets.LiveWidget, "_show_static", lambda widget, show: None)  # takes its time

    def show(cell, execution, widget):
        monkeypatch.setattr(widgets, "running_cell", lambda: (cell, execution))
        widget._ipython_display_()

    return show


def test_a_cell_that_is_run_again_leaves_no_models_behind(monkeypatch):
    show = shows(monkeypatch)
    show("again", "0", explore(make_table(), projection="pca"))
    count = len(_instances)
    for execution in "123":
        show("again", execution, explore(make_table(), projection="pca"))
        assert len(_instances) == count


def test_only_what_no_cell_shows_any_more_is_closed(monkeypatch):
    show = shows(monkeypatch)
    one, other, third = (explore(make_table(), projection="pca") for _ in range(3))
    show("two maps", "1", one)
    show("two maps", "1", other)  # of the same execution
    show("elsewhere", "2", one)
    assert not one.closed and not other.closed
    show("two maps", "3", third)
    assert other.closed and not one.closed and not third.closed  # one is still shown elsewhere
    show("elsewhere", "4", third)
    assert one.closed and not third.closed
    show("elsewhere", "5", third)
    assert not third.closed


def test_an_error_leaves_no_models_behind():
    explore(make_table(), projection="pca").close()
    count = len(_instances)
    with pytest.raises(KeyError):
        explore(make_table(), projection="pca", selected="Emmy")
    assert len(_instances) == count


@pytest.mark.slow
def test_a_closed_map_measures_and_draws_no_more(monkeypatch):
    measured = []
    monkeypatch.setattr(explorer_module, "_measured", lambda *arguments: measured.append(1))
    monkeypatch.setattr(widgets, "update_display", lambda *shown, **options: pytest.fail("drawn"))

    async def use():
        explorer = explore(make_table(), projection="pca")
        explorer._displayed = True
        explorer.select("Emma")
        explorer.close()
        explorer.select("Dune")
        explorer.measure_soon()
        await asyncio.sleep(2.5)  # longer than a measure or a renewal waits for more changes

    asyncio.run(use())
    assert not measured


def test_a_closed_map_is_shown_as_a_picture(explorer, monkeypatch):
    shown = []
    monkeypatch.setattr(widgets, "display", lambda data, **options: shown.append(data))
    explorer.close()
    explorer._ipython_display_()
    assert "image/png" in shown[0] and list(shown[-1]) == ["text/plain"] and "closed" in shown[-1]["text/plain"]


def test_the_figures_texts_are_escaped(explorer):
    explorer.show_direction("<b>Ulysses</b>", "Emma")
    assert explorer.figure.layout.xaxis.title.text == "from &lt;b&gt;Ulysses&lt;/b&gt; (0) to Emma (1)"
    explorer.select("<b>Ulysses</b>")
    assert explorer.figure.data[-1].text[0] == "<b>&lt;b&gt;Ulysses&lt;/b&gt;</b>"
