"""What all widgets here have in common, `LiveWidget`; and `TrainingCurve`, a picture of the training.

Nothing is loaded from the network: what a page needs travels from the installed packages to it. A
saved notebook also holds a plain picture of each widget, which shows wherever the live one cannot.
"""

import asyncio
import html
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import anywidget
import ipywidgets
import traitlets
from IPython import get_ipython
from IPython.display import display, update_display

# The output of the cell is: still picture, text, live widget. Where the live one is drawn, the two before it are
# hidden. Where the notebook has lost it (reloaded, no kernel), it would only say "model not found", and is hidden.
# Elsewhere (GitHub, nbviewer) there is no live one, and perhaps no style. ID is the widget's own.
SHOW_STATIC = """<style>
body:has(.embedviz-live-ID :is(.js-plotly-plot, .embedviz-map)) .jp-OutputArea-child:has(+ .jp-OutputArea-child .embedviz-static-ID),
body:has(.embedviz-live-ID :is(.js-plotly-plot, .embedviz-map)) .jp-OutputArea-child:has(.embedviz-static-ID),
.jp-OutputArea-child:has(.embedviz-static-ID) + .jp-OutputArea-child:not(:has(.js-plotly-plot, .embedviz-map)) {display: none}
.embedviz-static-ID :is(caption, th, td) {text-align: left !important; background: none}
</style>"""


JS = Path(__file__).parent / "js"


class View(anywidget.AnyWidget):
    """JavaScript of ours (`_esm`) that shows the traits of another widget.

    They are not the view's own since anywidget 0.11 throws away all later changes to a widget whose JavaScript took
    more than two seconds to start, as it may while the page is busy. A plain widget model loses nothing.
    """

    data = traitlets.Unicode().tag(sync=True)  # the other's model

    def __init__(self, data: ipywidgets.Widget, **options):
        super().__init__(data=data.model_id, **options)
        self.source = data


class LiveWidget(ipywidgets.VBox):
    """A widget that is also shown as a picture and words, where no kernel runs: the base of `Explorer` and its like.

    A subclass has `describe()`, what it shows in words, and `static()`, (data, metadata) of the same as a picture; it
    calls `_renew_static` when it shows something else, and draws with `LiveMap` or `LivePlot`: where the page has one,
    it hides the still form.
    """

    _displayed, _renewal = False, None

    def __init__(self, children):
        super().__init__(children)
        self._id = uuid.uuid4().hex[:8]
        self.add_class(f"embedviz-live-{self._id}")

    def close(self) -> None:
        """Give up the widget and all that it is made of."""
        if self._renewal is not None:
            self._renewal.cancel()
        _close_parts(self)
        super().close()

    def _words(self):
        """The HTML below the picture."""
        return f"<p>{html.escape(self.describe())}</p>"

    def _renew_static(self):
        """Bring the saved form up to date; not at once, for more changes may follow."""
        if self._displayed and (loop := running_loop()):
            if self._renewal is not None:
                self._renewal.cancel()
            self._renewal = loop.call_later(2, self._show_static, update_display)

    def _show_static(self, show):
        data, metadata = self.static()
        show(data, metadata=metadata, raw=True, display_id=f"{self._id}-picture")
        text = {
            "text/html": f"{SHOW_STATIC.replace('ID', self._id)}<div class='embedviz-static-{self._id}'>{self._words()}</div>",
            "text/plain": self.describe(),
        }
        show(text, raw=True, display_id=f"{self._id}-words")

    def _ipython_display_(self):
        self._displayed = True
        self._show_static(display)
        display(
            {**self._repr_mimebundle_(), "text/plain": "(The interactive form is here while the notebook runs.)"},
            raw=True,
        )


def _close_parts(widget):
    for part in (*getattr(widget, "children", ()), getattr(widget, "source", None)):
        if part is not None:
            _close_parts(part)
            part.close()


def in_background(
    loop: asyncio.AbstractEventLoop, work: Callable[[], object], done: Callable[[Exception | None], object]
) -> threading.Thread:
    """Call work() in a thread, and then done(what it raised, or None) in the loop's own, where widgets may be touched.

    Not in the loop's executor: that has few threads, and at its end a kernel would wait for work that is paused.
    """

    def run():
        error = None
        try:
            work()
        except Exception as raised:
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(done, error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def running_cell() -> str | None:
    """JupyterLab's name of the cell that is being executed; None elsewhere."""
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return parent.get("metadata", {}).get("cellId")


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The kernel's event loop; None in a script, which has none."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
