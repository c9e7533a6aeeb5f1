"""A reader at the whiteboard: which line is asked for, and what has been written. Without any widgets."""

from collections.abc import Callable

from embedviz.course.whiteboard.derivation import Derivation, Line
from embedviz.course.whiteboard.verdict import Markdown, Verdict, judge


class Board:
    """A derivation being written, line by line. A notebook shows it as a form.

    Attributes:
        derivation: which one.
        place: number of the line that is asked for; as many as there are lines when all are written.
        watchers: called without arguments when another line is asked for.
    """

    def __init__(self, derivation: Derivation):
        self.derivation, self.place, self._hints = derivation, 0, 0
        self.watchers: list[Callable[[], None]] = []

    @property
    def current(self) -> Line | None:
        """The line that is asked for; None at the end."""
        return self.derivation.lines[self.place] if self.place < len(self.derivation.lines) else None

    @property
    def step(self) -> Markdown:
        """What is asked for now, and with which symbols."""
        line, number = self.current, len(self.derivation.lines)
        if line is None:
            return Markdown(f"**{self.derivation.name}**: all {number} lines are there. `.all()` shows them.")
        return Markdown(f"**{self.derivation.name}, line {self.place + 1} of {number}: {line.name}**\n\n{line.ask}")

    @property
    def symbols(self) -> Markdown:
        """What may be used in this line, in Python."""
        meanings, line = self.derivation.symbols, self.current
        names = self.derivation.allowed(line) if line else meanings
        given = {one.gives: f"of the line “{one.name}”" for one in self.derivation.lines if one.gives}
        return Markdown("\n".join(f"- `{name}`: {meanings.get(name) or given[name]}" for name in names))

    @property
    def known(self) -> Markdown:
        """What the derivation starts from, and the lines so far."""
        lines = self.derivation.lines[: self.place]
        return Markdown("\n\n".join([self.derivation.about, *(f"$$\\displaystyle {line.latex}$$" for line in lines)]))

    def write(self, text: str) -> Verdict:
        """Check a line, in Python or LaTeX. A right one is taken, and the next one is asked for."""
        if self.current is None:
            return Verdict("right", str(self.step))
        verdict = judge(self.derivation, self.current, text)
        if verdict.right:
            self._go(self.place + 1)
        return verdict

    def hint(self) -> Markdown:
        """The next hint for this line; after the last one, that again."""
        if self.current is None:
            return self.step
        hints = self.current.hints
        self._hints = min(self._hints + 1, len(hints))
        more = "" if self._hints < len(hints) else " (the last one; `.line()` shows the line)"
        return Markdown(f"*Hint {self._hints} of {len(hints)}{more}:* {hints[self._hints - 1]}")

    def line(self) -> Markdown:
        """Show the line, and go on to the next."""
        if self.current is None:
            return self.step
        shown = self.current.text + f"\n\n`{self.current.python}`"
        self._go(self.place + 1)
        return Markdown(shown)

    def back(self) -> Markdown:
        """Go back to the line before."""
        self._go(max(0, self.place - 1))
        return self.step

    def all(self) -> Markdown:
        """The whole derivation."""
        parts = [f"### {self.derivation.name}", self.derivation.about]
        for line in self.derivation.lines:
            parts += [f"**{line.name}**", line.text]
        return Markdown("\n\n".join([*parts, f"*Source: {self.derivation.source}.*"]))

    def _go(self, place: int) -> None:
        self.place, self._hints = place, 0
        for watcher in list(self.watchers):
            watcher()

    def __repr__(self) -> str:
        return str(self.step)

    def _ipython_display_(self):
        from IPython import get_ipython
        from IPython.display import display

        if not hasattr(get_ipython(), "kernel"):  # a terminal
            print(self.step)
            return
        from embedviz.course.whiteboard.form import BoardForm

        display(BoardForm(self))
