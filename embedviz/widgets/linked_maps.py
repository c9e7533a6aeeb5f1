"""`compare_maps`: two embeddings of the same names side by side; what is selected in one lights up in both."""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
import traitlets
from ipywidgets import widget_serialization
from matplotlib.figure import Figure

from embedviz.base.facts import align
from embedviz.inputs.pairs import Pairs
from embedviz.space.neighbors import top_k
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget, ModuleView, closed_on_error
from embedviz.widgets.explorer import Explorer
from embedviz.widgets.look import color_columns
from embedviz.widgets.still import DPI
from embedviz.widgets.still_tables import side_by_side_table

COMMON = "neighbors in common"
LINKED = ("selected", "chosen", "color", "size", "projection", "dim")  # what both explorers have alike
HIDDEN = ("size", "distorted", "direction", "settings")  # controls that each map would need for itself


def compare_maps(
    tables: Mapping[str, EmbeddingTable],
    pairs: Pairs | None = None,
    frame: pd.DataFrame | None = None,
    *,
    color: Hashable | list[Hashable] | None = None,
    k: int = 10,
    selected: Hashable | None = None,
    width: int = 395,
    height: int = 390,
) -> "LinkedMaps":
    """Two maps that are asked as one: does the other embedding see the same neighbors?

    Args:
        tables: two, by what they are called. Names that only one of them has are left out of both.
        pairs, frame, color, k, selected: as `explorer.explore` takes them. Another color is how many of a name's k
            nearest are the same in both.
        width, height: of each map, in CSS pixels.

    Raises:
        ValueError: not two tables, or fewer than two names in common; and what `explore` raises.
        KeyError: an unknown column or name.
    """
    linked = LinkedMaps(tables, pairs, frame, color=color, k=k, width=width, height=height)
    if selected is not None:
        with closed_on_error(linked):
            linked.select(selected)
    return linked


class LinkedMapsView(ModuleView):
    entry = "linked/main.js"


class LinkedMaps(LiveWidget):
    """What `compare_maps` returns: a widget to display, and the same as an object to program.

    Attributes:
        explorers: the two, `Explorer`; what is selected, chosen or shown in one is so in the other.
        common: how many of each name's k nearest are the same in both, int array of shape (n,).
        selected: the name asked about, or None.
    """

    entry = "linked/main.js"

    explorers = ()  # of one that came to nothing

    sides = traitlets.List(traitlets.Instance(Explorer)).tag(sync=True, **widget_serialization)
    titles = traitlets.List(traitlets.Unicode()).tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    hide = traitlets.List(traitlets.Unicode(), list(HIDDEN)).tag(sync=True)

    def __init__(
        self,
        tables: Mapping[str, EmbeddingTable],
        pairs: Pairs | None = None,
        frame: pd.DataFrame | None = None,
        *,
        color: Hashable | list[Hashable] | None = None,
        k: int = 10,
        width: int = 395,
        height: int = 390,
    ):
        if len(tables) != 2:
            raise ValueError(f"{len(tables)} tables: two are compared")
        self._names, (left, right) = [str(name) for name in tables], tables.values()
        names = [name for name in left.names.tolist() if name in right]
        if len(names) < 2:
            raise ValueError(
                f"{len(names)} names are in both tables, of {len(left)} and {len(right)}: at least 2 are needed"
            )
        pair = [left.subset(names), right.subset(names)]
        k = min(k, len(names) - 1)
        if k < 1:
            raise ValueError(f"k={k!r}: at least 1 neighbor is needed")
        near = [top_k(table.vectors, k=k)[0] for table in pair]
        number = np.arange(len(names))[:, None] * len(names)
        self.common = np.isin(number + near[0], number + near[1]).sum(axis=1)
        frame = align(frame, pair[0].names)
        color = None if color is None else [*color_columns(frame, color), COMMON]
        frame = frame.assign(**{COMMON: self.common})
        options = {"color": color, "k": k, "width": width, "height": height, "owner": self}
        self.explorers = [
            Explorer(table, pairs, frame, title=title, **options) for title, table in zip(self._names, pair)
        ]
        for trait in LINKED:
            traitlets.link(*((explorer, trait) for explorer in self.explorers))
        note = f"{self.common.mean():.1f} of a name’s {k} nearest are the same in both"
        note += f", on average of {len(names):,} names."
        if left_out := len(left) + len(right) - 2 * len(names):
            note += f" {left_out:,} that only one has are left out."
        super().__init__([])
        with self.changing():
            self.sides, self.titles, self.note = self.explorers, self._names, note
        self.children = [LinkedMapsView(self)]

    @property
    def selected(self) -> str | None:
        return self.explorers[0].selected

    def select(self, name: Hashable | None) -> None:
        """Light up a name and its nearest neighbors in both maps; None clears.

        Raises:
            KeyError: an unknown name; the message suggests close spellings.
        """
        self.explorers[0].select(name)

    def wait(self) -> "LinkedMaps":
        """Wait for both UMAPs and show them; for scripts. Returns the maps."""
        for explorer in self.explorers:
            explorer.wait()
        return self

    def settle(self) -> None:
        """Wait for the UMAPs that are being computed, if the maps show them."""
        for explorer in self.explorers:
            explorer.settle()

    def close(self) -> None:
        """Give up what is still being computed, and the widget."""
        for explorer in self.explorers:
            explorer.close()
        super().close()

    def page_values(self) -> dict:
        """What the page of `to_html` holds."""
        return super().page_values() | {"sides": [{"$widget": explorer.page_values()} for explorer in self.explorers]}

    def page_title(self) -> str:
        """Of the page of `to_html`."""
        return " and ".join(self._names)

    # The still form.

    def describe(self) -> str:
        """What the two maps show, in words."""
        return " ".join(f"{side}: {explorer.describe()}" for side, explorer in zip(("Left", "Right"), self.explorers))

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of the two maps as a still picture, with their description."""
        figure = Figure(figsize=(11.5, 4.6), dpi=DPI)
        for left, explorer, legend in zip((0.055, 0.455), self.explorers, (None, self.explorers[1].color)):
            still.draw_map(figure.add_axes((left, 0.12, 0.335, 0.8)), **explorer.picture() | {"legend": legend})
        return still.png_bundle(figure, self.describe())

    def _words(self):
        return super()._words() if self.selected is None else self._table()

    def _table(self):
        lists = [list(zip(explorer.neighbors["name"], explorer.neighbors["similarity"])) for explorer in self.explorers]
        common = len(set(dict(lists[0])) & set(dict(lists[1])))
        caption = f"Nearest to {self.selected}: {common} of {len(lists[0])} in common"
        return side_by_side_table(caption, self._names, lists)
