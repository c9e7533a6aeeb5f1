import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import ortho_group

from embedviz.inputs.pairs import PairBatches, Pairs
from embedviz.models.losses import sampled_softmax_loss
from embedviz.models.pair import PairEmbedding
from embedviz.space.epochs import EpochMaps, Snapshots, aligned_maps, turned_to
from embedviz.space.projection import pca
from embedviz.train.loop import fit

PAIRS = Pairs.from_frame(
    pd.DataFrame({"title": [f"t{i % 12}" for i in range(60)], "link": [f"l{i % 5}" for i in range(60)]})
)


def train(snapshots, model, epochs=4, **options):
    def loss(model, items, contexts):
        return sampled_softmax_loss(model.all_scores(items, contexts), contexts)

    options |= {"epochs": epochs, "lr": 0.05, "callbacks": [snapshots], "progress": False}
    return fit(model, loss, PairBatches(PAIRS, 16), **options)


def test_each_epoch_is_kept_beginning_before_the_first():
    model = PairEmbedding(12, 5, dim=4)
    before = model.items.weight.detach().numpy().copy()
    snapshots = Snapshots(PAIRS.items, lambda model: model.items.weight, model)
    history = train(snapshots, model)
    assert snapshots.epochs == [0, 1, 2, 3, 4] and len(snapshots) == 5
    assert np.array_equal(snapshots.tables[0].vectors, before)
    assert np.array_equal(snapshots.tables[-1].vectors, model.items.weight.detach().numpy())
    assert not np.array_equal(snapshots.tables[3].vectors, snapshots.tables[4].vectors)  # copies: training went on
    train(snapshots, model, epochs=6, history=history)
    assert snapshots.epochs == [0, 1, 2, 3, 4, 5, 6]


def test_one_in_so_many():
    snapshots = Snapshots(PAIRS.items, lambda model: model.items.weight, every=2)
    train(snapshots, PairEmbedding(12, 5, dim=4), epochs=5)
    assert snapshots.epochs == [2, 4]
    with pytest.raises(ValueError, match="every=0"):
        Snapshots(PAIRS.items, lambda model: model.items.weight, every=0)


@pytest.mark.parametrize("before", [False, True])
def test_snapshots_of_a_resumed_run_begin_where_it_stood(before):
    model = PairEmbedding(12, 5, dim=4)
    history = train(lambda model, history: None, model, epochs=4)
    at = {"model": model, "epoch": history.epochs} if before else {}
    snapshots = Snapshots(PAIRS.items, lambda model: model.items.weight, **at)
    train(snapshots, model, epochs=6, history=history)
    assert snapshots.epochs == [4] * before + [5, 6]
    maps = EpochMaps(snapshots=snapshots)
    assert maps.epochs == snapshots.epochs and maps.place(0, 3).shape == (12, 3) and len(maps.limits(2)) == 2
    maps.append(7, snapshots.tables[0])
    assert maps.epochs == [4] * before + [5, 6, 7] and maps.place(maps.last, 2).shape == (12, 2)
    for late in (7, 1, 8.5):
        with pytest.raises(ValueError, match=f"epoch={late}: it must be a whole number from 8"):
            maps.append(late, snapshots.tables[0])
    maps.start_over(snapshots.tables[0])
    maps.append(1, snapshots.tables[1])
    assert maps.epochs == [0, 1]
    with pytest.raises(ValueError, match="epoch=-1"):
        Snapshots(PAIRS.items, lambda model: model.items.weight, model, epoch=-1)


@pytest.mark.parametrize("convert", [torch.Tensor.requires_grad_, torch.Tensor.bfloat16, torch.Tensor.numpy])
def test_maps_are_aligned_of_whatever_holds_numbers(convert):
    tables = [convert(torch.randn(9, 4, generator=torch.Generator().manual_seed(seed))) for seed in range(2)]
    assert [one.shape for one in aligned_maps(tables)] == [(9, 2), (9, 2)]


def test_a_run_that_begins_anew_replaces_the_old():
    snapshots = Snapshots(PAIRS.items, lambda model: model.items.weight)
    train(snapshots, PairEmbedding(12, 5, dim=4), epochs=3)
    model = PairEmbedding(12, 5, dim=4, seed=1)
    train(snapshots, model, epochs=2)
    assert snapshots.epochs == [1, 2] and np.array_equal(
        snapshots.tables[-1].vectors, model.items.weight.detach().numpy()
    )


@pytest.mark.parametrize("dim", [2, 3])
def test_a_turn_of_the_whole_space_does_not_move_the_map(dim):
    vectors = np.random.default_rng(0).normal(size=(50, 6)) * [6, 5, 4, 3, 2, 1]
    turns = ortho_group.rvs(6, size=3, random_state=1)
    maps = aligned_maps([vectors @ turn + 7 for turn in turns] + [vectors], dim)
    expected = pca(vectors, dim)
    for one in maps:
        np.testing.assert_allclose(one, expected, atol=1e-4)


def test_what_changes_does_move():
    vectors = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    moved = vectors.copy()
    moved[0] += 5
    before, after = aligned_maps([vectors, moved])
    shift = np.linalg.norm(after - before, axis=1)
    assert shift[0] > 3 * np.delete(shift, 0).max()


def test_a_map_is_turned_to_the_one_before():
    before = np.random.default_rng(0).normal(size=(30, 2))
    turn = np.array([[0.6, -0.8], [-0.8, -0.6]])  # with a reflection
    np.testing.assert_allclose(turned_to(before @ turn + 3, before), before - before.mean(axis=0), atol=1e-5)


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="no tables"):
        aligned_maps([])
    with pytest.raises(ValueError, match=r"different shapes, \[\(3, 2\), \(4, 2\)\]"):
        aligned_maps([torch.zeros(3, 2), torch.zeros(4, 2)])
    with pytest.raises(ValueError, match="a table: 3 of 3 rows hold NaN"):
        aligned_maps([np.full((3, 2), np.nan)])
