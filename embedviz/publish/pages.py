"""The living widgets of notebooks, a page each: those that a run has left, or a run made for them.

`build/pages/<notebook's stem>/` has what `widgets.saved_pages` writes, and last `made.json`: of which code cells and
which package these pages are. `make test` runs all chapters and leaves theirs; `make_pages` runs those that lack them.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import nbformat

import embedviz
from embedviz.base.files import write_atomically
from embedviz.widgets.saved_pages import VARIABLE

FOLDER = Path("build/pages")
MADE = "made.json"
JOBS = 2  # notebooks at a time: a chapter needs up to 1.8 GB, and uses all processors part of the time
NOT_SHOWN = ("publish", "__main__.py", "__pycache__")  # of the package: nothing there changes what a notebook shows

_PAGE = re.compile(r"\d+-\d+\.(html|json)")


def pages_of(notebook: str | Path, folder: str | Path = FOLDER) -> Path:
    """The folder of a notebook's pages."""
    return Path(folder).absolute() / Path(notebook).stem


def make_pages(notebooks: Iterable[str | Path], folder: str | Path = FOLDER) -> list[Path]:
    """Run the notebooks whose pages are not there or not those of today's code, two at a time.

    Args:
        notebooks: paths; they are not changed.
        folder: where each has a folder of its own, named as it is.

    Returns:
        Those that were run.

    Raises:
        FileNotFoundError: no such notebook.
        ValueError: two have the same name.
        nbclient.exceptions.CellExecutionError: a cell has failed; the pages of the other notebooks are made.
    """
    paths = [Path(notebook) for notebook in notebooks]
    stems = [path.stem for path in paths]
    if twice := sorted({stem for stem in stems if stems.count(stem) > 1}):
        raise ValueError(f"several notebooks named {', '.join(twice)}: their pages would lie in the same folder")
    old = [path for path in paths if not current(path, folder)]
    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(lambda path: _make(path, folder), old))
    return old


def _make(notebook, folder):
    from embedviz.publish.execution import execute  # here, for whoever only wants to know what is there

    try:
        execute(notebook, **{VARIABLE: str(begin(notebook, folder))})
    except Exception as error:
        error.add_note(f"in {notebook}")
        raise
    finish(notebook, folder)


def current(notebook: str | Path, folder: str | Path = FOLDER) -> bool:
    """Whether a notebook's pages are complete, and of the code cells and the package that are here now.

    Raises:
        FileNotFoundError: no such notebook.
    """
    try:
        made = json.loads((pages_of(notebook, folder) / MADE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        made = None
    return made == _origin(notebook)


def begin(notebook: str | Path, folder: str | Path = FOLDER) -> Path:
    """Take away the pages that a notebook has, before it runs; returns their folder."""
    pages = pages_of(notebook, folder)
    pages.mkdir(parents=True, exist_ok=True)
    for file in sorted(pages.iterdir(), key=lambda file: file.name != MADE):  # this first: what is left is incomplete
        if file.name == MADE or _PAGE.fullmatch(file.name):
            file.unlink()
    return pages


def finish(notebook: str | Path, folder: str | Path = FOLDER) -> None:
    """Say that all cells of a notebook have run, and its pages are there."""
    text = json.dumps(_origin(notebook), indent=1)
    target = pages_of(notebook, folder) / MADE
    write_atomically(target, text)


def code_cells(notebook: str | Path) -> list[str]:
    """The sources of a notebook's code cells; those that are empty run no more than prose."""
    cells = nbformat.read(notebook, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def _origin(notebook):
    """What the pages of a notebook follow from, as it is now."""
    cells = json.dumps(code_cells(notebook)).encode()
    return {"notebook": hashlib.sha256(cells).hexdigest(), "package": _package()}


@cache
def _package() -> str:
    """A hash of all that the package is made of."""
    root, found = Path(embedviz.__file__).parent, hashlib.sha256()
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        parts = file.relative_to(root).parts
        if parts[0] not in NOT_SHOWN and "__pycache__" not in parts:
            content = file.read_bytes()
            found.update(f"{'/'.join(parts)} {len(content)}\n".encode() + content)
    return found.hexdigest()
