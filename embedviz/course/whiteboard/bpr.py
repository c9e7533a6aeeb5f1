"""Whiteboard: Bayesian personalized ranking, from the posterior to the gradients (chapter 4)."""

import math

import numpy as np

from embedviz.course.whiteboard.derivation import Derivation, Line, WrongLine
from embedviz.course.whiteboard.points import tenths
from embedviz.models.gradients import finite_difference


def points():
    """A user and two items in 2 to 4 dimensions."""
    random = np.random.default_rng(6)
    for d, lam in ((2, 0.3), (3, 0.2), (4, 0.7)):
        u, v_i, v_j = tenths(random, 3, d, largest=15)
        yield {
            **{"u": u, "v_i": v_i, "v_j": v_j, "lam": lam, "d": d},
            **{"s_i": u @ v_i, "s_j": u @ v_j, "x": u @ v_i - u @ v_j},
        }


def log_posterior(u, v_i, v_j, lam) -> float:
    """log of e^{s_i} / (e^{s_i} + e^{s_j}), and of three normal densities without their constants."""
    s_i, s_j = float(u @ v_i), float(u @ v_j)
    squares = sum(float(number) ** 2 for vector in (u, v_i, v_j) for number in vector)
    return s_i - math.log(math.exp(s_i) + math.exp(s_j)) - lam / 2 * squares


def slope(at, of: str) -> np.ndarray:
    """−∂ log posterior by one of the vectors, by differences."""
    vectors = {name: at[name] for name in ("u", "v_i", "v_j")}
    return finite_difference(lambda value: -log_posterior(**{**vectors, of: value}, lam=at["lam"]), at[of])


PLACE = (4, "Loss A: pull pairs together, push non-pairs apart")

DERIVATION = Derivation(
    name="BPR",
    about="A user u has seen item i and not item j. The scores are $s_i = \\mathbf u \\cdot \\mathbf v_i$ and "
    "$s_j = \\mathbf u \\cdot \\mathbf v_j$, their difference is $x = s_i - s_j$. The prior of each vector is normal: "
    "its "
    "density is proportional to $e^{-\\frac\\lambda2 \\lVert\\cdot\\rVert^2}$.",
    symbols={
        "u": "the user's vector $\\mathbf u$, d numbers",
        "v_i": "vector $\\mathbf v_i$ of the item seen",
        "v_j": "vector $\\mathbf v_j$ of the item not seen",
        "s_i": "score of the item seen",
        "s_j": "score of the item not seen",
        "x": "their difference $s_i - s_j$",
        "lam": "$\\lambda$, strength of the prior",
        "d": "number of dimensions",
    },
    points=points,
    ranges={"f": "range(d)"},
    names={"x_uij": "x", "s_ui": "s_i", "s_uj": "s_j"},
    source="[Rendle et al. 2009](https://arxiv.org/abs/1205.2618), section 4",
    lines=[
        Line(
            name="probability",
            ask="BPR models that i comes before j with a sigmoid of the difference of their scores. Write this "
            "probability with "
            "the vectors (or with x).",
            latex=r"p(i > j) = \sigma(\mathbf u \cdot (\mathbf v_i - \mathbf v_j)) = \sigma(x)",
            python="sigmoid(u @ (v_i - v_j))",
            expected=lambda at: math.exp(at["s_i"]) / (math.exp(at["s_i"]) + math.exp(at["s_j"])),
            place=PLACE,
            hints=["The item seen first: $s_i - s_j$.", "$\\sigma(s_i - s_j)$."],
            slips=[
                WrongLine("sigmoid(u @ (v_j - v_i))", "the order: the item seen must score higher, s_i − s_j"),
                WrongLine("sigmoid(u @ v_i)", "the other item is missing: it is about the difference"),
                WrongLine(
                    "sigmoid(s_i) * sigmoid(-s_j)", "each item by itself is logistic loss: BPR looks at the difference"
                ),
                WrongLine("x", "the difference is any number: the sigmoid makes it a probability"),
                WrongLine("sigmoid(s_i) - sigmoid(s_j)", "first the difference, then the sigmoid"),
            ],
        ),
        Line(
            name="log posterior",
            ask="The posterior is proportional to this probability times the prior of the three vectors. Write its "
            "logarithm, "
            "without constants.",
            latex=r"\log p(\mathbf u, \mathbf v_i, \mathbf v_j \mid i > j) = \log\sigma(x)"
            r" - \frac\lambda2 \left(\lVert\mathbf u\rVert^2 + \lVert\mathbf v_i\rVert^2"
            r" + \lVert\mathbf v_j\rVert^2\right)",
            python="log(sigmoid(x)) - lam / 2 * (norm(u)**2 + norm(v_i)**2 + norm(v_j)**2)",
            expected=lambda at: log_posterior(at["u"], at["v_i"], at["v_j"], at["lam"]),
            place=PLACE,
            hints=[
                "The logarithm of a product is a sum.",
                "$\\log e^{-\\frac\\lambda2 \\lVert\\mathbf u\\rVert^2} = -\\frac\\lambda2 \\lVert\\mathbf "
                "u\\rVert^2$.",
            ],
            because="The prior of the Bayesian is the penalty of everybody else.",
            slips=[
                WrongLine("log(sigmoid(x))", "the prior is missing"),
                WrongLine(
                    "log(sigmoid(x)) + lam / 2 * (u @ u + v_i @ v_i + v_j @ v_j)",
                    "the sign of the prior: long vectors are unlikely",
                ),
                WrongLine(
                    "log(sigmoid(x)) - lam * (u @ u + v_i @ v_i + v_j @ v_j)",
                    "1/2 is missing: the exponent is −λ/2 ‖·‖²",
                ),
                WrongLine(
                    "log(sigmoid(x)) - lam / 2 * (norm(u) + norm(v_i) + norm(v_j))",
                    "the lengths are squared in the prior",
                ),
                WrongLine(
                    "sigmoid(x) - lam / 2 * (u @ u + v_i @ v_i + v_j @ v_j)", "the logarithm of the sigmoid is missing"
                ),
                WrongLine("log(sigmoid(x)) - lam / 2 * (u @ u)", "the items have a prior too, not the user alone"),
            ],
        ),
        Line(
            name="loss",
            ask="What is made small is minus that. Write the loss, with $-\\log\\sigma(x)$ as a logarithm of 1 + … if "
            "you like.",
            latex=r"\mathcal L = -\log\sigma(x) + \frac\lambda2 \left(\lVert\mathbf u\rVert^2"
            r" + \lVert\mathbf v_i\rVert^2 + \lVert\mathbf v_j\rVert^2\right)",
            python="log(1 + exp(-x)) + lam / 2 * (u @ u + v_i @ v_i + v_j @ v_j)",
            expected=lambda at: -log_posterior(at["u"], at["v_i"], at["v_j"], at["lam"]),
            place=PLACE,
            hints=["Both signs turn.", "$-\\log\\sigma(x) = \\log(1 + e^{-x})$."],
            slips=[
                WrongLine(
                    "log(sigmoid(x)) - lam / 2 * (u @ u + v_i @ v_i + v_j @ v_j)",
                    "that is the log posterior, which is made large: the loss is minus that",
                ),
                WrongLine(
                    "-log(sigmoid(x)) - lam / 2 * (u @ u + v_i @ v_i + v_j @ v_j)", "the penalty's sign turns as well"
                ),
                WrongLine(
                    "log(1 + exp(x)) + lam / 2 * (u @ u + v_i @ v_i + v_j @ v_j)",
                    "e^{−x}, not e^x: a large lead makes the loss small",
                ),
                WrongLine("log(1 + exp(-x))", "the penalty is missing"),
                WrongLine(
                    "maximum(0, 1 - x) + lam / 2 * (u @ u + v_i @ v_i + v_j @ v_j)",
                    "that is a hinge: BPR has the softer −log σ",
                ),
            ],
        ),
        Line(
            name="score difference",
            ask="What is the derivative of $-\\log\\sigma(x)$ with respect to x?",
            latex=r"\frac{\partial\mathcal L}{\partial x} = \sigma(x) - 1 = -\sigma(-x)",
            python="sigmoid(x) - 1",
            expected=lambda at: finite_difference(lambda x: math.log(1 + math.exp(-float(x))), at["x"]),
            place=PLACE,
            hints=["$\\log(1 + e^{-x})$: outer derivative, inner derivative.", "$-e^{-x}/(1 + e^{-x})$."],
            uses=("x", "s_i", "s_j", "u", "v_i", "v_j"),
            because="It fades once the item seen leads.",
            gives="dL_dx",
            slips=[
                WrongLine(
                    "sigmoid(-x)", "the sign: a larger lead makes the loss smaller, so the derivative is negative"
                ),
                WrongLine("sigmoid(x)", "σ(x) for σ(x) − 1: the label of a pair in the right order is 1"),
                WrongLine("-sigmoid(x)", "σ(x) for σ(−x): it must fade for a large lead"),
                WrongLine("sigmoid(x) * (1 - sigmoid(x))", "σ(1 − σ) is the derivative of σ, not of −log σ"),
                WrongLine("-1 / sigmoid(x)", "that is the derivative by σ: go on to x"),
            ],
        ),
        Line(
            name="user vector",
            ask="And the whole loss with respect to the user's vector, $\\partial\\mathcal L/\\partial\\mathbf u$?",
            latex=r"\frac{\partial\mathcal L}{\partial\mathbf u} = (\sigma(x) - 1)(\mathbf v_i - \mathbf v_j) + "
            r"\lambda \mathbf u",
            python="(sigmoid(x) - 1) * (v_i - v_j) + lam * u",
            expected=lambda at: slope(at, "u"),
            place=PLACE,
            hints=[
                "$\\partial x/\\partial\\mathbf u = \\mathbf v_i - \\mathbf v_j$.",
                "The penalty's gradient is $\\lambda\\mathbf u$.",
            ],
            slips=[
                WrongLine("(1 - sigmoid(x)) * (v_i - v_j) + lam * u", "the sign of the first part: σ(x) − 1"),
                WrongLine("(sigmoid(x) - 1) * (v_i - v_j)", "the penalty is missing: λu"),
                WrongLine("sigmoid(x) * (v_i - v_j) + lam * u", "σ(x) for σ(x) − 1"),
                WrongLine("(sigmoid(x) - 1) * v_i + lam * u", "the item not seen is missing: v_i − v_j"),
                WrongLine(
                    "(sigmoid(x) - 1) * (v_i - v_j) + lam / 2 * u", "λ/2 ‖u‖² has the gradient λu: the 2 cancels"
                ),
                WrongLine("(sigmoid(x) - 1) * (v_i - v_j) - lam * u", "the sign of the penalty: + λu"),
                WrongLine(
                    "(sigmoid(x) - 1) * (v_i + v_j) + lam * u", "the two items pull in opposite directions: v_i − v_j"
                ),
            ],
        ),
        Line(
            name="item seen",
            ask="With respect to the vector of the item seen, $\\partial\\mathcal L/\\partial\\mathbf v_i$?",
            latex=r"\frac{\partial\mathcal L}{\partial\mathbf v_i} = (\sigma(x) - 1)\,\mathbf u + \lambda \mathbf v_i",
            python="(sigmoid(x) - 1) * u + lam * v_i",
            expected=lambda at: slope(at, "v_i"),
            place=PLACE,
            hints=["$\\partial x/\\partial\\mathbf v_i = \\mathbf u$.", "And $\\lambda\\mathbf v_i$ of the penalty."],
            slips=[
                WrongLine("(1 - sigmoid(x)) * u + lam * v_i", "that pushes the item seen away: σ(x) − 1"),
                WrongLine("(sigmoid(x) - 1) * u", "the penalty λv_i is missing"),
                WrongLine("sigmoid(x) * u + lam * v_i", "σ(x) for σ(x) − 1 with the item seen"),
                WrongLine(
                    "(sigmoid(x) - 1) * (v_i - v_j) + lam * v_i", "∂x/∂v_i is u, not the difference of the items"
                ),
                WrongLine("(sigmoid(x) - 1) * u + lam * u", "the penalty of v_i is λv_i, not λu"),
            ],
        ),
        Line(
            name="item not seen",
            ask="And with respect to the other's, $\\partial\\mathcal L/\\partial\\mathbf v_j$?",
            latex=r"\frac{\partial\mathcal L}{\partial\mathbf v_j} = (1 - \sigma(x))\,\mathbf u + \lambda \mathbf v_j",
            python="(1 - sigmoid(x)) * u + lam * v_j",
            expected=lambda at: slope(at, "v_j"),
            place=PLACE,
            hints=["$\\partial x/\\partial\\mathbf v_j = -\\mathbf u$.", "So the sign of the first part turns."],
            because="The two items get opposite pushes of the same size.",
            slips=[
                WrongLine("(sigmoid(x) - 1) * u + lam * v_j", "the sign: ∂x/∂v_j = −u"),
                WrongLine("(1 - sigmoid(x)) * u", "the penalty λv_j is missing"),
                WrongLine(
                    "sigmoid(x) * u + lam * v_j", "σ(x) is not the negative's error here: it is σ(−x) = 1 − σ(x)"
                ),
                WrongLine("sigmoid(s_j) * u + lam * v_j", "the error depends on the difference x, not on s_j alone"),
                WrongLine("(1 - sigmoid(x)) * u - lam * v_j", "the penalty's sign does not turn: + λv_j"),
            ],
        ),
    ],
)
