"""The whiteboard as a form: the lines so far, what is asked, a field to type in, and buttons; its state is a Board."""

import ipywidgets

from embedviz.course.whiteboard.state import Board
from embedviz.widgets.base import LiveWidget

# Formulas wider than a phone scroll by themselves; the field and the buttons are as tall as a thumb needs.
STYLE = """<style>
.embedviz-whiteboard {max-width: 60em}
.embedviz-whiteboard .jp-RenderedMarkdown {overflow-x: auto; padding: 0}
.embedviz-whiteboard .jp-OutputArea-prompt, .embedviz-whiteboard .jp-OutputPrompt {display: none}
.embedviz-whiteboard .widget-text {width: auto; height: auto; flex-wrap: wrap}
.embedviz-whiteboard .widget-text input {height: 44px; min-width: 12em}
.embedviz-whiteboard .widget-text input {font: 16px/1.4 var(--jp-code-font-family, monospace)}
.embedviz-whiteboard .jupyter-button {height: 44px; font-size: 15px}
.embedviz-whiteboard .embedviz-asked {border-top: 1px solid var(--jp-border-color2, #bbb); padding-top: 6px}
.embedviz-whiteboard .widget-label {font-size: 14px}
</style>"""


class BoardForm(LiveWidget):
    """A form for a `Board`: Enter or Check checks the line typed; hints, the line itself and the way back are buttons.

    Attributes:
        board: the state; what a program does to it is shown too.
    """

    drawn = ".embedviz-whiteboard input"

    def __init__(self, board: Board):
        self.board = board
        self._known, self._asked, self._said, self._symbols = (ipywidgets.Output() for _ in range(4))
        self._asked.add_class("embedviz-asked")
        self._line = ipywidgets.Text(
            description="Your line:",
            placeholder="Python or LaTeX, then Enter",
            style={"description_width": "initial"},
            layout={"width": "auto"},
        )
        self._line.on_msg(lambda _, content, __: content.get("event") == "submit" and self.check())
        buttons = []
        for name, tooltip, action in (
            ("Check", "Is the line right?", self.check),
            ("Hint", "A hint, each time a little more", lambda: self._say(self.board.hint())),
            ("Show line", "Show the line and go on", self.show_line),
            ("Back", "Back to the line before", lambda: self._say(self.board.back() and "")),
        ):
            button = ipywidgets.Button(description=name, tooltip=tooltip, layout={"width": "auto"})
            button.on_click(lambda _, action=action: action())
            buttons.append(button)
        buttons[0].button_style = "primary"
        self._buttons = ipywidgets.Box(buttons, layout={"flex_flow": "row wrap"})
        more = ipywidgets.Accordion([self._symbols], titles=("Symbols that may be used",), selected_index=None)
        parts = [self._known, self._asked, self._line, self._buttons, self._said, more]
        super().__init__([ipywidgets.HTML(STYLE, layout={"display": "none"}), *parts])
        self.add_class("embedviz-whiteboard")
        self.board.watchers.append(self.show)
        self.show()

    def check(self) -> None:
        """Check what stands in the field; a right line leaves it empty for the next."""
        line, verdict = self.board.current, self.board.write(self._line.value)
        if verdict.right and line:
            self._line.value = ""
            self._say(f"**Right.** {line.because}")  # the line itself is above now
        else:
            self._say(verdict.said)

    def show_line(self) -> None:
        """Show the line that is asked for, and go on."""
        line = self.board.current
        self.board.line()
        if line:
            self._say(f"In Python: `{line.python}`\n\n{line.because}")

    def show(self) -> None:
        """Show what is asked for now."""
        _fill(self._known, self.board.known)
        _fill(self._asked, self.board.step)
        _fill(self._symbols, self.board.symbols)
        self._line.disabled = self.board.current is None
        self.renew_static()

    def close(self) -> None:
        """Give up the form; the board stays as it is."""
        if self.show in self.board.watchers:
            self.board.watchers.remove(self.show)
        super().close()

    def describe(self) -> str:
        """What is asked for now."""
        return f"{self.board.known}\n\n{self.board.step}"

    def static(self) -> tuple[dict, dict]:
        """The lines so far and what is asked, as Markdown."""
        return {"text/markdown": self.describe(), "text/plain": self.describe()}, {}

    def _words(self) -> str:
        return ""  # `static` has them already

    def _say(self, text: str) -> None:
        _fill(self._said, text)


def _fill(output: ipywidgets.Output, text: str) -> None:
    data = {"text/markdown": str(text), "text/plain": str(text)}
    output.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},) if text else ()
