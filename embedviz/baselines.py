"""Strong simple rivals of a trained embedding, with the same inputs.

Each returns (item vectors, context vectors), dense or sparse, whose dot product scores a pair. `ppmi_svd_of_counts` is for
words as well, whose items and contexts are the same words.
"""

import numpy as np
import scipy.sparse
from implicit.cpu.als import AlternatingLeastSquares
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from embedviz.pairs import Pairs


def popularity(pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Every item alike; a context scores its frequency. Shapes (n_items, 1) and (n_contexts, 1)."""
    return np.ones((len(pairs.items), 1)), pairs.context_frequency[:, None]


def tfidf(pairs: Pairs) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
    """One dimension a context, weighted by its rarity (scikit-learn's TF-IDF, rows of length 1).

    A context scores the summed cosine similarity of the item with the items that have it (item-kNN with all neighbors).
    Shapes (n_items, n_contexts) and (n_contexts, n_contexts), sparse.
    """
    vectors = scipy.sparse.csr_array(TfidfTransformer().fit_transform(pairs.matrix))
    return vectors, scipy.sparse.csr_array(pairs.matrix.T @ vectors)


def ppmi_svd(pairs: Pairs, dim: int = 50, shift: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """`ppmi_svd_of_counts` of the incidence matrix: shapes (n_items, dim) and (n_contexts, dim)."""
    return ppmi_svd_of_counts(pairs.matrix, dim, shift, seed=seed)


def ppmi_svd_of_counts(
    counts: scipy.sparse.sparray, dim: int = 50, shift: float = 1.0, smoothing: float = 1.0, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Truncated SVD of the shifted positive pointwise mutual information, max(0, log p(i,c) / p(i)p(c) − log shift).

    Args:
        counts: sparse, of shape (n_items, n_contexts), how often each context comes with each item; for words
            `Corpus.cooccurrence()`.
        dim: numbers per row.
        shift: k, the number of negatives of the negative sampling that it imitates (Levy & Goldberg, NIPS 2014).
        smoothing: power of the contexts' frequencies in p(c): .75 makes rare contexts count less, as word2vec's noise does.
        seed: of the randomized SVD.

    Symmetric square-root weighting of the singular values, as Levy, Goldberg & Dagan (TACL 2015) advise.
    Shapes (n_items, dim) and (n_contexts, dim).
    """
    counts = counts.tocoo()
    rows = counts.sum(axis=1)
    columns = counts.sum(axis=0).astype(np.float64) ** smoothing
    share = rows[counts.coords[0]] * (columns / columns.sum())[counts.coords[1]]
    pmi = np.log(counts.data / share) - np.log(shift)
    kept = pmi > 0  # most pairs of words are not
    ppmi = scipy.sparse.csr_array((pmi[kept], tuple(axis[kept] for axis in counts.coords)), shape=counts.shape)
    u, s, vt = randomized_svd(ppmi, dim, random_state=seed)
    return u * np.sqrt(s), vt.T * np.sqrt(s)


def als(
    pairs: Pairs, dim: int = 50, regularization: float = 0.01, alpha: float = 20.0, iterations: int = 15, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Implicit-feedback alternating least squares (Hu, Koren & Volinsky, ICDM 2008), from the library `implicit`.

    A true pair weighs `alpha` times as much as an absent one. The defaults suit the shipped books best, of the grid in
    tests/benchmarks/tune_books.py.

    Shapes (n_items, dim) and (n_contexts, dim).
    """
    with threadpool_limits(1, "blas"):  # implicit has its own threads, and warns of BLAS's
        model = AlternatingLeastSquares(dim, regularization=regularization, alpha=alpha, iterations=iterations, random_state=seed)
        model.fit(scipy.sparse.csr_matrix(pairs.matrix), show_progress=False)
    return model.user_factors, model.item_factors
