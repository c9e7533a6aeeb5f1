import numpy as np
import pytest
import torch
from torch import nn

from embedviz.train.optimizers import RowAdagrad, RowAdam, make_optimizers, sum_rows


def train(kind, steps=20, **options):
    generator = torch.Generator().manual_seed(0)
    table = nn.Embedding(50, 6, sparse=True)
    nn.init.normal_(table.weight, generator=generator)
    optimizer = kind(table.parameters(), lr=0.05, **options)
    for _ in range(steps):
        rows = torch.randint(40, (30,), generator=generator)  # with repeats; rows 40 to 49 are never used
        optimizer.zero_grad()
        (table(rows) ** 2).sum().backward()
        optimizer.step()
    return table.weight.detach()


@pytest.mark.parametrize("options", [{}, {"betas": (0.5, 0.9), "eps": 0.1}])
def test_row_adam_does_what_torchs_sparse_adam_does(options):
    assert torch.allclose(train(RowAdam, **options), train(torch.optim.SparseAdam, **options), atol=1e-6)


def test_rows_that_come_twice_are_summed():
    table = nn.Embedding(5, 2, sparse=True)
    (table(torch.tensor([3, 1, 3])) * torch.tensor([[1.0, 2], [3, 4], [5, 6]])).sum().backward()
    rows, values = sum_rows(table.weight.grad)
    assert rows.tolist() == [1, 3] and values.tolist() == [[3, 4], [6, 8]]


def test_row_adagrad_does_what_its_formula_says():
    table = nn.Embedding(4, 3, sparse=True)
    expected, squares = table.weight.detach().numpy().astype(float), np.zeros(4)
    optimizer, generator = RowAdagrad(table.parameters(), lr=0.1), np.random.default_rng(0)
    for _ in range(5):
        rows, gradients = generator.integers(3, size=6), generator.normal(size=(6, 3))
        optimizer.zero_grad()
        (table(torch.from_numpy(rows)) * torch.from_numpy(gradients).float()).sum().backward()
        optimizer.step()
        for row, gradient in zip(rows, gradients):
            squares[row] += sum(gradient**2) / 3
        for row, gradient in zip(rows, gradients):
            expected[row] -= 0.1 * gradient / np.sqrt(squares[row])
    assert np.allclose(table.weight.detach().numpy(), expected, atol=1e-5)


def test_row_adagrad_takes_gradients_written_out_by_hand_each_with_a_factor():
    rng = np.random.default_rng(0)
    table = torch.from_numpy(rng.normal(size=(4, 3)))
    expected, squares = table.numpy().copy(), np.full(4, 0.3)
    optimizer = RowAdagrad([table], lr=0.1, initial=0.3)
    for _ in range(3):
        rows, gradients, factor = rng.integers(0, 3, 6), rng.normal(size=(6, 3)), rng.normal(size=6)
        for row, gradient, f in zip(rows, gradients, factor):
            squares[row] += np.mean((f * gradient) ** 2)
        for row, gradient, f in zip(rows, gradients, factor):
            expected[row] -= 0.1 * f * gradient / np.sqrt(squares[row])
        optimizer.add(table, *map(torch.from_numpy, (rows, gradients, factor)))
        optimizer.move(table, *map(torch.from_numpy, (rows, gradients, factor)))
    assert np.allclose(table.numpy(), expected)


def test_a_step_leaves_the_gradients_as_they_are():
    table = nn.Embedding(4, 3, sparse=True)
    table(torch.tensor([1, 2])).sum().backward()
    RowAdagrad(table.parameters()).step()
    assert (table.weight.grad._values() == 1).all()


@pytest.mark.parametrize("kind", [RowAdam, RowAdagrad])
def test_a_row_that_is_not_used_stays(kind):
    start, after = train(kind, steps=0), train(kind)
    assert torch.equal(start[40:], after[40:]) and not torch.equal(start[:40], after[:40])


def test_each_parameter_gets_one_optimizer():
    model = nn.ModuleDict(
        {"table": nn.Embedding(3, 2, sparse=True), "dense": nn.Embedding(3, 2), "linear": nn.Linear(2, 1)}
    )
    rows, plain = make_optimizers(model, lr=0.1)
    assert isinstance(rows, RowAdam) and rows.param_groups[0]["params"] == [model["table"].weight]
    assert isinstance(plain, torch.optim.Adam) and len(plain.param_groups[0]["params"]) == 3
    assert [type(o) for o in make_optimizers(model, 0.1, "adagrad")] == [RowAdagrad, torch.optim.Adagrad]
    assert len(make_optimizers(nn.Linear(2, 1), lr=0.1)) == 1
    with pytest.raises(ValueError, match="optimizer='sgd'.*'adam', 'adagrad'"):
        make_optimizers(model, 0.1, "sgd")
