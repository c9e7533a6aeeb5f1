"""A search in HNSW or IVF, step by step: what faiss measures, in its order, by its rules, and why it stops.

It is written to be looked at: `widgets.index_microscope` shows the steps, and its page takes the same ones
(js/microscope/search.js). Where two items are equally near, faiss's heaps decide, so they are here as faiss has them.

Source: faiss 1.15, faiss/impl/HNSW.cpp, faiss/impl/hnsw/MinimaxHeap.cpp, faiss/utils/Heap.h and faiss/IndexIVF.cpp.
"""

from bisect import insort
from dataclasses import dataclass, field

import numpy as np

from embedviz.base.arrays import checked_vectors, whole_number
from embedviz.space.index_structure import HnswGraph, InvertedLists


@dataclass(frozen=True)
class Step:
    """One step of a search.

    Attributes:
        kind: of HNSW "enter" (the entry point is measured), "descend" (the links of an item on an upper level), "walk"
            (those on level 0) and "stop"; of IVF "centers" (all are measured), "list" (all items of one) and "stop".
        level: of HNSW; 0 in IVF.
        at: the item whose links are followed, or the number of the list; −1: none.
        links: how many there are to follow, or items in the list.
        measured: the items, or centers, whose distance to the query is computed here, in this order.
        to: "descend": the item from which the search goes on; "centers": the lists to be searched, the nearest first.
        entered: those of `measured` that are among the k best after this step, the nearest first.
        best: the k best items so far, the nearest first.
        waiting: the items of HNSW's queue whose links have not been followed, the nearest first.
        count: distances computed so far, those to centers too.
    """

    kind: str
    level: int = 0
    at: int = -1
    links: int = 0
    measured: list[int] = field(default_factory=list)
    to: list[int] = field(default_factory=list)
    entered: list[int] = field(default_factory=list)
    best: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True)
class Search:
    """What a search has found, and how.

    Attributes:
        ids: of the items found, the nearest first, at most k.
        values: their dot products with the query, or squared distances to it, float64.
        steps: at least two.
        counted: distances that faiss's own statistics count: `hnsw_stats.ndis` has all but that to the entry point,
            `indexIVF_stats.ndis` all but those to the centers.
    """

    ids: list[int]
    values: np.ndarray
    steps: list[Step] = field(repr=False)
    counted: int

    @property
    def count(self) -> int:
        """All distances that were computed."""
        return self.steps[-1].count


class _Measure:
    """Distances of a query to vectors, as keys: the smaller, the nearer."""

    def __init__(self, query, structure):
        query = checked_vectors(np.asarray(query)[None], "query")[0]
        dim = structure.vectors.shape[1]
        if len(query) != dim:
            raise ValueError(f"a query of {len(query)} numbers, vectors of {dim}")
        self.query, self.sign = query.astype(np.float64), -1 if structure.similarity else 1

    def keys(self, vectors) -> list[float]:
        vectors = vectors.astype(np.float64)
        if self.sign < 0:
            return (-(vectors @ self.query)).tolist()
        return np.square(vectors - self.query).sum(axis=1).tolist()


class _Best:
    """The k nearest so far. Of equally near ones the first that came stay; faiss lists them by number, for dot products
    the largest first."""

    def __init__(self, k: int, sign: int):
        self.k, self.sign, self.rows = k, sign, []  # of (key, ± number), the nearest first

    def add(self, key: float, item: int) -> None:
        if len(self.rows) == self.k:
            if not key < self.rows[-1][0]:
                return
            self.rows.pop()
        insort(self.rows, (key, self.sign * item))

    @property
    def ids(self) -> list[int]:
        return [self.sign * item for _, item in self.rows]


class _Queue:
    """faiss's MinimaxHeap: of all items measured the `size` nearest, those that wait and those that have been followed.

    An array that is a heap, the farthest first, with those that have been followed still in it, as number −1. Which of
    equally near ones goes or is followed first depends on their places in it.
    """

    def __init__(self, size: int, sign: int):
        self.size, self.sign, self.keys, self.items = size, sign, [], []

    def _rank(self, i):
        """What the heap orders by: the distance, then the number as it is now."""
        return self.keys[i], self.sign * self.items[i]

    def push(self, item: int, key: float) -> None:
        if len(self.keys) == self.size:
            if key >= self.keys[0]:
                return
            self._drop()
        i = len(self.keys)
        self.keys.append(key)
        self.items.append(item)
        while i and (key, self.sign * item) > self._rank(up := (i - 1) // 2):
            self.keys[i], self.items[i] = self.keys[up], self.items[up]
            i = up
        self.keys[i], self.items[i] = key, item

    def _drop(self):
        """Take out the first, the farthest; the last takes its place and sinks."""
        key, item, last, i = self.keys[-1], self.items[-1], len(self.keys) - 1, 0
        while (down := 2 * i + 1) <= last:
            if down < last and not self._rank(down) > self._rank(down + 1):
                down += 1
            if (key, self.sign * item) > self._rank(down):
                break
            self.keys[i], self.items[i] = self.keys[down], self.items[down]
            i = down
        self.keys[i], self.items[i] = key, item
        self.keys.pop()
        self.items.pop()

    def pop(self) -> tuple[int, float]:
        """The nearest that waits, which has now been followed; of equally near ones that in the last place."""
        at = min((i for i, item in enumerate(self.items) if item >= 0), key=lambda i: (self.keys[i], -i))
        item, self.items[at] = self.items[at], -1
        return item, self.keys[at]

    def nearer(self, key: float) -> int:
        """How many of all are nearer than this."""
        return sum(one < key for one in self.keys)

    @property
    def waiting(self) -> list[int]:
        """The nearest first."""
        rows = sorted((key, self.sign * item, item) for key, item in zip(self.keys, self.items) if item >= 0)
        return [item for *_, item in rows]


def hnsw_steps(graph: HnswGraph, query, k: int = 10, ef: int = 16) -> Search:
    """Search a graph as `faiss.IndexHNSWFlat.search` does.

    Args:
        graph: exported.
        query: (dim,) finite numbers.
        k: items to find, at least 1.
        ef: efSearch, at least 1: the queue has max(ef, k) places.

    Raises:
        ValueError: a query of another length or not finite, or k or ef no whole number of at least 1.
    """
    k, ef = whole_number("k", k, 1), whole_number("ef", ef, 1)
    measure, vectors = _Measure(query, graph), graph.vectors
    now = graph.entry
    (key,) = measure.keys(vectors[[now]])
    count, top = 1, len(graph.links) - 1
    steps = [Step("enter", top, now, measured=[now], count=count)]
    for level in range(top, 0, -1):
        at = -1
        while at != now:
            at = now
            ids = graph.neighbors(at, level).tolist()
            count += len(ids)
            for item, near in zip(ids, measure.keys(vectors[ids])):
                if near < key:
                    now, key = item, near
            steps.append(Step("descend", level, at, len(ids), ids, [now], count=count))
    best, queue, seen = _Best(k, measure.sign), _Queue(max(ef, k), measure.sign), {now}
    queue.push(now, key)
    best.add(key, now)
    while queue.waiting:
        at, key = queue.pop()
        if queue.nearer(key) >= ef:
            steps.append(Step("stop", 0, at, best=best.ids, waiting=queue.waiting, count=count))
            break
        ids = graph.neighbors(at, 0).tolist()
        new = [item for item in ids if item not in seen]
        seen.update(new)
        count += len(new)
        for item, near in zip(new, measure.keys(vectors[new])):
            best.add(near, item)
            queue.push(item, near)
        entered = [item for item in best.ids if item in new]
        steps.append(Step("walk", 0, at, len(ids), new, [], entered, best.ids, queue.waiting, count))
    else:
        steps.append(Step("stop", best=best.ids, count=count))
    return Search(best.ids, _values(best), steps, count - 1)


def ivf_steps(lists: InvertedLists, query, k: int = 10, nprobe: int = 1) -> Search:
    """Search inverted lists as `faiss.IndexIVFFlat.search` does.

    Args:
        lists: exported.
        query: (dim,) finite numbers.
        k: items to find, at least 1.
        nprobe: lists to search, at least 1; all, if there are fewer.

    Raises:
        ValueError: a query of another length or not finite, or k or nprobe no whole number of at least 1.
    """
    k, nprobe = whole_number("k", k, 1), whole_number("nprobe", nprobe, 1)
    measure, number = _Measure(query, lists), len(lists.centers)
    nearest = _Best(min(nprobe, number), measure.sign)
    for center, key in enumerate(measure.keys(lists.centers)):
        nearest.add(key, center)
    best, count = _Best(k, measure.sign), number
    steps = [Step("centers", links=number, measured=list(range(number)), to=nearest.ids, count=count)]
    for at in nearest.ids:
        ids = lists.members(at).tolist()
        count += len(ids)
        for item, key in zip(ids, measure.keys(lists.vectors[ids])):
            best.add(key, item)
        entered = [item for item in best.ids if item in set(ids)]
        steps.append(Step("list", 0, at, len(ids), ids, [], entered, best.ids, count=count))
    steps.append(Step("stop", best=best.ids, count=count))
    return Search(best.ids, _values(best), steps, count - number)


def _values(best):
    return np.array([best.sign * key for key, _ in best.rows])


def exact_neighbors(structure: HnswGraph | InvertedLists, query, k: int = 10) -> tuple[list[int], np.ndarray]:
    """The k true nearest, every vector measured.

    Returns:
        (ids, values as those of `Search`), the nearest first, by faiss's order where several are equally near.

    Raises:
        ValueError: a query of another length or not finite, or k no whole number of at least 1.
    """
    measure = _Measure(query, structure)
    best = _Best(whole_number("k", k, 1), measure.sign)
    for item, key in enumerate(measure.keys(structure.vectors)):
        best.add(key, item)
    return best.ids, _values(best)
