import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from embedviz.course import exercises
from embedviz.course.exercises import (
    check_cbow_gradients,
    check_cross_fitting,
    check_lookup_gradient,
    check_ndcg,
    check_negative_sampling,
    check_sampled_softmax,
)
from embedviz.course.notebook import source_without_docstring
from embedviz.inputs.encodings import TargetEncoder
from embedviz.models.losses import sampled_softmax_loss


def right(scores, log_q, temperature):
    logits = scores / temperature - log_q
    return (torch.logsumexp(logits, 1) - logits.diagonal()).mean()


def test_a_right_answer_passes(capsys):
    check_sampled_softmax(right)
    assert "✓ right" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda s, q, t: -right(s, q, t), "sign"),
        (lambda s, q, t: 5 * right(s, q, t), "mean"),
        (lambda s, q, t: right(s, q, 1.0), "temperature has no effect"),
        (lambda s, q, t: right(s, q, 1 / t), "multiply"),
        (lambda s, q, t: right(s, 0 * q, t), "log q has no effect"),
        (lambda s, q, t: right(s, -q, t), "subtract"),
        (lambda s, q, t: right(s, q[:, None], t), "cancels"),
        (lambda s, q, t: right(s.T, q[:, None], t), "dim=1"),
        (lambda s, q, t: right(s - q, 0 * q, t), "after the temperature"),
        (lambda s, q, t: -torch.softmax(s / t - q, 1).diagonal().mean(), "logarithm"),
        (lambda s, q, t: right(s, q, t) + 1, "compare with the formula"),
        (lambda s, q, t: s, "one number"),
        (lambda s, q, t: None, "write your answer first"),
        (lambda s, q, t: ..., "write your answer first"),
        (lambda s, q, t: right(s, q, t).detach(), "no gradient reaches the scores"),
        (lambda s, q, t: torch.tensor(right(s, q, t).item()), "no gradient reaches the scores"),
        (lambda s, q, t: right(s, q, t) * 0 + right(s, q, t).detach(), "its gradient is not"),
        (lambda s, q, t: right(s, q, t) * 1.002, "got 4.463, expected 4.454"),
        (lambda s, q, t: right(s, q.sub_(0.5), t), "changes its argument `log_q`"),
    ],
)
def test_a_slip_is_named(wrong, message):
    with pytest.raises(AssertionError, match=message):
        check_sampled_softmax(wrong)


def test_source_is_shown_as_it_runs_without_the_docstring():
    shown = source_without_docstring(sampled_softmax_loss)
    assert shown.startswith("def sampled_softmax_loss(") and '"""' not in shown and "F.cross_entropy" in shown
    compile(shown, "shown", "exec")


def scatter(codes, gradient, n):
    return torch.zeros(n, gradient.shape[1], dtype=gradient.dtype).index_add(0, codes, gradient)


def last_wins(codes, gradient, n):
    table = torch.zeros(n, gradient.shape[1], dtype=gradient.dtype)
    table[codes] += gradient
    return table


def test_the_gradient_of_a_lookup(capsys):
    check_lookup_gradient(scatter)
    check_lookup_gradient(
        lambda codes, gradient, n: torch.nn.functional.one_hot(codes, n).to(gradient.dtype).T @ gradient
    )
    assert capsys.readouterr().out.count("✓ right") == 2


@pytest.mark.parametrize(
    "wrong, message",
    [
        (last_wins, "writes once for each row"),
        (lambda c, g, n: scatter(c, g, n) / torch.bincount(c, minlength=n).clamp(min=1)[:, None], "the sum"),
        (lambda c, g, n: -scatter(c, g, n), "sign"),
        (lambda c, g, n: scatter(c, g, n) + 1, "row 4 was looked up three times"),
        (lambda c, g, n: g, "with the shape of the table"),
        (lambda c, g, n: scatter(c, g, n).numpy(), "is a tensor"),
        (lambda c, g, n: None, "write your answer first"),
        (lambda c, g, n: scatter(c, g.mul_(1.0).neg_(), n), "changes its argument `gradient`"),
    ],
)
def test_a_slip_in_the_gradient_of_a_lookup_is_named(wrong, message):
    with pytest.raises(AssertionError, match=message):
        check_lookup_gradient(wrong)


def cross_fitted(
    codes, target, fold, smoothing, learn=lambda fold, f: fold != f, prior=lambda target, others: target[others].mean()
):
    encoded = np.empty(len(codes))
    for f in np.unique(fold):
        others, own = learn(fold, f), fold == f
        total = np.bincount(codes[others], target[others], minlength=codes.max() + 1)
        count = np.bincount(codes[others], minlength=codes.max() + 1)
        with np.errstate(invalid="ignore"):
            encoded[own] = ((total + smoothing * prior(target, others)) / (count + smoothing))[codes[own]]
    return encoded


def test_cross_fitting(capsys):
    check_cross_fitting(cross_fitted)
    assert "✓ right" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda *a: cross_fitted(*a, learn=lambda fold, f: fold >= 0), "leaks the answer"),
        (lambda *a: cross_fitted(*a, learn=lambda fold, f: fold == f), "from its own fold"),
        (
            lambda *a: cross_fitted(*a, prior=lambda target, others: target.mean()),
            "overall mean must be of the other folds",
        ),
        (lambda c, t, f, m: np.nan_to_num(cross_fitted(c, t, f, 0.0)), "smoothing has no effect"),
        (lambda c, t, f, m: cross_fitted(c, t, f, 0.0), "1 rows are NaN"),
        (lambda *a: cross_fitted(*a) + 1, "compare with the formula"),
        (lambda c, t, f, m: 0.5, "one number for each of the 40 rows"),
        (lambda c, t, f, m: None, "write your answer first"),
    ],
)
def test_a_slip_in_cross_fitting_is_named(wrong, message):
    with pytest.raises(AssertionError, match=message):
        check_cross_fitting(wrong)


def test_the_checks_agree_with_the_package():
    def ours(codes, target, fold, smoothing):
        # The package's encoder has its own folds: give the check's to it, one after another.
        return np.array(
            [
                TargetEncoder(smoothing, folds=2).fit(codes[fold != f], target[fold != f]).transform([c])[0]
                for c, f in zip(codes, fold)
            ],
            dtype=float,
        )

    codes, fold = np.array([0, 0, 1, 1, 2, 0]), np.array([0, 1, 0, 1, 0, 1])
    target = np.array([1.0, 2, 3, 4, 5, 6])
    assert np.allclose(ours(codes, target, fold, 2.0), cross_fitted(codes, target, fold, 2.0), atol=1e-6)


def cbow_by_hand(inputs, outputs, context, target, share=None, repeat=True, sign=1, one_hot=1, total=False):
    h = inputs[context].sum(0) if total else inputs[context].mean(0)
    p = np.exp(outputs @ h) / np.exp(outputs @ h).sum()
    p[target] -= one_hot
    toward_h, toward_inputs = sign * outputs.T @ p / (share or len(context)), np.zeros_like(inputs)
    for word in context if repeat else set(context):
        toward_inputs[word] += toward_h
    return toward_inputs, sign * np.outer(p, h)


def test_right_cbow_gradients_pass(capsys):
    check_cbow_gradients(cbow_by_hand)
    assert "✓ right" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda *a: cbow_by_hand(*a, repeat=False), "np.add.at"),
        (lambda *a: cbow_by_hand(*a, share=1), "h is a mean"),
        (lambda *a: cbow_by_hand(*a, share=4), "at an edge"),
        (lambda *a: cbow_by_hand(*a, sign=-1), "sign"),
        (lambda *a: (cbow_by_hand(*a)[0], cbow_by_hand(*a, one_hot=0)[1]), "without the − one-hot"),
        (lambda *a: (cbow_by_hand(*a)[0], -cbow_by_hand(*a)[1]), "not one-hot"),
        (lambda *a: (cbow_by_hand(*a)[0], 3 * cbow_by_hand(*a)[1]), "the sum of the context vectors"),
        (lambda *a: cbow_by_hand(*a)[::-1], "finite_difference"),
        (lambda *a: cbow_by_hand(*a, total=True), "h is the *mean* of the context's vectors, not their sum"),
        (lambda *a: cbow_by_hand(*a, total=True, share=1), "not their sum"),
        (lambda *a: (cbow_by_hand(*a)[0], cbow_by_hand(*a, total=True)[1]), "not their sum"),
        (lambda *a: cbow_by_hand(*a, one_hot=0), "without the − one-hot"),
        (lambda *a: 7, "two arrays"),
        (lambda *a: ..., "write your answer first"),
        (lambda *a: (cbow_by_hand(*a)[0], a[0][0]), "two arrays"),
    ],
)
def test_wrong_cbow_gradients_are_told_what_is_wrong(wrong, message):
    with pytest.raises(AssertionError, match=re.escape(message)):
        check_cbow_gradients(wrong)


def logistic_by_torch(h, u_target, u_negatives, sign=(1, -1), weight=1.0):
    h = torch.tensor(h, requires_grad=True)
    true, false = torch.from_numpy(u_target) @ h, torch.from_numpy(u_negatives) @ h
    loss = -F.logsigmoid(sign[0] * true) - weight * F.logsigmoid(sign[1] * false).sum()
    loss.backward()
    return loss.item(), h.grad.numpy()


def test_right_negative_sampling_passes(capsys):
    check_negative_sampling(logistic_by_torch)
    assert "✓ right" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda *a: (-logistic_by_torch(*a)[0], logistic_by_torch(*a)[1]), "the sign"),
        (lambda *a: logistic_by_torch(*a, sign=(1, 1)), "scored low"),
        (lambda *a: logistic_by_torch(*a, weight=1 / 3), "don't average"),
        (lambda *a: logistic_by_torch(*a, weight=0), "the negatives are missing"),
        (lambda *a: (logistic_by_torch(*a)[0], logistic_by_torch(*a)[1] + a[1]), "σ(s) − 1"),
        (lambda *a: (logistic_by_torch(*a)[0], logistic_by_torch(*a)[1] - a[2].sum(0)), "not 1"),
        (lambda *a: (logistic_by_torch(*a)[0], -logistic_by_torch(*a)[1]), "the sign"),
        (lambda *a: (logistic_by_torch(*a)[0], logistic_by_torch(*a, weight=1 / 3)[1]), "don't average"),
        (lambda *a: (logistic_by_torch(*a)[0], logistic_by_torch(*a, weight=0)[1]), "∂L/∂h is"),
        (lambda *a: logistic_by_torch(*a)[0], "two things"),
        (lambda *a: (logistic_by_torch(*a)[0], 1.0), "shape (4,)"),
    ],
)
def test_wrong_negative_sampling_is_told_what_is_wrong(wrong, message):
    with pytest.raises(AssertionError, match=re.escape(message)):
        check_negative_sampling(wrong)


def ndcg(hits, n_relevant):
    discount = 1 / np.log2(np.arange(2, len(hits) + 2))
    return np.sum(discount * np.array(hits)) / discount[:n_relevant].sum()


def test_ndcg_is_accepted(capsys):
    check_ndcg(ndcg)
    assert "✓ right" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("yours", "message"),
    [
        (lambda hits, n: ndcg(hits, n) * ndcg_ideal(hits, n), "that is the DCG"),
        (lambda hits, n: ndcg(hits, len(hits)), "not a hit at each place"),
        (lambda hits, n: ndcg(hits, max(sum(hits), 1)), "as many as were found"),
        (lambda hits, n: sum(hits) / len(hits), "that is the precision"),
        (
            lambda hits, n: (
                sum(h / (i + 1) for i, h in enumerate(hits)) / sum(1 / (i + 1) for i in range(min(n, len(hits))))
            ),
            "1 / place",
        ),
        (
            lambda hits, n: sum(h / np.log2(i + 1) for i, h in enumerate(hits) if i) / ndcg_ideal(hits, n),
            "log₂\\(place \\+ 1\\)",
        ),
        (lambda hits, n: sum(hits) / n, "that is the recall"),
        (
            lambda hits, n: (
                sum(h / np.log2(i + 1) for i, h in enumerate(hits))
                / sum(1 / np.log2(i + 1) for i in range(min(n, len(hits))))
            ),
            "places start at 1",
        ),
        (
            lambda hits, n: (
                sum(h / math.log2(i + 1) for i, h in enumerate(hits))
                / sum(1 / math.log2(i + 1) for i in range(min(n, len(hits))))
            ),
            "you divide by 0",
        ),
        (lambda hits, n: ndcg(hits, n) + 0.0002, "0.4778, expected 0.4776"),
        (lambda hits, n: hits, "return one number"),
        (lambda hits, n: None, "write your answer first"),
        (lambda hits, n: 7.0, "compare with the formula"),
    ],
)
def test_ndcg_slips_are_named(yours, message):
    with pytest.raises(AssertionError, match=message):
        check_ndcg(yours)


def ndcg_ideal(hits, n):
    return (1 / np.log2(np.arange(2, len(hits) + 2)))[:n].sum()


def test_an_ideal_list_longer_than_the_list_is_named():
    def yours(hits, n):
        return float(
            np.array(hits) @ (1 / np.log2(np.arange(2, len(hits) + 2))) / (1 / np.log2(np.arange(2, n + 2))).sum()
        )

    with pytest.raises(AssertionError, match="no longer than this one"):
        check_ndcg(yours)


WRONG = [
    (check_sampled_softmax, lambda *a: torch.tensor(0.5)),
    (check_lookup_gradient, lambda *a: None),
    (check_cross_fitting, lambda *a: np.zeros(3)),
    (check_cbow_gradients, lambda *a: None),
    (check_negative_sampling, lambda *a: None),
    (check_negative_sampling, lambda *a: (np.zeros(2), np.zeros(4))),
    (check_ndcg, lambda *a: None),
]


@pytest.mark.parametrize("check, wrong", WRONG)
def test_no_wrong_answer_passes_under_python_O(check, wrong):
    """Compiled as `python -O` does it: without `assert`."""
    place = {"__name__": "optimized"}
    exec(compile(Path(exercises.__file__).read_text(), exercises.__file__, "exec", optimize=1), place)
    with pytest.raises(AssertionError, match="must|return|shape|needed|expected"):
        place[check.__name__](wrong)


def single(function):
    """The same function, as one who works in float32 has it."""

    def rounded(value):
        if isinstance(value, torch.Tensor):
            return value.float() if value.is_floating_point() else value
        is_floats = isinstance(value, np.ndarray) and value.dtype.kind == "f"
        return value.astype(np.float32) if is_floats else value

    return lambda *arguments: function(*map(rounded, arguments))


def test_right_answers_in_float32_pass(capsys):
    check_sampled_softmax(single(right))
    check_lookup_gradient(single(scatter))
    check_cross_fitting(single(cross_fitted))
    check_cbow_gradients(single(cbow_by_hand))
    check_negative_sampling(single(logistic_by_torch))
    check_ndcg(lambda hits, n: np.float32(ndcg(hits, n)))
    check_ndcg(lambda hits, n: torch.tensor(ndcg(hits, n)))
    assert capsys.readouterr().out.count("✓ right") == 7


@pytest.mark.parametrize("check", [getattr(exercises, name) for name in dir(exercises) if name.startswith("check_")])
def test_a_stub_is_told_to_write_first(check):
    def stub(*arguments): ...

    with pytest.raises(AssertionError, match="write your answer first"):
        check(stub)
