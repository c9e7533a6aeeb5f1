"""Products of sparse matrices with tables, and their gradients, beside those of the dense ones."""

import numpy as np
import pytest
import scipy.sparse
import torch
from torch.autograd import gradcheck

from embedviz.models.sparse import SparseMatrix, chosen_products

rng = np.random.default_rng(0)
DENSE = np.where(rng.random((9, 7)) < 0.4, rng.normal(size=(9, 7)), 0).astype(np.float32)
DENSE[3], DENSE[:, 5] = 0, 0  # an empty row and an empty column


def table(dtype=torch.float32):
    return torch.tensor(rng.normal(size=(7, 4)), dtype=dtype, requires_grad=True)


def of(dense):
    """Made of a matrix whose entries stand in any order."""
    matrix = scipy.sparse.coo_array(dense)
    order = rng.permutation(matrix.nnz)
    return SparseMatrix(scipy.sparse.coo_array((matrix.data[order], [c[order] for c in matrix.coords]), matrix.shape))


def agree(result, expected, values):
    """The same numbers, and the same gradient of a weighted sum of them."""
    weight = torch.from_numpy(rng.normal(size=tuple(expected.shape))).float()
    gradients = [torch.autograd.grad((own * weight).sum(), values, retain_graph=True)[0] for own in (result, expected)]
    assert torch.allclose(result, expected, atol=1e-6) and torch.allclose(*gradients, atol=1e-6)


def test_a_product_is_the_dense_one():
    values = table()
    agree(of(DENSE).times(values), torch.from_numpy(DENSE) @ values, values)


@pytest.mark.parametrize("rows", [[3], [8, 0, 8, 3], list(range(9))])
def test_some_rows_of_a_product(rows):
    values, rows = table(), torch.tensor(rows)
    agree(of(DENSE).rows_times(rows, values), torch.from_numpy(DENSE)[rows] @ values, values)


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_entries_that_are_kept_count_as_ones(share):
    there, values = np.argwhere(DENSE != 0), table()
    keep = rng.random(len(there)) < share
    ones = np.zeros_like(DENSE)
    ones[tuple(there[keep].T)] = 1
    sums, counts = of(DENSE).ones_times(values, torch.from_numpy(keep))
    agree(sums, torch.from_numpy(ones) @ values, values)
    assert counts.tolist() == ones.sum(1).tolist()


def test_gradients_against_finite_differences():
    values, matrix = table(torch.float64), of(DENSE).double()
    keep = torch.from_numpy(rng.random(len(matrix.indices)) < 0.5)
    assert gradcheck(matrix.times, values)
    assert gradcheck(lambda values: matrix.ones_times(values, keep)[0], values)


def test_a_matrix_is_not_saved_and_has_nothing_to_learn():
    matrix = of(DENSE)
    assert not matrix.state_dict() and not list(matrix.parameters()) and matrix.shape == DENSE.shape
    assert [matrix.columns(row) for row in range(9)] == [np.flatnonzero(row).tolist() for row in DENSE]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_chosen_products_are_entries_of_the_whole_one(dtype):
    u, v = (torch.tensor(rng.normal(size=(n, 4)), dtype=dtype, requires_grad=True) for n in (6, 9))
    choices = torch.from_numpy(rng.integers(0, 8, size=(6, 5)))  # some twice, the last row of v never
    found, expected = chosen_products(u, v, choices), (u @ v.T).gather(1, choices)
    assert torch.allclose(found, expected, atol=1e-6)
    weight = torch.from_numpy(rng.normal(size=(6, 5))).to(dtype)
    for own, other in zip(*(torch.autograd.grad((x * weight).sum(), (u, v)) for x in (found, expected))):
        assert torch.allclose(own, other, atol=1e-6)
    if dtype == torch.float64:
        assert gradcheck(lambda u, v: chosen_products(u, v, choices), (u, v))
