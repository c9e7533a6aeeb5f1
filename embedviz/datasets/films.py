"""Films and who made them, from Wikidata."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from embedviz.datasets.cards import read_card
from embedviz.datasets.store.artifacts import PackageFile
from embedviz.datasets.store.cache import Dataset, load, with_tuples

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
            where that comes twice), title, year (Int64), director ("A, B"), genre (the first listed), country and
            language ("several" where there are), runtime (Float64, minutes), imdb, and the tuples of str directors,
            genres, countries, languages. What is not known is missing.
        pairs: columns film, entity, kind; no row twice. Kind is one of `FILM_KINDS`. Who directed a film and acts in it
            is one entity with two rows; to count the pair once, drop_duplicates(["film", "entity"]), as
            `Pairs.from_frame` does.
        card: the data card, Markdown.
    """

    films: pd.DataFrame = field(repr=False)
    pairs: pd.DataFrame = field(repr=False)
    card: str = field(repr=False)

    def __repr__(self) -> str:
        entities = self.pairs["entity"].nunique()
        return f"Films({len(self.films):,} films, {len(self.pairs):,} pairs with {entities:,} entities)"

    def labels(self, titles: Iterable[str]) -> dict[str, list[list[str]]]:
        """What a film's neighbors should share with it, for `measure.compare`: each film's list."""
        facts = self.films.set_index("film").loc[titles]
        genres = [
            ["genre: " + genre for genre in own] for own in facts["genres"]
        ]  # no director is called Drama, but who knows
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
    tables = load(FILMS)
    return Films(with_tuples(tables["films"]), tables["pairs"], read_card("films"))


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


FILMS = Dataset(
    name="films",
    artifact=PackageFile(
        package="bokeh-sampledata",
        version="2026.1",
        filename="bokeh_sampledata-2026.1-py3-none-any.whl",
        sha256="f40331a40ca30c64a1c1471835aad9006b61b0d9731a3f649ee8cbbf48d3822f",
        size=12_835_603,
        members=("bokeh_sampledata/_data/movies.db",),
    ),
    parse=_parse_films,
    parser_version=1,
    about="17,472 films with people, genres, countries and languages (Wikidata, CC0)",
    tables=("films", "pairs"),
)
