"""Optimizers for embedding tables, of which a batch touches only a few rows."""

import torch
from torch import nn


class RowAdam(torch.optim.Optimizer):
    """Adam that updates only the rows with a gradient, as `torch.optim.SparseAdam` does, at a fraction of its time.

    PyTorch's works on sparse tensors, whose bookkeeping costs more than the arithmetic; this one gathers the rows, updates
    them as a small dense block, and puts them back. The results are the same (tested).

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
                if not state:
                    state |= {"step": 0, "mean": torch.zeros_like(table), "square": torch.zeros_like(table)}
                state["step"] += 1
                rows, gradient = sum_rows(table.grad)
                mean = state["mean"][rows].lerp_(gradient, 1 - beta1)
                square = state["square"][rows].lerp_(gradient * gradient, 1 - beta2)
                state["mean"][rows], state["square"][rows] = mean, square
                correction = (1 - beta2 ** state["step"]) ** 0.5
                # As SparseAdam: eps joins before the bias correction.
                table[rows] -= mean.div_(square.sqrt_().add_(eps)).mul_(group["lr"] * correction / (1 - beta1 ** state["step"]))


def sum_rows(gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The different rows of a sparse gradient, int64 (n,), and the sum of each, (n, dim)."""
    rows, place = torch.unique(gradient._indices()[0], return_inverse=True)
    values = gradient._values()
    return rows, torch.zeros(len(rows), values.shape[1], dtype=values.dtype, device=values.device).index_add_(0, place, values)


def make_optimizers(model: nn.Module, lr: float) -> list[torch.optim.Optimizer]:
    """Adam for the whole model: row-wise for its `nn.Embedding(sparse=True)` tables, plain for the rest.

    A batch of 1,024 pairs uses at most 1,024 rows of a table; plain Adam would rewrite all 37,000 at each step.
    """
    sparse = [m.weight for m in model.modules() if isinstance(m, (nn.Embedding, nn.EmbeddingBag)) and m.sparse]
    known = {id(p) for p in sparse}
    dense = [p for p in model.parameters() if id(p) not in known]
    return [kind(params, lr=lr) for kind, params in ((RowAdam, sparse), (torch.optim.Adam, dense)) if params]
