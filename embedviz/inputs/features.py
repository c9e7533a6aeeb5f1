"""Features of the towers: what is known about each row, as bags of values; and those of MovieLens's users and films."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse

from embedviz.base.facts import check_columns, values_of
from embedviz.base.names import as_name, as_names, tidy


@dataclass(frozen=True)
class Feature:
    """What a feature says of each row: no value, one, or several.

    Attributes:
        name: of the feature.
        values: those that it can have, object array of str, of shape (n_values,).
        matrix: float32 of shape (n_rows, n_values); a row with m values has 1/m at each, so that it counts once.
    """

    name: str
    values: np.ndarray
    matrix: scipy.sparse.csr_array

    @classmethod
    def of(cls, name: str, column: Sequence, least: int = 1) -> "Feature":
        """From a column whose cells are a value, a tuple of values, or missing (None, NaN, NaT, <NA>, an empty text).

        Args:
            name: of the feature.
            column: one cell a row. Values become names, see `as_name`; a missing one in a tuple is left out.
            least: rows that a value must have to be kept; rarer ones teach nothing about others.

        Raises:
            ValueError: no value is left.
            TypeError: column is a str.
        """
        lists = _cells(name, column)
        counts = pd.Series([value for own in lists for value in own], dtype=object).value_counts()
        values = sorted(counts.index[counts >= least])
        if not values:
            raise ValueError(f"feature {name!r} has no value that {least} rows have")
        feature = cls(name, np.array(values, dtype=object), scipy.sparse.csr_array((0, len(values)), dtype=np.float32))
        return cls(name, feature.values, feature.encode(lists))

    def encode(self, column: Sequence) -> scipy.sparse.csr_array:
        """The matrix of another column; values that are not among `values` count as missing."""
        number = {value: i for i, value in enumerate(self.values.tolist())}
        rows = [[number[value] for value in cell if value in number] for cell in _cells(self.name, column)]
        counts = np.array([len(row) for row in rows])
        weights = np.repeat(1 / np.maximum(counts, 1), counts).astype(np.float32)
        indices = np.array([i for row in rows for i in row], dtype=np.int64)
        return scipy.sparse.csr_array(
            (weights, indices, np.concatenate([[0], counts.cumsum()])), shape=(len(rows), len(self.values))
        )


def cell_values(cell) -> tuple[str, ...]:
    """The values of a cell as names, each once: those of a tuple (list, set, array), or the cell itself."""
    return tuple(dict.fromkeys(map(as_name, values_of(cell))))


def _cells(name, column) -> list[tuple[str, ...]]:
    if isinstance(column, str):
        raise TypeError(f"the column of feature {name!r} is the text {column[:40]!r}: give one cell for each row")
    return [cell_values(cell) for cell in column]


#: Where the groups of ages and years begin: of about equally many ratings, and no finer than people think.
AGES = [0, 18, 25, 30, 35, 40, 45, 50, 56, 100]
YEARS = [1900, 1940, 1950, 1960, 1970, 1980, 1985, 1990, 1992, 1993, 1994, 1995, 1996, 1997, 1998, 2000]


def user_features(users: pd.DataFrame, ids: Collection[str] = ()) -> list[Feature]:
    """What the user tower sees: age group, gender, occupation, the first digit of the zip code (a region of the United
    States).

    Args:
        users: `MovieLens.users`, in the order wanted.
        ids: users who get an embedding of their own; none: the feature is left out. It teaches nothing about new users.

    Raises:
        KeyError: a column is not there.
    """
    check_columns(users, "age", "gender", "occupation", "zip")
    own = [_own("user", users["user"], ids)] if len(ids) else []
    ages = pd.cut(users["age"].astype(float), AGES, right=False, labels=_ranges(AGES))
    region = users["zip"].str.extract(r"^(\d)\d{4}", expand=False)
    return own + [
        Feature.of("age", ages),
        Feature.of("gender", users["gender"]),
        Feature.of("occupation", users["occupation"]),
        Feature.of("region", region),
    ]


def film_features(facts: pd.DataFrame, ids: Collection[str] = ()) -> list[Feature]:
    """What the film tower sees: genres, years, countries, directors, writers, cast, words of the title.

    Args:
        facts: from `film_facts`, in the order wanted.
        ids: films that get an embedding of their own; none: the feature is left out.

    Raises:
        KeyError: a column is not there.
    """
    check_columns(facts, "genres", "year", "countries", "directors", "writers", "cast", "title")
    own = [_own("film", facts.index, ids)] if len(ids) else []
    years = pd.cut(facts["year"].astype(float), YEARS, right=False, labels=_ranges(YEARS))
    words = [tuple(re.findall(r"\w{4,}", tidy(title).casefold())) for title in facts["title"]]
    return own + [
        Feature.of("genre", facts["genres"]),
        Feature.of("year", years),
        Feature.of("country", facts["countries"], least=2),
        Feature.of("director", facts["directors"], least=2),
        Feature.of("writer", facts["writers"], least=2),
        Feature.of("cast", facts["cast"], least=3),
        Feature.of("word", words, least=2),
    ]


def _own(name, keys, ids) -> Feature:
    """Who is among `ids` has a value of their own, the others have none."""
    ids = set(as_names(ids))
    return Feature.of(name, [key if key in ids else None for key in as_names(keys)])


def _ranges(edges):
    return [f"{low}–{high - 1}" for low, high in zip(edges, edges[1:])]
