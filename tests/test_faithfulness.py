"""Measures of a map, and what they say of maps whose quality is known."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.preprocessing import normalize

from embedviz.space.distortion import faithfulness, near_on_map, trust_and_continuity


@pytest.fixture(scope="module")
def cloud():
    vectors = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
    return vectors, vectors[:, :2].copy()


@pytest.mark.parametrize("k", [1, 7, 40])
def test_it_is_what_scikit_learn_computes(cloud, k):
    vectors, map_ = cloud
    unit = normalize(vectors)  # Euclidean distance on the sphere orders as cosine does
    trust, continuity = trust_and_continuity(vectors, map_, k)
    assert trust == pytest.approx(trustworthiness(unit, map_, n_neighbors=k), abs=1e-9)
    assert continuity == pytest.approx(trustworthiness(map_, unit, n_neighbors=k), abs=1e-9)


def test_a_true_map_has_both_and_a_fold_only_one():
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    assert trust_and_continuity(circle, 3 * circle, 4) == (1, 1)
    folded = circle * [1, 1e-3]  # the halves lie on each other: false neighbors, and hardly one torn away
    trust, continuity = trust_and_continuity(circle, folded, 4)
    assert trust < 0.9 < 0.97 < continuity
    cut = angle[:, None] * [1, 0]  # opened between the last and the first: torn away, and hardly a false one
    trust, continuity = trust_and_continuity(circle, cut, 4)
    assert continuity < 0.995 < trust


def test_a_sample_comes_near_the_whole(cloud):
    whole, sample = trust_and_continuity(*cloud, 10), trust_and_continuity(*cloud, 10, sample=150, seed=3)
    assert sample == pytest.approx(whole, abs=0.03) and sample != pytest.approx(whole, abs=1e-9)
    assert trust_and_continuity(*cloud, 10, sample=1000) == pytest.approx(whole, abs=1e-9)


def test_faithfulness_of_a_sample_is_that_of_its_points_and_unknown_for_others(cloud):
    whole = faithfulness(*cloud, 10)
    part = faithfulness(*cloud, 10, sample=100, seed=3)
    measured = np.isfinite(part)
    assert measured.sum() == 100 and part.dtype == np.float32 and part[measured] == pytest.approx(whole[measured])
    assert not np.array_equal(measured, np.isfinite(faithfulness(*cloud, 10, sample=100, seed=4)))
    for sample in (300, 10_000, None):
        assert faithfulness(*cloud, 10, sample=sample) == pytest.approx(whole)


@pytest.mark.parametrize("copies", [2, 30])
def test_points_on_one_place_are_each_others_neighbors(copies):
    vectors = np.repeat(np.eye(12), copies, axis=0)
    assert (faithfulness(vectors, vectors[:, :11] - 1, copies - 1) == 1).all()
    assert trust_and_continuity(vectors, vectors, copies - 1) == (1, 1)


def test_near_on_the_map_is_the_order_of_distances():
    map_ = np.array([[0, 0], [3, 0], [1, 0], [0, 2.0]])
    assert near_on_map(map_, 0, 3).tolist() == [2, 3, 1] and near_on_map(map_, 1, 1).tolist() == [2]


def test_what_does_not_fit_is_named(cloud):
    vectors, map_ = cloud
    with pytest.raises(ValueError, match="299 coordinates for 300 vectors"):
        trust_and_continuity(vectors, map_[1:])
    for k in (0, 150):
        with pytest.raises(ValueError, match=f"k={k}: it must be a whole number from 1 to 149"):
            trust_and_continuity(vectors, map_, k)
    for sample in (0, 2.5):
        for measure in (faithfulness, trust_and_continuity):
            with pytest.raises(ValueError, match=f"sample={sample}: it must be a whole number from 1"):
                measure(vectors, map_, sample=sample)
