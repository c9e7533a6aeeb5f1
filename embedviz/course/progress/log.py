"""The rows of the log, `events`: how they are written, and what its reviews lead to."""

import json
import math
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from fsrs import Card

from embedviz.course.progress import schedule
from embedviz.course.progress.records import Review
from embedviz.course.progress.store import Store

STATE = "state, step, stability, difficulty, due, last_review"


class Event(NamedTuple):
    """A row of the log. `data` depends on the kind: review, slip, try, prediction or outcome."""

    id: int
    kind: str
    name: str
    at: datetime
    data: dict


def events(store: Store, *kinds: str, name: str | None = None) -> list[Event]:
    """The events of these kinds, of all names or one, in the order they were noted."""
    marks = ", ".join("?" * len(kinds))
    only = "" if name is None else "AND name = ?"
    query = f"SELECT id, kind, name, at, data FROM events WHERE kind IN ({marks}) {only} ORDER BY id"
    return [event(row) for row in store.read(query, (*kinds, *(() if name is None else (name,))))]


def event(row: tuple) -> Event:
    """A row as an event."""
    number, kind, name, at, data = row
    return Event(number, kind, name, schedule.moment(at), json.loads(data))


def note(connection, kind: str, name: str, at: datetime, data: dict) -> int:
    """Append to the log; returns the number of the event."""
    values = kind, name, at.isoformat(), json.dumps(data, ensure_ascii=False, allow_nan=False)
    return connection.execute("INSERT INTO events (kind, name, at, data) VALUES (?, ?, ?, ?)", values).lastrowid


def replayed(reviews: Iterable[Event]) -> list[tuple[Review, Card]]:
    """Each review of a log, and the state that it left its card in; cards may be mixed."""
    found, states = [], {}
    for one in reviews:
        state = schedule.reviewed(states.get(one.name), one.data["grade"], one.at)
        if "due" in one.data:  # fuzzed: chance is not played again
            state.due = schedule.moment(one.data["due"])
        states[one.name] = state
        review = Review(one.id, one.name, one.data["grade"], one.at, one.data.get("seconds"), state.due)
        found.append((review, state))
    return found


def state_of(connection, card: str) -> Card | None:
    """The state of a card as it is kept."""
    rows = connection.execute(f"SELECT {STATE} FROM cards WHERE name = ?", (card,)).fetchall()
    return schedule.from_row(rows[0]) if rows else None


def keep(connection, card: str, state: Card | None) -> None:
    """Keep the state of a card; None forgets it."""
    connection.execute("DELETE FROM cards WHERE name = ?", (card,))
    if state is not None:
        connection.execute("INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?)", (card, *schedule.to_row(state)))


def recompute(connection, card: str | None = None) -> None:
    """Keep the state that the log leads to, of one card or of all."""
    only = ("", ()) if card is None else (" AND name = ?", (card,))
    connection.execute("DELETE FROM cards WHERE 1" + only[0], only[1])
    query = "SELECT id, kind, name, at, data FROM events WHERE kind = 'review'" + only[0] + " ORDER BY id"
    states = {review.card: state for review, state in replayed(map(event, connection.execute(query, only[1])))}
    for name, state in states.items():
        keep(connection, name, state)


def plain(value) -> str | float | int | bool:
    """A number or text as JSON holds it, NumPy's too.

    Raises:
        ValueError: it is neither, or not finite.
    """
    value = value.item() if hasattr(value, "item") else value
    if not isinstance(value, (str, bool, int, float)) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{value!r} must be a finite number or a text")
    return value
