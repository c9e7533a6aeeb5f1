"""Random numbers and batches that the page draws too: js/space/random.js and js/train/batches.js do the same.

PyTorch's and NumPy's generators are too large for a page. So that a training there and one here can be compared step by
step, both use this small one.
"""

from collections.abc import Iterator

import numpy as np
import torch

from embedviz.base.arrays import checked_seed
from embedviz.inputs.pairs import PairBatches, Pairs


class SeededNumbers:
    """Random numbers of the generator mulberry32 (Tommy Ettinger, 2017), one after the other.

    Its state only counts, so that many numbers are computed at once.

    Args:
        seed: from 0 to 2³² − 1.

    Raises:
        ValueError: another seed.
    """

    def __init__(self, seed: int):
        self._state = checked_seed(seed)

    def bits(self, n: int) -> np.ndarray:
        """The next n numbers of 32 bits, uint32 of shape (n,)."""
        step = np.uint32(0x6D2B79F5)
        state = np.uint32(self._state) + np.arange(1, n + 1, dtype=np.uint32) * step
        self._state = (self._state + n * int(step)) % 2**32
        mixed = (state ^ (state >> 15)) * (state | 1)
        mixed ^= mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)
        return mixed ^ (mixed >> 14)

    def uniform(self, n: int) -> np.ndarray:
        """The next n numbers from 0 to below 1, float64 of shape (n,)."""
        return self.bits(n) / 2**32

    def below(self, most: int, n: int) -> np.ndarray:
        """The next n whole numbers below `most`, int64 of shape (n,)."""
        return np.floor(self.uniform(n) * most).astype(np.int64)

    def permutation(self, n: int) -> np.ndarray:
        """The numbers 0 … n − 1 in another order, int64 of shape (n,)."""
        return np.argsort(self.bits(n), kind="stable")


class SeededBatches(PairBatches):
    """`PairBatches` from a generator that the page has too.

    Pairs are taken by item, then by context, in whatever order they came.

    Args:
        pairs, batch_size, negatives: see `PairBatches`.
    """

    def __init__(self, pairs: Pairs, batch_size: int = 1024, negatives: int = 0):
        if len(pairs):
            pairs = pairs.take(np.lexsort(pairs.index.T[::-1]))
        super().__init__(pairs, batch_size, negatives)

    def epoch(self, generator: torch.Generator) -> Iterator[tuple[torch.Tensor, ...]]:
        """As `PairBatches.epoch`; of `generator` only the seed counts."""
        yield from super().epoch(SeededNumbers(generator.initial_seed() % 2**32))

    def _order(self, generator):
        return torch.from_numpy(generator.permutation(len(self.pairs)))

    def _below(self, high, size, generator):
        return torch.from_numpy(generator.below(high, size))
