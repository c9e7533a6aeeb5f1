import numpy as np
import pytest
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from embedviz.inputs.pairs import Pairs
from embedviz.measure import baselines

rng = np.random.default_rng(0)
# Three groups of items, each with its own contexts, plus noise.
DENSE = np.kron(np.eye(3), np.ones((10, 8))) * (rng.random((30, 24)) < 0.7) + (rng.random((30, 24)) < 0.05) > 0
DENSE[:, 0] |= ~DENSE.any(axis=1)
PAIRS = Pairs(np.arange(30).astype(str), np.arange(24).astype(str), np.argwhere(DENSE))
GROUP = np.arange(30) // 10


def test_tfidf_is_sklearns_on_the_links_as_words():
    texts = [" ".join(f"c{c}" for c in np.flatnonzero(row)) for row in DENSE]
    expected = TfidfVectorizer(vocabulary=[f"c{c}" for c in range(24)]).fit_transform(texts).toarray()
    items, contexts = baselines.tfidf(PAIRS)
    assert items.toarray() == pytest.approx(expected, abs=1e-6)
    assert (items @ contexts.T).toarray() == pytest.approx(cosine_similarity(expected) @ DENSE, abs=1e-4)


def test_raw_links_are_cosines_of_the_rows():
    items, contexts = baselines.raw_links(PAIRS)
    expected = cosine_similarity(DENSE.astype(float))
    assert (items @ items.T).toarray() == pytest.approx(expected, abs=1e-6)
    assert (items @ contexts.T).toarray() == pytest.approx(expected @ DENSE, abs=1e-4)


@pytest.mark.parametrize("neighbors", [3, 29, 100])
def test_the_nearest_vote_against_a_loop(neighbors):
    items, contexts = baselines.nearest_vote(PAIRS, neighbors)
    similarity = cosine_similarity(baselines.tfidf(PAIRS)[0].toarray())
    got = (items @ contexts.T).toarray()
    for i in range(30):
        others = sorted((j for j in range(30) if j != i), key=lambda j: -similarity[i, j])[:neighbors]
        expected = sum(similarity[i, j] * DENSE[j] for j in others)
        assert got[i][~DENSE[i]] == pytest.approx(expected[~DENSE[i]], abs=1e-5)
    with pytest.raises(ValueError, match="neighbors=0: it must be at least 1"):
        baselines.nearest_vote(PAIRS, 0)


def test_ease_vectors_score_as_ease_does():
    items, contexts = baselines.ease(PAIRS, 3.0)
    predictions, identity = baselines.ease_vectors(PAIRS, 3.0)
    assert predictions @ identity.T == pytest.approx(items @ contexts.T)


def test_ppmi_svd_with_all_dimensions_gives_the_ppmi_matrix_back():
    joint = DENSE / DENSE.sum()
    with np.errstate(divide="ignore"):
        pmi = np.log(joint / (joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)))
    items, contexts = baselines.ppmi_svd(PAIRS, dim=24)
    assert items @ contexts.T == pytest.approx(np.maximum(pmi, 0), abs=1e-4)


def test_als_solves_the_normal_equations():
    """At convergence each item solves (VᵀV + Vᵀ(C − I)V + λI) u = Vᵀ C p, eq. 4 of Hu, Koren & Volinsky (2008)."""
    items, contexts = baselines.als(PAIRS, dim=3, regularization=0.1, alpha=2.0, iterations=200)
    for u, row in zip(items, DENSE):
        confidence = np.where(row, 2.0, 1.0)  # implicit multiplies the data by alpha: that is the confidence
        left = (contexts.T * confidence) @ contexts + 0.1 * np.eye(3)
        assert u == pytest.approx(np.linalg.solve(left, contexts.T @ (confidence * row)), abs=5e-3)


@pytest.mark.parametrize("name", ["raw_links", "tfidf", "nearest_vote", "ease_vectors", "ppmi_svd", "als"])
def test_each_rival_finds_the_groups(name):
    settings = {"nearest_vote": {"neighbors": 5}, "ppmi_svd": {"dim": 3}, "als": {"dim": 3}}
    items, _ = getattr(baselines, name)(PAIRS, **settings.get(name, {}))
    similarity = cosine_similarity(items)
    same = GROUP[:, None] == GROUP
    assert similarity[same].mean() > similarity[~same].mean() + 0.2


def test_popularity_ranks_by_frequency():
    items, contexts = baselines.popularity(PAIRS)
    assert np.array_equal(np.argsort((items @ contexts.T)[0], kind="stable"), np.argsort(DENSE.sum(0), kind="stable"))


def test_ppmi_svd_of_counts_shifts_and_smooths():
    counts = rng.poisson(1.5, (12, 9)).astype(float)
    columns = counts.sum(0) ** 0.75
    expected = counts / (counts.sum(1, keepdims=True) * columns / columns.sum())
    with np.errstate(divide="ignore"):
        expected = np.maximum(np.log(expected / 2), 0)
    rows, contexts = baselines.ppmi_svd_of_counts(scipy.sparse.csr_array(counts), 9, shift=2.0, smoothing=0.75)
    assert rows @ contexts.T == pytest.approx(expected, abs=1e-6)


def test_ease_is_ridge_regression_of_each_column_on_the_others():
    items, contexts = baselines.ease(PAIRS, l2=3.0)
    X = DENSE.astype(float)
    for j in range(24):
        others = np.arange(24) != j
        left = X[:, others].T @ X[:, others] + 3.0 * np.eye(23)
        assert contexts[j][others] == pytest.approx(np.linalg.solve(left, X[:, others].T @ X[:, j]), abs=1e-9)
        assert contexts[j, j] == 0
    assert (items @ contexts.T) == pytest.approx(X @ contexts.T)
    with pytest.raises(ValueError, match="l2=0: it must be above 0"):
        baselines.ease(PAIRS, l2=0)


@pytest.mark.parametrize("neighbors", [4, 24, 100])
def test_item_knn_against_a_loop(neighbors):
    items, contexts = baselines.item_knn(PAIRS, neighbors, shrink=2.0)
    X, expected = DENSE.astype(float), np.zeros((30, 24))
    for film in range(24):
        similarity = [
            X[:, film] @ X[:, other] / (np.sqrt(X[:, film].sum() * X[:, other].sum()) + 2.0) for other in range(24)
        ]
        similarity[film] = 0
        least = sorted(similarity, reverse=True)[min(neighbors, 24) - 1]
        for user in range(30):
            expected[user, film] = sum(s for other, s in enumerate(similarity) if X[user, other] and s >= least)
    assert (items @ contexts.T).toarray() == pytest.approx(expected, abs=1e-5)
    with pytest.raises(ValueError, match="neighbors=0"):
        baselines.item_knn(PAIRS, 0)


def test_content_scores_by_the_features_of_what_the_item_has():
    dense = (rng.random((24, 7)) < 0.4).astype(np.float32)
    dense[5] = 0  # nothing is known of context 5
    items, contexts = baselines.content(PAIRS, scipy.sparse.csr_array(dense))
    weighted = dense * (np.log((1 + 24) / (1 + dense.sum(0))) + 1)
    unit = weighted / np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-12)
    profile = DENSE @ unit
    expected = profile / np.linalg.norm(profile, axis=1, keepdims=True) @ unit.T
    assert (items @ contexts.T).toarray() == pytest.approx(expected, abs=1e-6)
    assert (expected[:, 5] == 0).all()
    with pytest.raises(ValueError, match="features of 23 contexts, the pairs have 24"):
        baselines.content(PAIRS, scipy.sparse.csr_array(dense[1:]))
