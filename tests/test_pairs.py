import numpy as np
import pandas as pd
import pytest
import torch

from embedviz.inputs.pairs import PairBatches, Pairs, UserFilms, distinct
from embedviz.models.pair import PairEmbedding

TOY = pd.DataFrame(
    [
        ("Emma", "England"),
        ("Emma", "love"),
        ("Persuasion", "England"),
        ("Persuasion", "love"),
        ("Ivanhoe", "England"),
        ("Ivanhoe", "knight"),
    ],
    columns=["title", "link"],
)


def random_pairs(n_items=40, n_contexts=30, n=500, seed=0):
    rng = np.random.default_rng(seed)
    index = np.unique(np.column_stack([rng.integers(n_items, size=n), rng.integers(n_contexts, size=n)]), axis=0)
    return Pairs(np.arange(n_items).astype(str), np.arange(n_contexts).astype(str), index)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_from_frame_numbers_each_pair_once_and_keeps_the_names():
    pairs = Pairs.from_frame(pd.concat([TOY, TOY.iloc[:2]]))
    named = {(pairs.items[i], pairs.contexts[c]) for i, c in pairs.index}
    assert len(pairs) == 6 and named == set(TOY.itertuples(index=False, name=None))


def test_min_items_drops_rare_contexts():
    assert set(Pairs.from_frame(TOY, min_items=2).contexts) == {"England", "love"}
    assert set(Pairs.from_frame(TOY, min_items=3).contexts) == {"England"}
    with pytest.raises(ValueError, match="min_items=9"):
        Pairs.from_frame(TOY, min_items=9)


def test_without_drops_the_pairs_of_some_contexts():
    pairs = Pairs.from_frame(TOY)
    rest = pairs.without(["love", "no link"])
    assert {pairs.contexts[c] for c in rest.index[:, 1]} == {"England", "knight"} and len(rest) == 4
    assert rest.items is pairs.items and rest.contexts is pairs.contexts


def test_bad_frames_get_clear_errors():
    with pytest.raises(KeyError, match="'book'.*title"):
        Pairs.from_frame(TOY, item="book")
    with pytest.raises(ValueError, match="1 pairs have a missing"):
        Pairs.from_frame(pd.concat([TOY, pd.DataFrame({"title": ["Kim"], "link": [None]})]))


def test_matrix_and_frequency():
    pairs = Pairs.from_frame(TOY)
    dense = pairs.matrix.toarray()
    assert dense.sum() == 6 and all(dense[i, c] == 1 for i, c in pairs.index)
    assert dict(zip(pairs.contexts, pairs.context_frequency)) == pytest.approx(
        {"England": 3 / 6, "knight": 1 / 6, "love": 2 / 6}
    )


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_split_keeps_every_item_and_context_in_training(share):
    pairs = random_pairs()
    train, test = pairs.split(share, seed=3)
    assert set(train.index[:, 0]) == set(pairs.index[:, 0]) and set(train.index[:, 1]) == set(pairs.index[:, 1])
    both = {tuple(row) for row in train.index} | {tuple(row) for row in test.index}
    assert len(train) + len(test) == len(pairs) == len(both)
    assert len(test) == int(0.1 * len(pairs)) if share == 0.1 else 0 < len(test) <= share * len(pairs)
    with pytest.raises(ValueError, match="test_share=1.5"):
        pairs.split(1.5)


def test_an_epoch_gives_each_pair_once():
    pairs = random_pairs()
    batches = PairBatches(pairs, batch_size=64)
    got = [torch.stack(batch, 1) for batch in batches.epoch(generator())]
    assert len(got) == len(batches) and all(len(batch) == 64 for batch in got[:-1])
    assert sorted(map(tuple, torch.cat(got).tolist())) == sorted(map(tuple, pairs.index.tolist()))
    assert not torch.equal(torch.cat(got), torch.from_numpy(pairs.index)), "not shuffled"


def test_negatives_are_labelled_and_are_no_pairs():
    pairs = random_pairs()
    true = {tuple(row) for row in pairs.index.tolist()}
    wrong = total = 0
    for items, contexts, labels in PairBatches(pairs, batch_size=100, negatives=5).epoch(generator()):
        n = int(labels.sum())
        assert len(items) == len(contexts) == len(labels) == 6 * n
        is_true = torch.tensor([pair in true for pair in zip(items.tolist(), contexts.tolist())])
        assert is_true[labels == 1].all()
        wrong, total = wrong + int(is_true[labels == 0].sum()), total + 5 * n
    density = len(true) / (40 * 30)
    assert wrong / total < 1.3 * density**2 < density / 2


def test_negatives_are_uniform_over_the_pairs_that_do_not_occur():
    pairs = random_pairs(6, 5, 12)
    items, contexts = PairBatches(pairs, negatives=1).sample_negatives(60_000, generator())
    counts = np.zeros((6, 5))
    np.add.at(counts, (items.numpy(), contexts.numpy()), 1)
    absent = pairs.matrix.toarray() == 0
    assert counts[absent].min() > 0.9 * counts[absent].mean() and counts[absent].max() < 1.1 * counts[absent].mean()


@pytest.mark.parametrize("small", [0, 10**6])
def test_is_pair_agrees_with_a_set(monkeypatch, small):
    monkeypatch.setattr("embedviz.inputs.pairs._SMALL", small)
    pairs = random_pairs()
    items, contexts = torch.cartesian_prod(torch.arange(40), torch.arange(30)).unbind(1)
    found = PairBatches(pairs).is_pair(items, contexts).reshape(40, 30)
    assert np.array_equal(found.numpy(), pairs.matrix.toarray() == 1)


def test_batches_refuse_nonsense():
    with pytest.raises(ValueError, match="batch_size=0"):
        PairBatches(random_pairs(), batch_size=0)


def test_train_and_test_are_numbered_alike():
    whole = pd.DataFrame({"user": ["b", "a", "c", "a"], "film": ["y", "x", "x", "z"]})
    pairs = Pairs.from_frame(whole, "user", "film")
    part = Pairs.from_frame(whole.iloc[2:], "user", "film", like=pairs)
    assert part.items.tolist() == ["a", "b", "c"] and part.contexts.tolist() == ["x", "y", "z"]
    assert [(part.items[i], part.contexts[j]) for i, j in part.index] == [("c", "x"), ("a", "z")]
    with pytest.raises(ValueError, match="'film' that `like` does not know, such as 'w'"):
        Pairs.from_frame(pd.DataFrame({"user": ["a"], "film": ["w"]}), "user", "film", like=pairs)


IDS = pd.DataFrame({"user": [2, 10, 2, 1], "film": [50, 50, 7, 100]})


@pytest.mark.parametrize("kind", ["int64", "float64", "Int64", object, "str", "category"])
def test_the_same_frame_is_numbered_alike_whatever_its_keys_are(kind):
    pairs = Pairs.from_frame(IDS, "user", "film")
    assert pairs.items.tolist() == ["1", "2", "10"] and pairs.contexts.tolist() == ["7", "50", "100"]  # by size
    again = Pairs.from_frame(IDS.astype(kind), "user", "film", like=pairs)
    assert np.array_equal(again.index, pairs.index) and again.items is pairs.items
    assert pairs.item_index.row(10) == 2 and pairs.context_index.rows(["7", 50.0, 8]).tolist() == [0, 1, -1]


@pytest.mark.parametrize("left_out", [[50], ["50"], [50.0], np.array([50]), pd.Series([" 50 "]), {50, "nobody"}])
def test_contexts_are_left_out_by_any_spelling(left_out):
    rest = Pairs.from_frame(IDS, "user", "film").without(left_out)
    assert rest.index.tolist() == [[1, 0], [0, 2]]
    with pytest.raises(TypeError, match="'50' is one name"):
        rest.without("50")


def test_spellings_of_one_name_are_one_item():
    frame = pd.DataFrame({"title": ["café", "cafe\u0301", " café ", 1, "1", 1.0], "link": list("xxxyyy")})
    pairs = Pairs.from_frame(frame)
    assert pairs.items.tolist() == ["1", "café"] and len(pairs) == 2
    assert len(Pairs.from_frame(frame.iloc[1:2], like=pairs)) == 1
    with pytest.raises(ValueError, match="no pairs are left with min_items=2"):
        Pairs.from_frame(frame, min_items=2)  # of one title, however often it is spelled


@pytest.mark.parametrize("labels", [("type", "keys"), ("values", "a.b"), (0, None), ("index", "size"), (1, 0)])
def test_columns_may_have_any_label(labels):
    frame = TOY.set_axis(pd.Index(labels, dtype=object), axis=1)
    assert np.array_equal(Pairs.from_frame(frame, *labels).index, Pairs.from_frame(TOY).index)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_a_missing_name_is_an_error(missing):
    frame = pd.DataFrame({"title": ["Emma", missing], "link": ["love", "war"]}, dtype=object)
    for like in (None, Pairs.from_frame(pd.concat([TOY, pd.DataFrame({"title": ["None"], "link": ["war"]})]))):
        with pytest.raises(ValueError, match="1 pairs have a missing 'title' or 'link'"):
            Pairs.from_frame(frame, like=like)


def test_frames_that_cannot_be():
    with pytest.raises(ValueError, match="column 'link' more than once"):
        Pairs.from_frame(pd.concat([TOY, TOY["link"]], axis=1))
    with pytest.raises(TypeError, match="a list is no name, such as .'a', 'b'."):
        Pairs.from_frame(pd.DataFrame({"title": ["Emma"], "link": [["a", "b"]]}))


def test_a_long_name_costs_its_own_length_only():
    pairs = Pairs.from_frame(pd.DataFrame({"title": ["x" * 50_000, *map(str, range(2_000))], "link": "a"}))
    assert pairs.items.dtype == object and pairs.items.nbytes < 100_000  # 400 MB as fixed-width text
    assert pairs.item_index.row("x" * 50_000) == len(pairs.items) - 1


@pytest.mark.parametrize(
    "items, contexts, index, message",
    [
        (["a", "a"], ["x"], [[0, 0]], "'a' comes 2 times"),
        ([1, "1"], ["x"], [[0, 0]], "'1' comes 2 times"),
        (["a", None], ["x"], [[0, 0]], "1 of 2 names are missing"),
        (["a"], ["x"], [[0, 1]], r"runs from .0, 1. to .0, 1., for 1 items and 1 contexts"),
        (["a"], ["x"], [[-1, 0]], "for 1 items and 1 contexts"),
        (["a"], ["x"], [0, 0, 0], r"an index of shape \(3,\)"),
    ],
)
def test_numbers_and_names_that_do_not_fit(items, contexts, index, message):
    with pytest.raises(ValueError, match=message):
        Pairs(items, contexts, np.array(index))


def test_no_pairs_are_no_batches():
    pairs = Pairs.from_frame(TOY)
    empty = pairs.without(pairs.contexts)
    assert len(empty) == 0 and empty.matrix.shape == (3, 3) and len(Pairs(["a"], ["x"], [])) == 0
    with pytest.raises(ValueError, match="there are no pairs to make batches of"):
        PairBatches(empty)
    with pytest.raises(ValueError, match="there are no pairs: no context"):
        empty.context_frequency  # noqa: B018


@pytest.mark.parametrize("seed", [-1, 2**70, 1.5])
def test_seeds_that_cannot_be(seed):
    for call in (lambda: random_pairs().split(seed=seed), lambda: PairEmbedding(2, 2, seed=seed)):
        with pytest.raises(ValueError, match=f"seed={seed}: it must be a whole number from 0 to"):
            call()


@pytest.mark.parametrize("sizes", [{"batch_size": 2.5}, {"negatives": -1}, {"batch_size": True}])
def test_batches_of_no_size(sizes):
    with pytest.raises(ValueError, match="it must be at least"):
        PairBatches(random_pairs(), **sizes)


@pytest.mark.parametrize("sizes", [{"n_items": 0}, {"n_contexts": -1}, {"dim": 0}, {"init": -1}, {"init": np.nan}])
def test_a_model_of_no_size(sizes):
    with pytest.raises(ValueError, match=f"{next(iter(sizes))}=.*: it must be a"):
        PairEmbedding(**({"n_items": 2, "n_contexts": 2} | sizes))


def test_the_index_may_become_a_tensor():
    pairs = Pairs.from_frame(IDS, "user", "film")
    for one in (pairs, Pairs.from_frame(IDS, "user", "film", like=pairs), pairs.take(np.array([0]))):
        torch.from_numpy(one.index)  # which warns of an array that cannot be written, and a warning is an error here


def test_false_contexts_are_uniform_and_true_pairs_are_drawn_again():
    pairs = Pairs(
        np.array(["a", "b"]), np.array([str(i) for i in range(20)]), np.array([[0, i] for i in range(10)] + [[1, 19]])
    )
    items = torch.tensor([0, 1] * 500)
    drawn = PairBatches(pairs).false_contexts(items, 8, torch.Generator().manual_seed(0))
    assert drawn.shape == (1000, 8) and drawn.dtype == torch.int64 and set(drawn.flatten().tolist()) <= set(range(20))
    first = PairBatches(pairs, reject=False).false_contexts(items, 8, torch.Generator().manual_seed(0))

    def share_of_true(contexts):
        return torch.where(items[:, None] == 0, contexts < 10, contexts == 19).float().mean().item()

    assert share_of_true(drawn) < 0.7 * share_of_true(first)  # of item 0: a half, and a quarter after the second draw
    counts = torch.bincount(first.flatten(), minlength=20) / first.numel()
    assert counts.numpy() == pytest.approx(np.full(20, 1 / 20), abs=0.01)


def test_users_and_films_are_pairs_by_another_name_and_stay_so():
    frame = pd.DataFrame({"user": ["b", "a", "b"], "film": ["Fargo", "Alien", "Alien"]})
    pairs = UserFilms.from_ratings(frame)
    assert pairs.users.tolist() == ["a", "b"] and pairs.films.tolist() == ["Alien", "Fargo"]
    for other in (pairs.take([0]), pairs.without(["Fargo"]), UserFilms.from_ratings(frame.iloc[:1], like=pairs)):
        assert isinstance(other, UserFilms) and other.users is pairs.users


@pytest.mark.parametrize("shape", [(0,), (50,), (7, 9)])
def test_different_numbers_are_those_of_torchs_unique(shape):
    numbers = torch.randint(30, shape, generator=generator())
    some, place = distinct(numbers, 30)
    expected = torch.unique(numbers, return_inverse=True)
    assert torch.equal(some, expected[0]) and torch.equal(place, expected[1])
