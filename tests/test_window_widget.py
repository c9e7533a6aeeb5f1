import base64
import io
import unicodedata

import numpy as np
import pytest
import torch
import traitlets
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
    for position, n in ((7, 1), (7, 2), (0, 3), (9, 5), (3, 2)):
        explorer.position, explorer.n = position, n
        words = FEAR.split()
        context = words[max(0, position - n) : position] + words[position + 1 : position + 1 + n]
        assert explorer.target == words[position] and explorer.context == context
        h = F.embedding_bag(torch.tensor([[WORDS.index(word) for word in context]]), inputs, mode="mean")
        np.testing.assert_allclose(explorer.hidden, h[0], rtol=1e-12)
        np.testing.assert_allclose(explorer.probabilities, torch.softmax(h @ outputs.T, 1)[0], rtol=1e-10)
        target = torch.tensor([WORDS.index(words[position])])
        assert explorer.loss == pytest.approx(F.cross_entropy(h @ outputs.T, target).item())


def test_the_bars_are_the_most_probable_and_the_target(explorer, tables):
    inputs, outputs = tables
    order = np.argsort(-explorer.probabilities)
    ranking = explorer.ranking()
    assert [word for _, word, _ in ranking[:8]] == [WORDS[i] for i in order[:8]]
    assert [rank for rank, word, _ in ranking if word == "is"] == [order.tolist().index(WORDS.index("is")) + 1]
    outputs[WORDS.index("is")] = -5000 * torch.from_numpy(explorer.hidden)  # now it comes last
    last = explore_window([FEAR], WORDS, inputs, outputs, position=7, n=1)
    assert last.ranking()[-1] == (len(WORDS), "is", 0) and len(last.ranking()) == 9
    assert np.isfinite(last.loss) and last.loss > 1000  # though the probability is too small to be stored


def test_words_outside_the_vocabulary_are_passed_over(explorer):
    explorer.sentence = 1
    explorer.position = 2
    assert explorer.target == "hope" and explorer.context == ["last", "of"]


def test_a_shorter_sentence_takes_the_position_along(explorer):
    seen = []
    explorer.observe(lambda change: seen.append((change["name"], change["new"])), ["sentence", "position"])
    explorer.position = 9
    explorer.sentence = 1
    assert explorer.position == 4 and explorer.target == "earth"
    explorer.sentence = 0
    assert explorer.position == 4 and explorer.target == "have"
    assert seen == [("position", 9), ("sentence", 1), ("position", 4), ("sentence", 0)] or seen == [
        ("position", 9), ("position", 4), ("sentence", 1), ("sentence", 0)
    ]  # fmt: skip


def test_what_the_page_sets_comes_in_one_message(explorer):
    explorer.position = 9
    explorer.set_state({"sentence": 1, "position": 4, "n": 3})
    assert (explorer.sentence, explorer.position, explorer.n, explorer.target) == (1, 4, 3, "earth")


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("position", 10, "position=10: sentence 0 has 10 known words: it must be from 0 to 9"),
        ("position", -1, "position=-1: sentence 0 has 10"),
        ("sentence", 3, "sentence=3: it must be from 0 to 2"),
        ("n", 0, "n=0: it must be from 1 to 5"),
        ("n", 6, "n=6: it must be from 1 to 5"),
    ],
)
def test_what_is_not_there_is_refused_and_changes_nothing(explorer, name, value, message):
    before = getattr(explorer, name)
    with pytest.raises(traitlets.TraitError, match=message):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


def test_the_page_gets_the_words_and_the_tables(explorer, tables):
    values = explorer.page_values()
    assert values["vocabulary"].decode().split("\n") == WORDS and values["sentences"][1] == HOPE.split()
    for name, table in zip(("input_rows", "output_rows"), tables):
        sent = np.frombuffer(values[name], dtype="<f4").reshape(table.shape)
        np.testing.assert_allclose(sent, table, rtol=1e-6)
    assert [values[name] for name in ("sentence", "position", "n", "widest")] == [0, 7, 1, 5]


def test_the_tables_cannot_be_changed_behind_the_pages_back(explorer):
    with pytest.raises(ValueError, match="read-only"):
        explorer.inputs[0] = 0
    with pytest.raises(traitlets.TraitError):
        explorer.vocabulary = b"x"


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
        "image/png" in picture and "embedviz-static-" in words["text/html"] and "embedviz-window" in words["text/html"]
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
    with pytest.raises(ValueError, match="widest=0"):
        explore_window([FEAR], WORDS, inputs, outputs, widest=0)
    with pytest.raises(ValueError, match="no sentences"):
        explore_window([], WORDS, inputs, outputs)
    outputs[3, 1] = torch.nan
    with pytest.raises(ValueError, match="outputs: 1 of .* rows hold NaN or infinity, first row 3"):
        explore_window([FEAR], WORDS, inputs, outputs)


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
