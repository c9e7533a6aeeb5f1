"""What moves on the screen: `explore`, a map to ask questions of, and `TrainingCurve`, a picture of the training.

Nothing is loaded from the network: plotly.js travels from the installed plotly package to the page. A
saved notebook also holds a plain picture of each, which shows wherever the live one cannot.
"""

import asyncio
import html
import uuid

import ipywidgets
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from IPython import get_ipython
from IPython.display import display, update_display

from embedviz import figures
from embedviz.columns import align, color_columns, group, hover_texts
from embedviz.frontend import SHOW_STATIC, Panel, PanelView, SearchBox, SearchBoxView, neighbor_table, suggestion_list
from embedviz.live_map import LiveMap, LiveMapView
from embedviz.neighbors import nearest
from embedviz.pairs import Pairs
from embedviz.projection import faithfulness, pca
from embedviz.table import EmbeddingTable
from embedviz.umap_worker import background_umap

LINKS_SHOWN = 6  # in a row of the list
PROJECTIONS = {"pca": "PCA", "umap": "UMAP"}


def explore(
    table: EmbeddingTable,
    pairs: Pairs | None = None,
    frame: pd.DataFrame | None = None,
    color: str | list[str] | None = None,
    projection: str = "umap",
    k: int = 10,
    title: str | None = None,
    selected: str | None = None,
    width: int = 560,
    height: int = 470,
    **umap_options,
) -> "Explorer":
    """An interactive map of an embedding table: search or click a name to see its true nearest neighbors.

    Args:
        table: the embedding.
        pairs: what it was trained on; then the list says which contexts (links) two names share.
        frame: facts about the names, for colors and hover. Its index, or one of its columns, holds all the
            names; or else it has one row for each name, in their order.
        color: the column to color by, or several to choose from. By default every column of few values.
        projection: "umap" (PCA until UMAP is ready, computed meanwhile by another process, or taken from the
            cache) or "pca" (UMAP is computed only when it is asked for).
        k: neighbors to list; fewer if the table is smaller.
        title: of the map.
        selected: a name to start from.
        width, height: of the map, in CSS pixels.
        **umap_options: n_neighbors, min_dist, metric, seed: see `projection.umap`.

    Raises:
        ValueError: a table of fewer than two names, another projection, k below 1, or a frame that does not fit.
        KeyError: an unknown column or name.
    """
    explorer = Explorer(table, pairs, frame, color, projection, k, title, width, height, umap_options)
    if selected is not None:
        explorer.select(selected)
    return explorer


class LiveWidget(ipywidgets.VBox):
    """A widget that is also shown as a picture and words, where no kernel runs: the base of `Explorer` and its like.

    A subclass has `describe()`, what it shows in words, and `static()`, (data, metadata) of the same as a picture; it
    calls `_renew_static` when it shows something else, and draws with plotly.js: where the page has that, it hides the
    still form.
    """

    _displayed, _renewal = False, None

    def __init__(self, children):
        super().__init__(children)
        self._id = uuid.uuid4().hex[:8]
        self.add_class(f"embedviz-live-{self._id}")

    def _words(self):
        """The HTML below the picture."""
        return f"<p>{html.escape(self.describe())}</p>"

    def _renew_static(self):
        """Bring the saved form up to date; not at once, for more changes may follow."""
        if self._displayed and (loop := running_loop()):
            if self._renewal is not None:
                self._renewal.cancel()
            self._renewal = loop.call_later(2, self._show_static, update_display)

    def _show_static(self, show):
        data, metadata = self.static()
        show(data, metadata=metadata, raw=True, display_id=f"{self._id}-picture")
        text = {
            "text/html": f"{SHOW_STATIC.replace('ID', self._id)}<div class='embedviz-static-{self._id}'>{self._words()}</div>",
            "text/plain": self.describe(),
        }
        show(text, raw=True, display_id=f"{self._id}-words")

    def _ipython_display_(self):
        self._displayed = True
        self._show_static(display)
        display({**self._repr_mimebundle_(), "text/plain": "(The interactive form is here while the notebook runs.)"}, raw=True)


class Explorer(LiveWidget):
    """What `explore` returns: a widget to display, and the same as an object to program.

    Attributes:
        figure: the map as it is now, a plotly Figure, to export or to change.
        selected: the name asked about, or None.
        neighbors: DataFrame of its nearest names: name, similarity (cosine), shared (list of str, rarest first).
        projection: the one shown, "pca" or "umap".
        faithfulness: for each projection shown so far, the share of each name's 10 nearest that are also among the
            10 nearest on the map, float array of shape (n,); for big tables it comes some seconds later.
    """

    _job = None  # the UMAP that is being computed

    def __init__(self, table, pairs, frame, color, projection, k, title, width, height, umap_options):
        if len(table) < 2:
            raise ValueError(f"a table of {len(table)} names makes no map: at least 2 are needed")
        _check_projection(projection)
        if k < 1:
            raise ValueError(f"k={k!r}: at least 1 neighbor is needed")
        self.table, self.pairs, self.k = table, pairs, min(k, len(table) - 1)
        self.title = title or f"Map of {len(table):,} names"
        self.frame = align(frame, table.names)
        columns = color_columns(self.frame, color)
        self._hover = hover_texts(table.names, self.frame)
        self._pair_rows = {name: row for row, name in enumerate(pairs.items.tolist())} if pairs is not None else {}
        self._coords, self._axes, self.faithfulness, self._measured = {}, {}, {}, set()
        self._near = min(10, len(table) - 1)  # how many neighbors count for faithfulness
        self._umap_options = {"n_neighbors": min(15, len(table)), **umap_options}
        self._wanted = "pca"

        self.search_box = SearchBox(names=table.names.tolist())
        self.color_box = ipywidgets.Dropdown(
            options=columns,
            description="Color",
            style={"description_width": "42px"},
            layout={"width": "160px", "display": None if len(columns) > 1 else "none"},
        )
        self.projection_box = ipywidgets.ToggleButtons(
            options=[(label, name) for name, label in PROJECTIONS.items()], value="pca", style={"button_width": "62px"}
        )
        self.progress = ipywidgets.FloatProgress(
            min=0, max=1, style={"description_width": "initial"}, layout={"width": "230px", "display": "none"}
        )
        self.map = LiveMap(self.title, (width, height), lambda row: self.select(str(table.names[row])))
        self.panel = Panel()
        search_view, map_view = SearchBoxView(self.search_box), LiveMapView(self.map)
        beside = {"flex": "1 1 270px", "width": "270px", "max_height": f"{height}px", "overflow": "auto"}
        panel_view = PanelView(self.panel, layout=beside)
        self.note = ipywidgets.HTML()
        self._add_projection("pca", pca(table.vectors))
        self.projection, self.selected, self.neighbors = "pca", None, None
        self._draw()
        self.select(None)

        self.search_box.observe(lambda change: self.search(change["new"]), "value")
        self.color_box.observe(lambda change: self._draw(), "value")
        self.projection_box.observe(lambda change: self.show_projection(change["new"]), "value")
        self.panel.on_msg(lambda panel, message, buffers: self.search(message["name"]))
        row = ipywidgets.Layout(flex_flow="row wrap")
        super().__init__(
            [
                ipywidgets.HBox([search_view, self.color_box, self.projection_box, self.progress], layout=row),
                ipywidgets.HBox([map_view, panel_view], layout=row),
                self.note,
            ]
        )
        if projection == "umap":
            self.show_projection("umap")

    # To ask: by hand through the widgets, by program through these.

    def search(self, text: str) -> None:
        """Select the name that `text` is, but for case and spaces; if there is none, suggest some."""
        text = text.strip()
        if text == (self.selected or ""):
            self._list()
            return
        close = [text] if text in self.table else self.table.suggest(text, 8)
        if not text or close and close[0].casefold() == text.casefold():
            self.select(close[0] if text else None)
            return
        self.panel.html = suggestion_list(
            f"“{text}” is not on the map." + (" Did you mean:" if close else " Try another spelling."), close
        )

    def select(self, name: str | None) -> pd.DataFrame:
        """Light up a name and its nearest neighbors in the original space, and list them; None clears.

        Raises:
            KeyError: an unknown name; the message suggests close spellings.
        """
        if name is None:
            found = pd.DataFrame({"name": [], "similarity": [], "shared": []})
        else:
            found = self._neighbors(name)
            found["shared"] = [self.shared(name, other) for other in found["name"]]
        self.selected, self.neighbors = name, found
        self.search_box.value = name or ""
        self._list()
        self._light()
        return found

    def _neighbors(self, name):
        return nearest(self.table, name, self.k)

    def shared(self, one: str, other: str) -> list[str]:
        """The contexts that two names share in `pairs`, rarest first; empty without pairs."""
        if one not in self._pair_rows or other not in self._pair_rows:
            return []
        matrix = self.pairs.matrix
        a, b = (
            matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]] for row in (self._pair_rows[one], self._pair_rows[other])
        )
        both = np.intersect1d(a, b)
        return self.pairs.contexts[both[np.argsort(self.pairs.context_frequency[both], kind="stable")]].tolist()

    def show_projection(self, name: str) -> None:
        """Show "pca" or "umap". If UMAP is not computed yet, that starts, and the map changes when it is ready."""
        _check_projection(name)
        self._wanted = name
        if name in self._coords:
            if self.projection != name:
                self.projection = name
                self._draw()
            self.projection_box.value = name
        elif self._job is None:
            self._job = background_umap(self.table.vectors, **self._umap_options)
            self._watch()

    def wait(self) -> "Explorer":
        """Wait for UMAP and show it; for scripts, and where a picture must be complete. Returns the explorer."""
        self.show_projection("umap")
        if self._job is not None:
            self._finish()
        return self

    def close(self) -> None:
        """Give up what is still being computed, and the widget."""
        if self._job is not None:
            self._job.cancel()
        super().close()

    # UMAP runs in another process. The kernel's event loop looks after it, so only the main thread touches widgets.

    def _watch(self):
        if self._job is None:
            return
        if self._job.done:
            self._finish()
            return
        self.progress.description, self.progress.value = f"UMAP: {self._job.stage}", self._job.progress
        self.progress.layout.display = None
        if loop := running_loop():  # a script has none, and calls wait()
            loop.call_later(0.3, self._watch)

    def _finish(self):
        job, self._job = self._job, None
        try:
            self._add_projection("umap", job.result())
        except Exception as error:  # the map stays as it is, and says what happened
            self.note.value = f"<p role='alert'>UMAP could not be computed: {html.escape(str(error))}</p>"
            self.projection_box.value = self.projection
        else:
            self.show_projection(self._wanted)
        finally:
            self.progress.layout.display = "none"

    def _add_projection(self, name, coords):
        self._coords[name], self._axes[name] = coords, [f"{PROJECTIONS[name]} 1", f"{PROJECTIONS[name]} 2"]
        if name == "pca":
            shares = coords.var(axis=0) / max(self.table.vectors.var(axis=0).sum(), 1e-12)
            self._axes[name] = [f"{axis} ({share:.0%} of the variance)" for axis, share in zip(self._axes[name], shares)]

    def _measure(self, name):
        """Compute faithfulness: seconds for 17,000 names, so on a thread if there is a loop that brings the result back."""

        def take(result):
            self.faithfulness[name] = result
            if self.projection == name:
                self._draw()

        self._measured.add(name)
        arguments = self.table.vectors, self._coords[name], self._near
        if loop := running_loop():
            loop.run_in_executor(None, faithfulness, *arguments).add_done_callback(lambda future: take(future.result()))
        else:
            take(faithfulness(*arguments))

    # To draw.

    @property
    def figure(self) -> go.Figure:
        return self.map.figure

    def _draw(self):
        self.groups = group(self.frame[self.color_box.value] if self.color_box.value else None, len(self.table))
        texts, trust = self._hover, ""
        if self.projection in self.faithfulness:
            kept = np.rint(self.faithfulness[self.projection] * self._near).astype(int)
            texts = [f"{text}<br><i>{n} of its {self._near} nearest are near it here</i>" for text, n in zip(texts, kept)]
            name = PROJECTIONS[self.projection]
            trust = f"{name} keeps {kept.mean():.1f} of a name’s {self._near} nearest neighbors near it, on average. "
        self.note.value = f"<p style='margin: 0'>{trust}The list is exact: cosine, in all {self.table.dim} dimensions.</p>"
        with self.map.hold_sync():
            self.map.show(self._coords[self.projection], self._axes[self.projection], self.groups, np.array(texts, dtype=object))
            self._light()
        if self.projection not in self._measured:
            self._measure(self.projection)

    def _light(self):
        names = [] if self.selected is None else [self.selected, *self.neighbors["name"]]
        self._lit = [self.table.number(name) for name in names]
        self.map.light(self._lit, names)
        self._renew_static()

    def _list(self):
        self.panel.html = self._listing()

    def _listing(self):
        hint = "<p>Search for a name, or click on a point, to see its nearest neighbors.</p>"
        return hint if self.selected is None else self._table(buttons=True)

    def _table(self, buttons):
        rows = []
        for name, similarity, links in self.neighbors.itertuples(index=False):
            more = f" + {len(links) - LINKS_SHOWN} more" if len(links) > LINKS_SHOWN else ""
            rows.append(
                (name, f"{similarity:.2f}", (", ".join(links[:LINKS_SHOWN]) or "none") + more if self.pairs is not None else None)
            )
        return neighbor_table(f"Nearest to {self.selected}", rows, buttons)

    # The still form, for where there is no kernel.

    def describe(self) -> str:
        """What the map shows, in words."""
        text = f"{self.title}: {PROJECTIONS[self.projection]} of {len(self.table):,} vectors of {self.table.dim} dimensions."
        if self.color_box.value:
            parts = ", ".join(f"{label} {count:,}" for label, count in zip(self.groups.labels, self.groups.counts))
            text += f" Color shows {self.color_box.value}: {parts}."
        if self.selected is not None:
            text += f" Lit: {self.selected} and its nearest neighbors, {', '.join(self.neighbors['name'])}."
        return text

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of the map as a still picture: image/png, with its description as alt text and text/plain."""
        figure = figures.map_figure(
            self._coords[self.projection],
            self.groups,
            self.title,
            self._axes[self.projection],
            self._lit,
            self.table.names,
            self.color_box.value or "",
        )
        return figures.png_bundle(figure, self.describe())

    def _words(self):
        return super()._words() if self.selected is None else self._table(buttons=False)


class TrainingCurve:
    """A callback for `training.fit` that draws loss and validation after each epoch, in one output of the cell.

    Each drawing is a whole picture that replaces the one before, so the saved notebook holds the last.

    Args:
        loss_label: name and unit of the loss.
    """

    def __init__(self, loss_label: str = "training loss (nats)"):
        self.loss_label, self.figure, self._handle = loss_label, None, None

    def __call__(self, model, history) -> None:
        self.figure = figures.curve_figure(history.frame, self.loss_label)
        if get_ipython() is None:  # a script has nowhere to show it
            return
        shown = history.frame.drop(columns=["seconds", "words_per_second"], errors="ignore").iloc[-1]
        values = ", ".join(f"{key} {value:.3f}" for key, value in shown.items())
        data, metadata = figures.png_bundle(self.figure, f"Training curve after {history.epochs} epochs: {values}.")
        if self._handle is None or history.epochs == 1:  # a run that starts anew gets a picture of its own
            self._handle = display(data, metadata=metadata, raw=True, display_id=True)
        else:
            self._handle.update(data, metadata=metadata, raw=True)


def _check_projection(name):
    if name not in PROJECTIONS:
        raise ValueError(f"projection={name!r}: it must be 'umap' or 'pca'")


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The kernel's event loop; None in a script, which has none."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
