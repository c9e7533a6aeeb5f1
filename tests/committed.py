"""Whether a chapter, run anew, shows what is committed, where its cells promise that: as nbval judges it.

So a chapter that was run in a browser need not be run again by nbval.
"""

import re
from collections import defaultdict
from pathlib import Path

from nbformat import NotebookNode
from nbval.plugin import coalesce_streams, get_sanitize_patterns

PROMISED = "nbval-check-output"  # the tag of such a cell
PATTERNS = get_sanitize_patterns((Path(__file__).parent / "nbval_sanitize.cfg").read_text())
# Pixels are those of a machine's fonts, a widget's number is drawn by chance.
NOT_COMPARED = ("image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json")


def differences(committed: NotebookNode, run: NotebookNode) -> list[str]:
    """What is wrong with a chapter that was run: a line for each cell that has not run, or shows something else."""
    before, after = ([cell for cell in book.cells if cell.cell_type == "code"] for book in (committed, run))
    if [cell.source for cell in before] != [cell.source for cell in after]:
        return ["its cells are others"]
    found = []
    for number, (old, new) in enumerate(zip(before, after)):
        if new.execution_count is None:
            found.append(f"code cell {number} has not run")
        elif PROMISED in old.metadata.get("tags", ()) and (then := shown(old)) != (now := shown(new)):
            found.append(f"code cell {number} shows {now}, not {then}")
    return found


def shown(cell: NotebookNode) -> dict[str, list]:
    """What the outputs of a cell hold of each kind, without what differs from machine to machine."""
    kinds = defaultdict(list)
    for output in coalesce_streams(cell.outputs):
        data = {output.name: output.text} if output.output_type == "stream" else output.get("data", {})
        for kind, value in data.items():
            if kind not in NOT_COMPARED:
                kinds[kind].append(_alike(value) if isinstance(value, str) else value)
    return dict(kinds)


def _alike(text: str) -> str:
    for pattern, replacement in PATTERNS:
        text = re.sub(pattern, replacement, text)
    return text
