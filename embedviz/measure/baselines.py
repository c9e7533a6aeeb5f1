"""Strong simple rivals of a trained embedding, with the same inputs.

Each returns (item vectors, context vectors), dense or sparse, whose dot product scores a pair. `ppmi_svd_of_counts` is
for words as well, whose items and contexts are the same words.
"""

import numpy as np
import scipy.sparse
from implicit.cpu.als import AlternatingLeastSquares
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from embedviz.inputs.pairs import Pairs


def popularity(pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Every item alike; a context scores its frequency. Shapes (n_items, 1) and (n_contexts, 1)."""
    return np.ones((len(pairs.items), 1)), pairs.context_frequency[:, None]


def raw_links(pairs: Pairs) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
    """The incidence matrix itself, rows scaled to length 1: nothing is learned, and nothing weighted.

    Two items are as similar as the contexts they share, |both| / √(|a| |b|). Contexts are scored, and shapes are, as
    `tfidf`'s.
    """
    vectors = scipy.sparse.csr_array(normalize(pairs.matrix))
    return vectors, scipy.sparse.csr_array(pairs.matrix.T @ vectors)


def tfidf(pairs: Pairs) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
    """One dimension a context, weighted by its rarity (scikit-learn's TF-IDF, rows of length 1).

    A context scores the summed cosine similarity of the item with the items that have it (kNN with all neighbors).
    Shapes (n_items, n_contexts) and (n_contexts, n_contexts), sparse, float32.
    """
    vectors = scipy.sparse.csr_array(TfidfTransformer().fit_transform(pairs.matrix))
    return vectors, scipy.sparse.csr_array(pairs.matrix.T @ vectors)


def nearest_vote(pairs: Pairs, neighbors: int = 50) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
    """The nearest items vote: a context scores the summed TF-IDF cosines of the `neighbors` items nearest to the item.

    User-based collaborative filtering, if items are users. An item's vector holds its similarity with each of its
    neighbors, and with itself; so two items are alike if they have the same neighbors.

    Args:
        pairs: of items and contexts.
        neighbors: so many vote; of equally near ones all.

    Shapes (n_items, n_items) and (n_contexts, n_items), sparse, float32.

    Raises:
        ValueError: neighbors below 1.

    Source: Herlocker et al., *An Algorithmic Framework for Performing Collaborative Filtering* (SIGIR 1999).
    """
    if neighbors < 1:
        raise ValueError(f"neighbors={neighbors}: it must be at least 1")
    vectors, _ = tfidf(pairs)
    similarity = (vectors @ vectors.T).toarray()
    np.fill_diagonal(similarity, 0)
    if neighbors < len(similarity):
        least = np.partition(similarity, -neighbors, axis=1)[:, -neighbors]
        similarity[similarity < least[:, None]] = 0
    # An item's own contexts are known; its own vote moves none of the others.
    np.fill_diagonal(similarity, 1)
    return scipy.sparse.csr_array(similarity), scipy.sparse.csr_array(pairs.matrix.T)


def ppmi_svd(pairs: Pairs, dim: int = 50, shift: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """`ppmi_svd_of_counts` of the incidence matrix: shapes (n_items, dim) and (n_contexts, dim).

    An explicit stand-in for skip-gram, whose training factorizes the shifted PMI implicitly, without writing it down.
    """
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
        smoothing: power of the contexts' frequencies in p(c): .75 makes rare contexts count less, as word2vec's noise
            does.
        seed: of the randomized SVD.

    Symmetric square-root weighting of the singular values, as Levy, Goldberg & Dagan (TACL 2015) advise.
    Shapes (n_items, dim) and (n_contexts, dim).
    """
    u, s, vt = randomized_svd(ppmi_of_counts(counts, shift, smoothing), dim, random_state=seed)
    return u * np.sqrt(s), vt.T * np.sqrt(s)


def ppmi_of_counts(counts: scipy.sparse.sparray, shift: float = 1.0, smoothing: float = 1.0) -> scipy.sparse.csr_array:
    """What `ppmi_svd_of_counts` factorizes, sparse float32 (n_items, n_contexts), arguments as there.

    Of pairs that never meet, PMI is −∞, and max(0, PMI) is 0.
    """
    counts = counts.tocoo()
    rows = counts.sum(axis=1)
    columns = counts.sum(axis=0).astype(np.float64) ** smoothing
    share = rows[counts.coords[0]] * (columns / columns.sum())[counts.coords[1]]
    pmi = np.log(counts.data / share) - np.log(shift)
    kept = pmi > 0  # most pairs of words are not
    # In float32, and with indices as small: its products are twice as fast.
    indices = tuple(axis[kept].astype(np.int32) for axis in counts.coords)
    return scipy.sparse.csr_array((pmi[kept].astype(np.float32), indices), shape=counts.shape)


def als(
    pairs: Pairs, dim: int = 50, regularization: float = 0.01, alpha: float = 20.0, iterations: int = 15, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Implicit-feedback alternating least squares (Hu, Koren & Volinsky, ICDM 2008), from the library `implicit`.

    A true pair weighs `alpha` times as much as an absent one. The defaults suit the shipped books best, of the grid in
    tests/benchmarks/tune_books.py.

    Shapes (n_items, dim) and (n_contexts, dim).
    """
    with threadpool_limits(1, "blas"):  # implicit has its own threads, and warns of BLAS's
        model = AlternatingLeastSquares(
            dim, regularization=regularization, alpha=alpha, iterations=iterations, random_state=seed
        )
        model.fit(scipy.sparse.csr_matrix(pairs.matrix), show_progress=False)
    return model.user_factors, model.item_factors


def item_knn(
    pairs: Pairs, neighbors: int = 100, shrink: float = 10.0
) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
    """Item-based collaborative filtering: a context scores its summed similarity with the contexts that the item has.

    Args:
        pairs: (user, film) pairs: here the user is `pairs`' item, the film its context.
        neighbors: of a context only so many others count, the most similar ones.
        shrink: cosines are |both| / (√(|a| |b|) + shrink): rare coincidences count less.

    Shapes (n_items, n_contexts) and (n_contexts, n_contexts), sparse.

    Raises:
        ValueError: neighbors below 1.

    Source: Deshpande & Karypis, *Item-based top-N recommendation algorithms* (ACM TOIS 2004).
    """
    if neighbors < 1:
        raise ValueError(f"neighbors={neighbors}: it must be at least 1")
    together = (pairs.matrix.T @ pairs.matrix).toarray().astype(np.float64)
    length = np.sqrt(together.diagonal())
    similarity = together / np.maximum(length[:, None] * length + shrink, 1e-12)
    np.fill_diagonal(similarity, 0)
    # A film's neighbors stand in its column: it is they that it asks, "has this user seen you?"
    if neighbors < len(similarity):
        least = np.sort(similarity, axis=0)[-neighbors]
        similarity[similarity < least] = 0
    return pairs.matrix, scipy.sparse.csr_array(similarity.T)


def content(pairs: Pairs, features: scipy.sparse.sparray) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
    """Content-based filtering: an item's profile is the mean of the features of the contexts it has; nothing else is
    learned.

    Args:
        pairs: as `item_knn`.
        features: of the contexts, sparse (n_contexts, n_features); weighted by their rarity (TF-IDF, rows of length 1).

    The only method here that can score a context without pairs. Shapes (n_items, n_features) and (n_contexts,
    n_features), sparse.

    Raises:
        ValueError: features of another number of contexts.

    Source: Pazzani & Billsus, *Content-Based Recommendation Systems* (2007).
    """
    if features.shape[0] != len(pairs.contexts):
        raise ValueError(f"features of {features.shape[0]} contexts, the pairs have {len(pairs.contexts)}")
    vectors = scipy.sparse.csr_array(TfidfTransformer().fit_transform(features))
    return scipy.sparse.csr_array(normalize(pairs.matrix @ vectors)), vectors


def ease(pairs: Pairs, l2: float = 200.0) -> tuple[scipy.sparse.csr_array, np.ndarray]:
    """EASE: the linear map from what an item has to what it has, with a diagonal of zeros, in closed form.

    min ‖X − XB‖² + l2 ‖B‖² with diag B = 0 has the solution B = I − P · diag(1 / diag P), P = (XᵀX + l2 I)⁻¹.

    Args:
        pairs: as `item_knn`.
        l2: λ. 100 to 300 suit MovieLens 100K.

    Shapes (n_items, n_contexts), sparse, and (n_contexts, n_contexts), float64: X and Bᵀ.

    Raises:
        ValueError: l2 not above 0.

    Source: Steck, *Embarrassingly Shallow Autoencoders for Sparse Data* (WWW 2019), eq. 8.
    """
    if not l2 > 0:
        raise ValueError(f"l2={l2}: it must be above 0")
    gram = (pairs.matrix.T @ pairs.matrix).toarray().astype(np.float64)
    precision = np.linalg.inv(gram + l2 * np.eye(len(gram)))
    weights = -precision / precision.diagonal()
    np.fill_diagonal(weights, 0)
    return pairs.matrix, weights.T


def ease_vectors(pairs: Pairs, l2: float = 30.0) -> tuple[np.ndarray, scipy.sparse.csr_array]:
    """`ease`, with what it predicts of every context as an item's vector, so that items can be compared.

    Shapes (n_items, n_contexts), float64: XB; and (n_contexts, n_contexts), sparse: the identity. The same scores as
    those of `ease`. The default suits the shipped books best, of the grid in tests/benchmarks/tune_books.py.

    Raises:
        ValueError: l2 not above 0.
    """
    items, contexts = ease(pairs, l2)
    return items @ contexts.T, scipy.sparse.eye_array(len(pairs.contexts), format="csr")
