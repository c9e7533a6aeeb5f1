"""The glossary as Sphinx knows one: so the search shows a term itself, and each has an address of its own."""

import re
from itertools import groupby

# As tests/test_glossary.py wants each line: **term** (other names): meaning.
_ENTRY = re.compile(r"- \*\*(?P<term>[^*]+)\*\*(?: \((?P<others>[^)]+)\))?: (?P<meaning>.+)")


def with_terms(text: str) -> str:
    """Markdown in which lists of terms have become glossaries; other lists, and all else, stay as they are."""
    parts = []
    for is_terms, lines in groupby(text.split("\n"), lambda line: bool(_ENTRY.fullmatch(line))):
        if is_terms:
            parts += ["```{glossary}", *map(_entry, lines), "```"]
        else:
            parts += lines
    return "\n".join(parts)


def _entry(line):
    found = _ENTRY.fullmatch(line)
    names = [found["term"], *(found["others"] or "").split(", ")]
    return "\n".join([*filter(None, names), f"  {found['meaning']}", ""])
