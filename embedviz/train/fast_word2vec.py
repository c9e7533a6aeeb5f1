"""CBOW and skip-gram with negative sampling, as fast as gensim's C code and yet plain PyTorch.

`fit` trains the modules of `models.word2vec`, whose `negative_loss` with autograd gives the same numbers (tested). It
is fast because a step works on two thousand consecutive words with a few dozen large operations, and gathers each word
only once:

1. The sentences of an epoch, subsampled and shuffled by passages, stand in a row and are cut into steps. A word's row
   is gathered once a step, though it stands in the windows of up to 2n neighbors.
2. A sum over windows is a product with a *banded* matrix: row i has weights at i − n … i + n. Cut into tiles of 8 rows,
   the band is a batch of small dense matrices, 8 × (8 + 2n), which `torch.bmm` multiplies. `as_strided` writes the
   weights onto the diagonals, and also reads the transposed band for the way back.
3. Words share negatives: K for a group of words instead of k for each, every one weighed k/K. That is two matrix
   products instead of thousands of dot products, and the same loss in expectation. The words of a group are far apart
   in the step: neighbors would push their negatives all in the direction of their one topic, which costs .05 of
   WordSim-353. (Ji et al., *Parallelizing Word2Vec in Shared and Distributed Memory*, 2016, share negatives in a
   window.)
4. The gradients are written out, a line each, as chapter 3 derives them.
5. Row-wise Adagrad: a row has one learning rate, which falls with the squares of its own gradients, so that rare words
   take large steps and frequent ones small steps (Duchi, Hazan & Singer, JMLR 2011, with one sum for a row).
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from embedviz.base.arrays import whole_number
from embedviz.inputs.corpus import Corpus
from embedviz.models.word2vec import CBOW, SkipGram
from embedviz.train.guard import guarded
from embedviz.train.loop import History, check_training, epoch_seed, progress_bar, run_epochs
from embedviz.train.optimizers import RowAdagrad, RowSGD

#: Rows of a band's tile: small, as only 2n + 1 of its TILE + 2n columns are not zero.
TILE = 8

#: Words that share negatives, and how many.
GROUP, SHARED = 32, 16

#: Sentences that stay together when the text is shuffled. Over 16 seeds that no test uses: SimLex-999 .200 so, .191 if
#: each moves alone.
PASSAGE = 20

#: Widest window whose patterns are held ready, (TABLE + 1)² rows.
TABLE = 32

#: Weights of windows that are made at once, for some steps: of one short step, to start the operations takes longest.
BLOCK = 2**18

#: One word in so many tells its loss, for the history: logarithms take time.
TELLING = 64

#: Of Adagrad's sums. Tuned on seeds that no test uses: .02 gives .481 of WordSim-353, 1e-4 .471.
INITIAL = 0.02


# --- Bands -----------------------------------------------------------------------------------------------


def tiles(weights: torch.Tensor) -> torch.Tensor:
    """A banded matrix as dense tiles.

    Args:
        weights: (n, 2w + 1), entry (i, w + o) for row i and column i + o.

    Returns:
        (n / TILE, TILE, TILE + 2w).
    """
    n, width = weights.shape
    matrix = weights.new_zeros(n // TILE, TILE, TILE + width - 1)
    diagonals(matrix, width).copy_(weights.view(-1, TILE, width))
    return matrix


def diagonals(matrix: torch.Tensor, width: int) -> torch.Tensor:
    """The band inside `tiles`: a view of shape (n / TILE, TILE, width)."""
    return matrix.as_strided((len(matrix), TILE, width), (matrix.stride(0), matrix.stride(1) + 1, 1))


def transpose(weights: torch.Tensor) -> torch.Tensor:
    """The weights (n, 2w + 1) of the transposed band: what column j gives to row j + o stands at (j, w + o)."""
    n, width = weights.shape
    padded = F.pad(weights, (0, 0, width // 2, width // 2))
    return padded.as_strided((n, width), (width, width - 1), width - 1)


def tile_rows(padded: torch.Tensor, window: int) -> torch.Tensor:
    """The rows that each tile needs, overlapping.

    Args:
        padded: (n + 2w, dim).

    Returns:
        A view of it, (n / TILE, TILE + 2w, dim).
    """
    n, dim = len(padded) - 2 * window, padded.shape[1]
    return padded.as_strided((n // TILE, TILE + 2 * window, dim), (TILE * dim, dim, 1))


def band_product(matrix: torch.Tensor, padded: torch.Tensor) -> torch.Tensor:
    """Σ_o weights[i, w + o] · rows[i + o], shape (n, dim).

    Args:
        matrix: the `tiles` of the weights.
        padded: the rows with w rows of zeros at either end, (n + 2w, dim).
    """
    return torch.bmm(matrix, tile_rows(padded, (matrix.shape[2] - TILE) // 2)).flatten(0, 1)


# --- A step ----------------------------------------------------------------------------------------------


@dataclass
class Step:
    """Consecutive words and what is drawn for them.

    Attributes:
        tokens: int64 (n,).
        around: float32 (n, 2w + 1), 1 where a neighbor is in the word's window, at distance −w … w (see `pattern`).
        negatives: int64 (groups, K). Word i is in group i mod groups.
        bands: of `cbow_bands`, if they have been made.
    """

    tokens: torch.Tensor
    around: torch.Tensor
    negatives: torch.Tensor
    bands: tuple[torch.Tensor, torch.Tensor] | None = None


@dataclass
class Gradients:
    """Of the loss of a step, summed over its words.

    Attributes:
        inputs: (n, dim), for the row of each word of the step in the table `inputs`.
        outputs: (n, dim), for its row in the table `outputs`, to be multiplied by `factor`, (n,).
        negatives: (groups × K, dim), for the rows of the negatives in `outputs`.
        loss: of the words of the first group, the mean over those with a window; 0 if it was not asked for.
    """

    inputs: torch.Tensor
    outputs: torch.Tensor
    factor: torch.Tensor
    negatives: torch.Tensor
    loss: torch.Tensor | int


def in_groups(rows: torch.Tensor, groups: int) -> torch.Tensor:
    """A view of rows (n, dim) as (groups, n / groups, dim): group g has rows g, g + groups, g + 2 groups, …"""
    return rows.view(-1, groups, rows.shape[1]).transpose(0, 1)


def cbow_bands(around: torch.Tensor, divide: bool = True) -> tuple[torch.Tensor, torch.Tensor]:
    """The tiles that make each h of its context, and those that give back to each word of a context; see `tiles`.

    Args:
        around: of `Step`, of one step or of several in a row.
        divide: False: each word of a context of C words gets all of ∂L/∂h, not a C-th. That is no gradient; word2vec.c
            and gensim update so (İrsoy, Benton & Stratos 2021, https://arxiv.org/abs/2012.15332).
    """
    mean = around / around.sum(1, keepdim=True).clamp_min_(1)
    return tiles(mean), tiles(transpose(mean if divide else around))


def cbow_gradients(
    inputs: torch.Tensor, outputs: torch.Tensor, step: Step, k: int, divide: bool = True, tell: bool = True
) -> Gradients:
    """The gradients of `word2vec.CBOW.negative_loss`, times n, for the tables `inputs` and `outputs`, float (N, dim).

    Args:
        inputs, outputs: the tables.
        step: consecutive words.
        k: what the negatives of a target weigh together.
        divide: see `cbow_bands`.
        tell: whether to compute the loss.
    """
    (groups, shared), window = step.negatives.shape, step.around.shape[1] // 2
    targets = outputs.index_select(0, step.tokens)
    negatives = outputs.index_select(0, step.negatives.view(-1)).view(groups, shared, -1)
    to_h, from_h = step.bands or cbow_bands(step.around, divide)

    h = band_product(to_h, padded_rows(inputs, step.tokens, window))
    true = torch.linalg.vecdot(h, targets)
    false = in_groups(h, groups) @ negatives.mT
    loss = 0
    if tell:
        losses = F.softplus(-true[::groups]) + k / shared * F.softplus(false[0]).sum(1)
        loss = mean_loss(losses, in_groups(step.around, groups)[0])

    error = true.sigmoid_().sub_(1)
    false_error = false.sigmoid_().mul_(k / shared)
    toward_negatives = false_error.mT @ in_groups(h, groups)
    padded, toward_h = zeros_around(h, len(h), window)
    torch.mul(targets, error.unsqueeze(1), out=toward_h)
    in_groups(toward_h, groups).add_(torch.bmm(false_error, negatives))  # baddbmm_ would loop over the strided groups
    toward_inputs = band_product(from_h, padded)
    return Gradients(toward_inputs, h, error, toward_negatives.view(-1, h.shape[1]), loss)


def mean_loss(losses: torch.Tensor, around: torch.Tensor) -> torch.Tensor:
    """The mean over the words that have neighbors: one alone has no gradient, and no loss."""
    there = around.any(1)
    return losses @ there.to(losses.dtype) / there.sum().clamp_min(1)


def skipgram_gradients(inputs: torch.Tensor, outputs: torch.Tensor, step: Step, k: int, tell: bool = True) -> Gradients:
    """The gradients of `word2vec.SkipGram.negative_loss`, times n.

    Those of CBOW with the roles swapped, and k negatives for each neighbor.
    """
    (groups, shared), window = step.negatives.shape, step.around.shape[1] // 2
    h = inputs.index_select(0, step.tokens)
    negatives = outputs.index_select(0, step.negatives.view(-1)).view(groups, shared, -1)
    targets = tile_rows(padded_rows(outputs, step.tokens, window), window)
    many = step.around.sum(1, keepdim=True).mul_(k / shared)

    true = diagonals(h.view(-1, TILE, h.shape[1]) @ targets.mT, 2 * window + 1).reshape(step.around.shape)
    false = in_groups(h, groups) @ negatives.mT
    loss = 0
    if tell:
        there = in_groups(step.around, groups)[0]
        losses = (F.softplus(-true[::groups]) * there).sum(1) + (F.softplus(false[0]) * many[::groups]).sum(1)
        loss = mean_loss(losses, there)

    error = true.sigmoid_().sub_(1).mul_(step.around)
    false_error = false.sigmoid_().mul_(in_groups(many, groups))
    toward_negatives = false_error.mT @ in_groups(h, groups)
    toward_inputs = (tiles(error) @ targets).view(h.shape)
    in_groups(toward_inputs, groups).add_(torch.bmm(false_error, negatives))
    toward_outputs = band_product(tiles(transpose(error)), F.pad(h, (0, 0, window, window)))
    factor = torch.ones_like(toward_outputs[:, 0])
    return Gradients(toward_inputs, toward_outputs, factor, toward_negatives.view(-1, h.shape[1]), loss)


def padded_rows(table: torch.Tensor, tokens: torch.Tensor, window: int) -> torch.Tensor:
    """The rows of `tokens` with `window` rows of zeros before and after."""
    padded, middle = zeros_around(table, len(tokens), window)
    torch.index_select(table, 0, tokens, out=middle)
    return padded


def zeros_around(like: torch.Tensor, n: int, window: int) -> tuple[torch.Tensor, torch.Tensor]:
    """An empty (n + 2 window, dim) whose first and last `window` rows are 0, and the view of its n rows in the middle,
    to be written.

    `F.pad` would copy all rows.
    """
    padded = like.new_empty(n + 2 * window, like.shape[1])
    padded[:window] = padded[n + window :] = 0
    return padded, padded[window : n + window]


def train_step(
    gradients: Gradients, step: Step, model: CBOW | SkipGram, optimizer: RowAdagrad | RowSGD
) -> torch.Tensor | int:
    """Move both tables; the gradients are overwritten. Returns the loss."""
    noise, inputs, outputs = step.negatives.view(-1), model.inputs.weight, model.outputs.weight
    optimizer.add(inputs, step.tokens, gradients.inputs)
    optimizer.add(outputs, step.tokens, gradients.outputs, gradients.factor)
    optimizer.add(outputs, noise, gradients.negatives)
    optimizer.move(inputs, step.tokens, gradients.inputs)
    optimizer.move(outputs, step.tokens, gradients.outputs, gradients.factor)
    optimizer.move(outputs, noise, gradients.negatives)
    return gradients.loss


# --- Epochs ----------------------------------------------------------------------------------------------


def epoch_steps(
    corpus: Corpus, window: int, sample: float, seed: int, step_tokens: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The steps of an epoch, each token that subsampling keeps once.

    Args:
        corpus: its passages are shuffled; windows stay inside sentences, and inside a step.
        window: largest size of a window; each word draws its own, from 1 to this, as in word2vec. No window reaches
            further than sentence and step do.
        sample: as in `Corpus.subsample`.
        seed: of all that is drawn.
        step_tokens: n, words a step. A step sees none of its own updates.

    Yields:
        tokens int64 (n,); reach int64 (n,), left × (window + 1) + right, where `left` and `right` are how many words
        its window has on each side; negatives int64 (n / GROUP, SHARED). The last step is filled up with words whose
        windows are empty. Nothing where subsampling leaves no token.
    """
    rng = np.random.default_rng(seed)
    thin = corpus.subsample(sample, seed)
    passage = np.arange(thin.n_sentences) // PASSAGE
    order = np.argsort(rng.permutation(len(passage))[passage], kind="stable")
    lengths = np.diff(thin.starts)[order]
    n = -(-len(thin.tokens) // step_tokens) * step_tokens
    # Word p of the shuffled row: where its sentence starts and ends there, and where it stood before.
    place, ends = np.arange(len(thin.tokens)), np.cumsum(lengths)
    first, last = np.repeat(ends - lengths, lengths), np.repeat(ends - 1, lengths)
    start_of_step = place // step_tokens * step_tokens
    drawn = rng.integers(1, window + 1, len(place))
    left = np.minimum(drawn, place - np.maximum(first, start_of_step))
    right = np.minimum(drawn, np.minimum(last, start_of_step + step_tokens - 1) - place)
    tokens, reach = np.zeros(n, np.int64), np.zeros(n, np.int64)
    tokens[: len(place)] = thin.tokens[place + np.repeat(thin.starts[:-1][order] - (ends - lengths), lengths)]
    reach[: len(place)] = left * (window + 1) + right
    noise = np.cumsum(corpus.noise())
    for start in range(0, n, step_tokens):
        drawn = np.searchsorted(noise, rng.random((step_tokens // GROUP, SHARED))).clip(max=len(corpus) - 1)
        yield tokens[start : start + step_tokens], reach[start : start + step_tokens], drawn


def pattern(left: int, right: int, window: int) -> list[float]:
    """A row of `Step.around`: 1 for the `left` words before and the `right` after, else 0, for the word itself too."""
    return [float(o != 0 and -left <= o <= right) for o in range(-window, window + 1)]


def patterns(window: int, width: int, device: torch.device) -> Callable[[torch.Tensor], torch.Tensor]:
    """What makes `Step.around`, float32 (n, 2 width + 1), of `reach`, int64 (n,), as `epoch_steps` yields it.

    Args:
        window: as given to `epoch_steps`.
        width: that no window exceeds, at most `window`.
        device: of both.
    """
    offset, size = torch.arange(-width, width + 1, device=device), torch.arange(width + 1, device=device).unsqueeze(1)
    before, after = ((offset < 0) & (-offset <= size)).float(), ((offset > 0) & (offset <= size)).float()
    if window == width <= TABLE:
        table = (before.unsqueeze(1) + after).flatten(0, 1)
        return lambda reach: table.index_select(0, reach)
    # Of a wide window, (width + 1)² patterns would be too many to hold.
    base = window + 1
    return lambda reach: before.index_select(0, reach // base).add_(after.index_select(0, reach % base))


def ready_steps(
    drawn: Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]],
    around: Callable[[torch.Tensor], torch.Tensor],
    bands: Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]] | None,
    device: torch.device,
    block: int,
) -> Iterator[Step]:
    """The steps of an epoch; what does not depend on the tables is made for several at once.

    Args:
        drawn: of `epoch_steps`.
        around: of `patterns`.
        bands: `cbow_bands`; None for skip-gram, whose bands are the errors.
        device: of the steps.
        block: steps to make at once.
    """
    for first in drawn:
        some = [first, *islice(drawn, block - 1)]
        tokens, reach, negatives = (torch.from_numpy(np.stack(arrays)).to(device) for arrays in zip(*some))
        rows = around(reach.view(-1))
        both = bands(rows) if bands else ()
        made = [whole.view(len(some), -1, *whole.shape[1:]) for whole in (rows, *both)]
        for own, noise, weights, *own_bands in zip(tokens, negatives, *made):
            yield Step(own, weights, noise, tuple(own_bands) or None)


def fit(
    model: CBOW | SkipGram,
    corpus: Corpus,
    epochs: int = 5,
    *,
    window: int = 5,
    negatives: int = 5,
    sample: float = 1e-3,
    lr: float = 0.3,
    optimizer: str = "adagrad",
    divide: bool = True,
    seed: int = 0,
    validate: Callable[[nn.Module], dict[str, float]] | None = None,
    callbacks: Iterable[Callable[[nn.Module, History], object]] = (),
    history: History | None = None,
    device: str | torch.device | None = None,
    threads: int = 1,
    progress: bool = True,
    step_tokens: int = 2048,
) -> History:
    """Train a model on a corpus with negative sampling and return the `History`; the model is changed in place.

    Args:
        model: `CBOW` or `SkipGram` with as many words as the corpus.
        epochs: total number, those already in `history` included.
        window: words on each side, at most; each target draws its own number from 1 to this. It may be longer than
            all sentences: then most targets see their whole sentence.
        negatives: k, what the negatives of a target (skip-gram: of each word around) weigh together.
        sample: threshold of subsampling, see `Corpus.keep_probability`; 0 keeps every word, as a corpus of a few
            sentences wants it.
        lr: learning rate of row-wise Adagrad; .3 suits CBOW here, see tests/benchmarks/tune_words.py.
        optimizer: "adagrad", by rows; or "sgd" as in word2vec.c: one learning rate for all rows, which falls in equal
            steps to nearly nothing at the end of the last epoch. SGD wants short steps, such as 256 tokens.
        divide: False: CBOW's update as in word2vec.c, see `cbow_gradients`.
        seed: of everything drawn. Each epoch has its own generator, so a run that was stopped and resumed draws the
            same as one that was not.
        validate, callbacks, history, device, threads, progress: as in `loop.fit`.
        step_tokens: words between two updates, at most; a small corpus has smaller steps. A multiple of 32.

    The history's loss is the mean over one word in 64 of those trained on, with the shared negatives: it is no
    test loss; NaN in an epoch of which subsampling has left no word. Its seconds include the drawing of the epoch.

    Stopping the cell (KeyboardInterrupt) returns the history of the finished epochs with `interrupted` set; the model
    keeps every step done so far.

    Raises:
        TypeError: a model of another kind.
        ValueError: an argument that cannot be, or a loss that is not finite.
    """
    check_training(epochs, lr, seed, threads)
    window = whole_number("window", window, 1, 10**6)
    if negatives < 1 or step_tokens < GROUP or step_tokens % GROUP:
        raise ValueError(
            f"negatives={negatives}, step_tokens={step_tokens}: "
            f"each must be at least 1, and step_tokens a multiple of {GROUP}"
        )
    if not isinstance(model, (CBOW, SkipGram)):
        raise TypeError(f"the model is a {type(model).__name__}: it must be a CBOW or a SkipGram")
    if model.inputs.num_embeddings != len(corpus):
        raise ValueError(
            f"the model has {model.inputs.num_embeddings} words, the corpus {len(corpus)}: make it with {len(corpus)}"
        )
    if optimizer not in ("adagrad", "sgd"):
        raise ValueError(f"optimizer={optimizer!r}: it must be 'adagrad' or 'sgd'")
    if not divide and not isinstance(model, CBOW):
        raise ValueError("divide=False is for CBOW alone: skip-gram's hidden vector is one row, no mean")
    cbow = isinstance(model, CBOW)
    gradients, bands = (cbow_gradients, partial(cbow_bands, divide=divide)) if cbow else (skipgram_gradients, None)
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    history = history if history is not None else History()
    step_tokens = min(step_tokens, max(GROUP, len(corpus.tokens) // 100 // GROUP * GROUP))
    width = max(1, min(window, int(np.diff(corpus.starts).max()) - 1, step_tokens - 1))
    around = patterns(window, width, device)
    kept = corpus.counts @ corpus.keep_probability(sample)  # tokens of an epoch, about
    block = max(1, BLOCK // (step_tokens * (2 * width + 1)))
    told = max(1, TELLING * GROUP // step_tokens)  # one step in so many: a step tells the loss of its first group
    bar = progress_bar(int((epochs - history.epochs) * kept), "training", "word", progress)

    @torch.inference_mode()  # each operation looks less far for autograd
    def train_epoch(epoch):
        inputs, outputs, [mover] = model.inputs.weight.data, model.outputs.weight.data, history.optimizers
        total, steps = torch.zeros((), device=device), 0
        drawn = epoch_steps(corpus, window, sample, epoch_seed(seed, epoch), step_tokens)
        for step in ready_steps(drawn, around, bands, device, block):
            if optimizer == "sgd":
                history.set_lr(lr * max(1 - (epoch - 1 + steps * step_tokens / max(kept, 1)) / epochs, 1e-4))
            found = gradients(inputs, outputs, step, negatives, tell=steps % told == 0)
            total += train_step(found, step, model, mover)
            steps += 1
            bar.update(step_tokens)
        if not torch.isfinite(total):
            raise ValueError(
                f"the loss is {total.item()} in epoch {epoch}: a lower learning rate than {history.lr:g} may help"
            )
        return total.item() / -(-steps // told) if steps else math.nan

    with guarded(threads) as interrupts:
        model.to(device)
        if not history.optimizers:
            adagrad = optimizer == "adagrad"
            history.optimizers = [
                RowAdagrad(model.parameters(), lr, INITIAL) if adagrad else RowSGD(model.parameters(), lr)
            ]
        return run_epochs(train_epoch, model, history, epochs, validate, callbacks, bar, interrupts)
