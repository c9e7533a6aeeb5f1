"""Every encoding on the same task: the same network with each, beside linear models and gradient boosting; chosen on
validation rows, told on test rows.

`ENCODING_METHODS` are those of the chapter's table; `OTHER_MODELS` take the learned vectors as input. `encoding_table`
says which is better, by drawing the days of the test anew.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import scipy.sparse
import sklearn.preprocessing
import torch
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from embedviz.inputs.encodings import Categories, TargetEncoder
from embedviz.inputs.tasks import Task, score
from embedviz.measure.comparison import in_words, spread
from embedviz.measure.intervals import paired
from embedviz.measure.parallel import run_all
from embedviz.models.tabular import coded_vectors, input_vectors, n_parameters, predict
from embedviz.train.recipes import train_network

#: A run: the model's predict(rows), how many parameters it has (None: it is no network), how many numbers it sees a
#: row.
Run = tuple[Callable[[np.ndarray], np.ndarray], int | None, int]


#: What the networks choose from, by the validation rows: a long training, or a short and cautious one, which a noisy
#: target wants. They and the settings below are the best of tests/benchmarks/tune_encodings.py for either target.
LONG, SHORT = {"lr": 0.01, "epochs": 6, "batch_size": 512}, {"lr": 0.003, "epochs": 3, "batch_size": 512}


SMOOTHINGS = (1.0, 20.0)


@dataclass(frozen=True)
class EncodingMethod:
    """A way from a task to predictions.

    Attributes:
        run: called as run(task, seed, **one of settings), returns a `Run`.
        settings: what to choose from by the validation rows.
    """

    run: Callable[..., Run]
    settings: tuple[dict, ...] = ({},)


def network(task: Task, seed: int, encoding: str | None, without: Sequence[str] = (), **settings) -> Run:
    """The network of `tabular`; `encoding` None leaves the categories out.

    Args:
        without: columns to leave out.
        settings: of `train_network`.
    """
    task = task.only([column for column in task.columns if encoding and column not in without], numbers=True)
    model, _ = train_network(task, encoding or "embedding", seed=seed, progress=False, **settings)
    width = task.numbers.shape[1] + sum(x.width for x in model.inputs.values())
    return partial(predict, model, task), n_parameters(model), width


def linear(
    task: Task, seed: int, l2: float = 1.0, without: Sequence[str] = (), min_count: int = 5, categories: bool = True
) -> Run:
    """Ridge regression, or of a class logistic regression, on the one-hot columns and the numbers (scikit-learn's).

    A weight for each category, and nothing else: what a network has to beat.

    Args:
        l2: strength of the penalty on the squared weights, λ.
        without: columns to leave out.
        min_count: see `Categories.fit`.
        categories: False leaves all columns out.
    """
    train, blocks = task.rows("train"), [scipy.sparse.csr_array(task.numbers)]
    for column in task.columns:
        if categories and column not in without:
            names = Categories.fit(task.columns[column].iloc[train], min_count)
            codes, n = names.codes(task.columns[column]), len(task)
            ones = np.ones(n, np.float32), (np.arange(n), codes)
            blocks.append(scipy.sparse.csr_array(ones, shape=(n, len(names))))
    x = scipy.sparse.hstack(blocks, format="csr")
    if task.classification:
        model = LogisticRegression(C=1 / l2, max_iter=1000)
    else:
        model = Ridge(alpha=l2, solver="sparse_cg", max_iter=2000)
    with threadpool_limits(1):
        model.fit(x[train], task.target[train])
    return (
        (lambda rows: model.predict_proba(x[rows])[:, 1] if task.classification else model.predict(x[rows])),
        x.shape[1] + 1,
        x.shape[1],
    )


def category_mean(task: Task, seed: int, smoothing: float = 1.0) -> Run:
    """The smoothed mean of the target over the row's category: a table with one number a category, and no model.

    Of all columns that one is used whose means are best on the validation rows.
    """
    train, validation, best = task.rows("train"), task.rows("validation"), (np.inf, None, None)
    for column, values in task.columns.items():
        encoder = TargetEncoder(smoothing, seed=seed).fit(values.iloc[train], task.target[train])
        wrong = next(iter(score(task, validation, encoder.transform(values.iloc[validation])).values()))
        best = min(best, (wrong, column, encoder), key=lambda one: one[0])
    _, column, encoder = best
    return (lambda rows: encoder.transform(task.columns[column].iloc[rows])), len(encoder.table), 1


#: Most categories of a column that scikit-learn's histogram gradient boosting takes.
MAX_CATEGORIES = 255


def boosting(
    task: Task,
    seed: int,
    encoding: str = "native",
    smoothing: float = 20.0,
    new_rows: str = "all",
    without: Sequence[str] = (),
    **settings,
) -> Run:
    """Histogram gradient boosting, stopped when the validation rows no longer gain.

    Args:
        encoding: "native": each split sends a set of categories to one side. At most 255 categories a column, so the
            254 most frequent keep their own and all others share one. "target": cross-fitted target encoding.
            "scikit-learn": the same by its `TargetEncoder`, which chooses the smoothing for each category.
        smoothing, new_rows: of target encoding, see `TargetEncoder`.
        without: columns to leave out.
        settings: of scikit-learn's HistGradientBoosting.
    """
    if encoding not in ("native", "target", "scikit-learn"):
        raise ValueError(f"encoding={encoding!r}: it must be 'native', 'target' or 'scikit-learn'")
    train, validation = task.rows("train"), task.rows("validation")
    y = task.target[train]
    encoded = []
    for column in [column for column in task.columns if column not in without]:
        values = task.columns[column]
        if encoding == "native":
            frequent = values.iloc[train].value_counts().index[: MAX_CATEGORIES - 1]
            encoded.append(Categories.fit(frequent).codes(values))
        else:
            if encoding == "target":
                encoder = TargetEncoder(smoothing, seed=seed, new_rows=new_rows)
            else:
                encoder, values = _ScikitLearn(seed, task.classification), values.astype(str)
            known = encoder.fit_transform(values.iloc[train], y)
            every = encoder.transform(values)
            every[train] = known
            encoded.append(every)
    x = np.column_stack([*encoded, task.numbers]).astype(np.float32)
    kind = HistGradientBoostingClassifier if task.classification else HistGradientBoostingRegressor
    native = np.arange(x.shape[1]) < len(encoded) * (encoding == "native")
    model = kind(
        categorical_features=native,
        max_iter=500,
        early_stopping=True,
        n_iter_no_change=15,
        random_state=seed,
        **settings,
    )
    with threadpool_limits(1):  # the runs share the cores, see `compare_encodings`
        model.fit(x[train], y, X_val=x[validation], y_val=task.target[validation])
    return (
        (lambda rows: model.predict_proba(x[rows])[:, 1] if task.classification else model.predict(x[rows])),
        None,
        x.shape[1],
    )


class _ScikitLearn:
    """Its TargetEncoder, for one column."""

    def __init__(self, seed, classification):
        kind = "binary" if classification else "continuous"
        folds = KFold(5, shuffle=True, random_state=seed)  # by rows, as ours
        self.encoder = sklearn.preprocessing.TargetEncoder(target_type=kind, cv=folds)

    def fit_transform(self, values, target):
        return self.encoder.fit_transform(values.to_frame(), target)[:, 0]

    def transform(self, values):
        return self.encoder.transform(values.to_frame())[:, 0]


def on_inputs(task: Task, seed: int, encoding: str, model: str, weighted: bool = False, smoothing: float = 20.0) -> Run:
    """Another model on what a network's first layer sees: the encoded columns and the numbers (Guo & Berkhahn 2016).

    With "embedding" the vectors are those that `network` learned for the same target from the same training rows; the
    network itself is thrown away.

    Args:
        encoding: of `tabular.ENCODINGS`.
        model: "kNN", "random forest" or "boosting".
        weighted: multiply each standardized input by its correlation with the target over the training rows, so that
            inputs that say nothing do not set the distances of kNN.
        smoothing: of target encoding.
    """
    kinds = MODELS[task.classification]
    if model not in kinds:
        raise ValueError(f"model={model!r}: it must be one of {', '.join(map(repr, kinds))}")
    # The tables that are not learned need no training, so one step is enough.
    net, _ = train_network(
        task,
        encoding,
        seed=seed,
        progress=False,
        smoothing=smoothing,
        **(LONG if encoding == "embedding" else {"epochs": 1, "batch_size": 10**6}),
    )
    train, scaler, other = task.rows("train"), StandardScaler(), kinds[model](seed)
    # The training rows by their own codes: target encoding has others for them.
    codes = torch.from_numpy(np.stack([own.train_codes for own in net.inputs.values()], axis=1))
    x = scaler.fit_transform(coded_vectors(net, codes, torch.from_numpy(task.numbers[train])))
    y = task.target[train] - task.target[train].mean()
    weights = np.abs(y @ x / len(y) / y.std()).astype(np.float32) if weighted else np.float32(1)
    with threadpool_limits(1):
        other.fit(x * weights, task.target[train])

    def answer(rows):
        x = scaler.transform(input_vectors(net, task, rows)) * weights
        with threadpool_limits(1):
            return other.predict_proba(x)[:, 1] if task.classification else other.predict(x)

    return answer, None, x.shape[1]


#: Models for `on_inputs`: classification or not → name → seed → model.
MODELS = {
    False: {
        "kNN": lambda seed: KNeighborsRegressor(10, algorithm="brute"),  # trees are slow from ten dimensions on
        "random forest": lambda seed: RandomForestRegressor(25, min_samples_leaf=3, random_state=seed),
        "boosting": lambda seed: HistGradientBoostingRegressor(random_state=seed),
    },
    True: {
        "kNN": lambda seed: KNeighborsClassifier(50, algorithm="brute"),
        "random forest": lambda seed: RandomForestClassifier(100, min_samples_leaf=5, random_state=seed),
        "boosting": lambda seed: HistGradientBoostingClassifier(random_state=seed),
    },
}


OTHER_MODELS: dict[str, EncodingMethod] = {
    f"{model}, {encoding}": EncodingMethod(
        partial(on_inputs, encoding=encoding, model=model),
        tuple(
            {"weighted": weighted, "smoothing": smoothing}
            for weighted in ((False, True) if model == "kNN" else (False,))
            for smoothing in (SMOOTHINGS if encoding == "target" else (20.0,))
        ),
    )
    for model in MODELS[False]
    for encoding in ("label", "target", "embedding")
}


def mean(task: Task, seed: int) -> Run:
    """The same answer for all rows."""
    value = task.target[task.rows("train")].mean()
    return (lambda rows: np.full(len(rows), value)), 1, 0


ENCODING_METHODS: dict[str, EncodingMethod] = {
    "mean": EncodingMethod(mean),
    "mean of the category": EncodingMethod(category_mean, tuple({"smoothing": m} for m in (0.3, 1.0, 20.0))),
    "linear, no categories": EncodingMethod(partial(linear, categories=False)),
    "linear, one-hot": EncodingMethod(
        linear, tuple({"l2": l2} for l2 in (0.1, 1.0, 10.0, 100.0)) + ({"l2": 0.1, "min_count": 50},)
    ),
    "network, no categories": EncodingMethod(partial(network, encoding=None), (LONG, SHORT)),
    "network, label": EncodingMethod(partial(network, encoding="label"), (LONG, LONG | {"min_count": 50})),
    "network, one-hot": EncodingMethod(partial(network, encoding="one-hot"), (LONG, LONG | {"min_count": 50})),
    "network, hashing": EncodingMethod(
        partial(network, encoding="hashing"), (LONG | {"size": 256}, LONG | {"size": 64, "lr": 0.003})
    ),
    "network, target": EncodingMethod(
        partial(network, encoding="target"),
        tuple(LONG | {"smoothing": m} for m in SMOOTHINGS),
    ),
    "network, embedding": EncodingMethod(
        partial(network, encoding="embedding"),
        (LONG | {"size": 8}, LONG | {"size": 64, "lr": 0.003}, LONG | {"size": 8, "min_count": 50}),
    ),
    "boosting, native": EncodingMethod(
        partial(boosting, encoding="native"),
        tuple({"learning_rate": 0.05, "max_leaf_nodes": leaves} for leaves in (7, 31)),
    ),
    "boosting, target": EncodingMethod(
        partial(boosting, encoding="target", learning_rate=0.05),
        ({"smoothing": 1.0}, {"smoothing": 20.0, "new_rows": "folds"}),
    ),
}


#: The same network, one thing changed at a time: how many numbers a category becomes, and whether it sees the planes.
#: The long training is what the validation rows choose for each of the six (tests/benchmarks/tune_encodings.py).
ABLATION: dict[str, EncodingMethod] = {
    f"{name}, {planes}": EncodingMethod(partial(network, encoding=encoding, size=size, without=without), (LONG,))
    for planes, without in (("with planes", ()), ("no planes", ("tailnum",)))
    for name, encoding, size in (
        ("one-hot", "one-hot", None),
        ("embedding of 8", "embedding", 8),
        ("embedding of 64", "embedding", 64),
    )
}


def compare_encodings(
    task: Task,
    methods: Mapping[str, EncodingMethod] = ENCODING_METHODS,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    n_train: int | None = 30_000,
    n_validation: int | None = 10_000,
    n_test: int | None = None,
    newcomers: str | None = "tailnum",
) -> pd.DataFrame:
    """Every method on the same rows, one process to a processor core.

    The first seed tries all settings of a method; the one that is best on the validation rows is used for all seeds,
    and only its test scores are reported.

    Args:
        task: what is to be predicted; see `tasks.flights_task`.
        methods: name → `EncodingMethod`.
        seeds: one run each; a seed draws the training and validation rows, the start of the network, and the order of
            its batches.
        n_train, n_validation, n_test: how many rows to draw; None takes all.
        newcomers: a column; the test rows whose value there does not occur in the training rows are also reported by
            themselves.

    Returns:
        One row for each method and seed (index levels "method", "seed"): what `tasks.score` says of the test rows, the
        same of the newcomers ("…, new tailnum", NaN where there are none), "validation" (the first measure on the
        validation rows), "parameters" (NaN for trees), "inputs" (numbers a row that the model sees), "seconds" (of one
        training), "settings" (those chosen); and for `encoding_table` "<measure> of each" and "<measure> units".
        `comparison.spread` sums up.

    Raises:
        ValueError: no methods or seeds.
    """
    if not methods or not seeds:
        raise ValueError("compare_encodings needs at least one method and one seed")
    samples = {seed: task.sample(n_train, n_validation, seed, n_test) for seed in seeds}
    order = [(name, seeds[0], settings) for name, method in methods.items() for settings in method.settings]
    trials = _all(methods, samples, order, newcomers, "choosing settings")
    chosen = {}
    for trial in trials:
        if trial["method"] not in chosen or trial["validation"] < chosen[trial["method"]]["validation"]:
            chosen[trial["method"]] = trial
    order = [(name, seed, chosen[name]["settings"]) for name in methods for seed in seeds[1:]]
    rows = [*chosen.values(), *_all(methods, samples, order, newcomers, "other seeds")]
    place = {name: number for number, name in enumerate(methods)}
    rows.sort(key=lambda row: (place[row["method"]], seeds.index(row["seed"])))
    return pd.DataFrame(rows).set_index(["method", "seed"])


def _all(methods, samples, order, newcomers, what: str) -> list[dict]:
    tasks = {seed: samples[seed] for _, seed, _ in order}  # sent to a process once, not with each run

    def run(name, seed, settings):
        return _one(name, methods[name], seed, settings, tasks[seed], newcomers)

    return run_all(run, order, what)


def _one(name: str, method: EncodingMethod, seed: int, settings: dict, task: Task, newcomers: str | None) -> dict:
    start = time.perf_counter()
    answer, parameters, inputs = method.run(task, seed, **settings)
    seconds = time.perf_counter() - start
    validation, test = task.rows("validation"), task.rows("test")
    row = {"method": name, "seed": seed, "validation": next(iter(score(task, validation, answer(validation)).values()))}
    predictions = answer(test)
    row |= score(task, test, predictions)
    if newcomers in task.columns:
        codes = pd.factorize(task.columns[newcomers])[0]
        new = ~np.isin(codes[test], codes[task.rows("train")])
        of_new = score(task, test[new], predictions[new]) if new.any() else {}
        row |= {f"{key}, new {newcomers}": of_new.get(key, np.nan) for key in ("RMSE", "log loss", "AUC") if key in row}
    row |= {"parameters": parameters, "inputs": inputs, "seconds": seconds, "settings": settings}
    return row | _of_each(task, test, predictions)


def _of_each(task: Task, rows: np.ndarray, predictions: np.ndarray) -> dict[str, np.ndarray]:
    """What `intervals.paired` needs: the measures of each row, and the day it was sampled with."""
    truth, days = task.target[rows], np.arange(len(rows)) if task.day is None else task.day[rows]
    if not task.classification:
        return {"RMSE of each": np.square(truth - predictions), "RMSE units": days}
    p = predictions.astype(np.float64).clip(1e-7, 1 - 1e-7)
    losses = -np.where(truth > 0, np.log(p), np.log1p(-p)).astype(np.float32)
    found = {"log loss of each": losses, "log loss units": days}
    if task.day is not None:  # with a unit for each row the counts would be a square of them
        found |= {"AUC of each": auc_counts(truth, predictions, days), "AUC units": np.unique(days)}
    return found


def auc_counts(truth: np.ndarray, predictions: np.ndarray, units: np.ndarray) -> np.ndarray:
    """All that the AUC of redrawn units depends on, so that it need not be counted anew for each draw.

    AUC is the share of (true, false) pairs of rows that the predictions put in the right order, a tie counting half.
    Both rows of a pair come from some unit, so a table of pairs, unit by unit, is enough.

    Args:
        truth: (rows,), 0 or 1.
        predictions: (rows,).
        units: (rows,), of u different values.

    Returns:
        float64 (u, u + 3): of each unit, in the order of np.unique, its number, how many rows are true and how many
        false, and how many pairs of a true row of it and a false row of each unit are in the right order.
    """
    names, unit = np.unique(units, return_inverse=True)
    true, u = np.asarray(truth) > 0, len(names)
    levels, level = np.unique(predictions, return_inverse=True)
    right = np.zeros((u, u))
    for other in range(u):
        false = np.bincount(level[~true & (unit == other)], minlength=len(levels))
        below = np.cumsum(false) - false / 2
        right[:, other] = np.bincount(unit[true], below[level[true]], u)
    positive, negative = (np.bincount(unit[which], minlength=u) for which in (true, ~true))
    return np.column_stack([np.arange(u), positive, negative, right])


def auc_of_counts(rows: np.ndarray) -> float:
    """The AUC of the units drawn: rows of `auc_counts`, each as often as it was drawn."""
    drawn = np.bincount(rows[:, 0].astype(int), minlength=rows.shape[1] - 3)
    return float((rows[:, 3:] @ drawn).sum() / (rows[:, 1].sum() * rows[:, 2].sum()))


#: How `intervals.paired` is to treat each measure of `compare_encodings`.
PAIRED = {
    "RMSE": {"transform": np.sqrt, "better": "lower"},
    "log loss": {"better": "lower"},
    "AUC": {"statistic": auc_of_counts},
}


def encoding_table(runs: pd.DataFrame, measure: str, against: str, digits: int = 2, **settings) -> pd.DataFrame:
    """Which method is better? A measure's mean ± deviation over the seeds, and each method against one of them.

    Args:
        runs: of `compare_encodings`.
        measure: "RMSE", "log loss" or "AUC".
        against: the method that all are compared with.
        digits: after the point.
        settings: of `intervals.difference`, such as draws.

    Returns:
        Texts, a row a method: the measure, "difference to <against>" and "95 % by days", the interval of the difference
        from drawing the test's days anew, and "verdict": ahead, level or behind.

    Raises:
        ValueError: no such measure or method.
    """
    if measure not in PAIRED:
        raise ValueError(f"measure={measure!r}: it must be one of {', '.join(map(repr, PAIRED))}")
    found = paired(runs, measure, against, **PAIRED[measure] | settings)
    value, interval = in_words(found, against, digits)
    columns = {f"difference to {against}": value, "95 % by days": interval, "verdict": found["verdict"]}
    return spread(runs[[measure]], digits).assign(**columns)
