from functools import partial

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from embedviz.inputs.tasks import Task
from embedviz.measure.encoding_comparison import (
    ENCODING_METHODS,
    OTHER_MODELS,
    EncodingMethod,
    boosting,
    compare_encodings,
    mean,
    on_inputs,
)
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
    assert frame.columns.tolist() == measures + [f"{m}, new tailnum" for m in measures] + [
        "parameters",
        "inputs",
        "seconds",
        "settings",
    ]
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
        inputs == (2 if "label" in name else 1 + default_size(known))
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
    with pytest.raises(ValueError, match="model='tree'"):
        on_inputs(TASK, 0, "label", "tree")


@pytest.mark.slow
def test_processes_give_the_same_as_one():
    methods = {"boosting": EncodingMethod(partial(boosting, learning_rate=0.3))}
    frames = []
    for backend in ("loky", "threading"):
        with joblib.parallel_config(backend=backend):
            frames.append(compare_encodings(TASK, methods, seeds=(0, 1))["RMSE"])
    pd.testing.assert_series_equal(*frames)
