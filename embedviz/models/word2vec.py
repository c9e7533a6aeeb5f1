"""CBOW and skip-gram as one writes them down: short, slow, differentiated by autograd.

Two tables: `inputs` (u in chapter 3, what is given) for the words that one predicts from, and `outputs` (v, what is to
be found) for the words that are predicted. `train.fast_word2vec.fit` trains the same modules with gradients by hand.

Source: Mikolov, Chen, Corrado & Dean, *Efficient Estimation of Word Representations in Vector Space* (2013); negative
sampling: Mikolov et al., *Distributed Representations of Words and Phrases and their Compositionality* (2013), eq. 4.
"""

import torch
from torch import nn
from torch.nn import functional as F

from embedviz.models.initial import embedding


class TwoTables(nn.Module):
    """What CBOW and skip-gram share: two tables that start as word2vec.c starts them.

    Args:
        n_words: N, rows of each table.
        dim: numbers per row.
        seed: of the initial values. `inputs` is uniform in ±0.5/dim, `outputs` zero.
    """

    def __init__(self, n_words: int, dim: int = 100, seed: int = 0):
        super().__init__()
        if n_words < 2 or dim < 1:
            raise ValueError(f"n_words={n_words}, dim={dim}: need at least 2 words and 1 dimension")
        generator = torch.Generator().manual_seed(seed)
        self.inputs = embedding(n_words, dim, 0.5 / dim, generator)
        self.outputs = embedding(n_words, dim, 0, generator)


class CBOW(TwoTables):
    """The words around predict the word in the middle.

    `contexts` is int64 of shape (batch, 2n), −1 where there is no word; `targets` int64 of shape (batch,). Losses are
    in nats, the mean over the batch. A target with an empty context is predicted from h = 0.
    """

    def hidden(self, contexts: torch.Tensor) -> torch.Tensor:
        """h, the mean of the context's rows: float of shape (batch, dim)."""
        there = (contexts >= 0).unsqueeze(-1)
        rows = self.inputs(contexts.clamp_min(0)) * there
        return rows.sum(1) / there.sum(1).clamp_min(1)

    def softmax_loss(self, contexts: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """−log p(target | context), over all N words."""
        return F.cross_entropy(self.hidden(contexts) @ self.outputs.weight.T, targets)

    def negative_loss(
        self, contexts: torch.Tensor, targets: torch.Tensor, negatives: torch.Tensor, k: float | None = None
    ) -> torch.Tensor:
        """−log σ(v_target · h) − Σ log σ(−v_negative · h).

        Args:
            negatives: int64 of shape (batch, K), or (K,) for negatives that the batch shares.
            k: what the K negatives of a target weigh together; None: K.
        """
        h = self.hidden(contexts)
        true = (h * self.outputs(targets)).sum(-1)
        false = (h.unsqueeze(1) * self.outputs(negatives)).sum(-1)
        weight = 1 if k is None else k / false.shape[1]
        return -(F.logsigmoid(true) + weight * F.logsigmoid(-false).sum(1)).mean()


class SkipGram(TwoTables):
    """The word in the middle predicts each word around: the same data as for `CBOW`, the roles swapped.

    A loss is summed over the words of a window, and the mean taken over the batch.
    """

    def softmax_loss(self, contexts: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """−Σ log p(context word | target), over all N words."""
        log_p = F.log_softmax(self.inputs(targets) @ self.outputs.weight.T, dim=1)
        return -(log_p.gather(1, contexts.clamp_min(0)) * (contexts >= 0)).sum(1).mean()

    def negative_loss(
        self, contexts: torch.Tensor, targets: torch.Tensor, negatives: torch.Tensor, k: float | None = None
    ) -> torch.Tensor:
        """Each context word against the same negatives; arguments as of `CBOW.negative_loss`."""
        h, there = self.inputs(targets).unsqueeze(1), contexts >= 0
        true = (h * self.outputs(contexts.clamp_min(0))).sum(-1)
        false = (h * self.outputs(negatives)).sum(-1)
        weight = 1 if k is None else k / false.shape[1]
        return -((F.logsigmoid(true) * there).sum(1) + there.sum(1) * weight * F.logsigmoid(-false).sum(1)).mean()
