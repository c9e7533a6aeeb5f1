"""What the ledger hands out, and how it fails."""

from dataclasses import dataclass
from datetime import UTC, datetime

GRADES = {1: "Again", 2: "Hard", 3: "Good", 4: "Easy"}


class ProgressError(Exception):
    """Progress cannot be read or kept; the message says why, and what to do."""


class ProgressWarning(UserWarning):
    """Something happened to the progress that the user should know, and work goes on."""


@dataclass(frozen=True)
class Review:
    """A card that was graded.

    Attributes:
        id: its number in the ledger.
        card: the card's name.
        grade: 1 Again, 2 Hard, 3 Good, 4 Easy.
        at: when, in UTC.
        seconds: that the answer took, None if nobody measured.
        due: when the card is to be asked again, in UTC, as if there were no interview.
    """

    id: int
    card: str
    grade: int
    at: datetime
    seconds: float | None
    due: datetime


@dataclass(frozen=True)
class MadeSlip:
    """A slip in an exercise.

    Attributes:
        exercise, slip: their names.
        card: the name of the card that asks for it; "" if there is none.
        at: when, in UTC.
        pending: its card has not been reviewed since.
    """

    exercise: str
    slip: str
    card: str
    at: datetime
    pending: bool


@dataclass(frozen=True)
class Prediction:
    """What the reader expected, and what came out.

    Attributes:
        name: of what is predicted.
        chapter: 1 to 4.
        answer: {"value": x}, {"low": a, "high": b, "sure": p} or {"choice": text, "sure": p}; p is a probability.
        at: when it was made, in UTC.
        truth: what came out last, None as long as nothing has.
        after_truth: the reader had seen an outcome before this answer, so it says nothing about calibration.
    """

    name: str
    chapter: int
    answer: dict
    at: datetime
    truth: float | str | None
    after_truth: bool


def utc(moment: datetime | None) -> datetime:
    """A moment in UTC; the present if it is None.

    Raises:
        ValueError: it has no time zone.
    """
    if moment is None:
        return datetime.now(UTC)
    if moment.tzinfo is None:
        raise ValueError(f"now={moment!r} has no time zone: write datetime(…, tzinfo=UTC)")
    return moment.astimezone(UTC)
