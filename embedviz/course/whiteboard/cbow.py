"""Whiteboard: the gradient of CBOW, from the loss to the vectors of the context (chapter 3)."""

import math

import numpy as np

from embedviz.course.whiteboard.derivation import Derivation, Line, WrongLine
from embedviz.course.whiteboard.points import tenths
from embedviz.models.gradients import finite_difference, softmax, softmax_loss


def points():
    """Windows in which a word comes twice, with tables of 4 × 2 to 7 × 4."""
    random = np.random.default_rng(3)
    for N, d, t, context in ((4, 2, 2, [1, 3, 1]), (5, 3, 1, [0, 2, 0, 4]), (7, 4, 5, [6, 3, 3, 1, 3])):
        u, v = tenths(random, N, d), tenths(random, N, d)
        h = u[context].mean(axis=0)
        p = softmax(v @ h)
        yield {
            **{"u": u, "v": v, "context": np.array(context, dtype=float), "t": t, "N": N, "C": len(context)},
            **{"count": np.bincount(context, minlength=N).astype(float), "h": h, "s": v @ h, "p": p},
            **{"y": np.eye(N)[t]},
        }


def loss_of_inputs(point):
    context = point["context"].astype(int)
    return lambda u: softmax_loss(point["v"] @ u[context].mean(axis=0), point["t"])


DERIVATION = Derivation(
    name="CBOW gradient",
    about="The loss of a window is $\\mathcal L = -\\log p_t$ with $p_j = e^{s_j} / \\sum_l e^{s_l}$, the scores "
    "$s_j = \\mathbf v_j \\cdot \\mathbf h$, and $\\mathbf h = \\frac1C \\sum_c \\mathbf u_c$ over the context.",
    symbols={
        "s": "scores $s_j$, N numbers",
        "p": "probabilities $p_j$, N numbers",
        "y": "what is true, $y_j$: 1 for the target, else 0",
        "t": "number of the target $w_t$, counted from 0",
        "h": "hidden vector $\\mathbf h$, d numbers",
        "v": "output vectors, row $\\mathbf v_j$, N × d",
        "u": "input vectors, row $\\mathbf u_w$, N × d",
        "context": "numbers of the context's words, one may come twice",
        "count": "$C_w$: how often word w is in the context, N numbers",
        "C": "size of the context",
        "N": "number of words",
    },
    points=points,
    ranges={"j": "range(N)", "l": "range(N)", "w": "range(N)", "i": "range(N)", "c": "context"},
    names={"C": "count", "V": "v", "U": "u"},
    source="[Rong 2014, *word2vec Parameter Learning Explained*](https://arxiv.org/abs/1411.2738), section 1",
    lines=[
        Line(
            name="loss",
            ask="Write the loss $\\mathcal L = -\\log p_t$ with the scores $s$ alone: the quotient becomes a "
            "difference.",
            latex=r"\mathcal L = -s_t + \log \sum_j e^{s_j}",
            python="-s[t] + log(sum(exp(s)))",
            expected=lambda at: -math.log(math.exp(at["s"][at["t"]]) / sum(math.exp(score) for score in at["s"])),
            place=(3, "Step 1: the scores"),
            hints=["The logarithm of a quotient is a difference.", "$\\log e^{s_t} = s_t$; the sum stays as it is."],
            slips=[
                WrongLine("s[t] - log(sum(exp(s)))", "the sign: that is log p, and the loss is −log p"),
                WrongLine("-s[t] + sum(exp(s))", "the logarithm of the sum is missing"),
                WrongLine("-s[t] + sum(s)", "log Σ e^s is not Σ log e^s: the logarithm does not go into a sum"),
                WrongLine("-sum(log(p))", "only the target's −log p is in the loss, not that of all words"),
                WrongLine("-p[t]", "the logarithm is missing: −log p, not −p"),
                WrongLine(
                    "s[t] + log(sum(exp(s)))", "the sign of s_t: a high score of the target makes the loss small"
                ),
            ],
        ),
        Line(
            name="scores",
            ask="What is $\\partial\\mathcal L/\\partial s_j$, for the target and for every other word j?",
            latex=r"\frac{\partial\mathcal L}{\partial s_j} = p_j - [j = t] = p_j - y_j",
            python="p[j] - (j == t)",
            expected=lambda at: finite_difference(lambda s: softmax_loss(s, at["t"]), at["s"]),
            place=(3, "Step 1: the scores"),
            hints=[
                "Two terms. On which scores does $-s_t$ depend?",
                "The derivative of $\\log \\sum_l e^{s_l}$ is $e^{s_j} / \\sum_l e^{s_l}$: that has a name already.",
            ],
            because="What the model says, less what is true.",
            index=("j",),
            gives="dL_ds",
            slips=[
                WrongLine("p[j]", "the target's part is missing: −s_t gives −1 where j = t"),
                WrongLine("(j == t) - p[j]", "the sign: it is what the model says less what is true"),
                WrongLine("p[j] - 1", "1 is taken from all words: only the target's gets −1"),
                WrongLine("p[j] * (1 - p[j])", "p(1 − p) is the derivative of p_j itself, not of −log p_t"),
                WrongLine("-(j == t) / p[j]", "that is ∂L/∂p_j: go on through the softmax"),
                WrongLine("s[j] - (j == t)", "the scores are not probabilities yet: softmax first"),
                WrongLine(
                    "(j == t) * (p[j] - 1)", "the other words are in the logarithm's sum: each has a gradient, p_j"
                ),
            ],
        ),
        Line(
            name="output vectors",
            ask="$s_j = \\mathbf v_j \\cdot \\mathbf h$, and no other score knows $\\mathbf v_j$. What is "
            "$\\partial\\mathcal L/\\partial\\mathbf v_j$?",
            latex=r"\frac{\partial\mathcal L}{\partial\mathbf v_j} = (p_j - y_j)\,\mathbf h",
            python="(p[j] - y[j]) * h",
            expected=lambda at: finite_difference(lambda v: softmax_loss(v @ at["h"], at["t"]), at["v"]),
            place=(3, "Step 2: the output vectors"),
            hints=[
                "Chain rule: $\\partial\\mathcal L/\\partial s_j$ times $\\partial s_j/\\partial\\mathbf v_j$.",
                "$\\partial(\\mathbf v_j \\cdot \\mathbf h)/\\partial\\mathbf v_j = \\mathbf h$.",
            ],
            because="A step against the gradient pulls the target's vector toward h and pushes all others away.",
            index=("j",),
            gives="dL_dv",
            slips=[
                WrongLine("p[j] * h", "the target is pushed away like all others: its error is p_t − 1"),
                WrongLine("(y[j] - p[j]) * h", "the sign of ∂L/∂v: the error is p − y"),
                WrongLine("(p[j] - y[j]) * v[j]", "the error times h, not times v_j: ∂(v_j · h)/∂v_j = h"),
                WrongLine("(p[j] - y[j]) * h / N", "divided by N: the loss is no mean over the words"),
                WrongLine(
                    "y[j] * (p[j] - 1) * h", "not only the target's vector has a gradient: every score is in the sum"
                ),
                WrongLine("outer(h, p - y)", "transposed: row j belongs to word j, so outer(p − y, h)"),
            ],
        ),
        Line(
            name="hidden vector",
            ask="Every score knows $\\mathbf h$. Collect their errors: what is $\\partial\\mathcal "
            "L/\\partial\\mathbf h$?",
            latex=r"\frac{\partial\mathcal L}{\partial\mathbf h} = \sum_j (p_j - y_j)\,\mathbf v_j"
            r" = \Big(\sum_j p_j \mathbf v_j\Big) - \mathbf v_t",
            python="sum((p[j] - y[j]) * v[j] for j in range(N))",
            expected=lambda at: finite_difference(lambda h: softmax_loss(at["v"] @ h, at["t"]), at["h"]),
            place=(3, "Step 3: the hidden vector"),
            hints=[
                "$\\sum_j \\partial\\mathcal L/\\partial s_j \\cdot \\partial s_j/\\partial\\mathbf h$.",
                "$\\partial s_j/\\partial\\mathbf h = \\mathbf v_j$.",
            ],
            because="The expected output vector, less the true one.",
            gives="dL_dh",
            slips=[
                WrongLine("p @ v", "the target's vector is missing: take v_t off"),
                WrongLine("-v[t]", "only the target's vector is there: all words push, each with its p_j"),
                WrongLine("v[t] - p @ v", "the sign of ∂L/∂h: expected less true, so that a step against it nears v_t"),
                WrongLine("(p - y) @ v / N", "it is a sum over the words, not their mean"),
                WrongLine("mean(v, axis=0) - v[t]", "the words weigh alike: each weighs p_j"),
                WrongLine("(p[t] - 1) * v[t]", "the other words are missing: their errors are p_j, not 0"),
                WrongLine("s @ v - v[t]", "the scores are no probabilities: p_j in place of s_j"),
            ],
        ),
        Line(
            name="context vectors",
            ask="$\\mathbf h$ is the mean of the C context vectors. Hand $\\partial\\mathcal L/\\partial\\mathbf h$ "
            "(`dL_dh`) "
            "on: what is $\\partial\\mathcal L/\\partial\\mathbf u_w$ for a word w that is in the context $C_w$ times "
            "(`count[w]`, 0 for most)?",
            latex=r"\frac{\partial\mathcal L}{\partial\mathbf u_w} = \frac{C_w}{C}\,\frac{\partial\mathcal "
            r"L}{\partial\mathbf h}",
            python="count[w] / C * dL_dh",
            expected=lambda at: finite_difference(loss_of_inputs(at), at["u"]),
            place=(3, "Step 4: the context vectors"),
            hints=[
                "$\\mathbf h = \\sum_w (C_w / C)\\, \\mathbf u_w$: the same sum, word by word.",
                "So $\\partial\\mathbf h/\\partial\\mathbf u_w$ is the number $C_w / C$.",
            ],
            because="word2vec.c and gensim leave the 1/C out.",
            index=("w",),
            gives="dL_du",
            slips=[
                WrongLine("count[w] * dL_dh", "1/C is missing: h is a mean, so each word gets 1/C of it"),
                WrongLine("(count[w] > 0) * dL_dh / C", "a word that comes twice gets its share twice: C_w shares"),
                WrongLine("(count[w] > 0) * dL_dh", "each context word gets all of ∂L/∂h: it gets C_w / C of it"),
                WrongLine(
                    "count[w] * dL_dh / N", "divided by N, the vocabulary: the mean is over the C of the context"
                ),
                WrongLine("dL_dh / C", "words outside the context have no part in h: their C_w is 0"),
                WrongLine("-count[w] / C * dL_dh", "the sign changes nowhere here: h grows with u_w"),
            ],
        ),
    ],
)
