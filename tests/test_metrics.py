import numpy as np
import pytest
import scipy.sparse
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score, top_k_accuracy_score

from embedviz.inputs.pairs import Pairs
from embedviz.measure import ranking
from embedviz.measure.shared_labels import label_matrix, neighbor_precision, neighbor_scores


def test_neighbor_scores_by_hand():
    # On a line of angles: a b c close together, d e close together, f on its own.
    angles = np.radians([0, 1, 3, 60, 62, 150])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    labels = label_matrix([["x"], ["x", "y"], ["y"], ["x"], ["z"], ["w"]])
    got = neighbor_scores(vectors, labels, k=2)
    # relevant: a {b d}, b {a c d}, c {b}, d {a b}; e and f have none and are not judged.
    # neighbors: a [b c], b [a c], c [b a], d [e c]
    assert got["precision"] == pytest.approx(np.mean([1 / 2, 2 / 2, 1 / 2, 0]))
    assert got["recall"] == pytest.approx(np.mean([1 / 2, 2 / 3, 1 / 1, 0]))
    assert neighbor_precision(vectors, labels, k=2) == pytest.approx(
        [1 / 2, 2 / 2, 1 / 2, 0, np.nan, np.nan], nan_ok=True
    )


def test_labels_that_nobody_shares():
    with pytest.raises(ValueError, match="no two items share"):
        neighbor_scores(np.eye(3), label_matrix([["a"], ["b"], []]), k=1)


def test_an_item_with_a_label_twice_counts_it_once():
    assert label_matrix([["a", "a"], ["a"]]).toarray().tolist() == [[1], [1]]


def toy(seed=0, n_items=30, n_contexts=20):
    rng = np.random.default_rng(seed)
    index = np.argwhere(rng.random((n_items, n_contexts)) < 0.3)
    pairs = Pairs(np.arange(n_items).astype(str), np.arange(n_contexts).astype(str), index)
    return *pairs.split(0.2, seed), rng.normal(size=(n_items, 6)), rng.normal(size=(n_contexts, 6))


@pytest.mark.parametrize("batch_size", [4, 1024])
def test_ranks_against_a_loop_and_sklearn(batch_size):
    train, test, items, contexts = toy()
    got = ranking.ranks(items, contexts, train, test, batch_size)
    scores = items @ contexts.T
    scores[tuple(train.index.T)] = -1e9
    expected = [1 + int((scores[i] > scores[i, c]).sum()) for i, c in test.index]
    assert got.tolist() == expected
    one_hot = np.eye(20)[test.index[:, 1]]
    summary = ranking.ranking_scores(got, k=5)
    # With one true context a row, average precision is the reciprocal rank.
    assert summary["MRR"] == pytest.approx(label_ranking_average_precision_score(one_hot, scores[test.index[:, 0]]))
    assert summary["hits@5"] == pytest.approx(
        top_k_accuracy_score(test.index[:, 1], scores[test.index[:, 0]], k=5, labels=np.arange(20))
    )


def test_constant_scores_earn_chance_not_the_top():
    train, test, _, _ = toy()
    got = ranking.ranks(np.ones((30, 1)), np.ones((20, 1)), train, test)
    free = 20 - train.matrix.sum(axis=1)
    assert got == pytest.approx((free[test.index[:, 0]] + 1) / 2)


# Recommendation


def sparse(rows):
    return scipy.sparse.csr_array(np.array(rows, dtype=np.float32))


def test_lists_leave_out_what_was_seen_and_end_with_minus_one():
    users, items = np.array([[1.0], [-1.0], [0.0]]), np.array([[3.0], [1.0], [2.0]])
    seen = sparse([[1, 0, 0], [0, 0, 0], [1, 1, 0]])
    assert ranking.top_items(users, items, seen, k=3).tolist() == [[2, 1, -1], [1, 2, 0], [2, -1, -1]]
    assert ranking.top_items(users, items, k=2, batch_size=2).tolist() == [
        [0, 2],
        [1, 2],
        [0, 1],
    ]  # ties: the lower number
    assert ranking.top_items(sparse(users), sparse(items), seen, k=3).tolist() == [[2, 1, -1], [1, 2, 0], [2, -1, -1]]


def test_lists_that_cannot_be():
    with pytest.raises(ValueError, match="k=4: there are 3 items, so it must be from 1 to 3"):
        ranking.top_items(np.ones((2, 1)), np.ones((3, 1)), k=4)
    with pytest.raises(ValueError, match="user 1 has a score that is not a number"):
        ranking.top_items(np.array([[1.0], [np.nan]]), np.ones((3, 1)), k=1)


def test_recommendation_measures_by_hand():
    top = np.array([[0, 1, 2], [3, 0, -1], [4, 3, 2], [0, 1, 2]])
    relevant = sparse([[0, 1, 0, 1, 0], [1, 0, 0, 1, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]])
    assert ranking.recall_at_k(top, relevant) == pytest.approx(
        [1 / 2, 1, 1, np.nan], nan_ok=True
    )  # five relevant, three places
    second = 1 / np.log2(3)
    assert ranking.ndcg_at_k(top, relevant) == pytest.approx([second / (1 + second), 1, 1, np.nan], nan_ok=True)
    assert ranking.reciprocal_rank(top, relevant) == pytest.approx([1 / 2, 1, 1, np.nan], nan_ok=True)
    assert ranking.reciprocal_rank(top[:1], sparse([[0, 0, 0, 0, 1]])).tolist() == [0]
    assert ranking.coverage(top[:2], 5) == 4 / 5
    # lists: (9 + 6 + 3) / 3, (1 + 9) / 2
    assert ranking.average_popularity(top[:2], np.array([9, 6, 3, 1, 0])) == pytest.approx((6 + 5) / 2)
    assert np.isnan(ranking.average_popularity(np.array([[-1]]), np.ones(1)))


def test_ndcg_is_sklearns():
    rng = np.random.default_rng(0)
    scores, relevant = rng.normal(size=(40, 30)), rng.random((40, 30)) < 0.2
    top = ranking.top_items(scores, np.eye(30), k=10)
    assert relevant.any(1).all()
    assert ranking.ndcg_at_k(top, sparse(relevant)).mean() == pytest.approx(ndcg_score(relevant, scores, k=10))


@pytest.mark.parametrize("exclude_seen", [True, False])
def test_recommendation_scores_against_a_loop(exclude_seen):
    train, test, users, items = toy()
    got = ranking.recommendation_scores(users, items, train, test, k=5, exclude_seen=exclude_seen)
    scores, recall, reciprocal = users @ items.T, [], []
    if exclude_seen:
        scores[tuple(train.index.T)] = -1e9
    for user in np.unique(test.index[:, 0]):
        truth = set(test.index[test.index[:, 0] == user, 1])
        best = np.argsort(-scores[user])[:5]
        found = [place for place, item in enumerate(best, 1) if item in truth]
        recall.append(len(found) / min(5, len(truth)))
        reciprocal.append(1 / found[0] if found else 0)
    assert got["recall@5"] == pytest.approx(np.mean(recall)) and got["MRR@5"] == pytest.approx(np.mean(reciprocal))
    assert 0 < got["coverage@5"] <= 1 and got["popularity@5"] > 0
    expected = np.mean([item in np.argsort(-(users @ items.T)[user])[:7] for user, item in test.index])
    assert ranking.top_k_accuracy(users, items, test, k=7) == pytest.approx(expected)


def test_pairs_numbered_differently_and_no_pairs():
    train, test, users, items = toy()
    other = Pairs(test.items[::-1], test.contexts, test.index)
    with pytest.raises(ValueError, match="number them together"):
        ranking.recommendation_scores(users, items, train, other)
    with pytest.raises(ValueError, match="no pairs"):
        ranking.recommendation_scores(users, items, train, Pairs(test.items, test.contexts, test.index[:0]))


def test_scores_among_candidates_are_those_of_a_smaller_catalog():
    train, test, users, items = toy()
    some = np.array([3, 7, 8, 12, 15, 19])
    got = ranking.recommendation_scores(users, items, train, test, k=3, candidates=some)

    def smaller(pairs):
        kept = pairs.index[np.isin(pairs.index[:, 1], some)]
        return Pairs(
            pairs.items, pairs.contexts[some], np.column_stack([kept[:, 0], np.searchsorted(some, kept[:, 1])])
        )

    assert got == pytest.approx(ranking.recommendation_scores(users, items[some], smaller(train), smaller(test), k=3))
    with pytest.raises(ValueError, match="none of a candidate"):
        ranking.recommendation_scores(
            users, items, train, test, k=1, candidates=np.setdiff1d(np.arange(20), test.index[:, 1])[:0]
        )


def test_sampled_scores_with_all_unseen_items_as_rivals_are_the_exact_ones():
    # One pair held out for each user, and as many rivals as every user has unseen items: nothing is left to the draw.
    rng = np.random.default_rng(0)
    users, items = rng.normal(size=(6, 4)), rng.normal(size=(10, 4))
    train = Pairs(
        np.arange(6).astype(str),
        np.arange(10).astype(str),
        np.array([(u, (u + i) % 10) for u in range(6) for i in range(3)]),
    )
    test = Pairs(train.items, train.contexts, np.array([(u, (u + 3) % 10) for u in range(6)]))
    rank = ranking.ranks(users, items, train, test)
    got = ranking.sampled_scores(users, items, train, test, k=4, negatives=6)
    assert got["hit rate@4, sampled"] == pytest.approx((rank <= 4).mean())
    assert got["NDCG@4, sampled"] == pytest.approx(np.where(rank <= 4, 1 / np.log2(rank + 1), 0).mean())
    fewer = ranking.sampled_scores(users, items, train, test, k=4, negatives=3)
    assert fewer["hit rate@4, sampled"] == 1  # against three rivals everybody is among the first four
