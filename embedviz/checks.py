"""Checks of what a reader writes in an exercise: they say what is right, or what is probably wrong."""

from collections.abc import Callable

import torch

from embedviz.losses import sampled_softmax_loss


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
    slips = {
        "it is right, but for its sign: a loss is −log of a probability": -expected,
        "that is the sum over the batch: take the mean, so that the batch size does not set the step": 5 * expected,
        "the temperature has no effect: divide the scores by it": sampled_softmax_loss(scores, torch.arange(5), log_q, temperature=1.0),
        "you multiply by the temperature: divide": sampled_softmax_loss(scores, torch.arange(5), log_q, temperature=2.0),
        "log q has no effect: subtract log_q[j] from column j (taken from the rows, it cancels in the softmax)": sampled_softmax_loss(scores, torch.arange(5), None, temperature=0.5),
        "you add log q: a context that is drawn often must be *less* of a negative, so subtract": sampled_softmax_loss(
            scores, torch.arange(5), -log_q, temperature=0.5
        ),
        "the sum runs over the rows: each item (row) must choose among the contexts (columns), so dim=1": -torch.log_softmax(logits, 0)
        .diagonal()
        .mean(),
        "the correction comes after the temperature: (scores / τ) − log q": sampled_softmax_loss(
            scores - log_q, torch.arange(5), None, temperature=0.5
        ),
        "these are probabilities: take the logarithm": -torch.softmax(logits, 1).diagonal().mean(),
    }
    got = yours(scores, log_q, 0.5)
    assert isinstance(got, torch.Tensor) and got.shape == (), f"the loss must be one number (a tensor of shape ()), not {got!r}"
    if not torch.isclose(got, expected):
        likely = [slip for slip, value in slips.items() if torch.isclose(got, value)]
        raise AssertionError(f"got {got.item():.4f}, expected {expected.item():.4f}: {likely[0] if likely else 'compare with the formula above'}")
    print(f"✓ right: {got.item():.4f} on a batch of five, as the package's own loss")
