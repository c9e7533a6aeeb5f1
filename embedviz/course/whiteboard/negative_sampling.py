"""Whiteboard: the loss of negative sampling, its gradients, and the scores at which it is least (chapter 3)."""

import math

import numpy as np

from embedviz.course.whiteboard.derivation import Derivation, Line, WrongLine
from embedviz.course.whiteboard.points import minimum, shares, tenths
from embedviz.models.gradients import finite_difference


def points():
    """A true word and k made-up ones; and a pair (c, w) out of a small table of counts."""
    random = np.random.default_rng(4)
    for k, d in ((2, 2), (3, 4), (5, 3)):
        h, v_t, v = tenths(random, d, largest=15), tenths(random, d, largest=15), tenths(random, k, d, largest=15)
        joint, noise = shares(random, 2, 3), shares(random, 3)
        p_c, p_w = joint.sum(1)[0], joint.sum(0)[1]
        yield {
            **{"h": h, "v_t": v_t, "v": v, "k": k, "s_pos": v_t @ h, "s_neg": v @ h},
            **{"s": tenths(random, 1).item(), "p_cw": joint[0, 1], "p_c": p_c, "p_w": p_w, "q_w": noise[1]},
            "PMI": math.log(joint[0, 1] / (p_c * p_w)),
        }


def log_sigmoid(s: float) -> float:
    return -math.log(1 + math.exp(-s))


def loss(s_pos, s_neg) -> float:
    return -log_sigmoid(float(s_pos)) - sum(log_sigmoid(-score) for score in s_neg)


def pair_loss(at, s: float) -> float:
    """A pair's part of the loss, for each pair of the text."""
    return -at["p_cw"] * log_sigmoid(s) - at["k"] * at["p_c"] * at["q_w"] * log_sigmoid(-s)


def best_score(at, q: float) -> float:
    """Where the derivative of a pair's loss is 0, by halving."""
    made_up = at["k"] * at["p_c"] * q
    return minimum(lambda s: made_up / (1 + math.exp(-s)) - at["p_cw"] / (1 + math.exp(s)))


WINDOW = ("s_pos", "s_neg", "h", "v_t", "v", "k")
PAIR = ("p_cw", "p_c", "q_w", "k")
LOSS_PLACE = (3, "Negative sampling: ask an easier question")
OPTIMUM_PLACE = (3, "What does it learn?")

DERIVATION = Derivation(
    name="negative sampling",
    about="One true word t, and k words that were drawn from the noise q. Each is a question of its own, *true or made "
    "up?*, answered with $\\sigma(s)$, $s = \\mathbf v \\cdot \\mathbf h$ and $\\sigma(s) = 1/(1 + e^{-s})$.",
    symbols={
        "s_pos": "score $s^+ = \\mathbf v_t \\cdot \\mathbf h$ of the true word",
        "s_neg": "scores $s^-_i = \\mathbf v_i \\cdot \\mathbf h$ of the negatives, k numbers",
        "h": "hidden vector $\\mathbf h$",
        "v_t": "vector $\\mathbf v_t$ of the true word",
        "v": "vectors $\\mathbf v_i$ of the negatives, k × d",
        "k": "number of negatives",
        "s": "score of the pair (c, w)",
        "p_cw": "$\\hat p(c, w)$, share of the pair in the text",
        "p_c": "$\\hat p(c)$, share of the context",
        "p_w": "$\\hat p(w)$, share of the word",
        "q_w": "$q(w)$, probability that the noise draws w",
        "PMI": "$\\log \\hat p(c,w) / (\\hat p(c)\\, \\hat p(w))$",
    },
    points=points,
    ranges={"i": "range(k)", "j": "range(k)"},
    names={"s": "s_neg", "s_t": "s_pos"},
    source="[Mikolov et al. 2013](https://arxiv.org/abs/1310.4546), eq. 4; [Levy & Goldberg 2014]"
    "(https://papers.nips.cc/paper/5477-neural-word-embedding-as-implicit-matrix-factorization), section 3",
    lines=[
        Line(
            name="loss",
            ask="Write the loss: −log of the probability that all 1 + k answers are right, with $s^+$ and the $s^-_i$.",
            latex=r"\mathcal L = -\log\sigma(s^+) - \sum_{i=1}^k \log\sigma(-s^-_i)",
            python="-log(sigmoid(s_pos)) - sum(log(sigmoid(-s_neg[i])) for i in range(k))",
            expected=lambda at: loss(at["s_pos"], at["s_neg"]),
            place=LOSS_PLACE,
            hints=[
                "The true word is called true with $\\sigma(s^+)$, a negative made up with $1 - \\sigma(s^-)$.",
                "$1 - \\sigma(s) = \\sigma(-s)$.",
            ],
            uses=WINDOW,
            slips=[
                WrongLine(
                    "log(sigmoid(s_pos)) + sum(log(sigmoid(-s_neg)))", "the sign: a loss is −log of a probability"
                ),
                WrongLine(
                    "-log(sigmoid(s_pos)) - sum(log(sigmoid(s_neg)))",
                    "σ(s) for σ(−s): the negatives must be scored low",
                ),
                WrongLine(
                    "-log(sigmoid(s_pos)) - mean(log(sigmoid(-s_neg)))", "the negatives are summed, not averaged over k"
                ),
                WrongLine("-log(sigmoid(s_pos))", "the negatives are missing"),
                WrongLine(
                    "-log(sigmoid(s_pos)) - log(sigmoid(-sum(s_neg)))",
                    "the log σ of a sum is not the sum of the log σ: each negative by itself",
                ),
                WrongLine(
                    "-log(sigmoid(s_pos)) + sum(log(sigmoid(-s_neg)))",
                    "the sign of the negatives' part: it is −log of a probability too",
                ),
            ],
        ),
        Line(
            name="true score",
            ask="What is $\\partial\\mathcal L/\\partial s^+$?",
            latex=r"\frac{\partial\mathcal L}{\partial s^+} = \sigma(s^+) - 1",
            python="sigmoid(s_pos) - 1",
            expected=lambda at: finite_difference(lambda s: loss(s, at["s_neg"]), at["s_pos"]),
            place=LOSS_PLACE,
            hints=[
                "Only the first term has $s^+$ in it.",
                "$-\\log\\sigma(s) = \\log(1 + e^{-s})$: differentiate that.",
            ],
            uses=WINDOW,
            because="What the model says less what is true: the label is 1.",
            gives="dL_ds_pos",
            slips=[
                WrongLine("sigmoid(s_pos)", "the label is missing: for the true word it is 1, so σ(s⁺) − 1"),
                WrongLine("sigmoid(-s_pos)", "the sign: σ(−s) = 1 − σ(s) is minus what is asked"),
                WrongLine("sigmoid(s_pos) * sigmoid(-s_pos)", "σ(1 − σ) is the derivative of σ, not of −log σ"),
                WrongLine("-1 / sigmoid(s_pos)", "that is the derivative by σ: go on through the sigmoid"),
                WrongLine("-sigmoid(s_pos)", "−σ(s⁺) for −σ(−s⁺): the better the score, the smaller the gradient"),
            ],
        ),
        Line(
            name="negative scores",
            ask="And $\\partial\\mathcal L/\\partial s^-_i$ for each negative i?",
            latex=r"\frac{\partial\mathcal L}{\partial s^-_i} = \sigma(s^-_i)",
            python="sigmoid(s_neg[i])",
            expected=lambda at: finite_difference(lambda s: loss(at["s_pos"], s), at["s_neg"]),
            place=LOSS_PLACE,
            hints=["$-\\log\\sigma(-s) = \\log(1 + e^{s})$.", "What the model says less what is true: the label is 0."],
            uses=WINDOW,
            index=("i",),
            gives="dL_ds_neg",
            slips=[
                WrongLine("sigmoid(-s_neg[i])", "σ(−s) for σ(s): a negative with a high score is pushed hard"),
                WrongLine("sigmoid(s_neg[i]) - 1", "the label of a negative is 0, not 1"),
                WrongLine("-sigmoid(s_neg[i])", "the sign: a step against the gradient must lower the score"),
                WrongLine("sigmoid(s_neg[i]) / k", "divided by k: the loss sums over the negatives"),
                WrongLine(
                    "sigmoid(s_neg[i]) * sigmoid(-s_neg[i])", "σ(1 − σ) is the derivative of σ, not of −log σ(−s)"
                ),
            ],
        ),
        Line(
            name="hidden vector",
            ask="All 1 + k scores know $\\mathbf h$. What is $\\partial\\mathcal L/\\partial\\mathbf h$?",
            latex=r"\frac{\partial\mathcal L}{\partial\mathbf h} = (\sigma(s^+) - 1)\,\mathbf v_t"
            r" + \sum_{i=1}^k \sigma(s^-_i)\,\mathbf v_i",
            python="(sigmoid(s_pos) - 1) * v_t + sum(sigmoid(s_neg[i]) * v[i] for i in range(k))",
            expected=lambda at: finite_difference(lambda h: loss(at["v_t"] @ h, at["v"] @ h), at["h"]),
            place=LOSS_PLACE,
            hints=["Each score's gradient times its vector.", "$\\partial s^+/\\partial\\mathbf h = \\mathbf v_t$."],
            uses=(*WINDOW, "dL_ds_pos", "dL_ds_neg"),
            because="1 + k vectors take part, not N.",
            slips=[
                WrongLine("(sigmoid(s_pos) - 1) * v_t", "the negatives are missing in ∂L/∂h"),
                WrongLine("sigmoid(s_pos) * v_t + sigmoid(s_neg) @ v", "the target's error is σ(s⁺) − 1"),
                WrongLine("(1 - sigmoid(s_pos)) * v_t - sigmoid(s_neg) @ v", "the sign of both: σ(s) less the label"),
                WrongLine(
                    "(sigmoid(s_pos) - 1) * v_t - sigmoid(s_neg) @ v", "the sign of the negatives' part: + σ(s⁻) v"
                ),
                WrongLine(
                    "(sigmoid(s_pos) - 1) * v_t + sigmoid(-s_neg) @ v", "σ(−s⁻) for σ(s⁻) in the negatives' errors"
                ),
                WrongLine(
                    "(sigmoid(s_pos) - 1) * v_t + sigmoid(s_neg) @ v / k", "the negatives' sum is no mean: without 1/k"
                ),
            ],
        ),
        Line(
            name="expected loss",
            ask="Now the whole text, and one pair (c, w) with its score s. A share $\\hat p(c, w)$ of all pairs is it. "
            "A share $\\hat p(c)$ has the context c, and with each of these come k draws, each of which is w with "
            "probability $q(w)$. What is the pair's part of the loss, per pair of the text?",
            latex=r"\ell(s) = -\hat p(c,w) \log\sigma(s) - k\, \hat p(c)\, q(w) \log\sigma(-s)",
            python="-p_cw * log(sigmoid(s)) - k * p_c * q_w * log(sigmoid(-s))",
            expected=lambda at: pair_loss(at, at["s"]),
            place=OPTIMUM_PLACE,
            hints=[
                "How often is it true, how often made up? Each times its term of the loss.",
                "It is made up with the share $k\\, \\hat p(c)\\, q(w)$.",
            ],
            uses=(*PAIR, "s"),
            slips=[
                WrongLine(
                    "-p_cw * log(sigmoid(s)) - p_c * q_w * log(sigmoid(-s))",
                    "k is missing: for each true pair, k are made up",
                ),
                WrongLine(
                    "-p_cw * log(sigmoid(s)) - k * q_w * log(sigmoid(-s))",
                    "p̂(c) is missing: a negative comes with the context c only as often as c does",
                ),
                WrongLine(
                    "p_cw * log(sigmoid(s)) + k * p_c * q_w * log(sigmoid(-s))",
                    "the sign: a loss is −log, weighted by how often",
                ),
                WrongLine(
                    "-p_cw * log(sigmoid(s)) - k * p_cw * log(sigmoid(-s))",
                    "made-up pairs do not come as often as true ones: their share is p̂(c) q(w)",
                ),
                WrongLine(
                    "-p_cw * log(sigmoid(s)) - k * p_c * q_w * log(sigmoid(s))",
                    "σ(s) for σ(−s) in the made-up part",
                ),
            ],
        ),
        Line(
            name="derivative",
            ask="Differentiate that with respect to s.",
            latex=r"\ell'(s) = k\, \hat p(c)\, q(w)\, \sigma(s) - \hat p(c,w)\,(1 - \sigma(s))",
            python="k * p_c * q_w * sigmoid(s) - p_cw * (1 - sigmoid(s))",
            expected=lambda at: finite_difference(lambda s: pair_loss(at, float(s)), at["s"]),
            place=OPTIMUM_PLACE,
            hints=[
                "You know both derivatives from the scores above.",
                "$(-\\log\\sigma(s))' = \\sigma(s) - 1$ and $(-\\log\\sigma(-s))' = \\sigma(s)$.",
            ],
            uses=(*PAIR, "s"),
            slips=[
                WrongLine("p_cw * (1 - sigmoid(s)) - k * p_c * q_w * sigmoid(s)", "the sign of the derivative"),
                WrongLine("p_c * q_w * sigmoid(s) - p_cw * (1 - sigmoid(s))", "k is lost in the derivative"),
                WrongLine(
                    "k * p_c * q_w * sigmoid(s) + p_cw * sigmoid(s)",
                    "the true pairs' part is σ(s) − 1, their label is 1",
                ),
                WrongLine(
                    "k * p_c * q_w * (1 - sigmoid(s)) - p_cw * (1 - sigmoid(s))", "the made-up pairs' part is σ(s)"
                ),
            ],
        ),
        Line(
            name="odds",
            ask="Set it to 0. What is $\\sigma(s)/(1 - \\sigma(s))$ then?",
            latex=r"\frac{\sigma(s^\star)}{1 - \sigma(s^\star)} = \frac{\hat p(c,w)}{k\, \hat p(c)\, q(w)}",
            python="p_cw / (k * p_c * q_w)",
            expected=lambda at: math.exp(best_score(at, at["q_w"])),
            place=OPTIMUM_PLACE,
            hints=[
                "$k\\, \\hat p(c)\\, q(w)\\, \\sigma = \\hat p(c, w)\\,(1 - \\sigma)$.",
                "True to made up, so often each.",
            ],
            uses=PAIR,
            slips=[
                WrongLine("k * p_c * q_w / p_cw", "upside down: true by made up"),
                WrongLine("k * p_cw / (p_c * q_w)", "k belongs below: more made-up pairs make each less likely true"),
                WrongLine("p_cw / (p_c * q_w)", "k is missing below"),
                WrongLine("p_cw / (k * q_w)", "p̂(c) is missing below"),
                WrongLine("p_cw / (p_cw + k * p_c * q_w)", "that is σ itself, the share of true ones"),
            ],
        ),
        Line(
            name="optimum",
            ask="And which score $s^\\star$ is that? ($\\sigma/(1 - \\sigma) = e^s$.)",
            latex=r"s^\star = \log\frac{\hat p(c,w)}{\hat p(c)\, q(w)} - \log k",
            python="log(p_cw / (p_c * q_w)) - log(k)",
            expected=lambda at: best_score(at, at["q_w"]),
            place=OPTIMUM_PLACE,
            hints=["Take the logarithm of both sides.", "The k below the line becomes − log k."],
            uses=PAIR,
            slips=[
                WrongLine("log(p_cw / (p_c * q_w)) + log(k)", "it is − log k, for k stands below the line"),
                WrongLine("log(p_cw / (p_c * q_w))", "− log k is missing"),
                WrongLine("p_cw / (k * p_c * q_w)", "the logarithm is missing: that is e^s"),
                WrongLine(
                    "log(p_cw / q_w) - log(k)", "p̂(c) is missing: that is no longer how much more than by chance"
                ),
                WrongLine("p_cw / (p_cw + k * p_c * q_w)", "that is σ(s), a probability: the score is asked for"),
                WrongLine("log(p_cw / (p_c * q_w)) - k", "log k, not k"),
            ],
        ),
        Line(
            name="unigram noise",
            ask="If the noise is the words' own shares, $q(w) = \\hat p(w)$: what does the score become?",
            latex=r"s^\star = \mathrm{PMI}(c, w) - \log k",
            python="PMI - log(k)",
            expected=lambda at: best_score(at, at["p_w"]),
            place=OPTIMUM_PLACE,
            hints=[
                "Put $\\hat p(w)$ in the place of $q(w)$.",
                "$\\log \\hat p(c,w) / (\\hat p(c)\\, \\hat p(w))$ has a name.",
            ],
            uses=("PMI", "p_cw", "p_c", "p_w", "k"),
            because="The scores factorize the table of pointwise mutual information, shifted by log k.",
            slips=[
                WrongLine("PMI", "− log k is missing in the shifted PMI"),
                WrongLine("PMI + log(k)", "minus log k: more negatives lower all scores"),
                WrongLine("PMI - k", "log k, not k, is taken off"),
                WrongLine("exp(PMI) / k", "that is e^s: take the logarithm"),
                WrongLine("log(p_cw) - log(k)", "how often the words come by themselves is missing: that is no PMI"),
            ],
        ),
    ],
)
