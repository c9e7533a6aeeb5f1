"""What can be asked of an explorer, answered in Python; the page has its own answers, and tests compare them."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from embedviz.base.names import NameIndex, as_name
from embedviz.inputs.pairs import Pairs
from embedviz.space.distortion import faithfulness, near_on_map, trust_and_continuity
from embedviz.space.enrichment import Traits, over_represented
from embedviz.space.epochs import EpochMaps, widened
from embedviz.space.neighbors import nearest
from embedviz.space.projection import axis_limits, direction
from embedviz.space.table import EmbeddingTable
from embedviz.widgets.figure import radius
from embedviz.widgets.look import Groups, by_label, group, kept_groups, numbers_of

KEPT = "neighbors kept"  # a color of its own: how far the map can be trusted, point by point
ALIKE, LINKS = "all alike", "number of links"
NEAR = 10  # neighbors that count for faithfulness
SAMPLE = 1000  # points that trustworthiness and continuity are the mean of


class Answers:
    """Neighbors, places and colors of the names of one or several tables.

    Args:
        maps: the tables.
        pairs: the links of the names, or None.
        frame: facts, a row a name.
        k: neighbors to list.
        colors: label → column of the frame.

    Attributes:
        near: how many neighbors count for faithfulness, int.
        sizes: label → what the area of a point can be proportional to, float64 array of shape (n,).
        size_labels: the label of each column among them.
    """

    def __init__(self, maps: EpochMaps, pairs: Pairs | None, frame: pd.DataFrame, k: int, colors: dict[str, Hashable]):
        self.maps, self.pairs, self.frame, self.k, self.colors = maps, pairs, frame, k, colors
        self._linked = NameIndex(pairs.items, "pairs") if pairs is not None else None
        self._traits, self._last = None, {}
        self.near = min(NEAR, len(maps.tables[-1]) - 1)
        numbers = {column: values for column in frame.columns if (values := numbers_of(frame[column])) is not None}
        labels = by_label(numbers, taken=[ALIKE, LINKS])
        self.sizes = {label: numbers[column].astype(float) for label, column in labels.items()}
        self.size_labels = {column: label for label, column in labels.items()}
        if pairs is not None:
            counts = np.append(np.bincount(pairs.index[:, 0], minlength=len(pairs.items)), 0)
            # the last, 0: of names that have none
            self.sizes[LINKS] = counts[self._linked.rows(maps.tables[-1].names)].astype(float)

    # Of names.

    def neighbors(self, table: EmbeddingTable, name: str | None) -> pd.DataFrame:
        """The k nearest: name, similarity (cosine), shared (list of str)."""
        if name is None:
            return pd.DataFrame({"name": [], "similarity": [], "shared": []})
        found = nearest(table, name, self.k)
        return found.assign(shared=[self.shared(name, other) for other in found["name"]])

    def shared(self, one: Hashable, other: Hashable) -> list[str]:
        """The contexts that two names share in the pairs, rarest first; empty without pairs."""
        if self._linked is None or one not in self._linked or other not in self._linked:
            return []
        matrix = self.pairs.matrix
        rows = [self._linked.row(name) for name in (one, other)]
        a, b = (matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]] for row in rows)
        both = np.intersect1d(a, b)
        return self.pairs.contexts[both[np.argsort(self.pairs.context_frequency[both], kind="stable")]].tolist()

    def shared_traits(self, names: Sequence[str]) -> pd.DataFrame | None:
        """What these have more often than a draw at random would, see `enrichment.over_represented`."""
        if not names:
            return None
        table = self.maps.tables[-1]
        if self._traits is None:
            self._traits = Traits(table.names, self.pairs, self.frame)
        return over_represented(self._traits, [table.number(name) for name in names])

    def rows_named(self, text: str) -> list[int]:
        """The rows of a name, or of several divided by commas.

        Raises:
            KeyError: an unknown name; the message suggests close spellings.
        """
        text, table = as_name(text), self.maps.tables[-1]
        names = [text] if not text or text in table else [part.strip() for part in text.split(",")]
        return [table.number(table.look_up(name, 1)[0] or name) for name in names if name]

    # Of the map.

    def place(self, at: int, dim: int, ends: Sequence[str] | None = None) -> np.ndarray:
        """Where the names of table `at` are: by PCA, or along a direction; float32 of shape (n, dim).

        Raises:
            KeyError, ValueError: the ends are no direction.
        """
        if ends is None:
            return self.maps.place(at, dim)
        rows = [self.rows_named(end) for end in ends]
        return widened(direction(self.maps.tables[at].vectors, *rows, dim=self.maps.low(dim)), dim)

    def limits(self, coords: np.ndarray, projection: str) -> list[tuple[float, float]]:
        """(low, high) of each axis; of all epochs, where PCA goes through them."""
        several = projection == "pca" and len(self.maps) > 1
        return self.maps.limits(coords.shape[1]) if several else axis_limits(coords)

    def axes(self, at: int, projection: str, coords: np.ndarray, ends: Sequence[str]) -> list[str]:
        """A title for each axis."""
        dim = coords.shape[1]
        if projection == "umap":
            return [f"UMAP {i + 1}" for i in range(dim)]
        if projection == "direction":
            rest = [f"component {i} of the rest" for i in range(1, dim)]
            return [f"from {ends[0]} (0) to {ends[1]} (1)", *rest]
        if len(self.maps) > 1:
            fit = "turned to fit the epoch before" if self.maps.growing else "of the last epoch"
            return [f"PCA {i + 1}, {fit}" for i in range(dim)]
        shares = coords.var(axis=0) / max(self.maps.tables[at].vectors.var(axis=0).sum(), 1e-12)
        return [f"PCA {i} ({share:.0%} of the variance)" for i, share in enumerate(shares, 1)]

    def near_on_map(self, coords: np.ndarray, row: int) -> list[int]:
        """The rows of the k points nearest on the map."""
        return near_on_map(coords, row, self.k).tolist()

    def faithfulness(self, table: EmbeddingTable, coords: np.ndarray) -> np.ndarray:
        """The share of each name's 10 nearest that the map keeps, float32 of shape (n,); of the last map kept."""
        return self._once("kept", faithfulness, table, coords, self.near)

    def trust(self, table: EmbeddingTable, coords: np.ndarray) -> tuple[float, float] | None:
        """(trustworthiness, continuity), of a sample of 1,000."""
        few = min(self.near, (len(table) - 1) // 2)  # it is defined for fewer neighbors than half of all
        return self._once("trust", trust_and_continuity, table, coords, few, SAMPLE) if few else None

    def groups(self, label: str | None, table: EmbeddingTable, coords: np.ndarray) -> Groups:
        """The color of each name."""
        if label == KEPT:
            return kept_groups(np.rint(self.faithfulness(table, coords) * self.near).astype(int), self.near)
        return group(None if label is None else self.frame[self.colors[label]], len(table))

    def radii(self, label: str) -> np.ndarray | None:
        """The radius of each point in CSS pixels, float64 of shape (n,); None: all alike."""
        if label == ALIKE:
            return None
        values = np.nan_to_num(self.sizes[label], nan=0, posinf=0, neginf=0)
        middle = np.median(values[values > 0]) if (values > 0).any() else 1.0
        return radius(len(values)) * np.clip(np.sqrt(np.maximum(values, 0) / middle), 0.5, 4)

    def _once(self, what, function, table, coords, *more):
        """What a function gives for this map; asked again for the same map, it is not computed again."""
        known = self._last.get(what)
        if known is None or known[0] is not table or not np.array_equal(known[1], coords):
            self._last[what] = known = table, coords, function(table.vectors, coords, *more)
        return known[2]
