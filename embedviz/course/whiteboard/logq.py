"""Whiteboard: the logQ correction of the sampled softmax, as importance weights (chapter 4)."""

import math

import numpy as np

from embedviz.course.whiteboard.derivation import Derivation, Line, WrongLine
from embedviz.course.whiteboard.points import shares, tenths


def points():
    """A catalog of 4 to 7 items, and a batch drawn from it in which one comes twice; the first is the pair's own."""
    random = np.random.default_rng(5)
    for N, tau, batch in ((4, 0.5, [1, 3, 1]), (5, 0.4, [2, 0, 4, 0]), (7, 0.8, [6, 2, 3, 3, 5])):
        p, q = shares(random, N), shares(random, N)
        yield {
            **{"s": tenths(random, N, largest=9), "tau": tau, "q": q, "p": p, "N": N, "i": batch[0]},
            **{"batch": np.array(batch, dtype=float), "B": len(batch)},
        }


def weights(at) -> list[float]:
    """e^{s/τ} of each item."""
    return [math.exp(score / at["tau"]) for score in at["s"]]


def unbiased_weights(at) -> np.ndarray:
    """The weights w with Σ_j q_j w_j e_j = Σ_j e_j for whatever e: N of them are tried, and the system solved."""
    tried = np.random.default_rng(0).uniform(1, 2, size=(at["N"], at["N"]))
    return np.linalg.solve(tried * at["q"], tried.sum(axis=1))


def batch_loss(at) -> float:
    """Without a logarithm of q: each term of the sum is divided by q."""
    shares_of_sum = [weights(at)[int(j)] / at["q"][int(j)] for j in at["batch"]]
    return -math.log(weights(at)[at["i"]] / at["q"][at["i"]] / sum(shares_of_sum))


def learned_without(at) -> np.ndarray:
    """The minimum of −Σ_j p_j log(e^{x_j} / Σ_l q_l e^{x_l}), by Newton's method, with x_0 = 0."""
    x = np.zeros(at["N"])
    for _ in range(30):
        r = at["q"] * np.exp(x)
        r /= r.sum()
        gradient, curvature = r - at["p"], np.diag(r) - np.outer(r, r)
        step = np.linalg.solve(curvature[1:, 1:], gradient[1:])
        x[1:] -= step / max(1.0, np.abs(step).max())
    return x


PLACE = (4, "The in-batch softmax, a line at a time")
ALL = ("s", "tau", "q", "N", "i", "batch", "B")

DERIVATION = Derivation(
    name="logQ",
    about="A user and its item i. The softmax over the catalog, $-\\log p_i$ with "
    "$p_i = e^{s_i/\\tau} / \\sum_{j=1}^N e^{s_j/\\tau}$, needs all N scores. A batch has B items, drawn with "
    "probabilities $q_j$: as often as they are popular.",
    symbols={
        "s": "scores $s_j$ of the user with each item of the catalog, N numbers",
        "tau": "temperature $\\tau$",
        "q": "$q_j$, probability to be drawn, N numbers",
        "i": "number of the pair's own item, counted from 0",
        "batch": "numbers of the B items in the batch, one may come twice",
        "B": "size of the batch",
        "N": "number of items",
        "p": "$p_j$, with which probability this user chooses item j, N numbers",
    },
    points=points,
    ranges={"j": "range(N)", "l": "range(N)", "b": "batch"},
    source="[Yi et al. 2019](https://doi.org/10.1145/3298689.3346996), section 3; Bengio & Senécal 2008, importance "
    "sampling",
    lines=[
        Line(
            name="catalog loss",
            ask="Write the loss of the full softmax over the catalog, with the scores and τ.",
            latex=r"\mathcal L = -\frac{s_i}{\tau} + \log \sum_{j=1}^N e^{s_j/\tau}",
            python="-s[i] / tau + log(sum(exp(s[j] / tau) for j in range(N)))",
            expected=lambda at: -math.log(weights(at)[at["i"]] / sum(weights(at))),
            place=PLACE,
            hints=["$-\\log$ of the softmax at i.", "A quotient's logarithm is a difference: $-s_i/\\tau + \\log Z$."],
            uses=ALL,
            slips=[
                WrongLine("s[i] / tau - log(sum(exp(s / tau)))", "the sign: that is log p, and the loss is −log p"),
                WrongLine("-s[i] + log(sum(exp(s)))", "τ is missing: scores are divided by it before the softmax"),
                WrongLine("-s[i] + log(sum(exp(s / tau)))", "τ is missing in the item's own score"),
                WrongLine("-s[i] / tau + sum(exp(s / tau))", "the logarithm of the sum is missing"),
                WrongLine("(-s[i] + log(sum(exp(s)))) / tau", "τ divides the scores, not the loss"),
                WrongLine("-s[i] * tau + log(sum(exp(s * tau)))", "scores are divided by τ, not multiplied"),
            ],
        ),
        Line(
            name="uncorrected draw",
            ask="Draw one item J with probabilities q. What is the expectation of $e^{s_J/\\tau}$?",
            latex=r"\mathbb E\, e^{s_J/\tau} = \sum_{j=1}^N q_j\, e^{s_j/\tau}",
            python="sum(q[j] * exp(s[j] / tau) for j in range(N))",
            expected=lambda at: float(np.average(weights(at), weights=at["q"])),
            place=PLACE,
            hints=["Each value times its probability, summed.", "Item j comes with probability $q_j$."],
            uses=ALL,
            because="Not Z, nor a constant times it: popular items count too much.",
            slips=[
                WrongLine(
                    "sum(exp(s / tau))", "that is Z: in the expectation each term comes with its probability q_j"
                ),
                WrongLine("mean(exp(s / tau))", "the items are not equally likely: weigh with q_j, not with 1/N"),
                WrongLine("exp(sum(q * s) / tau)", "the exponential of a mean is not the mean of the exponentials"),
                WrongLine("sum(exp(s / tau) / q)", "times q_j here: dividing by it comes next"),
                WrongLine("B * sum(q * exp(s / tau))", "one draw is asked for, not B of them"),
            ],
        ),
        Line(
            name="importance weight",
            ask="By which $w_j$ must $e^{s_j/\\tau}$ be multiplied, so that $\\mathbb E\\, w_J\\, e^{s_J/\\tau}$ is "
            "$Z = \\sum_j e^{s_j/\\tau}$, whatever the scores are?",
            latex=r"w_j = \frac{1}{q_j}",
            python="1 / q[j]",
            expected=unbiased_weights,
            place=PLACE,
            hints=["$\\sum_j q_j\\, w_j\\, e^{s_j/\\tau} = \\sum_j 1 \\cdot e^{s_j/\\tau}$.", "So $q_j w_j = 1$."],
            uses=("q", "N", "B"),
            index=("j",),
            because="A ratio of probabilities: how often the sum has the item (once), by how often the draw has it.",
            slips=[
                WrongLine("q[j]", "upside down: what comes too often must count less"),
                WrongLine("-log(q[j])", "that is the weight's logarithm: it is added to the score, not multiplied"),
                WrongLine("1 / (N * q[j])", "Z is a sum over the catalog, not a mean: without the N"),
                WrongLine("1 - q[j]", "the weight is a ratio: q_j w_j = 1"),
                WrongLine("1 / (B * q[j])", "1/B comes when B draws are averaged: this is one draw"),
            ],
        ),
        Line(
            name="estimate of Z",
            ask="Average that over the B draws of the batch: the estimate $\\hat Z$.",
            latex=r"\hat Z = \frac1B \sum_{j\,\in\,\text{batch}} \frac{e^{s_j/\tau}}{q_j}",
            python="sum(exp(s[b] / tau) / q[b] for b in batch) / B",
            expected=lambda at: float(np.mean([weights(at)[int(j)] / at["q"][int(j)] for j in at["batch"]])),
            place=PLACE,
            hints=[
                "A mean over the batch of the weighted terms.",
                "Each draw alone has the expectation Z, so the mean too.",
            ],
            uses=ALL,
            because="Unbiased for Z; its logarithm is not, and that fades as B grows.",
            slips=[
                WrongLine("sum(exp(s[batch] / tau) / q[batch])", "1/B is missing: B draws have B times Z together"),
                WrongLine("sum(exp(s[batch] / tau) * q[batch]) / B", "divided by q, not multiplied"),
                WrongLine("sum(exp(s[batch] / tau)) / B", "the weights 1/q_j are missing"),
                WrongLine("sum(exp(s / tau) / q) / B", "over the batch, not over the catalog"),
                WrongLine("sum(exp(s[batch] / tau)) / (B * q[i])", "each item by its own q_j, not by that of item i"),
            ],
        ),
        Line(
            name="corrected score",
            ask="Put the weight into the exponent: $e^{s_j/\\tau} / q_j = e^{\\text{?}}$",
            latex=r"\text{?} = \frac{s_j}{\tau} - \log q_j",
            python="s[j] / tau - log(q[j])",
            expected=lambda at: np.log(np.array(weights(at)) / at["q"]),
            place=PLACE,
            hints=["$1/q = e^{-\\log q}$.", "Exponents add."],
            uses=ALL,
            index=("j",),
            because="Subtract log q from the score: that is the logQ correction.",
            slips=[
                WrongLine("s[j] / tau + log(q[j])", "log q added, not subtracted: popular items would count even more"),
                WrongLine("s[j] / tau - q[j]", "log q, not q: it stands in an exponent"),
                WrongLine("(s[j] - log(q[j])) / tau", "log q is not divided by τ: the weight 1/q has no temperature"),
                WrongLine("s[j] - log(q[j])", "the temperature is missing below the score"),
                WrongLine("s[j] / tau", "the weight is missing"),
                WrongLine("s[j] / tau - log(q[i])", "log q of the pair's own item: each candidate has its own q_j"),
            ],
        ),
        Line(
            name="batch loss",
            ask="So what is the loss over the batch? (Its own item i is in the batch; the constant B may be left out, "
            "as it "
            "changes no gradient: then nothing but corrected scores.)",
            latex=r"\hat{\mathcal L} = -\Big(\frac{s_i}{\tau} - \log q_i\Big)"
            r" + \log \sum_{j\,\in\,\text{batch}} e^{s_j/\tau - \log q_j}",
            python="-(s[i] / tau - log(q[i])) + log(sum(exp(s[b] / tau - log(q[b])) for b in batch))",
            expected=batch_loss,
            place=PLACE,
            hints=["A softmax as before, with corrected scores.", "The pair's own score is corrected like the others."],
            uses=ALL,
            slips=[
                WrongLine(
                    "-(s[i] / tau + log(q[i])) + log(sum(exp(s[batch] / tau + log(q[batch]))))",
                    "log q is added in the loss: subtract it",
                ),
                WrongLine(
                    "-s[i] / tau + log(sum(exp(s[batch] / tau - log(q[batch]))))",
                    "the pair's own score is in the sum with its correction, so above it is corrected too",
                ),
                WrongLine(
                    "-s[i] / tau + log(sum(exp(s[batch] / tau)))",
                    "no correction is left: with log q of the row i everywhere it cancels too",
                ),
                WrongLine("-(s[i] / tau - log(q[i])) + log(sum(exp(s / tau - log(q))))", "the sum is over the batch"),
                WrongLine(
                    "-(s[i] - log(q[i])) / tau + log(sum(exp((s[batch] - log(q[batch])) / tau)))",
                    "log q must not be divided by τ",
                ),
                WrongLine(
                    "-(s[i] / tau - log(q[i])) + log(sum(exp(s[batch] / tau)))",
                    "the candidates in the sum must be corrected, not the pair's own score alone",
                ),
            ],
        ),
        Line(
            name="learned without it",
            ask="Without the correction a large batch draws item j as a rival $q_j$ of the time, and the loss is "
            "least where "
            "$q_j\\, e^{s_j/\\tau}$ is proportional to $p_j$, with which the user chooses j. What is $s_j/\\tau$ "
            "then, but for a "
            "constant?",
            latex=r"\frac{s_j}{\tau} = \log p_j - \log q_j + \text{constant}",
            python="log(p[j]) - log(q[j])",
            expected=learned_without,
            place=PLACE,
            hints=["Solve $q_j\\, e^{s_j/\\tau} = c\\, p_j$ for $s_j/\\tau$.", "Logarithms on both sides."],
            uses=("p", "q", "N"),
            index=("j",),
            free_constant=True,
            because="A pointwise mutual information: popularity is taken off, and the lists turn obscure.",
            slips=[
                WrongLine("log(p[j])", "that is what the *corrected* loss learns: here − log q_j stays in"),
                WrongLine(
                    "log(p[j]) + log(q[j])", "the sign: q stands beside e^s, so it goes to the other side as − log q"
                ),
                WrongLine("p[j] / q[j]", "that is e^s: take the logarithm"),
                WrongLine("log(q[j]) - log(p[j])", "the other way round: what is chosen often scores high"),
                WrongLine("-log(q[j])", "what the user chooses is missing: log p_j"),
            ],
        ),
    ],
)
