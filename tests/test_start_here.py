"""Start here, and the interview: what they say of times and names holds."""

import json
import re
from pathlib import Path

import pytest

from embedviz.course import places, ways
from embedviz.course.drills import SECTIONS
from embedviz.course.drills.card import KINDS
from embedviz.course.exercises import EXERCISES
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


def test_the_hours_add_up_and_are_those_that_stand_there():
    table = ways.self_study()
    shown = [
        [in_minutes(cell) for cell in row.strip("|").split("|")[1:]] for row in table.splitlines() if " min" in row
    ]
    assert len(shown) == len(places.CHAPTERS) + 1
    *chapters, together = shown
    assert all(sum(parts) == whole for *parts, whole in shown)
    assert [sum(column) for column in zip(*chapters)] == together
    for chapter, (core, exercises, optional, _) in zip(places.CHAPTERS, chapters):
        said = places.minutes(chapter)
        assert abs(core - said["core"]) <= 2.5 and abs(optional - said["optional"]) <= 2.5
        assert abs(exercises - sum(one.minutes for one in EXERCISES.values() if one.chapter == chapter)) <= 2.5
    outputs = json.dumps(json.loads((NOTEBOOKS / "00_start_here.ipynb").read_text(encoding="utf-8"))["cells"])
    assert all(json.dumps(row)[1:-1] in outputs for row in table.splitlines()), (
        "run notebooks/00_start_here.ipynb again"
    )


def in_minutes(text: str) -> int:
    return sum(int(number) * {"h": 60, "min": 1}[unit] for number, unit in re.findall(r"(\d+) (h|min)", text))


@pytest.mark.parametrize("name", ["00_start_here", "05_interview"])
def test_it_is_saved_as_somebody_finds_it_who_begins(name):
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = json.dumps([cell.get("outputs") for cell in cells])
    assert "0 answered today" in outputs and "| 1 of" not in outputs and "✗" not in outputs
