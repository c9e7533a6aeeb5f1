"""Exact nearest neighbors by cosine similarity."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import scipy.sparse

from embedviz.base.arrays import check_finite, to_numpy, unit_rows, whole_number
from embedviz.space.table import EmbeddingTable

_BLOCK = 2**21  # similarities in memory at a time, 16 MB: more would be no faster


def top_k(
    vectors, queries=None, k: int = 10, batch_size: int | None = None, rows: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The k rows of `vectors` most similar to each query.

    Similarities are computed and compared in float64, so that neither the input's precision nor the processor decides
    which rows are found: those that differ by rounding only are equally similar.

    Args:
        vectors: finite numbers of shape (n, dim): an array or tensor of any float type, or a scipy sparse matrix. A row
            of zeros has similarity 0 with all.
        queries: as `vectors`, of shape (m, dim). None means that the rows ask for themselves, each left out of
            its own answer.
        k: how many, at most n (n − 1 where the rows ask for themselves).
        batch_size: queries compared at a time; memory is batch_size × n float64. None: as many as make 16 MB.
        rows: int (m,), where the rows ask for themselves: which of them do. None: all.

    Returns:
        (numbers, similarities): int64 and float32 arrays of shape (m, k), most similar first;
        of equally similar rows the one with the lower number comes first.

    Raises:
        TypeError: a sparse tensor.
        ValueError: k is out of range, the dimensions differ, or a number is not finite.
    """
    itself = queries is None
    unit = unit_vectors(vectors, "vectors")
    if itself:
        asking = np.arange(unit.shape[0]) if rows is None else np.asarray(rows)
        asked = unit if rows is None else unit[asking]
    else:
        asked = unit_vectors(queries, "queries")
    if unit.shape[0] <= itself:
        raise ValueError(f"{unit.shape[0]} vectors: there is no other to find")
    k = whole_number("k", k, 1, unit.shape[0] - itself)
    if asked.shape[1] != unit.shape[1]:
        raise ValueError(f"queries have {asked.shape[1]} dimensions, the vectors {unit.shape[1]}")
    if batch_size is not None:
        batch_size = whole_number("batch_size", batch_size, 1, 2**31)
    numbers = np.empty((asked.shape[0], k), dtype=np.int64)
    similarities = np.empty((asked.shape[0], k), dtype=np.float32)
    for some, block in similarity_blocks(unit, asked, batch_size):
        if itself:
            block[np.arange(len(block)), asking[some]] = -np.inf
        numbers[some] = largest(block, k, rounding(unit.shape[1]))
        similarities[some] = np.take_along_axis(block, numbers[some], axis=1)
    return numbers, similarities


def nearest(table: EmbeddingTable, query, k: int = 10) -> pd.DataFrame:
    """The k names nearest to a name, or to a vector: columns name and similarity (cosine, −1 to 1).

    Args:
        table: n names with vectors of dim numbers.
        query: any key that `table` finds, such as a str or an int; or a vector: an array, list or tensor of shape
            (dim,).
        k: how many, at most n (n − 1 for a name, which is left out of its own answer).

    Raises:
        KeyError: an unknown name; the message suggests close spellings.
        ValueError: k is out of range, a name is missing, or the vector has another dimension or is not finite.
    """
    by_name = np.ndim(query) == 0 or (isinstance(query, tuple) and query in table)
    number = table.number(query) if by_name else -1
    k = whole_number("k", k, 1, len(table) - by_name)
    vector = table.vectors[number] if by_name else to_numpy(query)
    if vector.shape != (table.dim,):
        raise ValueError(f"a vector of shape {vector.shape}: those of the table have shape ({table.dim},)")
    numbers, similarities = top_k(table.vectors, vector[None], k + by_name)
    keep = numbers[0] != number
    return pd.DataFrame({"name": table.names[numbers[0]][keep][:k], "similarity": similarities[0][keep][:k]})


def neighbors_and_distances(vectors: np.ndarray, k: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and distances of the k nearest others, nearest first; exact. int64 and float64 of shape (n, k)."""
    from sklearn.neighbors import NearestNeighbors

    if metric == "cosine":
        # On the unit sphere cosine distance is half the squared Euclidean one, which scikit-learn searches much faster.
        # Rows of zeros get a direction of their own, at cosine distance 1 from all others.
        zero = ~vectors.any(axis=1, keepdims=True)
        vectors = np.hstack([unit_rows(vectors), zero.astype(np.float32)])
    search = NearestNeighbors(n_neighbors=k, algorithm="auto" if vectors.shape[1] <= 3 else "brute").fit(vectors)
    distances, numbers = search.kneighbors()
    if metric == "cosine":
        distances = distances**2 / 2
        distances[distances < 1e-7] = 0  # rounding of equal directions
    return numbers, distances


def unit_vectors(vectors, name: str):
    """The rows scaled to length 1, float64: an array, or a csr_array if they are sparse; a row of zeros stays.

    Raises:
        TypeError: a sparse tensor.
        ValueError: not two dimensions, a number that is not finite, or text; the message names `name`.
    """
    if scipy.sparse.issparse(vectors):
        vectors = scipy.sparse.csr_array(vectors, dtype=np.float64)
        check_finite(vectors, name)
        lengths = np.sqrt(vectors.multiply(vectors).sum(axis=1))
        return scipy.sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)) @ vectors
    vectors = to_numpy(vectors).astype(np.float64, copy=False)
    if vectors.ndim != 2 or not vectors.shape[1]:
        raise ValueError(f"{name} of shape {vectors.shape}: need two dimensions, the second not 0")
    if not len(vectors):
        return vectors
    check_finite(vectors, name)
    sizes = np.abs(vectors).max(axis=1, keepdims=True)  # the square of 10²⁰⁰ would be infinite
    return unit_rows(vectors / np.where(sizes > 0, sizes, 1))


def rounding(dim: int) -> float:
    """How far two float64 similarities of unit vectors of `dim` numbers may differ that are equal but for rounding."""
    return 4 * (dim + 4) * np.finfo(np.float64).eps


def similarity_blocks(unit, asked, batch_size: int | None = None) -> Iterator[tuple[slice, np.ndarray]]:
    """The similarities of rows `asked` with all rows `unit`, some at a time: (which of the asked, float64 (m, n))."""
    batch_size = batch_size or max(_BLOCK // unit.shape[0], 16)
    for start in range(0, asked.shape[0], batch_size):
        rows = slice(start, min(start + batch_size, asked.shape[0]))
        block = asked[rows] @ unit.T
        yield rows, block.toarray() if scipy.sparse.issparse(block) else block


def largest(block: np.ndarray, k: int, tolerance: float) -> np.ndarray:
    """The columns of the k largest numbers of each row, largest first: int64 of shape (m, k).

    Of numbers that differ by no more than `tolerance` the lower column comes first.
    """
    m, n = block.shape
    # The k-th largest of maxima of groups of columns is quickly found, and few numbers reach it: only those are sorted.
    width = max(n // (16 * k), 1)
    maxima = block[:, : n - n % width].reshape(m, width, -1).max(axis=1)
    floor = np.partition(maxima, -k, axis=1)[:, -k, None]
    rows, columns = np.nonzero(block >= floor - tolerance)
    counts = np.bincount(rows, minlength=m)
    at = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    values, candidates = np.full((m, counts.max()), -np.inf), np.zeros((m, counts.max()), dtype=np.int64)
    values[rows, at], candidates[rows, at] = block[rows, columns], columns
    # All above the k-th, and of those equal to it the first.
    last = np.partition(values, -k, axis=1)[:, -k, None]
    above, tied = values > last + tolerance, np.abs(values - last) <= tolerance
    chosen = above | (tied & (np.cumsum(tied, axis=1) <= k - above.sum(axis=1, keepdims=True)))
    values, candidates = values[chosen].reshape(m, k), candidates[chosen].reshape(m, k)
    order = np.argsort(-values, axis=1, kind="stable")
    values, candidates = (np.take_along_axis(x, order, axis=1) for x in (values, candidates))
    step = np.diff(values, axis=1, prepend=values[:, :1]) < -tolerance
    order = np.lexsort((candidates, np.cumsum(step, axis=1)), axis=1)
    return np.take_along_axis(candidates, order, axis=1)
