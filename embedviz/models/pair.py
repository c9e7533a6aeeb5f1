"""The plainest model: two embedding tables, and the product of their rows."""

import torch
from torch import nn
from torch.nn import functional as F

from embedviz.base.arrays import checked_seed, whole_number
from embedviz.models.initial import embedding


class PairEmbedding(nn.Module):
    """Two embedding tables; the score of a pair is the dot product, or the cosine, of its two rows.

    After Koehrsen's *Neural Network Embeddings Explained* (2018), where the two are books and links.

    Args:
        n_items, n_contexts: number of rows of the two tables.
        dim: numbers per row.
        similarity: "cosine" (rows are scaled to length 1 before the dot product) or "dot".
        init: rows start uniform in [-init, init]. Small matters: see chapter 2.
        seed: of the initial values.

    Raises:
        ValueError: an unknown similarity, a size below 1, an init that is negative or not finite, or a seed that cannot
            be (see `checked_seed`).
    """

    def __init__(
        self,
        n_items: int,
        n_contexts: int,
        dim: int = 50,
        similarity: str = "cosine",
        init: float = 0.05,
        seed: int = 0,
    ):
        super().__init__()
        if similarity not in ("cosine", "dot"):
            raise ValueError(f"similarity={similarity!r}: it must be 'cosine' or 'dot'")
        n_items, n_contexts = whole_number("n_items", n_items, 1), whole_number("n_contexts", n_contexts, 1)
        dim = whole_number("dim", dim, 1)
        if not 0 <= init < float("inf"):
            raise ValueError(f"init={init!r}: it must be a finite number, at least 0")
        self.similarity = similarity
        generator = torch.Generator().manual_seed(checked_seed(seed))
        self.items = embedding(n_items, dim, init, generator, sparse=True)
        self.contexts = embedding(n_contexts, dim, init, generator, sparse=True)

    def vectors(self, items: torch.Tensor, contexts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The rows to compare: two float32 tensors of shape (batch, dim), of length 1 if the similarity is cosine."""
        u, v = self.items(items), self.contexts(contexts)
        return (F.normalize(u, dim=-1), F.normalize(v, dim=-1)) if self.similarity == "cosine" else (u, v)

    def forward(self, items: torch.Tensor, contexts: torch.Tensor) -> torch.Tensor:
        """Score of each pair (items[b], contexts[b]): int64 tensors of shape (batch,) → float32 (batch,)."""
        u, v = self.vectors(items, contexts)
        return (u * v).sum(-1)

    def all_scores(self, items: torch.Tensor, contexts: torch.Tensor) -> torch.Tensor:
        """Score of every item with every context of the batch: float32 of shape (len(items), len(contexts))."""
        u, v = self.vectors(items, contexts)
        return u @ v.T
