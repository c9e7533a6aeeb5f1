"""Airports twice, linked: where they are, and where an embedding has put them."""

import html
from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from embedviz.base.facts import check_columns
from embedviz.base.names import as_name, as_names, is_missing
from embedviz.datasets.flights import great_circle_km
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import still
from embedviz.widgets.base import closed_on_error, lay_out
from embedviz.widgets.explorer import Explorer
from embedviz.widgets.look import hover_texts
from embedviz.widgets.map import LiveMap, LiveMapView
from embedviz.widgets.parts import neighbor_table, suggestion_list
from embedviz.widgets.still import DPI

DEGREES = ("longitude (° east)", "latitude (° north)")


HOME_COLOR = "#D55E00"


LEFT_TITLE = "Where the airports are"


def airport_map(
    table: EmbeddingTable,
    airports: pd.DataFrame,
    *,
    home: Sequence[Hashable] = ("JFK", "EWR", "LGA"),
    k: int = 5,
    selected: Hashable | None = None,
    width: int = 395,
    height: int = 370,
) -> "AirportMap":
    """A widget: the airports on the globe, and beside it a projection of their vectors; a name lights up in both.

    Args:
        table: the vectors, named by the airports' codes.
        airports: a row an airport, with the columns faa (the code), name, lat, lon (degrees); others are ignored. An
            airport of the table that is not here is on the right only.
        home: codes of the airports that all flights leave from, marked on the left; distances are from the first.
        k: neighbors to list; fewer if the table is smaller.
        selected: a code to start from.
        width, height: of each map, in CSS pixels.

    Raises:
        KeyError: a missing column, or home that is not among the airports, or an unknown code.
        ValueError: a table of fewer than two names, no home, k below 1, or no airport of the table has coordinates.
    """
    found = AirportMap(table, airports, home=home, k=k, width=width, height=height)
    if selected is not None:
        with closed_on_error(found):
            found.select(selected)
    return found


class AirportMap(Explorer):
    """What `airport_map` returns: an `Explorer` whose map has the real one beside it.

    Attributes:
        neighbors: DataFrame of the nearest to the selected airport by cosine: name (code), similarity, shared (empty
            lists), km.
        globe: the left map.
        missing: codes of the table without coordinates.
    """

    def __init__(
        self,
        table: EmbeddingTable,
        airports: pd.DataFrame,
        *,
        home: Sequence[Hashable] = ("JFK", "EWR", "LGA"),
        k: int = 5,
        width: int = 395,
        height: int = 370,
    ):
        check_columns(airports, "faa", "name", "lat", "lon")
        home = [as_name(code) for code in ([home] if isinstance(home, str) else home)]
        if not home:
            raise ValueError("home is empty: at least one airport is needed to measure from")
        known = airports.assign(faa=as_names(airports["faa"], missing="keep"))
        known = known.dropna(subset="faa").drop_duplicates("faa").set_index("faa")
        for code in home:
            if code not in known.index:
                raise KeyError(f"home {code!r} is not among the {len(known)} airports")
        places = known.reindex(table.names)
        self._places = places[["lon", "lat"]].to_numpy(dtype=float)
        self.missing = table.names[np.isnan(self._places).any(axis=1)].tolist()
        if len(self.missing) == len(table):
            raise ValueError(
                f"none of the {len(table)} names, such as {str(table.names[0])!r}, is an airport with coordinates"
            )
        self._from, self._home = f"km from {home[0]}", home
        km = great_circle_km(*known.loc[home[0], ["lat", "lon"]], self._places[:, 1], self._places[:, 0])
        unknown = "(not in the list of airports)"
        self.full_names = [unknown if is_missing(name) else str(name) for name in places["name"].tolist()]
        facts = pd.DataFrame(
            {"airport": self.full_names, **dict(zip(DEGREES, self._places.T.round(1))), self._from: km.round()},
            table.names,
        )
        self._marks = known.loc[self._home, ["lon", "lat"]].to_numpy(dtype=float)
        self.globe = LiveMap(
            LEFT_TITLE, (width, height), table.names.tolist(), hover_texts(table.names, facts), self._clicked
        )
        names = [", ".join(self._home)] + [""] * (len(self._home) - 1)
        self.globe.marks = [
            {"x": x, "y": y, "text": text, "color": HOME_COLOR} for (x, y), text in zip(self._marks.tolist(), names)
        ]
        self.globe.show(self._places, DEGREES, suffix="°")
        super().__init__(
            table,
            frame=facts,
            color=[self._from, *DEGREES],
            k=k,
            title="Where training has put them",
            width=width,
            height=height,
        )
        for one in (self.globe, self.map):
            one.watch(self.preview)
        self.search_box.names = [_full(code, name) for code, name in zip(table.names.tolist(), self.full_names)]
        lay_out(self.panel_view, flex="1 1 250px", width="250px", max_height=f"{height}px")
        self.body.children = [LiveMapView(self.globe), self.map_view, self.panel_view]
        for box in (self.size_box, self.dim_box, self.distortion_box):  # what another chapter is about
            box.layout.display = "none"

    # To ask.

    def search(self, text: str) -> None:
        """Select the airport whose code, or "code name", `text` is, or the only one that it fits; else suggest some."""
        codes = {_full(code, name).casefold(): code for code, name in zip(self.table.names.tolist(), self.full_names)}
        text = codes.get(text.strip().casefold(), text.strip())
        fits = [code for full, code in codes.items() if text.casefold() in full]
        exact = text in self.table or text.upper() in self.table
        if not text or exact or not fits:
            super().search(text)
        elif len(fits) == 1:
            self.select(fits[0])
        else:
            full = [_full(code, self.full_names[self.table.number(code)]) for code in fits[:12]]
            self.panel.html = suggestion_list(f"{len(fits)} airports fit “{text}”:", full)

    def preview(self, row: int | None) -> None:
        """Light up and list what is near the airport of this row, as long as the pointer is on it.

        None: as it was selected.
        """
        if row is None:
            lit, self.panel.html = self.lit, self._listing()
        else:
            name = str(self.table.names[row])
            found = self._neighbors(name)
            lit, self.panel.html = [row, *map(self.table.number, found["name"])], self._rows(name, found, buttons=True)
        self.map.light(lit)
        self.globe.light(lit)

    def _neighbors(self, name):
        found = nearest(self.table, name, self.k)
        lon, lat = self._places[self.table.number(name)]
        others = self._places[[self.table.number(one) for one in found["name"]]]
        return found.assign(km=great_circle_km(lat, lon, others[:, 1], others[:, 0]))

    # To draw.

    def _say(self):
        super()._say()
        lost = f" Not on the left, for want of coordinates: {', '.join(self.missing)}." if self.missing else ""
        note = f"Diamonds: {', '.join(self._home)}, where the flights start.{lost}"
        self.note.value += f"<p style='margin: 0'>{html.escape(note)}</p>"

    def _paint(self):
        super()._paint()
        self.globe.paint(self.groups)

    def _light(self):
        super()._light()
        self.globe.light(self.lit)

    def _table(self, buttons):
        return self._rows(self.selected, self.neighbors, buttons)

    def _rows(self, name, found, buttons):
        rows = []
        for one, similarity, km in found[["name", "similarity", "km"]].itertuples(index=False):
            distance = "unknown" if np.isnan(km) else f"{km:,.0f}"
            rows.append((one, self.full_names[self.table.number(one)], f"{similarity:.2f}", distance, None))
        caption = f"Nearest to {_full(name, self.full_names[self.table.number(name)])}"
        return neighbor_table(caption, rows, buttons, ("Airport", "Cosine", "Distance (km)"))

    # The still form.

    def describe(self) -> str:
        """What the two maps show, in words."""
        there = len(self.table) - len(self.missing)
        return f"Left: {there} airports by longitude and latitude. Right: {super().describe()}"

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of the two maps as a still picture, with their description."""
        figure = Figure(figsize=(11.5, 4.6), dpi=DPI)
        left, right = figure.add_axes((0.055, 0.12, 0.37, 0.8)), figure.add_axes((0.5, 0.12, 0.355, 0.8))
        lit, names = self.lit, self.table.names
        still.draw_map(left, self._places, self.groups, LEFT_TITLE, DEGREES, lit, names)
        left.plot(*self._marks.T, "D", color=HOME_COLOR, mfc="none", ms=6)
        axes = self._axis_titles()[:2]
        still.draw_map(right, self.map.placed[:, :2], self.groups, self.title, axes, lit, names, self.color_box.value)
        return still.png_bundle(figure, self.describe())


def _full(code, name):
    return f"{code} {name}"
