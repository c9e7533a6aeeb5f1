"""Do the vectors of words agree with what people say? WordSim-353, SimLex-999 and the Google analogies.

Every score comes with the share of questions that it leaves out because a word is not in the table: without that, a
small vocabulary looks better than it is.
"""

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

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
    unit, right = unit_rows(table.vectors), 0
    for start in range(0, len(rows), batch_size):
        a, b, c, d = rows[start : start + batch_size].T
        scores = (unit[b] - unit[a] + unit[c]) @ unit.T
        for asked in (a, b, c):
            scores[np.arange(len(a)), asked] = -np.inf
        right += int((scores.argmax(axis=1) == d).sum())
    return {
        "accuracy": right / len(rows) if len(rows) else float("nan"),
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


def _rows(table: EmbeddingTable, words: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of the questions whose words are all in the table, int64 (n, columns), and which those are, bool."""
    lower = [[str(word).lower() for word in question] for question in words.itertuples(index=False)]
    known = np.array([all(word in table for word in question) for question in lower], dtype=bool)
    rows = [[table.number(word) for word in question] for question, is_known in zip(lower, known) if is_known]
    return np.array(rows, dtype=np.int64).reshape(-1, words.shape[1]), known


def _left_out(known: np.ndarray) -> float:
    return float(1 - known.mean()) if len(known) else 0.0
