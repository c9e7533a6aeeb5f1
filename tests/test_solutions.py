"""Every solution that a chapter prints passes the check of its exercise, as it stands."""

import ast
import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
EXERCISE = re.compile(r"^# from embedviz\.course import (check_\w+)\n# check_\w+\((\w+)\)$", re.MULTILINE)


def imports(source: str) -> str:
    """The import statements of a cell."""
    return "\n".join(
        ast.unparse(node) for node in ast.parse(source).body if isinstance(node, (ast.Import, ast.ImportFrom))
    )


def solutions():
    """(notebook, imports of the cells before, name of the check, name of the function, solution)."""
    for path in NOTEBOOKS:
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(path.read_text())["cells"]]
        for number, (kind, source) in enumerate(cells):
            if kind == "code" and (found := EXERCISE.search(source)):
                after = next(text for kind, text in cells[number + 1 :] if kind == "markdown")
                before = "\n".join(imports(text) for kind, text in cells[:number] if kind == "code")
                for block in re.findall(r"```python\n(.*?)```", after.partition("</details>")[0], re.DOTALL):
                    yield pytest.param(before, *found.groups(), block, id=f"{path.stem}-{found[1]}")


SOLUTIONS = list(solutions())


def test_each_exercise_has_one():
    checked = {name for path in NOTEBOOKS for name in re.findall(r"# (check_\w+)\(", path.read_text())}
    assert len(checked) >= 6 and {param.values[1] for param in SOLUTIONS} == checked


@pytest.mark.parametrize("before, check, name, solution", SOLUTIONS)
def test_it_is_right(before, check, name, solution, capsys):
    scope = {}
    exec(before, scope)
    exec(f"from embedviz.course import {check}", scope)
    exec(solution, scope)
    scope[check](scope[name])
    assert "✓ right" in capsys.readouterr().out
