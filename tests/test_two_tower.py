"""The two towers, against sums by hand and against another model that they must equal."""

import numpy as np
import pandas as pd
import pytest
import torch

from embedviz.inputs.features import Feature, user_features
from embedviz.inputs.pairs import Pairs
from embedviz.measure import ranking as metrics
from embedviz.models.losses import InBatchSoftmax, sampled_softmax_loss
from embedviz.models.pair import PairEmbedding
from embedviz.models.two_tower import Tower, TwoTower
from embedviz.train.recipes import train_two_tower

rng = np.random.default_rng(0)
USERS, ITEMS = [f"u{i}" for i in range(30)], [f"i{i:02}" for i in range(24)]
# Three tastes; users of taste t have items of genre t, and some others. Users 28 and 29 have none.
GENRE, TASTE = np.arange(24) % 3, np.arange(30) % 3
HAS = rng.random((30, 24)) < np.where(TASTE[:, None] == GENRE, 0.7, 0.05)
HAS[28:] = False
PAIRS = Pairs(np.array(USERS), np.array(ITEMS), np.argwhere(HAS))
GENRES = Feature.of("genre", [("even", f"g{g}") if g % 2 == 0 else f"g{g}" for g in GENRE])
ITEM_IDS, USER_IDS = Feature.of("item", ITEMS), Feature.of("user", USERS)
AGE = Feature.of("age", ["old" if t else None for t in TASTE])


def test_a_feature_counts_once_however_many_values_it_has():
    column = ["a", ("a", "b", "b"), None, np.nan, pd.NA, (), ["c"]]
    feature = Feature.of("letter", column)
    assert feature.values.tolist() == ["a", "b", "c"]
    assert feature.matrix.toarray().tolist() == [
        [1, 0, 0],
        [0.5, 0.5, 0],
        [0] * 3,
        [0] * 3,
        [0] * 3,
        [0] * 3,
        [0, 0, 1],
    ]
    assert feature.matrix.dtype == np.float32
    assert feature.encode([("c", "new"), "new"]).toarray().tolist() == [[0, 0, 1], [0, 0, 0]]


def test_rare_values_are_left_out_and_none_is_an_error():
    assert Feature.of("letter", ["a", "b", "a", ("b", "c")], least=2).values.tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="feature 'letter' has no value that 2 rows have"):
        Feature.of("letter", ["a", "b", None], least=2)


def test_values_of_a_feature_are_compared_by_their_names():
    feature = Feature.of("x", [("a", None), (1, np.nan), 1.0, "1", " a ", "", {"a", pd.NA}, np.array(["cafe\u0301"])])
    assert feature.values.tolist() == ["1", "a", "café"] and feature.values.dtype == object
    assert feature.matrix.toarray().argmax(1).tolist() == [1, 0, 0, 0, 1, 0, 1, 2]
    assert feature.matrix.sum(1).tolist() == [1, 1, 1, 1, 1, 0, 1, 1]
    again = feature.encode([np.int64(1), "café", (None, "a"), None])
    assert again.toarray().tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 0]]


def test_one_long_value_does_not_make_the_others_long():
    feature = Feature.of("x", ["x" * 50_000, *map(str, range(2000))])
    assert feature.values.nbytes < 100_000  # 400 MB as fixed-width text


def test_a_text_is_no_column_of_letters():
    for call in (lambda: Feature.of("x", "abc"), lambda: Feature.of("x", ["a"]).encode("abc")):
        with pytest.raises(TypeError, match="the column of feature 'x' is the text 'abc'"):
            call()


def test_ids_of_users_and_films_are_found_in_any_spelling():
    users = pd.DataFrame({"user": ["1", "2"], "age": [20, 30], "gender": "F", "occupation": "writer", "zip": "12345"})
    for ids in ([2], ["2"], pd.Series([2.0])):
        own = user_features(users, ids)[0]
        assert own.values.tolist() == ["2"] and own.matrix.toarray().tolist() == [[0], [1]]
    with pytest.raises(KeyError, match="no column 'zip'"):
        user_features(users.drop(columns="zip"))


def test_a_tower_is_the_matrix_of_all_features_times_the_table():
    tower = Tower([ITEM_IDS, GENRES], dim=5, seed=1)
    rows = torch.tensor([3, 0, 3, 23])
    x = np.hstack([ITEM_IDS.matrix.toarray(), GENRES.matrix.toarray()])[rows]
    assert tower(rows).detach().numpy() == pytest.approx(x @ tower.embeddings.detach().numpy(), abs=1e-6)
    assert (
        tower.values[tower.numbers("genre", ("g1", "g9"))[0]] == ("genre", "g1")
        and len(tower.numbers("genre", ("g1", "g9"))) == 1
    )
    with pytest.raises(KeyError, match="no feature 'year'; there are genre, item"):
        tower.numbers("year", "1999")


@pytest.mark.parametrize("rows", [[3, 0, 3], [3, 0, 3, *range(5, 23)]])
def test_the_gradient_of_a_tower_is_that_of_the_dense_product(rows):
    tower, rows = Tower([ITEM_IDS, GENRES], dim=5), torch.tensor(rows)
    weight = torch.randn(len(rows), 5, generator=torch.Generator().manual_seed(0))
    (tower(rows) * weight).sum().backward()
    x = np.hstack([ITEM_IDS.matrix.toarray(), GENRES.matrix.toarray()])[rows]
    assert tower.embeddings.grad.numpy() == pytest.approx(x.T @ weight.numpy(), abs=1e-6)


def test_towers_of_ids_alone_are_a_pair_embedding():
    model = TwoTower(PAIRS, Tower([USER_IDS], 6, seed=1), Tower([ITEM_IDS], 6, seed=2))
    pair = PairEmbedding(30, 24, 6)
    # Feature.of sorts its values as text, so the users stand in another order.
    order = torch.tensor([USER_IDS.values.tolist().index(user) for user in USERS])
    with torch.no_grad():
        pair.items.weight.copy_(model.users.embeddings[order])
        pair.contexts.weight.copy_(model.items.embeddings)
    users, items = torch.tensor([0, 11, 29]), torch.tensor([5, 5, 23])
    assert torch.allclose(
        pair.all_scores(users, items), model.user_vectors(users) @ model.item_vectors(items).T, atol=1e-6
    )


def new_model(history_dropout=0.0, **kwargs):
    return TwoTower(
        PAIRS,
        Tower([AGE], 6, seed=1, **kwargs),
        Tower([GENRES], 6, seed=2),
        Tower([ITEM_IDS, GENRES], 6, seed=3, **kwargs),
        history_dropout,
    )


def by_hand(model, user, left_out=()):
    watched = model.watched(torch.arange(24)).detach().numpy()
    history = [item for item in np.flatnonzero(HAS[user]) if item not in left_out]
    total = model.users(torch.tensor([user])).detach().numpy()[0] + watched[history].sum(0) / np.sqrt(
        max(len(history), 1)
    )
    return total / max(np.linalg.norm(total), 1e-12)


def test_a_user_is_the_profile_and_the_history_and_in_training_without_the_target():
    model = new_model()
    users = torch.tensor([4, 0, 4, 29])
    assert model.user_vectors(users).detach().numpy() == pytest.approx(
        np.array([by_hand(model, int(u)) for u in users]), abs=1e-5
    )
    targets = torch.tensor([int(np.flatnonzero(HAS[user])[i]) for user, i in ((4, 0), (0, -1), (4, 2))])
    got = model.user_vectors(users[:3], targets).detach().numpy()
    expected = [by_hand(model, int(u), [int(t)]) for u, t in zip(users, targets)]
    assert got == pytest.approx(np.array(expected), abs=1e-5)


def test_dropout_forgets_a_share_of_the_history_in_training_only_and_never_shows_the_target():
    model = new_model(0.5)
    users = torch.arange(28)
    targets = torch.tensor([int(np.flatnonzero(HAS[user])[0]) for user in users])
    with torch.no_grad():
        model.watched.embeddings.zero_()
        model.watched.embeddings[:24, 0] = 1.0  # the items' own: the history's first number now counts the items
        draw = torch.Generator().manual_seed(0)
        counts = [model.history(users, targets, draw)[:, 0] for _ in range(200)]
        count = torch.stack(counts).square()  # (n / √n)²
        whole = model.history(users)[:, 0].square().numpy()
        assert whole == pytest.approx(HAS[:28].sum(1), rel=1e-4)
    others = HAS[:28].sum(1) - 1
    assert (
        count.mean(0).numpy() == pytest.approx(others / 2, rel=0.25)
        and (count.max(0).values.numpy() <= others + 1e-3).all()
    )


def test_of_whom_nothing_is_known_the_vector_is_zero_and_nothing_breaks():
    model = new_model()
    assert AGE.matrix[[27]].nnz == 0 and not HAS[28:].any()
    nobody = TwoTower(PAIRS, None, Tower([GENRES], 6), Tower([GENRES], 6))
    assert (nobody.user_vectors(torch.tensor([28, 29])) == 0).all()
    users, items = nobody.vectors()
    assert np.isfinite(users).all() and metrics.top_items(users[[28]], items, k=3).tolist() == [[0, 1, 2]]
    unknown = Feature.of("genre", [None, *GENRES_COLUMN[1:]])
    assert (Tower([unknown], 6)(torch.tensor([0])) == 0).all()
    assert np.isfinite(model.vectors()[0]).all()


GENRES_COLUMN = [f"g{g}" for g in GENRE]


def test_the_parts_of_a_user_sum_to_the_vector():
    model = new_model()
    parts = model.user_parts({"age": "old"}, np.flatnonzero(HAS[4]))
    total = np.stack(parts["vector"]).sum(0)
    assert total / np.linalg.norm(total) == pytest.approx(by_hand(model, 4), abs=1e-5)
    assert parts["feature"].tolist() == ["age"] + ["history"] * int(HAS[4].sum())
    assert model.user_parts({"age": "unheard of"}, []).empty
    with pytest.raises(KeyError, match="no feature 'shoe size'"):
        model.user_parts({"shoe size": "44"}, [])
    with pytest.raises(ValueError, match="hidden layer"):
        new_model(hidden=4).user_parts({"age": "old"}, [])


def test_arguments_that_cannot_be():
    with pytest.raises(ValueError, match="needs a tower, a history, or both"):
        TwoTower(PAIRS, None, Tower([GENRES], 6))
    with pytest.raises(ValueError, match="history_dropout=1"):
        TwoTower(PAIRS, None, Tower([GENRES], 6), Tower([GENRES], 6), history_dropout=1)


@pytest.mark.parametrize("hidden", [0, 8])
def test_training_finds_the_tastes_and_is_the_same_twice(hidden):
    train, test = PAIRS.split(0.2, 0)
    arguments = {"epochs": 25, "batch_size": 64, "dim": 8, "lr": 0.05, "hidden": hidden}
    models = [train_two_tower(train, [AGE], [ITEM_IDS, GENRES], [ITEM_IDS, GENRES], **arguments) for _ in range(2)]
    (users, items), again = models[0].vectors(), models[1].vectors()
    assert np.allclose(users, again[0], atol=1e-5) and np.allclose(items, again[1], atol=1e-5)
    top = metrics.top_items(users[:28], items, train.matrix[:28], k=3)
    assert (GENRE[top] == TASTE[:28, None]).mean() > 0.8


def test_an_item_without_a_pair_is_placed_by_its_features():
    train = PAIRS.take(PAIRS.index[:, 1] != 21)  # genre 0
    ids = Feature.of("item", [name if i != 21 else None for i, name in enumerate(ITEMS)])
    model = train_two_tower(train, [USER_IDS], [ids, GENRES], epochs=25, batch_size=64, dim=8, lr=0.05)
    users, items = model.vectors()
    scores = users[:28] @ items[21]
    assert scores[TASTE[:28] == 0].min() > scores[TASTE[:28] != 0].max()


def batch(n=16):
    return torch.from_numpy(PAIRS.index[rng.permutation(len(PAIRS))[:n]]).unbind(1)


def test_the_loss_is_the_in_batch_softmax_with_the_corrections_asked_for():
    model = new_model()
    users, items = batch()
    scores = model.user_vectors(users, items) @ model.item_vectors(items).T
    log_q = torch.from_numpy(np.log(PAIRS.context_frequency)).float()[items]
    assert InBatchSoftmax(PAIRS, 0.3, log_q=False, mask_seen=False)(model, users, items).item() == pytest.approx(
        sampled_softmax_loss(scores, items, None, 0.3).item(), rel=1e-5
    )
    # Everything by hand: of the other items of the batch only those that the user does not have are negatives.
    logits, expected = (scores / 0.3 - log_q).detach().double().numpy(), []
    for row, user in enumerate(users.tolist()):
        rivals = [column for column, other in enumerate(items.tolist()) if column == row or not HAS[user, other]]
        expected.append(np.log(np.exp(logits[row, rivals]).sum()) - logits[row, row])
    assert InBatchSoftmax(PAIRS, 0.3)(model, users, items).item() == pytest.approx(np.mean(expected), rel=1e-5)


def test_with_enough_extra_items_the_loss_is_that_of_the_full_softmax():
    """What the correction is for: both ways of drawing negatives are estimates of the sum over the whole catalog."""
    model = new_model()
    users, items = batch()
    scores = (model.user_vectors(users, items) @ model.item_vectors(torch.arange(24)).T / 0.5).detach().double().numpy()
    expected = []
    for row, (user, item) in enumerate(zip(users.tolist(), items.tolist())):
        rivals = np.flatnonzero(~HAS[user])
        expected.append(np.log(np.exp(scores[row, rivals]).sum()) - scores[row, item])
    n, draw = 40_000, torch.Generator().manual_seed(0)
    got = InBatchSoftmax(PAIRS, 0.5, uniform=n, generator=draw)(model, users, items).item()
    # A candidate is each item with q = 1/24, nearly; the corrected sum of n stands for n × the catalog's. Constants: no
    # gradient.
    assert got == pytest.approx(np.mean(expected) + np.log(n / 24), abs=0.02)


def test_hard_negatives_are_the_best_unseen_items():
    model, loss = new_model(), InBatchSoftmax(PAIRS, hard=2, pool=5)
    users, items = batch()
    plain = loss(model, users, items)
    loss.mine(model)
    users_, items_ = model.vectors()
    scores = users_ @ items_.T
    best = metrics.top_items(users_, items_, PAIRS.matrix, k=5)  # ties may fall otherwise, so compare the scores
    assert np.take_along_axis(scores, loss.best.numpy(), 1) == pytest.approx(
        np.take_along_axis(scores, best, 1), abs=1e-6
    )
    assert not HAS[np.arange(30)[:, None], loss.best.numpy()].any()
    assert loss(model, users, items) > plain  # more negatives


def test_what_a_user_has_seen_is_no_hard_negative_even_where_little_is_unseen():
    has = np.zeros((3, 60), dtype=bool)
    has[0, :40], has[1, :59], has[2] = True, True, True  # 20, 1 and 0 are left
    pairs = Pairs(np.array(USERS[:3]), np.array([f"i{i:02}" for i in range(60)]), np.argwhere(has))
    ids = Feature.of("item", pairs.contexts.tolist())
    model = TwoTower(pairs, Tower([Feature.of("user", USERS[:3])], 6, seed=1), Tower([ids], 6, seed=2))
    loss = InBatchSoftmax(pairs, 0.5, hard=50, pool=50, generator=torch.Generator().manual_seed(0))
    loss.mine(model)
    mined = [set(row[row >= 0].tolist()) for row in loss.best]
    assert mined == [set(range(40, 60)), {59}, set()]
    # With many draws the loss is that of the whole catalog, by hand: the user's unseen items, and the item asked for.
    users, items = torch.tensor([0, 1, 2]), torch.tensor([0, 1, 2])
    draws = InBatchSoftmax(pairs, 0.5, log_q=True, hard=40_000, pool=50, generator=torch.Generator().manual_seed(0))
    draws.best = loss.best
    scores = (model.user_vectors(users) @ model.item_vectors(torch.arange(60)).T / 0.5).detach().double().numpy()
    own = scores[[0, 1, 2], [0, 1, 2]] - np.log(pairs.context_frequency[:3])
    sums = [np.exp(own[user]) + 3 * np.exp(scores[user, ~has[user]]).sum() for user in range(3)]
    expected = np.mean(np.log(sums) - own)
    assert draws(model, users, items).item() == pytest.approx(expected, abs=0.02)


def test_rows_that_do_not_fit_are_an_error():
    few = Feature.of("age", ["old", None, "old"])
    with pytest.raises(ValueError, match="tower `users` has features of 3 rows, the pairs are of 30"):
        train_two_tower(PAIRS, [few], [GENRES])
    with pytest.raises(ValueError, match="tower `items` has features of 30 rows, the pairs are of 24"):
        TwoTower(PAIRS, Tower([AGE], 6), Tower([AGE], 6))
    with pytest.raises(ValueError, match="tower `watched` has features of 30 rows"):
        TwoTower(PAIRS, None, Tower([GENRES], 6), Tower([AGE], 6))
    with pytest.raises(ValueError, match="features of different rows, {'age': 3, 'genre': 24}"):
        Tower([few, GENRES], 6)
    with pytest.raises(ValueError, match="no features"):
        Tower([], 6)


@pytest.mark.parametrize("user, target", [(0, int(np.flatnonzero(~HAS[0])[0])), (29, 3), (28, 23)])
def test_a_target_outside_the_history_is_an_error(user, target):
    model, own = new_model(), int(np.flatnonzero(HAS[4])[0])
    with pytest.raises(ValueError, match=f"user {user} has no item {target} in the history"):
        model.user_vectors(torch.tensor([4, user]), torch.tensor([own, target]))


def test_no_pairs_and_numbers_that_cannot_be():
    nothing = PAIRS.take(np.zeros(len(PAIRS), dtype=bool))
    for call in (
        lambda: train_two_tower(nothing, [AGE], [GENRES]),
        lambda: InBatchSoftmax(nothing),
        lambda: TwoTower(nothing, None, Tower([GENRES], 6), Tower([GENRES], 6)),
    ):
        with pytest.raises(ValueError, match="no pairs"):
            call()
    with pytest.raises(ValueError, match="uniform=-1"):
        InBatchSoftmax(PAIRS, uniform=-1)
    with pytest.raises(ValueError, match="pool=0"):
        InBatchSoftmax(PAIRS, hard=1, pool=0)


def test_a_checkpoint_holds_what_was_learned_and_not_the_training_data(tmp_path):
    model, other = new_model(), new_model()
    assert {key.split(".")[-1] for key in model.state_dict()} == {"embeddings"}
    torch.save(model.state_dict(), tmp_path / "model.pt")
    n_bytes = sum(p.numel() * p.element_size() for p in model.parameters())
    assert (tmp_path / "model.pt").stat().st_size < n_bytes + 10_000  # of which torch's file format has some
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    other.load_state_dict(torch.load(tmp_path / "model.pt"))
    for ours, theirs in zip(model.vectors(), other.vectors()):
        assert ours == pytest.approx(theirs, abs=1e-6)
    earlier = dict(model.state_dict()) | {"seen": model.seen, "items.indptr": model.items.matrix.indptr}
    other.load_state_dict(earlier, strict=False)  # a file of an earlier version


def test_looking_at_a_model_draws_nothing_and_changes_no_training():
    def train(**options):
        return train_two_tower(PAIRS, [AGE], [GENRES], [GENRES], epochs=2, dim=4, batch_size=64, **options).vectors()

    for plain, watched in zip(train(), train(validate=lambda model: {"n": len(model.vectors())})):
        assert plain == pytest.approx(watched, abs=1e-6)


def test_callbacks_are_told_after_those_of_the_recipe():
    rates = []
    look = lambda model, history: rates.append(history.lr)
    train_two_tower(PAIRS, [AGE], [GENRES], epochs=2, dim=4, batch_size=64, lr=0.01, callbacks=[look])
    assert rates == pytest.approx([0.005, 0.005])
