"""A supervised task on a table: columns of categories, columns of numbers, a target, and a split by time."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score

from embedviz.base.arrays import check_finite, checked_seed, to_numpy, whole_number
from embedviz.base.facts import check_columns, check_times
from embedviz.base.memory import release_memory
from embedviz.datasets.flights import Flights

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Task:
    """What is to be predicted, from what, and which rows are for what.

    Attributes:
        name: of the target.
        columns: the categories, a DataFrame; its values are compared by their names (missing ones are allowed).
        numbers: float32 (n, k), standardized by the training rows.
        target: float32 (n,); 0 or 1 in a classification.
        part: str array (n,): "train", "validation" (to choose settings by) or "test" (looked at once).
        classification: whether the target is a class.
        unit: of the target.
        day: of each row, datetime64 (n,): rows of a day share its weather, so days are what intervals draw anew. None:
            each row stands for itself.
    """

    name: str
    columns: pd.DataFrame = field(repr=False)
    numbers: np.ndarray = field(repr=False)
    target: np.ndarray = field(repr=False)
    part: np.ndarray = field(repr=False)
    classification: bool = False
    unit: str = ""
    day: np.ndarray | None = field(default=None, repr=False)

    @classmethod
    def by_time(
        cls,
        frame: pd.DataFrame,
        target: Hashable,
        columns: Sequence[Hashable],
        numbers: pd.DataFrame | None = None,
        time: Hashable = "time_hour",
        validation: str = "2013-10-01",
        test: str = "2013-11-01",
        unit: str = "",
    ) -> "Task":
        """Split a frame by time: training rows before `validation`, test rows from `test` on.

        Args:
            frame: one row a case. Rows whose target is missing are dropped.
            target: label of its target column: numbers, or bool for a classification.
            columns: labels of the columns of categories (a single str is one label).
            numbers: further inputs, with the index of `frame`; missing ones become the mean.
            time: label of the column of times.
            validation, test: the first moment of each part.
            unit: of the target.

        Raises:
            KeyError: a column is not there.
            ValueError: a part is empty, the target is no number or infinite, the times are text or missing, a column
                comes twice, or `numbers` has other rows than the frame.
        """
        columns = _listed(columns)
        check_columns(frame, target, time, *columns)
        if not pd.api.types.is_numeric_dtype(frame[target]):
            raise ValueError(
                f"the target {target!r} is of type {frame[target].dtype}: it must be numbers, or True and False"
            )
        if target in columns:
            raise ValueError(f"the target {target!r} is among the columns to predict it from")
        has_target = frame[target].notna().to_numpy()
        numbers = pd.DataFrame(index=frame.index) if numbers is None else numbers
        x, frame = _numbers_of(numbers, frame.index, has_target), frame[has_target]
        if infinite := int(np.isinf(frame[target].to_numpy(np.float64)).sum()):
            raise ValueError(f"the target {target!r} is infinite in {infinite} rows: drop them first")
        times = check_times(frame, time, numbers=False)
        late = [(times >= pd.Timestamp(moment, tz=times.dt.tz)).to_numpy(bool) for moment in (validation, test)]
        part = np.array(PARTS)[late[0].astype(int) + late[1]]
        for name in PARTS:
            if not (part == name).any():
                raise ValueError(f"no rows for the part {name!r}: times run from {times.min()} to {times.max()}")
        mean, deviation = (np.nan_to_num(f(x[part == "train"], axis=0)) for f in (np.nanmean, np.nanstd))
        x = np.nan_to_num((x - mean) / np.where(deviation > 0, deviation, 1))
        classification = frame[target].dropna().isin([0, 1]).all()
        texts = _of_labels(frame, columns).reset_index(drop=True)
        check_columns(texts)
        return cls(
            target,
            texts,
            x.astype(np.float32),
            frame[target].to_numpy(np.float32, copy=True),
            part,
            bool(classification),
            unit,
            times.dt.tz_localize(None).dt.floor("D").to_numpy(),
        )

    def __len__(self) -> int:
        return len(self.target)

    def __repr__(self) -> str:
        counts = ", ".join(f"{name} {len(self.rows(name)):,}" for name in PARTS)
        return f"Task({self.name} from {', '.join(self.columns)} and {self.numbers.shape[1]} numbers; {counts} rows)"

    def rows(self, part: str) -> np.ndarray:
        """The row numbers of a part, int64."""
        if part not in PARTS:
            raise ValueError(f"part={part!r}: it must be one of {', '.join(map(repr, PARTS))}")
        return np.flatnonzero(self.part == part)

    def take(self, rows: np.ndarray) -> "Task":
        """The task on these rows only."""
        columns = self.columns.iloc[rows].reset_index(drop=True)
        return replace(
            self,
            columns=columns,
            numbers=self.numbers[rows],
            target=self.target[rows],
            part=self.part[rows],
            day=None if self.day is None else self.day[rows],
        )

    def sample(
        self, n_train: int | None, n_validation: int | None = None, seed: int = 0, n_test: int | None = None
    ) -> "Task":
        """The task with at most so many random rows of each part (None: all of them)."""
        rng = np.random.default_rng(checked_seed(seed))
        kept = []
        for part, n in (("train", n_train), ("validation", n_validation), ("test", n_test)):
            rows = self.rows(part)
            if n is not None:
                n = whole_number(f"n_{part}", n, 1)
            kept.append(rows if n is None or n >= len(rows) else rng.choice(rows, n, replace=False))
        return self.take(np.sort(np.concatenate(kept)))

    def only(self, columns: Sequence[str], numbers: bool = False) -> "Task":
        """The task with these columns alone, and with or without the numbers."""
        columns = _listed(columns)
        for column in columns:
            if column not in self.columns:
                raise KeyError(f"no column {column!r} in the task; it has {list(self.columns)}")
        return replace(
            self, columns=_of_labels(self.columns, columns), numbers=self.numbers if numbers else self.numbers[:, :0]
        )


def _listed(columns) -> list:
    return [columns] if isinstance(columns, str) else list(columns)


def _of_labels(frame: pd.DataFrame, columns: list) -> pd.DataFrame:
    return frame.iloc[:, [frame.columns.get_loc(column) for column in columns]]  # frame[[None]] finds no None


def _numbers_of(numbers: pd.DataFrame, index: pd.Index, kept: np.ndarray) -> np.ndarray:
    """The rows of `numbers` for the kept ones of an index, float64 of shape (rows, columns); what is missing is NaN."""
    check_columns(numbers)
    if numbers.index.equals(index):  # by position: labels may come twice
        numbers = numbers[kept]
    else:
        index = index[kept]
        if missing := int((~index.isin(numbers.index)).sum()):
            raise ValueError(f"`numbers` has no row for {missing} of {len(index)} rows of the frame")
        if not numbers.index.is_unique:
            raise ValueError("the index of `numbers` has a label twice, and is not that of the frame: reset both")
        numbers = numbers.loc[index]
    x = to_numpy(numbers).astype(np.float64)
    if infinite := int(np.isinf(x).any(axis=1).sum()):
        raise ValueError(f"`numbers` is infinite in {infinite} rows: drop them first")
    return x


def flights_task(
    data: Flights,
    target: str = "air_time",
    columns: Sequence[str] = ("carrier", "origin", "dest", "tailnum"),
    numbers: bool = True,
) -> Task:
    """Predict something about a flight from what is known before it leaves: train January to September, test November
    and December.

    What happens later (dep_time, dep_delay, arr_time, …) is no input. Nor are distance and the scheduled arrival, which
    would tell the air time without the categories that this is about.

    Args:
        data: from `load_flights`.
        target: "air_time" (minutes), "late" (did it arrive more than 15 minutes late?), or another numeric column of
            `data.flights`. Flights without one, such as canceled ones, are left out.
        columns: of categories.
        numbers: whether the scheduled time of day (sine and cosine), how much of a winter it is (cosine) and the
            weekday (one-hot) are inputs too.
    """
    flights = data.flights
    if target == "late":
        late = (flights["arr_delay"] > 15).astype("float64").where(flights["arr_delay"].notna())
        flights = flights.assign(late=late)
    local = pd.to_datetime(flights[["year", "month", "day"]])
    inputs = pd.DataFrame(index=flights.index)
    hour = 2 * np.pi * (flights["hour"] + flights["minute"] / 60) / 24
    inputs["sin hour"], inputs["cos hour"] = np.sin(hour), np.cos(hour)
    # How much of a winter it is: 1 at New Year, −1 at midsummer. The sine would give the test months values that
    # training never saw.
    inputs["winter"] = np.cos(2 * np.pi * local.dt.day_of_year / 365)
    for weekday in range(7):
        inputs[f"weekday {weekday}"] = (local.dt.day_of_week == weekday).astype(float)
    unit = "minutes" if target in ("air_time", "arr_delay", "dep_delay") else ""
    # The day of departure, not time_hour: that is UTC, so the last evening of September would be October.
    task = Task.by_time(flights.assign(date=local), target, columns, inputs if numbers else None, "date", unit=unit)
    del flights, inputs, local, hour
    release_memory()
    return task


def measures(task: Task, truth: np.ndarray, raw: np.ndarray) -> dict[str, float]:
    """As `score`, of logits instead of probabilities."""
    return _measures(task, truth, expit(raw.astype(np.float64)) if task.classification else raw)


def score(task: Task, rows: np.ndarray, predictions: np.ndarray) -> dict[str, float]:
    """How good predictions are: {"RMSE"} in the target's unit, or for a class {"log loss" (nats), "AUC"}.

    AUC is NaN where the rows are of one class only.

    Args:
        task: what was to be predicted.
        rows: numbers of the rows.
        predictions: float (rows,), in the target's unit; of a class its probability.

    Raises:
        ValueError: not one finite prediction for each row.
    """
    return _measures(task, task.target[rows], predictions)


def _measures(task: Task, truth: np.ndarray, predictions: np.ndarray) -> dict[str, float]:
    predictions = to_numpy(predictions)
    if predictions.shape != truth.shape:
        raise ValueError(f"predictions of shape {predictions.shape} for {len(truth)} rows: one for each is needed")
    check_finite(predictions, "predictions")
    if not task.classification:
        return {"RMSE": float(np.sqrt(np.mean((truth - predictions) ** 2)))}
    both = 0 < truth.mean() < 1
    return {
        "log loss": float(log_loss(truth, predictions.clip(1e-7, 1 - 1e-7), labels=[0, 1])),
        "AUC": float(roc_auc_score(truth, predictions)) if both else float("nan"),
    }
