"""What people say about pairs of words: WordSim-353, SimLex-999 and the Google analogies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from embedviz.datasets.cards import read_card
from embedviz.datasets.store.artifacts import PackageFile
from embedviz.datasets.store.cache import Dataset, load

# --- Judgments of words ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class WordSimilarity:
    """What people say about words.

    Attributes:
        pairs: one row a pair of words. Columns: test ("WordSim-353" or "SimLex-999"), word1, word2, score (mean of the
            judges, 0 to 10).
        analogies: one row a question "a is to b as c is to …?". Columns: section ("capital-world", …), a, b, c, d (the
            answer).
        card: the data card, Markdown.
    """

    pairs: pd.DataFrame = field(repr=False)
    analogies: pd.DataFrame = field(repr=False)
    card: str = field(repr=False)

    def __repr__(self) -> str:
        return f"WordSimilarity({len(self.pairs):,} pairs of words, {len(self.analogies):,} analogies)"


def load_word_similarity() -> WordSimilarity:
    """WordSim-353, SimLex-999 and the Google analogies, as gensim ships them for its tests; see the card.

    Raises:
        DatasetError: not fetched, or the cache is damaged.
    """
    tables = load(WORD_SIMILARITY)
    return WordSimilarity(tables["pairs"], tables["analogies"], read_card("word_similarity"))


def _parse_word_similarity(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    lines = {Path(name).stem: content.decode("utf-8").splitlines() for name, content in members.items()}
    pairs = [
        (test, word1, word2, float(score))
        for test, stem in (("WordSim-353", "wordsim353"), ("SimLex-999", "simlex999"))
        for word1, word2, score in (line.split("\t") for line in lines[stem] if not line.startswith("#"))
    ]
    analogies, section = [], ""
    for line in lines["questions-words"]:
        if line.startswith(":"):
            section = line[1:].strip()
        else:
            analogies.append((section, *line.split()))
    return {
        "pairs": pd.DataFrame(pairs, columns=["test", "word1", "word2", "score"]),
        "analogies": pd.DataFrame(analogies, columns=["section", "a", "b", "c", "d"], dtype="str"),
    }


WORD_SIMILARITY = Dataset(
    name="word_similarity",
    artifact=PackageFile(
        package="gensim",
        version="4.4.0",
        filename="gensim-4.4.0.tar.gz",
        sha256="a3f5b626da5518e79a479140361c663089fe7998df8ba52d56e1ded71ac5bdf5",
        size=23_260_095,
        members=tuple(
            f"gensim-4.4.0/gensim/test/test_data/{name}"
            for name in ("wordsim353.tsv", "simlex999.txt", "questions-words.txt")
        ),
    ),
    parse=_parse_word_similarity,
    parser_version=1,
    about="WordSim-353, SimLex-999 and the Google analogies: people's judgments of words",
    tables=("pairs", "analogies"),
)
