"""CBOW and skip-gram: the losses against NumPy, the fast gradients against autograd, the trainer on a toy language."""

from functools import partial

import numpy as np
import pytest
import torch

from embedviz.inputs.corpus import Corpus
from embedviz.models.word2vec import CBOW, SkipGram
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
from embedviz.train import fast_word2vec
from embedviz.train.fast_word2vec import (
    Step,
    cbow_bands,
    cbow_gradients,
    epoch_steps,
    fit,
    pattern,
    patterns,
    ready_steps,
    skipgram_gradients,
)
from embedviz.train.loop import History
from embedviz.train.optimizers import RowSGD

CONTEXTS = np.array([[3, 1, -1, 4], [0, -1, -1, -1], [2, 2, 5, 0]])  # one is short, one has a word twice
TARGETS, NEGATIVES = np.array([2, 4, 1]), np.array([[0, 5], [1, 1], [3, 2]])


def model(kind, n_words=6, dim=3):
    made = kind(n_words, dim).double()
    for seed, table in enumerate((made.inputs, made.outputs)):
        torch.nn.init.normal_(table.weight, generator=torch.Generator().manual_seed(seed))
    return made


def tables(made):
    return made.inputs.weight.detach().numpy(), made.outputs.weight.detach().numpy()


def log_softmax(scores):
    return scores - np.log(np.exp(scores).sum())


def log_sigmoid(score):
    return -np.log1p(np.exp(-score))


def test_cbow_losses_by_hand():
    cbow = model(CBOW)
    v, u = tables(cbow)
    softmax, negative = [], []
    for context, target, noise in zip(CONTEXTS, TARGETS, NEGATIVES):
        h = v[context[context >= 0]].mean(axis=0)
        softmax.append(-log_softmax(u @ h)[target])
        negative.append(-log_sigmoid(u[target] @ h) - 2.5 * sum(log_sigmoid(-u[word] @ h) for word in noise))
    contexts, targets, noise = map(torch.from_numpy, (CONTEXTS, TARGETS, NEGATIVES))
    assert cbow.softmax_loss(contexts, targets).item() == pytest.approx(np.mean(softmax))
    assert cbow.negative_loss(contexts, targets, noise, k=5).item() == pytest.approx(np.mean(negative))
    # Shared by the batch, and each counted once.
    means = [v[context[context >= 0]].mean(axis=0) for context in CONTEXTS]
    shared = [
        -log_sigmoid(u[target] @ h) - sum(log_sigmoid(-u[word] @ h) for word in (0, 5))
        for target, h in zip(TARGETS, means)
    ]
    assert cbow.negative_loss(contexts, targets, noise[0]).item() == pytest.approx(np.mean(shared))


def test_skipgram_losses_by_hand():
    skipgram = model(SkipGram)
    v, u = tables(skipgram)
    softmax, negative = [], []
    for context, target, noise in zip(CONTEXTS, TARGETS, NEGATIVES):
        around, h = context[context >= 0], v[target]
        softmax.append(-sum(log_softmax(u @ h)[word] for word in around))
        against = 1.5 * sum(log_sigmoid(-u[word] @ h) for word in noise)
        negative.append(-sum(log_sigmoid(u[word] @ h) + against for word in around))
    contexts, targets, noise = map(torch.from_numpy, (CONTEXTS, TARGETS, NEGATIVES))
    assert skipgram.softmax_loss(contexts, targets).item() == pytest.approx(np.mean(softmax))
    assert skipgram.negative_loss(contexts, targets, noise, k=3).item() == pytest.approx(np.mean(negative))


def test_tables_start_as_those_of_word2vec_c():
    one, again, other = CBOW(50, 10, seed=1), CBOW(50, 10, seed=1), CBOW(50, 10, seed=2)
    assert torch.equal(one.inputs.weight, again.inputs.weight) and not torch.equal(
        one.inputs.weight, other.inputs.weight
    )
    assert 0.04 < one.inputs.weight.abs().max() <= 0.05 and not one.outputs.weight.any()
    with pytest.raises(ValueError, match="n_words=1"):
        CBOW(1)


# The fast trainer's step


def a_step(n=256, n_words=40, window=3, groups=2, shared=8):
    rng = np.random.default_rng(0)
    left, right = rng.integers(0, window + 1, (2, n))
    left, right = np.minimum(left, np.arange(n)), np.minimum(right, np.arange(n)[::-1])
    left[5] = right[5] = 0  # a word alone
    around = torch.tensor([pattern(a, b, window) for a, b in zip(left, right)], dtype=torch.float64)
    return Step(
        torch.from_numpy(rng.integers(0, n_words, n)),
        around,
        torch.from_numpy(rng.integers(0, n_words, (groups, shared))),
    )


@pytest.mark.parametrize("kind, gradients", [(CBOW, cbow_gradients), (SkipGram, skipgram_gradients)])
def test_gradients_by_hand_are_those_of_autograd(kind, gradients):
    step, made = a_step(), model(kind, 40, 7)
    n, (groups, _) = len(step.tokens), step.negatives.shape
    place = torch.arange(n)[:, None] + torch.arange(-3, 4)
    contexts = torch.where(step.around > 0, step.tokens[place.clamp(0, n - 1)], -1)
    (n * made.negative_loss(contexts, step.tokens, step.negatives[torch.arange(n) % groups], k=5)).backward()
    with torch.no_grad():
        fast = gradients(made.inputs.weight, made.outputs.weight, step, k=5)
    inputs, outputs = torch.zeros(2, 40, 7, dtype=torch.float64)
    inputs.index_add_(0, step.tokens, fast.inputs)
    outputs.index_add_(0, step.tokens, fast.outputs * fast.factor[:, None]).index_add_(
        0, step.negatives.flatten(), fast.negatives
    )
    assert torch.allclose(inputs, made.inputs.weight.grad, atol=1e-10)
    there = (contexts >= 0).any(1)  # autograd also has the constant loss of words alone, which moves nothing
    assert not there.all() and torch.allclose(outputs, made.outputs.weight.grad, atol=1e-10)


def test_an_epoch_gives_each_token_once_with_windows_inside_its_sentence():
    sentences = [[f"w{i}" for i in range(start, start + 7)] for start in range(0, 700, 7)]  # no word twice
    corpus = Corpus.from_sentences(sentences, min_count=1)
    where = {word: number for number, sentence in enumerate(sentences) for word in sentence}
    seen, sizes = [], []
    for tokens, reach, negatives in epoch_steps(corpus, window=3, sample=0, seed=0, step_tokens=128):
        assert len(tokens) == len(reach) == 128 and negatives.shape == (
            128 // fast_word2vec.GROUP,
            fast_word2vec.SHARED,
        )
        for i, code in enumerate(reach):
            left, right = divmod(code, 4)
            around = {where[corpus.words[token]] for token in tokens[i - left : i + right + 1]}
            assert left + right == 0 or around == {where[corpus.words[tokens[i]]]}
            sizes += [left + right] * int(left + right > 0)
        seen += corpus.words[tokens].tolist()
    filled = -(-700 // 128) * 128 - 700  # the last step is filled up with word 0
    assert sorted(seen) == sorted([*where, *[corpus.words[0]] * filled]) and max(sizes) == 6


def test_an_epoch_shuffles_passages_and_keeps_their_sentences_in_order():
    corpus = Corpus.from_sentences([[f"s{i}"] * 5 for i in range(100)], min_count=1)
    tokens = np.concatenate(
        [tokens for tokens, *_ in epoch_steps(corpus, window=3, sample=0, seed=0, step_tokens=128)]
    )[:500]
    sentences = [int(word[1:]) for word in corpus.words[tokens[::5]]]
    passages = [sentences[i : i + fast_word2vec.PASSAGE] for i in range(0, 100, fast_word2vec.PASSAGE)]
    assert sorted(sentences) == list(range(100)) != sentences
    assert all(passage == list(range(passage[0], passage[0] + fast_word2vec.PASSAGE)) for passage in passages)


@pytest.mark.parametrize("divide", [True, False])
def test_bands_made_for_several_steps_are_those_of_each(divide):
    corpus = Corpus.from_sentences([[f"w{i}" for i in range(start, start + 7)] for start in range(0, 700, 7)], 1)
    drawn = list(epoch_steps(corpus, window=3, sample=0, seed=0, step_tokens=64))
    around = patterns(3, 3, torch.device("cpu"))
    bands = partial(cbow_bands, divide=divide)
    ready = list(ready_steps(iter(drawn), around, bands, torch.device("cpu"), block=4))
    assert len(ready) == len(drawn) > 8 and len(drawn) % 4
    for step, (tokens, reach, negatives) in zip(ready, drawn):
        assert (step.tokens.numpy() == tokens).all() and (step.negatives.numpy() == negatives).all()
        alone = cbow_bands(around(torch.from_numpy(reach)), divide)
        assert all(torch.equal(one, other) for one, other in zip(step.bands, alone))
        assert torch.equal(step.around, around(torch.from_numpy(reach)))


# Training


@pytest.fixture(scope="module")
def toy():
    """Two languages that are never mixed, of 20 words each."""
    rng = np.random.default_rng(0)
    return Corpus.from_sentences(
        [[f"{side}{i}" for i in rng.integers(0, 20, 12)] for _ in range(1500) for side in "ab"]
    )


@pytest.mark.parametrize("kind", [CBOW, SkipGram])
def test_words_of_one_language_become_neighbors(toy, kind):
    made = kind(len(toy), dim=8)
    history = fit(made, toy, epochs=3, window=3, sample=0, progress=False)
    table = EmbeddingTable(toy.words, made.inputs.weight)
    same = [np.mean([other[0] == word[0] for other in nearest(table, word, 10).name]) for word in toy.words]
    assert np.mean(same) > 0.95 and history.frame.loss.is_monotonic_decreasing
    assert {"loss", "seconds"} == set(history.frame.columns)


def test_a_seed_gives_the_same_table_and_another_one_does_not(toy):
    def train(seed):
        made = CBOW(len(toy), dim=8)
        fit(made, toy, epochs=1, seed=seed, progress=False)
        return made.inputs.weight.detach().clone()

    assert torch.allclose(train(0), train(0), atol=1e-6) and not torch.allclose(train(0), train(1), atol=1e-3)


def test_a_stopped_training_goes_on_as_if_nothing_had_been(toy):
    whole, parts = CBOW(len(toy), dim=8), CBOW(len(toy), dim=8)
    fit(whole, toy, epochs=3, progress=False)
    history = fit(parts, toy, epochs=3, progress=False, callbacks=[lambda model, history: history.epochs == 2])
    assert history.epochs == 2 and history.interrupted
    fit(parts, toy, epochs=3, history=history, progress=False)
    assert history.epochs == 3 and not history.interrupted
    torch.testing.assert_close(whole.state_dict(), parts.state_dict())


def test_the_stop_button_keeps_the_training(toy, capsys):
    def stop(model, history):
        raise KeyboardInterrupt

    made = CBOW(len(toy), dim=8)
    before, threads = made.inputs.weight.detach().clone(), torch.get_num_threads()
    history = fit(made, toy, epochs=3, callbacks=[stop], progress=False)
    assert history.interrupted and history.epochs == 1 and not torch.equal(before, made.inputs.weight)
    assert "stopped by hand after 1 whole epochs" in capsys.readouterr().out and torch.get_num_threads() == threads


def test_a_tiny_corpus_and_sentences_shorter_than_the_window():
    corpus = Corpus.from_sentences([["a", "b"], ["c"], ["a", "c", "b"]], min_count=1)
    for kind in (CBOW, SkipGram):
        made = kind(len(corpus), dim=4)
        history = fit(made, corpus, epochs=2, window=10, sample=0, progress=False)
        assert history.epochs == 2 and torch.isfinite(made.inputs.weight).all()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"epochs": 0}, "epochs=0"),
        ({"window": 0}, "window=0"),
        ({"negatives": 0}, "negatives=0"),
        ({"step_tokens": 100}, "step_tokens=100"),
        ({"window": 2.5}, "window=2.5"),
    ],
)
def test_wrong_arguments(toy, options, message):
    with pytest.raises(ValueError, match=message):
        fit(CBOW(len(toy), dim=4), toy, **options)


def test_a_model_of_another_vocabulary_is_refused_and_a_loss_that_explodes_is_told(toy):
    with pytest.raises(ValueError, match=f"the model has 7 words, the corpus {len(toy)}"):
        fit(CBOW(7), toy)
    with pytest.raises(ValueError, match=r"the loss is (nan|inf) in epoch 1: a lower learning rate than 1e\+38"):
        fit(CBOW(len(toy), dim=4), toy, epochs=1, lr=1e38, progress=False, history=History())
    with pytest.raises(TypeError, match="the model is a Linear: it must be a CBOW or a SkipGram"):
        fit(torch.nn.Linear(2, 2), toy)


@pytest.mark.parametrize("kind", [CBOW, SkipGram])
@pytest.mark.parametrize("seed", range(20))
def test_four_short_sentences_train_with_any_seed(kind, seed):
    """Subsampling leaves nothing of them in some epochs."""
    corpus = Corpus.from_sentences([["to", "be", "or"], ["not", "to", "be"], ["that", "is"], ["be"]], min_count=1)
    made = kind(len(corpus), 8)
    history = fit(made, corpus, seed=seed, progress=False)
    assert history.epochs == 5 and torch.isfinite(made.inputs.weight).all()


def test_an_epoch_of_which_nothing_is_left_has_no_loss(monkeypatch):
    corpus = Corpus.from_sentences([["a", "b"], ["c"], ["a", "c", "b"]], min_count=1)
    made = CBOW(len(corpus), dim=4)
    before = made.inputs.weight.detach().clone()
    monkeypatch.setattr(fast_word2vec, "epoch_steps", lambda *arguments: iter(()))
    history = fit(made, corpus, epochs=2, progress=False)
    assert history.epochs == 2 and history.frame["loss"].isna().all() and torch.equal(made.inputs.weight, before)


@pytest.mark.parametrize("kind", [CBOW, SkipGram])
def test_a_window_longer_than_all_sentences_costs_no_more_than_they_do(kind, toy, monkeypatch):
    widths = []
    patterns = fast_word2vec.patterns
    monkeypatch.setattr(fast_word2vec, "patterns", lambda *sizes: widths.append(sizes[1]) or patterns(*sizes))
    made = kind(len(toy), dim=8)
    history = fit(made, toy, epochs=1, window=400, sample=0, progress=False)
    assert widths == [11] and np.isfinite(history.frame["loss"]).all()  # a sentence has 12 words


def test_a_wide_window_in_long_sentences_reaches_no_further_than_a_step():
    rng = np.random.default_rng(0)
    corpus = Corpus.from_sentences([[f"w{i}" for i in rng.integers(0, 50, 1000)] for _ in range(3)], min_count=1)
    made = CBOW(len(corpus), dim=4)
    history = fit(made, corpus, epochs=1, window=10**6, sample=0, progress=False)
    assert history.epochs == 1 and torch.isfinite(made.inputs.weight).all()


@pytest.mark.parametrize("window, width", [(4, 4), (1, 1), (50, 50), (9, 4), (400, 40)])
def test_around_a_word_is_the_pattern_of_its_reach(window, width):
    sides = [(left, right) for left in range(width + 1) for right in range(width + 1)]
    reach = torch.tensor([left * (window + 1) + right for left, right in sides])
    around = fast_word2vec.patterns(window, width, torch.device("cpu"))(reach)
    assert around.tolist() == [pattern(left, right, width) for left, right in sides]


# As word2vec.c updates


def test_undivided_each_context_word_gets_c_times_its_gradient():
    step, made = a_step(), model(CBOW, 40, 7)
    n, (groups, _) = len(step.tokens), step.negatives.shape
    place = torch.arange(n)[:, None] + torch.arange(-3, 4)
    contexts = torch.where(step.around > 0, step.tokens[place.clamp(0, n - 1)], -1)
    size = (contexts >= 0).sum(1)
    with torch.no_grad():
        fast = cbow_gradients(made.inputs.weight, made.outputs.weight, step, k=5, divide=False)
        right = cbow_gradients(made.inputs.weight, made.outputs.weight, step, k=5)
    expected = torch.zeros(40, 7, dtype=torch.float64)
    for i in range(n):  # autograd of one window at a time, C times
        if size[i]:
            made.zero_grad()
            one = contexts[i : i + 1], step.tokens[i : i + 1], step.negatives[i % groups]
            made.negative_loss(*one, k=5).backward()
            expected += size[i] * made.inputs.weight.grad
    inputs = torch.zeros(40, 7, dtype=torch.float64).index_add_(0, step.tokens, fast.inputs)
    assert torch.allclose(inputs, expected, atol=1e-9)
    assert torch.equal(fast.outputs, right.outputs) and torch.equal(fast.negatives, right.negatives)


def test_sgd_is_plain_descent_with_a_rate_that_falls():
    corpus = Corpus.from_sentences([[f"w{i % 7}", f"w{(i + 1) % 7}", f"w{i % 3}"] for i in range(400)], min_count=1)
    made, rates = CBOW(len(corpus), 4), []
    history = fit(
        made,
        corpus,
        3,
        optimizer="sgd",
        lr=0.1,
        sample=0,
        progress=False,
        callbacks=[lambda model, history: rates.append(history.lr)],
    )
    assert 0.1 > rates[0] > rates[1] > rates[2] > 0 and history.frame.loss.is_monotonic_decreasing
    table, gradients = torch.zeros(3, 2), torch.tensor([[1.0, 2], [3, 4], [5, 6]])
    optimizer = RowSGD([torch.nn.Parameter(table)], lr=0.5)
    optimizer.move(table, torch.tensor([0, 2, 0]), gradients, torch.tensor([1.0, 1, 2]))
    assert table.tolist() == [[-5.5, -7], [0, 0], [-1.5, -2]]


def test_what_there_is_not_to_choose():
    corpus = Corpus.from_sentences([["a", "b", "c"]] * 50, min_count=1)
    with pytest.raises(ValueError, match="optimizer='adam'"):
        fit(CBOW(3, 2), corpus, 1, optimizer="adam", progress=False)
    with pytest.raises(ValueError, match="divide=False is for CBOW"):
        fit(SkipGram(3, 2), corpus, 1, divide=False, progress=False)
