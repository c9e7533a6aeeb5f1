"""`film_facts`: the films of MovieLens joined with Wikidata's facts, who made them and who plays in them."""

import re
import unicodedata

import pandas as pd

from embedviz.datasets.films import Films
from embedviz.datasets.movielens import MovieLens

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
    """What is known about each film of MovieLens, with Wikidata's facts where a film of the same title and year is
    found.

    Titles are compared by `title_keys`. A film of the same year comes before one that is off by a year (festivals and
    cinemas disagree); where two are equally good, as with two films of one title and year, none is taken. `ALIASES`
    comes first.

    Args:
        movielens: from `load_movielens`.
        films: from `load_films`.
        years: by how much the two years may differ.

    Returns:
        A row for each film in the order of `movielens.films`, index film; columns title, year (Int64), genres
        (MovieLens'), wikidata (the name in `films`, missing where there is no match), and countries, directors,
        writers, cast: tuples of str, empty where nothing is known.
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
    """The spellings by which a title may be found: "Seven (Se7en)" gives "seven" and "se7en", "Big Sleep, The"
    "thebigsleep".

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
