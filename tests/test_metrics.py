import numpy as np
import pytest
from sklearn.metrics import label_ranking_average_precision_score, top_k_accuracy_score

from embedviz import metrics
from embedviz.pairs import Pairs


def test_neighbor_scores_by_hand():
    # On a line of angles: a b c close together, d e close together, f on its own.
    angles = np.radians([0, 1, 3, 60, 62, 150])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    labels = metrics.label_matrix([["x"], ["x", "y"], ["y"], ["x"], ["z"], ["w"]])
    got = metrics.neighbor_scores(vectors, labels, k=2)
    # relevant: a {b d}, b {a c d}, c {b}, d {a b}; e and f have none and are not judged.
    # neighbors: a [b c], b [a c], c [b a], d [e c]
    assert got["precision"] == pytest.approx(np.mean([1 / 2, 2 / 2, 1 / 2, 0]))
    assert got["recall"] == pytest.approx(np.mean([1 / 2, 2 / 3, 1 / 1, 0]))
    assert metrics.neighbor_precision(vectors, labels, k=2) == pytest.approx([1 / 2, 2 / 2, 1 / 2, 0, np.nan, np.nan], nan_ok=True)


def test_labels_that_nobody_shares():
    with pytest.raises(ValueError, match="no two items share"):
        metrics.neighbor_scores(np.eye(3), metrics.label_matrix([["a"], ["b"], []]), k=1)


def test_an_item_with_a_label_twice_counts_it_once():
    assert metrics.label_matrix([["a", "a"], ["a"]]).toarray().tolist() == [[1], [1]]


def toy(seed=0, n_items=30, n_contexts=20):
    rng = np.random.default_rng(seed)
    index = np.argwhere(rng.random((n_items, n_contexts)) < 0.3)
    pairs = Pairs(np.arange(n_items).astype(str), np.arange(n_contexts).astype(str), index)
    return *pairs.split(0.2, seed), rng.normal(size=(n_items, 6)), rng.normal(size=(n_contexts, 6))


@pytest.mark.parametrize("batch_size", [4, 1024])
def test_ranks_against_a_loop_and_sklearn(batch_size):
    train, test, items, contexts = toy()
    got = metrics.ranks(items, contexts, train, test, batch_size)
    scores = items @ contexts.T
    scores[tuple(train.index.T)] = -1e9
    expected = [1 + int((scores[i] > scores[i, c]).sum()) for i, c in test.index]
    assert got.tolist() == expected
    one_hot = np.eye(20)[test.index[:, 1]]
    summary = metrics.ranking_scores(got, k=5)
    # With one true context a row, average precision is the reciprocal rank.
    assert summary["MRR"] == pytest.approx(label_ranking_average_precision_score(one_hot, scores[test.index[:, 0]]))
    assert summary["hits@5"] == pytest.approx(top_k_accuracy_score(test.index[:, 1], scores[test.index[:, 0]], k=5, labels=np.arange(20)))


def test_constant_scores_earn_chance_not_the_top():
    train, test, _, _ = toy()
    got = metrics.ranks(np.ones((30, 1)), np.ones((20, 1)), train, test)
    free = 20 - train.matrix.sum(axis=1)
    assert got == pytest.approx((free[test.index[:, 0]] + 1) / 2)
