"""One training on several processes: who takes which rows of a batch, and how gradients become one.

A batch is the same as with one process, and each process computes its part of it; so two processes train what one
would, and a run that was begun with one number of processes may go on with another.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from embedviz.models.gather import gather_parts, rank_and_size, rows_of_all
from embedviz.models.sharded import ShardedEmbedding
from embedviz.train.optimizers import entries


class ProcessLost(RuntimeError):
    """Another process of the training is gone, or does not answer."""


@contextmanager
def joined(timeout: float = 120, device: str | None = None) -> Iterator[torch.device]:
    """Inside, this process is one of those that `torchrun` has started; what is trained in it, they train together.

        with joined() as device:                          # torchrun --nproc-per-node 2 this_script.py
            model = train_two_tower(train, users, items, device=device)

    A script that is started without `torchrun` is alone, and the same lines hold.

    Args:
        timeout: seconds that one waits for another in a collective; one that takes longer counts as lost.
        device: "cpu" or "cuda"; by default CUDA where this machine has a GPU for each of its processes. CPUs talk
            through gloo, GPUs through nccl.

    Yields:
        The device of this process.

    Raises:
        ValueError: another device, or a timeout that is not positive.
    """
    if device not in (None, "cpu", "cuda"):
        raise ValueError(f"device={device!r}: it must be 'cpu' or 'cuda'")
    if not timeout > 0:
        raise ValueError(f"timeout={timeout!r}: it must be a positive number of seconds")
    here, local = int(os.environ.get("LOCAL_WORLD_SIZE", 1)), int(os.environ.get("LOCAL_RANK", 0))
    kind = device or ("cuda" if torch.cuda.device_count() >= here else "cpu")
    place = torch.device("cuda", local) if kind == "cuda" else torch.device("cpu")
    if "RANK" not in os.environ:
        yield place
        return
    if kind == "cuda":
        torch.cuda.set_device(place)
    dist.init_process_group("nccl" if kind == "cuda" else "gloo", timeout=timedelta(seconds=timeout))
    try:
        yield place
    finally:
        dist.destroy_process_group()


def own_part(batch: tuple[torch.Tensor, ...]) -> tuple[tuple[torch.Tensor, ...], float]:
    """This process's rows of a batch, and the weight of their mean loss in the batch's, times the number of processes.

    Weights are 1 where all have as many rows. The weighted losses' mean over the processes, which is what
    DistributedDataParallel makes of gradients, is the mean over the batch's rows.

    Raises:
        ValueError: the tensors are of different numbers of rows.
    """
    rank, size = rank_and_size()
    if size == 1:
        return batch, 1.0
    rows = len(batch[0])
    if any(len(tensor) != rows for tensor in batch):
        raise ValueError(
            f"tensors of {[len(tensor) for tensor in batch]} rows: to be shared between {size} processes, "
            "all tensors of a batch must have as many rows"
        )
    start, end = rank * rows // size, (rank + 1) * rows // size
    return tuple(tensor[start:end] for tensor in batch), (end - start) * size / rows


class _LossOf(nn.Module):
    """A loss and its model as a module: DistributedDataParallel watches calls of `forward`, and losses call others."""

    def __init__(self, model: nn.Module, loss: Callable[..., torch.Tensor]):
        super().__init__()
        self.model, self.function = model, [loss]  # in a list, so that a loss that is a module is no part of this one

    def forward(self, *batch: torch.Tensor) -> torch.Tensor:
        return self.function[0](self.model, *batch)


def with_shared_gradients(model: nn.Module, loss: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """`loss` as a function of the batch alone, whose `backward` leaves the mean over the processes in each gradient, as
    long as the function is there.

    All start from the weights of process 0. A `ShardedEmbedding` sees to its own rows.

    Args:
        model: on its device. Each step must use all its parameters.
        loss: as for `fit`.
    """
    if rank_and_size()[1] == 1:
        return lambda *batch: loss(model, *batch)
    whole = _LossOf(model, loss)
    own = [name for name, module in whole.named_modules() if isinstance(module, ShardedEmbedding)]
    parameters = {name for name, value in whole.named_parameters() if value.requires_grad}
    shards = {name for name in parameters if any(name.startswith(f"{module}.") for module in own)}
    if parameters == shards:  # nothing is left to be made one
        return whole
    ignore = DistributedDataParallel._set_params_and_buffers_to_ignore_for_model  # noqa: SLF001 — there is no other
    ignore(whole, shards)
    # Buffers are data here, the same in all: sending them at each step would cost more than the step.
    shared = DistributedDataParallel(whole, forward_sync_buffers=False)
    shared.register_comm_hook(None, _mean_gradient)
    return shared


def _mean_gradient(state: None, bucket: dist.GradBucket) -> torch.futures.Future[torch.Tensor]:
    """The mean of a bucket's gradients over the processes; of a sparse one, the entries of all.

    gloo would sum sparse gradients by row, and nccl takes none. Gathered, entries work with both, and are those that
    one process would have: `RowAdagrad` counts a row's gradients one by one.
    """
    gradient, size = bucket.buffer(), rank_and_size()[1]
    if gradient.is_sparse:
        rows, values = entries(gradient)
        counts = rows_of_all(len(rows), rows.device)
        rows, values = (torch.cat(gather_parts(part, counts)) for part in (rows, values))
        mean = torch.sparse_coo_tensor(rows[None], values / size, gradient.shape, check_invariants=False)
    else:
        mean = gradient.div_(size)
        dist.all_reduce(mean)
    done = torch.futures.Future()
    done.set_result(mean)
    return done


def mean_of_all(value: torch.Tensor) -> torch.Tensor:
    """The mean of a number over the processes; `value` is overwritten."""
    size = rank_and_size()[1]
    if size > 1:
        dist.all_reduce(value)
    return value / size


def agreed(value):
    """What process 0 says, in all of them: so that all stop, or none."""
    if rank_and_size()[1] == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0)
    return box[0]


# How a collective says that another process is gone; gloo has no type of error of its own.
_SIGNS = ("gloo", "connection closed by peer", "connection reset by peer", "timed out", "broken pipe", "nccl")


@contextmanager
def naming_the_lost(where: Callable[[], str]) -> Iterator[None]:
    """An error of a collective becomes one that says what has happened, and `where`: what to do, too.

    Raises:
        ProcessLost: another process is gone.
    """
    try:
        yield
    except RuntimeError as error:
        rank, size = rank_and_size()
        lost = isinstance(error, dist.DistError) or any(sign in str(error).lower() for sign in _SIGNS)
        if size == 1 or not lost:
            raise
        raise ProcessLost(
            f"process {rank} of {size} waited for another one that is gone or does not answer, {where()}"
        ) from error
