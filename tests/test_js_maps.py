"""The page's maps, and what they distort, against the Python functions, scikit-learn, SciPy and sums by hand."""

import functools

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

from embedviz.space import distortion, epochs, projection
from embedviz.space.neighbors import top_k

pytestmark = pytest.mark.browser

LINEAR, PROJECTION, EPOCHS = "space/linear.js", "space/projection.js", "space/epochs.js"
DISTORTION, RANDOM = "space/distortion.js", "space/random.js"

# (names, features, kind) of tables; the rest of the fifty are drawn.
SHAPES = [
    (2, 1, "normal"),
    (2, 5, "normal"),
    (2, 60, "fading"),
    (3, 1, "normal"),
    (3, 2, "normal"),
    (3, 40, "normal"),
    (20, 60, "fading"),
    (12, 30, "zeros"),
    (7, 300, "ties"),
    (40, 6, "alike"),
    (300, 768, "fading"),
    (5000, 50, "fading"),
]
SEEDS = range(50)
ALIKE = 9  # all names at one place


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """For small matrices: threads that wait for each other take several times as long beside the browser."""
    with threadpool_limits(1):
        yield


@functools.cache
def table(seed) -> np.ndarray:
    """Float32 of shape (names, features)."""
    random = np.random.default_rng(seed)
    if seed < len(SHAPES):
        n, dim, kind = SHAPES[seed]
    else:
        n, dim = int(random.integers(4, 200)), int(random.integers(1, 61))
        kind = ("normal", "fading", "ties", "zeros", "far", "tiny")[seed % 6]
    vectors = random.normal(size=(n, dim))
    if kind == "fading":
        vectors *= 1 / np.arange(1, dim + 1)
    if kind == "ties":
        vectors = np.rint(vectors)
        vectors[n // 2 :] = vectors[random.integers(0, n // 2, size=n - n // 2)]
    if kind == "zeros":
        vectors[random.choice(n, n // 4, replace=False)] = 0
    if kind == "far":  # a small cloud far out
        vectors += 1000 * random.normal(size=dim)
    if kind == "tiny":
        vectors *= 1e-6
    if kind == "alike":
        vectors[:] = vectors[0]
    return vectors.astype(np.float32)


def flat(vectors):
    return np.ascontiguousarray(vectors, dtype=np.float32).ravel()


def as_map(coords):
    return coords.reshape(-1, 3)


def wide(coords):
    return np.ascontiguousarray(epochs.widened(np.asarray(coords, dtype=np.float32), 3))


def centered(vectors):
    vectors = np.asarray(vectors, dtype=np.float64)
    return vectors - vectors.mean(axis=0)


def check_map(found, expected, vectors):
    """Two maps of vectors on their principal axes are the same; where variances are equal, so is what is unique.

    Returns how many axes were compared one by one.
    """
    expected, rest = wide(expected), centered(vectors)
    assert found.dtype == np.float32
    size = max(np.abs(expected).max(), np.abs(rest).max(), 1e-30)
    _, scales, axes = np.linalg.svd(rest, full_matrices=False)
    variances = np.append(scales**2, 0) / max(scales[0] ** 2, 1e-30)
    gaps = -np.diff(variances, prepend=np.inf, append=-np.inf)
    one_by_one = 0
    for axis in range(min(3, len(scales))):
        if min(gaps[axis], gaps[axis + 1]) < 1e-4 or not expected[:, axis].any():
            continue
        one_by_one += 1
        loadings = np.sort(np.abs(axes[axis]))
        clear = len(loadings) < 2 or loadings[-1] - loadings[-2] > 1e-4
        sign = 1 if clear else np.sign(found[:, axis] @ expected[:, axis])
        np.testing.assert_allclose(sign * found[:, axis], expected[:, axis], atol=1e-4 * size, rtol=0)
    for columns in range(1, 4):  # what lies on the first axes as a whole
        if columns >= len(gaps) or gaps[columns] > 1e-4:
            here, there = (x[:400, :columns].astype(float) for x in (found, expected))
            np.testing.assert_allclose(here @ here.T, there @ there.T, atol=1e-3 * size**2, rtol=0)
    return one_by_one


@pytest.mark.parametrize("size", [1, 2, 3, 10, 61])
@pytest.mark.parametrize("kind", ["any", "projector", "zeros", "ones", "diagonal", "huge", "graded"])
def test_eigenvectors_are_numpys(modules, size, kind):
    random = np.random.default_rng(size)
    x = random.normal(size=(size, size))
    q = np.linalg.qr(x)[0]
    matrix = {
        "any": x + x.T,
        "projector": q[:, : size // 2] @ q[:, : size // 2].T,  # eigenvalues 1 and 0 only
        "zeros": 0 * x,
        "ones": np.ones((size, size)),
        "diagonal": np.diag(np.arange(size) % 3).astype(float),
        "huge": 1e150 * (x + x.T),
        "graded": (x * 10.0 ** -np.arange(size)[:, None]) @ (x.T * 10.0 ** -np.arange(size)),
    }[kind]
    matrix = (matrix + matrix.T) / 2
    found = modules.call(LINEAR, "eigen", matrix.ravel(), size)
    values, vectors, scale = found["values"], found["vectors"].reshape(size, size), np.abs(matrix).max() or 1
    np.testing.assert_allclose(values / scale, np.linalg.eigvalsh(matrix / scale)[::-1], atol=1e-12)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(size), atol=1e-12)
    np.testing.assert_allclose((vectors.T * values / scale) @ vectors, matrix / scale, atol=1e-12)


def test_no_eigenvectors_of_what_is_not_finite(modules):
    with pytest.raises(Exception, match="a matrix with NaN"):
        modules.call(LINEAR, "eigen", np.array([1, np.nan, np.nan, 1]), 2)


@pytest.mark.parametrize("size", [1, 2, 3, 17, 60])
@pytest.mark.parametrize("kind", ["any", "zeros", "rank 1", "half", "graded", "steep", "huge", "turned"])
def test_the_rotation_fits_best(modules, size, kind):
    random = np.random.default_rng(size)
    x, half = random.normal(size=(size, size)), max(size // 2, 1)
    q = np.linalg.qr(x)[0]
    matrix = {
        "any": x,
        "zeros": 0 * x,
        "rank 1": np.outer(x[0], x[:, 0]),
        "half": x[:, :half] @ random.normal(size=(half, size)),
        "graded": x * 10.0 ** -np.arange(size).clip(max=14),
        "steep": (q * np.geomspace(1, 1e-6, size)) @ np.linalg.qr(x.T)[0],
        "huge": 1e100 * x,
        "turned": q,
    }[kind]
    found = modules.call(LINEAR, "rotation", matrix.ravel(), size).reshape(size, size)
    np.testing.assert_allclose(found @ found.T, np.eye(size), atol=1e-12)
    # No other gives more: the trace is the sum of the singular values.
    scale = np.abs(matrix).max() or 1
    assert np.trace(found.T @ matrix) / scale == pytest.approx(np.linalg.svd(matrix / scale)[1].sum(), abs=1e-11)
    if kind == "steep":
        np.testing.assert_allclose(found, q @ np.linalg.qr(x.T)[0], atol=1e-8)
    if kind in ("any", "huge", "turned"):
        np.testing.assert_allclose(found, orthogonal_procrustes(np.eye(size), matrix)[0], atol=1e-9)
    if kind == "zeros":
        np.testing.assert_array_equal(found, np.eye(size))


@pytest.mark.parametrize("seed", SEEDS)
def test_pca_is_pythons(modules, seed):
    vectors, count = table(seed), 3 - seed % 2
    low = min(count, *vectors.shape)
    found = modules.call(PROJECTION, "pca", flat(vectors), vectors.shape[1], count)
    expected = projection.pca(vectors, low)
    compared = check_map(as_map(found["coords"]), expected, vectors)
    assert compared or seed == ALIKE
    assert (as_map(found["coords"])[:, low:] == 0).all()
    variance = max(vectors.astype(float).var(axis=0).sum(), 1e-12)
    shares = wide(expected)[:, :count].astype(float).var(axis=0) / variance  # as the explorer's titles tell them
    np.testing.assert_allclose(found["shares"], shares, atol=1e-5)


def test_a_single_name_is_in_the_middle(modules):
    vectors = np.array([3.0, 4, 5], dtype=np.float32)
    found = modules.call(PROJECTION, "pca", vectors, 3, 2)
    assert found["coords"].tolist() == [0, 0, 0] and found["shares"] == [0, 0]
    measured = modules.call(DISTORTION, "measures", vectors, 3, found["coords"], 2, {})
    assert np.isnan(measured["kept"]).all() and measured["trust"] is None and measured["continuity"] is None


def test_shares_are_scikit_learns(modules):
    vectors = table(11)
    whole = PCA(svd_solver="full").fit(vectors.astype(float))
    found = modules.call(PROJECTION, "pca", flat(vectors), vectors.shape[1], 3)
    np.testing.assert_allclose(found["shares"], whole.explained_variance_ratio_[:3], rtol=1e-5)
    np.testing.assert_allclose(
        np.abs(as_map(found["coords"])), np.abs(whole.transform(vectors)[:, :3]), atol=1e-4 * np.abs(vectors).max()
    )


@pytest.mark.parametrize("copies", [1, 2, 3, 4])
def test_equal_variances_among_many_features_are_all_found(modules, copies):
    """Block Krylov steps, for more features than a covariance is written down for."""
    scales = np.append(np.full(copies, 5.0), [4, 4, 1, 1, 1, 0.5, 0.25, 0.25])
    half = np.eye(len(scales), 400)[:, np.random.default_rng(copies).permutation(400)] * scales[:, None]
    vectors = flat(np.vstack([half, -half]))  # nothing is rounded: the variances are equal
    found = modules.call(PROJECTION, "pca", vectors, 400, 3)
    expected = 2 * scales[:3] ** 2 / (2 * (scales**2).sum())
    np.testing.assert_allclose(found["shares"], expected, atol=1e-6)


def test_many_features_without_a_leading_one(modules):
    vectors = np.random.default_rng(5).normal(size=(700, 300)).astype(np.float32)
    found = modules.call(PROJECTION, "pca", flat(vectors), 300, 3)
    assert check_map(as_map(found["coords"]), projection.pca(vectors, 3), vectors) >= 2


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed != ALIKE])
def test_directions_are_pythons(modules, seed):
    vectors, random = table(seed), np.random.default_rng(seed)
    n, dim = vectors.shape
    rows = random.permutation(np.flatnonzero(vectors.any(axis=1)))
    ends = rows[:1], rows[1 : 2 + (n > 9)]
    count = 2 + seed % 2
    arguments = flat(vectors), dim, *(end.astype(np.int32) for end in ends), count
    try:
        expected = projection.direction(vectors, *ends, dim=min(count, n, dim))
    except ValueError as error:
        assert "choose others" in str(error)
        with pytest.raises(Exception, match="both ends of the direction are at the same place: choose others"):
            modules.call(PROJECTION, "direction", *arguments)
        return
    found = as_map(modules.call(PROJECTION, "direction", *arguments)["coords"])
    np.testing.assert_allclose(found[:, 0], expected[:, 0], atol=1e-5 * np.abs(expected[:, 0]).max())
    a, b = (found[end, 0].astype(float).mean() for end in ends)
    assert (a, b) == pytest.approx((0, 1), abs=1e-5)
    if min(count, n, dim) > 1:
        unit = normalize(vectors.astype(float))
        step = unit[ends[1]].mean(axis=0) - unit[ends[0]].mean(axis=0)
        rest = unit - np.outer((unit - unit[ends[0]].mean(axis=0)) @ step / (step @ step), step)
        others = np.column_stack([found[:, 1:], np.zeros(n, dtype=np.float32)])
        if np.abs(centered(rest)).max() > 1e-6:
            check_map(others, expected[:, 1:], rest)
        else:
            np.testing.assert_allclose(others, 0, atol=1e-5)


def test_a_direction_from_a_name_to_itself_is_refused(modules):
    vectors = table(20)
    for start, end, message in (
        ([3], [3], "both ends of the direction are at the same place: choose others"),
        ([], [1], "a direction needs at least one name at each end"),
    ):
        with pytest.raises(ValueError, match=message):
            projection.direction(vectors, start, end)
        with pytest.raises(Exception, match=message):
            modules.call(PROJECTION, "direction", flat(vectors), vectors.shape[1], start, end, 2)


@pytest.mark.parametrize("dims", [2, 3])
def test_limits_are_pythons(modules, dims):
    random = np.random.default_rng(dims)
    coords = random.normal(size=(50, 3)).astype(np.float32)
    coords[7], coords[:, 1] = np.nan, 4.0
    found = np.array(modules.call(PROJECTION, "limits", coords.ravel(), dims))
    np.testing.assert_allclose(found[:dims], projection.axis_limits(coords[:, :dims]), rtol=1e-6)
    assert dims == 3 or found[2].tolist() == [-1, 1]
    assert modules.call(PROJECTION, "limits", np.full(6, np.nan, dtype=np.float32), 2) == [[-1, 1]] * 3


def trained(vectors, seed, count=4):
    """Tables that change a little from one to the next, and are turned as a whole."""
    random, tables = np.random.default_rng(seed), [vectors]
    for _ in range(count - 1):
        turn, _ = np.linalg.qr(random.normal(size=(vectors.shape[1],) * 2))
        scale = np.abs(centered(tables[0])).max()
        moved = centered(tables[0]) + 0.1 * scale * random.normal(size=vectors.shape)
        tables.insert(0, (moved @ turn).astype(np.float32))
    return tables


@pytest.mark.parametrize("seed", [s for s in SEEDS if s % 2 or s < 9])
def test_aligned_maps_are_pythons(modules, seed):
    tables = trained(table(seed), seed)
    n, dim = tables[0].shape
    if dim > 60 or n > 1000:
        tables = [vectors[:400, :60] for vectors in tables]
        n, dim = tables[0].shape
    count = 2 + seed % 2
    expected = epochs.aligned_maps(tables, min(count, n, dim))
    found = modules.call(EPOCHS, "alignedMaps", [flat(vectors) for vectors in tables], dim, count)
    assert len(found) == len(tables)
    compared = check_map(as_map(found[-1]), expected[-1], tables[-1])
    if compared == min(count, n, dim):  # then the axes of all are known, but for a sign
        signs = np.sign((as_map(found[-1]) * wide(expected[-1])).sum(axis=0))
        size = np.abs(wide(expected[-1])).max()
        for here, there in zip(found, expected):
            np.testing.assert_allclose(as_map(here) * signs, wide(there), atol=2e-4 * size)


def test_a_turn_of_the_whole_moves_nothing(modules):
    vectors = table(10)[:, :60]
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(60, 60)))
    tables = [vectors @ turn.astype(np.float32) - 3, vectors]
    first, last = modules.call(EPOCHS, "alignedMaps", [flat(one) for one in tables], 60, 3)
    np.testing.assert_allclose(first, last, atol=1e-4 * np.abs(last).max())


@pytest.mark.parametrize("zero", [0, 1, 2])
def test_a_table_of_zeros_is_a_point_and_hinders_no_other(modules, zero):
    tables = trained(table(16), 0, count=3)
    tables[zero] = 0 * tables[zero]
    dim = tables[0].shape[1]
    found = [as_map(one) for one in modules.call(EPOCHS, "alignedMaps", [flat(one) for one in tables], dim, dim)]
    assert all(np.isfinite(one).all() for one in found) and not found[zero].any()
    if dim == 3 and zero != 2:  # nothing is left out: distances are those of the table
        apart = [np.linalg.norm(x[0] - x[1]) for x in (found[1 - zero], tables[1 - zero])]
        assert apart[0] == pytest.approx(apart[1], rel=1e-5)


def test_tables_that_do_not_fit_are_refused(modules):
    with pytest.raises(Exception, match="no tables"):
        modules.call(EPOCHS, "alignedMaps", [], 3, 2)
    with pytest.raises(Exception, match="tables of 9, 6 numbers"):
        modules.call(EPOCHS, "alignedMaps", [np.zeros(9, dtype=np.float32), np.zeros(6, dtype=np.float32)], 3, 2)


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_turned_maps_are_pythons(modules, seed, dims):
    random = np.random.default_rng(seed)
    before = random.normal(size=(30, dims)).astype(np.float32)
    turn, _ = np.linalg.qr(random.normal(size=(dims, dims)))
    coords = (before @ turn + 0.1 * random.normal(size=before.shape) + 5).astype(np.float32)
    found = as_map(modules.call(EPOCHS, "turnedTo", wide(coords).ravel(), wide(before).ravel()))
    np.testing.assert_allclose(found, wide(epochs.turned_to(coords, before)), atol=1e-5)


def test_flat_maps_stay_flat_where_any_turn_would_do(modules):
    before, coords = np.zeros((5, 2)), np.random.default_rng(0).normal(size=(5, 2))
    before[:, 0] = np.arange(5)  # on a line
    for one in (before, 0 * before):
        found = as_map(modules.call(EPOCHS, "turnedTo", wide(coords).ravel(), wide(one).ravel()))
        assert not found[:, 2].any()
        np.testing.assert_allclose(found @ found.T, centered(coords) @ centered(coords).T, atol=1e-5)


@pytest.mark.parametrize("dims", [2, 3])
def test_shared_limits_are_pythons(modules, dims):
    maps = [wide(x) for x in np.random.default_rng(0).normal(size=(4, 20, dims))]
    found = np.array(modules.call(EPOCHS, "sharedLimits", [one.ravel() for one in maps], dims))
    np.testing.assert_allclose(found[:dims], projection.axis_limits(np.concatenate(maps)[:, :dims]), rtol=1e-6)
    assert dims == 3 or found[2].tolist() == [-1, 1]


def brute(coords, rows, k):
    """The k nearest on a map: distance, then row."""
    found = []
    for row in rows:
        squares = ((coords.astype(float) - coords[row].astype(float)) ** 2).sum(axis=1)
        squares[row] = np.nan
        order = np.lexsort((np.arange(len(coords)), squares))
        found.append([i if np.isfinite(squares[i]) else -1 for i in order[:k]])
    return np.array(found)


CLOUDS = {
    "normal": lambda random: random.normal(size=(400, 3)),
    "clusters": lambda random: (
        random.normal(size=(9, 3))[random.integers(0, 9, 400)] + 1e-3 * random.normal(size=(400, 3))
    ),
    "grid": lambda random: random.integers(0, 5, size=(400, 3)),
    "one place": lambda random: np.full((60, 3), 7.25),
    "line": lambda random: np.outer(random.normal(size=300), [1, 2, 0]),
    "even line": lambda random: np.outer(random.permutation(300), [1, 0, 0]),
    "far out": lambda random: random.standard_cauchy(size=(400, 3)) ** 3,
    "some not drawn": lambda random: np.where(random.random((200, 1)) < 0.9, random.normal(size=(200, 3)), np.nan),
    "few": lambda random: random.normal(size=(4, 3)),
    "alone": lambda random: random.normal(size=(1, 3)),
}


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_nearest_on_a_map_are_those_of_all_distances(modules, cloud, dims):
    coords = CLOUDS[cloud](np.random.default_rng(3)).astype(np.float32)
    drawn = np.flatnonzero(np.isfinite(coords[:, 0]))
    for k in (1, 10):
        found = modules.call(DISTORTION, "nearestOnMap", coords.ravel(), dims, k).reshape(-1, k)
        expected = brute(coords[:, :dims], drawn, k)
        np.testing.assert_array_equal(found[drawn][:, : expected.shape[1]], expected)
        assert (found[:, expected.shape[1] :] == -1).all()
        rows = drawn[::3].astype(np.int32)
        some = modules.call(DISTORTION, "nearestOnMap", coords.ravel(), dims, k, rows).reshape(-1, k)
        np.testing.assert_array_equal(some, found[rows])
    near = modules.evaluate(
        """(coords, dims, rows) => {
          const { nearOnMap } = loaded["space/distortion.js"];
          return [...rows].map((row) => nearOnMap(coords, dims, row, 10));
        }""",
        coords.ravel(),
        dims,
        rows,
    )
    for row, mine in zip(rows, near):
        if len(drawn) == len(coords):
            k = min(10, len(coords) - 1)
            np.testing.assert_array_equal(mine, distortion.near_on_map(coords[:, :dims], row, k))
        else:  # Python puts those that are not drawn last
            np.testing.assert_array_equal(mine, found[row])


def near_truly(vectors, k):
    """The k nearest others of each by cosine: of equal ones the lower row."""
    return top_k(vectors, k=k)[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_map_distorts_is_what_python_measures(modules, seed, monkeypatch):
    vectors = table(seed)
    n, dim = vectors.shape
    dims, k = 2 + seed % 2, min(10 if seed % 5 else 4, n - 1)
    coords = wide(projection.pca(vectors, min(dims, n, dim)))
    rows = np.arange(n)
    if n > 1000:
        rows = np.sort(np.random.default_rng(0).choice(n, 200, replace=False))
        monkeypatch.setattr(distortion, "_drawn", lambda *_: rows)
    found = modules.call(
        DISTORTION, "measures", flat(vectors), dim, coords.ravel(), dims, {"k": k, "rows": rows.astype(np.int32)}
    )
    assert found["sampled"] == (len(rows) if len(rows) < n else 0)
    few = min(k, (n - 1) // 2)
    if few:
        trust, continuity = distortion.trust_and_continuity(vectors, coords[:, :dims], few)
        assert (found["trust"], found["continuity"]) == pytest.approx((trust, continuity), abs=1e-6)
    else:
        assert found["trust"] is None and found["continuity"] is None
    kept = found["kept"]
    assert np.isnan(np.delete(kept, rows)).all() and kept.dtype == np.float32
    more = brute(coords[:, :dims], rows, k + 1)
    shares = [np.isin(a, b).mean() for a, b in zip(near_truly(vectors, k)[rows], more[:, :k])]
    np.testing.assert_allclose(kept[rows], shares, atol=1e-6)
    # scikit-learn, which Python asks, takes any of those that are equally near.
    expected = distortion.faithfulness(vectors, coords[:, :dims], k)[rows]
    clear = np.ones(len(rows), dtype=bool)
    if k < n - 1:
        places = coords[:, :dims].astype(float)
        last, next_ = (((places[more[:, i]] - places[rows]) ** 2).sum(axis=1) for i in (k - 1, k))
        clear = next_ - last > 1e-9 * (places**2).max()
    np.testing.assert_allclose(kept[rows][clear], expected[clear], atol=1e-6)
    assert clear.mean() > 0.5 or seed == ALIKE or seed % 6 in (2, 3) or dim == 1


def test_trust_and_continuity_are_scikit_learns(modules):
    vectors = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
    coords, unit = wide(vectors[:, :2]), normalize(vectors)
    found = modules.call(DISTORTION, "measures", flat(vectors), 8, coords.ravel(), 2, {"k": 7})
    expected = [trustworthiness(*pair, n_neighbors=7) for pair in ((unit, coords), (coords, unit))]
    assert [found["trust"], found["continuity"]] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("sample", [None, 150, 300, 9999])
def test_a_sample_comes_near_the_whole_and_is_that_of_its_seed(modules, sample):
    vectors = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
    call = lambda **options: modules.call(
        DISTORTION, "measures", flat(vectors), 8, wide(vectors[:, :2]).ravel(), 2, options
    )
    whole, part, again, other = (call(**o) for o in ({}, *({"sample": sample, "seed": seed} for seed in (3, 3, 4))))
    measured = np.isfinite(part["kept"])
    assert measured.sum() == min(sample or 300, 300) and part["sampled"] == (150 if sample == 150 else 0)
    np.testing.assert_array_equal(part["kept"][measured], whole["kept"][measured])
    np.testing.assert_array_equal(part["kept"], again["kept"])
    assert part["trust"] == again["trust"] and part["trust"] == pytest.approx(whole["trust"], abs=0.03)
    assert np.array_equal(measured, np.isfinite(other["kept"])) == (sample != 150)


def test_of_many_points_trust_is_the_mean_of_some(modules):
    vectors = np.random.default_rng(1).normal(size=(1500, 4)).astype(np.float32)
    coords = wide(vectors[:, :2])
    found = modules.call(DISTORTION, "measures", flat(vectors), 4, coords.ravel(), 2, {"k": 5})
    assert np.isfinite(found["kept"]).all() and found["sampled"] == 0
    whole = distortion.trust_and_continuity(vectors, coords[:, :2], 5)
    assert (found["trust"], found["continuity"]) == pytest.approx(whole, abs=0.02)
    assert (found["trust"], found["continuity"]) != pytest.approx(whole, abs=1e-9)


def test_draws_are_fair(modules):
    modules.load(RANDOM)
    draws = modules.evaluate(
        """() => {
          const { drawn, random } = loaded["space/random.js"], next = random(7);
          const sets = Array.from({ length: 2000 }, (_, seed) => [...drawn(10, 3, seed)]);
          return [sets, Array.from({ length: 4000 }, next)];
        }"""
    )
    sets, numbers = np.array(draws[0]), np.array(draws[1])
    assert (np.diff(sets, axis=1) > 0).all() and sets.min() == 0 and sets.max() == 9
    # 600 expected for each, standard deviation 20.5; 0.5 and a standard deviation of 1 / √(12 · 4000)
    assert np.abs(np.bincount(sets.ravel(), minlength=10) - 600).max() < 5 * 20.5
    assert numbers.min() >= 0 and numbers.max() < 1 and abs(numbers.mean() - 0.5) < 5 / np.sqrt(12 * 4000)
    assert (
        modules.call(RANDOM, "drawn", 4, None, 0).tolist()
        == modules.call(RANDOM, "drawn", 4, 9, 0).tolist()
        == [0, 1, 2, 3]
    )
