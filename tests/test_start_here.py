"""Start here, and the interview: what they say of times and names holds."""

import json
import re
from pathlib import Path

import pytest

from embedviz.course import places
from embedviz.course.drills import SECTIONS
from embedviz.course.drills.card import KINDS
from embedviz.course.whiteboard import DERIVATIONS

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def prose(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def test_the_lecture_takes_90_minutes():
    text = prose(NOTEBOOKS / "00_start_here.ipynb")
    lecture = text[text.index("### To teach it") : text.index("### To pass an interview")]
    assert sum(map(int, re.findall(r"^\| (\d+) \|", lecture, re.MULTILINE))) == 90
    assert {f"0{chapter}_" for chapter in places.CHAPTERS} <= set(re.findall(r"\((0\d_)", lecture))


def test_names_of_sections_kinds_and_derivations_are_those_that_there_are():
    text = prose(NOTEBOOKS / "05_interview.ipynb")
    assert ", ".join(SECTIONS) in text and ", ".join(KINDS) in text
    source = (NOTEBOOKS / "05_interview.ipynb").read_text(encoding="utf-8").replace('\\"', '"')
    assert set(re.findall(r'board\("([^"]+)"\)', source)) == set(DERIVATIONS)
    assert set(re.findall(r'drill\("(\w+)"\)', source)) <= set(SECTIONS)
    assert set(re.findall(r'drill\(kind="(\w+)"\)', source)) <= set(KINDS)


def test_minutes_are_those_of_the_sections():
    text = re.findall(r"^\*(.+)\*", prose(places.chapter_file(4)), re.MULTILINE)
    core = [int(minutes) for line in text for minutes in re.findall(r"^Core · (\d+) minutes", line)]
    assert places.minutes(4)["core"] == sum(core) and len(core) > 8


@pytest.mark.parametrize("name", ["00_start_here", "05_interview"])
def test_it_is_saved_as_somebody_finds_it_who_begins(name):
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = json.dumps([cell.get("outputs") for cell in cells])
    assert "0 answered today" in outputs and "| 1 of" not in outputs and "✗" not in outputs
