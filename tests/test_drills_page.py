"""The drills as a page: without a network and without a kernel, kept in the browser, carried there and back."""

import contextlib
import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from accessibility import hindrances
from PIL import Image
from site_folder import served
from visiting import sideways, visiting
from waiting import wait_until

from embedviz.course import places
from embedviz.course.card_content import content
from embedviz.course.drills import CARDS
from embedviz.course.progress import Ledger, ProgressError
from embedviz.publish.drills_page import page_values, write_drills_page

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FULL = """() => {
  const { add } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.add = () => { throw new DOMException("the disk is full", "QuotaExceededError"); };
  window.emptied = () => { IDBObjectStore.prototype.add = add; };
}"""
SHUT = """() => {
  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = () => { throw new DOMException("the connection was lost", "UnknownError"); };
  window.repaired = () => { IDBFactory.prototype.open = open; };
}"""
NONE = "() => Object.defineProperty(window, 'indexedDB', { value: undefined })"
NOW = datetime.now(UTC)


def chapter_link(chapter, heading):
    return "../" + places.link(chapter, heading).replace(".ipynb", ".html")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_drills_page(tmp_path_factory.mktemp("site") / "drills", chapter_link).parent


@pytest.fixture
def server(folder):
    """The site's address on this machine; `server.stop()` takes it off the network."""
    with contextlib.ExitStack() as serving:
        address = serving.enter_context(served(folder.parent))
        yield SimpleNamespace(url=f"{address}drills/", stop=serving.close)


@pytest.fixture
def visit(browser):
    """visit(address, …): the page there, in a browser that has seen nothing before; what goes wrong fails the test."""
    with visiting(browser, settings=PHONE) as opened:

        def visit(url, script=None, wait=".question", **options):
            page = opened(url, script, **options)
            page.locator(wait).wait_for()
            return page

        yield visit


def home(folder):
    return (folder / "index.html").as_uri()


def grade(page, *grades):
    """Show and grade the card that is asked, with the thumb."""
    for name in grades:
        page.get_by_role("button", name="Show the answer").tap()
        page.get_by_role("button", name=name).tap()


def counts(page):
    """{"repeat": …, "new": …, "learned": …, "graded": …}: what the page says at its top."""
    found = re.fullmatch(
        r"(\d+) to repeat, (\d+) new today · (\d+) of \d+ learned · (\d+) graded today",
        page.locator(".counts").inner_text(),
    )
    return dict(zip(("repeat", "new", "learned", "graded"), map(int, found.groups())))


def kept(page):
    """The events that the browser has on its disk."""
    return page.evaluate(
        """() => new Promise((done, failed) => {
          const opened = indexedDB.open("embedviz-drills");
          opened.onerror = () => failed(opened.error);
          opened.onsuccess = () => {
            const found = opened.result.transaction("events").objectStore("events").getAll();
            found.onsuccess = () => { opened.result.close(); done(found.result); };
          };
        })"""
    )


def wait_kept(page, number):
    return wait_until(lambda: len(events := kept(page)) == number and events, f"{number} events on the disk", pause=0.1)


def fold_out(page, title):
    page.locator("details.panel > summary", has_text=title).tap()


def add(page, text, says):
    """Add a file of progress, and wait for what the page says."""
    file = {"name": "progress.json", "mimeType": "application/json", "buffer": text.encode()}
    page.get_by_label("Add what is in a file").set_input_files(file)
    page.get_by_text(says).wait_for()


def saved(page):
    """What "Save progress to a file" writes."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Save progress to a file").tap()
    assert re.fullmatch(r"embedviz-progress-\d{4}-\d\d-\d\d\.json", download.value.suggested_filename)
    return json.loads(download.value.path().read_text(encoding="utf-8"))


def test_it_holds_every_card_with_its_stated_numbers_and_working_links(folder, modules):
    cards = page_values(chapter_link, "../glossary.html")["cards"]
    assert [card["name"] for card in cards] == list(CARDS)
    assert "{{" not in json.dumps(cards) and "439 kB" in json.dumps(cards, ensure_ascii=False)
    own = content(CARDS["lookup as a product"], link=chapter_link, glossary="../glossary.html")
    assert cards[list(CARDS).index("lookup as a product")] == own  # its numbers are computed there, and the same
    hrefs = sorted({card["place"]["href"] for card in cards} | {card["glossary"] for card in cards})
    modules.load("parts/markup.js")
    drawn = modules.evaluate(
        "(hrefs) => hrefs.map((href) => loaded['parts/markup.js'].linkTo(href).getAttribute('href'))", hrefs
    )
    assert drawn == hrefs and all(href.startswith("../") for href in hrefs)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 600_000


def test_the_home_screen_gets_a_name_and_an_icon(folder):
    manifest = json.loads((folder / "manifest.webmanifest").read_text())
    assert manifest["short_name"] == "Drills" and (folder / manifest["start_url"]).exists()
    for icon in manifest["icons"]:
        picture = Image.open(folder / icon["src"])
        assert icon["sizes"] == "{}x{}".format(*picture.size) and len(picture.convert("RGB").getcolors(1 << 20)) > 4


def test_by_keyboard_alone_five_are_graded_and_still_there_after_a_reload(visit, folder):
    page = visit(home(folder), viewport={"width": 1280, "height": 720}, is_mobile=False)
    assert counts(page) == {"repeat": 0, "new": 10, "learned": 0, "graded": 0}
    first = page.locator(".question").inner_text()
    for number, key in enumerate("43214", 1):
        page.keyboard.press("Space")  # at first the focus is nowhere: it is the card's all the same
        page.locator(".answer").wait_for()
        page.keyboard.press(key)
        page.get_by_text(f"{number} graded.").wait_for()
    assert counts(page) == {"repeat": 0, "new": 5, "learned": 2, "graded": 5}
    events = wait_kept(page, 5)
    assert [event["data"]["grade"] for event in events] == [4, 3, 2, 1, 4]
    assert [event["name"] for event in events] == list(Ledger(None).deck[:5])
    page.reload()
    page.locator(".question").wait_for()
    assert counts(page) | {"repeat": 0} == {"repeat": 0, "new": 5, "learned": 2, "graded": 5}
    assert page.locator(".question").inner_text() != first
    assert {url for url in page.asked if not url.startswith(("blob:", "data:"))} <= {
        path.as_uri() for path in folder.iterdir()
    }


def test_a_grade_is_taken_back_for_good(visit, folder):
    page = visit(home(folder))
    first = page.locator(".question").inner_text()
    grade(page, "Hard")
    assert page.get_by_text("They would ask next").is_visible()
    wait_kept(page, 1)
    page.get_by_role("button", name="Undo").tap()
    page.get_by_text("Taken back: Hard.").wait_for()
    assert page.locator(".question").inner_text() == first and page.locator(".answer").is_visible()
    assert counts(page)["graded"] == 0 and page.get_by_role("button", name="Undo").is_disabled()
    assert wait_until(lambda: kept(page) == [], "an empty log")
    page.get_by_role("button", name="Easy").tap()  # another grade in its place
    assert wait_kept(page, 1)[0]["data"]["grade"] == 4


def test_section_topic_and_the_plan_choose_what_is_asked(visit, folder):
    page = visit(home(folder))
    page.get_by_label("Section").select_option("serving")
    page.get_by_text("serving › ").wait_for()
    page.get_by_label("Topic").select_option("HNSW")
    of_topic = [name for name, card in CARDS.items() if card.topic == "HNSW"]
    wait_until(lambda: counts(page)["new"] == len(of_topic), "the topic's cards")
    page.get_by_label("Section").select_option("all")
    fold_out(page, "Plan")
    page.get_by_label("New cards a day").fill("3")
    page.get_by_label("New cards a day").press("Enter")
    wait_until(lambda: counts(page)["new"] == 3, "the new limit")
    day = datetime.now().date() + timedelta(days=9)
    page.get_by_label("Day of the interview").fill(day.isoformat())
    page.get_by_text(f"Interview on {day:%A} {day.day} {day:%B}, in 9 days: 21 new cards a day").last.wait_for()
    assert counts(page)["new"] == -(-len(CARDS) // 9)
    fold_out(page, "Progress")
    days = page.get_by_role("table", name="Cards in the next days").locator("td").all_inner_texts()
    assert days == ["21"] * 7
    wait_until(lambda: not page.locator(".failure").is_visible(), "all to be kept")
    page.reload()
    page.locator(".question").wait_for()
    assert counts(page)["new"] == 21  # both are still set


def test_what_is_left_is_what_is_new_and_what_comes_again(visit, folder):
    page = visit(home(folder))
    new = counts(page)["new"]
    page.get_by_text(f"{new} cards left", exact=True).wait_for()
    grade(page, "Good")
    page.get_by_text(f"{new} cards left, 1 of them again").wait_for()
    assert counts(page)["new"] == new - 1


def test_all_done_says_when_the_next_cards_come(visit, folder):
    page = visit(home(folder))
    fold_out(page, "Plan")
    page.get_by_label("New cards a day").fill("2")
    page.get_by_label("New cards a day").blur()
    page.get_by_text("2 cards left").wait_for()
    grade(page, "Easy", "Easy")
    page.get_by_text("2 graded, none left: done for now. Next: 2 cards tomorrow.").wait_for()
    assert page.get_by_text("No card is due.").is_visible()


def test_a_page_that_comes_back_knows_what_another_tab_has_graded(visit, folder):
    page = visit(home(folder))
    other = page.context.new_page()
    other.goto(home(folder))
    grade(other, "Easy")
    wait_kept(other, 1)
    assert counts(page)["graded"] == 0
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    wait_until(lambda: counts(page)["graded"] == 1, "the other tab's grade", pause=0.1)
    asked = page.locator(".question").inner_text()
    assert asked == other.locator(".question").inner_text()
    grade(page, "Easy")
    assert len({event["name"] for event in wait_kept(page, 2)}) == 2


# Without a network.


def installed(page):
    """Wait until the worker answers for this page."""
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def test_after_the_first_visit_it_needs_no_network(visit, server):
    page = visit(server.url)
    grade(page, "Good")
    wait_kept(page, 1)
    installed(page)
    server.stop()
    page.context.set_offline(True)
    for url in (server.url, server.url + "index.html?from=home"):
        page.goto(url)
        page.locator(".question").wait_for()
        assert counts(page)["graded"] == 1
    grade(page, "Good")
    wait_kept(page, 2)


def test_a_newer_version_is_offered_and_the_old_one_is_forgotten(visit, server, folder):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    page = visit(server.url)
    grade(page, "Good")
    wait_kept(page, 1)
    installed(page)
    names = "async () => await caches.keys()"
    [old] = page.evaluate(names)
    try:
        write_drills_page(folder, chapter_link, workbook="../elsewhere.html")
        page.evaluate("async () => { await (await navigator.serviceWorker.getRegistration()).update(); }")
        page.get_by_text("A newer version of the cards is here.").wait_for()
        assert page.get_by_role("link", name="workbook").get_attribute("href") == "../index.html"
        page.get_by_role("button", name="Use it now").tap()
        page.locator("a[href='../elsewhere.html']").wait_for()
        page.locator(".question").wait_for()
        assert counts(page)["graded"] == 1
        [new] = wait_until(lambda: len(found := page.evaluate(names)) == 1 and found, "the old cache to go", pause=0.1)
        assert new != old
    finally:
        for path, written in before.items():
            path.write_bytes(written)


# A store that fails.


def test_a_full_store_says_so_and_what_it_lacks_is_kept_later(visit, folder):
    page = visit(home(folder), FULL)
    grade(page, "Good", "Easy")
    page.get_by_role("alert").get_by_text("What you grade is not kept (the disk is full).").wait_for()
    assert counts(page)["graded"] == 2 and kept(page) == []
    with page.expect_event("dialog") as asked:  # it is not left without a question
        page.evaluate("() => { setTimeout(() => location.reload()); }")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    page.evaluate("() => emptied()")
    page.get_by_role("button", name="Undo").tap()  # of a grade that was never kept
    page.get_by_role("button", name="Again").tap()
    grade(page, "Hard")
    assert [event["data"]["grade"] for event in wait_kept(page, 3)] == [3, 1, 2]
    page.get_by_role("alert").wait_for(state="hidden")


def test_without_any_store_it_works_and_can_be_saved(visit, folder):
    page = visit(home(folder), NONE)
    assert "Progress cannot be read" in page.get_by_role("alert").inner_text()
    grade(page, "Good")
    fold_out(page, "Take it along")
    assert [event["data"]["grade"] for event in saved(page)["events"]] == [3]


def test_what_could_not_be_read_at_first_comes_back(visit, folder):
    page = visit(home(folder))
    grade(page, "Easy")
    wait_kept(page, 1)
    page.add_init_script(f"({SHUT})()")
    page.reload()
    page.get_by_role("alert").get_by_text("Progress cannot be read (the connection was lost).").wait_for()
    assert counts(page)["graded"] == 0
    page.evaluate("() => repaired()")
    grade(page, "Good")
    wait_until(lambda: counts(page)["graded"] == 2, "the grade of before", pause=0.1)
    page.get_by_role("alert").wait_for(state="hidden")
    assert [event["data"]["grade"] for event in kept(page)] == [4, 3]


# To the notebook and back.


def notebooks_ledger():
    """A ledger with all that a notebook notes."""
    ledger, at = Ledger(None), NOW - timedelta(days=40, microseconds=1)
    for number, name in enumerate(ledger.deck[:12]):
        for step in range(1 + number % 4):
            ledger.fuzzing = number == 7
            ledger.review(name, 1 + (number + step) % 4, seconds=1.5 * number, now=at + timedelta(days=9 * step))
    ledger.tried("nearest", False, now=at)
    ledger.slipped("nearest", "counts itself", ledger.deck[20], now=at)
    ledger.tried("nearest", True, now=at + timedelta(minutes=3))
    ledger.predict("hits", 2, {"low": 0.125, "high": 0.25, "sure": 0.9}, now=at)
    ledger.predict("closest", 1, {"choice": "“Ulysses” & <b>co</b>", "sure": 0.5}, now=at)
    ledger.came_out("hits", 0.1999999999999999, now=at + timedelta(days=1))
    ledger.daily_limit, ledger.interview = 7, (NOW + timedelta(days=30)).date()
    return ledger


def test_progress_goes_to_the_page_and_back_and_nothing_is_lost(visit, folder):
    notebook = notebooks_ledger()
    exported, number = notebook.export(), len(notebook.export()["events"])
    page = visit(home(folder))
    fold_out(page, "Take it along")
    add(page, json.dumps(exported), f"{number} entries came from the file, 0 were here already.")
    assert saved(page) == exported
    assert counts(page)["learned"] == notebook.counts()["learned"]
    assert page.locator(".about").inner_text().endswith(CARDS[notebook.due()[0]].topic)  # that of the slip
    add(page, json.dumps(exported), f"0 entries came from the file, {number} were here already.")
    page.get_by_text(f"{len(notebook.due())} cards left").wait_for()
    grade(page, "Again")
    grown = saved(page)
    assert grown["events"][:-1] == exported["events"] and grown["settings"] == exported["settings"]
    wait_kept(page, number + 1)
    page.reload()
    page.locator(".question").wait_for()
    fold_out(page, "Take it along")
    assert saved(page) == grown

    other = Ledger(None)
    other.restore(grown)
    assert other.export() == grown
    assert {**other.states(), notebook.due()[0]: None} == {**notebook.states(), notebook.due()[0]: None}
    assert other.reviews()[-1].card == notebook.due()[0] and other.slips()[0].pending is False


def test_a_file_adds_what_is_missing_and_takes_nothing_away(visit, folder):
    page = visit(home(folder))
    grade(page, "Easy", "Good")
    fold_out(page, "Take it along")
    own = saved(page)["events"]
    notebook = notebooks_ledger().export()
    file = notebook | {"events": [*notebook["events"], own[1]]}
    number = len(notebook["events"])
    add(page, json.dumps(file), f"{number} entries came from the file, 1 were here already.")
    events = saved(page)["events"]
    assert events == [*notebook["events"], *own]  # by their time; each log in its own order
    assert [event["data"] for event in wait_kept(page, number + 2)] == [event["data"] for event in events]
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Forget everything").tap()
    page.get_by_text("Everything is forgotten.").wait_for()
    assert saved(page)["events"] == [] and saved(page)["settings"] == {} and counts(page)["graded"] == 0
    assert wait_until(lambda: kept(page) == [], "an empty log")


EVENT = {"kind": "review", "name": "x", "at": "2026-11-27T12:00:00+00:00", "data": {"grade": 3}}
BROKEN = [
    ("no JSON", "{"),
    ("no export", {"events": []}),
    ("another version", {"version": 99, "events": [EVENT]}),
    ("no zone", {"events": [EVENT, EVENT | {"at": "2026-11-27T12:00:00"}]}),
    ("no date", {"events": [EVENT, EVENT | {"at": "2026-02-30T12:00:00+00:00"}]}),
    ("no grade", {"events": [EVENT, EVENT | {"data": {"seconds": 3}}]}),
    ("grade 5", {"events": [EVENT | {"data": {"grade": 5}}]}),
    ("no due", {"events": [EVENT | {"data": {"grade": 3, "due": "soon"}}]}),
    ("no kind", {"events": [EVENT | {"kind": "toString"}]}),
    ("no name", {"events": [EVENT | {"name": 3}]}),
]


def test_a_broken_file_changes_nothing_here_as_in_the_notebook(visit, folder):
    page, notebook = visit(home(folder)), Ledger(None)
    fold_out(page, "Take it along")
    form = {name: value for name, value in notebook.export().items() if name in ("format", "version")}
    for problem, file in BROKEN:
        whole = file if isinstance(file, str) else (file if problem == "no export" else form | file)
        add(page, whole if isinstance(whole, str) else json.dumps(whole), "Nothing was added: ")
        assert saved(page)["events"] == [], problem
        if not isinstance(whole, str):
            with pytest.raises((ProgressError, ValueError)):
                notebook.restore(whole)


# For everybody.


@pytest.mark.parametrize(
    "size, theme", [((390, 844), "light"), ((390, 844), "dark"), ((1280, 720), "dark")], ids=["light", "dark", "laptop"]
)
def test_everybody_can_use_it(visit, folder, size, theme):
    page = visit(
        home(folder), viewport={"width": size[0], "height": size[1]}, color_scheme=theme, reduced_motion="reduce"
    )
    for title in ("Progress", "Plan", "Take it along"):
        fold_out(page, title)
    for step in range(3):
        assert hindrances(page.locator("html")) == []
        assert sideways(page, size[0]) <= 0
        small = page.evaluate(
            "[...document.querySelectorAll('button, select, summary, input')].filter((one) => one.offsetParent)"
            ".filter((one) => one.offsetHeight < 44).map((one) => one.outerHTML)"
        )
        assert small == []
        if step == 0:
            page.get_by_role("button", name="Show the answer").tap()
        if step == 1:
            assert (
                page.get_by_role("button", name="Good").evaluate("(one) => one.getBoundingClientRect().top") < size[1]
            )
            page.mouse.wheel(0, 4000)
            page.get_by_role("button", name="Hard").tap()
            page.wait_for_function("() => document.querySelector('.question').getBoundingClientRect().top >= 0")


def test_without_a_script_the_questions_are_there(visit, folder):
    page = visit(home(folder), java_script_enabled=False, wait="noscript li >> nth=0")
    assert page.locator("noscript li").count() == len(CARDS)
