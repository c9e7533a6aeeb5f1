"""Every encoding on the same task: the same network with each, and gradient boosting; chosen on validation rows, told
on test rows.

`ENCODING_METHODS` are those of the chapter's table; `OTHER_MODELS` take the learned vectors as input.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from embedviz.inputs.encodings import Categories, TargetEncoder
from embedviz.inputs.tasks import Task, score
from embedviz.measure.parallel import run_all
from embedviz.models.tabular import input_vectors, n_parameters, predict
from embedviz.train.recipes import train_network

#: A run: the model's predict(rows), how many parameters it has (None: it is no network), how many numbers it sees a
#: row.
Run = tuple[Callable[[np.ndarray], np.ndarray], int | None, int]


#: What the networks choose from, by the validation rows: a long training, or a short and cautious one, which a noisy
#: target wants.
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


def network(task: Task, seed: int, encoding: str | None, **settings) -> Run:
    """The network of `tabular`; `encoding` None leaves the categories out."""
    task = task if encoding else task.only([], numbers=True)
    model, _ = train_network(task, encoding or "embedding", seed=seed, progress=False, **settings)
    width = task.numbers.shape[1] + sum(x.width for x in model.inputs.values())
    return partial(predict, model, task), n_parameters(model), width


#: Most categories of a column that scikit-learn's histogram gradient boosting takes.
MAX_CATEGORIES = 255


def boosting(task: Task, seed: int, encoding: str = "native", smoothing: float = 20.0, **settings) -> Run:
    """Histogram gradient boosting, stopped when the validation rows no longer gain.

    Args:
        encoding: "native": each split sends a set of categories to one side. At most 255 categories a column, so the
            254 most frequent keep their own and all others share one. "target": cross-fitted target encoding.
        smoothing: of target encoding.
        settings: of scikit-learn's HistGradientBoosting.
    """
    if encoding not in ("native", "target"):
        raise ValueError(f"encoding={encoding!r}: it must be 'native' or 'target'")
    train, validation = task.rows("train"), task.rows("validation")
    y = task.target[train]
    encoded = []
    for column in task.columns:
        values = task.columns[column]
        if encoding == "native":
            frequent = values.iloc[train].value_counts().index[: MAX_CATEGORIES - 1]
            encoded.append(Categories.fit(frequent).codes(values))
        else:
            encoder = TargetEncoder(smoothing, seed=seed)
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


def on_inputs(task: Task, seed: int, encoding: str, model: str) -> Run:
    """Another model on what a network's first layer sees: the encoded columns and the numbers (Guo & Berkhahn 2016).

    With "embedding" the vectors are those that `network` learned for the same target from the same training rows; the
    network itself is thrown away.

    Args:
        encoding: of `tabular.ENCODINGS`.
        model: "kNN", "random forest" or "boosting".
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
        **(LONG if encoding == "embedding" else {"epochs": 1, "batch_size": 10**6}),
    )
    train = task.rows("train")
    x, scaler, other = input_vectors(net, task, train), StandardScaler(), kinds[model](seed)
    with threadpool_limits(1):
        other.fit(scaler.fit_transform(x), task.target[train])

    def answer(rows):
        x = scaler.transform(input_vectors(net, task, rows))
        with threadpool_limits(1):
            return other.predict_proba(x)[:, 1] if task.classification else other.predict(x)

    return answer, None, x.shape[1]


#: Models for `on_inputs`: classification or not → name → seed → model.
MODELS = {
    False: {
        "kNN": lambda seed: KNeighborsRegressor(10),
        "random forest": lambda seed: RandomForestRegressor(
            25, max_features=0.4, min_samples_leaf=3, random_state=seed
        ),
        "boosting": lambda seed: HistGradientBoostingRegressor(random_state=seed),
    },
    True: {
        "kNN": lambda seed: KNeighborsClassifier(50),
        "random forest": lambda seed: RandomForestClassifier(100, min_samples_leaf=5, random_state=seed),
        "boosting": lambda seed: HistGradientBoostingClassifier(random_state=seed),
    },
}


OTHER_MODELS: dict[str, EncodingMethod] = {
    f"{model}, {encoding}": EncodingMethod(partial(on_inputs, encoding=encoding, model=model))
    for model in MODELS[False]
    for encoding in ("label", "embedding")
}


def mean(task: Task, seed: int) -> Run:
    """The same answer for all rows."""
    value = task.target[task.rows("train")].mean()
    return (lambda rows: np.full(len(rows), value)), 1, 0


ENCODING_METHODS: dict[str, EncodingMethod] = {
    "mean": EncodingMethod(mean),
    "network, no categories": EncodingMethod(partial(network, encoding=None), (LONG, SHORT)),
    "network, label": EncodingMethod(partial(network, encoding="label"), (LONG, SHORT)),
    "network, one-hot": EncodingMethod(partial(network, encoding="one-hot"), (LONG, SHORT)),
    "network, hashing": EncodingMethod(partial(network, encoding="hashing", size=64), (LONG, SHORT)),
    "network, target": EncodingMethod(
        partial(network, encoding="target"), tuple({**fit, "smoothing": m} for fit in (LONG, SHORT) for m in SMOOTHINGS)
    ),
    "network, embedding": EncodingMethod(partial(network, encoding="embedding", size=8), (LONG, SHORT)),
    "boosting, native": EncodingMethod(
        partial(boosting, encoding="native"), ({"learning_rate": 0.05}, {"learning_rate": 0.15})
    ),
    "boosting, target": EncodingMethod(
        partial(boosting, encoding="target", learning_rate=0.1), tuple({"smoothing": m} for m in SMOOTHINGS)
    ),
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
        same of the newcomers ("…, new tailnum", NaN where there are none), "parameters" (NaN for trees), "inputs"
        (numbers a row that the model sees), "seconds" (of one training), "settings" (those chosen).
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
    return pd.DataFrame(rows).drop(columns="validation").set_index(["method", "seed"])


def _all(methods, samples, order, newcomers, what: str) -> list[dict]:
    return run_all(
        _one, [(name, methods[name], seed, settings, samples[seed], newcomers) for name, seed, settings in order], what
    )


def _one(name: str, method: EncodingMethod, seed: int, settings: dict, task: Task, newcomers: str | None) -> dict:
    start = time.perf_counter()
    answer, parameters, inputs = method.run(task, seed, **settings)
    seconds = time.perf_counter() - start
    validation, test = task.rows("validation"), task.rows("test")
    row = {"method": name, "seed": seed, "validation": next(iter(score(task, validation, answer(validation)).values()))}
    predictions = answer(test)
    row |= score(task, test, predictions)
    if newcomers in task.columns:
        new = ~task.columns[newcomers].iloc[test].isin(task.columns[newcomers].iloc[task.rows("train")]).to_numpy()
        of_new = score(task, test[new], predictions[new]) if new.any() else {}
        row |= {f"{key}, new {newcomers}": of_new.get(key, np.nan) for key in ("RMSE", "log loss", "AUC") if key in row}
    return row | {"parameters": parameters, "inputs": inputs, "seconds": seconds, "settings": settings}
