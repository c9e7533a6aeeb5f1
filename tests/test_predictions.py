"""Predictions: what may be answered, how far off it was, the form, and the reader's calibration."""

import itertools
from datetime import UTC, datetime

import numpy as np
import pytest

from embedviz.course import calibration_report, predictions, progress
from embedviz.course.calibration_report import brier, calibration, coverage, in_words, least_covered
from embedviz.course.prediction_form import PredictionForm
from embedviz.course.predictions import Asked, came_out, checked, prediction
from embedviz.course.progress import Ledger, Prediction
from embedviz.course.questions import QUESTIONS, Question

RANGE = "accidental negatives"
CHOICE = "EASE against the network"
NUMBER = "Russian neighbors"


@pytest.fixture(autouse=True)
def own_ledger(monkeypatch):
    """A ledger in memory, in the place of the reader's, and no question asked yet."""
    found = Ledger(None, deck=[])
    monkeypatch.setattr(progress, "ledger", lambda: found)
    monkeypatch.setattr(predictions, "_ASKED", {})
    return found


def test_without_a_prediction_the_outcome_is_just_said(own_ledger, capsys):
    prediction(RANGE)
    came_out(RANGE, 0.5432)
    said = capsys.readouterr().out
    assert 'prediction("accidental negatives", low=…, high=…, sure=.9)' in said
    assert said.splitlines()[-1] == "accidental negatives came out: 0.543 %."
    assert own_ledger.predictions() == []


@pytest.mark.parametrize(
    ("name", "answer", "truth", "said"),
    [
        (RANGE, {"low": 0.1, "high": 2}, 0.54, "inside your range."),
        (RANGE, {"low": 0.1, "high": 0.2}, 0.54, "0.34 % above your range."),
        (RANGE, {"low": 1, "high": 2}, 0.54, "0.46 % below your range."),
        (NUMBER, {"value": 5}, np.int64(9), "4 too low."),
        (NUMBER, {"value": 9}, 9, "exactly that."),
        (CHOICE, {"choice": "level", "sure": 0.7}, "ahead", "wrong."),
        (CHOICE, {"choice": "ahead", "sure": 0.7}, "ahead", "right."),
    ],
)
def test_how_far_off_is_said_and_kept(name, answer, truth, said, own_ledger, capsys):
    prediction(name, **answer)
    came_out(name, truth)
    assert capsys.readouterr().out.strip().endswith(said)
    [found] = own_ledger.predictions(QUESTIONS[name].chapter)
    assert found.name == name and found.truth == truth and not found.after_truth
    assert answer.items() <= found.answer.items()


def test_the_first_prediction_counts(own_ledger, monkeypatch):
    prediction(RANGE, low=0.1, high=0.2)
    prediction(RANGE, low=0.1, high=0.3)  # nothing has come out yet
    came_out(RANGE, 0.54)
    prediction(RANGE, low=0.5, high=0.6)
    [found] = own_ledger.predictions()
    assert found.answer["high"] == 0.3 and not found.after_truth
    monkeypatch.setattr(predictions, "_ASKED", {})  # another day
    prediction(RANGE, low=0.5, high=0.6)
    came_out(RANGE, 0.55)
    [found] = own_ledger.predictions()
    assert found.answer["high"] == 0.3 and found.truth == 0.55


def test_who_runs_all_first_may_predict_while_reading(own_ledger, capsys):
    came_out(RANGE, 0.54)
    prediction(RANGE, low=0.1, high=2)
    assert "inside your range" in capsys.readouterr().out
    [found] = own_ledger.predictions()
    assert found.truth == 0.54 and not found.after_truth


@pytest.mark.parametrize(
    ("name", "answer", "problem"),
    [
        (RANGE, {"low": 2, "high": 1}, "low=2 is above high=1"),
        (RANGE, {"low": 1}, "takes high, low, sure, not low"),
        (RANGE, {"low": "one", "high": 2}, "low='one': it must be a number"),
        (RANGE, {"low": 0, "high": float("inf")}, "it must be finite"),
        (RANGE, {"low": 0, "high": 1, "sure": 90}, "sure=90: it must be a probability"),
        (NUMBER, {"low": 0, "high": 1}, "takes value"),
        (CHOICE, {"choice": "better", "sure": 0.7}, "it must be one of ahead, level, behind"),
        (CHOICE, {"choice": "ahead"}, "takes choice, sure, not choice"),
    ],
)
def test_what_is_no_answer_is_told_so(name, answer, problem, own_ledger):
    with pytest.raises(ValueError, match=problem):
        prediction(name, **answer)
    assert own_ledger.predictions() == []


def test_names_and_truths_must_be_known():
    with pytest.raises(KeyError, match=r"no prediction \\?'nothing"):
        prediction("nothing")
    with pytest.raises(ValueError, match="must be one of ahead, level, behind"):
        came_out(CHOICE, "better")
    for broken in ({"kind": "guess"}, {"chapter": 5}, {"kind": "choice"}, {"choices": ("a", "b")}):
        with pytest.raises(ValueError, match="question 'x'"):
            Question(**({"name": "x", "chapter": 1, "text": "?"} | broken))


def test_an_outcome_that_is_no_number_is_shown_and_not_kept(own_ledger, capsys):
    prediction(RANGE, low=0, high=1)
    came_out(RANGE, float("nan"))
    assert "nan" in capsys.readouterr().out
    assert own_ledger.predictions()[0].truth is None


def test_numbers_have_three_digits_and_their_unit():
    asked = QUESTIONS["label encoding's error"]
    assert asked.written(83.412) == "83.4 minutes"
    assert asked.written(1234.5) == "1,234 minutes" and QUESTIONS[NUMBER].written(9.0) == "9"


def test_the_form_keeps_what_its_fields_hold(own_ledger):
    asked = Asked(QUESTIONS[RANGE])
    form = PredictionForm(asked)
    told = form.children[2]
    form.keep_button.click()
    assert "Fill in all fields first" in told.value
    form.fields["low"].value, form.fields["high"].value = "5", "1"
    form.keep_button.click()
    assert "Not kept: low=5 is above high=1" in told.value and own_ledger.predictions() == []
    form.fields["low"].value, form.fields["high"].value = " 1 % ", "1,000"
    form.fields["sure"].value = 0.8
    form.keep_button.click()
    [found] = own_ledger.predictions()
    assert found.answer == {"low": 1.0, "high": 1000.0, "sure": 0.8} and "Kept: 1 to 1,000 %, 80% sure" in told.value
    asked.settle(0.5)
    assert "0.5 % below your range" in told.value and "The first prediction counts" in told.value
    assert QUESTIONS[RANGE].text[:20] in form.static_html()
    form.close()
    assert not asked.changed


def test_a_choice_must_be_made_before_it_is_kept(own_ledger):
    form = PredictionForm(Asked(QUESTIONS[CHOICE]))
    form.keep_button.click()
    assert "Fill in all fields first" in form.children[2].value
    form.fields["choice"].value = "level"
    form.keep_button.click()
    assert own_ledger.predictions()[0].answer == {"choice": "level", "sure": 0.7}
    form.close()


# Calibration


def made(answer, truth, chapter=1, name="x", after=False):
    return Prediction(name, chapter, answer, datetime(2026, 1, 1, tzinfo=UTC), truth, after)


def ranges(*hits, sure=0.9):
    return [made({"low": 0, "high": 1, "sure": sure}, 0.5 if hit else 2.0) for hit in hits]


def choices(*pairs):
    return [made({"choice": "a", "sure": sure}, "a" if right else "b") for sure, right in pairs]


def test_coverage_is_against_what_was_claimed():
    hits, claimed = coverage(ranges(1, 0, 1, 1))
    assert hits == 3 and np.isclose(claimed, 3.6)


@pytest.mark.parametrize("sures", [(0.9,) * 8, (0.5, 0.8, 0.9, 0.99, 0.8)])
def test_the_fewest_hits_that_are_no_surprise_by_counting_all_cases(sures):
    chance = np.zeros(len(sures) + 1)
    for case in itertools.product((0, 1), repeat=len(sures)):
        chance[sum(case)] += np.prod([s if hit else 1 - s for s, hit in zip(sures, case)])
    least = least_covered([made({"low": 0, "high": 1, "sure": s}, 0.5) for s in sures])
    assert chance[:least].sum() <= 0.05 < chance[: least + 1].sum()


def test_brier_is_zero_for_the_certain_and_a_quarter_for_the_undecided():
    assert np.isclose(brier(choices((1, True), (0.5, True), (0.5, False))), (0 + 0.25 + 0.25) / 3)
    assert np.isclose(brier(choices((0.9, False))), 0.81)
    assert all(np.isclose(brier(choices((0.5, right))), calibration_report.FIFTY) for right in (True, False))


def test_the_words_say_when_there_is_too_little_to_judge():
    assert in_words([], "chapter 1") == ["**Your predictions, chapter 1**: none yet."]
    few = " ".join(in_words(ranges(1, 1, 1) + choices((0.7, True)), "chapter 1"))
    assert "Ranges: 3, too few to judge; it takes 4." in few and "Choices: 1, too few" in few


def test_the_words_say_how_it_is():
    good = " ".join(in_words(ranges(1, 1, 1, 1) + choices(*[(0.8, True)] * 4), "here"))
    assert "4 of 4 ranges" in good and "that fits" in good and "Brier score 0.04: better than" in good
    bad = " ".join(in_words(ranges(0, 0, 0, 1) + choices(*[(0.9, False)] * 4), "here"))
    assert "too narrow" in bad and "Brier score 0.81: no better than" in bad


def test_the_report_counts_only_what_was_predicted_before(own_ledger, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(calibration_report, "show", lambda figure, words: shown.append((figure, words)))
    monkeypatch.setattr(calibration_report, "has_widgets", lambda: True)
    monkeypatch.setattr(calibration_report, "show_text", print)
    for number in range(4):
        own_ledger.predict(f"r{number}", 1, {"low": 0, "high": 1, "sure": 0.9})
        own_ledger.came_out(f"r{number}", 0.5 + number / 4)
    own_ledger.came_out("late", 1)
    own_ledger.predict("late", 1, {"low": 0, "high": 1, "sure": 0.9})
    own_ledger.predict("open", 1, {"low": 0, "high": 1, "sure": 0.9})
    own_ledger.predict("c", 2, {"choice": "ahead", "sure": 0.7})
    own_ledger.came_out("c", "ahead")
    calibration(1)
    said = capsys.readouterr().out
    assert "chapter 1**: 4 came out" in said and "3 of 4 ranges" in said and "all chapters**: 5 came out" in said
    [(figure, words)] = shown
    assert "4 ranges" in words and "outside: r3" in words and "1 choices by how sure, 1 of them right" in words
    left, right = figure.axes
    assert [tick.get_text() for tick in left.get_yticklabels()] == [f"r{n}, 90%" for n in range(4)]


def test_an_answer_is_not_changed_by_being_checked():
    given = {"low": "1", "high": "2"}
    assert checked(QUESTIONS[RANGE], given) == {"low": 1.0, "high": 2.0, "sure": 0.9} and given["low"] == "1"
