"""Properties of the maps, never their coordinates: those differ by machine and library version."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import CancelledError
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_blobs
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.preprocessing import normalize

from embedviz.space import projection, umap_worker
from embedviz.space.distortion import faithfulness
from embedviz.space.neighbors import neighbors_and_distances
from embedviz.space.projection import direction, fuzzy_graph, pca, umap
from embedviz.space.umap_worker import background_umap, warm_up


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEDVIZ_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "projections"


@pytest.fixture(scope="module")
def digits():
    return load_digits().data.astype(np.float32)


@pytest.fixture(scope="module")
def small():
    return make_blobs(300, 10, centers=6, random_state=0)[0].astype(np.float32)


@pytest.fixture(scope="module")
def umap_learn():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)
        from umap import umap_
    return umap_


def default_umap(umap_learn, vectors, **parameters):
    """umap-learn's own call, from neighbor search to layout."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "n_jobs value 1 overridden", UserWarning)
        warnings.filterwarnings("ignore", r"precomputed_knn\[2\] .* is not an NNDescent object", UserWarning)
        return umap_learn.UMAP(metric="cosine", random_state=0, **parameters).fit_transform(vectors)


def with_itself(numbers, distances):
    """Neighbors as umap-learn takes them: each point first among its own."""
    itself = np.arange(len(numbers))[:, None]
    return np.hstack([itself, numbers]), np.hstack([0.0 * itself, distances]).astype(np.float32)


# --- PCA


@pytest.mark.parametrize("shape, dim", [((200, 12), 2), ((37_000, 50), 3), ((5, 5), 1), ((20, 60), 2)])
def test_pca_is_the_svd_of_the_centered_vectors(shape, dim):
    vectors = (np.random.default_rng(0).normal(size=shape) * np.linspace(9, 1, shape[1]) + 100).astype(np.float32)
    u, s, _ = np.linalg.svd(vectors - vectors.mean(axis=0, dtype=float), full_matrices=False)
    map_ = pca(vectors, dim)
    assert map_.shape == (shape[0], dim) and map_.dtype == np.float32
    expected = u[:, :dim] * s[:dim]
    np.testing.assert_allclose(map_ * np.sign((map_ * expected).sum(axis=0)), expected, atol=1e-4)


def test_pca_has_one_sign(small):
    mirrored = pca(small[::-1])[::-1]  # another order of the rows is the same cloud
    np.testing.assert_allclose(mirrored, pca(small), atol=1e-3)


# --- UMAP


def test_the_graph_is_that_of_umap_learn(digits, umap_learn):
    vectors = np.vstack([digits[:500], digits[:20], digits[:1].repeat(20, axis=0)])  # with equal points
    neighbors = neighbors_and_distances(vectors, 14, "cosine")
    numbers, distances = with_itself(*neighbors)
    theirs, _, _ = umap_learn.fuzzy_simplicial_set(
        vectors, 15, None, "cosine", knn_indices=numbers, knn_dists=distances
    )
    ours = fuzzy_graph(*neighbors)
    assert abs(ours - ours.T).max() == 0
    assert abs(ours - theirs).max() < 1e-3  # they stop the search for sigma earlier


@pytest.mark.parametrize("dim", [2, 3])
def test_umap_is_as_trustworthy_as_umap_learn_on_digits(digits, umap_learn, dim):
    map_ = umap(digits, dim, n_epochs=200)
    assert map_.shape == (1797, dim) and map_.dtype == np.float32 and np.isfinite(map_).all()
    theirs = default_umap(umap_learn, digits, n_components=dim, n_epochs=200)
    measure = {"n_neighbors": 15, "metric": "cosine"}
    assert trustworthiness(digits, map_, **measure) > trustworthiness(digits, theirs, **measure) - 0.01


def test_umap_is_as_trustworthy_as_umap_learn_from_the_same_neighbors(umap_learn):
    """Above 4,096 points, where umap-learn itself would compile NN-descent for a minute: that is in tests/benchmarks."""
    vectors = make_blobs(5000, 20, centers=40, cluster_std=2, random_state=0)[0].astype(np.float32)
    knn = *with_itself(*neighbors_and_distances(vectors, 14, "cosine")), None
    map_, theirs = umap(vectors, n_epochs=100), default_umap(umap_learn, vectors, n_epochs=100, precomputed_knn=knn)
    measure = {"n_neighbors": 15, "metric": "cosine"}
    assert trustworthiness(vectors, map_, **measure) > trustworthiness(vectors, theirs, **measure) - 0.01


def test_the_seed_decides_the_map(small):
    first, again, other = (umap(small, seed=seed, n_epochs=20, cache=False) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_cosine_does_not_see_lengths_but_euclidean_does(small):
    lengths = np.random.default_rng(0).uniform(0.1, 10, (len(small), 1)).astype(np.float32)
    one, other = (neighbors_and_distances(vectors, 5, "cosine") for vectors in (small, lengths * small))
    np.testing.assert_allclose(one[1], other[1], atol=1e-5)
    cosine = 1 - (small[0] @ small[one[0][0, 0]]) / np.linalg.norm(small[0]) / np.linalg.norm(small[one[0][0, 0]])
    assert one[1][0, 0] == pytest.approx(cosine, abs=1e-5)
    assert np.isfinite(umap(small, metric="euclidean", n_epochs=20)).all()
    one, other = (neighbors_and_distances(vectors, 5, "euclidean") for vectors in (small, lengths * small))
    assert not np.array_equal(one[0], other[0])


def test_equal_points_zeros_and_flat_clouds_still_give_a_map(small):
    awkward = [
        np.vstack([small[:1].repeat(40, axis=0), small]),
        np.vstack([np.zeros((30, 10)), small]),
        np.outer(np.arange(1, 31), np.ones(4)),
        np.ones((20, 3)),
    ]
    for vectors in awkward:
        for metric in projection.METRICS:
            assert np.isfinite(umap(vectors, metric=metric, n_epochs=20)).all()


def test_a_row_of_zeros_is_at_distance_one_from_others():
    vectors = np.array([[0, 0], [1, 0], [1, 0.1], [-1, 0]], dtype=np.float32)
    numbers, distances = neighbors_and_distances(vectors, 3, "cosine")
    np.testing.assert_allclose(distances[0], 1, atol=1e-6)
    assert list(numbers[1]) == [2, 0, 3]
    np.testing.assert_allclose(distances[1], [1 - 1 / np.sqrt(1.01), 1, 2], atol=1e-6)


@pytest.mark.parametrize(
    "bad, message",
    [
        ({"dim": 0}, "dim=0: it must be a whole number from 1 to 10"),
        ({"dim": 11}, "dim=11"),
        ({"dim": 2.5}, "dim=2.5"),
        ({"n_neighbors": 301}, "n_neighbors=301: .* from 2 to 300"),
        ({"n_neighbors": 1}, "n_neighbors=1"),
        ({"min_dist": 1.5}, "min_dist=1.5"),
        ({"min_dist": float("nan")}, "min_dist=nan"),
        ({"seed": -1}, "seed=-1"),
        ({"metric": "cosin"}, r"metric='cosin': .*'cosine', 'euclidean'"),
        ({"n_epochs": 0}, "n_epochs=0"),
    ],
)
def test_bad_parameters_are_named_at_once(small, bad, message):
    for call in (umap, background_umap):
        with pytest.raises(ValueError, match=message):
            call(small, **bad)


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda v: v[0], r"vectors of shape \(10,\)"),
        (lambda v: v[:0], r"shape \(0, 10\)"),
        (
            lambda v: np.where(np.arange(300)[:, None] == 7, np.nan, v),
            "vectors: 1 of 300 rows hold NaN or infinity, first row 7",
        ),
        (lambda v: v.astype(float) * 1e300, "300 of 300"),
    ],
)
def test_bad_vectors_are_refused_everywhere(small, spoil, message):
    for call in (pca, umap, background_umap, lambda vectors: faithfulness(vectors, small[:, :2])):
        with pytest.raises(ValueError, match=message):
            call(spoil(small))


# --- The cache


def test_the_cache_answers_without_umap_learn(small, cache):
    map_ = umap(small, n_epochs=20)
    assert len(list(cache.iterdir())) == 1
    np.save(cache.parent / "small.npy", small)
    np.save(cache.parent / "map.npy", map_)
    code = (
        "import sys, time; import numpy as np; from embedviz.space.projection import umap; from embedviz.space.umap_worker import background_umap\n"
        f"small, map_ = (np.load({str(cache.parent)!r} + name) for name in ('/small.npy', '/map.npy'))\n"
        "start = time.process_time(); job = background_umap(small, n_epochs=20)\n"
        "assert job.done and (job.progress, job.stage) == (1.0, 'done') and (job.result() == map_).all()\n"
        "assert (umap(small, n_epochs=20) == map_).all() and time.process_time() - start < 1\n"
        "print({'umap', 'numba', 'pynndescent', 'sklearn', 'torch'} & set(sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
        == "set()"
    )


def test_all_that_decides_the_map_is_in_the_key(small, monkeypatch):
    def key(vectors=small, **parameters):
        return projection.cache_path(projection.checked_request(vectors, **parameters))

    changed = small.copy()
    changed[5, 5] += 1e-3
    keys = [
        key(),
        key(changed),
        key(small.reshape(600, 5)),
        key(dim=3),
        key(n_neighbors=14),
        key(min_dist=0.2),
        key(metric="euclidean"),
        key(seed=1),
        key(n_epochs=500),
    ]
    monkeypatch.setattr(projection, "version", lambda name: "0.0")
    keys.append(key())
    monkeypatch.setattr(projection, "_ALGORITHM", 0)
    keys.append(key())
    assert len(set(keys)) == len(keys) and key() == key(small.astype(np.float64))


def test_a_corrupt_entry_is_computed_again(small, cache):
    map_ = umap(small, n_epochs=20)
    (entry,) = cache.iterdir()
    whole = entry.read_bytes()

    def npy(array):
        np.save(entry, array)
        return entry.read_bytes()

    objects = np.array([[{}, {}]] * 300)
    for content in (b"", b"not an array", whole[:-7], npy(map_[1:]), npy(map_.astype(np.float64)), npy(objects)):
        entry.write_bytes(content)
        np.testing.assert_array_equal(umap(small, n_epochs=20), map_)
        assert entry.read_bytes() == whole


def test_a_failed_write_costs_neither_the_map_nor_the_cache(small, cache, monkeypatch):
    def fill_the_disk(file, array, **options):
        Path(file).write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "save", fill_the_disk)
    with pytest.warns(RuntimeWarning, match="could not be kept in .*projections: No space left"):
        assert np.isfinite(umap(small, n_epochs=20)).all()
    assert list(cache.iterdir()) == []


def test_without_the_cache_nothing_is_read_or_written(small, cache):
    umap(small, n_epochs=20, cache=False)
    assert not cache.exists()


# --- The background job


def test_a_job_gives_the_map_of_the_direct_call_and_fills_the_cache(digits, cache):
    warm_up()
    worker = umap_worker._worker
    warm_up()
    assert umap_worker._worker is worker
    seen, ended = [], threading.Event()
    job = background_umap(digits, lambda *state: seen.append(state), n_epochs=150)
    job.add_done_callback(lambda job: ended.set())
    with pytest.raises(TimeoutError):
        job.result(timeout=0)
    map_ = job.result(timeout=120)
    assert ended.wait(10) and job.done and not job.cancel()
    progress, stages = zip(*seen)
    assert list(progress) == sorted(progress) and progress[0] == 0 and progress[-1] == 1
    assert list(dict.fromkeys(stages)) == ["starting", "neighbors", "layout", "done"]
    assert len({share for share in progress if 0.15 < share < 1}) >= 3  # epochs, not only the ends
    assert len(list(cache.iterdir())) == 1
    np.testing.assert_array_equal(map_, umap(digits, n_epochs=150, cache=False))
    assert background_umap(digits, n_epochs=150).done


def test_jobs_take_turns_and_equal_jobs_are_computed_once(small, monkeypatch):
    requests, run = [], umap_worker._Worker.run
    monkeypatch.setattr(umap_worker._Worker, "run", lambda *arguments: requests.append(arguments) or run(*arguments))
    maps = [job.result(60) for job in [background_umap(small, n_epochs=30) for _ in range(3)]]
    assert len(requests) == 1 and all(np.array_equal(map_, maps[0]) for map_ in maps)


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_cancel_ends_a_running_job_and_a_waiting_one_but_no_other(digits, cache):
    running = background_umap(digits, n_epochs=100_000)
    wait_for(lambda: running.stage == "layout" and running.progress > 0.15)
    worker = umap_worker._worker
    waiting = background_umap(digits, n_epochs=50_000)
    after = background_umap(digits, n_epochs=20)
    told = []
    waiting.add_done_callback(lambda job: told.append(job.stage))
    assert waiting.cancel() and told == ["cancelled"]
    assert worker.process.poll() is None and not running.done
    start = time.monotonic()
    assert running.cancel() and not running.cancel()
    assert running.done and running.stage == "cancelled" and time.monotonic() - start < 1
    for job in (running, waiting):
        with pytest.raises(CancelledError):
            job.result()
    assert after.result(60).shape == (1797, 2)
    assert worker.process.poll() is not None and len(list(cache.iterdir())) == 1


def test_a_killed_worker_is_reported_and_replaced(digits):
    job = background_umap(digits, n_epochs=100_000)
    wait_for(lambda: job.stage == "layout")
    umap_worker._worker.process.kill()
    with pytest.raises(RuntimeError, match="worker process ended early, with exit code"):
        job.result(60)
    assert job.done and job.stage == "failed"
    assert background_umap(digits, n_epochs=20).result(60).shape == (1797, 2)


def test_an_error_in_the_worker_comes_with_its_traceback(small):
    worker = umap_worker._ready_worker()
    request = projection.checked_request(small, n_epochs=20)
    with (
        umap_worker._turn,
        pytest.raises(RuntimeError, match="(?s)worker.*Traceback.*unexpected keyword argument 'colour'"),
    ):
        worker.run(request | {"colour": 1}, lambda *state: None)
    assert background_umap(small, n_epochs=20).result(60).shape == (300, 2)  # by the same worker
    assert umap_worker._worker is worker


def test_what_the_worker_said_before_it_died_is_told(small, monkeypatch):
    monkeypatch.setattr(umap_worker, "_worker", None)
    popen, dying = subprocess.Popen, [sys.executable, "-c", "raise SystemExit('no such library')"]
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: popen(dying, **options))
    job = background_umap(small, n_epochs=20)
    with pytest.raises(RuntimeError, match="exit code 1 .*no such library"):
        job.result(60)


def test_a_failing_on_progress_does_not_end_the_job(small, caplog):
    with caplog.at_level(logging.ERROR):
        assert background_umap(small, lambda *state: 1 / 0, n_epochs=20).result(60).shape == (300, 2)
    assert "on_progress failed" in caplog.text


ORPHAN = """
import os, sys, time
import numpy as np
from embedviz.space import projection
from embedviz.space import umap_worker
job = umap_worker.background_umap(np.random.default_rng(0).normal(size=(2000, 8)), cache=False, n_epochs=100_000)
while job.stage != "layout":
    time.sleep(0.02)
print(umap_worker._worker.process.pid, flush=True)
if sys.argv[1] == "killed":
    time.sleep(600)
"""


@pytest.mark.skipif(os.name != "posix", reason="asks for a process by POSIX signal 0")
@pytest.mark.parametrize("end", ["killed", "exits"])
def test_the_worker_ends_with_its_parent_and_outlives_an_interrupt(tmp_path, end):
    script = tmp_path / "unguarded.py"  # no `if __name__ == "__main__"`, as in a notebook
    script.write_text(ORPHAN)
    with subprocess.Popen([sys.executable, script, end], stdout=subprocess.PIPE, text=True, process_group=0) as parent:
        worker = int(parent.stdout.readline())

        def runs():
            try:
                os.kill(worker, 0)
            except ProcessLookupError:
                return False
            # Linux: one that has ended but is not yet collected by init is still there, as a zombie.
            return (
                sys.platform != "linux" or Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
            )

        if end == "killed":
            os.kill(worker, signal.SIGINT)
            time.sleep(0.5)
            assert runs()
            assert os.getpgid(worker) != os.getpgid(parent.pid)  # Jupyter interrupts the group
            parent.kill()
        parent.wait(60)
    wait_for(lambda: not runs(), 30)


# --- Faithfulness


def test_faithfulness_is_the_share_of_neighbors_kept(small):
    map_, k = pca(small), 7
    unit = small.astype(float) / np.linalg.norm(small, axis=1, keepdims=True)
    expected = []
    for i in range(len(small)):
        similarity, distance = unit @ unit[i], ((map_.astype(float) - map_[i]) ** 2).sum(axis=1)
        similarity[i], distance[i] = -9, np.inf
        expected.append(len(set(np.argsort(-similarity)[:k]) & set(np.argsort(distance)[:k])) / k)
    share = faithfulness(small, map_, k)
    assert share.shape == (300,) and share.dtype == np.float32
    np.testing.assert_allclose(share, expected, atol=1e-6)
    assert 0.05 < share.mean() < 0.95  # neither trivial end


def test_faithfulness_of_a_circle_is_one_and_of_a_shuffle_about_chance():
    angle = np.linspace(0, 2 * np.pi, 1001, endpoint=False)  # so that the 10th neighbor is much nearer than the 11th
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    assert (faithfulness(circle, 5 * circle) == 1).all()
    assert faithfulness(circle, np.random.default_rng(1).permutation(circle)).mean() == pytest.approx(
        10 / 1000, abs=0.006
    )
    uneven = np.sort(np.random.default_rng(0).uniform(0, 2 * np.pi, 1001))
    circle = np.column_stack([np.cos(uneven), np.sin(uneven)])
    assert faithfulness(circle, 5 * circle).mean() > 0.999  # a few are as near as their next but for float32's rounding


def test_faithfulness_names_what_does_not_fit(small):
    with pytest.raises(ValueError, match="299 coordinates for 300 vectors"):
        faithfulness(small, small[1:, :2])
    for k in (0, 300):
        with pytest.raises(ValueError, match=f"k={k}: it must be a whole number from 1 to 299"):
            faithfulness(small, small[:, :2], k)
    with pytest.raises(ValueError, match="coordinates: 300 of 300 rows"):
        faithfulness(small, np.full((300, 2), np.nan))


# Direction


def test_a_direction_leads_from_0_to_1_and_the_rest_has_nothing_to_do_with_it(small):
    map_ = direction(small, [3], [7, 8], dim=3)
    unit = normalize(small)
    a, b = unit[3], unit[[7, 8]].mean(axis=0)
    np.testing.assert_allclose(map_[:, 0], (unit - a) @ (b - a) / np.dot(b - a, b - a), atol=1e-5)
    assert map_[3, 0] == pytest.approx(0, abs=1e-5) and map_[[7, 8], 0].mean() == pytest.approx(1, abs=1e-5)
    rest = unit - np.outer(unit @ (b - a), b - a) / np.dot(b - a, b - a)  # scikit-learn's PCA of it, but for the signs
    expected = PCA(2).fit_transform(rest)
    np.testing.assert_allclose(np.abs(map_[:, 1:]), np.abs(expected), atol=1e-4)


def test_the_length_of_vectors_does_not_change_a_direction(small):
    lengths = np.random.default_rng(0).uniform(0.1, 9, size=(len(small), 1))
    np.testing.assert_allclose(
        direction(small * lengths, [0], [1], dim=1), direction(small, [0], [1], dim=1), atol=1e-4
    )


def test_a_direction_names_what_does_not_fit(small):
    with pytest.raises(ValueError, match="at least one name at each end"):
        direction(small, [], [1])
    with pytest.raises(ValueError, match="at the same place"):
        direction(small, [1, 2], [2, 1])
