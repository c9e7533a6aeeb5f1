"""A chapter as a lecture: reveal.js slides with living widgets, speaker notes and questions, and the same as PDF."""

import lazy_loader

# Each name is imported when it is first asked for, so that a room costs no more than what is used of it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"reading": ["read_deck"], "build": ["build_decks"], "pdf": ["print_decks"]}
)
