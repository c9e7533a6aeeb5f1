"""Two towers: one makes a vector of what is known about a user, one of what is known about an item; their dot product
is the score.

    features → sum of embeddings → (hidden layer) → length 1

With a number for each user and item as the only feature, this is `models.PairEmbedding`. With more, a user or an item
that training has not met has a vector too.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import scipy.sparse
import torch
from torch import nn
from torch.nn import functional as F

from embedviz.inputs.features import Feature, cell_values
from embedviz.inputs.pairs import Pairs
from embedviz.models.initial import linear
from embedviz.models.sparse import SparseMatrix


class Tower(nn.Module):
    """The sum of a row's feature embeddings, float32 of shape (batch, dim); a row without any feature is 0.

    A sum of embeddings is a matrix times all one-hot vectors laid end to end: the first layer of a network on them.

    Args:
        features: at least one, of the same rows.
        dim: numbers a vector.
        hidden: units of a hidden layer (ReLU) whose output is added to the sum; 0 leaves it out.
        init: embeddings start uniform in [-init, init].
        seed: of the initial values.

    The features themselves are no part of `state_dict`: a tower is made with them, and then loads what was learned.

    Raises:
        ValueError: no features, or of different numbers of rows.
    """

    def __init__(self, features: Sequence[Feature], dim: int = 64, hidden: int = 0, init: float = 0.05, seed: int = 0):
        super().__init__()
        if not features:
            raise ValueError("no features: a tower needs at least one")
        rows = {feature.name: feature.matrix.shape[0] for feature in features}
        if len(set(rows.values())) > 1:
            raise ValueError(f"features of different rows, {rows}: all must be of the same users or items")
        matrix = scipy.sparse.csr_array(scipy.sparse.hstack([feature.matrix for feature in features], format="csr"))
        self.values = [(feature.name, value) for feature in features for value in feature.values.tolist()]
        self.matrix = SparseMatrix(matrix)
        draw = torch.Generator().manual_seed(seed)
        self.embeddings = nn.Parameter(torch.empty(len(self.values), dim).uniform_(-init, init, generator=draw))
        layers = (linear(dim, hidden, draw), nn.ReLU(), linear(hidden, dim, draw)) if hidden else None
        self.mlp = nn.Sequential(*layers) if layers else None

    def __len__(self) -> int:
        """How many users or items it has the features of."""
        return self.matrix.shape[0]

    def numbers(self, feature: str, cell) -> list[int]:
        """The rows of `embeddings` of a cell's values; unknown values are passed over.

        Raises:
            KeyError: an unknown feature.
        """
        if feature not in (names := {name for name, _ in self.values}):
            raise KeyError(f"no feature {feature!r}; there are {', '.join(sorted(names))}")
        place = {pair: i for i, pair in enumerate(self.values)}
        return [place[feature, value] for value in cell_values(cell) if (feature, value) in place]

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """int64 (batch,) → float32 (batch, dim)."""
        total = self.matrix.rows_times(rows, self.embeddings)
        return total if self.mlp is None else total + self.mlp(total)


class TwoTower(nn.Module):
    """Score of a user and an item: the cosine of the two towers' vectors.

    A user is the sum of the profile (`users`) and the history: the sum of what `watched`, a second tower on the items'
    features, makes of each item seen, divided by the root of their number. Since the towers are linear, the sum of the
    items' genre embeddings is the user's histogram of genres times a matrix; so with casts and directors.

    In training a user's history must not hold the item that is to be found, or the network learns to copy it, and is
    useless for items not seen; so `user_vectors` leaves it out.

    Args:
        train: (user, item) pairs: the histories. Both towers' rows are in the order of its names.
        users: tower on the users' features, or None.
        items: tower on the items' features.
        watched: tower on the items' features for the history, or None.
        history_dropout: share of a history that is forgotten at random in a training step.

    The histories are no part of `state_dict`, nor are the towers' features: load what was learned into a model that was
    made with the same. (A file that still holds them loads with `strict=False`.)

    Raises:
        ValueError: nothing to make a user's vector from; a share that is not in [0, 1); a tower of another number of
            users or items than `train` has.
    """

    def __init__(
        self,
        train: Pairs,
        users: Tower | None,
        items: Tower,
        watched: Tower | None = None,
        history_dropout: float = 0.8,
    ):
        super().__init__()
        if users is None and watched is None:
            raise ValueError("a user needs a tower, a history, or both")
        if watched is not None and not len(train):
            raise ValueError("no pairs: all histories are empty")
        if not 0 <= history_dropout < 1:
            raise ValueError(f"history_dropout={history_dropout}: it must be at least 0 and below 1")
        for what, tower, names in (
            ("users", users, train.items),
            ("items", items, train.contexts),
            ("watched", watched, train.contexts),
        ):
            if tower is not None and len(tower) != len(names):
                raise ValueError(
                    f"the tower `{what}` has features of {len(tower)} rows, the pairs are of {len(names)}: "
                    "there must be a row for each, in the same order"
                )
        self.users, self.items, self.watched, self.history_dropout = users, items, watched, history_dropout
        self.histories = SparseMatrix(train.matrix)
        self.n_users, self.n_items = self.histories.shape
        keys = self.histories.rows * self.n_items + self.histories.indices  # a pair as one number, in order
        self.register_buffer("keys", keys, persistent=False)
        # For a catalog of millions, look up the batch's pairs instead: `PairBatches.is_pair`.
        self.register_buffer("seen", torch.from_numpy(train.matrix.toarray() > 0), persistent=False)

    def item_vectors(self, items: torch.Tensor) -> torch.Tensor:
        """int64 (batch,) → float32 (batch, dim), of length 1."""
        return F.normalize(self.items(items), dim=-1)

    def user_vectors(
        self,
        users: torch.Tensor,
        targets: torch.Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> torch.Tensor:
        """int64 (batch,) → float32 (batch, dim), of length 1; 0 for a user of whom nothing is known.

        Args:
            users: their numbers.
            targets: int64 (batch,), in training: for each user the item to be found, which the history then lacks.
            generator: on the CPU, draws what is forgotten in training; None: torch's own.

        Raises:
            ValueError: a target that is not in the user's history.
        """
        total = self.users(users) if self.users is not None else 0
        if self.watched is not None:
            total = total + self.history(users, targets, generator)
        return F.normalize(total, dim=-1)

    def history(
        self,
        users: torch.Tensor,
        targets: torch.Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> torch.Tensor:
        """The history's part of a user's vector, float32 (batch, dim); arguments as `user_vectors`."""
        watched = self.watched(torch.arange(self.n_items, device=users.device))
        keep = torch.ones(len(self.keys), dtype=torch.bool)
        if targets is not None:
            keep = torch.rand(len(self.keys), generator=generator) >= self.history_dropout
        keep = keep.to(users.device)
        sums, counts = self.histories.ones_times(watched, keep)
        total, count = F.embedding(users, sums), counts[users].float()
        if targets is not None:
            own = keep[self.entries(users, targets)].float()
            total, count = total - own[:, None] * F.embedding(targets, watched), count - own
        return total / count.clamp_min(1).sqrt()[:, None]

    def entries(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Where in the histories' entries each pair stands: int64 (batch,).

        Raises:
            ValueError: an item that is not in the user's history.
        """
        keys = users * self.n_items + items
        place = torch.searchsorted(self.keys, keys).clamp_max(len(self.keys) - 1)
        wrong = (self.keys[place] != keys).nonzero()
        if len(wrong):
            user, item = int(users[wrong[0]]), int(items[wrong[0]])
            raise ValueError(
                f"user {user} has no item {item} in the history: train on the pairs that the model was made with"
            )
        return place

    @torch.no_grad()
    def vectors(self) -> tuple[np.ndarray, np.ndarray]:
        """All users and all items, float32 of shape (n_users, dim) and (n_items, dim); score = dot product."""
        device = self.seen.device
        users, items = (torch.arange(n, device=device) for n in (self.n_users, self.n_items))
        return self.user_vectors(users).cpu().numpy(), self.item_vectors(items).cpu().numpy()

    @torch.no_grad()
    def user_parts(self, profile: Mapping[str, object], history: Sequence[int]) -> pd.DataFrame:
        """What any user's vector is the sum of; of a made-up one too.

        Args:
            profile: feature → value, a tuple of values, or None. Values that training has not met count for nothing.
            history: numbers of the items seen.

        Returns:
            A row for each part: feature ("history" for the items), value (str; of the history the item's number as
                int), and
            vector, float32 (dim,). Their sum, scaled to length 1, is the user's vector.

        Raises:
            KeyError: a feature that the tower does not have.
            ValueError: the model has a hidden layer, so that its vectors are no sums.
        """
        if any(tower is not None and tower.mlp is not None for tower in (self.users, self.watched)):
            raise ValueError("with a hidden layer a user's vector is no sum of parts")
        rows = []
        if self.users is not None:
            for feature, cell in profile.items():
                numbers = self.users.numbers(feature, cell)
                rows += [
                    (feature, self.users.values[i][1], self.users.embeddings[i].cpu().numpy() / len(numbers))
                    for i in numbers
                ]
        if self.watched is not None and len(history):
            items = torch.as_tensor(list(history), device=self.seen.device)
            vectors = (self.watched(items) / len(history) ** 0.5).cpu().numpy()
            rows += [("history", int(item), vector) for item, vector in zip(history, vectors)]
        return pd.DataFrame(rows, columns=["feature", "value", "vector"])
