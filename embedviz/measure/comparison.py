"""Many ways to turn pairs into vectors, on the same data, under the same measures, over several seeds.

A method is any callable method(pairs, seed) → (item vectors, context vectors) whose dot product scores a pair.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from embedviz.inputs.pairs import Pairs
from embedviz.measure import baselines, ranking
from embedviz.measure.intervals import paired
from embedviz.measure.parallel import run_all
from embedviz.measure.shared_labels import label_matrix, neighbor_numbers, scores_of_neighbors, sharing_counts
from embedviz.models.losses import squared_loss
from embedviz.train.recipes import train_logistic, train_softmax

PairMethod = Callable[[Pairs, int], tuple]


@dataclass(frozen=True)
class Seedless:
    """A method that draws nothing, so that another seed on the same pairs need not be run.

    Attributes:
        method: called as method(pairs).
    """

    method: Callable[[Pairs], tuple]

    def __call__(self, pairs: Pairs, seed: int = 0) -> tuple:
        return self.method(pairs)


def train_koehrsen(pairs: Pairs, seed: int = 0, **settings) -> tuple[np.ndarray, np.ndarray]:
    """Koehrsen's default model: the cosine of book and link is to be 1 for a true pair and −1 for one made up.

    Two made-up pairs for each true one, Adam, 15 epochs, 50 dimensions, as he has them. He trains on 27 times as many
    pairs: batch size and learning rate were chosen anew (tests/benchmarks/tune_books.py). Arguments and result as
    `train_logistic`'s.
    """
    own = {"batch_size": 512, "lr": 0.01, "optimizer": "adam"}
    return train_logistic(pairs, seed, loss=squared_loss, similarity="cosine", **(own | settings))


#: The scores of a recommender, with the values of each user for `intervals.paired`.
EACH_USER = partial(ranking.recommendation_scores, each=True)

# Settings chosen on validation data (tests/benchmarks/tune_books.py); the softmax's batch is 256 for speed, 512 was
# level.
PAIR_METHODS: dict[str, PairMethod] = {
    "popularity": Seedless(baselines.popularity),
    "raw links": Seedless(baselines.raw_links),
    "TF-IDF": Seedless(baselines.tfidf),
    "TF-IDF, 50 vote": Seedless(baselines.nearest_vote),
    "EASE": Seedless(baselines.ease_vectors),
    "PPMI + SVD": lambda pairs, seed: baselines.ppmi_svd(pairs, shift=2, seed=seed),
    "implicit ALS": lambda pairs, seed: baselines.als(pairs, seed=seed),
    "Koehrsen's own": train_koehrsen,
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
    judge: np.ndarray | None = None,
) -> pd.DataFrame:
    """Every method under two measures, both on what it has not seen, one process to a processor core.

    1. Neighbors: trained on the pairs whose context is not in `answers`, do the k nearest items share a label?
       For each name in `labels`: columns "<name> precision@k" and "<name> recall@k", see
       `shared_labels.neighbor_scores`.
    2. Held-out pairs: trained on the other pairs, at which rank comes a pair of the held-out `link_share`, among all
       contexts that the item does not have? Columns "hits@k" and "MRR", see `ranking.ranking_scores`.

    Args:
        methods: name → method(pairs, seed); see `PAIR_METHODS`. Measure 1 of a `Seedless` one is taken once.
        pairs: of items and contexts.
        labels: name → the labels of each item, in the order of `pairs.items`; None leaves measure 1 out.
        answers: the contexts that name a label, and would give the answer away.
        link_share: of the pairs, held out for measure 2; 0 leaves it out.
        seeds: one run each; a seed draws the split too.
        k: neighbors, and contexts, that count.
        judge: the numbers of the items that are measured, for the others' were used to choose settings, say. All items
            are trained on, and can be neighbors. None: all.

    Returns:
        One row for each method and seed (index levels "method", "seed"); `spread` sums them up. Beside each measure the
        columns "<measure> of each", an array, and "<measure> units", the items (numbers) that its entries belong to:
        `intervals.paired` makes of them intervals from drawing items anew.

    Raises:
        ValueError: no methods or seeds, or labels of another number of items than `pairs` has.
    """
    _check_any(methods, seeds)
    matrices = {name: label_matrix(own) for name, own in (labels or {}).items()}
    for name, matrix in matrices.items():
        if matrix.shape[0] != len(pairs.items):
            raise ValueError(f"labels {name!r} of {matrix.shape[0]} items, the pairs have {len(pairs.items)}")
    counts = {name: sharing_counts(matrix) for name, matrix in matrices.items()}
    hidden = pairs.without(answers)
    judge = np.arange(len(pairs.items)) if judge is None else np.unique(judge)

    def neighbors(name: str, seed: int) -> dict:
        row, vectors = {}, methods[name](hidden, seed)[0]
        numbers = neighbor_numbers(vectors, next(iter(matrices.values())), k, judge)
        for label, matrix in matrices.items():
            items, each = scores_of_neighbors(numbers, matrix, counts[label], judge)
            for key, values in each.items():
                row |= _measured(f"{label} {key}@{k}", values, items)
        return row

    def held_out(name: str, seed: int) -> dict:
        row, (train, test) = {}, pairs.split(link_share, seed)
        test = test.take(np.isin(test.index[:, 0], judge))
        rank = ranking.ranks(*methods[name](train, seed), train, test)
        for key, values in ((f"hits@{k}", rank <= k), ("MRR", 1 / rank)):
            row |= _measured(key, values.astype(np.float64), test.index[:, 0])
        return row

    def alike(name: str, seed: int) -> int:
        """The seed whose vectors of the same pairs this one's are."""
        return seeds[0] if isinstance(methods[name], Seedless) else seed

    rows = [(name, seed) for name in methods for seed in seeds]
    order = []
    for name, seed in rows:
        if matrices and seed == alike(name, seed):
            order.append((neighbors, name, seed))
        if link_share:
            order.append((held_out, name, seed))
    measured = dict(zip(order, run_all(lambda measure, name, seed: measure(name, seed), order, "comparing")))
    return pd.DataFrame(
        {"method": name, "seed": seed}
        | measured.get((neighbors, name, alike(name, seed)), {})
        | measured.get((held_out, name, seed), {})
        for name, seed in rows
    ).set_index(["method", "seed"])


def compare_recommenders(
    methods: Mapping[str, PairMethod],
    split: Callable[[int], tuple[Pairs, Pairs]],
    score: Callable[..., Mapping[str, object]] = EACH_USER,
    *,
    seeds: Sequence[int] = (0, 1, 2),
) -> pd.DataFrame:
    """Every method on the same split, one process to a processor core.

    Args:
        methods: name → method(train, seed).
        split: called with a seed, returns (train, test), numbered alike. A split by time is the same for all seeds:
            then the spread is that of the method alone.
        score: called as score(users, items, train, test), returns a row of numbers. By default
            `ranking.recommendation_scores` with the values of each user.
        seeds: one run each.

    Returns:
        One row for each method and seed (index levels "method", "seed"): `spread` sums them up, `intervals.paired`
        compares the methods user by user.

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


def _measured(measure: str, values: np.ndarray, units: np.ndarray) -> dict:
    """The three columns of a measure: its mean, its values, and whose they are."""
    return {measure: float(values.mean()), f"{measure} of each": values, f"{measure} units": units}


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


def versus(runs: pd.DataFrame, measure: str, against: str, **settings) -> pd.DataFrame:
    """A comparison as a table to read: what the seeds do, and what drawing the units anew does; see `paired`.

    Args:
        runs: of `compare`, `probe` or another that gives "<measure> of each"; the first index level names the methods.
        measure: the name of the score.
        against: the method that all are compared with.
        settings: of `intervals.difference`.

    Returns:
        A row for each method, as text: "<measure>" (mean ± standard deviation over the seeds), "difference" (to
        `against`, with its interval) and "verdict".

    Raises:
        ValueError: as `paired`.
    """
    runs = runs.rename_axis(index=["method", "seed"])
    found, whole = paired(runs, measure, against, **settings), spread(runs[[measure]])
    value, interval = in_words(found, against)
    text = [f"{one} ({between})" if between != "–" else "–" for one, between in zip(value, interval)]
    columns = {measure: whole[measure], "difference": text, "verdict": found["verdict"]}
    return pd.DataFrame(columns, index=found.index)


def in_words(found: pd.DataFrame, against: str, digits: int = 3) -> tuple[list[str], list[str]]:
    """The differences of `paired`, "+0.012", and their intervals, "-0.003 to +0.027"; "–" for `against` itself."""
    signed = f"{{:+.{digits}f}}".format
    rows = [(name == against, row) for name, row in zip(found.index, found.itertuples())]
    value = ["–" if same else signed(row.difference) for same, row in rows]
    return value, ["–" if same else f"{signed(row.low)} to {signed(row.high)}" for same, row in rows]
