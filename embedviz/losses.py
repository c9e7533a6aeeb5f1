"""Losses: what "similar" means to the network is written here."""

import torch
from torch.nn import functional as F


def logistic_loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean of −log σ(s) over true pairs and −log σ(−s) over negatives (binary cross-entropy on logits).

    Args:
        scores: float, shape (batch,), any real numbers.
        labels: float, shape (batch,), 1 for a pair that occurs and 0 for one that was made up.

    Source: Koehrsen (2018), classification variant; Mikolov et al. (2013), eq. 4, with k negatives a pair.
    """
    return F.binary_cross_entropy_with_logits(scores, labels)


def sampled_softmax_loss(
    scores: torch.Tensor,
    contexts: torch.Tensor,
    log_q: torch.Tensor | None = None,
    temperature: float = 0.2,
) -> torch.Tensor:
    """In-batch sampled softmax: each item must pick its own context among all those of the batch.

    Row i is −log softmax(scores[i] / τ − log q)[i]. A context gets into the batch with probability
    proportional to its frequency q, so frequent ones are met as negatives too often; subtracting log q
    makes the batch an unbiased stand-in for the softmax over all contexts. Copies of a row's own context
    elsewhere in the batch are no negatives and are left out of its sum.

    Args:
        scores: float, shape (batch, batch), scores[i, j] of item i with the context of pair j.
        contexts: int64, shape (batch,), the number of the context of each pair.
        log_q: float, shape (batch,), log of the frequency of each pair's context; None leaves the correction out.
        temperature: τ > 0; lower is stricter.

    Source: Yi et al., *Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations*
    (RecSys 2019), eqs. 3 to 5.
    """
    if temperature <= 0:
        raise ValueError(f"temperature={temperature!r}: it must be positive")
    same = contexts[:, None] == contexts[None, :]
    same.fill_diagonal_(False)
    offset = torch.where(same, -torch.inf, 0 if log_q is None else -log_q)
    logits = offset + scores / temperature
    return F.cross_entropy(logits, torch.arange(len(contexts), device=scores.device))
