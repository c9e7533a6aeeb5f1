"""LaTeX at the whiteboard means the same as Python: by hand on what readers type, and by random round trips."""

import numpy as np
import pytest

from embedviz.course.whiteboard.expressions import Expression, ExpressionError
from embedviz.course.whiteboard.latex import translate

RANGES = {"j": "range(N)", "l": "range(N)", "w": "range(N)", "i": "range(k)", "c": "context"}
NAMES = {"C": "count"}

# As a reader types it, and the same in Python.
TYPED = [
    (r"p_j - [j=t]", "p[j] - (j == t)"),
    (r"p_j-\mathbb{1}[j=t]", "p[j] - (j == t)"),
    (r"p_j - \mathbb 1[j = t]", "p[j] - (j == t)"),
    (r"p_j - \mathbb{1}_{j=t}", "p[j] - (j == t)"),
    (r"p_j - \mathbf 1_{\{j=t\}}", "p[j] - (j == t)"),
    (r"p_j - \mathbf{1}\{j=t\}", "p[j] - (j == t)"),
    (r"p_j - \delta_{jt}", "p[j] - (j == t)"),
    (r"p_j - y_j", "p[j] - y[j]"),
    (r"p_{j}-y_{j}", "p[j] - y[j]"),
    (r"[j \neq t]\, p_j", "(j != t) * p[j]"),
    (r"\mathbf{v}_{w_t}", "v[t]"),
    (r"\mathbf v_{w_t}", "v[t]"),
    (r"\vec v_j", "v[j]"),
    (r"\boldsymbol{v}_j \cdot \mathbf h", "v[j] @ h"),
    (r"\mathbf v_j^\top \mathbf h", "v[j] @ h"),
    (r"\langle \mathbf v_j, \mathbf h \rangle", "v[j] @ h"),
    (r"(p_j - y_j)\,\mathbf{h}", "(p[j] - y[j]) * h"),
    (r"(\mathbf p - \mathbf y)\,\mathbf h^\top", "outer(p - y, h)"),
    (r"\mathbf{p}\mathbf{h}^{\top}", "outer(p, h)"),
    (r"\sum_j p_j \mathbf v_j", "p @ v"),
    (r"\sum_j p_j \mathbf v_j - \mathbf v_t", "p @ v - v[t]"),
    (r"\left(\sum_{j} p_j \mathbf{v}_j\right) - \mathbf{v}_{t}", "p @ v - v[t]"),
    (r"\sum_{j=1}^{N} (p_j - y_j) \mathbf v_j", "(p - y) @ v"),
    (r"\sum_{w} p_w v_w - v_t", "p @ v - v[t]"),
    (r"\sum_{m=1}^N p_m \mathbf v_m", "p @ v"),
    (r"\sum_m p_m \mathbf v_m", "p @ v"),
    (r"\sum_{j \ne t} p_j \mathbf v_j + (p_t - 1) \mathbf v_t", "p @ v - v[t]"),
    (r"V^\top (p - y)", "v.T @ (p - y)"),
    (r"\frac1C \sum_c \mathbf u_c", "mean(u[context], axis=0)"),
    (r"\frac{1}{C} \sum_{c\in\text{context}} \mathbf u_c", "mean(u[context], axis=0)"),
    (r"\dfrac{1}{C}\sum_{c=1}^C u_c", "mean(u[context], axis=0)"),
    (r"\frac{C_w}{C}\frac{\partial \mathcal L}{\partial \mathbf h}", "count[w] / C * dL_dh"),
    (r"\frac{C_w}{C}\,\frac{\partial L}{\partial h}", "count[w] / C * dL_dh"),
    (r"C_w/C \cdot \partial L / \partial h", "count[w] / C * dL_dh"),
    (r"\frac{\partial\mathcal L}{\partial s_j}\mathbf h", "dL_ds[j] * h"),
    (r"-s_t + \log\sum_j e^{s_j}", "-s[t] + log(sum(exp(s)))"),
    (r"-s_t+\ln \sum_{l=1}^N \exp(s_l)", "-s[t] + log(sum(exp(s)))"),
    (r"-\log\frac{e^{s_t}}{\sum_j e^{s_j}}", "-log(exp(s[t]) / sum(exp(s)))"),
    (r"-\log p_t", "-log(p[t])"),
    (r"\frac{e^{s_j}}{\sum_l e^{s_l}} - y_j", "softmax(s)[j] - y[j]"),
    (r"-\log\sigma(s^+) - \sum_{i=1}^k \log\sigma(-s^-_i)", "-log(sigmoid(s_pos)) - sum(log(sigmoid(-s_neg)))"),
    (r"-\log \sigma(s^{+}) - \sum_i \log \sigma(-s_i^-)", "-log(sigmoid(s_pos)) - sum(log(sigmoid(-s_neg)))"),
    (r"-\log\sigma(s^+)-\sum_{i=1}^{k}\log(1-\sigma(s_i^{-}))", "-log(sigmoid(s_pos)) - sum(log(sigmoid(-s_neg)))"),
    (r"\sigma(s^+) - 1", "sigmoid(s_pos) - 1"),
    (r"-\sigma(-s^+)", "sigmoid(s_pos) - 1"),
    (r"\frac{1}{1+e^{-s^+}} - 1", "sigmoid(s_pos) - 1"),
    (r"\sigma(s^+)(1-\sigma(s^+))", "sigmoid(s_pos) * sigmoid(-s_pos)"),
    (r"\sigma\left(s^+\right)^2", "sigmoid(s_pos) ** 2"),
    (r"\log\frac{\hat p(c,w)}{\hat p(c)\,q(w)} - \log k", "log(p_cw / (p_c * q_w)) - log(k)"),
    (r"\log \frac{p(c, w)}{k\, p(c)\, q(w)}", "log(p_cw / (p_c * q_w)) - log(k)"),
    (r"\log \hat{p}(c,w) - \log \hat{p}(c) - \log q(w) - \log k", "log(p_cw / (p_c * q_w)) - log(k)"),
    (r"\mathrm{PMI}(c,w) - \log k", "PMI - log(k)"),
    (r"\text{PMI} - \ln k", "PMI - log(k)"),
    (r"s_j/\tau - \log q_j", "s[j] / tau - log(q[j])"),
    (r"\frac{s_j}{\tau} - \ln q_j", "s[j] / tau - log(q[j])"),
    (r"e^{s_j/\tau-\log q_j}", "exp(s[j] / tau) / q[j]"),
    (r"\frac1B\sum_{j\in\text{batch}} \frac{e^{s_j/\tau}}{q_j}", "mean(exp(s[batch] / tau) / q[batch])"),
    (r"(X^\top X + \lambda I)^{-1}", "inv(X.T @ X + lam * I)"),
    (r"(X^T X + \lambda I)^{-1} X^T X", "inv(X.T @ X + lam * I) @ X.T @ X"),
    (r"\hat{B}", "B"),
    (r"I - P\operatorname{diag}(\lambda + \gamma)", "I - P @ diag(lam + gamma)"),
    (r"I - P\,\operatorname{diagMat}(1/\operatorname{diag}(P))", "I - P / diag(P)"),
    (r"I - P \cdot \operatorname{diag}\left(\frac{1}{\operatorname{diag} P}\right)", "I - P / diag(P)"),
    (r"\delta_{ij} - \frac{P_{ij}}{P_{jj}}", "(i == j) - P[i, j] / P[j, j]"),
    (r"[i=j] - P_{i,j} / P_{j,j}", "(i == j) - P[i, j] / P[j, j]"),
    (r"\frac{1}{P_{jj}} - \lambda", "1 / P[j, j] - lam"),
    (r"P_{jj}^{-1} - \lambda", "1 / P[j, j] - lam"),
    (r"\lVert X - XB \rVert^2", "sum((X - X @ B) ** 2)"),
    (r"\|X - XB\|_F^2 + \lambda \|B\|_F^2", "sum((X - X @ B) ** 2) + lam * sum(B ** 2)"),
    (r"2\sum_j \gamma_j B_{jj}", "2 * sum(gamma * diag(B))"),
    (r"-2X^\top(X-XB)+2\lambda B+2\,\mathrm{diag}(\gamma)", "-2 * X.T @ (X - X @ B) + 2 * lam * B + 2 * diag(gamma)"),
    (r"P(P^{-1} - \lambda I - \operatorname{diag}\gamma)", "I - P @ diag(lam + gamma)"),
    (r"\frac\lambda2 \mathbf h^\top \mathbf h", "lam / 2 * (h @ h)"),
    (r"\tfrac12 \lambda \lVert\mathbf h\rVert^2", "lam / 2 * (h @ h)"),
    (r"R^\top R", "R.T @ R"),
    (r"\mathbf h^\top R \mathbf h", "h @ R @ h"),
    (r"|s_j|^{3/4}", "abs(s[j]) ** 0.75"),
    (r"\sqrt{p_j} \odot \mathbf h", "sqrt(p[j]) * h"),
    (r"p_j (1 − p_j) · τ", "p[j] * (1 - p[j]) * tau"),
    (r"p_j - I(j=t)", "p[j] - (j == t)"),
    (r"p_j - \mathbb{I}[j=t]", "p[j] - (j == t)"),
    (r"p_j - 1_{j = t}", "p[j] - (j == t)"),
    (r"\mathbf p - \mathbf e_t", "p - onehot(t, N)"),
    (r"p[j] - y_j", "p[j] - y[j]"),
    (r"P[i,j] / P_{jj}", "P[i, j] / P[j, j]"),
    (r"\log_2 p_j", "log(p[j]) / log(2)"),
]


def scope(seed: int = 0) -> dict:
    random = np.random.default_rng(seed)
    N, k, d = 5, 3, 4
    vectors = {name: random.normal(size=N) for name in ("s", "y", "gamma", "dL_ds")}
    matrices = {name: random.normal(size=(N, N)) for name in ("B", "P", "X")}
    positive = {name: random.uniform(0.1, 0.9) for name in ("tau", "lam", "p_cw", "p_c", "q_w", "PMI")}
    return {
        **vectors,
        **matrices,
        **positive,
        **{"p": random.dirichlet(np.ones(N)), "q": random.dirichlet(np.ones(N))},
        **{"v": random.normal(size=(N, d)), "V": random.normal(size=(N, d)), "u": random.normal(size=(N, d))},
        **{"h": random.normal(size=d), "dL_dh": random.normal(size=d), "R": random.normal(size=(d, d))},
        **{"s_pos": random.normal(), "s_neg": random.normal(size=k), "I": np.eye(N), "t": 2, "N": N, "k": k},
        **{"C": 4, "context": np.array([1.0, 0, 1, 3]), "count": np.array([1.0, 2, 0, 1, 0])},
        **{"batch": np.array([4.0, 1, 1]), "j": 1, "i": 2, "w": 1},
    }


def known(text: str) -> dict:
    """The scope, with the letters that mean two things in these texts set to one of them."""
    values = scope()
    if "batch" in text:
        values["B"] = 3
    values["v"] = values["V"]
    if "I(" in text or "{I}" in text:
        del values["I"]
    if "^-" in text or "^{-}" in text:
        values["s"] = values["s_neg"]
    return values


def translated(text: str, values: dict) -> str:
    names = {**NAMES, **({"s": "s_neg"} if "^" in text and "sigma" in text else {})}
    return translate(text, {name: np.ndim(value) for name, value in values.items()}, RANGES, names)


@pytest.mark.parametrize("latex, python", TYPED)
def test_what_readers_type(latex, python):
    values = known(latex)
    got = Expression(translated(latex, values)).value(values)
    np.testing.assert_allclose(got, Expression(python).value(values), rtol=1e-12, atol=1e-12)


def test_there_are_enough_of_them():
    assert len({latex for latex, _ in TYPED}) >= 60


def random_pair(random: np.random.Generator, depth: int) -> tuple[str, str]:
    """A random number, in LaTeX and in Python, written by two rules that do not know each other."""
    if depth == 0:
        leaves = [
            *[("p_j", "p[j]"), (r"\tau", "tau"), (r"\lambda", "lam"), ("s_{j}", "s[j]"), ("2", "2"), ("y_t", "y[t]")],
            *[(r"\mathbf v_j^\top\mathbf h", "dot(v[j], h)"), (r"\hat p(c,w)", "p_cw"), ("[j=t]", "(j == t)")],
            *[(r"B_{ij}", "B[i, j]"), (r"\mathbf h \cdot \mathbf h", "dot(h, h)"), (r"\lVert X\rVert", "norm(X)")],
        ]
        return leaves[random.integers(len(leaves))]
    (a, x), (b, y) = random_pair(random, depth - 1), random_pair(random, random.integers(depth))
    rules = [
        (f"({a}) + ({b})", f"({x}) + ({y})"),
        (f"\\left({a}\\right) - \\left({b}\\right)", f"({x}) - ({y})"),
        (f"({a})({b})", f"({x}) * ({y})"),
        (f"({a}) \\cdot \\bigl({b}\\bigr)", f"({x}) * ({y})"),
        (f"\\frac{{{a}}}{{{b}}}", f"({x}) / ({y})"),
        (f"-\\sigma({a})", f"-(1 / (1 + exp(-({x}))))"),
        (f"\\log\\bigl(1+({a})^2\\bigr)", f"log(1 + ({x})**2)"),
        (f"e^{{-({a})^{{2}}}}", f"exp(-({x})**2)"),
        (f"\\sum_{{l=1}}^N p_l ({a})", f"({x}) * sum(p)"),
        (f"|{a}|", f"abs({x})"),
        (f"\\sqrt{{1+({a})^2}}", f"sqrt(1 + ({x})**2)"),
    ]
    return rules[random.integers(len(rules))]


@pytest.mark.parametrize("seed", range(8))
def test_random_expressions_come_back_as_the_same_number(seed):
    random = np.random.default_rng(seed)
    values = scope(seed)
    dimensions = {name: np.ndim(value) for name, value in values.items()}
    tried = 0
    while tried < 60:
        latex, python = random_pair(random, int(random.integers(1, 4)))
        if len(python) > 500:
            continue
        expected = Expression(python).value(values)
        if not np.isfinite(expected) or abs(expected) > 1e9:
            continue
        got = Expression(translate(latex, dimensions, RANGES, NAMES)).value(values)
        np.testing.assert_allclose(got, expected, rtol=1e-9, err_msg=f"{latex}  {python}")
        tried += 1


@pytest.mark.parametrize(
    "latex, said",
    [
        (r"\frac{1}{", "cannot be read"),
        (r"p_j - ", "cannot be read at the end"),
        (r"(p_j", "is missing"),
        (r"\int p_j", r"`\int` is not known"),
        (r"p h", "two vectors side by side"),
        (r"v_1", "index letters"),
        (r"p_j ) + 2", "from `)+2`"),
        (r"\sum_x 3", "run through"),
        ("{" * 400, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(latex, said):
    values = scope()
    with pytest.raises(
        ExpressionError, match=said.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").replace("+", "\\+")
    ):
        translated(latex, values)
