"""What the README says and shows is there."""

import importlib
import re
from pathlib import Path

import pytest

from embedviz.course.places import chapter_file
from embedviz.widgets.bundle import JS, bundle

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_pictures_have_descriptions():
    assert len(re.findall(r"!\[(.*?)\]\(", README)) >= 3
    assert all(alt.strip() for alt in re.findall(r"!\[(.*?)\]\(", README))


def test_every_room_is_in_the_table_and_no_other():
    table = README[README.index("| room | what is in it |") :]
    named = re.findall(r"^\| `(\w+)` \|", table[: table.index("\n\n")], flags=re.M)
    assert sorted(named) == sorted(path.parent.name for path in (ROOT / "embedviz").glob("*/__init__.py"))


def test_the_index_names_each_part_and_nothing_else():
    index = README[: README.index("\n## ")]
    parts = re.findall(r"^## (.+)$", README, flags=re.M)
    named = re.findall(r"\[([^\]]+)\]\(#([^)]+)\)", index)
    assert [name for name, _ in named] == parts
    assert all(target == name.lower().replace(" ", "-") for name, target in named)


COMMANDS = re.findall(r"(?:\.venv/bin/embedviz|python -m embedviz\.publish\.\w+) [^`#\n]+", README)
COMMANDS += [f"python -m embedviz.publish.site {said}" for said in re.findall(r'SITE_ARGS="([^"]+)"', README)]
COMMANDS += [f"python -m embedviz.publish.slides {said}" for said in re.findall(r"SLIDES_ARGS=(\S+?)`", README)]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_the_options_that_it_shows(command, capsys):
    program, *words = command.removeprefix("python -m ").split()
    if program.endswith("embedviz"):
        program, words = "embedviz.__main__", words
        first = [words[0]]
    else:
        program, first = f"{program}.__main__", []
    if program.endswith("check.__main__"):
        pytest.skip("it has no options")
    try:
        status = importlib.import_module(program).main([*first, "--help"])
    except SystemExit as end:
        status = end.code
    shown = capsys.readouterr().out
    assert not status and all(word in shown for word in re.findall(r"(?<!\S)--[a-z]+", command)), shown


def test_a_widgets_code_is_as_small_as_it_says():
    ((most, training),) = re.findall(r"less than (\d+) kB a widget \((\d+) for the one that trains\)", README)
    for entry in (str(path.relative_to(JS)) for path in JS.glob("*/main.js")):
        assert len(bundle(entry)) < 1000 * int(training if entry == "train/main.js" else most), entry


def test_sizes_of_the_data_are_those_that_the_chapters_print():
    for number, chapter in {"336,776": 1, "2,193": 2, "37,000": 2}.items():
        assert number in README and number in chapter_file(chapter).read_text(encoding="utf-8"), number


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
