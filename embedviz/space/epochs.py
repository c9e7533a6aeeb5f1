"""An embedding as it was after each epoch, and the maps of all epochs, to see its structure appear."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.linalg import orthogonal_procrustes

from embedviz.base.arrays import checked_vectors, whole_number
from embedviz.space.projection import axis_limits, pca, principal_axes
from embedviz.space.table import EmbeddingTable


class Snapshots:
    """A callback for `fit` that keeps the vectors of each epoch, beginning with those before the first.

    Args:
        names: of the rows, as `EmbeddingTable` takes them.
        vectors: called as vectors(model); gives the rows, array or tensor of shape (n, dim).
        model: the one that is going to be trained: its vectors now are kept too, as those of `epoch`. None: the first
            are those after an epoch of training.
        every: keep one in so many epochs.
        epoch: how many epochs `model` has been trained for already: `history.epochs` of a history that is resumed.

    Attributes:
        epochs: those kept, list of int.
        tables: one EmbeddingTable for each.

    Raises:
        ValueError: every below 1, or epoch below 0.
    """

    def __init__(
        self, names: Sequence[str], vectors: Callable[[object], object], model=None, every: int = 1, *, epoch: int = 0
    ):
        self._names, self._vectors = names, vectors
        self.every = whole_number("every", every, 1, 2**63)
        epoch = whole_number("epoch", epoch, 0, 2**63)
        self.epochs: list[int] = []
        self.tables: list[EmbeddingTable] = []
        if model is not None:
            self._keep(epoch, model)

    def __call__(self, model, history) -> None:
        if history.epochs % self.every == 0:
            self._keep(history.epochs, model)

    def __len__(self) -> int:
        return len(self.tables)

    def _keep(self, epoch, model):
        while self.epochs and self.epochs[-1] >= epoch:  # a run that begins anew
            self.epochs.pop()
            self.tables.pop()
        self.epochs.append(epoch)
        self.tables.append(EmbeddingTable(self._names, self._vectors(model)))


class EpochMaps:
    """The tables that a map goes through, one for each epoch, and where PCA puts their names.

    Each place is computed once.

    Snapshots that are there from the start have the axes of the last. Those that are added while a model is trained are
    each turned to fit the one before.

    Args:
        table: the embedding. With snapshots it may be left out: it is the last of them.
        snapshots: the embedding after each epoch, or None.

    Attributes:
        tables: list of EmbeddingTable, at least one.
        epochs: their numbers, list of int; empty for a table alone.
        growing: whether some were added.
        begun: how many there were at the start.

    Raises:
        ValueError: neither a table nor snapshots, or snapshots that do not end with the table.
    """

    def __init__(self, table: EmbeddingTable | None = None, snapshots: Snapshots | None = None):
        self.growing, self._places, self._limits = False, {}, {}
        if snapshots is None or not len(snapshots):
            if table is None:
                raise ValueError("neither a table nor snapshots: there is nothing to show")
            self.tables, self.epochs, self.begun = [table], [], 1
            return
        self.tables, self.epochs = list(snapshots.tables), list(snapshots.epochs)
        self.begun = len(self.tables)
        if table is not None:
            last = self.tables[-1]
            if len(last) != len(table) or (last.names != table.names).any():
                raise ValueError(
                    f"the snapshots are of {len(last)} names, the table has {len(table)}: "
                    "they must be the same, in the same order"
                )
            if last.vectors.shape != table.vectors.shape or not np.allclose(last.vectors, table.vectors, atol=1e-5):
                raise ValueError(
                    "the last snapshot is not the table: "
                    "train no further before the map is drawn, or leave the table out"
                )
            self.tables[-1] = table

    def __len__(self) -> int:
        return len(self.tables)

    @property
    def last(self) -> int:
        """The index of the last table."""
        return len(self.tables) - 1

    def append(self, epoch: int, table: EmbeddingTable) -> None:
        """Add the table of one more epoch.

        Raises:
            ValueError: a table of other names or dimensions, or an epoch that is not after the last.
        """
        self._check(table)
        epoch = whole_number("epoch", epoch, self.epochs[-1] + 1 if self.epochs else 1, 2**63)
        for dim in (2, 3):  # before there is a next one: its place is where the one before was
            self.place(self.last, dim)
        if not self.epochs:
            self.epochs = [epoch - 1]
        self.tables, self.epochs, self.growing = [*self.tables, table], [*self.epochs, epoch], True

    def start_over(self, table: EmbeddingTable) -> None:
        """Forget all tables but this new one.

        Raises:
            ValueError: a table of other names or dimensions.
        """
        self._check(table)
        self.tables, self.epochs, self.begun = [table], [], 1
        self.growing, self._places, self._limits = False, {}, {}

    def _check(self, table):
        mine = self.tables[-1]
        if table.vectors.shape != mine.vectors.shape or (table.names != mine.names).any():
            raise ValueError(
                f"a snapshot of {len(table)} names in {table.dim} dimensions, on a map of {len(mine)} in {mine.dim}"
            )

    def low(self, dim: int) -> int:
        """The dimensions that a map of `dim` can have: two names lie on a line."""
        return min(dim, *self.tables[-1].vectors.shape)

    def place(self, at: int, dim: int) -> np.ndarray:
        """Where PCA puts the names of table `at`: float32 of shape (n, dim).

        Where the vectors have too few dimensions, the last columns are 0.
        """
        if (at, dim) not in self._places:
            low = self.low(dim)
            if not self.growing:
                for i, place in enumerate(aligned_maps([table.vectors for table in self.tables], low)):
                    self._places[i, dim] = widened(place, dim)
            else:
                place = widened(pca(self.tables[at].vectors, low), dim)
                self._places[at, dim] = turned_to(place, self.place(at - 1, dim)) if at else place
        return self._places[at, dim]

    def limits(self, dim: int) -> list[tuple[float, float]]:
        """(low, high) of each axis, the same for all epochs, so that what moves on the map has moved."""
        if (dim, len(self)) not in self._limits:
            self._limits[dim, len(self)] = axis_limits(np.concatenate([self.place(at, dim) for at in range(len(self))]))
        return self._limits[dim, len(self)]


def widened(coordinates: np.ndarray, dim: int) -> np.ndarray:
    """The same in `dim` columns, the new ones 0."""
    return np.pad(coordinates, ((0, 0), (0, dim - coordinates.shape[1])))


def aligned_maps(tables: Sequence[np.ndarray], dim: int = 2) -> list[np.ndarray]:
    """One PCA map for each of several embeddings of the same names, all with the axes of the last.

    An embedding may be turned as a whole without a change of any similarity, and training does turn it a little: so
    each is first rotated (or reflected) to fit the next one best, from the last backward (orthogonal Procrustes:
    Schönemann, Psychometrika 31, 1966). Then what moves on the map is what has changed.

    Args:
        tables: the vectors, each of shape (n, features).
        dim: of the maps.

    Returns:
        float32 arrays of shape (n, dim), one for each table.

    Raises:
        ValueError: no tables, tables of different shapes, or a number that is not finite.
    """
    tables = [checked_vectors(table, "a table") for table in tables]
    if not tables:
        raise ValueError("no tables: at least one is needed")
    if len(shapes := {table.shape for table in tables}) > 1:
        raise ValueError(f"tables of different shapes, {sorted(shapes)}: they must be of the same names and dimensions")
    mean, axes = principal_axes(tables[-1], dim)
    maps, fitted = [], tables[-1] - mean
    for table in reversed(tables):
        centered = table - table.mean(axis=0)
        rotation, _ = orthogonal_procrustes(centered, fitted)
        fitted = centered @ rotation
        maps.append((fitted @ axes.T).astype(np.float32))
    return maps[::-1]


def turned_to(coordinates: np.ndarray, before: np.ndarray) -> np.ndarray:
    """A map, rotated or reflected so that it fits an earlier one of the same points best (orthogonal Procrustes).

    Both are of shape (n, dim), and so is the result, float32.
    """
    middle = coordinates.mean(axis=0)
    rotation, _ = orthogonal_procrustes(coordinates - middle, before - before.mean(axis=0))
    return ((coordinates - middle) @ rotation).astype(np.float32)
