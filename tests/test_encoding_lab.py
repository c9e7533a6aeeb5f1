import asyncio
import base64
import io
import threading

import numpy as np
import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances
from PIL import Image
from scipy.spatial.distance import pdist, squareform
from waiting import async_wait_until

from embedviz.inputs.tasks import Task
from embedviz.widgets import encodings as module
from embedviz.widgets.encodings import encoding_lab
from embedviz.widgets.page import pack


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
    heat, far = (chart.values for chart in lab._charts[:2])
    np.testing.assert_allclose(np.frombuffer(heat["cells"]).reshape(20, width), lab.matrix, rtol=1e-6)
    np.testing.assert_allclose(np.frombuffer(far["cells"]).reshape(20, 20), lab.distances, rtol=1e-6)
    assert heat["rows"] == far["rows"] == far["columns"] == lab.matrix.index.tolist() and len(heat["columns"]) == width
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
    curve = lab._charts[2].values
    assert len(errors) == 3 and curve["levels"] == [{"y": lab.baseline, "name": "the mean (baseline)"}]
    np.testing.assert_array_equal(np.frombuffer(curve["curves"][0]["y"]), errors)
    np.testing.assert_array_equal(np.frombuffer(curve["curves"][0]["x"]), [1, 2, 3])
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
    curves = lab._charts[2].values["curves"]
    assert [curve["name"] for curve in curves] == [run.label for run in lab.runs]
    assert [curve["strong"] for curve in curves] == [False, False, True]
    for _ in range(6):
        lab.train()
    assert len(lab.runs) == module.RUNS_KEPT == len({run.color for run in lab.runs})
    lab.clear_button.click()
    assert lab.runs == [] and lab._charts[2].values["curves"] == [] and len(lab.results) == 0


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
    assert lab._charts[2].description in alt  # the live charts are read aloud too
    assert len(pack([chart.values for chart in lab._charts])) < 10_000


def test_closing_leaves_no_models_behind():
    count = len(_instances)
    encoding_lab(make_task()).close()
    assert len(_instances) == count
