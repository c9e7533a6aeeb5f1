"""Do neighbors share a label? Precision and recall of the nearest neighbors."""

from collections.abc import Iterable

import numpy as np
import scipy.sparse

from embedviz.base.arrays import check_finite, to_numpy
from embedviz.base.facts import values_of
from embedviz.space.neighbors import top_k


def label_matrix(labels: Iterable) -> scipy.sparse.csr_array:
    """Incidence of items and labels, float32 of shape (n_items, n_labels), 0 or 1.

    Args:
        labels: of each item one label, or a list of them (see `values_of`): a text is one label, and what is missing is
            none. They are numbered as they come.

    Raises:
        TypeError: a str, which is no list of labels.
    """
    if isinstance(labels, str):
        raise TypeError(f"labels={labels!r}: a list of the labels of each item is needed")
    number: dict = {}
    rows = [sorted({number.setdefault(label, len(number)) for label in values_of(cell)}) for cell in labels]
    indptr = np.cumsum([0, *map(len, rows)])
    indices = np.array([label for row in rows for label in row], dtype=np.int64)
    ones = np.ones(len(indices), dtype=np.float32)
    return scipy.sparse.csr_array((ones, indices, indptr), shape=(len(rows), len(number)))


def _hits(vectors, labels: scipy.sparse.csr_array, k: int) -> tuple[np.ndarray, np.ndarray]:
    """For each item: relevant ones among its k neighbors, and relevant ones in all."""
    if not scipy.sparse.issparse(vectors):
        vectors = to_numpy(vectors)
    if labels.shape[0] != vectors.shape[0]:
        raise ValueError(
            f"labels of {labels.shape[0]} items for {vectors.shape[0]} vectors: there must be a row for each"
        )
    check_finite(vectors)
    numbers, _ = top_k(vectors, k=k)
    hits, count = np.empty(len(numbers)), np.empty(len(numbers))
    for start in range(0, len(numbers), 1024):  # all at once would be n² numbers
        block = slice(start, start + 1024)
        relevant = (labels[block] @ labels.T).toarray() > 0
        hits[block] = np.take_along_axis(relevant, numbers[block], axis=1).sum(axis=1)
        itself = labels[block].sum(axis=1) > 0  # an item is relevant to itself: leave it out
        count[block] = relevant.sum(axis=1) - itself
    return hits, count


def neighbor_precision(vectors, labels: scipy.sparse.csr_array, k: int = 10) -> np.ndarray:
    """For each item the share of its k nearest neighbors that share a label with it; NaN where no other item does.

    Args:
        vectors: (n_items, dim), dense or sparse.
        labels: 0/1 incidence of shape (n_items, n_labels), see `label_matrix`.
        k: how many neighbors.

    Returns:
        float64 array of shape (n_items,).

    Raises:
        ValueError: labels of another number of items, NaN or infinity, or a k that cannot be.
    """
    hits, count = _hits(vectors, labels, k)
    return np.where(count > 0, hits / k, np.nan)


def neighbor_scores(vectors, labels: scipy.sparse.csr_array, k: int = 10) -> dict[str, float]:
    """How far the k nearest neighbors of an item share one of its labels; arguments as `neighbor_precision`.

    Returns:
        precision: share of the k neighbors that are relevant (share at least one label);
        recall: share of the relevant items that are among the k neighbors.
        Both are means over the items for which some other item is relevant.

    Raises:
        ValueError: no two items share a label; or as `neighbor_precision`.
    """
    _, each = scores_of_each(vectors, labels, k)
    return {name: float(values.mean()) for name, values in each.items()}


def scores_of_each(vectors, labels: scipy.sparse.csr_array, k: int = 10) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """`neighbor_scores` before the mean; arguments and errors as there.

    Returns:
        The numbers of the items for which some other item is relevant, int64 (n,), and of each of them precision and
        recall, float64 (n,).
    """
    hits, count = _hits(vectors, labels, k)
    judged = np.flatnonzero(count > 0)
    if not len(judged):
        raise ValueError("no two items share a label: there is nothing to measure")
    return judged, {"precision": hits[judged] / k, "recall": hits[judged] / count[judged]}
