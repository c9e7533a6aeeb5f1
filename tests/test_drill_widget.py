"""The drill as an object: what it asks, hears, keeps and says; without a page."""

from datetime import date

import pytest

from embedviz.course.drill_widget import Drill, drill
from embedviz.course.drills import CARDS, SECTIONS
from embedviz.course.knowledge import so_far
from embedviz.course.progress import Ledger, ProgressError, ledger
from embedviz.course.review import Session
from embedviz.course.ways import hours, self_study
from embedviz.widgets.base import LiveWidget

NAMES = list(CARDS)


@pytest.fixture
def kept(tmp_path):
    made = Ledger(tmp_path / "progress.sqlite")
    yield made
    made.close()


@pytest.fixture
def widget(kept):
    made = Drill(Session(kept))
    yield made
    made.close()


def hear(widget, **event):
    widget._hear(widget, event, [])


def test_what_the_page_tells_is_kept(widget, kept):
    first, left = widget.card["name"], widget.left
    hear(widget, type="grade", grade=3)  # the answer is not shown: too early
    assert kept.reviews() == [] and not widget.undoable
    hear(widget, type="reveal")
    assert widget.revealed and widget.card["name"] == first
    hear(widget, type="grade", grade=9)
    hear(widget, type="grade", grade="3")
    assert kept.reviews() == []
    turn = widget.turn
    hear(widget, type="grade", grade=4)
    assert [(one.card, one.grade) for one in kept.reviews()] == [(first, 4)]
    assert widget.turn == turn + 1 and widget.undoable and not widget.revealed
    assert widget.left == left - 1 and widget.said.endswith("1 graded, none left: done for now.") == (left == 1)
    hear(widget, type="undo")
    assert kept.reviews() == [] and widget.card["name"] == first and widget.revealed
    assert widget.said == "Taken back: Easy." and not widget.undoable
    hear(widget, type="undo")
    assert widget.card["name"] == first


def test_a_low_grade_brings_a_follow_up_until_the_next_step(widget):
    name = widget.card["name"]
    widget.reveal()
    widget.grade(1)
    asked = CARDS[name].follow_ups[0].question
    assert widget.follow_up["question"] and asked.split()[0] in str(widget.follow_up["question"])
    if widget.card is not None:
        widget.reveal()
        assert widget.follow_up is None


def test_another_session_goes_on_where_this_one_was(widget, kept):
    widget.reveal()
    first = widget.card["name"]
    widget.grade(4)
    again = Drill(Session(kept))
    assert again.card is None or again.card["name"] != first
    again.close()


def test_the_card_of_a_slip_comes_first(kept):
    last = list(Ledger(None).deck)[-1]
    kept.slipped("lookup gradient", "repeated rows are counted once", last)
    asked = Drill(Session(kept))
    assert asked.card["name"] == last
    asked.close()


def test_a_grade_that_cannot_be_kept_is_said_and_changes_nothing(widget, monkeypatch):
    widget.reveal()
    name = widget.card["name"]

    def full(*args, **options):
        raise ProgressError("the disk is full: make room, and grade again")

    monkeypatch.setattr(widget.session.ledger, "review", full)
    hear(widget, type="grade", grade=3)
    assert widget.failed and widget.said == "the disk is full: make room, and grade again"
    assert widget.card["name"] == name and widget.revealed
    monkeypatch.undo()
    hear(widget, type="grade", grade=3)
    assert not widget.failed and len(widget.session.ledger.reviews()) == 1


def test_a_section_and_a_kind_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("EMBEDVIZ_PROGRESS", str(tmp_path / "own.sqlite"))
    one = CARDS[NAMES[0]]
    asked = drill(one.section, one.kind, limit=1)
    assert asked.card["section"] == one.section and asked.card["kind"] == one.kind and asked.left == 1
    asked.close()
    with pytest.raises(ValueError, match="section='word': it must be one of 'representation'"):
        drill("word")
    with pytest.raises(ValueError, match="kind='prove': it must be one of 'explain'"):
        drill(kind="prove")
    ledger().close()


def test_it_is_a_live_widget_that_is_saved_as_words(widget):
    assert isinstance(widget, LiveWidget)
    assert widget.card["topic"] in widget.describe() and "Answer:" not in widget.describe()
    assert "<math" not in widget._words() and "<details>" in widget._words()
    widget.reveal()
    assert "Answer:" in widget.describe() and widget.static() == ({"text/plain": widget.describe()}, {})
    while widget.card is not None:
        widget.reveal()
        widget.grade(4)
    assert widget.describe() == "No card is due." and widget.left == 0 and "none left" in widget.said
    assert widget._words() == "<p>No card is due.</p>"


def test_so_far_counts_what_the_ledger_has(kept):
    empty = so_far(kept)
    assert "0 of" in empty and "none yet" in empty and "Slips" not in empty and "Interview" not in empty
    kept.tried("lookup gradient", True)
    kept.slipped("NDCG", "the gain is not discounted", NAMES[0])
    kept.interview = date(2027, 3, 5)
    kept.predict("air time", 1, {"value": 3.0})
    full = so_far(kept, now=None)
    assert (
        "the gain is not discounted" in full and "05 March 2027" in full and "1 made, of which 0 have come out" in full
    )
    assert empty.splitlines()[2] != full.splitlines()[2] and "| 1 of" in full.splitlines()[2]
    kept.review(NAMES[0], 3)
    after = so_far(kept)
    assert "the gain is not discounted" not in after and "1 answered today" in after
    assert f"{CARDS[NAMES[0]].section} 1 of" in after


def test_hours_are_those_of_the_sections_and_exercises():
    assert [hours(minutes) for minutes in (0, 45, 60, 135)] == ["0 min", "45 min", "1 h", "2 h 15 min"]
    table = self_study()
    assert table.count("ipynb") == 4 and table.splitlines()[-1].startswith("| **all** |")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_new_cards_from_the_first_day_on(section, monkeypatch, tmp_path):
    monkeypatch.setenv("EMBEDVIZ_PROGRESS", str(tmp_path / "progress.sqlite"))
    asked = drill(section)
    assert asked.left == ledger().daily_limit
    assert CARDS[asked.card["name"]].topic in SECTIONS[section]
