"""When cards are asked again: the same as plain py-fsrs, and what an interview's date changes."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import fsrs
import pytest

from embedviz.course.progress import Ledger, schedule

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DECK = [f"card {number}" for number in range(60)]


def the_same(own: fsrs.Card, other: fsrs.Card) -> None:
    assert (own.state, own.step, own.due, own.last_review) == (other.state, other.step, other.due, other.last_review)
    assert own.stability == pytest.approx(other.stability) and own.difficulty == pytest.approx(other.difficulty)


@pytest.mark.parametrize("seed", range(20))
def test_random_reviews_give_what_plain_fsrs_gives(seed):
    chance, now = random.Random(seed), NOON
    plain, own, scheduler = fsrs.Card(card_id=1, due=NOON), None, fsrs.Scheduler(enable_fuzzing=False)
    log = []
    for _ in range(30):
        grade = chance.choice([1, 2, 3, 3, 3, 4])
        plain, entry = scheduler.review_card(plain, fsrs.Rating(grade), now)
        log.append(entry)
        own = schedule.reviewed(own, grade, now)
        the_same(own, plain)
        # Minutes later, or whole days and some hours that are no more than FSRS rounds away.
        now += timedelta(minutes=chance.randint(1, 600)) if chance.random() < 0.3 else chance.randint(1, 90) * DAY
    the_same(own, scheduler.reschedule_card(fsrs.Card(card_id=1), log))


def test_a_review_some_hours_early_counts_as_the_day(monkeypatch):
    first = schedule.reviewed(None, 4, NOON)
    early = schedule.reviewed(first, 3, NOON + 3 * DAY - timedelta(hours=7))
    assert early.stability == pytest.approx(schedule.reviewed(first, 3, NOON + 3 * DAY).stability)
    assert early.stability > schedule.reviewed(first, 3, NOON + 3 * DAY - timedelta(hours=9)).stability
    assert schedule.opens(first) == first.due - timedelta(hours=8)
    learning = schedule.reviewed(None, 1, NOON)
    assert schedule.opens(learning) == learning.due == NOON + timedelta(minutes=1)


def test_a_clock_that_was_set_back_counts_as_the_same_day():
    first = schedule.reviewed(None, 4, NOON)
    back = schedule.reviewed(first, 3, NOON - 400 * DAY)
    same = schedule.reviewed(first, 3, NOON)
    assert (back.stability, back.difficulty) == (same.stability, same.difficulty)
    assert back.due - back.last_review == same.due - same.last_review
    assert back.last_review == NOON - 400 * DAY


def test_a_card_reviewed_in_the_future_is_asked_now():
    """The clock was wrong once: the card must not wait until that year."""
    ledger = Ledger(None, DECK)
    ledger.review("card 3", 4, now=NOON + 2000 * DAY)
    assert ledger.due(now=NOON)[0] == "card 3"
    ledger.review("card 3", 3, now=NOON)
    assert "card 3" not in ledger.due(now=NOON)


def test_fuzzing_is_off_unless_asked_and_chance_is_not_played_again():
    ledger = Ledger(None, DECK)
    for name in DECK:
        ledger.review(name, 4, now=NOON)
    assert len({one.due for one in ledger.reviews()}) == 1
    ledger.fuzzing = True
    later = NOON + 60 * DAY
    given = [ledger.review(name, 4, now=later).due for name in DECK]
    assert len(set(given)) > 1
    assert [one.due for one in ledger.reviews()[-len(DECK) :]] == given
    again = Ledger(None, DECK)
    again.restore(ledger.export())
    assert again.states() == ledger.states()


# --- The interview ---


def study(ledger: Ledger, days: int, chance: random.Random, start: datetime = NOON) -> Counter:
    """Do each day what is due, until nothing is; returns day → cards that it asked."""
    load = Counter()
    for i in range(days):
        now, asked = start + i * DAY, set()
        for _ in range(1000):
            if not (due := ledger.due(now=now)):
                break
            asked.add(due[0])
            ledger.review(due[0], chance.choice([1, 2, 3, 3, 3, 4]), now=now)
            now += timedelta(seconds=90)
        load[schedule.day(start + i * DAY)] = len(asked)
    return load


@pytest.mark.parametrize("days", [1, 3, 7, 20])
def test_all_cards_are_seen_before_the_interview_and_each_in_the_last_days(days):
    ledger, chance = Ledger(None, DECK), random.Random(days)
    interview = schedule.day(NOON) + timedelta(days=days)
    ledger.interview = interview
    study(ledger, days, chance)
    states = ledger.states()
    assert set(states) == set(DECK)
    final = interview - timedelta(days=schedule.ROUND)
    late = [
        name for name, card in states.items()
        if schedule.day(schedule.opens(card)) >= interview and schedule.day(card.last_review) < final
    ]  # fmt: skip
    assert not late, "waits for a day after the interview, and was not repeated before it"


@pytest.mark.parametrize("days", [2, 5, 9, 30])
def test_nothing_is_planned_after_the_eve_but_what_had_its_turn(days):
    ledger, chance = Ledger(None, DECK), random.Random(1)
    for i, name in enumerate(DECK[:40]):  # some well known, some hardly
        for back in range(120, 0, -chance.choice([15, 40, 60])):
            ledger.review(name, chance.choice([2, 3, 4]), now=NOON - back * DAY)
        ledger.review(name, 3, now=NOON - 20 * DAY + timedelta(minutes=i))
    without = ledger.calendar(now=NOON)
    interview = schedule.day(NOON) + timedelta(days=days)
    assert any(day >= interview for name, day in without.items() if name in DECK[:40])
    ledger.interview = interview
    planned = ledger.calendar(now=NOON)
    assert set(planned) == set(DECK)
    assert all(schedule.day(NOON) <= day < interview for day in planned.values())
    for name in DECK[:40]:
        assert planned[name] <= max(without[name], schedule.day(NOON))


def test_the_load_is_even_by_day():
    ledger = Ledger(None, DECK)
    for name in DECK[:42]:  # all known well beyond the date
        for back in (300, 200, 100):
            ledger.review(name, 4, now=NOON - back * DAY)
    ledger.interview = schedule.day(NOON) + 20 * DAY
    ledger.daily_limit = 10
    planned = ledger.calendar(now=NOON)
    repeated = Counter(planned[name] for name in DECK[:42])
    assert sorted(repeated) == [ledger.interview - timedelta(days=back) for back in range(schedule.ROUND, 0, -1)]
    assert set(repeated.values()) == {42 // schedule.ROUND}
    new = Counter(planned[name] for name in DECK[42:])
    assert max(new.values()) == 1


def test_the_day_stays_done_when_its_cards_are_done():
    """What was done today counts: the rest is not spread over today once more."""
    ledger = Ledger(None, DECK)
    for name in DECK:
        for back in (300, 200, 100):
            ledger.review(name, 4, now=NOON - back * DAY)
    ledger.interview = schedule.day(NOON) + timedelta(days=schedule.ROUND)
    load = study(ledger, schedule.ROUND, random.Random(0))
    assert set(load) == {schedule.day(NOON) + timedelta(days=i) for i in range(schedule.ROUND)}
    assert 8 <= load[schedule.day(NOON)] <= 9
    assert max(load.values()) <= 9 + 10  # and what was graded low comes again


def test_the_least_stable_cards_come_last():
    ledger = Ledger(None, DECK[:2])
    for name, grade in zip(DECK, (4, 3)):
        for back in (300, 299, 200, 100):
            ledger.review(name, grade, now=NOON - back * DAY)
    ledger.interview = schedule.day(NOON) + timedelta(days=2)
    planned, states = ledger.calendar(now=NOON), ledger.states()
    assert states["card 0"].stability > states["card 1"].stability
    assert planned["card 0"] < planned["card 1"] < ledger.interview


def test_the_date_raises_the_limit_and_says_so():
    ledger = Ledger(None, DECK)
    assert len(ledger.due(now=NOON)) == 10 and ledger.outlook(now=NOON) == ""
    ledger.interview = schedule.day(NOON) + timedelta(days=4)
    assert len(ledger.due(now=NOON)) == 15
    assert "15 new cards a day" in ledger.outlook(now=NOON)
    assert "more than your daily limit of 10" in ledger.outlook(now=NOON)
    for name in ledger.due(now=NOON):
        ledger.review(name, 4, now=NOON)
    assert not ledger.due(now=NOON)
    assert "15 new cards a day" in ledger.outlook(now=NOON)
    # A day missed: what is left is spread anew.
    assert len([name for name in ledger.due(now=NOON + 2 * DAY) if name not in ledger.states()]) == 23
    ledger.interview = schedule.day(NOON) + timedelta(days=15)
    assert "raised" not in ledger.outlook(now=NOON)


def test_after_the_interview_it_is_an_ordinary_schedule():
    ledger, plain = Ledger(None, DECK), Ledger(None, DECK)
    ledger.interview = schedule.day(NOON) + timedelta(days=3)
    study(ledger, 3, random.Random(5))
    content = ledger.export() | {"settings": {}}
    plain.restore(content)
    assert ledger.states() == plain.states()
    for moment in (NOON + 3 * DAY, NOON + 30 * DAY):
        assert ledger.calendar(now=moment) == plain.calendar(now=moment)
        assert ledger.due(now=moment) == plain.due(now=moment)
        assert ledger.outlook(now=moment) == ""


def test_interviews_that_are_no_dates():
    ledger = Ledger(None, DECK)
    for wrong in ("2026-12-04", datetime(2026, 12, 4), 5):
        with pytest.raises(ValueError, match="must be a date"):
            ledger.interview = wrong
    ledger.interview = date(2026, 12, 4)
    assert ledger.interview == date(2026, 12, 4)
    ledger.interview = None
    assert ledger.interview is None
