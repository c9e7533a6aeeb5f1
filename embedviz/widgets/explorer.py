"""`explore`: a map of an embedding to ask questions of.

What is near what, what do these share, and is the map to be believed? The page answers, see js/explorer/; here is what
it is given, what a program may ask and set, and the still picture.
"""

from collections.abc import Hashable

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embedviz.base.facts import align
from embedviz.inputs.pairs import Pairs
from embedviz.space.epochs import EpochMaps, Snapshots
from embedviz.space.projection import checked_request
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import payload, still
from embedviz.widgets.answers import ALIKE, KEPT, Answers
from embedviz.widgets.base import LiveWidget, ModuleView, closed_on_error
from embedviz.widgets.figure import plotly_figure
from embedviz.widgets.look import by_label, color_columns, group, hover_texts, kept_groups
from embedviz.widgets.question import PROJECTIONS, Question, check_projection
from embedviz.widgets.still_tables import neighbor_table
from embedviz.widgets.umap_maps import UmapMaps, key_of

LINKS_SHOWN = 6  # in a row of the list
UMAP_MOST = 100_000  # of a bigger table UMAP takes so long that it must be asked for
HOVERED = 200_000  # in a bigger table a point says its name alone: the page would have to hold the facts of all


def explore(
    table: EmbeddingTable | None = None,
    pairs: Pairs | None = None,
    frame: pd.DataFrame | None = None,
    *,
    color: Hashable | list[Hashable] | None = None,
    projection: str | None = None,
    k: int = 10,
    title: str | None = None,
    selected: Hashable | None = None,
    width: int = 520,
    height: int = 450,
    size: Hashable | None = None,
    snapshots: Snapshots | None = None,
    dim: int = 2,
    **umap_options,
) -> "Explorer":
    """An interactive map of an embedding table: search or click a name to see its true nearest neighbors.

    Args:
        table: the embedding. With snapshots it may be left out: it is the last of them.
        pairs: what it was trained on; then the list says which contexts (links) two names share, and a lasso which
            of them a cluster has in common.
        frame: facts about the names, for colors, sizes and hover. Its index, or one of its columns, holds all the
            names; or else it has one row for each name, in their order.
        color: the column to color by, or several to choose from. By default every column of few values, of numbers or
            of dates.
        projection: "umap" (PCA until UMAP is ready, computed meanwhile by another process, or taken from the
            cache) or "pca" (UMAP is computed only when it is asked for). None: "umap", up to 100,000 names.
        k: neighbors to list; fewer if the table is smaller.
        title: of the map.
        selected: a name to start from.
        width, height: of the map, in CSS pixels; less where the page is narrower.
        size: the column that the area of a point is proportional to at first, "number of links", or None: all alike.
        snapshots: the embedding after each epoch; then a slider goes through them, on the PCA axes of the last.
        dim: 2 or 3, of the map at first.
        **umap_options: n_neighbors, min_dist, metric, seed, n_epochs, cache: see `projection.umap`. n_neighbors is 15
            by default, or the number of names if that is smaller.

    Raises:
        ValueError: a table of fewer than two names, another projection, k below 1, a frame that does not fit or has a
            column twice, neither table nor snapshots, snapshots that do not end with the table, another dim or more
            than the vectors have, pairs of other names, or an option of UMAP that is not as said there.
        KeyError: an unknown column or name.
        TypeError: an unknown option.
    """
    explorer = Explorer(
        table,
        pairs,
        frame,
        color=color,
        projection=projection,
        k=k,
        title=title,
        width=width,
        height=height,
        size=size,
        snapshots=snapshots,
        dim=dim,
        umap_options=umap_options,
    )
    if selected is not None:
        with closed_on_error(explorer):
            explorer.select(selected)
    return explorer


class ExplorerView(ModuleView):
    entry = "explorer/main.js"


class Explorer(Question):
    """What `explore` returns: a widget to display, and the same as an object to program.

    What a program may set and observe is a trait, and the page holds the same:

    Attributes:
        selected: the name asked about, or None.
        chosen: names in the lasso, list of str; none while one is selected.
        projection: the one wanted, "pca", "umap" or "direction".
        epoch: the one shown, None without snapshots.
        color, size: what colors and sizes mean, as the page calls it; color is None where there is nothing to color by.
        dim: 2 or 3.
        umap: settings of UMAP, dict of n_neighbors, min_dist, metric.
        ends: of the direction, two texts: a name, or several divided by commas.
        distorted: whether the map says what it distorts.

    These are computed when they are asked for:

    Attributes:
        table: the embedding shown: that of `epoch`, where there are several.
        epochs: those there are, list of int.
        shown: the projection that can be shown: "pca", until another is ready.
        neighbors: DataFrame of the nearest names: name, similarity (cosine), shared (list of str, rarest first).
        shared_traits: what the chosen share, a DataFrame of `enrichment.over_represented`, or None.
        lit: rows of the points that are lit: the selected name, its neighbors, and where `distorted` also those that
            are near on the map alone; list of int.
        faithfulness: of the map shown, the share of each name's 10 nearest that are also among the 10 nearest on the
            map, float array of shape (n,); takes a minute for 100,000 names.
        trust: (trustworthiness, continuity) of the map shown, of a sample of 1,000; None for fewer than 3 names.
        figure: the map as it is now, a plotly Figure, to export or to change.
    """

    entry = "explorer/main.js"

    def __init__(
        self,
        table: EmbeddingTable | None,
        pairs: Pairs | None = None,
        frame: pd.DataFrame | None = None,
        *,
        color: Hashable | list[Hashable] | None = None,
        projection: str | None = "pca",
        k: int = 10,
        title: str | None = None,
        width: int = 520,
        height: int = 450,
        size: Hashable | None = None,
        snapshots: Snapshots | None = None,
        dim: int = 2,
        umap_options: dict | None = None,
        owner: LiveWidget | None = None,
    ):
        maps = EpochMaps(table, snapshots)
        last = maps.tables[-1]
        settings, fixed = _checked(maps, projection, k, dim, umap_options or {})
        self.title, self.frame = title or f"Map of {len(last):,} names", align(frame, last.names)
        colors = by_label(color_columns(self.frame, color), taken=[KEPT])
        self._maps, self._answers = maps, Answers(maps, pairs, self.frame, min(k, len(last) - 1), colors)
        size = ALIKE if size is None else self._answers.size_labels.get(size, size)
        if size not in (ALIKE, *self._answers.sizes):
            raise KeyError(f"size={size!r}: it must be one of {list(self._answers.sizes)}, or None")
        self._umaps = UmapMaps(fixed, self._take_umaps, self.changing)
        packed = self._packed((width, height))
        super().__init__([])
        self.owner = owner
        with self.changing():
            self.data, self.umap, self.dim, self.epoch = packed, settings, dim, (self.epochs or [None])[-1]
            self.color, self.size = next(iter(colors), None), size
            self._add_tables()
        self.children = [self._view()]
        self.show_projection(projection or ("umap" if len(last) <= UMAP_MOST else "pca"))

    def _view(self):
        return ExplorerView(self)

    def _packed(self, size):
        answers, names = self._answers, self._maps.tables[-1].names
        colors = {label: group(self.frame[column], len(names)) for label, column in answers.colors.items()}
        return {
            "title": self.title,
            "size": list(size),
            "k": answers.k,
            "umapMost": UMAP_MOST,
            "names": payload.packed_texts(names.tolist()),
            "links": payload.packed_links(names, answers.pairs),
            "facts": payload.packed_facts(names, self.frame),
            "columns": payload.packed_columns(self.frame) if len(names) <= HOVERED else [],
            "colors": [payload.packed_classes(label, groups) for label, groups in colors.items()],
            "plain": group(None, len(names)).classes,
            "ranges": kept_groups(np.arange(-1, answers.near + 1), answers.near).classes,
            "sizes": payload.packed_numbers(answers.sizes),
        }

    # What a program may ask.

    @property
    def pairs(self) -> Pairs | None:
        return self._answers.pairs

    @property
    def neighbors(self) -> pd.DataFrame:
        return self._answers.neighbors(self.table, self.selected)

    @property
    def shared_traits(self) -> pd.DataFrame | None:
        return self._answers.shared_traits(self.chosen)

    def shared(self, one: Hashable, other: Hashable) -> list[str]:
        """The contexts that two names share in `pairs`, rarest first; empty without pairs."""
        return self._answers.shared(one, other)

    @property
    def shown(self) -> str:
        return self._shown()[0]

    def _shown(self):
        """(projection, coordinates (n, dim)) of what can be shown now."""
        if self.projection == "umap":
            place = self._umaps.ready.get(key_of(self.dim, self.umap))
            if place is not None:
                return "umap", place
        if self.projection == "direction":
            try:
                if all(self.ends):
                    return "direction", self._answers.place(self._at, self.dim, self.ends)
            except (KeyError, ValueError):  # told where they were typed
                pass
        return "pca", self._answers.place(self._at, self.dim)

    @property
    def lit(self) -> list[int]:
        table, selected = self.table, self.selected  # another thread may change them meanwhile
        if selected is None:
            return []
        lit = [table.number(name) for name in (selected, *self._answers.neighbors(table, selected)["name"])]
        near = self._answers.near_on_map(self._shown()[1], lit[0]) if self.distorted else []
        return [*lit, *(row for row in near if row not in lit)]

    @property
    def faithfulness(self) -> np.ndarray:
        return self._answers.faithfulness(self.table, self._shown()[1])

    @property
    def trust(self) -> tuple[float, float] | None:
        return self._answers.trust(self.table, self._shown()[1])

    @property
    def figure(self) -> go.Figure:
        projection, coords = self._shown()
        names = self.table.names
        return plotly_figure(
            coords,
            self._answers.groups(self.color, self.table, coords),
            names,
            hover_texts(names, self.frame) if len(names) <= HOVERED else [],
            title=self.title,
            axes=self._answers.axes(self._at, projection, coords, self.ends),
            limits=self._answers.limits(coords, projection),
            size=self.data["size"],
            lit=self.lit,
            chosen=[self.table.number(name) for name in self.chosen],
            radii=self._answers.radii(self.size),
        )

    # The still form, for where there is no kernel and no script.

    def describe(self) -> str:
        """What the map shows, in words."""
        (projection, coords), selected, chosen = self._shown(), self.selected, self.chosen
        text = f"{self.title}: {PROJECTIONS[projection]} of {len(self.table):,} vectors of {self.table.dim} dimensions"
        text += f", after epoch {self.epoch}." if self.epochs else "."
        if self.color:
            groups = self._answers.groups(self.color, self.table, coords)
            parts = ", ".join(f"{label} {count:,}" for label, count in zip(groups.labels, groups.counts))
            text += f" Color shows {self.color}: {parts}."
        if selected is not None:
            near = ", ".join(self._answers.neighbors(self.table, selected)["name"])
            text += f" Lit: {selected} and its nearest neighbors, {near}."
        if chosen:
            most = ", ".join(self._answers.shared_traits(chosen)["trait"][:3]) or "nothing"
            text += f" Selected: {len(chosen):,} names; what they share most: {most}."
        return text

    def page_values(self) -> dict:
        """What the page of `to_html` holds: of earlier epochs the map and the neighbors, but no vectors."""
        wanted = self.shown if self.projection == "umap" else self.projection  # no UMAP will come there
        values = super().page_values() | {"projection": wanted, "progress": {}, "hold": False}
        if self._maps.growing:  # its maps are turned one by one: the page needs the vectors
            return values
        return values | {"tables": payload.page_tables(self._maps, self._answers.k)}

    def picture(self) -> dict:
        """What `still.draw_map` takes to draw the map, by name."""
        projection, coords = self._shown()
        return {
            "coords": coords[:, :2],
            "groups": self._answers.groups(self.color, self.table, coords),
            "title": self.title,
            "axes": self._answers.axes(self._at, projection, coords, self.ends)[:2],
            "lit": self.lit,
            "names": self.table.names,
            "legend": self.color or "",
        }

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of the map as a still picture, with its description."""
        return still.png_bundle(still.map_figure(**self.picture()), self.describe())

    def _words(self):
        return super()._words() if self.selected is None else self._table()

    def _table(self):
        rows = []
        for name, similarity, links in self.neighbors.itertuples(index=False):
            more = f" + {len(links) - LINKS_SHOWN} more" if len(links) > LINKS_SHOWN else ""
            shown = (", ".join(links[:LINKS_SHOWN]) or "none") + more if self.pairs is not None else None
            rows.append((name, f"{similarity:.2f}", shown))
        return neighbor_table(f"Nearest to {self.selected}", rows)


def _checked(maps, projection, k, dim, umap_options):
    """Settings of UMAP that the page may change, and those that stay.

    Raises what is wrong with the options of an explorer.
    """
    table = maps.tables[-1]
    if len(table) < 2:
        raise ValueError(f"a table of {len(table)} names makes no map: at least 2 are needed")
    if projection is not None:
        check_projection(projection)
    if k < 1:
        raise ValueError(f"k={k!r}: at least 1 neighbor is needed")
    if dim not in (2, 3):
        raise ValueError(f"dim={dim!r}: a map has 2 or 3")
    if dim == 3 and maps.low(3) < 3:
        raise ValueError(f"dim=3: vectors of shape {table.vectors.shape} lie in a plane")
    options = {"n_neighbors": min(15, len(table)), "min_dist": 0.1, "metric": "cosine", "cache": True} | umap_options
    fixed = {name: options.pop(name) for name in ("cache", "seed", "n_epochs") if name in options}
    if unknown := set(options) - {"n_neighbors", "min_dist", "metric"}:
        raise TypeError(f"explore() has no option {sorted(unknown)[0]!r}")
    request = {name: value for name, value in fixed.items() if name != "cache"}
    checked_request(table.vectors, dim=maps.low(dim), **options, **request)  # raises
    return options, fixed
