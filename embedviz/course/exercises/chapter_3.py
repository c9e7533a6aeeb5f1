"""Exercises of chapter 3: the CBOW loss, its gradients, and what negative sampling learns."""

import math
from collections import Counter

import numpy as np
import torch
from torch.nn import functional as F

from embedviz.base.arrays import unit_rows
from embedviz.course.checking import Exercise, Slip
from embedviz.models.gradients import sigmoid
from embedviz.models.gradients import softmax as softmax_of

# Windows


def window_inputs():
    yield {"length": 2, "n": 1}
    yield {"length": 5, "n": 1}
    yield {"length": 7, "n": 2}
    yield {"length": 3, "n": 5}


def windows(length, n):
    """length: words of a sentence. n: window. Return the pairs (t, c), a row for each:
    the place t of a target, and the place c of a word of its context; t from left to right, then c."""
    pairs = [(t, c) for t in range(length) for c in range(max(0, t - n), min(length, t + n + 1)) if c != t]
    return np.array(pairs)


def windows_by_mask(length, n):
    t, c = np.indices((length, length))
    return np.argwhere((abs(t - c) <= n) & (t != c))


def windows_by_loop(length, n):
    pairs = []
    for t in range(length):
        for step in [*range(-n, 0), *range(1, n + 1)]:
            if 0 <= t + step < length:
                pairs.append([t, t + step])
    return torch.tensor(pairs)


def windows_if(length, n, keep):
    return np.array([(t, c) for t in range(length) for c in range(length) if keep(t, c)]).reshape(-1, 2)


WINDOWS = Exercise(
    name="windows",
    chapter=3,
    kind="write",
    minutes=6,
    task="Which places of a sentence are target and context of each other? At the edges the window is smaller.",
    solution=windows,
    reference=windows_by_mask,
    inputs=window_inputs,
    slips=[
        Slip(
            "the target is in its own context: it could read the answer off",
            lambda length, n: windows_if(length, n, lambda t, c: abs(t - c) <= n),
            card="windows of a sentence",
        ),
        Slip(
            "only the words before the target: CBOW looks to both sides",
            lambda length, n: windows_if(length, n, lambda t, c: 0 < t - c <= n),
            card="windows of a sentence",
        ),
        Slip(
            "only the words after the target: CBOW looks to both sides",
            lambda length, n: windows_if(length, n, lambda t, c: 0 < c - t <= n),
            card="windows of a sentence",
        ),
        Slip(
            "the window is one word too small to the right: the end of `range` and of a slice is not in it, so t + n "
            "+ 1",
            lambda length, n: windows_if(length, n, lambda t, c: c != t and t - n <= c < t + n),
            card="windows of a sentence",
        ),
        Slip(
            "targets near the edges are left out: their context is smaller, but they have one",
            lambda length, n: windows_if(length, n, lambda t, c: t != c and abs(t - c) <= n and n <= t < length - n),
            card="windows of a sentence",
        ),
        Slip(
            "a place before the first counts from the end: in Python an index of −1 is the last word; cut at 0",
            lambda length, n: np.array(
                sorted({(t, (t + s) % length) for t in range(length) for s in range(-n, n + 1) if s and t + s < length})
            ).reshape(-1, 2),
            card="windows of a sentence",
        ),
    ],
    hints=[
        "For a target at t the context is the places from t − n to t + n, without t.",
        "Cut at both ends: from max(0, t − n) to min(length, t + n + 1), which `range` does not reach.",
    ],
    forms=[windows_by_loop],
    anchor="1. From counts to prediction",
)


# Softmax


def score_inputs():
    yield {"s": np.array([0.0, math.log(3)])}
    yield {"s": np.array([1000.0, 1001.0, 999.0])}
    yield {"s": np.array([-800.0, 0.0, 800.0, 1.0])}
    yield {"s": np.random.default_rng(0).normal(size=6) - 800}


def softmax(s):
    """s: (N,) scores. Return (N,) probabilities, of scores in the thousands as well."""
    e = np.exp(s - s.max())
    return e / e.sum()


SOFTMAX = Exercise(
    name="softmax",
    chapter=3,
    kind="fix",
    minutes=5,
    task="`np.exp(s) / np.exp(s).sum()` is right on paper. At a score of 1,000 it says NaN. Mend it.",
    solution=softmax,
    reference=lambda s: torch.softmax(torch.from_numpy(s), 0),
    inputs=score_inputs,
    slips=[
        Slip(
            "e¹⁰⁰⁰ is infinite in floating point: subtract the largest score first, which changes no probability",
            lambda s: quiet(lambda: np.exp(s) / np.exp(s).sum()),
            card="softmax gives NaN",
        ),
        Slip(
            "the signs: the largest score must get the largest probability",
            lambda s: softmax_of(-s),
            card="softmax gives NaN",
        ),
        Slip(
            "divide by the sum of the exponentials, not by the largest",
            lambda s: np.exp(s - s.max()),
            card="softmax gives NaN",
        ),
        Slip(
            "exponentials first, then the sum: scores may be negative, shares may not",
            lambda s: s / s.sum(),
            card="softmax gives NaN",
        ),
        Slip(
            "a sigmoid of each score: these do not sum to 1; in a softmax the words compete",
            lambda s: quiet(lambda: sigmoid(s)),
            card="softmax gives NaN",
        ),
        Slip(
            "the largest is subtracted in the numerator only: it must be the same in both",
            lambda s: quiet(lambda: np.exp(s - s.max()) / np.exp(s).sum()),
            card="softmax gives NaN",
        ),
        Slip("that is log p: take no logarithm yet", lambda s: np.log(softmax_of(s)), card="softmax gives NaN"),
    ],
    hints=[
        "Add a constant to all scores: what happens to the fractions?",
        "Nothing: $e^c$ cancels. So subtract the largest score, and the largest exponential is e⁰ = 1.",
    ],
    forms=[
        lambda s: F.softmax(torch.from_numpy(s), dim=0),
        lambda s: np.array([1 / np.sum(np.exp(np.clip(s - one, None, 700))) for one in s]),
    ],
    anchor="Forward, a line at a time",
)


def quiet(compute):
    with np.errstate(all="ignore"):
        return compute()


# ∂L/∂s


def error_inputs():
    yield {"s": np.array([0.0, 0.0]), "target": 1}
    yield {"s": np.array([1.0, -1.0, 0.5]), "target": 0}
    yield {"s": np.random.default_rng(1).normal(size=6), "target": 4}


def score_gradient(s, target):
    """s: (N,) scores. target: number of the true word. Return ∂L/∂s, (N,), for L = −log softmax(s)[target]."""
    p = np.exp(s) / np.exp(s).sum()
    p[target] -= 1
    return p


def score_gradient_by_autograd(s, target):
    leaf = torch.tensor(s, requires_grad=True)
    F.cross_entropy(leaf[None], torch.tensor([target])).backward()
    return leaf.grad


def score_gradient_by_steps(s, target):
    p, gradient = softmax_of(s), []
    for w in range(len(s)):
        gradient.append(p[w] - (w == target))
    return gradient


def one_hot(target, n):
    return np.eye(n)[target]


SCORE_GRADIENT = Exercise(
    name="gradient of the scores",
    chapter=3,
    kind="derive",
    minutes=10,
    task=r"$L = -s_t + \log \sum_j e^{s_j}$. Derive $\partial L/\partial s_w$ for each word w, the target and the "
    "others, and write it.",
    solution=score_gradient,
    reference=score_gradient_by_autograd,
    inputs=error_inputs,
    slips=[
        Slip(
            "the target's part is missing: −sₜ gives −1 where w = t",
            lambda s, target: softmax_of(s),
            card="prediction minus truth",
        ),
        Slip(
            "the sign: it is what the model says less what is true, p − one-hot",
            lambda s, target: one_hot(target, len(s)) - softmax_of(s),
            card="prediction minus truth",
        ),
        Slip(
            "1 is taken from all words: only the target's gets −1",
            lambda s, target: softmax_of(s) - 1,
            card="prediction minus truth",
        ),
        Slip(
            "only the target has a gradient here: the logarithm's sum holds all scores, so each word has one",
            lambda s, target: (softmax_of(s) - 1) * one_hot(target, len(s)),
            card="prediction minus truth",
        ),
        Slip(
            "that is ∂L/∂p, −1/p at the target: go on through the softmax",
            lambda s, target: -one_hot(target, len(s)) / softmax_of(s),
            card="prediction minus truth",
        ),
        Slip(
            "p(1 − p) is the derivative of a probability itself, not of −log pₜ",
            lambda s, target: softmax_of(s) * (1 - softmax_of(s)),
            card="prediction minus truth",
        ),
        Slip(
            "the scores are not probabilities yet: softmax first",
            lambda s, target: s - one_hot(target, len(s)),
            card="prediction minus truth",
        ),
    ],
    hints=[
        "Two terms. Which scores does $-s_t$ depend on?",
        r"The derivative of $\log \sum_j e^{s_j}$ is $e^{s_w} / \sum_j e^{s_j}$: you know it as $p_w$.",
        "Together: $p_w - [w = t]$.",
    ],
    forms=[score_gradient_by_steps],
    anchor="Step 1: the scores",
    line="CBOW gradient: scores",
)


# ∂L/∂h and ∂L/∂v


def layer_inputs():
    random = np.random.default_rng(2)
    yield {"v": np.array([[1.0, 0.0], [0.0, 1.0]]), "h": np.array([0.0, 0.0]), "target": 0}
    yield {"v": random.normal(size=(3, 2)), "h": random.normal(size=2), "target": 2}
    yield {"v": random.normal(size=(6, 4)), "h": random.normal(size=4), "target": 1}


def loss_of_layer(v, h, target):
    return F.cross_entropy((v @ h)[None], torch.tensor([target]))


def layer_by_autograd(v, h, target, of):
    leaves = {"v": torch.tensor(v, requires_grad=True), "h": torch.tensor(h, requires_grad=True)}
    return torch.autograd.grad(loss_of_layer(leaves["v"], leaves["h"], target), leaves[of])[0]


def residual(v, h, target):
    return softmax_of(v @ h) - one_hot(target, len(v))


def hidden_gradient(v, h, target):
    """v: (N, d) output vectors. h: (d,). target: number of the true word.
    Return ∂L/∂h, (d,), for L = −log softmax(v @ h)[target]."""
    e = np.exp(v @ h)
    return e @ v / e.sum() - v[target]


HIDDEN_GRADIENT = Exercise(
    name="gradient of the hidden vector",
    chapter=3,
    kind="derive",
    minutes=8,
    task=r"Every score knows h: $s_w = v_w \cdot h$. Collect their errors: what is $\partial L/\partial h$?",
    solution=hidden_gradient,
    reference=lambda v, h, target: layer_by_autograd(v, h, target, "h"),
    inputs=layer_inputs,
    slips=[
        Slip(
            "the target's vector is missing: it is (Σ pⱼ vⱼ) − vₜ",
            lambda v, h, t: softmax_of(v @ h) @ v,
            card="gradients of a CBOW step",
        ),
        Slip(
            "only the target's vector is left: all words push, each with its probability",
            lambda v, h, t: -v[t],
            card="gradients of a CBOW step",
        ),
        Slip(
            "the sign: a step *against* the gradient must bring h nearer to vₜ",
            lambda v, h, t: -residual(v, h, t) @ v,
            card="gradients of a CBOW step",
        ),
        Slip(
            "the words weigh alike: each weighs as much as the model believed it, its probability",
            lambda v, h, t: v.mean(0) - v[t],
            card="gradients of a CBOW step",
        ),
        Slip(
            "it is a sum over the words, not their mean",
            lambda v, h, t: residual(v, h, t) @ v / len(v),
            card="gradients of a CBOW step",
        ),
        Slip(
            "the target's error is (pₜ − 1), and the other words' is not 0",
            lambda v, h, t: (softmax_of(v @ h)[t] - 1) * v[t],
            card="gradients of a CBOW step",
            line="CBOW gradient: scores",
        ),
        Slip(
            "the scores are no probabilities: softmax first",
            lambda v, h, t: (v @ h) @ v - v[t],
            card="softmax gives NaN",
            line="CBOW gradient: scores",
        ),
    ],
    hints=[
        r"Chain rule: $\partial L/\partial h = \sum_w \partial L/\partial s_w \cdot \partial s_w/\partial h$.",
        r"$\partial L/\partial s_w$ is $p_w - [w = t]$, and $\partial s_w/\partial h$ is $v_w$.",
    ],
    forms=[
        lambda v, h, target: sum(error * row for error, row in zip(residual(v, h, target), v)),
        lambda v, h, target: torch.from_numpy(v).T @ torch.from_numpy(residual(v, h, target)),
    ],
    anchor="Step 3: the hidden vector",
    line="CBOW gradient: hidden vector",
)


def output_gradient(v, h, target):
    """v: (N, d) output vectors. h: (d,). target: number of the true word.
    Return ∂L/∂v, (N, d), for L = −log softmax(v @ h)[target]."""
    p = np.exp(v @ h)
    p /= p.sum()
    p[target] -= 1
    return np.outer(p, h)


OUTPUT_GRADIENT = Exercise(
    name="gradient of the output vectors",
    chapter=3,
    kind="derive",
    minutes=8,
    task=r"$s_w = v_w \cdot h$, and no other score knows $v_w$. What is "
    r"$\partial L/\partial v$, for all words at once?",
    solution=output_gradient,
    reference=lambda v, h, target: layer_by_autograd(v, h, target, "v"),
    inputs=lambda: list(layer_inputs())[1:],
    slips=[
        Slip(
            "the target is pushed away like all others: its error is p − 1",
            lambda v, h, t: np.outer(softmax_of(v @ h), h),
            card="prediction minus truth",
            line="CBOW gradient: scores",
        ),
        Slip(
            "the sign: the error is p − one-hot",
            lambda v, h, t: -np.outer(residual(v, h, t), h),
            card="prediction minus truth",
            line="CBOW gradient: scores",
        ),
        Slip(
            "only the target's row has a gradient here: every word's score is in the loss",
            lambda v, h, t: np.outer(residual(v, h, t) * one_hot(t, len(v)), h),
            card="gradients of a CBOW step",
        ),
        Slip(
            "each row is its error times h, not times v: ∂(v · h)/∂v = h",
            lambda v, h, t: residual(v, h, t)[:, None] * v,
            card="gradients of a CBOW step",
        ),
        Slip(
            "the table is (N, d): you have it transposed",
            lambda v, h, t: np.outer(h, residual(v, h, t)),
            card="gradients of a CBOW step",
        ),
        Slip(
            "divided by N: it is no mean over the words",
            lambda v, h, t: np.outer(residual(v, h, t), h) / len(v),
            card="gradients of a CBOW step",
        ),
    ],
    hints=[
        r"Row w: $\partial L/\partial s_w$ times $\partial s_w/\partial v_w$. What is the second factor?",
        r"It is h for all of them. So row w is $(p_w - [w = t])\, h$: an outer product.",
    ],
    forms=[
        lambda v, h, target: residual(v, h, target)[:, None] * h[None],
        lambda v, h, target: torch.outer(torch.from_numpy(residual(v, h, target)), torch.from_numpy(h)),
    ],
    anchor="Step 2: the output vectors",
    line="CBOW gradient: output vectors",
)


# ∂L/∂u


def context_inputs():
    random = np.random.default_rng(3)
    yield {"toward_h": np.array([1.0, -2.0]), "context": [1, 0], "N": 3}
    yield {"toward_h": np.array([1.0, -2.0]), "context": [0, 2, 0], "N": 3}
    yield {"toward_h": random.normal(size=3), "context": [4, 1, 4, 4], "N": 6}


def input_gradient(toward_h, context, N):
    """toward_h: (d,), ∂L/∂h. context: list of word numbers, a word may come twice. N: words.
    Return ∂L/∂u, (N, d): h is the mean of the rows u[context]."""
    gradient = np.zeros((N, len(toward_h)), dtype=toward_h.dtype)
    np.add.at(gradient, context, toward_h / len(context))
    return gradient


def input_gradient_by_autograd(toward_h, context, N):
    u = torch.zeros(N, len(toward_h), dtype=torch.float64, requires_grad=True)
    u[context].mean(0).backward(torch.from_numpy(toward_h))
    return u.grad


def input_gradient_by_counts(toward_h, context, N):
    counts = Counter(context)
    return np.array([counts[w] / len(context) * toward_h for w in range(N)])


def written_once(toward_h, context, N):
    gradient = np.zeros((N, len(toward_h)))
    gradient[context] += toward_h / len(context)
    return gradient


INPUT_GRADIENT = Exercise(
    name="gradient of the input vectors",
    chapter=3,
    kind="derive",
    minutes=10,
    task=r"$h = \frac{1}{C} \sum u_c$ over the context. Hand $\partial L/\partial h$ on to the input "
    "vectors, also to a word that comes twice.",
    solution=input_gradient,
    reference=input_gradient_by_autograd,
    inputs=context_inputs,
    slips=[
        Slip(
            "each context word gets the whole of ∂L/∂h: h is a *mean*, so each gets 1/C of it (word2vec.c and gensim "
            "do "
            "as you did: their CBOW does not follow its own loss)",
            lambda toward_h, context, N: len(context) * input_gradient(toward_h, context, N),
            card="missing 1/C",
        ),
        Slip(
            "a word that comes twice gets its part once: `gradient[context] += …` writes a row once; use np.add.at",
            written_once,
            card="a word twice in the context",
        ),
        Slip(
            "you divide by the number of *different* words: C counts a repeated word each time",
            lambda toward_h, context, N: input_gradient(toward_h, context, N) * len(context) / len(set(context)),
            card="a word twice in the context",
        ),
        Slip(
            "you divide by N, the vocabulary: the mean is over the context",
            lambda g, c, N: input_gradient(g, c, N) * len(c) / N,
            card="a word twice in the context",
        ),
        Slip("right, but for its sign", lambda g, c, N: -input_gradient(g, c, N), card="gradients of a CBOW step"),
        Slip(
            "words outside the context have no part in h: their gradient is 0",
            lambda g, c, N: np.tile(g / len(c), (N, 1)),
            card="gradients of a CBOW step",
        ),
        Slip(
            "that is a row for each place of the context: put it into the word's row of the table",
            lambda g, c, N: np.tile(g / len(c), (len(c), 1)),
            card="gradients of a CBOW step",
        ),
    ],
    hints=[
        r"$h = \sum_w (C_w / C)\, u_w$, with $C_w$ the times that w is in the context. So what is "
        r"$\partial h/\partial u_w$?",
        r"Row w is $(C_w / C)\, \partial L/\partial h$. `np.add.at` adds a repeated index each time.",
    ],
    forms=[input_gradient_by_counts],
    anchor="Step 4: the context vectors",
    line="CBOW gradient: context vectors",
)


# Negative sampling


def negative_inputs():
    random = np.random.default_rng(4)
    yield {"h": np.zeros(2), "v_target": np.array([1.0, 0.0]), "v_negatives": np.array([[0.0, 1.0]])}
    yield {"h": random.normal(size=2), "v_target": random.normal(size=2), "v_negatives": random.normal(size=(2, 2))}
    yield {"h": random.normal(size=4), "v_target": random.normal(size=4), "v_negatives": random.normal(size=(3, 4))}


def minus_log_sigmoid(s):
    return np.logaddexp(0, -s)


def negative_sampling(h, v_target, v_negatives):
    """h: (d,). v_target: (d,). v_negatives: (k, d).
    Return the loss −log σ(v_t · h) − Σ log σ(−v_i · h), and ∂L/∂h, (d,)."""
    true, false = v_target @ h, v_negatives @ h
    loss = np.log1p(np.exp(-true)) + np.log1p(np.exp(false)).sum()
    errors = 1 / (1 + np.exp(-false))
    return loss, (1 / (1 + np.exp(-true)) - 1) * v_target + errors @ v_negatives


def negative_sampling_by_autograd(h, v_target, v_negatives):
    leaf = torch.tensor(h, requires_grad=True)
    true, false = torch.from_numpy(v_target) @ leaf, torch.from_numpy(v_negatives) @ leaf
    loss = -F.logsigmoid(true) - F.logsigmoid(-false).sum()
    loss.backward()
    return loss.item(), leaf.grad


def negative_sampling_by_labels(h, v_target, v_negatives):
    v = np.vstack([v_target, v_negatives])
    y = np.arange(len(v)) == 0
    loss = minus_log_sigmoid(np.where(y, 1, -1) * (v @ h)).sum()
    return loss, (sigmoid(v @ h) - y) @ v


def variant(true_sign=1, false_sign=-1, share=1.0, target_error=1.0, negative_error=0.0, sign=1):
    """A negative sampling with something else in it."""

    def wrong(h, v_target, v_negatives):
        true, false = v_target @ h, v_negatives @ h
        weight = share if share >= 0 else 1 / len(v_negatives)
        loss = minus_log_sigmoid(true_sign * true) + weight * minus_log_sigmoid(false_sign * false).sum()
        gradient = (sigmoid(true) - target_error) * v_target + weight * (sigmoid(false) - negative_error) @ v_negatives
        return sign * loss, sign * gradient

    return wrong


NEGATIVE_SAMPLING = Exercise(
    name="negative sampling",
    chapter=3,
    kind="derive",
    minutes=12,
    task="One true word, k made up ones. Write the loss, and its gradient with respect to h.",
    solution=negative_sampling,
    reference=negative_sampling_by_autograd,
    inputs=negative_inputs,
    parts=("the loss", "∂L/∂h"),
    slips=[
        Slip(
            "the sign of both: a loss is −log of a probability",
            variant(sign=-1),
            card="loss of negative sampling",
            line="negative sampling: loss",
        ),
        Slip(
            "the negatives must be scored *low*: log σ(−v·h), with a minus",
            lambda h, t, n: (
                minus_log_sigmoid(t @ h) + minus_log_sigmoid(n @ h).sum(),
                negative_sampling(h, t, n)[1],
            ),
            card="loss of negative sampling",
            line="negative sampling: loss",
        ),
        Slip(
            "add the negatives up, don't average: k of them weigh k times as much as the target",
            variant(share=-1),
            card="loss of negative sampling",
            line="negative sampling: loss",
        ),
        Slip(
            "the negatives are missing",
            lambda h, t, n: variant(share=0.0)(h, t, n),
            card="every cosine near one",
            line="negative sampling: loss",
        ),
        Slip(
            "the target's error is σ(s) − 1, since its label is 1",
            variant(target_error=0.0),
            card="loss of negative sampling",
            line="negative sampling: true score",
        ),
        Slip(
            "the negatives' error is σ(s): their label is 0, not 1",
            variant(negative_error=1.0),
            card="loss of negative sampling",
            line="negative sampling: negative scores",
        ),
        Slip(
            "the loss is right; the sign of the gradient: the error is σ(s) − label",
            lambda h, t, n: (negative_sampling(h, t, n)[0], -negative_sampling(h, t, n)[1]),
            card="loss of negative sampling",
        ),
        Slip(
            "log σ of the sum of the scores is not the sum of the log σ: each negative by itself",
            lambda h, t, n: (
                minus_log_sigmoid(t @ h) + minus_log_sigmoid(-(n @ h).sum()),
                negative_sampling(h, t, n)[1],
            ),
            card="loss of negative sampling",
            line="negative sampling: loss",
        ),
    ],
    hints=[
        "Each word is a question of its own, yes or no: logistic regression with the score v · h.",
        "d/ds (−log σ(s)) = σ(s) − 1 and d/ds (−log σ(−s)) = σ(s): what the model says, less what is true.",
    ],
    forms=[negative_sampling_by_labels],
    anchor="Negative sampling: ask an easier question",
    line="negative sampling: hidden vector",
)


# The optimum of negative sampling


def count_inputs():
    random = np.random.default_rng(5)
    yield {"counts": np.array([[3.0, 1.0], [1.0, 3.0]]), "q": np.array([0.25, 0.75]), "k": 2}
    yield {"counts": random.integers(1, 9, (3, 4)).astype(float), "q": np.array([0.1, 0.2, 0.3, 0.4]), "k": 5}


def best_scores(counts, q, k):
    """counts: (N, N), how often context c (row) came with word w (column), none is 0.
    q: (N,), from which the k negatives are drawn. Return the scores that make the loss least."""
    of_context = counts.sum(axis=1, keepdims=True)
    return np.log(counts / (of_context * q)) - np.log(k)


def best_scores_by_labels(counts, q, k):
    """A pair comes up as true so often, and as made up so often: the logit of its share of true ones."""
    made_up = k * counts.sum(axis=1)[:, None] * q[None]
    share = counts / (counts + made_up)
    return np.log(share) - np.log(1 - share)


def best_scores_by_descent(counts, q, k):
    s = torch.zeros(counts.shape, dtype=torch.float64, requires_grad=True)
    true = torch.from_numpy(counts)
    made_up = k * true.sum(1, keepdim=True) * torch.from_numpy(q)
    optimizer = torch.optim.LBFGS([s], max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-14)

    def loss():
        optimizer.zero_grad()
        value = -(true * F.logsigmoid(s) + made_up * F.logsigmoid(-s)).sum() / true.sum()
        value.backward()
        return value

    optimizer.step(loss)
    return s


def pmi(counts):
    p = counts / counts.sum()
    return np.log(p / (p.sum(1, keepdims=True) * p.sum(0, keepdims=True)))


BEST_SCORES = Exercise(
    name="optimum of negative sampling",
    chapter=3,
    kind="derive",
    minutes=15,
    task="If each pair (c, w) could have a score of its own: which one makes the loss of negative sampling least?",
    solution=best_scores,
    reference=best_scores_by_labels,
    inputs=count_inputs,
    slips=[
        Slip(
            "− log k is missing: k made up pairs for each true one",
            lambda c, q, k: best_scores(c, q, 1),
            card="optimum of negative sampling",
        ),
        Slip(
            "it is − log k: more made up pairs make each pair less likely true",
            lambda c, q, k: best_scores(c, q, 1) + np.log(k),
            card="optimum of negative sampling",
        ),
        Slip(
            "that is the PMI with p(w): the negatives are drawn from q",
            lambda c, q, k: pmi(c) - np.log(k),
            card="optimum of negative sampling",
        ),
        Slip(
            "that is the sigmoid's value, the share of true ones: its logit is asked for",
            lambda c, q, k: sigmoid(best_scores(c, q, k)),
            card="optimum of negative sampling",
            line="negative sampling: odds",
        ),
        Slip(
            "the logarithm is missing: σ(s) = true / (true + made up), so s = log(true / made up)",
            lambda c, q, k: np.exp(best_scores(c, q, k)),
            card="optimum of negative sampling",
        ),
        Slip(
            "the frequency of the context is missing: a negative comes with the same context",
            lambda c, q, k: np.log(c / c.sum() / q) - np.log(k),
            card="optimum of negative sampling",
            line="negative sampling: expected loss",
        ),
        Slip(
            "max(0, ·) makes it positive PMI, which is another model",
            lambda c, q, k: np.maximum(best_scores(c, q, k), 0),
            card="PPMI and SVD",
            line="negative sampling: unigram noise",
        ),
        Slip(
            "rows and columns: rows are contexts, q is of the words, so of the columns",
            lambda c, q, k: (
                np.log(c / c.sum() / ((c / c.sum()).sum(0, keepdims=True) * np.resize(q, len(c))[:, None])) - np.log(k)
            ),
            card="optimum of negative sampling",
        ),
    ],
    hints=[
        "In the whole text the pair is true p(c, w) T times, and made up k p(c) q(w) T times. Write its part of the "
        "loss.",
        "Set the derivative with respect to s to 0: p(c, w) (1 − σ(s)) = k p(c) q(w) σ(s).",
        r"$\sigma/(1 - \sigma) = e^s$. So $s = \log \frac{p(c, w)}{p(c)\, q(w)} - \log k$.",
    ],
    forms=[best_scores_by_descent],
    anchor="What does it learn?",
    line="negative sampling: optimum",
)


# Noise and subsampling


def noise(counts):
    """counts: (N,), how often each word occurs. Return word2vec's distribution of negatives: counts to the power "
    "3/4."""
    weights = counts**0.75
    return weights / weights.sum()


NOISE = Exercise(
    name="noise distribution",
    chapter=3,
    kind="write",
    minutes=4,
    task="From which distribution does word2vec draw its negatives?",
    solution=noise,
    reference=lambda counts: [float(c) ** 0.75 / sum(float(x) ** 0.75 for x in counts) for c in counts],
    inputs=lambda: [{"counts": np.array([1.0, 16.0])}, {"counts": np.array([100.0, 10, 10, 1])}],
    slips=[
        Slip(
            "these are weights: divide by their sum, probabilities sum to 1",
            lambda c: c**0.75,
            card="power of three quarters",
        ),
        Slip(
            "that is how often the words occur: to the power 3/4, the rare ones get more",
            lambda c: c / c.sum(),
            card="power of three quarters",
        ),
        Slip(
            "4/3 gives to the frequent ones: the power is 3/4",
            lambda c: c ** (4 / 3) / (c ** (4 / 3)).sum(),
            card="power of three quarters",
        ),
        Slip("the power is 3/4, not 1/2", lambda c: c**0.5 / (c**0.5).sum(), card="power of three quarters"),
        Slip(
            "all words alike: the power is 3/4, not 0",
            lambda c: np.full(len(c), 1 / len(c)),
            card="power of three quarters",
        ),
        Slip(
            "the power comes before the sum: the power of a sum is not the sum of the powers",
            lambda c: c**0.75 / c.sum() ** 0.75,
            card="power of three quarters",
        ),
        Slip(
            "the power −3/4 prefers the rare words: they are to get *more* than their share, not most",
            lambda c: c**-0.75 / (c**-0.75).sum(),
            card="power of three quarters",
        ),
    ],
    hints=["Raise each count to the power 3/4, then make them sum to 1."],
    forms=[
        lambda c: (c / c.sum()) ** 0.75 / ((c / c.sum()) ** 0.75).sum(),
        lambda c: torch.softmax(0.75 * torch.from_numpy(c).log(), 0),
    ],
    anchor="What does it learn?",
)


def kept(counts, threshold):
    """counts: (N,), how often each word occurs. threshold: θ.
    Return the probability that one token of each word stays: min(1, √(θ/f) + θ/f), f its share of the text."""
    f = counts / counts.sum()
    return np.minimum(1, np.sqrt(threshold / f) + threshold / f)


KEPT = Exercise(
    name="subsampling",
    chapter=3,
    kind="write",
    minutes=5,
    task="Half of a text is *the, of, to*. With which probability does word2vec keep a token?",
    solution=kept,
    reference=lambda c, t: [min(1.0, math.sqrt(t / (x / sum(c))) + t / (x / sum(c))) for x in c.tolist()],
    inputs=lambda: [
        {"counts": np.array([1.0, 999.0]), "threshold": 0.01},
        {"counts": np.array([5000.0, 300, 20, 1]), "threshold": 1e-3},
    ],
    slips=[
        Slip(
            "a probability is at most 1: rare words stay, all of them",
            lambda c, t: np.sqrt(t * c.sum() / c) + t * c.sum() / c,
            card="chance to be kept",
        ),
        Slip("that is the probability to be *dropped*", lambda c, t: 1 - kept(c, t), card="chance to be kept"),
        Slip(
            "f is the word's share of the text, not its count",
            lambda c, t: np.minimum(1, np.sqrt(t / c) + t / c),
            card="chance to be kept",
        ),
        Slip(
            "that is the paper's formula, √(θ/f); the program adds θ/f",
            lambda c, t: np.minimum(1, np.sqrt(t * c.sum() / c)),
            card="chance to be kept",
        ),
        Slip(
            "the root of f/θ is upside down: the frequent ones must be dropped",
            lambda c, t: np.minimum(1, np.sqrt(c / c.sum() / t) + c / c.sum() / t),
            card="chance to be kept",
        ),
        Slip("the square root is missing", lambda c, t: np.minimum(1, 2 * t * c.sum() / c), card="chance to be kept"),
    ],
    hints=["First the share f of each word; then the formula; then cut at 1."],
    forms=[
        lambda c, t: torch.clamp(torch.from_numpy(np.sqrt(t * c.sum() / c) + t * c.sum() / c), max=1),
        lambda c, t: np.where(
            np.sqrt(t * c.sum() / c) + t * c.sum() / c > 1, 1, np.sqrt(t * c.sum() / c) + t * c.sum() / c
        ),
    ],
    anchor="4. Training on two million words",
)


# Analogies


def analogy_inputs():
    random = np.random.default_rng(6)
    yield {"u": np.array([[1.0, 0], [1, 1], [0.2, 3], [0.1, 0.9], [-1, 0]]), "a": 0, "b": 1, "c": 3}
    for rows in (12, 30, 60):
        u = random.normal(size=(rows, 3)) * random.uniform(0.2, 5, (rows, 1))
        yield {"u": u, "a": 1, "b": 4, "c": 7}


def analogy(u, a, b, c):
    """u: (N, d) vectors. a, b, c: rows. Return the row d with a : b as c : d,
    by the cosine to b − a + c of the vectors scaled to length 1; a, b and c are no answers."""
    rows = u / np.linalg.norm(u, axis=1, keepdims=True)
    scores = rows @ (rows[b] - rows[a] + rows[c])
    scores[[a, b, c]] = -np.inf
    return scores.argmax()


def analogy_by_sums(u, a, b, c):
    """3CosAdd as Levy & Goldberg (2014) write it: cos(d, b) − cos(d, a) + cos(d, c)."""

    def cos(x, y):
        return x @ y / math.sqrt(x @ x) / math.sqrt(y @ y)

    others = [d for d in range(len(u)) if d not in (a, b, c)]
    return max(others, key=lambda d: cos(u[d], u[b]) - cos(u[d], u[a]) + cos(u[d], u[c]))


def analogy_by_torch(u, a, b, c):
    rows = F.normalize(torch.from_numpy(u), dim=1)
    scores = F.cosine_similarity(rows, (rows[b] - rows[a] + rows[c])[None])
    return scores.index_fill(0, torch.tensor([a, b, c]), -2).argmax()


def answer_of(scores, out):
    scores = np.array(scores, dtype=float)
    scores[list(out)] = -np.inf
    return scores.argmax()


ANALOGY = Exercise(
    name="analogy",
    chapter=3,
    kind="fix",
    minutes=6,
    task="*man* : *king* as *woman* : ? Without a rule the answer is mostly *king* itself. Write it with the rule.",
    solution=analogy,
    reference=analogy_by_sums,
    inputs=analogy_inputs,
    slips=[
        Slip(
            "one of the three given words comes out: they are nearest to their own sum, so leave them out",
            lambda u, a, b, c: (unit_rows(u) @ (unit_rows(u)[b] - unit_rows(u)[a] + unit_rows(u)[c])).argmax(),
            card="analogy by hand",
        ),
        Slip(
            "scale the vectors to length 1 first: a long one, of a frequent word, would decide alone",
            lambda u, a, b, c: answer_of(u @ (u[b] - u[a] + u[c]), (a, b, c)),
            card="analogy by hand",
        ),
        Slip(
            "it is b − a + c: what b has more than a, added to c",
            lambda u, a, b, c: answer_of(
                unit_rows(u) @ (unit_rows(u)[a] - unit_rows(u)[b] + unit_rows(u)[c]), (a, b, c)
            ),
            card="analogy by hand",
        ),
        Slip(
            "the parts are not scaled before they are added: a long one outweighs the others",
            lambda u, a, b, c: answer_of(unit_rows(u) @ (u[b] - u[a] + u[c]), (a, b, c)),
            card="analogy by hand",
        ),
        Slip(
            "that is the *least* like it",
            lambda u, a, b, c: int(
                np.delete(np.arange(len(u)), [a, b, c])[
                    np.delete(unit_rows(u) @ (unit_rows(u)[b] - unit_rows(u)[a] + unit_rows(u)[c]), [a, b, c]).argmin()
                ]
            ),
            card="analogy by hand",
        ),
        Slip(
            "the place is counted without the words left out: give the row in the whole table",
            lambda u, a, b, c: np.delete(
                unit_rows(u) @ (unit_rows(u)[b] - unit_rows(u)[a] + unit_rows(u)[c]), [a, b, c]
            ).argmax(),
            card="analogy by hand",
        ),
    ],
    hints=[
        "Scale all rows to length 1. The query is row b minus row a plus row c.",
        "Set the scores of a, b and c to −∞ before you take the largest.",
    ],
    forms=[analogy_by_torch],
    anchor="5. Is it any good?",
)


# Finite differences


def difference_inputs():
    yield {"f": lambda x: x[0] ** 3, "x": np.array([1.0]), "step": 0.1}
    yield {"f": lambda x: x[0] * x[1] ** 3 + x[1], "x": np.array([2.0, -1.0]), "step": 0.1}
    yield {"f": lambda x: np.sin(x).sum() * x[0] ** 2, "x": np.array([0.3, 2.0, -1.0]), "step": 0.2}


def finite_difference(f, x, step):
    """f: of a vector, returns a number. x: (d,). step: h.
    Return (f(x + h eᵢ) − f(x − h eᵢ)) / 2h for each i, (d,): the central difference."""
    gradient = np.zeros(len(x))
    for i in range(len(x)):
        move = np.zeros(len(x))
        move[i] = step
        gradient[i] = (f(x + move) - f(x - move)) / (2 * step)
    return gradient


def sides(f, x, step, right=1, left=-1, over=2):
    return np.array([(f(x + right * e) - f(x + left * e)) / (over * step) for e in step * np.eye(len(x))])


def moved_together(f, x, step):
    return np.full(len(x), (f(x + step) - f(x - step)) / (2 * step))


FINITE_DIFFERENCE = Exercise(
    name="finite difference",
    chapter=3,
    kind="write",
    minutes=6,
    task="The referee of every gradient that you derive. It must not know any derivative.",
    solution=finite_difference,
    reference=lambda f, x, step: sides(f, x, step),
    inputs=difference_inputs,
    slips=[
        Slip(
            "divide by the whole way from left to right, 2h",
            lambda f, x, h: sides(f, x, h, over=1),
            card="check of a gradient",
        ),
        Slip(
            "that is the difference to the right alone: its error falls with h only, the central one's with h²",
            lambda f, x, h: sides(f, x, h, left=0, over=1),
            card="check of a gradient",
        ),
        Slip(
            "that is the difference to the left alone: the central one goes to both sides",
            lambda f, x, h: sides(f, x, h, right=0, over=1),
            card="check of a gradient",
        ),
        Slip(
            "the sign: f to the right less f to the left", lambda f, x, h: -sides(f, x, h), card="check of a gradient"
        ),
        Slip("not divided by the way", lambda f, x, h: 2 * h * sides(f, x, h), card="check of a gradient"),
        Slip(
            "all coordinates move together: one after the other, the others stay",
            moved_together,
            card="check of a gradient",
        ),
        Slip(
            "multiplied by the way, not divided",
            lambda f, x, h: sides(f, x, h) * (2 * h) ** 2,
            card="check of a gradient",
        ),
    ],
    hints=[
        "For each coordinate: a step to the right, a step to the left, the difference of f, by the way between them.",
        "Make a copy before you move a coordinate: x belongs to the caller.",
    ],
    forms=[
        lambda f, x, step: torch.from_numpy(sides(f, x, step)),
        lambda f, x, step: [(f(x + e) - f(x - e)) / (2 * step) for e in np.diag(np.full(len(x), step))],
    ],
    anchor="2. The loss, and its gradients",
)


# Both tables at once


def table_inputs():
    random = np.random.default_rng(7)
    inputs, outputs = random.normal(size=(2, 4, 2))
    yield {"inputs": inputs, "outputs": outputs, "context": [1, 3], "target": 0}
    inputs, outputs = random.normal(size=(2, 7, 3))
    # At the edge of a sentence, so three words; one of them twice.
    yield {"inputs": inputs, "outputs": outputs, "context": [4, 1, 4], "target": 2}
    yield {"inputs": inputs, "outputs": outputs, "context": [4, 1, 4, 5], "target": 2}


def cbow_gradients(inputs, outputs, context, target):
    """inputs, outputs: (N, d). context: list of word numbers. target: a word number.
    Return ∂L/∂inputs and ∂L/∂outputs, (N, d) each, for L = −log softmax(outputs @ mean of inputs[context])[target]."""
    h = inputs[context].mean(axis=0)
    error = np.exp(outputs @ h)
    error /= error.sum()
    error[target] -= 1
    toward_inputs = np.zeros_like(inputs)
    np.add.at(toward_inputs, context, outputs.T @ error / len(context))
    return toward_inputs, np.outer(error, h)


def cbow_by_autograd(inputs, outputs, context, target):
    u, v = (torch.tensor(table, requires_grad=True) for table in (inputs, outputs))
    loss = F.cross_entropy((v @ u[context].mean(0))[None], torch.tensor([target]))
    return torch.autograd.grad(loss, [u, v])


def cbow_by_parts(inputs, outputs, context, target):
    h = sum(inputs[word] for word in context) / len(context)
    toward_h = hidden_gradient(outputs, h, target)
    return input_gradient_by_counts(toward_h, context, len(inputs)), output_gradient(outputs, h, target)


def cbow_with(h=None, error=None, share=None, hand_on=None, sign=(1, 1)):
    """A CBOW with something else in it."""

    def wrong(inputs, outputs, context, target):
        hidden = (h or (lambda u, c: u[c].mean(0)))(inputs, context)
        errors = (error or residual)(outputs, hidden, target)
        toward_h = outputs.T @ errors / (share or len)(context)
        return (
            sign[0] * (hand_on or handed_on)(toward_h, context, len(inputs)),
            sign[1] * np.outer(errors, hidden),
        )

    return wrong


def handed_on(part, context, N):
    gradient = np.zeros((N, len(part)))
    np.add.at(gradient, context, part)
    return gradient


def handed_on_once(part, context, N):
    return handed_on(part, sorted(set(context)), N)


CBOW_GRADIENTS = Exercise(
    name="CBOW gradients",
    chapter=3,
    kind="derive",
    minutes=12,
    task="One function from a window to the gradients of both tables. The check tries an edge, and a word that comes "
    "twice.",
    solution=cbow_gradients,
    reference=cbow_by_autograd,
    inputs=table_inputs,
    parts=("∂L/∂inputs", "∂L/∂outputs"),
    slips=[
        Slip(
            "h is the *mean* of the context's vectors, not their sum; and then ∂L/∂h is divided by the size of the "
            "context",
            cbow_with(h=lambda u, c: u[c].sum(0), share=lambda c: 1),
            card="gradients of a CBOW step",
        ),
        Slip(
            "h is the *mean* of the context's vectors, not their sum",
            cbow_with(h=lambda u, c: u[c].sum(0)),
            card="gradients of a CBOW step",
        ),
        Slip(
            "each context word gets the whole of ∂L/∂h: h is a mean, so divide by the size of the context (word2vec.c "
            "and gensim do as you did)",
            cbow_with(share=lambda c: 1),
            card="missing 1/C",
        ),
        Slip(
            "you divide by the size of a full window: at an edge the context is smaller, so len(context)",
            cbow_with(share=lambda c: 4),
            card="missing 1/C",
        ),
        Slip(
            "a word that comes twice in the context counts once: gradient[context] += … writes a row once; use "
            "np.add.at",
            cbow_with(hand_on=handed_on_once),
            card="a word twice in the context",
        ),
        Slip(
            "h counts a word that comes twice only once",
            cbow_with(h=lambda u, c: u[sorted(set(c))].mean(0)),
            card="a word twice in the context",
        ),
        Slip(
            "the error is p, without the − one-hot(target)",
            cbow_with(error=lambda v, h, target: softmax_of(v @ h)),
            card="prediction minus truth",
            line="CBOW gradient: scores",
        ),
        Slip(
            "the sign of both: the error is p − one-hot(target), not one-hot(target) − p",
            cbow_with(sign=(-1, -1)),
            card="prediction minus truth",
            line="CBOW gradient: scores",
        ),
        Slip("∂L/∂inputs has the wrong sign", cbow_with(sign=(-1, 1)), card="gradients of a CBOW step"),
        Slip(
            "the two are the wrong way round: first ∂L/∂inputs, then ∂L/∂outputs",
            lambda *given: cbow_gradients(*given)[::-1],
            card="gradients of a CBOW step",
        ),
    ],
    hints=[
        "Forward first: h, the scores, p. Then backward: the error p − one-hot.",
        "∂L/∂outputs is the outer product of the error with h; ∂L/∂h = Vᵀ error.",
        "Each place of the context gets ∂L/∂h by the size of the context; np.add.at adds a repeated word twice.",
    ],
    forms=[cbow_by_parts],
    anchor="2. The loss, and its gradients",
    line="CBOW gradient: context vectors",
)
