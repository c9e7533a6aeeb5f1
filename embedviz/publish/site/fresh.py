"""Whether a site shows the chapters as they are now: it records what it has been made of."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

RECORD = "made.json"


def record(site: Path, sources: Sequence[Path]) -> dict:
    """What a site has been made of: {"sources": {name: hash}, "widgets": {address: hash}}, hashes SHA-256."""
    widgets = sorted((site / "widgets").rglob("*.html"))
    return {
        "sources": {source.name: _hash(source) for source in sources},
        "widgets": {one.relative_to(site).as_posix(): _hash(one) for one in widgets},
    }


def stale(site: Path, notebooks: Path) -> list[str]:
    """What of a site is missing, or older than what it shows, each in words; nothing where all is up to date.

    Args:
        site: its folder.
        notebooks: the folder of the chapters and the pages in Markdown.
    """
    try:
        told = json.loads((site / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [f"{site} holds no complete site: `make site` builds it"]
    found = []
    for source in sorted([*notebooks.glob("*.ipynb"), *notebooks.glob("*.md")]):
        if not (site / f"{source.stem}.html").is_file():
            found.append(f"{source.name} has no page {source.stem}.html")
        elif told["sources"].get(source.name) != _hash(source):
            found.append(f"{source.stem}.html is older than {source.name}")
    for address, content in told["widgets"].items():
        if not (site / address).is_file():
            found.append(f"the widget {address} is missing")
        elif _hash(site / address) != content:
            found.append(f"the widget {address} is not the one that the site has been made with")
    return found


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
