"""Exact nearest neighbors by cosine similarity."""

import numpy as np
import pandas as pd
import scipy.sparse
from sklearn.preprocessing import normalize

from embedviz.space.table import EmbeddingTable


def top_k(vectors, queries=None, k: int = 10, batch_size: int = 1024) -> tuple[np.ndarray, np.ndarray]:
    """The k rows of `vectors` most similar to each query.

    Args:
        vectors: float array or scipy sparse matrix of shape (n, dim). A row of zeros has similarity 0 with all.
        queries: as `vectors`, of shape (m, dim). None means that the rows ask for themselves, each left out of
            its own answer.
        k: how many, at most n (n − 1 where the rows ask for themselves).
        batch_size: queries compared at a time; memory is batch_size × n floats.

    Returns:
        (numbers, similarities): int64 and float32 arrays of shape (m, k), most similar first;
        of equally similar rows the one with the lower number comes first.

    Raises:
        ValueError: k is out of range, or the dimensions differ.
    """
    itself = queries is None
    unit = normalize(vectors)
    asked = unit if itself else normalize(queries)
    most = unit.shape[0] - itself
    if not 1 <= k <= most:
        raise ValueError(f"k={k}: it must be between 1 and {most}, for {unit.shape[0]} vectors")
    if asked.shape[1] != unit.shape[1]:
        raise ValueError(f"queries have {asked.shape[1]} dimensions, the vectors {unit.shape[1]}")
    numbers = np.empty((asked.shape[0], k), dtype=np.int64)
    similarities = np.empty((asked.shape[0], k), dtype=np.float32)
    for start in range(0, asked.shape[0], batch_size):
        block = asked[start : start + batch_size] @ unit.T
        block = block.toarray() if scipy.sparse.issparse(block) else np.asarray(block)
        rows = np.arange(len(block))[:, None]
        if itself:
            block[rows[:, 0], start + rows[:, 0]] = -np.inf
        best = np.sort(np.argpartition(-block, k - 1, axis=1)[:, :k], axis=1)
        best = best[rows, np.argsort(-block[rows, best], axis=1, kind="stable")]
        numbers[start : start + len(block)], similarities[start : start + len(block)] = best, block[rows, best]
    return numbers, similarities


def nearest(table: EmbeddingTable, query: str | np.ndarray, k: int = 10) -> pd.DataFrame:
    """The k names nearest to a name, or to a vector of shape (dim,): columns name and similarity (cosine, −1 to 1).

    Raises:
        KeyError: an unknown name; the message suggests close spellings.
        ValueError: k is out of range, or the vector has another dimension.
    """
    by_name = isinstance(query, str)
    vector = table[query] if by_name else np.asarray(query, dtype=np.float32)
    most = len(table) - by_name
    if not 1 <= k <= most:
        raise ValueError(f"k={k}: it must be between 1 and {most}, for a table of {len(table)} names")
    numbers, similarities = top_k(table.vectors, vector[None], k + by_name)
    keep = numbers[0] != (table.number(query) if by_name else -1)
    return pd.DataFrame({"name": table.names[numbers[0]][keep][:k], "similarity": similarities[0][keep][:k]})


def neighbors_and_distances(vectors: np.ndarray, k: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and distances of the k nearest others, nearest first; exact. int64 and float64 of shape (n, k)."""
    from sklearn.neighbors import NearestNeighbors
    from sklearn.preprocessing import normalize

    if metric == "cosine":
        # On the unit sphere cosine distance is half the squared Euclidean one, which scikit-learn searches much faster.
        # Rows of zeros get a direction of their own, at cosine distance 1 from all others.
        zero = ~vectors.any(axis=1, keepdims=True)
        vectors = np.hstack([normalize(vectors), zero.astype(np.float32)])
    search = NearestNeighbors(n_neighbors=k, algorithm="auto" if vectors.shape[1] <= 3 else "brute").fit(vectors)
    distances, numbers = search.kneighbors()
    if metric == "cosine":
        distances = distances**2 / 2
        distances[distances < 1e-7] = 0  # rounding of equal directions
    return numbers, distances
