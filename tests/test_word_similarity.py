import math

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors
from scipy.stats import spearmanr

from embedviz.datasets.word_similarity import WordSimilarity, load_word_similarity
from embedviz.measure.words import (
    analogy_score,
    evaluate,
    found,
    half,
    judge,
    plurals,
    rarer_than,
    similarity_score,
    spearman,
)
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable

TESTS = load_word_similarity()


@pytest.fixture(scope="module")
def table():
    """A third of the words asked for, in no order, with vectors in which some analogies hold."""
    rng = np.random.default_rng(0)
    columns = [TESTS.pairs["word1"], TESTS.pairs["word2"], *(TESTS.analogies[name] for name in "abcd")]
    words = sorted({word.lower() for column in columns for word in column})
    kept = rng.permutation(words)[: len(words) * 2 // 3]
    vectors = 0.4 * rng.standard_normal((len(kept), 20))
    place, plural = {word: i for i, word in enumerate(kept)}, rng.standard_normal(20)
    for a, b in (
        TESTS.analogies.query("section == 'gram8-plural'")[["a", "b"]].drop_duplicates().itertuples(index=False)
    ):
        if a in place and b in place:
            vectors[place[b]] = vectors[place[a]] + plural
    return EmbeddingTable(kept, vectors)


@pytest.fixture(scope="module")
def theirs(table):
    keyed = KeyedVectors(table.dim)
    keyed.add_vectors(table.names.tolist(), table.vectors)
    return keyed


@pytest.mark.parametrize("name", ["WordSim-353", "SimLex-999"])
def test_similarity_is_gensims(table, theirs, tmp_path, name):
    pairs = TESTS.pairs[TESTS.pairs["test"] == name]
    path = tmp_path / "pairs.tsv"
    pairs[["word1", "word2", "score"]].to_csv(path, sep="\t", header=False, index=False)
    _, (spearman, _), left_out = theirs.evaluate_word_pairs(str(path), case_insensitive=True)
    ours = similarity_score(table, pairs)
    assert ours["spearman"] == pytest.approx(spearman, abs=1e-4)
    assert 100 * ours["out_of_vocabulary"] == pytest.approx(left_out) and 20 < left_out < 80
    assert ours["pairs"] == round(len(pairs) * (1 - ours["out_of_vocabulary"]))


def test_analogies_are_gensims(table, theirs, tmp_path):
    some = TESTS.analogies[TESTS.analogies["section"].isin(["family", "gram8-plural", "currency"])]
    path = tmp_path / "questions.txt"
    sections = [
        f": {name}\n" + "".join(f"{a} {b} {c} {d}\n" for a, b, c, d in rows[list("abcd")].itertuples(index=False))
        for name, rows in some.groupby("section")
    ]
    path.write_text("".join(sections), encoding="utf-8")
    accuracy, found = theirs.evaluate_word_analogies(str(path), case_insensitive=True)
    ours = analogy_score(table, some, batch_size=100)
    assert ours["accuracy"] == pytest.approx(accuracy) and accuracy > 0.2
    assert ours["questions"] == len(found[-1]["correct"]) + len(found[-1]["incorrect"])
    assert ours["out_of_vocabulary"] == pytest.approx(1 - ours["questions"] / len(some))


def test_by_hand():
    table = EmbeddingTable(["a", "b", "c", "zero"], [[1, 0], [3, 4], [0, 2], [0, 0]])
    pairs = pd.DataFrame([("A", "b", 5.0), ("a", "c", 1.0), ("b", "C", 6.0), ("a", "zero", 2.0), ("a", "who", 9.0)])
    pairs.columns = ["word1", "word2", "score"]
    expected = spearmanr([0.6, 0, 0.8, 0], [5, 1, 6, 2]).statistic
    assert similarity_score(table, pairs) == {
        "spearman": pytest.approx(expected),
        "pairs": 4,
        "out_of_vocabulary": pytest.approx(0.2),
    }


def test_a_table_that_knows_nothing_has_no_score():
    table = EmbeddingTable(["xyzzy", "plugh"], np.eye(2))
    frame = evaluate(table, TESTS)
    assert frame["score"].isna().all() and (frame["used"] == 0).all() and (frame["out_of_vocabulary"] == 1).all()
    same = EmbeddingTable(["tiger", "cat", "love", "sex"], np.ones((4, 2)))
    assert math.isnan(similarity_score(same, TESTS.pairs)["spearman"])


def test_evaluate_puts_them_side_by_side(table):
    frame = evaluate(table, TESTS)
    assert frame.index.tolist() == ["WordSim-353", "SimLex-999", "Google analogies"]
    assert frame.columns.tolist() == ["score", "used", "out_of_vocabulary"]
    assert frame.loc["Google analogies", "score"] == analogy_score(table, TESTS.analogies)["accuracy"]
    assert isinstance(TESTS, WordSimilarity) and (frame["used"] > 100).all()


# Halves, and what the intervals need


def test_halves_share_no_pair_and_leave_none_out_in_whatever_order_the_words_come():
    one, other = (half(TESTS, which) for which in ("tuning", "reporting"))
    both = pd.concat([one.pairs, other.pairs]).sort_values(["test", "word1", "word2"], ignore_index=True)
    pd.testing.assert_frame_equal(both, TESTS.pairs.sort_values(["test", "word1", "word2"], ignore_index=True))
    assert 0.4 < len(one.pairs) / len(TESTS.pairs) < 0.6
    assert not {frozenset(pair) for pair in one.pairs[["word1", "word2"]].to_numpy()} & {
        frozenset(pair) for pair in other.pairs[["word1", "word2"]].to_numpy()
    }
    turned = TESTS.pairs.rename(columns={"word1": "word2", "word2": "word1"})
    turned["word1"] = turned["word1"].str.upper()
    again = half(WordSimilarity(turned, TESTS.analogies, ""), "tuning")
    assert again.pairs["score"].tolist() == one.pairs["score"].tolist()
    with pytest.raises(ValueError, match="which='test'"):
        half(TESTS, "test")


def test_pairs_by_how_often_their_rarer_word_comes():
    pairs = pd.DataFrame({"test": "t", "word1": ["A", "b", "c"], "word2": ["b", "c", "gone"], "score": [1.0, 2, 3]})
    tests = WordSimilarity(pairs, TESTS.analogies, "")
    counts = {"a": 7, "b": 9, "c": 20}
    assert rarer_than(tests, counts, 7, 9).pairs["score"].tolist() == [1]
    assert rarer_than(tests, counts, 7).pairs["score"].tolist() == [1, 2]


def test_what_each_pair_got_makes_the_scores(table):
    row, scores = judge(table, TESTS), evaluate(table, TESTS).score
    for name in ("WordSim-353", "SimLex-999"):
        each = row[f"{name} of each"]
        assert spearman(each) == pytest.approx(scores[name]) == pytest.approx(spearmanr(*each.T).statistic)
        assert row[name] == pytest.approx(scores[name])
    each, units = row["Google analogies of each"], row["Google analogies units"]
    assert each.mean() == pytest.approx(scores["Google analogies"]) and len(units) == len(each) > len(set(units))
    assert spearman(np.array([[1.0, 2], [1, 3]])) == 0  # one column says nothing
    tied = np.array([[1.0, 5], [1, 6], [2, 6], [3, 9]])
    assert spearman(tied) == pytest.approx(spearmanr(*tied.T).statistic)


def test_words_with_an_s_and_whether_they_are_found():
    words = ["road", "roads", "gas", "ga", "as", "a", "ships", "ship"]
    pairs = plurals(words)
    assert [(words[a], words[b]) for a, b in pairs] == [("roads", "road"), ("ships", "ship")]
    rng = np.random.default_rng(0)
    own = EmbeddingTable(words, rng.normal(size=(8, 3)))
    for k in range(1, 8):
        by_list = [words[b] in nearest(own, words[a], k).name.tolist() for a, b in pairs]
        assert found(own, pairs, k).tolist() == [float(one) for one in by_list]
    assert found(own, pairs, 7).all()
