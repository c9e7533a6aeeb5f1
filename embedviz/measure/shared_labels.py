"""Do neighbors share a label? Precision and recall of the nearest neighbors."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse

from embedviz.space.neighbors import top_k


def label_matrix(labels: Sequence[Sequence[str]]) -> scipy.sparse.csr_array:
    """Incidence of items and labels, float32 of shape (n_items, n_labels), from each item's list of labels."""
    rows = np.repeat(np.arange(len(labels)), [len(own) for own in labels])
    codes, names = pd.factorize(np.array([label for own in labels for label in own], dtype=object))
    shape = (len(labels), len(names))
    return (scipy.sparse.csr_array((np.ones(len(rows), dtype=np.float32), (rows, codes)), shape=shape) > 0).astype(
        np.float32
    )


def _hits(vectors, labels: scipy.sparse.csr_array, k: int) -> tuple[np.ndarray, np.ndarray]:
    """For each item: relevant ones among its k neighbors, and relevant ones in all."""
    numbers, _ = top_k(vectors, k=k)
    hits, count = np.empty(len(numbers)), np.empty(len(numbers))
    for start in range(0, len(numbers), 1024):  # all at once would be n² numbers
        block = slice(start, start + 1024)
        relevant = (labels[block] @ labels.T).toarray() > 0
        hits[block] = np.take_along_axis(relevant, numbers[block], axis=1).sum(axis=1)
        count[block] = relevant.sum(axis=1) - (
            labels[block].sum(axis=1) > 0
        )  # an item is relevant to itself: leave it out
    return hits, count


def neighbor_precision(vectors, labels: scipy.sparse.csr_array, k: int = 10) -> np.ndarray:
    """For each item the share of its k nearest neighbors that share a label with it; NaN where no other item does.

    Args:
        vectors: (n_items, dim), dense or sparse.
        labels: 0/1 incidence of shape (n_items, n_labels), see `label_matrix`.
        k: how many neighbors.

    Returns:
        float64 array of shape (n_items,).
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
        ValueError: no two items share a label.
    """
    hits, count = _hits(vectors, labels, k)
    judged = count > 0
    if not judged.any():
        raise ValueError("no two items share a label: there is nothing to measure")
    return {"precision": float((hits[judged] / k).mean()), "recall": float((hits[judged] / count[judged]).mean())}
