"""Live training without a page."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from ipywidgets.widgets.widget import _instances
from waiting import async_wait_until

from embedviz.inputs.pairs import PairBatches, Pairs
from embedviz.models.losses import sampled_softmax_loss
from embedviz.models.pair import PairEmbedding
from embedviz.train.loop import Stop, fit
from embedviz.widgets.training import live_training

PAIRS = Pairs.from_frame(
    pd.DataFrame(
        [(f"{kind} {i}", link) for kind in "abc" for i in range(8) for link in (kind, f"s{i % 4}")],
        columns=["title", "link"],
    )
)


class Slow:
    """Batches that take their time."""

    def __init__(self, seconds=0.02):
        self.batches, self.seconds, self.given = PairBatches(PAIRS, 8), seconds, 0

    def __len__(self):
        return len(self.batches)

    def epoch(self, generator):
        for batch in self.batches.epoch(generator):
            time.sleep(self.seconds)
            self.given += 1
            yield batch


def make(batches=None, seen=None, **options):
    def loss(model, items, contexts, temperature):
        if seen is not None:
            seen.append(temperature)
        return sampled_softmax_loss(model.all_scores(items, contexts), contexts, temperature=temperature)

    options = {
        "epochs": 3,
        "lr": 0.05,
        "temperature": 0.2,
        "frame": pd.DataFrame({"kind": [name[0] for name in PAIRS.items]}, PAIRS.items),
    } | options
    model = PairEmbedding(len(PAIRS.items), len(PAIRS.contexts), dim=6)
    batches = batches or PairBatches(PAIRS, 8)
    return live_training(
        model,
        loss,
        batches,
        PAIRS.items,
        lambda model: model.items.weight,
        lambda model: {"score": 0.5},
        pairs=PAIRS,
        **options,
    )


async def ended(live):
    await async_wait_until(lambda: not live.running, "the end of the training")


def plain(epochs, lr, temperature=0.2):
    model = PairEmbedding(len(PAIRS.items), len(PAIRS.contexts), dim=6)
    fit(
        model,
        lambda m, i, c: sampled_softmax_loss(m.all_scores(i, c), c, temperature=temperature),
        PairBatches(PAIRS, 8),
        epochs=epochs,
        lr=lr,
        progress=False,
    )
    return model.items.weight.detach().numpy()


def test_it_trains_as_fit_does_and_shows_each_epoch():
    live = make().run()
    np.testing.assert_allclose(live.model.items.weight.detach().numpy(), plain(3, 0.05), rtol=1e-4, atol=1e-6)
    assert live.snapshots.epochs == [0, 1, 2, 3] and live.explorer.epoch == 3
    [losses], [scores] = (chart.values["curves"] for chart in live._charts)
    np.testing.assert_array_equal(np.frombuffer(losses["y"]), live.history.frame["loss"])
    np.testing.assert_array_equal(np.frombuffer(losses["x"]), [1, 2, 3])
    assert scores["name"] == "score" and "Trained after 3 epochs: loss " in live.status.value
    live.run()  # it goes on as if it had never stopped
    np.testing.assert_allclose(live.model.items.weight.detach().numpy(), plain(6, 0.05), rtol=1e-4, atol=1e-6)


def test_changes_hold_from_the_next_epoch_on():
    seen = []

    async def use():
        live = make(Slow(), seen, epochs=4)
        live.start()
        await async_wait_until(lambda: live.history.epochs >= 1, "an epoch")
        before = live.history.epochs
        live.lr_box.value, live.temperature_box.value = 0.5, 0.1
        await ended(live)
        assert live.history.optimizers[0].param_groups[0]["lr"] == 0.5
        steps = len(live._batches)
        changed = live.changes[0][0]
        assert live.changes == [(changed, "learning rate 0.5, temperature 0.1")] and changed in (before, before + 1)
        assert seen == [0.2] * steps * changed + [0.1] * steps * (4 - changed)  # never within an epoch
        assert live._charts[0].values["marks"] == [{"x": changed, "text": "learning rate 0.5, temperature 0.1"}]

    asyncio.run(use())


def test_exit_in_the_loss_ends_the_run_and_is_told():
    def leave(model, *batch, temperature):
        raise SystemExit(3)

    async def use():
        live = make()
        live._loss = leave
        live.start()
        await ended(live)
        assert "could not be trained on: SystemExit: 3." in live.status.value and "role='alert'" in live.status.value
        assert live.start_button.description == "Start" and live.stop_button.disabled

    asyncio.run(use())


@pytest.mark.slow
def test_nothing_is_drawn_after_it_is_closed(monkeypatch):
    batches = Slow()

    async def use():
        live = make(batches, epochs=500)
        live._displayed = True
        live.start()
        await async_wait_until(lambda: live.history.epochs >= 1, "an epoch")
        monkeypatch.setattr("embedviz.widgets.still.png_bundle", lambda *arguments: pytest.fail("drawn"))
        live.close()
        shown = live.explorer.tables, live.explorer.epochs
        await ended(live)
        live.start()
        await asyncio.sleep(2.5)  # longer than a renewal waits for more changes
        assert not live.running and (live.explorer.tables, live.explorer.epochs) == shown

    asyncio.run(use())


def test_names_of_scores_go_to_the_page_as_they_are():  # which takes them as texts: see test_js_chart
    live = make()
    live._validate = lambda model: {"<b>hits</b>": 0.5, "<i>": 0.1}
    live.run()
    values = live._charts[1].values
    assert [curve["name"] for curve in values["curves"]] == ["<b>hits</b>", "<i>"] and values["legend"]
    assert len({(curve["color"], curve["shape"]) for curve in values["curves"]}) == 2
    live._validate = lambda model: {"<b>hits</b>": 0.5}
    live.start_over()
    live.run()
    assert live._charts[1].values["title"] == "<b>hits</b>, on held-out data"


def test_a_frame_is_aligned_by_key_and_names_are_found_by_any_spelling():
    model = PairEmbedding(3, len(PAIRS.contexts), dim=6)
    frame = pd.DataFrame({"kind": list("cba")}, [30, 20, 10])
    live = live_training(
        model,
        lambda m, i, c: m(i, c).sum(),
        PairBatches(PAIRS, 8),
        [10, 20, 30],
        lambda m: m.items.weight,
        frame=frame,
        selected=20.0,
    )
    assert live.explorer.frame["kind"].tolist() == list("abc") and live.explorer.selected == "20"


def test_pause_holds_between_two_steps_and_resume_loses_nothing():
    batches = Slow()

    async def use():
        live = make(batches)
        live.start_button.click()
        assert live.running and live.start_button.description == "Pause" and not live.stop_button.disabled
        await async_wait_until(lambda: batches.given >= 3, "three batches")
        live.start_button.click()
        await asyncio.sleep(0.1)
        given = batches.given
        assert live.paused and live.start_button.description == "Resume" and "Paused after" in live.status.value
        await asyncio.sleep(0.2)
        assert batches.given == given
        live.start_button.click()
        await ended(live)
        assert live.history.epochs == 3 and live.start_button.description == "Start"
        return live

    live = asyncio.run(use())
    np.testing.assert_allclose(live.model.items.weight.detach().numpy(), plain(3, 0.05), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("paused", [False, True])
def test_stop_keeps_the_state_and_start_goes_on(paused):
    batches = Slow()

    async def use():
        live = make(batches, epochs=50)
        live.start()
        await async_wait_until(lambda: live.history.epochs >= 2, "an epoch")
        if paused:
            live.pause()
        given = batches.given
        live.stop_button.click()
        await ended(live)
        assert batches.given - given <= 2 < len(live._batches)  # not at the end of the epoch
        done = live.history.epochs
        assert 2 <= done < 10 and live.history.interrupted and f"Stopped after {done} epochs" in live.status.value
        weights = live.model.items.weight.detach().clone()
        live.epochs = done + 1
        live.start()
        await ended(live)
        assert live.history.epochs == done + 1 and not torch.equal(weights, live.model.items.weight)
        live.start_over()
        assert live.history.epochs == 0 and live.snapshots.epochs == [0] and live.explorer.epoch is None
        fresh = PairEmbedding(len(PAIRS.items), len(PAIRS.contexts), dim=6)
        assert torch.equal(live.model.items.weight, fresh.items.weight)

    asyncio.run(use())


def test_a_loss_that_explodes_is_told_and_can_be_mended():
    live = make()
    live._loss = lambda model, *batch, temperature: model(*batch).sum() * float("nan")
    with pytest.raises(ValueError, match="the loss is nan"):
        live.run()

    async def use():
        live.start()
        await ended(live)
        assert (
            "could not be trained on: the loss is nan at epoch 1" in live.status.value
            and "Start over" in live.status.value
            and "role='alert'" in live.status.value
        )

    asyncio.run(use())


def test_the_message_names_the_learning_rate_that_was_used():
    live = make(lr=0.01)
    live.lr_box.value = 0.5
    live._loss = lambda model, *batch, temperature: model(*batch).sum() * float("nan")
    with pytest.raises(ValueError, match="a lower learning rate than 0.5 may help"):
        live.run()


@pytest.mark.parametrize("options", [{"lr": 2.0}, {"lr": 5e-5}, {"temperature": 0.01}, {"temperature": 3.0}])
def test_what_is_asked_for_is_used(options):
    live = make(**options).run()
    asked = {"lr": 0.05, "temperature": 0.2} | options
    assert live._used == {"learning rate": asked["lr"], "temperature": asked["temperature"]}
    np.testing.assert_allclose(
        live.model.items.weight.detach().numpy(), plain(3, asked["lr"], asked["temperature"]), atol=1e-6
    )


@pytest.mark.parametrize("dim", [1, 2])
def test_embeddings_of_one_or_two_numbers_are_trained_too(dim):
    model = PairEmbedding(len(PAIRS.items), len(PAIRS.contexts), dim=dim)
    live = live_training(
        model,
        lambda m, i, c: sampled_softmax_loss(m.all_scores(i, c), c),
        PairBatches(PAIRS, 8),
        PAIRS.items,
        lambda m: m.items.weight,
        epochs=2,
    )
    assert live.run().explorer.epoch == 2


def test_what_goes_wrong_while_an_epoch_is_shown_leaves_the_buttons_usable():
    async def use():
        live = make()
        live._draw_curves = lambda: 1 / 0
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        live.start()
        await ended(live)
        assert live.start_button.description == "Start" and live.stop_button.disabled

    asyncio.run(use())


@pytest.mark.slow
def test_running_the_cell_again_stops_what_it_has_shown_before(monkeypatch):
    run = ["1"]
    monkeypatch.setattr("embedviz.widgets.base.running_cell", lambda: ("cell 5 of live training", run[0]))
    monkeypatch.setattr("embedviz.widgets.base.display", lambda *shown, **options: None)

    async def use():
        second, batches = make(), Slow()
        first = make(batches, epochs=500)
        first._ipython_display_()
        first.start()
        await async_wait_until(lambda: batches.given, "a batch")
        run[0] = "2"
        first._ipython_display_()  # the same again
        given = batches.given
        await async_wait_until(lambda: batches.given > given, "a batch")
        assert first.running and not first.closed
        run[0] = "3"
        second._ipython_display_()
        await ended(first)
        assert first.closed and first.explorer.closed and not second.closed

    asyncio.run(use())


@pytest.mark.slow
def test_a_paused_run_does_not_keep_a_process_from_ending():
    script = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_live_training import Slow, make

async def use():
    live = make(Slow(), epochs=500)
    live.start()
    await asyncio.sleep(0.2)
    live.pause()
    await asyncio.sleep(0.2)
    print(live.paused)

asyncio.run(use())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.stdout == "True\n" and done.returncode == 0, done.stderr


def test_a_pause_after_stop_does_not_hold_it():
    async def use():
        live = make(Slow(), epochs=500)
        live.start()
        await asyncio.sleep(0.05)
        live.stop()
        assert live.start_button.disabled and live.stop_button.disabled and "Stopping" in live.status.value
        live.pause()
        await ended(live)
        assert not live.start_button.disabled

    asyncio.run(use())


def test_start_over_while_it_trains_keeps_the_settings_and_leaves_no_widgets_behind():
    make().close()
    before = len(_instances)

    async def use():
        live = make(Slow(), epochs=500)
        live.explorer.dim = 3
        count = len(_instances)
        live.start()
        await async_wait_until(lambda: live.history.epochs >= 2, "an epoch")
        assert live.explorer.hold  # the page measures nothing meanwhile
        live.start_over()
        await ended(live)
        assert live.history.epochs == 0 and live.status.value.count("Not trained yet") == 1
        assert live.explorer.dim == 3 and not live.explorer.hold and len(_instances) == count
        live.close()
        assert live.explorer.children[0].comm is None and live.status.comm is None and len(_instances) == before

    asyncio.run(use())


def test_stop_ends_fit_quietly(capsys):
    def callback(model, history):
        if history.epochs == 2:
            raise Stop

    model = PairEmbedding(len(PAIRS.items), len(PAIRS.contexts), dim=6)
    history = fit(
        model, lambda m, i, c: m(i, c).sum(), PairBatches(PAIRS, 8), epochs=5, callbacks=[callback], progress=False
    )
    assert history.epochs == 2 and history.interrupted and capsys.readouterr().out == ""


def test_the_still_form_shows_curves_and_map():
    live = make(selected="a 1").run()
    live.lr_box.value = 0.1
    live.run()
    data, metadata = live.static()
    alt = metadata["image/png"]["alt"]
    assert (
        alt.startswith("Trained for 6 epochs: loss ")
        and "After epoch 3: learning rate 0.1." in alt
        and "Lit: a 1" in alt
    )
    assert 10_000 < len(data["image/png"]) < 300_000


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"epochs": 0}, ValueError, "epochs=0"),
        ({"lr": -1.0}, ValueError, "lr=-1.0: it must be positive and finite"),
        ({"lr": float("inf")}, ValueError, "lr=inf: it must be positive and finite"),
        ({"lr": float("nan")}, ValueError, "lr=nan: it must be positive and finite"),
        ({"temperature": 0.0}, ValueError, "temperature=0.0: it must be positive"),
        ({"temperature": float("inf")}, ValueError, "temperature=inf: it must be positive and finite"),
        ({"color": "genre"}, KeyError, "no column 'genre'"),
        ({"selected": "d 1"}, KeyError, "'d 1' is not in the table"),
    ],
)
def test_bad_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        make(**options)
