import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from sklearn.neighbors import NearestNeighbors

from embedviz.space.neighbors import nearest, neighbors_and_distances, top_k
from embedviz.space.table import EmbeddingTable

VECTORS = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)


def by_hand(vectors, queries, k):
    """The k most similar of each query, compared in float64 and rounded: the lower row first where they are equal."""
    vectors, queries = np.asarray(vectors, dtype=np.float64), np.asarray(queries, dtype=np.float64)
    answer = []
    for query in queries:
        norms = np.sqrt((vectors**2).sum(axis=1) * (query**2).sum())
        cosine = np.divide((vectors * query).sum(axis=1), norms, out=np.zeros(len(vectors)), where=norms > 0)
        answer.append(np.lexsort((np.arange(len(vectors)), -cosine.round(12)))[:k])
    return np.array(answer)


@pytest.mark.parametrize("convert", [np.asarray, scipy.sparse.csr_array, scipy.sparse.coo_matrix])
@pytest.mark.parametrize("batch_size", [7, 1024, None])
def test_top_k_is_sklearns_brute_force(convert, batch_size):
    search = NearestNeighbors(n_neighbors=6, metric="cosine", algorithm="brute").fit(VECTORS.astype(np.float64))
    distances, expected = search.kneighbors()
    numbers, similarities = top_k(convert(VECTORS), k=6, batch_size=batch_size)
    assert np.array_equal(numbers, expected) and similarities == pytest.approx(1 - distances, abs=1e-6)
    expected = search.kneighbors((VECTORS[:9] + 1).astype(np.float64), return_distance=False)
    numbers, _ = top_k(convert(VECTORS), convert(VECTORS[:9] + 1), k=6, batch_size=batch_size)
    assert np.array_equal(numbers, expected)


@pytest.mark.parametrize("convert", [np.asarray, scipy.sparse.csr_array])
def test_some_rows_ask_for_themselves(convert):
    rows = np.array([250, 3, 299])
    some, every = top_k(convert(VECTORS), k=6, rows=rows, batch_size=2), top_k(convert(VECTORS), k=6)
    assert np.array_equal(some[0], every[0][rows]) and np.allclose(some[1], every[1][rows], atol=1e-6)


def test_ties_go_to_the_lower_number_and_zero_vectors_are_alike_to_none():
    numbers, similarities = top_k(np.array([[1.0, 0], [2, 0], [3, 0], [0, 0]]), k=3)
    assert numbers.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]
    assert similarities == pytest.approx(np.array([[1, 1, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0]]), abs=1e-7)


@pytest.mark.parametrize("n, dim", [(1000, 4), (1003, 50), (997, 300)])
def test_the_nearest_of_equal_rows_are_the_first(n, dim):
    row = np.random.default_rng(dim).normal(size=dim).astype(np.float32)
    equal = np.tile(row, (n, 1))
    numbers, _ = top_k(equal, k=5)
    assert numbers[0].tolist() == [1, 2, 3, 4, 5] and (numbers[5:] == np.arange(5)).all()
    numbers, _ = top_k(equal, -equal[:3], k=5)
    assert (numbers == np.arange(5)).all()
    assert nearest(EmbeddingTable(np.arange(n).astype(str), equal), row, 5).name.tolist() == list("01234")


@pytest.mark.parametrize("k", [1, 2, 3, 7, 50, 399])
@pytest.mark.parametrize("convert", [np.asarray, scipy.sparse.csr_array])
def test_ties_at_the_end_and_within_go_to_the_lower_row(convert, k):
    grid = (
        np.random.default_rng(1).integers(-1, 3, size=(400, 3)).astype(np.float32)
    )  # some 30 directions, many lengths
    numbers, similarities = top_k(convert(grid), convert(grid[:40]), k=k, batch_size=16)
    assert np.array_equal(numbers, by_hand(grid, grid[:40], k))
    assert (np.diff(similarities, axis=1) < 1e-6).all()


@pytest.mark.parametrize("convert", [lambda x: x.astype(np.float16), lambda x: torch.from_numpy(x).bfloat16(),
                                     lambda x: torch.from_numpy(x).half(), np.ndarray.tolist])  # fmt: skip
def test_long_rows_of_low_precision_keep_their_neighbors(convert):
    vectors = convert((12 * np.random.default_rng(0).normal(size=(500, 768))).astype(np.float32))
    exact = np.array(vectors.tolist()) if isinstance(vectors, torch.Tensor) else np.array(vectors, dtype=np.float64)
    numbers, _ = top_k(vectors, vectors[:20], k=11)
    assert np.array_equal(numbers, by_hand(exact, exact[:20], 11))


def test_neighbors_on_a_small_arc_are_told_apart():
    """The cosines differ by 10⁻⁹ only, far below what float32 holds."""
    angle = np.sort(np.random.default_rng(2).uniform(0, 0.01, 200))
    arc = np.column_stack([np.cos(angle), np.sin(angle)])
    numbers, _ = top_k(arc, k=1)
    gaps = np.abs(angle[:, None] - angle) + np.diag(np.full(200, np.inf))
    assert np.array_equal(numbers[:, 0], gaps.argmin(axis=1))


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_rows_whose_squares_are_out_of_range_have_directions_too(size):
    scaled = VECTORS.astype(np.float64) * np.where(np.arange(300) % 2, size, 1)[:, None]
    assert np.array_equal(top_k(scaled, k=9)[0], top_k(VECTORS, k=9)[0])


def test_distances_of_huge_rows_are_those_of_small_ones():
    small, _ = neighbors_and_distances(VECTORS, 5, "cosine")
    huge, distances = neighbors_and_distances(VECTORS * np.float32(1e25), 5, "cosine")  # their squares overflow float32
    assert np.array_equal(huge, small) and (distances < 2).all()


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


def test_nearest_takes_any_key_for_a_name_and_what_has_a_dimension_for_a_vector():
    table = EmbeddingTable([*map(str, range(49)), "50"], VECTORS[:50])
    expected = nearest(table, "50", k=3)
    for key in (50, 50.0, np.int64(50), np.float32(50), np.array(50)):
        pd.testing.assert_frame_equal(nearest(table, key, k=3), expected)
    by_vector = nearest(table, VECTORS[49], k=4)
    for vector in (VECTORS[49].tolist(), tuple(VECTORS[49].tolist()), torch.from_numpy(VECTORS[49]),
                   torch.from_numpy(VECTORS[49]).requires_grad_(), pd.Series(VECTORS[49])):  # fmt: skip
        pd.testing.assert_frame_equal(nearest(table, vector, k=4), by_vector)
    with pytest.raises(KeyError, match="'49' is not in the table"):
        nearest(table, 49)
    with pytest.raises(ValueError, match="a name is missing"):
        nearest(table, None)


def test_clear_errors():
    table = EmbeddingTable(["Emma", "Ulysses"], np.eye(2))
    with pytest.raises(KeyError, match="did you mean 'Emma'"):
        nearest(table, "ema")
    for k in (0, 2, 1.5, True):
        with pytest.raises(ValueError, match=f"k={k}: it must be a whole number from 1 to 1"):
            nearest(table, "Emma", k)
    with pytest.raises(ValueError, match="k=300: it must be a whole number from 1 to 299"):
        top_k(VECTORS, k=300)
    with pytest.raises(ValueError, match="batch_size=0"):
        top_k(VECTORS, k=3, batch_size=0)
    with pytest.raises(ValueError, match="3 dimensions, the vectors 8"):
        top_k(VECTORS, np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"queries of shape \(8,\): need two dimensions"):
        top_k(VECTORS, VECTORS[0])
    for few in (VECTORS[:0], VECTORS[:1]):
        with pytest.raises(ValueError, match=f"{len(few)} vectors: there is no other"):
            top_k(few, k=1)
    assert top_k(VECTORS, VECTORS[:0], k=2)[0].shape == (0, 2)  # none asks
    for shape in ((1, 2), (3,)):
        with pytest.raises(ValueError, match=r"those of the table have shape \(2,\)"):
            nearest(table, np.ones(shape), 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("convert", [np.asarray, scipy.sparse.csr_array, torch.from_numpy])
def test_what_is_not_finite_is_refused(convert, bad):
    spoilt = VECTORS.copy()
    spoilt[7, 2] = bad
    with pytest.raises(ValueError, match="vectors: 1 of 300 rows hold NaN or infinity, first row 7"):
        top_k(convert(spoilt), k=3)
    with pytest.raises(ValueError, match="queries: .* first row 7"):
        top_k(convert(VECTORS), convert(spoilt), k=3)
    with pytest.raises(ValueError, match="NaN or infinity"):
        nearest(EmbeddingTable([f"n{i}" for i in range(300)], VECTORS), spoilt[7])


def test_a_sparse_tensor_is_refused():
    with pytest.raises(TypeError, match=r"sparse tensor of shape \(300, 8\): make it dense first"):
        top_k(torch.from_numpy(VECTORS).to_sparse(), k=3)
