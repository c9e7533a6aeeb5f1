"""A card as plain JSON, for the views in a page: its texts as trees of nodes, its numbers computed."""

from embedviz.course import places
from embedviz.course.drills import Card
from embedviz.course.drills.numbers import shown
from embedviz.course.markup import inline, tree


def content(card: Card) -> dict:
    """What `js/parts/card.js` shows of a card.

    Returns:
        name, section, topic, kind: texts. question, answer, weak, source: nodes, see `markup`. points: a list of
        nodes for each. follow_ups: {"question": nodes, "answer": nodes} for each. place: chapter, heading, href.
        glossary: the address of the glossary beside the chapters.

    Raises:
        ValueError: a text has what cannot be shown, or a formula or a number is broken.
    """
    chapter, heading = card.place
    return {
        "name": card.name,
        "section": card.section,
        "topic": card.topic,
        "kind": card.kind,
        "question": inline(shown(card.question)),
        "answer": tree(shown(card.answer)),
        "points": [inline(shown(point)) for point in card.points],
        "weak": tree(shown(card.weak)),
        "follow_ups": [
            {"question": inline(shown(one.question)), "answer": tree(shown(one.answer))} for one in card.follow_ups
        ],
        "source": inline(card.source),
        "place": {"chapter": chapter, "heading": heading, "href": places.link(chapter, heading)},
        "glossary": "glossary.md",
    }
