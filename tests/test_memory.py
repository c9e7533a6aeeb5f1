"""What is freed goes back to the system."""

import subprocess
import sys

import pytest

from embedviz.base.memory import release_memory

# Small blocks, as Python objects and tables of texts are made of: the last of them keeps all before it in the heap.
MEASURE = """
import numpy as np, psutil
from embedviz.base.memory import release_memory
uss = lambda: psutil.Process().memory_full_info().uss / 1e6
start = uss()
blocks = [np.ones(5000) for _ in range(5000)]  # 200 MB
last = np.ones(5000)
grown = uss() - start
del blocks
release_memory()
print(grown, uss() - start)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="another system gives back by itself")
def test_what_was_freed_is_given_back():
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    grown, left = map(float, done.stdout.split())
    assert grown > 150 and left < 0.2 * grown


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_it_works_everywhere(platform, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    release_memory()
