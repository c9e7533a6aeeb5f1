"""The cards of the drills: complete, sourced, of a length to say aloud, and every number recomputed."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from embedviz.course.drills import CARDS, SECTIONS, Card, card
from embedviz.course.drills.card import COMPUTED, KINDS, FollowUp
from embedviz.course.drills.numbers import NumberError, computed, evaluate, printed, shown
from embedviz.course.drills.topics import TOPICS
from embedviz.course.exercises import EXERCISES

ROOT = Path(__file__).parents[1]
ALL = pytest.mark.parametrize("one", CARDS.values(), ids=list(CARDS))
# What is not read aloud as a number: formulas, code, links, years, and names such as SGNS-100 or WordSim-353.
NOT_A_CLAIM = re.compile(
    r"\$\$.+?\$\$|\$[^$]+\$|`[^`]+`|\]\([^)]*\)|\b(1[89]|20)\d\d\b|\b[A-Za-z]+[-@]?\d+[A-Za-z]?\b", re.S
)
CLAIM = re.compile(r"(?<![\w.,])\d[\d,]{2,}(?:\.\d+)?|\d*\.\d+|\d+(?= ?(?:%|percent|times|kB|MB|GB|TB))")


def words(text: str) -> int:
    return len(shown_as_stated(text).split())


def shown_as_stated(text: str) -> str:
    return COMPUTED.sub(lambda found: found["stated"].strip(), text)


def headings(chapter: int) -> set[str]:
    (path,) = (ROOT / "notebooks").glob(f"0{chapter}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return set(re.findall(r"^#+ (.+)$", text, re.M))


@ALL
def test_each_number_comes_out_as_it_is_stated(one):
    for found in COMPUTED.finditer(one.text):
        expression, stated = found["expression"].strip(), found["stated"].strip()
        evaluate(expression)  # the data are there, and it is not broken
        assert computed(expression, stated) == stated, f"{one.where}: {expression}"


@ALL
def test_no_number_is_only_stated(one):
    """A number in an answer is computed, or was given in the question."""
    for asked, answered in [(one.question, one.answer), *((f.question, f.answer) for f in one.follow_ups)]:
        given = set(CLAIM.findall(one.question + asked))
        claims = set(CLAIM.findall(NOT_A_CLAIM.sub(" ", COMPUTED.sub(" ", answered))))
        assert claims <= given, f"{one.where}: {sorted(claims - given)}: write {{{{ expression | number }}}}"


@ALL
def test_an_answer_takes_one_to_two_minutes(one):
    assert 100 <= words(one.answer) <= 290, f"{one.where}: {words(one.answer)} words"
    for follow_up in one.follow_ups:
        assert words(follow_up.answer) >= 8, f"{one.where}: {follow_up.question}"


@ALL
def test_it_has_a_link_and_a_place_in_the_chapters(one):
    assert re.search(r"\]\(https?://", one.source), f"{one.where}: {one.source}"
    chapter, heading = one.place
    assert heading in headings(chapter), f"{one.where}: chapter {chapter} has no {heading!r}"


def test_every_topic_is_asked_in_several_ways():
    assert len(TOPICS) == len(set(TOPICS)) == 60
    assert len(CARDS) >= 160
    assert min(Counter(one.topic for one in CARDS.values()).get(topic, 0) for topic in TOPICS) >= 2
    assert min(Counter(one.kind for one in CARDS.values()).get(kind, 0) for kind in KINDS) >= 10
    assert len({one.question for one in CARDS.values()}) == len(CARDS)


def test_every_slip_has_a_card():
    without = [f"{e.name}: {slip.name}" for e in EXERCISES.values() for slip in e.slips if slip.card not in CARDS]
    assert not without


def test_a_section_is_a_module():
    for name, one in CARDS.items():
        section = Path(one.where.rpartition(":")[0]).stem
        assert one.topic in SECTIONS[section], f"{name}: {one.topic!r} belongs elsewhere"


def test_a_broken_card_says_where():
    again = FollowUp("q", "a")
    right = {"name": "x", "topic": TOPICS[0], "kind": "explain", "question": "q", "answer": "a", "weak": "w"}
    right |= {"points": ("1", "2", "3"), "follow_ups": (again, again), "source": "s", "place": (1, "h")}
    Card(**right)
    for wrong in (
        {"topic": "cooking"}, {"kind": "guess"}, {"points": ("1",)}, {"place": (7, "h")}, {"weak": ""},
        {"follow_ups": (again,)}, {"answer": "{{ 1 + 1 }}"},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"test_drills\.py:\d+: card 'x': "):
            Card(**right | wrong)


def test_a_card_is_found_by_its_name():
    assert card("lookup as a product") is CARDS["lookup as a product"]
    with pytest.raises(KeyError, match="did you mean 'lookup as a product'"):
        card("lookup as product")


@pytest.mark.parametrize(
    ("expression", "stated", "expected"),
    [
        ("2193 * 50 * 4 / 1000", "400 kB", "439 kB"),
        ("37_020", "1,000 books", "37,020 books"),
        ("12345", "1000", "12345"),
        ("-1 / 3", ".50", "−.33"),
        ("1 / 3", "0.5", "0.3"),
        ("log2(8)", "a factor of 1", "a factor of 3"),
    ],
)
def test_a_number_is_written_as_it_was_stated(expression, stated, expected):
    assert computed(expression, stated) == expected
    assert shown(f"It is {{{{ {expression} | {stated} }}}}.") == f"It is {expected}."


def test_without_data_the_stated_number_is_shown(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBEDVIZ_CACHE", str(tmp_path))
    from embedviz.course.drills import numbers

    numbers.dataset.cache_clear()
    assert computed("len(flights.flights)", "336,776") == "336,776"
    numbers.dataset.cache_clear()


def test_a_broken_number_says_what_is_wrong():
    with pytest.raises(NumberError, match="1 / 0.*division"):
        computed("1 / 0", "3")
    with pytest.raises(NumberError, match="'lenght'"):
        computed("lenght(books.books)", "3")  # codespell:ignore lenght
    with pytest.raises(NumberError, match="no number"):
        computed("1", "one")
    with pytest.raises(NumberError, match="0 numbers"):
        printed(1, r"no such (\d+) text")
