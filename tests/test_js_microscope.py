"""The page's search, step by step: JavaScript's against Python's, which is faiss's; and the sentences of both."""

import numpy as np
import pytest

from embedviz.space.index_steps import exact_neighbors, hnsw_steps, ivf_steps
from embedviz.space.index_structure import HnswGraph, InvertedLists, build_hnsw, build_ivf, grid_step, on_grid
from embedviz.space.indexes import synthetic_vectors
from embedviz.space.table import EmbeddingTable
from embedviz.widgets.index_microscope import explore_search

pytestmark = pytest.mark.browser

SEARCH = """(kind, structure, queries, k, setting) => queries.map((query) =>
  loaded["microscope/search.js"][kind](structure, query, k, setting))"""
SHOW = """(payload, settings) => {
  const microscope = new loaded["microscope/state.js"].Microscope(payload), { told } = loaded["microscope/words.js"];
  return settings.map((values) => {
    const shown = microscope.shown(values);
    const said = shown.steps.map((_, step) => told(microscope, microscope.shown({ ...values, step })));
    return { said, ids: shown.search.ids, hits: shown.hits, exact: shown.exact.ids, last: shown.last };
  });
}"""
MEND = """(payload, values, changes) => new loaded["microscope/state.js"].Microscope(payload).mended(values, changes)"""


def whole(numbers, step):
    return np.rint(numbers / step).astype(np.int16)


def step_dict(step):
    return {name: getattr(step, name) for name in step.__dataclass_fields__}


def tied(n, seed=0):
    return np.random.default_rng(seed).integers(-2, 3, (n, 4)).astype(np.float32)


@pytest.mark.parametrize("vectors", [synthetic_vectors(800, 12, clusters=30), tied(400)], ids=["clusters", "ties"])
def test_the_page_takes_the_steps_that_python_takes(modules, vectors):
    step = grid_step(vectors)
    vectors = on_grid(vectors, step)
    rows = np.random.default_rng(3).integers(0, len(vectors), 40)
    asked = [whole(vectors[row], step) for row in rows]
    own = {"vectors": whole(vectors, step).ravel(), "dim": vectors.shape[1]}
    modules.load("microscope/search.js")

    def compare(kind, structure, python, page, k, setting):
        found = modules.evaluate(SEARCH, kind, own | page, asked, k, setting)
        for row, one in zip(rows, found):
            search = python(structure, vectors[row], k, setting)
            assert one["steps"] == [step_dict(taken) for taken in search.steps]
            assert one["ids"] == search.ids
            assert (np.array(one["values"]) * step**2).tolist() == search.values.tolist()

    for links, k, ef in [(3, 10, 10), (8, 5, 40), (8, 12, 4)]:
        graph = HnswGraph.of(build_hnsw(vectors, links, 20))
        page = {"entry": graph.entry, "links": [{"starts": starts, "ids": ids} for starts, ids in graph.links]}
        compare("hnswSteps", graph, hnsw_steps, page, k, ef)
    for number, k, nprobe in [(6, 10, 1), (9, 3, 4), (9, 60, 9)]:
        lists = InvertedLists.of(build_ivf(vectors, number, step=step))
        page = {"centers": whole(lists.centers, step).ravel(), "starts": lists.starts, "ids": lists.ids}
        compare("ivfSteps", lists, ivf_steps, page, k, nprobe)
    for row, query in zip(rows, asked):
        ids, values = exact_neighbors(lists, vectors[row], 10)
        found = modules.call("microscope/search.js", "exactNeighbors", own, query, 10)
        assert found["ids"] == ids and (np.array(found["values"]) * step**2).tolist() == values.tolist()


@pytest.fixture(scope="module")
def microscope():
    vectors = np.concatenate([synthetic_vectors(300, 12, clusters=300)] * 2)[:500]  # many twice
    names = ["</script><b>x", "日本 🙂", *(f"item {i}" for i in range(498))]
    return explore_search(EmbeddingTable(names, vectors), links=(3, 8), lists=(4, 12), k=7)


def test_the_page_says_what_python_says(modules, microscope):
    for module in ("microscope/state.js", "microscope/words.js"):
        modules.load(module)
    settings = [
        {"index": index, "links": links, "lists": lists, "ef": ef, "nprobe": nprobe, "selected": name, "step": 10**6}
        for index, links, lists, ef, nprobe in [("HNSW", 3, 4, 7, 1), ("HNSW", 8, 4, 30, 1), ("IVF", 3, 12, 7, 1),
                                                ("IVF", 3, 4, 7, 4)]
        for name in ("</script><b>x", "日本 🙂", "item 301", "item 77")
    ]  # fmt: skip
    found = modules.evaluate(SHOW, microscope.payload, settings)
    for values, page in zip(settings, found):
        microscope.set_state(values)
        assert page["ids"] == microscope.search.ids and page["last"] == len(microscope.search.steps) - 1
        assert page["exact"] == microscope.true_neighbors[0]
        said = []
        for step in range(page["last"] + 1):
            microscope.step = step
            said.append(microscope.sentence)
        assert page["said"] == said
        assert f"{len(page['hits'])} of the 7 true nearest found" in said[-1]
    assert {len(page["hits"]) == 7 for page in found} == {True, False}  # some miss, some do not


def test_who_is_at_the_end_stays_there_and_another_query_begins(modules, microscope):
    modules.load("microscope/state.js")
    start = {"index": "IVF", "links": 3, "lists": 12, "ef": 7, "nprobe": 9, "selected": "item 5", "step": 0}

    def mended(changes, **values):
        return modules.evaluate(MEND, microscope.payload, start | values, changes)

    assert mended({"lists": 4})["nprobe"] == 4 and mended({"lists": 4})["step"] == 0
    assert mended({"lists": 4}, step=10)["step"] == 5  # centers, four lists, the end
    assert mended({"nprobe": 2}, step=10)["step"] == 3 and mended({"nprobe": 2}, step=4)["step"] == 0
    assert mended({"selected": "item 6"}, step=10)["step"] == 0 and mended({"index": "HNSW"}, step=10)["step"] == 0
    assert mended({"step": 4})["step"] == 4
