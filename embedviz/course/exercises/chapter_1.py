"""Exercises of chapter 1: encodings."""

import numpy as np
import torch

from embedviz.course.checking import Exercise, Slip


def looked_up_gradients():
    random = torch.Generator().manual_seed(0)
    yield {"codes": torch.tensor([1]), "gradient": torch.tensor([[1.0, 2.0]]), "N": 2}
    yield {"codes": torch.tensor([2, 0, 2]), "gradient": torch.arange(1.0, 7.0).reshape(3, 2), "N": 4}
    codes = torch.tensor([4, 1, 4, 0, 4])
    yield {"codes": codes, "gradient": torch.randn(5, 3, generator=random, dtype=torch.float64), "N": 6}


def lookup_gradient(codes, gradient, N):
    """codes: (B,) row numbers. gradient: (B, d), ∂L/∂(row looked up) for each of them.
    N: rows of the table. Return ∂L/∂table, of shape (N, d)."""
    return torch.zeros(N, gradient.shape[1], dtype=gradient.dtype).index_add(0, codes, gradient)


def by_autograd(codes, gradient, N):
    table = torch.zeros(N, gradient.shape[1], dtype=gradient.dtype, requires_grad=True)
    table[codes].backward(gradient)
    return table.grad


def by_product(codes, gradient, N):
    return torch.nn.functional.one_hot(codes, N).to(gradient.dtype).T @ gradient


def by_loop(codes, gradient, N):
    rows = np.zeros((N, gradient.shape[1]), dtype=np.float32)
    for code, row in zip(codes.tolist(), gradient.numpy()):
        rows[code] += row
    return rows


def last_wins(codes, gradient, N):
    table = torch.zeros(N, gradient.shape[1], dtype=gradient.dtype)
    table[codes] += gradient
    return table


def of_means(codes, gradient, N):
    return lookup_gradient(codes, gradient, N) / torch.bincount(codes, minlength=N).clamp(min=1)[:, None]


LOOKUP_GRADIENT = Exercise(
    name="lookup gradient",
    chapter=1,
    kind="derive",
    minutes=8,
    task="The forward pass is `table[codes]`. Write the backward pass: given the gradient of the rows that were looked "
    "up, what is the gradient of the table? Mind the row that comes up twice in a batch.",
    solution=lookup_gradient,
    reference=by_autograd,
    inputs=looked_up_gradients,
    slips=[
        Slip(
            "a row that was looked up several times keeps only one of its gradients: `table[codes] += …` writes once "
            "for each row; add them up",
            last_wins,
            card="gradient into the table",
        ),
        Slip(
            "a row that was looked up several times gets the mean of its gradients: it gets the sum",
            of_means,
            card="gradient into the table",
        ),
        Slip(
            "right, but for its sign: the gradient itself is asked for, not the step against it",
            lambda *given: -lookup_gradient(*given),
            card="gradient into the table",
        ),
        Slip(
            "that is the gradient of the rows looked up: put each into its row of the table",
            lambda codes, gradient, N: gradient,
            card="gradient into the table",
        ),
        Slip(
            "you divide by the batch: the mean is the loss's affair, and is in `gradient` already",
            lambda codes, gradient, N: lookup_gradient(codes, gradient, N) / len(codes),
            card="gradient into the table",
        ),
        Slip(
            "rows that were not looked up have no part in the loss: their gradient is 0",
            lambda codes, gradient, N: (
                lookup_gradient(codes, gradient, N) + (torch.bincount(codes, minlength=N) == 0)[:, None]
            ),
            card="gradient into the table",
        ),
    ],
    hints=[
        "Write the lookup as a product: `one_hot(codes) @ table`. What is the gradient of a product with respect to "
        "its right factor?",
        "It is `one_hot(codes).T @ gradient`: row i adds up the gradients of all places of the batch where code i was "
        "looked up.",
        "Without the zeros: start with a table of zeros, and `index_add` each row of `gradient` at its code.",
    ],
    forms=[by_autograd, by_product, by_loop],
    anchor="3. An embedding is one-hot times a matrix",
)


# One-hot and unknown values


def code_inputs():
    yield {"codes": np.array([1]), "N": 2}
    yield {"codes": np.array([2, 0]), "N": 3}
    yield {"codes": np.array([0, 3, 3, 1]), "N": 5}


def one_hot(codes, N):
    """codes: (B,) whole numbers from 0. N: categories. Return (B, N): a row for each code, a single 1 in it."""
    rows = np.zeros((len(codes), N))
    rows[np.arange(len(codes)), codes] = 1
    return rows


def one_hot_by_loop(codes, N):
    return [[float(column == code) for column in range(N)] for code in codes]


def marked(rows, codes, N):
    found = np.zeros((len(rows), N))
    found[rows, np.asarray(codes) % N] = 1
    return found


ONE_HOT = Exercise(
    name="one-hot",
    chapter=1,
    kind="write",
    minutes=4,
    task="Write one-hot encoding without a library.",
    solution=one_hot,
    reference=one_hot_by_loop,
    inputs=code_inputs,
    slips=[
        Slip(
            "rows are the batch, columns the categories: you have it transposed",
            lambda codes, N: one_hot(codes, N).T,
            card="one-hot by hand",
        ),
        Slip(
            "numbers start at 0: code 0 is the first column",
            lambda codes, N: marked(np.arange(len(codes)), codes - 1, N),
            card="one-hot by hand",
        ),
        Slip(
            "`rows[:, codes] = 1` writes all codes into every row: give each row its own column",
            lambda codes, N: np.tile(np.isin(np.arange(N), codes) * 1.0, (len(codes), 1)),
            card="one-hot by hand",
        ),
        Slip(
            "as many columns as there are categories, N, not as many as this batch happens to hold",
            lambda codes, N: one_hot(codes, codes.max() + 1),
            card="one-hot by hand",
        ),
        Slip(
            "the code itself stands in its column: that is an order again; a 1 stands there",
            lambda codes, N: one_hot(codes, N) * codes[:, None],
            card="one-hot by hand",
        ),
        Slip(
            "0 where a 1 should be, and the other way round",
            lambda codes, N: 1 - one_hot(codes, N),
            card="one-hot by hand",
        ),
        Slip(
            "that counts the codes of the batch: each row by itself",
            lambda codes, N: np.bincount(codes, minlength=N).astype(float),
            card="one-hot by hand",
        ),
    ],
    hints=[
        "Start with zeros of shape (B, N).",
        "Row i gets its 1 in column codes[i]: `rows[np.arange(B), codes] = 1`.",
    ],
    forms=[
        lambda codes, N: np.eye(N)[codes],
        lambda codes, N: torch.nn.functional.one_hot(torch.from_numpy(codes), N),
        lambda codes, N: codes[:, None] == np.arange(N),
    ],
    anchor="1. What is wrong with one-hot?",
)


def value_inputs():
    yield {"known": ["BOS"], "values": ["BOS", "LAX"]}
    yield {"known": ["BOS", "HNL", "LAX"], "values": ["LAX", None, "BOS"]}
    yield {"known": ["B", "C", "D", "E"], "values": ["E", "A", "B", "Z", "B", None]}


def codes_of(known, values):
    """known: the values of the training rows, sorted, each once. values: a list, also of values never seen, or None.
    Return a code for each: 1, 2, … in the order of `known`, and 0 for whatever is not there."""
    place = {value: number for number, value in enumerate(known, 1)}
    return [place.get(value, 0) for value in values]


CODES = Exercise(
    name="unknown values",
    chapter=1,
    kind="fix",
    minutes=5,
    task="A plane that training has not seen must not stop the program, and must not take another plane's row.",
    solution=codes_of,
    reference=lambda known, values: [known.index(value) + 1 if value in known else 0 for value in values],
    inputs=value_inputs,
    slips=[
        Slip(
            "0 is kept for the unknown: the first known value has code 1",
            lambda known, values: [known.index(v) if v in known else 0 for v in values],
            card="code minus one",
        ),
        Slip(
            "−1 for the unknown: as an index that is the *last* row of the table",
            lambda known, values: [known.index(v) + 1 if v in known else -1 for v in values],
            card="code minus one",
        ),
        Slip(
            "an unknown value stops the program",
            lambda known, values: [known.index(v) + 1 for v in values],
            card="a category nobody has seen",
        ),
        Slip(
            "the values to be encoded are numbered anew: the codes must be those of training, always",
            lambda known, values: [
                sorted({v for v in values if v is not None}).index(v) + 1 if v in known else 0 for v in values
            ],
            card="a category nobody has seen",
        ),
        Slip(
            "the unknown get a code after all others: the table has no such row, 0 is theirs",
            lambda known, values: [known.index(v) + 1 if v in known else len(known) + 1 for v in values],
            card="a category nobody has seen",
        ),
        Slip(
            "unknown values are left out: there must be a code for each",
            lambda known, values: [known.index(v) + 1 for v in values if v in known],
            card="a category nobody has seen",
        ),
        Slip(
            "an unknown value takes its neighbor's code, by the alphabet",
            lambda known, values: [
                min(int(np.searchsorted(known, v)) + 1, len(known)) if v is not None else 0 for v in values
            ],
            card="code minus one",
        ),
    ],
    hints=[
        "A dictionary from value to number; numbers start at 1.",
        "`place.get(value, 0)` has an answer for what is not there.",
    ],
    forms=[
        lambda known, values: np.array([dict(zip(known, range(1, len(known) + 1))).get(value, 0) for value in values]),
        lambda known, values: torch.tensor(
            [sum((i + 1) * (k == value) for i, k in enumerate(known)) for value in values]
        ),
    ],
    anchor="1. What is wrong with one-hot?",
)


# Cost


def weights_of(N, d, hidden):
    """N: categories. d: dimensions of the embedding. hidden: units of the first layer.
    Return the weights (no biases) up to the first layer's units: of one-hot input, and of an embedding before it."""
    return N * hidden, N * d + d * hidden


WEIGHTS = Exercise(
    name="weights",
    chapter=1,
    kind="predict",
    minutes=4,
    task="Ten million products, 128 hidden units, 16 dimensions. What does each way cost? And for three categories?",
    solution=weights_of,
    reference=lambda N, d, hidden: (
        sum(p.numel() for p in torch.nn.Linear(N, hidden, bias=False).parameters()),
        sum(
            p.numel()
            for p in torch.nn.Sequential(torch.nn.Embedding(N, d), torch.nn.Linear(d, hidden, bias=False)).parameters()
        ),
    ),
    inputs=lambda: [
        {"N": 3, "d": 2, "hidden": 4},
        {"N": 105, "d": 8, "hidden": 128},
        {"N": 4_043, "d": 16, "hidden": 100},
    ],
    parts=("one-hot", "embedding"),
    slips=[
        Slip(
            "the layer after the embedding has weights, too: d × hidden",
            lambda N, d, h: (N * h, N * d),
            card="weights up to the first layer",
        ),
        Slip(
            "the embedding *replaces* one-hot input: N × hidden is gone",
            lambda N, d, h: (N * h, N * d + N * h),
            card="weights up to the first layer",
        ),
        Slip(
            "the table itself is missing: N × d", lambda N, d, h: (N * h, d * h), card="weights up to the first layer"
        ),
        Slip(
            "that is one-hot against one-hot: the first layer after an embedding is d wide",
            lambda N, d, h: (N * h, N * h),
            card="weights up to the first layer",
        ),
        Slip(
            "a table of N × N? The embedding has d numbers a row",
            lambda N, d, h: (N * h, N * N + N * h),
            card="weights up to the first layer",
        ),
        Slip(
            "the two are the wrong way round",
            lambda N, d, h: (N * d + d * h, N * h),
            card="weights up to the first layer",
        ),
        Slip(
            "one-hot input has no table, only the layer: N × hidden",
            lambda N, d, h: (N * N + N * h, N * d + d * h),
            card="weights up to the first layer",
        ),
    ],
    hints=[
        "Every input of a layer has a weight to every unit.",
        "One-hot: N inputs. Embedding: N rows of d numbers, then d inputs.",
    ],
    forms=[
        lambda N, d, hidden: [hidden * N, d * (N + hidden)],
        lambda N, d, hidden: (torch.tensor(N * hidden), torch.tensor(d * N + d * hidden)),
    ],
    anchor="1. What is wrong with one-hot?",
)


# Hashing


def occupied(N, buckets):
    """N: names. buckets: that a hash function puts them into, each as likely as another.
    Return how many buckets hold at least one name, on average."""
    return buckets * (1 - (1 - 1 / buckets) ** N)


def occupied_by_steps(N, buckets):
    full = 0.0
    for _ in range(N):  # a new name finds an empty bucket with probability (buckets − full) / buckets
        full += (buckets - full) / buckets
    return full


OCCUPIED = Exercise(
    name="hash buckets",
    chapter=1,
    kind="derive",
    minutes=8,
    task="105 destinations in 64 buckets: how many buckets are used, on average? Then you know how many must share.",
    solution=occupied,
    reference=occupied_by_steps,
    inputs=lambda: [
        {"N": 1, "buckets": 2},
        {"N": 3, "buckets": 2},
        {"N": 105, "buckets": 64},
        {"N": 105, "buckets": 256},
    ],
    slips=[
        Slip("that is the number of *empty* buckets", lambda N, b: b * (1 - 1 / b) ** N, card="hash buckets"),
        Slip(
            "names fall together by chance long before all buckets are full",
            lambda N, b: min(N, b),
            card="hash buckets",
        ),
        Slip(
            "that is the probability that one bucket is used: there are `buckets` of them",
            lambda N, b: 1 - (1 - 1 / b) ** N,
            card="hash buckets",
        ),
        Slip(
            "N and buckets are the wrong way round: each of N names misses a bucket with probability 1 − 1/buckets",
            lambda N, b: N * (1 - (1 - 1 / N) ** b),
            card="hash buckets",
        ),
        Slip(
            "that is the number of names that found their bucket taken",
            lambda N, b: N - occupied(N, b),
            card="hash buckets",
        ),
        Slip("N / buckets is the average load, not how many are used", lambda N, b: N / b, card="hash buckets"),
    ],
    hints=[
        "Look at one bucket. With which probability does one name miss it? And all N?",
        r"It stays empty with probability $(1 - 1/b)^N$, b buckets. Expectations add up, so "
        "multiply by b.",
    ],
    forms=[
        occupied_by_steps,
        lambda N, buckets: (
            torch.tensor(buckets) * (1 - (1 - 1 / torch.tensor(float(buckets), dtype=torch.float64)) ** N)
        ),
    ],
    anchor="4. One task, every encoding, one table",
)


# Target encoding


def target_inputs():
    yield {"codes": np.array([0, 1]), "target": np.array([4.0, 8.0]), "N": 2, "smoothing": 1.0}
    yield {"codes": np.array([0, 0, 2]), "target": np.array([1.0, 3.0, 11.0]), "N": 3, "smoothing": 2.0}
    random = np.random.default_rng(1)
    yield {"codes": random.integers(0, 4, 12), "target": random.normal(size=12), "N": 5, "smoothing": 0.5}


def target_means(codes, target, N, smoothing):
    """codes: (n,) from 0. target: (n,). N: categories. smoothing: m.
    Return (N,): the mean of each category's targets, as if m rows more had the overall mean."""
    total, count = np.bincount(codes, target, N), np.bincount(codes, minlength=N)
    return (total + smoothing * target.mean()) / (count + smoothing)


def target_means_by_rows(codes, target, N, smoothing):
    means = []
    for category in range(N):
        own = [y for code, y in zip(codes, target) if code == category]
        means.append((sum(own) + smoothing * np.mean(target)) / (len(own) + smoothing))
    return means


def smoothed(codes, target, N, prior, more, rows=None):
    total, count = np.bincount(codes, target, N), np.bincount(codes, minlength=N)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (total + more * prior) / (count + (more if rows is None else rows))


TARGET_MEANS = Exercise(
    name="target encoding",
    chapter=1,
    kind="write",
    minutes=6,
    task="A category becomes the mean of its targets, drawn towards the overall mean if it has few rows.",
    solution=target_means,
    reference=target_means_by_rows,
    inputs=target_inputs,
    slips=[
        Slip(
            "the smoothing has no effect, and a category without rows has no mean",
            lambda c, y, N, m: smoothed(c, y, N, 0.0, 0.0),
            card="smoothed mean",
        ),
        Slip(
            "drawn towards 0: it must be towards the overall mean",
            lambda c, y, N, m: smoothed(c, y, N, 0.0, m),
            card="smoothed mean",
        ),
        Slip(
            "m rows are added to the sum, but not to the count",
            lambda c, y, N, m: smoothed(c, y, N, y.mean(), m, 0.0),
            card="smoothed mean",
        ),
        Slip(
            "the overall mean is of the rows, not of the categories' means",
            lambda c, y, N, m: smoothed(c, y, N, np.mean([y[c == k].mean() for k in np.unique(c)]), m),
            card="smoothed mean",
        ),
        Slip(
            "half of each: the weight must depend on how many rows there are",
            lambda c, y, N, m: (smoothed(c, y, N, y.mean(), 1e-12) + y.mean()) / 2,
            card="smoothed mean",
        ),
        Slip(
            "that is the encoding of each row: a number for each *category* is asked for",
            lambda c, y, N, m: target_means(c, y, N, m)[c],
            card="smoothed mean",
        ),
        Slip(
            "that is the sum, not divided by the rows",
            lambda c, y, N, m: np.bincount(c, y, N) + m * y.mean(),
            card="smoothed mean",
        ),
    ],
    hints=[
        "For each category the sum of its targets, and how many: np.bincount.",
        "(sum + m · overall mean) / (count + m).",
    ],
    forms=[
        lambda c, y, N, m: torch.tensor([(y[c == k].sum() + m * y.mean()) / ((c == k).sum() + m) for k in range(N)]),
        lambda c, y, N, m: (np.eye(N)[c].T @ y + m * y.mean()) / (np.eye(N)[c].sum(0) + m),
    ],
    anchor="4. One task, every encoding, one table",
)


def fold_inputs():
    yield {"codes": np.array([0, 0]), "target": np.array([2.0, 6.0]), "fold": np.array([0, 1]), "smoothing": 1.0}
    yield {
        "codes": np.array([0, 0, 1, 1]),
        "target": np.array([1.0, 3.0, 10.0, 20.0]),
        "fold": np.array([0, 1, 0, 1]),
        "smoothing": 2.0,
    }
    random = np.random.default_rng(0)
    codes = random.integers(0, 4, 40)
    codes[7] = 9  # a category of one row: its fold's others know nothing about it
    yield {"codes": codes, "target": random.normal(size=40) + codes, "fold": np.arange(40) % 4, "smoothing": 3.0}


def cross_fitted(codes, target, fold, smoothing):
    """codes, target, fold: (n,). smoothing: m. Return (n,): each row's category's smoothed mean, learned from the rows
    of the *other* folds."""
    encoded = np.empty(len(codes))
    for f in np.unique(fold):
        others, own = fold != f, fold == f
        total = np.bincount(codes[others], target[others], minlength=codes.max() + 1)
        count = np.bincount(codes[others], minlength=codes.max() + 1)
        means = (total + smoothing * target[others].mean()) / (count + smoothing)
        encoded[own] = means[codes[own]]
    return encoded


def cross_fitted_by_row(codes, target, fold, smoothing, rows=lambda fold, f: fold != f, prior=None, m=None):
    encoded, m = [], smoothing if m is None else m
    for code, f in zip(codes, fold):
        others = target[rows(fold, f)]
        same = others[codes[rows(fold, f)] == code]
        mean = others.mean() if prior is None else prior(target)
        encoded.append((same.sum() + m * mean) / max(len(same) + m, 1e-12))
    return np.array(encoded)


CROSS_FITTING = Exercise(
    name="cross-fitting",
    chapter=1,
    kind="fix",
    minutes=10,
    task="Target encoding leaks: a row's own answer is part of its category's mean. Each row has a `fold`; let it "
    "learn "
    "from the other folds only.",
    solution=cross_fitted,
    reference=cross_fitted_by_row,
    inputs=fold_inputs,
    slips=[
        Slip(
            "each row is encoded with its own target in the mean: that leaks the answer. Use the rows of the *other* "
            "folds",
            lambda *given: cross_fitted_by_row(*given, rows=lambda fold, f: fold >= 0),
            card="the target leaks",
        ),
        Slip(
            "each row is encoded from its own fold: it must be from the others",
            lambda *given: cross_fitted_by_row(*given, rows=lambda fold, f: fold == f),
            card="cross-fitting by hand",
        ),
        Slip(
            "the smoothing has no effect: add `smoothing` rows of average target",
            lambda *given: cross_fitted_by_row(*given, m=0.0),
            card="cross-fitting by hand",
        ),
        Slip(
            "the overall mean must be of the other folds too: it holds the row's own answer",
            lambda *given: cross_fitted_by_row(*given, prior=np.mean),
            card="cross-fitting by hand",
        ),
        Slip(
            "drawn towards 0: it must be towards the mean of the other folds",
            lambda *given: cross_fitted_by_row(*given, prior=lambda target: 0.0),
            card="cross-fitting by hand",
        ),
        Slip(
            "the row alone is left out: rows of its fold still know it through each other's encodings; leave out the "
            "fold",
            lambda codes, target, fold, m: cross_fitted_by_row(codes, target, np.arange(len(codes)), m),
            card="leaving one row out",
        ),
        Slip(
            "only the folds before it are used: all others are",
            lambda codes, target, fold, m: cross_fitted_by_row(
                codes, target, fold, m, rows=lambda own, f: own < f if f > 0 else own != f
            ),
            card="cross-fitting by hand",
        ),
    ],
    hints=[
        "Fold by fold: learn the table from `fold != f`, and look up the rows of `fold == f` in it.",
        "The overall mean that it is drawn towards must be of the other folds, too.",
    ],
    forms=[lambda c, y, f, m: torch.from_numpy(cross_fitted_by_row(c, y, f, m)), cross_fitted_by_row],
    anchor="4. One task, every encoding, one table",
)


# Measures and choices


def answer_inputs():
    yield {"y": np.array([1.0]), "p": np.array([0.5])}
    yield {"y": np.array([1.0, 0.0]), "p": np.array([0.9, 0.2])}
    yield {"y": np.array([0.0, 1.0, 1.0, 0.0]), "p": np.array([0.1, 0.7, 0.4, 0.6])}


def log_loss(y, p):
    """y: (n,) what was true, 1 or 0. p: (n,) the probability that the model gave to 1.
    Return the log loss in nats: the mean of −log of the probability that it gave to what was true."""
    return -np.log(np.where(y == 1, p, 1 - p)).mean()


LOG_LOSS = Exercise(
    name="log loss",
    chapter=1,
    kind="write",
    minutes=4,
    task="How surprised was the model by what was true? A coin toss has log 2 = 0.693.",
    solution=log_loss,
    reference=lambda y, p: float(torch.nn.functional.binary_cross_entropy(torch.from_numpy(p), torch.from_numpy(y))),
    inputs=answer_inputs,
    slips=[
        Slip(
            "that counts the true ones only: where y is 0, the model gave 1 − p to it",
            lambda y, p: -(y * np.log(p)).mean(),
            card="log loss of a rare category",
        ),
        Slip(
            "nats: the natural logarithm, not base 2",
            lambda y, p: log_loss(y, p) / np.log(2),
            card="log loss of a rare category",
        ),
        Slip(
            "right, but for its sign: a loss is small when the model is good",
            lambda y, p: -log_loss(y, p),
            card="log loss of a rare category",
        ),
        Slip(
            "that is the sum: take the mean over the rows",
            lambda y, p: log_loss(y, p) * len(y),
            card="log loss of a rare category",
        ),
        Slip(
            "p and 1 − p are the wrong way round", lambda y, p: log_loss(1 - y, p), card="log loss of a rare category"
        ),
        Slip(
            "that is the squared error of the probabilities, the Brier score",
            lambda y, p: ((y - p) ** 2).mean(),
            card="better order, worse probabilities",
        ),
        Slip(
            "that is the share of wrong answers: log loss also asks how sure the model was",
            lambda y, p: ((p > 0.5) != y).mean(),
            card="better order, worse probabilities",
        ),
        Slip(
            "the logarithm of the mean is not the mean of the logarithms",
            lambda y, p: -np.log(np.where(y == 1, p, 1 - p).mean()),
            card="better order, worse probabilities",
        ),
    ],
    hints=[
        "Which probability did the model give to what was true, if y is 1? And if y is 0?",
        "−log of it, and the mean.",
    ],
    forms=[
        lambda y, p: np.mean([-np.log(q) if t else -np.log(1 - q) for t, q in zip(y, p)]),
        lambda y, p: (
            -(
                torch.from_numpy(y) * torch.from_numpy(p).log()
                + (1 - torch.from_numpy(y)) * (1 - torch.from_numpy(p)).log()
            ).mean()
        ),
    ],
    anchor="A hard target: late by more than 15 minutes?",
)


def size_inputs():
    yield {"sizes": [1, 2], "errors": np.array([[3.0, 3.2], [2.0, 2.2]])}
    yield {"sizes": [2, 4, 8], "errors": np.array([[5.0, 5.2, 5.1], [4.2, 4.1, 4.13], [4.1, 4.1, 4.2]])}
    yield {
        "sizes": [1, 4, 16, 64],
        "errors": np.array([[9.0, 9.4, 9.1], [7.0, 7.3, 7.3], [7.1, 6.9, 7.15], [6.8, 7.2, 7.2]]),
    }
    yield {
        "sizes": [1, 4, 16, 64],
        "errors": np.array([[9.0, 9.4, 9.1], [7.25, 7.25, 7.25], [7.5, 6.9, 7.15], [6.9, 7.2, 7.2]]),
    }


def smallest_enough(sizes, errors):
    """sizes: ascending. errors: (sizes, seeds), on validation rows. Return the smallest size whose mean error is at
    most one standard error (of the best size's mean, over its seeds) above the best mean."""
    mean = errors.mean(axis=1)
    best = mean.argmin()
    standard_error = errors[best].std(ddof=1) / np.sqrt(errors.shape[1])
    return sizes[np.flatnonzero(mean <= mean[best] + standard_error)[0]]


def smallest_by_loop(sizes, errors):
    runs = [list(map(float, row)) for row in errors]
    means = [sum(row) / len(row) for row in runs]
    best = min(range(len(sizes)), key=lambda i: means[i])
    spread = (sum((x - means[best]) ** 2 for x in runs[best]) / (len(runs[best]) - 1)) ** 0.5
    return next(size for size, mean in zip(sizes, means) if mean <= means[best] + spread / len(runs[best]) ** 0.5)


def chosen_size(sizes, errors, tolerance):
    mean = errors.mean(axis=1)
    return sizes[np.flatnonzero(mean <= mean.min() + tolerance(errors, mean.argmin()))[0]]


SIZE = Exercise(
    name="how many dimensions",
    chapter=1,
    kind="decide",
    minutes=8,
    task="The curve over the sizes is flat, and seeds differ. Which size do you take? Use the one-standard-error rule "
    "(Breiman et al. 1984).",
    solution=smallest_enough,
    reference=smallest_by_loop,
    inputs=size_inputs,
    slips=[
        Slip(
            "that is the best size; a smaller one that is as good within the noise is enough",
            lambda s, e: s[int(e.mean(1).argmin())],
            card="one standard error",
        ),
        Slip(
            "that is one standard *deviation* of a run: a mean over seeds is surer, so divide by the root of their "
            "number",
            lambda s, e: chosen_size(s, e, lambda e, best: e[best].std(ddof=1)),
            card="one standard error",
        ),
        Slip(
            "seeds are a sample: divide by their number less one (ddof=1)",
            lambda s, e: chosen_size(s, e, lambda e, best: e[best].std() / np.sqrt(e.shape[1])),
            card="one standard error",
        ),
        Slip(
            "that is the best single run: luck; compare means over the seeds",
            lambda s, e: s[int(e.min(1).argmin())],
            card="one standard error",
        ),
        Slip("the smallest of all, whatever it costs", lambda s, e: s[0], card="one standard error"),
        Slip(
            "the largest that is good enough: take the smallest",
            lambda s, e: s[
                int(
                    np.flatnonzero(
                        e.mean(1) <= e.mean(1).min() + e[e.mean(1).argmin()].std(ddof=1) / np.sqrt(e.shape[1])
                    )[-1]
                )
            ],
            card="one standard error",
        ),
        Slip(
            "that is the place in the list, not the size",
            lambda s, e: s.index(smallest_enough(s, e)),
            card="one standard error",
        ),
    ],
    hints=[
        "Means over the seeds; the best; how sure is its mean?",
        "s / √(seeds). Then the first size whose mean is at most that much above the best.",
    ],
    forms=[smallest_by_loop, lambda s, e: torch.tensor(smallest_by_loop(s, e))],
    anchor="6. How many dimensions?",
)
