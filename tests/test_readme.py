"""What the README says and shows is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_pictures_have_descriptions():
    assert len(re.findall(r"!\[(.*?)\]\(", README)) >= 3
    assert all(alt.strip() for alt in re.findall(r"!\[(.*?)\]\(", README))


def test_every_room_is_in_the_table_and_no_other():
    table = README[README.index("| room | what is in it |") :]
    named = re.findall(r"^\| `(\w+)` \|", table[: table.index("\n\n")], flags=re.M)
    assert sorted(named) == sorted(path.parent.name for path in (ROOT / "embedviz").glob("*/__init__.py"))


@pytest.mark.slow
def test_the_example_runs():
    [code] = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    *lines, last = code.strip().splitlines()
    scope = {}
    exec("\n".join([*lines, f"answer = {last}"]), scope)
    assert len(scope["answer"]) == 10 and "Anna Karenina" in set(scope["answer"]["name"])


def test_every_make_target_is_real():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert {"lab", "test"} < set(re.findall(r"(?:^|`)make ([a-z]+)", README, flags=re.M)) <= targets


def test_exercises_and_cards_are_as_many_as_it_says():
    from embedviz.course.drills import CARDS
    from embedviz.course.exercises import EXERCISES

    assert "Forty-two exercises" in README and len(EXERCISES) == 42
    (said,) = re.findall(r"Some (\d+) cards", README)
    assert round(len(CARDS), -1) == int(said)
