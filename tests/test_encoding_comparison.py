from functools import partial

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score

from embedviz.inputs.encodings import Categories, one_hot
from embedviz.inputs.tasks import Task, score
from embedviz.measure.encoding_comparison import (
    ABLATION,
    ENCODING_METHODS,
    OTHER_MODELS,
    EncodingMethod,
    auc_counts,
    auc_of_counts,
    boosting,
    category_mean,
    compare_encodings,
    encoding_table,
    linear,
    mean,
    network,
    on_inputs,
)
from embedviz.measure.intervals import difference
from embedviz.models.tabular import default_size

rng = np.random.default_rng(0)
HEIGHT = rng.normal(size=400)


def make_task(classification=False, n=6000):
    kind = rng.integers(0, 400, n) ** 2 // 400  # some come often, some seldom
    y = 10 * HEIGHT[kind] + rng.normal(size=n)
    time = pd.Timestamp("2013-09-01") + pd.to_timedelta(np.sort(rng.integers(0, 90 * 24, n)), unit="h")
    frame = pd.DataFrame({"tailnum": [f"N{k}" for k in kind], "y": y > 0 if classification else y, "time_hour": time})
    frame.loc[frame.index[-30:], "tailnum"] = "brand new"
    return Task.by_time(
        frame, "y", ["tailnum"], pd.DataFrame({"n": rng.normal(size=n)}), unit="" if classification else "minutes"
    )


TASK = make_task()


@pytest.fixture(scope="module", params=[False, True], ids=["regression", "classification"])
def runs(request):
    quick = {name: EncodingMethod(method.run, method.settings[:1]) for name, method in ENCODING_METHODS.items()}
    with joblib.parallel_config(backend="threading", n_jobs=1):
        return request.param, compare_encodings(make_task(request.param), quick, seeds=(0, 1))


@pytest.mark.slow
def test_one_row_a_method_and_seed(runs):
    classification, frame = runs
    assert frame.index.tolist() == [(name, seed) for name in ENCODING_METHODS for seed in (0, 1)]
    measures = ["log loss", "AUC"] if classification else ["RMSE"]
    for_tables = [f"{m} {what}" for m in measures for what in ("of each", "units")]
    assert set(frame.columns) == set(
        ["validation", *measures, *(f"{m}, new tailnum" for m in measures), *for_tables]
        + ["parameters", "inputs", "seconds", "settings"]
    )
    assert frame.loc["network, one-hot", "parameters"].min() > frame.loc["network, embedding", "parameters"].max()


@pytest.mark.slow
def test_what_knows_the_categories_is_better_than_what_does_not(runs):
    classification, frame = runs
    error = frame["log loss" if classification else "RMSE"].groupby("method").mean()
    assert (
        error[["boosting, native", "network, target", "boosting, target"]].max() < 0.9 * error["network, no categories"]
    )


@pytest.mark.parametrize("name", OTHER_MODELS)
def test_other_models_on_what_the_first_layer_sees(name):
    known = (TASK.columns["tailnum"].iloc[TASK.rows("train")].value_counts() >= 5).sum() + 1
    answer, parameters, inputs = OTHER_MODELS[name].run(TASK, 0)
    test = TASK.rows("test")
    assert (
        inputs == (1 + default_size(known) if "embedding" in name else 2)
        and parameters is None
        and answer(test).shape == (len(test),)
    )


def test_settings_are_chosen_by_the_validation_rows_and_the_test_rows_are_asked_once_a_run():
    asked = []

    def spy(task, seed, bias):
        def answer(rows):
            asked.append((seed, bias, sorted(set(task.part[rows]))))
            # Best on validation with bias 1, on the test with bias 0: the choice must be 1.
            wrong = np.where(task.part[rows] == "validation", bias != 1, bias != 0)
            return task.target[rows] + 5 * wrong

        return answer, 7, 1

    with joblib.parallel_config(backend="threading", n_jobs=1):
        frame = compare_encodings(
            TASK, {"spy": EncodingMethod(spy, ({"bias": 0}, {"bias": 1}, {"bias": 2}))}, seeds=(4, 5)
        )
    assert frame["settings"].tolist() == [{"bias": 1}] * 2 and frame["RMSE"].tolist() == pytest.approx([5, 5], abs=1e-4)
    assert {bias for seed, bias, _ in asked if seed == 5} == {1}


def test_newcomers_are_the_test_rows_whose_value_training_has_not():
    with joblib.parallel_config(backend="threading", n_jobs=1):
        frame = compare_encodings(TASK, {"mean": EncodingMethod(mean)}, seeds=(0,), n_train=None, n_validation=None)
    train, test = (TASK.rows(part) for part in ("train", "test"))
    new = ~TASK.columns["tailnum"].iloc[test].isin(set(TASK.columns["tailnum"].iloc[train])).to_numpy()
    assert 30 <= new.sum() < len(test)
    rmse = np.sqrt(np.mean((TASK.target[test][new] - TASK.target[train].mean()) ** 2))
    assert frame.loc[("mean", 0), "RMSE, new tailnum"] == pytest.approx(rmse, rel=1e-5)


def test_more_than_255_categories_share_for_native_boosting():
    assert TASK.columns["tailnum"].iloc[TASK.rows("train")].nunique() > 255
    answer, _, inputs = boosting(TASK, 0)
    assert inputs == 2 and np.isfinite(answer(TASK.rows("test"))).all()
    # The limit is scikit-learn's own.
    codes = np.arange(300.0)[:, None]
    with pytest.raises(ValueError, match="255"):
        HistGradientBoostingRegressor(categorical_features=[True]).fit(codes, codes[:, 0])


def test_wrong_arguments():
    with pytest.raises(ValueError, match="at least one method"):
        compare_encodings(TASK, {})
    with pytest.raises(ValueError, match="encoding='label'"):
        boosting(TASK, 0, "label")
    with pytest.raises(ValueError, match="measure='R2'"):
        encoding_table(pd.DataFrame(), "R2", "mean")
    with pytest.raises(ValueError, match="model='tree'"):
        on_inputs(TASK, 0, "label", "tree")


def by_hand(task, min_count=5):
    """The one-hot columns and the numbers, dense."""
    train = task.columns["tailnum"].iloc[task.rows("train")]
    names = Categories.fit(train, min_count)
    return np.hstack([task.numbers, one_hot(names.codes(task.columns["tailnum"]), len(names))])


@pytest.mark.parametrize("classification", [False, True], ids=["ridge", "logistic"])
def test_the_linear_rival_is_scikit_learns_on_dense_columns(classification):
    task = make_task(classification, 2000)
    answer, parameters, inputs = linear(task, 0, l2=2.0)
    x, train, test = by_hand(task), task.rows("train"), task.rows("test")
    kind = LogisticRegression(C=0.5, max_iter=2000) if classification else Ridge(2.0)
    model = kind.fit(x[train].astype(float), task.target[train])
    expected = model.predict_proba(x[test])[:, 1] if classification else model.predict(x[test])
    np.testing.assert_allclose(answer(test), expected, atol=0.01 if classification else 0.05)
    assert inputs == x.shape[1] == parameters - 1


def test_without_leaves_a_column_out_and_no_categories_all():
    alone = linear(TASK, 0, categories=False)
    test = TASK.rows("test")
    np.testing.assert_array_equal(linear(TASK, 0, without=["tailnum"])[0](test), alone[0](test))
    assert alone[2] == 1 == network(TASK, 0, "one-hot", without=["tailnum"], epochs=1)[2]
    assert boosting(TASK, 0, "target", without=["tailnum"])[2] == 1
    assert {name.split(", ")[1] for name in ABLATION} == {"with planes", "no planes"}


def test_the_mean_of_the_category_takes_the_column_that_the_validation_rows_prefer():
    noise = np.random.default_rng(1).integers(0, 9, len(TASK)).astype(str)
    task = Task("y", TASK.columns.assign(noise=noise)[["noise", "tailnum"]], TASK.numbers, TASK.target, TASK.part)
    answer, _, inputs = category_mean(task, 0, smoothing=0.0)
    train, test = task.rows("train"), task.rows("test")
    means = pd.Series(task.target[train]).groupby(task.columns["tailnum"].iloc[train].to_numpy()).mean()
    expected = task.columns["tailnum"].iloc[test].map(means).fillna(task.target[train].mean())
    np.testing.assert_allclose(answer(test), expected, rtol=1e-4, atol=1e-4)
    assert inputs == 1


def test_new_rows_on_the_scale_of_the_folds_cure_strong_smoothing():
    rows = TASK.rows("test")
    error = {
        how: score(TASK, rows, boosting(TASK, 0, "target", 50.0, how)[0](rows))["RMSE"] for how in ("all", "folds")
    }
    assert error["folds"] < error["all"]
    assert np.isfinite(boosting(TASK, 0, "scikit-learn")[0](rows)).all()


def test_auc_of_counts_is_that_of_the_redrawn_rows():
    draw = np.random.default_rng(3)
    units, truth = np.sort(draw.integers(0, 12, 500)), draw.integers(0, 2, 500)
    predictions = np.round(draw.normal(size=500) + truth, 1)  # with ties
    counts = auc_counts(truth, predictions, units)
    assert auc_of_counts(counts) == pytest.approx(roc_auc_score(truth, predictions))
    drawn = draw.integers(0, 12, 12)
    rows = np.concatenate([np.flatnonzero(units == unit) for unit in drawn])
    assert auc_of_counts(counts[drawn]) == pytest.approx(roc_auc_score(truth[rows], predictions[rows]))
    # The same interval as from the rows themselves.
    other = draw.normal(size=500)
    by_rows = [np.column_stack([truth, p]) for p in (predictions, other)]
    slow = difference(*by_rows, units, statistic=lambda rows: roc_auc_score(*rows.T), draws=50)
    fast = difference(counts, auc_counts(truth, other, units), statistic=auc_of_counts, draws=50)
    assert (slow.first, slow.second) == pytest.approx((fast.first, fast.second))
    assert (slow.low, slow.high) == pytest.approx((fast.low, fast.high))


@pytest.mark.parametrize("classification", [False, True], ids=["regression", "classification"])
def test_a_table_says_which_is_ahead_by_the_days(classification):
    task = make_task(classification, 2000)
    methods = {"mean": EncodingMethod(mean), "linear": EncodingMethod(linear), "twin": EncodingMethod(linear)}
    with joblib.parallel_config(backend="threading", n_jobs=1):
        runs = compare_encodings(task, methods, seeds=(0, 1), n_train=None, n_validation=None)
    for measure in ("log loss", "AUC") if classification else ("RMSE",):
        table = encoding_table(runs, measure, "linear", draws=100)
        assert table["verdict"].to_dict() == {"mean": "behind", "linear": "–", "twin": "level"}
        assert table["95 % by days"]["linear"] == "–" and measure in table
        days = runs[f"{measure} units"].iloc[0]
        assert len(np.unique(days)) == len(np.unique(task.day[task.rows("test")]))
    if not classification:
        each = runs.loc[("mean", 0), "RMSE of each"]
        assert np.sqrt(each.mean()) == pytest.approx(runs.loc[("mean", 0), "RMSE"], rel=1e-5)


@pytest.mark.slow
def test_processes_give_the_same_as_one():
    methods = {"boosting": EncodingMethod(partial(boosting, learning_rate=0.3))}
    frames = []
    for backend in ("loky", "threading"):
        with joblib.parallel_config(backend=backend):
            frames.append(compare_encodings(TASK, methods, seeds=(0, 1))["RMSE"])
    pd.testing.assert_series_equal(*frames)
