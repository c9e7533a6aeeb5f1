"""Many ways to turn pairs into vectors, on the same data, under the same measures, over several seeds.

A method is any callable method(pairs, seed) → (item vectors, context vectors) whose dot product scores a pair.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from embedviz.inputs.pairs import Pairs
from embedviz.measure import baselines, ranking
from embedviz.measure.parallel import run_all
from embedviz.measure.shared_labels import label_matrix, neighbor_scores
from embedviz.train.recipes import train_logistic, train_softmax

PairMethod = Callable[[Pairs, int], tuple]

# Settings chosen on validation data (tests/benchmarks/tune_books.py); the softmax's batch is 256 for speed, 512 was
# level.
PAIR_METHODS: dict[str, PairMethod] = {
    "popularity": lambda pairs, seed: baselines.popularity(pairs),
    "TF-IDF": lambda pairs, seed: baselines.tfidf(pairs),
    "PPMI + SVD": lambda pairs, seed: baselines.ppmi_svd(pairs, shift=2, seed=seed),
    "implicit ALS": lambda pairs, seed: baselines.als(pairs, seed=seed),
    "logistic, 2 negatives": train_logistic,
    "sampled softmax": train_softmax,
}


def compare(
    methods: Mapping[str, PairMethod],
    pairs: Pairs,
    labels: Mapping[str, Sequence[Sequence[str]]] | None = None,
    answers: Sequence[str] = (),
    *,
    link_share: float = 0.1,
    seeds: Sequence[int] = (0, 1, 2),
    k: int = 10,
) -> pd.DataFrame:
    """Every method under two measures, both on what it has not seen, one process to a processor core.

    1. Neighbors: trained on the pairs whose context is not in `answers`, do the k nearest items share a label?
       For each name in `labels`: columns "<name> precision@k" and "<name> recall@k", see
       `shared_labels.neighbor_scores`.
    2. Held-out pairs: trained on the other pairs, at which rank comes a pair of the held-out `link_share`, among all
       contexts that the item does not have? Columns "hits@k" and "MRR", see `ranking.ranking_scores`.

    Args:
        methods: name → method(pairs, seed); see `PAIR_METHODS`.
        pairs: of items and contexts.
        labels: name → the labels of each item, in the order of `pairs.items`; None leaves measure 1 out.
        answers: the contexts that name a label, and would give the answer away.
        link_share: of the pairs, held out for measure 2; 0 leaves it out.
        seeds: one run each; a seed draws the split too.
        k: neighbors, and contexts, that count.

    Returns:
        One row for each method and seed (index levels "method", "seed"); `spread` sums them up.

    Raises:
        ValueError: no methods or seeds, or labels of another number of items than `pairs` has.
    """
    _check_any(methods, seeds)
    matrices = {name: label_matrix(own) for name, own in (labels or {}).items()}
    for name, matrix in matrices.items():
        if matrix.shape[0] != len(pairs.items):
            raise ValueError(f"labels {name!r} of {matrix.shape[0]} items, the pairs have {len(pairs.items)}")
    hidden = pairs.without(answers)

    def run(name: str, seed: int) -> dict:
        row = {"method": name, "seed": seed}
        if matrices:
            vectors, _ = methods[name](hidden, seed)
            for label, matrix in matrices.items():
                row |= {f"{label} {key}@{k}": value for key, value in neighbor_scores(vectors, matrix, k).items()}
        if link_share:
            train, test = pairs.split(link_share, seed)
            row |= ranking.ranking_scores(ranking.ranks(*methods[name](train, seed), train, test), k)
        return row

    order = [(name, seed) for name in methods for seed in seeds]
    return pd.DataFrame(run_all(run, order, "comparing")).set_index(["method", "seed"])


def compare_recommenders(
    methods: Mapping[str, PairMethod],
    split: Callable[[int], tuple[Pairs, Pairs]],
    score: Callable[..., Mapping[str, float]] = ranking.recommendation_scores,
    *,
    seeds: Sequence[int] = (0, 1, 2),
) -> pd.DataFrame:
    """Every method on the same split, one process to a processor core.

    Args:
        methods: name → method(train, seed).
        split: called with a seed, returns (train, test), numbered alike. A split by time is the same for all seeds:
            then the spread is that of the method alone.
        score: called as score(users, items, train, test), returns a row of numbers.
        seeds: one run each.

    Returns:
        One row for each method and seed (index levels "method", "seed"); `spread` sums them up.

    Raises:
        ValueError: no methods or seeds.
    """
    _check_any(methods, seeds)
    splits = {seed: split(seed) for seed in seeds}

    def run(name: str, seed: int) -> dict:
        train, test = splits[seed]
        return {"method": name, "seed": seed, **score(*methods[name](train, seed), train, test)}

    order = [(name, seed) for name in methods for seed in seeds]
    return pd.DataFrame(run_all(run, order, "comparing")).set_index(["method", "seed"])


def _check_any(methods: Mapping, seeds: Sequence) -> None:
    if not len(methods) or not len(seeds):
        raise ValueError("at least one method and one seed are needed")


def spread(runs: pd.DataFrame, digits: int = 3) -> pd.DataFrame:
    """Mean ± standard deviation over the runs of each row (the first index level), as text; of one run its value.

    Columns of arrays (see `intervals.paired`) are left out.
    """
    groups = runs.select_dtypes("number").groupby(level=0, sort=False)
    mean, deviation = groups.mean(), groups.std(ddof=1)

    def cell(m, s):
        return f"{m:.{digits}f}" if np.isnan(s) else f"{m:.{digits}f} ± {s:.{digits}f}"

    return mean.apply(lambda column: [cell(m, s) for m, s in zip(column, deviation[column.name])])
