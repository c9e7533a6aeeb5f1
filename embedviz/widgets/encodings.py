"""The encoding lab of chapter 1: choose a column, an encoding and a size, and watch what a network makes of it."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

import ipywidgets
import numpy as np
import pandas as pd
import torch
from scipy.spatial.distance import cdist

from embedviz.base.names import as_names
from embedviz.inputs.tasks import Task, score
from embedviz.models.tabular import ENCODINGS, ColumnInput, TabularNet, encode_column
from embedviz.train.recipes import train_network
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget, in_background, running_loop, said
from embedviz.widgets.chart import LiveChart, LiveChartView
from embedviz.widgets.encoding_page import page_values
from embedviz.widgets.encoding_plots import Curve, Heat, describe_curves, draw_curves, lab_figure
from embedviz.widgets.encoding_plots import epochs as in_words
from embedviz.widgets.look import PALETTE

SIZES = (1, 2, 4, 8, 16, 32, 64)


SIZED = {"embedding": "dimensions", "hashing": "buckets"}  # the encodings whose size is a choice


SHOWN = 20  # categories in the heat maps


MIN_COUNT = 5  # a value that occurs less often in the training rows counts as unknown


BATCH = 256  # rows a step: enough steps in an epoch to see it learn


RUNS_KEPT = len(PALETTE)  # runs in the panel of curves: one for each color


COLUMN_NAMES = {
    "label": "code",
    "one-hot": "column of",
    "hashing": "bucket",
    "target": "mean of the target",
    "embedding": "dimension",
}


MAP_HEIGHT, CURVE_HEIGHT = 470, 330  # CSS pixels; the legend comes below the curves
MAP_WIDTHS, CURVE_WIDTHS = (215, 420), (245, 460)  # least, most; side by side in JupyterLab's window of 1,240


def encoding_lab(
    task: Task,
    columns: Sequence[str] | None = None,
    *,
    encoding: str = "embedding",
    size: int = 8,
    epochs: int = 8,
    n_train: int = 20_000,
    n_validation: int = 5_000,
    seed: int = 0,
) -> "EncodingLab":
    """A widget: one column goes by one encoding into a small network, which predicts the target from it alone.

    Args:
        task: what to predict, see `tasks.flights_task`.
        columns: those to choose from, the first is shown first; None: all of the task.
        encoding: the one shown first, of `tabular.ENCODINGS`.
        size: dimensions of an embedding, or buckets of hashing, shown first: 1, 2, 4, … 64.
        epochs: of a run.
        n_train, n_validation: rows to train on and to measure the error on, drawn once; fewer if there are fewer.
        seed: of the rows and of the first run of each choice; the next run of the same choice gets the next seed.

    Raises:
        KeyError: an unknown column.
        ValueError: another encoding or size, no columns, or epochs below 1.
    """
    return EncodingLab(
        task,
        columns,
        encoding=encoding,
        size=size,
        epochs=epochs,
        n_train=n_train,
        n_validation=n_validation,
        seed=seed,
    )


@dataclass
class Run(Curve):
    """A training of one choice: its curve, and what it has learned so far.

    Attributes:
        choice: (column, encoding, size or None).
        seed: of its weights, and of a label encoding's order.
        values: what each category shown became, float32 (categories, width), as of the last epoch; None before the
            first.
        running: whether it is being trained.
        stopping: whether it is to end after this epoch.
    """

    choice: tuple[str, str, int | None] = ("", "", None)
    seed: int = 0
    values: np.ndarray | None = field(default=None, repr=False)
    running: bool = True
    stopping: bool = False


class EncodingLab(LiveWidget):
    """What `encoding_lab` returns: a widget to display, and the same as an object to program.

    In a notebook the kernel trains. The page of `to_html` trains by itself, on a sample of the rows: see
    `encoding_page`.

    Attributes:
        task: the rows that it trains on and measures with.
        runs: the last seven, oldest first.
        baseline: validation error of predicting the mean of the training rows, in the unit of `error`.
        error: name and unit of the error.
    """

    entry = "lab/main.js"

    _run = None  # the one that is looked at

    def __init__(
        self,
        task: Task,
        columns: Sequence[str] | None = None,
        *,
        encoding: str = "embedding",
        size: int = 8,
        epochs: int = 8,
        n_train: int = 20_000,
        n_validation: int = 5_000,
        seed: int = 0,
    ):
        columns = list(task.columns) if columns is None else [columns] if isinstance(columns, str) else list(columns)
        if not columns or epochs < 1:
            raise ValueError(f"columns={columns!r}, epochs={epochs!r}: at least one of each is needed")
        for column in columns:
            task.only([column])  # an unknown one is named here
        self.task, self.epochs, self.seed = task.sample(n_train, n_validation, seed), epochs, seed
        self._plain = {}
        for column in columns:
            if not len(self._frequent(column)):
                rows = len(self.task.rows("train"))
                raise ValueError(
                    f"no value of the column {column!r} occurs {MIN_COUNT} times in the {rows:,} training rows"
                )
        self.runs, self._count = [], 0
        train, held_out = self.task.rows("train"), self.task.rows("validation")
        mean = np.full(len(held_out), self.task.target[train].mean())
        name, self.baseline = next(iter(score(self.task, held_out, mean).items()))
        unit = "nats" if self.task.classification else self.task.unit
        self._key = f"validation {name}"  # a history's column starts with it
        self.error = self._key + f" ({unit})" * bool(unit)

        def dropdown(label, options, width, **more):
            style = {"description_width": "initial"}
            return ipywidgets.Dropdown(options=options, description=label, style=style, layout={"width": width}, **more)

        self.column_box = dropdown("Column", columns, "150px")
        self.encoding_box = dropdown("Encoding", ENCODINGS, "175px", value=self._known(encoding))
        self.size_box = dropdown("Size", SIZES, "150px", value=self._known_size(size))
        self.start_button = ipywidgets.Button(
            description="Start", icon="play", tooltip="Train the network", layout={"width": "84px"}
        )
        self.stop_button = ipywidgets.Button(
            description="Stop",
            icon="stop",
            tooltip="Stop after this epoch, and keep what is trained",
            layout={"width": "84px"},
        )
        self.clear_button = ipywidgets.Button(
            description="Clear curves", tooltip="Forget all runs", layout={"width": "110px"}
        )
        self.status, self.note = ipywidgets.HTML(), ipywidgets.HTML()
        self._charts = [LiveChart("heat"), LiveChart("heat"), LiveChart("lines")]
        self._choose()
        for box in (self.column_box, self.encoding_box, self.size_box):
            box.observe(lambda change: self._choose(), "value")
        self.start_button.on_click(lambda button: self.start())
        self.stop_button.on_click(lambda button: self.stop())
        self.clear_button.on_click(lambda button: self.clear())
        row = ipywidgets.Layout(flex_flow="row wrap")
        controls = [
            self.column_box,
            self.encoding_box,
            self.size_box,
            self.start_button,
            self.stop_button,
            self.clear_button,
        ]
        views = [
            LiveChartView(chart, widths=widths)
            for chart, widths in zip(self._charts, (MAP_WIDTHS, MAP_WIDTHS, CURVE_WIDTHS))
        ]
        super().__init__(
            [ipywidgets.HBox(controls, layout=row), self.status, ipywidgets.HBox(views, layout=row), self.note]
        )

    # To use: by hand through the widgets, by program through these.

    @property
    def choice(self) -> tuple[str, str, int | None]:
        """(column, encoding, size); the size is None where the encoding leaves no choice."""
        encoding = self.encoding_box.value
        return self.column_box.value, encoding, self.size_box.value if encoding in SIZED else None

    def choose(self, column: str | None = None, encoding: str | None = None, size: int | None = None) -> None:
        """Show another choice (None: as it is), after stopping a run.

        Raises:
            KeyError: an unknown column.
            ValueError: an unknown encoding or size.
        """
        if column is not None and column not in self.column_box.options:
            raise KeyError(f"no column {column!r} in the lab; it has {list(self.column_box.options)}")
        encoding, size = encoding and self._known(encoding), size if size is None else self._known_size(size)
        for box, value in ((self.column_box, column), (self.encoding_box, encoding), (self.size_box, size)):
            if value is not None:
                box.value = value

    def start(self) -> None:
        """Train the choice, in the background: the widget lives on.

        Where there is no event loop (a script), train at once.
        """
        if self.closed:
            return
        if self._run is not None and self._run.running:
            return
        run, loop = self._new_run(), running_loop()
        if loop is None:
            self._now(run, progress=False)
            return

        # The thread computes and touches no widget; the kernel's own thread shows what it reports.
        def report():
            loop.call_soon_threadsafe(self._show_epoch, run)

        in_background(loop, lambda: self._fit(run, report, False), lambda error: self._end(run, error))

    def train(self, column: str | None = None, encoding: str | None = None, size: int | None = None) -> "EncodingLab":
        """Choose, and train here and now; for scripts, and where a picture must be complete. Returns the lab."""
        self.choose(column, encoding, size)
        self.stop()
        self._now(self._new_run(), progress=True)
        return self

    def stop(self) -> None:
        """Stop after the epoch that is being trained; what is trained stays."""
        if self._run is not None and self._run.running:
            self._run.stopping, self._run.running = True, False
            self._say(f"Stopping {self._run.label} …")
            self._mark_buttons()

    def clear(self) -> None:
        """Forget all runs, after stopping the one that is being trained."""
        self.stop()
        self.runs, self._run = [], None
        self._choose()

    def close(self) -> None:
        """Give up what is being trained, and the widget."""
        self.stop()
        super().close()

    @property
    def results(self) -> pd.DataFrame:
        """A row for each run: column, encoding, size, seed, epochs, and the validation error after the last of them."""
        rows = [(*run.choice, run.seed, len(run.errors), run.errors[-1]) for run in self.runs if run.errors]
        return pd.DataFrame(rows, columns=["column", "encoding", "size", "seed", "epochs", self.error])

    @property
    def matrix(self) -> pd.DataFrame:
        """What each category shown becomes, float: a row a category, most frequent first, a column a dimension."""
        column, encoding, _ = self.choice
        if encoding == "one-hot":  # of its thousands of columns those of the categories shown; the others are 0 here
            codes = self._input.codes(self._names)
            return pd.DataFrame(self._values[:, codes], self._names, self._names)
        return pd.DataFrame(
            self._values, self._names, range(1, self._values.shape[1] + 1) if self._values.shape[1] > 1 else [""]
        )

    @property
    def distances(self) -> pd.DataFrame:
        """The Euclidean distance of each two categories shown, float."""
        return pd.DataFrame(cdist(self._values, self._values), self._names, self._names)

    def page_values(self) -> dict:
        """What the page of `to_html` holds: a sample of the rows, the choice, and which choices are trained already."""
        trained = [run.choice for run in self.runs if run.errors]
        columns = list(self.column_box.options)
        shown = {"shown": SHOWN, "least": MIN_COUNT, "error": self.error}
        return page_values(self.task, columns, self.choice, trained, SIZES, self.epochs, self.seed, **shown)

    def page_title(self) -> str:
        """Of the page of `to_html`."""
        return "The encoding lab"

    # To train.

    def _new_run(self):
        earlier = [run.seed for run in self.runs if run.choice == self.choice]
        seed = max(earlier, default=self.seed - 1) + 1
        label = _label(self.choice) + f" · seed {seed}" * bool(earlier)
        run = self._run = Run(label, self._count, choice=self.choice, seed=seed)
        self._count += 1
        self.runs = [*self.runs, run][-RUNS_KEPT:]
        self._say(f"Training {label} …")
        self._mark_buttons()
        return run

    def _now(self, run, progress):
        try:
            self._fit(run, lambda: self._show_epoch(run), progress)
        except BaseException as error:
            self._end(run, error)
            raise
        self._end(run)

    def _fit(self, run, report, progress):
        """Train; in a thread, `report` says to the kernel's own that there is something new in `run`."""

        def after_epoch(model, history):
            row = history.rows[-1]
            run.values = self._rows_of(model.inputs[run.choice[0]], self._frequent(run.choice[0]))
            run.errors = [*run.errors, next(value for key, value in row.items() if key.startswith(self._key))]
            report()
            return run.stopping

        column, encoding, size = run.choice
        train_network(
            self.task.only([column]),
            encoding,
            size,
            run.seed,
            self.epochs,
            batch_size=BATCH,
            min_count=MIN_COUNT,
            keep_best=False,
            callbacks=[after_epoch],
            progress=progress,
        )

    def _show_epoch(self, run):
        if self.closed:
            return
        if run is self._run:
            self._values = run.values
            self._draw_maps()
            if run.running:
                self._say(f"Training {run.label}: epoch {len(run.errors)} of {self.epochs}, {self._compared(run)}.")
        self._draw_curves()

    def _compared(self, run):
        return f"{self.error} {run.errors[-1]:.4g} (predicting the mean: {self.baseline:.4g})"

    def _end(self, run, error=None):
        run.running = False
        self.runs = [one for one in self.runs if one is not run or run.errors]  # without an epoch it is nothing
        if self.closed:
            return
        if error is not None:
            self._say(f"{run.label} could not be trained: {said(error)}", "alert")
        elif run is self._run:
            done = "Stopped" if len(run.errors) < self.epochs else "Trained"
            self._say(f"{done} {run.label} after {in_words(len(run.errors))}: {self._compared(run)}.")
        self._draw_curves()
        self._mark_buttons()

    # To show.

    def _known(self, encoding):
        if encoding not in ENCODINGS:
            raise ValueError(f"encoding={encoding!r}: it must be one of {', '.join(map(repr, ENCODINGS))}")
        return encoding

    def _known_size(self, size):
        if size not in SIZES:
            raise ValueError(f"size={size!r}: it must be one of {', '.join(map(str, SIZES))}")
        return size

    def _choose(self):
        """Show the choice: as its last run has left it, or else as training would find it."""
        left = self._run.label if self._run is not None and self._run.running else None
        self.stop()
        column, encoding, size = self.choice
        self.size_box.disabled = encoding not in SIZED
        self.size_box.description = {"embedding": "Dimensions", "hashing": "Buckets"}.get(encoding, "Size")
        earlier = [run for run in self.runs if run.choice == self.choice and run.errors]
        self._run = earlier[-1] if earlier else None
        self._names, self._input = self._frequent(column), self._untrained()
        self._values = earlier[-1].values if earlier else self._rows_of(self._input, self._names)
        number = len(self._input.names) - 1
        cap = (
            f"the {SHOWN} most frequent of {number:,} values"
            if number > SHOWN
            else f"all {number:,} value" + "s" * (number != 1)
        )
        width = "1 number" if self._input.width == 1 else f"{self._input.width:,} numbers"
        hidden = ", of which those of other values are not shown" if encoding == "one-hot" and number > SHOWN else ""
        rows = {part: f"{len(self.task.rows(part)):,}" for part in ("train", "validation")}
        text = (
            f"{column}: {cap} that occur at least {MIN_COUNT} times in {rows['train']} training rows. "
            f"Each becomes {width}{hidden}. The network sees nothing else. "
            f"Errors are of {rows['validation']} rows held out."
        )
        self.note.value = f"<p style='margin: 0; line-height: 1.3'>{html.escape(text)}</p>"
        state = "as trained: Start trains it anew, with another seed" if earlier else "not trained yet: press Start"
        self._say((f"Stopped {left}. " if left else "") + f"{_label(self.choice)}, {state}.")
        self._draw_maps()
        self._draw_curves()
        self._mark_buttons()

    def _frequent(self, column):
        """The most frequent values in the training rows, as names: (at most SHOWN,)."""
        if column not in self._plain:
            values = as_names(self.task.columns[column].iloc[self.task.rows("train")], missing="keep")
            counts = pd.Series(values, dtype=object).value_counts()
            self._plain[column] = counts.index[counts >= MIN_COUNT][:SHOWN].to_numpy(dtype=object)
        return self._plain[column]

    def _untrained(self) -> ColumnInput:
        column, encoding, size = self.choice
        train = self.task.rows("train")
        values, target = self.task.columns[column].iloc[train], self.task.target[train]
        made = encode_column(encoding, values, target, size, self.seed, MIN_COUNT)
        if encoding == "embedding":  # the network sets where it starts
            TabularNet({column: made}, seed=self.seed)
        return made

    @staticmethod
    def _rows_of(encoded, names):
        with torch.no_grad():
            return encoded(torch.from_numpy(encoded.codes(names))).numpy().copy()

    def _heats(self):
        column, encoding, _ = self.choice
        return [
            Heat(f"{column} as {encoding}", self.matrix, COLUMN_NAMES[encoding], "value", signed=encoding != "one-hot"),
            Heat("Distances between values", self.distances, column, "Euclidean distance", signed=False),
        ]

    def _draw_maps(self):
        for heat, chart in zip(self._heats(), self._charts):
            heat.draw(chart, MAP_HEIGHT)
        self.renew_static()

    def _draw_curves(self):
        for run in self.runs:
            run.current = run is self._run
        draw_curves(self._charts[2], self.runs, self.baseline, self.error, self.epochs, CURVE_HEIGHT)
        self.renew_static()

    def _say(self, text, role="status"):
        self.status.value = f"<p role='{role}' style='margin: 0'>{html.escape(text)}</p>"

    def _mark_buttons(self):
        running = self._run is not None and self._run.running
        self.start_button.button_style, self.stop_button.button_style = ("", "warning") if running else ("primary", "")

    def describe(self) -> str:
        """What the lab shows, in words."""
        near = self.distances.to_numpy(copy=True)
        text = " ".join(heat.describe() for heat in self._heats())
        if len(near) > 1:
            np.fill_diagonal(near, np.inf)
            one, other = np.unravel_index(near.argmin(), near.shape)
            text += f" Nearest to each other: {self._names[one]} and {self._names[other]}."
        return f"Encoding lab, {_label(self.choice)}. {text} {describe_curves(self.runs, self.baseline, self.error)}"

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of the lab as a still picture, with its description."""
        return still.png_bundle(
            lab_figure(self._heats(), self.runs, self.baseline, self.error, self.epochs), self.describe()
        )


def _label(choice):
    column, encoding, size = choice
    return f"{column} · {encoding}" + (f" {size}" if size is not None else "")
