"""Many ways to turn pairs into vectors, on the same data, under the same measures, over several seeds.

A method is any callable method(pairs, seed) → (item vectors, context vectors) whose dot product scores a pair.
"""

from collections.abc import Callable, Mapping, Sequence

import joblib
import numpy as np
import pandas as pd
import torch

from embedviz import baselines, metrics
from embedviz.losses import logistic_loss, sampled_softmax_loss
from embedviz.models import PairEmbedding
from embedviz.pairs import PairBatches, Pairs
from embedviz.training import fit, progress_bar

Method = Callable[[Pairs, int], tuple]


def _vectors(model: PairEmbedding, temperature: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The two tables so that their dot product is the logit of the pair."""
    with torch.no_grad():
        every = (torch.arange(table.num_embeddings) for table in (model.items, model.contexts))
        items, contexts = model.cpu().vectors(*every)
    return items.numpy() / temperature, contexts.numpy()


def pairwise(
    pairs: Pairs,
    seed: int = 0,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = logistic_loss,
    negatives: int = 2,
    similarity: str = "dot",
    dim: int = 50,
    epochs: int = 15,
    batch_size: int = 8192,
    lr: float = 0.1,
    optimizer: str = "adagrad",
) -> tuple[np.ndarray, np.ndarray]:
    """Each pair alone is right or wrong: `loss` of (scores, labels), with `negatives` random pairs for each true one.

    With `logistic_loss` it is Koehrsen's classification model.
    """
    model = PairEmbedding(len(pairs.items), len(pairs.contexts), dim, similarity, seed=seed)
    batches = PairBatches(pairs, batch_size, negatives)
    fit(model, lambda model, i, c, labels: loss(model(i, c), labels), batches, epochs, lr, seed, optimizer=optimizer, progress=False)
    return _vectors(model)


def softmax(
    pairs: Pairs,
    seed: int = 0,
    temperature: float = 0.2,
    log_q: bool = True,
    init: float = 0.05,
    dim: int = 50,
    epochs: int = 15,
    batch_size: int = 256,
    lr: float = 0.01,
    optimizer: str = "adam",
) -> tuple[np.ndarray, np.ndarray]:
    """In-batch sampled softmax over cosines; `log_q` False leaves the correction for popularity out."""
    model = PairEmbedding(len(pairs.items), len(pairs.contexts), dim, init=init, seed=seed)
    frequency = torch.from_numpy(np.log(pairs.context_frequency.clip(1e-12))).float()

    def loss(model, items, contexts):
        correction = frequency[contexts.cpu()].to(contexts.device) if log_q else None
        return sampled_softmax_loss(model.all_scores(items, contexts), contexts, correction, temperature)

    fit(model, loss, PairBatches(pairs, batch_size), epochs, lr, seed, optimizer=optimizer, progress=False)
    return _vectors(model, temperature)


# Settings chosen on validation data (tests/benchmarks/tune_books.py); the softmax's batch is 256 for speed, 512 was level.
METHODS: dict[str, Method] = {
    "popularity": lambda pairs, seed: baselines.popularity(pairs),
    "TF-IDF": lambda pairs, seed: baselines.tfidf(pairs),
    "PPMI + SVD": lambda pairs, seed: baselines.ppmi_svd(pairs, shift=2, seed=seed),
    "implicit ALS": lambda pairs, seed: baselines.als(pairs, seed=seed),
    "logistic, 2 negatives": pairwise,
    "sampled softmax": softmax,
}


def compare(
    methods: Mapping[str, Method],
    pairs: Pairs,
    labels: Mapping[str, Sequence[Sequence[str]]] | None = None,
    answers: Sequence[str] = (),
    link_share: float = 0.1,
    seeds: Sequence[int] = (0, 1, 2),
    k: int = 10,
) -> pd.DataFrame:
    """Every method under two measures, both on what it has not seen, one process to a processor core.

    1. Neighbors: trained on the pairs whose context is not in `answers`, do the k nearest items share a label?
       For each name in `labels`: columns "<name> precision@k" and "<name> recall@k", see `metrics.neighbor_scores`.
    2. Held-out pairs: trained on the other pairs, at which rank comes a pair of the held-out `link_share`, among all
       contexts that the item does not have? Columns "hits@k" and "MRR", see `metrics.ranking_scores`.

    Args:
        methods: name → method(pairs, seed); see `METHODS`.
        pairs: of items and contexts.
        labels: name → the labels of each item, in the order of `pairs.items`; None leaves measure 1 out.
        answers: the contexts that name a label, and would give the answer away.
        link_share: of the pairs, held out for measure 2; 0 leaves it out.
        seeds: one run each; a seed draws the split too.
        k: neighbors, and contexts, that count.

    Returns:
        One row for each method and seed (index levels "method", "seed"); `spread` sums them up.
    """
    matrices = {name: metrics.label_matrix(own) for name, own in (labels or {}).items()}
    hidden = pairs.without(answers)

    def run(name: str, seed: int) -> dict:
        row = {"method": name, "seed": seed}
        if matrices:
            vectors, _ = methods[name](hidden, seed)
            for label, matrix in matrices.items():
                row |= {f"{label} {key}@{k}": value for key, value in metrics.neighbor_scores(vectors, matrix, k).items()}
        if link_share:
            train, test = pairs.split(link_share, seed)
            row |= metrics.ranking_scores(metrics.ranks(*methods[name](train, seed), train, test), k)
        return row

    order = [(name, seed) for name in methods for seed in seeds]
    return pd.DataFrame(run_all(run, order, "comparing")).set_index(["method", "seed"])


def compare_recommenders(
    methods: Mapping[str, Method],
    split: Callable[[int], tuple[Pairs, Pairs]],
    score: Callable[..., Mapping[str, float]] = metrics.recommendation_scores,
    seeds: Sequence[int] = (0, 1, 2),
) -> pd.DataFrame:
    """Every method on the same split, one process to a processor core.

    Args:
        methods: name → method(train, seed).
        split: called with a seed, returns (train, test), numbered alike. A split by time is the same for all seeds: then the
            spread is that of the method alone.
        score: called as score(users, items, train, test), returns a row of numbers.
        seeds: one run each.

    Returns:
        One row for each method and seed (index levels "method", "seed"); `spread` sums them up.
    """
    splits = {seed: split(seed) for seed in seeds}

    def run(name: str, seed: int) -> dict:
        train, test = splits[seed]
        return {"method": name, "seed": seed, **score(*methods[name](train, seed), train, test)}

    order = [(name, seed) for name in methods for seed in seeds]
    return pd.DataFrame(run_all(run, order, "comparing")).set_index(["method", "seed"])


def run_all(run: Callable[..., dict], order: Sequence[tuple], what: str) -> list[dict]:
    """run(*arguments) for each arguments in `order`, one process to a processor core, with a progress bar that says `what`."""
    # A training step is too small to be shared among cores, whole runs are not.
    parallel = joblib.Parallel(n_jobs=max(1, min(joblib.cpu_count(only_physical_cores=True), len(order))), return_as="generator")
    rows, bar = [], progress_bar(len(order), what, "run")
    with bar:
        for row in parallel(joblib.delayed(run)(*arguments) for arguments in order):
            rows.append(row)
            bar.update()
    return rows


def spread(runs: pd.DataFrame, digits: int = 3) -> pd.DataFrame:
    """Mean ± standard deviation over the runs of each row (the first index level), as text."""
    groups = runs.groupby(level=0, sort=False)
    mean, deviation = groups.mean(), groups.std(ddof=1).fillna(0)
    return mean.apply(lambda column: [f"{m:.{digits}f} ± {s:.{digits}f}" for m, s in zip(column, deviation[column.name])])
