"""A notebook run from top to bottom, as a reader finds it who has made nothing yet."""

import asyncio
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
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
        _run(lambda: client.async_execute(env=os.environ | progress | environment))
    return notebook


def _run(work):
    """Run a coroutine to its end. `NotebookClient.execute` would leave a loop behind in every thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    with ThreadPoolExecutor(1) as other:  # as in a notebook: this thread has a loop already
        return other.submit(lambda: asyncio.run(work())).result()
