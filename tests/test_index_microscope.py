"""HNSW and IVF step by step: what is found and how many distances are counted, against faiss itself; and the widget."""

import faiss
import numpy as np
import pytest
import traitlets
from ipywidgets.widgets.widget import _instances
from sklearn.decomposition import TruncatedSVD

from embedviz.datasets.books import load_books
from embedviz.inputs.pairs import Pairs
from embedviz.space.enrichment import Traits
from embedviz.space.index_steps import exact_neighbors, hnsw_steps, ivf_steps
from embedviz.space.index_structure import HnswGraph, InvertedLists, build_hnsw, build_ivf, grid_step, on_grid
from embedviz.space.indexes import synthetic_vectors, threads
from embedviz.space.table import EmbeddingTable
from embedviz.widgets.index_microscope import explore_search, microscope_figure


def books():
    """Chapter 2's books by their links, in 24 numbers: real vectors in a second."""
    pairs = Pairs.from_frame(load_books().pairs, min_items=4)
    links = Traits(pairs.items, pairs).matrix.astype(np.float64)
    found = TruncatedSVD(24, random_state=0).fit_transform(links)
    return EmbeddingTable(pairs.items, found / np.linalg.norm(found, axis=1, keepdims=True).clip(1e-9))


@pytest.fixture(scope="module")
def table():
    return books()


def tied(seed=0, n=500, dim=4):
    """Few different numbers: hundreds of equal distances and equal vectors."""
    return np.random.default_rng(seed).integers(-2, 3, (n, dim)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors(table):
    """Name → vectors on a grid, of lengths about 1, other lengths, and with ties."""
    unit = synthetic_vectors(1200, 16, clusters=40)
    sets = {"books": table.vectors, "synthetic": unit, "long": 37 * unit[:700] * np.linspace(0.1, 1, 700)[:, None]}
    return {name: on_grid(one, grid_step(one)) for name, one in sets.items()} | {"tied": tied()}


def queries_of(vectors, count, seed=1):
    """Some of the vectors, and some that are none of them, on the same grid."""
    random, step = np.random.default_rng(seed), grid_step(vectors)
    rows = random.integers(0, len(vectors), count)
    moved = (vectors[rows] + vectors[random.permutation(rows)]) / 2
    return np.concatenate([vectors[rows[: count // 2]], on_grid(moved[count // 2 :], step)])


def faiss_finds(index, query, k, parameters):
    """(ids, values, distances counted) of one search of faiss."""
    hnsw = isinstance(index, faiss.IndexHNSW)
    statistics = faiss.cvar.hnsw_stats if hnsw else faiss.cvar.indexIVF_stats
    statistics.reset()
    with threads(1):
        values, ids = index.search(query[None], k, params=parameters)
    there = ids[0] >= 0
    return ids[0][there].tolist(), values[0][there].tolist(), statistics.ndis


@pytest.mark.parametrize("similarity", [True, False])
@pytest.mark.parametrize("name", ["books", "synthetic", "long", "tied"])
def test_hnsw_finds_and_counts_as_faiss_does(vectors, name, similarity):
    for links, settings in {4: [(10, 10), (5, 40)], 16: [(10, 16), (20, 3), (1, 1)]}.items():
        index = build_hnsw(vectors[name], links, 20, similarity)
        graph, walked = HnswGraph.of(index), 0
        assert len(graph.links) == index.hnsw.max_level + 1 and graph.similarity == similarity
        for k, ef in settings:
            for query in queries_of(vectors[name], 30, seed=k):
                search = hnsw_steps(graph, query, k, ef)
                found = faiss_finds(index, query, k, faiss.SearchParametersHNSW(efSearch=ef))
                assert (search.ids, search.values.tolist(), search.counted) == found
                assert search.count == search.counted + 1  # faiss does not count the entry point
                walked += sum(step.kind == "walk" for step in search.steps)
        assert walked > 30 * len(settings)


@pytest.mark.parametrize("similarity", [True, False])
@pytest.mark.parametrize("name", ["books", "synthetic", "long", "tied"])
def test_ivf_finds_and_counts_as_faiss_does(vectors, name, similarity):
    step = grid_step(vectors[name])
    for lists, settings in {5: [(10, 1), (3, 5)], 12: [(10, 3), (1, 1), (40, 12)]}.items():
        index = build_ivf(vectors[name], lists, similarity, step)
        inverted = InvertedLists.of(index)
        np.testing.assert_array_equal(inverted.vectors, vectors[name])
        assert all(inverted.list_of(item) == i for i in range(lists) for item in inverted.members(i)[:5].tolist())
        for k, nprobe in settings:
            for query in queries_of(vectors[name], 30, seed=k):
                search = ivf_steps(inverted, query, k, nprobe)
                found = faiss_finds(index, query, k, faiss.SearchParametersIVF(nprobe=nprobe))
                assert (search.ids, search.values.tolist(), search.counted) == found
                assert search.count == search.counted + lists


@pytest.mark.parametrize("similarity", [True, False])
@pytest.mark.parametrize("name", ["books", "tied"])
def test_the_true_nearest_are_those_of_an_exhaustive_search(vectors, name, similarity):
    graph = HnswGraph.of(build_hnsw(vectors[name], 4, 8, similarity))
    flat = (faiss.IndexFlatIP if similarity else faiss.IndexFlatL2)(graph.vectors.shape[1])
    flat.add(graph.vectors)
    for query in queries_of(vectors[name], 20):
        values, ids = flat.search(query[None], 10)
        found, near = exact_neighbors(graph, query, 10)
        assert (found, near.tolist()) == (ids[0].tolist(), values[0].tolist())


def test_the_exported_graph_is_what_faiss_walks(vectors):
    index = build_hnsw(vectors["synthetic"], 4)
    graph, hnsw = HnswGraph.of(index), index.hnsw
    flat, offsets = faiss.vector_to_array(hnsw.neighbors), faiss.vector_to_array(hnsw.offsets)
    for item in [0, 7, graph.entry, *np.flatnonzero(graph.levels >= 2)[:5].tolist()]:
        own, at = [], int(offsets[item])
        for level in range(int(graph.levels[item]) + 1):
            slots = flat[at : at + hnsw.nb_neighbors(level)]
            own.append([int(one) for one in slots if one >= 0])
            at += hnsw.nb_neighbors(level)
        assert own == [graph.neighbors(item, level).tolist() for level in range(len(own))]
    sizes = [np.count_nonzero(graph.levels >= level) for level in range(len(graph.links))]
    assert sizes[0] == 1200 and sizes == sorted(sizes, reverse=True) and graph.levels[graph.entry] == len(sizes) - 1


def test_steps_add_up_and_say_what_they_do(vectors):
    graph = HnswGraph.of(build_hnsw(vectors["books"], 8))
    for query in queries_of(vectors["books"], 20):
        steps = hnsw_steps(graph, query, 10, 16).steps
        assert [steps[0].kind, steps[-1].kind] == ["enter", "stop"] and steps[-1].waiting == []
        assert np.cumsum([len(step.measured) for step in steps]).tolist() == [step.count for step in steps]
        walks = [step for step in steps if step.kind == "walk"]
        once = [item for step in walks for item in step.measured]
        assert len(set(once)) == len(once) and len({step.at for step in walks}) == len(walks)
        for before, step in zip(walks, walks[1:]):
            assert step.at == before.waiting[0] and set(step.entered) == set(step.best) - set(before.best)
            assert len(step.best) <= 10 and len(step.waiting) <= 16


def test_the_grid_keeps_the_vectors_and_makes_sums_exact(table):
    step = grid_step(table.vectors)
    rounded = on_grid(table.vectors, step)
    assert np.log2(step) % 1 == 0 and np.abs(rounded - table.vectors).max() <= step / 2
    whole = np.rint(rounded / step).astype(np.int64)
    exact = (whole @ whole[:50].T) * step**2
    for order in (slice(None), slice(None, None, -1)):  # in whatever order float32 adds
        np.testing.assert_array_equal(rounded[:, order] @ rounded[:50, order].T, exact)
    assert grid_step(1000 * table.vectors) == 1024 * step  # a power of two


def graph():
    return HnswGraph.of(build_hnsw(tied()))


def with_ids():
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(4), 4, 2, faiss.METRIC_INNER_PRODUCT)
    index.train(tied())
    index.add_with_ids(tied()[:9], np.arange(9) + 7)
    return index


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: HnswGraph.of(faiss.IndexFlatIP(4)), TypeError, "a IndexFlatIP: a faiss.IndexHNSWFlat is needed"),
        (lambda: InvertedLists.of(faiss.IndexFlatIP(4)), TypeError, "a IndexFlatIP: a faiss.IndexIVFFlat is needed"),
        (lambda: HnswGraph.of(faiss.IndexHNSWFlat(4, 8)), ValueError, "the index is empty"),
        (lambda: HnswGraph.of(faiss.IndexHNSWFlat(4, 8, faiss.METRIC_L1)), ValueError, "metric 2: need"),
        (lambda: InvertedLists.of(with_ids()), ValueError, "the ids are not 0 to 8, each once"),
        (lambda: build_hnsw(tied(), 1), ValueError, "links=1: it must be a whole number from 2 to 512"),
        (lambda: build_ivf(tied(), 501), ValueError, "lists=501: it must be a whole number from 1 to 500"),
        (lambda: grid_step(np.zeros((3, 4))), ValueError, "the longest vector has a length of 0"),
        (lambda: hnsw_steps(graph(), np.ones(3)), ValueError, "a query of 3 numbers, vectors of 4"),
        (lambda: hnsw_steps(graph(), np.ones(4), ef=0), ValueError, "ef=0: it must be at least 1"),
        (lambda: hnsw_steps(graph(), np.full(4, np.nan)), ValueError, "query: 1 of 1 rows hold NaN"),
    ],
)  # fmt: skip
def test_what_cannot_be_exported_or_searched_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The widget


@pytest.fixture(scope="module")
def microscope(table):
    return explore_search(table, selected="War and Peace", links=(4, 8), lists=(8, 16, 5000), ef=12, nprobe=3)


def test_the_widget_says_what_a_search_does(microscope):
    microscope.index, microscope.step = "HNSW", 0
    steps = microscope.search.steps
    assert microscope.sentence.startswith(f"Start at {microscope.items[steps[0].at]}, the entry point on level ")
    microscope.step = 10**6
    assert microscope.sentence == microscope.describe().split(f"in {len(steps) - 1} steps. ")[1]
    assert f"with {steps[-1].count:,} distances instead of {len(microscope.items):,}." in microscope.sentence
    microscope.index, microscope.lists, microscope.nprobe, microscope.step = "IVF", 16, 16, 1
    assert microscope.sentence.startswith("List ") and "number 1 of the 16 to search" in microscope.sentence
    count = f"with {len(microscope.items) + 16:,} distances"
    assert f"10 of the 10 true nearest found, {count}" in microscope.describe()  # all lists: exact, and dearer
    assert list(microscope.inverted) == [8, 16] and microscope.lists == 16
    microscope.nprobe = 1
    missed = microscope.describe()
    assert ("Missed: " in missed) == ("10 of the 10" not in missed)


def test_the_still_picture_marks_what_was_found(microscope):
    data, metadata = microscope.static()
    assert metadata["image/png"]["alt"] == microscope.describe() and len(data["image/png"]) > 5000
    labels = [text.get_text() for text in microscope_figure(microscope).axes[0].get_legend().get_texts()]
    assert any(label.startswith("true nearest: 10") for label in labels) and "query" in labels


def test_a_program_sets_what_is_shown_and_the_page_too(microscope):
    microscope.set_state({"index": "IVF", "lists": 8, "nprobe": 8, "selected": "Anna Karenina", "step": 2})
    assert (microscope.lists, microscope.nprobe, microscope.selected) == (8, 8, "Anna Karenina")
    microscope.lists, microscope.nprobe = 16, 13
    microscope.lists = 8
    assert microscope.nprobe == 8


@pytest.mark.parametrize(
    ("name", "bad", "message"),
    [
        ("index", "flat", "index='flat': it must be one of 'HNSW', 'IVF'"),
        ("links", 5, "links=5: it must be one of 4, 8"),
        ("lists", 5, "lists=5: it must be one of 8, 16"),
        ("ef", 9, "ef=9: it must be from 10 to 100"),
        ("nprobe", 0, "nprobe=0: it must be from 1 to "),
        ("step", -1, "step=-1: it must be from 0"),
        ("selected", "No Such Book", "selected='No Such Book': no item has this name"),
    ],
)
def test_what_cannot_be_shown_is_named_and_changes_nothing(microscope, name, bad, message):
    before = microscope.describe()
    with pytest.raises(traitlets.TraitError, match=message):
        setattr(microscope, name, bad)
    assert microscope.describe() == before


def small(n=60):
    return EmbeddingTable([f"item {i}" for i in range(n)], tied(n=n) + 0.1)


def test_closing_leaves_no_models_behind_even_after_an_error():
    count = len(_instances)
    explore_search(small(), links=[4], lists=[4], place=tied(n=60, dim=2)).close()
    with pytest.raises(ValueError, match="index='tree'"):
        explore_search(small(), links=[4], index="tree")
    assert len(_instances) == count


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"table": small(39)}, ValueError, "39 items: it must be 40 to 20,000"),
        ({"k": 51}, ValueError, "k=51: it must be a whole number from 1 to 50"),
        ({"links": []}, ValueError, "give at least one of each"),
        ({"links": [1]}, ValueError, "links=1: it must be a whole number"),
        ({"lists": [0]}, ValueError, "lists=0: it must be a whole number"),
        ({"place": tied(dim=2)}, ValueError, r"place of shape \(500, 2\): need \(60, 2\)"),
        ({"ef": 101}, ValueError, "ef=101: it must be from 10 to 60"),
        ({"ef": 16.5}, ValueError, "ef=16.5: it must be at least 1, a whole number"),
        ({"nprobe": 0}, ValueError, "nprobe=0: it must be at least 1"),
        ({"selected": "item 7 "}, None, None),
        ({"selected": "itm 7"}, KeyError, "item 7"),
    ],
)
def test_wrong_arguments_of_the_widget(options, error, message):
    options = {"table": small(), "links": [4]} | options
    if error is None:
        assert explore_search(**options).selected == "item 7"
        return
    with pytest.raises(error, match=message):
        explore_search(**options)
