"""The mock interview: what is asked, what follows, what comes out; without a page."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from embedviz.course import interview_review
from embedviz.course.drills import CARDS, SECTIONS
from embedviz.course.interview import LOW, QUESTIONS, ROLES, Interview, Role, chosen
from embedviz.course.interview_widget import MockInterview

NOON = datetime(2027, 3, 4, 12, tzinfo=UTC)
ONE = next(iter(CARDS.values()))
KINDS = ("explain", "derive", "debug")
# Three cards of every topic.
MANY = [
    replace(ONE, name=f"{topic} {kind}", topic=topic, kind=kind)
    for topics in SECTIONS.values()
    for topic in topics
    for kind in KINDS
]


def after(seconds):
    return NOON + timedelta(seconds=seconds)


class Kept:
    """A ledger that takes down what it is told."""

    def __init__(self):
        self.reviews = []

    def review(self, card, grade, *, seconds=None, now=None):
        self.reviews.append((card, grade, seconds))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("minutes", QUESTIONS)
def test_questions_are_of_the_roles_sections_each_topic_once_and_seeded(role, minutes):
    first, again, other = (chosen(ROLES[role], QUESTIONS[minutes], seed, cards=MANY) for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) == QUESTIONS[minutes]
    assert len({card.topic for card in first}) == len(first)
    assert {card.section for card in first} <= ROLES[role].sections.keys()
    assert len({card.section for card in first}) >= 4  # a mix


@pytest.mark.parametrize("role", ROLES)
def test_the_first_question_follows_the_weights(role):
    draws = 3000
    counts = Counter(chosen(ROLES[role], 1, seed, cards=MANY)[0].section for seed in range(draws))
    total = sum(ROLES[role].sections.values())
    for section in SECTIONS:
        share = ROLES[role].sections.get(section, 0) / total
        assert abs(counts[section] / draws - share) <= 5 * (share * (1 - share) / draws) ** 0.5


def test_kinds_follow_the_weights_too():
    role = Role("", {"words": 1}, {"derive": 3, "debug": 0})
    counts = Counter(chosen(role, 1, seed, cards=MANY)[0].kind for seed in range(2000))
    assert counts["debug"] == 0 and 0.7 < counts["derive"] / 2000 < 0.8


def test_topics_seen_lately_come_rarely():
    role = Role("", {"meaning": 1})
    lately = {"polysemy explain": NOON - timedelta(days=1), "antonyms explain": NOON - timedelta(days=60)}
    counts = Counter(chosen(role, 1, seed, cards=MANY, seen=lately, now=NOON)[0].topic for seed in range(2000))
    assert counts["polysemy"] < counts["antonyms"] / 3
    # All of the section's topics come where all are asked for.
    assert len(chosen(role, 50, 0, cards=MANY, seen=lately, now=NOON)) == len(SECTIONS["meaning"])


def test_an_interview_goes_from_question_to_question():
    kept = Kept()
    one = Interview("ML engineer", 25, seed=3, ledger=kept, cards=MANY)
    assert one.stage == "ready" and one.card is None and one.seconds_left(NOON) == 1500
    one.begin(NOON)
    assert one.stage == "question" and one.number == 1 and one.card is one.cards[0]
    one.answered(after(90))
    one.graded(3, [0, 1, 2, 3], after(120))
    assert one.stage == "question" and one.number == 2 and one.seconds_left(after(120)) == 1380
    one.answered(after(200))
    one.graded(LOW, [0], after(210))
    assert one.stage == "follow-up" and one.follow_up in one.cards[1].follow_ups and one.number == 2
    one.followed(False, after(260))
    assert one.stage == "question" and one.number == 3
    assert kept.reviews == [(one.cards[0].name, 3, 90.0), (one.cards[1].name, 2, 80.0)]
    one.end(after(300))
    assert one.stage == "over" and one.card is None and one.seconds_left(after(9999)) == 1200
    assert [answer.followed for answer in one.answers] == [None, False]


def test_time_ends_it_after_the_question():
    one = Interview("recommender team", 45, seed=0, cards=MANY)
    one.begin(NOON)
    one.answered(after(60))
    one.graded(4, [0], after(45 * 60 + 1))
    assert one.stage == "over" and len(one.answers) == 1
    whole = Interview("recommender team", 45, seed=0, cards=MANY)
    whole.begin(NOON)
    for _ in whole.cards:
        whole.answered(NOON)
        whole.graded(4, [], NOON)
    assert whole.stage == "over" and len(whole.answers) == 13


def test_a_clock_that_jumps_back_gives_no_negative_times():
    one = Interview(cards=MANY, seed=0)
    one.begin(NOON)
    one.answered(after(-500))
    one.graded(3, [], after(-400))
    assert one.answers[0].seconds == 0


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="minutes=30: it must be 25 or 45"):
        Interview(minutes=30)
    with pytest.raises(ValueError, match="role='boss': it must be one of 'ML engineer'"):
        Interview("boss")
    with pytest.raises(ValueError, match="'word'"):
        Role("", {"word": 1})
    one = Interview(cards=MANY)
    with pytest.raises(ValueError, match="at 'ready': this can only be done at 'question'"):
        one.answered()
    one.begin(NOON)
    one.answered(NOON)
    with pytest.raises(ValueError, match="grade=5"):
        one.graded(5)
    with pytest.raises(ValueError, match=r"ticked=\[9\]: the points of .* are 0 to 3"):
        one.graded(3, [9])
    assert one.stage == "points" and one.answers == []


def interviewed():
    one = Interview("applied scientist", 25, seed=5, ledger=Kept(), cards=MANY)
    one.begin(NOON)
    for grade, ticked in ((4, [0, 1, 2, 3]), (1, [1]), (3, [0]), (2, [0, 1, 2])):
        one.answered(after(30))
        one.graded(grade, ticked, after(60))
        if grade <= LOW:
            one.followed(True, after(70))
    one.end(after(300))
    return one


def test_the_review_counts_points_and_says_what_to_read():
    one = interviewed()
    found = interview_review.review(one)
    assert (found.said, found.points) == (9, 16)
    by_hand = Counter()
    for answer in one.answers:
        by_hand[answer.card.section] += len(answer.ticked)
    assert {section: said for section, (said, _) in found.sections.items()} == dict(by_hand)
    shares = [said / of for said, of in found.sections.values()]
    assert shares == sorted(shares)
    assert found.piled == [one.cards[1].name, one.cards[3].name]
    [(place, cards)] = found.read.items()
    assert place == ONE.place and cards == [card.name for card in one.cards[1:4]]


def test_the_review_prints(tmp_path):
    one = interviewed()
    path = interview_review.to_html(one, tmp_path / "review.html")
    text = path.read_text(encoding="utf-8")
    assert "@media print" in text and "9 of 16 points" in text and text.count("✗ missed") == 7
    assert "Follow-up, known" in text and "{{" not in text and "<script" not in text
    assert interview_review.to_html(Interview(cards=MANY), path).read_text().count("No question was answered.") == 1


@pytest.fixture
def widget():
    made = MockInterview("applied scientist", seed=1)
    yield made
    made.close()


def test_the_widget_hears_the_page(widget):
    hear = lambda **event: widget._hear(widget, event, [])
    hear(type="answered")  # too early: nothing happens
    assert widget.stage == "choose" and widget.interview is None
    hear(type="begin", role="ML engineer", minutes=45)
    assert (widget.stage, widget.role, widget.minutes, widget.number) == ("question", "ML engineer", 45, 1)
    assert widget.card["question"] and widget.remaining > 2600
    hear(type="graded", grade=1, ticked=[])
    assert widget.stage == "question"
    hear(type="answered")
    hear(type="graded", grade=1, ticked=[0])
    assert widget.stage == "follow-up" and widget.follow_up["answer"]
    hear(type="followed", known=True)
    hear(type="end")
    assert widget.stage == "over" and "1 question answered" in widget.describe()
    assert widget.page.startswith("<!doctype html>") and widget.card is None
    hear(type="again")
    assert widget.stage == "choose"


def test_what_is_saved_is_words(widget):
    assert widget.static() == ({"text/plain": widget.describe()}, {})
    assert "25 or 45 minutes" in widget.describe()
    with pytest.raises(ValueError, match="no interview yet"):
        widget.save("review.html")
