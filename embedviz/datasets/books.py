"""Books and the Wikipedia articles that they link to: the shipped list, Koehrsen's 37,020, or a file of your own."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from embedviz.base.files import read_bytes, user_path
from embedviz.datasets.cards import file_card, packaged_file, read_card
from embedviz.datasets.store.artifacts import GitBlob
from embedviz.datasets.store.cache import Dataset, load, with_tuples
from embedviz.datasets.wikipedia import read_books

# --- Books -----------------------------------------------------------------------------------------------

BOOK_COLUMNS = ["title", "author", "year", "country", "language", "genre", "authors", "genres"]


@dataclass(frozen=True)
class Books:
    """Books and the Wikipedia articles that they link to.

    Attributes:
        books: one row a book, RangeIndex. Columns: title (unique), author ("A, B"), year (Int64, of first publication,
            negative before Christ), country, language, genre (the first of genres), authors and genres (tuples of str).
            What is not known is missing (<NA>, or an empty tuple).
        pairs: columns title, link; no row twice. A book with no link left has no row.
        card: the data card, Markdown.
    """

    books: pd.DataFrame = field(repr=False)
    pairs: pd.DataFrame = field(repr=False)
    card: str = field(repr=False)

    def __repr__(self) -> str:
        return (
            f"Books({len(self.books):,} books, {len(self.pairs):,} pairs with {self.pairs['link'].nunique():,} links)"
        )

    def labels(self, titles: Iterable[str]) -> dict[str, list[list[str]]]:
        """What a book's neighbors should share with it, for `measure.compare`: each title's list, under two names."""
        facts = self.books.set_index("title").loc[titles]
        return {
            "author or genre": [[*authors, *genres] for authors, genres in zip(facts["authors"], facts["genres"])],
            "author": [list(authors) for authors in facts["authors"]],
        }

    @property
    def answers(self) -> set[str]:
        """The links that name an author or a genre, and so give the labels away; as names, and as the links spell them
        (those of Wikipedia are in lower case).
        """
        names = {name for column in ("authors", "genres") for names in self.books[column] for name in names}
        lowered = {name.lower() for name in names}
        return names | {link for link in self.pairs["link"].unique() if link.lower() in lowered}


def load_books(source: str | Path | None = None, *, min_books: int | None = None, on_error: str = "raise") -> Books:
    """Books and their links to Wikipedia articles.

    Args:
        source: None: the list that the package ships, compiled by hand; authors and genres count as links too.
            "wikibooks": Will Koehrsen's 37,020 books, once `embedviz fetch wikibooks` got them.
            A path: a file in his format, one JSON list a line:
            [title, infobox, wikilinks, external links, timestamp, bytes]. It may be packed by gzip. Or a folder that
            `embedviz build-books` has made of a dump of Wikipedia.
        min_books: keep only links that occur in at least this many books. Default: 1 for the shipped list, otherwise
            4, as he did.
        on_error: what to do about malformed lines of a file: "raise", or "skip" them with a warning.

    Wikipedia's own links are filtered as he did: pages titled "Wikipedia:…" are dropped, links are lower-cased, and
    links that name no topic (`embedviz.datasets.wikipedia.NOT_TOPICS`) are dropped; a link to a section counts as one
    to its article.

    Raises:
        FileNotFoundError: no such file, or a folder without a finished result.
        ValueError: malformed lines (with their numbers), a damaged gzip file or folder, or an argument that cannot be.
        DatasetError: "wikibooks" is not fetched, or its cache is damaged.
    """
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error={on_error!r}: it must be 'raise' or 'skip'")
    if min_books is None:
        min_books = 1 if source is None else 4
    if min_books < 1:
        raise ValueError(f"min_books={min_books}: it must be at least 1")
    if source is None:
        (books, pairs), card = _shipped_books(), read_card("books")
    elif source == "wikibooks":
        tables = load(WIKIBOOKS)
        books, pairs, card = with_tuples(tables["books"]), tables["pairs"], read_card("wikibooks")
    else:
        path = user_path(source)
        if path.is_dir():
            return _built_books(path, min_books)
        try:
            content = read_bytes(path)
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f"{error}: source is a path to Wikipedia books, one JSON list a line, "
                "or 'wikibooks', or None for the shipped list"
            ) from None
        rows, links = read_books(content, str(path), on_error)
        books, pairs = _book_frame(rows), _pair_frame(links.items())
        card = file_card(path, f"{len(books):,} articles of Wikipedia with a book infobox")
    return Books(books, _frequent(pairs, min_books), card)


def _frequent(pairs: pd.DataFrame, min_books: int) -> pd.DataFrame:
    """The pairs whose link occurs in at least so many books."""
    if min_books == 1:
        return pairs
    links, _ = pd.factorize(pairs["link"])
    return pairs[np.bincount(links)[links] >= min_books].reset_index(drop=True)


def _built_books(folder: Path, min_books: int) -> Books:
    from embedviz.datasets.dump.result import read_result

    rows, pairs = read_result(folder)
    card = file_card(folder, f"{len(rows):,} articles of Wikipedia (CC BY-SA) with a book infobox, made by build-books")
    return Books(_book_frame(rows), _frequent(pairs, min_books), card)


def _shipped_books() -> tuple[pd.DataFrame, pd.DataFrame]:
    lines = packaged_file("books.tsv").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    books = _book_frame(
        {
            "title": title,
            "authors": authors.split("|"),
            "year": int(year),
            "country": country,
            "language": language,
            "genres": genres.split("|"),
        }
        for title, authors, year, country, language, genres, _ in rows
    )
    links = (dict.fromkeys("|".join((authors, genres, links)).split("|")) for _, authors, *_, genres, links in rows)
    return books, _pair_frame(zip(books["title"], links))


def _book_frame(rows: Iterable[dict]) -> pd.DataFrame:
    """Rows with title, authors, year, country, language, genres (missing: None or an empty list) as `Books.books`."""
    frame = pd.DataFrame(list(rows), columns=["title", "authors", "year", "country", "language", "genres"])
    for column in ("authors", "genres"):
        frame[column] = frame[column].map(tuple)
    frame["author"] = frame["authors"].map(lambda names: ", ".join(names) or None)
    frame["genre"] = frame["genres"].map(lambda names: names[0] if names else None)
    types = dict.fromkeys(["title", "author", "country", "language", "genre"], "str") | {"year": "Int64"}
    return frame.astype(types)[BOOK_COLUMNS]


def _pair_frame(links: Iterable[tuple[str, Iterable[str]]]) -> pd.DataFrame:
    return pd.DataFrame(
        [(title, link) for title, of_book in links for link in of_book], columns=["title", "link"], dtype="str"
    )


def _parse_wikibooks(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    [(name, content)] = members.items()
    rows, links = read_books(content, name, on_error="skip")
    return {"books": _book_frame(rows), "pairs": _pair_frame(links.items())}


WIKIBOOKS = Dataset(
    name="wikibooks",
    artifact=GitBlob(
        repository="WillKoehrsen/wikipedia-data-science",
        blob_id="fdb5323f56c5d3f8d0cd153c15fe6e73b6392544",
        filename="found_books_filtered.ndjson",
    ),
    parse=_parse_wikibooks,
    parser_version=1,
    about="37,020 books of Wikipedia in 2018 with their links (Koehrsen, CC BY-SA)",
    tables=("books", "pairs"),
    default=False,
)


# --- Koehrsen's own vectors ------------------------------------------------------------------------------


@dataclass(frozen=True)
class KoehrsenVectors:
    """What Koehrsen trained in 2018, as it lies in his repository.

    Attributes:
        titles: of the 37,020 books, in the order of `load_books("wikibooks").books`.
        vectors: one row a book, float32 of shape (n_books, 50), each of length 1.
        card: the data card, Markdown.
    """

    titles: list[str] = field(repr=False)
    vectors: np.ndarray = field(repr=False)
    card: str = field(repr=False)

    def __repr__(self) -> str:
        return "KoehrsenVectors({:,} books, {} dimensions)".format(*self.vectors.shape)


def load_koehrsen_vectors() -> KoehrsenVectors:
    """The book vectors that Koehrsen published, with the titles of `load_books("wikibooks")`: his file has no names.

    Raises:
        DatasetError: "koehrsen-vectors" or "wikibooks" is not fetched, or a cache is damaged.
        ValueError: another number of vectors than of books.
    """
    titles = load(WIKIBOOKS)["books"]["title"].tolist()
    vectors = load(KOEHRSEN_VECTORS)["vectors"].to_numpy(np.float32)
    if len(vectors) != len(titles):
        raise ValueError(f"{len(vectors):,} vectors for {len(titles):,} books: they do not belong together")
    return KoehrsenVectors(titles, vectors, read_card("koehrsen-vectors"))


def _parse_koehrsen_vectors(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    """A row of tab-separated numbers for each book, as `np.savetxt` wrote them."""
    [content] = members.values()
    rows = pd.read_csv(io.BytesIO(content), sep="\t", header=None, dtype=np.float32)
    if rows.isna().to_numpy().any():
        raise ValueError("rows of different lengths, or a number is missing")
    return {"vectors": rows.rename(columns=str)}


KOEHRSEN_VECTORS = Dataset(
    name="koehrsen-vectors",
    artifact=GitBlob(
        repository="WillKoehrsen/wikipedia-data-science",
        blob_id="6ccf561872e6aa89a6459793111b39c4666f0ad0",
        filename="book_embedding.tsv",
    ),
    parse=_parse_koehrsen_vectors,
    parser_version=1,
    about="the vectors that Koehrsen trained of the 37,020 books in 2018",
    tables=("vectors",),
    default=False,
)
