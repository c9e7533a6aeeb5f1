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


def setup(app) -> dict:
    """What Sphinx calls, for which this is an extension: the search names each term, and no place in its page besides.

    Sphinx itself leaves terms out of what the search shows, and has an index entry of each, which it shows under the
    title of the page.
    """
    from sphinx.domains import ObjType
    from sphinx.domains.std import StandardDomain

    class Terms(StandardDomain):
        object_types = StandardDomain.object_types | {"term": ObjType("term", "term", searchprio=0)}

    app.add_domain(Terms, override=True)
    app.connect("doctree-resolved", _without_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _without_index(_, doctree, __):
    from sphinx.addnodes import index

    for node in list(doctree.findall(index)):
        node.parent.remove(node)
