"""An epoch of the logistic model: our sampler and row-wise Adagrad, against a Python generator and dense Adam.

The rival is the usual tutorial way (Koehrsen's `generate_batch`): a generator that fills the batch row by row and tests
each negative against a set of all pairs, and `torch.optim.Adam` over whole tables. Same model, loss, negatives and
number of epochs. Each way has the batch size and learning rate that suit it (large batches cost the tutorial's way
quality, and gain it little), and PyTorch's default number of threads, which only large batches can use. Runs are
interleaved; printed are the times of each pair of runs, their ratio, and the quality of both: precision@10 by shared
director or genre (books: author or genre), trained without the links that name them.

    python tests/benchmarks/bench_sampler.py [books|films] [pairs of runs]
"""

import random
import statistics
import sys
import time

import numpy as np
import torch
from results import record
from torch.nn import functional as F

from embedviz.datasets.books import load_books
from embedviz.datasets.films import load_films
from embedviz.inputs.pairs import PairBatches, Pairs
from embedviz.measure.shared_labels import label_matrix, neighbor_scores
from embedviz.models.losses import logistic_loss
from embedviz.models.pair import PairEmbedding
from embedviz.train.loop import fit

EPOCHS, NEGATIVES = 15, 2
# Of the tutorial; Koehrsen has this batch size, and Adam's default rate, with which it needs more epochs.
BATCH, LR = 1024, 0.01
OUR_BATCH, OUR_LR = 8192, 0.1


def data(name):
    """Pairs without the contexts that name the answer, and the labels."""
    if name == "books":
        data, columns = load_books(), ("title", "link")
    else:
        data, columns = load_films(), ("film", "entity")
    pairs = Pairs.from_frame(data.pairs, *columns, min_items=4)
    [labels, *_] = data.labels(pairs.items).values()
    return pairs.without(data.answers), label_matrix(labels)


def generator(pairs, seed):
    """Batches filled row by row, as tutorials do it."""
    random.seed(seed)
    true = [tuple(row) for row in pairs.index.tolist()]
    true_set = set(true)
    size = BATCH * (1 + NEGATIVES)
    batch = np.zeros((size, 3), dtype=np.int64)
    while True:
        for row, (item, context) in enumerate(random.sample(true, min(BATCH, len(true)))):
            batch[row] = (item, context, 1)
        row += 1
        while row < size:
            item, context = random.randrange(len(pairs.items)), random.randrange(len(pairs.contexts))
            if (item, context) not in true_set:
                batch[row] = (item, context, 0)
                row += 1
        np.random.shuffle(batch)
        yield torch.from_numpy(batch.copy()).unbind(1)


def tutorial(pairs, seed):
    model = PairEmbedding(len(pairs.items), len(pairs.contexts), similarity="dot", seed=seed)
    model.items.sparse = model.contexts.sparse = False
    optimizer, batches = torch.optim.Adam(model.parameters(), lr=LR), generator(pairs, seed)
    for _ in range(EPOCHS * len(PairBatches(pairs, BATCH))):
        items, contexts, labels = next(batches)
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(model(items, contexts), labels.float()).backward()
        optimizer.step()
    return model


def ours(pairs, seed):
    model = PairEmbedding(len(pairs.items), len(pairs.contexts), similarity="dot", seed=seed)
    batches = PairBatches(pairs, OUR_BATCH, NEGATIVES)

    def loss(model, items, contexts, labels):
        return logistic_loss(model(items, contexts), labels)

    fit(
        model,
        loss,
        batches,
        EPOCHS,
        OUR_LR,
        seed,
        optimizer="adagrad",
        device="cpu",
        threads=torch.get_num_threads(),
        progress=False,
    )
    return model


def main(name="films", runs="3"):
    pairs, labels = data(name)
    print(
        f"{name}: {len(pairs):,} pairs, {len(pairs.items):,} × {len(pairs.contexts):,}; "
        f"{EPOCHS} epochs of {len(PairBatches(pairs, BATCH))} steps"
    )
    ratios, spent, quality = [], [], {"tutorial": [], "ours": []}
    for seed in range(int(runs)):
        seconds = {}
        for way in (tutorial, ours) if seed % 2 else (ours, tutorial):
            start = time.perf_counter()
            model = way(pairs, seed)
            seconds[way.__name__] = (time.perf_counter() - start) / EPOCHS
            quality[way.__name__].append(neighbor_scores(model.items.weight, labels)["precision"])
        ratios.append(seconds["tutorial"] / seconds["ours"])
        spent.append(seconds)
        print(
            f"seed {seed}: tutorial {seconds['tutorial']:.2f} s an epoch, ours {seconds['ours']:.2f} s, "
            f"ratio {ratios[-1]:.1f}; "
            f"precision@10 {quality['tutorial'][-1]:.3f} and {quality['ours'][-1]:.3f}",
            flush=True,
        )
    ours_s, peer_s = (statistics.median(one[way] for one in spent) for way in ("ours", "tutorial"))
    record(f"an epoch of {len(pairs):,} pairs", ours_s, "s", "Python generator, dense Adam", peer_s, "≤ 0.125")
    means = {way: statistics.mean(values) for way, values in quality.items()}
    print(
        f"median ratio {statistics.median(ratios):.1f} (goal ≥ 8); "
        f"precision@10 tutorial {means['tutorial']:.3f}, ours {means['ours']:.3f}"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
