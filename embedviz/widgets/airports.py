"""Airports twice, linked: where they are, and where an embedding has put them."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
import traitlets
from matplotlib.figure import Figure

from embedviz.base.facts import check_columns
from embedviz.base.names import as_name, as_names, is_missing
from embedviz.datasets.flights import great_circle_km
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import payload, still
from embedviz.widgets.base import ModuleView, closed_on_error
from embedviz.widgets.explorer import Explorer
from embedviz.widgets.still import DPI
from embedviz.widgets.still_tables import neighbor_table

DEGREES = ("longitude (° east)", "latitude (° north)")


HOME_COLOR = "#D55E00"


LEFT_TITLE = "Where the airports are"
HIDDEN = ("size", "dim", "distorted")  # controls for what another chapter is about


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
        ValueError: a table of fewer than two names, no home, or one without coordinates, k below 1, or no airport of
            the table has coordinates.
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
        missing: codes of the table without coordinates.
    """

    entry = "airports/main.js"

    airports = traitlets.Dict().tag(sync=True)  # places (float32 (n, 2): longitude, latitude), full names, marks, texts

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
            if known.loc[code, ["lon", "lat"]].isna().any():
                raise ValueError(f"home {code!r} has no coordinates: distances are measured from there")
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
        super().__init__(
            table,
            frame=facts,
            color=[self._from, *DEGREES],
            k=k,
            title="Where training has put them",
            width=width,
            height=height,
        )
        lost = f" Not on the left, for want of coordinates: {', '.join(self.missing)}." if self.missing else ""
        labels = [", ".join(self._home)] + [""] * (len(self._home) - 1)
        with self.changing():
            self.hide = list(HIDDEN)
            self.airports = {
                "title": LEFT_TITLE,
                "axes": list(DEGREES),
                "places": self._places.astype(np.float32).tobytes(),
                "full": payload.packed_texts(self.full_names),
                "marks": [
                    {"x": x, "y": y, "text": text, "color": HOME_COLOR}
                    for (x, y), text in zip(self._marks.tolist(), labels)
                ],
                "note": f"Diamonds: {', '.join(self._home)}, where the flights start.{lost}",
            }

    def _view(self):
        return AirportMapView(self)

    @property
    def neighbors(self) -> pd.DataFrame:
        table, selected = self.table, self.selected  # another thread may change them meanwhile
        found = self._answers.neighbors(table, selected)
        if selected is None:
            return found.assign(km=[])
        lon, lat = self._places[table.number(selected)]
        others = self._places[[table.number(one) for one in found["name"]]]
        return found.assign(km=great_circle_km(lat, lon, others[:, 1], others[:, 0]))

    # The still form.

    def describe(self) -> str:
        """What the two maps show, in words."""
        there = len(self.table) - len(self.missing)
        return f"Left: {there} airports by longitude and latitude. Right: {super().describe()}"

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of the two maps as a still picture, with their description."""
        figure, right = Figure(figsize=(11.5, 4.6), dpi=DPI), self.picture()
        left = right | {"coords": self._places, "title": LEFT_TITLE, "axes": DEGREES, "legend": None}
        globe, learned = figure.add_axes((0.055, 0.12, 0.34, 0.8)), figure.add_axes((0.47, 0.12, 0.32, 0.8))
        still.draw_map(globe, **left)
        globe.plot(*self._marks.T, "D", color=HOME_COLOR, mfc="none", ms=6)
        still.draw_map(learned, **right)
        return still.png_bundle(figure, self.describe())

    def _table(self):
        rows = []
        for one, similarity, km in self.neighbors[["name", "similarity", "km"]].itertuples(index=False):
            distance = "unknown" if np.isnan(km) else f"{km:,.0f}"
            rows.append((one, self.full_names[self.table.number(one)], f"{similarity:.2f}", distance, None))
        caption = f"Nearest to {self.selected} {self.full_names[self.table.number(self.selected)]}"
        return neighbor_table(caption, rows, ("Airport", "Cosine", "Distance (km)"))


class AirportMapView(ModuleView):
    entry = "airports/main.js"
