"""`compare_maps`: two embeddings of the same names side by side; what is selected in one lights up in both."""

import html
from collections.abc import Hashable, Mapping

import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from embedviz.base.facts import align
from embedviz.inputs.pairs import Pairs
from embedviz.space.neighbors import top_k
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget, closed_on_error, lay_out
from embedviz.widgets.explorer import Explorer
from embedviz.widgets.look import color_columns
from embedviz.widgets.parts import side_by_side_table, trait_table
from embedviz.widgets.still import DPI

COMMON = "neighbors in common"


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


class _Half(Explorer):
    """One of the two maps: what it lights up is listed by both together."""

    def _list(self):
        self.owner.show_list()


class LinkedMaps(LiveWidget):
    """What `compare_maps` returns: a widget to display, and the same as an object to program.

    Attributes:
        explorers: the two, `Explorer`.
        common: how many of each name's k nearest are the same in both, int array of shape (n,).
        selected: the name asked about, or None.
    """

    explorers = ()

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
        (self._left, left), (self._right, right) = tables.items()
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
            _Half(table, pairs, frame, title=title, **options) for title, table in zip((self._left, self._right), pair)
        ]
        one, other = self.explorers
        self.panel, self.note = one.panel, ipywidgets.HTML()
        self._following = False
        for explorer in self.explorers:
            explorer.follow(self._follow)
        for box in ("color_box", "size_box", "projection_box", "dim_box"):
            ipywidgets.link((getattr(one, box), "value"), (getattr(other, box), "value"))
        for box in (one.umap_row, one.direction_row, one.distortion_box, one.size_box):  # each map would need its own
            box.layout.display = "none"
        one.dim_box.layout.display = None if min(min(table.vectors.shape) for table in pair) > 2 else "none"
        one.projection_box.options = other.projection_box.options = [("PCA", "pca"), ("UMAP", "umap")]
        lay_out(one.panel_view, flex="1 1 300px", width=None, max_height="330px")
        row = {"flex_flow": "row wrap", "align_items": "flex-start"}
        progress = [explorer.progress for explorer in self.explorers]
        one.controls.children = [*one.controls.children[:-1], *progress]
        maps = [
            ipywidgets.VBox([explorer.map_view, explorer.note], layout={"width": f"{width}px"})
            for explorer in self.explorers
        ]
        super().__init__([one.controls, ipywidgets.HBox(maps, layout=row), one.panel_view, self.note])
        of = f"{self.common.mean():.1f} of a name’s {k} nearest are the same in both"
        of += f", on average of {len(names):,} names."
        if left_out := len(left) + len(right) - 2 * len(names):
            of += f" {left_out:,} that only one has are left out."
        self.note.value = f"<p style='margin: 0'>{html.escape(of)}</p>"
        self.show_list()

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

    def close(self) -> None:
        """Give up what is still being computed, and the widget."""
        for explorer in self.explorers:
            explorer.close()
        super().close()

    def _follow(self, told):
        if self._following:
            return
        self._following = True
        try:
            [other] = [explorer for explorer in self.explorers if explorer is not told]
            other.choose(told.chosen) if told.chosen else other.select(told.selected)
        finally:
            self._following = False
        self.show_list()
        self.renew_static()

    def show_list(self) -> None:
        """List what both maps show; not while one has been told what to show, and the other is going to be."""
        if not self.explorers:
            return
        one, other = self.explorers
        if one.selected != other.selected or one.chosen != other.chosen:
            return
        if one.chosen:
            self.panel.html = trait_table(f"What these {len(one.chosen):,} share", one.shared_traits, one.chosen)
        elif one.selected is None:
            self.panel.html = (
                "<p>Search for a name, or click on a point in either map, to see its nearest neighbors in both.</p>"
            )
        else:
            self.panel.html = self._table(buttons=True)

    def _table(self, buttons):
        lists = [list(zip(explorer.neighbors["name"], explorer.neighbors["similarity"])) for explorer in self.explorers]
        common = len(set(dict(lists[0])) & set(dict(lists[1])))
        caption = f"Nearest to {self.selected}: {common} of {len(lists[0])} in common"
        return side_by_side_table(caption, (self._left, self._right), lists, buttons)

    # The still form.

    def describe(self) -> str:
        """What the two maps show, in words."""
        return " ".join(f"{side}: {explorer.describe()}" for side, explorer in zip(("Left", "Right"), self.explorers))

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of the two maps as a still picture, with their description."""
        figure = Figure(figsize=(11.5, 4.6), dpi=DPI)
        for left, explorer, legend in zip((0.055, 0.465), self.explorers, (None, self.explorers[1].color_box.value)):
            still.draw_map(
                figure.add_axes((left, 0.12, 0.35, 0.8)),
                explorer.map.placed[:, :2],
                explorer.groups,
                explorer.title,
                explorer.map.view["axes"][:2],
                explorer.lit,
                explorer.table.names,
                legend,
            )
        return still.png_bundle(figure, self.describe())

    def _words(self):
        return super()._words() if self.selected is None else self._table(buttons=False)
