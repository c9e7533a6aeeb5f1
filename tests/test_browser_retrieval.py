"""The retrieval explorer in a real browser, in two homes: JupyterLab, and a page of its own (see homes.py)."""

import os
import signal

import pytest
from lab import PATIENCE
from playwright.sync_api import expect
from visiting import sideways
from waiting import wait_until

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
about = [Feature.of("film", films), Feature.of("genre", [film.split()[0] for film in films])]
films[0] = "Western </script><b>0</b>"
pairs = Pairs(np.arange(1, 91).astype(str), np.array(films), np.argwhere(has))
ages = Feature.of("age", [["young", "middle", "old"][t] for t in taste])
model = train_two_tower(pairs, [ages], about, about, epochs=12, batch_size=128, dim=8, lr=0.05)
"""
CELLS = [
    SETUP,
    """
frame = pd.DataFrame({"genre": [film.split()[0] for film in films]}, index=films)
explorer = explore_retrieval(model, pairs, frame, liked=["Noir 2"], k=5)
explorer
""",
]
SHOWN = {1: "explorer"}


@pytest.fixture
def cell(home):
    return home.output(1)


@pytest.fixture
def notebook(home):
    """The notebook, where the home is one."""
    if not home.live:
        pytest.skip("a page of its own has no kernel")
    return home.notebook


def names(cell):
    """The films recommended."""
    return cell.locator(".embedviz-recommended .embedviz-name").all_inner_texts()


def wait_for_list(cell, condition):
    """Wait until the JavaScript `condition` on `names`, the films recommended, is true."""
    cell.page.wait_for_function(
        "([root]) => { const names = [...root.querySelectorAll('.embedviz-recommended .embedviz-name')]"
        f".map((name) => name.innerText); return {condition}; }}",
        arg=[cell.element_handle()],
    )


def start(cell, film="Noir 2"):
    """A user of one's own who has seen one film."""
    cell.get_by_role("button", name="Clear").click()
    cell.get_by_text("Nothing is known of this user").locator("visible=true").last.wait_for()
    search(cell, film)
    seen(cell, film).wait_for()


def search(cell, text):
    box = cell.locator(".embedviz-search")
    box.fill(text)
    box.press("Enter")


def seen(cell, film):
    return cell.get_by_role("button", name=f"remove {film}", exact=True)


def told(home, code):
    """What an expression gives, in the kernel or where the page was written."""
    return home.notebook.run_code(f"print({code})") if home.live else str(eval(code, home.scope))


def hears(notebook, code, answer):
    """Wait until the kernel says so."""
    wait_until(lambda: notebook.run_code(f"print({code})") == answer, f"{code} to be {answer}", pause=0.1)


def test_it_is_drawn_without_an_error_and_without_the_network(home, cell):
    wait_for_list(cell, "names.length === 5 && names.every((name) => name.startsWith('Noir'))")
    groups = cell.locator(".embedviz-legend button").all_inner_texts()
    assert any("the user" in group for group in groups)
    assert (
        cell.locator(".embedviz-recommended").get_by_role("status").text_content()
        == f"5 films recommended, first {names(cell)[0]}"
    )
    assert home.errors() == []


def test_films_are_added_by_search_by_the_list_and_by_the_map(cell):
    start(cell)
    search(cell, " western   3")
    seen(cell, "Western 3").wait_for()
    wait_for_list(cell, "names.length === 5 && !names.includes('Western 3')")
    expect(cell.locator(".embedviz-search")).to_have_value("")
    first = cell.locator(".embedviz-recommended .embedviz-name").first
    name = first.inner_text()
    first.focus()
    cell.page.keyboard.press("Enter")
    seen(cell, name).wait_for()
    # The first of the new list is in focus: Enter once more adds it too.
    wait_for_list(cell, f"names.length === 5 && names[0] !== {name!r} && document.activeElement.innerText === names[0]")
    # A click on the map: said as the map says it, since points may lie on each other.
    cell.locator(".embedviz-map").evaluate("(root) => root.pointMap.options.pick(1)")
    seen(cell, "Musical 1").wait_for()
    cell.locator(".embedviz-map").evaluate("(root) => root.pointMap.options.pick(60)")  # the user's own point
    seen(cell, "Noir 2").click()
    seen(cell, "Noir 2").wait_for(state="detached")
    seen(cell, name).wait_for()


def test_names_are_texts(home, cell):
    start(cell, "Western </script><b>0</b>")
    assert cell.locator("b").count() == 0
    wait_for_list(cell, "names.length === 5 && names.every((name) => name.startsWith('Western'))")
    assert home.errors() == []


def test_an_unknown_film_gets_suggestions(cell):
    start(cell)
    search(cell, "Musica")
    cell.get_by_role("alert").filter(has_text="“Musica” is not there. Did you mean:").wait_for()
    cell.get_by_role("list", name="Names like it").get_by_role("button").first.click()
    cell.get_by_role("alert").wait_for(state="detached")
    cell.get_by_role("list", name="Films that the user has seen").get_by_text("Musical").wait_for()


def test_a_profile_alone_recommends_and_is_the_reason(home, cell):
    start(cell)
    seen(cell, "Noir 2").click()
    cell.get_by_role("combobox", name="age").select_option("old")
    wait_for_list(cell, "names.length === 5 && names.every((name) => name.startsWith('Noir'))")
    for reason in ("age old +", "of 1 feature and 0 films"):
        expect(cell).to_contain_text(reason)


def test_users_of_the_training_data_get_what_the_model_says(home, cell):
    for user in ("1", "2", "30", "90"):
        cell.get_by_role("combobox", name="User").select_option(user)
        told(home, f"explorer.load('{user}')")
        expected = told(home, "list(explorer.recommended['name'])")
        wait_for_list(cell, f"JSON.stringify(names) === JSON.stringify({expected})")
        expect(cell.get_by_role("combobox", name="age")).to_have_value(told(home, "explorer.profile['age']"))
        scores = eval(told(home, "[f'{score:.2f}'.replace('-', '−') for score in explorer.recommended['score']]"))
        expect(cell.locator(".embedviz-score")).to_have_text(scores)


def test_all_that_was_seen_can_be_shown(cell):
    cell.get_by_role("button", name="Clear").click()
    for i in range(1, 15):
        search(cell, f"{['Western', 'Musical', 'Noir'][i % 3]} {i}")
    seen(cell, "Noir 14").wait_for()
    assert seen(cell, "Musical 1").count() == 0
    cell.get_by_role("button", name="and 2 earlier").click()
    seen(cell, "Musical 1").wait_for()
    cell.get_by_role("button", name="Clear").click()
    cell.get_by_text("none yet").wait_for()


def test_on_a_phone_the_map_is_above_the_list_and_all_is_in_reach_of_a_thumb(home, browser, tmp_path):
    if not home.phone:
        pytest.skip("the page of its own is what one has on a phone")
    path = home.scope["explorer"].to_html(tmp_path / "phone.html")
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(path.as_uri())
        cell = page.locator(".embedviz").first
        start(cell)
        wait_for_list(cell, "names.length === 5")
        assert sideways(page, 390) <= 0
        top = {part: cell.locator(part).bounding_box()["y"] for part in (".embedviz-map", ".embedviz-recommended")}
        assert top[".embedviz-map"] < top[".embedviz-recommended"]
        small = cell.evaluate(
            """(root) => [...root.querySelectorAll("button, select, input")].filter((one) => one.offsetParent
                 && one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML)"""
        )
        assert small == []
        name = names(cell)[0]
        cell.get_by_role("button", name=name, exact=True).tap()
        seen(cell, name).tap()
        seen(cell, name).wait_for(state="detached")
        wait_for_list(cell, f"names[0] === {name!r}")
    finally:
        context.close()


def test_every_control_has_a_name(cell):
    start(cell)
    nameless = cell.evaluate(
        """(root) => [...root.querySelectorAll("button, select, input, ul, ol, [role]:not([role=status])")]
           .filter((one) => !(one.getAttribute("aria-label") || one.getAttribute("aria-labelledby")
               || one.labels?.length || one.matches("button") && one.textContent.trim()
               || one.getAttribute("aria-hidden") === "true"))
           .map((one) => one.outerHTML)"""
    )
    assert nameless == []
    sizes = cell.evaluate(
        """(root) => [...root.querySelectorAll(":not(.embedviz-legend *)")].filter((one) => one.offsetParent)
           .map((one) => parseFloat(getComputedStyle(one).fontSize))"""
    )
    assert min(sizes) >= 14
    assert cell.evaluate("(root) => [...root.querySelectorAll('li')].every((li) => li.closest('ul, ol'))")


def test_the_kernel_knows_what_the_page_shows_and_the_page_what_a_program_sets(notebook, cell):
    start(cell, "Musical 4")
    cell.get_by_role("combobox", name="age").select_option("young")
    hears(notebook, "explorer.user, explorer.profile, explorer.liked", "None {'age': 'young'} ['Musical 4']")
    notebook.run_code("explorer.user = 3")
    expected = notebook.run_code("print(list(explorer.recommended['name']))")
    wait_for_list(cell, f"JSON.stringify(names) === JSON.stringify({expected})")
    expect(cell.get_by_role("combobox", name="User")).to_have_value("3")
    notebook.run_code("explorer.liked = ['Western 9']; explorer.choose(age=None); explorer.like('Nor 5')")
    seen(cell, "Western 9").wait_for()
    cell.get_by_role("alert").filter(has_text="“Nor 5” is not there.").wait_for()
    expect(cell.get_by_role("combobox", name="age")).to_have_value("not given")
    assert "'x' is not in the table" in notebook.run_code("explorer.liked = ['x']")


def test_the_page_answers_while_the_kernel_is_stopped_which_then_has_its_last_state(notebook, cell):
    start(cell)
    kernel = int(notebook.run_code("import os; print(os.getpid())"))
    os.kill(kernel, signal.SIGSTOP)
    try:
        cell.get_by_role("combobox", name="User").select_option("2")
        wait_for_list(cell, "names.length === 5 && names.every((name) => name.startsWith('Musical'))")
        cell.get_by_role("combobox", name="age").select_option("old")
        for film in ("Noir 5", "Western 3", "Noir 8"):
            search(cell, film)
        seen(cell, "Noir 8").wait_for()
        seen(cell, "Western 3").click()
        seen(cell, "Western 3").wait_for(state="detached")
        shown = names(cell)
    finally:
        os.kill(kernel, signal.SIGCONT)
    hears(notebook, "explorer.user, explorer.profile, explorer.liked[-2:]", "2 {'age': 'old'} ['Noir 5', 'Noir 8']")
    assert notebook.run_code("print(list(explorer.recommended['name']))") == str(shown) and names(cell) == shown


def test_without_a_kernel_the_still_picture_is_shown(notebook, cell):
    cell.get_by_role("combobox", name="User").select_option("2")
    notebook.wait_for_saved(1, "Recommended: Musical")  # the picture follows what was last shown
    [alt] = [
        out.metadata["image/png"]["alt"]
        for cell in notebook.save().cells
        for out in cell.get("outputs", [])
        if "image/png" in out.get("data", {})
    ]
    assert "age middle" in alt and "Recommended: Musical" in alt
    assert notebook.errors() == []
    notebook.shut_down()
    notebook.load()
    notebook.picture(1)
    assert notebook.errors() == [] and notebook.blocked == []
