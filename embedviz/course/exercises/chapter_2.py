"""Exercises of chapter 2: a pretext task on pairs, neighbors, and rivals."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from embedviz.base.arrays import unit_rows
from embedviz.course.checking import Exercise, Slip

# The task


def density_inputs():
    yield {"n_pairs": 4, "n_books": 4, "n_links": 3, "negatives": 1}
    yield {"n_pairs": 28_801, "n_books": 2_193, "n_links": 2_195, "negatives": 2}
    yield {"n_pairs": 600, "n_books": 60, "n_links": 20, "negatives": 5}


def wrong_negatives(n_pairs, n_books, n_links, negatives):
    """n_pairs: true pairs, all different. negatives: drawn for each of them, a random book with a random link.
    Return how many of the negatives of one epoch are true pairs by accident, on average."""
    return n_pairs * negatives * n_pairs / (n_books * n_links)


WRONG_NEGATIVES = Exercise(
    name="accidental negatives",
    chapter=2,
    kind="predict",
    minutes=4,
    task="Negatives are drawn at random: how many true pairs are called false in one epoch?",
    solution=wrong_negatives,
    reference=lambda n_pairs, n_books, n_links, negatives: sum(
        n_pairs / n_books / n_links for _ in range(n_pairs * negatives)
    ),
    inputs=density_inputs,
    slips=[
        Slip(
            "that is the share of true pairs, the probability for one negative: how many are drawn?",
            lambda p, b, links, n: p / (b * links),
            card="accidental negatives",
        ),
        Slip(
            "`negatives` are drawn for each pair",
            lambda p, b, links, n: p * p / (b * links),
            card="accidental negatives",
        ),
        Slip(
            "one pair's negatives: an epoch has `n_pairs` pairs",
            lambda p, b, links, n: n * p / (b * links),
            card="accidental negatives",
        ),
        Slip(
            "that is how many negatives there are at all",
            lambda p, b, links, n: float(p * n),
            card="accidental negatives",
        ),
        Slip(
            "of b + links rows? There are books × links pairs",
            lambda p, b, links, n: p * n * p / (b + links),
            card="accidental negatives",
        ),
        Slip(
            "those are the *right* negatives",
            lambda p, b, links, n: p * n * (1 - p / (b * links)),
            card="accidental negatives",
        ),
    ],
    hints=["Of all pairs that could be, which share is true?", "Times the number of negatives in an epoch."],
    forms=[
        lambda n_pairs, n_books, n_links, negatives: negatives * n_pairs**2 / n_books / n_links,
        lambda n_pairs, n_books, n_links, negatives: (
            torch.tensor(float(n_pairs)) ** 2 / (n_books * n_links) * negatives
        ),
    ],
    anchor="3. A task whose answers nobody needs",
)


def pair_inputs():
    yield {"s": torch.tensor([0.0]), "y": torch.tensor([1.0])}
    yield {"s": torch.tensor([2.0, -1.0]), "y": torch.tensor([1.0, 0.0])}
    yield {"s": torch.tensor([0.3, -2.0, 4.0, 1.0]), "y": torch.tensor([1.0, 1.0, 0.0, 0.0])}


def logistic_loss(s, y):
    """s: (B,) scores. y: (B,) labels, 1 for a true pair, 0 for a made-up one.
    Return the mean of −log σ(s) over the true pairs and −log σ(−s) over the made-up ones, together."""
    return torch.nn.functional.softplus(torch.where(y == 1, -s, s)).mean()


LOGISTIC_LOSS = Exercise(
    name="logistic loss",
    chapter=2,
    kind="write",
    minutes=6,
    task="True or made up? Write the loss of a batch of pairs.",
    solution=logistic_loss,
    reference=F.binary_cross_entropy_with_logits,
    inputs=pair_inputs,
    learns=("s",),
    slips=[
        Slip(
            "the made-up pairs are missing: their score must fall, −log σ(−s)",
            lambda s, y: (y * F.softplus(-s)).mean(),
            card="logistic loss of pairs",
        ),
        Slip(
            "made-up pairs are scored as true ones: −log σ(−s) for label 0",
            lambda s, y: F.softplus(-s).mean(),
            card="logistic loss of pairs",
        ),
        Slip(
            "the labels are the wrong way round",
            lambda s, y: F.softplus(torch.where(y == 1, s, -s)).mean(),
            card="logistic loss of pairs",
        ),
        Slip(
            "right, but for its sign: a loss is −log of a probability",
            lambda s, y: -F.softplus(torch.where(y == 1, -s, s)).mean(),
            card="logistic loss of pairs",
        ),
        Slip(
            "that is the sum: take the mean over the batch",
            lambda s, y: F.softplus(torch.where(y == 1, -s, s)).sum(),
            card="logistic loss of pairs",
        ),
        Slip(
            "take the logarithm of the probability",
            lambda s, y: 1 - torch.where(y == 1, torch.sigmoid(s), torch.sigmoid(-s)).mean(),
            card="logistic loss of pairs",
        ),
        Slip(
            "that is the squared error, Koehrsen's default: logistic loss asks for −log of the probability",
            lambda s, y: ((torch.sigmoid(s) - y) ** 2).mean(),
            card="logistic loss of pairs",
        ),
        Slip(
            "the scores are no probabilities: σ first", lambda s, y: (s - y).abs().mean(), card="logistic loss of pairs"
        ),
    ],
    hints=[
        "σ(s) is the model's probability that the pair is true. And that it is made up?",
        "1 − σ(s) = σ(−s). softplus(x) = log(1 + eˣ) = −log σ(−x).",
    ],
    forms=[
        lambda s, y: -(y * torch.sigmoid(s).log() + (1 - y) * torch.sigmoid(-s).log()).mean(),
        lambda s, y: -F.logsigmoid(s * (2 * y - 1)).mean(),
    ],
    anchor="5. First loss: true or made up?",
)


def temperature_inputs():
    yield {"s": np.array([0.5, -0.5]), "true": 0, "temperature": 0.5}
    yield {"s": np.array([0.1, 0.4, -0.2]), "true": 1, "temperature": 0.2}
    yield {"s": np.random.default_rng(0).uniform(-1, 1, 6), "true": 5, "temperature": 0.1}


def probabilities(s, temperature=1.0):
    e = np.exp((s - s.max()) / temperature)
    return e / e.sum()


def with_temperature(s, true, temperature):
    """s: (N,) cosines of a book with all links. true: number of its link. temperature: τ.
    Return ∂L/∂s, (N,), for L = −log softmax(s / τ)[true]."""
    p = np.exp(s / temperature)
    p /= p.sum()
    p[true] -= 1
    return p / temperature


def with_temperature_by_autograd(s, true, temperature):
    leaf = torch.tensor(s, requires_grad=True)
    F.cross_entropy(leaf[None] / temperature, torch.tensor([true])).backward()
    return leaf.grad


def residual(s, true, temperature=1.0):
    return probabilities(s, temperature) - (np.arange(len(s)) == true)


TEMPERATURE = Exercise(
    name="temperature",
    chapter=2,
    kind="derive",
    minutes=8,
    task="Divide the scores by τ before the softmax. What becomes of the gradient? Why do near negatives count for "
    "more "
    "when τ is small?",
    solution=with_temperature,
    reference=with_temperature_by_autograd,
    inputs=temperature_inputs,
    slips=[
        Slip(
            "the inner derivative is missing: s/τ has the derivative 1/τ", residual, card="gradient with a temperature"
        ),
        Slip(
            "1/τ, not τ: a small temperature makes steps larger",
            lambda s, t, tau: residual(s, t, tau) * tau,
            card="gradient with a temperature",
        ),
        Slip(
            "the temperature belongs into the softmax, too",
            lambda s, t, tau: residual(s, t) / tau,
            card="gradient with a temperature",
        ),
        Slip(
            "− 1 at the true one is missing",
            lambda s, t, tau: probabilities(s, tau) / tau,
            card="gradient with a temperature",
        ),
        Slip("the sign: p − one-hot", lambda s, t, tau: -residual(s, t, tau) / tau, card="gradient with a temperature"),
        Slip(
            "the scores are multiplied by τ here: divide",
            lambda s, t, tau: residual(s, t, 1 / tau) * tau,
            card="gradient with a temperature",
        ),
        Slip(
            "divided by N: no mean is taken here",
            lambda s, t, tau: residual(s, t, tau) / tau / len(s),
            card="gradient with a temperature",
        ),
    ],
    hints=["With z = s/τ it is p − one-hot with respect to z.", "∂z/∂s = 1/τ."],
    forms=[
        lambda s, true, temperature: torch.from_numpy(residual(s, true, temperature)) / temperature,
        lambda s, t, tau: [(p - (i == t)) / tau for i, p in enumerate(probabilities(s, tau))],
    ],
    anchor="6. Second loss: choose the right one among many",
)


# Neighbors


def neighbor_inputs():
    yield {"u": np.array([[1.0, 0], [3, 1], [0, 2]]), "row": 0, "k": 1}
    yield {"u": np.array([[1.0, 1], [5, 0.2], [0.5, 0.6], [-1, -1], [0.1, 0.1]]), "row": 0, "k": 2}
    random = np.random.default_rng(1)
    yield {"u": random.normal(size=(12, 3)) * random.uniform(0.1, 9, (12, 1)), "row": 3, "k": 4}
    yield {"u": random.normal(size=(20, 3)) * random.uniform(0.1, 9, (20, 1)), "row": 19, "k": 3}


def nearest(u, row, k):
    """u: (N, d). row: the one that is asked for. Return the rows of the k others with the largest cosine, best
    first."""
    rows = u / np.linalg.norm(u, axis=1, keepdims=True)
    cosine = rows @ rows[row]
    cosine[row] = -np.inf
    return np.argsort(-cosine, kind="stable")[:k]


def nearest_by_sorting(u, row, k):
    def cosine(other):
        return u[row] @ u[other] / math.sqrt(u[row] @ u[row]) / math.sqrt(u[other] @ u[other])

    return sorted((other for other in range(len(u)) if other != row), key=cosine, reverse=True)[:k]


def ordered(scores, k, leave_out=()):
    scores = np.array(scores, dtype=float)
    scores[list(leave_out)] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


NEAREST = Exercise(
    name="nearest neighbors",
    chapter=2,
    kind="write",
    minutes=6,
    task="Ten lines of a library, three of yours: the k nearest by cosine.",
    solution=nearest,
    reference=nearest_by_sorting,
    inputs=neighbor_inputs,
    slips=[
        Slip(
            "the book itself is its own nearest: leave it out",
            lambda u, r, k: ordered(unit_rows(u) @ unit_rows(u)[r], k),
            card="neighbors in review",
        ),
        Slip(
            "that is the dot product: long vectors win; scale the rows to length 1",
            lambda u, r, k: ordered(u @ u[r], k, [r]),
            card="neighbors in review",
        ),
        Slip(
            "those are the farthest: the largest cosine first",
            lambda u, r, k: ordered(-unit_rows(u) @ unit_rows(u)[r], k, [r]),
            card="neighbors in review",
        ),
        Slip(
            "right ones, but the nearest must come first",
            lambda u, r, k: nearest(u, r, k)[::-1],
            card="neighbors in review",
        ),
        Slip(
            "that is the Euclidean distance of vectors that are not scaled",
            lambda u, r, k: ordered(-((u - u[r]) ** 2).sum(1), k, [r]),
            card="neighbors in review",
        ),
        Slip(
            "columns are scaled, not rows: axis=1",
            lambda u, r, k: ordered((u / np.linalg.norm(u, axis=0)) @ (u / np.linalg.norm(u, axis=0))[r], k, [r]),
            card="neighbors in review",
        ),
        Slip(
            "one too few: the book itself is not among the k",
            lambda u, r, k: nearest(u, r, k - 1),
            card="neighbors in review",
        ),
        Slip(
            "the first of the order is taken off, as if it were the book itself, after the book was left out",
            lambda u, r, k: nearest(u, r, k + 1)[1:],
            card="neighbors in review",
        ),
    ],
    hints=[
        "Scale each row to length 1; then a product gives all cosines.",
        "Set the row's own to −∞, then sort downwards.",
    ],
    forms=[
        lambda u, row, k: (
            F.normalize(torch.from_numpy(u), dim=1)
            .matmul(F.normalize(torch.from_numpy(u[row]), dim=0))
            .index_fill(0, torch.tensor([row]), -2)
            .topk(k)
            .indices
        )
    ],
    anchor="7. First use: nearest neighbors, and the map",
)


def label_inputs():
    yield {"neighbors": [[1], [0]], "labels": [{"novel"}, {"novel"}]}
    yield {"neighbors": [[1, 2], [0, 2], [0, 1]], "labels": [{"novel", "satire"}, {"satire"}, {"poem"}]}
    yield {
        "neighbors": [[1, 2, 4], [0, 2, 3], [3, 0, 1], [2, 1, 0], [0, 3, 1]],
        "labels": [{"a", "c"}, {"b", "a", "c"}, set(), {"b"}, {"c"}],
    }


def neighbor_precision(neighbors, labels):
    """neighbors: for each book its k nearest, as rows. labels: for each book a set; a book may have none.
    Return precision@k: the share of neighbors that share a label with their book, over the books that have labels."""
    judged = [book for book in range(len(labels)) if labels[book]]
    return np.mean([[bool(labels[book] & labels[other]) for other in neighbors[book]] for book in judged])


def precision_by_matrix(neighbors, labels):
    names = sorted(set().union(*labels))
    has = np.array([[name in own for name in names] for own in labels])
    near = np.array(neighbors)
    share = (has[:, None] & has[near]).any(-1).mean(1)
    return share[has.any(1)].mean()


PRECISION = Exercise(
    name="precision of neighbors",
    chapter=2,
    kind="write",
    minutes=6,
    task="Are the neighbors of the same author or genre? A number for it.",
    solution=neighbor_precision,
    reference=precision_by_matrix,
    inputs=label_inputs,
    slips=[
        Slip(
            "books without a label cannot be judged: they are left out of the mean",
            lambda n, of: np.mean([[bool(of[b] & of[o]) for o in own] for b, own in enumerate(n)]),
            card="precision of neighbors",
        ),
        Slip(
            "that is the share of books with at least one such neighbor",
            lambda n, of: np.mean([any(of[b] & of[o] for o in own) for b, own in enumerate(n) if of[b]]),
            card="precision of neighbors",
        ),
        Slip(
            "*one* label in common is enough, they need not be the same",
            lambda n, of: np.mean([[of[b] == of[o] for o in own] for b, own in enumerate(n) if of[b]]),
            card="precision of neighbors",
        ),
        Slip(
            "that is the number of labels in common: a neighbor counts once",
            lambda n, of: np.mean([[len(of[b] & of[o]) for o in own] for b, own in enumerate(n) if of[b]]),
            card="precision of neighbors",
        ),
        Slip(
            "that is the share that does *not*",
            lambda n, of: 1 - precision_by_matrix(n, of),
            card="precision of neighbors",
        ),
        Slip(
            "neighbors without a label count as well, as misses",
            lambda n, of: np.mean(
                [np.mean([bool(of[b] & of[o]) for o in own if of[o]] or [0]) for b, own in enumerate(n) if of[b]]
            ),
            card="precision of neighbors",
        ),
        Slip(
            "a hit is any neighbor that has a label of its own",
            lambda n, of: np.mean([[bool(of[o]) for o in own] for b, own in enumerate(n) if of[b]]),
            card="precision of neighbors",
        ),
    ],
    hints=[
        "`a & b` of two sets is what they share.",
        "Only books with labels are judged; all of their k neighbors count.",
    ],
    forms=[
        lambda n, of: (
            sum(not of[b].isdisjoint(of[o]) for b in range(len(n)) if of[b] for o in n[b])
            / sum(len(n[b]) for b in range(len(n)) if of[b])
        )
    ],
    anchor="9. Is it any good? Against rivals that need no network",
)


# Held-out links


def rank_inputs():
    yield {"scores": np.array([0.5, 0.9]), "known": [], "held_out": 0}
    yield {"scores": np.array([0.5, 0.9, 0.7]), "known": [1], "held_out": 0}
    yield {"scores": np.array([3.0, 1.0, 2.0, 5.0, 4.0]), "known": [3, 1], "held_out": 2}
    yield {"scores": np.array([1.0, 2.0, 2.0, 4.0, 2.0, 0.0]), "known": [3], "held_out": 2}


def rank_of(scores, known, held_out):
    """scores: (N,) of a book with all links. known: its links in training. held_out: one that was hidden.
    Return the rank of the hidden link among all links that are not known: 1 is best; a tie counts half a place."""
    others = [link for link in range(len(scores)) if link not in known and link != held_out]
    better, equal = np.sum(scores[others] > scores[held_out]), np.sum(scores[others] == scores[held_out])
    return 1 + better + equal / 2


def rank_by_scipy(scores, known, held_out):
    from scipy.stats import rankdata

    rest = [link for link in range(len(scores)) if link not in known]
    return rankdata(-scores[rest])[rest.index(held_out)]


RANK = Exercise(
    name="rank of a hidden link",
    chapter=2,
    kind="fix",
    minutes=8,
    task="hits@10 asks whether a hidden link comes tenth or better. Tenth among which?",
    solution=rank_of,
    reference=rank_by_scipy,
    inputs=rank_inputs,
    slips=[
        Slip(
            "the links known from training stand before it, and rightly: they are no rivals, leave them out",
            lambda s, k, h: rank_of(s, [], h),
            card="rank of a hidden link",
        ),
        Slip("ranks start at 1", lambda s, k, h: rank_of(s, k, h) - 1, card="rank of a hidden link"),
        Slip(
            "a tie counts as won: a model that scores all links alike would be perfect",
            lambda s, k, h: 1.0 + sum(s[i] > s[h] for i in range(len(s)) if i not in k),
            card="rank of a hidden link",
        ),
        Slip(
            "a tie counts as lost: half a place",
            lambda s, k, h: float(sum(s[i] >= s[h] for i in range(len(s)) if i not in k)),
            card="rank of a hidden link",
        ),
        Slip(
            "the highest score is best: you count from the lowest",
            lambda s, k, h: rank_of(-s, k, h),
            card="rank of a hidden link",
        ),
        Slip(
            "the hidden link itself is left out with the known ones, and not counted again",
            lambda s, k, h: rank_of(s, k, h) - 1.0 if k else rank_of(s, k, h),
            card="rank of a hidden link",
        ),
        Slip(
            "the known links push it *down* here",
            lambda s, k, h: rank_of(s, [], h) + sum(s[i] < s[h] for i in k),
            card="rank of a hidden link",
        ),
    ],
    hints=[
        "Which links compete with it? All but the known.",
        "1 + how many are better + half of those that are equal.",
    ],
    forms=[
        lambda s, k, h: 1 + sum((s[i] > s[h]) + 0.5 * (s[i] == s[h]) for i in range(len(s)) if i not in k and i != h)
    ],
    anchor="9. Is it any good? Against rivals that need no network",
)


# Rivals


def count_inputs():
    yield {"X": np.array([[1.0, 0.0], [0.0, 1.0]])}
    yield {"X": np.array([[4.0, 0.0, 1.0], [1.0, 1.0, 0.0]])}
    yield {"X": np.random.default_rng(2).integers(0, 4, (5, 4)) * 1.0 + np.eye(5, 4)}


def ppmi(X):
    """X: (books, links), how often each pair occurs, some never. Return (books, links):
    max(0, PMI), PMI = log of p(b, l) / (p(b) p(l)); 0 where the pair never occurs."""
    p = X / X.sum()
    expected = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    ratio = np.divide(p, expected, out=np.ones_like(p), where=p > 0)
    return np.maximum(0, np.log(ratio))


def ppmi_by_entries(X):
    total, found = X.sum(), np.zeros_like(X)
    for b, link in zip(*np.nonzero(X)):
        found[b, link] = max(0.0, math.log(X[b, link] * total / X[b].sum() / X[:, link].sum()))
    return found


def pmi(X, log=np.log):
    p = X / X.sum()
    with np.errstate(divide="ignore"):
        return log(p / (p.sum(1, keepdims=True) * p.sum(0)))


PPMI = Exercise(
    name="PPMI",
    chapter=2,
    kind="write",
    minutes=8,
    task="How much more often than by chance? The rival that needs no network starts with it.",
    solution=ppmi,
    reference=ppmi_by_entries,
    inputs=count_inputs,
    slips=[
        Slip("a pair that never occurs has log 0 = −∞: that is why max(0, ·)", pmi, card="PPMI and SVD"),
        Slip(
            "what is rarer than by chance gets 0, too: max(0, ·)",
            lambda X: np.where(X > 0, pmi(X), 0),
            card="PPMI and SVD",
        ),
        Slip("the natural logarithm", lambda X: np.maximum(0, pmi(X, np.log2)), card="PMI by hand"),
        Slip(
            "divided by one of p(b) and p(l) only, or by counts instead of shares: nothing is left above 0",
            lambda X: np.maximum(0, np.where(X > 0, np.log(np.maximum(X, 1e-9) / X.sum(1, keepdims=True)), 0)),
            card="PMI by hand",
        ),
        Slip(
            "the logarithm is missing",
            lambda X: np.maximum(0, np.exp(np.where(X > 0, pmi(X), -np.inf))),
            card="PMI by hand",
        ),
        Slip(
            "the sign: log of observed by expected",
            lambda X: np.maximum(0, -np.where(X > 0, pmi(X), 0)),
            card="PMI by hand",
        ),
        Slip(
            "1 is added before the logarithm, so nothing is negative: that is another measure",
            lambda X: np.log1p(np.exp(pmi(X))),
            card="PPMI and SVD",
        ),
    ],
    hints=[
        "Three shares: of the pair, of the book, of the link.",
        "Where X is 0 the answer is 0; elsewhere the logarithm, cut at 0.",
    ],
    forms=[lambda X: torch.clamp(torch.from_numpy(np.where(X > 0, pmi(X), 0.0)), min=0), ppmi_by_entries],
    anchor="9. Is it any good? Against rivals that need no network",
)


def lift_inputs():
    yield {"has": np.array([True, False]), "chosen": [0]}
    yield {"has": np.array([True, True, False, False, False]), "chosen": [0, 2]}
    yield {"has": np.arange(20) % 4 == 0, "chosen": [0, 4, 8, 9, 10, 11]}


def lift(has, chosen):
    """has: (N,) booleans, which books have a trait. chosen: rows in the lasso.
    Return the lift: how many times as often as among all books the trait comes up among the chosen."""
    return has[chosen].mean() / has.mean()


LIFT = Exercise(
    name="lift",
    chapter=2,
    kind="write",
    minutes=4,
    task="The lasso says *Science fiction · 6.4×*. Where does the number come from?",
    solution=lift,
    reference=lambda has, chosen: (sum(bool(has[row]) for row in chosen) * len(has)) / (len(chosen) * int(has.sum())),
    inputs=lift_inputs,
    slips=[
        Slip(
            "that is the share among the chosen: by the share among all", lambda h, c: h[c].mean(), card="lift by hand"
        ),
        Slip(
            "compared with the books *outside* the lasso: lift compares with all",
            lambda h, c: h[c].mean() / max(np.delete(h, c).mean(), 1e-9),
            card="lift by hand",
        ),
        Slip(
            "that is the share of all such books that were caught, the recall",
            lambda h, c: h[c].sum() / h.sum(),
            card="lift by hand",
        ),
        Slip("upside down", lambda h, c: h.mean() / h[c].mean(), card="lift by hand"),
        Slip("a difference of shares: lift is their ratio", lambda h, c: h[c].mean() - h.mean(), card="lift by hand"),
        Slip("numbers of books, not shares", lambda h, c: h[c].sum() / h.mean(), card="lift by hand"),
        Slip("the logarithm of the lift is the PMI", lambda h, c: np.log(h[c].mean() / h.mean()), card="lift by hand"),
    ],
    hints=["Two shares: among the chosen, among all."],
    forms=[lambda h, c: torch.from_numpy(h[c]).double().mean() / torch.from_numpy(h).double().mean()],
    anchor="7. First use: nearest neighbors, and the map",
)


# What two trainings have in common


def rotation_inputs():
    random = np.random.default_rng(3)
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    A = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]])
    yield {"A": A, "B": A @ turn}
    A = random.normal(size=(8, 3))
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    yield {"A": A, "B": A @ turn + 0.3 * random.normal(size=(8, 3))}


def rotated(A, B):
    """A, B: (N, d), the same books from two trainings. Return A turned (and mirrored, if need be), with lengths kept,
    so that it comes as near to B as it can: min ‖A R − B‖ over orthogonal R."""
    left, _, right = np.linalg.svd(A.T @ B)
    return A @ (left @ right)


def rotated_by_scipy(A, B):
    from scipy.linalg import orthogonal_procrustes

    return A @ orthogonal_procrustes(A, B)[0]


ROTATION = Exercise(
    name="two trainings",
    chapter=2,
    kind="derive",
    minutes=10,
    task="Axes mean nothing: a second training has others. Turn the first so that the two can be compared.",
    solution=rotated,
    reference=rotated_by_scipy,
    inputs=rotation_inputs,
    slips=[
        Slip(
            "not turned at all: coordinate 1 of one training has nothing to do with coordinate 1 of the other",
            lambda A, B: A,
            card="best rotation",
        ),
        Slip(
            "least squares stretches, too: lengths must stay, so keep the orthogonal factors of the SVD only",
            lambda A, B: A @ np.linalg.lstsq(A, B)[0],
            card="best rotation",
        ),
        Slip("that turns B's way back: BᵀA instead of AᵀB", lambda A, B: rotate(A, B.T @ A), card="best rotation"),
        Slip("the singular values are in it: they stretch; R = U Vᵀ", lambda A, B: A @ (A.T @ B), card="best rotation"),
        Slip("that is B itself: A is to be turned", lambda A, B: B, card="best rotation"),
        Slip(
            "NumPy's svd gives Vᵀ: no further transpose",
            lambda A, B: A @ (np.linalg.svd(A.T @ B)[0] @ np.linalg.svd(A.T @ B)[2].T),
            card="best rotation",
        ),
        Slip(
            "U and Vᵀ are the wrong way round",
            lambda A, B: A @ (np.linalg.svd(A.T @ B)[2] @ np.linalg.svd(A.T @ B)[0]),
            card="best rotation",
        ),
    ],
    hints=[
        "‖AR − B‖² = const − 2 tr(Rᵀ AᵀB). What makes the trace large?",
        "With AᵀB = U S Vᵀ it is R = U Vᵀ (Schönemann 1966).",
    ],
    forms=[
        lambda A, B: torch.from_numpy(A) @ torch.from_numpy(np.linalg.multi_dot([*np.linalg.svd(A.T @ B)[::2]])),
        rotated_by_scipy,
    ],
    anchor="What the axes mean: nothing",
)


def rotate(A, M):
    left, _, right = np.linalg.svd(M)
    return A @ (left @ right)


def compared_inputs():
    yield {"ours": np.array([1.0, 0.0]), "theirs": np.array([0.0, 0.0])}
    yield {"ours": np.array([0.9, 0.5, 0.4, 0.2]), "theirs": np.array([0.8, 0.5, 0.3, 0.2])}
    random = np.random.default_rng(4)
    books = random.uniform(size=30)
    yield {"ours": books + random.normal(0.03, 0.05, 30), "theirs": books}


def paired_difference(ours, theirs):
    """ours, theirs: (n,), the scores of two methods on the same n books.
    Return the mean difference, and its standard error over the books."""
    each = ours - theirs
    return each.mean(), each.std(ddof=1) / np.sqrt(len(each))


def sem(x, ddof=1):
    return np.std(x, ddof=ddof) / np.sqrt(len(x))


PAIRED = Exercise(
    name="paired difference",
    chapter=2,
    kind="decide",
    minutes=8,
    task="Some books are easy for every method. Is ours better, or were the books? Compare book by book.",
    solution=paired_difference,
    reference=lambda ours, theirs: (
        sum(a - b for a, b in zip(ours, theirs)) / len(ours),
        math.sqrt((np.var(ours, ddof=1) + np.var(theirs, ddof=1) - 2 * np.cov(ours, theirs)[0, 1]) / len(ours)),
    ),
    inputs=compared_inputs,
    parts=("the mean difference", "its standard error"),
    slips=[
        Slip(
            "the two are taken as if they were of other books: easy books are easy for both, so the error of the "
            "difference book by book is much smaller",
            lambda a, b: ((a - b).mean(), np.hypot(sem(a), sem(b))),
            card="paired by user",
        ),
        Slip(
            "that is the standard *deviation* of one book: a mean of n is surer, by √n",
            lambda a, b: ((a - b).mean(), (a - b).std(ddof=1)),
            card="paired by user",
        ),
        Slip(
            "the books are a sample: divide by n − 1 (ddof=1)",
            lambda a, b: ((a - b).mean(), sem(a - b, 0)),
            card="paired by user",
        ),
        Slip(
            "divided by n, not by √n",
            lambda a, b: ((a - b).mean(), (a - b).std(ddof=1) / len(a)),
            card="paired by user",
        ),
        Slip("ours less theirs", lambda a, b: ((b - a).mean(), sem(a - b)), card="paired by user"),
        Slip(
            "that is the variance of the mean: take the root",
            lambda a, b: ((a - b).mean(), sem(a - b) ** 2),
            card="paired by user",
        ),
        Slip(
            "the error of ours alone: the difference is asked for",
            lambda a, b: ((a - b).mean(), sem(a)),
            card="paired by user",
        ),
    ],
    hints=["First the difference for each book: n numbers.", "Their mean, and their standard deviation by √n."],
    forms=[lambda a, b: (torch.from_numpy(a - b).mean(), torch.from_numpy(a - b).std() / len(a) ** 0.5)],
    anchor="8. Second use: input to another model",
)
