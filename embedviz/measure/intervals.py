"""Is one method better than another, or were the users, books or days that happened to be drawn kind to it?

Seeds say how much training wavers, not how much the data do. Both methods are judged on the same units; units are
drawn anew, with replacement, and the difference is computed each time: a paired bootstrap (Efron & Tibshirani 1993,
*An Introduction to the Bootstrap*, chapter 13; for rankings Sakai 2006, *Evaluating Evaluation Metrics based on the
Bootstrap*, SIGIR).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from embedviz.base.arrays import check_finite, checked_seed, whole_number

#: The values of one method: (n, …), one row for each thing that was measured; or several such arrays, one for each run.
Values = np.ndarray | Sequence[np.ndarray]


@dataclass(frozen=True)
class Difference:
    """One method against another on the same units.

    Attributes:
        first, second: their scores.
        low, high: the interval of `first` − `second`.
        better: "higher" or "lower", which scores are good.
    """

    first: float
    second: float
    low: float
    high: float
    better: str = "higher"

    @property
    def value(self) -> float:
        """`first` − `second`."""
        return self.first - self.second

    @property
    def verdict(self) -> str:
        """Of the first: "ahead" or "behind" if all of the interval lies on one side of 0, else "level"."""
        if self.low <= 0 <= self.high:
            return "level"
        return "ahead" if (self.low > 0) == (self.better == "higher") else "behind"

    def __str__(self) -> str:
        return f"{self.value:+.3f} ({self.low:+.3f} to {self.high:+.3f}): {self.verdict}"


def difference(
    first: Values,
    second: Values,
    units: Values | None = None,
    *,
    statistic: Callable[[np.ndarray], float] | None = None,
    transform: Callable[[float], float] = lambda mean: mean,
    better: str = "higher",
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Difference:
    """The first method's score minus the second's, with the interval from drawing the units anew (percentiles).

    Args:
        first, second: what each method got on the same n rows: (n, …); or a sequence of such arrays, one a run (seed),
            whose scores are averaged. Runs may have different rows, as after a split by each seed.
        units: (n,) for each row, what it was sampled with: its user, book or day; all rows of a unit are drawn
            together. A sequence of such arrays if the runs differ. None: each row by itself, the same in all runs.
        statistic: the score of rows (n', …). None: the mean of (n,) values, after `transform`.
        transform: of the mean, as np.sqrt for the root of the mean squared error. Not used with `statistic`.
        better: "higher" or "lower": which scores are good.
        draws: how often the units are drawn.
        level: of the interval.
        seed: of the draws.

    Raises:
        ValueError: rows that do not fit each other, fewer than two units, values that are not finite, or settings out
            of range.
    """
    if better not in ("higher", "lower"):
        raise ValueError(f"better={better!r}: it must be 'higher' or 'lower'")
    if not 0 < level < 1:
        raise ValueError(f"level={level!r}: it must lie between 0 and 1")
    draws, rng = whole_number("draws", draws, 1), np.random.default_rng(checked_seed(seed))
    firsts, seconds = _runs(first, "first"), _runs(second, "second")
    if len(firsts) != len(seconds):
        raise ValueError(f"{len(firsts)} runs of the first and {len(seconds)} of the second")
    codes, n_units = _codes(units, firsts)
    for a, b, unit in zip(firsts, seconds, codes):
        if not len(a) == len(b) == len(unit):
            raise ValueError(f"{len(a)} rows of the first, {len(b)} of the second and {len(unit)} units")
    if n_units < 2:
        raise ValueError("one unit says nothing of others: at least two are needed")

    of_runs = _means(transform) if statistic is None else _rows(statistic)
    one, other = ([of_runs(v, c, n_units) for v, c in zip(of, codes)] for of in (firsts, seconds))

    def scores(drawn):
        return [np.mean([score(drawn) for score in of], axis=0) for of in (one, other)]

    first_score, second_score = (own[0] for own in scores(np.ones((1, n_units))))
    gaps = [np.subtract(*scores(drawn)) for drawn in _draws(rng, draws, n_units)]
    low, high = np.quantile(np.concatenate(gaps), [(1 - level) / 2, (1 + level) / 2])
    return Difference(float(first_score), float(second_score), float(low), float(high), better)


def _draws(rng: np.random.Generator, draws: int, n_units: int) -> Iterator[np.ndarray]:
    """How often each unit is drawn, some draws at a time: float64 (≤ 64, n_units)."""
    for start in range(0, draws, 64):  # many at once make one product of matrices; all of them take much memory
        rows = [rng.integers(n_units, size=n_units) for _ in range(min(64, draws - start))]
        yield np.stack([np.bincount(row, minlength=n_units) for row in rows]).astype(np.float64)


def differences(values: Mapping[str, Values], against: str, units: Values | None = None, **settings) -> pd.DataFrame:
    """Every method against one of them, see `difference`.

    Args:
        values: name → what the method got on each row.
        against: the name of the one that all are compared with.
        units, settings: of `difference`.

    Returns:
        A row for each method: "score", "difference" (to `against`), "low" and "high" (its interval), "verdict".

    Raises:
        ValueError: no such method, or as `difference`.
    """
    if against not in values:
        raise ValueError(f"against={against!r}: it must be one of {', '.join(map(repr, values))}")
    found = {name: difference(own, values[against], units, **settings) for name, own in values.items()}
    return pd.DataFrame(
        {
            "score": [one.first for one in found.values()],
            "difference": [one.value for one in found.values()],
            "low": [one.low for one in found.values()],
            "high": [one.high for one in found.values()],
            "verdict": ["–" if name == against else one.verdict for name, one in found.items()],
        },
        index=pd.Index(found, name="method"),
    )


def paired(runs: pd.DataFrame, measure: str, against: str, **settings) -> pd.DataFrame:
    """The methods of a comparison against one of them, see `differences`.

    Args:
        runs: a row for each method and seed (index levels "method", "seed"). The column "<measure> of each" holds an
            array for each run, the measure of each thing measured, and "<measure> units", where there is one, an array
            of what these were sampled with: users, books, days. Both are the same for all methods of a seed.
        measure: the name of the score.
        against: the method that all are compared with.
        settings: of `difference`.

    Raises:
        ValueError: no such measure or method, or as `difference`.
    """
    if f"{measure} of each" not in runs:
        known = [column.removesuffix(" of each") for column in runs if column.endswith(" of each")]
        raise ValueError(
            f"measure={measure!r}: it must be one of {', '.join(map(repr, known)) or 'none: there are none'}"
        )
    groups = dict(list(runs.groupby(level="method", sort=False)))
    values = {name: list(rows[f"{measure} of each"]) for name, rows in groups.items()}
    units = f"{measure} units"
    return differences(values, against, list(next(iter(groups.values()))[units]) if units in runs else None, **settings)


def _runs(values: Values, what: str) -> list[np.ndarray]:
    """One array a run. A single array is one run; a list of numbers is one, too."""
    several = isinstance(values, Sequence) and len(values) and np.ndim(values[0]) > 0
    runs = [np.asarray(run, dtype=np.float64) for run in (values if several else [values])]
    for run in runs:
        if run.ndim == 0:
            raise ValueError(f"the {what} is a single number: one for each row is needed")
        check_finite(run, f"values of the {what}")
    return runs


def _codes(units: Values | None, runs: list[np.ndarray]) -> tuple[list[np.ndarray], int]:
    """The unit of each row as a number from 0, for each run, and how many there are."""
    if units is None:
        return [np.arange(len(run)) for run in runs], max(map(len, runs))
    several = isinstance(units, Sequence) and len(units) and np.ndim(units[0]) > 0
    each = [np.asarray(unit) for unit in units] if several else [np.asarray(units)] * len(runs)
    if len(each) != len(runs):
        raise ValueError(f"units of {len(each)} runs, there are {len(runs)}")
    codes, found = pd.factorize(np.concatenate(each))
    return np.split(codes, np.cumsum([len(unit) for unit in each])[:-1]), len(found)


# Both make of a run's rows a function: how often each unit was drawn, float64 (draws, n_units) → scores (draws,).


def _means(transform):
    """Of means, a unit's sum and its number of rows say all."""

    def prepare(values, unit, n_units):
        if values.ndim != 1:
            raise ValueError(f"values of shape {values.shape} have no one mean a row: give a statistic")
        sums = np.column_stack([np.bincount(unit, weights, n_units) for weights in (values, None)])

        def scores(drawn):
            total, rows = (drawn @ sums).T
            return np.array([transform(mean) for mean in total / np.maximum(rows, 1)])

        return scores

    return prepare


def _rows(statistic):
    """Of any statistic: the rows of the drawn units, put together."""

    def prepare(values, unit, n_units):
        order = np.argsort(unit, kind="stable")
        of_rows = unit[order]
        return lambda drawn: np.array([statistic(values[np.repeat(order, row[of_rows].astype(int))]) for row in drawn])

    return prepare
