"""Serving: exact search against approximate indexes (faiss), in recall and in queries per second."""

import os
import time
from contextlib import contextmanager
from functools import partial

import faiss
import numpy as np
import pandas as pd

from embedviz.base.arrays import checked_vectors, whole_number

NPROBES = (1, 2, 4, 8, 16, 32, 64)

EF_SEARCH = (10, 16, 32, 64, 128, 256)


def synthetic_vectors(n: int, dim: int = 32, seed: int = 0, intrinsic: int = 12, clusters: int = 1000) -> np.ndarray:
    """Unit vectors as a tower makes them, float32 (n, dim): in clusters, and of fewer degrees of freedom than numbers.

    Uniform ones would have no structure for an index to use, and real ones always have some. Vectors of the same seed
    come from the same clusters: to have queries, make more of them and cut some off.

    Args:
        n, dim: how many, and of how many numbers.
        seed: of the draws.
        intrinsic: degrees of freedom.
        clusters: how many there are.

    Raises:
        ValueError: one of these is no whole number or below 1 (the seed: below 0).
    """
    for name, value in {"n": n, "dim": dim, "intrinsic": intrinsic, "clusters": clusters}.items():
        whole_number(name, value, 1, 2**31 - 1)
    seed = whole_number("seed", seed, 0, 2**63)
    random = np.random.default_rng(seed)
    mix, centers = random.normal(size=(intrinsic, dim)) / 3, random.normal(size=(clusters, intrinsic))
    mix, centers = mix.astype(np.float32), centers.astype(np.float32)
    made = np.empty((n, dim), np.float32)
    for start in range(0, n, 100_000):  # all at once would need as much memory again
        rows = made[start : start + 100_000]
        free = centers[random.integers(0, clusters, len(rows))] + 0.5 * random.standard_normal(
            (len(rows), intrinsic), np.float32
        )
        rows[:] = np.tanh(free @ mix) + 0.1 * random.standard_normal(rows.shape, np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return made


def measure_indexes(
    vectors: np.ndarray,
    queries: np.ndarray,
    k: int = 10,
    neighbors: int = 12,
    construction: int = 16,
    repeat: int = 3,
    singles: int = 100,
) -> pd.DataFrame:
    """Search by dot product: exact, inverted lists (IVF) and a navigable graph (HNSW), each at several settings.

    Built with all cores, searched with one, as a server does that has other requests at the same time.

    Args:
        vectors: finite numbers of shape (n, dim), those to be found; n ≥ 100.
        queries: finite numbers of shape (m, dim).
        k: neighbors to find, 1 to n. HNSW is searched only with an efSearch of at least k: above 256 not at all.
        neighbors: HNSW's M, edges of a node (twice as many at the lowest level), 2 to 512.
        construction: HNSW's efConstruction, candidates looked at when a vector is added, 2 to 10,000: more make a
            better graph, more slowly.
        repeat: each time is the best of so many, at least 1.
        singles: queries asked one at a time, at least 1; fewer if there are fewer.

    Returns:
        A row for each index and setting: index ("exact", "IVF", "HNSW"), setting (text), recall (share of the k exact
        neighbors found), batched and single (queries a second, all at once and one at a time), build (seconds),
        megabytes (with the vectors).

    Raises:
        ValueError: shapes that do not fit, an argument out of range, too few vectors, or a number that is not finite.

    Source: Johnson, Douze & Jégou, *Billion-scale similarity search with GPUs* (2017); Malkov & Yashunin, *HNSW*
    (2016).
    """
    vectors, queries = checked_vectors(vectors), checked_vectors(queries, "queries")
    if vectors.shape[1] != queries.shape[1]:
        raise ValueError(
            f"vectors of shape {vectors.shape} and queries of shape {queries.shape}: need (n, dim) and (m, dim)"
        )
    n, dim = vectors.shape
    if n < 100:
        raise ValueError(f"{n} vectors: an index needs at least 100; search them exactly")
    k = whole_number("k", k, 1, n)
    # faiss checks neither: of a node with 1 edge it takes the logarithm, and crashes.
    neighbors = whole_number("neighbors", neighbors, 2, 512)
    construction = whole_number("construction", construction, 2, 10_000)
    repeat, singles = whole_number("repeat", repeat, 1, 10_000), whole_number("singles", singles, 1, 2**31)
    few = queries[:singles]
    lists = int(min(4 * n**0.5, 1024, n / 39))  # faiss warns of fewer than 39 vectors a list
    exact = faiss.IndexFlatIP(dim)
    inverted = faiss.IndexIVFFlat(faiss.IndexFlatIP(dim), dim, lists, faiss.METRIC_INNER_PRODUCT)
    inverted.cp.niter, inverted.cp.max_points_per_centroid = 10, 60
    graph = faiss.IndexHNSWFlat(dim, neighbors, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = construction
    tried = {
        "exact": (exact, {"every vector": None}),
        "IVF": (
            inverted,
            {f"{p} of {lists} lists": faiss.SearchParametersIVF(nprobe=p) for p in NPROBES if p <= lists},
        ),
        "HNSW": (graph, {f"efSearch {ef}": faiss.SearchParametersHNSW(efSearch=ef) for ef in EF_SEARCH if ef >= k}),
    }
    rows, truth = [], None
    for kind, (index, settings) in tried.items():
        start = time.perf_counter()
        with threads(os.cpu_count()):
            index.train(vectors)
            index.add(vectors)
        build, megabytes = time.perf_counter() - start, len(faiss.serialize_index(index)) / 1e6
        with threads(1):
            for setting, parameters in settings.items():
                search = partial(index.search, k=k, params=parameters)
                seconds, (_, found) = best_time(partial(search, queries), repeat if kind != "exact" else 1)
                alone, _ = best_time(partial(_one_by_one, search, few), 1)
                truth = found if truth is None else truth
                recall = np.mean([len(set(a) & set(b)) / k for a, b in zip(truth.tolist(), found.tolist())])
                rows.append((kind, setting, recall, len(queries) / seconds, len(few) / alone, build, megabytes))
    return pd.DataFrame(rows, columns=["index", "setting", "recall", "batched", "single", "build", "megabytes"])


def _one_by_one(search, queries: np.ndarray) -> None:
    for i in range(len(queries)):
        search(queries[i : i + 1])


def best_time(call, repeat: int) -> tuple[float, object]:
    """(least seconds of `repeat` calls, result)."""
    best = np.inf
    for _ in range(repeat):
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
    return best, result


@contextmanager
def threads(n: int):
    """Let faiss use n threads, and afterwards as many as before."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(n)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def fastest(measured: pd.DataFrame, least: float, way: str = "batched") -> pd.Series | None:
    """The row of `measure_indexes` with the most queries a second among those of at least that recall.

    None if there is none.
    """
    good = measured[measured["recall"] >= least]
    return None if good.empty else good.loc[good[way].idxmax()]
