"""The same widget in its two homes: JupyterLab with a kernel, and a page of its own without one.

A test module has `CELLS`, code cells whose last expressions are widgets, and `SHOWN`, cell number → the name of the
widget in it. The fixture `home` is then one of the two, with the same members.
"""

import os
from pathlib import Path

from conftest import Lab

from embedviz.widgets.base import LiveWidget


class LabHome:
    """The cells in JupyterLab, run."""

    live = True

    def __init__(self, lab: Lab, cells: list[str]):
        self.notebook = lab.open(cells)
        self.notebook.run_all()

    def output(self, cell: int):
        """The widget that a cell shows, scrolled to: a Playwright locator."""
        return self.notebook.output(cell).locator(".embedviz").first

    def errors(self) -> list[str]:
        return self.notebook.errors() + self.notebook.blocked

    def close(self) -> None:
        self.notebook.close()


class PageHome:
    """Each widget in a file of its own, opened with every request but that for the file blocked.

    Attributes:
        scope: the names that the cells have made.
    """

    live = False

    def __init__(self, browser, cells: list[str], shown: dict[int, str], folder: Path, phone: bool = False):
        self.scope, self._pages, self._problems = {}, {}, []
        self._environment = dict(os.environ)  # cells may set variables, here of the tests' own process
        for cell in cells:
            exec(cell, self.scope)
        width, height = (390, 844) if phone else (1280, 720)
        self._context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=phone, is_mobile=phone
        )
        self._context.route("**/*", self._route)
        for cell, name in shown.items():
            widget: LiveWidget = self.scope[name]
            if getattr(widget, "projection", None) == "umap":
                widget.wait()
            page = self._pages[cell] = self._context.new_page()
            page.set_default_timeout(300_000)
            page.on("pageerror", lambda error: self._problems.append(str(error)))
            page.on("console", lambda message: message.type == "error" and self._problems.append(message.text))
            page.goto(widget.to_html(folder / f"{name}.html").as_uri())
            page.locator(".embedviz").first.wait_for()

    def _route(self, route):
        if route.request.url.startswith(("file:", "blob:", "data:")):
            route.continue_()
        else:
            self._problems.append(route.request.url)
            route.abort()

    def output(self, cell: int):
        page = self._pages[cell]
        page.bring_to_front()
        return page.locator(".embedviz").first

    def errors(self) -> list[str]:
        return self._problems

    def close(self) -> None:
        self._context.close()
        for value in self.scope.values():
            if isinstance(value, LiveWidget):
                value.close()
        os.environ.clear()
        os.environ.update(self._environment)
