"""Optimizers for embedding tables, of which a batch touches only a few rows."""

from functools import partial

import torch
from torch import nn
from torch.nn import functional as F


class RowAdam(torch.optim.Optimizer):
    """Adam that updates only the rows with a gradient, as `torch.optim.SparseAdam` does, at a fraction of its time.

    PyTorch's works on sparse tensors, whose bookkeeping costs more than the arithmetic; this one gathers the rows,
    updates them as a small dense block, and puts them back. The results are the same (tested).

    Args:
        params: 2-D parameters whose gradients are sparse (`nn.Embedding(sparse=True)`).
        lr, betas, eps: as in Adam (Kingma & Ba, 2015).
    """

    def __init__(self, params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            (beta1, beta2), eps = group["betas"], group["eps"]
            for table in group["params"]:
                if table.grad is None:
                    continue
                state = self.state[table]
                if not state:  # mean and mean square side by side: one row to fetch, not two
                    state |= {
                        "step": 0,
                        "moments": torch.zeros(len(table), 2, table.shape[1], dtype=table.dtype, device=table.device),
                    }
                state["step"] += 1
                rows, gradient = sum_rows(table.grad)
                moments = state["moments"].index_select(0, rows)
                mean, square = moments.unbind(1)
                mean.lerp_(gradient, 1 - beta1)
                square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
                state["moments"].index_copy_(0, rows, moments)
                size = group["lr"] * (1 - beta2 ** state["step"]) ** 0.5 / (1 - beta1 ** state["step"])
                # As SparseAdam: eps joins before the bias correction.
                new = table.index_select(0, rows).addcdiv_(mean, square.sqrt().add_(eps), value=-size)
                table.index_copy_(0, rows, new)


def entries(gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The rows that a sparse gradient is about, int64 (m,), and what it says of each, (m, dim); rows may come twice."""
    # The public methods would sum rows that come twice first, which is slow.
    return gradient._indices()[0], gradient._values()  # noqa: SLF001


def sum_rows(gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The different rows of a sparse gradient, int64 (n,), and the sum of each, (n, dim)."""
    numbers, values = entries(gradient)
    numbers, order = numbers.sort()
    rows, counts = torch.unique_consecutive(numbers, return_counts=True)
    # A bag is a run of equal numbers: embedding_bag sums it in one pass, faster than index_add_.
    return rows, F.embedding_bag(order, values, counts.cumsum(0) - counts, mode="sum")


class RowAdagrad(torch.optim.Optimizer):
    """Adagrad with one step size a row: a row's step shrinks with the mean squares of all gradients it has had.

    One number of state a row where Adam has two rows, and no sorting: the cheapest of the optimizers here. An item that
    occurs often takes small steps in the end, a rare one large steps still. A row that occurs k times in a batch counts
    as k gradients.

    Args:
        params: 2-D parameters whose gradients are sparse (`nn.Embedding(sparse=True)`), or are given to `add` and
            `move`.
        lr: .05 to .2 is usual for embeddings.
        initial: what a row's sum of squares starts from. From nothing, the first step of a row has length lr √dim
            whatever its gradient; TensorFlow's Adagrad starts at .1 for that reason.

    Source: Duchi, Hazan & Singer (JMLR 2011); by rows: Naumov et al., *DLRM* (2019), and FBGEMM's rowwise Adagrad.
    """

    def __init__(self, params, lr: float = 0.1, initial: float = 1e-10):
        super().__init__(params, {"lr": lr, "initial": initial})
        for group in self.param_groups:
            for table in group["params"]:
                self.state[table] |= {"squares": table.new_full((len(table),), group["initial"], requires_grad=False)}

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is not None:
                    rows, gradients = entries(table.grad)
                    self.add(table, rows, gradients)
                    self.move(table, rows, gradients.clone(), lr=group["lr"])

    # The halves of a step, for gradients that are written out by hand.

    def add(
        self, table: torch.Tensor, rows: torch.Tensor, gradients: torch.Tensor, factor: torch.Tensor | None = None
    ) -> None:
        """Count gradients (m, dim), times factor (m,) if given, of rows int64 (m,), which may come several times."""
        lengths = torch.linalg.vector_norm(gradients, dim=1)
        lengths = lengths if factor is None else lengths.mul_(factor)
        self.state[table]["squares"].index_add_(0, rows, lengths.square_(), alpha=1 / gradients.shape[1])

    def move(
        self,
        table: torch.Tensor,
        rows: torch.Tensor,
        gradients: torch.Tensor,
        factor: torch.Tensor | None = None,
        lr: float | None = None,
    ) -> None:
        """Move the rows against the gradients, which are overwritten; lr: by default that of the first group."""
        lr = self.param_groups[0]["lr"] if lr is None else lr
        rate = self.state[table]["squares"].index_select(0, rows).rsqrt_().mul_(-lr)
        rate = rate if factor is None else rate.mul_(factor)
        gradients.mul_(rate.unsqueeze(1))  # four times as fast as with the argument alpha of index_add_
        table.data.index_add_(0, rows, gradients)


class RowSGD(torch.optim.Optimizer):
    """Plain stochastic gradient descent, row by row, for gradients that are written out by hand; see `RowAdagrad`.

    Args:
        params: 2-D parameters.
        lr: one learning rate for all rows.
    """

    def __init__(self, params, lr: float = 0.05):
        super().__init__(params, {"lr": lr})

    def add(self, table, rows, gradients, factor=None) -> None:
        """Nothing: it keeps no account of the gradients."""

    def move(
        self, table: torch.Tensor, rows: torch.Tensor, gradients: torch.Tensor, factor: torch.Tensor | None = None
    ) -> None:
        """Move the rows, int64 (m,), against the gradients (m, dim), times factor (m,); these are overwritten."""
        lr = self.param_groups[0]["lr"]
        gradients.mul_(-lr if factor is None else factor.mul(-lr).unsqueeze(1))
        table.data.index_add_(0, rows, gradients)


# Fused: one pass over parameters, gradients and moments, where PyTorch's default makes ten.
OPTIMIZERS = {
    "adam": (RowAdam, partial(torch.optim.Adam, fused=True)),
    "adagrad": (RowAdagrad, torch.optim.Adagrad),
}


def make_optimizers(model: nn.Module, lr: float, kind: str = "adam") -> list[torch.optim.Optimizer]:
    """Adam or Adagrad for the whole model: row-wise for its `nn.Embedding(sparse=True)` tables, plain for the rest.

    A batch of 1,024 pairs uses at most 1,024 rows of a table; plain Adam would rewrite all 37,000 at each step.

    Args:
        model, lr: whose parameters, and the learning rate.
        kind: "adam" or "adagrad".

    Raises:
        ValueError: another kind.
    """
    if kind not in OPTIMIZERS:
        raise ValueError(f"optimizer={kind!r}: it must be one of {', '.join(map(repr, OPTIMIZERS))}")
    sparse = [m.weight for m in model.modules() if isinstance(m, (nn.Embedding, nn.EmbeddingBag)) and m.sparse]
    known = {id(p) for p in sparse}
    dense = [p for p in model.parameters() if id(p) not in known]
    return [make(params, lr=lr) for make, params in zip(OPTIMIZERS[kind], (sparse, dense)) if params]
