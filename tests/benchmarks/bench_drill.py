"""How long `embedviz drill` takes to its first question, beside Python alone.

.venv/bin/python tests/benchmarks/bench_drill.py
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from results import record


def seconds(command: list[str], times: int = 9) -> list[float]:
    """Of each run of a command, with no input and a progress of its own."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"EMBEDVIZ_PROGRESS": str(Path(folder) / "progress.sqlite")}
        for _ in range(times):
            start = time.perf_counter()
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment, check=True)
            found.append(time.perf_counter() - start)
    return found


if __name__ == "__main__":
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "embedviz drill": [sys.executable, "-m", "embedviz", "drill"],
    }
    found = {}
    for name, command in commands.items():
        first, *others = seconds(command)
        found[name] = statistics.median(others)
        print(f"{name:15} {first:5.2f} s at first, then {statistics.median(others):5.2f} s (median of {len(others)})")
    alone, ours = found.values()
    record("embedviz drill, to its first question", ours, "s", "Python alone", alone)
