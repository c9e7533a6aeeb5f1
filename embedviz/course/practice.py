"""An exercise as a reader works at it: what the last check said, and which help was taken."""

from collections.abc import Callable

from embedviz.course import class_settings, places
from embedviz.course.checking import Exercise, Unwritten, Wrong
from embedviz.course.exercises import named
from embedviz.course.kept import keep

_PRACTICED: dict[str, "Practice"] = {}


def exercise(name: str) -> "Practice":
    """An exercise to work at: `exercise(name).check(my_function)`, `.hint()`, `.solution()`.

    The same object each time that it is asked for: hints go on where they were.

    Raises:
        KeyError: there is none; the message lists all.
    """
    if name not in _PRACTICED:
        _PRACTICED[name] = Practice(named(name))
    return _PRACTICED[name]


class Practice:
    """One exercise, and how far its reader is.

    Attributes:
        exercise: what is asked.
        verdict: None before the first check; then "right", or the `Wrong` that was found.
        hints_taken: int.
        not_kept: why the last check could not be kept, "" if it was.
        changed: called without arguments after each change; views listen here.
    """

    def __init__(self, exercise: Exercise):
        self.exercise = exercise
        self.verdict: str | Wrong | None = None
        self.hints_taken = 0
        self.not_kept = ""
        self.changed: list[Callable[[], object]] = []

    def __repr__(self) -> str:
        last = ".hint() or .solution()" if self.has_solution else ".hint()"
        return f"exercise({self.exercise.name!r}): .check({self.exercise.function}), {last}"

    @property
    def has_solution(self) -> bool:
        """Whether its reader may see the solution: not in a class whose teacher keeps it back."""
        return class_settings.shows_solutions()

    # What a reader calls.

    def check(self, yours: Callable) -> None:
        """Judge a function and show what was found. A wrong answer is no error, so a chapter goes on.

        Raises:
            Wrong: it is not right, and it is nbgrader that runs this: an error is how a check tells it so.
        """
        from embedviz.course.exercise_view import show_check

        self.judge(yours)
        show_check(self)
        if class_settings.is_graded() and isinstance(self.verdict, Wrong):
            raise self.verdict

    def hint(self) -> None:
        """Show one hint more."""
        from embedviz.course.forms import show_text

        self.take_hint()
        show_text(self.hint_text())

    def solution(self) -> None:
        """Show a right answer, unless a class has none."""
        from embedviz.course.forms import show_text

        if not self.has_solution:
            return show_text(class_settings.ASK)
        show_text(f"**A solution of *{self.exercise.name}*:**\n\n```python\n{self.exercise.answer}\n```")

    # State.

    def judge(self, yours: Callable) -> None:
        """Judge a function, and keep the try, and the slip if one was made."""
        try:
            self.exercise.judge(yours)
            self.verdict = "right"
        except Wrong as wrong:
            wrong.__traceback__ = wrong.__cause__ = wrong.__context__ = None  # they would keep the reader's arrays
            self.verdict = wrong
        self._keep()
        self._tell()

    def _keep(self) -> None:
        name, verdict = self.exercise.name, self.verdict
        if isinstance(verdict, Unwritten):
            return
        self.not_kept = keep(lambda ledger: ledger.tried(name, verdict == "right"))
        if isinstance(verdict, Wrong) and verdict.slip and verdict.slip.card:
            slip = verdict.slip
            self.not_kept = keep(lambda ledger: ledger.slipped(name, slip.name, slip.card)) or self.not_kept

    def take_hint(self) -> None:
        """One more, as long as there are any."""
        self.hints_taken = min(self.hints_taken + 1, len(self.exercise.hints))
        self._tell()

    def _tell(self) -> None:
        for listener in list(self.changed):
            listener()

    # In words: Markdown.

    def verdict_text(self) -> list[str]:
        """What the last check found, and what to do about it."""
        if self.verdict is None:
            return ["not checked yet"]
        if self.verdict == "right":
            return [f"**✓ Right**: *{self.exercise.name}*"]
        if isinstance(self.verdict, Unwritten):
            return [f"**Write your answer first**: `{self.exercise.function}` returns nothing yet.", *self._solved()]
        wrong = self.verdict
        said = [f"**✗ Not yet**: *{self.exercise.name}*"]
        if wrong.given:
            said.append(f"The smallest input that fails: `{wrong.given}`")
        if wrong.got:
            said += [f"{wrong.problem[:1].upper()}{wrong.problem[1:]}: `{wrong.got}`", f"Expected: `{wrong.expected}`"]
        else:
            said.append(f"{wrong.problem[:1].upper()}{wrong.problem[1:]}.")
        if wrong.slip:
            said.append(f"**→ {wrong.slip.name}**")
        return said + self._where_to_go()

    def _where_to_go(self) -> list[str]:
        slip, said = self.verdict.slip, []
        if slip and (line := slip.line or self.exercise.line):
            said.append(_derived(line))
        if slip and slip.card and not self.not_kept:
            said.append(f"On your pile of cards: {_question(slip.card)}")
        if self.exercise.anchor:
            said.append(f"Read again: [{self.exercise.anchor}](#{places.anchor(self.exercise.anchor)})")
        if self.not_kept:
            said.append(f"(Your progress is not kept: {self.not_kept})")
        return said

    def _solved(self) -> list[str]:
        found: dict = {}
        keep(lambda ledger: found.update(ledger.solved()))
        name = self.exercise.name
        return [f"(You solved it on {found[name].astimezone():%d %B %Y}.)"] if name in found else []

    def hint_text(self) -> str:
        """The hint taken last."""
        hints = self.exercise.hints
        if not self.hints_taken:
            return f"No hint taken yet; there are {len(hints)}."
        shows = " `.solution()` shows an answer." if self.has_solution else ""
        last = "" if self.hints_taken < len(hints) else f" That was the last.{shows}"
        return f"**Hint {self.hints_taken} of {len(hints)}.** {hints[self.hints_taken - 1]}{last}"


def _derived(line: str) -> str:
    """The line of a derivation, and how to derive it oneself."""
    from embedviz.course.whiteboard import LINES

    derivation = line.partition(":")[0]
    return f'The line that it breaks: ${LINES[line].latex}$. Derive it at the whiteboard: `board("{derivation}")`'


def _question(card: str) -> str:
    """A card's question, its numbers as stated; its name where it is not there."""
    from embedviz.course.drills import CARDS
    from embedviz.course.drills.card import COMPUTED

    return COMPUTED.sub(lambda found: found["stated"].strip(), CARDS[card].question) if card in CARDS else f"*{card}*"
