"""A session of reviews: what is asked, and what each step does."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from embedviz.course.drills import CARDS
from embedviz.course.drills.card import Card, FollowUp
from embedviz.course.drills.topics import TOPICS
from embedviz.course.progress import Ledger, ProgressError
from embedviz.course.review import Session

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def a_card(name: str) -> Card:
    follow_ups = (FollowUp(f"{name}: first?", "yes"), FollowUp(f"{name}: second?", "no"))
    return Card(name, TOPICS[0], "explain", "q", "a", ("1", "2", "3"), "w", follow_ups, "s", (1, "h"))


FIVE = {name: a_card(name) for name in "abcde"}


class Clock:
    """A minute passes whenever somebody asks for the time."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def session():
    return Session(Ledger(None, list(FIVE)), FIVE, now=Clock())


def grade(session: Session, number: int):
    session.reveal()
    return session.grade(number)


def test_each_card_is_asked_until_it_is_known(session):
    asked = []
    assert session.left == 5
    while session.card:
        asked.append(session.card.name)
        before = session.left
        review = grade(session, 1 if asked == ["a"] else 4)
        assert review.card == asked[-1] and not session.revealed
        assert session.left == before - (review.grade == 4)
        assert session.again == (len(asked) < 6)  # the first one, until it is known
    assert asked == ["a", "b", "c", "d", "e", "a"]
    assert session.left == 0 and [one.card for one in session.done] == asked
    assert session.ledger.reviews() == session.done


def test_the_answer_comes_before_the_grade(session):
    with pytest.raises(ValueError, match="open the answer first"):
        session.grade(3)
    session.reveal()
    with pytest.raises(ValueError, match="grade=7"):
        session.grade(7)
    assert session.revealed and session.card.name == "a" and not session.ledger.reviews()


def test_a_low_grade_brings_a_follow_up_and_then_the_other(session):
    grade(session, 3)
    assert session.follow_up is None
    grade(session, 2)
    assert session.follow_up.question == "b: first?" and session.card.name == "c"
    session.reveal()
    assert session.follow_up is None
    while session.card.name != "b":
        grade(session, 4)
    grade(session, 1)
    assert session.follow_up.question == "b: second?"
    session.skip()
    assert session.follow_up is None


@pytest.mark.parametrize("seed", range(10))
def test_undo_goes_back_step_by_step(session, seed):
    chance, stages = random.Random(seed), []
    for _ in range(12):
        if session.card is None:
            break
        if chance.random() < 0.3:
            session.skip()
        queue = session.card.name, session.left
        session.reveal()
        stages.append((queue, session.ledger.export(), session.grade(chance.randint(1, 4))))
    for (name, left), export, review in reversed(stages):
        assert session.undo() == review
        assert (session.card.name, session.left, session.revealed) == (name, left, True)
        assert session.follow_up is None and session.ledger.export() == export
    assert session.undo() is None and session.done == []


def test_undo_is_of_this_session_only(session):
    grade(session, 3)
    session.ledger.review("e", 1, now=NOON)
    assert session.undo().card == "a"
    assert [one.card for one in session.ledger.reviews()] == ["e"]


def test_skipped_cards_come_last_and_ungraded(session):
    session.skip()
    assert session.card.name == "b" and session.left == 5 and not session.ledger.reviews()
    for _ in range(4):
        grade(session, 4)
    assert session.card.name == "a" and session.left == 1


def test_limits_and_choices():
    ledger = Ledger(None, list(FIVE))
    assert Session(ledger, FIVE, limit=2, now=Clock()).left == 2
    assert Session(ledger, {"c": FIVE["c"]}, now=Clock()).card is FIVE["c"]
    mine = Ledger(None)
    assert Session(mine, now=Clock()).left == min(10, len(CARDS))
    assert Session(mine, [next(iter(CARDS))], now=Clock()).left == 1
    with pytest.raises(KeyError):
        Session(mine, ["no such card"])


def test_at_the_end_there_is_nothing_to_do():
    session = Session(Ledger(None, list(FIVE)), {}, now=Clock())
    assert session.card is None and session.left == 0
    for step in (session.reveal, session.skip, lambda: session.grade(3)):
        with pytest.raises(ValueError, match="no card is left"):
            step()


def test_a_grade_that_cannot_be_kept_leaves_the_card(session, monkeypatch):
    def full(*_, **__):
        raise ProgressError("the disk is full")

    session.reveal()
    monkeypatch.setattr(session.ledger, "review", full)
    with pytest.raises(ProgressError):
        session.grade(3)
    assert session.card.name == "a" and session.revealed and session.left == 5 and session.done == []


def test_seconds_are_measured(session, monkeypatch):
    from embedviz.course import review

    moments = iter([100.0, 107.5, 107.5, 90_000.0, 90_000.0])
    monkeypatch.setattr(review.time, "monotonic", lambda: next(moments))
    session.skip()
    assert grade(session, 4).seconds == 7.5
    assert grade(session, 4).seconds == review.LONGEST
