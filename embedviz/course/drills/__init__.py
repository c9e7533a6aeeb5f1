"""The drills: cards for an interview about embeddings, a module for each section of `topics.SECTIONS`."""

from embedviz.course.drills import (
    evaluation,
    factorization,
    meaning,
    representation,
    serving,
    space,
    towers,
    words,
)
from embedviz.course.drills.card import Card
from embedviz.course.drills.topics import SECTIONS

_MODULES = (representation, space, words, meaning, factorization, towers, evaluation, serving)


def _collected() -> dict[str, Card]:
    cards: dict[str, Card] = {}
    for one in (one for module in _MODULES for one in module.CARDS):
        if one.name in cards:
            raise ValueError(f"{one.where}: card {one.name!r}: {cards[one.name].where} has that name already")
        cards[one.name] = one
    return cards


#: name → card, section by section.
CARDS: dict[str, Card] = _collected()


def card(name: str) -> Card:
    """A card by its name.

    Raises:
        KeyError: there is none; the message says which come closest.
    """
    if name not in CARDS:
        import difflib

        close = difflib.get_close_matches(name, CARDS, n=3, cutoff=0) or list(CARDS)[:3]
        raise KeyError(f"no card {name!r}: did you mean {', '.join(map(repr, close))}?")
    return CARDS[name]


__all__ = ["CARDS", "Card", "SECTIONS", "card"]
