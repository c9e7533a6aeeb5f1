"""MovieLens for the two towers: films joined with Wikidata's facts (who made them, who plays in them), and the towers' features."""

import re
import unicodedata
from collections.abc import Collection

import pandas as pd

from embedviz.datasets import Films, MovieLens
from embedviz.two_tower import Feature

#: Where the groups of ages and years begin: of about equally many ratings, and no finer than people think.
AGES = [0, 18, 25, 30, 35, 40, 45, 50, 56, 100]
YEARS = [1900, 1940, 1950, 1960, 1970, 1980, 1985, 1990, 1992, 1993, 1994, 1995, 1996, 1997, 1998, 2000]

#: Columns of `film_facts` that come from Wikidata, and the kind of its pairs that each holds.
FROM_WIKIDATA = {"countries": "country", "directors": "director", "writers": "writer", "cast": "cast"}

#: What much-rated films are called at Wikidata, where no rule would find it. Looked up by hand.
ALIASES = {
    "Star Wars (1977)": "Star Wars: Episode IV – A New Hope (1977)",
    "Empire Strikes Back, The (1980)": "Star Wars: Episode V – The Empire Strikes Back (1980)",
    "Return of the Jedi (1983)": "Star Wars: Episode VI – Return of the Jedi (1983)",
    "Twelve Monkeys (1995)": "12 Monkeys (1995)",
    "Star Trek: The Wrath of Khan (1982)": "Star Trek II: The Wrath of Khan (1982)",
    "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb (1963)": "Dr. Strangelove (1964)",
    "Postino, Il (1994)": "Il Postino: The Postman (1994)",
    "Professional, The (1994)": "Léon: The Professional (1994)",
    "Jackie Chan's First Strike (1996)": "First Strike (1996)",
    "William Shakespeare's Romeo and Juliet (1996)": "Romeo + Juliet (1996)",
    "Jungle Book, The (1994)": "Rudyard Kipling's The Jungle Book (1994)",
    "Three Colors: Red (1994)": "Three Colours: Red (1994)",
    "Three Colors: Blue (1993)": "Three Colours: Blue (1993)",
    "Three Colors: White (1994)": "Three Colours: White (1994)",
    "Kids in the Hall: Brain Candy (1996)": "Brain Candy (1996)",
    "Sunset Blvd. (1950)": "Sunset Boulevard (1950)",
    "Tales from the Crypt Presents: Bordello of Blood (1996)": "Bordello of Blood (1996)",
    "Tales From the Crypt Presents: Demon Knight (1995)": "Demon Knight (1995)",
    "Some Folks Call It a Sling Blade (1993)": "Sling Blade (1996)",
    "187 (1997)": "One Eight Seven (1997)",
}


def film_facts(movielens: MovieLens, films: Films, years: int = 1) -> pd.DataFrame:
    """What is known about each film of MovieLens, with Wikidata's facts where a film of the same title and year is found.

    Titles are compared by `title_keys`. A film of the same year comes before one that is off by a year (festivals and cinemas
    disagree); where two are equally good, as with two films of one title and year, none is taken. `ALIASES` comes first.

    Args:
        movielens: from `load_movielens`.
        films: from `load_films`.
        years: by how much the two years may differ.

    Returns:
        A row for each film in the order of `movielens.films`, index film; columns title, year (Int64), genres (MovieLens'),
        wikidata (the name in `films`, missing where there is no match), and countries, directors, writers, cast: tuples of
        str, empty where nothing is known.
    """
    there = {}
    for name, title, year in films.films[["film", "title", "year"]].dropna().itertuples(index=False):
        for key in title_keys(title):
            there.setdefault(key, []).append((year, name))
    facts = movielens.films.set_index("film")[["title", "year", "genres"]].copy()
    known = set(films.films["film"])
    facts["wikidata"] = [
        ALIASES[film] if ALIASES.get(film) in known else _match(title, year, there, years)
        for film, title, year in facts[["title", "year"]].itertuples()
    ]
    for column, kind in FROM_WIKIDATA.items():
        own = films.pairs.loc[films.pairs["kind"] == kind].groupby("film", sort=False)["entity"].agg(tuple)
        found = facts["wikidata"].map(own)
        facts[column] = [value if isinstance(value, tuple) else () for value in found]
    return facts


def title_keys(title: str) -> list[str]:
    """The spellings by which a title may be found: "Seven (Se7en)" gives "seven" and "se7en", "Big Sleep, The" "thebigsleep".

    Without accents, punctuation and spaces; & is "and".
    """
    keys = []
    for part in [re.sub(r"\s*\(.*", "", title), *re.findall(r"\(([^)]*)\)?", title)]:
        part = re.sub(r"^a\.?k\.?a\.?\s+", "", part.strip())
        part = re.sub(r"^(.*), (The|A|An|Le|La|Les|L'|Il|El|Los|Das|Der|Die|Den|O|Un|Une|Lo|I)$", r"\2 \1", part)
        plain = "".join(c for c in unicodedata.normalize("NFKD", part.casefold()) if not unicodedata.combining(c))
        plain = re.sub(r"[\W_]+", "", plain.replace("&", "and"))
        if plain and plain not in keys:
            keys.append(plain)
    return keys


def _match(title, year, there, years):
    if pd.isna(year):
        return None
    for key in title_keys(title):  # the main title comes before those in parentheses
        near = sorted((abs(other - year), name) for other, name in there.get(key, ()) if abs(other - year) <= years)
        if near and (len(near) == 1 or near[0][0] < near[1][0]):
            return near[0][1]
    return None


def user_features(users: pd.DataFrame, ids: Collection[str] = ()) -> list[Feature]:
    """What the user tower sees: age group, gender, occupation, the first digit of the zip code (a region of the United States).

    Args:
        users: `MovieLens.users`, in the order wanted.
        ids: users who get an embedding of their own; none: the feature is left out. It teaches nothing about new users.
    """
    ages = pd.cut(users["age"].astype(float), AGES, right=False, labels=_ranges(AGES))
    features = [Feature.of("user", users["user"].where(users["user"].isin(ids)))] if len(ids) else []
    region = users["zip"].str.extract(r"^(\d)\d{4}", expand=False)
    return [*features, *map(Feature.of, ("age", "gender", "occupation", "region"), (ages, users["gender"], users["occupation"], region))]


def film_features(facts: pd.DataFrame, ids: Collection[str] = ()) -> list[Feature]:
    """What the film tower sees: genres, years, countries, directors, writers, cast, words of the title.

    Args:
        facts: from `film_facts`, in the order wanted.
        ids: films that get an embedding of their own; none: the feature is left out.
    """
    names = pd.Series(facts.index)
    features = [Feature.of("film", names.where(names.isin(ids)))] if len(ids) else []
    years = pd.cut(facts["year"].astype(float), YEARS, right=False, labels=_ranges(YEARS))
    words = [tuple(re.findall(r"\w{4,}", title.casefold())) for title in facts["title"]]
    columns = [("genre", facts["genres"], 1), ("year", years, 1), ("country", facts["countries"], 2), ("director", facts["directors"], 2)]
    columns += [("writer", facts["writers"], 2), ("cast", facts["cast"], 3), ("word", words, 2)]
    return features + [Feature.of(name, column, least) for name, column, least in columns]


def _ranges(edges):
    return [f"{low}–{high - 1}" for low, high in zip(edges, edges[1:])]
