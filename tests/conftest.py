"""Fixtures of several files: a browser, JupyterLab in it, widgets' modules and pages; and the order of the files."""

import os

import nbformat
import pytest
from committed import differences
from javascript import Modules
from lab import CHROMIUM, NOTEBOOKS, PATIENCE, Shared
from playwright.sync_api import expect

# Workers share the processors, each with as many threads as there are of these: one that waits for its next bit of
# work must not turn in circles meanwhile, as is OpenMP's habit. Read when torch is loaded, here and in the kernels.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


# The chapters, in the order that gives two workers as much to do; xdist hands a worker its next file before it is done.
LONGEST = (
    "04_two_tower",
    "chapter_4",
    "03_cbow",
    "chapter_3",
    "01_encodings",
    "chapter_1",
    "02_wikipedia",
    "chapter_2",
)


def pytest_collection_modifyitems(items):
    """The longest files first, so that no worker is left alone with one at the end."""
    items.sort(key=_place)
    for item in items:
        if "chapter" in getattr(item, "fixturenames", ()) and not os.environ.get("EMBEDVIZ_CHAPTERS_IN_BROWSER"):
            item.add_marker(pytest.mark.skip(reason="for CI; EMBEDVIZ_CHAPTERS_IN_BROWSER=1 runs it"))


def _place(item) -> tuple[int, bool]:
    for place, name in enumerate(LONGEST):
        if name in item.path.name:
            return place, False
    place = len(LONGEST) + (item.get_closest_marker("browser") is None) + (item.get_closest_marker("slow") is None)
    return place, not item.path.name.startswith("test_browser")  # those with JupyterLab follow each other


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """End Chromium and JupyterLab after the last of the files that follow each other and use them."""
    try:
        return (yield)
    finally:
        if nextitem is None or nextitem.path != item.path and nextitem.get_closest_marker("browser") is None:
            SHARED.close()


def pytest_generate_tests(metafunc):
    """A test module with widgets for `home` is tried in all its `HOMES`."""
    if "home" in metafunc.fixturenames and hasattr(metafunc.module, "SHOWN"):
        homes = getattr(metafunc.module, "HOMES", ("JupyterLab", "file", "phone"))
        metafunc.parametrize("home", homes, indirect=True, scope="module")


SHARED = Shared()


def pytest_unconfigure():
    SHARED.close()  # where the run ends before its last test


@pytest.fixture(scope="module", autouse=True)
def surroundings(request):
    """A file leaves the worker's environment and folder as it found them: the next file runs in the same process."""
    before = _surroundings()
    yield
    left = {name for name, _ in _surroundings().items() ^ before.items()}
    assert not left, f"{request.path.name} leaves changed: {sorted(left)}"


def _surroundings() -> dict[str, str]:
    libraries = ("PYTEST_", "TORCHINDUCTOR_", "KMP_")  # they set these for themselves
    ours = {name: value for name, value in os.environ.items() if not name.startswith(libraries)}
    return ours | {"the current folder": os.getcwd()}


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium, a Playwright browser."""
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("EMBEDVIZ_REQUIRE_BROWSER") else pytest.skip)(
            "no Chromium here: install the package chromium"
        )
    expect.set_options(timeout=1000 * PATIENCE)
    yield SHARED.browser()
    SHARED.clear()


@pytest.fixture(scope="module")
def kept():
    """Pages that are used again in a file, see `visiting`."""
    return {}


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    shared = SHARED.lab(lambda: tmp_path_factory.mktemp("lab"))
    yield shared
    shared.clear()


@pytest.fixture(scope="module")
def modules(browser):
    """The JavaScript modules of the widgets, see `javascript.Modules`."""
    page = browser.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    yield Modules(page)
    page.close()


@pytest.fixture(scope="module")
def notebook(lab, request):
    """A notebook of the code cells `CELLS` of the test module, run."""
    notebook = lab.open(request.module.CELLS)
    notebook.run_all()
    yield notebook
    notebook.close()


@pytest.fixture(scope="module")
def pages(request, tmp_path_factory):
    """The widgets of the test module as files, see homes.py."""
    from homes import Pages

    pages = Pages(request.module.CELLS, request.module.SHOWN, tmp_path_factory.mktemp("pages"))
    yield pages
    pages.close()


@pytest.fixture(scope="module")
def home(browser, request):
    """The widgets of the test module in JupyterLab, and in pages of their own: see homes.py."""
    from homes import LabHome, PageHome

    if request.param == "JupyterLab":
        home = LabHome(request.getfixturevalue("lab"), request.module.CELLS)
    else:
        home = PageHome(browser, request.getfixturevalue("pages"), request.param == "phone")
    yield home
    home.close()


@pytest.fixture
def chapter(lab, request):
    """The chapter `NAME` of the test module as a learner has it: opened in JupyterLab, all cells run.

    Nothing failed, nothing outside this machine was asked for, and it shows what is committed. That takes minutes, and
    nbval runs the same cells without a browser: it is for CI, and for whoever sets EMBEDVIZ_CHAPTERS_IN_BROWSER=1.
    """
    name = request.module.NAME
    notebook = lab.open(name)
    notebook.run_all(timeout=1700)
    assert notebook.errors() == [] and notebook.blocked == []
    assert differences(nbformat.read(NOTEBOOKS / name, as_version=4), notebook.save()) == []
    yield notebook
    notebook.close()
