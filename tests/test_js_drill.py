"""The views of the drill and of the mock interview, in a blank page: what they show, and what they tell."""

import pytest
from accessibility import hindrances
from visiting import sideways

from embedviz.course.card_content import content
from embedviz.course.drills import CARDS
from embedviz.course.drills.numbers import stated
from embedviz.course.interview_widget import MockInterview
from embedviz.widgets.bundle import styles

pytestmark = pytest.mark.browser

CARD = content(CARDS["lookup as a product"])
PUT = """(entry, made, css, model) => {
  document.head.replaceChildren(Object.assign(document.createElement("style"), { textContent: css }));
  const main = Object.assign(document.createElement("main"), { id: "main" });
  window.events = [];
  window.view = loaded[entry][made]((event) => events.push(event));
  main.append(view.root);
  const other = Object.assign(document.createElement("input"), { id: "else", ariaLabel: "else" });
  document.body.replaceChildren(main, other);
  view.show(model);
}"""


def model(**changes):
    return {"card": CARD, "revealed": False, "left": 3, "undoable": False, "said": "", "turn": 1} | changes


def put(modules, entry, made, shown):
    modules.load(entry)
    modules.evaluate(PUT, entry, made, styles(entry), shown)
    return modules.page


@pytest.fixture
def page(modules):
    modules.page.set_viewport_size({"width": 1280, "height": 720})
    return put(modules, "drill/view.js", "drillView", model())


def show(page, **changes):
    page.evaluate("(model) => view.show(model)", model(**changes))


def events(page):
    return page.evaluate("events.splice(0)")


def test_a_question_hides_its_answer_until_it_is_asked_for(page):
    root = page.get_by_role("region", name="Drill")
    assert root.get_by_text("Show that looking up row").is_visible()
    assert root.get_by_text("3 cards left").is_visible() and root.locator(".answer").count() == 0
    assert not root.get_by_role("button", name="Good").is_visible()
    root.get_by_role("button", name="Show the answer").click()
    assert events(page) == [{"type": "reveal"}]
    show(page, revealed=True)
    assert root.get_by_text("embedding layer is a linear layer").is_visible()
    assert root.locator(".answer li", has_text="repeated rows in a batch add up").is_visible()
    assert root.locator("details").count() == 2 and not root.get_by_role("button", name="Show the answer").is_visible()
    place = root.get_by_role("link", name="Chapter 1: 3. An embedding is one-hot times a matrix")
    assert place.get_attribute("href") == "01_encodings.ipynb#3.-An-embedding-is-one-hot-times-a-matrix"
    assert root.get_by_role("link", name="glossary").get_attribute("href").startswith("glossary.md")


def test_cards_that_come_again_are_said(page):
    show(page, again=1)
    assert page.get_by_text("3 cards left, 1 of them again").is_visible()
    show(page, left=1, again=1)
    assert page.get_by_text("1 card left, again").is_visible()


def test_formulas_are_mathml_that_the_browser_draws(page):
    show(page, revealed=True)
    drawn = page.evaluate(
        "[...document.querySelectorAll('math')].map((one) => [one.namespaceURI, one.getBoundingClientRect().width])"
    )
    assert len(drawn) > 8
    assert all(space == "http://www.w3.org/1998/Math/MathML" and width > 2 for space, width in drawn)


def test_grades_by_button_and_by_key(page):
    show(page, revealed=True)
    for number, name in enumerate(("Again", "Hard", "Good", "Easy"), 1):
        page.get_by_role("button", name=name).click()
        page.keyboard.press(str(number))
        one, other = events(page)
        assert one["grade"] == other["grade"] == number and one["type"] == "grade" and one["seconds"] >= 0


def test_keys_do_what_they_say_and_nothing_too_early(page):
    page.locator(".question").focus()
    for key in ("1", "u", "5", "Control+1", "a"):
        page.keyboard.press(key)
    assert events(page) == []
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert events(page) == [{"type": "reveal"}] * 2
    show(page, revealed=True, undoable=True)
    page.keyboard.press("Space")  # the answer is there: the page may scroll
    page.keyboard.press("u")
    assert events(page) == [{"type": "undo"}]


def test_space_on_a_button_is_one_press(page):
    page.get_by_role("button", name="Show the answer").focus()
    page.keyboard.press("Space")
    assert events(page) == [{"type": "reveal"}]


def test_no_key_is_taken_elsewhere(page):
    show(page, revealed=True, undoable=True)
    page.locator("#else").focus()
    page.keyboard.type("1 u 4")
    assert events(page) == [] and page.locator("#else").input_value() == "1 u 4"


def test_the_focus_goes_to_what_has_come_if_it_was_here(page):
    focused = "document.activeElement.textContent.slice(0, 22)"
    page.get_by_role("button", name="Show the answer").focus()
    show(page, revealed=True)
    assert page.evaluate(focused) == "A full answer"
    show(page, turn=2)
    assert page.evaluate(focused) == "Show that looking up r"
    page.locator("#else").focus()
    show(page, revealed=True, turn=2)
    show(page, turn=3)
    assert page.evaluate("document.activeElement.id") == "else"


def test_the_end_says_so(page):
    show(page, revealed=True)
    show(page, card=None, left=0, said="3 graded, none left: done for today.", undoable=True, turn=2)
    assert page.get_by_text("No card is due.").is_visible() and page.locator(".answer").count() == 0
    assert page.get_by_role("status").inner_text() == "3 graded, none left: done for today."
    assert page.get_by_role("button", name="Undo").is_enabled()
    assert not page.get_by_role("button", name="Good").is_visible()


def test_no_markup_of_a_text_is_read_and_no_address_runs(modules, page):
    evil = [["a", {"href": "javascript:alert(1)"}, "press"], ["script", {}, "boom()"], "<b>bold</b>"]
    show(page, card=CARD | {"question": evil, "name": "evil"}, turn=2)
    question = page.locator(".question")
    assert question.inner_text() == "pressboom()<b>bold</b>"
    assert question.locator("a, script, b").count() == 0


def test_no_card_is_wider_than_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    wide = """async (cards) => {
      const found = [], { documentElement } = document, frame = () => new Promise(requestAnimationFrame);
      for (const [turn, card] of cards.entries()) {
        view.show({ card, revealed: true, left: 1, undoable: true, said: "", turn });
        for (const one of document.querySelectorAll("#main details")) one.open = true;
        const wide = () => documentElement.scrollWidth > documentElement.clientWidth ||
          [...document.querySelectorAll("#main .answer p")].some((one) =>
            one.scrollWidth > one.clientWidth && one.tabIndex < 0);
        for (let i = 0; i < 60 && wide(); i++) await frame(); // what is unfolded is fitted a little later
        if (wide()) found.push(card.name);
      }
      return found;
    }"""
    cards = [content(card, stated) for card in CARDS.values()]
    assert page.evaluate(wide, cards) == []
    widest = max(CARDS, key=lambda name: CARDS[name].answer.count("\\mid"))
    show(page, card=content(CARDS[widest], stated), revealed=True, turn=1000)
    sizes = "[...document.querySelectorAll('#main math')].map((one) => parseFloat(getComputedStyle(one).fontSize))"
    found = page.evaluate(sizes)
    assert min(found) < 0.9 * max(found)


@pytest.mark.parametrize("width, height", [(1280, 720), (390, 844)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(page, width, height, theme):
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    page.evaluate("document.documentElement.lang = 'en'")
    for changes in ({}, {"revealed": True, "undoable": True, "said": "Good. 1 graded."}):
        show(page, **changes)
        assert hindrances(page.locator("#main")) == []
        assert sideways(page, width) <= 0
        sizes = page.evaluate(
            "[...document.querySelectorAll('.embedviz-drill button')].filter((one) => one.offsetParent)"
            ".map((one) => Math.min(one.offsetWidth, one.offsetHeight))"
        )
        assert min(sizes) >= 44


# The mock interview.

NAMES = (
    "stage roles lengths role minutes card number of remaining follow_up review page said turn".split()
)  # as js/interview/view.js


@pytest.fixture
def mock():
    made = MockInterview("ML engineer", 25, seed=1)
    yield made
    made.close()


def state_of(mock):
    return {name: getattr(mock, name) for name in NAMES}


@pytest.fixture
def asked(modules, mock):
    modules.page.set_viewport_size({"width": 1280, "height": 720})
    return put(modules, "interview/view.js", "interviewView", state_of(mock))


def follow(page, mock):
    """Let the interview do what the page has told, and show what it has become."""
    told = events(page)
    for event in told:
        mock._hear(mock, event, [])
    page.evaluate("(model) => view.show(model)", state_of(mock))
    return told


def test_an_interview_by_hand(asked, mock):
    asked.get_by_label("You talk to the").select_option("applied scientist")
    asked.get_by_label("for", exact=True).select_option(label="45 minutes, up to 13 questions")
    asked.get_by_role("button", name="Begin").click()
    assert follow(asked, mock) == [{"type": "begin", "role": "applied scientist", "minutes": 45}]
    assert asked.get_by_role("timer").inner_text() in ("45:00", "44:59")
    assert "this answer 0:0" in asked.locator(".clock").inner_text()
    asked.locator(".question").focus()
    asked.keyboard.press("Space")
    assert follow(asked, mock) == [{"type": "answered"}]
    boxes = asked.get_by_role("checkbox")
    assert boxes.count() == len(mock.interview.card.points)
    boxes.nth(0).check()
    boxes.nth(2).check()
    boxes.nth(0).uncheck()
    boxes.nth(2).press("2")  # a key grades, though a box has the focus
    assert follow(asked, mock) == [{"type": "graded", "grade": 2, "ticked": [2]}]
    assert asked.get_by_text("A follow-up:").is_visible() and not asked.locator(".answer").is_visible()
    asked.get_by_role("button", name="I have answered").click()
    assert asked.locator(".answer").is_visible()
    asked.get_by_role("button", name="I did not").click()
    assert follow(asked, mock) == [{"type": "followed", "known": False}]
    if mock.stage != "over":
        asked.get_by_role("button", name="End it here").click()
        assert follow(asked, mock) == [{"type": "end"}]
    assert asked.get_by_role("heading", name="Points by section").is_visible()
    assert asked.get_by_text("Follow-up, not known").is_visible()
    with asked.context.expect_page() as opened:
        asked.get_by_role("link", name="Open it as a page to print").click()
    assert opened.value.title() == "Mock interview: applied scientist, 45 minutes"
    opened.value.close()
    asked.get_by_role("button", name="Another interview").click()
    assert follow(asked, mock) == [{"type": "again"}]
    assert asked.get_by_role("button", name="Begin").is_visible()


def test_the_clock_goes_on_by_itself_and_stops_at_the_end(asked, mock):
    mock.begin()
    asked.evaluate("(model) => view.show(model)", state_of(mock) | {"remaining": 61.0})
    asked.wait_for_function("document.querySelector('[role=timer]').textContent === '0:59'")
    asked.evaluate("(model) => view.show(model)", state_of(mock) | {"remaining": 0.4, "turn": 9})
    asked.wait_for_function("document.querySelector('[role=timer]').textContent === '0:00'")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_be_interviewed(asked, mock, width, theme):
    asked.set_viewport_size({"width": width, "height": 800})
    asked.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    asked.evaluate("document.documentElement.lang = 'en'")
    for step in (
        lambda: None,
        mock.begin,
        mock.answered,
        lambda: mock.graded(1, [0]),
        lambda: mock.followed(True),
        mock.end,
    ):
        step()
        asked.evaluate("(model) => view.show(model)", state_of(mock))
        assert hindrances(asked.locator("#main")) == []
        assert sideways(asked, width) <= 0
