"""Exercises and predictions in JupyterLab: a wrong answer, its slip and card, hints, solution; progress stays."""

import pytest
from accessibility import hindrances
from waiting import wait_until

from embedviz.course.exercises import named

pytestmark = pytest.mark.browser

ONE_HOT = named("one-hot")
WRONG = """def my_one_hot(codes, N):
    rows = np.zeros((len(codes), N))
    rows[np.arange(len(codes)), codes - 1] = 1
    return rows"""
CELLS = [
    "import numpy as np\n\nfrom embedviz.course import calibration, came_out, exercise, prediction\n"
    "from embedviz.course.progress import ledger",
    ONE_HOT.cell,
    'prediction("accidental negatives")',
    'prediction("EASE against the network")',
    'came_out("accidental negatives", 0.54)',
    "calibration(2)",
    "from IPython.display import HTML, Markdown\n\n"
    f"""display(HTML("<div style='height: 3000px'>…</div>"), Markdown("## {ONE_HOT.anchor}"))""",
]
EXERCISE, RANGE, CHOICE = 1, 2, 3


@pytest.fixture(scope="module")
def notebook(lab):
    """Run from top to bottom by somebody who has done nothing yet."""
    notebook = lab.open(CELLS)
    notebook.run_all()
    yield notebook
    notebook.close()


def live(notebook, cell):
    """The form under a cell."""
    found = notebook.output(cell, drawn=0).locator(".embedviz-touch")
    found.wait_for()
    return found


def rewrite(notebook, cell, source):
    """Have something else in a cell, and run it."""
    notebook.page.evaluate(
        """async ([cell, source]) => {
          const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
          content.activeCellIndex = cell;
          [...content.model.cells][cell].sharedModel.setSource(source);
          await window.jupyterapp.commands.execute("notebook:run-cell");
        }""",
        [cell, source],
    )


def test_run_all_goes_through_and_asks(notebook):
    assert notebook.errors() == []
    live(notebook, EXERCISE).get_by_text("Write your answer first").wait_for()
    live(notebook, RANGE).get_by_text("How often is that a true pair?").wait_for()
    notebook.page.get_by_text("Your predictions, chapter 2: none yet.").wait_for()
    # where the form is, its text for pages without it is hidden
    assert notebook.output(EXERCISE, drawn=0).locator("details").locator("visible=true").count() == 0


def test_a_wrong_answer_is_told_its_slip_and_its_card_is_due(notebook):
    rewrite(notebook, EXERCISE, ONE_HOT.cell.replace(ONE_HOT.stub, WRONG))
    form = live(notebook, EXERCISE)
    form.get_by_text("The smallest input that fails").wait_for()
    form.get_by_text("numbers start at 0: code 0 is the first column").wait_for()
    form.get_by_text("On your pile of cards").wait_for()
    assert hindrances(form) == []
    slip = next(slip for slip in ONE_HOT.slips if slip.name.startswith("numbers start at 0"))
    assert slip.card
    assert notebook.run_code("print(ledger().due(limit=1))") == f"[{slip.card!r}]"
    assert notebook.run_code("print('one-hot' in ledger().solved())") == "False"


def test_the_place_to_read_again_is_a_link_that_leads_there(notebook):
    heading = notebook.page.locator("h2", has_text=ONE_HOT.anchor)
    seen = "(heading) => { const { top } = heading.getBoundingClientRect(); return top > 0 && top < innerHeight; }"
    live(notebook, EXERCISE).scroll_into_view_if_needed()
    assert not heading.evaluate(seen)
    live(notebook, EXERCISE).get_by_role("link", name=ONE_HOT.anchor).click()
    wait_until(lambda: heading.evaluate(seen), "the heading to be seen")


def test_hints_one_by_one_by_keyboard_and_the_solution(notebook):
    form = live(notebook, EXERCISE)
    hint = form.get_by_role("button", name="Hint")
    hint.focus()
    for number, text in enumerate(ONE_HOT.hints, 1):
        notebook.page.keyboard.press("Enter")
        form.get_by_text(f"Hint {number}.").wait_for()
        assert form.get_by_text("Hint ", exact=False).locator("visible=true").count() >= 1
        assert form.locator("b", has_text="Hint").count() == number, text
    form.get_by_role("button", name="No more hints").wait_for()
    form.get_by_role("button", name="Solution").click()
    form.locator("pre", has_text="def my_one_hot(codes, N):").wait_for()
    for button in form.get_by_role("button").all():
        assert button.bounding_box()["height"] >= 40


def test_check_again_takes_the_function_as_it_is_now(notebook):
    notebook.run_code("my_one_hot = lambda codes, N: np.eye(N)[codes]")
    form = live(notebook, EXERCISE)
    form.get_by_role("button", name="Check again").click()
    form.get_by_text("✓ Right").wait_for()
    assert notebook.run_code("print('one-hot' in ledger().solved())") == "True"


def test_a_prediction_is_kept_and_shows_how_far_off(notebook):
    form = live(notebook, RANGE)
    form.get_by_label("From").fill("1")
    form.get_by_label("To").fill("5")
    form.get_by_role("button", name="Keep my prediction").click()
    form.get_by_text("0.46 % below your range").wait_for()
    assert hindrances(form) == []
    choice = live(notebook, CHOICE)
    choice.get_by_role("button", name="Keep my prediction").click()
    choice.get_by_text("Fill in all fields first").wait_for()
    choice.get_by_label("I expect").select_option("level")
    choice.get_by_role("button", name="Keep my prediction").click()
    choice.get_by_text("Kept: level, 70% sure").wait_for()


def test_the_saved_notebook_has_it_in_words_and_no_state(notebook):
    notebook.wait_for_saved(EXERCISE, "✓ Right")
    notebook.wait_for_saved(RANGE, "below your range")
    saved = notebook.save()
    assert "widgets" not in saved.metadata or not saved.metadata["widgets"].get("state")
    static = saved.cells[EXERCISE].outputs[0]["data"]["text/html"]
    assert static.count("<details>") == len(ONE_HOT.hints) + 1


def test_after_a_restart_progress_is_still_there(notebook):
    notebook.page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.restartKernel(); }"
    )
    rewrite(notebook, EXERCISE, ONE_HOT.cell)
    notebook.run_all()
    live(notebook, EXERCISE).get_by_text("You solved it on").wait_for()
    live(notebook, RANGE).get_by_text("You said 1 to 5 %, 90% sure").wait_for()
    notebook.page.get_by_text("Your predictions, chapter 2: 1 came out.").wait_for()
    wait_until(
        lambda: notebook.run_code("print(len(ledger().slips()), len(ledger().predictions()))") == "1 2",
        "the slip and both predictions",
    )
    assert notebook.errors() == []
