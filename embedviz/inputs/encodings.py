"""The ways to turn a category into numbers without a network: numbering, one-hot, hashing, target encoding.

All start from `Categories`, which numbers the values seen in training and keeps row 0 for whatever else may come.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold
from sklearn.utils import murmurhash3_32

from embedviz.base.arrays import checked_seed, whole_number
from embedviz.base.names import NameIndex, as_names

#: What a value counts as that is missing, was too rare in training, or was never seen there.
UNKNOWN = "(unknown)"


@dataclass(frozen=True)
class Categories:
    """The numbering of a column's values; number 0 is `UNKNOWN`. Values are compared by their names, see `as_name`.

    Attributes:
        names: object array of str, of shape (n,); names[0] is UNKNOWN, the others are sorted.
    """

    names: np.ndarray = field(repr=False)

    def __post_init__(self):
        index = NameIndex(self.names, "categories")
        self.__dict__.update(names=index.names, _index=index)

    @classmethod
    def fit(cls, values, min_count: int = 1) -> "Categories":
        """Number the values of a training column.

        Args:
            values: one-dimensional; 1, 1.0 and "1" are one value. Missing ones (None, NaN) get no number of their own.
            min_count: a value that occurs less often counts as unknown. Then the unknown category has training rows
                too, and a network can learn what to say of a newcomer.

        Raises:
            ValueError: a value is called "(unknown)", or the arguments cannot be.
            TypeError: values is a str, or a value is a list, say.
        """
        min_count = whole_number("min_count", min_count, 1)
        counts = pd.Series(as_names(values, missing="keep"), dtype=object).value_counts()
        names = counts.index[counts >= min_count]
        if UNKNOWN in names:
            raise ValueError(f"a value is called {UNKNOWN!r}, the name that is kept for unknown ones: rename it")
        return cls(np.array([UNKNOWN, *sorted(names)], dtype=object))

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"Categories({len(self) - 1:,} and {UNKNOWN})"

    def codes(self, values) -> np.ndarray:
        """The number of each value, int64 of the same length; 0 for one that is missing or not in `names`."""
        return self._index.rows(values).clip(0)


def one_hot(codes: np.ndarray, n: int) -> np.ndarray:
    """Row i is all zeros but for a 1 in place codes[i]: int (rows,) → float32 (rows, n).

    Raises:
        ValueError: it would take more than 4 GB, or a code is out of range.
    """
    codes = np.asarray(codes)
    if (size := len(codes) * n * 4) > 4e9:
        raise ValueError(
            f"{len(codes):,} one-hot rows of {n:,} numbers take {size / 1e9:,.0f} GB: look the row up instead"
        )
    if len(codes) and not (0 <= codes.min() and codes.max() < n):
        raise ValueError(f"codes run from {codes.min()} to {codes.max()}: they must be between 0 and {n - 1}")
    matrix = np.zeros((len(codes), n), dtype=np.float32)
    matrix[np.arange(len(codes)), codes] = 1
    return matrix


def label_values(n: int, seed: int | None = 0) -> np.ndarray:
    """Label encoding: each of n categories becomes one number, float32 of shape (n, 1).

    The numbers 0 … n−1 in an order drawn by `seed` (None: as they come), then shifted and scaled to mean 0 and variance
    1, since a network learns badly from inputs in the thousands.
    """
    order = np.arange(n) if seed is None else np.random.default_rng(checked_seed(seed)).permutation(n)
    return ((order - order.mean()) / (order.std() or 1.0)).astype(np.float32)[:, None]


def hash_buckets(values, n_buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """Feature hashing (Weinberger et al. 2009): a bucket for each value by its hash; no table of names, no unknown.

    As scikit-learn's `FeatureHasher`: MurmurHash3 of the text; bucket |h| mod n, sign that of h. The sign makes values
    that share a bucket cancel on average instead of adding up.

    Args:
        values: one-dimensional; a missing one is hashed as the text "(unknown)".
        n_buckets: at least 1.

    Returns:
        (buckets, signs): int64 in 0 … n_buckets−1, and float32 −1 or 1, each of the length of `values`.
    """
    n_buckets = whole_number("n_buckets", n_buckets, 1)
    names = as_names(values, missing="keep")
    names[pd.isna(names)] = UNKNOWN
    rows, names = pd.factorize(names)
    hashes = np.array([murmurhash3_32(name, seed=0) for name in names], dtype=np.int64)[rows]
    return np.abs(hashes) % n_buckets, np.where(hashes >= 0, 1, -1).astype(np.float32)


@dataclass
class TargetEncoder:
    """Target encoding (Micci-Barreca 2001): a category becomes the mean of the target over its training rows.

    The mean is drawn towards that of all rows, as if each category had `smoothing` more rows that are average:

        encoding(c) = (sum of y over the rows of c + smoothing · mean of y) / (number of rows of c + smoothing)

    A training row must not be encoded with its own target, or the encoding gives the answer away: a category of one row
    *is* the answer. So `fit_transform` cross-fits: the rows of each fold get the means of the other folds.

    A new row gets the mean over all training rows, as in scikit-learn's encoder. With strong smoothing that is another
    scale than the training rows had: they were drawn in further, having fewer rows behind them. `new_rows="folds"`
    gives new rows the average of the fold tables instead, on the scale that the model has learned.

    Args:
        smoothing: at least 0.
        folds: at least 2.
        seed: of the folds.
        min_count: see `Categories.fit`.
        new_rows: what rows outside training get: "all", the means of all training rows, or "folds", the average of the
            fold tables.

    Attributes (after `fit` or `fit_transform`):
        categories: the numbering.
        table: float32 (n,), the encoding of each category for rows outside training; that of an unknown one is the
            overall mean.
        fold_tables: float32 (folds, n), the encodings for the training rows of each fold, from the other folds.
        fold: int64, the fold of each training row.
    """

    smoothing: float = 20.0
    folds: int = 5
    seed: int = 0
    min_count: int = 1
    new_rows: str = "all"

    def __post_init__(self):
        if self.new_rows not in ("all", "folds"):
            raise ValueError(f"new_rows={self.new_rows!r}: it must be 'all' or 'folds'")
        if not 0 <= self.smoothing < np.inf:
            raise ValueError(f"smoothing={self.smoothing}: it must be a number of rows, at least 0")
        self.folds = whole_number("folds", self.folds, 2)
        self.seed = checked_seed(self.seed)

    def fit(self, values, target) -> "TargetEncoder":
        """Learn the encodings from a training column and its target, a number each.

        Raises:
            ValueError: lengths differ, there are fewer rows than folds, or the target is missing or infinite somewhere.
        """
        target = np.asarray(target, dtype=np.float64)
        if target.ndim != 1 or len(target) != len(values):
            raise ValueError(
                f"{len(values)} values and a target of shape {target.shape}: a number for each value is needed"
            )
        if bad := int((~np.isfinite(target)).sum()):
            raise ValueError(f"the target is missing or infinite in {bad} rows: drop them first")
        if len(target) < self.folds:
            raise ValueError(f"{len(target)} rows cannot make {self.folds} folds")
        self.categories = Categories.fit(values, self.min_count)
        codes = self.categories.codes(values)
        self.table = self._means(codes, target)
        self.fold = np.empty(len(target), dtype=np.int64)
        self.fold_tables = np.empty((self.folds, len(self.categories)), dtype=np.float32)
        for fold, (others, own) in enumerate(KFold(self.folds, shuffle=True, random_state=self.seed).split(codes)):
            self.fold[own] = fold
            self.fold_tables[fold] = self._means(codes[others], target[others])
        if self.new_rows == "folds":
            self.table = self.fold_tables.mean(axis=0)
        return self

    def _means(self, codes: np.ndarray, target: np.ndarray) -> np.ndarray:
        count = np.bincount(codes, minlength=len(self.categories))
        total = np.bincount(codes, target, minlength=len(self.categories))
        weight = count + self.smoothing
        # With no smoothing, a category without rows has no mean of its own.
        return np.where(
            weight > 0, (total + self.smoothing * target.mean()) / np.where(weight > 0, weight, 1), target.mean()
        ).astype(np.float32)

    def transform(self, values) -> np.ndarray:
        """Encode rows that were *not* in training: float32 (rows,)."""
        return self.table[self.categories.codes(values)]

    def fit_transform(self, values, target) -> np.ndarray:
        """`fit`, and the training rows encoded without their own targets: float32 (rows,)."""
        self.fit(values, target)
        return self.fold_tables[self.fold, self.categories.codes(values)]
