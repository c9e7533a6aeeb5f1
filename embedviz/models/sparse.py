"""Products of a few entries, with gradients written out by hand: sums of a table's rows, and chosen dot products.

Both are sparse matrices times a table, and their gradients are such products again: by the transpose. PyTorch's own
would sort the entries at each step, or write a row for each of them.
"""

import numpy as np
import scipy.sparse
import torch
from torch import nn
from torch.nn import functional as F


class SparseMatrix(nn.Module):
    """A sparse matrix that multiplies tables; it moves with the module that it is a part of, and is not saved.

    Args:
        matrix: of shape (n_rows, n_columns), any numbers; they become float32.
    """

    def __init__(self, matrix: scipy.sparse.sparray):
        super().__init__()
        by_row = scipy.sparse.csr_array(matrix, dtype=np.float32)
        by_row.sort_indices()
        number = scipy.sparse.csr_array(
            (np.arange(by_row.nnz), by_row.indices, by_row.indptr), shape=by_row.shape
        ).tocsc()
        rows = np.repeat(np.arange(by_row.shape[0]), np.diff(by_row.indptr))
        for name, array in {
            "indptr": by_row.indptr,  # row i has the entries indptr[i] … indptr[i + 1] − 1,
            "indices": by_row.indices,  # in these columns,
            "rows": rows,
            "by_column": number.data,  # and by columns they are these,
            "column_indptr": number.indptr,
        }.items():
            self.register_buffer(name, torch.from_numpy(array.astype(np.int64)), persistent=False)
        self.register_buffer("weights", torch.from_numpy(by_row.data), persistent=False)
        self.register_buffer("column_weights", self.weights[self.by_column], persistent=False)
        self.register_buffer("column_rows", self.rows[self.by_column], persistent=False)
        self.shape = by_row.shape

    def columns(self, row: int) -> list[int]:
        """The columns where a row has an entry, ascending."""
        return self.indices[self.indptr[row] : self.indptr[row + 1]].tolist()

    def times(self, table: torch.Tensor) -> torch.Tensor:
        """The product: float (n_columns, dim) → (n_rows, dim)."""
        return _Product.apply(
            table,
            (self.indices, self.indptr, self.weights),
            (self.column_rows, self.column_indptr, self.column_weights),
        )

    def ones_times(self, table: torch.Tensor, keep: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The product of the entries in `keep`, each taken for a 1; and how many each row has of them.

        Args:
            table: float (n_columns, dim).
            keep: bool (n_entries,), in the order of rows and, in a row, of columns.

        Returns:
            float (n_rows, dim), int64 (n_rows,).
        """
        kept, by_column = keep.nonzero().squeeze(1), keep[self.by_column].nonzero().squeeze(1)
        indptr = torch.searchsorted(kept, self.indptr)
        sums = _Product.apply(
            table,
            (self.indices[kept], indptr, None),
            (self.column_rows[by_column], torch.searchsorted(by_column, self.column_indptr), None),
        )
        return sums, indptr.diff()

    def rows_times(self, rows: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
        """Some rows of the product: int64 (m,) and float (n_columns, dim) → (m, dim)."""
        if 4 * len(rows) >= self.shape[0]:  # all of them at once are quicker
            return F.embedding(rows, self.times(table))
        start, count = self.indptr[rows], self.indptr[rows + 1] - self.indptr[rows]
        offsets = count.cumsum(0) - count
        entries = torch.arange(int(count.sum()), device=rows.device) + torch.repeat_interleave(start - offsets, count)
        return F.embedding_bag(
            self.indices[entries], table, offsets, mode="sum", per_sample_weights=self.weights[entries]
        )


class _Product(torch.autograd.Function):
    """Bags of a table's rows: a matrix by rows, (columns, where each row begins and the last ends, weights or None)."""

    @staticmethod
    def forward(ctx, table, by_row, by_column):
        ctx.by_column = by_column
        return _bags(table.detach(), by_row)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        return _bags(gradient.contiguous(), ctx.by_column), None, None


def _bags(table, matrix):
    indices, indptr, weights = matrix
    return F.embedding_bag(indices, table, indptr, mode="sum", per_sample_weights=weights, include_last_offset=True)


def chosen_products(u: torch.Tensor, v: torch.Tensor, choices: torch.Tensor) -> torch.Tensor:
    """Dot products of each row of u with some rows of v: (n, dim), (m, dim) and int64 (n, k) → (n, k)."""
    return _ChosenProducts.apply(u, v, choices)


class _ChosenProducts(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u, v, choices):
        ctx.save_for_backward(u, v, choices)
        return F.embedding(choices, v).mul_(u[:, None]).sum(2)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        u, v, choices = ctx.saved_tensors
        (n, k), gradient = choices.shape, gradient.contiguous()
        by_row = scipy.sparse.csr_array(
            (gradient.cpu().numpy().ravel(), choices.cpu().numpy().ravel(), np.arange(0, n * k + 1, k)),
            shape=(n, len(v)),
        )
        by_column = by_row.tocsc()  # counts, and does not sort
        columns = (by_column.indices, by_column.indptr, by_column.data)
        indices, indptr, weights = (torch.from_numpy(part).to(u.device) for part in columns)
        of_u = F.embedding_bag(choices, v.detach(), mode="sum", per_sample_weights=gradient)
        return of_u, _bags(u.detach(), (indices.long(), indptr.long(), weights)), None
