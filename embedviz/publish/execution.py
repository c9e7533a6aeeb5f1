"""A notebook run from top to bottom, as a reader finds it who has made nothing yet."""

import asyncio
import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def execute(path: str | Path, **environment: str) -> nbformat.NotebookNode:
    """Run a notebook in its folder, with a fresh kernel and without anybody's progress; its file stays as it is.

    Args:
        path: of the notebook.
        **environment: variables that its kernel has beside those of this process.

    Returns:
        The notebook with its outputs; without the widgets' state and the times.

    Raises:
        FileNotFoundError: no such notebook.
        nbclient.exceptions.CellExecutionError: a cell has failed.
    """
    path = Path(path)
    notebook = nbformat.read(path, as_version=4)
    options = {"store_widget_state": False, "record_timing": False, "coalesce_streams": True, "timeout": None}
    client = NotebookClient(notebook, resources={"metadata": {"path": path.parent}}, **options)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        progress = {"EMBEDVIZ_PROGRESS": str(Path(folder) / "progress.sqlite")}
        asyncio.run(
            client.async_execute(env=os.environ | progress | environment)
        )  # leaves no loop behind, in threads too
    return notebook
