"""Exercises of chapter 4: two towers, their losses, measures without a leak, an index."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from embedviz.course.checking import Exercise, Slip

# The user's tower


def history_inputs():
    random = torch.Generator().manual_seed(0)
    yield {"films": torch.tensor([[1.0, 0.0], [0.0, 2.0]]), "seen": [0, 1], "target": 1}
    films = torch.randn(6, 3, generator=random, dtype=torch.float64)
    yield {"films": films, "seen": [5], "target": 5}
    yield {"films": films, "seen": [4, 0, 2], "target": 0}
    yield {"films": films, "seen": [3, 1, 2, 5], "target": 4}


def history(films, seen, target):
    """films: (N, d), what each film adds to a user. seen: list of rows, without repeats. target: the film to be found.
    Return what the history adds, (d,): the sum over the films seen without the target, by the root of their number;
    0 if there are none."""
    others = [film for film in seen if film != target]
    return films[others].sum(0) / max(len(others), 1) ** 0.5


def history_by_mask(films, seen, target):
    bag = torch.zeros(len(films), dtype=films.dtype)
    bag[seen] = 1
    bag[target] = 0
    return (bag @ films) / bag.sum().clamp(min=1).sqrt()


def history_with(films, rows, power=0.5, number=None):
    return films[rows].sum(0) / max(len(rows) if number is None else number, 1) ** power


def without(seen, target):
    return [film for film in seen if film != target]


HISTORY = Exercise(
    name="history without a leak",
    chapter=4,
    kind="fix",
    minutes=8,
    task="A user is the sum of the films seen. In training the film to be found is one of them: the user's vector "
    "holds the answer. Take it out.",
    solution=history,
    reference=history_by_mask,
    inputs=history_inputs,
    slips=[
        Slip(
            "the target is in the history: in training the answer is in the question, and the loss falls for nothing",
            lambda films, seen, target: history_with(films, seen),
            card="the target in the history",
        ),
        Slip(
            "the target is out of the sum, but still counted",
            lambda films, seen, target: history_with(films, without(seen, target), number=len(seen)),
            card="the target in the history",
        ),
        Slip(
            "that is the mean: divided by the square root, a long history counts for more",
            lambda films, seen, target: history_with(films, without(seen, target), power=1),
            card="one over the root of n",
        ),
        Slip(
            "that is the sum, not divided",
            lambda films, seen, target: history_with(films, without(seen, target), power=0),
            card="one over the root of n",
        ),
        Slip(
            "the last film is left out, not the target: the target may stand anywhere in the list",
            lambda films, seen, target: history_with(films, seen[:-1] if target in seen else seen),
            card="the target in the history",
        ),
        Slip(
            "divided by zero films: who has seen nothing else has a history of 0",
            lambda films, seen, target: films[without(seen, target)].sum(0) / len(without(seen, target)) ** 0.5,
            card="the target in the history",
        ),
        Slip(
            "only the films before the target in the list: the list has no order here",
            lambda films, seen, target: history_with(films, seen[: seen.index(target)] if target in seen else seen),
            card="the target in the history",
        ),
    ],
    hints=[
        "Which rows of `films` may be summed, if the target must not be known?",
        "Count after taking the target out, and divide by the root of at least 1.",
    ],
    anchor="2. The towers",
    forms=[
        lambda films, seen, target: (
            sum((films[film] for film in seen if film != target), start=torch.zeros(films.shape[1], dtype=films.dtype))
            / max(1, sum(film != target for film in seen)) ** 0.5
        ),
    ],
)


# Losses


def batch_inputs():
    random = torch.Generator().manual_seed(1)
    yield {
        "scores": torch.tensor([[1.0, 0.0], [0.5, -0.5]], dtype=torch.float64),
        "log_q": torch.tensor([0.25, 0.75], dtype=torch.float64).log(),
        "temperature": 0.5,
    }
    yield {
        "scores": torch.randn(5, 5, generator=random, dtype=torch.float64),
        "log_q": torch.log_softmax(torch.randn(5, generator=random, dtype=torch.float64), 0),
        "temperature": 0.2,
    }


def sampled_softmax(scores, log_q, temperature):
    """scores: (B, B); scores[i, j] is user i with the film of pair j. log_q: (B,), one for each film.
    temperature: τ. Return one number, the mean over the batch of −log softmax(s_ij / τ − log q_j) at j = i."""
    logits = scores / temperature - log_q
    return -torch.log_softmax(logits, dim=1).diagonal().mean()


def sampled_softmax_by_sums(scores, log_q, temperature):
    loss = 0
    for i in range(len(scores)):
        weights = torch.exp(scores[i] / temperature) / torch.exp(log_q)
        loss = loss - torch.log(weights[i] / weights.sum())
    return loss / len(scores)


IN_BATCH_SOFTMAX = Exercise(
    name="in-batch softmax with log q",
    chapter=4,
    kind="write",
    minutes=10,
    task="Each row of the batch chooses among its columns: a book among links, a user among films. What is popular is "
    "there often: correct for that.",
    solution=sampled_softmax,
    reference=sampled_softmax_by_sums,
    inputs=batch_inputs,
    learns=("scores",),
    slips=[
        Slip(
            "right, but for its sign: a loss is −log of a probability",
            lambda s, q, t: -sampled_softmax(s, q, t),
            card="logistic loss of pairs",
        ),
        Slip(
            "that is the sum over the batch: take the mean, so that the batch size does not set the step",
            lambda s, q, t: len(s) * sampled_softmax(s, q, t),
            card="logistic loss of pairs",
        ),
        Slip(
            "the temperature has no effect: divide the scores by it",
            lambda s, q, t: sampled_softmax(s, q, 1),
            card="cosines without a temperature",
        ),
        Slip(
            "you multiply by the temperature: divide",
            lambda s, q, t: sampled_softmax(s, q, 1 / t),
            card="cosines without a temperature",
        ),
        Slip(
            "log q has no effect: subtract `log_q[j]` from column j (taken from the rows, it cancels in the softmax)",
            lambda s, q, t: sampled_softmax(s, 0 * q, t),
            card="logQ correction",
            line="logQ: corrected score",
        ),
        Slip(
            "you add log q: a film that is drawn often must be *less* of a negative, so subtract",
            lambda s, q, t: sampled_softmax(s, -q, t),
            card="logQ correction",
            line="logQ: corrected score",
        ),
        Slip(
            "the softmax runs over the users: each user (row) must choose among the films (columns), so dim=1",
            lambda s, q, t: -torch.log_softmax(s / t - q, 0).diagonal().mean(),
            card="negatives for free",
        ),
        Slip(
            "the correction comes after the temperature: (scores / τ) − log q",
            lambda s, q, t: sampled_softmax(s - q, 0 * q, t),
            card="logQ correction",
            line="logQ: corrected score",
        ),
        Slip(
            "these are probabilities: take the logarithm",
            lambda s, q, t: -torch.softmax(s / t - q, 1).diagonal().mean(),
            card="logistic loss of pairs",
        ),
        Slip(
            "that is the mean over all pairs of the batch: only i with i is true",
            lambda s, q, t: -torch.log_softmax(s / t - q, 1).mean(),
            card="negatives for free",
        ),
    ],
    hints=[
        "Divide by the temperature, then correct: each column j by its log q.",
        "`torch.log_softmax(…, dim=1)`; the true films stand on the diagonal.",
    ],
    anchor="The in-batch softmax, a line at a time",
    line="logQ: batch loss",
    forms=[lambda s, q, t: F.cross_entropy(s / t - q[None], torch.arange(len(s)))],
)


def mask_inputs():
    yield {"users": torch.tensor([0, 1]), "films": torch.tensor([5, 5]), "seen": {(0, 5), (1, 5)}}
    yield {"users": torch.tensor([0, 1, 2]), "films": torch.tensor([5, 7, 5]), "seen": {(0, 5), (1, 7), (2, 5), (2, 7)}}
    yield {
        "users": torch.tensor([3, 0, 3, 1]),
        "films": torch.tensor([2, 4, 1, 2]),
        "seen": {(3, 2), (0, 4), (3, 1), (1, 2), (0, 1), (1, 4)},
    }


def false_negatives(users, films, seen):
    """users, films: (B,), the pairs of a batch. seen: set of all true (user, film).
    Return (B, B) booleans: entry (i, j) is no negative of user i, although j ≠ i, as user i has seen film j."""
    mask = torch.tensor([[(user, film) in seen for film in films.tolist()] for user in users.tolist()])
    return mask & ~torch.eye(len(users), dtype=torch.bool)


def false_negatives_by_loop(users, films, seen):
    B = len(users)
    mask = np.zeros((B, B), dtype=bool)
    for i in range(B):
        for j in range(B):
            mask[i, j] = i != j and (int(users[i]), int(films[j])) in seen
    return mask


def known(users, films, seen):
    return torch.tensor([[(u, f) in seen for f in films.tolist()] for u in users.tolist()])


def eye(users):
    return torch.eye(len(users), dtype=torch.bool)


FALSE_NEGATIVES = Exercise(
    name="false negatives",
    chapter=4,
    kind="write",
    minutes=8,
    task="In the batch, the other pairs' films are negatives. Some of them the user has seen: mask these.",
    solution=false_negatives,
    reference=false_negatives_by_loop,
    inputs=mask_inputs,
    slips=[
        Slip(
            "the diagonal is masked, too: that is the true film, without it there is nothing to learn",
            known,
            card="negatives for free",
        ),
        Slip(
            "only equal films are masked: a user has seen other films of the batch as well",
            lambda u, f, seen: (f[:, None] == f[None]) & ~eye(u),
            card="accidental negatives",
        ),
        Slip(
            "only pairs of the same user are masked",
            lambda u, f, seen: (u[:, None] == u[None]) & ~eye(u),
            card="accidental negatives",
        ),
        Slip(
            "rows are users, columns films: you have it transposed",
            lambda u, f, seen: known(u, f, seen).T & ~eye(u),
            card="negatives for free",
        ),
        Slip(
            "upside down: True is for what is *no* negative",
            lambda u, f, seen: ~known(u, f, seen) & ~eye(u),
            card="accidental negatives",
        ),
        Slip(
            "nothing is masked",
            lambda u, f, seen: torch.zeros(len(u), len(u), dtype=torch.bool),
            card="accidental negatives",
        ),
        Slip(
            "masked on one side of the diagonal only: look at each entry",
            lambda u, f, seen: torch.triu(known(u, f, seen), 1),
            card="accidental negatives",
        ),
    ],
    hints=["Entry (i, j) asks: is (users[i], films[j]) in `seen`?", "The diagonal stays False."],
    anchor="The in-batch softmax, a line at a time",
    forms=[
        lambda users, films, seen: [
            [i != j and (user, film) in seen for j, film in enumerate(films.tolist())]
            for i, user in enumerate(users.tolist())
        ]
    ],
)


def triple_inputs():
    random = torch.Generator().manual_seed(2)
    yield {"true": torch.tensor([0.0], dtype=torch.float64), "false": torch.tensor([0.0], dtype=torch.float64)}
    yield {
        "true": torch.randn(4, generator=random, dtype=torch.float64),
        "false": torch.randn(4, generator=random, dtype=torch.float64),
    }


def bpr(true, false):
    """true, false: (B,), scores of a film seen and of one not seen, of the same user.
    Return the mean of −log σ(true − false)."""
    return torch.nn.functional.softplus(false - true).mean()


BPR = Exercise(
    name="BPR",
    chapter=4,
    kind="derive",
    minutes=6,
    task="Rendle's loss asks only that the film seen comes before the one not seen. With which probability does it?",
    solution=bpr,
    reference=lambda true, false: -torch.log(torch.exp(true) / (torch.exp(true) + torch.exp(false))).sum() / len(true),
    inputs=triple_inputs,
    learns=("true", "false"),
    slips=[
        Slip(
            "the order: the film seen must score *higher*",
            lambda a, b: F.softplus(a - b).mean(),
            card="BPR from a preference",
        ),
        Slip("right, but for its sign", lambda a, b: -F.softplus(b - a).mean(), card="BPR from a preference"),
        Slip(
            "that is the sum: take the mean over the batch",
            lambda a, b: F.softplus(b - a).sum(),
            card="logistic loss of pairs",
        ),
        Slip(
            "that is a hinge, max(0, 1 − difference): BPR has the softer −log σ",
            lambda a, b: F.relu(1 - a + b).mean(),
            card="four losses side by side",
        ),
        Slip(
            "each score by itself is logistic loss: BPR looks at the difference alone",
            lambda a, b: (F.softplus(-a) + F.softplus(b)).mean(),
            card="four losses side by side",
        ),
        Slip(
            "take the logarithm: −log σ(difference)",
            lambda a, b: -torch.sigmoid(a - b).mean(),
            card="BPR from a preference",
        ),
        Slip(
            "the mean comes after the log σ, not before",
            lambda a, b: F.softplus((b - a).mean()),
            card="BPR from a preference",
        ),
    ],
    hints=[
        "The probability that the seen one comes first is σ(true − false).",
        r"$-\log \sigma(x) = \log(1 + e^{-x})$, which is `softplus(-x)`.",
    ],
    anchor="Loss A: pull pairs together, push non-pairs apart",
    line="BPR: probability",
    forms=[
        lambda true, false: -F.logsigmoid(true - false).mean(),
        lambda true, false: torch.log1p(torch.exp(false - true)).mean(),
    ],
)


def label_inputs():
    yield {"s": torch.tensor([0.5, -0.25]), "y": torch.tensor([1.0, 0.0])}
    yield {"s": torch.tensor([0.9, -0.2, 0.1, 0.7]), "y": torch.tensor([0.2, -0.1, 1.0, 0.0])}


def absolute_error(s, y):
    """s: (B,), u · v. y: (B,) labels. Return the mean of |s − y|, and its gradient with respect to s, (B,)."""
    return (s - y).abs().mean(), torch.sign(s - y) / len(s)


def absolute_error_by_autograd(s, y):
    leaf = s.clone().requires_grad_()
    loss = F.l1_loss(leaf, y)
    return loss.detach(), torch.autograd.grad(loss, leaf)[0]


ABSOLUTE_ERROR = Exercise(
    name="|dot − label|",
    chapter=4,
    kind="derive",
    minutes=5,
    task="Where pairs have labels: L = mean |u · v − y|. And its gradient? What does it not depend on?",
    solution=absolute_error,
    reference=absolute_error_by_autograd,
    inputs=label_inputs,
    parts=("the loss", "∂L/∂s"),
    slips=[
        Slip(
            "the gradient is a sign: how far off the score is makes no difference",
            lambda s, y: ((s - y).abs().mean(), (s - y) / len(s)),
            card="absolute or squared error",
        ),
        Slip(
            "the mean is in the loss, but not in the gradient: by B",
            lambda s, y: ((s - y).abs().mean(), torch.sign(s - y)),
            card="absolute or squared error",
        ),
        Slip(
            "the sign: positive where the score is too high",
            lambda s, y: ((s - y).abs().mean(), torch.sign(y - s) / len(s)),
            card="absolute or squared error",
        ),
        Slip(
            "that is the squared error",
            lambda s, y: (((s - y) ** 2).mean(), 2 * (s - y) / len(s)),
            card="absolute or squared error",
        ),
        Slip(
            "that is the sum over the batch: take the mean",
            lambda s, y: ((s - y).abs().sum(), torch.sign(s - y)),
            card="absolute or squared error",
        ),
        Slip(
            "without |·| errors of both signs cancel",
            lambda s, y: ((s - y).mean(), torch.full_like(s, 1 / len(s))),
            card="absolute or squared error",
        ),
    ],
    hints=["The derivative of |x| is the sign of x.", "The gradient is ±1/B: the same for an error of .01 and of 1."],
    anchor="6. Loss B: pairs with a label",
    forms=[
        lambda s, y: (np.mean(np.abs(s.numpy() - y.numpy())), np.sign(s.numpy() - y.numpy()) / len(s)),
        lambda s, y: (sum(abs(a - b) for a, b in zip(s, y)) / len(s), torch.where(s > y, 1.0, -1.0) / len(s)),
    ],
)


# Measures


def list_inputs():
    yield {"hits": [True], "n_relevant": 2}
    yield {"hits": [True, False], "n_relevant": 5}
    yield {"hits": [False, False, False], "n_relevant": 1}
    yield {"hits": [True, True, False], "n_relevant": 2}
    yield {"hits": [False, True, False, False, True], "n_relevant": 3}
    yield {"hits": [False, False, True, True, False, False], "n_relevant": 2}


def ndcg(hits, n_relevant):
    """hits: list of booleans, for each place of the list whether it is right. n_relevant: how many there are to find.
    Return the NDCG: Σ 1/log₂(place + 1) over the hits, by that of the best list of this length."""
    gains = [1 / np.log2(place + 2) for place in range(len(hits))]
    return sum(gain for gain, hit in zip(gains, hits) if hit) / sum(gains[:n_relevant])


def discounts(n, log=np.log2, first=2):
    with np.errstate(divide="ignore"):
        return 1 / log(np.arange(first, first + n))


def ndcg_of(hits, ideal, gains=None):
    gains = discounts(len(hits)) if gains is None else gains
    return np.array(hits) @ gains / ideal if ideal else 0.0


NDCG = Exercise(
    name="NDCG",
    chapter=4,
    kind="write",
    minutes=10,
    task="A hit counts less the later it comes. By what must the sum be divided, so that the best list has 1?",
    solution=ndcg,
    reference=lambda hits, n: np.array(hits) @ discounts(len(hits)) / discounts(len(hits))[:n].sum(),
    inputs=list_inputs,
    slips=[
        Slip(
            "that is the DCG: divide it by the DCG of the best possible list",
            lambda h, n: ndcg_of(h, 1.0),
            card="ndcg by hand",
        ),
        Slip(
            "the best list has its `n_relevant` hits first; yours has as many as were found",
            lambda h, n: ndcg_of(h, discounts(len(h))[: sum(h)].sum()),
            card="ndcg looks perfect",
        ),
        Slip(
            "the best list is no longer than this one: at most len(hits) places",
            lambda h, n: ndcg_of(h, discounts(n).sum()),
            card="ndcg by hand",
        ),
        Slip(
            "the best list has `n_relevant` hits, not a hit at each place",
            lambda h, n: ndcg_of(h, discounts(len(h)).sum()),
            card="ndcg by hand",
        ),
        Slip(
            "the first place counts 1 / log₂(2): places start at 1, so the discount is 1 / log₂(place + 1)",
            lambda h, n: (
                sum(hit / math.log2(i + 1) for i, hit in enumerate(h))
                / sum(1 / math.log2(i + 1) for i in range(min(n, len(h))))
            ),
            card="ndcg by hand",
        ),
        Slip(
            "that is 1 / place: the discount is 1 / log₂(place + 1)",
            lambda h, n: np.array(h) @ (1 / np.arange(1, len(h) + 1)) / (1 / np.arange(1, len(h) + 1))[:n].sum(),
            card="ndcg by hand",
        ),
        Slip(
            "the logarithms have two bases: take base 2 above and below",
            lambda h, n: np.array(h) @ discounts(len(h), np.log) / discounts(len(h))[:n].sum(),
            card="ndcg by hand",
        ),
        Slip(
            "that is the recall, the share of the relevant that was found: in NDCG a hit counts less the later it "
            "comes",
            lambda h, n: sum(h) / n,
            card="denominator of recall",
        ),
        Slip(
            "that is the precision, the share of the list that is right",
            lambda h, n: sum(h) / len(h),
            card="denominator of recall",
        ),
        Slip(
            "only the first hit counts here, as in the reciprocal rank",
            lambda h, n: 1 / (h.index(True) + 1) if any(h) else 0.0,
            card="which ranking measure",
        ),
    ],
    hints=[
        "First the DCG: 1 / log₂(place + 1) for each hit, places from 1.",
        "The best list: hits at the first `min(n_relevant, len(hits))` places.",
    ],
    anchor="3. The yardstick, before any training",
    forms=[
        lambda hits, n: (
            torch.tensor(hits, dtype=torch.float64)
            @ torch.from_numpy(discounts(len(hits)))
            / float(discounts(min(n, len(hits))).sum())
        )
    ],
)


def split_inputs():
    yield {"user": np.array([0, 1]), "time": np.array([1.0, 2.0]), "share": 0.5}
    yield {"user": np.array([0, 0, 1, 1]), "time": np.array([1.0, 4.0, 2.0, 3.0]), "share": 0.5}
    yield {"user": np.array([0, 0, 0, 1, 1, 2, 2]), "time": np.array([7.0, 1, 5, 5, 6, 2, 5]), "share": 0.5}
    random = np.random.default_rng(3)
    yield {"user": random.integers(0, 4, 20), "time": random.integers(0, 9, 20).astype(float), "share": 0.2}


def time_split(user, time, share):
    """user, time: (n,), of each rating. share: of the ratings that are to be tested on, about.
    Return (n,) booleans, True for test: one moment for all, the time that a share of `1 - share` comes before or at;
    what is later is test. Ratings of one moment are not parted."""
    moment = np.sort(time)[int(np.ceil((1 - share) * len(time))) - 1]
    return time > moment


def split_by_count(user, time, share):
    """The moment is the first time at or before which at least 1 − share of the ratings lie."""
    moment = next(t for t in sorted(set(time.tolist())) if np.mean(time <= t) >= 1 - share - 1e-12)
    return np.array([t > moment for t in time])


def by_user(user, time, share, last=True):
    test = np.zeros(len(user), dtype=bool)
    for one in np.unique(user):
        rows = np.flatnonzero(user == one)
        rows = rows[np.argsort(time[rows], kind="stable")]
        number = max(1, round(share * len(rows)))
        test[rows[-number:] if last else rows[:number]] = True
    return test


def by_place(user, time, share):
    order, test = np.argsort(time, kind="stable"), np.zeros(len(time), dtype=bool)
    test[order[int(np.ceil((1 - share) * len(time))) :]] = True
    return test


def by_row(user, time, share):
    return np.arange(len(time)) >= np.ceil((1 - share) * len(time))


TIME_SPLIT = Exercise(
    name="time split without a leak",
    chapter=4,
    kind="decide",
    minutes=10,
    task="Split ratings so that nothing in training comes after anything in the test, for any user.",
    solution=time_split,
    reference=split_by_count,
    inputs=split_inputs,
    slips=[
        Slip(
            "each user's last ratings: then training knows what others did later, popularity of the future too; take "
            "one moment for all",
            by_user,
            card="three splits",
        ),
        Slip(
            "the test is the *past* here",
            lambda u, t, s: t <= np.sort(t)[int(np.floor(s * len(t))) - 1] if s * len(t) >= 1 else t < 0,
            card="one moment by hand",
        ),
        Slip(
            "ratings of the same moment are parted: they belong together, put them before the cut",
            by_place,
            card="one moment by hand",
        ),
        Slip(
            "ratings at the moment itself are test: only what is later is",
            lambda u, t, s: t >= np.sort(t)[int(np.ceil((1 - s) * len(t))) - 1],
            card="one moment by hand",
        ),
        Slip("the rows are not in the order of time: sort first", by_row, card="one moment by hand"),
        Slip("upside down: True is for the test", lambda u, t, s: ~time_split(u, t, s), card="one moment by hand"),
        Slip(
            "that is a share of the time that passed, not of the ratings",
            lambda u, t, s: t > t.min() + (1 - s) * (t.max() - t.min()),
            card="one moment by hand",
        ),
    ],
    hints=[
        "Sort the times. At which place is the last rating of the training?",
        "All that is later than its time is test; what has the same time stays in training.",
    ],
    anchor="One moment for all",
    forms=[lambda user, time, share: torch.from_numpy(time > np.quantile(time, 1 - share, method="inverted_cdf"))],
)


# EASE


def ease_inputs():
    yield {"X": np.array([[1.0, 1.0], [1.0, 0.0]]), "l2": 1.0}
    random = np.random.default_rng(4)
    yield {"X": (random.random((8, 4)) < 0.5).astype(float), "l2": 2.0}
    yield {"X": (random.random((12, 6)) < 0.4).astype(float), "l2": 0.5}


def ease(X, l2):
    """X: (users, N), 1 where a user has seen a film. l2: λ.
    Return B, (N, N), with a diagonal of 0, that makes ‖X − XB‖² + λ‖B‖² least."""
    P = np.linalg.inv(X.T @ X + l2 * np.eye(X.shape[1]))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    return B


def ease_by_ridge(X, l2):
    """Column by column: a ridge regression of a film on all others."""
    N = X.shape[1]
    B = np.zeros((N, N))
    for j in range(N):
        others = np.arange(N) != j
        A = X[:, others]
        B[others, j] = np.linalg.solve(A.T @ A + l2 * np.eye(N - 1), A.T @ X[:, j])
    return B


def ease_with(X, l2, divide=True, clear=True, sign=-1, rows=False, invert=True):
    G = X.T @ X + l2 * np.eye(X.shape[1])
    P = np.linalg.inv(G) if invert else G
    B = sign * P / ((np.diag(P)[:, None] if rows else np.diag(P)) if divide else 1)
    if clear:
        np.fill_diagonal(B, 0)
    return B


EASE = Exercise(
    name="EASE",
    chapter=4,
    kind="derive",
    minutes=15,
    task="Which films' sum predicts a film best, if it must not predict itself? A closed form in four lines.",
    solution=ease,
    reference=ease_by_ridge,
    inputs=ease_inputs,
    slips=[
        Slip(
            "the diagonal must be 0: else each film predicts itself, and nothing is learned",
            lambda X, l2: ease_with(X, l2, clear=False),
            card="EASE in four lines",
            line="EASE: multipliers",
        ),
        Slip(
            "that is plain ridge regression with its diagonal cut off: the other weights must know that it is 0",
            lambda X, l2: off(np.linalg.solve(X.T @ X + l2 * np.eye(X.shape[1]), X.T @ X)),
            card="EASE in four lines",
            line="EASE: stationarity",
        ),
        Slip("divide column j by Pⱼⱼ, not row j", lambda X, l2: ease_with(X, l2, rows=True), card="EASE in four lines"),
        Slip(
            "not divided by the diagonal of P", lambda X, l2: ease_with(X, l2, divide=False), card="EASE in four lines"
        ),
        Slip("the sign: Bᵢⱼ = −Pᵢⱼ / Pⱼⱼ", lambda X, l2: ease_with(X, l2, sign=1), card="EASE in four lines"),
        Slip(
            "P is the *inverse* of XᵀX + λI",
            lambda X, l2: ease_with(X, l2, invert=False),
            card="EASE in four lines",
            line="EASE: weights with multipliers",
        ),
        Slip("λ is missing", lambda X, l2: ease_with(X, 1e-9), card="EASE in four lines", line="EASE: stationarity"),
        Slip(
            "XXᵀ compares users: films with films is XᵀX",
            lambda X, l2: ease_with(X.T, l2),
            card="EASE in four lines",
            line="EASE: stationarity",
        ),
        Slip(
            "λ² where λ is to be",
            lambda X, l2: ease_with(X, l2**2),
            card="EASE in four lines",
            line="EASE: stationarity",
        ),
    ],
    hints=[
        r"With a Lagrange multiplier $\gamma_j$ for each $B_{jj} = 0$: "
        r"$(X^\top X + \lambda I) B = X^\top X - \operatorname{diag}(\gamma)$.",
        r"With $P = (X^\top X + \lambda I)^{-1}$: $B = I - P \operatorname{diag}(\gamma + \lambda)$. Choose the "
        "diagonal so that $B_{jj} = 0$.",
        r"$B_{jj} = 0$ gives $\gamma_j + \lambda = 1 / P_{jj}$, so off the diagonal $B_{ij} = -P_{ij} / P_{jj}$.",
    ],
    anchor="Rivals",
    line="EASE: weights",
    forms=[
        lambda X, l2: torch.from_numpy(ease_by_ridge(X, l2)),
        lambda X, l2: (
            np.eye(X.shape[1])
            - np.linalg.inv(X.T @ X + l2 * np.eye(X.shape[1]))
            @ np.diag(1 / np.diag(np.linalg.inv(X.T @ X + l2 * np.eye(X.shape[1]))))
        ),
    ],
)


def off(B):
    B = np.array(B)
    np.fill_diagonal(B, 0)
    return B


# Indexes


def index_bytes(N, d, parts, n_lists):
    """N: vectors. d: their dimensions. parts: pieces that product quantization cuts a vector into, a byte each.
    n_lists: lists of the inverted file. Return the bytes of IVF-PQ: codes, 8 for each vector's number, the lists'
    centers and the 256 centers of each piece, both in float32."""
    codes, numbers = N * parts, 8 * N
    centers = 4 * n_lists * d
    codebooks = 4 * 256 * d
    return codes + numbers + centers + codebooks


def index_bytes_by_parts(N, d, parts, n_lists):
    total = 0
    total += sum(4 * 256 * (d // parts) for _ in range(parts))
    total += sum(d * 4 for _ in range(n_lists))
    return total + N * (parts + 8)


INDEX_BYTES = Exercise(
    name="bytes of an index",
    chapter=4,
    kind="decide",
    minutes=8,
    task="A billion films do not fit into memory as float32. How many bytes does IVF-PQ take?",
    solution=index_bytes,
    reference=index_bytes_by_parts,
    inputs=lambda: [
        {"N": 10, "d": 4, "parts": 2, "n_lists": 3},
        {"N": 1_682, "d": 32, "parts": 8, "n_lists": 40},
        {"N": 10**9, "d": 64, "parts": 16, "n_lists": 65_536},
    ],
    slips=[
        Slip(
            "the vectors are stored in full: a code of `parts` bytes stands in their place",
            lambda N, d, p, n: 4 * N * d + 8 * N + 4 * n * d,
            card="bytes of IVF-PQ",
        ),
        Slip(
            "the codes are counted in float32: each piece is one byte",
            lambda N, d, p, n: index_bytes(N, d, p, n) + 3 * N * p,
            card="bytes of IVF-PQ",
        ),
        Slip(
            "the vectors' numbers are missing: 8 bytes each, half of the codes' size here",
            lambda N, d, p, n: index_bytes(N, d, p, n) - 8 * N,
            card="bytes of IVF-PQ",
        ),
        Slip(
            "the codebooks are missing: 256 centers of each piece",
            lambda N, d, p, n: index_bytes(N, d, p, n) - 4 * 256 * d,
            card="bytes of IVF-PQ",
        ),
        Slip(
            "each piece's centers have d / parts dimensions: all codebooks together are 256 × d",
            lambda N, d, p, n: index_bytes(N, d, p, n) + 4 * 256 * d * (p - 1),
            card="bytes of IVF-PQ",
        ),
        Slip(
            "the centers of the lists are missing",
            lambda N, d, p, n: index_bytes(N, d, p, n) - 4 * n * d,
            card="bytes of IVF-PQ",
        ),
        Slip("these are bits", lambda N, d, p, n: 8 * index_bytes(N, d, p, n), card="bytes of IVF-PQ"),
        Slip(
            "float32 has 4 bytes, not 8",
            lambda N, d, p, n: N * p + 8 * N + 8 * n * d + 8 * 256 * d,
            card="bytes of IVF-PQ",
        ),
    ],
    hints=[
        "Per vector: its code and its number.",
        "Once: a center for each list, and 256 centers for each piece of d / parts dimensions.",
    ],
    anchor="11. From notebook to production",
    forms=[
        lambda N, d, parts, n_lists: np.int64(N) * (parts + 8) + 4 * d * (n_lists + 256),
        lambda N, d, parts, n_lists: float(N * (8 + parts) + 4 * (256 + n_lists) * d),
    ],
)


def found_inputs():
    yield {"found": np.array([[1, 0]]), "true": np.array([[0, 2]])}
    yield {"found": np.array([[3, 1, 2], [0, 5, 4]]), "true": np.array([[1, 2, 3], [4, 9, 7]])}
    yield {"found": np.array([[7, -1, -1], [2, 3, -1], [1, 0, 8]]), "true": np.array([[4, 1, 7], [5, 6, 9], [0, 1, 8]])}


def index_recall(found, true):
    """found: (queries, k), what an index gives, −1 where it found no more. true: (queries, k), the exact neighbors.
    Return the recall: the share of the true ones that were found, whatever their place."""
    return np.mean([len(set(own) & set(right)) / len(right) for own, right in zip(found.tolist(), true.tolist())])


INDEX_RECALL = Exercise(
    name="recall of an index",
    chapter=4,
    kind="write",
    minutes=5,
    task="An approximate index is fast. How much of the exact answer does it give?",
    solution=index_recall,
    reference=lambda found, true: (found[:, :, None] == true[:, None, :]).any(1).mean(),
    inputs=found_inputs,
    slips=[
        Slip(
            "the place does not matter: a true neighbor found at another place is found",
            lambda f, t: (f == t).mean(),
            card="recall of an index",
        ),
        Slip(
            "that is the share of queries with at least one found",
            lambda f, t: np.mean([bool(set(a) & set(b)) for a, b in zip(f.tolist(), t.tolist())]),
            card="recall of an index",
        ),
        Slip(
            "that is the share of queries with *all* found",
            lambda f, t: np.mean([set(a) == set(b) for a, b in zip(f.tolist(), t.tolist())]),
            card="recall of an index",
        ),
        Slip(
            "that is the share of what was found: divide by the true ones, also where the index gave fewer",
            lambda f, t: np.mean(
                [len(set(a) & set(b)) / max(1, sum(x >= 0 for x in a)) for a, b in zip(f.tolist(), t.tolist())]
            ),
            card="recall of an index",
        ),
        Slip(
            "only the nearest is looked for here: all k count",
            lambda f, t: (f == t[:, :1]).any(1).mean(),
            card="recall of an index",
        ),
        Slip(
            "all queries are thrown together: a neighbor of another query is no hit",
            lambda f, t: np.mean(np.isin(t, f)),
            card="recall of an index",
        ),
        Slip("that is the share that was *missed*", lambda f, t: 1 - index_recall(f, t), card="recall of an index"),
    ],
    hints=["Query by query: how many of its true neighbors are in its list?"],
    anchor="9. Serving: exact or approximate?",
    forms=[
        lambda found, true: (
            sum(x in own for own, right in zip(found.tolist(), true.tolist()) for x in right) / true.size
        )
    ],
)
