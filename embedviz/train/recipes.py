"""A recipe for each model of the chapters: model, loss, batches and settings, trained in one call."""

import copy
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch.nn import functional as F

from embedviz.base.arrays import whole_number
from embedviz.inputs.features import Feature
from embedviz.inputs.pairs import PairBatches, Pairs, distinct
from embedviz.inputs.tasks import Task, measures
from embedviz.models.gather import gather
from embedviz.models.losses import InBatchSoftmax, logistic_loss, sampled_softmax_loss, squared_loss
from embedviz.models.pair import PairEmbedding
from embedviz.models.sparse import chosen_products
from embedviz.models.tabular import TabularNet, encode_column, encode_rows, run_rows
from embedviz.models.two_tower import Tower, TwoTower
from embedviz.train.loop import History, RowBatches, check_training, fit, linear_decay


def _vectors(model: PairEmbedding, temperature: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The two tables so that their dot product is the logit of the pair."""
    with torch.no_grad():
        every = (torch.arange(table.num_embeddings) for table in (model.items, model.contexts))
        items, contexts = model.cpu().vectors(*every)
    return items.numpy() / temperature, contexts.numpy()


def _check(pairs: Pairs, epochs: int, lr: float, seed: int) -> None:
    """Before models and losses are made of what cannot be."""
    check_training(epochs, lr, seed)
    if not len(pairs):
        raise ValueError("no pairs: there is nothing to train on")


def train_logistic(
    pairs: Pairs,
    seed: int = 0,
    *,
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

    Raises:
        ValueError: no pairs, or what `fit` raises.
    """
    _check(pairs, epochs, lr, seed)
    model = PairEmbedding(len(pairs.items), len(pairs.contexts), dim, similarity, seed=seed)
    batches = PairBatches(pairs, batch_size, negatives)
    fit(
        model,
        lambda model, i, c, labels: loss(model(i, c), labels),
        batches,
        epochs,
        lr,
        seed,
        optimizer=optimizer,
        progress=False,
    )
    return _vectors(model)


#: What `train_ladder` may change: how a true pair and its negatives are judged together.
LADDER_LOSSES = ("squared", "logistic", "softmax")


def train_ladder(
    pairs: Pairs,
    seed: int = 0,
    *,
    loss: str = "logistic",
    similarity: str = "cosine",
    negatives: int = 2,
    temperature: float = 0.2,
    dim: int = 50,
    epochs: int = 15,
    batch_size: int = 512,
    lr: float = 0.01,
) -> tuple[np.ndarray, np.ndarray]:
    """One model, from which loss, similarity and number of negatives can be changed one at a time.

    The negatives are the same for all losses: to each true pair so many links for its item, drawn uniformly among all
    contexts (again, once, where they are true pairs). Adam.

    Args:
        loss: "squared" (regression on 1 and −1), "logistic" (each pair by itself, with a scale and a bias that are
            learned too, as Keras's `Dense(1, activation="sigmoid")` has them) or "softmax" (the true one among
            itself and its negatives).
        similarity: "cosine" or "dot".
        negatives: of each true pair.
        temperature: of cosines: the softmax divides by it, the logistic loss's scale starts at 1 / temperature. Dot
            products are left as they are.
        dim, epochs, batch_size, lr: see `PairEmbedding` and `fit`.

    Returns:
        Item vectors (n_items, dim) and context vectors (n_contexts, dim), float32; of length 1 where cosines were
        compared.

    Raises:
        ValueError: no pairs, an unknown loss, or what `PairEmbedding` and `fit` raise.
    """
    _check(pairs, epochs, lr, seed)
    if loss not in LADDER_LOSSES:
        raise ValueError(f"loss={loss!r}: it must be one of {', '.join(map(repr, LADDER_LOSSES))}")
    negatives = whole_number("negatives", negatives, 1)
    if not temperature > 0:
        raise ValueError(f"temperature={temperature!r}: it must be positive")
    model = PairEmbedding(len(pairs.items), len(pairs.contexts), dim, similarity, seed=seed)
    start = 1 / temperature if similarity == "cosine" else 1.0
    if loss == "logistic":
        model.scale, model.bias = (torch.nn.Parameter(torch.tensor(x)) for x in (start, 0.0))
    batches = PairBatches(pairs, batch_size)
    generator = torch.Generator().manual_seed(seed)

    def judge(model, items, contexts):
        scores = _scores_of_choices(model, items, contexts, batches.false_contexts(items, negatives, generator))
        if loss == "softmax":  # the true one is the first
            return F.cross_entropy(start * scores, torch.zeros(len(scores), dtype=torch.long, device=scores.device))
        labels = torch.zeros_like(scores)
        labels[:, 0] = 1
        return (
            squared_loss(scores, labels)
            if loss == "squared"
            else logistic_loss(model.scale * scores + model.bias, labels)
        )

    fit(model, judge, batches, epochs, lr, seed, progress=False, device="cpu")
    return _vectors(model)


def _scores_of_choices(model, items, contexts, negatives) -> torch.Tensor:
    """Scores of each item with its own context and with its negatives (batch, n): (batch, 1 + n), its own first."""
    choices = torch.cat([contexts[:, None], negatives], 1)
    # A context that comes several times is looked up, and scaled to its length, once.
    some, place = distinct(choices, model.contexts.num_embeddings)
    u, v = model.vectors(items, some)
    return chosen_products(u, v, place)


def train_softmax(
    pairs: Pairs,
    seed: int = 0,
    *,
    temperature: float = 0.2,
    log_q: bool = True,
    init: float = 0.05,
    dim: int = 50,
    epochs: int = 15,
    batch_size: int = 256,
    lr: float = 0.01,
    optimizer: str = "adam",
) -> tuple[np.ndarray, np.ndarray]:
    """In-batch sampled softmax over cosines; `log_q` False leaves the correction for popularity out.

    Raises:
        ValueError: no pairs, or what `fit` raises.
    """
    _check(pairs, epochs, lr, seed)
    model = PairEmbedding(len(pairs.items), len(pairs.contexts), dim, init=init, seed=seed)
    frequency = torch.from_numpy(np.log(pairs.context_frequency.clip(1e-12))).float()

    def loss(model, items, contexts):
        u, v = model.vectors(items, contexts)
        candidates = gather(contexts)  # of all processes that share the batch
        correction = frequency[candidates.cpu()].to(contexts.device) if log_q else None
        return sampled_softmax_loss(u @ gather(v).T, candidates, correction, temperature)

    fit(model, loss, PairBatches(pairs, batch_size), epochs, lr, seed, optimizer=optimizer, progress=False)
    return _vectors(model, temperature)


def train_two_tower(
    train: Pairs,
    users: Sequence[Feature],
    items: Sequence[Feature],
    watched: Sequence[Feature] | None = None,
    *,
    seed: int = 0,
    dim: int = 64,
    hidden: int = 0,
    epochs: int = 4,
    batch_size: int = 512,
    lr: float = 0.015,
    temperature: float = 0.15,
    log_q: bool = True,
    mask_seen: bool = True,
    refined: bool = False,
    uniform: int = 0,
    hard: int = 0,
    history_dropout: float = 0.8,
    **fit_options,
) -> TwoTower:
    """Train two towers with the in-batch sampled softmax; the arguments are the chapter's one-line changes.

    Args:
        train: (user, item) pairs.
        users, items: features of all its users (may be empty) and items.
        watched: features of the items for the history; None leaves the history out.
        seed: of initial values, batches and dropout.
        dim, hidden: see `Tower`.
        epochs, batch_size, lr: see `fit`; Adam, and the learning rate falls to 0 in equal steps.
        temperature: of the softmax.
        log_q: correct for how often an item comes into a batch.
        mask_seen: a batch's items that the user has in training are no negatives for this user.
        refined: the pair's own item, which is always in the batch, gets no correction: see `sampled_softmax_loss`.
        uniform: so many items, drawn uniformly, are negatives for all users of the batch (mixed negative sampling).
        hard: so many items for each user, drawn from the 50 that scored best before the epoch, are negatives too.
        history_dropout: see `TwoTower`.
        **fit_options: of `fit`: progress, validate, callbacks (told after those of this recipe), …

    The defaults were chosen on the last fifth of the training ratings of MovieLens 100K (by user and time).

    Raises:
        ValueError: no pairs, features of other numbers of rows than `train` has users and items, or what `TwoTower`,
            `InBatchSoftmax` and `fit` raise.
    """
    _check(train, epochs, lr, seed)
    model = TwoTower(
        train,
        Tower(users, dim, hidden, seed=3 * seed) if users else None,
        Tower(items, dim, hidden, seed=3 * seed + 1),
        Tower(watched, dim, hidden, seed=3 * seed + 2) if watched else None,
        history_dropout,
    )
    loss = InBatchSoftmax(
        train,
        temperature,
        log_q=log_q,
        mask_seen=mask_seen,
        refined=refined,
        uniform=uniform,
        hard=hard,
        generator=torch.Generator().manual_seed(seed),
    )
    callbacks = [linear_decay(lr, epochs), *([loss.mine] if hard else []), *fit_options.pop("callbacks", ())]
    fit_options = {"progress": False, "callbacks": callbacks} | fit_options
    fit(model, loss, PairBatches(train, batch_size), epochs, lr, seed, **fit_options)
    return model


def train_choice(
    pairs: Pairs,
    seed: int = 0,
    *,
    loss: Callable[[torch.Tensor], torch.Tensor],
    negatives: int = 1,
    similarity: str = "dot",
    temperature: float = 1.0,
    init: float = 0.05,
    dim: int = 64,
    epochs: int = 8,
    batch_size: int = 1024,
    lr: float = 0.02,
) -> tuple[np.ndarray, np.ndarray]:
    """Ids only, and for each pair a choice: its own context, or one of `negatives` that are drawn uniformly.

    Args:
        pairs: of items and contexts.
        seed: of initial values, batches and negatives.
        loss: of the scores, float32 (batch, 1 + negatives); the pair's own context is column 0.
        negatives: for each pair, drawn anew at each step; one that is a true pair is drawn again, once.
        similarity: "dot" or "cosine", see `PairEmbedding`.
        temperature: scores are divided by it.
        init, dim: see `PairEmbedding`.
        epochs, batch_size, lr: see `fit`; Adam, and the learning rate falls to 0 in equal steps.

    Returns:
        Item and context vectors, float32 (n_items, dim) and (n_contexts, dim).

    Raises:
        ValueError: no pairs, or what `PairEmbedding` and `fit` raise.
    """
    _check(pairs, epochs, lr, seed)
    negatives = whole_number("negatives", negatives, 1)
    model = PairEmbedding(len(pairs.items), len(pairs.contexts), dim, similarity, init, seed)
    batches, draw = PairBatches(pairs, batch_size), torch.Generator().manual_seed(seed)

    def task(model, items, contexts):
        return loss(
            _scores_of_choices(model, items, contexts, batches.false_contexts(items, negatives, draw)) / temperature
        )

    callbacks = [linear_decay(lr, epochs)]
    fit(model, task, batches, epochs, lr, seed, callbacks=callbacks, device="cpu", progress=False)
    return _vectors(model, temperature)


def train_network(
    task: Task,
    encoding: str | Mapping[str, str] = "embedding",
    size: int | Mapping[str, int] | None = None,
    seed: int = 0,
    epochs: int = 8,
    *,
    lr: float = 0.003,
    batch_size: int = 1024,
    hidden: Sequence[int] = (128, 64),
    min_count: int = 5,
    smoothing: float = 20.0,
    encoding_seed: int | None = None,
    keep_best: bool = True,
    callbacks: Sequence[Callable] = (),
    progress: bool = True,
    device: str = "cpu",
) -> tuple[TabularNet, History]:
    """Encode the columns of a task, train the network on its training rows, watch it on its validation rows.

    Args:
        task: what to learn.
        encoding: one for all columns, or column → encoding.
        size: see `encode_column`; one for all columns, or column → size (None: the default).
        seed: of everything (but see `encoding_seed`).
        epochs, lr, batch_size, callbacks, progress, device: see `fit`; the learning rate falls in equal steps, see
            `linear_decay`.
        hidden: widths of the hidden layers.
        min_count: see `Categories.fit`.
        smoothing: of target encoding.
        encoding_seed: of the permutation of a label encoding and the folds of target encoding; None: `seed`.
        keep_best: return the network of the epoch that was best on the validation rows, not that of the last.

    Returns:
        The network and its history, whose rows hold what `score` says of the validation rows.

    Raises:
        ValueError: no training or validation rows, or what `encode_column` and `fit` raise.
    """
    check_training(epochs, lr, seed)
    train, held_out = task.rows("train"), task.rows("validation")
    for part, rows in (("training", train), ("validation", held_out)):
        if not len(rows):
            raise ValueError(f"the task has no {part} rows")
    shift, scale = (0.0, 1.0) if task.classification else (task.target[train].mean(), task.target[train].std() or 1.0)
    y = (task.target - shift) / scale
    inputs = {
        column: encode_column(
            encoding if isinstance(encoding, str) else encoding[column],
            task.columns[column].iloc[train],
            y[train],
            size.get(column) if isinstance(size, Mapping) else size,
            seed if encoding_seed is None else encoding_seed,
            min_count,
            smoothing,
        )
        for column in task.columns
    }
    model = TabularNet(inputs, task.numbers.shape[1], hidden, seed)
    model.shift, model.scale = float(shift), float(scale)
    codes = (
        np.stack([x.train_codes for x in inputs.values()], axis=1)
        if inputs
        else np.zeros((len(train), 0), dtype=np.int64)
    )
    batches = RowBatches(
        torch.from_numpy(codes),
        torch.from_numpy(task.numbers[train]),
        torch.from_numpy(y[train]),
        batch_size=batch_size,
    )
    measure = F.binary_cross_entropy_with_logits if task.classification else F.mse_loss
    encoded, truth, best = encode_rows(model, task, held_out), task.target[held_out], {"score": np.inf}
    unit = f" ({task.unit})" if task.unit else ""

    def validate(model):
        values = measures(task, truth, run_rows(model, *encoded))
        first = next(iter(values.values()))
        if keep_best and first < best["score"]:
            best.update(score=first, weights=copy.deepcopy(model.state_dict()))
        return {f"validation {name}{unit if name == 'RMSE' else ''}": value for name, value in values.items()}

    history = fit(
        model,
        lambda model, codes, numbers, target: measure(model(codes, numbers), target),
        batches,
        epochs,
        lr,
        seed,
        validate=validate,
        callbacks=[linear_decay(lr, epochs), *callbacks],
        device=device,
        progress=progress,
    )
    if "weights" in best:
        model.load_state_dict(best["weights"])
    return model, history
