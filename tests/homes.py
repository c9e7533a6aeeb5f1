"""The same widget in its two homes: JupyterLab with a kernel, and a page of its own without one.

A test module has `CELLS`, code cells whose last expressions are widgets, and `SHOWN`, cell number → the name of the
widget in it. The fixture `home` is then one of the two, with the same members.
"""

import os
from pathlib import Path

from lab import Lab

from embedviz.widgets.base import LiveWidget


class LabHome:
    """The cells in JupyterLab, run."""

    live, phone = True, False

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


class Pages:
    """Each widget in a file of its own.

    Attributes:
        scope: the names that the cells have made.
        paths: cell number → the file of its widget, as it was at first.
    """

    def __init__(self, cells: list[str], shown: dict[int, str], folder: Path):
        self.scope, self.paths = {}, {}
        self._environment = dict(os.environ)  # cells may set variables, here of the tests' own process
        for cell in cells:
            exec(cell, self.scope)
        for cell, name in shown.items():
            widget: LiveWidget = self.scope[name]
            if getattr(widget, "projection", None) == "umap":
                widget.wait()
            self.paths[cell] = widget.to_html(folder / f"{name}.html")

    def close(self) -> None:
        for value in self.scope.values():
            if isinstance(value, LiveWidget):
                value.close()
        os.environ.clear()
        os.environ.update(self._environment)


class PageHome:
    """These files, opened with every request but those for them blocked.

    Attributes:
        scope: the names that the cells have made.
        phone: whether the screen is a phone's.
    """

    live = False

    def __init__(self, browser, pages: Pages, phone: bool = False):
        self.scope, self.phone, self._pages, self._problems = pages.scope, phone, {}, []
        width, height = (390, 844) if phone else (1280, 720)
        self._context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=phone, is_mobile=phone
        )
        self._context.route("**/*", self._route)
        for cell, path in pages.paths.items():
            page = self._pages[cell] = self._context.new_page()
            page.set_default_timeout(300_000)
            page.on("pageerror", lambda error: self._problems.append(str(error)))
            page.on("console", lambda message: message.type == "error" and self._problems.append(message.text))
            page.goto(path.as_uri())
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
