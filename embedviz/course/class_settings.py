"""What a teacher has set for a class: a file beside the notebooks, which `embedviz student` writes.

It hides the solutions of exercises in the page. It is no lock: the package holds them, and who looks there finds them.
"""

import json
import os
from pathlib import Path

FILE = "embedviz-class.json"
WITHOUT_SOLUTIONS = {"solutions": False}
ASK = "Ask your teacher: in this class, solutions are not shown here."


def shows_solutions() -> bool:
    """Whether `exercise(…).solution()` shows one: yes, unless the file in the notebook's folder says no."""
    path = Path(FILE)
    try:
        return json.loads(path.read_text(encoding="utf-8"))["solutions"] is not False
    except FileNotFoundError:
        return True
    except (OSError, ValueError, TypeError, KeyError):  # a damaged file gives nothing away
        return False


def is_graded() -> bool:
    """Whether nbgrader runs this notebook, to grade it or to validate it: then a wrong answer must be an error."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))
