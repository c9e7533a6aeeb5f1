"""`airport_map` without a page."""

import base64
import io

import numpy as np
import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances
from page_file import held
from PIL import Image

from embedviz.datasets.flights import great_circle_km
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
from embedviz.widgets.airports import AirportMap, airport_map
from embedviz.widgets.explorer import Explorer

AIRPORTS = pd.DataFrame(
    [
        ("JFK", "John F Kennedy Intl", 40.6398, -73.7789),
        ("LGA", "La Guardia", 40.7772, -73.8726),
        ("LAX", "Los Angeles Intl", 33.9425, -118.408),
        ("SFO", "San Francisco Intl", 37.619, -122.3749),
        ("ORD", "Chicago Ohare Intl", 41.9786, -87.9048),
        ("MDW", "Chicago Midway Intl", 41.786, -87.7524),
    ],
    columns=["faa", "name", "lat", "lon"],
)
CODES = ["LAX", "SFO", "ORD", "MDW", "SJU"]


@pytest.fixture
def airports():
    return airport_map(
        EmbeddingTable(CODES, np.random.default_rng(0).normal(size=(5, 4))), AIRPORTS, home=("JFK", "LGA")
    )


def test_great_circle_distances():
    km = great_circle_km(40.6398, -73.7789, AIRPORTS["lat"], AIRPORTS["lon"])
    assert km[0] == 0 and km[2] == pytest.approx(3974, abs=15)  # published: 2,475 miles (3,983 km) on the ellipsoid
    assert great_circle_km(0, 0, 0, 180) == pytest.approx(np.pi * 6371.0088) and great_circle_km(
        90, 5, 0, 77
    ) == pytest.approx(10007.6, abs=1)
    a, b = np.radians([[40.6398, -73.7789], [33.9425, -118.408]])  # the spherical law of cosines
    cosine = np.sin(a[0]) * np.sin(b[0]) + np.cos(a[0]) * np.cos(b[0]) * np.cos(a[1] - b[1])
    assert km[2] == pytest.approx(6371.0088 * np.arccos(cosine), rel=1e-9)
    assert np.isnan(great_circle_km(0, 0, np.nan, 0))


def test_neighbors_are_those_of_the_full_space_with_their_distance(airports):
    found = airports.select("LAX")
    expected = nearest(airports.table, "LAX", 4)
    for frame in (found, airports.neighbors):
        assert frame["name"].tolist() == expected["name"].tolist()
        assert np.array_equal(frame["similarity"], expected["similarity"])
        km = dict(zip(frame["name"], frame["km"]))
        assert km["SFO"] == pytest.approx(543, abs=3) and np.isnan(km["SJU"])
    assert airports.lit == [0, *(CODES.index(name) for name in found["name"])]
    words = airports._words()
    assert "Nearest to LAX Los Angeles Intl" in words and f"<td>{km['SFO']:.0f}</td>" in words
    assert "<td>unknown</td>" in words and "<button" not in words
    assert airports.missing == ["SJU"] and "Not on the left, for want of coordinates: SJU." in airports.airports["note"]
    assert list(airports.select(None).columns) == list(found.columns) and airports.lit == []


def test_it_is_an_explorer_whose_page_has_the_globe_too(airports):
    assert isinstance(airports, AirportMap) and isinstance(airports, Explorer)
    assert [view.entry for view in airports.children] == [airports.entry] == ["airports/main.js"]
    assert airports.children[0].data == airports.model_id


def test_the_globe_has_degrees_and_the_home_airports(airports):
    globe = airports.airports
    assert globe["title"] == "Where the airports are" and globe["axes"] == ["longitude (° east)", "latitude (° north)"]
    assert [(mark["x"], mark["text"]) for mark in globe["marks"]] == [(-73.7789, "JFK, LGA"), (-73.8726, "")]
    places = np.frombuffer(globe["places"], dtype=np.float32).reshape(5, 2)
    np.testing.assert_allclose(places[:4], AIRPORTS[["lon", "lat"]][2:], rtol=1e-6)
    assert np.isnan(places[4]).all()
    full = ["Los Angeles Intl", "San Francisco Intl", "Chicago Ohare Intl", "Chicago Midway Intl"]
    assert globe["full"].decode().split("\n") == [*full, "(not in the list of airports)"]
    assert "Diamonds: JFK, LGA, where the flights start." in globe["note"]


def test_colors_by_distance_longitude_and_latitude(airports):
    labels = ["km from JFK", "longitude (° east)", "latitude (° north)"]
    assert [one["label"] for one in airports.data["colors"]] == labels and airports.color == labels[0]
    shown = []
    for airports.color in (*labels, "neighbors kept"):
        shown.append({trace.name: trace.customdata.tolist() for trace in airports.figure.data})
    [far, east, north, _] = shown
    assert far != east != north and far["not given (1)"] == east["not given (1)"] == [4]
    assert [far[name] for name in far if name.startswith("39")] == [[0]]  # Los Angeles: 3,974 km
    assert [north[name] for name in north if name.startswith("33")] == [[0]]  # the southernmost


def test_the_airports_have_a_still_picture_with_words(airports):
    airports.select("LAX")
    data, metadata = airports.static()
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size == (1932, 772)
    alt = metadata["image/png"]["alt"]
    assert (
        alt.startswith("Left: 4 airports by longitude and latitude. Right: Where training has put them: PCA of 5")
        and "Lit: LAX" in alt
    )


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"home": ["XXX"]}, KeyError, "home 'XXX' is not among the 6 airports"),
        ({"home": []}, ValueError, "home is empty"),
        (
            {"airports": AIRPORTS.assign(lat=AIRPORTS["lat"].where(AIRPORTS["faa"] != "JFK"))},
            ValueError,
            "home 'JFK' has no coordinates",
        ),
        ({"airports": AIRPORTS.drop(columns="lat")}, KeyError, "no column 'lat'"),
        ({"airports": AIRPORTS[:2]}, ValueError, "none of the 5 names, such as 'LAX'"),
        ({"k": 0}, ValueError, "k=0"),
        ({"selected": "LAXX"}, KeyError, "LAXX"),
    ],
)
def test_bad_arguments_of_the_map_are_named(options, error, message):
    table = EmbeddingTable(CODES, np.eye(5))
    airport_map(table, AIRPORTS, home=["JFK"]).close()
    count = len(_instances)
    with pytest.raises(error, match=message):
        airport_map(table, **{"airports": AIRPORTS, "home": ["JFK"], **options})
    assert len(_instances) == count


def test_airports_are_found_by_key():
    table = EmbeddingTable([10, 20], np.eye(2))
    frame = pd.DataFrame(
        {"lon": [4.0, 3.0, 2.0], "lat": [40.0, 30.0, 20.0], "faa": [30, 20.0, "10"], "name": ["c", None, "a"]}
    )
    found = airport_map(table, frame, home=[30], selected=20)
    assert found.selected == "20"
    assert np.frombuffer(found.airports["places"], dtype=np.float32).tolist() == [2, 20, 3, 30]
    assert list(found.full_names) == ["a", "(not in the list of airports)"]
    with pytest.raises(ValueError, match="the column 'lat' more than once"):
        airport_map(table, pd.concat([frame, frame[["lat"]]], axis=1), home=[30])


def test_a_page_of_its_own_holds_the_globe(airports, tmp_path):
    airports.select("ORD")
    values = held(airports.to_html(tmp_path / "airports.html"))
    assert values["airports"] == airports.airports and values["selected"] == "ORD"
    assert values["data"] == airports.data and values["hide"] == airports.hide


def test_closing_leaves_no_models_behind():
    def made():
        return airport_map(EmbeddingTable(CODES, np.eye(5)), AIRPORTS, home=["JFK"])

    made().close()
    count = len(_instances)
    made().close()
    assert len(_instances) == count
