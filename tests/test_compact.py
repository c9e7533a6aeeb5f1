"""Arrays coded in few bytes: what comes back in the page, against the arrays that went in."""

import numpy as np
import pytest

from embedviz.widgets import compact
from embedviz.widgets.page import pack

pytestmark = pytest.mark.browser


@pytest.fixture
def unpacked(modules):
    """unpacked(values): what the page makes of packed values; a DataView as an array of the type asked for."""

    def read(values, dtype):
        modules.load("bytes.js")
        found = modules.evaluate(
            """async (packed) => {
              const read = (value) => ArrayBuffer.isView(value)
                ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
                : Array.isArray(value) ? value.map(read) : value;
              return read(await loaded["bytes.js"].unpack(packed));
            }""",
            pack(values),
        )
        views = found if isinstance(found, list) else [found]
        return [np.frombuffer(view.tobytes(), dtype) for view in views]

    return read


def unit(rows):
    rows = rows.astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)


def table(seed, n=600, d=50, low=-2, high=2):
    """Vectors whose entries and lengths differ by orders of magnitude, with rows of zeros and equal ones."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n, d)) * np.exp(random.normal(size=d)) * 10 ** random.uniform(low, high, (n, 1))
    rows[::50], rows[1::50] = 0, rows[2]
    return rows.astype(np.float32)


TABLES = {
    "random": table(0),
    "300 entries": table(1, d=300),
    "tiny": table(2, low=-36, high=-30),
    "huge": table(3, low=30, high=36),
    "one entry": table(4, d=1),
    "two": table(5, d=2),
    "one-hot": np.eye(40, dtype=np.float32),
    "nearly parallel": (1 + 1e-4 * np.random.default_rng(6).normal(size=(300, 20))).astype(np.float32),
    "the largest": np.full((2, 7), np.finfo(np.float32).max, dtype=np.float32) * np.array([[1], [-1]]),
    "too small for their mantissa": np.array([[1e-45, 3e-45], [7e-45, 0]], dtype=np.float32),
}


@pytest.mark.parametrize("name", TABLES)
def test_vectors_keep_their_similarities_and_lengths(unpacked, name):
    rows = TABLES[name]
    [found] = unpacked(compact.vectors(rows), np.float32)
    found = found.reshape(rows.shape)
    assert np.isfinite(found).all()
    directions, before = unit(found), unit(rows)
    assert np.abs(directions @ directions.T - before @ before.T).max() < 1e-5
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
    np.testing.assert_allclose(np.linalg.norm(found.astype(np.float64), axis=1), lengths, rtol=3e-5)
    np.testing.assert_array_equal((found == 0).all(axis=1), (rows == 0).all(axis=1))
    _, first, of_row = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    np.testing.assert_array_equal(found, found[first[of_row.ravel()]])  # equal rows stay equal


def test_vectors_are_told_apart_no_better_than_said(unpacked):
    rows = TABLES["random"]
    [found] = unpacked(compact.vectors(rows), np.float32)
    some = ~(rows == 0).all(axis=1)
    now, before = unit(found.reshape(rows.shape)[some]), unit(rows[some])
    off = (now @ now.T - before @ before.T)[np.triu_indices(some.sum(), 1)]
    assert 0.3 < off.std() / compact.UNIT < 0.5  # 0.41: what even rounding gives


@pytest.mark.parametrize("epochs, n, k", [(1, 9, 3), (5, 300, 10), (3, 70_000, 2), (3, 400, 300)])
def test_neighbor_lists_come_back_as_they_were(unpacked, epochs, n, k):
    random = np.random.default_rng(n)
    lists = [np.argsort(random.random((min(n, 3000), n if n < 1000 else 50)))[:, :k].astype(np.int32)]
    for _ in range(epochs - 1):
        following = lists[-1].copy()
        rows = random.integers(0, len(following), len(following))
        following[rows] = random.permuted(following[rows], axis=1)
        following[random.random(following.shape) < 0.2] = random.integers(0, n)  # may stand there twice
        following[random.random(following.shape) < 0.2] = n - 1
        lists.append(following)
    found = unpacked(compact.neighbor_lists(lists), np.int32)
    assert len(found) == epochs
    for one, before in zip(found, lists):
        np.testing.assert_array_equal(one.reshape(before.shape), before)


def test_neighbor_lists_are_one_value_each(unpacked):
    lists = [np.arange(6, dtype=np.int32).reshape(2, 3), np.arange(6, dtype=np.int32).reshape(2, 3)[:, ::-1]]
    late, early = compact.neighbor_lists(lists)[::-1]
    found = unpacked([early, late, early], np.int32)
    assert [one.tolist() for one in found] == [[0, 1, 2, 3, 4, 5], [2, 1, 0, 5, 4, 3], [0, 1, 2, 3, 4, 5]]
    assert compact.neighbor_lists([]) == compact.similarity_lists([]) == compact.coordinates([]) == []


def test_similarities_are_right_to_half_a_hundredth(unpacked):
    random = np.random.default_rng(0)
    lists = [-np.sort(-random.uniform(-1, 1, (200, 12))).astype(np.float32) for _ in range(4)]
    lists[1][0], lists[2][0] = 1, -1  # the largest steps that there are
    lists[1][1, 1:] = -1
    lists[0][2] = np.nextafter(np.float32(1), np.float32(2))  # a cosine rounds above 1
    found = unpacked(compact.similarity_lists(lists), np.float32)
    for one, before in zip(found, lists):
        assert np.abs(one.reshape(before.shape) - before).max() <= 0.005 + 1e-6
    assert found[1][:12].tolist() == [1] * 12 and found[2][:12].tolist() == [-1] * 12


def test_coordinates_are_right_to_a_part_of_the_width(unpacked):
    random = np.random.default_rng(0)
    maps = [random.normal(size=(500, 3)).astype(np.float32)]
    maps.append((maps[0] + 0.05 * random.normal(size=(500, 3))).astype(np.float32))
    maps.append((1e-6 * maps[0] + 3).astype(np.float32))  # a small one, far from the others
    maps.append((1e9 * maps[1]).astype(np.float32))
    maps.append(np.full((500, 3), 7, dtype=np.float32))  # all in one place
    maps.append(maps[0] * [1, 0, 0])
    found = unpacked(compact.coordinates(maps), np.float32)
    for one, before in zip(found, maps):
        width = np.ptp(before, axis=0).max()
        rounding = np.spacing(np.float32(np.abs(before).max()))
        assert np.abs(one.reshape(before.shape) - before).max() <= width / 2000 + rounding
    np.testing.assert_allclose(found[4], 7)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_refused(bad):
    rows = np.ones((3, 2), dtype=np.float32)
    rows[1, 0] = bad
    for code, name in (
        (compact.vectors, "vectors"),
        (lambda rows: compact.similarity_lists([rows]), "similarities"),
        (lambda rows: compact.coordinates([rows]), "coordinates"),
    ):
        with pytest.raises(ValueError, match=f"{name}: 1 of . rows hold NaN or infinity"):
            code(rows)


def test_coded_arrays_take_less_than_they_did():
    random = np.random.default_rng(0)
    rows = random.normal(size=(2000, 50)).astype(np.float32)
    lists = [np.argsort(random.random((2000, 2000)))[:, :10].astype(np.int32)]
    for _ in range(9):
        following = lists[-1].copy()
        following[:, 9] = random.integers(0, 2000, 2000)
        lists.append(following)
    maps = [random.normal(size=(2000, 2)).astype(np.float32)]
    for _ in range(9):
        maps.append((maps[-1] + 0.01 * random.normal(size=(2000, 2))).astype(np.float32))
    similarities = [-np.sort(-random.uniform(0.5, 0.9, (2000, 10))).astype(np.float32) for _ in range(10)]

    def size(values):
        return len(pack(values)) * 4 // 5

    def plain(arrays):
        return size([array.tobytes() for array in arrays])

    assert size(compact.vectors(rows)) < 0.75 * plain([rows])
    assert size(compact.neighbor_lists(lists)) < 0.4 * plain(lists)
    assert size(compact.coordinates(maps)) < 0.4 * plain(maps)
    assert size(compact.similarity_lists(similarities)) < 0.25 * plain(similarities)
