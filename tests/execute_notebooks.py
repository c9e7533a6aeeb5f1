"""Run chapters from top to bottom and keep their outputs as they are committed: `make notebooks`.

Without what a reader does not see, or what differs at each run: the widgets' state, the times, the bars of progress
that were erased.

    .venv/bin/python tests/execute_notebooks.py notebooks/02_wikipedia_books.ipynb
"""

import sys
import time
from pathlib import Path

import nbformat

from embedviz.base.files import write_atomically
from embedviz.publish.execution import execute


def renew(path: Path) -> None:
    """Run a notebook, and write it when all has gone well."""
    start = time.perf_counter()
    notebook = execute(path)
    notebook.metadata = {name: notebook.metadata[name] for name in ("kernelspec", "language_info")}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            for output in cell.outputs:
                if output.output_type == "stream":  # what a terminal would show in the end
                    output.text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in output.text.split("\n"))
            cell.outputs = [output for output in cell.outputs if output.output_type != "stream" or output.text.strip()]
    write_atomically(path, lambda temporary: nbformat.write(notebook, temporary))
    print(f"{path}: {time.perf_counter() - start:.0f} s, {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        renew(Path(name))
