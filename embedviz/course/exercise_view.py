"""An exercise under its cell: what the check found, and the buttons Check again, Hint and Solution."""

import ipywidgets
from IPython import get_ipython
from IPython.display import display

from embedviz.course.checking import Unwritten, Wrong
from embedviz.course.forms import STYLE, Form, button, folded, has_widgets, row, said
from embedviz.course.practice import Practice
from embedviz.course.short_text import as_html, as_plain, code_html


def show_check(practice: Practice) -> None:
    """Show what the last check found: with buttons in a notebook, as text elsewhere."""
    if has_widgets():
        display(ExerciseForm(practice))
    else:
        print(in_words(practice))


def in_words(practice: Practice) -> str:
    """What the last check found, and how to go on without buttons."""
    how = f'hints one by one: exercise("{practice.exercise.name}").hint()'
    how += "; an answer: .solution()" if practice.has_solution else ""
    return as_plain("\n".join([*practice.verdict_text(), how]))


class ExerciseForm(Form):
    """The buttons, and above them what was found, below them the help that was taken.

    Attributes:
        practice: the exercise; several forms of one show the same.
        opened: whether the solution is shown.
    """

    def __init__(self, practice: Practice):
        self.practice, self.opened = practice, False
        self._found, self._help = ipywidgets.HTMLMath(), ipywidgets.HTMLMath()
        self.check_button = button("Check again", self.check_again, "primary")
        self.hint_button = button("Hint", practice.take_hint)
        self.solution_button = button("Solution", self.open_solution)
        self._solves = practice.has_solution
        buttons = [self.check_button, self.hint_button, *([self.solution_button] if self._solves else [])]
        super().__init__([self._found, row(*buttons), self._help])
        practice.changed.append(self._show)
        self._show()

    def check_again(self) -> None:
        """Judge the function that has the exercise's name in the notebook now."""
        name = self.practice.exercise.function
        yours = get_ipython().user_ns.get(name)
        if callable(yours):
            self.practice.judge(yours)
        else:
            self._found.value = STYLE + said([f"There is no function `{name}`: run its cell first."], "bad")

    def open_solution(self) -> None:
        """Show a right answer, or hide it again."""
        self.opened = not self.opened
        self._show()

    def close(self) -> None:
        if self._show in self.practice.changed:
            self.practice.changed.remove(self._show)
        super().close()

    def _show(self) -> None:
        one, taken = self.practice.exercise, self.practice.hints_taken
        with self.changing():
            self._found.value = f'{STYLE}<div role="status">{self._verdict_html()}</div>'
            left = f"Hint {taken + 1} of {len(one.hints)}"
            self.hint_button.description = left if taken < len(one.hints) else "No more hints"
            self.solution_button.description = "Hide the solution" if self.opened else "Solution"
            texts = [f"**Hint {i}.** {hint}" for i, hint in enumerate(one.hints[:taken], 1)]
            help_html = said(texts) if texts else ""
            if self.opened:
                help_html += said(["**Solution**"]).replace("</div>", code_html(one.answer) + "</div>")
            self._help.value = help_html
        self.renew_static()

    def _verdict_html(self) -> str:
        verdict = self.practice.verdict
        wrong = isinstance(verdict, Wrong) and not isinstance(verdict, Unwritten)
        return said(self.practice.verdict_text(), "good" if verdict == "right" else "bad" if wrong else "")

    def static_html(self) -> str:
        one = self.practice.exercise
        hints = "".join(folded(f"Hint {i} of {len(one.hints)}", as_html(hint)) for i, hint in enumerate(one.hints, 1))
        solution = folded("Solution", code_html(one.answer)) if self._solves else ""
        return self._verdict_html() + hints + solution

    def describe(self) -> str:
        return in_words(self.practice)
