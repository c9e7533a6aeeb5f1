"""The explorer in JupyterLab: the tests of test_browser.py, and then what only a kernel and a saved notebook have."""

import os
import signal

import nbformat
import pytest
from playwright.sync_api import expect
from test_browser import *  # noqa: F403 — its tests, in their order
from test_browser import ask, cell, color, listed, search, table, wait  # noqa: F401
from waiting import wait_until

from embedviz.space.neighbors import nearest

pytestmark = pytest.mark.browser
HOMES = ("JupyterLab",)


@pytest.fixture
def notebook(home):
    return home.notebook


def test_the_training_curve_ends_as_one_picture(notebook):
    outputs = notebook.page.locator(".jp-CodeCell").nth(3).locator(".jp-OutputArea-output")
    expect(outputs.locator("img")).to_have_count(1)
    assert outputs.count() == 1
    [curve] = [
        output
        for output in notebook.outputs()
        if output["data"]["text/plain"].startswith("Training curve after 4 epochs: loss ")
    ]
    assert "image/png" in curve["data"]


def hears(notebook, code, answer):
    """Wait until the kernel says so."""
    wait_until(
        lambda: notebook.run_code(code) == answer, f"{code} to give {answer}, not {notebook.run_code(code)}", pause=0.1
    )


def test_the_kernel_knows_what_the_page_shows(notebook, cell, table):  # noqa: F811
    search(cell, "poem 7")
    listed(cell, "poem 7")
    hears(notebook, "print(explorer.selected, explorer.chosen)", "poem 7 []")
    assert notebook.run_code("print(list(explorer.neighbors['name'])[:2])") == str(
        nearest(table, "poem 7")["name"].tolist()[:2]
    )
    color(cell).select_option("year")
    cell.get_by_role("button", name="PCA").click()
    hears(notebook, "print(explorer.color, explorer.projection)", "year pca")
    color(cell).select_option("kind")
    cell.get_by_role("button", name="UMAP").click()
    hears(notebook, "print(explorer.color, explorer.projection)", "kind umap")


def test_the_page_shows_what_a_program_asks_for(notebook, cell):  # noqa: F811
    notebook.run_code("explorer.select('play 3')")
    listed(cell, "play 3")
    notebook.run_code("_ = explorer.choose(names[20:40])")
    cell.locator(".embedviz-panel caption", has_text="What these 20 share").wait_for()
    notebook.run_code("explorer.show_direction('novel 1', 'play 3')")
    wait(cell, "axis() === 'from novel 1 (0) to play 3 (1)'")
    notebook.run_code("explorer.projection = 'umap'; explorer.color = 'year'; explorer.size = 'year'")
    wait(cell, "axis() === 'UMAP 1' && now.color === 'year' && now.size === 'year'")
    notebook.run_code("explorer.color = 'kind'; explorer.size = 'all alike'; _ = explorer.select('poem 7')")
    listed(cell, "poem 7")
    assert "it must be one of" in notebook.run_code("explorer.color = 'colour'")
    assert "poem 7" in notebook.run_code("explorer.selected = 'pome 7'")
    assert notebook.errors() == []


def test_all_but_umap_answers_while_the_kernel_is_stopped(notebook, cell, table):  # noqa: F811
    search(cell, "play 1")
    listed(cell, "play 1")
    hears(notebook, "print(explorer.selected)", "play 1")
    kernel = int(notebook.run_code("import os; print(os.getpid())"))
    os.kill(kernel, signal.SIGSTOP)
    try:
        search(cell, "poem 9")
        assert listed(cell, "poem 9") == nearest(table, "poem 9")["name"].tolist()
        cell.get_by_role("button", name="PCA").click()
        wait(cell, "axis().startsWith('PCA 1')")
        cell.get_by_role("button", name="3-D").click()
        wait(cell, "now.place.dim === 3")
        cell.get_by_role("button", name="2-D").click()
        color(cell).select_option("neighbors kept")
        cell.locator(".embedviz-legend button", has_text="of 10").first.wait_for()
        color(cell).select_option("year")
        cell.get_by_label("Show what the map distorts").check()
        cell.locator(".embedviz-panel th", has_text="Map").wait_for()
        cell.get_by_label("Show what the map distorts").uncheck()
        epochs = notebook.output(4).locator(".embedviz").first
        epochs.get_by_role("slider", name="Epoch").focus()
        epochs.page.keyboard.press("Home")
        wait(epochs, "now.place.at === 0")
        search(cell, "novel 4")
        assert listed(cell, "novel 4") == nearest(table, "novel 4")["name"].tolist()
    finally:
        os.kill(kernel, signal.SIGCONT)
    hears(
        notebook,
        "print(explorer.selected, explorer.projection, explorer.dim, explorer.color, epochs.epoch)",
        "novel 4 pca 2 year 0",
    )
    epochs.get_by_role("slider", name="Epoch").focus()
    epochs.page.keyboard.press("End")
    color(cell).select_option("kind")
    cell.get_by_role("button", name="UMAP").click()
    hears(notebook, "print(explorer.projection, explorer.color, epochs.epoch)", "umap kind 4")


def test_the_page_answers_while_a_cell_computes(notebook, cell, table):  # noqa: F811
    waiting = "for _ in range(1200):\n    if explorer.selected == 'play 17': break\n    time.sleep(0.05)"
    notebook.page.evaluate(
        "(code) => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code }); }",
        f"import time\n{waiting}",
    )
    search(cell, "play 16")
    assert listed(cell, "play 16") == nearest(table, "play 16")["name"].tolist()
    search(cell, "play 17")  # ends the cell, where a thread hears it meanwhile (ipykernel's subshells)
    listed(cell, "play 17")
    hears(notebook, "print(explorer.selected)", "play 17")


def test_the_saved_file_is_small_and_shows_what_was_seen_last(notebook, cell):  # noqa: F811
    search(cell, "play 3")
    listed(cell, "play 3")
    notebook.wait_for_saved(1, "Lit: play 3 and its nearest neighbors")
    notebook.wait_for_saved(1, "Nearest to play 3")
    picture, words, view = notebook.save().cells[1].outputs
    assert len(nbformat.writes(notebook.save())) < 1_000_000 and len(str([picture, words, view])) < 400_000
    assert (
        "Lit: play 3 and its nearest neighbors" in picture.data["text/plain"]
        and "Sixty works: UMAP" in picture.data["text/plain"]
    )


def test_a_reloaded_page_shows_the_live_map_as_it_was(notebook, cell, table):  # noqa: F811
    search(cell, "novel 5")
    listed(cell, "novel 5")
    hears(notebook, "print(explorer.selected)", "novel 5")  # a page takes to the grave what it has not said
    notebook.save()
    notebook.load()
    cell.locator(".embedviz-map").wait_for()
    wait(cell, "axis() === 'UMAP 1' && map.labels[0] === 'novel 5'")
    assert listed(cell, "novel 5") == nearest(table, "novel 5")["name"].tolist()
    search(cell, "play 9")  # and it is alive
    assert listed(cell, "play 9") == nearest(table, "play 9")["name"].tolist()
    assert notebook.errors() == []


def test_a_slow_browser_answers(notebook, cell, table):  # noqa: F811
    notebook.reusable = False
    notebook.page.add_init_script(  # anywidget gives up at once, and not after two seconds: see frontend.View
        "const timeout = AbortSignal.timeout;"
        " AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms === 2000 ? 0 : ms);"
    )
    notebook.load()
    big = notebook.output(2).locator(".embedviz").first
    wait(big, "map.x.length === 6000")
    search(cell, "poem 15")
    assert listed(cell, "poem 15") == nearest(table, "poem 15")["name"].tolist()
    wait(cell, "map.labels[0] === 'poem 15'")


def test_without_a_kernel_the_still_picture_is_shown(notebook, cell):  # noqa: F811
    notebook.save()
    notebook.shut_down()
    notebook.load()
    assert notebook.picture(1).evaluate("(image) => image.naturalWidth") == 1512
    notebook.output(1, drawn=0).get_by_text("Nearest to").wait_for()
    assert notebook.errors() == [] and notebook.blocked == []
