"""A class on one server: the page on hosting is in step, and a cache that nobody can write serves everybody."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from measure_chapters import PLACE, Taken, put, table

from embedviz.course.places import CHAPTERS, chapter_file
from embedviz.datasets.registry import DATASETS
from embedviz.datasets.store.cache import cache_folder, state

PAGE = Path(__file__).parents[1] / "notebooks" / "hosting.md"
GIGABYTES = re.compile(r"\| ([\d.]+) GB \|")
# A file system that is only read, for root too: whoever would change something below the cache is refused.
READ_ONLY = """
import json, os, sys, warnings
CACHE = os.path.realpath(os.environ["EMBEDVIZ_CACHE"])
refused = []
def hook(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        changes = bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    elif event in ("os.mkdir", "os.remove", "os.rmdir", "os.rename", "os.chmod", "os.utime", "os.link", "os.symlink"):
        path, changes = arguments[0], True
    else:
        return
    if changes and isinstance(path, (str, bytes, os.PathLike)):
        if os.path.realpath(os.fsdecode(path)).startswith(CACHE):
            refused.append(event)
            raise PermissionError(13, "read-only", os.fsdecode(path))
sys.addaudithook(hook)
"""
READS = """
from embedviz import datasets
from embedviz.__main__ import main
loaded = {name: len(vars(getattr(datasets, name)())) for name in datasets.__all__ if name in NAMES}
status = main(["fetch"])
refused_before = len(refused)
import numpy as np
from embedviz.space.projection import umap
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    points = umap(np.random.default_rng(0).normal(size=(40, 5)), n_neighbors=5, n_epochs=5)
said = [str(one.message) for one in said if issubclass(one.category, RuntimeWarning)]
print(json.dumps([loaded, status, refused_before, len(refused), points.shape, said]))
"""
LOADERS = ("load_flights", "load_films", "load_speeches", "load_word_similarity", "load_movielens")


def test_the_table_names_each_chapter():
    found = PLACE.search(PAGE.read_text(encoding="utf-8"))[0]
    assert re.findall(r"\]\((.+?)\)", found) == [chapter_file(chapter).name for chapter in CHAPTERS]
    assert len(GIGABYTES.findall(found)) == len(CHAPTERS)


def test_the_settings_have_room_for_what_is_measured():
    text = PAGE.read_text(encoding="utf-8")
    settings = yaml.safe_load(re.search(r"```yaml\n(.*?)```", text, re.DOTALL)[1])["singleuser"]
    peak = max(map(float, GIGABYTES.findall(text)))
    guarantee, limit = (float(settings["memory"][name].removesuffix("G")) * 1.024**3 for name in ("guarantee", "limit"))
    assert guarantee >= peak + 0.1 and limit >= 1.25 * peak  # G is 2^30 bytes there; the server has its 0.1


def test_kernels_at_once_take_what_so_many_take():
    text = PAGE.read_text(encoding="utf-8")
    together, each = map(
        float, re.search(r"Two at once took ([\d.]+) GiB together, at most ([\d.]+) GiB", text).groups()
    )
    assert each <= together <= 2 * each + 0.05
    together, one = map(
        float, re.search(r"Twenty such at once took ([\d.]+) GiB together, at most ([\d.]+) GiB each", text).groups()
    )
    assert 20 * one / 2 <= together <= 20 * one and together < 24
    [books] = re.findall(r"02_wikipedia_books\.ipynb\) \| ([\d.]+) GB", text)
    # Alone it has more, for what two share counts half in each; measured by two scripts, on different days.
    assert float(books) - 0.25 < each * 1.024**3 < float(books) + 0.1


def test_each_chapter_is_within_what_a_small_server_has():
    rows = re.findall(r"\| ([\d.]+) GB \| \d+ s \| (\d+) s \|", PLACE.search(PAGE.read_text(encoding="utf-8"))[0])
    assert len(rows) == len(CHAPTERS)
    assert all(float(memory) <= 1.8 and int(clock) <= 150 for memory, clock in rows)


def test_the_table_is_put_into_its_place_and_nowhere_else(tmp_path):
    rows = [Taken("01_one", 1.234e9, 56.4, 78.9), Taken("02_two", 2e9, None, 8)]
    assert table(rows).splitlines()[2:] == [
        "| [01_one](01_one.ipynb) | 1.23 GB | 56 s | 79 s |",
        "| [02_two](02_two.ipynb) | 2.00 GB | not measured | 8 s |",
    ]
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table: measure_chapters.py -->\nold\n<!-- end of table -->\nafter\n")
    put(page, rows)
    put(page, rows[:1])
    assert page.read_text() == (
        f"before\n<!-- table: measure_chapters.py -->\n{table(rows[:1])}\n<!-- end of table -->\nafter\n"
    )
    page.write_text("nothing")
    with pytest.raises(ValueError, match="0 places for the table"):
        put(page, rows)
    assert page.read_text() == "nothing"


@pytest.mark.slow
def test_a_cache_that_is_only_read_serves_everybody(tmp_path):
    if any(state(entry) != "fetched" for entry in DATASETS.values() if entry.default):
        pytest.skip("the data are not fetched")
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "datasets").symlink_to(cache_folder())
    code = READ_ONLY.replace("CACHE =", f"NAMES = {LOADERS}\nCACHE =") + READS
    # Real tables stand behind the link: they count as the cache too.
    code = code.replace(".startswith(CACHE)", f".startswith((CACHE, {os.path.realpath(cache_folder())!r}))")
    environment = os.environ | {"EMBEDVIZ_CACHE": str(cache)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    *_, last = run.stdout.splitlines()
    loaded, status, before, after, shape, said = json.loads(last)
    assert sorted(loaded) == sorted(LOADERS) and status == 0
    assert before == 0, "something was to be written while data were read"
    assert shape == [40, 2] and after > 0 and len(said) == 1 and "could not be kept in" in said[0]
    assert sorted(path.name for path in cache.iterdir()) == ["datasets"]
