"""Indexes: what is measured is what faiss does, and the widget shows it."""

import faiss
import numpy as np
import pandas as pd
import pytest
import torch
import traitlets
from ipywidgets.widgets.widget import _instances
from sklearn.neighbors import NearestNeighbors

from embedviz.space import indexes
from embedviz.space.indexes import NPROBES, best_time, fastest, measure_indexes, synthetic_vectors, threads
from embedviz.widgets.index_tradeoff import explore_indexes, tradeoff_figure

VECTORS = synthetic_vectors(3000, 16, clusters=50)
QUERIES = synthetic_vectors(3040, 16, clusters=50)[3000:]


@pytest.fixture(scope="module")
def measured():
    return measure_indexes(VECTORS, QUERIES, k=5, repeat=1, singles=5)


def test_synthetic_vectors_are_units_in_clusters_and_the_same_twice():
    assert VECTORS.shape == (3000, 16) and VECTORS.dtype == np.float32
    assert np.linalg.norm(VECTORS, axis=1) == pytest.approx(np.ones(3000), abs=1e-5)
    np.testing.assert_allclose(VECTORS, synthetic_vectors(3000, 16, clusters=50), atol=1e-5)  # BLAS may round otherwise
    assert np.abs(VECTORS - synthetic_vectors(3000, 16, seed=1, clusters=50)).max() > 0.1
    near, _ = NearestNeighbors(n_neighbors=1).fit(VECTORS).kneighbors(QUERIES)
    uniform = np.random.default_rng(0).normal(size=(3000, 16))
    far, _ = (
        NearestNeighbors(n_neighbors=1)
        .fit(uniform / np.linalg.norm(uniform, axis=1, keepdims=True))
        .kneighbors(QUERIES)
    )
    assert near.mean() < 0.8 * far.mean()
    for name, bad in (("n", 0), ("dim", 0), ("clusters", 0), ("intrinsic", -1), ("seed", -1), ("n", 10.0)):
        with pytest.raises(ValueError, match=f"{name}={bad}: it must be a whole number"):
            synthetic_vectors(**{"n": 5, name: bad})


def test_more_effort_finds_more(measured):
    exact = measured[measured["index"] == "exact"]
    assert list(measured["index"].unique()) == ["exact", "IVF", "HNSW"] and len(exact) == 1
    for kind in ("IVF", "HNSW"):
        recall = measured.loc[measured["index"] == kind, "recall"].to_numpy()
        assert (np.diff(recall) >= -0.01).all() and recall[-1] > 0.97
    assert (measured[["batched", "single", "build", "megabytes"]] > 0).all(axis=None)
    assert exact["megabytes"].item() == pytest.approx(VECTORS.nbytes / 1e6, rel=0.01)
    assert len(measured[measured["index"] == "IVF"]) == len(NPROBES)


def test_recall_is_that_of_a_search_by_hand(monkeypatch):
    lengths = np.random.default_rng(0).uniform(0.5, 2, size=(3000, 1)).astype(np.float32)
    vectors = lengths * VECTORS  # so that dot product, cosine and distance disagree
    truth = np.argsort(-(QUERIES.astype(np.float64) @ vectors.T.astype(np.float64)), axis=1)[:, :5]
    found, time_it = [], best_time

    def spy(call, repeat):
        seconds, result = time_it(call, repeat)
        if result is not None:  # of all queries at once: (similarities, numbers)
            found.append(result[1])
        return seconds, result

    monkeypatch.setattr(indexes, "best_time", spy)
    measured = measure_indexes(vectors, QUERIES, k=5, repeat=1, singles=5)
    recalls = [np.mean([len(set(a) & set(b)) / 5 for a, b in zip(truth, one)]) for one in found]
    assert recalls[0] > 0.99  # the exact search finds what there is, but for numbers that float32 cannot tell apart
    assert measured["recall"].to_numpy() == pytest.approx(np.array(recalls), abs=0.01)
    assert measured["recall"].min() < 0.8  # not all are easy


@pytest.mark.parametrize("neighbors, construction", [(2, 2), (3, 2), (512, 16)])
def test_the_smallest_and_the_largest_graph_are_built(neighbors, construction):
    few = measure_indexes(
        VECTORS[:200], QUERIES[:3], 3, neighbors=neighbors, construction=construction, repeat=1, singles=1
    )
    assert (few["index"] == "HNSW").sum() == 6 and few["recall"].between(0, 1).all()


def test_tensors_are_searched_too():
    tensors = torch.from_numpy(VECTORS[:200]).requires_grad_(), torch.from_numpy(QUERIES).bfloat16()
    assert measure_indexes(*tensors, 3, repeat=1, singles=1)["recall"].iloc[0] == 1


def test_threads_are_put_back():
    before = faiss.omp_get_max_threads()
    with pytest.raises(KeyError), threads(1):
        assert faiss.omp_get_max_threads() == 1
        raise KeyError
    assert faiss.omp_get_max_threads() == before
    assert best_time(lambda: "x", 2)[1] == "x"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((VECTORS, QUERIES[:, :3]), r"\(3000, 16\) and queries of shape \(40, 3\)"),
        ((VECTORS[:50], QUERIES), "50 vectors: an index needs at least 100"),
        ((VECTORS, QUERIES, 3001), "k=3001: it must be a whole number from 1 to 3000"),
        ((VECTORS * np.nan, QUERIES), "vectors: 3000 of 3000 rows hold NaN"),
        ((VECTORS, QUERIES * np.inf), "queries: 40 of 40 rows hold NaN"),
        ((VECTORS, QUERIES[:0]), r"queries of shape \(0, 16\)"),
    ],
)
def test_what_cannot_be_searched_is_said(arguments, message):
    with pytest.raises(ValueError, match=message):
        measure_indexes(*arguments)


OUT_OF_RANGE = [(name, bad) for name in ("neighbors", "construction") for bad in (1, 0, -1, 2.5, 10**9)]
OUT_OF_RANGE += [(name, bad) for name in ("repeat", "singles", "k") for bad in (0, -1, 1.5)]


@pytest.mark.parametrize("name, bad", OUT_OF_RANGE)
def test_arguments_are_checked_before_faiss_has_them(name, bad, monkeypatch):
    """neighbors=1 ended the process, 0 aborted it, and −1 hung: see that faiss is not even asked."""
    monkeypatch.setattr(faiss, "IndexFlatIP", None)
    with pytest.raises(ValueError, match=f"{name}={bad}: it must be a whole number from [12] to "):
        measure_indexes(VECTORS, QUERIES, **{name: bad})


HAND = pd.DataFrame(
    [("exact", "every vector", 1.0, 100.0, 50.0, 0.1, 10.0), ("IVF", "1 of 9 lists", 0.8, 900.0, 400.0, 0.5, 11.0),
     ("IVF", "4 of 9 lists", 0.96, 300.0, 200.0, 0.5, 11.0), ("HNSW", "efSearch 16", 0.9, 800.0, 600.0, 3.0, 20.0)],
    columns=["index", "setting", "recall", "batched", "single", "build", "megabytes"],
)  # fmt: skip


def test_the_fastest_that_is_good_enough():
    assert [fastest(HAND, least)["setting"] for least in (0.5, 0.85, 0.95, 0.97)] == [
        "1 of 9 lists",
        "efSearch 16",
        "4 of 9 lists",
        "every vector",
    ]
    assert fastest(HAND, 0.5, "single")["setting"] == "efSearch 16" and fastest(HAND[1:], 0.99) is None


def test_the_widget_answers():
    explorer = explore_indexes({"toy": HAND, "other": HAND[:1], "loose": HAND[1:2]}, least=0.95)
    assert explorer.vectors == "toy" and explorer.frame is HAND
    assert explorer.answer == (
        "Fastest with a recall of at least 0.950: IVF (4 of 9 lists), recall 0.960, "
        "300 queries a second, 3.0 times exact search; 0.5 s to build, 11 MB."
    )
    explorer.least, explorer.way = 0.85, "single"
    assert explorer.chosen["setting"] == "efSearch 16" and "12.0 times" in explorer.answer
    explorer.vectors = "other"
    assert "exact (every vector)" in explorer.describe() and "times exact" not in explorer.describe()
    data, metadata = explorer.static()
    assert metadata["image/png"]["alt"].startswith("other: one query at a time") and len(data["image/png"]) > 5000
    explorer.vectors, explorer.least = "loose", 0.99
    assert explorer.chosen is None and "No index reaches a recall of 0.990" in explorer.describe()
    assert len(tradeoff_figure({"toy": HAND}).axes) == 1


def test_a_kind_of_index_looks_the_same_on_all_vectors():
    explorer = explore_indexes({"toy": HAND, "other": HAND[1:]})
    looks = [(look["color"], look["shape"]) for look in explorer.looks.values()]
    assert list(explorer.looks) == ["exact", "IVF", "HNSW"] and len(set(looks)) == 3
    one, other = (
        {line.get_label(): (line.get_color(), line.get_marker()) for line in ax.lines}
        for ax in tradeoff_figure({"toy": HAND, "other": HAND[1:]}).axes
    )
    assert other.items() < one.items() and one["IVF"][0] == explorer.looks["IVF"]["color"]


def test_a_program_sets_and_observes_what_is_shown():
    explorer, seen = explore_indexes({"toy": HAND, "other": HAND[:1]}), []
    explorer.observe(lambda change: seen.append((change["name"], change["new"])), ["vectors", "way", "least"])
    explorer.set_state({"way": "single", "least": 0.7})  # as a message of the page does
    explorer.vectors = "other"
    assert seen == [("way", "single"), ("least", 0.7), ("vectors", "other")]


@pytest.mark.parametrize(
    ("name", "bad", "message"),
    [
        ("vectors", "nothing", "vectors='nothing': it must be one of 'toy', 'other'"),
        ("way", "fast", "way='fast': it must be 'batched' or 'single'"),
        ("least", 0.4999, "least=0.4999: it must be from 0.5 to 1"),
        ("least", float("nan"), "least=nan: it must be from 0.5 to 1"),
        ("least", "much", "'much'"),
    ],
)
def test_what_cannot_be_shown_is_named_and_changes_nothing(name, bad, message):
    explorer = explore_indexes({"toy": HAND, "other": HAND[:1]})
    before = explorer.describe()
    with pytest.raises(traitlets.TraitError, match=message):
        setattr(explorer, name, bad)
    assert explorer.describe() == before


def test_closing_leaves_no_models_behind():
    count = len(_instances)
    explore_indexes({"toy": HAND}).close()
    assert len(_instances) == count


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({},), "nothing"),
        (({"a": HAND}, 0.2), "least=0.2"),
        (({"a": HAND}, 0.9, "fast"), "way='fast'"),
        (({"a": HAND.drop(columns="build")},), "the frame of 'a' has no column 'build'"),
        (({"a": HAND[:0]},), "the frame of 'a' has no row"),
    ],
)
def test_wrong_arguments_of_the_widget(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore_indexes(*arguments)


def test_the_still_picture_writes_numbers_and_no_latex():
    from embedviz.widgets.index_tradeoff import tradeoff_figure

    frame = pd.DataFrame({"index": ["exact", "IVF"], "recall": [1, 0.9], "batched": [100, 1e6], "single": [1, 2]})
    figure = tradeoff_figure({"films": frame})
    figure.draw_without_rendering()
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert "1,000,000" in labels and not any("$" in label for label in labels)
