import csv

import numpy as np
import pytest
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
    with pytest.raises(ValueError, match="white space"):
        EmbeddingTable(["a b", "a  b"], VECTORS[:2]).to_word2vec(tmp_path / "clash.txt")


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
