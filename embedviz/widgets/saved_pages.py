"""The page of each widget that a notebook shows, left in a folder: where the environment variable EMBEDVIZ_PAGES names
one.

The site shows a chapter's outputs, and in place of the picture of a widget the widget itself. Only the run of the
chapter has it. So at the end of a cell's run each widget that the cell has shown, and that works without a kernel,
is written as `to_html` does, to `<execution count>-<n>.html`. The widgets that a cell shows are counted by n from 0,
those without a page too. Beside it `<execution count>-<n>.json` says what it is: {"title", "description": what it
shows in words, "bytes": of the page, "class": of the widget}; it is written last.
"""

import json
import os
import warnings
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from IPython import get_ipython

from embedviz.base.files import user_path, write_atomically

if TYPE_CHECKING:
    from embedviz.widgets.base import LiveWidget

VARIABLE = "EMBEDVIZ_PAGES"


class _Cell:
    """What the cell that is being executed has shown. It writes the pages when the cell has ended, and is done."""

    def __init__(self, shell):
        self.shell, self.shown = shell, []
        shell.events.register("post_run_cell", self.end)

    def end(self, result):
        """What IPython calls after a cell. Only a counted execution can be told from others."""
        global _cell
        _cell = None
        self.shell.events.unregister("post_run_cell", self.end)
        folder = os.environ.get(VARIABLE)
        if not folder or not result.info.store_history:
            return
        for n, (kind, reference) in enumerate(self.shown):
            if kind.entry is None:
                continue
            try:
                _write(reference(), user_path(folder, VARIABLE), f"{result.execution_count}-{n}")
            except Exception as error:  # a page that is not there must not break the reader's cell
                where = f"widget {n} of cell [{result.execution_count}], {kind.__name__}"
                warnings.warn(f"no page of {where}: {type(error).__name__}: {error}", stacklevel=2)


_cell: _Cell | None = None


def keep_page(widget: "LiveWidget") -> None:
    """Take down that the cell being executed shows `widget`: its page is written when the cell has ended.

    Nothing happens without EMBEDVIZ_PAGES, or outside IPython. A part of another widget (`owner`) has no page. What
    cannot be written, or is closed by then, is a warning.
    """
    global _cell
    shell = get_ipython()
    if not os.environ.get(VARIABLE) or shell is None:
        return
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    if not parent.get("content", {}).get("store_history", True):
        return  # a front end's own execution, which may tell nobody of its end
    _cell = _cell or _Cell(shell)
    # Weak: that its page is to be written keeps no widget alive.
    _cell.shown.append((type(widget), weakref.ref(widget)))


def _write(widget, folder: Path, name: str):
    if widget is None or widget.closed:
        raise ValueError("it was closed before the cell had ended")
    if widget.owner is not None:
        return
    try:
        widget.settle()
    except Exception as error:
        warnings.warn(f"the page of {type(widget).__name__} is not what it would be: {error}", stacklevel=3)
    page = widget.to_html(folder / f"{name}.html")
    about = {
        "title": widget.page_title(),
        "description": widget.describe(),
        "bytes": page.stat().st_size,
        "class": type(widget).__name__,
    }
    text = json.dumps(about, ensure_ascii=False, indent=1)
    write_atomically(folder / f"{name}.json", text)
