"""Many runs of a benchmark, on some processes, that keep what is done: stopped and started again, they go on.

What is kept lies in build/ and holds as long as the code that computes it is what it was.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import joblib
from tqdm import tqdm

ROOT = Path(__file__).parents[2]
ROOMS = ("base", "datasets", "inputs", "models", "space", "train", "measure")  # whose code decides what comes out


def code_of(script: Path) -> str:
    """A fingerprint of the rooms' modules and of the script."""
    found = hashlib.sha256()
    for path in [*sorted(path for room in ROOMS for path in (ROOT / "embedviz" / room).rglob("*.py")), script]:
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def run_kept(
    function: Callable,
    jobs: Sequence[tuple],
    script: Path,
    folder: Path = ROOT / "build/kept_runs",
    processes: int = 2,
) -> list:
    """function(*job) for each job, in their order; those that an earlier call has finished are read.

    Args:
        function: of a script, importable there; what it returns can be written as JSON.
        jobs: its arguments; no two are the same.
        script: the file that asks.
        folder: for what is kept.
        processes: that share the work; 1: this one.
    """
    place = folder / f"{script.stem}-{function.__name__}-{code_of(script)}.jsonl"
    place.parent.mkdir(parents=True, exist_ok=True)
    lines = place.read_text(encoding="utf-8").split("\n")[:-1] if place.exists() else []  # a half line is not taken
    done = dict(map(json.loads, lines))
    keys = [repr(job) for job in jobs]
    todo = [number for number, key in enumerate(keys) if key not in done]
    one = joblib.delayed(lambda number: (keys[number], function(*jobs[number])))
    results = joblib.Parallel(processes, return_as="generator_unordered")(one(number) for number in todo)
    with open(place, "a", encoding="utf-8") as file:
        file.truncate(sum(len(line.encode()) + 1 for line in lines))
        for key, result in tqdm(results, initial=len(done), total=len(jobs), desc=function.__name__, mininterval=10):
            done[key] = result
            file.write(json.dumps([key, result], default=float) + "\n")
            file.flush()
    return [done[key] for key in keys]
