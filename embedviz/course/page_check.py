"""`check_page()`: what the page that shows a notebook can draw; the page itself finds out, see js/check/."""

import html

from embedviz.widgets.base import LiveWidget, ModuleView

NOT_DRAWN = (
    "This page draws no widgets: you see a saved notebook, or its kernel does not run. Open it with `python start.py`, "
    "and run this cell."
)


class PageCheckView(ModuleView):
    entry = "check/main.js"


class PageCheck(LiveWidget):
    """A list of what the page can draw; where it draws nothing live, it says what to do."""

    drawn, pictured = ".embedviz-check", False

    def __init__(self):
        super().__init__([])
        self.children = [PageCheckView(self)]

    def describe(self) -> str:
        """What is read where the live list is not drawn."""
        return NOT_DRAWN

    def static(self) -> tuple[dict, dict]:
        """The words: there is nothing to picture."""
        return {"text/plain": NOT_DRAWN}, {}

    def _words(self):
        return f"<p>{html.escape(NOT_DRAWN)}</p>"


def check_page() -> PageCheck:
    """What this page can draw, as a list to display."""
    return PageCheck()
