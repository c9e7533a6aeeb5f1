"""Every link of our texts leads somewhere: to a file, to a heading in it, or to an address that can be one."""

import json
import re
from urllib.parse import unquote, urlsplit

import pytest
from documents import NOTEBOOKS, ROOT, anchors, links, prose, texts

DOCUMENTS = [*texts(), *NOTEBOOKS]


def wrong(target, document):
    """What is wrong with a link; None if nothing is. Nobody asks the network."""
    if not target:
        return "leads nowhere"
    parts = urlsplit(target)
    if parts.scheme:
        good = re.fullmatch(r"(https?://[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?([/?#][!-~]*)?)|mailto:[^@\s]+@[^@\s]+", target)
        return None if good else "is no address"
    file = document.parent / unquote(parts.path) if parts.path else document
    if not file.exists():
        return "is not there"
    if ROOT not in file.resolve().parents and file.resolve() != ROOT:
        return "is not in the repository"
    if parts.fragment and file.suffix in (".md", ".ipynb") and unquote(parts.fragment) not in anchors(file):
        return "has no such heading"
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document):
    found = {target: wrong(target, document) for target in links(prose(document))}
    assert {target: trouble for target, trouble in found.items() if trouble} == {}


def test_our_texts_have_links():
    assert len(DOCUMENTS) > 8 and {"README.md", "glossary.md"} <= {path.name for path in DOCUMENTS}
    assert sum(len(links(prose(document))) for document in DOCUMENTS) > 300


def test_what_is_wrong_with_a_link_is_seen(tmp_path, monkeypatch):
    monkeypatch.setitem(wrong.__globals__, "ROOT", tmp_path)
    cell = {"cell_type": "markdown", "source": ["# Its *title*, (1)\n", "[up](#Its-title,-%281%29) ![p](no.png)"]}
    (tmp_path / "book.ipynb").write_text(json.dumps({"cells": [cell]}))
    (tmp_path / "other.md").write_text("# A\n## What `x` is?\n## A\n")
    page = tmp_path / "page.md"
    page.write_text(
        """[1](other.md#what-x-is) [2](other.md#a-1) [3](book.ipynb#Its-title,-%281%29) [4](https://example.org/a_(b)
[5](other.md#b) [6](no.md) [8](http:/example.org) [9]() <a href="gone.html">10</a>
`[11](code.md)` <!-- [12](comment.md) --> [13](../../etc/hosts) [14](/etc/passwd)
```
[15](code.md)
```
[16]: lost.md
"""
    )
    found = {target: wrong(target, page) for target in links(prose(page))}
    assert {target: trouble for target, trouble in found.items() if trouble} == {
        "other.md#b": "has no such heading",
        "no.md": "is not there",
        "http:/example.org": "is no address",
        "": "leads nowhere",
        "gone.html": "is not there",
        "../../etc/hosts": "is not there",
        "/etc/passwd": "is not in the repository",
        "lost.md": "is not there",
    }
    book = tmp_path / "book.ipynb"
    assert [wrong(target, book) for target in links(prose(book))] == [None, "is not there"]
