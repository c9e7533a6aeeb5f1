import numpy as np
import pandas as pd
import pytest

from embedviz.datasets.flights import load_flights
from embedviz.inputs.tasks import Task, flights_task, score

DAYS = pd.date_range("2013-08-01", "2013-12-31", freq="D")
FRAME = pd.DataFrame(
    {"time_hour": DAYS, "kind": ["a", "b", None] * 51, "y": np.arange(153.0), "text": "x"}, index=np.arange(153) + 7
)


@pytest.fixture(scope="module")
def data():
    return load_flights()


def test_the_split_is_by_time():
    task = Task.by_time(FRAME, "y", ["kind"])
    assert [len(task.rows(part)) for part in ("train", "validation", "test")] == [61, 31, 61]
    assert (
        task.target[task.rows("train")].max()
        < task.target[task.rows("validation")].min()
        < task.target[task.rows("test")].min()
    )
    assert len(task) == 153 and task.columns["kind"].isna().sum() == 51 and not task.classification


def test_numbers_are_standardized_by_the_training_rows_alone_and_follow_the_index():
    numbers = pd.DataFrame({"n": FRAME["y"], "constant": 1.0}).iloc[::-1]
    task = Task.by_time(FRAME, "y", ["kind"], numbers)
    x = task.numbers[task.rows("train")]
    assert x.mean(axis=0) == pytest.approx([0, 0], abs=1e-5) and x.std(axis=0) == pytest.approx([1, 0], abs=1e-5)
    assert np.corrcoef(task.numbers[:, 0], task.target)[0, 1] == pytest.approx(1) and task.numbers[-1, 0] > 2


def test_rows_without_a_target_are_dropped_and_missing_numbers_become_the_mean():
    frame = FRAME.assign(y=FRAME["y"].where(FRAME["y"] != 3))
    numbers = FRAME[["y"]].where(FRAME["y"] != 5)
    task = Task.by_time(frame, "y", ["kind"], numbers)
    assert len(task) == 152 and 3 not in task.target and task.numbers[task.target == 5] == 0


def test_a_bool_target_is_a_classification():
    task = Task.by_time(FRAME.assign(y=FRAME["y"] % 2 == 0), "y", ["kind"])
    assert task.classification and set(task.target) == {0, 1}


def test_sample_and_only():
    task = Task.by_time(FRAME, "y", ["kind", "text"], FRAME[["y"]])
    small = task.sample(10, 5, seed=1)
    assert [len(small.rows(part)) for part in ("train", "validation", "test")] == [10, 5, 61]
    kind = dict(zip(task.target, task.columns["kind"]))
    assert [kind[y] for y in small.target] == small.columns["kind"].tolist()
    assert set(small.target) != set(task.sample(10, 5, seed=2).target) and len(task.sample(None)) == len(task)
    assert list(task.only(["text"]).columns) == ["text"] and task.only(["text"]).numbers.shape == (153, 0)
    assert task.only([], numbers=True).numbers.shape == (153, 1)


def test_wrong_arguments():
    task = Task.by_time(FRAME, "y", ["kind"])
    for error, message, call in (
        (KeyError, "no column 'z' in the frame", lambda: Task.by_time(FRAME, "z", [])),
        (ValueError, "'text' is of type", lambda: Task.by_time(FRAME, "text", [])),
        (ValueError, "'y' is among the columns", lambda: Task.by_time(FRAME, "y", ["y"])),
        (
            ValueError,
            "no rows for the part 'test': times run from 2013-08-01",
            lambda: Task.by_time(FRAME, "y", [], test="2014-01-01"),
        ),
        (ValueError, "part='tests'", lambda: task.rows("tests")),
        (ValueError, "n_train=0: it must be at least 1", lambda: task.sample(0)),
        (KeyError, "no column 'z' in the task", lambda: task.only(["z"])),
    ):
        with pytest.raises(error, match=message):
            call()


def test_the_flights_are_split_by_their_day(data):
    task = flights_task(data, "air_time")
    flights = data.flights[data.flights["air_time"].notna()]
    month = flights["month"].to_numpy()
    assert ((task.part == "train") == (month <= 9)).all() and ((task.part == "test") == (month >= 11)).all()
    assert np.array_equal(task.target, flights["air_time"].to_numpy(np.float32)) and task.unit == "minutes"
    assert list(task.columns) == ["carrier", "origin", "dest", "tailnum"] and np.isfinite(task.numbers).all()
    # No number that the test has lies beyond those that training has, or the network would be asked what it cannot
    # know.
    train, test = (task.numbers[task.rows(part)] for part in ("train", "test"))
    assert (test.max(axis=0) < train.max(axis=0) + 0.1).all() and (test.min(axis=0) > train.min(axis=0) - 0.1).all()


@pytest.mark.slow
def test_late_is_more_than_15_minutes_and_nothing_is_given_away(data):
    task = flights_task(data, "late")
    delay = data.flights["arr_delay"].dropna()
    assert task.classification and task.unit == "" and np.array_equal(task.target, (delay > 15).to_numpy())
    for given in ("air_time", "late"):  # what is known before departure does not depend on what happened
        changed = data.flights.copy()
        happened = ["dep_time", "dep_delay", "arr_time", "sched_arr_time", "distance"]
        changed[happened] = changed[happened].sample(frac=1, random_state=0).to_numpy()
        other = flights_task(type(data)(changed, data.airports, data.airlines, data.planes, data.weather, ""), given)
        assert np.array_equal(other.numbers, flights_task(data, given).numbers)


def test_any_numeric_target(data):
    assert flights_task(data, "dep_delay", ["dest"], numbers=False).numbers.shape[1] == 0
    with pytest.raises(KeyError, match="no column 'weight'"):
        flights_task(data, "weight")


@pytest.mark.parametrize(
    "times, message",
    [
        (DAYS.astype(str), "'time_hour' is of type str, not of times.*pd.to_datetime"),
        (DAYS.date, "'time_hour' is of type object.*pd.to_datetime"),
        (DAYS.astype("int64"), "'time_hour' is of type int64"),
        (DAYS.where(DAYS.day > 1), "the time is missing in 5 of 153 rows of 'time_hour'"),
    ],
)
def test_times_as_text_or_missing_are_an_error(times, message):
    with pytest.raises(ValueError, match=message):
        Task.by_time(FRAME.assign(time_hour=times), "y", ["kind"])


@pytest.mark.parametrize("labels", [{"kind": "type"}, {"kind": "values"}, {"kind": "a.b"}, {"kind": 0}, {"kind": None}])
def test_columns_may_have_any_label(labels):
    frame = FRAME.rename(columns=labels)
    task = Task.by_time(frame, "y", [labels["kind"]])
    assert task.columns.iloc[:, 0].tolist()[:2] == ["a", "b"] and task.only([labels["kind"]]).columns.shape == (153, 1)


def test_one_column_is_no_sequence_of_letters():
    task = Task.by_time(FRAME, "y", "kind")
    assert list(task.columns) == ["kind"] == list(task.only("kind").columns)
    with pytest.raises(ValueError, match="column 'kind' more than once"):
        Task.by_time(FRAME, "y", ["kind", "kind"])
    with pytest.raises(ValueError, match="column 'y' more than once"):
        Task.by_time(pd.concat([FRAME, FRAME["y"]], axis=1), "y", ["kind"])


def test_labels_of_rows_that_come_twice():
    twice = FRAME.set_axis([1] * 153)
    task = Task.by_time(twice.assign(y=twice["y"].where(twice["y"] != 3)), "y", ["kind"], twice[["y"]])
    assert np.corrcoef(task.numbers[:, 0], task.target)[0, 1] == pytest.approx(1) and len(task) == 152
    with pytest.raises(ValueError, match="has a label twice"):
        Task.by_time(FRAME.set_axis([1] * 153), "y", ["kind"], FRAME[["y"]].set_axis([1] * 152 + [2]))


@pytest.mark.parametrize(
    "frame, numbers, message",
    [
        (FRAME, FRAME[["y"]].iloc[3:], "`numbers` has no row for 3 of 153 rows"),
        (FRAME, FRAME[["y"]].replace(5, np.inf), "`numbers` is infinite in 1 rows"),
        (FRAME.replace({"y": {5: -np.inf}}), None, "the target 'y' is infinite in 1 rows"),
    ],
)
def test_numbers_that_do_not_fit(frame, numbers, message):
    with pytest.raises(ValueError, match=message):
        Task.by_time(frame, "y", ["kind"], numbers)


def test_predictions_that_do_not_fit():
    task = Task.by_time(FRAME, "y", ["kind"])
    rows = task.rows("test")
    assert score(task, rows, task.target[rows] + 2) == {"RMSE": pytest.approx(2)}
    with pytest.raises(ValueError, match=r"predictions of shape \(61, 1\) for 61 rows"):
        score(task, rows, task.target[rows][:, None])  # would be compared all with all
    with pytest.raises(ValueError, match="predictions: 61 of 61 rows hold NaN"):
        score(task, rows, np.full(61, np.nan))
    with pytest.raises(ValueError, match="seed=-1"):
        task.sample(10, seed=-1)


def test_each_row_knows_its_day(data):
    task = flights_task(data)
    some = task.sample(1000, 100, n_test=100)
    assert task.day.dtype.kind == "M" and len(some.day) == len(some)
    test = task.rows("test")
    assert len(np.unique(task.day[test])) == 61 and task.day[test].min() == np.datetime64("2013-11-01")
    assert some.day[some.rows("validation")].max() < np.datetime64("2013-11-01")
