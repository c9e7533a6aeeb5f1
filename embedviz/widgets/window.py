"""`explore_window`: CBOW's forward pass on a real sentence, number by number, while a window slides over it.

The page does it, see js/window/; here is the same for a program, and for the still picture.
"""

import html
from collections.abc import Sequence

import numpy as np
import traitlets
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from embedviz.base.arrays import checked_vectors, to_numpy, whole_number
from embedviz.base.names import NameIndex, as_names, shorten
from embedviz.models.gradients import hidden_vector, softmax, softmax_loss, window
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget, ModuleView
from embedviz.widgets.look import INK
from embedviz.widgets.payload import packed_texts

# With white text on the first: contrast 5.6; told apart by all eyes, and by form.
TARGET, CONTEXT = "#B34A00", "#0072B2"
POSITIVE, NEGATIVE = np.array([230, 159, 0]), np.array([86, 180, 233])  # Okabe & Ito's orange and sky blue


LOOKS = {
    "target": {"color": "white", "bbox": {"facecolor": TARGET, "edgecolor": TARGET, "pad": 2}, "fontweight": "bold"},
    "context": {"color": INK, "bbox": {"facecolor": "#E3F1FA", "edgecolor": CONTEXT, "pad": 2}},
    "other": {"color": "#555555"},
    "unknown": {"color": "#767676", "fontstyle": "italic"},
}


BARS = 8  # most probable words shown


def explore_window(
    sentences: Sequence[str | Sequence[str]],
    words: Sequence[str],
    inputs,
    outputs,
    *,
    position: int = 0,
    n: int = 2,
    widest: int = 5,
) -> "WindowExplorer":
    """A window over a sentence, with sliders for its width and place, and all that CBOW computes from it.

    Args:
        sentences: to choose from; each a list of words, or text that is split at white space.
        words: the vocabulary, unique, in the order of the tables' rows. Words of a sentence that are not in it are
            passed over, as in training.
        inputs, outputs: the two tables, float arrays or tensors of shape (N, d).
        position: the word of the first sentence to start from, counted from 0 among those in the vocabulary.
        n: words on each side to start from.
        widest: the largest n.

    Raises:
        ValueError: tables that do not fit the vocabulary, or hold a NaN; no sentence, or one of fewer than two known
            words; n or widest below 1.
        IndexError: a position beyond the sentence.
    """
    return WindowExplorer(sentences, words, inputs, outputs, position=position, n=n, widest=widest)


class WindowView(ModuleView):
    entry = "window/main.js"


class WindowExplorer(LiveWidget):
    """What `explore_window` returns: a widget to display, and the same as an object to program.

    The page computes what it shows. All that is computed here is computed when it is asked for, by `models.gradients`,
    from the tables in float64; the page has them in float32.

    Attributes:
        sentence: the number of the sentence, from 0. A program may set this and the next two, and observe them.
        position: the word of the sentence that is the target, counted from 0 among those in the vocabulary. In a
            sentence that is too short for it, it becomes the last.
        n: words on each side, from 1 to `widest`.
        sentences: lists of words.
        words: the vocabulary, in the order of the tables' rows.
        inputs, outputs: the two tables, read-only float64 arrays of shape (N, d).

    Setting one of the three to what is not there raises a `traitlets.TraitError` that says what is.
    """

    entry, drawn = "window/main.js", ".embedviz-window"

    sentence, position, n = (traitlets.Int(value).tag(sync=True) for value in (0, 0, 2))
    widest = traitlets.Int(5, read_only=True).tag(sync=True)
    sentences = traitlets.List(read_only=True).tag(sync=True)
    vocabulary = traitlets.Bytes(read_only=True).tag(sync=True)  # the words, UTF-8, joined by line breaks
    input_rows, output_rows = (traitlets.Bytes(read_only=True).tag(sync=True) for _ in range(2))  # float32

    def __init__(
        self,
        sentences: Sequence[str | Sequence[str]],
        words: Sequence[str],
        inputs,
        outputs,
        *,
        position: int = 0,
        n: int = 2,
        widest: int = 5,
    ):
        self._number = NameIndex(words, "vocabulary")
        self.words = self._number.names.tolist()
        self.inputs, self.outputs = (to_numpy(table).astype(np.float64) for table in (inputs, outputs))
        if self.inputs.ndim != 2 or self.inputs.shape != self.outputs.shape or len(self.inputs) != len(self.words):
            raise ValueError(
                f"{len(self.words)} words with tables of shape {self.inputs.shape} and {self.outputs.shape}: "
                "need two of (number of words, d)"
            )
        rows = [checked_vectors(table, name).tobytes() for name, table in self._tables().items()]
        split = [sentence.split() if isinstance(sentence, str) else list(sentence) for sentence in sentences]
        split = [as_names(sentence).tolist() if sentence else [] for sentence in split]
        if not split:
            raise ValueError("no sentences: give one at least")
        for sentence in split:
            if sum(word in self._number for word in sentence) < 2:
                short = shorten(" ".join(sentence), 60)
                raise ValueError(f"“{short}” has fewer than two words of the vocabulary: no window to show")
        self._known = [[word for word in sentence if word in self._number] for sentence in split]
        widest = whole_number("widest", widest, 1)
        window(self._known[0], position, n)  # raises what is wrong with them
        for table in self._tables().values():
            table.flags.writeable = False  # the page would not hear of it
        super().__init__([])
        with self.hold_sync():
            self.set_trait("widest", max(widest, n))
            self.set_trait("sentences", split)
            self.set_trait("vocabulary", packed_texts(self.words))
            self.set_trait("input_rows", rows[0])
            self.set_trait("output_rows", rows[1])
            self.position, self.n = int(position), int(n)
        self.children = [WindowView(self)]
        self.observe(lambda change: self.renew_static(), ["sentence", "position", "n"])

    def _tables(self):
        return {"inputs": self.inputs, "outputs": self.outputs}

    @traitlets.validate("sentence", "position", "n")
    def _is_there(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        low, high = {
            "sentence": (0, len(self._known) - 1),
            "position": (0, len(self._known[self.sentence]) - 1),
            "n": (1, self.widest),
        }[name]
        if not low <= value <= high:
            what = f"sentence {self.sentence} has {high + 1} known words: " if name == "position" else ""
            raise traitlets.TraitError(f"{name}={value}: {what}it must be from {low} to {high}")
        return value

    @traitlets.observe("sentence")
    def _other_sentence(self, change):
        self.position = min(self.position, len(self._known[self.sentence]) - 1)

    # What is shown.

    @property
    def target(self) -> str:
        """The word to be predicted."""
        return self._known[self.sentence][self.position]

    @property
    def context(self) -> list[str]:
        """The words that predict it, in their order."""
        return window(self._known[self.sentence], self.position, self.n)

    @property
    def hidden(self) -> np.ndarray:
        """The mean of their vectors, float64 array of shape (d,)."""
        return hidden_vector(self.inputs, [self._number.row(word) for word in self.context])

    @property
    def probabilities(self) -> np.ndarray:
        """Of all words, float64 array of shape (V,)."""
        return softmax(self.outputs @ self.hidden)

    @property
    def loss(self) -> float:
        """−log of the target's probability, in nats."""
        return float(softmax_loss(self.outputs @ self.hidden, self._number.row(self.target)))

    def shares(self) -> dict[str, float]:
        """The entries of the one-hot average that are not zero."""
        return {word: self.context.count(word) / len(self.context) for word in dict.fromkeys(self.context)}

    def ranking(self) -> list[tuple[int, str, float]]:
        """(rank, word, probability) of the most probable words, and of the target if it is not among them."""
        scores = self.outputs @ self.hidden
        order, probabilities = np.argsort(-scores, kind="stable"), softmax(scores)
        rank = int(np.flatnonzero(order == self._number.row(self.target))[0])
        shown = [*range(min(BARS, len(order))), *([rank] if rank >= BARS else [])]
        return [(i + 1, self.words[order[i]], float(probabilities[order[i]])) for i in shown]

    def describe(self) -> str:
        """What the widget shows, in words."""
        top = ", ".join(f"{word} {p:.1%}" for _, word, p in self.ranking()[:3])
        return (
            f"Sentence: “{' '.join(self.sentences[self.sentence])}”. "
            f"Window of {self.n} on each side: "
            f"{', '.join(self.context)} predict the target {self.target}. "
            f"Most probable: {top}. The target has {np.exp(-self.loss):.1%}, a loss of {self.loss:.2f} nats."
        )

    def page_title(self) -> str:
        """Of the page of `to_html`."""
        return "A window over a sentence"

    # The still form, for where there is no kernel.

    def _marked(self):
        """(word, role) for each word of the sentence."""
        index = 0
        for word in self.sentences[self.sentence]:
            if word not in self._number:
                yield word, "unknown"
                continue
            distance = abs(index - self.position)
            yield word, "target" if not distance else "context" if distance <= self.n else "other"
            index += 1

    def _captions(self):
        those = "these" if len(self.shares()) > 1 else "this"
        vectors = "vectors" if len(self.context) > 1 else "vector"
        return (
            f"1 · One-hot average: {len(self.words):,} numbers, all 0 but {those}",
            f"2 · Hidden vector h: the mean of the {len(self.context)} context {vectors}, {len(self.hidden)} numbers",
            f"3 · Probabilities: softmax of {len(self.words):,} scores v·h; the first {min(BARS, len(self.words))}",
            f"Loss: −log p({self.target} | {', '.join(self.context)}) = {self.loss:.2f} nats. "
            f"Knowing nothing: log {len(self.words):,} = {np.log(len(self.words)):.2f}.",
        )

    def _cells(self):
        """(text, CSS color) of each number of h: orange above zero, blue below, white at zero."""
        hidden = self.hidden
        scale = max(np.abs(hidden).max(), 1e-12)
        for value in hidden:
            strength = abs(value) / scale
            color = (1 - strength) * 255 + strength * (POSITIVE if value > 0 else NEGATIVE)
            yield f"{round(value, 1) + 0.0:.1f}".replace("-", "−"), "#{:02x}{:02x}{:02x}".format(*map(int, color))

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of a still picture: image/png, with its description as alt text and text/plain."""
        return still.png_bundle(self._figure(), self.describe())

    def _figure(self):
        # Everything is placed in inches from the top left corner, since the sentence takes one line or several.
        ranking, captions, width = self.ranking(), self._captions(), 9
        places, lines = self._line_breaks(width - 0.36)
        top = 0.34 + 0.38 * lines  # of all that comes below the sentence
        height = top + 2.05 + 0.2 * len(ranking)
        figure = Figure(figsize=(width, height), dpi=still.DPI)
        page = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        page.axis("off")

        def panel(x, y, w, h, **properties):
            return figure.add_axes((x / width, 1 - (y + h) / height, w / width, h / height), **properties)

        for (x, line), (word, role) in zip(places, self._marked()):
            page.text(0.18 + x, 0.3 + 0.38 * line, word, fontsize=12, va="center", **LOOKS[role])
        for y, caption in zip((top, top + 0.87, top + 1.6), captions):
            page.text(0.18, y, caption, fontsize=9.5, fontweight="bold", color=INK, va="center")
        strip = panel(0.18, top + 0.14, 8.64, 0.28, facecolor="#F2F2F2")
        strip.set(xlim=(-0.5, len(self.words) - 0.5), ylim=(0, 1), xticks=[], yticks=[])
        numbers = [self._number.row(word) for word in self.shares()]
        strip.bar(numbers, self.shares().values(), color=CONTEXT, width=max(len(self.words) / 250, 0.8))
        strip.spines[["top", "left", "right"]].set_visible(False)
        shares = ",  ".join(f"{word} {self.context.count(word)}/{len(self.context)}" for word in self.shares())
        page.text(0.18, top + 0.56, shares, fontsize=9, color=INK, va="center")
        step = 8.64 / len(self.hidden)
        for i, (text, color) in enumerate(self._cells()):
            page.add_patch(Rectangle((0.18 + i * step, top + 1.02), step, 0.3, facecolor=color, edgecolor="white"))
            if step > 0.35:
                page.text(0.18 + (i + 0.5) * step, top + 1.17, text, ha="center", va="center", fontsize=8, color=INK)
        chances = [p for *_, p in ranking]
        bars = panel(1.3, top + 1.74, 5.2, 0.2 * len(ranking))
        bars.set(ylim=(len(ranking) - 0.5, -0.5), xticks=[], xlim=(0, max(chances) * 1.15))
        colors = [TARGET if word == self.target else "#888888" for _, word, _ in ranking]
        bars.barh(range(len(ranking)), chances, 0.7, color=colors)
        for i, p in enumerate(chances):
            bars.text(p, i, f" {p:.1%}", va="center", fontsize=8, color=INK)
        bars.set_yticks(
            range(len(ranking)), [f"{shorten(word, 16)}   {rank}" for rank, word, _ in ranking], fontsize=8.5
        )
        bars.tick_params(length=0)
        bars.spines[["top", "right", "bottom"]].set_visible(False)
        page.text(0.18, height - 0.14, captions[3], fontsize=9.5, color=INK, va="center")
        return figure

    def _line_breaks(self, width):
        """For each word of the sentence its (x in inches, line), and how many lines there are."""
        marked = [(word, {"fontsize": 12, **LOOKS[role]}) for word, role in self._marked()]
        places, x, line = [], 0, 0
        for size in still.widths(marked):
            if x and x + size > width:
                x, line = 0, line + 1
            places.append((x, line))
            x += size + 0.15
        return places, line + 1

    def _words(self):
        return f"<p>{html.escape(self.describe())} (A still picture: with the notebook running, sliders move it.)</p>"
