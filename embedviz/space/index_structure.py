"""What is inside an index of faiss: the levels and links of HNSW, the centers and lists of IVF.

`index_steps` searches what is exported here, and counts. So that it finds what faiss finds to the last bit, in whatever
order a processor adds numbers up, `on_grid` rounds the vectors first: then every sum that a search needs is exact.
"""

from dataclasses import dataclass, field

import faiss
import numpy as np

from embedviz.base.arrays import checked_vectors, whole_number
from embedviz.space.indexes import threads

# A coordinate is at most 2^10 steps, a squared distance at most (2 · 2^10)² = 2^22: float32 counts exactly to 2^24.
BITS = 10


def grid_step(vectors) -> float:
    """The distance of two numbers of the grid, a power of two: a thousandth to a two-thousandth of the longest vector.

    Args:
        vectors: finite numbers of shape (n, dim).

    Raises:
        ValueError: vectors not as said, or the longest is shorter than 10⁻¹² or longer than 10¹²: squares of that
            would be lost in float32.
    """
    vectors = checked_vectors(vectors)
    longest = float(np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64).max()))
    if not 1e-12 <= longest <= 1e12:
        raise ValueError(f"the longest vector has a length of {longest:g}: it must be from 1e-12 to 1e+12")
    # Unit vectors are a little shorter or longer than 1, as rounding has it: they all get the same step.
    return 2.0 ** (np.ceil(np.log2(longest * 0.999)) - BITS)


def on_grid(vectors, step: float) -> np.ndarray:
    """The vectors with each number rounded to a multiple of `step`, see `grid_step`: float32 (n, dim)."""
    return (np.rint(checked_vectors(vectors) / np.float32(step)) * np.float32(step)).astype(np.float32)


@dataclass(frozen=True)
class HnswGraph:
    """What a search in a `faiss.IndexHNSWFlat` walks through.

    Attributes:
        vectors: float32 (n, dim).
        similarity: whether nearer means a larger dot product; False: a smaller squared distance.
        entry: the item from which every search starts.
        levels: int32 (n,), the highest level that an item is on, from 0.
        links: for each level from 0 (starts, ids), int32: those of item i are ids[starts[i]:starts[i + 1]].

    Source: Malkov & Yashunin, *Efficient and robust approximate nearest neighbor search using hierarchical navigable
    small world graphs* (2016).
    """

    vectors: np.ndarray = field(repr=False)
    similarity: bool
    entry: int
    levels: np.ndarray = field(repr=False)
    links: list[tuple[np.ndarray, np.ndarray]] = field(repr=False)

    @classmethod
    def of(cls, index: faiss.IndexHNSWFlat) -> "HnswGraph":
        """Export an index.

        Raises:
            TypeError: it is none of these.
            ValueError: it is empty, or has a metric other than the dot product and the squared distance.
        """
        if not isinstance(index, faiss.IndexHNSWFlat):
            raise TypeError(f"a {type(index).__name__}: a faiss.IndexHNSWFlat is needed")
        similarity, hnsw = _is_similarity(index), index.hnsw
        heights, offsets, flat = (faiss.vector_to_array(part) for part in (hnsw.levels, hnsw.offsets, hnsw.neighbors))
        offsets = offsets.astype(np.int64)
        places = faiss.vector_to_array(hnsw.cum_nneighbor_per_level)  # of each level, among the links of an item
        links = []
        for level in range(hnsw.max_level + 1):
            there = np.flatnonzero(heights > level)  # faiss counts an item's levels
            slots = np.arange(places[level], places[level + 1])
            rows = flat[offsets[there][:, None] + slots]
            used = np.logical_and.accumulate(rows >= 0, axis=1)  # after the last link comes −1
            counts = np.zeros(index.ntotal + 1, np.int32)
            counts[there + 1] = used.sum(axis=1)
            links.append((np.cumsum(counts, dtype=np.int32), rows[used].astype(np.int32)))
        vectors = faiss.downcast_index(index.storage).reconstruct_n(0, index.ntotal)
        return cls(vectors, similarity, int(hnsw.entry_point), (heights - 1).astype(np.int32), links)

    def neighbors(self, item: int, level: int) -> np.ndarray:
        """The ids of the items that an item is linked to on a level, int32, in the order in which they are asked."""
        starts, ids = self.links[level]
        return ids[starts[item] : starts[item + 1]]


@dataclass(frozen=True)
class InvertedLists:
    """What a search in a `faiss.IndexIVFFlat` looks through.

    Attributes:
        vectors: float32 (n, dim).
        similarity: whether nearer means a larger dot product; False: a smaller squared distance.
        centers: float32 (lists, dim).
        starts, ids: int32: the items of list i are ids[starts[i]:starts[i + 1]].

    Source: Sivic & Zisserman, *Video Google* (2003); Jégou, Douze & Schmid, *Product quantization for nearest neighbor
    search* (2011).
    """

    vectors: np.ndarray = field(repr=False)
    similarity: bool
    centers: np.ndarray = field(repr=False)
    starts: np.ndarray = field(repr=False)
    ids: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, index: faiss.IndexIVFFlat) -> "InvertedLists":
        """Export an index.

        Raises:
            TypeError: it is none of these.
            ValueError: it is empty, has other ids than 0 to n − 1, or a metric other than the dot product and the
                squared distance.
        """
        if not isinstance(index, faiss.IndexIVFFlat):
            raise TypeError(f"a {type(index).__name__}: a faiss.IndexIVFFlat is needed")
        similarity, lists = _is_similarity(index), index.invlists
        sizes = [lists.list_size(i) for i in range(index.nlist)]
        full = [i for i, size in enumerate(sizes) if size]
        ids = np.concatenate([faiss.rev_swig_ptr(lists.get_ids(i), sizes[i]) for i in full])
        if not np.array_equal(np.sort(ids), np.arange(index.ntotal)):
            raise ValueError(f"the ids are not 0 to {index.ntotal - 1}, each once: add vectors without ids of your own")
        vectors = np.empty((index.ntotal, index.d), np.float32)
        codes = [faiss.rev_swig_ptr(lists.get_codes(i), sizes[i] * index.code_size) for i in full]
        vectors[ids] = np.concatenate(codes).view(np.float32).reshape(-1, index.d)
        centers = index.quantizer.reconstruct_n(0, index.nlist)
        return cls(vectors, similarity, centers, np.cumsum([0, *sizes], dtype=np.int32), ids.astype(np.int32))

    def members(self, number: int) -> np.ndarray:
        """The ids of the items of a list, int32, in the order in which they are asked."""
        return self.ids[self.starts[number] : self.starts[number + 1]]

    def list_of(self, item: int) -> int:
        """The number of the list that an item is in."""
        return int(np.searchsorted(self.starts, np.flatnonzero(self.ids == item)[0], side="right")) - 1


def _is_similarity(index):
    if index.metric_type not in (faiss.METRIC_INNER_PRODUCT, faiss.METRIC_L2):
        raise ValueError(f"metric {index.metric_type}: need faiss.METRIC_INNER_PRODUCT or faiss.METRIC_L2")
    if not index.ntotal:
        raise ValueError("the index is empty: add vectors first")
    return index.metric_type == faiss.METRIC_INNER_PRODUCT


def build_hnsw(vectors, links: int = 8, construction: int = 40, similarity: bool = True) -> faiss.IndexHNSWFlat:
    """The graph of these vectors. By one thread: with several, each run would make another graph.

    Args:
        vectors: finite numbers of shape (n, dim); of those of `on_grid` every processor makes the same graph.
        links: HNSW's M, links of an item on a level (twice as many on level 0), 2 to 512.
        construction: HNSW's efConstruction, candidates looked at when an item is added, 2 to 10,000.
        similarity: by dot product; False: by squared distance.

    Raises:
        ValueError: vectors not as said, or an argument out of range.
    """
    vectors = checked_vectors(vectors)
    # faiss checks neither: of an item with 1 link it takes the logarithm, and crashes.
    links, construction = whole_number("links", links, 2, 512), whole_number("construction", construction, 2, 10_000)
    index = faiss.IndexHNSWFlat(vectors.shape[1], links, _metric(similarity))
    index.hnsw.efConstruction = construction
    with threads(1):
        index.add(vectors)
    return index


def build_ivf(vectors, lists: int = 16, similarity: bool = True, step: float | None = None) -> faiss.IndexIVFFlat:
    """Inverted lists of these vectors, the centers found by k-means.

    Args:
        vectors: finite numbers of shape (n, dim).
        lists: how many, 1 to n; faiss warns of fewer than 39 vectors a list.
        similarity: by dot product; False: by squared distance.
        step: the centers are rounded to multiples of it, see `on_grid`; None: they stay.

    Raises:
        ValueError: vectors not as said, or an argument out of range.
    """
    vectors = checked_vectors(vectors)
    lists = whole_number("lists", lists, 1, len(vectors))
    quantizer = (faiss.IndexFlatIP if similarity else faiss.IndexFlatL2)(vectors.shape[1])
    index = faiss.IndexIVFFlat(quantizer, vectors.shape[1], lists, _metric(similarity))
    with threads(1):
        index.train(vectors)
        if step is not None:
            centers = on_grid(quantizer.reconstruct_n(0, lists), step)
            quantizer.reset()
            quantizer.add(centers)
        index.add(vectors)
    return index


def _metric(similarity):
    return faiss.METRIC_INNER_PRODUCT if similarity else faiss.METRIC_L2
