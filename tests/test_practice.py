"""Exercises as a reader works at them: the check in words and as a form, hints, solution, what the ledger keeps."""

import gc
import warnings
import weakref

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from embedviz.course import exercise_view, forms, kept, progress
from embedviz.course.checking import Exercise, Slip
from embedviz.course.exercise_view import ExerciseForm, in_words
from embedviz.course.exercises import named
from embedviz.course.practice import Practice, exercise
from embedviz.course.progress import Ledger, ProgressError
from embedviz.course.short_text import as_html, as_plain


def double(x):
    """x: (n,) numbers. Return twice as much."""
    return 2 * x


SQUARED = Slip("that is the *square*: `x + x` is asked for", lambda x: x**2, card="double or square")


@pytest.fixture
def own_ledger(monkeypatch):
    """A ledger in memory, in the place of the reader's."""
    found = Ledger(None, deck=["double or square", "another"])
    monkeypatch.setattr(progress, "ledger", lambda: found)
    return found


@pytest.fixture
def one(own_ledger):
    """An exercise at its beginning."""
    return Practice(
        Exercise(
            name="double",
            chapter=1,
            kind="write",
            minutes=1,
            task="Double it.",
            solution=double,
            reference=lambda x: x + x,
            inputs=lambda: [{"x": np.array([3.0])}, {"x": np.arange(3.0)}],
            slips=[SQUARED],
            hints=["Add it to itself.", "`x + x`"],
            anchor="Doubling",
        )
    )


def test_a_stub_is_no_error_and_no_try(one, own_ledger, capsys):
    one.check(lambda x: ...)
    said = capsys.readouterr().out
    assert "Write your answer first: my_double returns nothing yet" in said
    assert own_ledger.export()["events"] == []


def test_a_wrong_answer_is_told_with_its_slip_and_the_card_is_due(one, own_ledger, capsys):
    one.check(lambda x: x * x)
    said = capsys.readouterr().out
    for part in ("x = [3.]", "The answer is: [9.]", "Expected: [6.]", "that is the square", "Read again: Doubling"):
        assert part in said, part
    assert '<a href="#Doubling">Doubling</a>' in ExerciseForm(one).static_html()
    [slip] = own_ledger.slips()
    assert (slip.exercise, slip.card, slip.pending) == ("double", "double or square", True)
    assert own_ledger.due(limit=1) == ["double or square"]
    assert own_ledger.solved() == {}


def test_a_right_answer_is_kept(one, own_ledger, capsys):
    one.check(double)
    assert "✓ Right" in capsys.readouterr().out
    assert list(own_ledger.solved()) == ["double"]
    Practice(one.exercise).check(lambda x: None)
    assert "You solved it on" in capsys.readouterr().out


def test_hints_come_one_by_one_and_then_the_solution(one, capsys):
    for expected in ("Hint 1 of 2. Add it", "Hint 2 of 2. x + x That was the last", "Hint 2 of 2."):
        one.hint()
        assert capsys.readouterr().out.startswith(expected)
    one.solution()
    shown = capsys.readouterr().out
    assert "def my_double(x):\n    return 2 * x" in shown and "```" not in shown


def test_the_same_exercise_is_the_same_object():
    assert exercise("one-hot") is exercise("one-hot")
    assert ".check(my_one_hot)" in repr(exercise("one-hot"))
    with pytest.raises(KeyError, match="no exercise 'one'"):
        exercise("one")


def test_what_cannot_be_kept_is_said_and_stops_nothing(one, own_ledger, monkeypatch, capsys):
    def full():
        raise ProgressError("the disk is full: make room")

    monkeypatch.setattr(own_ledger.store, "write", full)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one.check(lambda x: x * x)
    said = capsys.readouterr().out
    assert "that is the square" in said and "not kept: the disk is full: make room" in said
    assert "pile of cards" not in said
    assert kept.keep(lambda ledger: ledger.tried("double", True)) == "the disk is full: make room"
    assert kept.keep(lambda ledger: None) == ""


def test_an_answer_that_was_judged_is_not_held(one):
    big = torch.ones(10)
    held = weakref.ref(big)

    def wrong(x, big=big):
        raise ValueError(big.sum())

    one.judge(wrong)
    del big, wrong
    gc.collect()
    assert held() is None


def test_the_form_has_buttons_that_do_what_the_calls_do(one, monkeypatch):
    shell = InteractiveShell()
    monkeypatch.setattr(exercise_view, "get_ipython", lambda: shell)
    one.judge(lambda x: x * x)
    form = ExerciseForm(one)
    found, buttons, help_ = form.children
    assert "The answer is" in found.value and "<i>square</i>: <code>x + x</code>" in found.value
    assert "Hint 1" not in help_.value and form.hint_button.description == "Hint 1 of 2"
    form.hint_button.click()
    assert "Add it to itself" in help_.value and form.hint_button.description == "Hint 2 of 2"
    form.hint_button.click()
    form.hint_button.click()
    assert form.hint_button.description == "No more hints"
    form.solution_button.click()
    assert "def my_double" in help_.value
    form.solution_button.click()
    assert "def my_double" not in help_.value
    form.check_button.click()
    assert "There is no function <code>my_double</code>" in found.value
    shell.user_ns["my_double"] = double
    form.check_button.click()
    assert one.verdict == "right" and "✓ Right" in found.value
    assert all(button.layout.min_height == "40px" for button in buttons.children)
    form.close()
    assert not one.changed


def test_two_forms_of_one_exercise_show_the_same(one):
    one.judge(double)
    first, second = ExerciseForm(one), ExerciseForm(one)
    first.hint_button.click()
    assert "Add it to itself" in second.children[2].value
    first.close()
    second.close()


def test_the_saved_form_has_everything_folded(one):
    one.judge(lambda x: None)
    form = ExerciseForm(one)
    static = form.static_html()
    assert static.count("<details>") == 3 and "Add it to itself" in static and "def my_double(x):" in static
    assert form.describe() == in_words(one) and 'exercise("double").hint()' in form.describe()
    form.close()


def test_texts_cannot_break_the_page():
    assert as_html("a < b & *c* `x * y * z` **d** 2 * 3 * 4") == (
        "<p>a &lt; b &amp; <i>c</i> <code>x * y * z</code> <b>d</b> 2 * 3 * 4</p>"
    )
    assert as_html("one\n\n$a_1 < b$") == "<p>one</p><p>$a_1 &lt; b$</p>"
    assert as_plain("**a** *b* `c` [d](#d) $x_1 \\cdot y$") == "a b c d x₁ · y"
    assert as_html("[a *b*](#a-b) [c](javascript:c)") == ('<p><a href="#a-b">a <i>b</i></a> [c](javascript:c)</p>')
    assert forms.folded("<x>", "") == "<details><summary>&lt;x&gt;</summary></details>"


def test_a_slip_opens_the_line_of_the_derivation(own_ledger, capsys):
    def forgets_the_target(s, target):
        return np.exp(s) / np.exp(s).sum()

    Practice(named("gradient of the scores")).check(forgets_the_target)
    said = capsys.readouterr().out
    assert 'board("CBOW gradient")' in said and "∂L/∂sⱼ = pⱼ − [j = t]" in said


def test_a_card_is_shown_by_its_question(one, monkeypatch, capsys):
    from embedviz.course import drills

    class Card:
        question = "A table of {{ 2193 * 50 | 109,650 }} numbers?"

    monkeypatch.setitem(drills.CARDS, "double or square", Card)
    one.check(lambda x: x * x)
    assert "On your pile of cards: A table of 109,650 numbers?" in capsys.readouterr().out
    monkeypatch.delitem(drills.CARDS, "double or square")
    one.check(lambda x: x * x)
    assert "On your pile of cards: double or square" in capsys.readouterr().out
