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


def neighbor_numbers(
    vectors, labels: scipy.sparse.csr_array, k: int = 10, items: np.ndarray | None = None
) -> np.ndarray:
    """The k nearest neighbors of some items (their numbers; None: all), int64 (n, k).

    Other arguments and errors as `neighbor_precision`."""
    if not scipy.sparse.issparse(vectors):
        vectors = to_numpy(vectors)
    if labels.shape[0] != vectors.shape[0]:
        raise ValueError(
            f"labels of {labels.shape[0]} items for {vectors.shape[0]} vectors: there must be a row for each"
        )
    check_finite(vectors)
    return top_k(vectors, k=k, rows=items)[0]


def sharing_counts(labels: scipy.sparse.csr_array) -> np.ndarray:
    """How many other items share a label with each, float64 (n_items,): the same whatever the vectors are."""
    labels, found = (labels != 0).astype(np.float32), np.empty(labels.shape[0])
    for start in range(0, len(found), 1024):  # all at once might be n² numbers
        block = labels[start : start + 1024]
        itself = np.diff(block.indptr) > 0
        found[start : start + 1024] = np.diff((block @ labels.T).indptr) - itself
    return found


def _hits(numbers: np.ndarray, labels: scipy.sparse.csr_array, items: np.ndarray | None = None) -> np.ndarray:
    """How many of each item's neighbors share a label with it, float64 (n,); arguments as `scores_of_neighbors`."""
    items = np.arange(len(numbers)) if items is None else items
    shared = labels[np.repeat(items, numbers.shape[1])].multiply(labels[numbers.ravel()]).sum(axis=1)
    return (np.asarray(shared).reshape(numbers.shape) > 0).sum(axis=1).astype(np.float64)


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
    hits = _hits(neighbor_numbers(vectors, labels, k), labels)
    return np.where(sharing_counts(labels) > 0, hits / k, np.nan)


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
    return scores_of_neighbors(neighbor_numbers(vectors, labels, k), labels, sharing_counts(labels))


def scores_of_neighbors(
    numbers: np.ndarray, labels: scipy.sparse.csr_array, counts: np.ndarray, items: np.ndarray | None = None
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """`scores_of_each` of what is known already: many vectors have the same labels, and many labels the same neighbors.

    Args:
        numbers: of `neighbor_numbers`.
        labels: as there.
        counts: of `sharing_counts`.
        items: whose neighbors they are, their numbers, int (n,); None: all items.

    Raises:
        ValueError: none of them shares a label with any item.
    """
    items = np.arange(len(numbers)) if items is None else items
    counts, hits, k = counts[items], _hits(numbers, labels, items), numbers.shape[1]
    if not (judged := counts > 0).any():
        raise ValueError("no two items share a label: there is nothing to measure")
    return items[judged], {"precision": hits[judged] / k, "recall": hits[judged] / counts[judged]}
