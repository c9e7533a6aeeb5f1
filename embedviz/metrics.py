"""What an embedding is good for, as numbers; all on data that training has not seen."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse

from embedviz.neighbors import top_k
from embedviz.pairs import Pairs


def label_matrix(labels: Sequence[Sequence[str]]) -> scipy.sparse.csr_array:
    """Incidence of items and labels, float32 of shape (n_items, n_labels), from each item's list of labels."""
    rows = np.repeat(np.arange(len(labels)), [len(own) for own in labels])
    codes, names = pd.factorize(np.array([label for own in labels for label in own], dtype=object))
    shape = (len(labels), len(names))
    return (scipy.sparse.csr_array((np.ones(len(rows), dtype=np.float32), (rows, codes)), shape=shape) > 0).astype(np.float32)


def _hits(vectors, labels: scipy.sparse.csr_array, k: int) -> tuple[np.ndarray, np.ndarray]:
    """For each item: relevant ones among its k neighbors, and relevant ones in all."""
    numbers, _ = top_k(vectors, k=k)
    hits, count = np.empty(len(numbers)), np.empty(len(numbers))
    for start in range(0, len(numbers), 1024):  # all at once would be n² numbers
        block = slice(start, start + 1024)
        relevant = (labels[block] @ labels.T).toarray() > 0
        hits[block] = np.take_along_axis(relevant, numbers[block], axis=1).sum(axis=1)
        count[block] = relevant.sum(axis=1) - (labels[block].sum(axis=1) > 0)  # an item is relevant to itself: leave it out
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


def ranks(items, contexts, train: Pairs, test: Pairs, batch_size: int = 1024) -> np.ndarray:
    """The rank of each held-out context among all contexts that its item does not have in training; 1 is best.

    Args:
        items, contexts: vectors of shape (n_items, dim) and (n_contexts, dim), dense or sparse; score = dot product.
        train, test: numbered alike, see `Pairs.split`. Other held-out contexts of the item count as rivals.

    Returns:
        float64 array of shape (len(test),). Ties share the mean rank, so that constant scores earn no credit.
    """
    order = np.argsort(test.index[:, 0], kind="stable")
    asked, first = np.unique(test.index[order, 0], return_index=True)
    owner = np.repeat(np.arange(len(asked)), np.diff([*first, len(order)]))
    result = np.empty(len(test))
    for start in range(0, len(asked), batch_size):
        block = asked[start : start + batch_size]
        scores = items[block] @ contexts.T
        scores = scores.toarray() if scipy.sparse.issparse(scores) else np.asarray(scores)
        seen = train.matrix[block].tocoo()
        scores[seen.coords] = -np.inf
        mine = order[(owner >= start) & (owner < start + len(block))]
        rows = owner[(owner >= start) & (owner < start + len(block))] - start
        targets = scores[rows, test.index[mine, 1]][:, None]
        result[mine] = (scores[rows] > targets).sum(axis=1) + ((scores[rows] == targets).sum(axis=1) + 1) / 2
    return result


def ranking_scores(rank: np.ndarray, k: int = 10) -> dict[str, float]:
    """Summary of `ranks`: hits (share at rank k or better) and MRR (mean of 1 / rank)."""
    return {f"hits@{k}": float((rank <= k).mean()), "MRR": float((1 / rank).mean())}
