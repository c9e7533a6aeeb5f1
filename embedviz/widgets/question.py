"""What is asked of an explorer: traits that the page, a program and a hand change alike, and what follows from each."""

from collections.abc import Hashable, Sequence

import pandas as pd
import traitlets
from ipywidgets import Widget, widget_serialization

from embedviz.base.names import as_name
from embedviz.space.epochs import EpochMaps
from embedviz.space.projection import checked_request
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import payload
from embedviz.widgets.answers import ALIKE, KEPT, Answers
from embedviz.widgets.base import LiveWidget
from embedviz.widgets.umap_maps import UmapMaps

PROJECTIONS = {"pca": "PCA", "umap": "UMAP", "direction": "Direction"}


class Question(LiveWidget):
    """The traits of an `Explorer`, see there. It sets the next three before it calls `super().__init__`."""

    _maps: EpochMaps
    _answers: Answers
    _umaps: UmapMaps | None = None  # of one that came to nothing

    selected = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    chosen = traitlets.List(traitlets.Unicode()).tag(sync=True)
    projection = traitlets.Enum(list(PROJECTIONS), "pca").tag(sync=True)
    epoch = traitlets.Int(None, allow_none=True).tag(sync=True)
    color = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    size = traitlets.Unicode(ALIKE).tag(sync=True)
    dim = traitlets.Enum([2, 3], 2).tag(sync=True)
    umap = traitlets.Dict().tag(sync=True)
    ends = traitlets.List(traitlets.Unicode(), ["", ""], minlen=2, maxlen=2).tag(sync=True)
    distorted = traitlets.Bool(False).tag(sync=True)
    # What the page is given.
    data = traitlets.Dict().tag(sync=True)  # of bytes, see payload.py; it stays
    tables = traitlets.List(traitlets.Instance(Widget)).tag(sync=True, **widget_serialization)
    begun = traitlets.Int(1).tag(sync=True)  # tables there from the start; the others are turned, one by one
    umaps = traitlets.Dict().tag(sync=True)  # key → float32 (n, dim)
    progress = traitlets.Dict().tag(sync=True)  # of the UMAP that is being computed
    hold = traitlets.Bool(False).tag(sync=True)  # something else needs the processor: nothing is measured
    hide = traitlets.List(traitlets.Unicode()).tag(sync=True)  # controls that are not shown

    # What a program may set: a wrong value is refused, and what follows from a change is changed with it.

    @traitlets.validate("selected", "chosen", "epoch", "color", "size", "umap")
    def _validate(self, proposal):
        value, trait = proposal["value"], proposal["trait"].name
        if value is None:
            return None
        try:
            if trait == "selected":
                return self._name(value)
            if trait == "chosen":
                return self._names(value)
            if trait == "umap":
                return self._checked_umap(value)
        except (KeyError, ValueError) as error:
            raise traitlets.TraitError(error.args[0]) from error
        colors, sizes = [*self._answers.colors, KEPT], [ALIKE, *self._answers.sizes]
        known = {"epoch": self.epochs, "color": colors, "size": sizes}[trait]
        if value not in known:
            wanted = f"it must be one of {known}" if known else "there are no epochs, it must be None"
            raise traitlets.TraitError(f"{trait}={value!r}: {wanted}")
        return value

    @traitlets.observe("selected", "chosen", "projection", "epoch", "umap", "dim")
    def _follow(self, change):
        """A name or a lasso; UMAP is of the last epoch; and where it is wanted, it is computed."""
        if change["name"] == "selected":
            if self.selected is not None:
                self.chosen = []
        elif change["name"] == "chosen":
            if self.chosen:
                self.selected = None
        elif change["name"] == "epoch" and self.epoch is None and self.epochs:
            self.epoch = self.epochs[-1]
        elif change["name"] == "epoch" and self._at != self._maps.last and self.projection == "umap":
            self.projection = "pca"
        elif self.projection == "umap":
            if self.epochs:
                self.epoch = self.epochs[-1]
            self._want_umap()

    def notify_change(self, change):
        """Tell the page of a change together with what follows from it: in between it would hold what cannot be."""
        with self.changing():
            super().notify_change(change)

    def _want_umap(self):
        self._umaps.want(self.table.vectors, self.dim, self.umap)

    def _checked_umap(self, settings):
        """Settings of UMAP as JSON takes them; raises ValueError."""
        names = ("n_neighbors", "min_dist", "metric")
        if settings.keys() != set(names):
            raise ValueError(f"umap={settings!r}: it must have {', '.join(names)}, and nothing else")
        checked = checked_request(self._maps.tables[-1].vectors, dim=1, **settings)
        return {name: checked[name] for name in names} | {"min_dist": round(checked["min_dist"], 6)}  # see key_of

    @traitlets.observe("selected", "chosen", "projection", "epoch", "color", "dim", "umaps", "ends", "distorted")
    def _renew(self, change):
        self.renew_static()

    def _take_umaps(self):
        with self.changing():
            self.progress = self._umaps.progress
            if self.umaps.keys() != self._umaps.ready.keys():
                self.umaps = {key: place.tobytes() for key, place in self._umaps.ready.items()}

    def select(self, name: Hashable | None) -> pd.DataFrame:
        """Light up a name and its nearest neighbors in the original space, and list them; None clears, a lasso too.

        Returns:
            `neighbors`.

        Raises:
            KeyError: an unknown name; the message suggests close spellings.
        """
        with self.changing():
            self.selected, self.chosen = None if name is None else self._name(name), []
        return self.neighbors

    def choose(self, names: Sequence[Hashable]) -> pd.DataFrame | None:
        """Show what some names share that others have not, as a lasso around them does; returns `shared_traits`.

        Raises:
            KeyError: an unknown name.
        """
        with self.changing():
            self.chosen, self.selected = self._names(names), None
        return self.shared_traits

    def show_projection(self, name: str) -> None:
        """Show "pca", "umap" or "direction".

        If UMAP is not computed yet, that starts, and the map changes when it is ready.

        Raises:
            ValueError: another projection.
        """
        check_projection(name)
        with self.changing():
            self.projection = name
            if name == "umap":
                self._want_umap()  # again, if it has failed before

    def show_direction(self, start: str, end: str) -> None:
        """Show the map whose first axis leads from `start` (at 0) to `end` (at 1).

        Args:
            start, end: a name, or several, divided by commas: then it is their mean.

        Raises:
            KeyError: an unknown name; the message suggests close spellings.
            ValueError: both are at the same place.
        """
        self._answers.place(self._at, 1, (start, end))  # raises
        with self.changing():
            self.ends, self.projection = [start, end], "direction"

    def show_epoch(self, epoch: int) -> None:
        """Show the embedding as it was after an epoch.

        Raises:
            ValueError: there is no snapshot of it.
        """
        if epoch not in self.epochs:
            raise ValueError(f"epoch={epoch!r}: there are snapshots of {', '.join(map(str, self.epochs)) or 'none'}")
        self.epoch = self.epochs[self.epochs.index(epoch)]  # an int, whatever kind of number it was

    def add_snapshot(self, epoch: int, table: EmbeddingTable) -> None:
        """Add the embedding as it is after one more epoch; it is shown if the one before was.

        Raises:
            ValueError: a table of other names or dimensions.
        """
        with self.changing():
            follow = self._at == self._maps.last
            self._maps.append(epoch, table)
            self._umaps.forget()  # they are of what was the last epoch
            self._add_tables()
            if follow:
                self.epoch = self.epochs[-1]

    def start_over(self, table: EmbeddingTable) -> None:
        """Show this table alone, of the same names and dimensions, as if no snapshot had been added; the settings stay.

        Raises:
            ValueError: a table of other names or dimensions.
        """
        with self.changing():
            self._maps.start_over(table)
            self._umaps.forget()
            self.epoch = None
            self._add_tables()
            if self.projection == "umap":
                self._want_umap()

    def wait(self) -> "Question":
        """Wait for UMAP and show it; for scripts, and where a picture must be complete. Returns the explorer."""
        self.show_projection("umap")
        self._umaps.wait()
        return self

    def settle(self) -> None:
        """Wait for the UMAP that is being computed, if the map shows it."""
        if self.projection == "umap":
            self._umaps.wait()

    def close(self) -> None:
        """Give up what is still being computed, and the widget."""
        if self._umaps is not None:
            self._umaps.give_up()
        for table in self.tables:
            table.close()
        super().close()

    def _add_tables(self):
        """Give the page the tables that it does not have, and take from it those that are no more."""
        known = {id(one.table): one for one in self.tables}
        tables = []
        for table, epoch in zip(self._maps.tables, self.epochs or [None]):
            tables.append(known.pop(id(table), None) or payload.Table(table, epoch))
            tables[-1].epoch = epoch  # the first has one only since there is a second
        self.begun, self.tables = self._maps.begun, tables
        for gone in known.values():
            gone.close()

    def _name(self, key):
        """The name that a key is, as the table has it."""
        return str(self.table.names[self.table.number(as_name(key))])

    def _names(self, keys):
        """The names that keys are, each once."""
        return list(dict.fromkeys(map(self._name, keys)))

    @property
    def epochs(self) -> list[int]:
        return self._maps.epochs

    @property
    def _at(self):
        return self.epochs.index(self.epoch) if self.epoch in self.epochs else self._maps.last

    @property
    def table(self) -> EmbeddingTable:
        return self._maps.tables[self._at]


def check_projection(name: str) -> None:
    """Refuse a projection that there is not."""
    if name not in PROJECTIONS:
        raise ValueError(f"projection={name!r}: it must be 'umap', 'pca' or 'direction'")
