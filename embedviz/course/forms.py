"""Small forms under a cell: buttons and fields of ipywidgets, and the same as text where no kernel runs.

A saved notebook holds no state of widgets. So the output of a cell is: the text, and then the live form; where the
live one is drawn, the text is hidden, and where it cannot be drawn, the form is.
"""

import html

import ipywidgets
from IPython import get_ipython
from IPython.display import display

from embedviz.course.short_text import as_html, as_plain
from embedviz.widgets.base import LiveWidget

TOUCH = "40px"  # the least height of what a finger is to hit

# A style element in an output reaches the whole page, so the names are ours.
STYLE = """<style>
.embedviz-said {border-left: 4px solid var(--jp-border-color1, #999); padding: 2px 0 2px 12px; margin: 4px 0;
  line-height: 1.5; overflow-wrap: anywhere; white-space: normal; max-width: 75em}
.embedviz-said.embedviz-good {border-color: var(--jp-success-color1, #2e7d32)}
.embedviz-said.embedviz-bad {border-color: var(--jp-error-color1, #c62828)}
.embedviz-said p {margin: 4px 0}
.embedviz-said pre {background: var(--jp-layout-color2, #f3f3f3); color: var(--jp-content-font-color1, inherit);
  padding: 8px; margin: 4px 0; overflow-x: auto; line-height: 1.4; white-space: pre; overflow-wrap: normal}
.embedviz-said code {background: var(--jp-layout-color2, #f3f3f3); color: var(--jp-content-font-color1, inherit);
  padding: 1px 4px}
.embedviz-touch .widget-text input, .embedviz-touch .widget-dropdown select {min-height: TOUCH}
.embedviz-touch .widget-html-content, .embedviz-touch .widget-htmlmath-content {min-width: 0; max-width: 100%}
.embedviz-touch .widget-label {height: TOUCH; line-height: TOUCH}
</style>""".replace("TOUCH", TOUCH)


def said(texts: list[str], look: str = "") -> str:
    """Paragraphs (Markdown) as a block of HTML; `look` is "good", "bad" or ""."""
    return f'<div class="embedviz-said embedviz-{look}">{"".join(map(as_html, texts))}</div>'


def folded(title: str, inside: str) -> str:
    """HTML behind a title that opens it; it needs no kernel."""
    return f"<details><summary>{html.escape(title)}</summary>{inside}</details>"


def has_widgets() -> bool:
    """Whether this is a kernel, whose page may draw widgets."""
    return hasattr(get_ipython(), "kernel")


def show_text(text: str) -> None:
    """Show Markdown: displayed in a notebook, printed elsewhere."""
    if has_widgets():
        display({"text/markdown": text, "text/plain": as_plain(text)}, raw=True)
    else:
        print(as_plain(text))


def button(text: str, pressed, style: str = "") -> ipywidgets.Button:
    """A button that a finger can hit; pressed() is called without arguments."""
    made = ipywidgets.Button(
        description=text,
        button_style=style,
        layout={"width": "auto", "height": TOUCH, "min_height": TOUCH, "margin": "4px 8px 4px 0"},
    )
    made.on_click(lambda _: pressed())
    return made


def row(*parts: ipywidgets.Widget) -> ipywidgets.Box:
    """Parts side by side, on as many lines as a narrow page needs."""
    return ipywidgets.Box(parts, layout={"flex_flow": "row wrap", "align_items": "center", "overflow": "visible"})


class Form(LiveWidget):
    """What a cell asks the reader to do. A subclass has `static_html()` and `describe()`: the same without widgets."""

    drawn, pictured = ".embedviz-form", False
    elsewhere = ""  # the text above says all

    def __init__(self, children):
        super().__init__(children)
        self.add_class("embedviz-touch")
        children[0].add_class("embedviz-form")

    def static_html(self) -> str:
        """What shows where there is no live form, HTML."""
        raise NotImplementedError

    def _words(self):
        return self.static_html()
