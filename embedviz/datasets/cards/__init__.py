"""What the package itself ships of the data: a card for each dataset, and the list of books."""

from importlib import resources


def read_card(name: str) -> str:
    """The data card of a dataset, Markdown."""
    return packaged_file(f"{name}.md")


def packaged_file(name: str) -> str:
    """The text of a file in this folder."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
