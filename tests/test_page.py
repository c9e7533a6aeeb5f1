"""JavaScript modules in one file, workers made of them, and values in a page without a kernel."""

import base64
import gzip
import re

import numpy as np
import pytest
import traitlets
from ipywidgets import Widget

from embedviz.widgets import bundle as bundling
from embedviz.widgets import page as pages

JS = bundling.JS

pytestmark = pytest.mark.browser

NAMES = ["</script><script>window.broken = 1</script>", "“quotes” \"'", "<!--", "\\u0000 ${x}", "日本語", "&lt;"]


class Part(Widget):
    numbers = traitlets.Bytes().tag(sync=True)


class Whole(Part):
    names = traitlets.List().tag(sync=True)
    part = traitlets.Any().tag(sync=True)
    unseen = traitlets.Int(3)


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """A folder of modules in place of js/; called as scripts(name=text), it writes one."""
    bundling._modules.cache_clear()
    monkeypatch.setattr(bundling, "JS", tmp_path)

    def write(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.js").parent.mkdir(exist_ok=True)
            (tmp_path / f"{name}.js").write_text(text)

    yield write
    bundling._modules.cache_clear()


def test_modules_keep_their_own_names(scripts, modules):
    scripts(
        a='import { one, hidden as other } from "./b.js";\nconst own = 1;\n'
        "export function f(x) { return [x, own, one, other]; }\n",
        b="const own = 2;\nexport const one = own;\nexport const hidden = 7;\n",
    )
    modules.page.evaluate("([name, code]) => load(name, code)", ["a.js", bundling.bundle("a.js")])
    assert modules.evaluate("async () => loaded['a.js'].f(5)") == [5, 1, 2, 7]


@pytest.mark.parametrize(
    "text, message",
    [
        ('import { nothing } from "./b.js";', "imports 'nothing' from js/b.js"),
        ("export default 3;", "export default 3"),
        ('import x from "./b.js";', "import x from"),
    ],
)
def test_what_cannot_be_put_together_is_named(scripts, text, message):
    scripts(a=f"{text}\n", b="export const one = 1;\n")
    with pytest.raises(ValueError, match=message):
        bundling.bundle("a.js")


def test_a_circle_is_named(scripts):
    scripts(
        a='import { b } from "./b.js";\nexport const a = 1;\n', b='import { a } from "./a.js";\nexport const b = 1;\n'
    )
    with pytest.raises(ValueError, match="imports itself"):
        bundling.bundle("a.js")


@pytest.mark.parametrize("home", ["a worker", "here, where none can be made", "here, where it breaks"])
def test_work_is_done_by_a_worker_or_else_here(scripts, modules, home):
    scripts(
        worker=(JS / "worker.js").read_text(),
        a="""
import { work } from "./worker.js";
export const task = (numbers, text) => [typeof document, numbers.map((x) => 2 * x), text];
export const fail = () => { throw new Error("it broke"); };
export const run = (...args) => work("a.js", ...args);
""",
    )
    modules.page.evaluate("([name, code]) => load(name, code)", ["a.js", bundling.bundle("a.js")])
    no_worker = {
        "a worker": "Worker",
        "here, where none can be made": "class { constructor() { throw new Error(); } }",
        "here, where it breaks": "class extends Worker { constructor() { super('data:text/javascript,0()') } }",
    }[home]
    found = modules.evaluate(
        f"""async (numbers) => {{
          const kept = window.Worker, {{ run }} = loaded["a.js"];
          window.Worker = {no_worker};
          try {{
            const done = await Promise.all([run("task", numbers, "x"), run("task", numbers, "y")]);
            return [done, await run("fail").catch((error) => error.message)];
          }} finally {{ window.Worker = kept; }}
        }}""",
        np.arange(3, dtype=np.float32),
    )
    [first, second], error = found
    assert first[0] == ("undefined" if home == "a worker" else "object") and second[2] == "y" and error == "it broke"
    np.testing.assert_array_equal(first[1], [0, 2, 4])


def test_packed_values_come_back(modules):
    random = np.random.default_rng(0)
    part = Part(numbers=random.normal(size=7).astype(np.float32).tobytes())
    whole = Whole(numbers=b"12345", names=NAMES, part=part)
    modules.load("source.js")
    modules.load("bytes.js")
    found = modules.evaluate(
        """async (packed) => {
          const source = await loaded["source.js"].payloadSource(packed), { numbers, texts } = loaded["bytes.js"];
          return [Object.keys(source), source.get("names"), numbers(source.get("numbers"), Uint8Array),
                  numbers(source.get("part").get("numbers"), Float32Array), source.get("unseen") ?? null];
        }""",
        pages.pack(pages.values_of(whole)),
    )
    assert found[1] == NAMES and found[2].tobytes() == b"12345" and found[4] is None
    assert found[3].tobytes() == part.numbers


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 7, 8, 1000, 1001, 1002, 100_000])
def test_blocks_come_back_however_they_lie(modules, size):
    random = np.random.default_rng(size)
    blocks = [
        random.bytes(size),
        bytes(size),
        random.integers(0, 50, size // 4, dtype="<i4").tobytes(),  # stored by planes
        random.integers(0, 300, size // 2, dtype="<u2").tobytes(),
    ]
    modules.load("bytes.js")
    found = modules.evaluate(
        """async (packed) => (await loaded["bytes.js"].unpack(packed)).map(
             (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength))""",
        pages.pack(blocks),
    )
    assert [one.tobytes() for one in found] == blocks


def test_what_is_packed_is_one_gzip_file_and_always_the_same():
    values = {"names": NAMES, "numbers": [np.random.default_rng(0).normal(size=999).tobytes(), b"x" * 99]}
    packed = pages.pack(values)
    assert packed == pages.pack(values) and not set(packed) & set('<\\"\n ')
    content = gzip.decompress(base64.b85decode(packed.replace(",", "<")))
    assert NAMES[0] in content.decode(errors="replace") and values["numbers"][1] in content


@pytest.mark.parametrize(
    "value, error, message",
    [
        (float("nan"), ValueError, r"values\.a\[1\]\.b is nan: JSON has no form for it"),
        (np.float64("-inf"), ValueError, r"values\.a\[1\]\.b is -inf"),
        (np.arange(3), TypeError, r"values\.a\[1\]\.b is a ndarray: a page holds text"),
    ],
)
def test_what_cannot_be_packed_is_named(value, error, message):
    with pytest.raises(error, match=message):
        pages.pack({"a": [1, {"b": value}]})


def test_a_page_holds_no_markup_but_its_own_and_no_address(scripts, tmp_path, browser):
    for name in ("source", "bytes", "compact", "dom", "page/show", "page/address", "page/frame"):
        scripts(**{name: (JS / f"{name}.js").read_text()})
    scripts(
        a='import { element } from "./dom.js";\n'
        "export const mount = (el, source) => "
        'el.append(element("p", {}, source.get("name"), "</script><script>window.broken = 2</script>"));\n'
    )
    name = NAMES[0]
    still = {"image/png": "iVBORw0KGgo="}, {"image/png": {"alt": f'{name}" onerror="window.broken = 3'}}
    path = pages.write_page(tmp_path / "page.html", "a.js", {"name": name}, f"{name} & co", still)
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"<(/?)script\b", text) == ["", "/"] * 3 and "<!--" not in text
    assert not re.search(r"https?:|src=(?!.data:)|@import|url\(", text)
    page = browser.new_page()
    page.route("**/*", lambda route: route.continue_() if route.request.url == path.as_uri() else route.abort())
    page.goto(path.as_uri())
    page.locator("p").wait_for()
    assert page.locator("p").inner_text() == f"{name}</script><script>window.broken = 2</script>"
    assert page.title() == f"{name} & co" and page.evaluate("() => window.broken") is None
    page.close()


def test_the_same_bytes_are_stored_once():
    block = np.random.default_rng(0).bytes(100_000)
    assert len(pages.pack({"a": block, "b": [block, {"c": block}]})) < 140_000
