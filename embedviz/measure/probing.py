"""Vectors as the input of another model."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import scipy.sparse
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler
from threadpoolctl import threadpool_limits

from embedviz.base.arrays import check_finite, to_numpy


def probe(
    features: Mapping[str, object],
    target: Sequence[str],
    groups: Sequence | None = None,
    *,
    train_share: float = 0.8,
    C: float | Mapping[str, float] = 1.0,  # noqa: N803, as scikit-learn calls it
    seeds: Sequence[int] = (0, 1, 2),
) -> pd.DataFrame:
    """How well a linear classifier reads `target` off each set of features, held out.

    For each seed a multinomial logistic regression (features scaled to [−1, 1]) is trained on a share of the rows
    and tested on 20 % of them.

    Args:
        features: name → array or sparse matrix of shape (n, any).
        target: n classes.
        groups: n keys; rows of one key are never in both training and test. None: rows are drawn at random, with the
            classes' shares.
        train_share: of the rows (of the groups, where there are groups) that have a label for training, up to 0.8.
        C: one over the strength of the penalty on large weights; one for all sets of features, or name → C.
        seeds: of the draw; one row of results each.

    Returns:
        Accuracy on the test rows (index levels "features", "seed"); the first set is "most frequent class", what a
        constant answer gets right. Beside it, for `intervals.paired`, "accuracy of each" (1 or 0 for each test row) and
        "accuracy units" (the numbers of the test rows; their keys where there are groups).

    Raises:
        ValueError: a share that cannot be, features or groups of another number of rows than `target`, a missing label
            or group, or features that are not finite.
    """
    if not 0 < train_share <= 0.8:
        raise ValueError(f"train_share={train_share!r}: it must be above 0 and at most 0.8, since 0.2 is for the test")
    target, groups = _whole("target", target), None if groups is None else _whole("groups", groups)
    if groups is not None and len(groups) != len(target):
        raise ValueError(f"groups of {len(groups)} rows for {len(target)} labels: there must be one for each")
    features = {"most frequent class": np.zeros((len(target), 1))} | {
        name: _rows_of(name, x, len(target)) for name, x in features.items()
    }
    rows = []
    for seed in seeds:
        draw = (StratifiedShuffleSplit if groups is None else GroupShuffleSplit)(
            1, train_size=train_share, test_size=0.2, random_state=seed
        )
        [(train, test)] = draw.split(target, target, groups)
        for name, x in features.items():
            constant = name == "most frequent class"
            strength = C if constant or not isinstance(C, Mapping) else C[name]
            linear = make_pipeline(MaxAbsScaler(), LogisticRegression(C=strength, max_iter=2000))
            with threadpool_limits(1):  # small products: a second thread gains nothing, and loses where others work
                model = (DummyClassifier() if constant else linear).fit(x[train], target[train])
            right = (model.predict(x[test]) == target[test]).astype(np.float64)
            of_each = {"accuracy of each": right, "accuracy units": test if groups is None else groups[test]}
            rows.append({"features": name, "seed": seed, "accuracy": right.mean(), **of_each})
    return pd.DataFrame(rows).set_index(["features", "seed"])


def _whole(what: str, keys) -> np.ndarray:
    """The keys as an array of which none is missing."""
    missing = np.flatnonzero(pd.isna(keys := np.asarray(keys)))
    if len(missing):
        rows = f"{len(missing)} of {len(keys)} rows are missing, the first is row {missing[0]}"
        raise ValueError(f"{what}: {rows}; leave them out, here and in the features")
    return keys


def _rows_of(name: str, x, rows: int):
    """A set of features, checked: dense, or a csr_array."""
    x = scipy.sparse.csr_array(x) if scipy.sparse.issparse(x) else to_numpy(x)
    if x.ndim != 2 or x.shape[0] != rows:
        raise ValueError(f"features {name!r} of shape {x.shape} for {rows} labels: there must be a row for each")
    check_finite(x, f"features {name!r}")
    return x
