"""How long the loaders and a second `embedviz fetch` take, each in a fresh process, imports and all.

Run with `python tests/benchmarks/bench_loading.py`. The dataset wikibooks is far away, so a file of its size
(37,020 books, 30 links each, drawn at random) is parsed and cached in a temporary folder in its place.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from results import record

RUNS, LIMIT_S = 3, 2.0

FETCH_MADE_UP = """
import sys
from pathlib import Path
from dataclasses import replace
from embedviz.datasets.store import cache as artifacts
from embedviz.datasets.registry import DATASETS

class Local:
    digest, read = DATASETS["wikibooks"].artifact.digest, lambda self, path: {"made up": path.read_bytes()}
    download = lambda self, path, session: path.write_bytes(Path(sys.argv[1]).read_bytes())

artifacts.fetch(replace(DATASETS["wikibooks"], artifact=Local()), progress=False)
"""


def make_up_books(path: Path, n_books: int = 37_020, n_links: int = 30) -> None:
    """Books in Koehrsen's format; half of the links from 1,000 frequent ones, half from 300,000 rare ones."""
    draw = random.Random(0)
    with open(path, "w") as file:
        for book in range(n_books):
            links = [f"Topic {draw.randrange(1000)}" for _ in range(n_links // 2)] + [
                f"Thing {draw.randrange(300_000)}" for _ in range(n_links // 2)
            ]
            box = {
                "author": f"Author {draw.randrange(9000)}",
                "release_date": "1 May 1990",
                "country": "Peru",
                "genre": "Novel",
            }
            file.write(json.dumps([f"Book {book}", box, links, [], "2018-09-01T00:00:00Z", 1000]) + "\n")


def seconds(*arguments: str) -> tuple[float, float]:
    """(wall, CPU) time of the fastest of some runs of Python with these arguments."""
    times = []
    for _ in range(RUNS):
        start, before = time.perf_counter(), os.times()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        times.append((time.perf_counter() - start, cpu))
    return min(times)


def main() -> None:
    load = "from embedviz.datasets import load_books, load_films; "
    rows = [
        ("import embedviz.datasets", seconds("-c", load)),
        ("load_books()", seconds("-c", load + "load_books()")),
        ("load_films()", seconds("-c", load + "load_films()")),
        ("embedviz fetch, all there", seconds("-m", "embedviz", "fetch")),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made_up.ndjson"
        make_up_books(path)
        os.environ["EMBEDVIZ_CACHE"] = folder
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", FETCH_MADE_UP, str(path)], check=True)
        parsing = time.perf_counter() - start
        rows.append(('load_books("wikibooks")', seconds("-c", load + "load_books('wikibooks')")))
    print(f"{f'best of {RUNS}, in seconds':28} {'wall':>6} {'CPU':>6}")
    for what, (wall, cpu) in rows:
        record(what, wall, "s", goal=f"≤ {LIMIT_S:g}")
        print(f"{what:28} {wall:6.2f} {cpu:6.2f}{f'  above {LIMIT_S} s' * (wall > LIMIT_S)}")
    print(f"{'wikibooks parsed, once':28} {parsing:6.2f}")


if __name__ == "__main__":
    main()
