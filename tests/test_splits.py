import math

import numpy as np
import pandas as pd
import pytest

from embedviz.datasets.movielens import load_movielens
from embedviz.inputs.splits import at_moment, at_random, by_user_time, cold_items


@pytest.fixture(scope="module")
def ratings():
    return load_movielens().ratings


@pytest.fixture
def small():
    rng = np.random.default_rng(0)
    users = rng.choice(list("abcde"), 60, p=[0.5, 0.3, 0.1, 0.05, 0.05])
    return pd.DataFrame(
        {"user": users, "film": rng.choice(list("uvwxyz"), 60), "time": rng.integers(0, 20, 60)}, index=range(100, 160)
    )


@pytest.mark.parametrize("split", [by_user_time, at_moment, at_random, cold_items])
def test_a_split_is_a_partition_in_the_old_order(small, split):
    train, test = split(small, 0.3)
    assert len(train) and len(test) and not set(train.index) & set(test.index)
    assert train.index.is_monotonic_increasing and test.index.is_monotonic_increasing
    assert pd.concat([train, test]).sort_index().equals(small)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_the_last_rows_of_each_user_by_a_loop(small, share):
    _, test = by_user_time(small, share)
    expected = []
    for user in "abcde":
        rows = sorted(
            (time, place) for place, (name, time) in enumerate(zip(small["user"], small["time"])) if name == user
        )
        for number, (_, place) in enumerate(rows):
            if number > 0 and number >= len(rows) - math.ceil(share * len(rows)):
                expected.append(small.index[place])
    assert test.index.tolist() == sorted(expected)


def test_who_has_one_row_keeps_it_for_training():
    frame = pd.DataFrame({"user": ["a", "b", "b"], "time": [1, 2, 3]})
    train, test = by_user_time(frame, 0.5)
    assert train.index.tolist() == [0, 1] and test.index.tolist() == [2]


def test_the_moment_parts_past_and_future(small):
    train, test = at_moment(small, 0.25)
    assert train["time"].max() < test["time"].min()
    assert (test["time"] > test["time"].min()).sum() < 0.25 * 60 <= len(test)
    with pytest.raises(ValueError, match="nothing comes before 7"):
        at_moment(pd.DataFrame({"time": [7, 7, 7]}))


def test_random_rows_depend_on_the_seed(small):
    _, test = at_random(small, 0.2, seed=1)
    assert (
        len(test) == 12
        and test.equals(at_random(small, 0.2, seed=1)[1])
        and not test.equals(at_random(small, 0.2, seed=2)[1])
    )


def test_cold_films_are_unknown_in_training(small):
    train, test = cold_items(small, 0.34, least=3)
    assert not set(train["film"]) & set(test["film"])
    assert test["film"].nunique() == round(0.34 * (small["film"].value_counts() >= 3).sum())
    shuffled = cold_items(small.sample(frac=1, random_state=0), 0.34, least=3)[1]
    assert set(shuffled["film"]) == set(test["film"])
    with pytest.raises(ValueError, match="least=61: no film has so many rows"):
        cold_items(small, least=61)


def test_no_test_film_of_a_user_is_in_their_training_set(ratings):
    for split in (by_user_time, at_moment, at_random, cold_items):
        train, test = split(ratings)
        assert not set(zip(train["user"], train["film"])) & set(zip(test["user"], test["film"])), split.__name__


def test_the_split_by_user_and_time_of_movielens(ratings):
    train, test = by_user_time(ratings)
    assert set(train["user"]) == set(test["user"])  # everybody is in both
    assert (train.groupby("user")["time"].max() <= test.groupby("user")["time"].min()).all()
    assert len(test) == sum(math.ceil(n / 5) for n in ratings["user"].value_counts())


@pytest.mark.parametrize("split", [by_user_time, at_moment, at_random, cold_items])
@pytest.mark.parametrize("share", [0, 1, -0.1, float("nan")])
def test_a_share_that_cannot_be(small, split, share):
    with pytest.raises(ValueError, match="must be above 0 and below 1"):
        split(small, share)


def test_frames_that_cannot_be_split(small):
    with pytest.raises(ValueError, match="no column 'time' among 'user', 'film'"):
        by_user_time(small[["user", "film"]])
    with pytest.raises(ValueError, match="no rows"):
        by_user_time(small[:0])


TIMED = [by_user_time, at_moment]


@pytest.mark.parametrize("split", TIMED)
def test_times_as_text_are_an_error(small, split):
    text = small.assign(time=small["time"].map(lambda time: f"{time}/1/2020"))  # as text, 10 comes before 2
    with pytest.raises(ValueError, match="'time' is of type .*pd.to_datetime"):
        split(text)


@pytest.mark.parametrize("split", TIMED)
@pytest.mark.parametrize("kind", ["datetime64[ns]", "datetime64[s]", "float64", "Int64"])
def test_a_missing_time_is_an_error_and_slips_into_no_part(small, split, kind):
    times = small["time"].astype(kind)
    times.iloc[[3, 5]] = None
    with pytest.raises(ValueError, match="the time is missing in 2 of 60 rows of 'time'"):
        split(small.assign(time=times))


@pytest.mark.parametrize("split, column", [(by_user_time, "user"), (cold_items, "film")])
def test_a_missing_key_is_an_error_and_slips_into_no_part(small, split, column):
    small[column] = small[column].where(small["time"] > 0)
    missing = int(small[column].isna().sum())
    with pytest.raises(ValueError, match=f"{missing} of 60 names are missing"):
        split(small)


def test_spellings_of_one_key_are_one_user_and_one_film(small):
    number = small.assign(user=small["user"].map(ord), film=small["film"].map(ord))
    odd = np.arange(60) % 2 == 1
    mixed = number.assign(
        user=number["user"].astype(object).where(odd, number["user"].astype(str)),
        film=number["film"].astype(object).where(odd, " " + number["film"].astype(str)),
    )
    assert by_user_time(mixed)[1].index.equals(by_user_time(number)[1].index)
    train, test = cold_items(mixed, 0.34, least=3)
    assert not {str(film).strip() for film in train["film"]} & {str(film).strip() for film in test["film"]}


@pytest.mark.parametrize("split", [at_random, cold_items])
@pytest.mark.parametrize("seed", [-1, 2**70, None])
def test_seeds_that_cannot_be(small, split, seed):
    with pytest.raises(ValueError, match=f"seed={seed}: it must be a whole number"):
        split(small, seed=seed)


def test_a_column_that_comes_twice(small):
    for split in (by_user_time, at_moment, at_random, cold_items):
        with pytest.raises(ValueError, match="column 'time' more than once"):
            split(pd.concat([small, small["time"]], axis=1))
