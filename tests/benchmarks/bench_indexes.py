"""Indexes at 42 thousand, a million and ten million vectors: recall, queries a second, memory, time to build.

    python tests/benchmarks/bench_indexes.py                       all three: some hours on two cores, 9 GB of memory
    python tests/benchmarks/bench_indexes.py --n 42000 1000000     the first two

Vectors have 64 numbers and length 1 (`synthetic_vectors`: clusters, few degrees of freedom). There are two kinds of
queries: items, moved a little, as most benchmarks have them; and users, each the sum of five items of different
clusters, moved by what all users have in common, as a second tower makes them. They come from another distribution than
what is searched. Built with all cores, searched with one; recall is the share of the ten exact neighbors that is found.
A filter lets a tenth, or a hundredth, of the items through, at random.

Each (size, index) is a run of its own, and is kept: stopped, it goes on. See `kept_runs.py`.
"""

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

import faiss
import numpy as np
import pandas as pd
from kept_runs import run_kept
from results import record

from embedviz.space.indexes import best_time, synthetic_vectors, threads

DIM, K, QUERIES, SINGLES = 64, 10, 500, 200
SIZES = (42_000, 1_000_000, 10_000_000)
KINDS = ("flat", "int8", "binary, 200 compared exactly", "HNSW", "IVF-Flat", "IVF-PQ", "IVF-PQ, 100 compared exactly")
FILTERED = ("flat", "HNSW", "IVF-Flat")
EFS, PROBES, SHARES = (16, 32, 64, 128, 256), (1, 4, 16, 64, 256), (0.1, 0.01)


def made(n: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """n vectors, and two kinds of queries, each (QUERIES, DIM); all of length 1."""
    random, every = np.random.default_rng(1), synthetic_vectors(n + QUERIES, DIM, seed=0)
    vectors, items = every[:n], every[n:]
    common = random.normal(size=DIM).astype(np.float32)
    five = vectors[random.integers(0, n, (QUERIES, 5))].sum(1)
    users = five / np.linalg.norm(five, axis=1, keepdims=True) + 0.5 * common / np.linalg.norm(common)
    users += 0.1 * random.normal(size=users.shape)
    users = (users / np.linalg.norm(users, axis=1, keepdims=True)).astype(np.float32)
    return vectors, {"items": items, "users": users}


class Bits:
    """The signs of the numbers, compared first; the best of them are compared exactly."""

    def __init__(self, vectors: np.ndarray, compared: int):
        self.vectors, self.compared = vectors, compared
        self.index = faiss.IndexBinaryFlat(DIM)
        self.index.add(np.packbits(vectors > 0, axis=1))

    def search(self, queries: np.ndarray, k: int, params=None) -> tuple[np.ndarray, np.ndarray]:
        _, some = self.index.search(np.packbits(queries > 0, axis=1), self.compared)
        scores = np.einsum("qd,qcd->qc", queries, self.vectors[some])
        best = np.argsort(-scores, axis=1)[:, :k]
        return np.take_along_axis(scores, best, 1), np.take_along_axis(some, best, 1)


def build(kind: str, vectors: np.ndarray):
    """The index, and its settings: text → how it is searched."""
    lists = round(4 * len(vectors) ** 0.5)
    descriptions = {
        "flat": "Flat",
        "int8": "SQ8",
        "HNSW": "HNSW16",
        "IVF-Flat": f"IVF{lists},Flat",
        "IVF-PQ": f"IVF{lists},PQ16x8np",
        "IVF-PQ, 100 compared exactly": f"IVF{lists},PQ16x8np,RFlat",
    }
    if kind.startswith("binary"):
        return Bits(vectors, 200), {"every vector": {}}
    index = faiss.index_factory(DIM, descriptions[kind], faiss.METRIC_INNER_PRODUCT)
    if kind.startswith("IVF"):
        faiss.extract_index_ivf(index).cp.niter = 10
        some = np.random.default_rng(2).permutation(len(vectors))[: max(100 * lists, 10_000)]
        index.train(vectors[some])
    elif kind == "HNSW":
        index.hnsw.efConstruction = 40
    else:
        index.train(vectors[:100_000])
    index.add(vectors)
    if kind == "HNSW":
        return index, {f"efSearch {ef}": {"efSearch": ef} for ef in EFS}
    if kind.startswith("IVF"):
        return index, {f"{p} of {lists} lists": {"nprobe": p} for p in PROBES if p <= lists}
    return index, {"every vector": {}}


def parameters(kind: str, how: dict, selector=None):
    """What faiss's search is given, for an index of a kind."""
    if kind.startswith("binary"):
        return None
    common = {} if selector is None else {"sel": selector}
    if kind == "HNSW":
        return faiss.SearchParametersHNSW(**how, **common)
    if kind == "IVF-PQ, 100 compared exactly":
        own = faiss.IVFPQSearchParameters(**how, **common)
        return faiss.IndexRefineSearchParameters(k_factor=10, base_index_params=own)
    if kind.startswith("IVF"):
        return (faiss.IVFPQSearchParameters if "PQ" in kind else faiss.SearchParametersIVF)(**how, **common)
    return faiss.SearchParameters(**common) if common else None


def exact(vectors: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """The K nearest of each query, by a block of vectors at a time."""
    best = faiss.ResultHeap(len(queries), K, keep_max=True)
    for start in range(0, len(vectors), 500_000):
        block = vectors[start : start + 500_000]
        scores, numbers = faiss.knn(queries, block, K, metric=faiss.METRIC_INNER_PRODUCT)
        best.add_result(scores, numbers + start)
    best.finalize()
    return best.I


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean([len(set(a) & set(b)) / K for a, b in zip(found.tolist(), truth.tolist())]))


def measure(n: int, kind: str) -> list[dict]:
    """Rows of one index at one size; "let through" is the share of the items that may be found."""
    vectors, queries = made(n)
    start = time.perf_counter()
    index, settings = build(kind, vectors)
    seconds = time.perf_counter() - start
    common = {"n": n, "index": kind, "build": seconds, "MB": megabytes(index)}
    everyone = {who: exact(vectors, own) for who, own in queries.items()}
    rows = []
    with threads(1):
        for setting, how in settings.items():
            search = partial(index.search, k=K, params=parameters(kind, how))
            for who, own in queries.items():
                batched, (_, found) = best_time(partial(search, own), 1 if n > 10**6 else 3)
                alone, _ = best_time(lambda: [search(own[i : i + 1]) for i in range(SINGLES)], 1)  # noqa: B023
                row = {"setting": setting, "queries": who, "let through": 1.0, "recall": recall(found, everyone[who])}
                rows.append(common | row | {"batched": QUERIES / batched, "single": SINGLES / alone})
    for share in SHARES if kind in FILTERED else ():
        selector, truth = filtered(vectors, queries["users"], share)
        with threads(1):
            for setting, how in settings.items():
                search = partial(index.search, k=K, params=parameters(kind, how, selector))
                batched, (_, found) = best_time(partial(search, queries["users"]), 1)
                row = {"setting": setting, "queries": "users", "let through": share, "recall": recall(found, truth)}
                rows.append(common | row | {"batched": QUERIES / batched})
    return rows


def filtered(vectors: np.ndarray, queries: np.ndarray, share: float):
    """Which items may be found, as faiss wants it told, and the nearest of each query among them."""
    n = len(vectors)
    through = np.random.default_rng(3).random(n) < share
    allowed = np.flatnonzero(through)
    selector = faiss.IDSelectorBitmap(np.packbits(through, bitorder="little"))
    return selector, allowed[exact(vectors[allowed], queries)]


def megabytes(index) -> float:
    """Of the file that faiss would write; of bits with what is compared exactly."""
    if isinstance(index, Bits):
        return (index.vectors.nbytes // 32 + index.vectors.nbytes) / 1e6
    with tempfile.TemporaryDirectory() as folder:  # in memory there would be two copies of it
        path = Path(folder) / "index"
        faiss.write_index(index, str(path))
        return path.stat().st_size / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n", type=int, nargs="+", default=SIZES, help="vectors")
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    options = parser.parse_args()
    script = Path(__file__)
    run = partial(run_kept, script=script, processes=1)  # one at a time: times are measured
    table = pd.DataFrame(sum(run(measure, [(n, kind) for n in options.n for kind in options.kinds]), []))
    with pd.option_context("display.width", 200, "display.max_rows", None):
        print(table.round(3).to_string(index=False))
    table = table[table["let through"] == 1]
    for (n, who), own in table.groupby(["n", "queries"]):
        brute = own[own["index"] == "flat"]
        for kind, of_kind in own[own["index"] != "flat"].groupby("index", sort=False):
            good = of_kind[of_kind["recall"] >= 0.9]
            if len(good) and len(brute):
                best, exactly = good.loc[good["batched"].idxmax()], brute["batched"].iloc[0]
                what = f"{n:,} vectors, {who}: {kind}, {best['setting']}, recall {best['recall']:.3f}"
                record(what, best["batched"], "queries/s", "exact", exactly)


if __name__ == "__main__":
    main()
