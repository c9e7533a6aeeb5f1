"""The pages that a run of a notebook leaves behind: when, where, of what, and when they are made anew."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient.exceptions import CellExecutionError
from page_file import PageParser, held

from embedviz.publish import pages
from embedviz.publish.execution import execute
from embedviz.publish.pages import current, make_pages, pages_of
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import explore
from embedviz.widgets.saved_pages import _write, keep_page

pytestmark = [pytest.mark.slow, pytest.mark.browser]  # one of them drives a browser; so all stay together

ROOT = Path(__file__).parents[1]
TABLE = """\
import numpy as np
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import explore, explore_window
table = EmbeddingTable(["red", "blue", "gray"], np.eye(3))
"""
CELLS = [
    f"{TABLE}explore(table, projection='pca', title='Colors', selected='blue')",
    "",  # not executed, and not counted
    "two = [explore(table, projection='pca', title=title) for title in ('One', 'Another')]\ndisplay(*two)",
]
MADE = ["1-0.html", "1-0.json", "2-0.html", "2-0.json", "2-1.html", "2-1.json", "made.json"]
# What is shown here, cell by cell, has no page, but for that of [4].
SITUATIONS = [
    f"{TABLE}one = explore(table, projection='pca', title='Closed')\ndisplay(one)\none.close()",
    "part, two = (explore(table, projection='pca') for _ in range(2))\npart.owner = two\npart",
    "from embedviz.course import drill\ndrill()",
    "drilled = drill()\ndisplay(drilled, two)\ntwo.title = 'After it was shown'",
    "import os\nfolder = os.environ.pop('EMBEDVIZ_PAGES')\ntwo",
    "os.environ['EMBEDVIZ_PAGES'] = folder + '/a.txt'\nopen(os.environ['EMBEDVIZ_PAGES'], 'w').close()\ntwo",
    "os.environ['EMBEDVIZ_PAGES'] = folder\ntwo\nraise ValueError('a cell that fails shows nothing')",
    "print('the kernel is alive')",
]


def write(path: Path, cells=CELLS) -> Path:
    """A notebook of these code cells, under a heading."""
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    made = [nbformat.v4.new_markdown_cell("# Colors"), *map(nbformat.v4.new_code_cell, cells)]
    for cell in made:
        if "raise " in cell.source:
            cell.metadata["tags"] = ["raises-exception"]
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=metadata), path)
    return path


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder with a notebook that has run, and its pages in `pages`."""
    folder = tmp_path_factory.mktemp("run")
    notebook = write(folder / "tiny.ipynb")
    before = notebook.read_bytes()
    assert make_pages([notebook], folder / "pages") == [notebook]
    assert notebook.read_bytes() == before
    return folder


def test_each_page_opens_and_draws(run, browser):
    page, problems = browser.new_page(), []
    page.set_default_timeout(300_000)
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    for name, title in (("1-0", "Colors"), ("2-0", "One"), ("2-1", "Another")):
        page.goto((run / f"pages/tiny/{name}.html").as_uri())
        page.wait_for_function("() => document.querySelector('.embedviz-map')?.pointMap.x.length === 3")
        assert page.title() == title
    page.close()
    assert problems == []


def test_a_run_leaves_a_page_of_each_widget_and_runs_again_only_for_other_code(run, tmp_path, monkeypatch):
    notebook, folder = Path(shutil.copy(run / "tiny.ipynb", tmp_path)), tmp_path / "pages"
    shutil.copytree(run / "pages", folder)
    made = pages_of(notebook, folder)
    assert current(notebook, folder)
    assert names(made) == MADE
    about = json.loads((made / "1-0.json").read_text(encoding="utf-8"))
    page = PageParser()
    page.feed((made / "1-0.html").read_text(encoding="utf-8"))
    assert about["title"] == "Colors" == page.title.strip() and about["class"] == "Explorer"
    assert about["description"] == page.alt and "Lit: blue" in page.alt
    assert about["bytes"] == (made / "1-0.html").stat().st_size
    assert held(made / "1-0.html")["selected"] == "blue"
    assert [json.loads((made / f"2-{n}.json").read_text())["title"] for n in (0, 1)] == ["One", "Another"]
    assert make_pages([notebook], folder) == []  # nothing has changed
    book = nbformat.read(notebook, as_version=4)
    book.cells[0].source = "# Colors, and what they are"  # prose changes no widget
    nbformat.write(book, notebook)
    assert current(notebook, folder)
    for file in ("9-9.html", "kept.txt"):
        (made / file).touch()
    write(notebook, ["1"])
    assert not current(notebook, folder)
    assert make_pages([notebook], folder) == [notebook]
    assert names(made) == ["kept.txt", "made.json"]  # and nothing of before
    monkeypatch.setattr(pages, "_package", lambda: "of another package")
    assert not current(notebook, folder)


def test_what_has_no_page_has_none_and_no_cell_breaks(tmp_path):
    folder = tmp_path / "pages"
    book = execute(write(tmp_path / "situations.ipynb", SITUATIONS), EMBEDVIZ_PAGES=str(folder))
    assert names(folder) == ["4-1.html", "4-1.json", "a.txt"]
    assert json.loads((folder / "4-1.json").read_text())["title"] == "After it was shown"  # as the cell left it
    said = [
        "".join(output.text for output in cell.outputs if output.output_type == "stream")
        for cell in book.cells
        if cell.cell_type == "code"
    ]
    assert [number for number, text in enumerate(said, 1) if "no page of" in text] == [1, 6]
    assert "no page of widget 0 of cell [1], Explorer: ValueError: it was closed before the cell had ended" in said[0]
    assert re.search(r"no page of widget 0 of cell \[6\], Explorer: \w+Error: .*a\.txt", said[5])
    assert said[-1] == "the kernel is alive\n"


def test_a_failed_run_is_not_complete_and_the_others_are(tmp_path):
    broken, whole = write(tmp_path / "broken.ipynb", ["1", "1 / 0"]), write(tmp_path / "whole.ipynb", ["1"])
    with pytest.raises(CellExecutionError, match="ZeroDivisionError") as raised:
        make_pages([broken, whole], tmp_path / "pages")
    assert raised.value.__notes__ == [f"in {broken}"]
    assert names(tmp_path / "pages/broken") == []
    assert not current(broken, tmp_path / "pages") and current(whole, tmp_path / "pages")


def test_two_notebooks_of_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="several notebooks named tiny"):
        make_pages([tmp_path / "a/tiny.ipynb", tmp_path / "b/tiny.ipynb"], tmp_path)


class Umaps:
    """In place of an explorer's UMAPs: one that fails."""

    waited, ready = 0, {}

    def want(self, *args): ...

    def give_up(self): ...

    def wait(self):
        self.waited += 1
        raise ValueError("no UMAP today")


def test_a_page_waits_for_the_umap_that_it_shows_and_is_there_without_it(tmp_path):
    explorer = explore(EmbeddingTable(["red", "blue", "gray"], np.eye(3)), projection="pca")
    explorer._umaps = Umaps()
    _write(explorer, tmp_path, "1-0")
    assert explorer._umaps.waited == 0
    explorer.projection = "umap"
    with pytest.warns(UserWarning, match="the page of Explorer is not what it would be: no UMAP today"):
        _write(explorer, tmp_path, "2-0")
    assert explorer._umaps.waited == 1
    assert [held(tmp_path / f"{name}.html")["projection"] for name in ("1-0", "2-0")] == ["pca", "pca"]
    explorer.close()


def test_outside_ipython_nothing_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBEDVIZ_PAGES", str(tmp_path))
    keep_page(None)
    assert names(tmp_path) == []


def test_the_run_of_the_tests_leaves_the_pages_of_the_chapters(tmp_path):
    """As `make test` runs the chapters."""
    shutil.copy(ROOT / "conftest.py", tmp_path)
    whole, part = write(tmp_path / "whole.ipynb"), write(tmp_path / "part.ipynb", ["1", "2"])
    made = pages_of(whole, tmp_path / "build/pages")
    made.mkdir(parents=True)
    for name in ("1-0.html", "7-0.html", "made.json"):
        (made / name).touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval-lax"]
    command += ["whole.ipynb", "part.ipynb", "--deselect", "part.ipynb::Cell 1"]
    path = os.pathsep.join([str(ROOT), *filter(None, [environment.get("PYTHONPATH")])])
    ran = subprocess.run(command, cwd=tmp_path, env=environment | {"PYTHONPATH": path}, capture_output=True, text=True)
    assert ran.returncode == 0 and "4 passed, 1 deselected" in ran.stdout, ran.stdout + ran.stderr
    assert names(made) == MADE
    assert current(whole, tmp_path / "build/pages")
    assert not current(part, tmp_path / "build/pages")  # one of its cells has not run
