"""`Ledger`: what can be noted about a reader, and asked. `ledger()` gives the user's own."""

import math
import os
import warnings
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from fsrs import Card, State

from embedviz.course.progress import log, schedule
from embedviz.course.progress.notes import Notes
from embedviz.course.progress.records import GRADES, ProgressError, ProgressWarning, Review, utc
from embedviz.course.progress.settings import Settings
from embedviz.course.progress.store import Store, default_path

_open: dict[tuple[int, str], "Ledger"] = {}


def ledger(path: str | Path | None = None) -> "Ledger":
    """The user's progress; in one process, always the same object for a path.

    Where it cannot be kept, a `ProgressWarning` says why, once, and progress is kept in memory until the process ends.

    Args:
        path: of the file; by default $EMBEDVIZ_PROGRESS, or `progress.sqlite` in the user's data folder.
    """
    given = path if path is not None else os.environ.get("EMBEDVIZ_PROGRESS", "")
    key = os.getpid(), os.path.abspath(os.path.expanduser(given)) if given else ""  # a fork opens the file itself
    if key not in _open:
        try:
            _open[key] = Ledger(default_path() if path is None else path)
        except ProgressError as error:
            warnings.warn(f"{error}. Until then, your progress is forgotten at the end.", ProgressWarning, stacklevel=2)
            _open[key] = Ledger(None)
    return _open[key]


class Ledger(Notes, Settings):
    """A reader's progress.

    All times are in UTC; `now` is the present unless it is given. Whatever writes is one transaction.

    Args:
        path: of its SQLite file, made if it is not there; None keeps it in memory.
        deck: names of the cards in the order to introduce them; by default all cards of the drills, one of each topic
            in turn.

    Raises:
        ProgressError: the file cannot be used; the message says what to do.
    """

    def __init__(self, path: str | Path | None, deck: Sequence[str] | None = None):
        self.store = Store(None if path is None else Path(path).expanduser().absolute())
        self._own: list[int] = []  # reviews made with this object, that can be undone
        if deck is not None:
            self.deck = tuple(deck)

    @property
    def path(self) -> Path | None:
        """The file; None if progress is in memory only."""
        return self.store.path

    @cached_property
    def deck(self) -> tuple[str, ...]:
        """Names of the cards, in the order to introduce them."""
        from embedviz.course.drills import CARDS

        seen = Counter()
        turns = {}
        for name, card in CARDS.items():
            turns[name] = seen[card.topic]
            seen[card.topic] += 1
        return tuple(sorted(turns, key=turns.get))

    # Cards

    def review(self, card: str, grade: int, *, seconds: float | None = None, now: datetime | None = None) -> Review:
        """Grade a card: 1 Again, 2 Hard, 3 Good, 4 Easy.

        Args:
            seconds: that the answer took.

        Raises:
            ValueError: another grade, or a card that is not in the deck.
            ProgressError: it was not kept.
        """
        if isinstance(grade, bool) or grade not in GRADES:
            raise ValueError(f"grade={grade!r}: it must be 1 (Again), 2 (Hard), 3 (Good) or 4 (Easy)")
        self._known(card)
        data = {"grade": int(grade)}
        if seconds is not None:
            if not (math.isfinite(seconds) and seconds >= 0):
                raise ValueError(f"seconds={seconds!r}: it must be 0 or more")
            data["seconds"] = round(float(seconds), 3)
        at, fuzzing = utc(now), self.fuzzing
        with self.store.write() as connection:
            state = schedule.reviewed(log.state_of(connection, card), data["grade"], at, fuzzing=fuzzing)
            if fuzzing:
                data["due"] = state.due.isoformat()
            number = log.note(connection, "review", card, at, data)
            log.keep(connection, card, state)
        self._own.append(number)
        return Review(number, card, data["grade"], at, data.get("seconds"), state.due)

    def undo(self, review: Review | None = None) -> Review | None:
        """Take back the last review that was made with this object; returns it, None if there is none.

        What another process has reviewed in the meantime stays, even of the same card.

        Args:
            review: this one, instead of the last.
        """
        while self._own:
            number = self._own[-1] if review is None else review.id
            found = next((one for one in self.reviews() if one.id == number), None)
            if found is not None:  # else another process has reset or replaced everything
                with self.store.write() as connection:
                    connection.execute("DELETE FROM events WHERE id = ?", (number,))
                    log.recompute(connection, found.card)
            self._own = [one for one in self._own if one != number]
            if found is not None or review is not None:
                return found
        return None

    def reviews(self) -> list[Review]:
        """All reviews, in the order they were made."""
        return [review for review, _ in log.replayed(log.events(self.store, "review"))]

    def states(self) -> dict[str, Card]:
        """name → what FSRS knows of it, for all cards that were reviewed."""
        return {row[0]: schedule.from_row(row[1:]) for row in self.store.read(f"SELECT name, {log.STATE} FROM cards")}

    def due(
        self, *, limit: int | None = None, now: datetime | None = None, cards: Collection[str] | None = None
    ) -> list[str]:
        """The cards to ask now, in this order: those of slips, those that are due, new ones.

        Args:
            limit: at most so many.
            cards: only these. Today's new ones are then chosen among them, not among the whole deck.
        """
        now = utc(now)
        states, planned = self.states(), self.calendar(now=now, cards=cards)
        slipped = [slip.card for slip in self.slips() if slip.pending and slip.card in self.deck]
        again = [name for name in planned if name in states and schedule.is_due(states[name], planned[name], now)]
        again.sort(key=lambda name: states[name].due)
        new = [name for name in planned if name not in states and planned[name] <= schedule.day(now)]
        found = [name for name in dict.fromkeys([*slipped, *again, *new]) if cards is None or name in cards]
        return found[:limit]

    def calendar(self, *, now: datetime | None = None, cards: Collection[str] | None = None) -> dict[str, date]:
        """card → the day it is planned for, see `schedule.calendar`; new cards only if the daily limit is above 0.

        Args:
            cards: as if the deck were these alone.
        """
        now = utc(now)
        introduced, done = self._today(now)
        return schedule.calendar(
            [name for name in self.deck if cards is None or name in cards],
            self.states(),
            now,
            limit=self.daily_limit,
            introduced=introduced,
            done=done,
            interview=self.interview,
        )

    def outlook(self, *, now: datetime | None = None) -> str:
        """A sentence or two on what the schedule asks for, and why; "" without an interview ahead."""
        now = utc(now)
        today, interview = schedule.day(now), self.interview
        if interview is None or interview <= today:
            return ""
        new = sum(name not in self.states() for name in self.deck)
        introduced, _ = self._today(now)
        a_day = schedule.daily(new, introduced, self.daily_limit, interview, today)
        days = (interview - today).days
        text = f"Interview on {interview:%A, %d %B}, {'tomorrow' if days == 1 else f'in {days} days'}: "
        if not new + introduced:
            return text + "you have seen all cards once; the last days before it repeat them."
        cards = "1 new card" if a_day == 1 else f"{a_day} new cards"
        text += f"{cards} a day, so that you have seen each of the {len(self.deck)} before it."
        if a_day > self.daily_limit:
            text += f" That is more than your daily limit of {self.daily_limit}; the date has raised it."
        return text

    def counts(self, now: datetime | None = None) -> dict[str, int]:
        """{"due": to repeat now, "new": for today, "learned": beyond the first minutes, "today": reviews made}."""
        now = utc(now)
        states, due = self.states(), self.due(now=now)
        today = schedule.day(now)
        made = self.store.read("SELECT at FROM events WHERE kind = 'review'")
        return {
            "due": sum(name in states for name in due),
            "new": sum(name not in states for name in due),
            "learned": sum(states[name].state == State.Review for name in self.deck if name in states),
            "today": sum(schedule.day(schedule.moment(at)) == today for (at,) in made),
        }

    def _today(self, now: datetime) -> tuple[int, int]:
        """How many cards were reviewed today for the first time, and how many at all."""
        today = schedule.day(now)
        rows = self.store.read("SELECT name, at FROM events WHERE kind = 'review' ORDER BY id")
        first = {}
        for name, at in rows:
            first.setdefault(name, schedule.day(schedule.moment(at)))
        done = {name for name, at in rows if schedule.day(schedule.moment(at)) == today}
        return sum(one == today for one in first.values()), len(done)

    def _known(self, card: str) -> None:
        if card not in self.deck:
            import difflib

            close = difflib.get_close_matches(str(card), self.deck, n=3, cutoff=0)
            raise ValueError(f"no card {card!r}: did you mean {', '.join(map(repr, close)) or 'another deck'}?")

    # Carried elsewhere

    def export(self) -> dict:
        """All of it, as what JSON can hold; `restore` is the inverse."""
        from embedviz.course.progress import transfer

        return transfer.exported(self.store)

    def restore(self, exported: dict) -> Path | None:
        """Replace all progress by what `export` has given; what was there is kept in a copy beside the file.

        Returns:
            The copy's path, None if there was nothing to keep.

        Raises:
            ProgressError: it is not such an export, or it cannot be kept; progress is unchanged.
        """
        from embedviz.course.progress import transfer

        copy = transfer.restored(self.store, exported)
        self._own.clear()
        return copy

    def reset(self) -> Path | None:
        """Forget everything, the settings too; a copy is kept beside the file, and its path returned.

        Raises:
            ProgressError: progress is unchanged.
        """
        from embedviz.course.progress import transfer

        copy = transfer.emptied(self.store)
        self._own.clear()
        return copy

    def close(self) -> None:
        """Let go of the file; the next call opens it anew."""
        self.store.close()
