"""The whiteboard: right lines pass in all their forms, wrong ones are told where and why, and nothing else runs."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from embedviz.course.whiteboard import DERIVATIONS, LINES, WrongLine, board, line
from embedviz.course.whiteboard.expressions import MOST_ENTRIES, Expression, ExpressionError
from embedviz.course.whiteboard.functions import FUNCTIONS
from embedviz.course.whiteboard.verdict import judge

OF = {one.id: derivation for derivation in DERIVATIONS.values() for one in derivation.lines}


def verdict(name: str, typed: str):
    return judge(OF[name], LINES[name], typed)


# --- References beside those of the whiteboard: autograd, and the package's own code ---------------------------------


def tensor(at, name):
    return torch.tensor(np.asarray(at[name], dtype=float), requires_grad=True)


def by_autograd(loss, at, name):
    leaf = tensor(at, name)
    return torch.autograd.grad(loss({**{key: torch.as_tensor(value) for key, value in at.items()}, name: leaf}), leaf)[
        0
    ]


def softmax_loss(at):
    return -torch.log_softmax(at["s"], 0)[at["t"]]


def of_hidden(at):
    return softmax_loss({**at, "s": at["v"] @ at["h"]})


def of_inputs(at):
    return of_hidden({**at, "h": at["u"][at["context"].long()].mean(0)})


def negative(at):
    return F.softplus(-at["s_pos"]) + F.softplus(at["s_neg"]).sum()


def negative_of_hidden(at):
    return negative({"s_pos": at["v_t"] @ at["h"], "s_neg": at["v"] @ at["h"]})


def pair(at):
    return at["p_cw"] * F.softplus(-at["s"]) + at["k"] * at["p_c"] * at["q_w"] * F.softplus(at["s"])


def posterior_loss(at):
    penalty = at["lam"] / 2 * sum((at[name] ** 2).sum() for name in ("u", "v_i", "v_j"))
    return F.softplus(at["u"] @ (at["v_j"] - at["v_i"])) + penalty


def lagrangian(at):
    rest = at["X"] - at["X"] @ at["B"]
    return (rest**2).sum() + at["lam"] * (at["B"] ** 2).sum() + 2 * (at["gamma"] * at["B"].diagonal()).sum()


def sampled(at):
    from embedviz.models.losses import sampled_softmax_loss

    batch = at["batch"].astype(int)
    scores = torch.tensor(at["s"][batch])[None]
    # Copies of the own item stay in this sum: other numbers in the place of theirs.
    numbers = torch.arange(len(batch))
    return sampled_softmax_loss(scores, numbers, torch.tensor(np.log(at["q"][batch])), at["tau"])


def ease(at):
    from sklearn.linear_model import Ridge

    N, B = at["N"], np.zeros((at["N"], at["N"]))
    for j in range(N):
        others = np.arange(N) != j
        fitted = Ridge(alpha=at["lam"], fit_intercept=False, solver="cholesky").fit(at["X"][:, others], at["X"][:, j])
        B[others, j] = fitted.coef_
    return B


def stationary(at):
    """The minimum, for the given multipliers, of a function that is quadratic in B: one step of Newton's."""
    zero = {**at, "B": np.zeros_like(at["B"])}
    gradient = by_autograd(lagrangian, zero, "B").numpy()
    return np.linalg.solve(2 * (at["X"].T @ at["X"] + at["lam"] * np.eye(at["N"])), -gradient)


def log_odds(at, q):
    """By the counts: of a pair's tries, so many are true."""
    return -np.log(at["k"] * at["p_c"] * at[q] / at["p_cw"])


def estimate(at):
    """Importance sampling: the estimate's mean over all batches of one item is Z."""
    return np.mean([np.exp(at["s"][int(j)] / at["tau"] - np.log(at["q"][int(j)])) for j in at["batch"]])


BY_OTHERS = {
    "CBOW gradient: loss": lambda at: F.cross_entropy(torch.tensor(at["s"])[None], torch.tensor([at["t"]])),
    "CBOW gradient: scores": lambda at: by_autograd(softmax_loss, at, "s"),
    "CBOW gradient: output vectors": lambda at: by_autograd(of_hidden, at, "v"),
    "CBOW gradient: hidden vector": lambda at: by_autograd(of_hidden, at, "h"),
    "CBOW gradient: context vectors": lambda at: by_autograd(of_inputs, at, "u"),
    "negative sampling: loss": lambda at: F.binary_cross_entropy_with_logits(
        torch.tensor([at["s_pos"], *at["s_neg"]]), torch.eye(1 + at["k"]).double()[0], reduction="sum"
    ),
    "negative sampling: true score": lambda at: by_autograd(negative, at, "s_pos"),
    "negative sampling: negative scores": lambda at: by_autograd(negative, at, "s_neg"),
    "negative sampling: hidden vector": lambda at: by_autograd(negative_of_hidden, at, "h"),
    "negative sampling: expected loss": lambda at: pair({key: torch.as_tensor(value) for key, value in at.items()}),
    "negative sampling: derivative": lambda at: by_autograd(pair, at, "s"),
    "negative sampling: odds": lambda at: np.exp(log_odds(at, "q_w")),
    "negative sampling: optimum": lambda at: log_odds(at, "q_w"),
    "negative sampling: unigram noise": lambda at: log_odds(at, "p_w"),
    "logQ: catalog loss": lambda at: F.cross_entropy(torch.tensor(at["s"] / at["tau"])[None], torch.tensor([at["i"]])),
    "logQ: uncorrected draw": lambda at: at["q"] @ np.exp(at["s"] / at["tau"]),
    "logQ: importance weight": lambda at: np.exp(-np.log(at["q"])),
    "logQ: estimate of Z": estimate,
    "logQ: corrected score": lambda at: at["s"] / at["tau"] - np.log(at["q"]),
    "logQ: batch loss": sampled,
    "logQ: learned without it": lambda at: np.log(at["p"] / at["q"]),
    "BPR: probability": lambda at: torch.softmax(torch.tensor([at["s_i"], at["s_j"]]), 0)[0],
    "BPR: log posterior": lambda at: -posterior_loss({key: torch.as_tensor(value) for key, value in at.items()}),
    "BPR: loss": lambda at: posterior_loss({key: torch.as_tensor(value) for key, value in at.items()}),
    "BPR: score difference": lambda at: by_autograd(lambda point: F.softplus(-point["x"]), at, "x"),
    "BPR: user vector": lambda at: by_autograd(posterior_loss, at, "u"),
    "BPR: item seen": lambda at: by_autograd(posterior_loss, at, "v_i"),
    "BPR: item not seen": lambda at: by_autograd(posterior_loss, at, "v_j"),
    "EASE: Lagrangian": lambda at: lagrangian({key: torch.as_tensor(value) for key, value in at.items()}),
    "EASE: gradient": lambda at: by_autograd(lagrangian, at, "B"),
    "EASE: stationarity": lambda at: (at["X"].T @ at["X"] + at["lam"] * np.eye(at["N"])) @ stationary(at),
    "EASE: weights with multipliers": stationary,
    "EASE: multipliers": lambda at: -np.diag((at["X"].T @ at["X"] + at["lam"] * np.eye(at["N"])) @ ease(at) - at["G"]),
    "EASE: weights": ease,
}


@pytest.mark.parametrize("name", LINES)
def test_the_reference_agrees_with_another_one(name):
    for scope in OF[name].scopes:
        expected = np.asarray(LINES[name].expected(scope), dtype=float)
        other = np.asarray(BY_OTHERS[name](scope), dtype=float)
        assert expected.shape == other.shape
        if LINES[name].free_constant:
            expected, other = expected - expected.mean(), other - other.mean()
        np.testing.assert_allclose(expected, other, rtol=1e-7, atol=1e-8)


# --- Right lines ------------------------------------------------------------------------------------------------------

# Beside `python` and `latex` of each line: what else a reader may write for it.
FORMS = {
    "CBOW gradient: loss": [
        "log(sum(exp(s - s[t])))",
        "np.log(np.exp(s).sum()) - s[t]",
        "-log(softmax(s)[t])",
        r"-\ln\frac{e^{s_t}}{\sum_l e^{s_l}}",
    ],
    "CBOW gradient: scores": [
        "p - onehot(t, N)",
        "p - y",
        "p_w - [w = t]",
        "p_j - [j = t]",
        "p[i] - (1 if i == t else 0)",
        r"p_j - \mathbb 1[j=t]",
    ],
    "CBOW gradient: output vectors": [
        "outer(p - y, h)",
        "np.outer(p - y, h)",
        "(p - y)[:, None] * h",
        "dL_ds[w] * h",
        r"(p_j - \mathbb 1[j=t]) h",
    ],
    "CBOW gradient: hidden vector": [
        "(p - y) @ v",
        "v.T @ dL_ds",
        "v.T.dot(p - y)",
        r"V^\top (\mathbf p - \mathbf y)",
        "p @ v - v[t]",
        r"\sum_w p_w \mathbf v_w - \mathbf v_{w_t}",
    ],
    "CBOW gradient: context vectors": [
        "outer(count, dL_dh) / C",
        "sum(c == w for c in context) * dL_dh / C",
        r"\frac{\partial\mathcal L}{\partial\mathbf u_w} = \frac{C_w}{C} \sum_j (p_j - y_j) \mathbf v_j",
    ],
    "negative sampling: loss": [
        "log(1 + exp(-s_pos)) + sum(log(1 + exp(s_neg)))",
        r"-\log\sigma(\mathbf v_t \cdot \mathbf h) - \sum_{i=1}^k \log\sigma(-\mathbf v_{w_i} \cdot \mathbf h)",
        r"-\log\sigma(s_t) - \sum_i \log(1-\sigma(s_{w_i}))",
    ],
    "negative sampling: true score": [
        "-sigmoid(-s_pos)",
        "-1 / (1 + exp(s_pos))",
        r"\sigma(\mathbf v_t^\top \mathbf h) - 1",
    ],
    "negative sampling: negative scores": [
        "sigmoid(s_neg)",
        "1 / (1 + exp(-s_neg[j]))",
        r"1 - \sigma(-s_i^-)",
    ],
    "negative sampling: hidden vector": [
        "dL_ds_pos * v_t + dL_ds_neg @ v",
        "-sigmoid(-s_pos) * v_t + v.T @ sigmoid(s_neg)",
        r"\sum_i \sigma(s_i) \mathbf v_i + (\sigma(s_t) - 1) \mathbf v_t",
    ],
    "negative sampling: expected loss": [
        "p_cw * log(1 + exp(-s)) + k * p_c * q_w * log(1 + exp(s))",
        r"-[\hat p(c,w)\log\sigma(s) + k\,\hat p(c)\,q(w)\log\sigma(-s)]",
        r"-p(c, w) \ln \sigma(s) - k p(c) q(w) \ln(1 - \sigma(s))",
    ],
    "negative sampling: derivative": [
        "(k * p_c * q_w + p_cw) * sigmoid(s) - p_cw",
        r"k \hat p(c) q(w) \sigma(s) - \hat p(c,w) \sigma(-s)",
        "p_cw * (sigmoid(s) - 1) + k * p_c * q_w * sigmoid(s)",
    ],
    "negative sampling: odds": [
        "p_cw / p_c / q_w / k",
        "exp(log(p_cw / (p_c * q_w)) - log(k))",
        r"\frac{p(c,w)}{k p(c) q(w)}",
    ],
    "negative sampling: optimum": [
        "log(p_cw / (k * p_c * q_w))",
        "log(p_cw) - log(p_c) - log(q_w) - log(k)",
        r"\ln\frac{\hat p(c,w)}{k\,\hat p(c)\,q(w)}",
    ],
    "negative sampling: unigram noise": [
        "log(p_cw / (p_c * p_w)) - log(k)",
        "log(exp(PMI) / k)",
        r"\mathrm{PMI}(c,w) - \log k",
    ],
    "logQ: catalog loss": [
        "-log(softmax(s / tau)[i])",
        "log(sum(exp((s - s[i]) / tau)))",
        r"-\log\frac{e^{s_i/\tau}}{\sum_j e^{s_j/\tau}}",
    ],
    "logQ: uncorrected draw": [
        "q @ exp(s / tau)",
        "mean(N * q * exp(s / tau))",
        r"\sum_l q_l \exp(s_l/\tau)",
    ],
    "logQ: importance weight": [
        "1 / q",
        "exp(-log(q[j]))",
        r"\frac1{q_j}",
        "q[j]**-1",
    ],
    "logQ: estimate of Z": [
        "mean(exp(s[batch] / tau) / q[batch])",
        r"\frac{1}{B}\sum_{b} \frac{e^{s_b/\tau}}{q_b}",
        "sum(exp(s[batch] / tau - log(q[batch]))) / B",
    ],
    "logQ: corrected score": [
        "s / tau - log(q)",
        r"s_j/\tau-\ln q_j",
        "log(exp(s[j] / tau) / q[j])",
    ],
    "logQ: batch loss": [
        "log(sum(exp(s[batch] / tau) / q[batch])) - s[i] / tau + log(q[i])",
        r"-\log\frac{e^{s_i/\tau - \log q_i}}{\sum_{j\in\text{batch}} e^{s_j/\tau-\log q_j}}",
        "-log((exp(s[i] / tau) / q[i]) / sum(exp(s[b] / tau) / q[b] for b in batch))",
    ],
    "logQ: learned without it": [
        "log(p / q)",
        r"\log\frac{p_j}{q_j} + c",
        "log(p[j]) - log(q[j]) + 5",
    ],
    "BPR: probability": [
        "1 / (1 + exp(-x))",
        r"\sigma(s_i - s_j)",
        r"\frac{e^{s_i}}{e^{s_i} + e^{s_j}}",
        r"\sigma(\hat x_{uij})",
    ],
    "BPR: log posterior": [
        "-log(1 + exp(-x)) - lam * (u @ u + v_i @ v_i + v_j @ v_j) / 2",
        r"\log\sigma(x) - \frac{\lambda}{2}\left(\mathbf u^\top\mathbf u + \|\mathbf v_i\|^2 + \|\mathbf "
        r"v_j\|^2\right)",
        "log(sigmoid(s_i - s_j)) - lam/2 * (sum(u**2) + sum(v_i**2) + sum(v_j**2))",
    ],
    "BPR: loss": [
        "-log(sigmoid(x)) + lam / 2 * (norm(u)**2 + norm(v_i)**2 + norm(v_j)**2)",
        r"\ln(1 + e^{-x}) + \frac\lambda2 (\lVert\mathbf u\rVert^2 + \lVert\mathbf v_i\rVert^2 + "
        r"\lVert\mathbf v_j\rVert^2)",
        "log(1 + exp(s_j - s_i)) + λ/2 * (u@u + v_i@v_i + v_j@v_j)",
    ],
    "BPR: score difference": [
        "-sigmoid(-x)",
        "-1 / (1 + exp(x))",
        r"-\frac{e^{-x}}{1 + e^{-x}}",
        r"-(1 - \sigma(x))",
    ],
    "BPR: user vector": [
        "-sigmoid(-x) * (v_i - v_j) + lam * u",
        "dL_dx * (v_i - v_j) + lam * u",
        r"-(1-\sigma(x))(\mathbf v_i - \mathbf v_j) + \lambda\mathbf u",
    ],
    "BPR: item seen": [
        "dL_dx * u + lam * v_i",
        "lam * v_i - u / (1 + exp(x))",
        r"-\sigma(-x)\mathbf u + \lambda\mathbf v_i",
    ],
    "BPR: item not seen": [
        "-dL_dx * u + lam * v_j",
        "sigmoid(-x) * u + lam * v_j",
        r"\sigma(-x)\,\mathbf u + \lambda\,\mathbf v_j",
    ],
    "EASE: Lagrangian": [
        "sum((X - X @ B)**2) + lam * sum(B**2) + 2 * gamma @ diag(B)",
        "trace((X - X@B).T @ (X - X@B)) + l2 * trace(B.T @ B) + 2 * trace(diagMat(gamma) @ B)",
        r"\|X-XB\|_F^2+\lambda\|B\|_F^2+2\sum_j\gamma_jB_{jj}",
    ],
    "EASE: gradient": [
        "2 * (G @ B - G + lam * B + diagMat(gamma))",
        r"2(X^\top X + \lambda I)B - 2X^\top X + 2\operatorname{diag}(\gamma)",
        "2 * (X.T @ X @ B - X.T @ X) + 2 * lam * B + 2 * I * gamma",
    ],
    "EASE: stationarity": [
        "X.T @ X - diagMat(gamma)",
        r"X^\top X - \operatorname{diag}(\gamma)",
        "G - I * gamma",
        r"G - \operatorname{diagMat}\gamma",
    ],
    "EASE: weights with multipliers": [
        "P @ (G - diag(gamma))",
        "P @ (inv(P) - lam * I - diag(gamma))",
        "I - P * (lam + gamma)",
        r"I - P\operatorname{diag}(\gamma + \lambda)",
    ],
    "EASE: multipliers": [
        "1 / diag(P) - lam",
        r"\gamma_j = 1/P_{jj} - \lambda",
        "1 / P[l, l] - l2",
    ],
    "EASE: weights": [
        "I - P / diag(P)",
        "(i == j) - P[i, j] / P[j, j]",
        r"B_{ij} = [i = j] - \frac{P_{ij}}{P_{jj}}",
        r"I - P\,\operatorname{diagMat}(1/\operatorname{diag}P)",
        "I - inv(G + lam * I) / diag(inv(G + lam * I))",
    ],
}


@pytest.mark.parametrize("name", LINES)
def test_right_forms_pass(name):
    forms = [LINES[name].python, LINES[name].latex, *FORMS[name]]
    assert len(FORMS[name]) >= 3 and any("\\" in form for form in FORMS[name])
    for form in forms:
        assert verdict(name, form).right, (form, verdict(name, form))


# --- Wrong lines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LINES)
def test_each_slip_gets_its_own_message(name):
    for slip in LINES[name].slips:
        found = verdict(name, slip.text)
        assert found.kind == "wrong" and found.slip is slip, (slip.text, found)
        assert slip.message in found.said and "expected" in found.said or "asked is" in found.said


@pytest.mark.parametrize("name", LINES)
def test_points_are_generic_each_slip_is_wrong_at_every_point(name):
    derivation, one = OF[name], LINES[name]
    for point in range(len(derivation.scopes)):
        alone = dataclasses.replace(derivation, points=lambda point=point: [list(derivation.points())[point]])
        for slip in one.slips:
            assert judge(alone, one, slip.text).kind == "wrong", (point, slip.text)


def test_points_are_the_same_each_time_and_small():
    for derivation in DERIVATIONS.values():
        first, second = list(derivation.points()), list(derivation.points())
        assert len(first) >= 3
        for one, other in zip(first, second):
            assert all(np.array_equal(one[key], other[key]) for key in one)
            assert set(derivation.symbols) <= set(one)
            assert all(np.abs(value).max() < 30 for value in one.values())
        sizes = [sum(np.size(value) for value in point.values()) for point in first]
        assert sizes == sorted(sizes)


def test_a_wrong_line_is_told_where_with_values_that_can_be_recomputed():
    said = verdict("CBOW gradient: hidden vector", "p @ v").said
    scope = OF["CBOW gradient: hidden vector"].scopes[0]
    assert "p = [0." in said and "v = [[" in said
    given, expected = scope["p"] @ scope["v"], scope["p"] @ scope["v"] - scope["v"][2]
    for vector in (given, expected):
        assert "[" + ", ".join(f"{x:.3g}" for x in vector).replace("-", "−") + "]" in said


@pytest.mark.parametrize(
    "name, typed, said",
    [
        ("CBOW gradient: hidden vector", "3 * (p @ v - v[t])", "3 times what is expected"),
        ("CBOW gradient: hidden vector", "-(p @ v) / 1 + v[t]", "the sign of ∂L/∂h"),
        ("BPR: item seen", "-((sigmoid(x) - 1) * u + lam * v_i)", "right but for the sign"),
        ("CBOW gradient: context vectors", "count[w] / C * dL_dh * N", "a factor: 4, 5, 7"),
        ("CBOW gradient: scores", "p - y[j]", "a vector of 4 for each j, asked is one number"),
        ("CBOW gradient: output vectors", "h[0]", "one number, asked is a table of 4 × 2"),
        ("CBOW gradient: scores", "log(p[j] - 1)", "Not defined"),
        ("CBOW gradient: scores", "1 / (j - j)", "division by 0"),
        ("CBOW gradient: scores", "9**9**9**9", "Not defined"),
        ("logQ: corrected score", "s[j] - 1", "for j = "),
    ],
)
def test_what_an_unknown_wrong_line_has_in_common_with_the_right_one(name, typed, said):
    found = verdict(name, typed)
    assert not found.right and said in found.said


@pytest.mark.parametrize(
    "typed, said",
    [
        ("", "nothing is written"),
        ("   ", "nothing is written"),
        ("foo", "no `foo` here. The symbols are s, p"),
        ("q[j]", "no `q`"),
        ("dL_dh", "no `dL_dh`"),  # of a later line
        ("p[j] -", "no Python expression"),
        ("p[j] - [", "no Python expression"),
        ("p_j - (j == t", "no Python expression"),
        ("import os", "no Python expression"),
        ("x := 3", "no Python expression"),
        ("__import__('os').system('true')", "no `__import__`|no function"),
        ("p.__class__", "cannot be used"),
        ("p.T.__array_interface__", "cannot be used"),
        ("(lambda: 1)()", "no function|cannot be used"),
        ("p[j] if p else 1", "one truth"),
        ("{1: 2}", "cannot be used"),
        ("f'{p}'", "cannot be used"),
        ("'p'", "no number"),
        ("[p for p in range(10**9)]", "a size from 0 to 100"),
        ("eye(100000)", "a size from 0 to 100"),
        ("sum(a * b * c for a in range(90) for b in range(90) for c in range(90))", "too many steps"),
        ("outer(outer(ones(100), ones(100)), ones(100))", "entries"),
        ("p[j]" + " + p[j]" * 200, "too many"),
        ("(" * 300 + "p" + ")" * 300, "too many|no Python"),
        ("-" * 500 + "1", "no Python|too many|Not defined|recursion"),
        ("p[1.5]", "whole number"),
        ("p[99]", "out of bounds"),
        ("t[0]", "one number and has no index"),
        ("v @ u", "shapes do not fit"),
        ("p + h", "could not be broadcast|broadcast"),
        ("p @ 2", "vectors and matrices"),
        ("sigmoid", "is a function"),
        ("foo(p)", "no `foo`"),
        ("exp()", "exp\\(\\)"),
        ("sum(p, out=p)", "axis can be used"),
        ("\x00", "no Python|cannot be read"),
        (r"\frac{p_j}{", "cannot be read"),
        (r"\int p_j", "is not known"),
        (r"q_j - [j = t]", "no `q`"),
    ],
)
def test_hostile_and_broken_input_is_answered_with_a_sentence(typed, said):
    import re

    found = verdict("CBOW gradient: scores", typed)
    assert found.kind in ("unreadable", "wrong", "undefined")
    assert re.search(said, found.said), found.said
    assert len(found.said) < 3000


def test_random_texts_never_raise():
    random, signs = np.random.default_rng(0), list("pjstv[]()+-*/@^_{}\\.,:=! 0123456789") + [r"\sum", r"\frac", "exp("]
    for _ in range(300):
        typed = "".join(random.choice(signs, size=random.integers(1, 25)))
        assert verdict("CBOW gradient: scores", typed).kind in ("right", "wrong", "undefined", "unreadable")


def test_the_functions_bound_what_they_build():
    for name in ("eye", "ones", "zeros", "range"):
        with pytest.raises(ValueError, match="from 0 to 100"):
            FUNCTIONS[name](10**8)
    assert Expression("outer(ones(100), ones(100))").value({}).size == MOST_ENTRIES
    with pytest.raises(ExpressionError, match="entries"):
        Expression("outer(ones(100), outer(ones(2), ones(60)))").value({})


def test_nothing_in_the_points_is_changed():
    before = {key: np.array(value) for key, value in OF["CBOW gradient: scores"].scopes[0].items()}
    for typed in ("p.T", "sum(p)", "p[j]", "(p := 1)", "p - y"):
        verdict("CBOW gradient: scores", typed)
    after = OF["CBOW gradient: scores"].scopes[0]
    assert all(np.array_equal(before[key], after[key]) for key in before)


# --- The board --------------------------------------------------------------------------------------------------------


def test_a_derivation_is_written_line_by_line():
    one = board("CBOW gradient")
    assert "line 1 of 5: loss" in one.step and "line 1 of 5" in repr(one)
    assert not one.write("s[t]").right and "loss" in one.step
    assert "Hint 1 of 2" in one.hint() and "the last one" in one.hint() and "Hint 2 of 2" in one.hint()
    assert one.write(r"\mathcal L = -s_t + \log\sum_j e^{s_j}").right
    assert "line 2 of 5: scores" in one.step and "Hint 1" in one.hint()
    assert "`dL_ds`" not in one.symbols and "log \\sum_j" in one.known
    assert "p_j - y_j" in one.line() and "line 3" in one.step and "`dL_ds`" in one.symbols
    assert "line 2" in one.back() and "line 1" in one.back() and "line 1" in one.back()
    for _ in range(5):
        one.line()
    assert one.current is None and "all 5 lines" in one.step
    assert one.write("anything").right and "all 5" in one.line() and "all 5" in one.hint()
    assert "line 5 of 5" in one.back()


def test_all_of_it_is_markdown_with_every_line():
    for derivation in DERIVATIONS.values():
        text = board(derivation.name).all()
        assert all(one.latex in text and one.because in text for one in derivation.lines)
        assert text.count("$$") == 2 * len(derivation.lines) and "https://" in text
        assert text._repr_markdown_() == text


def test_lines_have_names_and_places_in_the_chapters():
    import json
    from pathlib import Path

    notebooks = Path(__file__).parent.parent / "notebooks"
    headings = {}
    for number in (3, 4):
        cells = json.loads(next(notebooks.glob(f"0{number}_*.ipynb")).read_text(encoding="utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        headings[number] = {row.lstrip("# ") for text in texts for row in text.splitlines() if row.startswith("#")}
    assert line("CBOW gradient: hidden vector").place == (3, "Step 3: the hidden vector")
    for one in LINES.values():
        chapter, heading = one.place
        assert heading in headings[chapter], one.id


def test_unknown_names_are_told_what_is_near():
    with pytest.raises(KeyError, match="CBOW gradient"):
        board("CBOW gradients")
    with pytest.raises(KeyError, match="CBOW gradient: hidden vector"):
        line("CBOW gradient: hidden vectors")


def test_every_line_that_an_exercise_names_is_there():
    from embedviz.course.exercises import EXERCISES

    for exercise in EXERCISES.values():
        for slip in exercise.slips:
            assert not slip.line or line(slip.line), (exercise.name, slip.name)


def test_a_broken_line_says_where_it_stands():
    one = LINES["EASE: weights"]
    for change, said in (
        ({"slips": one.slips[:3]}, "four wrong lines"),
        ({"hints": []}, "a hint"),
        ({"place": (9, "x")}, "place"),
        ({"latex": "B"}, "no “=”"),
        ({"slips": [*one.slips, WrongLine("I", one.slips[0].message)]}, "comes twice"),
    ):
        with pytest.raises(ValueError, match=said):
            dataclasses.replace(one, **change)
    with pytest.raises(ValueError, match="comes twice"):
        dataclasses.replace(DERIVATIONS["EASE"], lines=[one, one])
