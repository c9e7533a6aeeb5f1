"""What the tests of the package and nbval's runs of the notebooks have in common.

No test touches the user's own progress: each process of a test run has a file of its own, and so have its kernels. And
the chapters' run leaves their widgets behind as pages, in build/pages, for the site: see embedviz/publish/pages.py.

It stands here, not in `tests`, since the chapters are tested without the fixtures that are there.
"""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

_FOLDER = tempfile.mkdtemp(prefix="embedviz-progress-")
os.environ["EMBEDVIZ_PROGRESS"] = os.path.join(_FOLDER, "progress.sqlite")

# A run that is started in the background ignores Ctrl-C, and so would all processes that tests start, and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PAGES = Path(__file__).parent / "build/pages"
_RIGHT = pytest.StashKey[int]()  # of a notebook: how many of its cells have run, and none was wrong


def pytest_unconfigure():
    shutil.rmtree(_FOLDER, ignore_errors=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item):
    """Before nbval starts a notebook's kernel, which takes over the environment, say where its pages go."""
    if not _is_cell(item) or _RIGHT in item.parent.stash:
        return (yield)
    from embedviz.publish.pages import begin
    from embedviz.widgets.saved_pages import VARIABLE

    item.parent.stash[_RIGHT] = 0
    before, os.environ[VARIABLE] = os.environ.get(VARIABLE), str(begin(item.path, PAGES))
    try:
        result = yield
        # nbval's executions are not counted, as a reader's are; and a page is named by its cell's count.
        client, execute = item.parent.kernel.kc, item.parent.kernel.kc.execute
        client.execute = lambda code, **options: execute(code, **options | {"store_history": True})
        return result
    finally:
        del os.environ[VARIABLE]
        if before is not None:
            os.environ[VARIABLE] = before


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """After a notebook's last cell, if all have run, say that its pages are complete."""
    report = yield
    if _is_cell(item) and report.when == "call" and report.passed:
        item.parent.stash[_RIGHT] += 1
        if item.parent.stash[_RIGHT] == sum(cell.cell_type == "code" for cell in item.parent.nb.cells):
            from embedviz.publish.pages import finish

            finish(item.path, PAGES)
    return report


def _is_cell(item) -> bool:
    return type(item).__name__ == "IPyNbCell"
