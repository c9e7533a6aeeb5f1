"""What every room stands on: names, frames brought together with them, cells, and checks of numbers."""

import datetime
import enum
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
import torch

from embedviz.base.arrays import check_finite, checked_seed, checked_vectors, to_numpy, unit_rows, whole_number
from embedviz.base.facts import align, check_columns, check_times, first_value, values_of
from embedviz.base.names import NameIndex, as_name, as_names, close_names, numbered, shorten


class Color(enum.Enum):
    RED = 1


class Size(enum.StrEnum):
    BIG = "very big"


class Rank(enum.IntEnum):
    FIRST = 1


# --- Names -----------------------------------------------------------------------------------------------

ONE_NAME = [
    ("50", [50, 50.0, np.int64(50), np.float32(50), Decimal("50.00"), "50", " 50 ", np.str_("50"), torch.tensor(50)]),
    ("0.1", [0.1, np.float32(0.1), np.float64(0.1), Decimal("0.10"), "0.1"]),
    ("0", [0, -0.0, np.uint8(0)]),
    ("a b", ["a b", "a  b", " a\tb\n", "a\u00a0b", np.str_("a b ")]),
    ("café", ["café", "cafe\u0301", " cafe\u0301"]),
    ("Å", ["Å", "A\u030a", "\u212b"]),
    ("True", [True, np.bool_(True), "True"]),
    ("2020-01-31", [datetime.date(2020, 1, 31), pd.Timestamp("2020-01-31"), np.datetime64("2020-01-31"), "2020-01-31"]),
    ("2020-01-31 05:00:00", [datetime.datetime(2020, 1, 31, 5), np.datetime64("2020-01-31T05")]),
    ("('a', 1)", [("a", 1), ("a", np.int64(1))]),
    ("very big", [Size.BIG, "very big"]),
    ("Color.RED", [Color.RED]),
    ("1", [Rank.FIRST, 1]),
    ("", ["", "  "]),
]


@pytest.mark.parametrize("name, keys", ONE_NAME)
def test_spellings_of_one_key_are_one_name_alone_and_in_a_list(name, keys):
    assert {as_name(key) for key in keys} == {name} == set(as_names(keys))
    assert type(as_name(keys[0])) is str


@pytest.mark.parametrize("key", [None, np.nan, pd.NA, pd.NaT, np.datetime64("NaT"), Decimal("nan")])
def test_a_missing_name_is_an_error_and_not_the_name_none(key):
    with pytest.raises(ValueError, match="a name is missing"):
        as_name(key)
    with pytest.raises(ValueError, match="2 of 3 names are missing, the first in row 1"):
        as_names(["a", key, key])
    assert as_names(["a", key], missing="keep").tolist() == ["a", None]
    assert key not in NameIndex(["a", "None", "nan"])


@pytest.mark.parametrize("key, message", [("a\0", "NUL"), ("a\ud800", "half of a surrogate pair")])
def test_a_name_that_no_file_could_hold_is_refused(key, message):
    for call in (as_name, lambda key: as_names(["a", key]), lambda key: NameIndex(["a", key])):
        with pytest.raises(ValueError, match=message):
            call(key)
    assert key not in NameIndex(["a"])


@pytest.mark.parametrize("key", [["a"], {"a"}, {"a": 1}, np.array(["a"]), pd.Series(["a"]), torch.tensor([1]), b"a"])
def test_a_collection_is_no_name(key):
    with pytest.raises(TypeError, match="is no name|is bytes"):
        as_name(key)
    assert key not in NameIndex(["a"])


@pytest.mark.parametrize("keys", ["abc", b"abc", 5])
def test_one_key_is_no_sequence_of_names(keys):
    with pytest.raises(TypeError, match="is one name: give a list"):
        as_names(keys)


CONTAINERS = [
    pd.Series([1, 2, None]),
    pd.Series([1, 2, None], dtype="Int64"),
    pd.Series([1, 2, None], dtype=object),
    pd.Series(["1", "2", None]),
    pd.Series(["1", " 2", np.nan], dtype=object),
    pd.Series(["1", "2", None], dtype="category"),
    pd.Series([1, 2, None], dtype=pd.ArrowDtype(pa.int64())),
    pd.Series(["1", "2", None], dtype=pd.ArrowDtype(pa.string())),
    pd.Series([Decimal(1), Decimal(2), None], dtype=pd.ArrowDtype(pa.decimal128(5, 2))),
    pd.Index([1.0, 2.0, np.nan]),
    pd.Categorical([1, 2, None], categories=[3, 2, 1]),
    pa.array([1, 2, None]),
    [1, "2", None],
    (key for key in (1.0, "2", None)),
]


@pytest.mark.parametrize("keys", CONTAINERS, ids=lambda keys: f"{type(keys).__name__}-{getattr(keys, 'dtype', '')}")
def test_names_do_not_depend_on_the_container(keys):
    names = as_names(keys, missing="keep")
    assert names.dtype == object and names.tolist() == ["1", "2", None]


def test_equal_keys_of_different_names_stay_apart():
    moments = [pd.Timestamp("2020-01-01", tz="UTC"), pd.Timestamp("2020-01-01 01:00", tz="Etc/GMT-1")]
    assert moments[0] == moments[1] and len(set(as_names(moments))) == 2
    assert as_names([1, True, 1.0]).tolist() == ["1", "True", "1"]  # 1 == True


def test_two_dimensions_are_not_names():
    for keys in (np.array([["a"]]), pd.DataFrame({"a": [1]}), np.array("a")):
        with pytest.raises(ValueError, match="one dimension is needed"):
            as_names(keys)


def test_one_long_name_does_not_make_the_others_long():
    names = as_names(["x" * 100_000, *map(str, range(20_000))])  # as <U100000 these are 8 GB
    assert names.dtype == object and names.nbytes < 1e6 and len(names[0]) == 100_000


@pytest.mark.parametrize(
    "keys, codes, names",
    [
        ([100, 20, 3, 20], [2, 1, 0, 1], ["3", "20", "100"]),  # numbers by size
        (["100", "20", "3"], [0, 1, 2], ["100", "20", "3"]),  # texts as text
        (pd.Series([2.5, 10, 1]), [1, 2, 0], ["1", "2.5", "10"]),
        (["b", " b", "a"], [1, 1, 0], ["a", "b"]),
        ([1, "1", 1.0], [0, 0, 0], ["1"]),
        (pd.Categorical(["hi", "lo"], categories=["lo", "mid", "hi"], ordered=True), [1, 0], ["lo", "hi"]),
        (pd.Categorical([1, "1"], categories=[1, "1"]), [0, 0], ["1"]),
        (pd.to_datetime(["2020-01-02", "2020-01-01"]), [1, 0], ["2020-01-01", "2020-01-02"]),
        ([], [], []),
    ],
)
def test_names_are_numbered_in_the_order_of_their_keys(keys, codes, names):
    found = numbered(keys)
    assert found[0].tolist() == codes and found[1].tolist() == names
    assert found[0].dtype == np.int64 and found[1].dtype == object


def test_an_index_of_names_finds_every_spelling():
    index = NameIndex([50, "War and Peace", "café"])
    assert [index.row(key) for key in (50.0, " War  and Peace", "cafe\u0301")] == [0, 1, 2]
    assert index.rows(["50", None, "x", 50]).tolist() == [0, -1, -1, 0] and 50 in index and len(index) == 3
    with pytest.raises(KeyError, match="'war and peace' is not in the table of 3 names; did you mean 'War and Peace'"):
        index.row("war and peace")
    with pytest.raises(ValueError, match="'1' comes 2 times: names must be unique .1 and '1' are one name"):
        NameIndex([1, "1"])


def test_close_names_and_short_ones():
    assert close_names("EMMA", ["Emma", "emma two", "My Emma", "Enma"]) == ["Emma", "emma two", "My Emma", "Enma"]
    assert close_names("", ["a"]) == [] and shorten("a long name", 7) == "a long…"


# --- Facts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"x": [3, 2, 1]}, index=[30, 20, 10]),
        pd.DataFrame({"x": [3, 2, 1]}, index=["30", " 20", "10.0".removesuffix(".0")]),
        pd.DataFrame({"x": [3, 2, 1]}, index=[30.0, 20.0, 10.0]),
        pd.DataFrame({"x": [3, 2, 1], "id": [30, 20, 10]}),
        pd.DataFrame({"x": [3, 2, 1], "id": pd.Categorical(["30", "20", "10"])}),
        pd.DataFrame({"x": [3, 2, 1], None: [30, 20, 10]}),
        pd.DataFrame({"x": [3, 2, 1], 0: [30, 20, 10]}),
        pd.DataFrame({"x": [3, 2, 1, 0], "id": [30.0, 20.0, 10.0, np.nan]}, index=[7, 7, 8, 9]),
        pd.DataFrame({"x": [1, 2, 3]}),  # by position: there is no key
    ],
)
def test_a_frame_is_brought_together_with_names_by_key(frame):
    aligned = align(frame, [10, 20, 30])
    assert aligned["x"].tolist() == [1, 2, 3] and aligned.index.tolist() == ["10", "20", "30"]
    assert list(aligned.columns) == ["x"] or not frame.columns.difference(["x"]).any()


NAMES = [f"film {i}" for i in range(2193)]


def misspelt(**more):
    return pd.DataFrame({"title": [*NAMES[:-1], "flim"], "x": range(2193)} | more)


@pytest.mark.parametrize(
    "frame, message",
    [
        (misspelt(), "column 'title' lacks 1 of 2193 names: 'film 2192' .*set_axis"),
        (misspelt().set_index("title"), "index lacks 1 of 2193 names: 'film 2192'"),
        (pd.DataFrame({"x": range(2193)}, index=range(1, 2194)), "index lacks 2193 of 2193 names: .* and 2188 more"),
        (pd.DataFrame({"x": range(3)}), "a frame of 3 rows for 2193 names, such as 'film 0'"),
        (pd.DataFrame({"title": [*NAMES, "film 7"]}), "column 'title' has 'film 7' 2 times"),
        (pd.DataFrame({"title": NAMES, "other": NAMES[::-1]}), "'title' and its column 'other' both have all 2193"),
        (pd.DataFrame([[1, 2]] * 2193, columns=["x", "x"]), "column 'x' more than once"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(frame, message):
    with pytest.raises(ValueError, match=message):
        align(frame, NAMES)


def test_rows_are_not_told_apart_by_their_position_where_a_column_says_otherwise():
    frame = pd.DataFrame({"id": [2, 0, 1], "x": [2, 0, 1]})  # each of three keys has all the names
    with pytest.raises(ValueError, match="index and its column 'id' both have all 3 names.*set_index"):
        align(frame, [0, 1, 2])
    assert align(frame.set_index("id"), [0, 1, 2])["x"].tolist() == [0, 1, 2]


def test_what_can_be_no_key_is_passed_over():
    frame = pd.DataFrame(
        {"list": [["a"], {"b": 1}, {1}], "bytes": [b"a", b"b", b"c"], "nul": ["a\0", "b", "c"], "id": ["c", "b", "a"]}
    )
    assert align(frame, ["a", "b", "c"])["bytes"].tolist() == [b"c", b"b", b"a"]
    assert align(None, ["a"]).index.tolist() == ["a"] and len(align(pd.DataFrame({"x": []}), [])) == 0
    with pytest.raises(TypeError, match="the facts are a Series"):
        align(pd.Series([1]), ["a"])


def test_columns_that_are_needed():
    check_columns(pd.DataFrame({0: [1], None: [2], "a.b": [3]}), 0, None, "a.b")
    with pytest.raises(KeyError, match="no column 'c' in the frame; it has .'a'."):
        check_columns(pd.DataFrame({"a": [1]}), "c")


@pytest.mark.parametrize(
    "times",
    [pd.to_datetime(["2020-01-01"]), pd.to_datetime(["2020-01-01"], utc=True), [3], [0.5], [pd.Timedelta("1D")]],
)
def test_times(times):
    assert len(check_times(pd.DataFrame({"when": times}), "when")) == 1


@pytest.mark.parametrize(
    "times, message",
    [
        (["2020-01-01"], r"'when' is of type str, not of times: convert it, frame\['when'\] = pd.to_datetime"),
        ([datetime.date(2020, 1, 1)], "'when' is of type object.*pd.to_datetime"),
        ([True], "'when' is of type bool"),
        ([pd.Timestamp("2020-01-01"), pd.NaT], "the time is missing in 1 of 2 rows of 'when': drop them"),
        ([1, np.nan], "the time is missing in 1 of 2 rows"),
    ],
)
def test_times_that_are_text_or_missing(times, message):
    with pytest.raises(ValueError, match=message):
        check_times(pd.DataFrame({"when": times}), "when")


@pytest.mark.parametrize(
    "cell, values",
    [
        ("a|b", ["a", "b"]),
        (" a | |b ", ["a", "b"]),
        (("a", None, "", np.nan, "b", pd.NA), ["a", "b"]),
        (["a b", " a  b "], ["a b", "a b"]),
        ({"b", "a"}, ["a", "b"]),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array(5), [5]),
        (np.array([[1, 2]]), ["[1 2]"]),
        ([np.array([1, 2]), ["x"]], ["[1 2]", "['x']"]),
        (pd.Series(["a", None]), ["a"]),
        ({"a": 1}, ["{'a': 1}"]),
        ([{"a": [1]}], ["{'a': [1]}"]),
        ({}, []),
        (None, []),
        (np.nan, []),
        ("", []),
        (0, [0]),
        (False, [False]),
        (("a", (1, 2)), ["a", (1, 2)]),
    ],
)
def test_values_of_a_cell(cell, values):
    assert values_of(cell, "|") == values and first_value(cell, "|") == (values[0] if values else None)


def test_a_text_is_no_sequence_and_is_split_only_where_asked():
    assert values_of("Drama|Comedy") == ["Drama|Comedy"] and values_of(["a|b"], "|") == ["a|b"]


# --- Arrays ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        [[1, 2], [3, 4]],
        np.array([[1, 2], [3, 4]], dtype=np.float16),
        torch.tensor([[1, 2], [3, 4]], dtype=torch.bfloat16),
        torch.tensor([[1.0, 2], [3, 4]], requires_grad=True),
        pd.DataFrame({"a": [1, 3], "b": [2.0, 4.0]}),
        pd.DataFrame({"a": pd.array([1, 3], dtype="Int64"), "b": [2.0, 4.0]}),
    ],
)
def test_vectors_of_many_kinds(values):
    vectors = checked_vectors(values)
    assert vectors.dtype == np.float32 and vectors.tolist() == [[1, 2], [3, 4]] and vectors.flags.c_contiguous


@pytest.mark.parametrize(
    "values, error, message",
    [
        (scipy.sparse.csr_array(np.eye(2)), TypeError, r"sparse matrix of shape \(2, 2\).*toarray"),
        (torch.eye(2).to_sparse(), TypeError, r"sparse tensor of shape \(2, 2\).*to_dense"),
        ([["1", "2"]], TypeError, "of type <U1: real numbers"),
        ([[1j]], TypeError, "of type complex128"),
        ([1, 2], ValueError, r"of shape \(2,\)"),
        (np.zeros((0, 3)), ValueError, r"of shape \(0, 3\)"),
        ([[1, np.nan], [1, 2]], ValueError, "1 of 2 rows hold NaN or infinity, first row 0"),
        ([[1, 2], [1e300, 2]], ValueError, "first row 1"),  # too large for float32
        (pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}), ValueError, "first row 1"),
    ],
)
def test_vectors_that_cannot_be(values, error, message):
    with pytest.raises(error, match=message):
        checked_vectors(values)


def test_finite_or_not_in_sparse_matrices_too():
    for matrix in (np.ones(3), np.zeros((0, 2)), scipy.sparse.csr_array((2, 2))):
        check_finite(matrix)
    with pytest.raises(ValueError, match="x: 1 of 2 rows hold NaN or infinity, first row 1"):
        check_finite(scipy.sparse.csr_array([[0, 1], [np.inf, 0]]), "x")
    assert to_numpy(torch.ones(2, dtype=torch.bfloat16)).dtype == np.float32


def test_long_float16_rows_have_length_one():
    rows = (12 * np.random.default_rng(0).normal(size=(50, 768))).astype(np.float16)  # the squares sum to 110,000
    lengths = np.linalg.norm(unit_rows(rows).astype(np.float64), axis=1)
    assert lengths == pytest.approx(np.ones(50), abs=1e-6) and (unit_rows(np.zeros((1, 3))) == 0).all()


@pytest.mark.parametrize("value", [0, 2.0, True, "2", None, np.nan])
def test_whole_numbers(value):
    assert whole_number("k", np.int64(2), 1) == 2 and type(whole_number("k", np.int64(2), 1, 3)) is int
    with pytest.raises(ValueError, match="k=.*: it must be at least 1, a whole number"):
        whole_number("k", value, 1)
    with pytest.raises(ValueError, match="k=.*: it must be a whole number from 1 to 3"):
        whole_number("k", value, 1, 3)


@pytest.mark.parametrize("seed", [-1, 2**32, 2**70, 0.5, None, True])
def test_seeds_that_some_generator_would_not_take(seed):
    with pytest.raises(ValueError, match=f"seed={seed}: it must be a whole number from 0 to 4294967295"):
        checked_seed(seed)
