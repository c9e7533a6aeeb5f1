"""What all widgets here have in common: `LiveWidget`, and work in the background.

Nothing is loaded from the network: what a page needs travels from the installed packages to it. A
saved notebook also holds a plain picture of each widget, which shows wherever the live one cannot.
"""

import asyncio
import contextlib
import html
import threading
import uuid
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import anywidget
import ipywidgets
import traitlets
from IPython import get_ipython
from IPython.display import display, update_display

from embedviz.widgets.bundle import bundle, styles
from embedviz.widgets.page import values_of, write_page
from embedviz.widgets.saved_pages import keep_page

# The output of the cell is: still picture (if it has one), text, live widget. Where the live one is drawn, those before
# it are hidden. Where the notebook has lost it (reloaded, no kernel), it would say "model not found", and is hidden.
# Elsewhere (GitHub, nbviewer) there is no live one, and perhaps no style. ID is the widget's own; DRAWN selects what
# only a live widget has drawn.
SHOW_STATIC = """<style>
PICTUREbody:has(.embedviz-live-ID :is(DRAWN)) .jp-OutputArea-child:has(.embedviz-static-ID),
.jp-OutputArea-child:has(.embedviz-static-ID) + .jp-OutputArea-child:not(:has(DRAWN)) {display: none}
.embedviz-static-ID :is(caption, th, td) {text-align: left !important; background: none}
</style>"""

PICTURE = (
    "body:has(.embedviz-live-ID :is(DRAWN)) .jp-OutputArea-child:has(+ .jp-OutputArea-child .embedviz-static-ID),\n"
)


_CHANGING = threading.RLock()


class View(anywidget.AnyWidget):
    """JavaScript of ours (`_esm`) that shows the traits of another widget.

    They are not the view's own since anywidget 0.11 throws away all later changes to a widget whose JavaScript took
    more than two seconds to start, as it may while the page is busy. A plain widget model loses nothing.
    """

    data = traitlets.Unicode().tag(sync=True)  # the other's model

    def __init__(self, data: ipywidgets.Widget, **options):
        super().__init__(data=data.model_id, **options)
        self.source = data


class ModuleView(View):
    """A view whose JavaScript is the module `entry` under js/: its `mount(el, source)` shows the other widget."""

    entry: ClassVar[str]

    def __init_subclass__(cls, **options):
        if "entry" in cls.__dict__:  # not in the class that anywidget derives, whose _esm and _css are traits
            cls._esm, cls._css = bundle(cls.entry, widget=True), styles(cls.entry)
        super().__init_subclass__(**options)


class LiveWidget(ipywidgets.VBox):
    """A widget that is also shown as a picture and words, where no kernel runs: the base of `Explorer` and its like.

    A subclass has `describe()`, what it shows in words, and `static()`, (data, metadata) of the same as a picture. It
    calls `renew_static` when it shows something else.

    Closing it ends all that it does in the background; a subclass that does something there ends it in its `close`. A
    cell that is run again closes what it has shown before: nobody could use or stop that by hand.

    Attributes:
        owner: the widget that this one is a part of, and whose picture shows it; None: it stands for itself.
        closed: whether it has been closed; it draws and computes no more.
    """

    drawn: ClassVar[str] = ".embedviz-chart, .embedviz-map"  # CSS: what the page has where the live widget is drawn
    pictured: ClassVar[bool] = True  # False: its saved form is words alone

    entry: ClassVar[str | None] = None  # the module under js/ that shows it in a page without a kernel

    elsewhere: ClassVar[str] = "(The interactive form is here while the notebook runs.)"  # what a page without it shows

    owner: "LiveWidget | None" = None
    closed = False
    _displayed, _renewal = False, None

    def __init__(self, children):
        super().__init__(children)
        self._id = uuid.uuid4().hex[:8]
        self.add_class(f"embedviz-live-{self._id}")

    # A page's message may be handled by a thread of its own (ipykernel's subshells) while a cell changes the same
    # widget: one change at a time, so that what the kernel has and what it tells the page are the same.

    def __setattr__(self, name, value):
        with _CHANGING:
            super().__setattr__(name, value)

    def set_state(self, sync_data):
        with _CHANGING:
            super().set_state(sync_data)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Change several traits: nobody else changes any meanwhile, and the page is told of all in one message."""
        with _CHANGING, self.hold_sync():
            yield

    def describe(self) -> str:
        """What the widget shows, in words."""
        raise NotImplementedError

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of a still picture: image/png, with its description as alt text and text/plain."""
        raise NotImplementedError

    def to_html(self, path: str | Path) -> Path:
        """Write the widget as a page of its own, which works without a kernel and without a network.

        The address keeps the view: what is selected and how it is shown is in its fragment, and comes back where the
        copied address is opened, as `books.html#selected=War%20and%20Peace&epoch=3`. js/page/address.js says how, and
        js/page/frame.js what the page and another one, which it stands in, tell each other.

        Args:
            path: of the file; "~" is expanded. It is replaced only when the new one is complete.

        Returns:
            Where it is.

        Raises:
            NotImplementedError: this widget computes in the kernel.
            OSError: the file cannot be written.
        """
        if self.entry is None:
            raise NotImplementedError(f"a {type(self).__name__} computes in the kernel: it has no page of its own")
        return write_page(path, self.entry, self.page_values(), self.page_title(), self.static())

    def settle(self) -> None:
        """Wait for what the page of `to_html` would else not have yet; here nothing."""

    def page_values(self) -> dict:
        """What the page of `to_html` holds: the synced traits."""
        return values_of(self)

    def page_title(self) -> str:
        """Of the page of `to_html`."""
        return getattr(self, "title", "") or type(self).__name__

    def close(self) -> None:
        """Give up the widget and all that it is made of."""
        self.closed = True
        if self._renewal is not None:
            self._renewal.cancel()
        _close_parts(self)
        super().close()

    def renew_static(self) -> None:
        """Bring the saved form up to date; not at once, for more changes may follow."""
        if self.owner is not None:
            self.owner.renew_static()
        elif self._displayed and not self.closed and (loop := running_loop()):
            if self._renewal is not None:
                self._renewal.cancel()
            self._renewal = loop.call_later(2, self._show_static, update_display)

    def _words(self):
        """The HTML below the picture."""
        return f"<p>{html.escape(self.describe())}</p>"

    def _show_static(self, show):
        if self.pictured:
            data, metadata = self.static()
            show(data, metadata=metadata, raw=True, display_id=f"{self._id}-picture")
        style = SHOW_STATIC.replace("PICTURE", PICTURE if self.pictured else "")
        style = style.replace("ID", self._id).replace("DRAWN", self.drawn)
        text = {
            "text/html": f"{style}<div class='embedviz-static-{self._id}'>{self._words()}</div>",
            "text/plain": self.describe(),
        }
        show(text, raw=True, display_id=f"{self._id}-words")

    def _ipython_display_(self):
        close_replaced(self)
        self._show_static(display)
        if self.closed:
            display({"text/plain": "(The interactive form is closed: run the cell that makes it again.)"}, raw=True)
            return
        self._displayed = True
        keep_page(self)
        display(self._repr_mimebundle_() | {"text/plain": self.elsewhere}, raw=True)


def lay_out(widget: ipywidgets.DOMWidget, **layout: str | None) -> None:
    """Change a widget's layout in place: another one would leave the first behind, a model that nobody closes."""
    with widget.layout.hold_sync():
        for name, value in layout.items():
            setattr(widget.layout, name, value)


def _close_parts(widget, closing=()):
    """Close what a widget is made of, and the models of how that looks."""
    closing = (*closing, widget)  # a view is a part of what it shows
    for part in (*getattr(widget, "children", ()), getattr(widget, "source", None)):
        if part is not None and part not in closing:
            _close_parts(part, closing)
            part.close()
    for trait in ("layout", "style"):
        look = getattr(widget, trait, None)
        if isinstance(look, ipywidgets.Widget):
            look.close()


@contextlib.contextmanager
def closed_on_error(widget: ipywidgets.Widget) -> Iterator[None]:
    """Close a widget that nobody will see, since what is done with it here has failed."""
    try:
        yield
    except BaseException:
        widget.close()
        raise


# By cell: the execution, and what it has shown. Weak, for what nobody has any more needs no closing.
_shown: dict[str, tuple[str, "weakref.WeakSet[LiveWidget]"]] = {}


def close_replaced(widget: LiveWidget) -> None:
    """Take down that the cell being executed shows `widget`, and close what it has shown when it was run before.

    What is shown by another cell too stays open.
    """
    cell, execution = running_cell()
    if cell is None:
        return
    before, earlier = _shown.get(cell, (None, weakref.WeakSet()))
    if cell in _shown and before == execution:
        earlier.add(widget)
        return
    _shown[cell] = execution, weakref.WeakSet([widget])
    for one in list(earlier):
        if not any(one in shown for _, shown in _shown.values()):
            one.close()


def in_background(
    loop: asyncio.AbstractEventLoop, work: Callable[[], object], done: Callable[[BaseException | None], object]
) -> threading.Thread:
    """Call work() in a thread, and then done(what it raised, or None) in the loop's own, where widgets may be touched.

    Not in the loop's executor: that has few threads, and at its end a kernel would wait for work that is paused.
    """

    def run():
        error = None
        try:
            work()
        except BaseException as raised:  # SystemExit too: in a thread it would end nothing, and nobody would hear of it
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(done, error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def said(error: BaseException) -> str:
    """What an error says, for a reader: its message, and its name where that alone would not tell."""
    if isinstance(error, Exception) and str(error):
        return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def running_cell() -> tuple[str | None, str | None]:
    """JupyterLab's name of the cell that is being executed, and that of its execution; None elsewhere."""
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The kernel's event loop; None in a script, which has none."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
