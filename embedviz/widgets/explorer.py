"""`explore`: a map of an embedding to ask questions of.

What is near what, what do these share, and is the map to be believed?
"""

import html
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import ipywidgets
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from embedviz.base.facts import align
from embedviz.base.names import NameIndex, as_name
from embedviz.inputs.pairs import Pairs
from embedviz.space.distortion import faithfulness, near_on_map, trust_and_continuity
from embedviz.space.enrichment import Traits, over_represented
from embedviz.space.epochs import EpochMaps, Snapshots, widened
from embedviz.space.neighbors import nearest
from embedviz.space.projection import METRICS, checked_request, direction
from embedviz.space.table import EmbeddingTable
from embedviz.space.umap_worker import background_umap
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget, closed_on_error, running_loop, said
from embedviz.widgets.look import by_label, color_columns, group, hover_texts, numbers_of
from embedviz.widgets.map import MOVE, LiveMap, LiveMapView
from embedviz.widgets.parts import (
    Panel,
    PanelView,
    SearchBox,
    SearchBoxView,
    looked_up,
    neighbor_table,
    suggestion_list,
    trait_table,
)

LINKS_SHOWN = 6  # in a row of the list


PROJECTIONS = {"pca": "PCA", "umap": "UMAP", "direction": "Direction"}


KEPT_COLUMN = "neighbors kept"  # a color of its own: how far the map can be trusted, point by point


ALIKE, LINKS = "all alike", "number of links"


SAMPLE = 1000  # points that trustworthiness and continuity are the mean of, in big tables

MEASURED = 40_000  # in a bigger table only a sample is asked for its neighbors: in all, that would take minutes
COMPARED = 10**8  # pairs of a sample and all, at most (but 100 times all): some 10 seconds

UMAP_MOST = 100_000  # of a bigger table UMAP takes so long that it must be asked for

HOVERED = 200_000  # in a bigger table a point says its name alone: the page would have to hold the facts of all

STEP = 450  # milliseconds from epoch to epoch, while they are played


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
        width, height: of the map, in CSS pixels.
        size: the column that the area of a point is proportional to at first, "number of links", or None: all alike.
        snapshots: the embedding after each epoch; then a slider goes through them, on the PCA axes of the last.
        dim: 2 or 3, of the map at first.
        **umap_options: n_neighbors, min_dist, metric, seed, n_epochs, cache: see `projection.umap`. n_neighbors is 15
            by default, or the number of names if that is smaller.

    Raises:
        ValueError: a table of fewer than two names, another projection, k below 1, a frame that does not fit or has a
            column twice, neither table nor snapshots, snapshots that do not end with the table, another dim or more
            than the vectors have, or an option of UMAP that is not as said there.
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


class Explorer(LiveWidget):
    """What `explore` returns: a widget to display, and the same as an object to program.

    Attributes:
        table: the embedding shown: that of `epoch`, where there are several.
        epoch: the one shown, None without snapshots.
        epochs: those there are, list of int.
        figure: the map as it is now, a plotly Figure, to export or to change.
        selected: the name asked about, or None.
        neighbors: DataFrame of its nearest names: name, similarity (cosine), shared (list of str, rarest first).
        chosen: names in the lasso, list of str.
        shared_traits: what they share, a DataFrame of `enrichment.over_represented`.
        projection: the one shown, "pca", "umap" or "direction".
        lit: rows of the points that are lit: the selected name, its neighbors, and with "what the map distorts" also
            those that are near on the map alone; list of int.
        faithfulness: for each projection as it was last shown, the share of each name's 10 nearest that are also among
            the 10 nearest on the map, float array of shape (n,); for big tables it comes some seconds later, and above
            40,000 names it is NaN but for a sample.
        trust: (trustworthiness, continuity) likewise.
    """

    _job = _job_key = _due = None  # the UMAP that is being computed, and when the map is going to be measured
    _restoring = False
    _memberships = None

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
        self.owner = owner
        self._maps = EpochMaps(table, snapshots)
        self.table = table = self._maps.tables[-1]
        if len(table) < 2:
            raise ValueError(f"a table of {len(table)} names makes no map: at least 2 are needed")
        if projection is None:
            projection = "umap" if len(table) <= UMAP_MOST else "pca"
        _check_projection(projection)
        if k < 1:
            raise ValueError(f"k={k!r}: at least 1 neighbor is needed")
        if dim not in (2, 3):
            raise ValueError(f"dim={dim!r}: a map has 2 or 3")
        if dim == 3 and self._maps.low(3) < 3:
            raise ValueError(f"dim=3: vectors of shape {table.vectors.shape} lie in a plane")
        self.pairs, self.k = pairs, min(k, len(table) - 1)
        self.title = title or f"Map of {len(table):,} names"
        self.frame = align(frame, table.names)
        self._hover = hover_texts(table.names, self.frame) if len(table) <= HOVERED else []
        self._linked = NameIndex(pairs.items, "pairs") if pairs is not None else None
        self._coords, self._measures = {}, {}  # by what they depend on
        self.faithfulness, self.trust = {}, {}
        self._near = min(10, len(table) - 1)  # how many neighbors count for faithfulness
        self._wanted = self.projection = "pca"
        self._at = self._maps.last
        self.selected, self.neighbors, self.chosen, self.shared_traits, self._trail = None, None, [], None, []
        self._followers, self._shown = [], None  # by what the coordinates on the map depend on
        self._measuring = False
        self.hold_measures = False  # while something else needs the processor
        self._make_controls(color, size, dim, umap_options or {})
        self.map = LiveMap(
            self.title, (width, height), table.names.tolist(), self._hover, self._clicked, self._lassoed, self._typed
        )
        self.panel, self.note = Panel(), ipywidgets.HTML()
        self._draw()
        self.select(None)
        self._watch_controls()
        super().__init__(self._arranged(height))
        if projection != "pca":
            self.show_projection(projection)

    def _make_controls(self, color, size, dim, umap_options):
        table, small = self.table, {"description_width": "initial"}
        most = len(table)
        umap_options = {"n_neighbors": min(15, most), "min_dist": 0.1, "metric": "cosine", "cache": True} | umap_options
        cache = umap_options.pop("cache")
        if unknown := set(umap_options) - {"n_neighbors", "min_dist", "metric", "seed", "n_epochs"}:
            raise TypeError(f"explore() has no option {sorted(unknown)[0]!r}")
        checked_request(table.vectors, dim=self._maps.low(dim), **umap_options)  # raises
        self._umap_fixed = {"cache": cache}
        self._umap_fixed |= {name: umap_options[name] for name in ("seed", "n_epochs") if name in umap_options}
        self._colors = by_label(color_columns(self.frame, color), taken=[KEPT_COLUMN])
        numbers = [column for column in self.frame.columns if numbers_of(self.frame[column]) is not None]
        self._sizes = by_label(numbers, taken=[ALIKE, LINKS])
        sizes = [ALIKE, *self._sizes, *([LINKS] if self.pairs is not None else [])]
        of_column = {column: label for label, column in self._sizes.items()}
        size = ALIKE if size is None else of_column.get(size, size)
        if size not in sizes:
            raise KeyError(f"size={size!r}: it must be one of {sizes[1:]}, or None")
        self.search_box = SearchBox(names=table.names.tolist())
        self.color_box = ipywidgets.Dropdown(
            options=[*self._colors, KEPT_COLUMN],
            value=next(iter(self._colors), None),
            description="Color",
            style={"description_width": "42px"},
            layout={"width": "160px"},
        )
        self.size_box = ipywidgets.Dropdown(
            options=sizes,
            value=size,
            description="Size",
            style={"description_width": "30px"},
            layout={"width": "150px", "display": None if len(sizes) > 1 else "none"},
        )
        self.projection_box = ipywidgets.ToggleButtons(
            options=[(label, name) for name, label in PROJECTIONS.items()],
            value="pca",
            style={"button_width": "90px"},
            tooltips=[
                "The two or three directions of greatest variance",
                "Neighbors stay together, distances do not",
                "An axis from one name to another",
            ],
        )
        self.dim_box = ipywidgets.ToggleButtons(
            options=[("2-D", 2), ("3-D", 3)], value=dim, style={"button_width": "52px"}
        )
        self.dim_box.layout.display = None if min(table.vectors.shape) > 2 else "none"
        self.distortion_box = ipywidgets.Checkbox(
            description="Show what the map distorts", indent=False, layout={"width": "210px"}
        )
        self.progress = ipywidgets.FloatProgress(
            min=0, max=1, style=small, layout={"width": "230px", "display": "none"}
        )
        # The settings of the projection that is shown.
        self.neighbors_box = ipywidgets.IntSlider(
            umap_options["n_neighbors"],
            2,
            min(max(100, umap_options["n_neighbors"]), most),
            description="n_neighbors",
            style=small,
            continuous_update=False,
            layout={"width": "270px"},
        )
        self.min_dist_box = ipywidgets.FloatSlider(
            umap_options["min_dist"],
            min=0,
            max=1,
            step=0.05,
            description="min_dist",
            style=small,
            continuous_update=False,
            layout={"width": "240px"},
        )
        self.metric_box = ipywidgets.Dropdown(
            options=METRICS, value=umap_options["metric"], description="metric", style=small, layout={"width": "150px"}
        )
        self.from_box = SearchBox(label="From: a name, or several")  # they get the names when they are needed
        self.to_box = SearchBox(label="To: a name, or several")
        self.umap_row = ipywidgets.HBox(
            [self.neighbors_box, self.min_dist_box, self.metric_box], layout={"display": "none"}
        )
        arrow = ipywidgets.HTML("<span aria-hidden='true' style='font-size: 18px'>→</span>")
        ends = [SearchBoxView(self.from_box), arrow, SearchBoxView(self.to_box)]
        self.alert = ipywidgets.HTML()
        self.direction_row = ipywidgets.HBox(
            [*ends, self.alert], layout={"display": "none", "flex_flow": "row wrap", "align_items": "center"}
        )
        self.epoch_box = ipywidgets.IntSlider(
            description="Epoch", style={"description_width": "46px"}, layout={"width": "400px"}
        )
        self.player = ipywidgets.Play(min=0, max=self._at, value=self._at, interval=STEP, show_repeat=False)
        self.epoch_row = ipywidgets.HBox([self.player, self.epoch_box])
        self._show_epochs()

    def _watch_controls(self):
        self.search_box.observe(lambda change: self.search(change["new"]), "value")
        self.color_box.observe(lambda change: self._paint(), "value")
        self.size_box.observe(lambda change: self._paint(), "value")
        self.projection_box.observe(lambda change: self.show_projection(change["new"]), "value")
        self.dim_box.observe(lambda change: self.show_projection(self._wanted), "value")
        self.distortion_box.observe(lambda change: (self._light(), self._list(), self._say()), "value")
        for box in (self.neighbors_box, self.min_dist_box, self.metric_box):
            box.observe(lambda change: self._restoring or self.show_projection("umap"), "value")
        for box in (self.from_box, self.to_box):
            box.observe(lambda change: self._aim(), "value")
        self.epoch_box.observe(lambda change: self._restoring or self._go_near(change["new"]), "value")
        self.player.observe(lambda change: self._go_to(change["new"]), "value")
        self.player.observe(lambda change: self.measure_soon(), "playing")
        self.panel.on_msg(lambda panel, message, buffers: self.search(message["name"]))

    def _arranged(self, height):
        row = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        beside = {"flex": "1 1 270px", "width": "270px", "max_height": f"{height + 24}px", "overflow": "auto"}
        self.map_view, self.panel_view = LiveMapView(self.map), PanelView(self.panel, layout=beside)
        first = [
            SearchBoxView(self.search_box),
            self.color_box,
            self.size_box,
            self.projection_box,
            self.dim_box,
            self.distortion_box,
            self.progress,
        ]
        self.controls = ipywidgets.HBox(first, layout=row)
        self.body = ipywidgets.HBox(
            [self.map_view, self.panel_view], layout={"flex_flow": "row wrap", "align_items": "flex-start"}
        )
        return [self.controls, self.umap_row, self.direction_row, self.epoch_row, self.body, self.note]

    # To ask: by hand through the widgets, by program through these.

    def search(self, text: str) -> None:
        """Select the name that `text` is, but for case and spaces; if there is none, suggest some."""
        name, close = looked_up(self.table, text)
        if name is not None or not text.strip():
            if name == self.selected and not self.chosen:
                self._list()
            else:
                self.select(name)
            return
        hint = " Did you mean:" if close else " Try another spelling."
        self.panel.html = suggestion_list(f"“{text.strip()}” is not on the map.{hint}", close)

    def select(self, name: Hashable | None) -> pd.DataFrame:
        """Light up a name and its nearest neighbors in the original space, and list them; None clears, a lasso too.

        Raises:
            KeyError: an unknown name; the message suggests close spellings.
        """
        name = None if name is None else self._name(name)
        found = self._found(name)
        if name is None:
            self._trail = []
        elif name not in self._trail:
            self._trail = [*self._trail, name] if self.selected in self._trail[-1:] else [name]
        self.selected, self.neighbors, self.chosen, self.shared_traits = name, found, [], None
        self.search_box.value = name or ""
        self._list()
        with self.map.hold_sync():
            self.map.select([])
            self._light()
        self._tell_followers()
        return found

    def step(self, forward: bool = True) -> None:
        """Go on to the nearest neighbor of the selected name where the walk has not been yet, or back."""
        if self.selected is None:
            return
        if forward:
            name = next((name for name in self.neighbors["name"] if name not in self._trail), None)
        else:
            self._trail = self._trail[:-1]
            name = self._trail[-1] if self._trail else None
        if name is not None:
            self.select(name)

    def choose(self, names: Sequence[Hashable]) -> pd.DataFrame:
        """Show what some names share that others have not, as a lasso around them does; returns `shared_traits`.

        Raises:
            KeyError: an unknown name.
        """
        names = [self._name(name) for name in names]
        rows = [self.table.number(name) for name in names]
        if not rows:
            self.select(None)
            return pd.DataFrame()
        if self._memberships is None:
            self._memberships = Traits(self.table.names, self.pairs, self.frame)
        followers, self._followers = self._followers, []  # told once, when all is done
        self.select(None)
        self._followers = followers
        self.chosen, self.shared_traits = names, over_represented(self._memberships, rows)
        self._list()
        with self.map.hold_sync():
            self._light()
            self.map.select(rows)
        self._tell_followers()
        return self.shared_traits

    def follow(self, callback: Callable[["Explorer"], object]) -> None:
        """Call callback(explorer) whenever another name, or another lasso, has been selected."""
        self._followers.append(callback)

    def _tell_followers(self):
        for callback in self._followers:
            callback(self)

    def _name(self, key):
        """The name that a key is, as the table has it."""
        return str(self.table.names[self.table.number(as_name(key))])

    def _found(self, name):
        if name is None:
            return pd.DataFrame({"name": [], "similarity": [], "shared": []})
        found = self._neighbors(name)
        found["shared"] = [self.shared(name, other) for other in found["name"]]
        return found

    def _neighbors(self, name):
        return nearest(self.table, name, self.k)

    def shared(self, one: Hashable, other: Hashable) -> list[str]:
        """The contexts that two names share in `pairs`, rarest first; empty without pairs."""
        if self._linked is None or one not in self._linked or other not in self._linked:
            return []
        matrix = self.pairs.matrix
        rows = [self._linked.row(name) for name in (one, other)]
        a, b = (matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]] for row in rows)
        both = np.intersect1d(a, b)
        return self.pairs.contexts[both[np.argsort(self.pairs.context_frequency[both], kind="stable")]].tolist()

    def show_projection(self, name: str) -> None:
        """Show "pca", "umap" or "direction".

        If UMAP is not computed yet, that starts, and the map changes when it is ready.
        """
        _check_projection(name)
        self._wanted = self.projection_box.value = name
        self._show_settings()
        if name == "umap" and self._at != self._maps.last:
            self._go_to(self._maps.last)  # the epochs share the axes of PCA; UMAP has none
        if self._ready(name):
            if name == "umap":
                self._give_up()  # what is being computed is of other parameters
            self.projection = name
            self._draw()
            return
        if self.map.view["dim"] != self.dim_box.value or self.projection == "direction":  # meanwhile, what is quick
            self.projection = "pca"
            self._draw()
        self._say()
        if name == "umap" and self._job_key != self._key("umap"):
            self._give_up()
            self._job_key = self._key("umap")
            self._job = background_umap(
                self.table.vectors,
                dim=self._maps.low(self.dim_box.value),
                **self._umap_options(),
                **self._umap_fixed,
            )
            self._watch()

    def show_direction(self, start: str, end: str) -> None:
        """Show the map whose first axis leads from `start` (at 0) to `end` (at 1).

        Args:
            start, end: a name, or several, divided by commas: then it is their mean.

        Raises:
            KeyError: an unknown name; the message suggests close spellings.
            ValueError: both are at the same place.
        """
        rows = self._rows_named(start), self._rows_named(end)
        direction(self.table.vectors, *rows, dim=1)  # raises
        self._wanted = "direction"  # the boxes are changed one by one: what they say between is no direction
        self.from_box.value, self.to_box.value = start, end
        self.show_projection("direction")

    def show_epoch(self, epoch: int) -> None:
        """Show the embedding as it was after an epoch.

        Raises:
            ValueError: there is no snapshot of it.
        """
        if epoch not in self.epochs:
            raise ValueError(f"epoch={epoch!r}: there are snapshots of {', '.join(map(str, self.epochs)) or 'none'}")
        self._go_to(self.epochs.index(epoch))

    def add_snapshot(self, epoch: int, table: EmbeddingTable) -> None:
        """Add the embedding as it is after one more epoch; it is shown if the one before was.

        Raises:
            ValueError: a table of other names or dimensions.
        """
        follow = self._at == self._maps.last
        self._maps.append(epoch, table)
        self._show_epochs()
        if follow:
            self._go_to(self._maps.last)

    @property
    def epoch(self) -> int | None:
        return self.epochs[self._at] if self.epochs else None

    @property
    def epochs(self) -> list[int]:
        return self._maps.epochs

    def wait(self) -> "Explorer":
        """Wait for UMAP and show it; for scripts, and where a picture must be complete. Returns the explorer."""
        self.show_projection("umap")
        if self._job is not None:
            self._finish()
        return self

    def start_over(self, table: EmbeddingTable) -> None:
        """Show this table alone, of the same names and dimensions, as if no snapshot had been added; the settings stay.

        Raises:
            ValueError: a table of other names or dimensions.
        """
        self._maps.start_over(table)
        self._give_up()  # a UMAP of what is forgotten
        self.player.playing = False
        self._at, self.table = 0, table
        for known in (self._coords, self._measures, self.faithfulness, self.trust):
            known.clear()
        self._show_epochs()
        self._look_again()
        if self._wanted == "umap":
            self.show_projection("umap")

    def close(self) -> None:
        """Give up what is still being computed, and the widget."""
        if self._job is not None:
            self._give_up()
        if self._due is not None:
            self._due.cancel()
        super().close()

    def _give_up(self):
        if self._job is not None:
            self._job.cancel()
        self._job = self._job_key = None
        self.progress.layout.display = "none"

    def _clicked(self, row):
        self.select(str(self.table.names[row]))

    def _lassoed(self, rows):
        self.choose(self.table.names[rows].tolist())

    def _typed(self, key):
        if key in ("next", "previous"):
            self.step(key == "next")
        elif key == "clear":
            self.select(None)
        elif key == "play" and len(self._maps) > 1:
            if self._at == self._maps.last:
                self._go_to(0)
            self.player.playing = not self.player.playing

    def _aim(self):
        self.alert.value = ""
        try:
            ends = [self._rows_named(box.value) for box in (self.from_box, self.to_box)]
            if all(ends):
                direction(self.table.vectors, *ends, dim=1)
                self.show_projection("direction")
        except (KeyError, ValueError) as error:
            self.alert.value = f"<p role='alert' style='margin: 0 8px'>{html.escape(error.args[0])}</p>"

    def _rows_named(self, text):
        text = " ".join(text.split())
        names = [text] if not text or text in self.table else [part.strip() for part in text.split(",")]
        return [self.table.number(looked_up(self.table, name, 1)[0] or name) for name in names if name]

    # Where the points are. UMAP runs in another process; the kernel's event loop looks after it, so only the main
    # thread touches widgets.

    def _umap_options(self):
        return {
            "n_neighbors": self.neighbors_box.value,
            "min_dist": self.min_dist_box.value,
            "metric": self.metric_box.value,
        }

    def _key(self, name):
        more = tuple(self._umap_options().values()) if name == "umap" else ()
        more = (self.from_box.value, self.to_box.value) if name == "direction" else more
        return name, self.dim_box.value, self._at, *more

    def _ready(self, name):
        """Whether the coordinates are there, or quick to compute; then they are in `_coords`."""
        key = self._key(name)
        if name == "pca":
            self._coords[key] = self._maps.place(self._at, self.dim_box.value)
        elif name == "direction" and key not in self._coords:
            try:
                ends = [self._rows_named(box.value) for box in (self.from_box, self.to_box)]
                if not all(ends):
                    return False
                self._coords[key] = widened(direction(self.table.vectors, *ends, dim=self._maps.low(key[1])), key[1])
            except (KeyError, ValueError):  # told where they were typed
                return False
        return key in self._coords

    def _watch(self):
        if self._job is None or self.closed:
            return
        if self._job.done:
            self._finish()
            return
        self.progress.description, self.progress.value = f"UMAP: {self._job.stage}", self._job.progress
        self.progress.layout.display = None
        if loop := running_loop():  # a script has none, and calls wait()
            loop.call_later(0.3, self._watch)

    def _finish(self):
        job, key = self._job, self._job_key
        self._job = self._job_key = None
        try:
            self._coords[key] = widened(job.result(), key[1])
        except Exception as error:  # the map stays as it is, and says what happened
            if self.projection == "umap":  # and so do the settings
                self._restoring = True
                self.neighbors_box.value, self.min_dist_box.value, self.metric_box.value = self._shown[3:]
                self._restoring = False
            self._wanted = self.projection_box.value = self.projection
            self._show_settings()
            self.note.value = f"<p role='alert'>UMAP could not be computed: {html.escape(said(error))}</p>"
        else:
            if self._wanted == "umap" and self._key("umap") == key:
                self.show_projection("umap")
        finally:
            self.progress.layout.display = "none"

    def _go_near(self, epoch):
        """Go to the snapshot whose epoch is nearest."""
        if self.epochs:
            self._go_to(int(np.abs(np.subtract(self.epochs, epoch)).argmin()))

    def _go_to(self, at):
        if at == self._at or at > self._maps.last:  # the page's player may still be where there is nothing any more
            return
        self._at, self.table = at, self._maps.tables[at]
        self.epoch_box.value, self.player.value = self.epochs[at], at
        if self._wanted == "umap" and at != self._maps.last:
            self._wanted = self.projection_box.value = "pca"
            self._show_settings()
        if self._ready(self._wanted):
            self.projection = self._wanted
        self._look_again()
        if at == self._maps.last:  # the page would say so one step later, and meanwhile undo a new start
            self.player.playing = False

    def _look_again(self):
        """Draw and list, for another table."""
        if self.selected is not None:
            self.neighbors = self._found(self.selected)
        self._draw(neighbors_changed=True)

    def measure_soon(self) -> None:
        """Compute the faithfulness of the map, when it has come to rest.

        Not of each epoch that is played, nor while `hold_measures`.
        """
        loop = running_loop()
        if self._due is not None:
            self._due.cancel()
        if loop is not None and not self.closed:
            self._due = loop.call_later(0.3, self._measure, loop)
        elif not self.hold_measures:
            self._measure(None)

    def _measure(self, loop):
        key = self._shown
        if self.closed or key in self._measures or self._measuring or self.hold_measures or self.player.playing:
            return

        def take(measures):
            if self.closed:
                return
            if key[2] < len(self._maps) and self._maps.tables[key[2]] is table:
                self._measures[key] = measures
            if self._shown == key:
                self._say()
                self._tell_kept()
                self._paint()
            else:  # meanwhile it shows something else
                self.measure_soon()

        table = self.table
        arguments = table.vectors, self._coords[key], self._near
        if loop is None:
            take(_measured(*arguments))
        else:  # seconds for 17,000 names
            self._measuring = True

            def done(future):
                self._measuring = False
                take(future.result())

            loop.run_in_executor(None, _measured, *arguments).add_done_callback(done)

    # To draw.

    @property
    def figure(self) -> go.Figure:
        return self.map.figure

    def _show_epochs(self):
        epochs, box = self.epochs, self.epoch_box
        self.epoch_row.layout.display = None if len(epochs) > 1 else "none"
        self.player.max, self.player.value = self._maps.last, self._at
        if epochs:
            self._restoring = True  # what the ends of the slider do to its value is no wish
            box.min, box.max = min(box.min, epochs[0]), max(box.max, epochs[-1])
            box.step = epochs[-1] - epochs[-2] if len(epochs) > 1 else 1
            box.value = self.epoch
            box.min, box.max = epochs[0], epochs[-1]
            self._restoring = False

    def _show_settings(self):
        self.umap_row.layout.display = None if self._wanted == "umap" else "none"
        self.direction_row.layout.display = None if self._wanted == "direction" else "none"
        if self._wanted == "direction" and not self.from_box.names:
            self.from_box.names = self.to_box.names = self.table.names.tolist()

    def _axis_titles(self):
        dim, coords = self.dim_box.value, self._coords[self._key(self.projection)]
        if self.projection == "umap":
            return [f"UMAP {i + 1}" for i in range(dim)]
        if self.projection == "direction":
            rest = [f"component {i} of the rest" for i in range(1, dim)]
            return [f"from {self.from_box.value} (0) to {self.to_box.value} (1)", *rest]
        if len(self._maps) > 1:
            fit = "turned to fit the epoch before" if self._maps.growing else "of the last epoch"
            return [f"PCA {i + 1}, {fit}" for i in range(coords.shape[1])]
        shares = coords.var(axis=0) / max(self.table.vectors.var(axis=0).sum(), 1e-12)
        return [f"PCA {i} ({share:.0%} of the variance)" for i, share in enumerate(shares, 1)]

    def _draw(self, neighbors_changed=False):
        """Show everything, where it is now."""
        if not self._ready(self.projection):
            self.projection = "pca"
            self._ready("pca")
        self._shown = key = self._key(self.projection)
        limits = self._maps.limits(self.dim_box.value) if self.projection == "pca" and len(self._maps) > 1 else None
        with self.map.hold_sync():
            self.map.show(
                self._coords[key],
                self._axis_titles(),
                limits,
                duration=MOVE if not self.player.playing else STEP * 3 // 4,
            )
            self._tell_kept()
            self._paint()
            self._light()
        self._say()
        if self.selected is not None and (
            neighbors_changed or self.distortion_box.value
        ):  # then the list tells of the map
            self._list()
        if key not in self._measures:
            self.measure_soon()

    def _paint(self):
        kept, label = self._measures.get(self._shown), self.color_box.value
        column = None
        if label == KEPT_COLUMN and kept is not None:
            column = pd.Series(np.rint(kept.kept * self._near), name=KEPT_COLUMN)
        elif label in self._colors:
            column = self.frame[self._colors[label]]
        self.groups = group(column, len(self.table))
        self.map.paint(self.groups, self._radii())
        self.renew_static()

    def _radii(self):
        if self.size_box.value == ALIKE:
            return None
        if self.size_box.value == LINKS:
            counts = np.append(np.bincount(self.pairs.index[:, 0], minlength=len(self.pairs.items)), 0)
            values = counts[self._linked.rows(self.table.names)].astype(float)  # the last, 0: of names that have none
        else:
            values = numbers_of(self.frame[self._sizes[self.size_box.value]]).astype(float)
            values = np.where(np.isfinite(values), values, 0.0)
        middle = np.median(values[values > 0]) if (values > 0).any() else 1.0
        return self.map.radius * np.clip(np.sqrt(np.maximum(values, 0) / middle), 0.5, 4)

    def _tell_kept(self):
        measures = self._measures.get(self._shown)
        if measures is not None:
            self.faithfulness[self.projection], self.trust[self.projection] = measures.kept, measures.trust
        everywhere = measures is not None and not measures.sampled
        self.map.say_kept(np.rint(measures.kept * self._near) if everywhere else None, self._near)

    def _say(self):
        measures, text = self._measures.get(self._shown), ""
        if self._wanted == "direction" != self.projection:
            text += (
                "Type a name into each of the two boxes, or several with commas between: "
                "the first axis will lead from the one to the other. "
            )
        if self.projection == "pca" == self._wanted and len(self.table) > UMAP_MOST:
            text += f"UMAP of {len(self.table):,} names takes long: press its button if you have the time. "
        if measures is not None:
            kept, who = np.nanmean(measures.kept) * self._near, "a name’s"
            text += f"{PROJECTIONS[self.projection]} keeps {kept:.1f} of {who} {self._near} nearest neighbors near it, "
            text += f"on average of a sample of {measures.sampled:,} names. " if measures.sampled else "on average. "
            if measures.trust is not None:
                trust, continuity = measures.trust
                text += f"Trustworthiness {trust:.3f} (1: no false neighbors), "
                text += f"continuity {continuity:.3f} (1: none torn away). "
        if self.distortion_box.value:
            text += (
                "Solid lines: true neighbors that are near on the map. Dashed, orange: torn away. "
                "Crossed squares: false, near on the map alone. "
            )
        text += f"The list is exact: cosine, in all {self.table.dim} dimensions."
        self.note.value = f"<p style='margin: 0; line-height: 1.35'>{html.escape(text)}</p>"

    def _light(self):
        names = [] if self.selected is None else [self.selected, *self.neighbors["name"]]
        self.lit, kinds = [self.table.number(name) for name in names], ["true"] * len(names)
        if self.lit and self.distortion_box.value:
            near = self._near_on_map()
            kinds = ["true", *("true" if row in near else "torn" for row in self.lit[1:])]
            false = [row for row in near if row not in self.lit]
            self.lit, kinds = [*self.lit, *false], [*kinds, *["false"] * len(false)]
        self.map.light(self.lit, kinds)
        self.renew_static()

    def _near_on_map(self):
        return near_on_map(self.map.placed, self.table.number(self.selected), len(self.neighbors)).tolist()

    def _list(self):
        self.panel.html = self._listing()

    def _listing(self):
        if self.chosen:
            return trait_table(f"What these {len(self.chosen):,} share", self.shared_traits, self.chosen)
        hint = (
            "<p>Search for a name, or click on a point, to see its nearest neighbors. "
            "Draw a lasso around points to see what they share.</p>"
        )
        return hint if self.selected is None else self._table(buttons=True)

    def _table(self, buttons):
        near = self._near_on_map() if self.distortion_box.value else []
        rows = []
        for name, similarity, links in self.neighbors.itertuples(index=False):
            more = f" + {len(links) - LINKS_SHOWN} more" if len(links) > LINKS_SHOWN else ""
            place = ["near" if self.table.number(name) in near else "torn"] if near else []
            shown = (", ".join(links[:LINKS_SHOWN]) or "none") + more if self.pairs is not None else None
            rows.append((name, f"{similarity:.2f}", *place, shown))
        listed = neighbor_table(f"Nearest to {self.selected}", rows, buttons, ("Cosine", "Map")[: 1 + bool(near)])
        if not near:
            return listed
        names, similarities = self.table.names, nearest(self.table, self.selected, len(self.table) - 1)
        ranks = {name: (rank, value) for rank, (name, value) in enumerate(similarities.itertuples(index=False), 1)}
        false = [str(names[row]) for row in near if names[row] not in set(self.neighbors["name"])]
        rows = [(name, f"{ranks[name][1]:.2f}", f"{ranks[name][0]:,}", None) for name in false]
        return listed + (
            neighbor_table("False: near on the map alone", rows, buttons, ("Cosine", "True rank")) if rows else ""
        )

    # The still form, for where there is no kernel.

    def describe(self) -> str:
        """What the map shows, in words."""
        what = PROJECTIONS[self.projection]
        text = f"{self.title}: {what} of {len(self.table):,} vectors of {self.table.dim} dimensions"
        text += f", after epoch {self.epoch}." if self.epochs else "."
        if self.color_box.value:
            parts = ", ".join(f"{label} {count:,}" for label, count in zip(self.groups.labels, self.groups.counts))
            text += f" Color shows {self.color_box.value}: {parts}."
        if self.selected is not None:
            text += f" Lit: {self.selected} and its nearest neighbors, {', '.join(self.neighbors['name'])}."
        if self.chosen:
            most = ", ".join(self.shared_traits["trait"][:3]) or "nothing"
            text += f" Selected: {len(self.chosen):,} names; what they share most: {most}."
        return text

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of the map as a still picture, with its description."""
        axes = self.map.view["axes"][:2]
        figure = still.map_figure(
            self.map.placed[:, :2],
            self.groups,
            self.title,
            axes,
            self.lit,
            self.table.names,
            self.color_box.value or "",
        )
        return still.png_bundle(figure, self.describe())

    def _words(self):
        return super()._words() if self.selected is None else self._table(buttons=False)


@dataclass(frozen=True)
class _Measures:
    kept: np.ndarray  # float (n,)
    trust: tuple[float, float] | None
    sampled: int = 0  # where kept is NaN but for a sample, how many that are


def _measured(vectors, coordinates, k):
    n = len(vectors)
    sample = 0 if n <= MEASURED else min(SAMPLE, max(100, COMPARED // n))
    few = min(k, (n - 1) // 2)  # trustworthiness is defined for fewer neighbors than half of all
    trust = trust_and_continuity(vectors, coordinates, few, sample or SAMPLE) if few else None
    return _Measures(faithfulness(vectors, coordinates, k, sample or None), trust, sample)


def _check_projection(name):
    if name not in PROJECTIONS:
        raise ValueError(f"projection={name!r}: it must be 'umap', 'pca' or 'direction'")
