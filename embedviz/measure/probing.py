"""Vectors as the input of another model."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupShuffleSplit, StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler


def probe(
    features: Mapping[str, object],
    target: Sequence[str],
    groups: Sequence | None = None,
    train_share: float = 0.8,
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
        seeds: of the draw; one row of results each.

    Returns:
        Accuracy on the test rows (index levels "features", "seed"); the first set is "most frequent class", what a
        constant answer gets right.
    """
    if not 0 < train_share <= 0.8:
        raise ValueError(f"train_share={train_share!r}: it must be above 0 and at most 0.8, since 0.2 is for the test")
    target = np.asarray(target)
    rows = []
    for seed in seeds:
        draw = (StratifiedShuffleSplit if groups is None else GroupShuffleSplit)(
            1, train_size=train_share, test_size=0.2, random_state=seed
        )
        [(train, test)] = draw.split(target, target, groups)
        for name, x in {"most frequent class": np.zeros((len(target), 1)), **features}.items():
            constant = name == "most frequent class"
            model = DummyClassifier() if constant else make_pipeline(MaxAbsScaler(), LogisticRegression(max_iter=2000))
            accuracy = model.fit(x[train], target[train]).score(x[test], target[test])
            rows.append({"features": name, "seed": seed, "accuracy": accuracy})
    return pd.DataFrame(rows).set_index(["features", "seed"])
