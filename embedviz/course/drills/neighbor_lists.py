"""What the cards on norms and hubs count: in how many neighbor lists an item comes, of films and of random points."""

import functools

import numpy as np


@functools.cache
def film_vectors() -> tuple[np.ndarray, np.ndarray]:
    """MovieLens films by a plain SVD of who has rated what: (vectors (films, 32), raters (films,)).

    Raises:
        FileNotFoundError: MovieLens has not been fetched.
    """
    from embedviz.course.drills.numbers import dataset

    ratings = dataset("load_movielens").ratings
    users, films = (ratings[column].astype("category").cat.codes for column in ("user", "film"))
    seen = np.zeros((users.max() + 1, films.max() + 1))
    seen[users, films] = 1
    _, left = np.linalg.eigh(seen @ seen.T)  # by rising eigenvalue: the left singular vectors
    return seen.T @ left[:, -32:], seen.sum(axis=0)


@functools.cache
def random_points(dim: int, n: int = 1000) -> np.ndarray:
    """(n, dim) normal numbers, always the same."""
    return np.random.default_rng(0).normal(size=(n, dim))


def occurrences(points: np.ndarray, measure: str, k: int = 10) -> np.ndarray:
    """In how many lists of the k best each point comes: int64 (n,), with mean k. No point is in its own list.

    Args:
        points: (n, d).
        measure: "dot", "cosine" or "distance".
    """
    if measure == "cosine":
        points = points / np.linalg.norm(points, axis=1, keepdims=True)
    near = points @ points.T
    if measure == "distance":
        square = (points**2).sum(axis=1)
        near = 2 * near - square[:, None] - square
    np.fill_diagonal(near, -np.inf)
    return np.bincount(np.argpartition(-near, k, axis=1)[:, :k].ravel(), minlength=len(points))
