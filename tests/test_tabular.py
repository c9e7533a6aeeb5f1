import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import log_loss, roc_auc_score

from embedviz.inputs.encodings import TargetEncoder, hash_buckets, one_hot
from embedviz.inputs.tasks import Task, score
from embedviz.models.initial import linear
from embedviz.models.tabular import (
    ENCODINGS,
    TabularNet,
    default_size,
    encode_column,
    encode_rows,
    input_vectors,
    n_parameters,
    predict,
)
from embedviz.train.recipes import train_network

rng = np.random.default_rng(0)
HEIGHT = rng.normal(size=30)


def make_task(n=3000, kinds=30, classification=False, missing=0.05):
    kind = rng.integers(0, kinds, n)
    y = 50 + 10 * HEIGHT[kind % 30] + rng.normal(size=n)
    frame = pd.DataFrame(
        {"kind": [f"k{k}" for k in kind], "other": rng.choice(list("ab"), n), "y": y > 50 if classification else y}
    )
    frame.loc[rng.random(n) < missing, "kind"] = None
    frame["time_hour"] = pd.Timestamp("2013-09-01") + pd.to_timedelta(rng.integers(0, 90 * 24, n), unit="h")
    return Task.by_time(
        frame,
        "y",
        ["kind", "other"],
        pd.DataFrame({"n": rng.normal(size=n)}),
        unit="minutes" if not classification else "",
    )


TASK = make_task()
QUICK = {"epochs": 6, "lr": 0.02, "batch_size": 64, "progress": False}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_each_encoding_trains_and_predicts_also_the_unknown(encoding):
    model, history = train_network(TASK, encoding, **QUICK)
    assert history.frame.columns.tolist() == ["loss", "seconds", "validation RMSE (minutes)"] and history.epochs == 6
    test = TASK.rows("test")
    got = score(TASK, test, predict(model, TASK, test))["RMSE"]
    assert got < (9.5 if encoding == "label" else 7) and got < TASK.target[test].std()
    strange = TASK.take(test[:5])
    strange.columns.loc[:, "kind"] = ["zzz", None, "", "k1", "(unknown)"]
    assert np.isfinite(predict(model, strange, np.arange(5))).all()


def vectors(encoding, x, values):
    """One-hot or hashed vectors, written out."""
    if encoding == "one-hot":
        return torch.from_numpy(one_hot(x.codes(values), x.width))
    buckets, signs = hash_buckets(values, x.width)
    return torch.from_numpy(one_hot(buckets, x.width) * signs[:, None])


@pytest.mark.parametrize("encoding", ["one-hot", "hashing"])
def test_a_lookup_in_the_network_is_the_vector_times_the_weights_values_and_gradients(encoding):
    model, _ = train_network(TASK, encoding, **(QUICK | {"epochs": 1}))
    rows = TASK.rows("test")[:50]
    codes, numbers = encode_rows(model, TASK, rows)
    hidden = (
        model.bias
        + model.first(numbers)
        + sum(
            vectors(encoding, x, TASK.columns[column].iloc[rows]) @ model.lookups[column].weight
            for column, x in model.inputs.items()
        )
    )
    written_out = model.rest(hidden).squeeze(1)
    torch.testing.assert_close(model(codes, numbers), written_out)
    tables = [table.weight for table in model.lookups.values()]
    ours = torch.autograd.grad(model(codes, numbers).pow(2).sum(), tables)
    for a, b in zip(ours, torch.autograd.grad(written_out.pow(2).sum(), tables)):
        torch.testing.assert_close(a.to_dense(), b)


def test_the_first_layer_of_a_seed_is_one_matrix_cut_in_parts():
    columns = {c: encode_column(e, list("abcdd"), np.arange(5.0), size=3) for c, e in zip("lh", ("label", "hashing"))}
    net, generator = TabularNet(columns, 2, (8, 4), seed=5), torch.Generator().manual_seed(5)
    whole = linear(2 + 1 + 3, 8, generator, bias=False).weight
    parts = torch.cat([net.first.weight, net.lookups["h"].weight.T], dim=1)
    assert torch.equal(parts, whole) and torch.equal(net.rest[1].weight, linear(8, 4, generator).weight)


def test_one_hot_and_embedding_have_the_parameters_that_they_claim():
    inputs = {e: {"c": encode_column(e, list("abcdd"), np.arange(5.0), size=2)} for e in ENCODINGS}
    hidden = 8 + (8 * 4 + 4) + (4 + 1)
    for encoding, first in (
        ("one-hot", 5 * 8),
        ("embedding", 5 * 2 + 2 * 8),
        ("label", 8),
        ("target", 8),
        ("hashing", 2 * 8),
    ):
        assert n_parameters(TabularNet(inputs[encoding], 3, (8, 4))) == first + 3 * 8 + hidden


def test_matrices_say_what_a_category_becomes():
    values, y = list("aabbc"), np.array([1.0, 2, 3, 4, 5])
    by_name = {e: encode_column(e, values, y, size=3) for e in ENCODINGS}
    for encoding, x in by_name.items():
        assert (
            x.names.tolist() == ["(unknown)", "a", "b", "c"]
            and x.matrix().shape == (4, x.width)
            and x.encoding == encoding
        )
    assert np.array_equal(by_name["one-hot"].matrix(), np.eye(4))
    assert (np.abs(by_name["hashing"].matrix()).sum(axis=1) == 1).all()
    assert by_name["label"].matrix().std() == pytest.approx(1)
    table = TargetEncoder().fit(values, y).table
    assert np.corrcoef(by_name["target"].matrix()[:, 0], table)[0, 1] == pytest.approx(1)
    before = by_name["embedding"].matrix()
    with torch.no_grad():
        by_name["embedding"].learned.weight += 1
    assert not np.array_equal(before, by_name["embedding"].matrix())


def test_training_rows_get_the_cross_fitted_encoding_and_new_rows_the_full_one():
    values, y = rng.choice(list("abc"), 100), rng.normal(size=100)
    x, encoder = encode_column("target", values, y, seed=1), TargetEncoder(seed=1)
    fitted, full = encoder.fit_transform(values, y), encoder.transform(values)
    ours = [x(torch.from_numpy(codes))[:, 0].numpy() for codes in (x.train_codes, x.codes(values))]
    scale = fitted.std()
    assert np.allclose(ours[0] * scale + fitted.mean(), fitted, atol=1e-4) and np.allclose(
        ours[1] * scale + fitted.mean(), full, atol=1e-4
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_column_of_one_category_and_a_column_of_nothing(encoding):
    for value in ("a", None):
        columns = pd.DataFrame({"kind": pd.Series([value] * len(TASK), dtype="str")})
        task = Task("y", columns, TASK.numbers, TASK.target, TASK.part)
        model, _ = train_network(task, encoding, **(QUICK | {"epochs": 1}))
        assert np.isfinite(predict(model, task, task.rows("test"))).all()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_hundred_thousand_categories(encoding):
    values = np.array([f"N{i}" for i in range(100_000)])
    x = encode_column(encoding, values, np.arange(100_000.0), size=4)
    assert len(x.names) == 100_001
    net = TabularNet({"c": x}, 0, (16,))
    with torch.no_grad():
        out = net(torch.from_numpy(x.codes(["N7", "N99999", "new", None]))[:, None], torch.zeros(4, 0))
    assert out.shape == (4,) and torch.isfinite(out).all()


def test_the_best_epoch_is_kept():
    task = TASK
    best, last = (
        train_network(task.sample(150), "one-hot", keep_best=keep, **(QUICK | {"epochs": 25})) for keep in (True, False)
    )
    frame = best[1].frame["validation RMSE (minutes)"]
    rows = task.rows("validation")
    assert score(task, rows, predict(best[0], task, rows))["RMSE"] == pytest.approx(frame.min(), rel=1e-4)
    assert score(task, rows, predict(last[0], task, rows))["RMSE"] == pytest.approx(frame.iloc[-1], rel=1e-4)


def test_a_seed_gives_the_same_network_again_and_leaves_torch_as_it_was():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    test = TASK.rows("test")
    first, again, other = (predict(train_network(TASK, "embedding", seed=s, **QUICK)[0], TASK, test) for s in (1, 1, 2))
    assert np.allclose(first, again, rtol=1e-4) and not np.allclose(first, other, rtol=1e-3)
    assert torch.equal(torch.rand(1), expected)


def test_classification_is_scored_by_log_loss_and_auc():
    task = make_task(classification=True)
    model, history = train_network(task, "embedding", size=4, **QUICK)
    assert history.frame.columns.tolist() == ["loss", "seconds", "validation log loss", "validation AUC"]
    test = task.rows("test")
    p = predict(model, task, test)
    got = score(task, test, p)
    assert got["AUC"] == pytest.approx(roc_auc_score(task.target[test], p)) and got["AUC"] > 0.85
    assert got["log loss"] == pytest.approx(log_loss(task.target[test], p.astype(float)))
    assert np.isnan(score(task, test[task.target[test] == 1], p[task.target[test] == 1])["AUC"])


def test_an_encoding_for_each_column_and_what_the_first_layer_sees():
    model, _ = train_network(
        TASK, {"kind": "embedding", "other": "one-hot"}, size={"kind": 3}, **(QUICK | {"epochs": 1})
    )
    rows = TASK.rows("test")
    x = input_vectors(model, TASK, rows)
    assert x.shape == (len(rows), 3 + 3 + 1) and np.allclose(x[:, -1], TASK.numbers[rows, 0])
    number = model.inputs["kind"].codes(TASK.columns["kind"].iloc[rows[:1]])[0]
    assert np.allclose(x[0, :3], model.inputs["kind"].matrix()[number])


def test_callbacks_see_the_matrix_change_and_can_stop():
    seen = []

    def look(model, history):
        seen.append(model.inputs["kind"].matrix())
        return history.epochs == 3

    _, history = train_network(TASK, "embedding", callbacks=[look], **QUICK)
    assert history.epochs == 3 and history.interrupted and not np.array_equal(seen[0], seen[1])


def test_wrong_arguments():
    with pytest.raises(ValueError, match="encoding='onehot': it must be one of 'label', 'one-hot'"):
        encode_column("onehot", ["a"], [1.0])
    with pytest.raises(ValueError, match="size=0"):
        encode_column("embedding", ["a"], [1.0], size=0)
    with pytest.raises(ValueError, match="column is empty"):
        encode_column("label", [], [])
    assert default_size(4) == 3 and default_size(100_000) == 16


def test_a_logit_far_from_zero_is_a_probability_without_a_warning():
    task = make_task(n=400, classification=True)
    model, _ = train_network(task, "label", **(QUICK | {"epochs": 1}))
    with torch.no_grad():
        model.rest[-1].bias.fill_(-200.0)
    assert predict(model, task, task.rows("test")).max() == pytest.approx(0, abs=1e-30)


@pytest.mark.parametrize("part, name", [("train", "training"), ("validation", "validation")])
def test_a_task_without_rows_for_a_part_is_an_error(part, name):
    with pytest.raises(ValueError, match=f"the task has no {name} rows"):
        train_network(TASK.take(np.flatnonzero(TASK.part != part)), **QUICK)


def test_who_goes_on_after_the_last_epoch_still_learns():
    _, history = train_network(TASK, "label", **(QUICK | {"epochs": 2}))
    assert history.lr == pytest.approx(QUICK["lr"] / 2)


def test_the_permutation_and_the_start_can_be_changed_apart():
    def trained(**how):
        return train_network(TASK, "label", epochs=1, progress=False, **how)[0]

    def order(model):
        return next(iter(model.inputs.values())).matrix()

    usual, other = trained(seed=0), trained(seed=0, encoding_seed=1)
    np.testing.assert_array_equal(order(usual), order(trained(seed=1, encoding_seed=0)))
    assert not np.array_equal(order(usual), order(other))
