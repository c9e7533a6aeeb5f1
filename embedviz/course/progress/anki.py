"""The cards as a deck for Anki, by genanki. The numbers of cards never change, so a later import updates them."""

import re
from collections.abc import Collection
from html import escape
from pathlib import Path

from embedviz.base.files import write_atomically
from embedviz.course.drills import CARDS, Card
from embedviz.course.drills.numbers import shown
from embedviz.course.plain_text import CODE_OR_FORMULA

MODEL, DECK = 1_719_433_127, 1_719_433_128  # chosen once at random; never to be changed
FIELDS = ("Name", "Question", "Answer", "Points", "Weak", "FollowUps", "Source", "Place")
BACK = (
    "{{FrontSide}}<hr id=answer>{{Answer}}<h4>A full answer says</h4>{{Points}}<h4>A weak one</h4>{{Weak}}"
    "<h4>An interviewer would go on</h4>{{FollowUps}}<p><small>{{Source}}<br>{{Place}}</small></p>"
)
CSS = ".card { font-family: sans-serif; font-size: 18px; text-align: left; max-width: 42em; margin: auto; }"


def export_anki(path: str | Path, cards: Collection[str] | None = None) -> Path:
    """Write cards as an Anki package, their numbers computed, topic and kind as tags.

    Args:
        path: of the .apkg file.
        cards: names; by default all.

    Returns:
        The path.

    Raises:
        KeyError: there is no such card.
        OSError: it cannot be written; what was there is unchanged.
    """
    import genanki

    model = genanki.Model(
        MODEL,
        "embedviz",
        fields=[{"name": name} for name in FIELDS],
        templates=[{"name": "Card", "qfmt": "{{Question}}", "afmt": BACK}],
        css=CSS,
        sort_field_index=0,
    )
    deck = genanki.Deck(DECK, "embedviz: embeddings in interviews")
    for name in CARDS if cards is None else cards:
        card = CARDS[name]
        guid = genanki.guid_for("embedviz", card.name)
        deck.add_note(genanki.Note(model, _fields(card), guid=guid, tags=_tags(card)))
    return write_atomically(path, lambda temporary: genanki.Package(deck).write_to_file(str(temporary)))


def _fields(card: Card) -> list[str]:
    points = "\n".join(f"- {point}" for point in card.points)
    follow_ups = "\n\n".join(f"**{one.question}**\n\n{one.answer}" for one in card.follow_ups)
    place = f"chapter {card.place[0]}: {card.place[1]}"
    texts = [card.question, card.answer, points, card.weak, follow_ups, card.source, place]
    return [card.name, *(html(shown(text)) for text in texts)]


def _tags(card: Card) -> list[str]:
    return [re.sub(r"[^\w-]+", "_", tag) for tag in ("embedviz", card.section, card.topic, card.kind)]


def html(markdown: str) -> str:
    r"""Markdown as HTML, formulas as Anki's MathJax reads them: \(…\), and \[…\] where they stand alone."""
    import mistune

    pieces = CODE_OR_FORMULA.split(markdown)
    formulas = []
    for number in range(1, len(pieces), 2):
        if pieces[number].startswith("$"):
            latex = escape(pieces[number].strip("$").strip(), quote=False)
            formulas.append(f"\\[{latex}\\]" if pieces[number].startswith("$$") else f"\\({latex}\\)")
            pieces[number] = f"FORMULA{len(formulas) - 1}END"  # Markdown has no marks in it
    text = mistune.html("".join(pieces)).strip()
    return re.sub(r"FORMULA(\d+)END", lambda found: formulas[int(found[1])], text)
