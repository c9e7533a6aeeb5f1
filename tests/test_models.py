import numpy as np
import pytest
import torch
from sklearn.metrics.pairwise import cosine_similarity

from embedviz.models.pair import PairEmbedding


@pytest.mark.parametrize("similarity", ["dot", "cosine"])
def test_scores_are_the_dot_product_or_the_cosine(similarity):
    model = PairEmbedding(7, 9, dim=5, similarity=similarity, seed=1)
    u, v = model.items.weight.detach().numpy(), model.contexts.weight.detach().numpy()
    expected = cosine_similarity(u, v) if similarity == "cosine" else u @ v.T
    items, contexts = torch.tensor([0, 6, 3]), torch.tensor([8, 2, 2])
    assert model(items, contexts).detach().numpy() == pytest.approx(expected[items, contexts], abs=1e-6)
    assert model.all_scores(items, contexts).detach().numpy() == pytest.approx(
        expected[np.ix_(items, contexts)], abs=1e-6
    )


def test_an_embedding_row_is_a_one_hot_vector_times_the_table():
    model = PairEmbedding(7, 9, dim=5)
    one_hot = torch.nn.functional.one_hot(torch.tensor([4, 0]), 7).float()
    assert torch.equal(model.items(torch.tensor([4, 0])), one_hot @ model.items.weight)


def test_start_is_seeded_small_and_uniform():
    a, b, c = (PairEmbedding(400, 300, seed=seed, init=0.05).items.weight.detach().numpy() for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)
    assert np.abs(a).max() <= 0.05 and a.std() == pytest.approx(0.05 / 3**0.5, rel=0.02)


def test_unknown_similarity():
    with pytest.raises(ValueError, match="similarity='euclid'"):
        PairEmbedding(2, 2, similarity="euclid")
