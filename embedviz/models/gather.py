"""The vectors of other processes: what an in-batch loss needs when a batch is shared between several.

Without `torch.distributed` a process is alone, and everything here returns what it is given.
"""

from collections.abc import Callable

import torch
import torch.distributed as dist


def rank_and_size() -> tuple[int, int]:
    """Which of the processes this is, from 0, and how many there are; (0, 1) for one that is alone."""
    joined = dist.is_available() and dist.is_initialized()
    return (dist.get_rank(), dist.get_world_size()) if joined else (0, 1)


def rows_of_all(n: int, device: torch.device | str = "cpu") -> list[int]:
    """How many rows each process holds, by rank, when this one holds n; all processes must ask."""
    rank, size = rank_and_size()
    if size == 1:
        return [n]
    counts = torch.zeros(size, dtype=torch.int64, device=device)
    counts[rank] = n
    dist.all_reduce(counts)
    return counts.tolist()


def gather_parts(rows: torch.Tensor, counts: list[int]) -> list[torch.Tensor]:
    """The rows of each process, by rank, as numbers: no gradient flows through them.

    Args:
        rows: this process's, of shape (counts[rank], …); of the same type and width everywhere.
        counts: of `rows_of_all`.
    """
    if len(counts) == 1:
        return [rows]
    # Collectives want equal shapes: shorter parts are filled up, and cut again.
    filled = rows.new_zeros(max(counts), *rows.shape[1:])
    filled[: len(rows)] = rows.detach()
    parts = [torch.empty_like(filled) for _ in counts]
    dist.all_gather(parts, filled)
    return [part[:count] for part, count in zip(parts, counts)]


class Gather(torch.autograd.Function):
    """`gather_parts` laid end to end, with the gradient: what all processes want of a row, summed, goes to its owner.

    Our own, for `torch.distributed.nn.functional.all_gather` is deprecated in torch 2.13, and what it points to is in a
    private module and takes parts of one length only. The sum is an all-reduce, which every backend has.
    """

    @staticmethod
    def forward(ctx, rows: torch.Tensor, counts: list[int]) -> torch.Tensor:
        ctx.counts = counts
        return torch.cat(gather_parts(rows, counts))

    @staticmethod
    def backward(ctx, gradient: torch.Tensor):
        rank, _ = rank_and_size()
        total = gradient.contiguous().clone()
        dist.all_reduce(total)
        return total.split(ctx.counts)[rank], None


def gather(rows: torch.Tensor) -> torch.Tensor:
    """The rows of all processes, this one's own first, then the others' by rank; gradients flow back to their owners.

    So row i of a process's own batch is still column i of its scores, as `sampled_softmax_loss` wants it.

    Args:
        rows: of shape (n, …), n as it may be in each process. Whole numbers are gathered too, and have no gradient.

    Returns:
        Of shape (n of all processes together, …); of a single process, `rows` itself.
    """
    rank, size = rank_and_size()
    if size == 1:
        return rows
    counts = rows_of_all(len(rows), rows.device)
    parts = Gather.apply(rows, counts).split(counts)
    return torch.cat([parts[rank], *parts[:rank], *parts[rank + 1 :]])


def local_negatives(rows: torch.Tensor) -> torch.Tensor:
    """Wrong: each process knows its own rows only, so that more processes mean fewer negatives."""
    return rows


def without_gradient(rows: torch.Tensor) -> torch.Tensor:
    """Wrong: `torch.distributed.all_gather` alone. The others' rows are numbers; nothing tells their owners what this
    process's losses want of them."""
    rank, _ = rank_and_size()
    parts = gather_parts(rows, rows_of_all(len(rows), rows.device))
    return torch.cat([rows, *parts[:rank], *parts[rank + 1 :]])


#: The lesson's ways to gather, by name: what gathers, and what the loss of a process is multiplied by besides, given
#: the number of processes. In the last, the loss is the sum over a process's rows divided by the rows of *all*, which
#: looks right; but DistributedDataParallel averages gradients, it does not sum them.
GATHERS: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], Callable[[int], float]]] = {
    "right": (gather, lambda size: 1.0),
    "local negatives only": (local_negatives, lambda size: 1.0),
    "copies without gradient": (without_gradient, lambda size: 1.0),
    "loss not rescaled": (gather, lambda size: 1 / size),
}
