"""Chapters for Google Colab: with a first cell that installs what is missing.

    python -m embedviz.publish.colab build/colab --repository https://github.com/OWNER/NAME

Colab opens one notebook, not a repository, on a machine of its own that knows nothing of it. Where the workbook is
published only its publisher knows, so that the committed notebooks have no such cell. anywidget needs no line of its
own: in Colab, its widgets call `google.colab.output.enable_custom_widget_manager()` themselves (`anywidget/widget.py`,
`AnyWidget.__init__`, in the locked version 0.11.0).
"""

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat

from embedviz.base.files import write_atomically
from embedviz.course.places import NOTEBOOKS

SETUP = "colab-setup"  # the cell's id
_GITHUB = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+")
_CELL = """\
# In Colab this installs the workbook, once a session; where it is installed, it does nothing.
import importlib, importlib.util, subprocess, sys

if importlib.util.find_spec("embedviz") is None:
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", SOURCE], check=True)
    subprocess.run([sys.executable, "-m", "embedviz", "fetch"], check=True)  # the data
    importlib.invalidate_caches()"""


def install_source(repository: str, branch: str = "main") -> str:
    """What pip is to install: the archive that GitHub makes of a branch, for which no git is needed.

    Raises:
        ValueError: no address of a repository on GitHub, from where alone Colab opens; or no name of a branch.
    """
    address = re.sub(r"(\.git)?/?$", "", repository)
    if not _GITHUB.fullmatch(address):
        raise ValueError(f"repository {repository!r}: Colab opens notebooks of https://github.com/OWNER/NAME")
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)*", branch):
        raise ValueError(f"branch {branch!r}: no branch has such a name")
    return f"embedviz @ {address}/archive/refs/heads/{branch}.zip"


def with_setup(book: nbformat.NotebookNode, source: str) -> nbformat.NotebookNode:
    """A copy of a notebook with the cell that installs from `source`, a requirement of pip's, before all other code.

    Raises:
        ValueError: it has such a cell already, or no code.
    """
    if any(cell.id == SETUP for cell in book.cells):
        raise ValueError(f"the notebook has a cell {SETUP!r} already")
    code = [number for number, cell in enumerate(book.cells) if cell.cell_type == "code"]
    if not code:
        raise ValueError("the notebook has no code cell that would need anything installed")
    copy = nbformat.from_dict(book)
    cell = nbformat.v4.new_code_cell(_CELL.replace("SOURCE", repr(source)), id=SETUP)
    copy.cells = [*book.cells[: code[0]], cell, *book.cells[code[0] :]]
    return copy


def write_colab_notebooks(folder: str | Path, source: str, notebooks: Iterable[Path] | None = None) -> list[Path]:
    """Write the chapters for Colab.

    Args:
        folder: where to; made if it is not there.
        source: see `install_source`.
        notebooks: None: all of the workbook.

    Returns:
        The files.

    Raises:
        ValueError: there are none, or see `with_setup`.
        OSError: the folder cannot be written.
    """
    paths = sorted(NOTEBOOKS.glob("*.ipynb") if notebooks is None else notebooks)
    if not paths:
        raise ValueError(f"there are no notebooks in {NOTEBOOKS}")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path in paths:
        text = nbformat.writes(with_setup(nbformat.read(path, as_version=4), source))
        target = folder / path.name
        written.append(write_atomically(target, text + "\n"))
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m embedviz.publish.colab",
        description="Write the chapters with a first cell that installs what they need, for Google Colab.",
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repository", required=True, metavar="URL", help="https://github.com/OWNER/NAME")
    parser.add_argument("--branch", default="main", help="that is installed (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        for path in write_colab_notebooks(options.folder, install_source(options.repository, options.branch)):
            print(path)
    except (ValueError, OSError) as error:
        print(f"embedviz: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
