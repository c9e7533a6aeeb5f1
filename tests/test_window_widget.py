import base64
import io
import re
import unicodedata

import numpy as np
import pytest
import torch
from ipywidgets.widgets.widget import _instances
from PIL import Image
from torch.nn import functional as F

from embedviz.widgets.base import LiveWidget
from embedviz.widgets.window import explore_window

FEAR = "the only thing we have to fear is fear itself"
HOPE = "the last best hope of earth"
WORDS = sorted(set(f"{FEAR} {HOPE} <b>".split()) - {"best"})


@pytest.fixture
def tables():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(len(WORDS), 6, generator=generator, dtype=torch.float64) for _ in range(2))


@pytest.fixture
def explorer(tables):
    return explore_window([FEAR, HOPE.split(), "fear <b> fear"], WORDS, *tables, position=7, n=1)


def test_hidden_vector_probabilities_and_loss_are_torchs(explorer, tables):
    inputs, outputs = tables
    for place, n in ((8, 1), (8, 2), (1, 3), (10, 5), (4, 2)):
        explorer.place.value, explorer.width.value = place, n
        words = FEAR.split()
        context = words[max(0, place - 1 - n) : place - 1] + words[place : place + n]
        assert explorer.target == words[place - 1] and explorer.context == context
        h = F.embedding_bag(torch.tensor([[WORDS.index(word) for word in context]]), inputs, mode="mean")
        np.testing.assert_allclose(explorer.hidden, h[0], rtol=1e-12)
        np.testing.assert_allclose(explorer.probabilities, torch.softmax(h @ outputs.T, 1)[0], rtol=1e-10)
        target = torch.tensor([WORDS.index(words[place - 1])])
        assert explorer.loss == pytest.approx(F.cross_entropy(h @ outputs.T, target).item())


def test_the_panel_shows_the_window_and_the_numbers(explorer):
    shown = explorer.panel.html
    assert re.findall(r"class='w (\w+)' data-name='(\d+)'", shown) == [
        *(("other", str(i)) for i in range(6)), ("context", "6"), ("target", "7"), ("context", "8"), ("other", "9")
    ]  # fmt: skip
    assert (
        "<b>fear</b> 2/2" in shown and shown.count("aria-pressed='true'") == 1 and "aria-label='fear, context'" in shown
    )
    assert re.findall(r"<td style='background: #[0-9a-f]{6}'>([^<]*)</td>", shown) == [
        f"{round(value, 1) + 0.0:.1f}".replace("-", "−") for value in explorer.hidden
    ]
    assert f"= {explorer.loss:.2f} nats" in shown and f"{explorer.probabilities.max():.1%}" in shown


def test_the_bars_are_the_most_probable_and_the_target(explorer):
    order = np.argsort(-explorer.probabilities)
    ranking = explorer.ranking()
    assert [word for _, word, _ in ranking[:8]] == [WORDS[i] for i in order[:8]]
    assert [rank for rank, word, _ in ranking if word == "is"] == [order.tolist().index(WORDS.index("is")) + 1]
    explorer.outputs[WORDS.index("is")] = -50 * explorer.hidden  # now it comes last
    explorer.place.value = 7
    explorer.place.value = 8
    assert explorer.ranking()[-1][:2] == (len(WORDS), "is") and len(explorer.ranking()) == 9


def test_a_click_on_a_word_makes_it_the_target(explorer):
    explorer.panel._handle_custom_msg({"name": "2"}, [])
    assert explorer.place.value == 3 and explorer.target == "thing" and explorer.context == ["only", "we"]


def test_words_outside_the_vocabulary_are_passed_over_and_shown_as_such(explorer):
    explorer.sentence_box.value = 1
    explorer.place.value = 3
    assert explorer.target == "hope" and explorer.context == ["last", "of"]
    assert (
        explorer.place.max == 5
        and "<span class='w unknown' title='not in the vocabulary'>best</span>" in explorer.panel.html
    )


def test_a_shorter_sentence_takes_the_place_along(explorer):
    explorer.place.value = 10
    explorer.sentence_box.value = 1
    assert explorer.place.value == explorer.place.max == 5 and explorer.target == "earth"
    explorer.sentence_box.value = 0
    assert explorer.place.max == 10 and explorer.target == "have"


def test_words_are_escaped(explorer):
    explorer.sentence_box.value = 2
    assert explorer.panel.html.count("<b>") == len(explorer.shares()) and "&lt;b&gt;" in explorer.panel.html


def test_the_still_picture_says_what_it_shows(explorer):
    data, metadata = explorer.static()
    alt = metadata["image/png"]["alt"]
    assert f"“{FEAR}”" in alt and "fear, fear predict the target is" in alt and f"{explorer.loss:.2f} nats" in alt
    picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert picture.width == 1512 and len(data["image/png"]) < 100_000


def test_a_long_sentence_makes_the_picture_higher(tables):
    long = explore_window([" ".join([FEAR] * 6)], WORDS, *tables)
    picture = Image.open(io.BytesIO(base64.b64decode(long.static()[0]["image/png"])))
    short = Image.open(io.BytesIO(base64.b64decode(explore_window([FEAR], WORDS, *tables).static()[0]["image/png"])))
    assert picture.height > short.height and picture.width == short.width


def test_displaying_shows_picture_words_and_widget(explorer, monkeypatch):
    shown = []
    monkeypatch.setattr("embedviz.widgets.base.display", lambda data, **options: shown.append(data))
    explorer._ipython_display_()
    picture, words, live = shown
    assert (
        "image/png" in picture and "embedviz-static-" in words["text/html"] and "embedviz-panel" in words["text/html"]
    )
    assert "application/vnd.jupyter.widget-view+json" in live


def test_bad_input_is_named(tables):
    inputs, outputs = tables
    with pytest.raises(
        ValueError, match=rf"{len(WORDS)} words with tables of shape \({len(WORDS)}, 6\) and \({len(WORDS)}, 5\)"
    ):
        explore_window([FEAR], WORDS, inputs, outputs[:, :5])
    with pytest.raises(ValueError, match="“quiet past” has fewer than two words"):
        explore_window([FEAR, "quiet past"], WORDS, inputs, outputs)
    with pytest.raises(IndexError, match="position 10: a sentence of 10 words has 0 to 9"):
        explore_window([FEAR], WORDS, inputs, outputs, position=10)
    with pytest.raises(ValueError, match="n=0"):
        explore_window([FEAR], WORDS, inputs, outputs, n=0)


@pytest.mark.parametrize("word", ["$$", "A$$", "$x^$", "\\$\\frac$", "戦争"])
def test_words_are_no_formulas(word):
    words = ["a", "b", word]
    window = explore_window([f"a {word} b"], words, *np.eye(6)[:, :3].reshape(2, 3, 3), position=1)
    assert window.target == word and window.static()[0]["image/png"]


def test_words_are_found_however_their_letters_are_composed(tables):
    words = ["café", "thé", *WORDS[2:]]
    window = explore_window([unicodedata.normalize("NFD", "café the thé")], words, *tables)
    assert window.target == "café" and "thé" in window.context
    with pytest.raises(ValueError, match="the name 'a' comes 2 times"):
        explore_window(["a a"], ["a", "a"], np.eye(2), np.eye(2))


def test_it_is_a_live_widget_and_closes_as_one(tables):
    explore_window([FEAR], WORDS, *tables).close()
    count = len(_instances)
    window = explore_window([FEAR], WORDS, *tables)
    assert isinstance(window, LiveWidget)
    window.close()
    assert window.closed and len(_instances) == count
