"""`explore` without a page: what it computes, and what it tells the page."""

import asyncio
import base64
import gc
import io
import json
import sys
import threading
import time
import tracemalloc
import unicodedata
from concurrent.futures import CancelledError
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from ipywidgets.widgets.widget import _instances
from page_file import PageParser, held
from PIL import Image
from sklearn.decomposition import PCA
from traitlets import TraitError
from waiting import async_wait_until

from embedviz.inputs.pairs import Pairs
from embedviz.space.distortion import faithfulness, trust_and_continuity
from embedviz.space.epochs import Snapshots
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import base as widgets
from embedviz.widgets import explorer as explorer_module
from embedviz.widgets import umap_maps
from embedviz.widgets.explorer import explore
from embedviz.widgets.linked_maps import compare_maps
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
        self.coords = np.asarray(vectors)[:, 2 : 2 + options["dim"]] * 10

    def result(self):
        return self.coords

    def cancel(self):
        self.cancelled = True


class FailingJob(FakeJob):
    def result(self):
        raise RuntimeError("the worker <died>")


@pytest.fixture
def jobs(monkeypatch):
    """Every UMAP that is asked for, a list; a test may set `jobs.kind`."""

    class Jobs(list):
        kind = FakeJob

    made = Jobs()
    monkeypatch.setattr(
        umap_maps, "background_umap", lambda *given, **options: made.append(made.kind(*given, **options)) or made[-1]
    )
    return made


class Page:
    """Stands for the page of a widget: what that has told it.

    Attributes:
        state: every trait as the page has it.
        messages: the changes of each message, list of dict.
    """

    def __init__(self, widget, monkeypatch, check=lambda state: None):
        self.state, self.messages = widget.get_state(), []

        def send(data, buffers=None, **more):
            self.messages.append(data["state"])
            self.state |= data["state"]
            check(self.state)

        monkeypatch.setattr(widget.comm, "send", send)


def coords(explorer):
    """Where the points are, float array of shape (n, dim), as a program can see it."""
    traces = [trace for trace in explorer.figure.data if trace.mode == "markers"]
    found = np.empty((len(explorer.table), explorer.dim))
    for trace in traces:
        found[trace.customdata] = np.column_stack([trace[axis] for axis in "xyz"[: explorer.dim]])
    return found


def axis(explorer):
    """The title of the first axis."""
    layout = explorer.figure.layout
    return (layout.scene if explorer.dim == 3 else layout).xaxis.title.text


def same_but_for_signs(found, expected):
    """Whether two maps are the same, each axis perhaps mirrored."""
    np.testing.assert_allclose(found * np.sign((found * expected).sum(axis=0)), expected, atol=1e-5)


# What is near, and what is shared


def test_the_neighbors_are_those_of_the_original_space(explorer):
    found = explorer.select("Emma")
    expected = nearest(explorer.table, "Emma", 5)  # k=10 is more than there are
    assert explorer.selected == "Emma"
    for frame in (found, explorer.neighbors):
        assert frame["name"].tolist() == expected["name"].tolist()
        assert np.array_equal(frame["similarity"], expected["similarity"])
    assert explorer.lit == [explorer.table.number(name) for name in ("Emma", *found["name"])]
    assert len(explorer.select(None)) == 0 and explorer.selected is None and explorer.lit == []
    assert list(explorer.neighbors.columns) == list(found.columns)


def test_shared_links_come_rarest_first(explorer):
    # War and Peace and Anna Karenina share b to i, which two books have; the equally rare stand in alphabetical order.
    assert explorer.shared("War and Peace", "Anna Karenina") == list("bcdefghi")
    assert explorer.shared("War and Peace", "<b>Ulysses</b>") == ["a"]
    assert explorer.shared("War and Peace", "Dune") == explorer.shared("Dubliners", "Dune") == []
    found = explorer.select("War and Peace").set_index("name")["shared"]
    assert found["Anna Karenina"] == list("bcdefghi") and found["Dubliners"] == []
    more = Pairs.from_frame(
        pd.DataFrame(
            {"title": list("xxxyyyzz"), "link": ["common", "rare", "odd", "common", "rare", "even", "common", "even"]}
        )
    )
    assert explore(make_table(list("xyz")), more, projection="pca").shared("x", "y") == ["rare", "common"]


def test_an_unknown_name_is_named_and_changes_nothing(explorer):
    explorer.select("Emma")
    with pytest.raises(KeyError, match="did you mean 'War and Peace'"):
        explorer.select("Wor and Peace")
    with pytest.raises(KeyError, match="did you mean 'Dune'"):
        explorer.choose(["Emma", "Dun"])
    assert explorer.selected == "Emma" and explorer.chosen == []


def test_what_the_chosen_share(explorer):
    assert explorer.shared_traits is None
    assert explorer.choose(["War and Peace", "Anna Karenina"]).empty  # two of six prove nothing
    assert explorer.chosen == NAMES[:2] and "what they share most: nothing" in explorer.describe()
    explorer.choose(NAMES[2:5] + NAMES[2:3])
    assert explorer.chosen == NAMES[2:5] and explorer.lit == []
    assert explorer.choose([]) is None and explorer.chosen == [] and explorer.selected is None


def test_a_cluster_gets_its_name():
    names = [f"n{i}" for i in range(60)]
    frame = pd.DataFrame({"kind": ["a"] * 20 + ["b"] * 40, "size": range(60)}, names)
    explorer = explore(make_table(names), None, frame, projection="pca")
    for found in (explorer.choose(names[:15]), explorer.shared_traits):
        assert found["trait"].tolist() == ["kind: a"] and found["lift"].tolist() == [3.0]
    assert "Selected: 15 names; what they share most: kind: a" in explorer.describe()


# The map


def test_the_figure_shows_all_points_once_and_lights_the_neighbors(explorer):
    explorer.color = "country"
    plain = explorer.figure
    assert [trace.name for trace in plain.data] == ["Russia (2)", "Ireland (2)", "England (1)", "America (1)"]
    assert sorted(row for trace in plain.data for row in trace.customdata) == list(range(6))
    assert "PCA 1 (" in plain.layout.xaxis.title.text and "of the variance)" in plain.layout.yaxis.title.text
    assert (plain.layout.width, plain.layout.height, plain.layout.title.text) == (520, 450, "Six books")
    same_but_for_signs(coords(explorer), PCA(2).fit_transform(explorer.table.vectors))
    assert "country: Russia" in plain.data[0].hovertext[0]
    explorer.select("War and Peace")
    lines, lit = explorer.figure.data[-2:]
    assert lit.customdata.tolist() == explorer.lit and len(lines.x) == 15


def test_the_chosen_are_marked_in_the_figure(explorer):
    explorer.color = None
    explorer.choose(["Emma", "Dune"])
    [trace] = explorer.figure.data
    looks = dict(zip(trace.customdata.tolist(), trace.marker.color))
    assert looks[2] == looks[3] and looks[0] == looks[1] == looks[4] == looks[5] != looks[2]


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
    assert ("Links they share" in explorer._words()) == with_pairs == (explorer.data["links"] is not None)
    assert explorer.color == ("kind" if with_frame else None) and explorer.figure.layout.showlegend == with_frame
    assert explorer.static()[0]["image/png"]


def test_two_names_make_a_map_and_one_does_not():
    explorer = explore(make_table(["a", "b"]), projection="pca", selected="a")
    assert explorer.neighbors["name"].tolist() == ["b"] and explorer.static()[0]["image/png"]
    assert explorer.trust is None and explorer.faithfulness.tolist() == [1, 1]
    with pytest.raises(ValueError, match="a table of 1 names makes no map"):
        explore(make_table(["a"]))


def test_faithfulness_and_trust_are_of_the_map_that_is_shown(explorer):
    # Six points have five neighbors each, on the map as in the original space: all are kept.
    assert explorer.faithfulness.tolist() == [1] * 6
    table = make_table([f"n{i}" for i in range(80)])
    explorer = explore(table, projection="pca")
    for change in ({"dim": 3}, {"ends": ["n1", "n2"], "projection": "direction"}, {"dim": 2}):
        before = explorer.faithfulness
        for name, value in change.items():
            setattr(explorer, name, value)
        assert explorer.faithfulness.shape == (80,) and not np.array_equal(explorer.faithfulness, before)
        np.testing.assert_allclose(explorer.faithfulness, faithfulness(table.vectors, coords(explorer), 10), atol=1e-6)
        assert explorer.trust == pytest.approx(trust_and_continuity(table.vectors, coords(explorer), 10, 1000))


def test_neighbors_kept_are_a_color():
    table = make_table([f"n{i}" for i in range(80)])
    explorer = explore(table, projection="pca")
    explorer.color = "neighbors kept"
    kept = 10 * faithfulness(table.vectors, coords(explorer), 10)
    for trace in explorer.figure.data:
        low, _, high = trace.name.split(" of 10")[0].partition("–")
        assert ((int(low) - 0.1 < kept[trace.customdata]) & (kept[trace.customdata] < int(high or low) + 0.1)).all()
    assert "Color shows neighbors kept: " in explorer.describe()


def test_three_dimensions(explorer):
    explorer.dim = 3
    same_but_for_signs(coords(explorer), PCA(3).fit_transform(explorer.table.vectors))
    assert explorer.figure.data[0].type == "scatter3d" and explorer.static()[0]["image/png"]


def test_a_direction_leads_from_one_name_to_another(explorer):
    explorer.show_direction("War and Peace", "emma, Dune")
    assert explorer.projection == explorer.shown == "direction" and explorer.ends == ["War and Peace", "emma, Dune"]
    assert axis(explorer) == "from War and Peace (0) to emma, Dune (1)"
    x = coords(explorer)[:, 0]
    assert x[0] == pytest.approx(0, abs=1e-6) and x[2:4].mean() == pytest.approx(1, abs=1e-6)
    unit = explorer.table.vectors / np.linalg.norm(explorer.table.vectors, axis=1, keepdims=True)
    start, end = unit[0], unit[2:4].mean(axis=0)
    by_hand = (unit - start) @ (end - start) / ((end - start) @ (end - start))
    np.testing.assert_allclose(x, by_hand, atol=1e-5)
    with pytest.raises(KeyError, match="did you mean 'Emma'"):
        explorer.show_direction("Dune", "Emmy")
    with pytest.raises(ValueError, match="at the same place"):
        explorer.show_direction("Dune", "Dune")
    assert explorer.ends == ["War and Peace", "emma, Dune"]


@pytest.mark.parametrize(
    "ends", [["Dune", "Emmy"], ["Dune", "dune"], ["Dune", ""], ["a\0b", "\ud800"], ["x" * 5000] * 2]
)
def test_pca_is_shown_while_the_ends_are_no_direction(explorer, ends):
    explorer.ends = ends
    explorer.show_projection("direction")
    assert explorer.projection == "direction" and explorer.shown == "pca" and "PCA of 6" in explorer.describe()
    assert explorer.static()[0]["image/png"] and "PCA 1" in axis(explorer)


def test_sizes_are_proportional_to_the_area(explorer):
    explorer.color, explorer.size = None, "number of links"
    [trace] = explorer.figure.data
    radii = trace.marker.size[np.argsort(trace.customdata)] / 2
    assert (radii[0] / radii[2]) ** 2 == pytest.approx(9 / 2) and radii[5] == radii.min()  # Dubliners has none
    explorer.size = "all alike"
    assert len(set(explorer.figure.data[0].marker.size)) == 1
    with pytest.raises(KeyError, match="size='fame': it must be one of"):
        explore(make_table(), size="fame")


def test_distortion_is_what_both_neighborhoods_say():
    table = make_table([f"n{i}" for i in range(50)])
    explorer = explore(table, projection="pca", selected="n7", k=5)
    true = {table.number(name) for name in nearest(table, "n7", 5)["name"]}
    assert set(explorer.lit[1:]) == true
    explorer.distorted = True
    for dim in (2, 3):
        explorer.dim = dim
        place = coords(explorer)
        near = {int(row) for row in np.argsort(np.linalg.norm(place - place[7], axis=1))[1:6]}
        assert near - true  # the test can fail
        assert (
            explorer.lit[0] == 7 and set(explorer.lit[1:]) == true | near and len(explorer.lit) == 1 + len(true | near)
        )


@pytest.mark.parametrize("dim", [1, 2])
def test_vectors_of_one_or_two_numbers_have_maps_of_two_and_three_dimensions(dim, jobs):
    class Zeros(FakeJob):
        def result(self):
            return np.zeros((6, self.options["dim"]), np.float32)

    jobs.kind = Zeros
    explorer = explore(make_table(dim=dim), projection="pca", selected="Emma")
    for shown in (2, 3):
        explorer.dim = shown
        if dim == 2:
            explorer.show_direction("Emma", "Dune")
            assert coords(explorer).shape == (6, shown) and not coords(explorer)[:, dim:].any()
        explorer.show_projection("pca")
        assert coords(explorer).shape == (6, shown) and not coords(explorer)[:, dim:].any()
    assert coords(explorer.wait()).shape == (6, 3) and jobs[-1].options["dim"] == dim
    assert len(explorer.umaps["3 6 0.1 cosine"]) == 4 * 6 * 3


# Arguments


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"projection": "tsne"}, ValueError, "projection='tsne': it must be"),
        ({"k": 0}, ValueError, "k=0"),
        ({"frame": pd.DataFrame({"a": [1, 2]})}, ValueError, "a frame of 2 rows for 6 names.*'War and Peace'"),
        ({"color": "genre"}, KeyError, "no column 'genre' to color by"),
        ({"selected": "Emmy"}, KeyError, "did you mean 'Emma'"),
        ({"metric": "manhattan", "projection": "umap"}, ValueError, "manhattan"),
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
        (
            {"pairs": Pairs.from_frame(pd.DataFrame({"title": ["Solaris"], "link": ["a"]}))},
            ValueError,
            "no name, such as 'War and Peace', is among the 1 items",
        ),
    ],
)
def test_bad_arguments_are_named_and_leave_no_models_behind(options, error, message):
    explore(make_table(), projection="pca").close()
    count = len(_instances)
    with pytest.raises(error, match=message):
        explore(make_table(), **{"projection": "pca", **options})
    assert len(_instances) == count


def test_three_dimensions_need_as_many():
    with pytest.raises(ValueError, match="dim=3: vectors of shape"):
        explore(make_table(dim=2), projection="pca", dim=3)


def test_options_are_given_by_name():
    with pytest.raises(TypeError, match="positional"):
        explore(make_table(), None, None, "kind")


# Traits that a program, a hand and the page set alike


@pytest.mark.parametrize(
    "trait, value, message",
    [
        ("selected", "Emmy", "'Emmy' is not in the table of 6 names; did you mean 'Emma'"),
        ("selected", "a\0b", "NUL"),
        ("chosen", ["Emma", "Dun"], "'Dun' is not in the table of 6 names; did you mean 'Dune'"),
        ("projection", "tsne", "pca.*umap.*direction.*tsne"),
        ("epoch", 1, "epoch=1: there are no epochs, it must be None"),
        ("color", "genre", "color='genre': it must be one of .'country', 'year', 'neighbors kept'"),
        ("size", "fame", "size='fame': it must be one of .'all alike', 'year', 'number of links'"),
        ("dim", 4, "2.*3.*4"),
        ("ends", ["Emma"], "ends.*length 2.*Emma"),
        ("distorted", "perhaps", "distorted.*boolean.*perhaps"),
        ("umap", {"n_neighbors": 3}, "n_neighbors.: 3.*it must have n_neighbors, min_dist, metric"),
        ("umap", {"n_neighbors": 7, "min_dist": 0.1, "metric": "cosine"}, "n_neighbors=7: .* from 2 to 6"),
        ("umap", {"n_neighbors": 3, "min_dist": 2, "metric": "cosine"}, "min_dist=2: .* between 0 and 1"),
        ("umap", {"n_neighbors": 3, "min_dist": 1, "metric": "far"}, "metric='far': .*cosine.*euclidean"),
    ],
)
@pytest.mark.parametrize("whoever", ["a program", "the page"])
@pytest.mark.parametrize("shown", ["pca", "umap"])
def test_a_wrong_value_is_refused_and_the_old_one_stays(explorer, jobs, trait, value, message, whoever, shown):
    explorer.select("Dune") if trait != "chosen" else explorer.choose(["Dune", "Emma"])
    explorer.show_projection(shown)
    before, asked = explorer.get_state(), len(jobs)
    with pytest.raises(TraitError, match=message):
        if whoever == "a program":
            setattr(explorer, trait, value)
        else:
            explorer.set_state({trait: value, "distorted": True} if trait != "distorted" else {trait: value})
    assert explorer.get_state() == before and len(jobs) == asked


def test_a_trait_takes_any_spelling_and_keeps_the_tables(explorer):
    explorer.selected = "  War   and Peace "
    assert explorer.selected == "War and Peace"
    explorer.chosen = ["Emma ", " Dune", "Emma"]
    assert explorer.chosen == ["Emma", "Dune"]
    explorer.umap = {"n_neighbors": np.int64(3), "min_dist": 1, "metric": "euclidean"}
    assert json.loads(json.dumps(explorer.umap)) == {"n_neighbors": 3, "min_dist": 1.0, "metric": "euclidean"}


EXCLUSIVE = {
    "a trait": (lambda one: setattr(one, "selected", "Emma"), lambda one: setattr(one, "chosen", ["Dune"])),
    "a method": (lambda one: one.select("Emma"), lambda one: one.choose(["Dune"])),
    "the page": (
        lambda one: one.set_state({"selected": "Emma", "chosen": []}),
        lambda one: one.set_state({"chosen": ["Dune"], "selected": None}),
    ),
    "the page, the other way round": (
        lambda one: one.set_state({"chosen": [], "selected": "Emma"}),
        lambda one: one.set_state({"selected": None, "chosen": ["Dune"]}),
    ),
    "a page that says half of it": (
        lambda one: one.set_state({"selected": "Emma"}),
        lambda one: one.set_state({"chosen": ["Dune"]}),
    ),
}


@pytest.mark.parametrize("whoever", EXCLUSIVE)
@pytest.mark.parametrize("other", EXCLUSIVE)
def test_a_name_or_a_lasso_whoever_sets_it(explorer, monkeypatch, whoever, other):
    select, choose = EXCLUSIVE[whoever][0], EXCLUSIVE[other][1]
    told = Page(explorer, monkeypatch, check=(lambda state: None) if "half" in whoever + other else at_most_one)
    for _ in range(2):
        select(explorer)
        assert (explorer.selected, explorer.chosen) == ("Emma", []) and explorer.shared_traits is None
        choose(explorer)
        assert (explorer.selected, explorer.chosen) == (None, ["Dune"]) and len(explorer.neighbors) == 0
    explorer.choose([])
    assert (explorer.selected, explorer.chosen) == (None, [])
    assert (told.state["selected"], told.state["chosen"]) == (None, [])


def at_most_one(state):
    """A page that is told this has a name or a lasso, never both."""
    assert state["selected"] is None or not state["chosen"], (state["selected"], state["chosen"])


def test_a_page_that_asks_for_both_gets_one(explorer):
    explorer.set_state({"selected": "Emma", "chosen": ["Dune"]})
    assert (explorer.selected is None) != (not explorer.chosen)


def test_a_program_can_observe_what_is_asked(explorer, jobs):
    seen = []
    names = ["selected", "chosen", "projection", "color", "size", "dim", "umap", "ends", "distorted"]
    explorer.observe(lambda change: seen.append((change["name"], change["new"], len(explorer.neighbors))), names)
    explorer.select("Emma")
    assert seen == [("selected", "Emma", 5)]
    explorer.choose(["Dune"])
    assert sorted(seen[1:]) == [("chosen", ["Dune"], 0), ("selected", None, 0)]
    del seen[:]
    explorer.set_state({"selected": "Dune", "chosen": [], "color": "year", "size": "year", "dim": 3})
    assert {name for name, _, _ in seen} == {"selected", "chosen", "color", "size", "dim"} and len(seen) == 5
    del seen[:]
    explorer.show_direction("Emma", "Dune")
    explorer.distorted = True
    explorer.umap = {"n_neighbors": 4, "min_dist": 0.0, "metric": "cosine"}
    assert [name for name, _, _ in seen] == ["ends", "projection", "distorted", "umap"]


def test_changes_that_belong_together_are_told_in_one_message(explorer, jobs, monkeypatch):
    told = Page(explorer, monkeypatch)
    explorer.select("Emma")
    assert told.messages == [{"selected": "Emma"}]
    explorer.choose(["Dune"])
    explorer.selected = "Emma"
    assert told.messages[1:] == [{"chosen": ["Dune"], "selected": None}, {"selected": "Emma", "chosen": []}]
    explorer.show_direction("Emma", "Dune")
    assert told.messages[3:] == [{"ends": ["Emma", "Dune"], "projection": "direction"}]
    with explorer.changing():
        explorer.color, explorer.size, explorer.dim, explorer.hold = "year", "year", 3, True
        explorer.color = "country"
        assert len(told.messages) == 4
    # "country" it was before, and it is sent all the same: no harm.
    assert told.messages[4:] == [{"color": "country", "size": "year", "dim": 3, "hold": True}]
    explorer.wait()
    assert [set(message) for message in told.messages[5:]] == [{"projection", "progress"}, {"progress", "umaps"}]


def test_what_the_page_has_said_is_not_told_it_again(explorer, monkeypatch):
    told = Page(explorer, monkeypatch)
    explorer.set_state({"selected": "Emma", "chosen": []})
    echo = {"selected": "Emma", "chosen": []}  # so that other pages of the same kernel follow
    assert all(message == echo for message in told.messages) and len(told.messages) <= 1


# UMAP in the background


def test_umap_replaces_pca_when_it_is_ready(jobs):
    async def use():
        explorer = explore(make_table(), min_dist=0.3, selected="Emma")
        [job] = jobs
        # No more neighbors than names.
        assert job.options == {"dim": 2, "n_neighbors": 6, "min_dist": 0.3, "metric": "cosine", "cache": True}
        assert (explorer.projection, explorer.shown) == ("umap", "pca") and "PCA 1" in axis(explorer)
        assert explorer.progress == {"stage": "layout", "share": 0.25} and explorer.umaps == {}
        job.progress, job.stage = 0.75, "nearly"
        await async_wait_until(lambda: explorer.progress == {"stage": "nearly", "share": 0.75}, "the progress")
        job.done = True
        await async_wait_until(lambda: explorer.shown == "umap", "UMAP")
        assert explorer.progress == {} and explorer.selected == "Emma"
        assert explorer.umaps == {"2 6 0.3 cosine": job.coords.tobytes()}
        np.testing.assert_array_equal(coords(explorer), job.coords)
        assert axis(explorer) == "UMAP 1" and explorer.describe().startswith("Map of 6 names: UMAP of 6 vectors")
        explorer.projection = "pca"
        assert explorer.shown == "pca" and "PCA 1" in axis(explorer)
        explorer.projection = "umap"
        assert explorer.shown == "umap" and jobs == [job]  # computed once

    asyncio.run(use())


def test_who_went_back_to_pca_stays_there(jobs):
    async def use():
        explorer = explore(make_table())
        explorer.show_projection("pca")
        jobs[0].done = True
        await async_wait_until(lambda: explorer.umaps, "the map")
        assert explorer.projection == explorer.shown == "pca" and explorer.progress == {}
        explorer.projection = "umap"
        assert explorer.shown == "umap" and len(jobs) == 1

    asyncio.run(use())


def test_a_failed_umap_leaves_pca_says_why_and_can_be_tried_again(jobs):
    jobs.kind = FailingJob

    async def use():
        explorer = explore(make_table())
        jobs[0].done = True
        await async_wait_until(lambda: "error" in explorer.progress, "the failure")
        assert explorer.progress == {"error": "the worker <died>"} and explorer.shown == "pca"
        with pytest.raises(RuntimeError, match="the worker <died>"):
            explorer.wait()
        assert len(jobs) == 2 and explorer.shown == "pca" and explorer.static()[0]["image/png"]
        jobs.kind = FakeJob
        explorer.show_projection("umap")
        assert explorer.progress == {"stage": "layout", "share": 0.25}
        assert explorer.wait() is explorer and explorer.shown == "umap" and explorer.progress == {} and len(jobs) == 3

    asyncio.run(use())


def test_closing_cancels(jobs):
    explorer = explore(make_table(), projection="umap")
    explorer.close()
    assert jobs[0].cancelled and not jobs[0].done


def test_other_parameters_are_another_map(jobs):
    explorer = explore(make_table(), min_dist=0.3).wait()
    explorer.umap = explorer.umap | {"min_dist": 0.5}
    assert jobs[1].options["min_dist"] == 0.5 and explorer.shown == "pca"
    explorer.set_state({"umap": {"n_neighbors": 6, "min_dist": 0.5, "metric": "euclidean"}})
    assert jobs[1].cancelled and jobs[2].options["metric"] == "euclidean" and not jobs[2].cancelled
    explorer.dim = 3
    assert jobs[2].cancelled and jobs[3].options["dim"] == 3
    assert explorer.wait().umaps.keys() == {"2 6 0.3 cosine", "3 6 0.5 euclidean"}
    with explorer.changing():
        explorer.umap, explorer.dim = {"n_neighbors": 6, "min_dist": 0.3, "metric": "cosine"}, 2
    assert explorer.shown == "umap" and jobs[-1].cancelled  # the first is still there: nothing else is computed
    np.testing.assert_array_equal(coords(explorer), jobs[0].coords)


def test_waiting_while_the_page_asks_for_other_settings(jobs):
    class Waiting(FakeJob):
        def __init__(self, *given, **options):
            super().__init__(*given, **options)
            self.over = threading.Event()

        def result(self):
            assert self.over.wait(300)
            if self.cancelled:
                raise CancelledError
            return self.coords

        def cancel(self):
            super().cancel()
            self.over.set()

    jobs.kind = Waiting
    explorer = explore(make_table())

    def page():
        explorer.set_state({"umap": {"n_neighbors": 3, "min_dist": 0.5, "metric": "cosine"}})
        jobs[1].over.set()

    thread = threading.Timer(0.05, page)
    thread.start()
    explorer.wait()
    thread.join()
    assert jobs[0].cancelled and explorer.umaps.keys() == {"2 3 0.5 cosine"} and explorer.shown == "umap"
    explorer.umap = explorer.umap | {"n_neighbors": 4}
    threading.Timer(0.05, explorer.close).start()
    with pytest.raises(CancelledError):
        explorer.wait()


def test_a_still_picture_while_another_map_is_computed(jobs):
    explorer = explore(make_table()).wait()
    explorer.umap = explorer.umap | {"min_dist": 0.5}
    assert explorer.static()[0]["image/png"] and "PCA of 6" in explorer.describe() and not jobs[1].cancelled


def test_every_option_of_umap_is_used(jobs):
    options = {"n_neighbors": 3, "min_dist": 0.2, "metric": "euclidean", "seed": 7, "n_epochs": 50, "cache": False}
    explorer = explore(make_table(), dim=3, **options)
    assert jobs[0].options == {"dim": 3, **options} and explorer.dim == 3
    assert explorer.umap == {"n_neighbors": 3, "min_dist": 0.2, "metric": "euclidean"}
    assert coords(explorer).shape == (6, 3)


def test_umap_of_a_very_big_table_waits_until_it_is_asked_for(jobs, monkeypatch):
    monkeypatch.setattr(explorer_module, "UMAP_MOST", 5)
    explorer = explore(make_table())
    assert explorer.projection == "pca" and not jobs and explorer.data["umapMost"] == 5
    explorer.projection = "umap"
    assert len(jobs) == 1
    explore(make_table(), projection="umap")
    assert len(jobs) == 2


def test_a_point_of_a_very_big_table_says_its_name_alone(monkeypatch):
    frame = pd.DataFrame({"kind": list("aabbcc")}, NAMES)
    assert [column["label"] for column in explore(make_table(), frame=frame, projection="pca").data["columns"]] == [
        "kind"
    ]
    monkeypatch.setattr(explorer_module, "HOVERED", 5)
    explorer = explore(make_table(), frame=frame, projection="pca", color="kind")
    assert explorer.data["columns"] == [] and explorer.figure.data[2].hovertext[0] == "&lt;b&gt;Ulysses&lt;/b&gt;"


# Epochs


class Taken:
    """Stands for `Snapshots`."""

    def __init__(self, n=4):
        start, end = make_table(seed=0).vectors, make_table(seed=1).vectors
        self.epochs = list(range(n))
        self.tables = [EmbeddingTable(NAMES, start + (end - start) * i / (n - 1)) for i in range(n)]

    def __len__(self):
        return len(self.tables)


def scale(explorer):
    return explorer.figure.layout.xaxis.range, explorer.figure.layout.yaxis.range


def test_the_epochs_have_one_scale_and_their_own_neighbors():
    taken = Taken()
    explorer = explore(snapshots=taken, projection="pca", selected="Emma")
    assert explorer.epoch == 3 and explorer.table is taken.tables[3] and "after epoch 3" in explorer.describe()
    assert explorer.epochs == [table.epoch for table in explorer.tables] == [0, 1, 2, 3]
    last, ends = coords(explorer), scale(explorer)
    for epoch in (0, np.int64(1), 2):
        explorer.show_epoch(epoch)
        assert explorer.epoch == epoch and explorer.table is taken.tables[epoch]
        assert scale(explorer) == ends and not np.array_equal(coords(explorer), last)
        assert explorer.neighbors["name"].tolist() == nearest(taken.tables[epoch], "Emma", 5)["name"].tolist()
        assert axis(explorer) == "PCA 1, of the last epoch"
    explorer.set_state({"epoch": 3})  # as the page plays it
    np.testing.assert_array_equal(coords(explorer), last)
    for epoch in (9, None, "2"):
        with pytest.raises(ValueError, match=f"epoch={epoch!r}: there are snapshots of 0, 1, 2, 3"):
            explorer.show_epoch(epoch)
    for epoch in (9, -1):
        with pytest.raises(TraitError, match=rf"epoch={epoch}: it must be one of \[0, 1, 2, 3\]"):
            explorer.epoch = epoch
    for whoever in (lambda: explorer.set_trait("epoch", None), lambda: explorer.set_state({"epoch": None})):
        explorer.epoch = 1
        whoever()
        assert explorer.epoch == 3  # of none in particular, the last


def test_umap_is_of_the_last_epoch(jobs, monkeypatch):
    taken = Taken()
    explorer = explore(snapshots=taken, projection="pca")

    def last_or_not_umap(state):
        assert state["projection"] != "umap" or state["epoch"] == 3

    told = Page(explorer, monkeypatch, check=last_or_not_umap)
    for show in (explorer.show_projection, lambda name: explorer.set_trait("projection", name)):
        explorer.epoch = 1
        show("umap")
        assert (explorer.epoch, explorer.projection) == (3, "umap")
        explorer.wait()
        np.testing.assert_array_equal(coords(explorer), taken.tables[3].vectors[:, 2:4] * 10)
        explorer.epoch = 2
        assert (explorer.epoch, explorer.projection, explorer.shown) == (2, "pca", "pca")
        explorer.set_state({"projection": "umap", "epoch": 3})  # as the page says it
        assert (explorer.epoch, explorer.shown) == (3, "umap")
        explorer.show_epoch(0)
        assert (explorer.epoch, explorer.projection) == (0, "pca")
    assert len(jobs) == 1 and told.messages
    explorer.show_direction("Emma", "Dune")  # there is one of each epoch
    explorer.epoch = 2
    assert explorer.shown == "direction"


def test_a_map_that_grows_follows_the_last_epoch_unless_another_is_looked_at():
    taken = Taken()
    explorer = explore(taken.tables[0], projection="pca")
    assert explorer.epoch is None and explorer.epochs == []
    explorer.add_snapshot(1, taken.tables[1])
    assert (
        explorer.epoch == 1 and explorer.epochs == [0, 1] and axis(explorer) == "PCA 1, turned to fit the epoch before"
    )
    explorer.show_epoch(0)
    explorer.add_snapshot(2, taken.tables[2])
    assert explorer.epoch == 0 and explorer.epochs == [0, 1, 2] and explorer.table is taken.tables[0]
    explorer.show_epoch(2)
    with pytest.raises(ValueError, match="a snapshot of 2 names in 5 dimensions"):
        explorer.add_snapshot(3, make_table(["a", "b"]))
    with pytest.raises(ValueError, match="epoch=2"):
        explorer.add_snapshot(2, taken.tables[3])
    assert explorer.epochs == [0, 1, 2] and len(explorer.tables) == 3


def test_one_more_epoch_sends_one_more_table_only(monkeypatch):
    taken = Taken()
    explorer = explore(taken.tables[0], projection="pca")
    told, tables = Page(explorer, monkeypatch), [Page(explorer.tables[0], monkeypatch)]
    for epoch in (1, 2, 3):
        before = set(_instances)
        explorer.add_snapshot(epoch, taken.tables[epoch])
        [new] = set(_instances) - before
        assert _instances[new] is explorer.tables[-1] and explorer.tables[-1].dim == 5
        assert explorer.tables[-1].vectors == taken.tables[epoch].vectors.tobytes()
        assert [table.epoch for table in explorer.tables] == explorer.epochs == list(range(epoch + 1))
        tables.append(Page(explorer.tables[-1], monkeypatch))
    models = [f"IPY_MODEL_{table.model_id}" for table in explorer.tables]
    assert told.messages == [{"tables": models[: epoch + 1], "epoch": epoch} for epoch in (1, 2, 3)]
    # The first has an epoch only since there is a second.
    assert [page.messages for page in tables] == [[{"epoch": 0}], [], [], []]


def test_one_more_epoch_has_a_umap_of_its_own(jobs):
    taken = Taken()
    explorer = explore(taken.tables[0], projection="pca").wait()
    explorer.add_snapshot(1, taken.tables[1])
    assert len(jobs) == 2 and explorer.umaps == {} and explorer.epoch == 1 and explorer.shown == "pca"
    np.testing.assert_array_equal(coords(explorer.wait()), taken.tables[1].vectors[:, 2:4] * 10)
    explorer.show_epoch(0)
    explorer.add_snapshot(2, taken.tables[2])
    assert len(jobs) == 2 and explorer.umaps == {} and explorer.epoch == 0


def test_a_page_that_comes_later_knows_which_tables_were_there_from_the_start():
    random = np.random.default_rng(0)
    tables = [EmbeddingTable(list("abcdef"), random.normal(size=(6, 4))) for _ in range(3)]
    explorer = explore(tables[0], projection="pca")
    assert explorer.begun == 1
    for epoch, table in enumerate(tables[1:], 1):
        explorer.add_snapshot(epoch, table)
    assert explorer.begun == 1 == explorer.page_values()["begun"] and len(explorer.tables) == 3
    explorer.start_over(tables[2])
    assert explorer.begun == len(explorer.tables) == 1
    snapshots = Snapshots(list("abcdef"), lambda table: table.vectors)
    for epoch, table in enumerate(tables):
        snapshots._keep(epoch, table)
    assert explore(snapshots=snapshots, projection="pca").begun == 3


def test_snapshots_must_end_with_the_table():
    taken = Taken()
    with pytest.raises(ValueError, match="the last snapshot is not the table"):
        explore(taken.tables[0], snapshots=taken)
    with pytest.raises(ValueError, match="neither a table nor snapshots"):
        explore()
    with pytest.raises(ValueError, match="of 6 names, the table has 2"):
        explore(make_table(["a", "b"]), snapshots=taken)


def test_starting_over_keeps_the_settings():
    taken = Taken()
    frame = pd.DataFrame({"kind": list("aabbcc"), "size": range(6)}, NAMES)
    explorer = explore(taken.tables[0], frame=frame, projection="pca", selected="Emma")
    explorer.color, explorer.dim, explorer.distorted = "size", 3, True
    first, models = coords(explorer), len(_instances)
    explorer.add_snapshot(1, taken.tables[3])
    explorer.start_over(taken.tables[0])
    np.testing.assert_array_equal(coords(explorer), first)
    assert (explorer.epoch, explorer.color, explorer.selected, explorer.dim) == (None, "size", "Emma", 3)
    assert explorer.distorted and [table.epoch for table in explorer.tables] == [None] and len(_instances) == models
    assert explorer.neighbors["name"].tolist() == nearest(taken.tables[0], "Emma", 5)["name"].tolist()
    explorer.add_snapshot(1, taken.tables[1])
    assert explorer.epoch == 1


def test_starting_over_forgets_the_umap_of_the_old_vectors(jobs):
    old, new = Taken().tables[0], Taken().tables[3]
    explorer = explore(old, projection="umap")
    explorer.start_over(new)
    assert jobs[0].cancelled and len(jobs) == 2 and explorer.shown == "pca"
    np.testing.assert_array_equal(coords(explorer.wait()), new.vectors[:, 2:4] * 10)
    explorer.start_over(old)  # while it is shown
    assert explorer.shown == "pca" and explorer.umaps == {} and len(jobs) == 3
    np.testing.assert_array_equal(coords(explorer.wait()), old.vectors[:, 2:4] * 10)
    with pytest.raises(ValueError, match="a snapshot of 2 names"):
        explorer.start_over(make_table(["a", "b"]))
    assert explorer.shown == "umap"


@pytest.mark.parametrize("first", [0, 5, 150])
def test_the_epochs_after_starting_over(first):
    taken = Taken()
    taken.epochs = [first + epoch for epoch in taken.epochs]
    explorer = explore(snapshots=taken, projection="pca")
    assert explorer.epochs == [first, first + 1, first + 2, first + 3]
    explorer.start_over(taken.tables[0])
    assert explorer.epochs == [] and explorer.epoch is None and len(explorer.tables) == 1
    with pytest.raises(TraitError, match=f"epoch={first + 3}: there are no epochs"):
        explorer.set_state({"epoch": first + 3})  # what the page still sends
    assert explorer.epoch is None
    explorer.add_snapshot(1, taken.tables[1])
    assert explorer.epoch == 1 and explorer.epochs == [0, 1]


# Names, by any spelling


@pytest.mark.slow
def test_awkward_names():
    names = ["the", "The", "$$", "$1_000_$", "x"]
    explorer = explore(make_table(names), projection="pca", title="$ & $")
    for name in names:
        explorer.selected = name
        assert explorer.selected == name and explorer.static()[0]["image/png"]


def test_a_name_is_found_by_any_key_that_means_it():
    explorer = explore(EmbeddingTable([1, 2, 3, 50], make_table().vectors[:4]), projection="pca", selected=2)
    assert explorer.selected == "2"
    for key in (50, 50.0, np.int64(50), "50", " 50 "):
        explorer.select(None)
        explorer.select(key)
        assert explorer.selected == "50"
    explorer.choose([1, 2.0, "3"])
    assert explorer.chosen == ["1", "2", "3"]
    explorer.show_direction("1", "2, 50")
    assert explorer.shown == "direction"
    with pytest.raises(KeyError, match="'51' is not in the table"):
        explorer.select(51)
    with pytest.raises(ValueError, match="a name is missing"):
        explorer.select(float("nan"))


def test_a_name_is_found_however_its_letters_are_composed():
    names = ["Les Misérables", "Ἰλιάς", "a b", "İstanbul"]
    explorer = explore(make_table(names), projection="pca")
    for name in names:
        for spelling in (name, unicodedata.normalize("NFD", name), f"  {name.replace(' ', '   ')} "):
            explorer.select(None)
            explorer.select(spelling)
            assert explorer.selected == name
            explorer.choose([spelling])
            assert explorer.chosen == [name]


# Frames as people have them


def test_a_frames_rows_find_their_names_by_key():
    table = EmbeddingTable([10, 20, 30], make_table().vectors[:3])
    frame = pd.DataFrame({"kind": ["c", "b", "a"]}, [30, 20, 10])
    explorer = explore(table, frame=frame, projection="pca")
    assert explorer.frame["kind"].tolist() == ["a", "b", "c"]
    assert {trace.name: trace.customdata.tolist() for trace in explorer.figure.data} == {
        "a (1)": [0],
        "b (1)": [1],
        "c (1)": [2],
    }
    assert "kind: a" in explorer.figure.data[0].hovertext[0]
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
        1: [3, 3, 3, 2, 2, 2],
        "1": [1, 1, 1, 2, 2, 2],
        "odd letters": [["x\ny"], "a\nb", "a\u2028b", "\u200d", "", None],
    },
    NAMES,
)
ODD_PAIRS = Pairs.from_frame(pd.DataFrame({"title": NAMES[:2], "link": ["a\nb", "a\nb"]}))


def test_every_odd_column_can_be_looked_at():
    explorer = explore(make_table(), ODD_PAIRS, ODD, projection="pca", selected="Emma")
    colors = [one["label"] for one in explorer.data["colors"]]
    sizes = [one["label"] for one in explorer.data["sizes"]]
    assert all(isinstance(label, str) for label in colors + sizes)
    assert len({*colors, "neighbors kept"}) == len(ODD.columns) + 1
    assert len({*sizes, "all alike"}) == 1 + 8 + 1 and sizes[-1] == "number of links"
    for label in colors:
        explorer.color = label
        shown = [trace for trace in explorer.figure.data if trace.mode == "markers"]
        assert sum(len(trace.customdata) for trace in shown) == 6 and all(len(trace.customdata) for trace in shown)
        assert explorer.describe() and (label not in ("$$", "None") or explorer.static()[0]["image/png"])
    explorer.color = None
    explorer.select(None)
    for label in sizes:
        explorer.size = label
        radii = explorer.figure.data[0].marker.size
        assert np.isfinite(radii).all() and len(set(radii)) > 1, label
    explorer.choose(NAMES[:3])
    assert explorer.static()[0]["image/png"]


@pytest.mark.parametrize("color", [0, None, ("a", 1), "type", "a.b", [0, "keys"]])
def test_a_column_of_any_name_can_be_asked_for(color):
    asked = [None] if color is None else color
    explorer = explore(make_table(), frame=ODD, color=asked, projection="pca", size="keys")
    first = asked[0] if isinstance(asked, list) else asked
    assert explorer.color == str(first) and explorer.size == "keys"


def test_a_column_of_numbers_may_be_called_as_a_size_is():
    for column in ("all alike", 1, "1", "number of links"):
        explorer = explore(make_table(), ODD_PAIRS, ODD, color="type", projection="pca", size=column)
        explorer.color = None
        radii = explorer.figure.data[0].marker.size
        values = ODD[column].to_numpy()
        np.testing.assert_allclose(radii**2 / radii[0] ** 2, values / values[0])


def test_a_column_that_comes_twice_is_named():
    frame = pd.DataFrame([[1, 2]] * 6, NAMES, columns=["kind", "kind"])
    with pytest.raises(ValueError, match="the column 'kind' more than once"):
        explore(make_table(), frame=frame, projection="pca")


# The still picture


def test_the_static_form_is_a_small_png_with_alt_text(explorer):
    explorer.color = "country"
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


def test_the_words_are_a_table_with_headings_and_no_buttons(explorer):
    explorer.select("War and Peace")
    shown = explorer._words()
    assert "<caption>Nearest to War and Peace</caption>" in shown
    assert shown.count("scope='col'") == 4 and shown.count("scope='rowgroup'") == 5
    assert "b, c, d, e, f, g + 2 more" in shown and ">none<" in shown
    assert "&lt;b&gt;Ulysses&lt;/b&gt;" in shown and "<b>Ulysses" not in shown and "<button" not in shown


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
    assert "<caption>Nearest to Emma</caption>" in words["text/html"] and "<style>" in words["text/html"]
    assert view["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert len(json.dumps([picture, words, view])) < 400_000


@pytest.mark.parametrize(
    "change",
    [
        {"selected": "Dune", "chosen": []},
        {"chosen": ["Dune", "Emma"], "selected": None},
        {"color": "year"},
        {"dim": 3},
        {"projection": "direction"},
        {"distorted": True},
    ],
)
def test_what_changes_the_picture_renews_it(explorer, monkeypatch, change):
    renewed = []
    explorer.ends = ["Emma", "Dune"]
    explorer.select("Emma")
    monkeypatch.setattr(explorer, "_displayed", True)
    monkeypatch.setattr(widgets, "running_loop", lambda: renewed.append(1))
    explorer.set_state(change)
    assert renewed


def test_the_figures_texts_are_escaped(explorer):
    explorer.show_direction("<b>Ulysses</b>", "Emma")
    assert axis(explorer) == "from &lt;b&gt;Ulysses&lt;/b&gt; (0) to Emma (1)"
    explorer.select("<b>Ulysses</b>")
    assert explorer.figure.data[-1].text[0] == "<b>&lt;b&gt;Ulysses&lt;/b&gt;</b>"


# Closing, and cells that are run again


def shows(monkeypatch):
    """Cells to show widgets in: show(cell, execution, widget)."""
    monkeypatch.setattr(widgets, "display", lambda *shown, **options: None)
    monkeypatch.setattr(widgets.LiveWidget, "_show_static", lambda widget, show: None)  # takes its time

    def show(cell, execution, widget):
        monkeypatch.setattr(widgets, "running_cell", lambda: (cell, execution))
        widget._ipython_display_()

    return show


def test_closing_gives_up_all_that_the_widget_is_made_of():
    explorer = explore(snapshots=Taken(), projection="pca")
    models = [explorer, *explorer.children, *explorer.tables, explorer.layout]
    assert len(explorer.tables) == 4 and all(model.comm is not None for model in models)
    explorer.close()
    explorer.close()
    assert all(model.comm is None for model in models) and explorer.closed


def test_a_closed_explorer_still_answers_a_program(explorer):
    explorer.close()
    assert len(explorer.select("Emma")) == 5 and explorer.figure and explorer.static()[0]["image/png"]


MADE = {
    "explorer": lambda: explore(make_table(), projection="pca", selected="Emma"),
    "explorer of epochs": lambda: explore(snapshots=Taken(), projection="umap"),
    "linked maps": lambda: compare_maps({"One": make_table(), "Other": make_table(seed=1)}, k=3),
}


@pytest.mark.parametrize("kind", MADE)
def test_a_cell_that_is_run_again_leaves_no_models_behind(monkeypatch, jobs, kind):
    show, before = shows(monkeypatch), len(_instances)
    show("again", "0", MADE[kind]())
    count = len(_instances)
    for execution in range(1, 101):
        show("again", str(execution), MADE[kind]())
        assert len(_instances) == count > before
    assert all(job.cancelled for job in jobs[:-1]) and all(not job.cancelled for job in jobs[-1:])


@pytest.mark.slow
def test_a_cell_that_is_run_again_leaves_the_memory_flat(monkeypatch):
    show, names = shows(monkeypatch), [f"a name of some letters {i}" for i in range(200)]
    frame = pd.DataFrame({"kind": [i % 7 for i in range(200)], "text": names}, names)

    def made():
        explorer = explore(make_table(names, dim=500), frame=frame, projection="pca", selected=names[3])
        explorer.observe(lambda change: explorer.lit, "selected")  # a circle, as in a learner's cell
        return explorer

    def used():
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        for execution in range(10):
            show("memory", f"{execution}", made())
        before = used()
        kept = made()
        holds = used() - before
        assert holds > 2 * 4 * 500 * 200  # the vectors, and the page's: they are seen
        kept.close()
        del kept
        before = used()
        for execution in range(10, 40):
            show("memory", f"{execution}", made())
        grown = (used() - before) / 30
    finally:
        tracemalloc.stop()
    assert grown < holds / 10, f"{grown:,.0f} bytes a run of {holds:,.0f}"


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


def test_a_closed_map_draws_no_more(monkeypatch):
    drawn = []
    monkeypatch.setattr(widgets, "update_display", lambda *shown, **options: drawn.append(shown))

    class Loop:
        """Stands for the kernel's; a test says when it is later."""

        def __init__(self):
            self.calls = []

        def call_later(self, seconds, *call):
            handle = SimpleNamespace(call=call, cancel=lambda: self.cancel(handle))
            self.calls.append(handle)
            return handle

        def cancel(self, handle):
            if handle in self.calls:
                self.calls.remove(handle)

    loop = Loop()
    monkeypatch.setattr(widgets, "running_loop", lambda: loop)
    explorer = explore(make_table(), projection="pca")
    explorer._displayed = True
    explorer.select("Emma")
    explorer.select("Dune")
    assert len(loop.calls) == 1  # the picture is drawn once for changes that follow each other
    explorer.close()
    explorer.select("Emma")
    assert loop.calls == [] and drawn == []


def test_a_closed_map_is_shown_as_a_picture(explorer, monkeypatch):
    shown = []
    monkeypatch.setattr(widgets, "display", lambda data, **options: shown.append(data))
    explorer.close()
    explorer._ipython_display_()
    assert "image/png" in shown[0] and list(shown[-1]) == ["text/plain"] and "closed" in shown[-1]["text/plain"]


# A page whose messages are handled by another thread than the cells', as ipykernel's subshells do


FROM_PAGE = [
    {"selected": "Emma", "chosen": []},
    {"selected": None, "chosen": ["Dune", "Emma"]},
    {"epoch": 1, "projection": "pca"},
    {"chosen": [], "selected": "Dune"},
    {"epoch": 3, "projection": "umap"},
    {"umap": {"n_neighbors": 3, "min_dist": 0.5, "metric": "euclidean"}, "dim": 3},
    {"chosen": ["Dubliners"], "selected": None, "color": "neighbors kept"},
    {"dim": 2, "distorted": True},
]


def from_cell(explorer, i):
    """What a program does meanwhile."""
    acts = (
        lambda: explorer.select("Anna Karenina"),
        lambda: explorer.choose(["Emma", "War and Peace"]),
        lambda: setattr(explorer, "selected", "Dune"),
        lambda: explorer.show_epoch(2),
        lambda: setattr(explorer, "chosen", ["Emma"]),
        lambda: explorer.show_projection("umap"),
        lambda: setattr(explorer, "distorted", False),
        lambda: setattr(explorer, "umap", {"n_neighbors": 2 + i % 3, "min_dist": 0.1, "metric": "cosine"}),
        lambda: explorer.describe() and explorer._words() and explorer.lit,
        lambda: explorer.picture(),
        lambda: explorer.select(None),
        lambda: explorer._umaps.wait(),
    )
    acts[i % len(acts)]()


def test_messages_of_a_thread_and_a_cell_leave_one_truth(monkeypatch, jobs):
    explorer, errors = explore(snapshots=Taken(), projection="pca"), []

    def consistent(state):
        at_most_one(state)
        at_most_one({"selected": explorer.selected, "chosen": explorer.chosen})
        assert state["projection"] != "umap" or state["epoch"] == 3
        if not state["selected"]:
            time.sleep(0)  # whoever waits may go on here, if nothing holds it

    told = Page(explorer, monkeypatch, check=consistent)
    monkeypatch.setattr(widgets.LiveWidget, "renew_static", lambda widget: None)

    def guarded(act):
        try:
            for i in range(600):
                act(i)
        except BaseException as error:
            errors.append(error)

    page = threading.Thread(target=guarded, args=[lambda i: explorer.set_state(FROM_PAGE[i % len(FROM_PAGE)])])
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        page.start()
        guarded(lambda i: from_cell(explorer, i))
        page.join()
    finally:
        sys.setswitchinterval(interval)
    if errors:
        raise errors[0]
    assert len(told.messages) > 100
    ours = [
        name for name in explorer.traits(sync=True) if name not in ("umaps", "data", "tables", "children", "layout")
    ]
    now = explorer.get_state(ours)
    assert {name: told.state[name] for name in ours} == now
    at_most_one(now)


# A page of its own


AWKWARD = [
    "</script><script>window.broken = 1</script>",
    "“quotes” \"'",
    "<!--",
    "\\u0000 ${x}",
    "日本語",
    "&lt;{title}",
]


def awkward_explorer(**options):
    frame = pd.DataFrame({"<kind>": AWKWARD[::-1], "number": range(6)}, AWKWARD)
    pairs = Pairs.from_frame(pd.DataFrame({"title": AWKWARD, "link": AWKWARD[1:] + AWKWARD[:1]}))
    return explore(make_table(AWKWARD), pairs, frame, title=AWKWARD[0], **{"projection": "pca", **options})


def test_names_are_data_and_never_markup_in_a_page_of_its_own(tmp_path):
    explorer = awkward_explorer(selected=AWKWARD[0])
    plain = explore(make_table(), projection="pca").to_html(tmp_path / "plain.html").read_text()
    path = explorer.to_html(str(tmp_path / "awkward.html"))
    page = path.read_text()
    assert "window.broken" in page  # in the title, and in what the picture shows: as text
    assert all(name not in page for name in AWKWARD[:2])
    for markup in ("<script", "</script", "<!--", "<img", "<title"):
        assert page.count(markup) == plain.count(markup)
    parsed = PageParser()
    parsed.feed(page)
    parsed.close()
    assert parsed.title == AWKWARD[0] and parsed.alt == explorer.describe() and parsed.scripts == 3
    values = held(path)
    assert values["data"]["names"].decode().split("\n") == AWKWARD and values["selected"] == AWKWARD[0]


def test_a_page_holds_what_the_kernel_does(tmp_path, jobs):
    taken = Taken()
    explorer = explore(snapshots=taken, frame=pd.DataFrame({"kind": list("aabbcc")}, NAMES), projection="pca").wait()
    explorer.select("Emma")
    explorer.show_epoch(1)
    values = held(explorer.to_html(tmp_path / "page.html"))
    for name in ("selected", "chosen", "projection", "epoch", "color", "size", "dim", "umap", "ends", "distorted"):
        assert values[name] == getattr(explorer, name)
    assert values["umaps"] == explorer.umaps and values["data"] == explorer.data
    assert [one["$widget"]["epoch"] for one in values["tables"]] == [0, 1, 2, 3]
    assert not {"layout", "children", "_dom_classes", "comm"} & values.keys()


def test_a_page_waits_for_nothing_that_only_a_kernel_brings(tmp_path, jobs):
    explorer = explore(make_table())
    explorer.hold = True
    assert explorer.progress
    values = held(explorer.to_html(tmp_path / "page.html"))
    assert values["progress"] == {} and values["hold"] is False and values["projection"] == "pca"
    values = held(explorer.wait().to_html(tmp_path / "page.html"))
    assert values["projection"] == "umap" and list(values["umaps"]) == ["2 6 0.1 cosine"]


@pytest.mark.parametrize("broken", ["write_text", "replace"])
def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch, broken):
    path = tmp_path / "a folder" / "page.html"
    explorer = awkward_explorer()
    assert explorer.to_html(path) == path
    old, write = path.read_bytes(), Path.write_text

    def half(path, text, **options):
        write(path, text[: len(text) // 2], **options)
        raise OSError("no space left on device")

    def fail(*arguments):
        raise OSError("no space left on device")

    if broken == "write_text":
        monkeypatch.setattr(Path, "write_text", half)
    else:
        monkeypatch.setattr("embedviz.base.files.os.replace", fail)
    explorer.select(AWKWARD[2])
    with pytest.raises(OSError, match="no space left"):
        explorer.to_html(path)
    assert path.read_bytes() == old and list(path.parent.iterdir()) == [path]
    monkeypatch.undo()
    assert held(explorer.to_html(path))["selected"] == AWKWARD[2]
