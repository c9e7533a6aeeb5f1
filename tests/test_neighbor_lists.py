"""What the cards on norms and hubs count, beside a plain loop and SciPy."""

import numpy as np
import pytest
from scipy.sparse.linalg import svds

from embedviz.course.drills.neighbor_lists import film_vectors, occurrences, random_points
from embedviz.datasets import load_movielens


def similarity(measure, a, b):
    return {
        "dot": lambda: a @ b,
        "cosine": lambda: a @ b / (np.linalg.norm(a) * np.linalg.norm(b)),
        "distance": lambda: -np.linalg.norm(a - b),
    }[measure]()


@pytest.mark.parametrize("measure", ["dot", "cosine", "distance"])
def test_each_point_counts_in_the_lists_of_the_others(measure):
    points = np.random.default_rng(1).normal(size=(40, 6)) + 0.5
    expected = np.zeros(40, dtype=int)
    for own in range(40):
        others = [i for i in range(40) if i != own]
        best = sorted(others, key=lambda i: -similarity(measure, points[own], points[i]))[:3]
        expected[best] += 1
    assert occurrences(points, measure, k=3).tolist() == expected.tolist()


def test_film_vectors_are_those_of_a_truncated_svd():
    vectors, raters = film_vectors()
    ratings = load_movielens().ratings
    assert sorted(raters) == sorted(ratings.film.value_counts())
    seen = ratings.assign(one=1.0).pivot_table("one", "user", "film", fill_value=0.0).to_numpy()
    left, values, _ = svds(seen, k=32, rng=np.random.default_rng(0))
    assert np.allclose(vectors @ vectors.T, (seen.T @ left) @ (seen.T @ left).T, atol=1e-6)
    assert np.allclose(np.sort(np.linalg.norm(vectors, axis=0)), np.sort(values))


def test_random_points_are_always_the_same():
    assert np.array_equal(random_points(3), np.random.default_rng(0).normal(size=(1000, 3)))
