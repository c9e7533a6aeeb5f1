"""`train_in_page`: chapter 2's model, trained by the page itself, without a kernel.

The page has the pairs and trains on them, see js/train/; tests/test_js_train.py compares it with PyTorch step by step.
Here is what it is given, and the same training by PyTorch, for the still picture.
"""

import math
from collections.abc import Hashable

import numpy as np
import pandas as pd
import torch
import traitlets
from torch.nn.functional import normalize

from embedviz.base.arrays import checked_seed, whole_number
from embedviz.inputs.pairs import Pairs
from embedviz.inputs.seeded import SeededBatches
from embedviz.measure.ranking import ranking_scores, ranks
from embedviz.models.losses import logistic_loss, sampled_softmax_loss
from embedviz.models.pair import PairEmbedding
from embedviz.space.table import EmbeddingTable
from embedviz.train.loop import fit
from embedviz.train.seeded_start import start_as_page
from embedviz.widgets import payload, still
from embedviz.widgets.base import LiveWidget, ModuleView, closed_on_error
from embedviz.widgets.explorer import Explorer
from embedviz.widgets.look import PALETTE
from embedviz.widgets.page import values_of
from embedviz.widgets.training import MAP

# What each method is, as js/train/session.js has it: true pairs in a batch, and what it compares.
METHODS = {"softmax": (256, "cosine"), "negatives": (512, "dot")}
HIDDEN = ("size", "projection", "distorted", "settings")  # controls: PCA is what there is after each epoch


def train_in_page(
    pairs: Pairs,
    held_out: Pairs,
    frame: pd.DataFrame | None = None,
    *,
    color: Hashable | list[Hashable] | None = None,
    selected: Hashable | None = None,
    method: str = "softmax",
    lr: float = 0.01,
    temperature: float = 0.2,
    log_q: bool = True,
    negatives: int = 2,
    epochs: int = 15,
    dim: int = 50,
    seed: int = 0,
    title: str = "Trained by this page",
) -> "PageTraining":
    """A widget whose page trains two tables, without a kernel: loss, held-out hits@10, and the map as it forms.

    The model is `PairEmbedding`, the optimizer Adam by rows. Settings may be changed while it trains; they hold from
    the next epoch on, and a dotted line marks where.

    Args:
        pairs: to train on. Each item has one at least.
        held_out: to measure on, numbered alike; see `Pairs.split`.
        frame, color, selected, title: of the map, see `explorer.explore`.
        method: "softmax", the in-batch softmax over cosines in batches of 256, or "negatives", the logistic loss over
            dot products in batches of 512.
        lr: learning rate.
        temperature, log_q: of the softmax.
        negatives: of the logistic loss, for each true pair.
        epochs: of a run.
        dim: numbers a name.
        seed: of start and batches.

    Raises:
        ValueError: another method, a number that cannot be, no pairs, pairs that are numbered differently, an item
            without a pair, and what `explore` raises.
        KeyError: an unknown column or name.
    """
    training = PageTraining(
        pairs,
        held_out,
        frame,
        {
            "method": method,
            "lr": lr,
            "temperature": temperature,
            "logQ": log_q,
            "negatives": negatives,
            "epochs": epochs,
        },
        color=color,
        dim=dim,
        seed=seed,
        title=title,
    )
    if selected is not None:
        with closed_on_error(training):
            training.select(selected)
    return training


class PageTrainingView(ModuleView):
    entry = "train/main.js"


class PageTraining(LiveWidget):
    """What `train_in_page` returns: a widget to display, and the same as an object to program.

    Attributes:
        history: a dict an epoch: epoch, loss (nats), hits (of 10, share of the held-out), seconds; what the page, or
            `run`, has trained when it last rested.
        changes: a dict for each change of settings: x (after which epoch), text.
        vectors: the items' vectors then, bytes of float32 (n, dim); empty before. They never go to a page.
        explorer: the map of the still picture.
    """

    entry = "train/main.js"

    explorer = None

    spec = traitlets.Dict(read_only=True).tag(sync=True)
    settings = traitlets.Dict(read_only=True).tag(sync=True)
    look = traitlets.Dict({"color": PALETTE[0], "shape": "circle"}, read_only=True).tag(sync=True)
    map = traitlets.Dict(read_only=True).tag(sync=True)  # what the page's explorer is given; tables it makes itself
    history = traitlets.List()
    changes = traitlets.List()
    vectors = traitlets.Bytes()

    def __init__(
        self,
        pairs: Pairs,
        held_out: Pairs,
        frame: pd.DataFrame | None,
        settings: dict,
        *,
        color: Hashable | list[Hashable] | None,
        dim: int,
        seed: int,
        title: str,
    ):
        settings = _checked(settings)
        if not len(pairs) or not len(held_out):
            raise ValueError(f"{len(pairs)} pairs to train on, {len(held_out)} held out: both are needed")
        if not (np.array_equal(pairs.items, held_out.items) and np.array_equal(pairs.contexts, held_out.contexts)):
            raise ValueError("pairs and held_out number different names: split them from one, see Pairs.split")
        counts = np.bincount(pairs.index[:, 0], minlength=len(pairs.items))
        if (without := np.flatnonzero(counts == 0)).size:
            raise ValueError(f"{len(without)} items have no pair, such as {pairs.items[without[0]]!r}: take them out")
        self.title, self._pairs, self._held_out = title, pairs, held_out
        self._dim, self._seed = whole_number("dim", dim, 1), checked_seed(seed)
        start = self._model(settings).items.weight
        self._start = EmbeddingTable(pairs.items, start)
        self.explorer = Explorer(
            self._start, pairs, frame, color=color, title=title, width=MAP[0], height=MAP[1], owner=self
        )
        super().__init__([])
        held = payload.packed_links(pairs.items, held_out)
        self.set_trait("settings", settings)
        self.set_trait("spec", {"held": {part: held[part] for part in ("starts", "indices")}, "dim": dim, "seed": seed})
        self._give_map()
        self.children = [PageTrainingView(self)]
        self.on_msg(self._hear)
        self.explorer.observe(lambda change: self._give_map(), ["selected", "color"])

    def _give_map(self):
        values = values_of(self.explorer) | {"hide": list(HIDDEN)}
        self.set_trait("map", {name: value for name, value in values.items() if name not in ("tables", "epoch")})

    def _model(self, settings):
        sizes = len(self._pairs.items), len(self._pairs.contexts)
        return start_as_page(PairEmbedding(*sizes, self._dim, METHODS[settings["method"]][1]), self._seed)

    def select(self, name: Hashable | None) -> None:
        """Light up a name and its nearest neighbors at first, and in the still picture; None clears.

        Raises:
            KeyError: an unknown name; the message suggests close spellings.
        """
        self.explorer.select(name)

    def run(self) -> "PageTraining":
        """Train here, by PyTorch, for the still picture: from the page's start, with its batches and settings.

        The page itself is given nothing of it, and starts untrained. Returns the widget.
        """
        settings = self.settings
        size, similarity = METHODS[settings["method"]]
        softmax, log_q = similarity == "cosine", None
        if softmax and settings["logQ"]:
            log_q = torch.from_numpy(self._pairs.context_frequency.clip(1e-12)).log().float()

        def loss(model, items, contexts, labels=None):
            if not softmax:
                return logistic_loss(model(items, contexts), labels)
            own = None if log_q is None else log_q[contexts]
            return sampled_softmax_loss(model.all_scores(items, contexts), contexts, own, settings["temperature"])

        def hits(model):
            tables = [table.weight.detach() for table in (model.items, model.contexts)]
            both = [normalize(table) for table in tables] if softmax else tables
            return {"hits": ranking_scores(ranks(*both, self._pairs, self._held_out))["hits@10"]}

        model, epochs = self._model(settings), settings["epochs"]
        batches = SeededBatches(self._pairs, size, 0 if softmax else settings["negatives"])
        options = {"validate": hits, "device": "cpu", "progress": False}
        rows = fit(model, loss, batches, epochs, settings["lr"], self._seed, **options).rows
        self._take(rows, [], model.items.weight.detach().numpy().tobytes())
        return self

    def _hear(self, widget, content, buffers):
        """What the page tells when its training rests."""
        self._take(content["history"], content["changes"], bytes(buffers[0]))

    @property
    def frame(self) -> pd.DataFrame:
        """The history as a table by epoch: loss (nats), hits@10, seconds."""
        columns = {"epoch": int, "loss": float, "hits": float, "seconds": float}
        frame = pd.DataFrame(self.history, columns=list(columns)).astype(columns)
        return frame.set_index("epoch").rename(columns={"hits": "hits@10"})

    def _take(self, history, changes, vectors):
        """What is trained, here or by the page: the still picture shows it."""
        table = EmbeddingTable(self._pairs.items, np.frombuffer(vectors, dtype="<f4").reshape(-1, self._dim))
        with self.changing():
            self.history, self.changes, self.vectors = history, changes, vectors
            self.explorer.start_over(self._start)
            if history:
                self.explorer.add_snapshot(history[-1]["epoch"], table)
        self.renew_static()

    def close(self) -> None:
        """Give up the widget."""
        if self.explorer is not None:
            self.explorer.close()
        super().close()

    # The still form.

    def describe(self) -> str:
        """What there is to see, in words."""
        if not self.history:
            return f"Not trained yet. {self.explorer.describe()}"
        first, last = self.history[0], self.history[-1]
        epochs = f"{last['epoch']} epoch{'s' * (last['epoch'] != 1)}"
        text = f"Trained for {epochs}: loss {last['loss']:.3f}, hits@10 {last['hits']:.3f}."
        text += "".join(f" After epoch {one['x']}: {one['text']}." for one in self.changes)
        text += f" Two curves: the loss goes from {first['loss']:.3f} to {last['loss']:.3f} nats, "
        text += f"hits@10 on held-out pairs from {first['hits']:.3f} to {last['hits']:.3f}."
        if self.explorer.selected is not None:
            text += f" Nearest to {self.explorer.selected}: {', '.join(self.explorer.neighbors['name'])}."
        return text

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of the curves as a still picture, with a description; before there are any, of the map."""
        trained = bool(self.history)
        figure = still.curve_figure(self.frame) if trained else still.map_figure(**self.explorer.picture())
        return still.png_bundle(figure, self.describe())


def _checked(settings):
    """Settings as the page takes them; raises ValueError."""
    if settings["method"] not in METHODS:
        raise ValueError(f"method={settings['method']!r}: it must be one of {', '.join(map(repr, METHODS))}")
    for name, least in (("lr", 0), ("temperature", 0)):
        if not least < settings[name] < math.inf:
            raise ValueError(f"{name}={settings[name]!r}: it must be positive and finite")
    numbers = {name: whole_number(name, settings[name], 1, 10**6) for name in ("negatives", "epochs")}
    floats = {name: float(settings[name]) for name in ("lr", "temperature")}
    return settings | numbers | floats | {"logQ": bool(settings["logQ"])}
