"""Bytes of an index on paper, against what faiss writes."""

import faiss
import numpy as np
import pytest

from embedviz.space import index_size, size_table
from embedviz.space.indexes import threads

N, DIM = 10_000, 64
LISTS, M, PARTS = 50, 16, 8
VECTORS = np.random.default_rng(0).normal(size=(N, DIM)).astype(np.float32)


def build(description: str) -> int:
    """Bytes of faiss's own file of an index of the vectors, in the words of its factory."""
    index = faiss.index_factory(DIM, description)
    if hasattr(index, "cp"):
        index.cp.niter = 2
    if hasattr(index, "pq"):
        index.pq.cp.niter = 2
    with threads(1):
        index.train(VECTORS)
        index.add(VECTORS)
    return len(faiss.serialize_index(index))


@pytest.mark.parametrize(
    "kind, description, settings",
    [
        ("flat", "Flat", {}),
        ("int8", "SQ8", {}),
        ("HNSW", f"HNSW{M},Flat", {"neighbors": M}),
        ("IVF-Flat", f"IVF{LISTS},Flat", {"lists": LISTS}),
        ("IVF-PQ", f"IVF{LISTS},PQ{PARTS}x8np", {"lists": LISTS, "parts": PARTS}),
    ],
)
def test_it_is_what_faiss_keeps(kind, description, settings):
    size = index_size(kind, N, DIM, **settings)
    assert size.total == pytest.approx(build(description), rel=0.01)
    assert size.vectors + size.structure + size.fixed == size.total


def test_bits_are_what_faiss_keeps():
    index = faiss.IndexBinaryFlat(DIM)
    index.add(np.packbits(VECTORS > 0, axis=1))
    assert index_size("binary", N, DIM).total == pytest.approx(len(faiss.serialize_index_binary(index)), rel=0.01)


def test_a_billion_by_hand():
    table = size_table([10**6, 10**9], 64, **{"HNSW": {"neighbors": 32}, "IVF-PQ": {"parts": 16}})
    assert table.loc["flat", 10**9] == 256 and table.loc["binary", 10**9] == 8
    # 64 bytes of edges at the lowest level would be M = 8; here 4 · (2 · 32 + 32/31) + 12 bytes beside 256.
    assert table.loc["HNSW", 10**9] == pytest.approx(256 + 4 * (64 + 32 / 31) + 12)
    # 16 bytes of code and 8 of a number; 126,491 lists of 256 bytes, and 256 × 64 × 4 of code books.
    assert table.loc["IVF-PQ", 10**9] == pytest.approx(24 + 126_491 * 256 / 1e9 + 65_536 / 1e9)
    assert (table[10**6] < table[10**9]).all()


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: index_size("annoy", 10, 4), "kind='annoy': it must be one of 'flat'"),
        (lambda: index_size("flat", 0, 4), "n"),
        (lambda: index_size("IVF-PQ", 10, 4, parts=3), "parts=3: 4 numbers cannot be cut"),
        (lambda: index_size("HNSW", 10, 4, neighbors=1), "neighbors"),
        (lambda: size_table([10], 4, faiss={}), "settings of 'faiss'"),
    ],
)
def test_what_cannot_be_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()
