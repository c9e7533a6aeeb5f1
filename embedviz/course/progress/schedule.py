"""When a card is asked again: FSRS, and how the date of an interview bends it.

**FSRS** (the package `fsrs`) gives each card a stability and a date, from its grades and the days between them. Days
are counted with eight hours of grace: who learns at 20:00 today may learn at 12:00 tomorrow, and it counts as a day. A
clock that was set back makes no negative days: such a review counts as one on the same day.

**Interview.** FSRS asks when recall has fallen to 90 %, be that in a year. With a date to prepare for,

- the cards that were never asked are spread evenly over the days that are left, each is seen once at least; if that is
  more a day than the daily limit, the date wins, and `Ledger.outlook` says so;
- no review waits until after the eve. A card that would come later has its turn in the *final round*, the last
  `ROUND` days, spread so that each day has as much to do as the others, the least stable ones last. One turn is enough:
  would each card be asked on the eve itself, that day had the whole deck. So a card that was reviewed in the final
  round and that FSRS expects to be known beyond the interview is left in peace.

From the day of the interview on, the ordinary schedule holds: it was never changed, only shown in another way.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from fsrs import Card, Rating, Scheduler, State

GRACE = timedelta(hours=8)
ROUND = 7  # days of the final round
_SCHEDULERS = {fuzzing: Scheduler(enable_fuzzing=fuzzing) for fuzzing in (False, True)}


def reviewed(card: Card | None, grade: int, at: datetime, *, fuzzing: bool = False) -> Card:
    """The state of a card after a review.

    Args:
        card: its state before, None for a new card; it is not changed.
        grade: 1 Again, 2 Hard, 3 Good, 4 Easy.
        at: in UTC.
        fuzzing: move an interval of more than two days by chance, so that cards do not come in the same company always.
    """
    if card is None:
        card = Card(card_id=0, due=at)
    elif card.last_review is not None:
        days = max(0, (at - card.last_review + GRACE).days)
        if (at - card.last_review).days != days:
            card = Card.from_dict(card.to_dict() | {"last_review": (at - timedelta(days=days)).isoformat()})
    return _SCHEDULERS[fuzzing].review_card(card, Rating(grade), at)[0]


def replayed(reviews: Iterable[tuple[int, datetime, datetime | None]]) -> Card | None:
    """The state of a card after all its reviews, (grade, time, due if that was fuzzed), in the order they were made."""
    card = None
    for grade, at, due in reviews:
        card = reviewed(card, grade, at)
        card.due = due or card.due
    return card


def day(moment: datetime) -> date:
    """The day that it is, here."""
    return moment.astimezone().date()


def opens(card: Card) -> datetime:
    """From when on a card is asked; minutes are exact, days have their grace."""
    return card.due - GRACE if card.state == State.Review else card.due


def lost_in_time(card: Card, now: datetime) -> bool:
    """It was reviewed in the future: the clock was wrong, then or now, and its date means nothing."""
    return card.last_review > now + GRACE


def calendar(
    deck: Sequence[str],
    states: Mapping[str, Card],
    now: datetime,
    *,
    limit: int,
    introduced: int = 0,
    done: int = 0,
    interview: date | None = None,
) -> dict[str, date]:
    """On which day each card is asked next, if each day does what is planned for it.

    Args:
        deck: names of the cards; new ones come in this order.
        states: name → state, of the cards that were reviewed.
        limit: new cards a day.
        introduced: new cards that were asked today already.
        done: cards that were reviewed today already.
        interview: its day. One that is not after today changes nothing.

    Returns:
        name → day, today for what is overdue. With an interview, cards that have had their turn in the final round may
        lie after it.
    """
    today = day(now)
    bent = interview is not None and interview > today
    planned, late = {}, []
    for name in deck:
        if name in states:
            card = states[name]
            own = today if lost_in_time(card, now) else max(today, day(opens(card)))
            if bent and own >= interview and day(card.last_review) < interview - timedelta(days=ROUND):
                late.append(name)
            else:
                planned[name] = own
    if late:
        late.sort(key=lambda name: -states[name].stability)
        first = max(today, interview - timedelta(days=ROUND))
        planned |= dict(zip(late, _even(len(late), planned.values(), first, interview, {today: done})))
    new = [name for name in deck if name not in states]
    a_day = daily(len(new), introduced, limit, interview, today)
    return planned | {name: today + timedelta(days=(introduced + i) // a_day) for i, name in enumerate(new) if a_day}


def daily(new: int, introduced: int, limit: int, interview: date | None, today: date) -> int:
    """How many new cards a day: the limit, or what an interview asks for.

    Args:
        new: cards that were never asked.
        introduced: cards asked today for the first time.
    """
    if interview is None or interview <= today:
        return limit
    return -(-(new + introduced) // (interview - today).days)


def _even(count: int, taken: Iterable[date], first: date, end: date, load: dict[date, int]) -> list[date]:
    """Days in [first, end) for `count` more cards, in order, such that all days have as much to do as can be."""
    days = [first + timedelta(days=i) for i in range((end - first).days)]
    loads = [load.get(one, 0) for one in days]
    for one in taken:
        if first <= one < end:
            loads[(one - first).days] += 1
    more = [0] * len(days)
    for _ in range(count):
        least = min(range(len(days)), key=lambda i: loads[i] + more[i])
        more[least] += 1
    return [one for one, number in zip(days, more) for _ in range(number)]


def to_row(card: Card) -> tuple:
    """(state, step, stability, difficulty, due, last_review), as the store keeps it."""
    last = card.last_review and card.last_review.isoformat()
    return int(card.state), card.step, card.stability, card.difficulty, card.due.isoformat(), last


def from_row(row: Sequence) -> Card:
    """The inverse of `to_row`."""
    state, step, stability, difficulty, due, last = row
    return Card(0, State(state), step, stability, difficulty, moment(due), moment(last))


def moment(text: str | None) -> datetime | None:
    """A time as the store keeps it."""
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
