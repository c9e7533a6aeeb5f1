"""A page's address keeps its view; within another page it tells that one its view and its height."""

import contextlib
import string
from urllib.parse import parse_qs, quote, unquote

import numpy as np
import pytest
from site_folder import served
from test_pages import NAMES, SEEN, widgets
from visiting import visiting
from waiting import wait_until

pytestmark = pytest.mark.browser

UNSEEN = next(name for i, name in enumerate(SEEN.contexts) if not SEEN.matrix[7, i])  # by u7
# Of each widget: a fragment, and what its controls then say.
VIEWS = {
    "explorer": (
        "selected=play%203&color=year&distorted=true",
        {"Search": "play 3", "Color": "year", "Show what the map distorts": True},
    ),
    "epochs": (
        "selected=poem%207&epoch=1&dim=3&color=neighbors%20kept&size=all%20alike",
        {"Search": "poem 7", "Epoch": "1", "Dimensions of the map": "3-D", "Color": "neighbors kept"},
    ),
    "linked": ("selected=play%203&dim=3", {"Search": "play 3", "Dimensions of the map": "3-D"}),
    "airports": (
        "selected=AAH&color=latitude%20(%C2%B0%20north)",
        {"Search": "AAH", "Color": "latitude (° north)"},
    ),
    "window": ("sentence=1&position=2&n=1", {"Word": "3 of 5", "Window": "1"}),
    "retrieval": (f"user=u7&age=old&seen={UNSEEN}", {"User": "u7", "age": "old", f"remove {UNSEEN}": True}),
    "lab": (
        "encoding=embedding&size=2&hidden=0&epochs=60",
        {"Dimensions": "2", "Network": "linear", "Epochs": "60"},
    ),
    "training": (
        "selected=play%203&method=negatives&lr=0.05&negatives=5&epochs=6",
        {"Search": "play 3", "Method": "Negative sampling", "learning rate": "0.05", "negatives": "5", "epochs": "6"},
    ),
    "indexes": ("way=single&least=0.72", {"Queries": "one query at a time", "Least recall@k wanted": "0.720"}),
}
# What the controls say: their name, up to a colon, → value.
CONTROLS = """() => Object.fromEntries(
  [...document.querySelectorAll(".embedviz :is(select, input, [role=group] > [aria-pressed=true], .embedviz-chip)")]
    .filter((one) => one.checkVisibility()).map((one) => {
      const name = one.labels?.[0]?.textContent || one.placeholder || one.ariaLabel || one.parentNode.ariaLabel;
      if (one.type === "checkbox") return [name, one.checked];
      if (one.type === "button") return [name, one.ariaLabel ? true : one.textContent];
      const said = one.type === "range" ? one.parentNode.querySelector("output").textContent : one.value;
      return [name.split(":")[0], said];
    }))"""
PARENT = """<!doctype html><body><script>
  window.told = [];
  onmessage = ({ data }) => told.push(data);
  window.last = (kind) => told.filter(({ embedviz }) => embedviz === kind).at(-1);
  window.tell = (message) => frames[0].postMessage(message, "*");
</script><iframe src="PAGE" style="width: WIDTHpx; height: 100px"></iframe></body>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The page of each widget, as a file."""
    folder, made = tmp_path_factory.mktemp("pages"), widgets()
    for name, widget in made.items():
        widget.to_html(folder / f"{name}.html")
        widget.close()
    return folder


@pytest.fixture(scope="module")
def server(folder):
    """The folder's address on loopback."""
    with served(folder) as address:
        yield address


@contextlib.contextmanager
def visits(browser, folder, kept=None):
    home = f"{folder.as_uri()}/"
    with visiting(browser, ("file:", "blob:", "data:", "http://127.0.0.1:"), kept=kept) as opened:

        def visit(name, base=home):
            page = opened(base + name)
            page.frames[-1].locator(".embedviz").first.wait_for()
            return page

        yield visit


@pytest.fixture
def visit(browser, folder, kept):
    """Called as visit(name and fragment): open a page, nothing else reachable; at the end nothing has gone wrong."""
    with visits(browser, folder, kept) as visit:
        yield visit


@pytest.fixture
def visit_anew(browser, folder):
    """The same in a page that was nowhere before."""
    with visits(browser, folder) as visit:
        yield visit


@pytest.fixture(scope="module")
def seen_at_first():
    return {}


@pytest.fixture
def first(visit, seen_at_first):
    """Called as first(name): what a page's controls say where its address says nothing."""

    def first(name):
        if name not in seen_at_first:
            seen_at_first[name] = visit(f"{name}.html").evaluate(CONTROLS)
        return seen_at_first[name]

    return first


def wait_for(page, expected: dict) -> None:
    """Wait until the controls say this."""
    page.wait_for_function(
        f"(expected) => {{ const said = ({CONTROLS})();"
        " return Object.entries(expected).every(([name, value]) => said[name] === value); }",
        arg=expected,
    )


def wait_for_address(page, fragment: str) -> None:
    page.wait_for_function("(fragment) => location.hash.replace(/^#/, '') === fragment", arg=fragment)


def search(page, text: str) -> None:
    box = page.get_by_placeholder("Search: type a name")
    box.fill(text)
    box.press("Enter")


def test_texts_are_coded_as_in_any_address(modules):
    random = np.random.default_rng(0)
    letters = [*string.printable, *"äßø日本語🙂\u0000\u00a0\u200d"]
    pairs = [["".join(random.choice(letters, size)) for size in (3, size)] for size in [0, 1, *range(2, 60, 3)]]
    fragment = modules.call("page/address.js", "format", pairs)
    assert fragment == "&".join("=".join(quote(text, safe="") for text in pair) for pair in pairs)
    modules.load("page/address.js")
    found = modules.evaluate("(text) => [...loaded['page/address.js'].parse(text)]", f"#{fragment}&no&%=x&a=%C3")
    assert dict(found) == parse_qs(fragment.replace("+", "%2B"), keep_blank_values=True)
    assert modules.call("page/address.js", "parse", "a=1+1&a=2") == {"a": ["1+1", "2"]}
    assert modules.evaluate("() => loaded['page/address.js'].format([['half', '\\ud800']])") == "half=%EF%BF%BD"


@pytest.mark.parametrize("name", VIEWS)
def test_an_address_restores_a_view_and_without_it_the_page_is_as_at_first(visit, name):
    fragment, expected = VIEWS[name]
    page = visit(f"{name}.html")
    first = page.evaluate(CONTROLS)
    assert not expected.items() <= first.items()
    page.evaluate("(fragment) => { location.hash = fragment; }", fragment)  # as typed: the page stays
    wait_for(page, expected)
    wait_for(visit(f"{name}.html#{fragment}"), expected)
    page.go_back()
    wait_for(page, first)
    assert page.evaluate(CONTROLS) == first


def test_the_address_follows_what_is_done_and_the_history_does_not_grow(visit_anew, server):
    for base in ({}, {"base": server}):
        page = visit_anew("epochs.html", **base)
        first, length = page.evaluate(CONTROLS), page.evaluate("() => history.length")
        search(page, "play 3")
        wait_for_address(page, "selected=play%203")
        page.get_by_label("Epoch").fill("2")
        wait_for_address(page, "selected=play%203&epoch=2")
        page.get_by_label("Color").select_option("neighbors kept")
        wait_for_address(page, "selected=play%203&epoch=2&color=neighbors%20kept")
        again = visit_anew(page.url, base="")
        wait_for(again, {"Search": "play 3", "Epoch": "2", "Color": "neighbors kept"})
        page.get_by_label("Color").select_option("kind")
        page.get_by_label("Epoch").fill("3")
        search(page, "")
        wait_for_address(page, "")  # as at first: nothing to keep
        assert "#" not in page.url and page.evaluate(CONTROLS) == first
        assert page.evaluate("() => history.length") == length


@pytest.mark.parametrize("name", [NAMES[3], NAMES[4], NAMES[5]], ids=["markup", "quotes", "long"])
def test_any_name_can_stand_in_an_address(visit, name):
    page = visit("epochs.html")
    search(page, name)
    page.wait_for_function("() => location.hash.startsWith('#selected=')")
    fragment = page.url.partition("#")[2]
    assert unquote(fragment) == f"selected={name.strip()}" and not set(fragment) & set(" <>\"'()")
    wait_for(visit(f"epochs.html#{fragment}"), {"Search": name.strip()})


def test_a_lasso_and_a_direction_are_kept(visit):
    page = visit("explorer.html#chosen=poem%201&chosen=poem%202&chosen=nothing&ends=poem%201&ends=play%202")
    caption = page.locator(".embedviz-panel caption").first
    caption.filter(has_text="2").wait_for()
    state = "document.querySelector('.embedviz-explorer').explorer.state"
    assert page.evaluate(f"() => {state}.get('chosen')") == [NAMES.index("poem 1"), NAMES.index("poem 2")]
    assert page.evaluate(f"() => {state}.get('selected')") is None
    page.get_by_role("button", name="Direction").click()
    page.wait_for_function("() => location.hash.includes('projection=direction')")
    restored = visit(f"explorer.html#{page.url.partition('#')[2]}")
    restored.wait_for_function(f"() => {state}.get('place')?.key === 'direction'")
    assert restored.evaluate(f"() => {state}.get('ends')") == ["poem 1", "play 2"]
    page.evaluate(f"() => {state}.set({{ chosen: [...Array(50).keys()] }})")  # too many for an address
    page.wait_for_function("() => !location.hash.includes('chosen')")


@pytest.mark.parametrize(
    "fragment",
    [
        "%",
        "selected=%E0%A4%A&epoch=%",
        "selected=Nobody&epoch=9&color=taste&size=&dim=7&distorted=maybe",
        "epoch=-1&epoch=0&dim=2.5&ends=one&projection=toString&umap=2",
        "projection=umap&umap=15 0.1 cosine",  # the page has none
        "top",
        "&&==&=x&__proto__=1&constructor=2&selected",
        "user=u7&position=1&way=single",  # of other widgets
    ],
)
def test_what_an_address_cannot_mean_is_passed_over(visit, first, fragment):
    page = visit(f"epochs.html#{fragment}")
    assert page.evaluate(CONTROLS) == first("epochs")
    search(page, "poem 7")  # and all works
    wait_for_address(page, "selected=poem%207")


@pytest.mark.parametrize(
    "name, fragment",
    [
        ("window", "sentence=9&position=99&n=0"),
        ("window", "sentence=0.5&position=1e1&n=two"),
        ("retrieval", "user=nobody&age=older&seen=nothing&unseen=&gender=F"),
        ("indexes", "vectors=others&way=both&least=2"),
    ],
)
def test_so_it_is_in_every_widget(visit, first, name, fragment):
    assert visit(f"{name}.html#{fragment}").evaluate(CONTROLS) == first(name)


def test_what_can_be_shown_is_shown_beside_what_cannot(visit):
    wait_for(visit("epochs.html#selected=Nobody&epoch=1&color=%"), {"Epoch": "1", "Color": "kind", "Search": ""})


def test_films_taken_away_and_a_changed_profile_come_back(visit):
    page = visit("retrieval.html")
    page.get_by_label("User", exact=True).select_option("u7")
    chips = page.locator(".embedviz-chip")
    first = chips.first.get_attribute("aria-label")
    chips.first.click()
    page.get_by_label("age", exact=True).select_option("not given")
    page.wait_for_function("() => location.hash.includes('age=&')")
    assert page.url.partition("#")[2] == f"user=u7&age=&unseen={first.removeprefix('remove ')}"
    restored = visit(f"retrieval.html#{page.url.partition('#')[2]}")
    wait_for(restored, {"User": "u7", "age": "not given"})
    assert restored.locator(".embedviz-chip").all_inner_texts() == chips.all_inner_texts()


def wait_for_height(page, frame) -> None:
    """Wait until the frame has told the page the height that it has."""
    inside = "() => Math.ceil(document.documentElement.getBoundingClientRect().height)"
    wait_until(lambda: page.evaluate("() => last('height').height") == frame.evaluate(inside), "the frame's height")


@pytest.mark.parametrize("width", [1100, 360])
def test_a_frame_tells_its_parent_how_high_it_is_and_what_it_shows(visit, server, folder, width):
    text = PARENT.replace("WIDTH", str(width)).replace("PAGE", "epochs.html#epoch=1")
    (folder / f"parent-{width}.html").write_text(text, encoding="utf-8")
    for base in ({}, {"base": server}):
        page = visit(f"parent-{width}.html", **base)
        page.wait_for_function("() => last('ready') && last('height')")
        frame = page.frames[1]
        wait_for(frame, {"Epoch": "1"})
        page.evaluate("() => { document.querySelector('iframe').style.height = `${last('height').height}px`; }")
        search(frame, "play 3")
        page.wait_for_function("() => last('view')?.fragment === 'selected=play%203&epoch=1'")
        frame.wait_for_function("() => !document.querySelector('.embedviz-map').pointMap.moving")
        wait_for_height(page, frame)
        page.evaluate("() => { document.querySelector('iframe').style.height = `${last('height').height}px`; }")
        frame.wait_for_function("() => document.documentElement.scrollHeight <= innerHeight")  # nothing to scroll
        page.evaluate("() => tell({ embedviz: 'view', fragment: 'selected=poem%207' })")
        wait_for(frame, {"Search": "poem 7", "Epoch": "3"})
        page.evaluate("() => { told = []; tell({ embedviz: 'view', fragment: 7 }); tell(null); tell('view'); }")
        page.evaluate("() => tell({ embedviz: 'theme', theme: 'dark' })")
        frame.wait_for_function("() => getComputedStyle(document.documentElement).colorScheme === 'dark'")
        wait_for(frame, {"Search": "poem 7", "Epoch": "3"})
        page.evaluate("() => tell({ embedviz: 'theme', theme: '' })")
        frame.wait_for_function("() => getComputedStyle(document.documentElement).colorScheme === 'light dark'")
        frame.get_by_label("Epoch").fill("2")
        page.wait_for_function("() => last('view')?.fragment === 'selected=poem%207&epoch=2'")
        # What the parent has said is not said back, and the frame's own address stays.
        assert page.evaluate("() => told.filter(({ embedviz }) => embedviz === 'view').length") == 1
        assert frame.evaluate("() => location.hash") == "#epoch=1"


def test_a_frame_that_is_out_of_sight_tells_its_height_too(visit, folder):
    text = PARENT.replace("<iframe", "<div style='height: 5000px'></div><iframe").replace("WIDTH", "1100")
    (folder / "below.html").write_text(text.replace("PAGE", "explorer.html"), encoding="utf-8")
    page = visit("below.html")
    page.wait_for_function("() => last('height')?.height > 500")


def test_a_page_that_is_in_no_other_tells_nobody(visit):
    page = visit("epochs.html")
    page.evaluate("() => { window.told = []; addEventListener('message', ({ data }) => told.push(data)); }")
    search(page, "play 3")
    wait_for_address(page, "selected=play%203")
    assert page.evaluate("() => told.filter((data) => data?.embedviz)") == []
