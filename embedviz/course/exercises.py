"""Checks of what a reader writes in an exercise: they say what is right, or what is probably wrong."""

import copy
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


def _answer(yours: Callable, **arguments):
    """What a reader's function makes of copies of the arguments, in their order.

    Raises:
        AssertionError: nothing yet, or it has changed an argument.
    """
    copies = {
        name: value.clone() if hasattr(value, "clone") else copy.deepcopy(value) for name, value in arguments.items()
    }
    got = yours(*copies.values())
    _expect(got is not None and got is not ..., "your function returns nothing yet: write your answer first")
    for name, value in arguments.items():
        same = np.array_equal(np.asarray(_plain(copies[name])), np.asarray(_plain(value)))
        _expect(same, f"your function changes its argument `{name}`: whoever calls it still needs it; work on a copy")
    return got


def _plain(value):
    return value.detach() if isinstance(value, torch.Tensor) else value


def _close(got, expected) -> bool:
    """As good as equal: an answer in float32 of the right idea is right, one that is off by a thousandth is not."""
    got, expected = (np.asarray(_plain(value), dtype=np.float64) for value in (got, expected))
    return got.shape == expected.shape and np.allclose(got, expected, rtol=1e-4, atol=1e-5)


def _apart(got: float, expected: float) -> str:
    """Two numbers, in as many digits as it takes to see that they differ."""
    digits = next((d for d in range(3, 15) if f"{got:.{d}f}" != f"{expected:.{d}f}"), 15)
    return f"{got:.{digits}f}, expected {expected:.{digits}f}"


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
    scores.requires_grad_()
    got = _answer(yours, scores=scores, log_q=log_q, temperature=0.5)
    one_number = isinstance(got, torch.Tensor) and got.shape == ()
    _expect(one_number, f"the loss must be one number (a tensor of shape ()), not {got!r}")
    hint = _likely(slips, partial(_close, got), "compare with the formula above")
    _expect(_close(got, expected), f"got {_apart(got.item(), expected.item())}: {hint}")

    leaf = scores.detach().clone().requires_grad_()
    found = yours(leaf, log_q.clone(), 0.5)
    no_way_back = (
        "the number is right, but nothing can be learned from it: no gradient reaches the scores "
        "(detach, item, numpy, float or torch.no_grad cut it off)"
    )
    _expect(found.requires_grad, no_way_back)
    [gradient] = torch.autograd.grad(found, leaf, allow_unused=True)
    [right] = torch.autograd.grad(loss(scores), scores)
    _expect(gradient is not None, no_way_back)
    _expect(
        _close(gradient, right),
        "the number is right, but its gradient is not: a part of it is cut off (detach, or torch.no_grad)",
    )
    print(f"✓ right: {got.item():.4f} on a batch of five, and its gradient, as the package's own loss")


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
    got = _answer(yours, codes=codes, gradient=gradient, n=n)
    is_tensor = isinstance(got, torch.Tensor)
    _expect(
        is_tensor and got.shape == (n, 3),
        f"the gradient is a tensor with the shape of the table, ({n}, 3), not "
        f"{tuple(got.shape) if hasattr(got, 'shape') else repr(got)}",
    )
    otherwise = f"row 4 was looked up three times and must get {expected[4].tolist()}, not {got[4].tolist()}"
    hint = _likely(slips, partial(_close, got), otherwise)
    _expect(_close(got, expected), hint)
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
    got = np.asarray(_answer(yours, codes=codes, target=target, fold=fold, smoothing=smoothing))
    _expect(
        got.shape == (40,) and got.dtype.kind == "f",
        f"one number for each of the 40 rows is needed, not {got.dtype} of shape {got.shape}",
    )
    missing = int(np.isnan(got).sum())
    _expect(not missing, f"{missing} rows are NaN: a category that the other folds do not have gets their overall mean")
    known = codes != 9
    first = int(np.argmax(~np.isclose(got, expected, rtol=1e-4, atol=1e-5)))
    otherwise = f"row {first} is {_apart(got[first], expected[first])}: compare with the formula above"
    hint = _likely(slips, lambda value: _close(got[known], value[known]), otherwise)
    _expect(_close(got, expected), hint)
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
    error_sum = gradients.score_gradient(gradients.softmax(outputs @ (3 * h)), target)
    as_sum = "h is the *mean* of the context's vectors, not their sum"
    forgot = "the error is p, without the − one-hot(target)"

    def to_inputs(error, share=3):
        return gradients.input_gradient(gradients.hidden_gradient(error, outputs), context, 7) * 3 / share

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
            "∂L/∂h = Vᵀ(p − one-hot) goes through the outputs, not through the inputs": through_inputs,
            as_sum: to_inputs(error_sum),
            as_sum + ", and ∂L/∂h is divided by the size of the context": to_inputs(error_sum, share=1),
            forgot: to_inputs(p),
        },
        {
            forgot: np.outer(p, h),
            "the sign: the error is p − one-hot(target), not one-hot(target) − p": -right[1],
            "the error is multiplied by the sum of the context vectors: h is their mean": 3 * right[1],
            "h counts a word that comes twice only once": np.outer(error_once, h_once),
            as_sum: np.outer(error_sum, 3 * h),
        },
    )
    got = _answer(yours, inputs=inputs, outputs=outputs, context=context, target=target)
    shapes = [np.shape(gradient) for gradient in got] if isinstance(got, (tuple, list)) else None
    _expect(
        shapes == [inputs.shape] * 2,
        f"return two arrays of the tables' shape, {inputs.shape} each, not {shapes or repr(got)}",
    )
    for table, ours, theirs, known in zip(("inputs", "outputs"), right, got, slips):
        theirs = np.asarray(_plain(theirs), dtype=np.float64)
        off = gradients.deviation(ours, theirs)
        hint = _likely(known, partial(_close, theirs), "check it against finite_difference")
        _expect(_close(theirs, ours), f"∂L/∂{table} is off by {off:.0%} of its largest entry: {hint}")
    print("✓ right: both gradients, with a word that comes twice, at the edge of a sentence")


def check_negative_sampling(yours: Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[float, np.ndarray]]) -> None:
    """Check `yours(h, v_target, v_negatives)`, the loss of negative sampling and its gradient with respect to h.

    Raises:
        AssertionError: one of them is wrong; the message names the likely slip.
    """
    random = np.random.default_rng(0)
    h, v_target, v_negatives = random.normal(size=4), random.normal(size=4), random.normal(size=(3, 4))
    true, false = v_target @ h, v_negatives @ h
    sigma, log_loss = gradients.sigmoid, np.logaddexp  # logaddexp(0, −s) is −log σ(s)
    loss = log_loss(0, -true) + log_loss(0, false).sum()
    gradient = (sigma(true) - 1) * v_target + sigma(false) @ v_negatives
    losses = {
        "the sign: a loss is −log of a probability": -loss,
        "the negatives must be scored low: log σ(−v·h), with a minus": log_loss(0, -true) + log_loss(0, -false).sum(),
        "add the negatives up, don't average: k of them weigh k times": log_loss(0, -true) + log_loss(0, false).mean(),
        "the negatives are missing": log_loss(0, -true),
        "the target is missing": log_loss(0, false).sum(),
        "log σ of the sum of the scores is not the sum of the log σ": log_loss(0, -true) + log_loss(0, false.sum()),
    }
    directions = {
        "the sign: the error is σ(s) − label": -gradient,
        "the target's error is σ(s) − 1, since its label is 1": sigma(true) * v_target + sigma(false) @ v_negatives,
        "the negatives' error is σ(s) − 0: their label is 0, not 1": gradient - v_negatives.sum(axis=0),
        "add the negatives up, don't average": (sigma(true) - 1) * v_target + sigma(false) @ v_negatives / 3,
        "the negatives are missing": (sigma(true) - 1) * v_target,
    }
    got = _answer(yours, h=h, v_target=v_target, v_negatives=v_negatives)
    both = isinstance(got, (tuple, list)) and len(got) == 2
    _expect(both, f"return two things, the loss and ∂L/∂h, not {got!r}")
    for name, ours, theirs, known in (("the loss", loss, got[0], losses), ("∂L/∂h", gradient, got[1], directions)):
        same_shape = np.shape(theirs) == np.shape(ours)
        _expect(same_shape, f"{name} must have shape {np.shape(ours)}, not {np.shape(theirs)}")
        hint = _likely(known, partial(_close, theirs), "compare with the formula")
        one, other = (np.round(np.asarray(_plain(value), dtype=np.float64), 4) for value in (theirs, ours))
        apart = _apart(float(one), float(other)) if np.ndim(ours) == 0 else f"{one}, expected {other}"
        _expect(_close(theirs, ours), f"{name} is {apart}: {hint}")
    print(f"✓ right: loss {loss:.4f} and its gradient, with three negatives")


FIRST_PLACE = "The first place counts 1 / log₂(2): places start at 1, so the discount is 1 / log₂(place + 1)"


def _number(value):
    """A tensor of one number as that number."""
    return value.item() if isinstance(value, torch.Tensor) and value.ndim == 0 else value


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
        recall = hit.sum() / n_relevant
        slips = {
            "that is the DCG: divide it by the DCG of the best possible list": dcg,
            "the best list has its n_relevant hits first; yours has as many as were found": (
                dcg / max(as_many_as_found, 1e-12)
            ),
            "the best list is no longer than this one: at most len(hits) places": dcg / longer_list,
            "the best list has n_relevant hits, not a hit at each place": dcg / gains.sum(),
            FIRST_PLACE: from_two / ideal,
            "that is 1 / place: the discount is 1 / log₂(place + 1)": hit @ places / places[:n_relevant].sum(),
            "the logarithm has base 2 (it matters only if you mix two bases)": natural / ideal,
            "that is the recall, the share of the relevant that was found: in NDCG a hit counts less the later it "
            "comes": recall,
            "that is the precision, the share of the list that is right: in NDCG a hit counts less the later it "
            "comes": hit.mean(),
        }
        try:
            with np.errstate(divide="ignore", invalid="ignore"):
                got = _answer(yours, hits=hits, n_relevant=n_relevant)
        except ZeroDivisionError:
            raise AssertionError(f"hits {hits}, {n_relevant} relevant: you divide by 0. {FIRST_PLACE}") from None
        one_number = np.ndim(got) == 0 and isinstance(_number(got), (int, float, np.number))
        _expect(one_number, f"return one number, not {got!r}")
        got = float(_number(got))
        _expect(np.isfinite(got), f"hits {hits}, {n_relevant} relevant: that gives {got}. {FIRST_PLACE}")
        hint = _likely(slips, partial(_close, got), "compare with the formula")
        _expect(_close(got, expected), f"hits {hits}, {n_relevant} relevant: {_apart(got, expected)}: {hint}")
    print("✓ right: with misses, a short list, no hit, and a perfect list")
