"""JavaScript modules in one file, workers made of them, and values in a page without a kernel."""

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


def test_the_same_bytes_are_stored_once():
    block = np.random.default_rng(0).bytes(100_000)
    assert len(pages.pack({"a": block, "b": [block, {"c": block}]})) < 140_000
