"""What `postBuild` leaves behind is what the next process needs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NO_NETWORK = """
import sys
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise OSError(f"no network: {event} {arguments}")
sys.addaudithook(hook)
from embedviz.publish.warm import warm
warm()
"""


def kept(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_postbuild_is_two_commands_that_are_there():
    lines = [line for line in (ROOT / "postBuild").read_text().splitlines() if line.startswith("python")]
    assert len(lines) == 2 and re.fullmatch(r"python -P -m embedviz\.publish\.warm", lines[1])
    assert "\nset -e\n" in (ROOT / "postBuild").read_text() and os.access(ROOT / "postBuild", os.X_OK)


@pytest.mark.slow
def test_the_second_process_finds_all_compiled_and_neither_needs_a_network(tmp_path):
    environment = os.environ | {
        "HOME": str(tmp_path / "home"),
        "NUMBA_CACHE_DIR": str(tmp_path / "numba"),
        "MPLCONFIGDIR": str(tmp_path / "matplotlib"),
        "EMBEDVIZ_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(ROOT),
    }
    for folder in ("home", "numba", "matplotlib"):
        (tmp_path / folder).mkdir()
    run = subprocess.run([sys.executable, "-c", NO_NETWORK], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    first = kept(tmp_path)
    assert sum(name.endswith(".nbc") for name in first) > 5 and any("fontlist" in name for name in first)
    assert not (tmp_path / "cache").exists()  # no map of random vectors
    run = subprocess.run([sys.executable, "-c", NO_NETWORK], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert kept(tmp_path) == first  # nothing is compiled or listed again
