"""`explore_window`: CBOW's forward pass on a real sentence, number by number, while a window slides over it."""

import html
from collections.abc import Sequence

import ipywidgets
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from embedviz.base.arrays import to_numpy
from embedviz.base.names import NameIndex, as_names, shorten
from embedviz.models.gradients import hidden_vector, softmax, window
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget
from embedviz.widgets.look import INK
from embedviz.widgets.parts import Panel, PanelView

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
        inputs, outputs: the two tables, float arrays or tensors of shape (V, d).
        position: the word of the first sentence to start from, counted from 0 among those in the vocabulary.
        n: words on each side to start from.
        widest: the largest n.

    Raises:
        ValueError: shapes that do not fit the vocabulary, or a sentence of fewer than two known words.
        IndexError: a position beyond the sentence.
    """
    return WindowExplorer(sentences, words, inputs, outputs, position=position, n=n, widest=widest)


class WindowExplorer(LiveWidget):
    """What `explore_window` returns: a widget to display, and the same as an object to program.

    Attributes:
        place, width: the sliders; `place.value` counts words from 1.
        target: the word to be predicted.
        context: the words that predict it, in their order.
        hidden: the mean of their vectors, float array of shape (d,).
        probabilities: of all words, float array of shape (V,).
        loss: −log of the target's probability, in nats.
    """

    drawn = ".embedviz-panel"  # it has neither map nor plot

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
        split = [sentence.split() if isinstance(sentence, str) else list(sentence) for sentence in sentences]
        self.sentences = [as_names(sentence).tolist() if sentence else [] for sentence in split]
        for sentence in self.sentences:
            if sum(word in self._number for word in sentence) < 2:
                short = shorten(" ".join(sentence), 60)
                raise ValueError(f"“{short}” has fewer than two words of the vocabulary: no window to show")
        style, layout = {"description_width": "initial"}, {"width": "300px"}
        self.sentence_box = ipywidgets.Dropdown(
            options=[(shorten(" ".join(sentence), 70), i) for i, sentence in enumerate(self.sentences)],
            value=0,
            description="Sentence",
            style=style,
            layout={"width": "560px", "display": None if len(self.sentences) > 1 else "none"},
        )
        known = self._known()
        window(known, position, n)  # raises what is wrong with them
        self.place = ipywidgets.IntSlider(position + 1, 1, len(known), description="Word", style=style, layout=layout)
        self.width = ipywidgets.IntSlider(
            n, 1, max(widest, n), description="Window: words on each side", style=style, layout={"width": "360px"}
        )
        self.panel = Panel()
        self._compute()
        self.sentence_box.observe(self._other_sentence, "value")
        for slider in (self.place, self.width):
            slider.observe(lambda change: self._compute(), "value")
        self.panel.on_msg(lambda panel, message, buffers: setattr(self.place, "value", int(message["name"]) + 1))
        row = ipywidgets.Layout(flex_flow="row wrap")
        view = PanelView(self.panel, layout={"width": "100%", "max_width": "860px"})
        super().__init__([self.sentence_box, ipywidgets.HBox([self.place, self.width], layout=row), view])

    def _known(self):
        return [word for word in self.sentences[self.sentence_box.value] if word in self._number]

    def _other_sentence(self, change):
        last = len(self._known())
        if self.place.value > last:
            self.place.value = last  # computes
        self.place.max = last
        self._compute()

    def _compute(self):
        known, position = self._known(), self.place.value - 1
        self.target, self.context = known[position], window(known, position, self.width.value)
        self.hidden = hidden_vector(self.inputs, [self._number.row(word) for word in self.context])
        self.probabilities = softmax(self.outputs @ self.hidden)
        self.loss = float(-np.log(self.probabilities[self._number.row(self.target)]))
        self.panel.html = self._html()
        self.renew_static()

    # What is shown, for the live form and the still one.

    def shares(self) -> dict[str, float]:
        """The entries of the one-hot average that are not zero."""
        return {word: self.context.count(word) / len(self.context) for word in dict.fromkeys(self.context)}

    def ranking(self) -> list[tuple[int, str, float]]:
        """(rank, word, probability) of the most probable words, and of the target if it is not among them."""
        order = np.argsort(-self.probabilities, kind="stable")
        rank = int(np.flatnonzero(order == self._number.row(self.target))[0])
        shown = [*range(min(BARS, len(order))), *([rank] if rank >= BARS else [])]
        return [(i + 1, self.words[order[i]], float(self.probabilities[order[i]])) for i in shown]

    def describe(self) -> str:
        """What the widget shows, in words."""
        top = ", ".join(f"{word} {p:.1%}" for _, word, p in self.ranking()[:3])
        return (
            f"Sentence: “{' '.join(self.sentences[self.sentence_box.value])}”. "
            f"Window of {self.width.value} on each side: "
            f"{', '.join(self.context)} predict the target {self.target}. "
            f"Most probable: {top}. The target has {np.exp(-self.loss):.1%}, a loss of {self.loss:.2f} nats."
        )

    def _marked(self):
        """(word, index among the known words or None, role) for each word of the sentence."""
        position, index = self.place.value - 1, 0
        for word in self.sentences[self.sentence_box.value]:
            if word not in self._number:
                yield word, None, "unknown"
                continue
            distance = abs(index - position)
            yield word, index, "target" if not distance else "context" if distance <= self.width.value else "other"
            index += 1

    def _captions(self):
        those = "these" if len(self.shares()) > 1 else "this"
        return (
            f"1 · One-hot average: {len(self.words):,} numbers, all 0 but {those}",
            f"2 · Hidden vector h: the mean of the {len(self.context)} context vectors, {len(self.hidden)} numbers",
            f"3 · Probabilities: softmax of {len(self.words):,} scores u·h; the first {min(BARS, len(self.words))}",
            f"Loss: −log p({self.target} | {', '.join(self.context)}) = {self.loss:.2f} nats. "
            f"Knowing nothing: log {len(self.words):,} = {np.log(len(self.words)):.2f}.",
        )

    def _cells(self):
        """(text, CSS color) of each number of h: orange above zero, blue below, white at zero."""
        scale = max(np.abs(self.hidden).max(), 1e-12)
        for value in self.hidden:
            strength = abs(value) / scale
            color = (1 - strength) * 255 + strength * (POSITIVE if value > 0 else NEGATIVE)
            yield f"{round(value, 1) + 0.0:.1f}".replace("-", "−"), "#{:02x}{:02x}{:02x}".format(*map(int, color))

    def _html(self):
        first, second, third, last = map(html.escape, self._captions())
        sentence = " ".join(self._word(*marked) for marked in self._marked())
        ticks = ""
        for word, share in self.shares().items():
            left = 100 * (self._number.row(word) + 0.5) / len(self.words)
            ticks += f"<i style='left: {left:.2f}%; height: {100 * share:.0f}%'></i>"
        shares = ", ".join(
            f"<b>{html.escape(word)}</b> {self.context.count(word)}/{len(self.context)}" for word in self.shares()
        )
        cells = "".join(f"<td style='background: {color}'>{text}</td>" for text, color in self._cells())
        ranking = self.ranking()
        top = max(p for _, _, p in ranking)
        bars = "".join(
            f"<tr class='{'is' if word == self.target else ''}'><td>{rank}</td><th scope='row'>{html.escape(word)}</th>"
            f"<td>{p:.1%}</td><td><i style='width: {100 * p / top:.1f}%'></i></td></tr>"
            for rank, word, p in ranking
        )
        head = "".join(f"<th scope='col'>{text}</th>" for text in ("rank", "word", "probability"))
        return (
            f"{STYLE}<div class='embedviz-window'><p class='sentence'>{sentence}</p>"
            "<p class='legend'><span class='w target'>target</span> to be predicted from the "
            "<span class='w context'>context</span>"
            ". Click a word, or move the sliders (keyboard: Tab, then arrow keys).</p>"
            f"<h4>{first}</h4><div class='strip' aria-hidden='true'>{ticks}</div><p>{shares}</p>"
            f"<h4>{second}</h4><table class='heat'><tr>{cells}</tr></table>"
            f"<h4>{third}</h4><table class='bars'><thead><tr>{head}<th></th></tr></thead><tbody>{bars}</tbody></table>"
            f"<p class='loss'>{last}</p></div>"
        )

    @staticmethod
    def _word(word, index, role):
        shown = html.escape(word)
        if index is None:
            return f"<span class='w unknown' title='not in the vocabulary'>{shown}</span>"
        label = f"{shown}, {role}" if role != "other" else shown
        pressed = "true" if role == "target" else "false"
        return (
            f"<button class='w {role}' data-name='{index}' aria-pressed='{pressed}' aria-label='{label}'>"
            f"{shown}</button>"
        )

    # The still form, for where there is no kernel.

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

        for (x, line), (word, _, role) in zip(places, self._marked()):
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
        marked = [(word, {"fontsize": 12, **LOOKS[role]}) for word, _, role in self._marked()]
        places, x, line = [], 0, 0
        for size in still.widths(marked):
            if x and x + size > width:
                x, line = 0, line + 1
            places.append((x, line))
            x += size + 0.15
        return places, line + 1

    def _words(self):
        return f"<p>{html.escape(self.describe())} (A still picture: with the notebook running, sliders move it.)</p>"


STYLE = f"""<style>
.embedviz-window {{ font-size: 13px; line-height: 1.35; }}
.embedviz-window p {{ margin: 3px 0; }}
.embedviz-window h4 {{ margin: 9px 0 3px; font-size: 13px; }}
.embedviz-window .w, .embedviz-panel .embedviz-window button {{ color: inherit; font-size: 16px; line-height: 1.7;
  padding: 1px 4px;  border: 2px solid transparent; border-radius: 4px; }}
.embedviz-window .legend .w {{ font-size: 12px; padding: 0 3px; }}
.embedviz-panel .embedviz-window .target.w {{ background: {TARGET}; border-color: {TARGET}; color: white;
  font-weight: bold; }}
.embedviz-panel .embedviz-window .context.w {{ border-color: {CONTEXT}; }}
.embedviz-window .unknown {{ opacity: .6; font-style: italic; text-decoration: line-through; }}
.embedviz-window .strip {{ position: relative; height: 26px; background: rgba(128, 128, 128, .15);
  border-bottom: 1px solid #888; }}
.embedviz-window .strip i {{ position: absolute; bottom: 0; width: 4px; margin-left: -2px; background: {CONTEXT}; }}
.embedviz-panel .embedviz-window .heat td {{ text-align: center; padding: 3px 0; font-size: 11px; color: {INK};
  border: 1px solid white; }}
.embedviz-window .heat {{ table-layout: fixed; }}
.embedviz-panel .embedviz-window .bars :is(td, th) {{ opacity: 1; font-size: 12px; padding: 0 6px;
  white-space: nowrap; }}
.embedviz-panel .embedviz-window .bars :is(td, thead th):is(:first-child, :nth-child(3)) {{ text-align: right; }}
.embedviz-window .bars td:last-child {{ width: 70%; }}
.embedviz-window .bars i {{ display: block; height: 11px; margin-top: 3px; background: #888; }}
.embedviz-window .bars .is i {{ background: {TARGET}; }}
.embedviz-panel .embedviz-window .bars .is th {{ font-weight: bold; }}
</style>"""
