"""Decks as PDF, printed by Chromium: a page a slide, with all its steps; and a handout with what is said at each."""

from collections.abc import Iterable
from pathlib import Path

from embedviz.base.files import write_atomically
from embedviz.publish.slides.fitting import chromium, open_deck


def print_decks(decks: Iterable[str | Path], handout: bool = False) -> list[Path]:
    """Print decks that `build.build_decks` has written, each as `<stem>.pdf` beside it.

    Args:
        handout: write `<stem>.handout.pdf` instead, in which a page of the speaker's notes follows each slide.

    Raises:
        RuntimeError: there is no Chromium, or no Playwright; the message says what to install.
    """
    ending, query = (
        (".handout.pdf", "?print-pdf&handout&theme=light") if handout else (".pdf", "?print-pdf&theme=light")
    )
    printed = []
    with chromium() as context:
        for deck in map(Path, decks):
            page = context.new_page()
            open_deck(page, deck.resolve().as_uri() + query)
            page.locator(".pdf-page").first.wait_for(state="attached")
            content = page.pdf(prefer_css_page_size=True, print_background=True)
            printed.append(write_atomically(deck.with_suffix(ending), content))
            page.close()
    return printed
