"""No test touches the user's own progress: each process of a test run has a file of its own, and so have its kernels.

It stands here, not in `tests`, since the chapters are tested without the fixtures that are there.
"""

import os
import shutil
import tempfile

_FOLDER = tempfile.mkdtemp(prefix="embedviz-progress-")
os.environ["EMBEDVIZ_PROGRESS"] = os.path.join(_FOLDER, "progress.sqlite")


def pytest_unconfigure():
    shutil.rmtree(_FOLDER, ignore_errors=True)
