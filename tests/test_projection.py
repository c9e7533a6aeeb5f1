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
from threadpoolctl import threadpool_limits

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


def test_a_single_vector_lies_in_the_middle():
    assert pca([[3.0, 1.0, 2.0]], 1).tolist() == [[0.0]]


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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("dim", [2, 3])
def test_umap_is_as_trustworthy_as_umap_learn_on_digits(digits, umap_learn, dim):
    map_ = umap(digits, dim, n_epochs=200)
    assert map_.shape == (1797, dim) and map_.dtype == np.float32 and np.isfinite(map_).all()
    theirs = default_umap(umap_learn, digits, n_components=dim, n_epochs=200)
    measure = {"n_neighbors": 15, "metric": "cosine"}
    assert trustworthiness(digits, map_, **measure) > trustworthiness(digits, theirs, **measure) - 0.01


@pytest.mark.slow
def test_umap_is_as_trustworthy_as_umap_learn_from_the_same_neighbors(umap_learn):
    """Above 4,096 points umap-learn itself would compile NN-descent for a minute: that is in tests/benchmarks."""
    vectors = make_blobs(4200, 20, centers=40, cluster_std=2, random_state=0)[0].astype(np.float32)
    knn = *with_itself(*neighbors_and_distances(vectors, 14, "cosine")), None
    map_, theirs = umap(vectors, n_epochs=100), default_umap(umap_learn, vectors, n_epochs=100, precomputed_knn=knn)
    measure = {"n_neighbors": 15, "metric": "cosine"}
    assert trustworthiness(vectors, map_, **measure) > trustworthiness(vectors, theirs, **measure) - 0.01


@pytest.mark.slow
def test_the_seed_decides_the_map(small):
    # The layout is chaotic: a last bit changes the map. With one thread BLAS adds up in the same order each time.
    with threadpool_limits(1):
        first, again, other = (umap(small, seed=seed, n_epochs=20, cache=False) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


@pytest.mark.slow
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
        ({"min_dist": True}, "min_dist=True"),
        ({"min_dist": "0.1"}, "min_dist='0.1': it must be a number between 0 and 1"),
        ({"metric": ["cosine"]}, r"metric=\['cosine'\]"),
    ],
)
def test_bad_parameters_are_named_at_once(small, bad, message):
    for call in (umap, background_umap):
        with pytest.raises(ValueError, match=message):
            call(small, **bad)


def test_what_a_map_cannot_have_is_refused_not_changed(small):
    for call in (umap, background_umap):
        with pytest.raises(ValueError, match="dim=3: it must be a whole number from 1 to 2"):
            call(small[:, :2], dim=3)
        with pytest.raises(ValueError, match="single vector: at least 2"):
            call(small[:1], n_neighbors=2)
        with pytest.raises(TypeError, match="neighbours"):
            call(small, neighbours=5)
    with pytest.raises(
        TypeError, match=r"background_umap\(\) has no parameter 'neighbours'; it takes dim, n_neighbors, "
    ):
        background_umap(small, neighbours=5)


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


@pytest.mark.slow
def test_the_cache_answers_without_umap_learn(small, cache):
    map_ = umap(small, n_epochs=20)
    assert len(list(cache.iterdir())) == 1
    np.save(cache.parent / "small.npy", small)
    np.save(cache.parent / "map.npy", map_)
    code = (
        "import sys; import numpy as np; from embedviz.space import background_umap, umap\n"
        f"small, map_ = (np.load({str(cache.parent)!r} + name) for name in ('/small.npy', '/map.npy'))\n"
        "job = background_umap(small, n_epochs=20)\n"
        "assert job.done and (job.progress, job.stage) == (1.0, 'done') and (job.result() == map_).all()\n"
        "assert (umap(small, n_epochs=20) == map_).all()\n"
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


def test_a_corrupt_entry_is_computed_again(small, cache, monkeypatch):
    map_, computed = pca(small), []
    monkeypatch.setattr(projection, "compute", lambda **request: computed.append(request) or map_.copy())
    umap(small)
    (entry,) = cache.iterdir()
    whole = entry.read_bytes()

    def npy(array):
        np.save(entry, array)
        return entry.read_bytes()

    objects = np.array([[{}, {}]] * 300)
    damaged = (b"", b"not an array", whole[:-7], npy(map_), npy(map_.astype(np.float64)), npy(objects))
    for content in damaged:
        entry.write_bytes(content)
        np.testing.assert_array_equal(umap(small), map_)
        assert entry.read_bytes() == whole
        np.testing.assert_array_equal(umap(small), map_)
    assert len(computed) == 1 + len(damaged)


def test_no_damage_to_an_entry_is_taken_for_a_map_or_raises(small):
    request = projection.checked_request(small)
    path, map_ = projection.cache_path(request), pca(small)
    projection.store_map(path, map_)
    assert np.array_equal(projection.load_map(path, request), map_)
    assert np.array_equal(np.load(path), map_)  # a .npy for other tools
    whole, random = path.read_bytes(), np.random.default_rng(0)
    header = len(whole) - map_.nbytes
    for _ in range(400):
        damaged = bytearray(whole)
        at = int(random.choice([random.integers(header), random.integers(len(whole))]))  # half of them in the header
        match random.integers(5):
            case 0:
                damaged[at] ^= 1 << int(random.integers(8))
            case 1:
                del damaged[at:]
            case 2:
                del damaged[at : at + int(random.integers(1, 9))]
            case 3:
                damaged[at:at] = random.bytes(int(random.integers(1, 9)))
            case 4:
                damaged[at : at + 8] = random.bytes(8)
        if damaged != whole:
            path.write_bytes(damaged)
            assert projection.load_map(path, request) is None
    other = projection.cache_path(projection.checked_request(small, seed=1))
    other.write_bytes(whole)  # the map of another request
    assert projection.load_map(other, request) is None
    path.unlink()
    path.mkdir()
    assert projection.load_map(path, request) is None


def test_a_failed_write_costs_neither_the_map_nor_the_cache(small, cache, monkeypatch):
    def fill_the_disk(path, content):
        with open(path, "wb") as file:
            file.write(content[:4])
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fill_the_disk)
    with pytest.warns(RuntimeWarning, match="could not be kept in .*projections: No space left"):
        assert np.isfinite(umap(small, n_epochs=20)).all()
    assert list(cache.iterdir()) == []


@pytest.mark.slow
def test_a_cache_that_cannot_be_written_costs_no_map(small, tmp_path, monkeypatch):
    occupied = tmp_path / "a file"
    occupied.write_text("no folder")
    monkeypatch.setenv("EMBEDVIZ_CACHE", str(occupied))
    with pytest.warns(RuntimeWarning, match="could not be kept in"):
        assert np.isfinite(umap(small, n_epochs=20)).all()
    assert np.isfinite(background_umap(small, n_epochs=20).result(300)).all()  # also where warnings are errors, as here


def test_without_the_cache_nothing_is_read_or_written(small, cache):
    umap(small, n_epochs=20, cache=False)
    assert not cache.exists()


# --- The background job


@pytest.mark.slow
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
    map_ = job.result(timeout=300)
    assert ended.wait(300) and job.done and not job.cancel()
    progress, stages = zip(*seen)
    assert list(progress) == sorted(progress) and progress[0] == 0 and progress[-1] == 1
    assert list(dict.fromkeys(stages)) == ["starting", "neighbors", "layout", "done"]
    assert len({share for share in progress if 0.15 < share < 1}) >= 3  # epochs, not only the ends
    assert len(list(cache.iterdir())) == 1
    with threadpool_limits(1):  # how many threads the worker's BLAS has may change the map, but not its quality
        direct = umap(digits, n_epochs=150, cache=False)
    kept, expected = faithfulness(digits, map_), faithfulness(digits, direct)
    assert kept.mean() == pytest.approx(expected.mean(), abs=0.03) and expected.mean() > 0.3
    assert background_umap(digits, n_epochs=150).done


@pytest.mark.slow
def test_jobs_take_turns_and_equal_jobs_are_computed_once(small, monkeypatch):
    requests, run = [], umap_worker._Worker.run
    monkeypatch.setattr(umap_worker._Worker, "run", lambda *arguments: requests.append(arguments) or run(*arguments))
    maps = [job.result(300) for job in [background_umap(small, n_epochs=30) for _ in range(3)]]
    assert len(requests) == 1 and all(np.array_equal(map_, maps[0]) for map_ in maps)


def wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.mark.slow
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
    assert running.cancel() and not running.cancel()
    assert running.done and running.stage == "cancelled"  # at once, though 100,000 epochs would take minutes
    for job in (running, waiting):
        with pytest.raises(CancelledError):
            job.result()
    assert after.result(300).shape == (1797, 2)
    assert worker.process.poll() is not None and len(list(cache.iterdir())) == 1


@pytest.mark.slow
def test_a_killed_worker_is_reported_and_replaced(digits):
    job = background_umap(digits, n_epochs=100_000)
    wait_for(lambda: job.stage == "layout")
    umap_worker._worker.process.kill()
    with pytest.raises(RuntimeError, match="worker process ended early, with exit code"):
        job.result(300)
    assert job.done and job.stage == "failed"
    assert background_umap(digits, n_epochs=20).result(300).shape == (1797, 2)


def test_an_idle_worker_makes_room_and_a_busy_one_does_not(digits, small):
    job = background_umap(digits, n_epochs=100_000)
    wait_for(lambda: job.stage in ("neighbors", "layout"))
    process = umap_worker._worker.process
    umap_worker.make_room()
    assert process.poll() is None and not job.done
    job.cancel()
    assert background_umap(small, n_epochs=20, cache=False).result(300).shape == (300, 2)
    process = umap_worker._worker.process
    wait_for(lambda: umap_worker.make_room() or umap_worker._worker is None)  # the job's thread has to end first
    assert process.poll() is not None
    umap_worker.make_room()  # nobody is there
    assert background_umap(small, n_epochs=25, cache=False).result(300).shape == (300, 2)


def test_an_error_in_the_worker_comes_with_its_traceback(small):
    worker = umap_worker._ready_worker()
    request = projection.checked_request(small, n_epochs=20)
    with (
        umap_worker._turn,
        pytest.raises(RuntimeError, match="(?s)worker.*Traceback.*unexpected keyword argument 'colour'"),
    ):
        worker.run(request | {"colour": 1}, lambda *state: None)
    assert background_umap(small, n_epochs=20).result(300).shape == (300, 2)  # by the same worker
    assert umap_worker._worker is worker


def test_what_the_worker_said_before_it_died_is_told(small, monkeypatch):
    monkeypatch.setattr(umap_worker, "_worker", None)
    popen, dying = subprocess.Popen, [sys.executable, "-c", "raise SystemExit('no such library')"]
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: popen(dying, **options))
    job = background_umap(small, n_epochs=20)
    with pytest.raises(RuntimeError, match="exit code 1 .*no such library"):
        job.result(300)


def test_a_failing_on_progress_does_not_end_the_job(small, caplog):
    with caplog.at_level(logging.ERROR):
        assert background_umap(small, lambda *state: 1 / 0, n_epochs=20).result(300).shape == (300, 2)
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


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="asks for a process by POSIX signal 0")
@pytest.mark.parametrize("end", ["killed", "exits"])
def test_the_worker_ends_with_its_parent_and_outlives_an_interrupt(tmp_path, end):
    script = tmp_path / "unguarded.py"  # no `if __name__ == "__main__"`, as in a notebook
    script.write_text(ORPHAN)
    with subprocess.Popen([sys.executable, script, end], stdout=subprocess.PIPE, text=True, process_group=0) as parent:
        worker = int(parent.stdout.readline())
        if end == "killed":
            os.kill(worker, signal.SIGINT)
            time.sleep(0.5)
            assert runs(worker)
            assert os.getpgid(worker) != os.getpgid(parent.pid)  # Jupyter interrupts the group
            parent.kill()
        parent.wait(300)
    wait_for(lambda: not runs(worker))


FORK = """
import os, signal, sys
import numpy as np
from embedviz.space import umap_worker
vectors = np.random.default_rng(0).normal(size=(100, 8))
umap_worker.warm_up()
mine = umap_worker._worker
job = umap_worker.background_umap(vectors, cache=False, n_epochs=100_000)
while job.stage == "waiting":
    pass
signal.alarm(200)  # should one wait for a lock in vain
child = os.fork()  # while a job has the worker, and so the lock
if not child:
    signal.alarm(200)
    job.cancel()  # must not hit the parent's worker
    assert umap_worker._worker is None
    assert umap_worker.background_umap(vectors, cache=False, n_epochs=5).result(300).shape == (100, 2)
    assert umap_worker._worker.process.pid != mine.process.pid
    sys.exit(7)  # its atexit must not end the parent's worker
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert mine.process.poll() is None and not job.done
job.cancel()
umap_worker.warm_up()
child = os.fork()  # lives on after its parent, and must not keep the worker alive
if not child:
    os.close(1)
    os.read(0, 1)
    os._exit(0)
print(umap_worker._worker.process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def runs(pid: int) -> bool:
    """Whether a process has not ended. (Linux: one that init has not yet collected is still there, as a zombie.)"""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text() if sys.platform == "linux" else ") R"
    except (ProcessLookupError, FileNotFoundError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_leaves_its_parents_worker_alone_and_has_its_own(tmp_path):
    script = tmp_path / "forks.py"
    script.write_text(FORK)
    command = [sys.executable, "-W", "ignore", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        line = parent.stdout.readline()
        assert line, "the script failed: see its errors above"
        wait_for(lambda: not runs(int(line)))  # though the child still waits for our word


@pytest.mark.slow
def test_the_worker_imports_nothing_from_the_working_folder(tmp_path, monkeypatch, small):
    for module in ("queue", "numpy", "umap", "embedviz"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('that of the working folder')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(umap_worker, "_worker", None)
    try:
        assert background_umap(small, cache=False, n_epochs=5).result(300).shape == (300, 2)
    finally:
        umap_worker._worker.stop()


def test_numba_gets_a_folder_where_neither_the_package_nor_the_home_can_be_written(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    projection.numba_can_cache()
    assert "NUMBA_CACHE_DIR" not in os.environ  # here it has one of its own
    asked = []
    monkeypatch.setattr(projection, "_writable", asked.append)  # as on a read-only file system
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "chosen"))
    projection.numba_can_cache()
    assert asked[0] == tmp_path / "chosen" and len(asked) == 3
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    assert folder.is_dir() and folder != tmp_path / "chosen"


READ_ONLY = """
import os, sys, tempfile
real = tempfile.TemporaryFile
def read_only(*arguments, dir=None, **options):  # by which numba and we ask whether a folder can be written
    if dir is not None and not str(dir).startswith(os.path.join(tempfile.gettempdir(), "embedviz-numba-")):
        raise PermissionError(f"read-only: {dir}")
    return real(*arguments, dir=dir, **options)
tempfile.TemporaryFile = read_only
if sys.argv[1] == "numba first":
    import numba
from embedviz.space.projection import numba_can_cache
if sys.argv[1] != "no help":
    numba_can_cache()
import cached
print(cached.double(4), os.environ.get("NUMBA_CACHE_DIR"))
"""


@pytest.mark.slow
@pytest.mark.parametrize("order", ["numba later", "numba first", "no help"])
def test_numba_compiles_on_a_read_only_file_system(tmp_path, order):
    (tmp_path / "cached.py").write_text(
        "import numba\n@numba.njit('i8(i8)', cache=True)\ndef double(x): return 2 * x\n"  # as umap-learn does it
    )
    (tmp_path / "script.py").write_text(READ_ONLY)
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    command = [sys.executable, "-W", "ignore", tmp_path / "script.py", order]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if order == "no help":
        assert "no locator available" in done.stderr
    else:
        assert done.stdout.startswith("8 "), done.stderr
        assert not Path(done.stdout[2:].strip()).exists()  # gone with the process


def test_umap_sees_to_it(small, monkeypatch):
    def see():
        raise InterruptedError("seen")

    monkeypatch.setattr(projection, "numba_can_cache", see)
    with pytest.raises(InterruptedError, match="seen"):
        umap(small, cache=False)


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
