"""Chapter 2's tables on real articles of Wikipedia: the figures in the data card of "wikibooks".

The methods, settings, measures and seeds are the chapter's; nothing is chosen anew. With the 900 articles that the card
names, or with all 37,020 once `embedviz fetch wikibooks` got them (hours, and EASE wants 20 GB):

    python tests/benchmarks/real_articles.py ../shared/data/koehrsen_p15_books_900.ndjson
    python tests/benchmarks/real_articles.py wikibooks
"""

import sys

import pandas as pd

from embedviz.datasets.books import load_books
from embedviz.inputs.pairs import Pairs
from embedviz.measure.comparison import PAIR_METHODS, compare
from embedviz.measure.intervals import paired

#: The measures of the chapter's section 9, and the method that all are compared with.
MEASURES, AGAINST = ("author or genre precision@10", "author recall@10", "hits@10", "MRR"), "sampled softmax"


def runs_of(source: str) -> pd.DataFrame:
    """What `compare` gives on real articles, as in section 9."""
    data = load_books(source)
    pairs = Pairs.from_frame(data.pairs, min_items=4)
    return compare(PAIR_METHODS, pairs, data.labels(pairs.items), data.answers)


def table(runs: pd.DataFrame) -> pd.DataFrame:
    """A row for each method: the mean of each measure, and the verdict against the softmax."""
    columns = {}
    for measure in MEASURES:
        found = paired(runs, measure, AGAINST)
        columns[measure] = [f"{row.score:.3f} {row.verdict}" for row in found.itertuples()]
    return pd.DataFrame(columns, index=pd.Index(found.index, name="method"))


def as_markdown(frame: pd.DataFrame) -> str:
    """The table as it stands in the card."""
    head = ["method", *frame.columns]
    rows = [head, ["---"] * len(head), *([name, *row] for name, row in zip(frame.index, frame.to_numpy()))]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


if __name__ == "__main__":
    print(as_markdown(table(runs_of(sys.argv[1]))))
