"""What a training changes in its process is put back, whenever and wherever it is interrupted."""

import signal
import sys
import threading

import pytest
import torch
from torch import nn

from embedviz.base.names import as_names
from embedviz.inputs.corpus import Corpus
from embedviz.inputs.features import Feature
from embedviz.inputs.pairs import Pairs
from embedviz.models.initial import embedding, linear
from embedviz.models.pair import PairEmbedding
from embedviz.models.tabular import TabularNet, encode_column
from embedviz.models.two_tower import Tower
from embedviz.models.word2vec import CBOW
from embedviz.train import fast_word2vec, guard, loop
from embedviz.train.loop import History, RowBatches, fit
from embedviz.train.recipes import train_two_tower

WAIT = 60  # seconds, at most, for another thread


def small():
    model = PairEmbedding(6, 4, 3)
    return model, RowBatches(torch.arange(6), torch.arange(6) % 4, batch_size=3)


def loss(model, items, contexts):
    return (model(items, contexts) - 1).square().mean()


@pytest.fixture(autouse=True)
def as_before():
    """What one test leaves behind is no other's fault."""
    threads = torch.get_num_threads()
    yield
    torch.set_grad_enabled(True)
    torch.set_num_threads(threads)


# Ctrl-C


def train_with_an_interrupt(number, opcodes):
    """Train two epochs, with Ctrl-C at the so-manyth line (or bytecode) of ours or of torch's switches for gradients.

    Returns:
        history; the epochs that a callback was told of; the model; whether the interrupt came while the training was
        under way (None: it never came); whether it came out of `fit`.
    """
    model, batches = small()
    files = {loop.__file__, guard.__file__, torch.no_grad.__enter__.__code__.co_filename}
    history, told, events, sent, escaped = History(), [], 0, None, False
    before = signal.getsignal(signal.SIGINT)

    def trace(frame, event, _):
        nonlocal events, sent
        if frame.f_code.co_filename not in files:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = opcodes, not opcodes
        if event in ("line", "opcode"):
            events += 1
            if events == number:
                sent = signal.getsignal(signal.SIGINT) != before
                signal.raise_signal(signal.SIGINT)
        return trace

    callbacks = [lambda model, history: told.append(history.epochs)]
    sys.settrace(trace)
    try:
        fit(model, loss, batches, 2, validate=lambda m: {}, callbacks=callbacks, history=history, progress=False)
    except KeyboardInterrupt:
        escaped = True
    finally:
        sys.settrace(None)
    return history, told, model, sent, escaped


@pytest.fixture(autouse=True)
def interrupts_are_heard():
    """A job started in the background has them ignored, and its children, too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("opcodes, stride", [(False, 1), (True, 17)])
def test_an_interrupt_at_any_line_leaves_all_as_it_was_and_loses_no_epoch(opcodes, stride, capsys):
    threads, handler, under_way, number = torch.get_num_threads(), signal.getsignal(signal.SIGINT), 0, 1
    while True:
        history, told, model, sent, escaped = train_with_an_interrupt(number, opcodes)
        assert torch.is_grad_enabled() and torch.get_num_threads() == threads, number
        assert signal.getsignal(signal.SIGINT) == handler, number
        assert told == list(range(1, history.epochs + 1)), number  # a callback may keep a snapshot of each epoch
        if sent is None:
            break
        if sent:
            under_way += 1
            assert not escaped and not model.training and history.interrupted == (history.epochs < 2), number
        else:  # just before or after
            assert history.epochs in (0, 2), number
        number += stride
    assert history.epochs == 2 and not history.interrupted and under_way > 30
    assert "stopped by hand after 1 whole epochs" in capsys.readouterr().out


def test_an_interrupt_on_the_way_into_no_grad_leaves_gradients_on(monkeypatch, capsys):
    model, batches = small()
    enter, steps = torch.no_grad.__enter__, []

    def interrupted(self):
        enter(self)
        if steps:
            raise KeyboardInterrupt

    def one_step(model, items, contexts):
        steps.append(1)
        return loss(model, items, contexts)

    with monkeypatch.context() as patch:
        patch.setattr(torch.no_grad, "__enter__", interrupted)
        history = fit(model, one_step, batches, 2, validate=lambda model: {}, progress=False)
    assert history.interrupted and steps == [1] and torch.is_grad_enabled() and not model.training
    assert fit(model, loss, batches, 2, progress=False).epochs == 2


def test_a_second_interrupt_does_not_wait_for_the_callbacks(capsys):
    model, batches = small()
    told = []

    def hangs(model, history):
        signal.raise_signal(signal.SIGINT)
        told.append("went on after the first")
        signal.raise_signal(signal.SIGINT)
        told.append("went on after the second")

    history = fit(model, loss, batches, 3, callbacks=[hangs], progress=False)
    assert told == ["went on after the first"] and history.interrupted and history.epochs == 1


def test_in_a_thread_interrupts_are_left_alone():
    model, batches = small()
    seen, before = [], signal.getsignal(signal.SIGINT)

    def look(model, history):
        seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=lambda: fit(model, loss, batches, 1, callbacks=[look], progress=False))
    thread.start()
    thread.join(WAIT)
    assert seen == [before]


# Threads


def test_trainings_that_overlap_leave_torch_its_threads():
    before, seen = torch.get_num_threads(), {}

    def start(name):
        began, may_go = threading.Event(), threading.Event()

        def wait(model, history):
            seen[name] = torch.get_num_threads()
            began.set()
            assert may_go.wait(WAIT)

        def train():
            model, batches = small()
            fit(model, loss, batches, 1, callbacks=[wait], threads=before + 3, progress=False)

        thread = threading.Thread(target=train)
        thread.start()
        assert began.wait(WAIT)
        return thread, may_go

    for thread, may_go in [start("first"), start("second")]:
        may_go.set()
        thread.join(WAIT)
    later = threading.Thread(target=lambda: seen.update(later=torch.get_num_threads()))
    later.start()
    later.join(WAIT)
    assert seen == {"first": before + 3, "second": before + 3, "later": before}
    assert torch.get_num_threads() == before


def test_a_training_within_another_gives_it_its_threads_back():
    before, seen = torch.get_num_threads(), []
    with guard.torch_threads(before + 1):
        with guard.torch_threads(before + 1):
            pass
        seen.append(torch.get_num_threads())
        with guard.torch_threads(before + 2):
            seen.append(torch.get_num_threads())
        seen.append(torch.get_num_threads())
    assert seen == [before + 1, before + 2, before + 1] and torch.get_num_threads() == before


# The reader's own random numbers


@pytest.mark.parametrize(
    "make",
    [
        lambda: PairEmbedding(5, 4, 3),
        lambda: CBOW(5, 3),
        lambda: Tower([Feature.of("x", list("abc"))], 4, hidden=2),
        lambda: TabularNet({"c": encode_column("one-hot", list("ab"), [0.0, 1.0])}, 2, (4, 3)),
        lambda: TabularNet({"c": encode_column("embedding", list("ab"), [0.0, 1.0])}, 2, (4, 3)),
    ],
)
def test_making_a_model_draws_nothing_from_torchs_own_generator(make):
    state = torch.get_rng_state()
    make()
    assert torch.equal(torch.get_rng_state(), state)


def test_a_training_in_the_background_leaves_the_readers_draws_alone():
    names = as_names([f"n{i}" for i in range(6)])
    pairs = Pairs(names, names, torch.cartesian_prod(torch.arange(6), torch.arange(6))[::2].numpy())
    ids = Feature.of("id", names)
    began, may_go = threading.Event(), threading.Event()

    def wait(model, history):
        began.set()
        assert may_go.wait(WAIT)

    options = {"epochs": 2, "dim": 4, "batch_size": 4, "hidden": 2, "uniform": 2, "hard": 1, "callbacks": [wait]}
    torch.manual_seed(7)
    expected = torch.rand(3), torch.rand(3)
    thread = threading.Thread(target=lambda: train_two_tower(pairs, [ids], [ids], [ids], **options))
    torch.manual_seed(7)
    thread.start()
    assert began.wait(WAIT)
    first = torch.rand(3)
    may_go.set()
    thread.join(WAIT)
    assert torch.equal(first, expected[0]) and torch.equal(torch.rand(3), expected[1])


def test_layers_start_as_torchs_own_do():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        own = [nn.Linear(5, 4), nn.Linear(4, 2, bias=False)]
    generator = torch.Generator().manual_seed(3)
    ours = [linear(5, 4, generator), linear(4, 2, generator, bias=False)]
    for a, b in zip(own, ours):
        torch.testing.assert_close(a.state_dict(), b.state_dict())
    table = embedding(1000, 2, 0.3, generator, sparse=True)
    assert table.sparse and table.weight.requires_grad and 0.29 < table.weight.abs().max() <= 0.3
    assert not embedding(10, 2, 0, generator).weight.any()


def test_a_seed_means_the_networks_that_it_always_has():
    """The order of the draws, as it was when they came from torch's own generator: the chapters' tables stand on it."""
    inputs = {
        "a": encode_column("one-hot", list("abca"), [0.0, 1, 2, 3]),
        "b": encode_column("embedding", list("abca"), [0.0, 1, 2, 3], size=3),
    }
    net = TabularNet(inputs, 2, (6, 5), seed=9)
    tower = Tower([Feature.of("x", list("abc"))], 4, hidden=2, seed=9)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(9)
        lookup, first, second, last = nn.Embedding(4, 6), nn.Linear(5, 6, bias=False), nn.Linear(6, 5), nn.Linear(5, 1)
        learned = torch.empty(4, 3).uniform_(-0.05, 0.05)
        nn.init.uniform_(lookup.weight, -0.05, 0.05)
        torch.manual_seed(9)
        table, down, up = torch.empty(3, 4).uniform_(-0.05, 0.05), nn.Linear(4, 2), nn.Linear(2, 4)
    pairs = [
        (net.inputs["b"].learned.weight, learned),
        (net.lookups["a"].weight, lookup.weight),
        (net.first.weight, first.weight),
        *zip(net.rest.parameters(), [*second.parameters(), *last.parameters()]),
        (tower.embeddings, table),
        *zip(tower.mlp.parameters(), [*down.parameters(), *up.parameters()]),
    ]
    for ours, theirs in pairs:
        torch.testing.assert_close(ours, theirs)


# Arguments of every trainer


def fit_pairs(**options):
    model, batches = small()
    return fit(model, loss, batches, **({"epochs": 1, "progress": False} | options))


def fit_words(**options):
    corpus = Corpus.from_sentences([list("abcab"), list("bca")], min_count=1)
    return fast_word2vec.fit(CBOW(len(corpus), 4), corpus, **({"epochs": 1, "progress": False} | options))


def fit_towers(**options):
    names = as_names(list("abc"))
    ids, pairs = Feature.of("id", names), Pairs(names, names, torch.eye(3).nonzero().numpy())
    return train_two_tower(pairs, [ids], [ids], **({"epochs": 1, "dim": 2} | options))


@pytest.mark.parametrize("train", [fit_pairs, fit_words, fit_towers])
@pytest.mark.parametrize(
    "options, message",
    [
        ({"lr": float("inf")}, "lr=inf: it must be a positive number"),
        ({"lr": float("nan")}, "lr=nan"),
        ({"lr": -0.1}, "lr=-0.1"),
        ({"lr": 0}, "lr=0"),
        ({"seed": 2**64}, "seed=18446744073709551616: it must be a whole number from 0 to 4294967295"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 1.5}, "seed=1.5"),
        ({"epochs": 0}, "epochs=0"),
        ({"epochs": 1.5}, "epochs=1.5"),
        ({"threads": 0}, "threads=0"),
    ],
)
def test_numbers_that_cannot_be_are_refused_by_every_trainer(train, options, message):
    with pytest.raises(ValueError, match=message):
        train(**options)


@pytest.mark.parametrize("train", [fit_pairs, fit_words, fit_towers])
def test_the_largest_seed_trains(train):
    train(seed=2**32 - 1)
