"""A mock interview: which questions come, what was said, what follows from it. What shows it is `interview_widget`.

interview = Interview("recommender team", 45, seed=1)
interview.begin()
interview.card.question             # answer it aloud
interview.answered()                # now its points can be ticked
interview.graded(2, ticked=[0, 2])  # 1 Again to 4 Easy; below 3 a follow-up comes
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from embedviz.course.drills import CARDS, SECTIONS, Card
from embedviz.course.drills.card import KINDS, FollowUp

#: minutes → questions: two minutes for an answer, one and a half to tick its points and for a follow-up.
QUESTIONS = {25: 7, 45: 13}
LOW = 2  # a grade up to this gets a follow-up
FRESH = timedelta(days=14)  # a topic that was asked within this time
RARELY = 0.2  # how much less likely such a topic is


@dataclass(frozen=True)
class Role:
    """Who asks.

    Attributes:
        about: what they look for, in a sentence.
        sections: of `drills.SECTIONS`, how much of the interview each gets; those that are missing get none.
        kinds: of `card.KINDS`, how likely each is within a section; those that are missing count 1.
    """

    about: str
    sections: Mapping[str, float]
    kinds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self):
        if wrong := sorted((self.sections.keys() - SECTIONS.keys()) | (self.kinds.keys() - set(KINDS))):
            raise ValueError(f"{', '.join(map(repr, wrong))}: no section and no kind of a card has that name")


# The weights follow what the three kinds of teams work on: who serves models is asked for systems and costs, who
# invents them for derivations, who recommends for retrieval, losses and what numbers mean.
ROLES = {
    "ML engineer": Role(
        "builds and runs it: memory, latency, indexes, versions, and what breaks",
        {"representation": 3, "space": 1, "words": 1, "towers": 2, "evaluation": 2, "serving": 4},
        {"debug": 2, "design": 2, "compute": 2, "derive": 0.5},
    ),
    "applied scientist": Role(
        "derives and measures: losses and gradients, what a model learns, what a comparison shows",
        {
            "representation": 2,
            "space": 2,
            "words": 4,
            "meaning": 2,
            "factorization": 2,
            "towers": 2,
            "evaluation": 3,
        },
        {"derive": 2.5, "explain": 1.5, "compute": 1.5},
    ),
    "recommender team": Role(
        "retrieves for users: towers, negatives, cold start, evaluation, the funnel",
        {"representation": 1, "space": 1, "factorization": 3, "towers": 4, "evaluation": 4, "serving": 3},
        {"debug": 1.5, "compare": 1.5, "design": 2},
    ),
}


def role_of(name: str) -> Role:
    """A role by its name.

    Raises:
        ValueError: there is none.
    """
    if name not in ROLES:
        raise ValueError(f"role={name!r}: it must be one of {', '.join(map(repr, ROLES))}")
    return ROLES[name]


def chosen(
    role: Role,
    count: int,
    seed: int | None = None,
    *,
    cards: Iterable[Card] | None = None,
    seen: Mapping[str, datetime] | None = None,
    now: datetime | None = None,
) -> list[Card]:
    """The questions of an interview: sections by the role's weights, each topic at most once.

    Args:
        count: of the questions; there are fewer where the role's sections have fewer topics with cards.
        seed: the same one chooses the same, given the same cards and `seen`.
        cards: to choose from; None: all.
        seen: card → when it was last asked; its topic becomes less likely for two weeks.
        now: an aware time, see `seen`.
    """
    rng, now = random.Random(seed), now or datetime.now(UTC)
    rest = [one for one in (CARDS.values() if cards is None else cards) if one.section in role.sections]
    topic_of = {one.name: one.topic for one in (CARDS.values() if cards is None else cards)}
    recent = {topic_of[name] for name, time in (seen or {}).items() if name in topic_of and now - time < FRESH}
    found, times = [], dict.fromkeys(role.sections, 0)
    while rest and len(found) < count:
        sections = list(dict.fromkeys(one.section for one in rest))
        # A section that had its turn counts less: so a short interview is a mix, too.
        section = rng.choices(sections, [role.sections[one] / (1 + times[one]) for one in sections])[0]
        here = [one for one in rest if one.section == section]
        weights = [role.kinds.get(one.kind, 1) * (RARELY if one.topic in recent else 1) for one in here]
        card = rng.choices(here, weights)[0]
        times[section] += 1
        found.append(card)
        rest = [one for one in rest if one.topic != card.topic]
    return found


@dataclass
class Answer:
    """What became of one question.

    Attributes:
        ticked: which of the card's points were said.
        grade: 1 (Again) to 4 (Easy).
        seconds: until the answer was over.
        follow_up: the one that was asked; None: none.
        followed: whether the follow-up was known; None: it was not asked, or not graded.
    """

    card: Card
    ticked: tuple[int, ...]
    grade: int
    seconds: float
    follow_up: FollowUp | None = None
    followed: bool | None = None


class Interview:
    """One interview, from its choice of questions to its end.

    Attributes:
        role, minutes: what was asked for.
        cards: the questions.
        answers: one `Answer` for each that is done.
        stage: "ready", "question", "points" (to be ticked), "follow-up", "over".
        ledger: keeps the grades; None: they are not kept.
    """

    def __init__(
        self,
        role: str = "ML engineer",
        minutes: int = 25,
        *,
        seed: int | None = None,
        ledger=None,
        cards=None,
        seen=None,
    ):
        if minutes not in QUESTIONS:
            raise ValueError(f"minutes={minutes!r}: it must be {' or '.join(map(str, QUESTIONS))}")
        self.role, self.minutes, self.ledger = role, minutes, ledger
        self.cards = chosen(role_of(role), QUESTIONS[minutes], seed, cards=cards, seen=seen)
        if not self.cards:
            raise ValueError(f"role={role!r}: there is no card in its sections")
        self.answers: list[Answer] = []
        self.stage = "ready"
        self._begun = self._asked = self._over = None
        self._seconds = 0.0

    @property
    def number(self) -> int:
        """Of the question, counted from 1."""
        return min(len(self.answers) + (self.stage in ("ready", "question", "points")), len(self.cards))

    @property
    def card(self) -> Card | None:
        """The card that is asked."""
        return self.cards[self.number - 1] if self.stage in ("question", "points", "follow-up") else None

    @property
    def follow_up(self) -> FollowUp | None:
        """The follow-up that is asked."""
        return self.answers[-1].follow_up if self.stage == "follow-up" else None

    def begin(self, now: datetime | None = None) -> None:
        """Ask the first question, and start the clock."""
        self._expect("ready")
        self._begun = self._asked = _time(now)
        self.stage = "question"

    def seconds_left(self, now: datetime | None = None) -> float:
        """Until the interview's time is over, at least 0."""
        if self._begun is None:
            return 60.0 * self.minutes
        passed = ((self._over or _time(now)) - self._begun).total_seconds()
        return max(60.0 * self.minutes - passed, 0.0)

    def answered(self, now: datetime | None = None) -> None:
        """The answer has been said: its points can be ticked."""
        self._expect("question")
        self._seconds = max((_time(now) - self._asked).total_seconds(), 0.0)
        self.stage = "points"

    def graded(self, grade: int, ticked: Iterable[int] = (), now: datetime | None = None) -> None:
        """Grade the answer, 1 (Again) to 4 (Easy). A low grade gets a follow-up, or else the next question comes.

        Args:
            ticked: the numbers, from 0, of the card's points that were said.

        Raises:
            ValueError: another grade, or a point that there is not.
        """
        self._expect("points")
        card, ticked = self.card, tuple(sorted(set(ticked)))
        if grade not in (1, 2, 3, 4):
            raise ValueError(f"grade={grade!r}: it must be 1 (Again), 2 (Hard), 3 (Good) or 4 (Easy)")
        if any(point not in range(len(card.points)) for point in ticked):
            raise ValueError(f"ticked={list(ticked)}: the points of {card.name!r} are 0 to {len(card.points) - 1}")
        answer = Answer(card, ticked, grade, self._seconds)
        if self.ledger is not None:
            self.ledger.review(card.name, grade, seconds=self._seconds, now=now)
        self.answers.append(answer)
        if grade <= LOW:
            answer.follow_up = card.follow_ups[0 if len(ticked) * 2 < len(card.points) else 1]
            self.stage = "follow-up"
        else:
            self._next(now)

    def followed(self, known: bool, now: datetime | None = None) -> None:
        """Whether the follow-up was known; the next question comes."""
        self._expect("follow-up")
        self.answers[-1].followed = bool(known)
        self._next(now)

    def end(self, now: datetime | None = None) -> None:
        """End it here; what is not answered does not count."""
        if self.stage != "over":
            self.stage, self._over = "over", _time(now)

    def _next(self, now):
        if len(self.answers) == len(self.cards) or self.seconds_left(now) == 0:
            self.end(now)
        else:
            self.stage, self._asked = "question", _time(now)

    def _expect(self, stage):
        if self.stage != stage:
            raise ValueError(f"the interview is at {self.stage!r}: this can only be done at {stage!r}")


def _time(now):
    return datetime.now(UTC) if now is None else now
