"""The window's forward pass: JavaScript's against Python's, written apart, and both against scipy's."""

import numpy as np
import pytest
from scipy.special import log_softmax
from scipy.stats import rankdata

from embedviz.models import gradients
from embedviz.widgets.window import explore_window

pytestmark = pytest.mark.browser

SHOW = """({ words, inputs, outputs, sentences }, places) => {
  const cbow = new loaded["window/cbow.js"].CBOW({ words, inputs, outputs, sentences });
  return places.map((place) => ({ ...cbow.at(place), parts: cbow.parts(place) }));
}"""

ALPHABETS = ("abcdefghij", "αβγδεζηθικ", "戦争平和人間失格山月", "ابتثجحخدذر", "🙂🙃😉😊😇🥰😍🤩😘😗")


def random_model(seed):
    """(sentences, words, inputs, outputs): with unknown words, words that repeat, and letters of many kinds."""
    random = np.random.default_rng(seed)
    alphabet = ALPHABETS[seed % len(ALPHABETS)]
    spelled = {"".join(random.choice(list(alphabet), random.integers(1, 5))) for _ in range(random.integers(4, 60))}
    spelled = sorted(spelled)
    words = [*random.permutation(spelled[: max(3, len(spelled) * 2 // 3)]).tolist(), "</script>"]
    sentences = [
        [words[0], "not there", words[1], *random.choice([*spelled, "</script>"], random.integers(0, 12)).tolist()]
        for _ in range(3)
    ]
    d = int(random.integers(1, 9))
    inputs, outputs = random.normal(scale=10 ** random.uniform(-2, 1), size=(2, len(words), d)).astype(np.float32)
    return sentences, words, inputs, outputs


def places_of(explorer):
    """Every sentence, its first, last and a middle position, and windows up to far wider than it."""
    for sentence, words in enumerate(explorer.sentences):
        known = sum(word in explorer.words for word in words)
        for position in sorted({0, known // 2, known - 1}):
            for n in (1, 2, 30):
                yield sentence, position, n


@pytest.mark.parametrize("seed", range(12))
def test_the_page_computes_what_python_does(modules, seed):
    sentences, words, inputs, outputs = random_model(seed)
    explorer = explore_window(sentences, words, inputs, outputs, widest=30)
    places = list(places_of(explorer))
    modules.load("window/cbow.js")
    model = {"words": words, "inputs": inputs.ravel(), "outputs": outputs.ravel(), "sentences": explorer.sentences}
    found = modules.evaluate(SHOW, model, [dict(zip(("sentence", "position", "n"), place)) for place in places])
    for (sentence, position, n), page in zip(places, found):
        explorer.sentence, explorer.position, explorer.n = sentence, position, n
        assert words[page["target"]] == explorer.target
        assert [words[row] for row in page["context"]] == explorer.context
        assert {words[one["row"]]: one["share"] for one in page["shares"]} == pytest.approx(explorer.shares())
        np.testing.assert_allclose(page["hidden"], explorer.hidden, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(page["probabilities"], explorer.probabilities, rtol=1e-9, atol=1e-300)
        assert page["loss"] == pytest.approx(explorer.loss, rel=1e-9, abs=1e-9)
        assert [(one["rank"], words[one["row"]]) for one in page["ranking"]] == [
            (rank, word) for rank, word, _ in explorer.ranking()
        ]
        for word, part in zip(explorer.sentences[sentence], page["parts"]):
            assert (part["part"] == "unknown") == (word not in words) == (part["index"] is None)
        indices = [part["index"] for part in page["parts"] if part["index"] is not None]
        assert indices == list(range(len(indices))) and page["parts"][1]["part"] == "unknown"


def test_the_forward_pass_is_scipys(modules):
    random = np.random.default_rng(0)
    scores = random.normal(scale=3, size=500)
    found = modules.call("window/forward.js", "softmax", scores)
    np.testing.assert_allclose(np.log(found), log_softmax(scores), rtol=1e-12)
    huge = np.array([-4000.0, 0, 3000, 2999])  # the first one's probability is too small to be stored
    assert modules.call("window/forward.js", "softmaxLoss", huge, 0) == pytest.approx(-log_softmax(huge)[0])
    assert modules.call("window/forward.js", "softmax", huge).sum() == pytest.approx(1)


def test_ranks_and_the_highest_are_scipys_with_ties_in_order(modules):
    random = np.random.default_rng(1)
    for n, k in ((1, 8), (5, 8), (60, 8), (400, 20)):
        scores = random.integers(0, max(n // 3, 1), n).astype(np.float64)
        order = np.lexsort((np.arange(n), -scores))
        assert modules.call("window/forward.js", "highest", scores, k) == order[:k].tolist()
        ranks = [modules.call("window/forward.js", "rankOf", scores, row) for row in range(min(n, 20))]
        assert ranks == rankdata(-scores, "ordinal")[: min(n, 20)].tolist()


def test_a_window_is_pythons(modules):
    sentence = list(range(7))
    for position in range(7):
        for n in (1, 3, 10):
            found = modules.call("window/forward.js", "windowAround", sentence, position, n)
            assert found == gradients.window(sentence, position, n)
