"""Losses: what "similar" means to the network is written here."""

import math

import torch
from torch.nn import functional as F

from embedviz.base.arrays import whole_number
from embedviz.inputs.pairs import Pairs
from embedviz.models.gather import gather, rank_and_size, rows_of_all

MANY = 10**9  # more than any machine here could hold


def logistic_loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean of −log σ(s) over true pairs and −log σ(−s) over negatives (binary cross-entropy on logits).

    Args:
        scores: float, shape (batch,), any real numbers.
        labels: float, shape (batch,), 1 for a pair that occurs and 0 for one that was made up.

    Source: Koehrsen (2018), classification variant; Mikolov et al. (2013), eq. 4, with k negatives a pair.
    """
    return F.binary_cross_entropy_with_logits(scores, labels)


def squared_loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean of (s − 1)² over true pairs and (s + 1)² over negatives: regression on 1 and −1.

    Args:
        scores: float, shape (batch,), cosines.
        labels: float, shape (batch,), 1 for a pair that occurs and 0 for one that was made up.

    Source: Koehrsen (2018), the default of his `book_embedding_model`.
    """
    return F.mse_loss(scores, 2 * labels - 1)


def sampled_softmax_loss(
    scores: torch.Tensor,
    contexts: torch.Tensor,
    log_q: torch.Tensor | None = None,
    temperature: float = 0.2,
    positives: torch.Tensor | None = None,
    refined: bool = False,
) -> torch.Tensor:
    """In-batch sampled softmax: each item must pick its own context among all those of the batch.

    Row i is −log softmax(scores[i] / τ − log q)[i]. A context gets into the batch with probability
    proportional to its frequency q, so frequent ones are met as negatives too often; subtracting log q
    makes the batch an unbiased stand-in for the softmax over all contexts. Copies of a row's own context
    elsewhere in the batch are no negatives and are left out of its sum.

    Args:
        scores: float, shape (batch, n), n ≥ batch; scores[i, j] of item i with candidate j. The first `batch`
            candidates are the contexts of the batch's pairs, in their order; more of them are extra negatives.
        contexts: int64, shape (n,), the number of each candidate.
        log_q: float, shape (n,), log of the frequency of each candidate, up to a constant; None leaves the correction
            out.
        temperature: τ > 0; lower is stricter.
        positives: bool, shape (batch, n), the (item, candidate) that are true pairs too, and so no negatives: all of
            them are left out of the row's sum, but its own. None: only copies of its own context.
        refined: of the candidates, only the negatives stand for others; the row's own context is not sampled, it is
            always there. So it gets no correction, and leaves the sum: the loss is (1 − p) · (log Σ over the negatives
            − own logit), p the model's own share of the pair, as a number without gradient. `log_q` must then be the
            log of how many copies of each candidate a batch is expected to hold.

    Source: Yi et al., *Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations* (RecSys 2019),
    eqs. 3 to 5; refined: Khrylchenko et al., *Correcting the LogQ Correction* (RecSys 2025); extra negatives: Yang et
    al., *Mixed Negative Sampling for Learning Two-tower Neural Networks in Recommendations* (WWW 2020).
    """
    if not temperature > 0:
        raise ValueError(f"temperature={temperature!r}: it must be positive")
    no_negative = contexts[: len(scores), None] == contexts if positives is None else positives.clone()
    no_negative.fill_diagonal_(False)
    # e^−10⁹ is 0, and to add is several times quicker than to choose between −∞ and the rest, entry by entry.
    offset = no_negative.to(scores.dtype).mul_(-1e9)
    offset = offset if log_q is None else offset.sub_(log_q)
    logits = offset.add(scores, alpha=1 / temperature)
    if refined:
        own = scores.diagonal() / temperature
        itself = torch.eye(*scores.shape, dtype=torch.bool, device=scores.device)
        others = logits.masked_fill(itself, -torch.inf).logsumexp(1)
        weight = torch.sigmoid(others - own).detach()  # 1 − p
        return (weight * (others - own)).mean()
    return F.cross_entropy(logits, torch.arange(len(scores), device=scores.device))


class InBatchSoftmax:
    """`sampled_softmax_loss` of a `two_tower.TwoTower`, called as loss(model, users, items) by `loop.fit`.

    Args:
        train: the (user, item) pairs: how frequent each item is.
        temperature, log_q, mask_seen, refined, uniform, hard: see `recipes.train_two_tower`.
        pool: the hard negatives are drawn from so many.
        generator: on the CPU, for everything that is drawn, the model's forgetting included; None: torch's own.

    Where processes share a batch, each finds its own users' items among the items of all (`gather`); `generator` must
    be the same in all, and draws the same for all.

    A batch with the correction stands for batch × the whole catalog; so a draw of `hard` from the `pool` weighs batch ×
    pool / hard.

    Raises:
        ValueError: no pairs, or a number that cannot be.
    """

    def __init__(
        self,
        train: Pairs,
        temperature: float = 0.15,
        *,
        log_q: bool = True,
        mask_seen: bool = True,
        refined: bool = False,
        uniform: int = 0,
        hard: int = 0,
        pool: int = 50,
        generator: torch.Generator | None = None,
    ):
        if not len(train):
            raise ValueError("no pairs: there is nothing to train on")
        self.frequency = torch.from_numpy(train.context_frequency).float()
        self.temperature, self.log_q, self.mask_seen, self.generator = temperature, log_q, mask_seen, generator
        self.refined = refined
        self.uniform = whole_number("uniform", uniform, 0, MANY)
        self.hard = whole_number("hard", hard, 0, MANY)
        self.pool = whole_number("pool", pool, 1, MANY)
        # Each user's hard negatives, int64 (n_users, pool), once `mine` has looked for them; −1: no more are unseen.
        self.best: torch.Tensor | None = None

    def __call__(self, model, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        n_items, device = len(self.frequency), items.device
        extra = self._draw(n_items, self.uniform).to(device)
        in_batch = gather(items)
        candidates = torch.cat([in_batch, extra])
        vectors, n = model.user_vectors(users, items, self.generator), len(candidates)
        found = model.item_vectors(torch.cat([items, extra]))
        found = torch.cat([gather(found[: len(items)]), found[len(items) :]])
        scores = vectors @ found.T
        # A candidate is one of the batch with probability q, one of the extra ones with 1 / n_items.
        q = (len(in_batch) * self.frequency.to(device)[candidates] + self.uniform / n_items) / n
        q = q * n if self.refined else q  # a constant matters only where the own film has no correction
        log_q = q.log() if self.log_q else torch.zeros_like(q)
        # Whole rows first, then columns: several times quicker than one lookup an entry.
        positives = (
            model.seen.index_select(0, users).gather(1, candidates.expand(len(users), -1))
            if self.mask_seen
            else items[:, None] == candidates
        )
        if self.best is not None:
            drawn = self._own(self._draw(self.best.shape[1], len(in_batch), self.hard), len(users))
            mined = self.best[users.cpu()].gather(1, drawn).to(device)
            own = model.item_vectors(mined.clamp_min(0).flatten()).view(*mined.shape, vectors.shape[1])
            scores = torch.cat([scores, (vectors[:, None] * own).sum(-1)], 1)
            weight = math.log((1 if self.refined else n) * self.best.shape[1] / self.hard) if self.log_q else 0.0
            log_q = torch.cat([log_q, log_q.new_full((self.hard,), -weight)])
            positives = torch.cat([positives, mined < 0], 1)
        return sampled_softmax_loss(scores, candidates, log_q, self.temperature, positives, self.refined)

    def _draw(self, below: int, *shape: int) -> torch.Tensor:
        return torch.randint(below, shape, generator=self.generator)

    def _own(self, drawn: torch.Tensor, n: int) -> torch.Tensor:
        """Of what is drawn for the rows of all processes, that for the n rows of this one."""
        rank, size = rank_and_size()
        return drawn if size == 1 else drawn.split(rows_of_all(n))[rank]

    def state_dict(self) -> dict:
        """What changes in training: where the generator stands, and the hard negatives."""
        return {"generator": None if self.generator is None else self.generator.get_state(), "best": self.best}

    def load_state_dict(self, state: dict) -> None:
        """Go on from what `state_dict` returned."""
        if self.generator is not None and state["generator"] is not None:
            self.generator.set_state(state["generator"])
        self.best = state["best"]

    @torch.no_grad()
    def mine(self, model, history=None) -> None:
        """Look up each user's best unseen items as hard negatives; a callback for `loop.fit`.

        A user who has seen all but a few items has no more than these; draws beyond them count for nothing.
        """
        users, items = (torch.from_numpy(x) for x in model.vectors())
        scores = (users @ items.T).masked_fill(model.seen.cpu(), -torch.inf)
        top = scores.topk(min(self.pool, len(items)), dim=1)
        self.best = top.indices.masked_fill(top.values == -torch.inf, -1)
