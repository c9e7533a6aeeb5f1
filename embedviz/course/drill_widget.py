"""`drill()`: cards asked one by one, in a notebook. The page shows them, see js/drill/; a session decides."""

import functools
import html

import traitlets

from embedviz.course.card_content import content
from embedviz.course.markup import as_html, as_text
from embedviz.widgets.base import LiveWidget, ModuleView

LABELS = {1: "Again", 2: "Hard", 3: "Good", 4: "Easy"}


class DrillView(ModuleView):
    entry = "drill/main.js"


class Drill(LiveWidget):
    """What `drill` returns: a widget to display, and the same as an object to program.

    Attributes:
        session: what decides which card comes, and keeps the grades: `review.Session`, or another with its members.
        card: the card that is asked, as `card_content.content` has it; None if none is left.
        revealed: whether its answer is shown.
        left: cards that are left, this one counted.
        undoable: whether a grade can be taken back.
        said: what came of the last thing that was done.
        turn: counts what was done, so that a card that comes twice in a row is asked anew.
    """

    entry, drawn = None, ".embedviz-drill"

    card = traitlets.Dict(None, allow_none=True).tag(sync=True)
    revealed, undoable = (traitlets.Bool(False).tag(sync=True) for _ in range(2))
    left, turn = (traitlets.Int(0).tag(sync=True) for _ in range(2))
    said = traitlets.Unicode("").tag(sync=True)

    def __init__(self, session):
        self.session, self._done = session, 0
        super().__init__([])
        self._take("")
        self.children = [DrillView(self)]
        self.on_msg(self._hear)
        self.observe(lambda change: self.renew_static(), ["turn", "revealed"])

    def reveal(self) -> None:
        """Show the answer."""
        self.session.reveal()
        self._take("", same=True)

    def grade(self, grade: int, *, seconds: float | None = None) -> None:
        """Grade the card, 1 (Again) to 4 (Easy), and ask the next one.

        Raises:
            ValueError: another grade, or no card is asked.
        """
        if grade not in LABELS:
            raise ValueError(f"grade={grade!r}: it must be 1 (Again), 2 (Hard), 3 (Good) or 4 (Easy)")
        if self.session.card is None:
            raise ValueError("no card is asked: nothing can be graded")
        self.session.grade(grade)
        self._done += 1
        self._take(f"{LABELS[grade]}. {self._so_far()}")

    def undo(self) -> None:
        """Take the last grade back; its card is asked again."""
        if not self.undoable:
            return
        self.session.undo()
        self._done = max(self._done - 1, 0)
        self._take("The last grade is taken back.")

    def _so_far(self):
        return f"{self._done} graded." if self.session.card else f"{self._done} graded, none left: done for today."

    def _take(self, said, same=False):
        """What the session has now, in one message to the page."""
        card = self.session.card
        with self.changing():
            self.card = _content(card.name) if card else None
            self.revealed = bool(card and self.session.revealed)
            self.left, self.undoable = self.session.left, self._done > 0
            self.said = said
            self.turn += not same

    def _hear(self, widget, event, buffers):
        """What was done by hand: an event of js/drill/view.js."""
        match event:
            case {"type": "reveal"} if self.session.card:
                self.reveal()
            case {"type": "grade", "grade": int(grade)} if grade in LABELS and self.session.card and self.revealed:
                self.grade(grade, seconds=event.get("seconds"))
            case {"type": "undo"}:
                self.undo()

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
        answer = f"<details><summary>A full answer</summary>{as_html(self.card['answer'], latex=True)}</details>"
        return f"<p><small>{about}</small></p><p><b>{as_html(self.card['question'], latex=True)}</b></p>{answer}"


@functools.lru_cache(512)
def _content(name):
    from embedviz.course.drills import card

    return content(card(name))
