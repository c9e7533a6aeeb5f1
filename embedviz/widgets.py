"""What all widgets here have in common, `LiveWidget`; and `TrainingCurve`, a picture of the training.

Nothing is loaded from the network: what a page needs travels from the installed packages to it. A
saved notebook also holds a plain picture of each widget, which shows wherever the live one cannot.
"""

import asyncio
import html
import threading
import uuid
from collections.abc import Callable

import ipywidgets
from IPython import get_ipython
from IPython.display import display, update_display

from embedviz import figures
from embedviz.frontend import SHOW_STATIC


class LiveWidget(ipywidgets.VBox):
    """A widget that is also shown as a picture and words, where no kernel runs: the base of `Explorer` and its like.

    A subclass has `describe()`, what it shows in words, and `static()`, (data, metadata) of the same as a picture; it
    calls `_renew_static` when it shows something else, and draws with `LiveMap` or `LivePlot`: where the page has one, it
    hides the still form.
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
        display({**self._repr_mimebundle_(), "text/plain": "(The interactive form is here while the notebook runs.)"}, raw=True)


class TrainingCurve:
    """A callback for `training.fit` that draws loss and validation after each epoch, in one output of the cell.

    Each drawing is a whole picture that replaces the one before, so the saved notebook holds the last.

    Args:
        loss_label: name and unit of the loss.
    """

    def __init__(self, loss_label: str = "training loss (nats)"):
        self.loss_label, self.figure, self._handle = loss_label, None, None

    def __call__(self, model, history) -> None:
        self.figure = figures.curve_figure(history.frame, self.loss_label)
        if get_ipython() is None:  # a script has nowhere to show it
            return
        shown = history.frame.drop(columns="seconds", errors="ignore").iloc[-1]
        values = ", ".join(f"{key} {value:.3f}" for key, value in shown.items())
        data, metadata = figures.png_bundle(self.figure, f"Training curve after {history.epochs} epochs: {values}.")
        if self._handle is None or history.epochs == 1:  # a run that starts anew gets a picture of its own
            self._handle = display(data, metadata=metadata, raw=True, display_id=True)
        else:
            self._handle.update(data, metadata=metadata, raw=True)


def _close_parts(widget):
    for part in (*getattr(widget, "children", ()), getattr(widget, "source", None)):
        if part is not None:
            _close_parts(part)
            part.close()


def in_background(loop: asyncio.AbstractEventLoop, work: Callable[[], object], done: Callable[[Exception | None], object]) -> threading.Thread:
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
