"""`drill()`: cards asked one by one, in a notebook. The page shows them, see js/drill/; a session decides."""

import functools
import html

import traitlets

from embedviz.course.card_content import content
from embedviz.course.drills import CARDS, SECTIONS, card
from embedviz.course.drills.card import KINDS, FollowUp
from embedviz.course.drills.numbers import shown
from embedviz.course.markup import as_html, as_text, inline, tree
from embedviz.course.progress import ProgressError, ledger
from embedviz.course.progress.records import GRADES
from embedviz.course.review import Session
from embedviz.widgets.base import LiveWidget, ModuleView


def drill(section: str | None = None, kind: str | None = None, *, limit: int | None = None) -> "Drill":
    """The cards that are due, one by one: those of your slips first, then repetitions, then new ones.

    Args:
        section: of `drills.SECTIONS`; None: all.
        kind: of `card.KINDS`, such as "derive"; None: all.
        limit: cards at most.

    Raises:
        ValueError: no section, or no kind, has that name.
    """
    for name, value, known in (("section", section, SECTIONS), ("kind", kind, KINDS)):
        if value is not None and value not in known:
            raise ValueError(f"{name}={value!r}: it must be one of {', '.join(map(repr, known))}")
    asked = [
        one.name for one in CARDS.values() if section in (None, one.section) and kind in (None, one.kind)
    ]  # fmt: skip
    return Drill(Session(ledger(), asked, limit=limit))


class DrillView(ModuleView):
    entry = "drill/main.js"


class Drill(LiveWidget):
    """What `drill` returns: a widget to display, and the same as an object to program.

    Attributes:
        session: a `review.Session`: it decides which card comes, and keeps the grades.
        card: the card that is asked, as `card_content.content` has it; None if none is left.
        revealed: whether its answer is shown.
        follow_up: {"question", "answer"}, nodes: what is asked after a low grade; None: nothing.
        left: cards that are left, this one counted.
        again: how many of these have been asked in this session already.
        undoable: whether a grade can be taken back.
        said: what came of the last thing that was done.
        failed: whether that is an error.
        turn: counts what was done, so that a card that comes twice in a row is asked anew.
    """

    drawn, pictured = ".embedviz-drill", False

    card, follow_up = (traitlets.Dict(None, allow_none=True).tag(sync=True) for _ in range(2))
    revealed, undoable, failed = (traitlets.Bool(False).tag(sync=True) for _ in range(3))
    left, again, turn = (traitlets.Int(0).tag(sync=True) for _ in range(3))
    said = traitlets.Unicode("").tag(sync=True)

    def __init__(self, session: Session):
        self.session = session
        super().__init__([])
        self._take("")
        self.children = [DrillView(self)]
        self.on_msg(self._hear)
        self.observe(lambda change: self.renew_static(), ["turn", "revealed"])

    def reveal(self) -> None:
        """Show the answer."""
        self.session.reveal()
        self._take("", same=True)

    def grade(self, grade: int) -> None:
        """Grade the card, 1 (Again) to 4 (Easy), and ask the next one.

        Raises:
            ValueError: another grade, no card is asked, or its answer is not shown.
            ProgressError: it was not kept; the card is still asked.
        """
        self.session.grade(grade)
        done = f"{len(self.session.done)} graded"
        self._take(f"{GRADES[grade]}. {done}." if self.session.card else f"{done}, none left: done for now.")

    def undo(self) -> None:
        """Take the last grade back; its card is asked again, with its answer shown."""
        review = self.session.undo()
        if review is not None:
            self._take(f"Taken back: {GRADES[review.grade]}.")

    def _take(self, said, same=False):
        """What the session has now, in one message to the page."""
        one = self.session
        with self.changing():
            self.card = _content(one.card.name) if one.card else None
            self.revealed = bool(one.card and one.revealed)
            self.follow_up = _follow_up(one.follow_up) if one.follow_up else None
            self.left, self.again, self.undoable = one.left, one.again, bool(one.done)
            self.said, self.failed = said, False
            self.turn += not same

    def _hear(self, widget, event, buffers):
        """What was done by hand: an event of js/drill/view.js. One that comes too late changes nothing."""
        asked = self.session.card is not None
        try:
            match event:
                case {"type": "reveal"} if asked:
                    self.reveal()
                case {"type": "grade", "grade": int(grade)} if asked and self.session.revealed and grade in GRADES:
                    self.grade(grade)
                case {"type": "undo"}:
                    self.undo()
        except ProgressError as error:
            with self.changing():
                self.said, self.failed = str(error), True

    def describe(self) -> str:
        """The card that is asked, in words."""
        if self.card is None:
            return "No card is due."
        asked = f"{self.card['section']}, {self.card['topic']} ({self.card['kind']}): {as_text(self.card['question'])}"
        return f"{asked} Answer: {as_text(self.card['answer'])}" if self.revealed else asked

    def static(self) -> tuple[dict, dict]:
        """The words: a card needs no picture."""
        return {"text/plain": self.describe()}, {}

    def _words(self):
        if self.card is None:
            return f"<p>{html.escape(self.describe())}</p>"
        about = html.escape(f"{self.card['section']}, {self.card['topic']} ({self.card['kind']})")
        question, answer = (as_html(self.card[side], latex=True) for side in ("question", "answer"))
        full = f"<details><summary>A full answer</summary>{answer}</details>"
        return f"<p><small>{about}</small></p><p><b>{question}</b></p>{full}"


@functools.lru_cache(512)
def _content(name: str) -> dict:
    return content(card(name))


def _follow_up(one: FollowUp) -> dict:
    return {"question": inline(shown(one.question)), "answer": tree(shown(one.answer))}
