import joblib
import numpy as np
import pandas as pd
import pytest

from embedviz.inputs.pairs import Pairs
from embedviz.measure import baselines, ranking
from embedviz.measure.comparison import PAIR_METHODS, Seedless, compare, compare_recommenders, spread, train_koehrsen
from embedviz.measure.intervals import paired
from embedviz.measure.probing import probe
from embedviz.measure.shared_labels import label_matrix, neighbor_scores
from embedviz.train.recipes import LADDER_LOSSES, train_ladder, train_logistic, train_softmax

rng = np.random.default_rng(0)
# Four groups of items; contexts 0..39 belong to groups, context 40 + g names group g: the answer.
GROUP = np.arange(80) % 4
LINKS = (rng.random((80, 40)) < np.where(GROUP[:, None] == np.arange(40) % 4, 0.5, 0.03)) > 0
LINKS[np.arange(80), GROUP] = True
ANSWERS = [f"group {g}" for g in range(4)]
PAIRS = Pairs(
    np.arange(80).astype(str),
    np.array([*map(str, range(40)), *ANSWERS]),
    np.vstack([np.argwhere(LINKS), np.column_stack([np.arange(80), 40 + GROUP])]),
)
LABELS = {"group": [[str(g)] for g in GROUP]}


@pytest.fixture(scope="module")
def runs():
    return compare(PAIR_METHODS, PAIRS, LABELS, ANSWERS, seeds=(0, 1), k=5)


@pytest.mark.slow
def test_one_row_a_method_and_seed(runs):
    assert runs.index.tolist() == [(name, seed) for name in PAIR_METHODS for seed in (0, 1)]
    measures = ["group precision@5", "group recall@5", "hits@5", "MRR"]
    assert runs.columns.tolist() == [
        column for measure in measures for column in (measure, f"{measure} of each", f"{measure} units")
    ]


@pytest.mark.slow
def test_each_measure_is_the_mean_of_its_values_and_methods_are_compared_on_the_same_items(runs):
    train, test = PAIRS.split(0.1, 1)
    for measure in ("group precision@5", "group recall@5", "hits@5", "MRR"):
        for (_, seed), row in runs.iterrows():
            assert row[f"{measure} of each"].mean() == pytest.approx(row[measure])
            assert np.array_equal(row[f"{measure} units"], runs.loc[("TF-IDF", seed), f"{measure} units"])
    assert np.array_equal(runs.loc[("TF-IDF", 1), "hits@5 units"], test.index[:, 0])
    found = paired(runs, "hits@5", "popularity")
    assert found["score"].to_dict() == pytest.approx(runs.groupby("method", sort=False)["hits@5"].mean().to_dict())
    assert found.loc["TF-IDF", "verdict"] == "ahead"


@pytest.mark.slow
def test_the_numbers_are_those_of_the_metrics(runs):
    hidden = PAIRS.take(PAIRS.index[:, 1] < 40)
    vectors, _ = baselines.tfidf(hidden)
    expected = neighbor_scores(vectors, label_matrix(LABELS["group"]), 5)["precision"]
    assert runs.loc[("TF-IDF", 1), "group precision@5"] == pytest.approx(expected)
    train, test = PAIRS.split(0.1, 1)
    expected = ranking.ranking_scores(ranking.ranks(*baselines.tfidf(train), train, test), 5)
    assert runs.loc[("TF-IDF", 1), ["hits@5", "MRR"]].to_dict() == pytest.approx(expected)


@pytest.mark.slow
def test_every_method_but_popularity_finds_the_groups_without_being_told(runs):
    precision = runs["group precision@5"].groupby("method").mean()
    assert precision.pop("popularity") < 0.5 and precision.min() > 0.8


def test_methods_see_no_answer_and_no_held_out_pair():
    seen = []

    def spy(pairs, seed):
        seen.append((seed, {tuple(row) for row in pairs.index}))
        return baselines.popularity(pairs)

    with joblib.parallel_config(backend="threading"):
        compare({"spy": spy}, PAIRS, LABELS, ANSWERS, seeds=(3,))
    _, test = PAIRS.split(0.1, 3)
    (_, for_neighbors), (_, for_links) = seen
    assert not any(context >= 40 for _, context in for_neighbors)
    assert for_links.isdisjoint(map(tuple, test.index)) and len(for_links) + len(test) == len(PAIRS)


def test_a_method_without_a_seed_meets_the_same_pairs_once():
    met = []

    def spy(pairs):
        met.append({tuple(row) for row in pairs.index})
        return baselines.tfidf(pairs)

    with joblib.parallel_config(backend="threading"):
        once = compare({"spy": Seedless(spy)}, PAIRS, LABELS, ANSWERS, seeds=(3, 4))
        each = compare({"spy": lambda pairs, seed: spy(pairs)}, PAIRS, LABELS, ANSWERS, seeds=(3, 4))
    assert len(met) == 3 + 4 and met[1] != met[2]  # the pairs without answers, and what each seed does not hold out
    assert once.columns.tolist() == each.columns.tolist() and once.index.equals(each.index)
    for column in once:
        for own, other in zip(once[column], each[column]):
            assert np.array_equal(own, other)


def test_labels_of_other_items_and_comparisons_of_nothing_are_an_error():
    methods = {"popularity": PAIR_METHODS["popularity"]}
    with pytest.raises(ValueError, match="labels 'group' of 79 items, the pairs have 80"):
        compare(methods, PAIRS, {"group": LABELS["group"][1:]})
    for nothing in ({"methods": {}}, {"methods": methods, "seeds": ()}):
        with pytest.raises(ValueError, match="at least one method and one seed"):
            compare(pairs=PAIRS, **nothing)
        with pytest.raises(ValueError, match="at least one method and one seed"):
            compare_recommenders(split=PAIRS.split, **nothing)


@pytest.mark.parametrize("method", [train_logistic, train_softmax, train_koehrsen, train_ladder])
def test_a_seed_gives_the_same_vectors_again(method):
    first, again, other = (method(PAIRS, seed, epochs=2)[0] for seed in (5, 5, 6))
    assert np.allclose(first, again, atol=1e-5) and not np.allclose(first, other, atol=1e-2)


@pytest.mark.slow
@pytest.mark.parametrize("similarity", ["dot", "cosine"])
@pytest.mark.parametrize("loss", LADDER_LOSSES)
def test_every_rung_of_the_ladder_finds_the_groups(loss, similarity):
    items, contexts = train_ladder(PAIRS, loss=loss, similarity=similarity, negatives=4, batch_size=32, epochs=20)
    if similarity == "cosine":
        assert np.linalg.norm(items, axis=1) == pytest.approx(1, abs=1e-5)
    assert neighbor_scores(items, label_matrix(LABELS["group"]), 5)["precision"] > 0.8
    scores = items @ contexts.T
    true = PAIRS.matrix.toarray() > 0
    assert scores[true].mean() > scores[~true].mean()


def test_a_rung_that_is_none_is_an_error():
    with pytest.raises(ValueError, match="loss='hinge': it must be one of 'squared', 'logistic', 'softmax'"):
        train_ladder(PAIRS, loss="hinge")
    for name, value in (("negatives", 0), ("temperature", 0.0)):
        with pytest.raises(ValueError, match=f"{name}=0"):
            train_ladder(PAIRS, **{name: value})


def test_spread_is_the_mean_and_the_sample_deviation():
    runs = pd.DataFrame({"method": ["b", "b", "a"], "seed": [0, 1, 0], "MRR": [0.1, 0.3, 0.5]}).set_index(
        ["method", "seed"]
    )
    assert spread(runs)["MRR"].to_dict() == {"b": "0.200 ± 0.141", "a": "0.500"}  # of one run there is no deviation


def test_runs_that_are_all_alike_do_deviate_by_nothing():
    runs = pd.DataFrame({"method": ["a", "a", "b", "b"], "seed": [0, 1, 0, 1], "x": [0.5, 0.5, 0.25, np.nan]})
    assert spread(runs.set_index(["method", "seed"]), 2)["x"].to_dict() == {"a": "0.50 ± 0.00", "b": "0.25"}


def test_probe_reads_what_is_there_and_nothing_more():
    target = GROUP.astype(str)
    got = (
        probe({"the answer": np.eye(4)[GROUP], "noise": rng.normal(size=(80, 3))}, target, seeds=(0, 1))["accuracy"]
        .groupby("features")
        .mean()
    )
    assert got[["most frequent class", "the answer"]].tolist() == pytest.approx([0.25, 1]) and got["noise"] < 0.45


def test_probe_keeps_groups_together():
    # Each author writes in one genre, and the feature is the author's name: worth all at random, nothing for new
    # authors.
    author = np.repeat(np.arange(20), 4)
    genre = rng.permutation(20)[author] % 2
    features = {"author": np.eye(20)[author]}
    known = probe(features, genre, seeds=(0,)).loc[("author", 0), "accuracy"]
    new = probe(features, genre, groups=author, seeds=(0,)).loc[("author", 0), "accuracy"]
    assert known == pytest.approx(1) and new < 0.8


def test_probe_tells_which_rows_it_got_right_and_takes_a_strength_for_each_set():
    target, x = GROUP.astype(str), rng.normal(size=(80, 3)) + np.eye(4)[GROUP][:, :3]
    runs = probe({"weak": x, "strong": x}, target, C={"weak": 1e-6, "strong": 1.0}, seeds=(0, 1))
    for _, row in runs.iterrows():
        assert row["accuracy of each"].mean() == pytest.approx(row["accuracy"]) and len(row["accuracy units"]) == 16
    mean = runs["accuracy"].groupby("features").mean()
    assert mean["strong"] > mean["weak"]
    author = np.repeat(np.arange(20), 4)
    grouped = probe({"x": x}, target, author, seeds=(0,))
    assert len(set(grouped["accuracy units"].iloc[0])) == 4  # authors are what was drawn


def test_probe_with_fewer_labels():
    target = GROUP.astype(str)
    few = probe({"x": np.eye(4)[GROUP]}, target, train_share=0.1, seeds=(0,))
    assert few.loc[("x", 0), "accuracy"] == pytest.approx(1)
    with pytest.raises(ValueError, match="train_share=0.9"):
        probe({}, target, train_share=0.9)


@pytest.mark.slow
def test_recommenders_are_trained_and_judged_on_the_splits_of_their_seeds():
    methods = {
        "popularity": lambda pairs, seed: baselines.popularity(pairs),
        "TF-IDF": lambda pairs, seed: baselines.tfidf(pairs),
    }
    runs = compare_recommenders(methods, lambda seed: PAIRS.split(0.2, seed), seeds=(4, 5))
    assert runs.index.tolist() == [("popularity", 4), ("popularity", 5), ("TF-IDF", 4), ("TF-IDF", 5)]
    train, test = PAIRS.split(0.2, 5)
    expected = ranking.recommendation_scores(*baselines.tfidf(train), train, test)
    assert runs.loc[("TF-IDF", 5), list(expected)].to_dict() == pytest.approx(expected)
    table = paired(runs, "NDCG@20", against="popularity")
    means = runs["NDCG@20"].groupby(level="method").mean()
    assert table.score.to_dict() == pytest.approx(means.to_dict()) and table.verdict["popularity"] == "–"
    chosen = compare_recommenders(
        methods, lambda seed: PAIRS.split(0.2, seed), lambda u, i, train, test: {"n": len(test)}, seeds=(4,)
    )
    assert chosen["n"].tolist() == [len(PAIRS.split(0.2, 4)[1])] * 2


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_probe_without_some_labels_is_an_error(missing):
    target = GROUP.astype(str).astype(object)
    target[[3, 7]] = missing
    with pytest.raises(ValueError, match="target: 2 of 80 rows are missing, the first is row 3"):
        probe({"x": np.eye(4)[GROUP]}, target)
    with pytest.raises(ValueError, match="groups: 2 of 80 rows are missing"):
        probe({"x": np.eye(4)[GROUP]}, GROUP, groups=pd.Series(target))


def test_probe_of_rows_that_do_not_fit_is_an_error():
    x = np.eye(4)[GROUP]
    with pytest.raises(ValueError, match=r"features 'x' of shape \(79, 4\) for 80 labels"):
        probe({"x": x[1:]}, GROUP)
    with pytest.raises(ValueError, match="groups of 79 rows for 80 labels"):
        probe({"x": x}, GROUP, groups=GROUP[1:])
    x[5, 0] = np.nan
    with pytest.raises(ValueError, match="features 'x': 1 of 80 rows hold NaN or infinity, first row 5"):
        probe({"x": x}, GROUP)
