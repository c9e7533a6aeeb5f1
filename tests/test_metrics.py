import tracemalloc

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score, top_k_accuracy_score

from embedviz.inputs.pairs import Pairs
from embedviz.measure import ranking
from embedviz.measure.shared_labels import (
    label_matrix,
    neighbor_numbers,
    neighbor_precision,
    neighbor_scores,
    scores_of_each,
    scores_of_neighbors,
    sharing_counts,
)


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


def test_scores_of_some_items_are_those_among_all():
    random = np.random.default_rng(0)
    vectors, items = random.normal(size=(40, 3)), np.array([2, 7, 8, 30])
    labels = label_matrix([random.choice(list("abcdefgh"), random.integers(0, 4)) for _ in range(40)])
    dense = labels.toarray()
    counts = sharing_counts(labels)
    assert counts.tolist() == ((dense @ dense.T > 0).sum(1) - dense.any(1)).tolist()
    numbers = neighbor_numbers(vectors, labels, 5, items)
    judged, each = scores_of_neighbors(numbers, labels, counts, items)
    everybody, expected = scores_of_each(vectors, labels, 5)
    assert judged.tolist() == [item for item in items if counts[item] > 0]
    for name, values in each.items():
        assert values == pytest.approx(expected[name][np.isin(everybody, items)])


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
    assert got == pytest.approx(expected)
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
    with pytest.raises(ValueError, match=r"`seen` of shape \(2, 2\), for 2 users and 3 items"):
        ranking.top_items(np.ones((2, 1)), np.ones((3, 1)), sparse(np.zeros((2, 2))), k=1)


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
    assert ranking.coverage(top[:2], 5) == pytest.approx(4 / 5)
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
    with pytest.raises(ValueError, match="no pairs of a candidate"):
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
    # Against three rivals everybody is among the first four.
    assert fewer["hit rate@4, sampled"] == pytest.approx(1)


# What must not get into a comparison

MEASURES = {
    "ranks": lambda users, items, train, test: ranking.ranks(users, items, train, test),
    "recommendation_scores": lambda users, items, train, test: ranking.recommendation_scores(
        users, items, train, test, k=5
    ),
    "sampled_scores": lambda users, items, train, test: ranking.sampled_scores(users, items, train, test, negatives=3),
    "top_k_accuracy": lambda users, items, train, test: ranking.top_k_accuracy(users, items, test, k=5),
    "top_items": lambda users, items, train, test: ranking.top_items(users, items, train.matrix, k=5),
}


def with_bad(vectors, value):
    vectors = vectors.copy()
    vectors[4, 2] = value
    return vectors


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_vectors_that_are_not_finite_are_an_error_in_every_measure(name, value):
    train, test, users, items = toy()
    message = "1 of .* rows hold NaN or infinity, first row 4"
    with pytest.raises(ValueError, match="users: " + message):
        MEASURES[name](with_bad(users, value), items, train, test)
    with pytest.raises(ValueError, match="items: " + message):
        MEASURES[name](users, with_bad(items, value), train, test)
    with pytest.raises(ValueError, match="users: " + message):
        MEASURES[name](scipy.sparse.csr_array(with_bad(users, value)), items, train, test)
    with pytest.raises(ValueError, match="a score overflows"):
        MEASURES[name](np.full_like(users, 1e200), np.full_like(items, 1e200), train, test)


@pytest.mark.parametrize("measure", [neighbor_scores, neighbor_precision])
def test_neighbors_of_vectors_that_are_not_finite_are_an_error(measure):
    labels = label_matrix(["a"] * 6)
    for value in (np.nan, np.inf):
        with pytest.raises(ValueError, match="1 of 6 rows hold NaN or infinity, first row 4"):
            measure(with_bad(np.ones((6, 3)), value), labels, k=2)


@pytest.mark.parametrize("name", [name for name in MEASURES if name != "top_items"])
def test_vectors_of_other_rows_than_the_pairs_have_are_an_error(name):
    train, test, users, items = toy()
    with pytest.raises(ValueError, match="29 and 20 vectors, for pairs of 30 names with 20"):
        MEASURES[name](users[:29], items, train, test)
    with pytest.raises(ValueError, match="30 and 21 vectors, for pairs of 30 names with 20"):
        MEASURES[name](users, np.vstack([items, items[:1]]), train, test)
    with pytest.raises(ValueError, match="the users' vectors have 6 dimensions, the items' 5"):
        MEASURES[name](users, items[:, :5], train, test)
    with pytest.raises(ValueError, match="test has no pairs"):
        MEASURES[name](users, items, train, test.take(np.zeros(len(test), dtype=bool)))


@pytest.mark.parametrize("name", ["ranks", "recommendation_scores", "sampled_scores"])
def test_train_and_test_numbered_differently_are_an_error(name):
    train, test, users, items = toy()
    with pytest.raises(ValueError, match="number them together"):
        MEASURES[name](users, items, train, Pairs(test.items, test.contexts[::-1], test.index))


def test_lists_and_relevant_items_of_other_users_are_an_error():
    for measure in (ranking.recall_at_k, ranking.ndcg_at_k, ranking.reciprocal_rank):
        with pytest.raises(ValueError, match="lists of 2 users, relevant items of 3"):
            measure(np.zeros((2, 1), dtype=int), sparse(np.ones((3, 4))))


@pytest.mark.parametrize("name", MEASURES)
def test_vectors_may_be_tensors_frames_and_of_low_precision(name):
    train, test, users, items = toy()
    expected = MEASURES[name](users, items, train, test)
    for same in (torch.from_numpy, pd.DataFrame, np.ndarray.tolist):
        assert MEASURES[name](same(users), same(items), train, test) == pytest.approx(expected)
    half = torch.from_numpy(users).bfloat16(), torch.from_numpy(items).bfloat16()
    wide = half[0].double().numpy(), half[1].double().numpy()
    assert MEASURES[name](*half, train, test) == pytest.approx(MEASURES[name](*wide, train, test))
    with pytest.raises(TypeError, match="sparse tensor"):
        MEASURES[name](torch.from_numpy(users).to_sparse(), items, train, test)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dim", [6, 50, 64, 100])
def test_equal_items_tie_though_a_product_of_matrices_adds_them_up_in_another_order(dtype, dim):
    rng = np.random.default_rng(0)
    users, items = rng.normal(size=(37, dim)).astype(dtype), np.tile(rng.normal(size=dim).astype(dtype), (1003, 1))
    assert (ranking.top_items(users, items, k=5) == np.arange(5)).all()
    train = Pairs(np.arange(37).astype(str), np.arange(1003).astype(str), np.array([[0, 0], [1, 1]]))
    test = Pairs(train.items, train.contexts, np.column_stack([np.arange(37), np.arange(37) + 900]))
    assert ranking.ranks(users, items, train, test) == pytest.approx([502 - 0.5] * 2 + [502] * 35)
    got = ranking.sampled_scores(users, items, train, test, k=51, negatives=100)
    assert got["hit rate@51, sampled"] == pytest.approx(1)  # each at place 51, the middle of 101
    assert ranking.sampled_scores(users, items, train, test, k=50, negatives=100)[
        "hit rate@50, sampled"
    ] == pytest.approx(0)


def test_sampled_scores_of_a_user_with_few_unseen_items_take_all_of_them():
    # User 0 has seen all but one item besides the one held out, user 1 all.
    index = np.array([(0, item) for item in range(2, 10)] + [(1, item) for item in range(1, 10)])
    train = Pairs(np.array(["a", "b"]), np.arange(10).astype(str), index)
    test = Pairs(train.items, train.contexts, np.array([(0, 0), (1, 0)]))
    items = np.arange(10.0)[:, None]
    got = ranking.sampled_scores(np.ones((2, 1)), items, train, test, k=1, negatives=100)
    assert got["hit rate@1, sampled"] == pytest.approx(0.5)  # item 1 beats item 0; for user 1 there is no rival
    got = ranking.sampled_scores(-np.ones((2, 1)), items, train, test, k=1, negatives=100)
    assert got["hit rate@1, sampled"] == pytest.approx(1)
    with pytest.raises(ValueError, match="negatives=0"):
        ranking.sampled_scores(np.ones((2, 1)), items, train, test, negatives=0)


def test_ranks_take_little_more_memory_than_the_scores_of_a_block():
    rng = np.random.default_rng(0)
    n_users, n_items, batch_size = 2000, 2000, 1000
    held_out = np.column_stack([np.repeat(np.arange(n_users), 16), rng.integers(1, n_items, 16 * n_users)])
    train = Pairs(np.arange(n_users).astype(str), np.arange(n_items).astype(str), np.array([[0, 0]]))
    test = Pairs(train.items, train.contexts, np.unique(held_out, axis=0))
    users, items = rng.normal(size=(n_users, 8)), rng.normal(size=(n_items, 8))
    len(train.matrix.data), len(test.matrix.data)  # made once
    tracemalloc.start()
    try:
        ranking.ranks(users, items, train, test, batch_size)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The scores, and one byte a score while they are looked through; two blocks may meet where one follows another.
    assert peak < 2.5 * 8 * batch_size * n_items


def test_one_label_a_row_lists_of_labels_and_none():
    assert label_matrix(["Drama", "Comedy", "Drama"]).toarray().tolist() == [[1, 0], [0, 1], [1, 0]]
    mixed = [["a", None, "b"], None, ("b",), np.nan, {"a"}, "a", pd.NA, "", []]
    assert label_matrix(mixed).toarray().tolist() == [[1, 1], [0, 0], [0, 1], [0, 0], [1, 0], [1, 0], *[[0, 0]] * 3]
    assert label_matrix(pd.Series(["x", None, "x"])).toarray().tolist() == [[1], [0], [1]]
    assert label_matrix([1, 2, 1.0]).toarray().tolist() == [[1, 0], [0, 1], [1, 0]]
    assert label_matrix([[("a", 1), ("b", 2)], [("b", 2)]]).toarray().tolist() == [[1, 1], [0, 1]]
    with pytest.raises(TypeError, match="labels='Drama'"):
        label_matrix("Drama")


@pytest.mark.parametrize("measure", [neighbor_scores, neighbor_precision])
def test_labels_of_other_rows_than_the_vectors_are_an_error(measure):
    vectors = np.random.default_rng(0).normal(size=(1024, 3))
    with pytest.raises(ValueError, match="labels of 1030 items for 1024 vectors"):
        measure(vectors, label_matrix(["a"] * 1030))
    with pytest.raises(ValueError, match="labels of 1000 items for 1024 vectors"):
        measure(torch.from_numpy(vectors), label_matrix(["a"] * 1000))


def test_values_of_each_user_have_the_mean_that_is_told():
    train, test, users, items = toy()
    row = ranking.recommendation_scores(users, items, train, test, k=5, each=True)
    for measure in ("recall@5", "NDCG@5", "MRR@5"):
        assert row[f"{measure} of each"].mean() == pytest.approx(row[measure])
        assert row[f"{measure} units"].tolist() == test.items[np.unique(test.index[:, 0])].tolist()
    assert "coverage@5 of each" not in row
