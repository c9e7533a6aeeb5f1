import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from sklearn.metrics import log_loss
from torch.autograd import gradcheck

from embedviz.models.losses import logistic_loss, sampled_softmax_loss, squared_loss

rng = np.random.default_rng(0)


def tensor(array, **kwargs):
    return torch.tensor(array, dtype=torch.float64, **kwargs)


def test_squared_loss_wants_cosines_of_1_and_minus_1():
    scores, labels = torch.tensor([1.0, 0.5, -1.0, 0.25]), torch.tensor([1.0, 1.0, 0.0, 0.0])
    assert squared_loss(scores, labels).item() == pytest.approx((0 + 0.25 + 0 + 1.25**2) / 4)


def test_logistic_loss_is_sklearns_log_loss():
    scores, labels = rng.normal(size=50), rng.integers(0, 2, 50)
    expected = log_loss(labels, 1 / (1 + np.exp(-scores)))
    assert logistic_loss(tensor(scores), tensor(labels)).item() == pytest.approx(expected, rel=1e-12)


def test_sampled_softmax_by_hand():
    scores, q = rng.normal(size=(4, 4)), np.array([0.1, 0.4, 0.2, 0.3])
    rows = log_softmax(scores / 0.5 - np.log(q), axis=1)
    got = sampled_softmax_loss(tensor(scores), torch.arange(4), tensor(np.log(q)), temperature=0.5)
    assert got.item() == pytest.approx(-rows.diagonal().mean(), rel=1e-12)


def test_a_copy_of_the_rows_own_context_is_no_negative():
    scores = rng.normal(size=(3, 3))
    got = sampled_softmax_loss(tensor(scores), torch.tensor([7, 8, 7]), temperature=1.0)
    rows = [[0, 1], [0, 1, 2], [1, 2]]  # row 0 may not use column 2, which holds its own context again
    expected = [-np.log(np.exp(scores[i, i]) / np.exp(scores[i, row]).sum()) for i, row in enumerate(rows)]
    assert got.item() == pytest.approx(np.mean(expected), rel=1e-12)


@pytest.mark.slow
def test_what_log_q_changes_is_the_optimum():
    """One item, contexts drawn by q. The softmax over all contexts is best at scores log q; so must the corrected loss
    be. Left uncorrected, it is best at log q − log q = 0: the pointwise mutual information, popularity taken out."""
    q = 1 / np.arange(5, 205)
    q /= q.sum()

    def slope(theta, corrected):
        """Mean gradient at theta along log q, over 20 batches of 700 pairs, for temperature 1."""
        theta, direction, total = tensor(theta, requires_grad=True), tensor(np.log(q) - np.log(q).mean()), 0
        for _ in range(20):
            contexts = torch.from_numpy(rng.choice(len(q), size=700, p=q))
            log_q = torch.log(tensor(q))[contexts] if corrected else None
            loss = sampled_softmax_loss(theta[contexts].expand(700, -1), contexts, log_q, temperature=1.0)
            total += (torch.autograd.grad(loss, theta)[0] @ direction).item() / 20
        return total

    assert abs(slope(np.log(q), corrected=True)) < 0.03 < 0.3 < -slope(np.zeros(200), corrected=True)
    assert abs(slope(np.zeros(200), corrected=False)) < 0.03 < 0.3 < slope(np.log(q), corrected=False)


@pytest.mark.parametrize("log_q", [None, tensor([-1.0, -2.0, -0.5, -3.0])])
def test_gradients_against_finite_differences(log_q):
    scores = tensor(rng.normal(size=(4, 4)), requires_grad=True)
    contexts = torch.tensor([0, 1, 2, 1])
    assert gradcheck(lambda s: sampled_softmax_loss(s, contexts, log_q, 0.3), scores, atol=1e-7)
    flat = tensor(rng.normal(size=8), requires_grad=True)
    assert gradcheck(lambda s: logistic_loss(s, tensor([1, 0, 0, 1, 0, 1, 1, 0])), flat, atol=1e-7)


@pytest.mark.parametrize("temperature", [0, -0.1])
def test_temperature_must_be_positive(temperature):
    with pytest.raises(ValueError, match=f"temperature={temperature}"):
        sampled_softmax_loss(torch.eye(2), torch.arange(2), temperature=temperature)


def test_the_refined_correction_has_the_gradient_of_the_softmax_over_the_catalog():
    """With every context in the batch once nothing is sampled: the gradients must agree, though the losses do not."""
    values, contexts = rng.normal(size=(5, 5)), torch.arange(5)
    gradients = []
    for refined in (False, True):
        scores = tensor(values, requires_grad=True)
        loss = sampled_softmax_loss(scores, contexts, tensor(np.zeros(5)), temperature=0.5, refined=refined)
        gradients.append(torch.autograd.grad(loss, scores)[0])
    assert torch.allclose(*gradients)


def test_only_the_refined_correction_is_right_when_the_own_context_is_rare():
    """One item whose own context is rare. Mean gradient of its score over many batches: the softmax's is p − 1."""
    n, batch, own = 30, 400, 29
    q = 1 / np.arange(1, n + 1) ** 2
    q /= q.sum()
    theta = rng.normal(size=n)
    theta[own] = 1.0  # so likely that the difference shows
    target = np.exp(theta[own]) / np.exp(theta).sum() - 1

    def slope(refined):
        total = 0.0
        for _ in range(200):
            contexts = torch.from_numpy(np.concatenate([[own], rng.choice(n, size=batch, p=q)]))
            leaf = tensor(theta, requires_grad=True)
            log_q = torch.log(tensor(batch * q))[contexts]
            scores = leaf[contexts][None]
            loss = sampled_softmax_loss(scores, contexts, log_q, temperature=1.0, refined=refined)
            total += torch.autograd.grad(loss, leaf)[0][own].item() / 200
        return total

    assert abs(slope(True) - target) < 0.03 < abs(slope(False) - target)
