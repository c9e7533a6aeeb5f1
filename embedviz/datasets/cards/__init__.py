"""What the package itself ships of the data: a card for each dataset, and the list of books."""

import html
import re
from importlib import resources
from pathlib import Path


def read_card(name: str) -> str:
    """The data card of a dataset, Markdown."""
    return packaged_file(f"{name}.md")


def packaged_file(name: str) -> str:
    """The text of a file in this folder."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def file_card(path: Path, what: str) -> str:
    """The card of a file of the reader's own, Markdown: its name, and what is in it ("900 articles")."""
    return f"# {as_markdown(path.name)}\n\n{what}, read from {as_markdown(str(path))}."


def as_markdown(text: str) -> str:
    """Markdown that shows `text` as it is: no tag, link, code or formula in a name works as one."""
    return re.sub(r"([\\`*_\[\]~|$#])", r"\\\1", html.escape(" ".join(text.split()), quote=False))
