"""A card as plain JSON, for the views in a page: its texts as trees of nodes, its numbers computed."""

from collections.abc import Callable

from embedviz.course import places
from embedviz.course.drills import Card
from embedviz.course.drills.numbers import shown
from embedviz.course.markup import inline, tree


def content(
    card: Card,
    numbers: Callable[[str], str] = shown,
    link: Callable[[int, str], str] = places.link,
    glossary: str = "glossary.md",
) -> dict:
    """What `js/parts/card.js` shows of a card.

    Args:
        numbers: a text with the numbers filled in: computed, or as `numbers.stated` has them.
        link: (chapter, heading) → the address of where the workbook explains it.
        glossary: its address.

    Returns:
        name, section, topic, kind: texts. question, answer, weak, source: nodes, see `markup`. points: a list of
        nodes for each. follow_ups: {"question": nodes, "answer": nodes} for each. place: chapter, heading, href.
        glossary: as given.

    Raises:
        ValueError: a text has what cannot be shown, or a formula or a number is broken.
    """
    chapter, heading = card.place
    return {
        "name": card.name,
        "section": card.section,
        "topic": card.topic,
        "kind": card.kind,
        "question": inline(numbers(card.question)),
        "answer": tree(numbers(card.answer)),
        "points": [inline(numbers(point)) for point in card.points],
        "weak": tree(numbers(card.weak)),
        "follow_ups": [
            {"question": inline(numbers(one.question)), "answer": tree(numbers(one.answer))} for one in card.follow_ups
        ],
        "source": inline(card.source),
        "place": {"chapter": chapter, "heading": heading, "href": link(chapter, heading)},
        "glossary": glossary,
    }
