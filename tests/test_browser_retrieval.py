"""Chapter 4's widgets in a real browser: JupyterLab in headless Chromium, see conftest."""

import pytest

pytestmark = pytest.mark.browser

SETUP = """
import numpy as np
import pandas as pd
from embedviz.inputs.pairs import Pairs
from embedviz.widgets.retrieval import explore_retrieval
from embedviz.inputs.features import Feature
from embedviz.train.recipes import train_two_tower
rng = np.random.default_rng(0)
genre, taste = np.arange(60) % 3, np.arange(90) % 3
has = rng.random((90, 60)) < np.where(taste[:, None] == genre, 0.5, 0.03)
films = [f"{['Western', 'Musical', 'Noir'][g]} {i}" for i, g in enumerate(genre)]
pairs = Pairs(np.arange(1, 91).astype(str), np.array(films), np.argwhere(has))
about = [Feature.of("film", films), Feature.of("genre", [film.split()[0] for film in films])]
ages = Feature.of("age", [["young", "middle", "old"][t] for t in taste])
model = train_two_tower(pairs, [ages], about, about, epochs=12, batch_size=128, dim=8, lr=0.05)
"""
CELLS = [
    SETUP,
    """
frame = pd.DataFrame({"genre": [film.split()[0] for film in films]}, index=films)
explore_retrieval(model, pairs, frame, liked=["Noir 2"], k=5)
""",
]


@pytest.fixture
def retrieval(notebook):
    return notebook.output(1)


def wait_for_list(cell, condition):
    """Wait until the JavaScript `condition` on `names`, the films recommended, is true."""
    cell.page.wait_for_function(
        "([panel]) => { const names = [...panel.querySelectorAll('tbody th')].map((name) => name.innerText);"
        f" return {condition}; }}",
        arg=[
            cell.locator(".embedviz-panel").filter(has=cell.page.locator("table, p[class=none]")).last.element_handle()
        ],
    )


def chips(cell):
    return cell.locator(".embedviz-panel").first


def test_it_is_drawn_without_an_error_and_without_the_network(notebook, retrieval):
    wait_for_list(retrieval, "names.length === 5 && names.every((name) => name.startsWith('Noir'))")
    assert notebook.errors() == [] and notebook.blocked == []
    groups = retrieval.locator(".embedviz-legend button").all_inner_texts()
    assert (
        "the user (1)" in groups
        and retrieval.locator(".embedviz-map").evaluate("(root) => root.pointMap.x.length") == 61
    )


def test_films_are_added_by_search_by_the_list_and_by_the_map(retrieval):
    box = retrieval.locator(".embedviz-search")
    box.fill("western 3")
    box.press("Enter")
    chips(retrieval).get_by_role("button", name="remove Western 3").wait_for()
    wait_for_list(retrieval, "names.length === 5 && !names.includes('Western 3')")
    first = retrieval.locator(".embedviz-panel tbody th button").first
    name = first.inner_text()
    first.focus()
    retrieval.page.keyboard.press("Enter")
    chips(retrieval).get_by_role("button", name=f"remove {name}").wait_for()
    # A click on the map: said as the map says it, since points may lie on each other.
    retrieval.locator(".embedviz-map").evaluate("(root) => root.pointMap.data.send({ row: 1 })")
    chips(retrieval).get_by_role("button", name="remove Musical 1").wait_for()
    chips(retrieval).get_by_role("button", name="remove Noir 2").click()
    chips(retrieval).get_by_role("button", name="remove Noir 2").wait_for(state="detached")


def test_an_unknown_film_gets_suggestions(retrieval):
    box = retrieval.locator(".embedviz-search")
    box.fill("Musica")
    box.press("Enter")
    chips(retrieval).get_by_role("alert").wait_for()
    chips(retrieval).get_by_role("alert").locator("xpath=following-sibling::ul").get_by_role("button").first.click()
    chips(retrieval).get_by_role("alert").wait_for(state="detached")


def test_clear_then_a_profile_alone_recommends_and_is_the_reason(retrieval):
    retrieval.get_by_role("button", name="Clear").click()
    retrieval.get_by_text("Nothing is known of this user").wait_for()
    retrieval.get_by_role("combobox", name="age").select_option("old")
    wait_for_list(retrieval, "names.length === 5 && names.every((name) => name.startsWith('Noir'))")
    assert "age old +" in retrieval.inner_text()


def test_a_user_of_the_training_data(retrieval):
    retrieval.get_by_role("combobox", name="User").select_option("2")
    wait_for_list(retrieval, "names.length === 5 && names.every((name) => name.startsWith('Musical'))")
    assert retrieval.get_by_role("combobox", name="age").input_value() == "middle"


def test_without_a_kernel_the_still_pictures_are_shown(notebook, retrieval):
    notebook.wait_for_saved(1, "Recommended: Musical")  # the pictures follow what was last shown
    [alt] = [
        out.metadata["image/png"]["alt"]
        for cell in notebook.save().cells
        for out in cell.get("outputs", [])
        if "image/png" in out.get("data", {})
    ]
    assert "age middle" in alt and "Recommended: Musical" in alt
    notebook.shut_down()
    notebook.load()
    picture = notebook.page.locator(".jp-CodeCell img")
    picture.wait_for()
    notebook.page.wait_for_timeout(3000)  # JupyterLab looks for the lost widgets for 2 seconds
    assert picture.is_visible()
    assert notebook.errors() == [] and notebook.blocked == []
    assert notebook.page.get_by_text("model not found").locator("visible=true").count() == 0
