"""`lab`: JupyterLab in headless Chromium, cut off from the network, for the tests marked `browser`.

notebook = lab.open("02_wikipedia_books.ipynb")                 # the fixture of conftest
notebook.run_all(timeout=600)
assert notebook.errors() == []
notebook.page.get_by_placeholder("Search: type").fill("War and Peace")   # notebook.page is a Playwright page
"""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

import nbformat
from playwright.sync_api import expect, sync_playwright
from waiting import end, wait_until

from embedviz.course.doctor import browser

Result = TypeVar("Result")
NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
CHROMIUM = browser()
CHROMIUM_FLAGS = (  # the last three: WebGL in software
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader"
).split()
# No name or address but this machine's is found. A route that blocks all else would also turn off Chromium's cache,
# in which JupyterLab's 20 MB of JavaScript are for the next notebook.
CHROMIUM_FLAGS.append("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost")
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # all cells are in the page, also those scrolled away
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
# Nobody installs or builds JupyterLab's extensions here; else each opened page asks Node.js whether that is needed.
PAGE_CONFIG = {
    "buildCheck": False,
    "buildAvailable": False,
    "disabledExtensions": {"@jupyterlab/extensionmanager-extension": True},
}
PATIENCE = 300  # seconds that a browser may take for anything, beside whatever else this machine has to do
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Notebook:
    """A notebook open in JupyterLab.

    Attributes:
        page: the Playwright page.
        path: the copy that JupyterLab reads and saves.
        blocked: addresses outside this machine that the page asked for, in vain.
        reusable: whether another notebook may be opened in the page, when this one is closed.
        problems: uncaught JavaScript errors.
    """

    def __init__(self, page, url: str, path: Path, spare: list):
        self.page, self.url, self.path, self.blocked, self.problems = page, url, path, [], []
        self._spare = spare
        self.reusable = True
        page.context.on("request", self._note)  # also those of pages that this one opens
        page.on("websocket", self._note)
        page.on("pageerror", self._note_error)
        self.load()

    def _note_error(self, error):
        # anywidget complains of a busy page; what it would do is what `frontend.View` guards against.
        if "[anywidget] Failed to initialize model." not in str(error):
            self.problems.append(str(error))

    def _note(self, request):
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and url.hostname not in LOOPBACK:
            self.blocked.append(request.url)

    def load(self, timeout: float = PATIENCE) -> None:
        """Open the page, or reload it, and wait for the notebook; with a kernel, until that is idle."""
        self.page.goto(self.url)
        self._wait(
            "app.shell.currentWidget?.content?.model?.cells.length > 0 && app.shell.currentWidget.context.isReady",
            timeout,
        )
        self._wait("!session.isReady ? false : !session.session || session.session.kernel?.status === 'idle'", timeout)

    def _wait(self, condition: str, timeout: float) -> None:
        self.page.wait_for_function(
            "() => { const app = window.jupyterapp; if (!app) return false;"
            f" const session = app.shell.currentWidget?.sessionContext; return {condition}; }}",
            timeout=1000 * timeout,
            polling=100,
        )

    def command(self, name: str) -> None:
        """Execute a command of JupyterLab, such as "docmanager:save", to its end."""
        self.page.evaluate("async (name) => { await window.jupyterapp.commands.execute(name); }", name)

    def run_all(self, timeout: float = PATIENCE) -> None:
        """Run all cells; returns when the last has run, or one has failed."""
        self.page.evaluate(
            "() => { window.ran = false;"
            " window.jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.ran = true; }); }"
        )
        self._wait("window.ran && session.session.kernel.status === 'idle'", timeout)

    def output(self, cell: int | str, drawn: int = 1):
        """The output of a cell, scrolled to.

        Args:
            cell: its number, or some of its code.
            drawn: how many maps and plots it must have drawn.
        """
        cells = self.page.locator(".jp-CodeCell")
        cell = cells.nth(cell) if isinstance(cell, int) else cells.filter(has_text=cell).first
        found = cell.locator(".jp-OutputArea").first
        if drawn:
            found.locator(".embedviz-map, .embedviz-chart").nth(drawn - 1).wait_for()
        found.scroll_into_view_if_needed()
        return found

    def outputs(self) -> list[dict]:
        """The outputs of all cells as they are in the page's notebook, in nbformat's form."""
        return self.page.evaluate(
            "() => [...window.jupyterapp.shell.currentWidget.content.model.cells]"
            ".flatMap((cell) => cell.type === 'code' ? cell.outputs.toJSON() : [])"
        )

    def run_code(self, code: str) -> str:
        """What a piece of code prints in the kernel, once that has done what the page has asked of it."""
        return self.page.evaluate(
            """async (code) => {
              const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
              const future = kernel.requestExecute({ code, silent: false, store_history: false });
              let text = "";
              future.onIOPub = ({ header, content }) => {
                if (header.msg_type === "stream") text += content.text;
                if (header.msg_type === "error") text += content.evalue;
              };
              await future.done;
              return text.trim();
            }""",
            code,
        )

    def wait_for_saved(self, cell: int, text: str) -> None:
        """Wait until the words that a cell would be saved with, which follow its live widget, contain a text.

        They are the last that the kernel sends of a widget's saved form: by then its picture is there too.
        """
        self.page.wait_for_function(
            "([cell, text]) => [...window.jupyterapp.shell.currentWidget.content.model.cells][cell].outputs.toJSON()"
            ".map((output) => JSON.stringify(output.data))"
            ".some((saved) => saved?.includes('embedviz-static-') && saved.includes(text))",
            arg=[cell, text],
        )

    def picture(self, cell: int):
        """The still picture of a cell, once JupyterLab has found that it has lost the widget, and has drawn it.

        Raises:
            AssertionError: it is not there, or is not all that a reader sees of the widget.
        """
        shown = self.page.locator(".jp-CodeCell").nth(cell)
        picture = shown.locator("img").first
        picture.wait_for()
        lost = shown.get_by_text("model not found")
        lost.first.wait_for(state="attached")
        expect(lost.locator("visible=true")).to_have_count(0)
        expect(shown.get_by_text("Loading widget").locator("visible=true")).to_have_count(0)
        expect(picture).to_be_visible()
        picture.evaluate("(image) => image.decode()")
        return picture

    def errors(self) -> list[str]:
        """What went wrong: error outputs, widgets that are not there, uncaught JavaScript errors."""
        failed = [
            f"{output['ename']}: {output['evalue']}" for output in self.outputs() if output["output_type"] == "error"
        ]
        lost = self.page.get_by_text("Error displaying widget").locator("visible=true").all_inner_texts()
        return failed + lost + self.problems

    def save(self) -> nbformat.NotebookNode:
        """Save, and read the file."""
        self.command("docmanager:save")
        return nbformat.read(self.path, as_version=4)

    def shut_down(self) -> None:
        """End the kernel, as closing JupyterLab does."""
        self.page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }")

    def close(self) -> None:
        self.shut_down()
        self.page.context.remove_listener("request", self._note)
        self.page.remove_listener("websocket", self._note)
        self.page.remove_listener("pageerror", self._note_error)
        if self.reusable:
            self._spare.append(self.page)  # for the next notebook: JupyterLab's JavaScript is compiled there
        else:
            self.page.close()


class Lab:
    """A JupyterLab server on this machine.

    Attributes:
        root: the folder that it serves.
        context: the Playwright context in which each notebook has a page.
        log: the file of what the server says.
    """

    def __init__(self, browser, folder: Path):
        self.root, self._token = folder / "root", secrets.token_hex(16)
        self.root.mkdir()
        self._spare = []  # pages that no notebook is in any more
        self.context = browser.new_context(viewport={"width": 1280, "height": 720})
        self.context.set_default_timeout(1000 * PATIENCE)
        (folder / "config/labconfig").mkdir(parents=True)
        (folder / "config/labconfig/page_config.json").write_text(json.dumps(PAGE_CONFIG))
        for name, settings in SETTINGS.items():
            file = folder / "settings/@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(settings))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }
        options = [
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={self._token}",
            "--LabApp.expose_app_in_browser=True",
        ]
        self.log = folder / "jupyterlab.log"
        with open(self.log, "w") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", *options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=os.environ | {variable: str(folder / name) for variable, name in places.items()},
            )
        try:
            wait_until(self._answers, "JupyterLab to answer", pause=0.2)
        except BaseException as error:
            self.close()
            error.add_note(self.log.read_text())
            raise

    def _answers(self) -> bool:
        assert self._server.poll() is None, "JupyterLab has ended"
        try:
            self._ask("api/status")
        except OSError:
            return False
        return True

    def open(self, notebook: str | Path | Sequence[str], viewport: tuple[int, int] = (1280, 720)) -> Notebook:
        """Open a copy of a notebook: a file name in notebooks/, a path, or a new one of these code cells."""
        made = not isinstance(notebook, str | Path)
        path = self.root / (f"{secrets.token_hex(4)}.ipynb" if made else Path(notebook).name)
        if made:
            cells = [nbformat.v4.new_code_cell(source) for source in notebook]
            metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
            nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
        else:
            shutil.copy(NOTEBOOKS / notebook, path)
        page = self._spare.pop() if self._spare else self._new_page()
        page.set_viewport_size({"width": viewport[0], "height": viewport[1]})
        page.mouse.move(0, 0)
        url = f"{self.url}lab/workspaces/{secrets.token_hex(4)}/tree/{quote(path.name)}?token={self._token}"
        return Notebook(page, url, path, self._spare)

    def _new_page(self):
        page = self.context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())  # a notebook that was not saved is left all the same
        return page

    def clear(self) -> None:
        """Close what tests have left open, as those do that fail."""
        for page in self.context.pages:
            if page not in self._spare:
                page.close()
        for session in json.loads(self._ask("api/sessions")):
            self._ask(f"api/sessions/{session['id']}", method="DELETE")

    def _ask(self, path: str, **options) -> bytes:
        request = urllib.request.Request(f"{self.url}{path}?token={self._token}", **options)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def close(self) -> None:
        end(self._server)  # its kernels end with it


class Shared:
    """One Chromium and one JupyterLab, for those files of a worker that follow each other and use them.

    Not for the session: Playwright keeps an event loop running, in which other tests must not be.
    """

    def __init__(self):
        self._browser = self._lab = None
        self._open = contextlib.ExitStack()

    def browser(self):
        if self._browser and not self._browser.is_connected():  # it has crashed
            self.close()
        if self._browser is None:
            playwright = self._open.enter_context(sync_playwright())
            self._browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
            self._open.callback(self._browser.close)
        return self._browser

    def lab(self, make_folder: Callable[[], Path]) -> Lab:
        if self._lab is None:
            self._lab = Lab(self.browser(), make_folder())
            self._open.callback(self._lab.close)
        return self._lab

    def clear(self) -> None:
        """Close what a file has left open in the browser, as one does that fails."""
        for context in self._browser.contexts:
            if self._lab is None or context is not self._lab.context:
                context.close()

    def close(self) -> None:
        self._open.close()  # the last first, and each, whatever happens to the others
        self._browser = self._lab = None
