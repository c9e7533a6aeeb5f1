"""The index trade-off in its two homes: in JupyterLab, and as a page of its own without a kernel; see lab.py."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect
from visiting import sideways
from waiting import wait_until

from embedviz.widgets.index_tradeoff import explore_indexes

pytestmark = pytest.mark.browser

MEASURED = """
import pandas as pd
columns = ["index", "setting", "recall", "batched", "single", "build", "megabytes"]
rows = [("exact", "every vector", 1.0, 100.0, 50.0, 0.1, 10.0), ("IVF", "1 of 9 lists", 0.8, 900.0, 400.0, 0.5, 11.0),
        ("IVF", "4 of 9 lists", 0.96, 300.0, 200.0, 0.5, 11.0), ("HNSW", "efSearch 16", 0.9, 800.0, 600.0, 3.0, 20.0)]
toy = pd.DataFrame(rows, columns=columns)
measured = {"toy": toy, "other": toy[:1], "</script><script>loose": toy[1:2]}
"""
CELLS = [
    MEASURED + "from embedviz.widgets.index_tradeoff import explore_indexes",
    "indexes = explore_indexes(measured, least=0.95)\nindexes",
    "indexes.vectors, indexes.way, indexes.least = 'toy', 'batched', 0.8012",
    "print('chosen', indexes.chosen['setting'], indexes.vectors, indexes.way, indexes.least)",
]


@pytest.fixture(scope="module")
def measured():
    namespace = {"pd": pd}
    exec(MEASURED, namespace)
    return namespace["measured"]


@pytest.fixture(scope="module")
def alone(browser, measured, tmp_path_factory):
    """The page of its own, opened as a file; whatever it asks for beside itself fails the test."""
    path = explore_indexes(measured, least=0.95).to_html(tmp_path_factory.mktemp("page") / "indexes.html")
    assert path.stat().st_size < 120_000
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.set_default_timeout(300_000)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.goto(path.as_uri())
    page.locator(".embedviz-chart").wait_for()
    yield page.locator("main")
    assert [url for url in asked if not url.startswith("blob:")] == [path.as_uri()]
    context.close()


@pytest.fixture(params=["kernel", "page"])
def indexes(request):
    """The widget in one of its homes, as it is at first."""
    if request.param == "page":
        cell = request.getfixturevalue("alone")
    else:
        cell = request.getfixturevalue("notebook").output(1)
    cell.get_by_role("combobox", name="Vectors").select_option("toy")
    cell.get_by_role("button", name="all queries at once").click()
    set_least(cell, 0.95)
    cell.get_by_role("status").filter(has_text="at least 0.950: IVF (4 of 9 lists)").wait_for()
    return cell


def set_least(cell, value):
    cell.get_by_role("slider").evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true })); }",
        value,
    )


def wait(cell, condition):
    """Wait until the JavaScript `condition` on `values`, those of the chart, is true."""
    cell.page.wait_for_function(
        "(cell) => { const { values } = cell.querySelector('.embedviz-chart').chart; return " + condition + "; }",
        arg=cell.element_handle(),
    )


def test_the_index_is_chosen_by_slider_way_and_vectors(indexes):
    status = indexes.get_by_role("status")
    indexes.get_by_role("slider").focus()
    for _ in range(10):
        indexes.page.keyboard.press("ArrowLeft")
    status.filter(has_text="at least 0.900: HNSW (efSearch 16)").wait_for()
    indexes.get_by_role("button", name="one query at a time").click()
    status.filter(has_text="600 queries a second, 12.0 times exact search").wait_for()
    wait(indexes, "values.ring.join() === '0.9,600' && values.band.high === 0.9")
    indexes.get_by_role("combobox", name="Vectors").select_option("other")
    status.filter(has_text="exact (every vector), recall 1.000, 50 queries a second").wait_for()
    indexes.get_by_role("combobox", name="Vectors").select_option("</script><script>loose")
    status.filter(has_text="No index reaches a recall of 0.900.").wait_for()
    wait(indexes, "values.ring === null && values.curves.length === 1")
    said = re.compile("^</script><script>loose: one query at a time, on one core")
    expect(indexes.locator("svg[role=img]")).to_have_attribute("aria-label", said)


def test_a_point_says_its_setting(indexes):
    picture = indexes.locator("svg[role=img]")
    picture.focus()
    indexes.page.keyboard.press("ArrowDown")
    tip = indexes.locator(".embedviz-chart-tip")
    tip.filter(has_text="IVF, 4 of 9 lists").wait_for()
    expect(tip.locator("div")).to_have_text(["IVF, 4 of 9 lists", "recall: 0.960", "queries a second: 300"])
    expect(indexes.locator("[aria-live]")).to_have_text("IVF, 4 of 9 lists, recall: 0.960, queries a second: 300")


def test_it_fits_into_a_phone(alone):
    assert sideways(alone.page, 390) <= 0
    height = alone.get_by_role("button", name="all queries at once").bounding_box()["height"]
    assert height >= 44  # for a thumb


def test_page_and_program_hold_the_same(notebook):
    indexes = notebook.output(1)
    notebook.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    indexes.get_by_role("status").filter(has_text="at least 0.801: HNSW (efSearch 16)").wait_for()
    expect(indexes.locator("output")).to_have_text("0.801")
    notebook._wait("session.session.kernel.status === 'idle'", 300)
    indexes.get_by_role("button", name="one query at a time").click()
    set_least(indexes, 0.96)
    indexes.get_by_role("status").filter(has_text="at least 0.960: IVF (4 of 9 lists)").wait_for()
    # The page tells the next change when the kernel has taken the last one, which may be after the next cell.
    wait_until(lambda: notebook.run_code("print(indexes.way, indexes.least)") == "single 0.96", "the kernel to hear it")
    notebook.page.evaluate(
        """async () => {
          const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
          content.activeCellIndex = 3;
          await window.jupyterapp.commands.execute('notebook:run-cell');
        }"""
    )
    notebook.page.locator(".jp-CodeCell").nth(3).get_by_text("chosen 4 of 9 lists toy single 0.96").wait_for()
    assert notebook.errors() == [] and notebook.blocked == []


def test_without_a_kernel_the_still_picture_is_shown(notebook):
    notebook.output(1).get_by_role("combobox", name="Vectors").select_option("other")
    notebook.wait_for_saved(1, "other: one query at a time")  # the picture follows what was last shown
    notebook.save()
    notebook.shut_down()
    notebook.load()
    notebook.picture(1)
    assert notebook.errors() == [] and notebook.blocked == []
