"""The JavaScript of the widgets is written so that it can be read, and put into any page."""

import ast
import re
from pathlib import Path

import pytest

from embedviz.widgets.bundle import JS, bundle

WIDGETS = Path(JS).parent
MODULES = sorted(JS.rglob("*.js"))
ENTRIES = [str(path.parent.relative_to(JS) / path.name) for path in MODULES if path.name == "main.js"]
LONGEST = 60  # lines of a function

# A function or a method: its first line ends with a brace, and the line that closes it is indented alike.
START = re.compile(r"^( *)(?:export )?(?:async )?(?:function\*? |get |set |static |const \w+ = )?.*\{$")


def long_functions(text: str) -> list[str]:
    lines, found = text.splitlines(), []
    for i, line in enumerate(lines):
        match = START.match(line)
        if not match or re.match(r" *(?:export )?class ", line):
            continue
        close = next((j for j in range(i + 1, len(lines)) if re.match(rf"^{match[1]}[}}\])]", lines[j])), len(lines))
        if close - i + 1 > LONGEST:
            found.append(f"{line.strip()}: {close - i + 1} lines")
    return found


def test_long_functions_are_found():
    text = "function f() {\n" + "  g();\n" * 59 + "}\nclass A {\n  m() {\n" + "    g();\n" * 57 + "  }\n}\n"
    assert long_functions(text) == ["function f() {: 61 lines"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(JS)))
def test_a_module_is_readable_and_safe(path):
    text = path.read_text(encoding="utf-8")
    assert long_functions(text) == []
    assert [f"{i}: {len(line)}" for i, line in enumerate(text.splitlines(), 1) if len(line) > 120] == []
    assert text.startswith("// "), "a first line that says what it is"
    # Names are data, never markup, and a strict content policy forbids to make code of text.
    assert not re.search(r"innerHTML|insertAdjacentHTML|outerHTML|document\.write|\beval\(|new Function", text)
    assert not re.search(r"https?://(?!www.w3.org/(?:2000/svg|1998/Math/MathML))", text), (
        "nothing is loaded from elsewhere"
    )


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_widgets_code_is_small_and_can_stand_in_a_page(entry):
    code = bundle(entry, widget=True)
    # What trains in the page is an explorer, too.
    assert len(code) < (270_000 if entry == "train/main.js" else 210_000)
    assert "</script" not in code.lower() and "<!--" not in code


def test_the_explorers_python_stays_small():
    text = (WIDGETS / "explorer.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 350
    for path in WIDGETS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and path.stem in (
                "explorer",
                "question",
                "answers",
                "linked_maps",
                "airports",
            ):
                assert node.end_lineno - node.lineno + 1 <= 250, f"{path.name}: {node.name}"
