"""Paired intervals beside scipy's bootstrap, the normal interval of a mean, and their coverage."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from sklearn.metrics import roc_auc_score

from embedviz.measure.comparison import spread
from embedviz.measure.intervals import Difference, difference, differences, paired

RANDOM = np.random.default_rng(0)
USERS = RANDOM.normal(0.3, 0.2, size=400)  # users differ more than methods do
FIRST, SECOND = USERS + RANDOM.normal(0.03, 0.1, size=400), USERS + RANDOM.normal(0, 0.1, size=400)


def test_of_means_it_is_the_interval_of_the_paired_differences():
    found, each = difference(FIRST, SECOND, draws=4000), FIRST - SECOND
    assert found.value == pytest.approx(each.mean())
    low, high = scipy.stats.t.interval(0.95, 399, each.mean(), scipy.stats.sem(each))
    assert found.low == pytest.approx(low, abs=0.0015) and found.high == pytest.approx(high, abs=0.0015)
    unpaired = 1.96 * np.hypot(scipy.stats.sem(FIRST), scipy.stats.sem(SECOND))
    assert found.high - found.low < unpaired  # what pairing is for


@pytest.mark.parametrize("statistic", [None, "rows"])
def test_scipys_bootstrap_agrees(statistic):
    def root(values):
        return np.sqrt(values.mean())

    settings = {"transform": np.sqrt} if statistic is None else {"statistic": root}
    found = difference(FIRST**2, SECOND**2, better="lower", draws=3000, **settings)
    theirs = scipy.stats.bootstrap(
        (FIRST**2, SECOND**2),
        lambda a, b, axis: np.sqrt(a.mean(axis)) - np.sqrt(b.mean(axis)),
        paired=True,
        vectorized=True,
        n_resamples=3000,
        method="percentile",
        rng=1,
    ).confidence_interval
    assert found.low == pytest.approx(theirs.low, abs=0.002) and found.high == pytest.approx(theirs.high, abs=0.002)
    assert found.verdict == "behind"  # a higher error


def test_any_statistic_of_rows_with_several_columns():
    truth = RANDOM.integers(0, 2, 300)
    good, bad = truth + RANDOM.normal(size=300), RANDOM.normal(size=300)
    found = difference(
        np.column_stack([good, truth]),
        np.column_stack([bad, truth]),
        statistic=lambda x: roc_auc_score(x[:, 1], x[:, 0]),
    )
    assert found.first == pytest.approx(roc_auc_score(truth, good)) and found.verdict == "ahead"


def test_rows_of_a_unit_are_drawn_together():
    # Ten days on which all flights are alike: 4,000 rows, and no more knowledge than ten.
    days = np.repeat(np.arange(10), 400)
    of_day = RANDOM.normal(0.5, 1, size=10)
    first, second = of_day[days] + RANDOM.normal(0, 0.1, size=4000), np.zeros(4000)
    alone, together = difference(first, second), difference(first, second, days)
    low, high = of_day.mean() + 1.96 * of_day.std() / np.sqrt(10) * np.array([-1, 1])
    assert together.low == pytest.approx(low, abs=0.12) and together.high == pytest.approx(high, abs=0.12)
    assert alone.high - alone.low < 0.2 * (together.high - together.low)
    named = difference(first, second, np.array([f"day {day}" for day in days]))
    assert (named.low, named.high) == pytest.approx((together.low, together.high))


def test_a_method_is_level_with_itself_and_runs_are_averaged():
    again = difference([FIRST, SECOND], [SECOND, FIRST])
    assert again.value == pytest.approx(0) and again.verdict == "level"
    assert difference(FIRST, FIRST).verdict == "level"


def test_runs_may_have_other_rows_of_the_same_units():
    books = [RANDOM.integers(0, 50, size=n) for n in (300, 200)]
    level = RANDOM.normal(size=50)
    first = [level[book] + 0.5 + RANDOM.normal(0, 0.1, len(book)) for book in books]
    second = [level[book] for book in books]
    found = difference(first, second, books)
    assert found.first == pytest.approx(np.mean([run.mean() for run in first])) and found.verdict == "ahead"
    assert found.low < 0.5 < found.high


def test_as_often_as_it_says_it_holds_what_is_true():
    random, held = np.random.default_rng(5), 0
    for seed in range(200):
        unit = np.repeat(np.arange(60), 3)
        gain = random.normal(0.2, 1, 60)[unit] + random.normal(0, 0.3, 180)
        found = difference(gain, np.zeros(180), unit, draws=200, seed=seed)
        held += found.low <= 0.2 <= found.high
    assert 180 <= held <= 199  # 95 % of 200, give or take three standard deviations


@pytest.mark.parametrize(
    "low, high, better, verdict",
    [
        (0.1, 0.2, "higher", "ahead"),
        (0.1, 0.2, "lower", "behind"),
        (-0.2, -0.1, "lower", "ahead"),
        (-0.2, -0.1, "higher", "behind"),
        (-0.1, 0.2, "higher", "level"),
        (0.0, 0.2, "lower", "level"),
    ],
)
def test_what_is_said(low, high, better, verdict):
    assert Difference(1.0, 1.0, low, high, better).verdict == verdict


def test_a_table_of_all_against_one():
    table = differences({"one": SECOND, "other": FIRST, "third": SECOND}, "one")
    assert list(table.index) == ["one", "other", "third"] and list(table.verdict) == ["–", "ahead", "level"]
    assert table.score["other"] == pytest.approx(FIRST.mean())
    assert table.difference["third"] == table.low["third"] == 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"first": FIRST, "second": SECOND[1:]}, "400 rows of the first, 399 of the second"),
        ({"first": [FIRST, FIRST], "second": [FIRST]}, "2 runs of the first and 1 of the second"),
        ({"first": FIRST, "second": SECOND, "units": np.zeros(400)}, "one unit says nothing"),
        ({"first": FIRST, "second": SECOND, "units": np.zeros(3)}, "3 units"),
        ({"first": FIRST, "second": SECOND, "units": [np.arange(400)] * 2}, "units of 2 runs, there are 1"),
        ({"first": 0.5, "second": 0.4}, "single number"),
        ({"first": [np.nan, 1.0], "second": [0.0, 1.0]}, "values of the first"),
        ({"first": FIRST, "second": SECOND, "better": "more"}, "'more'"),
        ({"first": FIRST, "second": SECOND, "level": 95}, "level=95"),
        ({"first": FIRST, "second": SECOND, "draws": 0}, "draws"),
        ({"first": np.ones((4, 2)), "second": np.ones((4, 2))}, "give a statistic"),
    ],
)
def test_what_does_not_fit_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        difference(**arguments)


def test_no_such_method():
    with pytest.raises(ValueError, match="'none'"):
        differences({"one": FIRST}, "none")


def test_of_the_runs_of_a_comparison():
    users = np.arange(400) // 2
    rows = [
        {"method": method, "seed": seed, "hits": own.mean(), "hits of each": own, "hits units": users}
        for method, values in (("ours", FIRST), ("theirs", SECOND))
        for seed in (0, 1)
        for own in [values + 0.01 * seed]
    ]
    runs = pd.DataFrame(rows).set_index(["method", "seed"])
    found, alone = paired(runs, "hits", "theirs"), difference([FIRST, FIRST + 0.01], [SECOND, SECOND + 0.01], users)
    assert found.loc["ours", ["low", "high"]].tolist() == pytest.approx([alone.low, alone.high])
    assert list(spread(runs).columns) == ["hits"]
    with pytest.raises(ValueError, match="measure='misses': it must be one of 'hits'"):
        paired(runs, "misses", "theirs")
