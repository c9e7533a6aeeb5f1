"""How many bytes an index takes, worked out on paper: what a table of a billion items would need.

The formulas count what faiss keeps; `tests/test_index_bytes.py` compares them with faiss's own files.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from embedviz.base.arrays import whole_number

_MOST = 10**15


@dataclass(frozen=True)
class IndexSize:
    """Where the bytes of an index go.

    Attributes:
        vectors: the vectors themselves, or the codes that stand for them.
        structure: what finds them: edges of a graph, numbers of lists.
        fixed: what does not grow with the number of vectors: centroids, code books.
    """

    vectors: float
    structure: float = 0.0
    fixed: float = 0.0

    @property
    def total(self) -> float:
        """All bytes."""
        return self.vectors + self.structure + self.fixed


def flat(n: int, dim: int) -> IndexSize:
    """Every vector as it is: 4 bytes a number. n, dim: how many, and of how many numbers; so for all kinds."""
    return IndexSize(4.0 * n * dim)


def int8(n: int, dim: int) -> IndexSize:
    """Scalar quantization: a byte a number, and the least and the span of each coordinate."""
    return IndexSize(1.0 * n * dim, fixed=8.0 * dim)


def binary(n: int, dim: int) -> IndexSize:
    """The sign of each number: a bit."""
    return IndexSize(n * -(-dim // 8))


def hnsw(n: int, dim: int, neighbors: int = 32) -> IndexSize:
    """A graph: 2 · `neighbors` edges of 4 bytes at the lowest level, `neighbors` at each other that a node is on.

    A node is on l levels above the lowest with probability neighbors^−l: so on 1 / (neighbors − 1) on average. faiss
    also keeps where a node's edges begin (8 bytes), and how many levels it has (4).

    Source: Malkov & Yashunin (2016), section 4.2.3; faiss's guide to choosing an index has 4 dim + 8 neighbors.
    """
    edges = 2 * neighbors + neighbors / (neighbors - 1)
    return IndexSize(4.0 * n * dim, n * (4 * edges + 8 + 4))


def ivf_flat(n: int, dim: int, lists: int | None = None) -> IndexSize:
    """Inverted lists of whole vectors: each with its number (8 bytes) in the list of its nearest centroid."""
    return IndexSize(4.0 * n * dim, 8.0 * n, 4.0 * _lists(n, lists) * dim)


def ivf_pq(n: int, dim: int, lists: int | None = None, parts: int = 16) -> IndexSize:
    """Inverted lists of codes: a vector is cut into `parts`, each named by one of 256 centroids of its own (a byte).

    Source: Jégou, Douze & Schmid, *Product Quantization for Nearest Neighbor Search* (TPAMI 2011), table I.

    Raises:
        ValueError: dim is no multiple of `parts`.
    """
    if dim % whole_number("parts", parts, 1, dim):
        raise ValueError(f"parts={parts}: {dim} numbers cannot be cut into so many equal parts")
    return IndexSize(1.0 * n * parts, 8.0 * n, 4.0 * _lists(n, lists) * dim + 4.0 * 256 * dim)


def _lists(n: int, lists: int | None) -> int:
    """By default 4 √n lists, as faiss's guide advises (4 to 16 √n)."""
    return whole_number("lists", round(4 * n**0.5) if lists is None else lists, 1, _MOST)


#: Kind of index → its size, called as size(n, dim, **settings).
INDEX_SIZES: dict[str, Callable[..., IndexSize]] = {
    "flat": flat,
    "int8": int8,
    "binary": binary,
    "HNSW": hnsw,
    "IVF-Flat": ivf_flat,
    "IVF-PQ": ivf_pq,
}


def index_size(kind: str, n: int, dim: int, **settings) -> IndexSize:
    """Bytes of an index of n vectors of dim numbers.

    Args:
        kind: one of `INDEX_SIZES`.
        n, dim: at least 1.
        settings: of its function: neighbors (HNSW's M, at least 2), lists, parts.

    Raises:
        ValueError: another kind, or a number that cannot be.
        TypeError: a setting that this kind does not have.
    """
    if kind not in INDEX_SIZES:
        raise ValueError(f"kind={kind!r}: it must be one of {', '.join(map(repr, INDEX_SIZES))}")
    n, dim = whole_number("n", n, 1, _MOST), whole_number("dim", dim, 1, _MOST)
    if "neighbors" in settings:
        settings["neighbors"] = whole_number("neighbors", settings["neighbors"], 2, _MOST)
    return INDEX_SIZES[kind](n, dim, **settings)


def size_table(sizes: list[int], dim: int, **settings: dict) -> pd.DataFrame:
    """Gigabytes (10⁹ bytes) of each kind of index (rows) for each number of vectors (columns).

    Args:
        sizes: numbers of vectors.
        dim: of each.
        settings: kind → its settings, as `**{"HNSW": {"neighbors": 16}}`.

    Raises:
        ValueError: as `index_size`; settings of a kind that is none.
    """
    if unknown := settings.keys() - INDEX_SIZES.keys():
        raise ValueError(f"settings of {min(unknown)!r}: it must be one of {', '.join(map(repr, INDEX_SIZES))}")
    rows = {
        kind: [index_size(kind, n, dim, **settings.get(kind, {})).total / 1e9 for n in sizes] for kind in INDEX_SIZES
    }
    return pd.DataFrame(rows, index=pd.Index(sizes, name="vectors")).T
