"""`live_training`: loss, validation and map of an embedding while it is trained; to pause, to change, to go on."""

import html
import math
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from copy import deepcopy

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure
from torch import nn

from embedviz.inputs.pairs import Pairs
from embedviz.space.epochs import Snapshots
from embedviz.train.loop import History, Stop, fit
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget, closed_on_error, in_background, lay_out, running_loop, said
from embedviz.widgets.chart import SHAPES, LiveChart, LiveChartView, packed
from embedviz.widgets.explorer import Explorer
from embedviz.widgets.look import PALETTE
from embedviz.widgets.still import DPI

MAP, CURVE = (425, 400), (330, 205)  # CSS pixels; side by side in JupyterLab's window of 1,240, with the list of files


def live_training(
    model: nn.Module,
    loss: Callable,
    batches,
    names: Sequence[str],
    vectors: Callable[[nn.Module], object],
    validate: Callable[[nn.Module], Mapping[str, float]] | None = None,
    *,
    epochs: int = 20,
    lr: float = 0.01,
    temperature: float | None = None,
    optimizer: str = "adam",
    seed: int = 0,
    pairs: Pairs | None = None,
    frame: pd.DataFrame | None = None,
    color: Hashable | list[Hashable] | None = None,
    selected: Hashable | None = None,
    title: str = "While it is trained",
) -> "LiveTraining":
    """A widget: Start trains the model, and after each epoch the curves and the map show what it has learned.

    The map is PCA, turned after each epoch to fit the one before; its slider goes back to earlier epochs. Pause holds
    the training between two steps. Another learning rate or temperature holds from the next epoch on. Stop ends the run
    and keeps all: Start goes on from there.

    Args:
        model, batches, validate, optimizer, seed: as `training.fit` takes them.
        loss: as `training.fit` takes it; with a temperature, it is called as loss(model, *batch, temperature=τ).
        names: of the rows of the embedding.
        vectors: called as vectors(model); gives the rows, array or tensor of shape (n, dim).
        epochs: of a run.
        lr: learning rate at first.
        temperature: of the loss at first; None: the loss has none.
        pairs, frame, color, selected, title: of the map, see `explorer.explore`.

    Raises:
        ValueError: epochs below 1, a learning rate or temperature that is not positive and finite, and what `explore`
            raises.
        KeyError: an unknown column or name.
    """
    live = LiveTraining(
        model,
        loss,
        batches,
        names,
        vectors,
        validate,
        epochs=epochs,
        lr=lr,
        temperature=temperature,
        optimizer=optimizer,
        seed=seed,
        pairs=pairs,
        frame=frame,
        color=color,
        title=title,
    )
    if selected is not None:
        with closed_on_error(live):
            live.explorer.select(selected)
    return live


class _Gate:
    """Batches that wait while the training is paused, and end it when it is stopped."""

    def __init__(self, batches):
        self._batches, self.open, self.stopping = batches, threading.Event(), False
        self.open.set()

    def __len__(self):
        return len(self._batches)

    def epoch(self, generator):
        for batch in self._batches.epoch(generator):
            self.open.wait()
            if self.stopping:
                raise Stop
            yield batch


class LiveTraining(LiveWidget):
    """What `live_training` returns: a widget to display, and the same as an object to program.

    Attributes:
        model: as it is now.
        history: `training.History`: a row an epoch.
        snapshots: the embedding after each epoch, `Snapshots`.
        explorer: the map.
        changes: (epoch, what was changed) of each change of the settings that has taken effect, list.
        running, paused: bool.
    """

    explorer = None

    def __init__(
        self,
        model: nn.Module,
        loss: Callable,
        batches,
        names: Sequence[str],
        vectors: Callable[[nn.Module], object],
        validate: Callable[[nn.Module], Mapping[str, float]] | None = None,
        *,
        epochs: int = 20,
        lr: float = 0.01,
        temperature: float | None = None,
        optimizer: str = "adam",
        seed: int = 0,
        pairs: Pairs | None = None,
        frame: pd.DataFrame | None = None,
        color: Hashable | list[Hashable] | None = None,
        title: str = "While it is trained",
    ):
        if epochs < 1:
            raise ValueError(f"epochs={epochs!r}: at least 1 is needed")
        for name, value in (("lr", lr), ("temperature", temperature)):
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"{name}={value!r}: it must be positive and finite")
        self.model, self._loss, self._batches, self._validate = model, loss, batches, validate
        self.epochs, self._goal, self._optimizer, self._seed = epochs, epochs, optimizer, seed
        self._names, self._vectors, self._start = names, vectors, deepcopy(model.state_dict())
        self.history, self.snapshots, self.changes = History(), Snapshots(names, vectors, model), []
        self._gate, self._used, self._thread, self._forgetting = _Gate(batches), {}, None, False
        self._has_temperature = temperature is not None
        self._make_controls(lr, temperature)
        self._charts = [LiveChart("lines"), LiveChart("lines")]
        self.explorer = Explorer(
            self.snapshots.tables[0],
            pairs,
            frame,
            color=color,
            title=title,
            width=MAP[0],
            height=MAP[1],
            owner=self,  # the still form is that of the whole
        )
        super().__init__([])
        self._arrange()
        self._draw_curves()
        self._say("Not trained yet: press Start.")
        self.start_button.on_click(lambda button: self.pause() if self.running and not self.paused else self.start())
        self.stop_button.on_click(lambda button: self.stop())
        self.again_button.on_click(lambda button: self.start_over())

    def _make_controls(self, lr, temperature):
        style = {"description_width": "initial"}
        self.start_button = ipywidgets.Button(description="Start", button_style="primary", layout={"width": "90px"})
        self.stop_button = ipywidgets.Button(
            description="Stop", disabled=True, tooltip="End the run; what is trained stays", layout={"width": "70px"}
        )
        self.again_button = ipywidgets.Button(
            description="Start over", tooltip="Forget what is trained", layout={"width": "90px"}
        )
        # Fields, not sliders: those of ipywidgets have no name that a screen reader could say.
        decade = math.floor(math.log10(lr))
        self.lr_box = ipywidgets.BoundedFloatText(
            lr,
            min=min(1e-4, 10.0**decade),
            max=max(1.0, 10.0 ** (decade + 1)),
            step=10.0**decade,
            description="learning rate",
            style=style,
            layout={"width": "190px"},
        )
        least = min(0.02, temperature or 1)
        self.temperature_box = ipywidgets.BoundedFloatText(
            temperature or 1,
            min=least,
            max=max(1, 2 * (temperature or 0)),
            step=least,
            description="temperature",
            style=style,
            layout={"width": "180px", "display": None if temperature else "none"},
        )
        self.status = ipywidgets.HTML()

    def _arrange(self):
        row = {"flex_flow": "row wrap", "align_items": "center"}
        self.explorer.hide = ["size", "projection", "distorted", "settings"]  # PCA is what is there after each epoch
        buttons = [self.start_button, self.stop_button, self.again_button, self.lr_box, self.temperature_box]
        views = [LiveChartView(chart) for chart in self._charts]
        curves = ipywidgets.VBox(views, layout={"flex": f"1 1 {CURVE[0]}px", "min_width": "0"})
        [map_] = self.explorer.children
        lay_out(map_, flex=f"1 1 {MAP[0]}px", min_width="0", max_width=f"{MAP[0] + 16}px")
        body = ipywidgets.HBox([map_, curves], layout={"flex_flow": "row wrap", "align_items": "flex-start"})
        self.children = [ipywidgets.HBox(buttons, layout=row), self.status, body]

    # To train: by hand through the buttons, by program through these.

    @property
    def running(self) -> bool:
        return self._thread is not None

    @property
    def paused(self) -> bool:
        return not self._gate.open.is_set()

    def start(self) -> None:
        """Train on, in the background; after a pause, from where it was. In a script: see `run`."""
        if self.running:
            self._gate.open.set()
            self._say_epoch()
            self._mark_buttons()
            return
        loop = running_loop()
        if self.closed:
            return
        if loop is None:
            self.run()
            return
        # The thread computes and touches no widget; the kernel's own thread shows what it reports.
        self._prepare()
        self._thread = in_background(
            loop, lambda: self._fit(lambda: loop.call_soon_threadsafe(self._show_epoch)), self._end
        )
        self._say_epoch()
        self._mark_buttons()

    def run(self) -> "LiveTraining":
        """Train here and now, as `epochs` says; for scripts. Returns the widget."""
        self._prepare()
        try:
            self._fit(self._show_epoch)
        finally:
            self.explorer.hold = False
        self._end()
        return self

    def pause(self) -> None:
        """Hold the training between two steps; nothing is lost."""
        if self.running and not self._gate.stopping:
            self._gate.open.clear()
            self._say_epoch()
            self._mark_buttons()

    def stop(self) -> None:
        """End the run after the step that is being done; the model keeps all steps, and Start goes on."""
        self._gate.stopping = True
        self._gate.open.set()
        if self.running:
            self._say("Stopping…")
            self._mark_buttons()

    def start_over(self) -> None:
        """Stop, and forget what is trained."""
        if self.running:
            self._forgetting = True
            self.stop()
        else:
            self._forget()

    def close(self) -> None:
        """Stop, and give up the widget."""
        if self.explorer is not None:  # it came to be
            self.stop()
            self.explorer.close()
        super().close()

    def _forget(self):
        self._forgetting = False
        self.model.load_state_dict(self._start)
        self.history, self.snapshots, self.changes = History(), Snapshots(self._names, self._vectors, self.model), []
        self._goal = self.epochs
        self.explorer.start_over(self.snapshots.tables[0])
        self._draw_curves()
        self._say("Not trained yet: press Start.")

    def _prepare(self):
        self._gate = _Gate(self._batches)
        left = self.epochs - self.history.epochs % self.epochs
        self._goal = self.history.epochs + left
        self.explorer.hold = True  # they would take the processor from the training
        self._take_settings()

    def _take_settings(self):
        """Between two epochs: from here on what the fields say holds."""
        now = {"learning rate": self.lr_box.value}
        if self._has_temperature:
            now["temperature"] = self.temperature_box.value
        changed = [f"{name} {value:.3g}" for name, value in now.items() if self._used.get(name, value) != value]
        if changed and self.history.epochs:
            self.changes = [*self.changes, (self.history.epochs, ", ".join(changed))]
        self._used = now
        self.history.set_lr(now["learning rate"])

    def _fit(self, report):
        """Train; in a thread, `report` says to the kernel's own that there is something new."""

        def after_epoch(model, history):
            self.snapshots(model, history)
            self._take_settings()
            report()
            return self._gate.stopping

        def loss(model, *batch):
            options = {"temperature": self._used["temperature"]} if self._has_temperature else {}
            return self._loss(model, *batch, **options)

        fit(
            self.model,
            loss,
            self._gate,
            epochs=self._goal,
            lr=self._used["learning rate"],
            optimizer=self._optimizer,
            seed=self._seed,
            validate=self._validate,
            callbacks=[after_epoch],
            history=self.history,
            progress=False,
        )

    # To show.

    def _show_epoch(self):
        if self.closed:
            return
        for epoch, table in zip(self.snapshots.epochs, self.snapshots.tables):
            if epoch > (self.explorer.epochs or [0])[-1]:
                self.explorer.add_snapshot(epoch, table)
        self._draw_curves()
        self._say_epoch()

    def _end(self, error=None):
        self._thread = None
        if self.closed:
            return
        try:
            self._show_epoch()
        finally:
            self.explorer.hold = False
            self._mark_buttons()
        if self._forgetting:
            self._forget()
        elif error is not None:
            hint = "If it is so again at once, the weights are past help: Start over."
            self._say(f"It could not be trained on: {said(error)}. {hint}", "alert")
        else:
            done = "Stopped" if self.history.interrupted else "Trained"
            self._say(f"{done} after {self._progress()}. Start goes on from here.")

    def _progress(self):
        epochs = self.history.epochs
        text = f"{epochs} epoch{'s' * (epochs != 1)}"
        if epochs:
            text += ": " + ", ".join(
                f"{name} {value:.3f}"
                for name, value in self.history.rows[-1].items()
                if name not in ("epoch", "seconds")
            )
        return text

    def _say_epoch(self):
        if self.running and not self._gate.stopping:
            self._say(f"{'Paused' if self.paused else 'Training'} after {self._progress()}; up to {self._goal}.")

    def _say(self, text, role="status"):
        self.status.value = f"<p role='{role}' style='margin: 0'>{html.escape(text)}</p>"

    def _mark_buttons(self):
        self.start_button.description = "Start" if not self.running else "Resume" if self.paused else "Pause"
        self.start_button.button_style = "primary" if not self.running or self.paused else "warning"
        self.stop_button.disabled = not self.running or self._gate.stopping
        self.start_button.disabled = self.running and self._gate.stopping

    def _draw_curves(self):
        frame = self.history.frame
        scores = [column for column in frame.columns if column not in ("loss", "seconds")]
        named = zip(self._charts, ("Training loss (nats)", _held_out(scores)), (["loss"], scores))
        for chart, title, columns in named:
            columns = [column for column in columns if column in frame.columns]
            curves = [
                {"name": column, "x": packed(frame.index), "y": packed(frame[column]), "color": color, "shape": shape}
                for column, color, shape in zip(columns, PALETTE, SHAPES)
            ]
            values = {
                "title": title,
                "height": CURVE[1],
                "legend": len(columns) > 1,
                "x": {"title": "epoch", "range": [0, self._goal + 0.5], "whole": True},
                "y": {},
                "curves": curves,
                "marks": [{"x": epoch, "text": text} for epoch, text in self.changes],
            }
            said_last = ", ".join(f"{column} {frame[column].iloc[-1]:.3f}" for column in columns)
            chart.draw(values, f"{title}: {said_last or 'nothing yet'}.")
        self.renew_static()

    def describe(self) -> str:
        """What there is to see, in words."""
        changed = "".join(f" After epoch {epoch}: {text}." for epoch, text in self.changes)
        return f"Trained for {self._progress()}.{changed} {self.explorer.describe()}"

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of map and curves as a still picture, with their description."""
        figure, frame = Figure(figsize=(11.5, 4.8), dpi=DPI), self.history.frame
        left = figure.add_axes((0.055, 0.12, 0.4, 0.8))
        still.draw_map(left, **self.explorer.picture())
        scores = [column for column in frame.columns if column not in ("loss", "seconds")]
        for bottom, columns, label in ((0.58, ["loss"], "training loss (nats)"), (0.12, scores, _held_out(scores))):
            ax = figure.add_axes((0.72, bottom, 0.26, 0.34))
            for column, line in zip(columns if len(frame) else [], PALETTE):
                ax.plot(frame.index, frame[column], ".-", color=line, label=column)
            for epoch, _ in self.changes:
                ax.axvline(epoch, ls=":", color="#888888")
            ax.set(xlabel="epoch", ylabel=label)
            ax.grid(alpha=0.25)
            if len(columns) > 1 and len(frame):
                ax.legend(frameon=False, fontsize=9)
        return still.png_bundle(figure, self.describe())


def _held_out(scores):
    return f"{scores[0]}, on held-out data" if len(scores) == 1 else "on held-out data"
