import asyncio
import base64
import io
import json
import threading

import numpy as np
import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances
from PIL import Image
from scipy.spatial.distance import pdist, squareform
from waiting import async_wait_until

from embedviz.datasets.flights import great_circle_km
from embedviz.inputs.tasks import Task
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import encodings as module
from embedviz.widgets.airports import AirportMap, airport_map
from embedviz.widgets.encodings import encoding_lab


def make_task(n=900, classification=False, **columns):
    """30 destinations, the first the most frequent, each with its own time; 3 carriers that say nothing."""
    rng = np.random.default_rng(0)
    code = np.minimum(rng.geometric(0.08, n) - 1, 29)
    target = 10.0 * rng.permutation(30)[code] + 3 * rng.normal(size=n)
    frame = pd.DataFrame({"dest": [f"D{i:02}" for i in code], "carrier": rng.choice(["AA", "DL", "UA"], n), **columns})
    part = np.repeat(["train", "validation", "test"], n // 3)
    y = (target > 100 if classification else target).astype(np.float32)
    return Task(
        "air_time", frame, np.zeros((n, 0), np.float32), y, part, classification, "" if classification else "minutes"
    )


@pytest.fixture
def lab():
    return encoding_lab(make_task(), epochs=3)


def test_the_baseline_is_the_mean_of_the_training_rows(lab):
    task = make_task()
    expected = np.sqrt(np.mean((task.target[300:600] - task.target[:300].mean()) ** 2))
    assert lab.baseline == pytest.approx(expected, rel=1e-6) and lab.error == "validation RMSE (minutes)"
    share = make_task(classification=True).target
    p, late = share[:300].mean(), share[300:600].mean()
    classes = encoding_lab(make_task(classification=True))
    assert classes.baseline == pytest.approx(-late * np.log(p) - (1 - late) * np.log(1 - p), rel=1e-5)
    assert classes.error == "validation log loss (nats)"


def test_the_matrix_shows_the_most_frequent_categories(lab):
    counts = make_task().columns["dest"].iloc[:300].value_counts()
    counts = counts[counts >= 5]  # rarer ones count as unknown
    assert lab.matrix.shape == (20, 8) and lab.matrix.index.tolist() == counts.index[:20].tolist()
    assert f"the 20 most frequent of {counts.size} values" in lab.note.value
    lab.choose("carrier")
    assert sorted(lab.matrix.index) == ["AA", "DL", "UA"] and "all 3 values" in lab.note.value


@pytest.mark.parametrize(
    "encoding, size, width",
    [("label", None, 1), ("one-hot", None, 20), ("hashing", 4, 4), ("target", None, 1), ("embedding", 16, 16)],
)
def test_each_encoding_shows_its_matrix_and_distances(lab, encoding, size, width):
    lab.choose("dest", encoding, size)
    assert lab.choice == ("dest", encoding, size) and lab.matrix.shape == (20, width)
    assert lab.size_box.disabled == (size is None)
    np.testing.assert_allclose(lab.distances, squareform(pdist(lab._values.astype(float))), atol=1e-5)
    heat = lab._plots[0].traces[0]
    assert (
        heat["type"] == "heatmap"
        and np.allclose(heat["z"], lab.matrix, atol=1e-4)
        and heat["y"] == lab.matrix.index.tolist()
    )
    assert np.allclose(lab._plots[1].traces[0]["z"], lab.distances, atol=1e-4)
    if encoding == "one-hot":
        assert (lab.matrix.to_numpy() == np.eye(20)).all() and np.allclose(
            lab.distances + np.sqrt(2) * np.eye(20), np.sqrt(2)
        )
    if encoding == "hashing":
        assert (np.abs(lab.matrix).sum(axis=1) == 1).all()


def test_training_fills_the_curve_and_changes_the_embedding(lab):
    before = lab.matrix
    assert lab.train() is lab
    after = lab.matrix
    assert not np.allclose(before, after)
    [run] = lab.runs
    errors = run.errors
    assert (
        len(errors) == 3
        and lab._plots[2].traces[1]["y"] == errors
        and lab._plots[2].traces[0]["y"] == [lab.baseline] * 2
    )
    assert lab.results.iloc[0].tolist()[:2] == ["dest", "embedding"] and lab.results.iloc[0, -1] == errors[-1]
    assert f"Trained dest · embedding 8 after 3 epochs: validation RMSE (minutes) {errors[-1]:.4g}" in lab.status.value
    # It is what training from the package gives.
    from embedviz.train.recipes import train_network

    model, history = train_network(
        lab.task.only(["dest"]),
        "embedding",
        8,
        0,
        3,
        batch_size=module.BATCH,
        min_count=module.MIN_COUNT,
        keep_best=False,
        progress=False,
    )
    assert history.frame[lab.error].tolist() == errors
    dest = model.inputs["dest"]
    assert np.allclose(dest.matrix()[[dest.names.tolist().index(name) for name in after.index]], after)


def test_the_matrix_before_training_is_where_training_starts(lab, monkeypatch):
    from embedviz.train import recipes

    start, seen = lab.matrix, []
    fit = recipes.fit
    monkeypatch.setattr(
        recipes,
        "fit",
        lambda model, *rest, **options: seen.append(model.inputs["dest"].matrix()) or fit(model, *rest, **options),
    )
    lab.train()
    rows = lab._input.codes(lab.matrix.index.to_numpy(dtype=str))
    assert np.array_equal(seen[0][rows], start)


def test_runs_stay_for_comparison_and_the_next_of_a_choice_has_the_next_seed(lab):
    lab.train("dest", "label").train("dest", "label").train("carrier", "one-hot")
    assert [run.label for run in lab.runs] == ["dest · label", "dest · label · seed 1", "carrier · one-hot"]
    assert lab.results["seed"].tolist() == [0, 1, 0] and len({run.color for run in lab.runs}) == 3
    assert [trace["name"] for trace in lab._plots[2].traces] == [
        "the mean (baseline)",
        *(run.label for run in lab.runs),
    ]
    assert [trace["line"]["width"] for trace in lab._plots[2].traces[1:]] == [1.5, 1.5, 3]
    for _ in range(6):
        lab.train()
    assert len(lab.runs) == 6 and len({run.color for run in lab.runs}) == 6
    lab.clear_button.click()
    assert lab.runs == [] and len(lab._plots[2].traces) == 1 and len(lab.results) == 0


def test_a_choice_comes_back_as_it_was_trained(lab):
    trained = lab.train("dest", "embedding", 4).matrix
    lab.choose(encoding="one-hot")
    assert lab.matrix.shape == (20, 20)
    lab.choose(encoding="embedding")
    assert np.array_equal(lab.matrix, trained) and "as trained" in lab.status.value


def test_in_a_notebook_it_trains_in_a_thread_and_draws_in_the_kernels_own(lab, monkeypatch):
    drawn_in, computed_in = set(), set()
    draw, rows_of = lab._draw_curves, lab._rows_of
    monkeypatch.setattr(lab, "_draw_curves", lambda: drawn_in.add(threading.current_thread()) or draw())
    monkeypatch.setattr(lab, "_rows_of", lambda *a: computed_in.add(threading.current_thread()) or rows_of(*a))

    async def use():
        lab.start_button.click()
        assert lab.runs[0].running and lab.runs[0].errors == [] and "Training dest" in lab.status.value
        assert lab.stop_button.button_style == "warning" and lab.start_button.button_style == ""
        lab.start_button.click()  # it is running already
        assert len(lab.runs) == 1
        await until(lambda: "Trained" in lab.status.value)

    asyncio.run(use())
    assert len(lab.runs[0].errors) == 3 and lab.start_button.button_style == "primary"
    assert drawn_in == {threading.main_thread()} and threading.main_thread() not in computed_in


def test_stop_keeps_what_is_trained(lab):
    lab.epochs = 10_000

    async def use():
        lab.start()
        await until(lambda: lab.runs[0].errors)
        lab.stop_button.click()
        await until(lambda: "Stopped" in lab.status.value)
        done = len(lab.runs[0].errors)
        await asyncio.sleep(0.2)
        assert 1 <= len(lab.runs[0].errors) == done < 1000 and np.array_equal(lab.runs[0].values, lab._values)
        assert not np.allclose(lab._values, lab._rows_of(lab._input, lab._names))  # it has learned

    asyncio.run(use())


@pytest.mark.parametrize("act", ["choose", "clear", "close"])
def test_what_comes_between_stops_the_run_cleanly(lab, act):
    lab.epochs = 10_000

    async def use():
        lab.start()
        await until(lambda: lab.runs[0].errors)
        run = lab.runs[0]
        if act == "choose":
            lab.encoding_box.value = "one-hot"
            assert "Stopped dest · embedding 8. dest · one-hot, not trained yet" in lab.status.value and lab.runs == [
                run
            ]
        else:
            getattr(lab, act)()
        assert run.stopping and not run.running
        done = len(run.errors)
        await asyncio.sleep(0.3)
        assert len(run.errors) <= done + 2
        if act == "choose":  # the last epoch of the run that was left did not replace what is looked at
            assert lab.matrix.shape == (20, 20) and (lab.matrix.to_numpy() == np.eye(20)).all()
        assert bool(lab.runs) == (act != "clear")

    asyncio.run(use())


def test_a_failed_run_is_said(lab, monkeypatch):
    def fail(*arguments, **options):
        raise ValueError("the loss is nan at <epoch 1>")

    monkeypatch.setattr(module, "train_network", fail)

    async def use():
        lab.start()
        await until(lambda: "alert" in lab.status.value)
        assert "could not be trained: the loss is nan at &lt;epoch 1&gt;" in lab.status.value and lab.runs == []

    asyncio.run(use())
    with pytest.raises(ValueError, match="the loss is nan"):
        lab.train()


def test_exit_ends_a_run_and_is_said(lab, monkeypatch):
    def leave(*arguments, **options):
        raise SystemExit

    monkeypatch.setattr(module, "train_network", leave)

    async def use():
        lab.start()
        await until(lambda: "alert" in lab.status.value)
        assert "could not be trained: SystemExit" in lab.status.value and lab.runs == []

    asyncio.run(use())
    with pytest.raises(SystemExit):
        lab.train()
    assert lab.start_button.button_style == "primary"


@pytest.mark.slow
def test_running_the_cell_again_stops_the_run_it_has_shown_before(lab, monkeypatch):
    monkeypatch.setattr("embedviz.widgets.base.display", lambda *shown, **options: None)
    lab.epochs = 10_000

    async def use():
        monkeypatch.setattr("embedviz.widgets.base.running_cell", lambda: ("the lab's", "1"))
        lab._ipython_display_()
        lab.start()
        await until(lambda: lab.runs[0].errors)
        monkeypatch.setattr("embedviz.widgets.base.running_cell", lambda: ("the lab's", "2"))
        encoding_lab(make_task(), epochs=1)._ipython_display_()
        [run] = lab.runs
        assert lab.closed and run.stopping
        await asyncio.sleep(0.3)
        done = len(run.errors)
        await asyncio.sleep(0.3)
        assert len(run.errors) == done

    asyncio.run(use())


def test_one_column_may_be_named_without_a_list():
    assert encoding_lab(make_task(), "carrier").column_box.options == ("carrier",)


async def until(condition):
    await async_wait_until(condition, "the lab")


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"columns": ["gate"]}, KeyError, "gate"),
        ({"columns": []}, ValueError, r"columns=\[\]"),
        ({"encoding": "onehot"}, ValueError, "encoding='onehot': it must be one of 'label', 'one-hot'"),
        ({"size": 3}, ValueError, "size=3: it must be one of 1, 2, 4"),
        ({"epochs": 0}, ValueError, "epochs=0"),
    ],
)
def test_bad_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        encoding_lab(make_task(), **options)


def test_odd_columns():
    odd = make_task(one="only", gaps=np.where(np.arange(900) % 2, "x", None), none=None)
    with pytest.raises(ValueError, match="no value of the column 'none' occurs 5 times in the 300 training rows"):
        encoding_lab(odd)
    lab = encoding_lab(odd, ["one", "gaps"], epochs=1).train("one")
    assert lab.matrix.shape == (1, 8) and lab.static()[0]["image/png"] and "Nearest" not in lab.describe()
    assert lab.train("gaps").matrix.index.tolist() == ["x"]
    with pytest.raises(KeyError, match="no column 'dest' in the lab"):
        lab.choose("dest")
    with pytest.raises(ValueError, match="encoding='hash'"):
        lab.choose(encoding="hash")


def test_the_readers_random_numbers_stay_as_they_were(lab):
    import torch

    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    lab.choose("carrier", "embedding", 2)
    assert torch.equal(torch.rand(3), expected)


def test_the_lab_has_a_still_picture_with_words(lab):
    lab.train("dest", "one-hot")
    data, metadata = lab.static()
    assert (
        Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size == (1932, 739)
        and len(data["image/png"]) < 300_000
    )
    alt = metadata["image/png"]["alt"]
    assert alt == data["text/plain"] == lab.describe() and alt.startswith(
        "Encoding lab, dest · one-hot. dest as one-hot: 20 rows"
    )
    assert f"dest · one-hot {lab.runs[0].errors[-1]:.4g} after 3 epochs." in alt
    assert lab._plots[2].description in alt  # the live plots are read aloud too
    assert len(json.dumps([plot.get_state() for plot in lab._plots], default=str)) < 60_000


# The airports


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
    assert found["name"].tolist() == expected["name"].tolist() and np.array_equal(
        found["similarity"], expected["similarity"]
    )
    km = dict(zip(found["name"], found["km"]))
    assert km["SFO"] == pytest.approx(543, abs=3) and np.isnan(km["SJU"])
    assert (
        "Nearest to LAX Los Angeles Intl" in airports.panel.html and f"<td>{km['SFO']:.0f}</td>" in airports.panel.html
    )
    assert (
        "<td>unknown</td>" in airports.panel.html
        and "Not on the left, for want of coordinates: SJU." in airports.note.value
    )


def test_both_maps_light_the_same_airports(airports):
    airports.select("ORD")
    lit = [2, *(CODES.index(name) for name in airports.neighbors["name"])]
    assert airports.map.lit["rows"] == airports.globe.lit["rows"] == lit
    airports.select(None)
    assert airports.map.lit["rows"] == airports.globe.lit["rows"] == []


def test_hover_previews_and_leaves_the_selection(airports):
    airports.select("ORD")
    before = airports.panel.html, airports.map.lit, airports.globe.lit
    for one in (airports.map, airports.globe):
        assert one.hovers
        one._handle_custom_msg({"hover": 1}, [])
        assert airports.map.lit["rows"][0] == airports.globe.lit["rows"][0] == 1
        assert "Nearest to SFO" in airports.panel.html and airports.selected == "ORD"
        one._handle_custom_msg({"hover": None}, [])
        assert (airports.panel.html, airports.map.lit, airports.globe.lit) == before
    airports.globe._handle_custom_msg({"row": 3}, [])
    assert airports.selected == "MDW"
    airports.map._handle_custom_msg({"row": 0}, [])
    assert airports.selected == "LAX"


@pytest.mark.parametrize("text", ["lax", "LAX", "los angeles", "LAX Los Angeles Intl", " Los Ang "])
def test_search_finds_codes_and_names(airports, text):
    airports.search_box.value = text
    assert airports.selected == "LAX" and airports.search_box.value == "LAX"


def test_search_of_several_suggests_and_of_none_says_so(airports):
    airports.search_box.value = "chicago"
    assert airports.selected is None and "2 airports fit “chicago”" in airports.panel.html
    airports.panel._handle_custom_msg({"name": "MDW Chicago Midway Intl"}, [])
    assert airports.selected == "MDW"
    airports.search_box.value = "Zürich"
    assert "“Zürich” is not on the map" in airports.panel.html and airports.selected == "MDW"
    airports.search_box.value = ""
    assert airports.selected is None


def test_the_globe_has_degrees_and_the_home_airports(airports):
    assert airports.globe.view["suffix"] == "°" and airports.globe.view["axes"][0] == "longitude (° east)"
    assert [(mark["x"], mark["text"]) for mark in airports.globe.marks] == [(-73.7789, "JFK, LGA"), (-73.8726, "")]
    assert airports.globe.groups == airports.map.groups
    x = airports.globe.placed[:, 0]
    np.testing.assert_allclose(np.sort(x)[:4], np.sort(AIRPORTS["lon"][2:]), rtol=1e-6)


def test_colors_by_distance_longitude_and_latitude(airports):
    assert list(airports.color_box.options) == [
        "km from JFK",
        "longitude (° east)",
        "latitude (° north)",
        "neighbors kept",
    ]
    first = airports.groups.labels
    airports.color_box.value = "latitude (° north)"
    assert airports.groups.labels != first and airports.globe.groups == airports.map.groups


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
        ({"airports": AIRPORTS.drop(columns="lat")}, KeyError, "no column 'lat'"),
        ({"airports": AIRPORTS[:2]}, ValueError, "none of the 5 names, such as 'LAX'"),
        ({"k": 0}, ValueError, "k=0"),
        ({"selected": "LAXX"}, KeyError, "LAXX"),
    ],
)
def test_bad_arguments_of_the_map_are_named(options, error, message):
    table = EmbeddingTable(CODES, np.eye(5))
    with pytest.raises(error, match=message):
        airport_map(table, **{"airports": AIRPORTS, "home": ["JFK"], **options})


def test_it_is_an_explorer(airports):
    assert isinstance(airports, AirportMap) and airports.search_box.names[0] == "LAX Los Angeles Intl"


def test_airports_are_found_by_key():
    table = EmbeddingTable([10, 20], np.eye(2))
    frame = pd.DataFrame(
        {"lon": [4.0, 3.0, 2.0], "lat": [40.0, 30.0, 20.0], "faa": [30, 20.0, "10"], "name": ["c", None, "a"]}
    )
    found = airport_map(table, frame, home=[30], selected=20)
    assert found.selected == "20" and found.globe.placed[:, 0].tolist() == [2, 3]
    assert list(found.full_names) == ["a", "(not in the list of airports)"]
    with pytest.raises(ValueError, match="the column 'lat' more than once"):
        airport_map(table, pd.concat([frame, frame[["lat"]]], axis=1), home=[30])


def test_closing_leaves_no_models_behind():
    def made():
        yield encoding_lab(make_task())
        yield airport_map(EmbeddingTable(CODES, np.eye(5)), AIRPORTS, home=["JFK"])

    for widget in made():  # the first makes the library that all plots share
        widget.close()
    count = len(_instances)
    for widget in made():
        widget.close()
        assert len(_instances) == count
