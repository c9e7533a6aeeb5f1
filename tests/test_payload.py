"""What the page of an explorer is given: bytes that say what they were made of."""

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest
from page_file import held

from embedviz.inputs.pairs import Pairs
from embedviz.space.enrichment import Traits
from embedviz.space.epochs import EpochMaps
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import payload
from embedviz.widgets.bundle import JS
from embedviz.widgets.explorer import explore
from embedviz.widgets.look import group, kept_groups
from embedviz.widgets.page import pack
from embedviz.widgets.umap_maps import key_of

ODD = [
    "</script>",
    "“quotes” \"'",
    "日本語",
    "Ἰλιάς",
    unicodedata.normalize("NFD", "Les Misérables"),
    "a\u200db",  # a joiner, which no eye sees
    "🙂👩\u200d🚀",
    " two   words\n\tof\u00a0white\u2028space ",
    "the",
    "The",
    "x" * 5000,
    "مرحبا",
]


def make_table(names=ODD, dim=4, seed=0):
    return EmbeddingTable(names, np.random.default_rng(seed).normal(size=(len(names), dim)))


def texts(content):
    """As js/bytes.js reads them."""
    return content.decode("utf-8").split("\n") if content else []


def rows(packed, n):
    """The numbers in each row of a packed sparse matrix."""
    starts, indices = (np.frombuffer(packed[name], dtype="<i4") for name in ("starts", "indices"))
    assert len(starts) == n + 1 and starts[0] == 0 and starts[-1] == len(indices)
    return [indices[low:high].tolist() for low, high in zip(starts, starts[1:])]


def test_names_are_those_of_the_table_whatever_their_letters():
    table = make_table()
    assert texts(explore(table, projection="pca").data["names"]) == table.names.tolist()
    assert table.names[7] == "two words of white space" and table.names[4] == "Les Misérables"


@pytest.mark.parametrize(
    "given, expected",
    [
        ([], []),
        (["a", "", "b"], ["a", "", "b"]),
        (["", ""], ["", ""]),
        (["a\nb\r\nc", "\u2028x\x85y\v"], ["a b c", "x y"]),
        (["half \ud800 a letter"], ["half ? a letter"]),
    ],
)
def test_a_text_is_a_line(given, expected):
    assert texts(payload.packed_texts(given)) == expected


def test_links_are_the_rows_of_the_incidence_matrix_in_rising_order():
    random, names = np.random.default_rng(0), [f"n{i}" for i in range(40)]
    frame = pd.DataFrame(
        {
            "title": random.choice(names[:30] + ["elsewhere"], 400),
            "link": [f"l\n{i}" for i in random.integers(0, 25, 400)],
        }
    )
    pairs = Pairs.from_frame(frame)
    shuffled = Pairs(pairs.items, pairs.contexts, pairs.index[random.permutation(len(pairs))])
    for one in (pairs, shuffled):
        packed = payload.packed_links(names, one)
        contexts, links = texts(packed["contexts"]), rows(packed, 40)
        assert contexts == [link.replace("\n", " ") for link in one.contexts]
        for name, numbers in zip(names, links):  # by hand
            assert numbers == sorted(set(numbers))
            of_name = frame.loc[frame["title"] == name, "link"].str.replace("\n", " ")
            assert {contexts[number] for number in numbers} == set(of_name)
        matrix = Traits(names, one).matrix.toarray()
        assert [np.flatnonzero(row).tolist() for row in matrix] == links
        frequency = frame.drop_duplicates()["link"].str.replace("\n", " ").value_counts()
        assert np.frombuffer(packed["frequency"], dtype="<i4").tolist() == [frequency[name] for name in contexts]
    assert payload.packed_links(names, None) is None
    with pytest.raises(ValueError, match="no name, such as 'n0', is among"):
        payload.packed_links(names, Pairs.from_frame(pd.DataFrame({"title": ["Solaris"], "link": ["a"]})))


FACTS = pd.DataFrame(
    {
        "kind": ["novel", "poem", None, "novel", "a\nb", " "],
        "lists": [["x", "y"], [], None, ["y"], [None], ["y", "x"]],
        "bars": ["x|y", "y", "", "x|y", "x", None],
        "year": [1869, 1878, None, 1965.5, np.inf, 1869],
        "day": [*pd.date_range("2020-01-01", periods=5), pd.NaT],
        "same": ["all"] * 6,
        ("a", 1): [True, False, True, None, True, False],
        "long": ["word " * 30, *"abcde"],
        "dict": [{"k": 1}, None, {}, {"k": 1}, {"k": 2}, None],
    }
)
SIX = [f"n{i}" for i in range(6)]


def said(frame):
    """What each column says of each name, or None, by its label."""
    found = {}
    for one in payload.packed_columns(frame):
        known, codes = texts(one["texts"]), np.frombuffer(one["codes"], dtype="<i4")
        found[one["label"]] = [known[code] if code >= 0 else None for code in codes]
    return found


def test_columns_say_what_the_cells_do():
    assert said(FACTS) == {
        "kind": ["novel", "poem", None, "novel", "a b", None],
        "lists": ["x, y", None, None, "y", None, "y, x"],
        "bars": ["x, y", "y", None, "x, y", "x", None],
        "year": ["1869", "1878", None, "1965.5", "inf", "1869"],
        "day": ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04", "2020-01-05", None],
        "same": ["all"] * 6,
        "('a', 1)": ["True", "False", "True", None, "True", "False"],
        "long": ["word " * 11 + "word…", *"abcde"],
        "dict": ["{'k': 1}", None, None, "{'k': 1}", "{'k': 2}", None],
    }


def test_a_text_that_many_cells_have_travels_once():
    frame = pd.DataFrame({"kind": ["a long text that many have"] * 5000})
    [one] = payload.packed_columns(frame)
    assert len(one["texts"]) < 50 and len(one["codes"]) == 4 * 5000
    assert payload.packed_columns(pd.DataFrame({"kind": [None] * 3}))[0]["texts"] == b""
    assert payload.packed_columns(pd.DataFrame(index=SIX)) == []


def test_facts_are_what_a_group_may_share():
    facts = FACTS.drop(columns=["dict", "long"]).set_axis(SIX)
    packed, traits = payload.packed_facts(SIX, facts), Traits(SIX, None, facts)
    labels = texts(packed["labels"])
    assert labels == [label.replace("\n", " ") for label in traits.labels] and len(labels) == traits.matrix.shape[1]
    has = [{labels[number] for number in numbers} for numbers in rows(packed, 6)]
    assert has[0] == {"kind: novel", "lists: x", "lists: y", "bars: x", "bars: y", "('a', 1): True"}
    assert has[2] == {"('a', 1): True"} and has[4] == {"kind: a b", "bars: x", "('a', 1): True"}
    for numbers, row in zip(rows(packed, 6), traits.matrix.toarray()):
        assert numbers == np.flatnonzero(row).tolist()
    assert payload.packed_facts(SIX, pd.DataFrame(index=SIX)) == {"labels": b"", "starts": bytes(28), "indices": b""}


def test_colors_are_the_codes_of_the_groups_and_what_they_look_like():
    for column in (FACTS["kind"], FACTS["year"], FACTS["day"], None):
        groups = group(column, 6)
        packed = payload.packed_classes("a label", groups)
        assert np.frombuffer(packed["codes"], dtype=np.uint8).tolist() == groups.codes.tolist()
        assert packed["label"] == "a label" and [one["label"] for one in packed["classes"]] == groups.labels
        assert [one["count"] for one in packed["classes"]] == np.bincount(groups.codes).tolist()
    explorer = explore(make_table(SIX), frame=FACTS, projection="pca")
    assert explorer.data["ranges"] == kept_groups(np.arange(-1, 6), 5).classes
    assert [one["label"] for one in explorer.data["plain"]] == ["all"] and explorer.data["plain"][0]["count"] == 6
    assert [one["label"] for one in explorer.data["colors"]][0] == "kind" == explorer.color


def test_sizes_are_numbers_and_where_there_is_none_0():
    pairs = Pairs.from_frame(pd.DataFrame({"title": ["n0", "n0", "n5", "elsewhere"], "link": list("abaa")}))
    sizes = explore(make_table(SIX), pairs, FACTS, projection="pca").data["sizes"]
    values = {one["label"]: np.frombuffer(one["values"], dtype="<f4").tolist() for one in sizes}
    assert values == {"year": [1869, 1878, 0, 1965.5, 0, 1869], "number of links": [2, 0, 0, 0, 0, 1]}


def test_a_table_is_its_vectors_row_by_row():
    table = make_table(SIX, dim=3)
    for epoch in (None, 7):
        one = payload.Table(table, epoch)
        assert (one.epoch, one.dim) == (epoch, 3)
        np.testing.assert_array_equal(np.frombuffer(one.vectors, dtype="<f4").reshape(6, 3), table.vectors)
        one.close()


class Taken:
    """Stands for `Snapshots`."""

    def __init__(self, n=4, dim=5):
        start, end = (make_table(dim=dim, seed=seed).vectors for seed in (0, 1))
        self.epochs = [2 * i for i in range(n)]
        self.tables = [EmbeddingTable(ODD, start + (end - start) * i / (n - 1)) for i in range(n)]

    def __len__(self):
        return len(self.tables)


@pytest.mark.browser
@pytest.mark.parametrize("dim", [1, 2, 5])
def test_a_page_without_a_kernel_has_each_epochs_map_and_neighbors(dim, modules):
    taken = Taken(dim=dim)
    explorer, maps = explore(snapshots=taken, projection="pca", k=3), EpochMaps(snapshots=taken)
    tables = modules.call("bytes.js", "unpack", pack({"tables": explorer.page_values()["tables"]}))["tables"]
    tables = [one["$widget"] for one in tables]
    assert [one["epoch"] for one in tables] == [0, 2, 4, 6] and {one["dim"] for one in tables} == {dim}
    for at, (one, table) in enumerate(zip(tables, taken.tables)):
        place, known = np.frombuffer(one["place"], dtype="<f4").reshape(len(ODD), 3), maps.place(at, 3)
        off = np.ptp(known, axis=0).max() / 4000
        np.testing.assert_allclose(place[:, :2], maps.place(at, 2), atol=off)  # the flat map is part of the solid one
        np.testing.assert_allclose(place, known, atol=off)
        if at == 3:
            vectors = np.frombuffer(one["vectors"], dtype="<f4").reshape(table.vectors.shape)
            np.testing.assert_allclose(vectors, table.vectors, atol=1e-4 * np.abs(table.vectors).max())
            assert not {"neighbors", "similarities"} & one.keys()
            continue
        assert one["vectors"] == b""
        near = np.frombuffer(one["neighbors"], dtype="<i4").reshape(len(ODD), 3)
        similarities = np.frombuffer(one["similarities"], dtype="<f4").reshape(len(ODD), 3)
        for name, numbers, values in zip(table, near, similarities):
            found = nearest(table, name, 3)
            assert table.names[numbers].tolist() == found["name"].tolist()
            np.testing.assert_allclose(values, found["similarity"], atol=0.00501)


def test_a_page_of_a_map_that_has_grown_has_all_vectors(tmp_path):
    taken = Taken()
    explorer = explore(taken.tables[0], projection="pca")
    explorer.add_snapshot(1, taken.tables[1])
    tables = [one["$widget"] for one in held(explorer.to_html(tmp_path / "page.html"))["tables"]]
    assert [one["epoch"] for one in tables] == [0, 1]
    assert [one["vectors"] for one in tables] == [table.vectors.tobytes() for table in taken.tables[:2]]
    [one] = held(explore(taken.tables[0], projection="pca").to_html(tmp_path / "page.html"))["tables"]
    assert one["$widget"].keys() == {"epoch", "dim", "vectors"} and one["$widget"]["epoch"] is None  # one has no place


def test_a_point_of_more_than_200000_names_says_its_name_alone():
    names = [f"n{i}" for i in range(200_001)]
    frame = pd.DataFrame({"kind": np.arange(200_001) % 3}, names)
    table = EmbeddingTable(names, np.random.default_rng(0).normal(size=(200_001, 2)))
    explorer = explore(table, frame=frame, projection="pca")
    assert explorer.data["columns"] == [] and len(texts(explorer.data["names"])) == 200_001
    assert [len(one["codes"]) for one in explorer.data["colors"]] == [200_001]  # they are still a color
    fewer = explore(table.subset(names[:-1]), frame=frame, projection="pca").data
    assert [len(one["codes"]) for one in fewer["columns"]] == [4 * 200_000]


# What js/explorer/ asks for is there


def asked(pattern, *files):
    return {name for file in files for name in re.findall(pattern, (JS / file).read_text(encoding="utf-8"))}


def test_a_page_holds_all_that_the_modules_read(tmp_path):
    pairs = Pairs.from_frame(pd.DataFrame({"title": SIX, "link": list("ababab")}))
    explorer = explore(make_table(SIX), pairs, FACTS, projection="pca")
    values = held(explorer.to_html(tmp_path / "page.html"))
    table, data = values["tables"][0]["$widget"], values["data"]
    reads = asked(r'source\.get\("(\w+)"\)', *(f"explorer/{file.name}" for file in (JS / "explorer").glob("*.js")))
    assert {"data", "tables", "umaps", "hide", "epoch", "vectors"} <= reads  # it is read so
    assert reads <= values.keys() | table.keys() | {"place", "neighbors", "similarities"}  # of earlier epochs alone
    code = (JS / "explorer/data.js").read_text(encoding="utf-8")
    names = re.search(r"const NAMES = \[(.*?)\];", (JS / "explorer/link.js").read_text(), re.DOTALL)[1]
    assert set(re.findall(r'"(\w+)"', names)) <= values.keys()
    constructor = code[code.index('const data = source.get("data");') : code.index("this.readTables();")]
    reads = set(re.findall(r"\bdata\.(\w+)", constructor))
    assert {"names", "columns", "plain"} <= reads and reads == data.keys()
    for part in ("links", "facts"):
        assert set(re.findall(rf"\bdata\.{part}\.(\w+)", constructor)) == data[part].keys()
    for part, keys in {"columns": {"label", "texts", "codes"}, "sizes": {"label", "values"}}.items():
        assert all(one.keys() == keys for one in data[part]) and data[part]
    assert all(one.keys() == {"label", "codes", "classes"} for one in data["colors"]) and data["colors"]


@pytest.mark.browser
def test_the_page_knows_a_umap_by_the_same_key(modules):
    for least in (0, 0.1, 0.25, 1, 1.0, 0.05, 1 / 3, 2e-5, 0.000001, 1e-9, 0.30000000000000004, 0.123456789):
        explorer = explore(make_table(SIX), projection="pca", n_neighbors=3, min_dist=least)
        for dim in (2, 3):
            found = modules.call("explorer/places.js", "umapKey", dim, explorer.umap)
            assert found == key_of(dim, explorer.umap)
        explorer.close()
