"""The drill and the mock interview in JupyterLab, with their kernel: what is graded is kept, across a restart."""

import shutil

import pytest
from accessibility import hindrances
from lab import NOTEBOOKS
from waiting import wait_until

from embedviz.course import places
from embedviz.course.drills import CARDS

pytestmark = pytest.mark.browser

HERE = """
import os
os.environ["EMBEDVIZ_PROGRESS"] = os.path.abspath("progress-of-a-test.sqlite")
from embedviz.course import drill, mock_interview
from embedviz.course.progress import ledger
"""
CELLS = [HERE, "asked = drill()\nasked", "talk = mock_interview(seed=1)\ntalk"]


@pytest.fixture(scope="module")
def opened(lab):
    """A notebook of `CELLS`, run, with a finger beside mouse and keys."""
    notebook = lab.open(CELLS)
    notebook.run_all()
    yield notebook
    notebook.close()


def card_of(notebook, cell=1):
    """The widget of a cell, scrolled to."""
    found = notebook.output(cell, drawn=0).locator(".embedviz").first
    found.wait_for()
    return found


def hears(notebook, code, answer):
    """Wait until the kernel says so."""
    wait_until(
        lambda: notebook.run_code(code) == answer, f"{code} to give {answer}, not {notebook.run_code(code)}", pause=0.1
    )


def shows(notebook, card, number):
    """Wait until the page and the kernel are at the turn with so many grades."""
    hears(notebook, "print(len(ledger().reviews()))", str(number))
    turn = notebook.run_code("print(asked.card['topic'] if asked.card else '')")
    card.locator(".about", has_text=turn).wait_for()
    card.get_by_role("button", name="Show the answer").wait_for()


def test_five_cards_by_keyboard_and_by_hand_undo_restart(opened):
    page, card = opened.page, card_of(opened)
    first = opened.run_code("print(asked.card['name'])")
    card.locator(".question").focus()
    for number, key in enumerate("431", 1):  # by keyboard alone: the focus goes from card to card
        page.keyboard.press("Space")
        card.locator(".answer").wait_for()
        page.keyboard.press(key)
        shows(opened, card, number)
    card.get_by_text("They would ask next").wait_for()
    for number, name in ((4, "Good"), (5, "Easy")):
        card.get_by_role("button", name="Show the answer").click()
        card.get_by_role("button", name=name).click()
        shows(opened, card, number)
    grades = "print([one.grade for one in ledger().reviews()])"
    assert opened.run_code(grades) == "[4, 3, 1, 3, 4]"
    # JupyterLab has taken none of the keys: as many cells as before, all of code.
    assert page.locator(".jp-Cell").count() == page.locator(".jp-CodeCell").count() == len(CELLS)
    page.keyboard.press("u")
    hears(opened, grades, "[4, 3, 1, 3]")
    card.locator(".answer").wait_for()  # of the card that was taken back
    page.keyboard.press("3")
    hears(opened, grades, "[4, 3, 1, 3, 3]")
    # A slip in an exercise, and the notebook begins anew: progress is there, and the slip's card comes first.
    last = [name for name in CARDS if name != first][-1]
    opened.run_code(f"ledger().slipped('an exercise', 'a slip', {last!r})")
    opened.page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }"
    )
    opened.run_all()
    assert opened.run_code(grades) == "[4, 3, 1, 3, 3]"
    card = card_of(opened)
    card.locator(".about", has_text=CARDS[last].topic).wait_for()
    assert opened.run_code("print(asked.card['name'])") == last
    assert opened.errors() == [] and opened.blocked == []


def test_everybody_can_use_it(opened):
    card = card_of(opened)
    assert hindrances(card) == []
    card.get_by_role("button", name="Show the answer").click()
    card.locator(".answer").wait_for()
    assert hindrances(card) == []


def test_its_links_open_beside_it(opened, lab):
    for file in (*NOTEBOOKS.glob("*.ipynb"), NOTEBOOKS / "glossary.md"):
        shutil.copy(file, lab.root)
    page, card = opened.page, card_of(opened)
    if not card.locator(".answer").is_visible():
        card.get_by_role("button", name="Show the answer").click()
    chapter, _ = CARDS[opened.run_code("print(asked.card['name'])")].place
    link = card.locator(".where a", has_text=f"Chapter {chapter}").first
    target = link.evaluate("(one) => one.href")  # for a page without JupyterLab
    assert "/tree/" in target and f"/0{chapter}_" in target and "#" in target
    tabs = page.locator(".lm-TabBar-tabLabel")
    card.locator(".where a", has_text="glossary").click()
    page.locator(".jp-MarkdownViewer h1", has_text="Glossary").wait_for()  # as it reads, not its source
    tabs.filter(has_text=opened.path.name).click()
    link.click()
    tabs.filter(has_text=places.chapter_file(chapter).name).first.wait_for()
    tabs.filter(has_text=opened.path.name).click()
    assert len(page.context.pages) == 1


def test_an_interview_is_asked_and_reviewed(opened):
    talk = card_of(opened, 2)
    before = int(opened.run_code("print(len(ledger().reviews()))"))
    talk.get_by_role("button", name="Begin").click()
    talk.get_by_role("button", name="I have answered").click()
    talk.get_by_role("checkbox").first.check()
    talk.get_by_role("button", name="Again").click()
    talk.get_by_text("A follow-up:").wait_for()
    hears(opened, "print(len(ledger().reviews()))", str(before + 1))
    talk.get_by_role("button", name="I have answered").click()
    talk.get_by_role("button", name="I knew it").click()
    talk.get_by_role("button", name="I have answered").wait_for()
    assert hindrances(talk) == []
    talk.get_by_role("button", name="End it here").click()
    talk.get_by_role("heading", name="Read again").wait_for()
    assert hindrances(talk) == []
    piled = opened.run_code("print(talk.interview.answers[0].card.name)")
    talk.get_by_text(piled).first.wait_for()
    opened.wait_for_saved(2, "1 question answered")  # the saved notebook says how it went
    assert opened.errors() == [] and opened.blocked == []
