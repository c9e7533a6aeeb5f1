"""From many dimensions to a map: PCA at once, UMAP a little later, or an axis of one's own.

UMAP (McInnes, Healy & Melville, 2018, https://arxiv.org/abs/1802.03426) takes four steps: find each point's
neighbors; turn their distances into a weighted graph; lay the points out roughly; improve the layout by stochastic
gradient descent. Only the last, the long one, is left to umap-learn: in a fresh process its code for the others spends
longer on compiling (NN-descent, the graph) and on an eigenproblem (the spectral start) than the last step takes. Here:

- neighbors: exact, by scikit-learn;
- graph: `fuzzy_graph`, in NumPy;
- start: PCA, the map that the reader has seen already. A start needs to show the data's coarse structure (Kobak &
  Linderman, Nature Biotechnology 39, 2021); tests/benchmarks/bench_umap.py finds nothing lost against the spectral one.

scikit-learn and umap-learn are imported where they are used: a map from the cache needs neither.
"""

import functools
import hashlib
import importlib.util
import io
import json
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from numbers import Real
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import platformdirs
import scipy.sparse

from embedviz.base.arrays import checked_vectors, unit_rows, whole_number
from embedviz.base.files import cache_folder, write_atomically

METRICS = ("cosine", "euclidean")

OPTIONS = ("dim", "n_neighbors", "min_dist", "metric", "seed", "n_epochs")  # of `umap`, apart from the cache

Report = Callable[[float, str], object]  # (share done, stage)

_ALGORITHM = 2  # part of the cache's key: raise it when the same input gives another map


def pca(vectors, dim: int = 2) -> np.ndarray:
    """The `dim` directions of greatest variance, as scikit-learn's PCA finds them.

    Args:
        vectors: finite numbers of shape (n, features).
        dim: at most n and at most features.

    Returns:
        float32 array of shape (n, dim), columns by falling variance. The same vectors give the same map: an axis
        points to where its largest loading is positive.

    Raises:
        ValueError: vectors or dim are not as said above.
    """
    vectors = checked_vectors(vectors)
    mean, axes = principal_axes(vectors, dim)
    return ((vectors - mean) @ axes.T).astype(np.float32)


def principal_axes(vectors, dim: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """What `pca` projects with, to place other vectors on the same map: x ↦ (x − mean) · axesᵀ.

    Arguments and errors as `pca`. Returns (mean, axes), float64 of shape (features,) and (dim, features).
    """
    from sklearn.decomposition import PCA

    vectors = checked_vectors(vectors)
    dim = whole_number("dim", dim, 1, min(vectors.shape))
    # The eigenvectors of the covariance are quickest while it is small; otherwise scikit-learn chooses.
    solver = "covariance_eigh" if vectors.shape[1] <= 1000 else "auto"
    mean = vectors.mean(axis=0, dtype=np.float64)
    centered = vectors - mean  # first: the covariance would lose a small cloud far out
    if len(vectors) == 1:  # it lies at the middle of any axes
        return mean, np.eye(dim, vectors.shape[1])
    with np.errstate(invalid="ignore"):  # equal points have no variance to divide by
        loadings = PCA(dim, svd_solver=solver, random_state=0).fit(centered).components_
    return mean, loadings * np.sign(loadings[np.arange(dim), np.abs(loadings).argmax(axis=1)])[:, None]


def umap(
    vectors,
    dim: int = 2,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    metric: str = "cosine",
    seed: int = 0,
    n_epochs: int | None = None,
    cache: bool = True,
) -> np.ndarray:
    """UMAP of the vectors; it keeps the caller waiting, see `background_umap`.

    Args:
        vectors: finite numbers of shape (n, features), taken as float32. A row of zeros is at cosine distance 1 from
            all others.
        dim: of the map, at most n and at most features.
        n_neighbors: of a point in the graph, itself included, as umap-learn counts; 2 to n.
        min_dist: how close the map may pack points, 0 to 1.
        metric: "cosine" or "euclidean".
        seed: same seed, vectors, machine and versions: same map.
        n_epochs: rounds of gradient descent; None for umap-learn's choice, 500 up to 10,000 points, otherwise 200.
        cache: look the map up in the user's cache folder (or $EMBEDVIZ_CACHE), and keep it there.

    Returns:
        float32 array of shape (n, dim).

    Raises:
        ValueError: an argument is not as said above.
    """
    request = checked_request(vectors, dim, n_neighbors, min_dist, metric, seed, n_epochs)
    path = cache_path(request) if cache else None
    coordinates = load_map(path, request)
    if coordinates is None:
        coordinates = compute(**request)
        store_map(path, coordinates)
    return coordinates


def direction(vectors, start: Sequence[int], end: Sequence[int], dim: int = 2) -> np.ndarray:
    """A map whose first axis leads from one meaning to another: 0 at `start`, 1 at `end`.

    The vectors are scaled to length 1, since it is their directions that similarity compares; a is the mean of those of
    `start`, b of `end`. The first coordinate of x is (x − a)·(b − a) / |b − a|²; the others are the principal
    components of what is left of x without the direction of b − a, so that they have nothing to do with it.

    Args:
        vectors: finite numbers of shape (n, features).
        start, end: rows, one or more.
        dim: of the map, at most n and at most features.

    Returns:
        float32 array of shape (n, dim).

    Raises:
        ValueError: vectors or dim are not as said above, no row on one side, or the two sides have the same mean.
    """
    vectors = checked_vectors(vectors)
    dim = whole_number("dim", dim, 1, min(vectors.shape))
    if not len(start) or not len(end):
        raise ValueError("a direction needs at least one name at each end")
    unit = unit_rows(vectors)
    a, b = (unit[list(rows)].mean(axis=0, dtype=np.float64) for rows in (start, end))
    length = float((b - a) @ (b - a))
    if length < 1e-12:
        raise ValueError("both ends of the direction are at the same place: choose others")
    along = ((unit - a) @ (b - a) / length).astype(np.float32)
    rest = unit - np.outer(along, b - a).astype(np.float32)
    return np.column_stack([along, pca(rest, dim - 1)]) if dim > 1 else along[:, None]


def fuzzy_graph(neighbors: np.ndarray, distances: np.ndarray) -> scipy.sparse.csr_array:
    """UMAP's graph: how surely two points are neighbors (section 3.1 of the paper, algorithms 2 and 3).

    A point's nearest neighbor at a positive distance ρ has weight 1, others exp(−(distance − ρ) / σ), with the σ that
    makes the weights sum to log₂(k + 1). The weights w and w′ that two points give each other become w + w′ − ww′.

    Args:
        neighbors, distances: of the k nearest, the point itself left out; shape (n, k).

    Returns:
        Symmetric float32 matrix of shape (n, n).
    """
    n, k = neighbors.shape
    distances = distances.astype(np.float64)
    nearest = np.where(distances > 0, distances, np.inf).min(axis=1, keepdims=True)
    rho = np.where(np.isinf(nearest), 0, nearest)
    beyond = np.maximum(distances - rho, 0)
    sigma, low, high = np.ones((n, 1)), np.zeros((n, 1)), np.full((n, 1), np.inf)
    for _ in range(64):  # bisection; doubling until there is an upper bound
        too_wide = np.exp(-beyond / sigma).sum(axis=1, keepdims=True) > np.log2(k + 1)
        low, high = np.where(too_wide, low, sigma), np.where(too_wide, sigma, high)
        sigma = np.where(np.isinf(high), 2 * sigma, (low + high) / 2)
    # No narrower than a thousandth of the mean distance, itself counted: ties would drive σ to 0.
    scale = np.where(rho > 0, distances.sum(axis=1, keepdims=True), distances.sum() / n) / (k + 1)
    weights = np.exp(-beyond / np.maximum(sigma, np.maximum(1e-3 * scale, np.finfo(np.float32).tiny)))
    one_way = scipy.sparse.csr_array(
        (weights.astype(np.float32).ravel(), neighbors.ravel(), k * np.arange(n + 1)), shape=(n, n)
    )
    return one_way + one_way.T - one_way * one_way.T


def checked_request(vectors, dim=2, n_neighbors=15, min_dist=0.1, metric="cosine", seed=0, n_epochs=None) -> dict:
    """The checked arguments of `compute`."""
    vectors = checked_vectors(vectors)
    if len(vectors) < 2:
        raise ValueError("UMAP of a single vector: at least 2 are needed")
    if isinstance(min_dist, (bool, np.bool_)) or not (isinstance(min_dist, Real) and 0 <= min_dist <= 1):
        raise ValueError(f"min_dist={min_dist!r}: it must be a number between 0 and 1")
    if not (isinstance(metric, str) and metric in METRICS):
        raise ValueError(f"metric={metric!r}: it must be one of {METRICS}")
    return {
        "vectors": vectors,
        "dim": whole_number("dim", dim, 1, min(vectors.shape)),
        "n_neighbors": whole_number("n_neighbors", n_neighbors, 2, len(vectors)),
        "min_dist": float(min_dist),
        "metric": metric,
        "seed": whole_number("seed", seed, 0, 2**32 - 1),
        "n_epochs": None if n_epochs is None else whole_number("n_epochs", n_epochs, 1, 100_000),
    }


def compute(vectors, dim, n_neighbors, min_dist, metric, seed, n_epochs, report: Report | None = None) -> np.ndarray:
    """UMAP of checked arguments, without the cache; report(share done, stage)."""
    numba_can_cache()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)  # only for ParametricUMAP
        from umap.umap_ import find_ab_params, simplicial_set_embedding
    from embedviz.space.neighbors import neighbors_and_distances

    if report:
        report(0.0, "neighbors")
    graph = fuzzy_graph(*neighbors_and_distances(vectors, n_neighbors - 1, metric))
    if report:
        report(0.15, "layout")
    random = np.random.RandomState(seed)
    start = pca(vectors, dim)
    start = start * 10 / max(np.abs(start).max(), np.finfo(np.float32).tiny) + random.normal(
        scale=1e-4, size=start.shape
    )
    a, b = find_ab_params(1.0, min_dist)
    bar = {"disable": report is None}
    if report:  # umap-learn tells of epochs by a tqdm bar only: give that a "file" that reads the numbers off it

        def write(text):
            if done := re.search(r"(\d+)/(\d+)", text):
                report(0.15 + 0.85 * int(done[1]) / int(done[2]), "layout")

        file = SimpleNamespace(write=write, flush=lambda: None)
        bar |= {"bar_format": "{n}/{total}", "mininterval": 0.1, "miniters": 1, "file": file}
    coordinates, _ = simplicial_set_embedding(
        data=vectors,
        graph=scipy.sparse.csr_matrix(graph),
        n_components=dim,
        initial_alpha=1.0,
        a=a,
        b=b,
        gamma=1.0,
        negative_sample_rate=5,
        n_epochs=n_epochs,
        init=start.astype(np.float32),
        random_state=random,
        metric=metric,
        metric_kwds={},
        densmap=False,
        densmap_kwds={},
        output_dens=False,
        tqdm_kwds=bar,
    )
    return np.ascontiguousarray(coordinates, dtype=np.float32)


def numba_can_cache() -> None:
    """See that numba finds a folder for its compiled code, without which umap-learn cannot even be imported.

    Where neither umap-learn's own folder nor the user's cache can be written (both may be read-only), it is a temporary
    one, for this process and its children.
    """
    package = importlib.util.find_spec("umap")
    places = [  # those that numba tries, in its order
        os.environ.get("NUMBA_CACHE_DIR"),
        package and package.origin and Path(package.origin).parent / "__pycache__",
        platformdirs.user_cache_dir("numba", appauthor=False),
    ]
    if not any(place and _writable(Path(place)) for place in places):
        os.environ["NUMBA_CACHE_DIR"] = _temporary_folder().name
        if "numba" in sys.modules:  # it has read the environment already
            sys.modules["numba"].config.reload_config()


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@functools.cache
def _temporary_folder() -> tempfile.TemporaryDirectory:
    """One for this process, which ends with it.

    Not one whose name others know: numba runs what it finds there.
    """
    return tempfile.TemporaryDirectory(prefix="embedviz-numba-")


# --- the cache: a file for each map, named by all that went into it; a .npy, and after it a digest of name and content


def cache_path(request: dict) -> Path:
    parameters = {name: value for name, value in request.items() if name != "vectors"}
    parameters |= {name: version(name) for name in ("umap-learn", "numba", "numpy", "scikit-learn")}
    parameters |= {"algorithm": _ALGORITHM, "shape": request["vectors"].shape}
    key = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    key.update(request["vectors"])
    return cache_folder() / "projections" / f"{key.hexdigest()}.npy"


def load_map(path: Path | None, request: dict) -> np.ndarray | None:
    """The map in the file; None if there is none, or it is not as it was stored (then it is computed again)."""
    try:
        content = path.read_bytes() if path else b""
    except OSError:
        return None
    array, digest = content[:-_DIGEST], content[-_DIGEST:]
    if not array or digest != _digest(path, array):
        return None
    coordinates = np.load(io.BytesIO(array), allow_pickle=False)
    return coordinates if coordinates.shape == (len(request["vectors"]), request["dim"]) else None


def store_map(path: Path | None, coordinates: np.ndarray):
    if path is None:
        return
    buffer = io.BytesIO()
    np.save(buffer, coordinates, allow_pickle=False)
    array = buffer.getvalue()
    try:
        write_atomically(path, array + _digest(path, array))
    except OSError as error:  # a full or read-only disk should not cost the reader the map
        warnings.warn(f"the projection could not be kept in {path.parent}: {error}", RuntimeWarning, stacklevel=3)


_DIGEST = hashlib.sha256().digest_size


def _digest(path: Path, array: bytes) -> bytes:
    return hashlib.sha256(path.stem.encode() + array).digest()


def axis_limits(coords: np.ndarray, margin: float = 0.04) -> list[tuple[float, float]]:
    """Axis limits, (low, high) for each of the two columns, a little beyond the points; those at NaN are not drawn."""
    low, high = np.nanmin(coords, axis=0), np.nanmax(coords, axis=0)
    room = np.where(high > low, high - low, 1) * margin
    return [(float(a), float(b)) for a, b in zip(low - room, high + room)]
