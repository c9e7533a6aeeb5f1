"""Checks of what a reader writes in an exercise: they say what is right, or what is probably wrong."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch

from embedviz.models import gradients
from embedviz.models.losses import sampled_softmax_loss


def _expect(right: bool, message: str) -> None:
    """Raise AssertionError with the message unless `right`; `assert` would let all pass under `python -O`."""
    if not right:
        raise AssertionError(message)


def _likely(slips: dict, fits: Callable[[object], bool], otherwise: str) -> str:
    """The first slip whose value fits what was answered."""
    return next((slip for slip, value in slips.items() if fits(value)), otherwise)


def check_sampled_softmax(yours: Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]) -> None:
    """Check `yours(scores, log_q, temperature)`, an in-batch softmax loss for contexts that are all different.

    Raises:
        AssertionError: it is not the loss; the message names the likely slip.
    """
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(5, 5, generator=generator, dtype=torch.float64)
    log_q = torch.log_softmax(torch.randn(5, generator=generator, dtype=torch.float64), 0)
    logits = scores / 0.5 - log_q
    expected = sampled_softmax_loss(scores, torch.arange(5), log_q, temperature=0.5)

    def loss(scores=scores, log_q=log_q, temperature=0.5):
        return sampled_softmax_loss(scores, torch.arange(5), log_q, temperature=temperature)

    slips = {
        "it is right, but for its sign: a loss is −log of a probability": -expected,
        "that is the sum over the batch: take the mean, so that the batch size does not set the step": 5 * expected,
        "the temperature has no effect: divide the scores by it": loss(temperature=1.0),
        "you multiply by the temperature: divide": loss(temperature=2.0),
        "log q has no effect: subtract log_q[j] from column j (taken from the rows, it cancels in the softmax)": loss(
            log_q=None
        ),
        "you add log q: a context that is drawn often must be *less* of a negative, so subtract": loss(log_q=-log_q),
        "the sum runs over the rows: each item (row) must choose among the contexts (columns), so dim=1": (
            -torch.log_softmax(logits, 0).diagonal().mean()
        ),
        "the correction comes after the temperature: (scores / τ) − log q": loss(scores - log_q, None),
        "these are probabilities: take the logarithm": -torch.softmax(logits, 1).diagonal().mean(),
    }
    got = yours(scores, log_q, 0.5)
    one_number = isinstance(got, torch.Tensor) and got.shape == ()
    _expect(one_number, f"the loss must be one number (a tensor of shape ()), not {got!r}")
    hint = _likely(slips, lambda value: torch.isclose(got, value), "compare with the formula above")
    _expect(torch.isclose(got, expected), f"got {got.item():.4f}, expected {expected.item():.4f}: {hint}")
    print(f"✓ right: {got.item():.4f} on a batch of five, as the package's own loss")


def check_lookup_gradient(yours: Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]) -> None:
    """Check `yours(codes, gradient, n)`, the gradient of a table of n rows from that of the rows looked up.

    codes is int64 (batch,), gradient float (batch, dim), the answer float (n, dim).

    Raises:
        AssertionError: it is not; the message names the likely slip.
    """
    codes, n = torch.tensor([4, 1, 4, 0, 4]), 6
    gradient = torch.arange(1.0, 16.0, dtype=torch.float64).reshape(5, 3)
    table = torch.zeros(n, 3, dtype=torch.float64, requires_grad=True)
    table[codes].backward(gradient)
    expected, last = table.grad, torch.zeros(n, 3, dtype=torch.float64)
    last[codes] = gradient
    mean = expected / torch.bincount(codes, minlength=n).clamp(min=1)[:, None]
    slips = {
        "a row that was looked up three times keeps only one of its gradients: `table[codes] += …` writes once for "
        "each row; add them up": last,
        "a row that was looked up several times gets the mean of its gradients: it gets the sum": mean,
        "right, but for its sign: the gradient itself is asked for, not the step": -expected,
    }
    got = yours(codes, gradient.clone(), n)
    is_tensor = isinstance(got, torch.Tensor)
    _expect(
        is_tensor and got.shape == (n, 3),
        f"the gradient has the shape of the table, ({n}, 3), not {tuple(got.shape) if is_tensor else repr(got)}",
    )
    otherwise = f"row 4 was looked up three times and must get {expected[4].tolist()}, not {got[4].tolist()}"
    hint = _likely(slips, lambda value: torch.allclose(got.double(), value), otherwise)
    _expect(torch.allclose(got.double(), expected), hint)
    print("✓ right: as autograd's, repeated rows and rows without a gradient too")


def check_cross_fitting(yours: Callable[[np.ndarray, np.ndarray, np.ndarray, float], np.ndarray]) -> None:
    """Check `yours(codes, target, fold, smoothing)`, the cross-fitted target encoding of the training rows.

    codes and fold are int (rows,), target is float (rows,); the answer is float (rows,).

    Raises:
        AssertionError: it is not; the message names the likely slip.
    """
    rng = np.random.default_rng(0)
    codes, fold, smoothing = rng.integers(0, 4, 40), np.arange(40) % 4, 3.0
    codes[7] = 9  # a category of one row: its fold's others know nothing about it
    target = rng.normal(size=40) + codes

    def encoded(learn_from, m=smoothing, overall=False):
        out = np.empty(40)
        for f in range(4):
            rows = learn_from(f)
            prior = target.mean() if overall else target[rows].mean()
            for row in np.flatnonzero(fold == f):
                same = target[rows][codes[rows] == codes[row]]
                out[row] = (same.sum() + m * prior) / max(len(same) + m, 1e-9)
        return out

    expected = encoded(lambda f: fold != f)
    slips = {
        "each row is encoded with its own target in the mean: that leaks the answer. Use the rows of the *other* "
        "folds": encoded(lambda f: fold >= 0),
        "each row is encoded from its own fold: it must be from the others": encoded(lambda f: fold == f),
        "the smoothing has no effect: add `smoothing` rows of average target": encoded(lambda f: fold != f, m=0.0),
        "the overall mean must be of the other folds too": encoded(lambda f: fold != f, overall=True),
    }
    got = np.asarray(yours(codes, target, fold, smoothing))
    _expect(
        got.shape == (40,) and got.dtype.kind == "f",
        f"one number for each of the 40 rows is needed, not {got.dtype} of shape {got.shape}",
    )
    missing = int(np.isnan(got).sum())
    _expect(not missing, f"{missing} rows are NaN: a category that the other folds do not have gets their overall mean")
    known = codes != 9
    otherwise = f"row 0 must be {expected[0]:.4f}, not {got[0]:.4f}: compare with the formula above"
    hint = _likely(slips, lambda value: np.allclose(got[known], value[known]), otherwise)
    _expect(np.allclose(got, expected), hint)
    print("✓ right: no row has seen its own target")


def check_cbow_gradients(
    yours: Callable[[np.ndarray, np.ndarray, Sequence[int], int], tuple[np.ndarray, np.ndarray]],
) -> None:
    """Check `yours(inputs, outputs, context, target)`, the gradients of the CBOW loss with respect to the two tables.

    Raises:
        AssertionError: they are not; the message names the likely slip.
    """
    random = np.random.default_rng(0)
    inputs, outputs = random.normal(size=(2, 7, 3))
    context, target = [4, 1, 4], 2  # at the edge of a sentence, so three words; one of them twice
    right = gradients.cbow_gradients(inputs, outputs, context, target)
    h = gradients.hidden_vector(inputs, context)
    p = gradients.softmax(outputs @ h)
    error = gradients.score_gradient(p, target)
    toward_h = gradients.hidden_gradient(error, outputs)
    once = np.zeros_like(inputs)
    once[context] += toward_h / len(context)
    through_inputs = gradients.input_gradient(inputs.T @ error, context, 7)
    h_once = inputs[[1, 4]].mean(0)
    error_once = gradients.score_gradient(gradients.softmax(outputs @ h_once), target)
    slips = (
        {
            "a word that comes twice in the context counts once: gradient[context] += … writes a row once; use "
            "np.add.at": once,
            "each context word gets the whole of ∂L/∂h: h is a mean, so divide by the size of the context": 3
            * right[0],
            "you divide by the size of a full window: at an edge the context is smaller, so len(context)": right[0]
            * 3
            / 4,
            "∂L/∂h has the sign of p + one-hot or of one-hot − p: it is p − one-hot": -right[0],
            "∂L/∂h = Uᵀ(p − one-hot) goes through the outputs, not through the inputs": through_inputs,
        },
        {
            "the error is p, without the − one-hot(target)": np.outer(p, h),
            "the sign: the error is p − one-hot(target), not one-hot(target) − p": -right[1],
            "the error is multiplied by the sum of the context vectors: h is their mean": 3 * right[1],
            "h counts a word that comes twice only once": np.outer(error_once, h_once),
        },
    )
    got = yours(inputs.copy(), outputs.copy(), list(context), target)
    shapes = [np.shape(gradient) for gradient in got] if isinstance(got, (tuple, list)) else None
    _expect(
        shapes == [inputs.shape] * 2,
        f"return two arrays of the tables' shape, {inputs.shape} each, not {shapes or repr(got)}",
    )
    for table, ours, theirs, known in zip(("inputs", "outputs"), right, got, slips):
        off = gradients.deviation(ours, theirs)
        hint = _likely(known, partial(np.allclose, theirs), "check it against finite_difference")
        _expect(np.allclose(ours, theirs), f"∂L/∂{table} is off by {off:.0%} of its largest entry: {hint}")
    print("✓ right: both gradients, with a word that comes twice, at the edge of a sentence")


def check_negative_sampling(yours: Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[float, np.ndarray]]) -> None:
    """Check `yours(h, u_target, u_negatives)`, the loss of negative sampling and its gradient with respect to h.

    Raises:
        AssertionError: one of them is wrong; the message names the likely slip.
    """
    random = np.random.default_rng(0)
    h, u_target, u_negatives = random.normal(size=4), random.normal(size=4), random.normal(size=(3, 4))
    true, false = u_target @ h, u_negatives @ h
    sigma, log_loss = gradients.sigmoid, np.logaddexp  # logaddexp(0, −s) is −log σ(s)
    loss = log_loss(0, -true) + log_loss(0, false).sum()
    gradient = (sigma(true) - 1) * u_target + sigma(false) @ u_negatives
    losses = {
        "the sign: a loss is −log of a probability": -loss,
        "the negatives must be scored low: log σ(−u·h), with a minus": log_loss(0, -true) + log_loss(0, -false).sum(),
        "add the negatives up, don't average: k of them weigh k times": log_loss(0, -true) + log_loss(0, false).mean(),
        "the negatives are missing": log_loss(0, -true),
        "the target is missing": log_loss(0, false).sum(),
        "log σ of the sum of the scores is not the sum of the log σ": log_loss(0, -true) + log_loss(0, false.sum()),
    }
    directions = {
        "the sign: the error is σ(s) − label": -gradient,
        "the target's error is σ(s) − 1, since its label is 1": sigma(true) * u_target + sigma(false) @ u_negatives,
        "the negatives' error is σ(s) − 0: their label is 0, not 1": gradient - u_negatives.sum(axis=0),
        "add the negatives up, don't average": (sigma(true) - 1) * u_target + sigma(false) @ u_negatives / 3,
        "the negatives are missing": (sigma(true) - 1) * u_target,
    }
    got = yours(h.copy(), u_target.copy(), u_negatives.copy())
    both = isinstance(got, (tuple, list)) and len(got) == 2
    _expect(both, f"return two things, the loss and ∂L/∂h, not {got!r}")
    for name, ours, theirs, known in (("the loss", loss, got[0], losses), ("∂L/∂h", gradient, got[1], directions)):
        same_shape = np.shape(theirs) == np.shape(ours)
        _expect(same_shape, f"{name} must have shape {np.shape(ours)}, not {np.shape(theirs)}")
        hint = _likely(known, partial(np.allclose, theirs), "compare with the formula")
        _expect(np.allclose(ours, theirs), f"{name} is {np.round(theirs, 4)}, expected {np.round(ours, 4)}: {hint}")
    print(f"✓ right: loss {loss:.4f} and its gradient, with three negatives")


def check_ndcg(yours: Callable[[Sequence[bool], int], float]) -> None:
    """Check `yours(hits, n_relevant)`, the NDCG of one list: `hits` says for each place whether it is right.

    Raises:
        AssertionError: it is not; the message names the likely slip.
    """
    cases = [
        ([False, True, False, False, True], 3),
        ([True, False], 5),
        ([False, False, False], 1),
        ([True, True, False], 2),
    ]
    for hits, n_relevant in cases:
        hit, gains = np.array(hits, dtype=float), 1 / np.log2(np.arange(2, len(hits) + 2))
        dcg, ideal = hit @ gains, gains[:n_relevant].sum()
        expected = dcg / ideal
        natural = hit @ (1 / np.log(np.arange(2, len(hits) + 2)))
        as_many_as_found = gains[: int(hit.sum())].sum()
        longer_list = (1 / np.log2(np.arange(2, n_relevant + 2))).sum()
        places = 1 / np.arange(1, len(hits) + 1)
        from_two = np.nan if hit[0] else hit[1:] @ (1 / np.log2(np.arange(2, len(hits) + 1)))
        slips = {
            "that is the DCG: divide it by the DCG of the best possible list": dcg,
            "the best list has its n_relevant hits first; yours has as many as were found": (
                dcg / max(as_many_as_found, 1e-12)
            ),
            "the best list is no longer than this one: at most len(hits) places": dcg / longer_list,
            "the best list has n_relevant hits, not a hit at each place": dcg / gains.sum(),
            "the first place counts 1 / log₂(2): places start at 1, so log₂(place + 1)": from_two / ideal,
            "that is 1 / place: the discount is 1 / log₂(place + 1)": hit @ places / places[:n_relevant].sum(),
            "the logarithm has base 2 (it matters only if you mix two bases)": natural / ideal,
            "that is the precision or the recall: a hit counts less the later it comes": hit.mean(),
        }
        got = yours(list(hits), n_relevant)
        one_number = np.ndim(got) == 0 and isinstance(got, (int, float, np.number))
        _expect(one_number, f"return one number, not {got!r}")
        hint = _likely(slips, partial(np.isclose, got), "compare with the formula")
        _expect(
            np.isclose(got, expected),
            f"hits {hits}, {n_relevant} relevant: {float(got):.3f} is not {expected:.3f}: {hint}",
        )
    print("✓ right: with misses, a short list, no hit, and a perfect list")
