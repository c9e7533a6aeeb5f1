"""The folder of decks: `<stem>.html` with what it needs beside it, and its questions for a poll tool."""

import csv
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path
from string import ascii_uppercase

from embedviz.base.files import write_atomically
from embedviz.course.markup import as_text, tree
from embedviz.datasets.web_libraries import MATHJAX, REVEAL, library_files
from embedviz.publish.slides.html import code_css, deck_page, static_file
from embedviz.publish.slides.lecture import Deck, Picture
from embedviz.publish.slides.reading import read_deck

_OF_REVEAL = ("dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js", "LICENSE")
_SOURCE = re.compile(r'<meta name="embedviz-source" content="([0-9a-f]*)">')


def build_decks(notebooks: Iterable[str | Path], folder: str | Path, pages: str | Path) -> list[Path]:
    """Write the deck of each notebook that has slides, and what they share.

    Args:
        notebooks: their files.
        folder: for the decks.
        pages: with the widgets' pages, `<pages>/<stem>/<execution count>-<n>.html`; those that a deck shows are copied.

    Returns:
        The decks' files.

    Raises:
        ValueError: see `reading.read_deck`.
        DatasetError: reveal.js or MathJax has to be fetched, and cannot be.
        OSError: a file cannot be read or written.
    """
    folder, pages = Path(folder), Path(pages)
    decks = [deck for deck in map(read_deck, notebooks) if deck.slides]
    _write_shared(folder)
    return [_write_deck(deck, folder, pages) for deck in decks]


def is_stale(page: str | Path, notebook: str | Path) -> bool:
    """Whether a deck is missing, or was made from another state of its notebook."""
    if not Path(page).is_file():
        return True
    found = _SOURCE.search(Path(page).read_text(encoding="utf-8"))
    return found is None or found[1] != read_deck(notebook).source


def _write_deck(deck: Deck, folder, pages) -> Path:
    shown = {part.page for slide in deck.slides for part in slide.parts if isinstance(part, Picture) and part.page}
    living = frozenset(name for name in shown if (pages / deck.stem / name).is_file())
    for name in living:
        _write(folder / "widgets" / deck.stem / name, (pages / deck.stem / name).read_bytes())
    _write(folder / f"{deck.stem}.polls.json", json.dumps(polls(deck), ensure_ascii=False, indent=1))
    _write(folder / f"{deck.stem}.polls.csv", _polls_csv(deck))
    return _write(folder / f"{deck.stem}.html", deck_page(deck, living))


def _write_shared(folder):
    reveal, mathjax = library_files(REVEAL), library_files(MATHJAX)
    files = {f"reveal/{name}": reveal[name] for name in _OF_REVEAL}
    files |= {f"mathjax/{name}": content for name, content in mathjax.items()}
    for name, content in files.items():
        _write(folder / name, content)
    for name in ("theme.js", "deck.js"):
        _write(folder / name, static_file(name))
    _write(folder / "kit.css", f"{static_file('kit.css')}\n{code_css()}\n")


def _write(path, content: str | bytes) -> Path:
    content = content.encode() if isinstance(content, str) else content
    return write_atomically(path, content)


def polls(deck: Deck) -> list[dict]:
    """The questions of a deck, as a poll tool takes them: plain text, formulas in LaTeX.

    Returns:
        {"slide": its number, "question", "choices": [text, …], "right": "B", "why"} for each.
    """
    return [
        {
            "slide": number,
            "question": _plain(slide.question.question),
            "choices": [_plain(choice) for choice in slide.question.choices],
            "right": ascii_uppercase[slide.question.right],
            "why": _plain(slide.question.why),
        }
        for number, slide in enumerate(deck.slides, 1)
        if slide.question
    ]


def _polls_csv(deck) -> str:
    rows = polls(deck)
    most = max((len(row["choices"]) for row in rows), default=0)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["slide", "question", *ascii_uppercase[:most], "right", "why"])
    for row in rows:
        choices = [*row["choices"], *[""] * (most - len(row["choices"]))]
        writer.writerow([row["slide"], row["question"], *choices, row["right"], row["why"]])
    return table.getvalue()


def _plain(markdown) -> str:
    return as_text(tree(markdown))
