"""`mock_interview()`: a mock interview in a notebook. The page shows it, see js/interview/; `Interview` decides."""

import html
from datetime import datetime
from pathlib import Path

import traitlets

from embedviz.course import interview_review
from embedviz.course.card_content import content
from embedviz.course.drills.numbers import shown
from embedviz.course.interview import QUESTIONS, ROLES, Interview, role_of
from embedviz.course.markup import as_html, as_text, inline, tree
from embedviz.course.progress import ProgressError, ledger
from embedviz.widgets.base import LiveWidget, ModuleView


def mock_interview(role: str = "ML engineer", minutes: int = 25, *, seed: int | None = None) -> "MockInterview":
    """A mock interview; its grades go into your progress, and topics that you have seen lately come rarely.

    Args:
        role: of `interview.ROLES`; it can be changed before it begins.
        minutes: 25 or 45.
        seed: the same one asks the same, as long as your progress is the same.

    Raises:
        ValueError: another role, or other minutes.
    """
    mine = ledger()
    return MockInterview(
        role, minutes, seed=seed, ledger=mine, seen=lambda: {one.card: one.at for one in mine.reviews()}
    )


class InterviewView(ModuleView):
    entry = "interview/main.js"


class MockInterview(LiveWidget):
    """What `mock_interview` returns: a widget to display, and the same as an object to program.

    Attributes:
        interview: the one that runs, an `interview.Interview`; None before the first.
        stage: "choose", or that of the interview.
        roles, lengths: what can be chosen: {"name", "about"}, and {"minutes", "questions"}.
        role, minutes: what is chosen.
        card: the card that is asked, see `card_content.content`; None if none is.
        number, of: of the question, counted from 1.
        remaining: seconds until the end, when `turn` changed.
        follow_up: {"question", "answer"}, nodes, of a low answer; None: none is asked.
        review: nodes, at the end; page: the same as an HTML document to print.
        said: what went wrong.
        turn: counts what was done.
    """

    drawn, pictured = ".embedviz-interview", False

    stage = traitlets.Unicode("choose").tag(sync=True)
    roles, lengths, review = (traitlets.List().tag(sync=True) for _ in range(3))
    role = traitlets.Enum(list(ROLES), "ML engineer").tag(sync=True)
    minutes = traitlets.Enum(list(QUESTIONS), 25).tag(sync=True)
    card, follow_up = (traitlets.Dict(None, allow_none=True).tag(sync=True) for _ in range(2))
    number, of, turn = (traitlets.Int(0).tag(sync=True) for _ in range(3))
    remaining = traitlets.Float(0.0).tag(sync=True)
    page, said = (traitlets.Unicode("").tag(sync=True) for _ in range(2))

    def __init__(
        self, role: str = "ML engineer", minutes: int = 25, *, seed: int | None = None, ledger=None, seen=None
    ):
        role_of(role)  # raises
        if minutes not in QUESTIONS:
            raise ValueError(f"minutes={minutes!r}: it must be {' or '.join(map(str, QUESTIONS))}")
        self.interview: Interview | None = None
        self._seed, self._ledger, self._seen = seed, ledger, seen or (lambda: {})
        super().__init__([])
        with self.changing():
            self.roles = [{"name": name, "about": one.about} for name, one in ROLES.items()]
            self.lengths = [{"minutes": length, "questions": count} for length, count in QUESTIONS.items()]
            self.role, self.minutes = role, minutes
        self.children = [InterviewView(self)]
        self.on_msg(self._hear)
        self.observe(lambda change: self.renew_static(), "turn")

    def begin(self, now: datetime | None = None) -> None:
        """Choose the questions, and ask the first."""
        options = {"seed": self._seed, "ledger": self._ledger, "seen": self._seen()}
        self.interview = Interview(self.role, self.minutes, **options)
        self.interview.begin(now)
        self._take(now)

    def answered(self, now: datetime | None = None) -> None:
        """The answer has been said."""
        self.interview.answered(now)
        self._take(now)

    def graded(self, grade: int, ticked=(), now: datetime | None = None) -> None:
        """Grade the answer, see `Interview.graded`."""
        self.interview.graded(grade, ticked, now)
        self._take(now)

    def followed(self, known: bool, now: datetime | None = None) -> None:
        """Whether the follow-up was known."""
        self.interview.followed(known, now)
        self._take(now)

    def end(self, now: datetime | None = None) -> None:
        """End it here."""
        self.interview.end(now)
        self._take(now)

    def again(self) -> None:
        """Back to the choice of role and minutes."""
        self.interview = None
        with self.changing():
            self.stage, self.card, self.follow_up, self.said = "choose", None, None, ""
            self.turn += 1

    def save(self, path: str | Path) -> Path:
        """Write the review as a page to print; returns where it is.

        Raises:
            ValueError: there has been no interview yet.
            OSError: the file cannot be written.
        """
        if self.interview is None:
            raise ValueError("there is no interview yet: begin one first")
        return interview_review.to_html(self.interview, path)

    def _take(self, now=None):
        """What the interview has now, in one message to the page."""
        one = self.interview
        over, follow = one.stage == "over", one.follow_up
        with self.changing():
            self.stage, self.number, self.of = one.stage, one.number, len(one.cards)
            self.card = content(one.card) if one.card else None
            self.follow_up = follow and {
                "question": inline(shown(follow.question)),
                "answer": tree(shown(follow.answer)),
            }
            self.remaining = one.seconds_left(now)
            self.review = interview_review.nodes(one) if over else []
            self.page = interview_review.page(one) if over else ""
            self.said = ""
            self.turn += 1

    def _hear(self, widget, event, buffers):
        """What was done by hand: an event of js/interview/view.js. One that comes too late changes nothing."""
        stage = self.interview.stage if self.interview else "choose"
        try:
            self._do(stage, event)
        except ProgressError as error:
            self.said = str(error)

    def _do(self, stage, event):
        match stage, event:
            case "choose", {"type": "begin", "role": str(role), "minutes": int(minutes)}:
                with self.changing():
                    self.role, self.minutes = role, minutes
                self.begin()
            case "question", {"type": "answered"}:
                self.answered()
            case "points", {"type": "graded", "grade": int(grade), "ticked": list(ticked)}:
                self.graded(grade, ticked)
            case "follow-up", {"type": "followed", "known": bool(known)}:
                self.followed(known)
            case "question" | "points" | "follow-up", {"type": "end"}:
                self.end()
            case "over", {"type": "again"}:
                self.again()

    def describe(self) -> str:
        """What is shown, in words."""
        if self.stage == "choose":
            lengths = " or ".join(map(str, QUESTIONS))
            return f"A mock interview of {lengths} minutes, asked by: {', '.join(ROLES)}. It begins when you say so."
        if self.stage == "over":
            return as_text(self.review)
        return f"Question {self.number} of {self.of}: {as_text(self.card['question'])}"

    def static(self) -> tuple[dict, dict]:
        """The words: an interview needs no picture."""
        return {"text/plain": self.describe()}, {}

    def _words(self):
        return as_html(self.review, latex=True) if self.stage == "over" else f"<p>{html.escape(self.describe())}</p>"
