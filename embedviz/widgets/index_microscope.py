"""`explore_search`: a search in HNSW or IVF, step by step, on a map of the items.

The page searches, see js/microscope/; `space.index_steps` does the same for a program, and for the still picture.
"""

from collections.abc import Hashable, Sequence

import numpy as np
import traitlets
from matplotlib.figure import Figure

from embedviz.base.arrays import checked_vectors, unit_rows, whole_number
from embedviz.base.names import shorten
from embedviz.space.index_steps import Search, exact_neighbors, hnsw_steps, ivf_steps
from embedviz.space.index_structure import HnswGraph, InvertedLists, build_hnsw, build_ivf, grid_step, on_grid
from embedviz.space.projection import axis_limits, pca
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget, ModuleView, closed_on_error
from embedviz.widgets.look import INK, OTHER, PALETTE
from embedviz.widgets.microscope_words import told
from embedviz.widgets.payload import packed_texts

LEAST, MOST = 40, 20_000  # items: fewer make no list of 39, more no page
FULL = 39  # items a list, with fewer faiss warns
EF = 100  # the largest efSearch
SETTINGS = ("index", "selected", "links", "lists", "ef", "nprobe")  # what a search follows from


def explore_search(
    table: EmbeddingTable,
    *,
    index: str = "HNSW",
    selected: Hashable | None = None,
    k: int = 10,
    links: Sequence[int] = (4, 8, 16),
    lists: Sequence[int] = (8, 16, 32, 64),
    ef: int = 16,
    nprobe: int = 2,
    place=None,
    title: str = "Items",
) -> "IndexMicroscope":
    """Step through a search in HNSW and IVF: what is measured, why it stops, what it misses.

    faiss builds the indexes, by dot product. A query is the vector of an item; so it finds itself first.

    Args:
        table: 40 to 20,000 items. They are scaled to length 1 and rounded, see `index_structure.on_grid`.
        index: "HNSW" or "IVF", to start with.
        selected: the query to start with; None: the first item.
        k: items to find, 1 to 50, and at most as many as there are.
        links: HNSW's M to choose from; the middle one is shown first.
        lists: IVF's nlist to choose from; those with fewer than 39 items a list are left out, unless all have.
        ef: HNSW's efSearch to start with, up to 100; at least k is taken.
        nprobe: lists of IVF searched at first, at least 1; all, if there are fewer.
        place: where the items are on the map, finite numbers of shape (n, 2), as `umap` gives; None: PCA.
        title: of the map.

    Raises:
        ValueError: too few or too many items, or an argument out of range.
        KeyError: an unknown name; the message suggests close spellings.
    """
    microscope = IndexMicroscope(table, k, links, lists, place, title)
    with closed_on_error(microscope), microscope.changing():
        microscope.start(index, microscope.items[0] if selected is None else selected, ef, nprobe)
    return microscope


class IndexMicroscopeView(ModuleView):
    entry = "microscope/main.js"


class IndexMicroscope(LiveWidget):
    """What `explore_search` returns: a widget to display, and the same as an object to program.

    What may be set and observed; what cannot be is a TraitError that says what can:

    Attributes:
        index: "HNSW" or "IVF".
        links, lists: M and nlist, of those that were built.
        ef, nprobe: settings of a search. With fewer lists than nprobe, nprobe becomes their number.
        selected: the name of the query.
        step: of the search, from 0; what is beyond its end is its end.
        items: the names, list of str.
        k: items to find.
        graphs, inverted: M → `HnswGraph` and nlist → `InvertedLists`.
    """

    entry, drawn = "microscope/main.js", ".embedviz-microscope"

    index, selected = (traitlets.Unicode(value).tag(sync=True) for value in ("HNSW", ""))
    links, lists, ef, nprobe, step = (traitlets.Int(value).tag(sync=True) for value in (8, 16, 16, 1, 0))
    payload = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, table: EmbeddingTable, k: int, links: Sequence[int], lists: Sequence[int], place, title: str):
        n = len(table)
        if not LEAST <= n <= MOST:
            raise ValueError(f"{n:,} items: it must be {LEAST} to {MOST:,}")
        if not len(links) or not len(lists):
            raise ValueError(f"links={links!r}, lists={lists!r}: give at least one of each")
        self.k, self.items, self.title = whole_number("k", k, 1, min(50, n)), table.names.tolist(), str(title)
        unit, self._table = unit_rows(table.vectors), table
        grid = grid_step(unit)
        vectors = on_grid(unit, grid)
        self.place, axes = _places(vectors, place)
        self.graphs = {m: HnswGraph.of(build_hnsw(vectors, m)) for m in sorted(set(links))}
        full = [one for one in sorted(set(lists)) if one * FULL <= n] or [max(1, n // FULL)]
        self.inverted = {one: InvertedLists.of(build_ivf(vectors, one, step=grid)) for one in full}
        super().__init__([])
        with self.changing():
            self.set_trait("payload", self._packed(vectors, grid, axes))
            self.links, self.lists = (list(one)[len(one) // 2] for one in (self.graphs, self.inverted))
            self.ef, self.selected = max(self.k, min(16, n)), self.items[0]
        self.children = [IndexMicroscopeView(self)]
        self.observe(lambda change: self.renew_static(), [*SETTINGS, "step"])

    def start(self, index: str, selected: Hashable, ef: int, nprobe: int) -> None:
        """Show the first step of this search.

        Raises:
            ValueError, KeyError: as `explore_search`.
        """
        ef, nprobe = whole_number("ef", ef, 1), whole_number("nprobe", nprobe, 1)
        wanted = {"index": index, "ef": max(ef, self.k), "nprobe": min(nprobe, self.lists)}
        for name, value in wanted.items():
            if wrong := self._wrong(name, value):
                raise ValueError(wrong)
        wanted["selected"] = str(self._table.names[self._table.number(selected)])
        for name, value in (wanted | {"step": 0}).items():
            setattr(self, name, value)

    def _packed(self, vectors, grid, axes):
        def whole(numbers):
            return np.rint(numbers / np.float32(grid)).astype("<i2").tobytes()

        def rows(starts, ids):
            return {"starts": starts.astype("<i4").tobytes(), "ids": ids.astype("<i4").tobytes()}

        return {
            "names": packed_texts(self.items),
            "vectors": whole(vectors),
            "dim": vectors.shape[1],
            "grid": grid,
            "k": self.k,
            "title": self.title,
            "places": self.place.astype("<f4").tobytes(),
            "axes": axes,
            "graphs": [
                {"links": m, "entry": one.entry, "levels": [rows(*level) for level in one.links]}
                for m, one in self.graphs.items()
            ],
            "lists": [
                {"lists": number, "centers": whole(one.centers), **rows(one.starts, one.ids)}
                for number, one in self.inverted.items()
            ],
        }

    def _wrong(self, name, value):
        """What is wrong with a value of a trait; None if nothing is."""
        choices = {"index": ("HNSW", "IVF"), "links": tuple(self.graphs), "lists": tuple(self.inverted)}
        if name in choices:
            known = ", ".join(map(repr, choices[name]))
            return None if value in choices[name] else f"{name}={value!r}: it must be one of {known}"
        if name == "selected":
            return None if value in self._table else f"selected={value!r}: no item has this name"
        ends = {"ef": (self.k, min(EF, len(self.items))), "nprobe": (1, self.lists), "step": (0, 10**9)}
        low, high = ends[name]
        return None if low <= value <= high else f"{name}={value!r}: it must be from {low} to {high}"

    @traitlets.validate(*SETTINGS, "step")
    def _possible(self, proposal):
        if wrong := self._wrong(proposal["trait"].name, proposal["value"]):
            raise traitlets.TraitError(wrong)
        return proposal["value"]

    @traitlets.observe("lists")
    def _other_lists(self, change):
        self.nprobe = min(self.nprobe, self.lists)

    # What is shown.

    @property
    def structure(self) -> HnswGraph | InvertedLists:
        """What is searched."""
        return self.graphs[self.links] if self.index == "HNSW" else self.inverted[self.lists]

    @property
    def query(self) -> np.ndarray:
        """float32 (dim,)."""
        return self.structure.vectors[self._table.number(self.selected)]

    @property
    def search(self) -> Search:
        """All steps, and what is found at their end."""
        if self.index == "HNSW":
            return hnsw_steps(self.structure, self.query, self.k, self.ef)
        return ivf_steps(self.structure, self.query, self.k, self.nprobe)

    @property
    def true_neighbors(self) -> tuple[list[int], np.ndarray]:
        """(rows, similarities) of the k true nearest, the nearest first."""
        return exact_neighbors(self.structure, self.query, self.k)

    def similarity(self, row: int) -> float:
        """The dot product of an item, by its row, and the query."""
        return float(self.structure.vectors[row].astype(np.float64) @ self.query)

    @property
    def sentence(self) -> str:
        """What the step shown does."""
        search = self.search
        return told(self, search.steps, min(self.step, len(search.steps) - 1))

    def page_title(self) -> str:
        """Of the page of `to_html`."""
        return f"{self.title}: index microscope"

    # The still form, for where there is no kernel: the whole search, at its end.

    def describe(self) -> str:
        """What the widget shows, in words."""
        steps = self.search.steps
        settings = f"M = {self.links}, ef = {self.ef}" if self.index == "HNSW" else f"nprobe = {self.nprobe}"
        return (
            f"{self.title}: a search for the {self.k} nearest to {self.selected} among {len(self.items):,} items in "
            f"{self.index} ({settings}), in {len(steps) - 1} steps. {told(self, steps, len(steps) - 1)}"
        )

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of a still picture: image/png, with its description as alt text and text/plain."""
        return still.png_bundle(microscope_figure(self), self.describe())


def _places(vectors, place):
    """Where the items are drawn, and what the axes are called."""
    if place is None:
        return pca(vectors), ["PC 1", "PC 2"]
    place = checked_vectors(place, "place")
    if place.shape != (len(vectors), 2):
        raise ValueError(f"place of shape {place.shape}: need ({len(vectors)}, 2)")
    return place, ["Map 1", "Map 2"]


def microscope_figure(microscope: IndexMicroscope) -> Figure:
    """The map at the end of the search: what was measured, the way through HNSW's graph, what was found and missed."""
    steps, place, (true, _) = microscope.search.steps, microscope.place, microscope.true_neighbors
    figure = Figure(figsize=(8.6, 5), dpi=still.DPI)
    ax = figure.add_axes((0.03, 0.04, 0.66, 0.87))
    measured = sorted({item for step in steps if step.kind != "centers" for item in step.measured})
    best, row = steps[-1].best, microscope.items.index(microscope.selected)
    found = len(set(best) & set(true))
    ax.scatter(*place.T, s=3, c=OTHER, lw=0, label="not measured")
    for step in steps:
        if step.kind == "descend":
            ax.plot(*place[[step.at, step.to[0]]].T, color=PALETTE[0], lw=2)
    ax.scatter(*place[measured].T, s=14, c=PALETTE[5], lw=0, label=f"measured: {len(measured):,} items", zorder=3)
    ax.scatter(*place[best].T, s=36, c=PALETTE[2], marker="s", lw=0, label=f"found: {len(best)}", zorder=4)
    rings = {"facecolors": "none", "edgecolors": INK, "zorder": 5}
    ax.scatter(*place[true].T, s=110, label=f"true nearest: {len(true)},\n{found} of them found", **rings)
    ax.scatter(*place[[row]].T, s=170, c=INK, marker="*", edgecolors="white", label="query", zorder=6)
    (left, right), (low, high) = axis_limits(place)
    ax.set(xlim=(left, right), ylim=(low, high), xticks=[], yticks=[])
    ax.set_title(f"{microscope.index}: {shorten(microscope.selected, 40)}", fontsize=still.TEXT)
    ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False, fontsize=still.TEXT - 1)
    return figure
