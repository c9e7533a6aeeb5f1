"""Whiteboard: EASE, a regression of each film on all others, in closed form (chapter 4)."""

import numpy as np

from embedviz.course.whiteboard.derivation import Derivation, Line, WrongLine
from embedviz.course.whiteboard.points import tenths
from embedviz.models.gradients import finite_difference


def points():
    """Who has seen what: 5 × 3 to 9 × 5, and any B and γ."""
    random = np.random.default_rng(7)
    for users, N, lam in ((5, 3, 2.0), (7, 4, 0.5), (9, 5, 1.5)):
        X = np.zeros((users, N))
        # Until all columns have different sums: the slips of rows and columns must differ.
        while len(set(X.sum(axis=0))) < N or 0 in X.sum(axis=0):
            X = (random.random((users, N)) < np.linspace(0.25, 0.9, N)).astype(float)
        G = X.T @ X
        yield {
            **{"X": X, "B": tenths(random, N, N, largest=15), "gamma": tenths(random, N, largest=15), "lam": lam},
            **{"N": N, "G": G, "I": np.eye(N), "P": np.linalg.inv(G + lam * np.eye(N))},
        }


def lagrangian(at, B) -> float:
    """By loops."""
    rest = at["X"] - at["X"] @ B
    fit = sum(float(x) ** 2 for x in rest.ravel())
    penalty = at["lam"] * sum(float(b) ** 2 for b in B.ravel())
    return fit + penalty + 2 * sum(g * B[j, j] for j, g in enumerate(at["gamma"]))


def stationary(at) -> np.ndarray:
    """The B at which the Lagrangian's gradient is 0 for the given γ: the gradient is linear in B, so solve."""
    N = at["N"]
    X, lam = at["X"], at["lam"]
    columns = []
    for j in range(N):  # column j by itself: least squares with the rows √λ I below X, and γ_j on B_jj
        right = X.T @ X[:, j] - at["gamma"][j] * np.eye(N)[j]
        columns.append(np.linalg.solve(X.T @ X + lam * np.eye(N), right))
    return np.array(columns).T


def ease_by_ridge(at) -> np.ndarray:
    """Column by column: a ridge regression of a film on all *other* films."""
    N, X = at["N"], at["X"]
    B = np.zeros((N, N))
    for j in range(N):
        others = np.arange(N) != j
        A = np.vstack([X[:, others], np.sqrt(at["lam"]) * np.eye(N - 1)])
        B[others, j] = np.linalg.lstsq(A, np.append(X[:, j], np.zeros(N - 1)), rcond=None)[0]
    return B


def multipliers(at) -> np.ndarray:
    """From the regressions: what is left of the gradient on the diagonal."""
    B = ease_by_ridge(at)
    return np.diag(at["X"].T @ (at["X"] - at["X"] @ B)) - at["lam"] * np.diag(B)


PLACE = (4, "Rivals")
FIT = "norm(X - X @ B)**2"

DERIVATION = Derivation(
    name="EASE",
    about="$X$ has a row for each user and a column for each film, 1 where the user has seen it. Predict each column "
    "from "
    "all others: $\\min_B \\lVert X - XB\\rVert^2 + \\lambda\\lVert B\\rVert^2$ with $B_{jj} = 0$. (Norms are of all "
    "entries.) $G = X^\\top X$, and $P = (G + \\lambda I)^{-1}$.",
    symbols={
        "X": "who has seen what, users × N",
        "B": "the weights, N × N: column j predicts film j",
        "lam": "$\\lambda$, strength of the penalty",
        "gamma": "multipliers $\\gamma_j$, N numbers",
        "G": "$X^\\top X$, how many have seen both, N × N",
        "P": "$(G + \\lambda I)^{-1}$",
        "I": "the unit matrix",
        "N": "number of films",
    },
    points=points,
    ranges={"j": "range(N)", "i": "range(N)", "l": "range(N)"},
    source="[Steck 2019](https://arxiv.org/abs/1905.03375), section 3",
    lines=[
        Line(
            name="Lagrangian",
            ask="Write the Lagrangian, with $2\\gamma_j$ as the multiplier of $B_{jj}$. (`norm(A)` is the root of the "
            "sum of "
            "all squares, `diag(B)` the diagonal.)",
            latex=r"\mathcal L = \lVert X - XB\rVert^2 + \lambda\lVert B\rVert^2 + 2\sum_j \gamma_j B_{jj}",
            python=f"{FIT} + lam * norm(B)**2 + 2 * sum(gamma[j] * B[j, j] for j in range(N))",
            expected=lambda at: lagrangian(at, at["B"]),
            place=PLACE,
            hints=["What is made small, plus each constraint times its multiplier.", "$2\\sum_j \\gamma_j B_{jj}$."],
            uses=("X", "B", "lam", "gamma", "G", "N", "I"),
            slips=[
                WrongLine(f"{FIT} + lam * norm(B)**2", "the constraints are missing: 2 γ_j times B_jj"),
                WrongLine(f"{FIT} + lam * norm(B)**2 + sum(gamma * diag(B))", "the multiplier is 2 γ_j, not γ_j"),
                WrongLine(f"{FIT} + lam * norm(B) + 2 * sum(gamma * diag(B))", "the penalty's norm is squared"),
                WrongLine(f"{FIT} + 2 * sum(gamma * diag(B))", "the penalty λ‖B‖² is missing"),
                WrongLine(
                    f"{FIT} + lam**2 * norm(B)**2 + 2 * sum(gamma * diag(B))", "λ stands before the norm, not in it"
                ),
                WrongLine(f"{FIT} + lam * norm(B)**2 + 2 * sum(gamma @ B)", "only the diagonal is constrained"),
            ],
        ),
        Line(
            name="gradient",
            ask="Differentiate with respect to B: what is $\\partial\\mathcal L/\\partial B$, N × N?",
            latex=r"\frac{\partial\mathcal L}{\partial B} = -2 X^\top (X - XB) + 2\lambda B + "
            r"2\operatorname{diag}(\gamma)",
            python="-2 * X.T @ (X - X @ B) + 2 * lam * B + 2 * diag(gamma)",
            expected=lambda at: finite_difference(lambda B: lagrangian(at, B), at["B"]),
            place=PLACE,
            hints=[
                "The gradient of $\\lVert X - XB\\rVert^2$ is $-2X^\\top(X - XB)$: inner derivative $-X$, to the left.",
                "The multipliers act on the diagonal alone: $\\operatorname{diag}(\\gamma)$.",
            ],
            uses=("X", "B", "lam", "gamma", "G", "N", "I"),
            slips=[
                WrongLine(
                    "2 * X.T @ (X - X @ B) + 2 * lam * B + 2 * diag(gamma)",
                    "the sign of the first part: the inner derivative of X − XB is −X",
                ),
                WrongLine("-2 * X.T @ (X - X @ B) + 2 * lam * B", "the multipliers are missing in the gradient"),
                WrongLine(
                    "-2 * X.T @ (X - X @ B) + 2 * lam * B + 2 * gamma",
                    "γ is on the diagonal only: diag(γ), not γ in every row",
                ),
                WrongLine("-2 * X.T @ (X - X @ B) + 2 * diag(gamma)", "2λB, the penalty's gradient, is missing"),
                WrongLine(
                    "-X.T @ (X - X @ B) + lam * B + 2 * diag(gamma)", "the square's factor 2 is missing in two parts"
                ),
                WrongLine(
                    "-X.T @ (X - X @ B) + lam * B + diag(gamma)",
                    "half of it: it has the same zero, but is not the gradient",
                ),
            ],
        ),
        Line(
            name="stationarity",
            ask="Set it to 0 and bring B to the left: $(G + \\lambda I)\\, B = \\text{?}$",
            latex=r"(G + \lambda I)\, B = G - \operatorname{diag}(\gamma)",
            python="G - diag(gamma)",
            expected=lambda at: (at["X"].T @ at["X"] + at["lam"] * np.eye(at["N"])) @ stationary(at),
            place=PLACE,
            hints=[
                "Divide by 2: $-G + GB + \\lambda B + \\operatorname{diag}(\\gamma) = 0$.",
                "What has no B goes right.",
            ],
            uses=("X", "G", "P", "lam", "gamma", "I", "N"),
            slips=[
                WrongLine("G + diag(gamma)", "the sign of the multipliers: they go to the other side"),
                WrongLine("G", "the multipliers are missing: that is plain ridge regression"),
                WrongLine("diag(gamma) - G", "both signs: G comes from −G on the left"),
                WrongLine("G - gamma", "diag(γ): the multipliers stand on the diagonal"),
                WrongLine("G - 2 * diag(gamma)", "all was divided by 2, the multipliers too"),
                WrongLine("G + lam * I - diag(gamma)", "λI belongs to the left only, with B"),
            ],
        ),
        Line(
            name="weights with multipliers",
            ask="Solve for B with $P = (G + \\lambda I)^{-1}$, so $G = P^{-1} - \\lambda I$. (`diag(x)` of a vector "
            "is the matrix.)",
            latex=r"B = P\,(P^{-1} - \lambda I - \operatorname{diag}(\gamma)) = I - P\operatorname{diag}(\lambda + "
            r"\gamma)",
            python="I - P @ diag(lam + gamma)",
            expected=stationary,
            place=PLACE,
            hints=["$B = P\\,(G - \\operatorname{diag}(\\gamma))$.", "$P P^{-1} = I$, and what is left are diagonals."],
            uses=("G", "P", "lam", "gamma", "I", "N"),
            slips=[
                WrongLine("P @ G", "the multipliers are lost: that is plain ridge regression"),
                WrongLine("I - P @ diag(gamma)", "λ is lost: G = P⁻¹ − λI"),
                WrongLine("I - diag(lam + gamma) @ P", "P stands on the left, so the diagonal scales its columns"),
                WrongLine("I + P @ diag(lam + gamma)", "the sign: I − P diag(λ + γ)"),
                WrongLine("I - P @ diag(gamma - lam)", "λ is added to γ: − λI − diag(γ)"),
                WrongLine("P - P @ diag(lam + gamma)", "P P⁻¹ is I, not P"),
            ],
        ),
        Line(
            name="multipliers",
            ask="The diagonal must be 0: $B_{jj} = 1 - P_{jj}\\,(\\lambda + \\gamma_j) = 0$. Which $\\gamma_j$ is "
            "that?",
            latex=r"\gamma_j = \frac{1}{P_{jj}} - \lambda",
            python="1 / P[j, j] - lam",
            expected=multipliers,
            place=PLACE,
            hints=["$P_{jj}\\,(\\lambda + \\gamma_j) = 1$.", "Divide by $P_{jj}$, then take λ off."],
            uses=("G", "P", "lam", "I", "N"),
            index=("j",),
            slips=[
                WrongLine("1 / P[j, j]", "λ must be taken off: that is λ + γ_j"),
                WrongLine("1 / P[j, j] + lam", "λ is subtracted, not added"),
                WrongLine("P[j, j] - lam", "upside down: 1 / P_jj"),
                WrongLine("inv(P)[j, j] - lam", "one by the entry P_jj, not the entry of the inverse matrix"),
                WrongLine("1 / G[j, j] - lam", "P is the inverse of G + λI: its diagonal, not that of G"),
            ],
        ),
        Line(
            name="weights",
            ask="Put it in: what is B?",
            latex=r"B = I - P\operatorname{diag}\!\left(\frac{1}{\operatorname{diag}(P)}\right),"
            r"\qquad B_{ij} = [i = j] - \frac{P_{ij}}{P_{jj}}",
            python="I - P @ diagMat(1 / diag(P))",
            expected=ease_by_ridge,
            place=PLACE,
            hints=[
                "$\\lambda + \\gamma_j = 1/P_{jj}$.",
                "Entry by entry: $B_{ij} = -P_{ij}/P_{jj}$ off the diagonal, and 0 on it.",
            ],
            uses=("G", "P", "lam", "I", "N", "X"),
            index=("i", "j"),
            because="P is an inverse: it does not count that two films are seen together, but what one says beyond "
            "the rest.",
            slips=[
                WrongLine("I - diagMat(1 / diag(P)) @ P", "divided by row: column j is divided by P_jj"),
                WrongLine("-P @ diagMat(1 / diag(P))", "the diagonal is −1 here: I is missing, it must be 0"),
                WrongLine("I - P", "not divided by the diagonal of P"),
                WrongLine("I + P @ diagMat(1 / diag(P))", "the sign: B_ij = −P_ij / P_jj"),
                WrongLine("P @ diagMat(1 / diag(P)) - I", "all signs are turned: I − P …"),
                WrongLine("I - G / diag(G)", "P, the inverse of G + λI, not G"),
                WrongLine("P @ G", "that is ridge regression, in which each film predicts itself"),
                WrongLine(
                    "P @ G * (1 - I)",
                    "ridge regression with its diagonal cut off: the other weights must know that it is 0",
                ),
            ],
        ),
    ],
)
