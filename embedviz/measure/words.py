"""Do the vectors of words agree with what people say? WordSim-353, SimLex-999 and the Google analogies.

Every score comes with the share of questions that it leaves out because a word is not in the table: without that, a
small vocabulary looks better than it is.

Settings are chosen on one half of the pairs and reported on the other, see `half`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np
import pandas as pd
from scipy.stats import rankdata, spearmanr

from embedviz.base.arrays import unit_rows
from embedviz.datasets.word_similarity import WordSimilarity
from embedviz.space.table import EmbeddingTable


def similarity_score(table: EmbeddingTable, pairs: pd.DataFrame) -> dict[str, float]:
    """Spearman's rank correlation between people's scores and cosines.

    Args:
        table: words in lower case, as `corpus.tokenize` makes them.
        pairs: columns word1, word2 (looked up in lower case) and score, as of `WordSimilarity.pairs`.

    Returns:
        spearman (NaN with fewer than two pairs, or where all cosines are the same), pairs (how many it is about) and
        out_of_vocabulary (share of the pairs left out, 0 to 1).
    """
    rows, known = _rows(table, pairs[["word1", "word2"]])
    unit = unit_rows(table.vectors)
    cosines = (unit[rows[:, 0]] * unit[rows[:, 1]]).sum(axis=1)
    varied = len(rows) > 1 and np.ptp(cosines) > 0
    spearman = float(spearmanr(cosines, pairs["score"].to_numpy()[known]).statistic) if varied else float("nan")
    return {"spearman": spearman, "pairs": len(rows), "out_of_vocabulary": _left_out(known)}


def analogy_score(table: EmbeddingTable, analogies: pd.DataFrame, batch_size: int = 1024) -> dict[str, float]:
    """How often b − a + c is nearest to d ("a is to b as c is to d"), by 3CosAdd (Mikolov et al., 2013).

    The vectors have length 1 before they are added; a, b and c themselves are no answers.

    Args:
        table: words in lower case.
        analogies: columns a, b, c, d (looked up in lower case), as of `WordSimilarity.analogies`.
        batch_size: questions compared at a time.

    Returns:
        accuracy (0 to 1; NaN with no question), questions (how many it is about) and out_of_vocabulary (share left
        out).
    """
    rows, known = _rows(table, analogies[["a", "b", "c", "d"]])
    right = _answers(unit_rows(table.vectors), rows, batch_size) == rows[:, 3]
    return {
        "accuracy": float(right.mean()) if len(rows) else float("nan"),
        "questions": len(rows),
        "out_of_vocabulary": _left_out(known),
    }


def evaluate(table: EmbeddingTable, tests: WordSimilarity) -> pd.DataFrame:
    """All tests: one row a test, columns score (Spearman's correlation, or the share of right answers), used (pairs or
    questions that the score is about) and out_of_vocabulary (share left out)."""
    found = {name: similarity_score(table, pairs) for name, pairs in tests.pairs.groupby("test", sort=False)}
    found["Google analogies"] = analogy_score(table, tests.analogies)
    frame = pd.DataFrame([list(result.values()) for result in found.values()], index=list(found))
    return frame.set_axis(["score", "used", "out_of_vocabulary"], axis=1).rename_axis("test").astype({"used": int})


HALVES = ("tuning", "reporting")


def half(tests: WordSimilarity, which: str) -> WordSimilarity:
    """The tests with one half of their pairs, drawn by a hash of the two words; all analogies.

    A pair is in the same half in whatever order its words come, and in both tests.

    Args:
        tests: all of them.
        which: "tuning", on which settings are chosen, or "reporting", on which methods are compared.

    Raises:
        ValueError: which is neither.
    """
    if which not in HALVES:
        raise ValueError(f"which={which!r}: it must be one of {', '.join(map(repr, HALVES))}")
    keys = [" ".join(sorted((a.lower(), b.lower()))) for a, b in zip(tests.pairs["word1"], tests.pairs["word2"])]
    drawn = np.array([crc32(key.encode()) % 2 for key in keys]) == HALVES.index(which)
    return replace(tests, pairs=tests.pairs[drawn].reset_index(drop=True))


def rarer_than(tests: WordSimilarity, counts: Mapping[str, int], least: int, most: float = np.inf) -> WordSimilarity:
    """The tests with the pairs whose rarer word comes `least` times or more, and less than `most` times.

    Args:
        tests: of words.
        counts: how often a word, in lower case, comes in the text; words that are not in it are not asked.
        least, most: bounds, the second not included.
    """
    pairs = tests.pairs
    rarer = [min(counts.get(a.lower(), -1), counts.get(b.lower(), -1)) for a, b in zip(pairs["word1"], pairs["word2"])]
    kept = np.array([least <= count < most for count in rarer], dtype=bool)
    return replace(tests, pairs=pairs[kept].reset_index(drop=True))


def spearman(rows: np.ndarray) -> float:
    """Spearman's rank correlation of the two columns of (n, 2), as a statistic of `intervals.difference`.

    0 where one of them is the same throughout.
    """
    ranks = rankdata(rows, axis=0)
    ranks -= ranks.mean(axis=0)
    lengths = np.sqrt((ranks**2).sum(axis=0))
    return float(ranks[:, 0] @ ranks[:, 1] / lengths.prod()) if lengths.all() else 0.0


def judge(table: EmbeddingTable, tests: WordSimilarity) -> dict[str, object]:
    """What `intervals.paired` needs of one run, to draw pairs of words anew.

    Args:
        table: words in lower case. Methods that are compared must know the same words.
        tests: see `half`.

    Returns:
        For each test its score, as `evaluate` has it, and "<test> of each". Of pairs of words these are float64
        (n, 2), the cosine and what people say, to be taken with `statistic=spearman`. Of the analogies float64 (n,),
        1 where the answer is right, and "<test> units", (n,), the pair a : b of each question: all questions with it
        are drawn together.
    """
    row, unit = {}, unit_rows(table.vectors)
    for name, pairs in tests.pairs.groupby("test", sort=False):
        rows, known = _rows(table, pairs[["word1", "word2"]])
        cosines = (unit[rows[:, 0]] * unit[rows[:, 1]]).sum(axis=1)
        both = np.column_stack([cosines, pairs["score"].to_numpy()[known]]).astype(np.float64)
        row |= {name: spearman(both), f"{name} of each": both}
    rows, _ = _rows(table, tests.analogies[["a", "b", "c", "d"]])
    if len(rows):
        right = _answers(unit, rows) == rows[:, 3]
        row |= {"Google analogies": right.mean(), "Google analogies of each": right.astype(np.float64)}
        row["Google analogies units"] = rows[:, 0] * len(unit) + rows[:, 1]
    return row


def plurals(words: Sequence[str], shortest: int = 4) -> np.ndarray:
    """Pairs of words of which one is the other with an s: *railroads* and *railroad*, but also *means* and *mean*.

    A test with thousands of pairs that nobody had to judge: does the vector of the one lie near that of the other?

    Args:
        words: unique, in lower case.
        shortest: letters of the word without s, at least.

    Returns:
        int64 (n, 2): the numbers of the word with s and of that without.
    """
    number = {word: i for i, word in enumerate(words)}
    pairs = [(i, number[word[:-1]]) for word, i in number.items() if word.endswith("s") and word[:-1] in number]
    kept = [pair for pair in pairs if len(words[pair[1]]) >= shortest]
    return np.array(kept, dtype=np.int64).reshape(-1, 2)


def found(table: EmbeddingTable, pairs: np.ndarray, k: int = 10) -> np.ndarray:
    """Is the second word of a pair among the k nearest neighbors of the first? float64 (n,), 1 for yes, 0 for no.

    Args:
        table: of N words.
        pairs: int (n, 2), rows of the table.
        k: neighbors that count.
    """
    unit = unit_rows(table.vectors)
    hits = []
    for some in np.array_split(pairs, max(1, len(pairs) // 512)):
        cosines = unit[some[:, 0]] @ unit.T
        nearer = cosines > cosines[np.arange(len(some)), some[:, 1], None]
        nearer[np.arange(len(some)), some[:, 0]] = False  # a word is no neighbor of itself
        hits.append(nearer.sum(axis=1) < k)
    return np.concatenate(hits).astype(np.float64)


def _answers(unit: np.ndarray, rows: np.ndarray, batch_size: int = 1024) -> np.ndarray:
    """The word nearest to b − a + c, int64 (n,), for rows (n, 3 or more) of a, b, c; these are no answers."""
    found = []
    for start in range(0, len(rows), batch_size):
        a, b, c = rows[start : start + batch_size, :3].T
        scores = (unit[b] - unit[a] + unit[c]) @ unit.T
        for asked in (a, b, c):
            scores[np.arange(len(a)), asked] = -np.inf
        found.append(scores.argmax(axis=1))
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _rows(table: EmbeddingTable, words: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of the questions whose words are all in the table, int64 (n, columns), and which those are, bool."""
    lower = [[str(word).lower() for word in question] for question in words.itertuples(index=False)]
    known = np.array([all(word in table for word in question) for question in lower], dtype=bool)
    rows = [[table.number(word) for word in question] for question, is_known in zip(lower, known) if is_known]
    return np.array(rows, dtype=np.int64).reshape(-1, words.shape[1]), known


def _left_out(known: np.ndarray) -> float:
    return float(1 - known.mean()) if len(known) else 0.0
