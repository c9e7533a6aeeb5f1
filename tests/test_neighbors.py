import numpy as np
import pytest
import scipy.sparse
from sklearn.neighbors import NearestNeighbors

from embedviz.space.neighbors import nearest, top_k
from embedviz.space.table import EmbeddingTable

VECTORS = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)


@pytest.mark.parametrize("convert", [np.asarray, scipy.sparse.csr_array])
@pytest.mark.parametrize("batch_size", [7, 1024])
def test_top_k_is_sklearns_brute_force(convert, batch_size):
    distances, expected = NearestNeighbors(n_neighbors=6, metric="cosine", algorithm="brute").fit(VECTORS).kneighbors()
    numbers, similarities = top_k(convert(VECTORS), k=6, batch_size=batch_size)
    assert np.array_equal(numbers, expected) and similarities == pytest.approx(1 - distances, abs=1e-5)
    distances, expected = (
        NearestNeighbors(n_neighbors=6, metric="cosine", algorithm="brute").fit(VECTORS).kneighbors(VECTORS[:9] + 1)
    )
    numbers, _ = top_k(convert(VECTORS), convert(VECTORS[:9] + 1), k=6, batch_size=batch_size)
    assert np.array_equal(numbers, expected)


def test_ties_go_to_the_lower_number_and_zero_vectors_are_alike_to_none():
    numbers, similarities = top_k(np.array([[1.0, 0], [2, 0], [3, 0], [0, 0]]), k=3)
    assert numbers.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]
    assert similarities.tolist() == [[1, 1, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_nearest_by_name_and_by_vector():
    table = EmbeddingTable([f"n{i}" for i in range(300)], VECTORS)
    by_name = nearest(table, "n4", k=5)
    assert "n4" not in set(by_name.name) and len(by_name) == 5 and by_name.similarity.is_monotonic_decreasing
    by_vector = nearest(table, VECTORS[4], k=6)
    assert by_vector.name[0] == "n4" and by_vector.name[1:].tolist() == by_name.name.tolist()


def test_nearest_leaves_out_the_name_even_among_equal_vectors():
    table = EmbeddingTable(["a", "b", "c", "d"], np.ones((4, 2)))
    assert nearest(table, "d", k=2).name.tolist() == ["a", "b"]
    assert nearest(table, "a", k=3).name.tolist() == ["b", "c", "d"]


def test_clear_errors():
    table = EmbeddingTable(["Emma", "Ulysses"], np.eye(2))
    with pytest.raises(KeyError, match="did you mean 'Emma'"):
        nearest(table, "ema")
    for k in (0, 2):
        with pytest.raises(ValueError, match=f"k={k}: it must be between 1 and 1"):
            nearest(table, "Emma", k)
    with pytest.raises(ValueError, match="k=300: it must be between 1 and 299"):
        top_k(VECTORS, k=300)
    with pytest.raises(ValueError, match="3 dimensions, the vectors 8"):
        top_k(VECTORS, np.ones((1, 3)))
