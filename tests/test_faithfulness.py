import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.preprocessing import normalize

from embedviz.space.distortion import near_on_map, trust_and_continuity


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
    assert sample == pytest.approx(whole, abs=0.03) and sample != whole
    assert trust_and_continuity(*cloud, 10, sample=1000) == whole


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
