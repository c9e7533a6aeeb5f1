import csv

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from gensim.models import KeyedVectors

from embedviz.space.table import EmbeddingTable

NAMES = ["War and Peace", "Anna Karenina", "Faust", "Fauſt II", "戦争と平和"]
VECTORS = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
TABLE = EmbeddingTable(NAMES, VECTORS)


def test_names_lead_to_vectors():
    assert len(TABLE) == 5 and TABLE.dim == 4 and "Faust" in TABLE and "Emma" not in TABLE
    assert np.array_equal(TABLE["Anna Karenina"], VECTORS[1])
    part = TABLE.subset(["Faust", "War and Peace"])
    assert part.names.tolist() == ["Faust", "War and Peace"] and np.array_equal(part.vectors, VECTORS[[2, 0]])


def test_the_table_is_a_copy_that_training_does_not_change():
    weight = torch.nn.Parameter(torch.zeros(2, 3))
    table = EmbeddingTable(["a", "b"], weight)
    weight.data += 1
    assert table.vectors.dtype == np.float32 and (table.vectors == 0).all()


@pytest.mark.parametrize(
    "text, first",
    [
        ("war and peace", "War and Peace"),
        ("anna", "Anna Karenina"),
        ("peace", "War and Peace"),
        ("Anna Karennina", "Anna Karenina"),
    ],
)
def test_an_unknown_name_suggests_close_ones(text, first):
    assert TABLE.suggest(text)[0] == first
    with pytest.raises(KeyError, match=f"did you mean '{first}'"):
        TABLE[text]
    with pytest.raises(KeyError, match=r"not in the table of 5 names\"$"):
        TABLE["zzzzzz"]


def test_save_and_load(tmp_path):
    path = TABLE.save(tmp_path / "deep" / "books.npz")
    loaded = EmbeddingTable.load(path)
    assert loaded.names.tolist() == NAMES and np.array_equal(loaded.vectors, VECTORS)
    assert [p.name for p in path.parent.iterdir()] == ["books.npz"], "a temporary file was left behind"


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = TABLE.save(tmp_path / "books.npz")

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="No space"):
        TABLE.subset(["Faust"]).save(path)
    assert len(EmbeddingTable.load(path)) == 5 and [p.name for p in tmp_path.iterdir()] == ["books.npz"]


def test_load_refuses_pickles_and_other_files(tmp_path):
    np.savez(tmp_path / "evil.npz", names=np.array([{"a": 1}], dtype=object), vectors=VECTORS)
    (tmp_path / "text.npz").write_text("hello")
    for name in ("evil.npz", "text.npz"):
        with pytest.raises(ValueError, match=f"{name} is not an embedding table"):
            EmbeddingTable.load(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        EmbeddingTable.load(tmp_path / "none.npz")


def test_gensim_reads_the_word2vec_export(tmp_path):
    keyed = KeyedVectors.load_word2vec_format(str(TABLE.to_word2vec(tmp_path / "books.txt")), binary=False)
    assert keyed.index_to_key == ["War_and_Peace", "Anna_Karenina", "Faust", "Fauſt_II", "戦争と平和"]
    assert np.array_equal(keyed.vectors, VECTORS)
    with pytest.raises(ValueError, match="two names would be 'a_b'"):
        EmbeddingTable(["a b", "a_b"], VECTORS[:2]).to_word2vec(tmp_path / "clash.txt")


def test_the_projector_export_has_a_row_a_name(tmp_path):
    vectors, metadata = EmbeddingTable(["a\tb", "c"], VECTORS[:2]).to_projector(tmp_path)
    rows = list(csv.reader(vectors.read_text().splitlines(), delimiter="\t"))
    assert np.array_equal(np.array(rows, dtype=np.float32), VECTORS[:2])
    assert metadata.read_text().splitlines() == ["a b", "c"]


@pytest.mark.parametrize(
    "names, vectors, message",
    [
        (["a"], VECTORS[:2], r"1 names for vectors of shape \(2, 4\)"),
        (["a", "a"], VECTORS[:2], "'a' comes 2 times"),
        (["a", "b"], np.array([[1.0], [np.nan]]), "'b' is not finite"),
    ],
)
def test_bad_tables(names, vectors, message):
    with pytest.raises(ValueError, match=message):
        EmbeddingTable(names, vectors)


@pytest.mark.parametrize("names", [[10, 20, 30], [10.0, 20.0, 30.0], ["10", " 20", "30"], pd.Index([10, 20, 30])])
@pytest.mark.parametrize("key", [20, 20.0, np.int64(20), "20", " 20 ", torch.tensor(20)])
def test_keys_are_found_in_any_spelling(names, key):
    table = EmbeddingTable(names, VECTORS[:3])
    assert table.number(key) == 1 and key in table and np.array_equal(table[key], VECTORS[1])
    assert table.subset([30, key]).names.tolist() == ["30", "20"] == list(table.subset(["30", key]))
    with pytest.raises(KeyError, match="'50' is not in the table of 3 names"):
        table[50]


def test_spellings_of_one_text_are_one_name():
    table = EmbeddingTable([" War  and Peace", "cafe\u0301"], VECTORS[:2])
    assert table.names.tolist() == ["War and Peace", "café"] and table.number("café") == 1
    assert all(name in table for name in table.suggest("CAFE\u0301") + table.suggest("war"))  # a hint can be picked
    assert None not in table and "a\0" not in table and ["café"] not in table
    with pytest.raises(TypeError, match="'café' is one name: give a list"):
        table.subset("café")


@pytest.mark.parametrize(
    "names, error, message",
    [
        (["a", None], ValueError, "1 of 2 names are missing, the first in row 1"),
        ([1, np.nan], ValueError, "1 of 2 names are missing, the first in row 1"),
        ([1, "1"], ValueError, "'1' comes 2 times"),
        (["the", " the"], ValueError, "'the' comes 2 times: .*white space"),
        (["café", "cafe\u0301"], ValueError, "'café' comes 2 times"),
        (["a", "a\0"], ValueError, "holds a NUL character"),
        (["a", "\ud800"], ValueError, "half of a surrogate pair"),
        (["a", ["b"]], TypeError, "a list is no name"),
        ("ab", TypeError, "'ab' is one name"),
    ],
)
def test_names_that_cannot_be(names, error, message):
    with pytest.raises(error, match=message):
        EmbeddingTable(names, VECTORS[:2])


@pytest.mark.parametrize(
    "vectors",
    [
        torch.from_numpy(VECTORS).to(torch.bfloat16),
        torch.from_numpy(VECTORS).half(),
        torch.from_numpy(VECTORS).double().requires_grad_(),
        VECTORS.astype(np.float16),
        pd.DataFrame(VECTORS),
        VECTORS.tolist(),
    ],
)
def test_vectors_of_many_kinds(vectors):
    table = EmbeddingTable(NAMES, vectors)
    # bfloat16 has 8 significant bits
    assert table.vectors.dtype == np.float32 and table.vectors == pytest.approx(VECTORS, rel=2**-8)


@pytest.mark.parametrize(
    "vectors, error, message",
    [
        (torch.eye(5).to_sparse(), TypeError, "a sparse tensor .*to_dense"),
        (scipy.sparse.csr_array(np.eye(5)), TypeError, "a sparse matrix .*toarray"),
        (np.eye(5) * 1j, TypeError, "of type complex128: real numbers"),
        ([["1"]] * 5, TypeError, "of type <U1: real numbers"),
        (np.eye(5) * 1e300, ValueError, "'War and Peace' is not finite"),
        (VECTORS[0], ValueError, r"5 names for vectors of shape \(4,\)"),
    ],
)
def test_vectors_that_cannot_be(vectors, error, message):
    with pytest.raises(error, match=message):
        EmbeddingTable(NAMES, vectors)


def test_one_long_name_does_not_make_the_others_long(tmp_path):
    names = ["x" * 100_000, *map(str, range(1000))]
    table = EmbeddingTable(names, np.zeros((1001, 2)))
    assert table.names.dtype == object and table.names.nbytes < 50_000  # 400 MB as fixed-width text
    assert EmbeddingTable.load(table.save(tmp_path / "long.npz")).names.tolist() == names


def test_a_table_is_kept_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert TABLE.save("~/books.npz") == tmp_path / "books.npz"
    assert len(EmbeddingTable.load("~/books.npz")) == 5
    with pytest.raises(IsADirectoryError):
        EmbeddingTable.load("~")
