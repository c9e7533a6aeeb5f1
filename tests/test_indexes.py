"""Indexes: what is measured is what faiss does, and the widget shows it."""

import faiss
import numpy as np
import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances
from sklearn.neighbors import NearestNeighbors

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
    assert np.array_equal(VECTORS, synthetic_vectors(3000, 16, clusters=50))
    near, _ = NearestNeighbors(n_neighbors=1).fit(VECTORS).kneighbors(QUERIES)
    uniform = np.random.default_rng(0).normal(size=(3000, 16))
    far, _ = (
        NearestNeighbors(n_neighbors=1)
        .fit(uniform / np.linalg.norm(uniform, axis=1, keepdims=True))
        .kneighbors(QUERIES)
    )
    assert near.mean() < 0.8 * far.mean()
    with pytest.raises(ValueError, match="n=0"):
        synthetic_vectors(0)


def test_exact_finds_all_and_more_effort_finds_more(measured):
    exact = measured[measured["index"] == "exact"]
    assert exact["recall"].tolist() == [1.0] and list(measured["index"].unique()) == ["exact", "IVF", "HNSW"]
    for kind in ("IVF", "HNSW"):
        recall = measured.loc[measured["index"] == kind, "recall"].to_numpy()
        assert (np.diff(recall) >= -0.01).all() and recall[-1] > 0.97
    assert (measured[["batched", "single", "build", "megabytes"]] > 0).all(axis=None)
    assert exact["megabytes"].item() == pytest.approx(VECTORS.nbytes / 1e6, rel=0.01)
    assert len(measured[measured["index"] == "IVF"]) == len(NPROBES)


def test_recall_is_that_of_an_independent_search(measured):
    truth = (
        NearestNeighbors(n_neighbors=5).fit(VECTORS).kneighbors(QUERIES, return_distance=False)
    )  # units: the same order as dot product
    lists = int(measured.loc[1, "setting"].split()[2])
    index = faiss.index_factory(16, f"IVF{lists},Flat", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.max_points_per_centroid = 10, 60
    index.train(VECTORS)
    index.add(VECTORS)
    _, found = index.search(QUERIES, 5)  # nprobe is 1
    expected = np.mean([len(set(a) & set(b)) / 5 for a, b in zip(truth, found)])
    assert measured.loc[1, "recall"] == pytest.approx(expected, abs=0.02)


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
        ((VECTORS, QUERIES, 3001), "k=3001: it must be from 1 to 3000"),
        ((VECTORS * np.nan, QUERIES), "NaN"),
    ],
)
def test_what_cannot_be_searched_is_said(arguments, message):
    with pytest.raises(ValueError, match=message):
        measure_indexes(*arguments)


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
    explorer = explore_indexes({"toy": HAND, "other": HAND[:1]}, least=0.95)
    assert (
        "IVF (4 of 9 lists), recall 0.960, 300 queries a second, 3.0 times exact search; 0.5 s to build, 11 MB"
        in explorer.answer.value
    )
    explorer.least_slider.value = 0.85
    explorer.way_box.value = "single"
    assert explorer.chosen["setting"] == "efSearch 16" and "12.0 times" in explorer.answer.value
    assert explorer.plot.traces[-1]["x"] == [0.9] and explorer.plot.look["shapes"][0]["x1"] == 0.85
    explorer.vectors_box.value = "other"
    assert "exact (every vector)" in explorer.describe() and "times exact" not in explorer.describe()
    explorer.measured["other"] = HAND[1:2]
    explorer.least_slider.value = 0.99
    assert "No index reaches a recall of 0.990" in explorer.describe()
    data, metadata = explorer.static()
    assert metadata["image/png"]["alt"].startswith("other: one query at a time") and len(data["image/png"]) > 5000
    assert len(tradeoff_figure({"toy": HAND}).axes) == 1


def test_closing_leaves_no_models_behind():
    explore_indexes({"toy": HAND}).close()
    count = len(_instances)
    explore_indexes({"toy": HAND}).close()
    assert len(_instances) == count


def test_names_are_no_html_in_the_widget():
    odd = HAND.assign(setting="<b>%{x}</b>")
    explorer = explore_indexes({"<i>toy</i>": odd})
    assert explorer.plot.look["title"]["text"].startswith("&lt;i&gt;toy") and "&lt;b&gt;" in explorer.answer.value
    assert set(explorer.plot.traces[0]["text"]) == {"&lt;b&gt;%{x}&lt;/b&gt;"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(({},), "nothing"), (({"a": HAND}, 0.2), "least=0.2"), (({"a": HAND}, 0.9, "fast"), "way='fast'")],
)
def test_wrong_arguments_of_the_widget(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore_indexes(*arguments)
