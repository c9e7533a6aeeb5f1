"""How far a map can be trusted: which neighbors it keeps, which it tears away, and which it makes up."""

import numpy as np
from scipy.spatial.distance import cdist

from embedviz.base.arrays import checked_vectors, whole_number
from embedviz.space.neighbors import largest, rounding, similarity_blocks, top_k, unit_vectors


def faithfulness(vectors, coordinates, k: int = 10, sample: int | None = None, seed: int = 0) -> np.ndarray:
    """How much of each point's neighborhood the map keeps.

    The share of a point's k nearest in the original space (cosine) that are among its k nearest on the map
    (Euclidean). The mean over all points is Q_NX(k) of Lee & Verleysen (Neurocomputing 72, 2009).
    A random map scores about k / (n − 1).

    Args:
        vectors: finite numbers of shape (n, features).
        coordinates: of the same points on the map, shape (n, dim).
        k: 1 to n − 1.
        sample: how many points to measure, drawn at random; None or n or more: all. Each is compared with all points,
            so that the time grows with sample × n: all of 17,000 points take some 2 s, all of 100,000 a minute or two.
        seed: of the draw.

    Returns:
        float32 array of shape (n,), 0 (all lost) to 1 (all kept); NaN for a point that was not drawn.

    Raises:
        ValueError: the lengths differ, a number is not finite, or k or sample is out of range.
    """
    from sklearn.neighbors import NearestNeighbors

    vectors, coordinates, n = _checked(vectors, coordinates)
    k, rows = whole_number("k", k, 1, n - 1), _drawn(n, sample, seed)
    # Not scikit-learn's brute search for the true ones: it sets the number of BLAS threads for the whole process, and a
    # widget measures on a thread of its own, while the next cell runs.
    true = _others(top_k(vectors, vectors[rows], k + 1)[0], rows)
    search = NearestNeighbors(n_neighbors=k + 1).fit(coordinates)
    shown = _others(search.kneighbors(coordinates[rows], return_distance=False), rows)
    # Number every (point, neighbor) once: then membership is one comparison of sorted lists.
    first = np.arange(len(rows))[:, None] * n
    share = np.full(n, np.nan, dtype=np.float32)
    share[rows] = np.isin(first + true, first + shown).mean(axis=1)
    return share


def trust_and_continuity(
    vectors, coordinates, k: int = 10, sample: int | None = None, seed: int = 0
) -> tuple[float, float]:
    """Trustworthiness and continuity of a map (Venna & Kaski, Neural Networks 19, 2006), each 0 to 1.

    A false neighbor is among a point's k nearest on the map, and not in the original space; it costs the more, the
    farther it is there: its rank minus k. Trustworthiness is 1 minus the sum of these, scaled so that the worst map has
    0. A true neighbor that is torn away costs its rank on the map minus k: continuity is 1 minus that.
    Similarity is cosine in the original space, distance Euclidean on the map. A rank counts those that are nearer, not
    those that are equally near.

    Args:
        vectors: finite numbers of shape (n, features).
        coordinates: of the same points on the map, shape (n, dim).
        k: 1 to less than n / 2.
        sample: how many points to take the mean over, drawn at random; None or n or more: all. The ranks are among all
            points.
        seed: of the draw.

    Returns:
        (trustworthiness, continuity).

    Raises:
        ValueError: the lengths differ, a number is not finite, or k or sample is out of range.
    """
    vectors, coordinates, n = _checked(vectors, coordinates)
    k, rows = whole_number("k", k, 1, (n - 1) // 2), _drawn(n, sample, seed)
    unit, tolerance = unit_vectors(vectors, "vectors"), rounding(vectors.shape[1])
    coordinates = coordinates.astype(np.float64)
    costs = np.zeros(2)
    for part, similarities in similarity_blocks(unit, unit[rows]):
        distances = cdist(coordinates[rows[part]], coordinates, "sqeuclidean")
        # In the original space and on the map: the larger, the nearer, and what counts as equal.
        true = similarities, tolerance
        shown = -distances, rounding(coordinates.shape[1]) * distances.max()
        for nearness, _ in (true, shown):
            nearness[np.arange(len(nearness)), rows[part]] = -np.inf  # none is its own neighbor
        costs += _excess(shown, true, k), _excess(true, shown, k)
    trust, continuity = 1 - costs / (len(rows) * k * (2 * n - 3 * k - 1) / 2)
    return float(trust), float(continuity)


def near_on_map(coordinates: np.ndarray, row: int, k: int) -> np.ndarray:
    """The k points nearest to that of `row` on a map, int64 of shape (k,), nearest first."""
    distances = ((coordinates - coordinates[row]) ** 2).sum(axis=1)
    distances[row] = np.inf
    return np.argsort(distances, kind="stable")[:k]


def _checked(vectors, coordinates) -> tuple[np.ndarray, np.ndarray, int]:
    vectors, coordinates = checked_vectors(vectors), checked_vectors(coordinates, name="coordinates")
    if len(coordinates) != len(vectors):
        raise ValueError(f"{len(coordinates)} coordinates for {len(vectors)} vectors: need one for each")
    return vectors, coordinates, len(vectors)


def _drawn(n: int, sample: int | None, seed: int) -> np.ndarray:
    """The rows to measure: all, or a sample in rising order."""
    if sample is None or whole_number("sample", sample, 1, 2**63) >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, sample, replace=False))


def _others(numbers: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The neighbors without the point itself, or without the last where it is not among them (others equal it)."""
    itself_last = np.argsort(numbers == rows[:, None], axis=1, kind="stable")
    return np.take_along_axis(numbers, itself_last, axis=1)[:, :-1]


def _excess(here: tuple[np.ndarray, float], there: tuple[np.ndarray, float], k: int) -> int:
    """By how much the ranks `there` of the k nearest `here` exceed k, in sum; each is (nearness (m, n), tolerance)."""
    nearness, tolerance = there
    excess = 0
    for neighbor in largest(here[0], k, here[1]).T[:, :, None]:
        nearer = nearness > np.take_along_axis(nearness, neighbor, axis=1) + tolerance
        excess += int(np.maximum(1 + np.count_nonzero(nearer, axis=1) - k, 0).sum())
    return excess
