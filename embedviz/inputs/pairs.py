"""(item, context) pairs as integers: the training data of an embedding.

A pair says that an item (a book, a film, a user) occurs with a context (a link, an actor, an
item seen). `Pairs` numbers both sides, splits off pairs for evaluation and hands out batches.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import scipy.sparse
import torch

from embedviz.base.arrays import checked_seed, whole_number
from embedviz.base.facts import check_columns
from embedviz.base.names import NameIndex, numbered


@dataclass(frozen=True)
class Pairs:
    """Numbered (item, context) pairs.

    Attributes:
        items: names of the items, object array of str, of shape (n_items,).
        contexts: names of the contexts, object array of str, of shape (n_contexts,).
        index: int64 array of shape (n_pairs, 2); each row is (item number, context number), each row once.
        item_index, context_index: `NameIndex`, the number of each name.

    Raises:
        ValueError: a name comes twice or is missing, or the index is of another shape or has a number that is none.
    """

    items: np.ndarray
    contexts: np.ndarray
    index: np.ndarray = field(repr=False)

    def __post_init__(self):
        named = NameIndex(self.items, "items"), NameIndex(self.contexts, "contexts")
        index = np.asarray(self.index)
        if index.size == 0:
            index = np.zeros((0, 2))
        if index.ndim != 2 or index.shape[1] != 2:
            raise ValueError(f"an index of shape {index.shape}: (n_pairs, 2) is needed")
        index = index.astype(np.int64, copy=False)
        if len(index) and (index.min() < 0 or (index.max(axis=0) >= [len(names) for names in named]).any()):
            raise ValueError(
                f"the index runs from {index.min(axis=0).tolist()} to {index.max(axis=0).tolist()}, "
                f"for {len(named[0])} items and {len(named[1])} contexts"
            )
        self.__dict__.update(
            items=named[0].names, contexts=named[1].names, index=index, item_index=named[0], context_index=named[1]
        )

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        item: Hashable = "title",
        context: Hashable = "link",
        min_items: int = 1,
        like: "Pairs | None" = None,
    ) -> "Pairs":
        """Number the pairs in two columns of a frame.

        Args:
            frame: one pair a row; repeated rows count once. Keys of any kind become names, see `as_name`.
            item, context: labels of the two columns.
            min_items: keep a context only if it occurs with at least this many items, since a context of
                one item cannot say that two items are alike. Items that lose all their contexts are dropped.
            like: pairs whose names and numbers to take over, so that train and test are numbered alike.

        Raises:
            KeyError: a column is not there.
            ValueError: a column comes twice, a missing value, nothing is left, or a name that `like` does not have.
            TypeError: a cell is a list, say, and no name: see `DataFrame.explode`.
        """
        check_columns(frame, item, context)
        if missing := int((frame[item].isna() | frame[context].isna()).sum()):
            raise ValueError(f"{missing} pairs have a missing {item!r} or {context!r}: drop them first")
        if like is not None:
            known = like.items, like.contexts
            sides = [
                _numbered_as(frame[item], like.item_index, item),
                _numbered_as(frame[context], like.context_index, context),
            ]
        else:
            (items, item_names), (contexts, context_names) = numbered(frame[item]), numbered(frame[context])
            known, sides = (item_names, context_names), [items, contexts]
        index = pd.DataFrame(np.column_stack(sides).astype(np.int64)).drop_duplicates().to_numpy(copy=True)
        if min_items > 1:
            index = index[np.bincount(index[:, 1], minlength=len(known[1]))[index[:, 1]] >= min_items]
        if not len(index):
            raise ValueError(f"no pairs are left with min_items={min_items}: lower it or give more pairs")
        if like is not None:
            return _of_same_names(like, index)
        (items, item_codes), (contexts, context_codes) = (np.unique(side, return_inverse=True) for side in index.T)
        return cls(known[0][items], known[1][contexts], np.column_stack([item_codes, context_codes]))

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def matrix(self) -> scipy.sparse.csr_array:
        """The incidence matrix, float32 of shape (n_items, n_contexts): 1 where the pair occurs."""
        ones = np.ones(len(self), dtype=np.float32)
        return scipy.sparse.csr_array(
            (ones, (self.index[:, 0], self.index[:, 1])), shape=(len(self.items), len(self.contexts))
        )

    @property
    def context_frequency(self) -> np.ndarray:
        """q_j, the share of all pairs that context j has, float64 of shape (n_contexts,); sums to 1.

        Raises:
            ValueError: there are no pairs.
        """
        if not len(self):
            raise ValueError("there are no pairs: no context has a share of them")
        return np.bincount(self.index[:, 1], minlength=len(self.contexts)) / len(self)

    def split(self, test_share: float = 0.1, seed: int = 0) -> tuple["Pairs", "Pairs"]:
        """Hold pairs out at random: (train, test), numbered alike.

        A pair is held out only if its item and its context each keep at least one training pair;
        otherwise nothing could be learned about them. So slightly less than `test_share` is held out.

        Raises:
            ValueError: the share is not between 0 and 1, or the seed cannot be (see `checked_seed`).
        """
        if not 0 < test_share < 1:
            raise ValueError(f"test_share={test_share!r}: it must lie between 0 and 1")
        order = np.random.default_rng(checked_seed(seed)).permutation(len(self))
        shuffled = self.index[order]
        keeps = ~pd.Series(shuffled[:, 0]).duplicated().to_numpy() | ~pd.Series(shuffled[:, 1]).duplicated().to_numpy()
        candidates = np.flatnonzero(~keeps)[: int(test_share * len(self))]
        held_out = np.zeros(len(self), dtype=bool)
        held_out[order[candidates]] = True
        return self.take(~held_out), self.take(held_out)

    def take(self, rows: np.ndarray) -> "Pairs":
        """The pairs in `rows` (a boolean mask or row numbers), with the numbering kept."""
        return _of_same_names(self, self.index[rows])

    def without(self, contexts: Iterable) -> "Pairs":
        """The pairs of all other contexts, with the numbering kept; names that are not there are passed over."""
        return self.take(~np.isin(self.index[:, 1], self.context_index.rows(contexts)))


class UserFilms(Pairs):
    """`Pairs` whose items are users and whose contexts are films, and who may be called so."""

    @property
    def users(self) -> np.ndarray:
        """Names of the users, object array of str, of shape (n_users,)."""
        return self.items

    @property
    def films(self) -> np.ndarray:
        """Names of the films, object array of str, of shape (n_films,)."""
        return self.contexts

    @classmethod
    def from_ratings(cls, ratings: pd.DataFrame, like: "UserFilms | None" = None) -> "UserFilms":
        """Number the users and films of a frame, one pair a row; see `from_frame`.

        Args:
            ratings: columns user and film.
            like: pairs whose numbers to take over.

        Raises:
            as `from_frame`.
        """
        return cls.from_frame(ratings, "user", "film", like=like)


def _of_same_names(pairs: Pairs, index: np.ndarray) -> Pairs:
    """Other pairs of the names of `pairs`, which are not looked through again."""
    other = object.__new__(type(pairs))
    other.__dict__.update({key: value for key, value in pairs.__dict__.items() if key != "matrix"}, index=index)
    return other


def _numbered_as(column: pd.Series, known: NameIndex, label: Hashable) -> np.ndarray:
    """The numbers of a column's names in `known`."""
    rows = known.rows(column)
    if (unknown := rows < 0).any():
        first = column[unknown].iloc[0]
        raise ValueError(f"{int(unknown.sum())} pairs have a {label!r} that `like` does not know, such as {first!r}")
    return rows


_SMALL = 2**24  # pairs that could be, of which a table takes 16 MB


def distinct(numbers: torch.Tensor, below: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The different ones of many whole numbers, and where each stands among them; `torch.unique` would sort them.

    Args:
        numbers: int64 of any shape, from 0 to `below` − 1.
        below: not many times as many as there are numbers.

    Returns:
        int64 (n_different,), ascending; and int64 of the shape of `numbers`.
    """
    there = torch.zeros(below, dtype=torch.bool, device=numbers.device)
    there[numbers.flatten()] = True
    return there.nonzero().squeeze(1), (there.cumsum(0) - 1)[numbers]


@dataclass
class PairBatches:
    """Shuffled batches of pairs, for `training.fit`: (items, contexts), or with negatives (items, contexts, labels).

    Everything about a batch is drawn at once with array operations: a Python loop over the rows costs more
    than the training step itself (see tests/benchmarks).

    Args:
        pairs: the training pairs.
        batch_size: positive pairs in a batch.
        negatives: 0 for batches (items, contexts), each int64 of shape (batch,), as an in-batch softmax
            takes them. Otherwise that many random pairs are added for each positive one, and the batch is
            (items, contexts, labels) of shape (batch × (1 + negatives),), labels float32 in {0, 1}.
        reject: draw the "negatives" that are true pairs again, once; a share of about density² stays.

    Raises:
        ValueError: there are no pairs, or a number that cannot be.
    """

    pairs: Pairs
    batch_size: int = 1024
    negatives: int = 0
    reject: bool = True

    def __post_init__(self):
        self.batch_size = whole_number("batch_size", self.batch_size, 1)
        self.negatives = whole_number("negatives", self.negatives, 0)
        if not len(self.pairs):
            raise ValueError("there are no pairs to make batches of")
        self._index = torch.tensor(self.pairs.index)  # a copy: worker processes get theirs read-only
        n_contexts = len(self.pairs.contexts)
        # A pair as one number, sorted, so that "is it a true pair?" is a binary search for a whole batch.
        self._keys = torch.sort(self._index[:, 0] * n_contexts + self._index[:, 1]).values
        self._table = None
        if (n := len(self.pairs.items) * n_contexts) <= _SMALL:  # then a lookup, at a tenth of the time
            self._table = torch.zeros(n, dtype=torch.bool)
            self._table[self._keys] = True

    def __len__(self) -> int:
        return -(-len(self.pairs) // self.batch_size)

    def epoch(self, generator: torch.Generator) -> Iterator[tuple[torch.Tensor, ...]]:
        """The batches of one epoch: each pair once, in the order that `generator` draws."""
        for rows in self._order(generator).split(self.batch_size):
            items, contexts = self._index[rows].unbind(1)
            if not self.negatives:
                yield items, contexts
                continue
            false_items, false_contexts = self.sample_negatives(len(rows) * self.negatives, generator)
            labels = torch.zeros(len(rows) * (1 + self.negatives))
            labels[: len(rows)] = 1
            yield torch.cat([items, false_items]), torch.cat([contexts, false_contexts]), labels

    def sample_negatives(self, n: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """n pairs of an item and a context drawn uniformly, two int64 tensors of shape (n,)."""

        def draw(size):
            return [self._below(len(names), size, generator) for names in (self.pairs.items, self.pairs.contexts)]

        items, contexts = draw(n)
        true = self.is_pair(items, contexts).nonzero().squeeze(1) if self.reject else ()
        if len(true):  # a handful: draw these again, once, and leave a share of density²
            items[true], contexts[true] = draw(len(true))
        return items, contexts

    def _order(self, generator) -> torch.Tensor:
        """The numbers of all pairs, shuffled."""
        return torch.randperm(len(self.pairs), generator=generator)

    def _below(self, high: int, size: int, generator) -> torch.Tensor:
        """So many whole numbers below `high`."""
        return torch.randint(high, (size,), generator=generator)

    def false_contexts(self, items: torch.Tensor, n: int, generator: torch.Generator) -> torch.Tensor:
        """n contexts drawn uniformly for each of `items`, int64 (batch,): int64 of shape (batch, n)."""
        n_contexts = len(self.pairs.contexts)
        contexts = torch.randint(n_contexts, (len(items), n), generator=generator)
        if self.reject:
            true = self.is_pair(items[:, None].expand_as(contexts).contiguous(), contexts)
            contexts[true] = torch.randint(n_contexts, (int(true.sum()),), generator=generator)
        return contexts

    def is_pair(self, items: torch.Tensor, contexts: torch.Tensor) -> torch.Tensor:
        """Which (item, context) are true pairs: bool tensor of the shape of `items`."""
        keys = items * len(self.pairs.contexts) + contexts
        if self._table is not None:
            return self._table[keys]
        place = torch.searchsorted(self._keys, keys).clamp_max(len(self._keys) - 1)
        return self._keys[place] == keys
