"""Train and test of a recommender: the same ratings split in four ways, each of which asks another question.

A split takes a frame with one row an interaction and gives two frames, (train, test), which share no row, keep all
columns, the index and the order, and together are the whole.

| split | question |
|---|---|
| `by_user_time` | what else did these users tick? (Whether it is the future depends on what a time is.) |
| `at_moment` | what if the model was trained yesterday, and today is everybody's future, new users included? |
| `at_random` | which rows are missing? (It looks into the future: the film of the year is known before it is out.) |
| `cold_items` | to whom shall a film be shown that nobody has seen yet? |
"""

import numpy as np
import pandas as pd

from embedviz.base.arrays import checked_seed
from embedviz.base.facts import check_columns, check_times
from embedviz.base.names import as_names, numbered


def by_user_time(interactions: pd.DataFrame, share: float = 0.2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The last ⌈share × n⌉ of each user's n rows by time are test, but never the first one.

    Args:
        interactions: columns user and time (moments or numbers). Rows of the same time are ordered as they stand.
        share: of each user, above 0 and below 1.

    Raises:
        ValueError: share out of bounds, a frame without rows or without a column that is needed, a user or a time that
            is missing, times that are text.
    """
    check(interactions, share, "user", "time")
    place = place_in_time(interactions)
    users, _ = pd.factorize(as_names(interactions["user"]))
    n = np.bincount(users)[users]
    return parted(interactions, place >= np.maximum(n - np.ceil(np.round(share * n, 9)), 1))


def place_in_time(interactions: pd.DataFrame) -> np.ndarray:
    """Which of the user's rows a row is by time, int64 (n,), from 0.

    Args:
        interactions: columns user and time.

    Raises:
        ValueError: a user or a time is missing, or the times are text.
    """
    times = check_times(interactions, "time").reset_index(drop=True)
    rows = pd.DataFrame({"user": as_names(interactions["user"]), "time": times})
    return rows.sort_values("time", kind="stable").groupby("user").cumcount().sort_index().to_numpy()


def at_moment(interactions: pd.DataFrame, share: float = 0.2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Everything from one moment on is test, for all users: the moment after which the last `share` of all rows come.

    Rows of that very moment are test too, so that test may be a little larger.

    Args:
        interactions: a column time (moments or numbers).
        share: of all rows, above 0 and below 1.

    Raises:
        ValueError: as `by_user_time`; or all rows are of one moment.
    """
    check(interactions, share, "time")
    time = check_times(interactions, "time")
    ordered = time.sort_values()
    moment = ordered.iloc[min(int(np.floor(round((1 - share) * len(ordered), 9))), len(ordered) - 1)]
    if moment == ordered.iloc[0]:
        raise ValueError(f"share={share}: nothing comes before {moment}, the moment of the split")
    return parted(interactions, (time >= moment).to_numpy())


def at_random(interactions: pd.DataFrame, share: float = 0.2, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows drawn at random are test: round(share × n) of all n.

    Raises:
        ValueError: share out of bounds, a frame without rows, or a seed that cannot be (see `checked_seed`).
    """
    check(interactions, share)
    n = len(interactions)
    test = np.zeros(n, bool)
    test[np.random.default_rng(checked_seed(seed)).permutation(n)[: round(share * n)]] = True
    return parted(interactions, test)


def cold_items(
    interactions: pd.DataFrame, share: float = 0.1, seed: int = 0, item: str = "film", least: int = 5
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All rows of some items are test, so that training never sees these items.

    Args:
        interactions: a column as `item` says.
        share: of the items with at least `least` rows, above 0 and below 1; at least one item is drawn.
        seed: of the drawing.

    Raises:
        ValueError: share out of bounds, no rows, no such column, a missing item, no item with so many rows, or a seed
            that cannot be (see `checked_seed`).
    """
    check(interactions, share, item)
    codes, _ = numbered(interactions[item])  # in order: the draw does not depend on the order of the rows
    counts = np.bincount(codes)
    known = np.flatnonzero(counts >= least)
    if not len(known):
        raise ValueError(f"least={least}: no {item} has so many rows; the most frequent has {counts.max()}")
    drawn = np.random.default_rng(checked_seed(seed)).permutation(len(known))[: max(1, round(share * len(known)))]
    return parted(interactions, np.isin(codes, known[drawn]))


def check(interactions: pd.DataFrame, share: float, *columns: str) -> None:
    """Raise a ValueError for a share outside (0, 1), and a frame without rows, without one of `columns` or with one
    twice."""
    check_columns(interactions)
    if not 0 < share < 1:
        raise ValueError(f"share={share}: it must be above 0 and below 1")
    missing = [column for column in columns if column not in interactions]
    if missing:
        raise ValueError(f"no column {missing[0]!r} among {', '.join(map(repr, interactions.columns))}")
    if interactions.empty:
        raise ValueError("there are no rows to split")


def parted(interactions: pd.DataFrame, test: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that are not test, and those that are."""
    return interactions[~test], interactions[test]
