"""Each line of the derivation against three witnesses: torch's autograd, torch's gradcheck, and scipy's differences."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.special
import torch
from scipy.optimize import approx_fprime, check_grad
from torch.nn import functional as F

from embedviz.models import gradients as G

SENTENCE = "the only thing we have to fear is fear itself".split()
WORDS = sorted(set(SENTENCE))
V, DIM = len(WORDS), 4
NUMBERS = [WORDS.index(word) for word in SENTENCE]
# (position, n): inside, a word twice in the context ("fear is fear"), both edges, and the whole sentence.
WINDOWS = [(3, 2), (7, 1), (7, 2), (0, 2), (len(SENTENCE) - 1, 3), (4, 50)]


@pytest.fixture
def tables():
    random = np.random.default_rng(0)
    return random.normal(size=(V, DIM)), random.normal(size=(V, DIM))


@pytest.fixture(params=WINDOWS, ids=lambda window: f"position{window[0]}-n{window[1]}")
def example(request):
    position, n = request.param
    return G.window(NUMBERS, position, n), NUMBERS[position]


def torch_cbow(inputs, outputs, context, target):
    """With PyTorch's own pieces: a mean EmbeddingBag, a linear layer, cross-entropy."""
    h = F.embedding_bag(torch.tensor([context]), inputs, mode="mean")
    return F.cross_entropy(F.linear(h, outputs), torch.tensor([target]))


def torch_skipgram(inputs, outputs, context, target):
    scores = F.linear(inputs[torch.tensor([target] * len(context))], outputs)
    return F.cross_entropy(scores, torch.tensor(context), reduction="sum")


def torch_negative_sampling(inputs, outputs, context, target, negatives=(0, 3, 3, 8)):
    h = F.embedding_bag(torch.tensor([context]), inputs, mode="mean")[0]
    labels = torch.tensor([1.0] + [0.0] * len(negatives), dtype=h.dtype)
    return F.binary_cross_entropy_with_logits(outputs[torch.tensor([target, *negatives])] @ h, labels, reduction="sum")


def with_negatives(function):
    return lambda inputs, outputs, context, target: function(inputs, outputs, context, target, negatives=[0, 3, 3, 8])


LOSSES = {
    "cbow": (G.cbow_loss, G.cbow_gradients, torch_cbow),
    "skip-gram": (G.skipgram_loss, G.skipgram_gradients, torch_skipgram),
    "negative sampling": (
        with_negatives(G.negative_sampling_loss), with_negatives(G.negative_sampling_gradients), torch_negative_sampling
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_gradients_are_those_of_autograd(name, tables, example):
    loss, gradients, by_torch = LOSSES[name]
    leaves = [torch.tensor(table, requires_grad=True) for table in tables]
    expected = by_torch(*leaves, *example)
    expected.backward()
    assert loss(*tables, *example) == pytest.approx(expected.item(), rel=1e-12)
    for ours, leaf in zip(gradients(*tables, *example), leaves):
        np.testing.assert_allclose(ours, leaf.grad.numpy(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", LOSSES)
def test_gradcheck_takes_ours_for_the_backward_of_the_loss(name, tables, example):
    loss, gradients, _ = LOSSES[name]

    class Ours(torch.autograd.Function):
        @staticmethod
        def forward(ctx, inputs, outputs):
            ctx.save_for_backward(inputs, outputs)
            return torch.tensor(loss(inputs.numpy(), outputs.numpy(), *example))

        @staticmethod
        def backward(ctx, toward):
            both = gradients(*(table.detach().numpy() for table in ctx.saved_tensors), *example)
            return tuple(toward * torch.from_numpy(gradient) for gradient in both)

    assert torch.autograd.gradcheck(Ours.apply, [torch.tensor(table, requires_grad=True) for table in tables])


@pytest.mark.parametrize("name", LOSSES)
def test_scipys_check_grad_agrees(name, tables, example):
    loss, gradients, _ = LOSSES[name]

    def split(x):
        return x.reshape(2, V, DIM)

    off = check_grad(
        lambda x: loss(*split(x), *example), lambda x: np.ravel(gradients(*split(x), *example)), np.ravel(tables)
    )
    assert off < 1e-5  # scipy's are one-sided differences


def test_each_step_of_the_backward_pass(tables, example):
    """∂L/∂s, ∂L/∂u, ∂L/∂h, ∂L/∂v one by one: autograd keeps the gradients in between."""
    inputs, outputs = (torch.tensor(table, requires_grad=True) for table in tables)
    context, target = example
    h = inputs[context].mean(0)
    scores = outputs @ h
    h.retain_grad(), scores.retain_grad()
    (-torch.log_softmax(scores, 0)[target]).backward()
    p = G.softmax(scores.detach().numpy())
    error = G.score_gradient(p, target)
    assert p.sum() == pytest.approx(1) and error.sum() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(G.hidden_vector(tables[0], context), h.detach(), rtol=1e-12)
    np.testing.assert_allclose(error, scores.grad, atol=1e-14)
    np.testing.assert_allclose(G.output_gradient(error, h.detach().numpy()), outputs.grad, atol=1e-14)
    toward_hidden = G.hidden_gradient(error, tables[1])
    np.testing.assert_allclose(toward_hidden, h.grad, atol=1e-14)
    np.testing.assert_allclose(G.input_gradient(toward_hidden, context, V), inputs.grad, atol=1e-14)


def test_a_word_that_comes_twice_gets_twice_the_share(tables):
    context, target = G.window(NUMBERS, 7, 1), NUMBERS[7]  # fear [is] fear
    assert [WORDS[w] for w in context] == ["fear", "fear"]
    toward_inputs, _ = G.cbow_gradients(*tables, context, target)
    once, _ = G.cbow_gradients(*tables, context[:1], target)  # the mean of a vector with itself is that vector
    np.testing.assert_allclose(toward_inputs, once, atol=1e-14)
    assert np.flatnonzero(toward_inputs.any(axis=1)).tolist() == [WORDS.index("fear")]
    context = G.window(NUMBERS, 7, 2)  # to fear [is] fear itself
    gradient, _ = G.cbow_gradients(*tables, context, target)
    np.testing.assert_allclose(gradient[WORDS.index("fear")], 2 * gradient[WORDS.index("to")])


def test_negatives_drawn_twice_are_pushed_twice_and_may_be_none(tables):
    arguments = (*tables, [1, 2], 4)
    once, twice = (G.negative_sampling_gradients(*arguments, negatives)[1] for negatives in ([3], [3, 3]))
    np.testing.assert_allclose(twice[3], 2 * once[3])
    assert np.flatnonzero(once.any(axis=1)).tolist() == [3, 4]
    h = tables[0][[1, 2]].mean(axis=0)
    assert G.negative_sampling_loss(*arguments, []) == pytest.approx(-np.log(scipy.special.expit(tables[1][4] @ h)))


def test_softmax_and_sigmoid_are_scipys_and_do_not_overflow():
    scores = np.array([1000.0, 999.0, -1000.0])
    np.testing.assert_allclose(G.softmax(scores), scipy.special.softmax(scores))
    assert G.softmax_loss(scores, 2) == pytest.approx(-scipy.special.log_softmax(scores)[2])
    np.testing.assert_allclose(G.sigmoid(scores), scipy.special.expit(scores))


def test_windows_are_cut_at_the_edges():
    assert G.window("abcde", 0, 2) == ["b", "c"] and G.window("abcde", 4, 2) == ["c", "d"]
    assert G.window("abcde", 2, 1) == ["b", "d"] and G.window("abcde", 2, 99) == ["a", "b", "d", "e"]
    assert G.window(["alone"], 0, 2) == []
    with pytest.raises(IndexError, match="position 5: a sentence of 5 words has 0 to 4"):
        G.window("abcde", 5, 2)
    with pytest.raises(ValueError, match="n=0"):
        G.window("abcde", 2, 0)


def test_an_empty_context_has_no_hidden_vector(tables):
    with pytest.raises(ValueError, match="the context is empty"):
        G.hidden_vector(tables[0], [])


def test_finite_differences_are_scipys_but_more_exact():
    def f(x):
        return float(np.sin(x[0]) * np.exp(x[1]) + x[2] ** 3)

    x = np.array([0.3, -0.5, 2.0])
    exact = np.array([np.cos(0.3) * np.exp(-0.5), np.sin(0.3) * np.exp(-0.5), 12.0])
    ours = G.finite_difference(f, x)
    np.testing.assert_allclose(ours, exact, rtol=1e-9)
    np.testing.assert_allclose(ours, approx_fprime(x, f), rtol=1e-6)
    assert np.abs(ours - exact).max() < np.abs(approx_fprime(x, f) - exact).max()
    wide = G.finite_difference(f, x, eps=1e-2)  # the error of central differences falls with ε²
    assert np.abs(G.finite_difference(f, x, 1e-3) - exact).max() == pytest.approx(
        np.abs(wide - exact).max() / 100, rel=0.01
    )


def test_finite_differences_leave_x_alone_and_take_any_shape():
    x = np.arange(6).reshape(2, 3)  # int64: halves and thousandths would be lost
    np.testing.assert_allclose(G.finite_difference(lambda y: (y**2).sum(), x), 2 * x, atol=1e-8)
    assert x.dtype.kind == "i" and np.array_equal(x, np.arange(6).reshape(2, 3))


def test_finite_differences_name_what_is_wrong():
    with pytest.raises(ValueError, match="one finite number"):
        G.finite_difference(lambda x: x, np.ones(2))
    with pytest.raises(ValueError, match="one finite number"), np.errstate(invalid="ignore"):
        G.finite_difference(lambda x: float(np.log(x).sum()), -np.ones(2))
    with pytest.raises(ValueError, match="eps=0"):
        G.finite_difference(np.sum, np.ones(2), eps=0)


def test_agree_prints_and_catches_a_wrong_gradient(tables, capsys):
    context, target = G.window(NUMBERS, 7, 2), NUMBERS[7]
    ours, _ = G.cbow_gradients(*tables, context, target)
    by_differences = G.finite_difference(lambda x: G.cbow_loss(x, tables[1], context, target), tables[0])
    G.agree("∂L/∂inputs", ours, ours, by_differences)
    assert "✓ ∂L/∂inputs" in capsys.readouterr().out
    wrong = ours.copy()
    wrong[WORDS.index("fear")] /= 2  # what `gradient[context] += …` makes of a word that comes twice
    with pytest.raises(AssertionError, match=r"∂L/∂inputs: off by .* from finite differences"):
        G.agree("∂L/∂inputs", wrong, wrong, by_differences)
    with pytest.raises(ValueError, match="shapes differ"):
        G.agree("∂L/∂inputs", ours[:3], ours, by_differences)


def test_deviation_is_relative_to_the_largest_entry():
    assert G.deviation([1.0, 100.0], [2.0, 100.0]) == pytest.approx(0.01)
    assert G.deviation(np.zeros(3), np.zeros(3)) == 0 and G.deviation(np.zeros(3), [0, 0, 1e-9]) == 1


def test_a_wrong_gradient_is_caught_where_python_leaves_assertions_out():
    code = """
import numpy as np
from embedviz.models.gradients import agree
for wrong in (2.0, np.nan):
    try:
        agree("g", [wrong], [1.0], [1.0])
    except AssertionError as error:
        print("caught", error)
"""
    found = subprocess.run([sys.executable, "-O", "-c", code], capture_output=True, text=True, timeout=120)
    assert found.stdout.count("caught g: off by") == 2, found.stdout + found.stderr
