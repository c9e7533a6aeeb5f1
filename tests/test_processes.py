"""Two processes (gloo, on this machine) against one: gradients, tables, a lost process, a table in two parts.

Starting processes costs seconds, so all that two of them do is done in one run of torchrun, `run`.
"""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from embedviz.inputs.features import Feature
from embedviz.inputs.pairs import PairBatches, Pairs
from embedviz.models.gather import GATHERS, gather, rank_and_size
from embedviz.models.losses import logistic_loss, sampled_softmax_loss
from embedviz.models.pair import PairEmbedding
from embedviz.models.sharded import ShardedEmbedding
from embedviz.train.launch import run_on_processes
from embedviz.train.loop import RowBatches, fit
from embedviz.train.processes import joined, own_part, with_shared_gradients
from embedviz.train.recipes import train_softmax, train_two_tower

pytestmark = pytest.mark.slow

rng = np.random.default_rng(0)
USERS, ITEMS = [f"u{i}" for i in range(20)], [f"i{i:02}" for i in range(16)]
HAS = rng.random((20, 16)) < 0.4
# 4 whole batches of 24 and one of a single pair, of which one of two processes has nothing.
PAIRS = Pairs(np.array(USERS), np.array(ITEMS), np.argwhere(HAS)[rng.permutation(HAS.sum())[:97]])
USER, ITEM = Feature.of("user", USERS), Feature.of("item", ITEMS)
BATCH, TAU = 8, 0.5
START = {name: rng.normal(size=(BATCH, 5)) for name in ("users", "items")}
WEIGHTS = torch.from_numpy(rng.normal(size=(50, 3))).float()


def gradients(name, users, items):
    """Loss and gradients of users' and items' tables, of one process of those there are, float64."""
    rank, size = rank_and_size()
    gathered, factor = GATHERS[name]
    tables = [torch.from_numpy(table).clone() for table in (users, items)]
    model = nn.ModuleList([nn.Embedding.from_pretrained(table, freeze=False) for table in tables])

    def loss(model, rows):
        scores = model[0](rows) @ gathered(model[1](rows)).T
        return factor(size) * sampled_softmax_loss(scores, gathered(rows), temperature=TAU)

    step = with_shared_gradients(model, loss)  # it must live until `backward` is done
    value = step(torch.arange(BATCH).chunk(size)[rank])
    value.backward()
    return value.item(), *(table.weight.grad.numpy() for table in model)


def two_tower(**options):
    options = {"dim": 4, "epochs": 2, "batch_size": 24, "hidden": 3, "device": "cpu"} | options
    return np.concatenate(train_two_tower(PAIRS, [USER], [ITEM], [ITEM], **options).vectors())


TRAININGS = {
    "two towers": lambda: two_tower(),
    "two towers, all options": lambda: two_tower(uniform=5, hard=3, refined=True, hidden=0),
    "softmax, Adam": lambda: np.concatenate(train_softmax(PAIRS, dim=4, epochs=2, batch_size=24)),
    "softmax, Adagrad": lambda: np.concatenate(
        train_softmax(PAIRS, dim=4, epochs=2, batch_size=24, optimizer="adagrad", lr=0.1)
    ),
}


def sharded():
    """A table of 50 rows in training; its rows at the end, those of this process."""
    model = nn.Sequential(ShardedEmbedding(50, 3, seed=4), nn.Linear(3, 1))
    with torch.no_grad():
        model[1].weight.fill_(0.5)
        model[1].bias.zero_()
    ids = torch.arange(200) * 7 % 47
    loss = lambda model, ids, target: ((model(ids).squeeze(1) - target) ** 2).mean()
    fit(model, loss, RowBatches(ids, ids / 50, batch_size=21), 2, 0.05, device="cpu", progress=False)
    return model[0].rows.weight.detach().numpy(), model[1].weight.detach().numpy()


def pair_fit(epochs, **options):
    """Rows of the history of a pair embedding, and its weights; some callbacks see to themselves."""
    model, batches = PairEmbedding(20, 16, 4, "dot"), PairBatches(PAIRS, 24, negatives=1)
    history = fit(
        model,
        lambda model, items, contexts, labels: logistic_loss(model(items, contexts), labels),
        batches,
        epochs,
        device="cpu",
        progress=False,
        **options,
    )
    return history, np.concatenate([table.weight.detach().numpy() for table in (model.items, model.contexts)])


def all_of_it(folder):
    """What two processes are asked for."""
    rank, _ = rank_and_size()
    found = {name: gradients(name, **START) for name in GATHERS}
    even = {"users": np.eye(BATCH), "items": np.zeros((BATCH, BATCH))}
    found["even"] = {name: gradients(name, **even) for name in GATHERS}
    found["trained"] = {name: train() for name, train in TRAININGS.items()}
    found["sharded"] = sharded()
    # Each process would say its own number; and process 1 would go on.
    history, _ = pair_fit(9, validate=lambda model: {"rank": rank}, callbacks=[lambda *now: rank == 0])
    found["agreed"] = history.epochs, history.interrupted, history.rows[0]["rank"], history.rows[0]["loss"]
    pair_fit(1, checkpoint=folder / "run.pt")
    history, weights = pair_fit(3, checkpoint=folder / "run.pt")
    found["resumed"] = [row["epoch"] for row in history.rows], weights
    try:
        ShardedEmbedding(50, 3)(torch.tensor([50]))
    except IndexError as error:
        found["no row"] = str(error)
    return found


SCRIPT = """
import os, pickle, signal, sys
from pathlib import Path
sys.path.insert(0, os.environ["TESTS"])
from test_processes import all_of_it, pair_fit
from embedviz.train import ProcessLost, joined

signal.signal(signal.SIGTERM, signal.SIG_IGN)  # torchrun ends those that are left: this one first says its word
folder, rank = Path(sys.argv[1]), os.environ["RANK"]

def die(model, history):
    if history.epochs == 2 and rank == "1":
        os.kill(os.getpid(), signal.SIGKILL)

with joined(timeout=300, device="cpu"):
    (folder / f"found-{rank}").write_bytes(pickle.dumps(all_of_it(folder)))
    try:
        pair_fit(5, checkpoint=folder / "lost.pt", callbacks=[die])
    except ProcessLost as error:
        (folder / "said").write_text(str(error))
        raise
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A script under torchrun: what it is asked for, and then a process dies. Its folder, and how it ended."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "script.py").write_text(SCRIPT)
    here = Path(__file__).parent
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, "script.py", str(folder)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(here.parent), "TESTS": str(here), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=1200,  # a run that hangs does not end
    )
    return folder, done


@pytest.fixture(scope="module")
def two_processes(run):
    folder, done = run
    files = [folder / f"found-{rank}" for rank in range(2)]
    assert all(file.exists() for file in files), done.stderr
    return [pickle.loads(file.read_bytes()) for file in files]


def softmax_gradient(users, items, block):
    """By hand: loss and the gradients of the mean of −log softmax; rows see the candidates of their block only."""
    scores = users @ items.T / TAU
    scores = np.where(block, scores, -np.inf)
    shares = np.exp(scores - scores.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    pull = (shares - np.eye(BATCH)) / (BATCH * TAU)
    return -np.log(shares.diagonal()).mean(), pull @ items, pull.T @ users


EVERY = np.ones((BATCH, BATCH), dtype=bool)
HALVES = np.kron(np.eye(2), np.ones((BATCH // 2, BATCH // 2))) > 0


def test_gathered_with_gradients_two_processes_have_the_gradient_of_one(two_processes):
    by_hand, alone = softmax_gradient(**START, block=EVERY), gradients("right", **START)
    for one in two_processes:
        for expected, single, got in zip(by_hand[1:], alone[1:], one["right"][1:]):
            assert np.abs(got - expected).max() < 1e-14 and np.abs(got - single).max() < 1e-14
    assert np.mean([one["right"][0] for one in two_processes]) == pytest.approx(by_hand[0], rel=1e-12)


def test_each_wrong_gather_misses_as_predicted(two_processes):
    _, users, items = softmax_gradient(**START, block=EVERY)
    scores = np.exp(START["users"] @ START["items"].T / TAU)
    pull = (scores / scores.sum(1, keepdims=True) - np.eye(BATCH)) / (BATCH * TAU)
    for one in two_processes:
        # Each process is a training of its own on half the batch.
        for expected, got in zip(softmax_gradient(**START, block=HALVES)[1:], one["local negatives only"][1:]):
            assert np.abs(got - expected).max() < 1e-14
        # Users lose nothing; items lose what the pairs of the other process want of them.
        _, got_users, got_items = one["copies without gradient"]
        assert np.abs(got_users - users).max() < 1e-14
        assert np.abs(got_items - np.where(HALVES, pull, 0).T @ START["users"]).max() < 1e-14
        assert np.abs(got_items - items).max() > 0.01
        # Everything is half of what it should be.
        for expected, got in zip((users, items), one["loss not rescaled"][1:]):
            assert np.abs(2 * got - expected).max() < 1e-14


def test_where_all_candidates_are_alike_the_factors_are_those_of_the_numbers_of_negatives(two_processes):
    """Users are unit vectors and items 0: the gradient of the items is the matrix of (shares − identity) itself."""
    B, b, W = BATCH, BATCH // 2, 2
    expected = {  # how strongly a pair's own item is pulled, and the others are pushed: shares of the right ones
        "right": (1, 1),
        "local negatives only": ((1 - 1 / b) / (1 - 1 / B), (1 - 1 / b) / (1 - 1 / B)),
        "copies without gradient": (1, (b - 1) / (B - 1)),
        "loss not rescaled": (1 / W, 1 / W),
    }
    for one in two_processes:
        found = {name: items for name, (_, _, items) in one["even"].items()}
        assert np.abs(found["right"] - (1 / B - np.eye(B)) / (B * TAU)).max() < 1e-15
        strength = lambda items: np.array([-items.trace(), items.sum() - items.trace()])
        for name, factors in expected.items():
            assert strength(found[name]) / strength(found["right"]) == pytest.approx(factors, rel=1e-12), name
        right, local = (np.mean([p["even"][n][0] for p in two_processes]) for n in ("right", "local negatives only"))
        assert right - local == pytest.approx(np.log(W), rel=1e-12)


@pytest.mark.parametrize("name", TRAININGS)
def test_two_processes_train_what_one_does(two_processes, name):
    alone = TRAININGS[name]()
    first, second = (one["trained"][name] for one in two_processes)
    assert np.array_equal(first, second)  # all steps are the same, to the last bit
    assert np.abs(first - alone).max() < 1e-5 < 0.01 < np.abs(alone).max()


def test_a_table_in_two_parts_trains_as_a_whole_one(two_processes):
    table, layer = sharded()
    parts = [one["sharded"][0] for one in two_processes]
    assert [len(part) for part in parts] == [25, 25] and len(table) == 50
    assert np.abs(np.concatenate(parts) - table).max() < 1e-5
    assert all(np.abs(one["sharded"][1] - layer).max() < 1e-5 for one in two_processes)
    assert all("rows 50 to 50, of a table of 50" in one["no row"] for one in two_processes)
    untouched = ShardedEmbedding(50, 3, seed=4).rows.weight.detach().numpy()
    assert np.abs(table - untouched).max() > 0.05 and np.array_equal(table[47:], untouched[47:])


def test_a_table_starts_the_same_however_large_the_blocks_that_are_drawn():
    large = ShardedEmbedding((1 << 14) + 5, 2, seed=1).rows.weight
    assert len(large) == (1 << 14) + 5 and large.abs().max() <= 0.05 and len(large.unique()) > len(large)
    assert torch.equal(large[:9], ShardedEmbedding(9, 2, seed=1).rows.weight)


def test_what_process_0_says_holds_for_all(two_processes):
    alone, _ = pair_fit(1)
    for epochs, interrupted, rank, loss in (one["agreed"] for one in two_processes):
        assert (epochs, interrupted, rank) == (1, True, 0)
        assert loss == pytest.approx(alone.rows[0]["loss"], rel=1e-5)


def test_a_training_that_goes_on_from_its_checkpoint_has_the_same_tables(two_processes):
    _, whole = pair_fit(3)
    for one in two_processes:
        epochs, weights = one["resumed"]
        assert epochs == [1, 2, 3] and np.abs(weights - whole).max() < 1e-5


def test_the_parts_of_a_batch_are_all_of_it_and_weigh_as_many_rows(monkeypatch):
    batch, parts = (torch.arange(10), torch.arange(10) * 2), []
    for rank in range(4):
        monkeypatch.setattr("embedviz.train.processes.rank_and_size", lambda rank=rank: (rank, 4))
        part, weight = own_part(batch)
        assert weight == pytest.approx(len(part[0]) * 4 / 10) and torch.equal(part[1], part[0] * 2)
        parts.append(part[0])
    assert torch.equal(torch.cat(parts), batch[0])
    with pytest.raises(ValueError, match=r"\[10, 3\] rows"):
        own_part((torch.arange(10), torch.arange(3)))


def test_a_lost_process_ends_the_run_with_a_word_and_it_goes_on_from_the_checkpoint(run):
    folder, done = run
    assert done.returncode and "Signal 9 (SIGKILL)" in done.stderr, done.stderr  # torchrun names who died
    said = (folder / "said").read_text()
    assert said.startswith("process 0 of 2 waited for another one that is gone")
    assert "after 2 whole epochs. The training ends here" in said
    assert f"it goes on from {folder / 'lost.pt'}" in said
    # One process takes over what two have begun.
    history, weights = pair_fit(5, checkpoint=folder / "lost.pt")
    _, whole = pair_fit(5)
    assert history.epochs == 5 and np.abs(weights - whole).max() < 1e-5


@pytest.mark.parametrize("uniform, hard", [(0, 0), (5, 3)])
def test_two_towers_that_were_cut_off_go_on_as_if_they_had_not_been(tmp_path, uniform, hard):
    """What the loss draws from, and its hard negatives, are in the file too."""

    def cut_off(model, history):
        raise OSError("no space")  # after the second epoch, before its checkpoint

    options = {"uniform": uniform, "hard": hard, "epochs": 4, "checkpoint": tmp_path / "run.pt"}
    with pytest.raises(OSError, match="no space"):
        two_tower(**options, callbacks=[lambda *now: now[1].epochs == 2 and cut_off(*now)])
    assert np.abs(two_tower(**options) - two_tower(**options | {"checkpoint": None})).max() < 1e-5


def test_a_checkpoint_of_something_else_is_an_error_and_changes_nothing(tmp_path):
    path = tmp_path / "run.pt"
    _, weights = pair_fit(1, checkpoint=path)
    before = path.read_bytes()
    history, again = pair_fit(1, checkpoint=path)  # of the same, it is all that is needed
    assert history.epochs == 1 and np.array_equal(again, weights)
    with pytest.raises(ValueError, match="with seed=0, this one has 1"):
        pair_fit(2, checkpoint=path, seed=1)
    with pytest.raises(ValueError, match="is of another model"):
        two_tower(checkpoint=path)
    assert path.read_bytes() == before
    path.write_bytes(before[: len(before) // 2])
    with pytest.raises(ValueError, match="damaged"):
        pair_fit(2, checkpoint=path)
    with pytest.raises(ValueError, match="ShardedEmbedding"):
        fit(ShardedEmbedding(5, 2), squared, RowBatches(torch.arange(5)), 1, checkpoint=path, device="cpu")
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"]


def squared(model, rows):
    return model(rows).square().mean()


def test_functions_of_a_notebook_run_in_processes_of_their_own():
    offset, this = 10, os.getpid()
    found = run_on_processes(lambda x: (os.getpid() == this, rank_and_size(), x + offset), 1, 5)
    assert found == [(False, (0, 1), 15)]


def test_a_process_that_fails_is_named_and_ends_the_others():
    def fail():
        if rank_and_size()[0] == 1:
            raise KeyError("no luck")
        return gather(torch.ones(1, 1))  # waits for what never comes

    with pytest.raises(RuntimeError, match=r"(?s)process 1 of 2 failed with exit status 1:.*KeyError: 'no luck'"):
        run_on_processes(fail, 2)


@pytest.mark.parametrize("options", [{"device": "tpu"}, {"timeout": 0}])
def test_joined_wants_a_device_and_a_time(options):
    with pytest.raises(ValueError, match=next(iter(options))), joined(**options):
        pass


def test_one_process_that_is_not_started_by_torchrun_is_alone():
    with joined(device="cpu") as device:
        assert device == torch.device("cpu") and rank_and_size() == (0, 1)
        assert gather(WEIGHTS) is WEIGHTS
