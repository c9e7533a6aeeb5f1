"""Chapter 2's tables on real articles of Wikipedia: the figures in the data card of "wikibooks".

Methods, settings, measures and seeds are the chapter's, chosen on the shipped list: nothing is chosen anew. With the
900 articles that the card names, or with all 37,020 once `embedviz fetch wikibooks` got them (hours, and EASE wants
20 GB):

    python tests/benchmarks/real_articles.py ../shared/data/koehrsen_p15_books_900.ndjson
    python tests/benchmarks/real_articles.py wikibooks
"""

import sys
import warnings
from functools import partial

import pandas as pd

from embedviz.datasets.books import Books, load_books
from embedviz.inputs.pairs import Pairs
from embedviz.measure import baselines
from embedviz.measure.comparison import PAIR_METHODS, compare
from embedviz.measure.intervals import paired
from embedviz.measure.probing import probe
from embedviz.train.recipes import train_ladder, train_softmax

#: The measures of the chapter's section 9.
MEASURES = ("author or genre precision@10", "author recall@10", "hits@10", "MRR")

#: Section 8: C of the classifier for each share of the labels.
CHOSEN = {0.05: (1000.0, 1000.0, 10.0), 0.2: (1000.0, 1.0, 1.0), 0.8: (1000.0, 1.0, 1.0)}

#: Section 9's ladder.
LADDER = {
    "squared, cosine, 2": {"loss": "squared", "negatives": 2},
    "logistic, cosine, 2": {"loss": "logistic", "negatives": 2, "temperature": 0.8},
    "logistic, cosine, 20": {"loss": "logistic", "negatives": 20, "temperature": 0.4},
    "softmax, cosine, 2": {"loss": "softmax", "negatives": 2, "temperature": 0.4},
    "softmax, cosine, 20": {"loss": "softmax", "negatives": 20},
    "softmax, dot, 20": {"loss": "softmax", "similarity": "dot", "negatives": 20, "lr": 0.003},
}


def rivals(data: Books, pairs: Pairs) -> pd.DataFrame:
    """Section 9's table."""
    return _judged(compare(PAIR_METHODS, pairs, data.labels(pairs.items), data.answers), MEASURES, "sampled softmax")


def ladder(data: Books, pairs: Pairs) -> pd.DataFrame:
    """Section 9's table of one change at a time."""
    rungs = {name: partial(train_ladder, **settings) for name, settings in LADDER.items()}
    runs = compare(rungs, pairs, data.labels(pairs.items), data.answers, seeds=[0])
    return _judged(runs, ("author or genre precision@10", "hits@10"), "softmax, cosine, 20")


def few_labels(data: Books, pairs: Pairs) -> pd.DataFrame:
    """Section 8's table: the country's accuracy, against TF-IDF. (2 % of these books would be a dozen labels.)"""
    untold, facts = pairs.without(data.answers), data.books.set_index("title").loc[pairs.items]
    vectors = (baselines.tfidf(untold)[0], baselines.als(untold)[0], train_softmax(untold, 0)[0])
    names = ("links, TF-IDF", "implicit ALS", "embedding, 50 numbers")
    common = facts["country"].isin(facts["country"].value_counts().index[:10]).to_numpy()
    rows = {name: x[common] for name, x in zip(names, vectors)}
    columns = {}
    for share, strength in CHOSEN.items():
        runs = probe(rows, facts["country"][common], train_share=share, C=dict(zip(names, strength)))
        runs = runs.rename_axis(index=["method", "seed"])
        columns |= _judged(runs, ("accuracy",), names[0]).rename(columns={"accuracy": f"{share:.0%} of the labels"})
    return pd.DataFrame(columns)


def _judged(runs: pd.DataFrame, measures, against: str) -> pd.DataFrame:
    """A row for each method: of each measure the mean over the seeds and the verdict."""
    found = {measure: paired(runs, measure, against) for measure in measures}
    return pd.DataFrame(
        {name: [f"{row.score:.3f} {row.verdict}" for row in table.itertuples()] for name, table in found.items()},
        index=next(iter(found.values())).index,
    )


def as_markdown(frame: pd.DataFrame) -> str:
    """The table as it stands in the card."""
    head = ["method", *frame.columns]
    rows = [head, ["---"] * len(head), *([name, *row] for name, row in zip(frame.index, frame.to_numpy()))]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


TABLES = {"few labels": few_labels, "rivals": rivals, "what made the difference": ladder}


def main(source: str) -> None:
    data = load_books(source)
    pairs = Pairs.from_frame(data.pairs, min_items=4)
    for part, table in TABLES.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a class of one member
            print(f"**On {len(pairs.items):,} articles: {part}.**\n\n{as_markdown(table(data, pairs))}\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
