"""An embedding as it was after each epoch, to see its structure appear."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.linalg import orthogonal_procrustes

from embedviz.projection import principal_axes
from embedviz.table import EmbeddingTable


class Snapshots:
    """A callback for `training.fit` that keeps the vectors of each epoch, beginning with those before the first.

    Args:
        names: of the rows, as `EmbeddingTable` takes them.
        vectors: called as vectors(model); gives the rows, array or tensor of shape (n, dim).
        model: the one that is going to be trained: its vectors now are epoch 0. None: there is no epoch 0.
        every: keep one in so many epochs.

    Attributes:
        epochs: those kept, list of int.
        tables: one EmbeddingTable for each.

    Raises:
        ValueError: every below 1.
    """

    def __init__(self, names: Sequence[str], vectors: Callable[[object], object], model=None, every: int = 1):
        if every < 1:
            raise ValueError(f"every={every!r}: it must be at least 1")
        self._names, self._vectors, self.every = names, vectors, every
        self.epochs: list[int] = []
        self.tables: list[EmbeddingTable] = []
        if model is not None:
            self._keep(0, model)

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


def aligned_maps(tables: Sequence[np.ndarray], dim: int = 2) -> list[np.ndarray]:
    """One PCA map for each of several embeddings of the same names, all with the axes of the last.

    An embedding may be turned as a whole without a change of any similarity, and training does turn it a little: so each is
    first rotated (or reflected) to fit the next one best, from the last backward (orthogonal Procrustes:
    Schönemann, Psychometrika 31, 1966). Then what moves on the map is what has changed.

    Args:
        tables: the vectors, each of shape (n, features).
        dim: of the maps.

    Returns:
        float32 arrays of shape (n, dim), one for each table.

    Raises:
        ValueError: no tables, or of different shapes.
    """
    tables = [np.asarray(table, dtype=np.float32) for table in tables]
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
    """A map, rotated or reflected so that it fits an earlier one of the same points best (orthogonal Procrustes); float32, (n, dim)."""
    middle = coordinates.mean(axis=0)
    rotation, _ = orthogonal_procrustes(coordinates - middle, before - before.mean(axis=0))
    return ((coordinates - middle) @ rotation).astype(np.float32)
