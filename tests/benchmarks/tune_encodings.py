"""The settings of chapter 1's methods, each chosen from a grid on validation rows (October), for both targets.

Every network gets six trainings, times two or three choices of its own encoding (dimensions, buckets, smoothing, or how
rare a plane must be to share a row). The rivals get grids of about that size, though they train in a fraction of
the time. All train on 30,000 rows of January to September and are judged on 10,000 of October, drawn by a seed that the
chapter does not use; the choice is the lowest RMSE or log loss there. `test` (November and December) is printed to see
whether the order holds, and is chosen by nothing.

The chapter tries the best two to five of each method again, on its own rows (`ENCODING_METHODS`): those that come first
for either target. The last six methods are those of its ablation, with a long and a short training.

    python tests/benchmarks/tune_encodings.py
"""

import itertools

import pandas as pd

from embedviz.datasets.flights import load_flights
from embedviz.inputs.tasks import flights_task
from embedviz.measure.encoding_comparison import (
    ABLATION,
    ENCODING_METHODS,
    LONG,
    SHORT,
    EncodingMethod,
    compare_encodings,
)

SEED = 100  # of the rows and of the training; the chapter uses 0, 1 and 2

TRAININGS = [
    {"lr": lr, "epochs": epochs, "batch_size": 512}
    for lr, epochs in ((0.001, 3), (0.003, 3), (0.003, 6), (0.01, 3), (0.01, 6), (0.01, 12))
]
RATES = (0.05, 0.1, 0.15)


def times(*grids: list[dict]) -> list[dict]:
    """Every combination of one from each grid."""
    return [{key: value for part in parts for key, value in part.items()} for parts in itertools.product(*grids)]


def each(key: str, *values) -> list[dict]:
    return [{key: value} for value in values]


GRIDS = {
    "mean of the category": each("smoothing", 0.3, 1.0, 3.0, 10.0, 20.0, 50.0),
    "linear, no categories": each("l2", 0.1, 1.0, 10.0, 100.0),
    "linear, one-hot": times(each("l2", 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0), each("min_count", 5, 50)),
    "network, no categories": times(TRAININGS),
    "network, label": times(TRAININGS, each("min_count", 5, 50)),
    "network, one-hot": times(TRAININGS, each("min_count", 5, 50)),
    "network, hashing": times(TRAININGS, each("size", 64, 256)),
    "network, target": times(TRAININGS, each("smoothing", 1.0, 20.0)),
    "network, embedding": times(TRAININGS, each("size", 8, 64), each("min_count", 5))
    + times(TRAININGS, each("min_count", 50)),
    "boosting, native": times(each("learning_rate", *RATES), each("max_leaf_nodes", 7, 15, 31, 63)),
    "boosting, target": times(
        each("learning_rate", *RATES), each("smoothing", 1.0, 20.0), each("new_rows", "all", "folds")
    ),
} | {name: [LONG, SHORT] for name in ABLATION}


def main() -> None:
    data = load_flights()
    for target in ("air_time", "late"):
        methods = {
            f"{name} | " + " ".join(f"{key}={value}" for key, value in settings.items()): EncodingMethod(
                (ENCODING_METHODS | ABLATION)[name].run, (settings,)
            )
            for name, grid in GRIDS.items()
            for settings in grid
        }
        runs = compare_encodings(flights_task(data, target), methods, seeds=(SEED,))
        table = runs.droplevel("seed")[["validation", "log loss" if target == "late" else "RMSE", "seconds"]]
        table.index = pd.MultiIndex.from_tuples(
            [name.split(" | ") for name in table.index], names=["method", "settings"]
        )
        table = table.rename(columns={"log loss": "test", "RMSE": "test"}).round(3).reset_index()
        table = table.sort_values(["method", "validation"])
        with pd.option_context("display.width", 200, "display.max_colwidth", 80, "display.max_rows", None):
            print(f"\n{target}\n{table.to_string(index=False)}")
            print("\nchosen:", table.groupby("method").head(2).to_string(index=False), sep="\n", flush=True)


if __name__ == "__main__":
    main()
