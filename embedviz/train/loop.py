"""`fit`: the training loop of every chapter; and `run_epochs`, what it shares with the trainer of words."""

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import torch
from torch import nn
from tqdm import tqdm

from embedviz.base.arrays import checked_seed, whole_number
from embedviz.base.memory import release_memory
from embedviz.models.gather import rank_and_size
from embedviz.train.checkpoint import Checkpoint
from embedviz.train.guard import Interrupts, guarded
from embedviz.train.optimizers import make_optimizers
from embedviz.train.processes import agreed, mean_of_all, naming_the_lost, own_part, with_shared_gradients


class Stop(Exception):
    """Raised by batches or a callback to end `fit` before its last epoch; what is trained stays."""


@dataclass
class History:
    """What a training run has done, and what it needs to go on.

    Attributes:
        rows: one dict an epoch: epoch (from 1), loss (mean over its batches), seconds, and what `validate` returned.
        interrupted: whether the last call to `fit` was stopped by hand (or by a callback) before its last epoch.
        optimizers: with their state, so that `fit(..., history=history)` goes on as if it had never stopped.
    """

    rows: list[dict] = field(default_factory=list)
    interrupted: bool = False
    optimizers: list[torch.optim.Optimizer] = field(default_factory=list, repr=False)

    @property
    def epochs(self) -> int:
        """Epochs finished so far."""
        return len(self.rows)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a DataFrame, indexed by epoch."""
        return pd.DataFrame(self.rows).set_index("epoch") if self.rows else pd.DataFrame()

    @property
    def lr(self) -> float:
        """The learning rate that the next step uses."""
        return self.optimizers[0].param_groups[0]["lr"]

    def set_lr(self, lr: float) -> None:
        """Change the learning rate; it holds from the next step on.

        Raises:
            ValueError: it is negative or not finite; 0 leaves the weights as they are.
        """
        if not 0 <= lr < math.inf:
            raise ValueError(f"lr={lr!r}: it must be a finite number, 0 or more")
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = lr


def linear_decay(lr: float, epochs: int) -> Callable[[nn.Module, History], None]:
    """A callback for `fit`: the learning rate falls in equal steps, to lr / epochs in the last epoch.

    After that it stays there, for those who go on.
    """

    def callback(model: nn.Module, history: History) -> None:
        history.set_lr(lr * max(epochs - history.epochs, 1) / epochs)

    return callback


class RowBatches:
    """Shuffled batches of rows, for `fit`: tuples of the same rows of each tensor.

    Args:
        tensors: of as many rows each.
        batch_size: rows in a batch.

    Raises:
        ValueError: no tensors, of different numbers of rows, or a batch size below 1.
    """

    def __init__(self, *tensors: torch.Tensor, batch_size: int = 1024):
        rows = [len(tensor) for tensor in tensors]
        if len(set(rows)) != 1:
            raise ValueError(f"tensors of {rows} rows: at least one, and all of as many rows, are needed")
        self.tensors, self.batch_size = tensors, whole_number("batch_size", batch_size, 1, 10**9)

    def __len__(self) -> int:
        return -(-len(self.tensors[0]) // self.batch_size)

    def epoch(self, generator: torch.Generator) -> Iterator[tuple[torch.Tensor, ...]]:
        """Each row once, in the order that `generator` draws."""
        order = torch.randperm(len(self.tensors[0]), generator=generator)
        shuffled = [tensor.index_select(0, order) for tensor in self.tensors]  # at once: a batch is then a view
        yield from zip(*(tensor.split(self.batch_size) for tensor in shuffled))


def progress_bar(total: int, description: str, unit: str, show: bool = True) -> tqdm:
    """A bar of plain text, which works in any notebook and terminal and leaves nothing in a saved notebook."""
    return tqdm(
        total=total,
        desc=description,
        unit=unit,
        disable=not show,
        file=sys.stdout,
        ncols=90,
        mininterval=0.2,
        leave=False,
    )


def fit(
    model: nn.Module,
    loss: Callable[..., torch.Tensor],
    batches,
    epochs: int = 10,
    lr: float = 0.02,
    seed: int = 0,
    *,
    validate: Callable[[nn.Module], dict[str, float]] | None = None,
    callbacks: Iterable[Callable[[nn.Module, History], object]] = (),
    history: History | None = None,
    optimizer: str = "adam",
    device: str | torch.device | None = None,
    threads: int = 1,
    progress: bool = True,
    checkpoint: str | Path | None = None,
) -> History:
    """Train `model` and return the `History`; the model is changed in place.

    Args:
        model: any module.
        loss: called as loss(model, *batch), returns a scalar tensor.
        batches: has `len()` (batches an epoch) and `epoch(generator)`, which yields tuples of tensors;
            see `pairs.PairBatches`.
        epochs: total number, those already in `history` included.
        lr: learning rate; about .01 for Adam and .05 for Adagrad.
        seed: from 0 to 2³² − 1. Each epoch draws from its own generator, made of `seed` and its number, so a run that
            was stopped and resumed sees the same batches as one that was not.
        validate: called after each epoch on the model in eval mode, without gradients; its dict joins the row.
        callbacks: each called as callback(model, history) after each epoch; one that returns True stops the training.
        history: of an earlier call, to go on from where that one stopped.
        optimizer: "adam" or "adagrad"; for tables of embeddings the row-wise ones of `optimizers`.
        device: "cpu", "cuda", …; by default CUDA where there is one. The model is moved there, and stays.
        threads: processor cores for the arithmetic. A step on a thousand rows is too small to be shared: a second
            thread gains nothing, and loses much where other programs want the core. Batches of many thousands, and
            large dense models, want more.
        progress: show a bar.
        checkpoint: a file for the end of each epoch; where it is there already, the training goes on from it. See
            `checkpoint.Checkpoint`.

    Inside `processes.joined`, several processes train together, and each batch is shared between them: the loss must
    be a mean over the rows that it is given, and use all parameters; what it draws by itself, it draws alike in all.
    What process 0 validates, and whether its callbacks stop, holds for all.

    Stopping the cell (KeyboardInterrupt) returns the history of the finished epochs with `interrupted`
    set; the model keeps every step done so far. While the callbacks are told of an epoch, the first interrupt waits
    for them, a second one does not.

    In the end the model is in eval mode, and gradients and torch's threads are as they were before.

    Raises:
        ValueError: an argument that cannot be (its name is in the message), no batches, or a loss that is not finite
            (the message names the step; the weights are left as they were before that step); a checkpoint of another
            training.
        ProcessLost: another process of the training is gone.
    """
    check_training(epochs, lr, seed, threads)
    if not len(batches):
        raise ValueError("no batches: there is nothing to train on")
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    history = history if history is not None else History()
    rank, size = rank_and_size()
    step = 0

    def train_epoch(epoch):
        nonlocal step
        total, step = 0.0, 0
        generator = torch.Generator().manual_seed(epoch_seed(seed, epoch))
        for step, batch in enumerate(batches.epoch(generator), 1):
            for one in history.optimizers:
                one.zero_grad()
            batch, weight = own_part(batch)
            value = step_loss(*(tensor.to(device) for tensor in batch))
            if weight != 1:
                value = value * weight
            if not weight:  # fewer rows than processes: the mean over none is no number, and its gradient 0
                value = value.nan_to_num()
            number = value.item()
            if not math.isfinite(number):
                raise ValueError(
                    f"the loss is {number} at epoch {epoch}, step {step}: "
                    f"a lower learning rate than {history.lr:g} may help"
                )
            value.backward()
            for one in history.optimizers:
                one.step()
            total += number
            bar.update()
        if not step:
            raise ValueError(f"epoch {epoch} has no batches: {type(batches).__name__}.epoch must yield them each time")
        mean, step = mean_of_all(torch.tensor(total, device=device)).item() / step, 0
        return mean

    def where() -> str:
        back = f": start the same again, and it goes on from {checkpoint}" if checkpoint and history.epochs else ""
        at = f" and {step - 1} steps" if step > 1 else ""
        return f"after {history.epochs} whole epochs{at}. The training ends here{back}"

    with guarded(threads) as interrupts:
        model.to(device)
        if not history.optimizers:
            history.optimizers = make_optimizers(model, lr, optimizer)
        try:
            with naming_the_lost(where):
                callbacks = [_telling(list(callbacks))]
                if checkpoint is not None:
                    settings = {"seed": seed, "optimizer": optimizer, "batches an epoch": len(batches)}
                    saved = Checkpoint(checkpoint, model, history, loss, settings)
                    saved.resume()
                    callbacks.append(lambda *now: saved.save())
                step_loss = with_shared_gradients(model, loss)
                validated = None if validate is None else lambda model: agreed(validate(model))
                left = (epochs - history.epochs) * len(batches)
                bar = progress_bar(left, "training", "batch", progress and rank == 0)
                return run_epochs(train_epoch, model, history, epochs, validated, callbacks, bar, interrupts)
        finally:
            release_memory()


def _telling(callbacks: list[Callable]) -> Callable[[nn.Module, History], bool]:
    """All callbacks as one, which stops all processes where one of process 0 does."""

    def tell(model, history):
        answers = [callback(model, history) for callback in callbacks]  # all of them are told
        return agreed(any(answer is True for answer in answers))

    return tell


def check_training(epochs: int, lr: float, seed: int, threads: int = 1) -> None:
    """See that the numbers that every trainer takes can be.

    Raises:
        ValueError: one cannot; the message says which, and what would be right.
    """
    whole_number("epochs", epochs, 1, 10**9)
    checked_seed(seed)
    whole_number("threads", threads, 1, 10**4)
    if not 0 < lr < math.inf:
        raise ValueError(f"lr={lr!r}: it must be a positive number, such as 0.01")


def epoch_seed(seed: int, epoch: int) -> int:
    """What an epoch's own generator is seeded with."""
    return 1_000_003 * seed + epoch


def run_epochs(
    train_epoch: Callable[[int], float],
    model: nn.Module,
    history: History,
    epochs: int,
    validate: Callable[[nn.Module], dict[str, float]] | None,
    callbacks: Iterable[Callable[[nn.Module, History], object]],
    bar: tqdm,
    interrupts: Interrupts,
) -> History:
    """What all trainers have in common: go on to the last epoch, validate, tell the callbacks, and keep what is done
    when stopped.

    Args:
        train_epoch: called as train_epoch(number, from 1); trains, and returns the epoch's loss.
        model, history, epochs, validate, callbacks: as in `fit`.
        bar: of `progress_bar`; it is closed at the end.
        interrupts: of `guarded`.
    """
    callbacks = list(callbacks)
    history.interrupted = False
    try:
        for epoch in range(history.epochs + 1, epochs + 1):
            with interrupts.after(0):
                row = _one_epoch(epoch, train_epoch, model, validate)
            history.rows.append(row)
            bar.set_postfix({"epoch": epoch, "loss": f"{row['loss']:.3f}"}, refresh=False)
            bar.clear()  # what a callback shows would cut it in two, and leave the first half
            with interrupts.after(1):
                answers = [callback(model, history) for callback in callbacks]  # all of them are told
            if any(answer is True for answer in answers) and epoch < epochs:
                history.interrupted = True
                break
    except Stop:
        history.interrupted = True
    except KeyboardInterrupt:
        history.interrupted = True
        print(f"\nstopped by hand after {history.epochs} whole epochs; the model keeps what it has learned")
    finally:
        bar.close()
        model.eval()
    return history


def _one_epoch(epoch, train_epoch, model, validate) -> dict:
    """Train for an epoch and validate; its row for the history."""
    start = time.perf_counter()
    model.train()
    row = {"epoch": epoch, "loss": train_epoch(epoch), "seconds": time.perf_counter() - start}
    if validate is not None:
        model.eval()
        with torch.no_grad():
            row |= validate(model)
    return row
