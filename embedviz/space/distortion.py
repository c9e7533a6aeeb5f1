"""How far a map can be trusted: which neighbors it keeps, which it tears away, and which it makes up."""

import numpy as np
from scipy.spatial.distance import cdist

from embedviz.base.arrays import checked_vectors, whole_number
from embedviz.space.neighbors import neighbors_and_distances, top_k


def faithfulness(vectors, coordinates, k: int = 10) -> np.ndarray:
    """How much of each point's neighborhood the map keeps.

    The share of a point's k nearest in the original space (cosine) that are among its k nearest on the map
    (Euclidean). The mean over all points is Q_NX(k) of Lee & Verleysen (Neurocomputing 72, 2009).
    A random map scores about k / (n − 1).

    Args:
        vectors: finite numbers of shape (n, features).
        coordinates: of the same points on the map, shape (n, dim).
        k: 1 to n − 1.

    Returns:
        float32 array of shape (n,), 0 (all lost) to 1 (all kept).

    Raises:
        ValueError: the lengths differ, a number is not finite, or k is out of range.
    """
    vectors, coordinates = checked_vectors(vectors), checked_vectors(coordinates, name="coordinates")
    n = len(vectors)
    if len(coordinates) != n:
        raise ValueError(f"{len(coordinates)} coordinates for {n} vectors: need one for each")
    k = whole_number("k", k, 1, n - 1)
    # Number every (point, neighbor) once: then membership is one comparison of sorted lists.
    first = np.arange(n)[:, None] * n
    # Not scikit-learn's brute search for the true ones: it sets the number of BLAS threads for the whole process, and a
    # widget measures on a thread of its own, while the next cell runs.
    true, shown = top_k(vectors, k=k)[0], neighbors_and_distances(coordinates, k, "euclidean")[0]
    return np.isin(first + true, first + shown).mean(axis=1, dtype=np.float32)


def trust_and_continuity(
    vectors, coordinates, k: int = 10, sample: int | None = None, seed: int = 0
) -> tuple[float, float]:
    """Trustworthiness and continuity of a map (Venna & Kaski, Neural Networks 19, 2006), each 0 to 1.

    A false neighbor is among a point's k nearest on the map, and not in the original space; it costs the more, the
    farther
    it is there: its rank minus k. Trustworthiness is 1 minus the sum of these, scaled so that the worst map has 0. A
    true
    neighbor that is torn away costs its rank on the map minus k: continuity is 1 minus that.
    Similarity is cosine in the original space, distance Euclidean on the map.

    Args:
        vectors: finite numbers of shape (n, features).
        coordinates: of the same points on the map, shape (n, dim).
        k: 1 to less than n / 2.
        sample: how many points to take the mean over, drawn at random; None or n: all. The ranks are among all points.
        seed: of the draw.

    Returns:
        (trustworthiness, continuity).

    Raises:
        ValueError: the lengths differ, a number is not finite, or k is out of range.
    """
    vectors, coordinates = checked_vectors(vectors), checked_vectors(coordinates, name="coordinates")
    n = len(vectors)
    if len(coordinates) != n:
        raise ValueError(f"{len(coordinates)} coordinates for {n} vectors: need one for each")
    k = whole_number("k", k, 1, (n - 1) // 2)
    rows = (
        np.arange(n) if sample is None or sample >= n else np.random.default_rng(seed).choice(n, sample, replace=False)
    )
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    costs = np.zeros(2)
    for start in range(0, len(rows), 256):
        block = rows[start : start + 256]
        ranks = [_ranks(-(unit[block] @ unit.T), block), _ranks(cdist(coordinates[block], coordinates), block)]
        for i, (here, there) in enumerate(
            (ranks[::-1], ranks)
        ):  # near on the map, far in truth; near in truth, far on the map
            costs[i] += np.maximum(there[(here <= k) & (here > 0)] - k, 0).sum(dtype=np.float64)
    worst = len(rows) * k * (2 * n - 3 * k - 1) / 2
    trust, continuity = 1 - costs / worst
    return float(trust), float(continuity)


def near_on_map(coordinates: np.ndarray, row: int, k: int) -> np.ndarray:
    """The k points nearest to that of `row` on a map, int64 of shape (k,), nearest first."""
    distances = ((coordinates - coordinates[row]) ** 2).sum(axis=1)
    distances[row] = np.inf
    return np.argsort(distances, kind="stable")[:k]


def _ranks(distances: np.ndarray, itself: np.ndarray) -> np.ndarray:
    """For each row the rank of each column, 1 for the nearest; 0 for the row itself."""
    rows = np.arange(len(distances))[:, None]
    distances[rows[:, 0], itself] = -np.inf
    order, ranks = np.argsort(distances, axis=1), np.empty(distances.shape, dtype=np.int32)
    ranks[rows, order] = np.arange(distances.shape[1], dtype=np.int32)
    return ranks
