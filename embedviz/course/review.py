"""A session of reviews, whatever shows it: which card is asked, whether its answer is open, and what comes next."""

import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta

from embedviz.course.drills.card import Card, FollowUp
from embedviz.course.progress import Ledger, Review

AHEAD = timedelta(minutes=20)  # a card that comes back so soon is asked before the session ends
LOW = 2  # a grade up to this brings a follow-up
LONGEST = 600  # seconds; who takes longer has gone for a coffee


class Session:
    """Cards one after another, until none is left.

    Args:
        ledger: where grades are kept.
        cards: name → card, those that may be asked; by default all.
        limit: cards at most; repetitions of a card within the session do not count.
        now: tells the time, in UTC.

    Attributes:
        revealed: the answer of the card is open.
        follow_up: what to ask beside it, after a low grade; None otherwise. It belongs to the card graded last,
            and goes away with the next step.
        done: the reviews of this session, in order.
    """

    def __init__(
        self,
        ledger: Ledger,
        cards: Mapping[str, Card] | Collection[str] | None = None,
        *,
        limit: int | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ):
        from embedviz.course.drills import CARDS

        self.ledger, self._now = ledger, now
        self.cards = (
            dict(CARDS)
            if cards is None
            else {name: CARDS[name] for name in cards}
            if not isinstance(cards, Mapping)
            else dict(cards)
        )
        self.done: list[Review] = []
        self.revealed = False
        self.follow_up: FollowUp | None = None
        self._queue = ledger.due(limit=limit, now=now(), cards=set(self.cards))
        self._history: list[list[str]] = []  # the queue before each grade
        self._begin()

    @property
    def card(self) -> Card | None:
        """The card that is asked; None at the end."""
        return self.cards[self._queue[0]] if self._queue else None

    @property
    def left(self) -> int:
        """Cards that are still to be asked, with the present one."""
        return len(self._queue)

    @property
    def again(self) -> int:
        """How many of those left have been asked in this session already: they come back in minutes."""
        return len({one.card for one in self.done} & set(self._queue))

    def reveal(self) -> None:
        """Open the answer."""
        self._asked()
        self.revealed, self.follow_up = True, None

    def grade(self, grade: int) -> Review:
        """Grade the open card, 1 Again to 4 Easy, and go on to the next; a low grade gives a follow-up.

        Raises:
            ValueError: not such a grade, or the answer is not open.
            ProgressError: it was not kept; the card is still the one that is asked.
        """
        card = self._asked()
        if not self.revealed:
            raise ValueError("open the answer first, then grade yourself")
        seconds = min(LONGEST, max(0.0, time.monotonic() - self._began))
        review = self.ledger.review(card.name, grade, seconds=seconds, now=self._now())
        self._history.append(list(self._queue))
        self.done.append(review)
        self._queue.pop(0)
        if review.due <= self._now() + AHEAD:
            self._queue.append(card.name)
        self.follow_up = self._chosen(card) if review.grade <= LOW else None
        self._begin()
        return review

    def skip(self) -> None:
        """Put the card at the end of the queue, ungraded."""
        self._asked()
        self._queue.append(self._queue.pop(0))
        self.follow_up = None
        self._begin()

    def undo(self) -> Review | None:
        """Take back the last grade of this session: its card is asked again, with its answer open. None if none."""
        if not self._history:
            return None
        review = self.ledger.undo(self.done[-1])
        self._queue = self._history.pop()
        self.done.pop()
        self._begin()
        self.revealed, self.follow_up = True, None
        return review

    def _chosen(self, card: Card) -> FollowUp:
        """One of the follow-ups, the other one next time."""
        times = sum(one.card == card.name for one in self.done)
        return card.follow_ups[(times - 1) % len(card.follow_ups)]

    def _asked(self) -> Card:
        if self.card is None:
            raise ValueError("no card is left to ask")
        return self.card

    def _begin(self) -> None:
        self.revealed, self._began = False, time.monotonic()
