import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from embedviz.inputs.pairs import Pairs
from embedviz.space.enrichment import Traits, _corrected, over_represented

NAMES = [f"book {i}" for i in range(40)]


@pytest.fixture(scope="module")
def traits():
    links = (
        [(name, "Novel") for name in NAMES]
        + [(name, "Whaling") for name in NAMES[:8]]
        + [(NAMES[9], "Whaling"), (NAMES[0], "Nantucket")]
    )
    # Numbered in another order than the names.
    pairs = Pairs.from_frame(pd.DataFrame(links[::-1], columns=["title", "link"]))
    genres = [["Sea", "Adventure"]] * 10 + ["Satire|Sea"] * 2 + [None] * 28
    frame = pd.DataFrame({"genres": genres, "year": range(40), "title": NAMES, "fame": ["known"] * 40})
    return Traits(NAMES, pairs, frame)


def test_shares_and_lift_are_those_counted_by_hand(traits):
    found = over_represented(traits, range(8)).set_index("trait")
    assert found.index.tolist() == [
        "link: Whaling",
        "genres: Adventure",
        "genres: Sea",
    ]  # not what all have, nor what one has
    assert found.loc["link: Whaling", ["count", "share", "overall", "lift"]].tolist() == [8, 1, 9 / 40, 40 / 9]
    assert found.loc["genres: Sea", "overall"] == 12 / 40


def test_p_is_that_of_fishers_exact_test(traits):
    rows = [0, 1, 2, 3, 4, 20, 21]
    found = over_represented(traits, rows, level=1e9, top=100).set_index("trait")
    inside, whalers = len(rows), 9
    table = [[5, inside - 5], [whalers - 5, 40 - inside - (whalers - 5)]]
    assert found.loc["link: Whaling", "p"] == pytest.approx(fisher_exact(table, "greater").pvalue, rel=1e-9)
    assert found.loc["link: Novel", "p"] == 1 and found.loc["link: Nantucket", "p"] == pytest.approx(7 / 40)


def test_a_draw_at_random_has_nothing_in_common():
    random = np.random.default_rng(0)
    pairs = Pairs.from_frame(
        pd.DataFrame({"title": random.choice(NAMES, 900), "link": random.choice(60, 900).astype(str)})
    )
    traits = Traits(NAMES, pairs, pd.DataFrame(index=NAMES))
    found = [len(over_represented(traits, random.choice(40, 12, replace=False))) for _ in range(40)]
    assert sum(found) <= 2


@pytest.mark.slow
def test_rare_traits_do_not_make_a_draw_at_random_look_like_one():
    random = np.random.default_rng(0)
    names = [f"n{i}" for i in range(1000)]
    rare = pd.DataFrame(
        {"title": random.choice(names, 4000), "link": (2000 * random.random(4000) ** 3).astype(int).astype(str)}
    )
    traits = Traits(names, Pairs.from_frame(rare.drop_duplicates()), pd.DataFrame(index=names))
    found = [len(over_represented(traits, random.choice(1000, 8, replace=False), level=0.05)) > 0 for _ in range(300)]
    assert np.mean(found) < 0.05  # Bonferroni's correction for the traits of the selection alone: .12


def test_the_correction_counts_only_traits_that_could_be_found():
    # Of 100, 5 are drawn. A trait of one name has p = .05 at the least, of two .002: all are within reach of .05 / 1,
    # two of .05 / 2.
    totals = np.array([1] * 50 + [2] * 2)
    assert _corrected(0.05, 100, totals, 5) == 0.05 / 2
    assert _corrected(0.005, 100, totals, 5) == 0.005 / 2  # 2 are within reach of .005 / 1
    assert _corrected(0.01, 10, np.array([0]), 2) == 0.01


def test_a_trait_exactly_at_the_level_is_not_listed_whatever_the_rounding():
    # One name of n has the only trait, and is drawn alone: p = 1 / n is exactly the level, and not below it.
    for n in range(4, 60):
        frame = pd.DataFrame({"kind": ["odd", *["plain"] * (n - 1)]}, index=[str(i) for i in range(n)])
        found = over_represented(Traits(frame.index, None, frame), [0], level=1 / n)
        assert found.empty
        # At twice the level it is.
        assert over_represented(Traits(frame.index, None, frame), [0], level=2.001 / n)["trait"].tolist() == [
            "kind: odd"
        ]


def test_columns_that_group_nothing_are_left_out(traits):
    assert not any(label.startswith(("year", "title", "fame")) for label in traits.labels)
    alone = Traits(NAMES, None, pd.DataFrame(index=NAMES))
    assert over_represented(alone, [1, 2]).empty


def test_what_does_not_fit_is_named(traits):
    with pytest.raises(ValueError, match="the selection is empty"):
        over_represented(traits, [])
    with pytest.raises(ValueError, match="row 40 of 40"):
        over_represented(traits, [3, 40])


def test_facts_are_brought_together_with_the_names_by_key():
    names = list(range(10, 50))
    facts = pd.DataFrame({"id": names[::-1], "kind": ["sea"] * 10 + ["land"] * 30})  # the last ten ids are of the sea
    pairs = Pairs.from_frame(pd.DataFrame({"title": names[-10:], "link": "Whaling"}))
    traits = Traits(names, pairs, facts)
    found = over_represented(traits, range(30, 40)).set_index("trait")
    assert found["count"].to_dict() == {"link: Whaling": 10, "kind: sea": 10}
    assert over_represented(Traits(names, None, facts.set_index("id")), range(30, 40))["trait"].tolist() == [
        "kind: sea"
    ]


def test_facts_and_pairs_that_do_not_fit_are_refused():
    facts = pd.DataFrame({"title": [*NAMES[:-1], "bok 39"], "kind": ["a", "b"] * 20})
    with pytest.raises(ValueError, match="column 'title' lacks 1 of 40 names: 'book 39'"):
        Traits(NAMES, None, facts)
    other = Pairs.from_frame(pd.DataFrame({"title": ["Emma"], "link": ["love"]}))
    with pytest.raises(ValueError, match="no name, such as 'book 0', is among the 1 items of the pairs, .*'Emma'"):
        Traits(NAMES, other, None)


def test_odd_cells_and_columns_are_traits_too():
    odd = [{"a": 1}, ["x", None, {"b": [2]}], {"y", "x"}, ("x",), None, np.nan, 7, "7", " x ", np.array(["y"])] * 4
    frame = pd.DataFrame({None: pd.Series(odd, dtype=object), 0: pd.Series(odd, dtype=object), "n": range(40)})
    traits = Traits(NAMES, None, frame.set_axis(NAMES))
    of = [label.split(": ", 1)[1] for label in traits.labels if label.startswith("0: ")]
    assert sorted(of) == ["7", "x", "y", "{'a': 1}", "{'b': [2]}"] and len(traits.labels) == 2 * len(of)
    column = traits.matrix[:, [traits.labels.tolist().index("0: 7")]].toarray()[:, 0]
    assert np.flatnonzero(column).tolist() == [i for i in range(40) if i % 10 in (6, 7)]  # 7 and "7"


def test_one_long_trait_does_not_make_the_others_long():
    frame = pd.DataFrame({"tags": [["x" * 50_000] + [f"tag {i}" for i in range(15)]] * 20 + [None] * 20}, index=NAMES)
    labels = Traits(NAMES, None, frame).labels
    assert labels.dtype == object and labels.nbytes < 1000 and len(labels[0]) > 50_000


@pytest.mark.parametrize("rows", [np.ones(40, dtype=bool), [0.5], ["book 1"]])
def test_a_selection_is_of_numbers(traits, rows):
    with pytest.raises(ValueError, match="numbers of rows are needed"):
        over_represented(traits, rows)
