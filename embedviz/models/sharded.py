"""An embedding table that no process holds whole."""

import torch
import torch.distributed as dist
from torch import nn

from embedviz.base.arrays import checked_seed, whole_number
from embedviz.models.gather import rank_and_size

_BLOCK = 1 << 14  # rows that are drawn by one generator


class _Exchange(torch.autograd.Function):
    """Rows to the processes that asked for them; the gradients go back the same way."""

    @staticmethod
    def forward(ctx, rows: torch.Tensor, send: list[int], receive: list[int]) -> torch.Tensor:
        ctx.splits = send, receive
        return exchange(rows, send, receive)

    @staticmethod
    def backward(ctx, gradient: torch.Tensor):
        send, receive = ctx.splits
        # All together want the sum over the processes; the mean, as DistributedDataParallel has it for the rest.
        return exchange(gradient, receive, send) / len(send), None, None


def exchange(rows: torch.Tensor, send: list[int], receive: list[int]) -> torch.Tensor:
    """The first send[0] rows go to process 0, the next send[1] to process 1, …; what came, in the order of senders."""
    came = rows.new_empty(sum(receive), *rows.shape[1:])
    dist.all_to_all_single(came, rows.contiguous(), receive, send)
    return came


class ShardedEmbedding(nn.Module):
    """`nn.Embedding` with sparse gradients, its rows dealt out to the processes in blocks: of `size` processes, one
    holds n_rows / size. Each asks the others for the rows that its batch needs.

    Our own, because of what training costs: torch's `RowwiseParallel` has dense gradients, as large as the part of the
    table itself, at each step, and sends vectors of all rows asked for to all processes.

    Made after `train.joined`: it must know how many processes there are. All must call `forward` together.

    Args:
        n_rows, dim: of the whole table.
        init: rows start uniform in [-init, init], the same for any number of processes.
        seed: of the initial values.

    `rows` is the `nn.Embedding` of this process's part, whose row 0 is row `start` of the table.

    Raises:
        ValueError: a size below 1, fewer rows than processes, or a seed that cannot be.
    """

    def __init__(self, n_rows: int, dim: int, init: float = 0.05, seed: int = 0):
        super().__init__()
        rank, size = rank_and_size()
        self.n_rows, dim = whole_number("n_rows", n_rows, size), whole_number("dim", dim, 1)
        seed = checked_seed(seed)
        self.share = -(-n_rows // size)
        self.start = min(rank * self.share, n_rows)
        end = min(self.start + self.share, n_rows)
        table = torch.empty(end - self.start, dim)
        for block in range(self.start // _BLOCK, -(-end // _BLOCK)):  # each block from a generator of its own
            draw = torch.Generator().manual_seed((seed << 31) + block)
            values = torch.empty(_BLOCK, dim).uniform_(-init, init, generator=draw)
            first, last = max(block * _BLOCK, self.start), min((block + 1) * _BLOCK, end)
            table[first - self.start : last - self.start] = values[first - block * _BLOCK : last - block * _BLOCK]
        self.rows = nn.Embedding.from_pretrained(table, freeze=False, sparse=True)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """int64 (…) → float32 (…, dim).

        Raises:
            IndexError: a number that is no row.
        """
        if ids.numel() and not 0 <= int(ids.min()) <= int(ids.max()) < self.n_rows:
            raise IndexError(f"rows {int(ids.min())} to {int(ids.max())}, of a table of {self.n_rows} rows")
        size = rank_and_size()[1]
        if size == 1:
            return self.rows(ids)
        wanted, place = ids.unique(return_inverse=True)  # sorted: so those of one owner stand together
        ask = torch.bincount(wanted // self.share, minlength=size)
        give = torch.empty_like(ask)
        dist.all_to_all_single(give, ask)
        ask, give = ask.tolist(), give.tolist()
        asked = exchange(wanted, ask, give)
        return _Exchange.apply(self.rows(asked - self.start), give, ask)[place]
