"""MovieLens joined with Wikidata."""

import pandas as pd
import pytest

from embedviz.datasets.film_facts import ALIASES, film_facts, title_keys
from embedviz.datasets.films import Films, load_films
from embedviz.datasets.movielens import MovieLens, load_movielens


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Usual Suspects, The", "The Usual Suspects"),
        ("Seven (Se7en)", "Seven"),
        ("Seven (Se7en)", "Se7en"),
        ("Cité des enfants perdus, La", "La Cite des Enfants Perdus"),
        ("Blood & Wine", "Blood and Wine"),
        ("Jungle2Jungle", "Jungle 2 Jungle"),
        ("Naked Gun 33 1/3: The Final Insult", "Naked Gun 33⅓: The Final Insult"),
        ("Madness of King George, The", "The Madness of King George"),
    ],
)
def test_one_title_written_in_two_ways_is_found(ours, theirs):
    assert title_keys(theirs)[0] in title_keys(ours)


def test_titles_that_differ_stay_apart():
    assert not set(title_keys("Fear, The")) & set(title_keys("Fear"))
    assert not set(title_keys("Alien")) & set(title_keys("Aliens"))
    assert title_keys("…") == []


def small(ours, theirs):
    movielens = MovieLens(
        None,
        None,
        pd.DataFrame([(f"{t} ({y})", t, y, ()) for t, y in ours], columns=["film", "title", "year", "genres"]),
        "",
    )
    names = [f"{t} ({y}{extra})" for t, y, extra in theirs]
    films = pd.DataFrame({"film": names, "title": [t for t, *_ in theirs], "year": [y for _, y, _ in theirs]})
    pairs = pd.DataFrame([(name, f"star of {name}", "cast") for name in names], columns=["film", "entity", "kind"])
    return film_facts(movielens, Films(films, pairs, ""))


def test_the_same_year_comes_first_then_a_year_off_and_two_equals_are_none():
    ours = [("Big", 1988), ("Rain", 1990), ("Twins", 1988), ("Late", 1990)]
    theirs = [
        ("Big", 1987, ""),
        ("Big", 1988, ""),
        ("Rain", 1991, ""),
        ("Twins", 1988, ", A"),
        ("Twins", 1988, ", B"),
        ("Late", 1993, ""),
    ]
    facts = small(ours, theirs)
    assert facts["wikidata"].tolist()[:2] == ["Big (1988)", "Rain (1991)"]
    assert facts["wikidata"].isna().tolist() == [False, False, True, True]
    assert facts["cast"].tolist() == [("star of Big (1988)",), ("star of Rain (1991)",), (), ()]
    assert (facts["directors"] == ()).all()


@pytest.mark.slow
def test_most_films_are_found_each_alias_is_used_and_the_years_agree():
    movielens, films = load_movielens(), load_films()
    facts = film_facts(movielens, films)
    assert facts.index.tolist() == movielens.films["film"].tolist()
    found = facts["wikidata"].dropna()
    assert len(found) / len(facts) > 0.8
    assert found[list(ALIASES)].to_dict() == ALIASES
    years = found.map(films.films.set_index("film")["year"]) - facts["year"].reindex(found.index)
    assert (years.drop(list(ALIASES)).abs() <= 1).all()
    # Checked by eye at Wikidata, not by the rule.
    assert facts.loc["Usual Suspects, The (1995)", "directors"] == ("Bryan Singer",)
    assert "Arnold Schwarzenegger" in facts.loc["Terminator, The (1984)", "cast"]
    assert facts.loc["Duck Soup (1933)", "cast"] == ()  # Wikidata's list starts in 1940
