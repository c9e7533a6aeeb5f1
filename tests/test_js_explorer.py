"""The logic of the explorer, the linked maps and the airports in a blank page: no JupyterLab, no file.

What Python packs is mounted with a source of plain values; the kernel's part is played by one that says it is live and
keeps what it is told.
"""

import numpy as np
import pandas as pd
import pytest

from embedviz.datasets.flights import great_circle_km
from embedviz.inputs.pairs import Pairs
from embedviz.space.epochs import EpochMaps, Snapshots
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import airport_map, compare_maps, explore
from embedviz.widgets.bundle import styles
from embedviz.widgets.page import pack, values_of

pytestmark = pytest.mark.browser

PATIENCE = 120_000  # ms
ENTRIES = ("explorer/main.js", "linked/main.js", "airports/main.js")
KEY = "2 15 0.1 cosine"  # of the UMAP that an explorer asks for by itself

# `mount` puts a widget into the page; `told` is then all that its sources were told, `listening` how many listen to
# them, `worked` what was asked of the worker, `timers` the milliseconds of the timeouts to come.
STAGE = """
window.timers = new Map();
const { setTimeout: later, clearTimeout: never } = window;
window.setTimeout = (act, ms = 0, ...args) => {
  const id = later(() => { timers.delete(id); act(...args); }, ms);
  timers.set(id, ms);
  return id;
};
window.clearTimeout = (id) => { timers.delete(id); never(id); };
window.worked = [];
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message) { worked.push(message.name); post.call(this, message); };

window.settled = () => new Promise((done) => later(done));
window.wrapped = (source, live, place = []) => {
  const parts = new Map();
  const wrap = (value, name) => {
    if (Array.isArray(value)) return value.map((one, i) => wrap(one, `${name} ${i}`));
    if (!value?.get) return value;
    if (!parts.has(value)) parts.set(value, wrapped(value, live, [...place, name]));
    return parts.get(value);
  };
  return {
    ...source, live, inner: source,
    get: (name) => wrap(source.get(name), name),
    on: (names, act) => {
      const end = source.on(names, act);
      listening++;
      return () => { if (end()) listening--; };
    },
    set: (changes) => { told.push([...place, structuredClone(changes)]); source.set(changes); },
  };
};
window.mount = async (entry, packed, live) => {
  window.unmount?.();
  document.body.replaceChildren();
  Object.assign(window, { told: [], listening: 0 });
  window.source = wrapped(await loaded["source.js"].payloadSource(packed), live);
  window.unmount = loaded[entry].mount(document.body, source);
  worked.length = 0;
  await settled();
};
0
"""
LOOK = (
    "const root = document.querySelector('.embedviz-explorer'), sides = root?.sides ?? [root?.explorer],"
    " { state, data, question } = sides[0], now = state.values,"
    " maps = [...root.querySelectorAll('.embedviz-map')].map((one) => one.pointMap), map = maps[0],"
    " find = (css) => root.querySelector(css), all = (css) => [...root.querySelectorAll(css)],"
    " text = (css) => all(css).map((one) => one.textContent),"
    " shown = (css) => all(css).filter((one) => one.checkVisibility()).length;"
)


class Stage:
    """A page with a widget in it.

    Attributes:
        page: the Playwright page.
    """

    def __init__(self, modules):
        self.modules, self.page, self.problems = modules, modules.page, []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.evaluate(STAGE)
        self.page.add_style_tag(content="".join(styles(entry) for entry in ENTRIES))
        for module in (*ENTRIES, "source.js"):
            modules.load(module)

    def open(self, widget, live=False, **changes):
        """Show a widget as a page of its own would, or (live) as a notebook would, with some of its values changed."""
        values = (values_of if live else type(widget).page_values)(widget) | {"hide": list(widget.hide)} | changes
        self.modules.evaluate("(...args) => mount(...args)", widget.entry, pack(values), live)
        widget.close()
        drawn = "!one.moving && one.x.some((x) => !isNaN(x))"
        self.wait(f"sides.every(({{ state }}) => state.get('place')) && maps.every((one) => {drawn})")
        return self

    def ask(self, code, *arguments):
        """The value of a JavaScript expression on what LOOK names, and on `args`."""
        return self.modules.evaluate(f"async (...args) => {{ {LOOK} return {code}; }}", *arguments)

    def do(self, code, *arguments):
        """Run JavaScript, and let all views be told."""
        self.modules.evaluate(f"async (...args) => {{ {LOOK} {code}; await settled(); }}", *arguments)

    def wait(self, code):
        self.page.wait_for_function(f"() => {{ {LOOK} return {code}; }}", timeout=PATIENCE)

    def kernel(self, **changes):
        """The kernel changes some values."""
        self.do("source.inner.set(args[0])", changes)

    def told(self):
        """What the kernel was told since this was last asked."""
        return self.ask("told.splice(0)")

    def type(self, text, label="Search"):
        """Type a text, and Enter, into a box: any text, which a keyboard may not have."""
        self.do(
            "const box = find(`input[placeholder^='${args[1]}']`); box.value = args[0];"
            " box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))",
            text,
            label,
        )

    def press(self, text):
        """Press a button of the controls, or another one that has just this text."""
        self.do("all('button').find((one) => one.textContent === args[0]).click()", text)

    @property
    def selected(self):
        """The name that is, or None."""
        return self.ask("now.selected === null ? null : data.names.at(now.selected)")

    @property
    def listed(self):
        return self.ask("text('.embedviz-panel tbody th')")

    @property
    def caption(self):
        return self.ask("text('.embedviz-panel caption').join('|')")

    @property
    def alert(self):
        return self.ask("text('[role=alert]').filter(Boolean).join('|')")

    @property
    def note(self):
        return self.ask("find('.embedviz-note').textContent")


@pytest.fixture(scope="module")
def built(modules):
    return Stage(modules)


@pytest.fixture
def stage(built):
    built.problems.clear()
    yield built
    built.page.evaluate("() => { window.unmount?.(); window.unmount = null; document.body.replaceChildren(); }")
    assert built.problems == []
    assert built.page.evaluate("() => window.broken ?? 0") == 0  # no name has become markup


BOLD = "<b>Bold</b> & <img src=x onerror='window.broken = 1'>"
KINDS = ("novel", "<i>poem</i>", "play")
NAMES = [f"{kind} {i}" for kind in ("novel", "poem", "play") for i in range(20)]
NAMES[:4] = ["War and Peace", "Žižkov", "Straße", BOLD]


def table_of(seed=0, names=NAMES, dim=8):
    """Names in three groups, the first third, the second and the last."""
    random, n = np.random.default_rng(seed), len(names)
    groups = np.eye(3, dim)[np.arange(n) * 3 // n]
    return EmbeddingTable(names, groups + 0.3 * random.normal(size=(n, dim)))


def pairs_of():
    links = [(name, link) for i, name in enumerate(NAMES) for link in (f"kind {i // 20}", f"shelf {i % 4}")]
    return Pairs.from_frame(pd.DataFrame(links, columns=["title", "link"]))


def facts():
    return pd.DataFrame({"kind": np.repeat(KINDS, 20), "year": range(1900, 1960)}, index=NAMES)


def works(**options):
    return explore(table_of(), pairs_of(), facts(), projection="pca", **options)


def snapshots_of(tables, epochs=None):
    snapshots = Snapshots(tables[0].names, lambda table: table.vectors)
    for epoch, table in zip(epochs or range(len(tables)), tables):
        snapshots._keep(epoch, table)
    return snapshots


def epochs_of(count=4, first=0, **options):
    tables = [table_of(seed) for seed in range(count)]
    snapshots = snapshots_of(tables, range(first, first + count))
    return explore(snapshots=snapshots, frame=facts(), projection="pca", **options)


# --- the search


@pytest.mark.parametrize(
    "typed, name",
    [
        ("  war   AND\tpeace ", "War and Peace"),
        ("Z\u030ciz\u030cKOV", "Žižkov"),
        ("STRASSE", "Straße"),
        (f" {BOLD.upper()}", BOLD),
        ("play 19", "play 19"),
    ],
)
def test_a_name_is_found_however_it_is_typed(stage, typed, name):
    stage.open(works())
    stage.type(typed)
    assert stage.selected == name and stage.caption == f"Nearest to {name}"
    assert stage.listed == nearest(table_of(), name)["name"].tolist()
    assert stage.ask("find('.embedviz-search').value") == name


def test_names_with_markup_stay_text_wherever_they_are(stage):
    stage.open(works(color="kind"))
    stage.type(BOLD)
    assert stage.caption == f"Nearest to {BOLD}"
    stage.do("question.select(data.neighbors(0, 3).rows[0])")  # whose list may have it
    other = stage.selected
    if BOLD in nearest(table_of(), other)["name"].tolist():
        assert BOLD in stage.listed
    stage.type("<b>Bald</b> & <img src=x onerror='window.broken = 2'>")
    assert "“<b>Bald</b> &" in stage.alert and BOLD in stage.ask("text('.embedviz-panel li button')")
    assert stage.ask("text('.embedviz-class')") == list(KINDS)
    stage.wait("!map.moving")
    stage.do("map.point(map.x[23], map.y[23], 7)")
    row = stage.ask("map.hovered")
    assert stage.ask("text('.embedviz-tip b')") == [NAMES[row]]
    assert stage.ask("text('.embedviz-tip span')")[:2] == [f"kind: {KINDS[row // 20]}", f"year: {1900 + row}"]
    assert stage.ask("all('img, i, script').length") == 0


def test_an_empty_search_clears_all(stage):
    stage.open(works(selected="play 3"))
    assert stage.ask("map.lit.rows.length") == 11
    stage.type(" ")
    assert stage.selected is None and stage.ask("map.lit.rows.length") == 0
    assert stage.ask("find('.embedviz-panel').textContent").startswith("Search for a name")
    assert stage.ask("find('.embedviz-search').value") == ""


def test_after_a_search_in_vain_what_is_lit_comes_back(stage):
    stage.open(works(selected="play 3"))
    stage.type("qqqqqq")
    assert stage.alert == "“qqqqqq” is not on the map. Try another spelling." and stage.listed == []
    assert stage.selected == "play 3" and stage.ask("find('.embedviz-search').value") == "qqqqqq"
    stage.type("play 3")
    assert stage.alert == "" and stage.caption == "Nearest to play 3"
    stage.type("qqqqqq")
    stage.do("question.select(now.selected)")  # a click on the point
    assert stage.alert == "" and stage.caption == "Nearest to play 3"
    assert stage.ask("find('.embedviz-search').value") == "play 3"


# --- the list


def test_the_list_says_which_links_are_shared(stage):
    links = [(name, f"link {i:02}") for name in NAMES[:2] for i in range(8)]
    links += [(name, "alone" + name) for name in NAMES[2:]]
    pairs = Pairs.from_frame(pd.DataFrame(links, columns=["title", "link"]))
    explorer = explore(table_of(), pairs, projection="pca", k=59, selected=NAMES[0])
    expected = explorer.shared(*NAMES[:2])
    stage.open(explorer)
    said = dict(zip(stage.listed, stage.ask("text('.embedviz-panel tbody td[colspan]')")))
    assert len(said) == 59 and len(expected) == 8
    assert said.pop(NAMES[1]) == ", ".join(expected[:6]) + " + 2 more"
    assert set(said.values()) == {"none"}
    assert stage.ask("text('.embedviz-panel thead th')") == ["#", "Name", "Cosine", "Links they share, rarest first"]


def test_without_links_the_list_has_no_place_for_them(stage):
    stage.open(explore(table_of(), projection="pca", selected=NAMES[0]))
    assert stage.ask("text('.embedviz-panel thead th')") == ["#", "Name", "Cosine"]
    assert stage.ask("all('.embedviz-panel td[colspan]').length") == 0


def test_the_same_list_at_another_epoch_keeps_its_place_and_the_focus(stage):
    one = table_of()
    again = EmbeddingTable(NAMES, one.vectors + 1e-3 * np.random.default_rng(1).normal(size=one.vectors.shape))
    stage.open(explore(snapshots=snapshots_of([one, again]), projection="pca", k=40, selected="play 3", height=300))
    name = nearest(again, "play 3", 40)["name"][9]
    stage.do(
        "const panel = find('.embedviz-panel');"
        " const button = all('.embedviz-panel button').find((one) => one.dataset.name === args[0]);"
        " button.focus(); panel.scrollTop = 60",
        name,
    )
    assert stage.ask("find('.embedviz-panel').scrollTop") == 60
    stage.do("window.old = find('.embedviz-panel tbody'); question.goTo(0)")
    assert not stage.ask("old.isConnected")  # another list
    assert stage.ask("document.activeElement.dataset.name") == name
    assert stage.ask("find('.embedviz-panel').scrollTop") == 60
    assert stage.ask("find('.embedviz-panel').getAttribute('aria-live')") == "off"
    stage.do("question.select(0)")
    assert stage.ask("document.activeElement.dataset.name") == nearest(one, NAMES[0])["name"][0]
    assert stage.ask("find('.embedviz-panel').scrollTop") == 0
    assert stage.ask("find('.embedviz-panel').getAttribute('aria-live')") == "polite"


# --- the lasso


def test_a_search_for_a_long_text_stays_within_the_page(stage):
    stage.open(works())
    stage.type("x" * 5000)
    assert stage.alert.startswith("“xxx") and stage.ask("document.documentElement.scrollWidth <= innerWidth")


def test_a_lasso_says_what_is_shared_as_python_does(stage):
    explorer = works()
    explorer.chosen = NAMES[20:42]
    expected = explorer.shared_traits
    stage.open(explorer)
    rows = [
        [one.trait, f"{round(100 * one.share)}% ({one.count})", f"{100 * one.overall:.1f}%", f"{one.lift:.1f}×"]
        for one in expected.itertuples()
    ]
    assert (
        rows
        and stage.ask("all('.embedviz-panel tbody tr').map((one) => [...one.children].map((cell) => cell.textContent))")
        == rows
    )
    assert stage.caption == "What these 22 share"
    assert stage.ask("find('.embedviz-panel p').textContent") == ", ".join(NAMES[20:40]) + " and 2 more"
    assert stage.ask("[...map.chosen].flatMap((one, row) => one ? [row] : [])") == list(range(20, 42))


def test_a_lasso_around_a_kind_has_its_lift_and_one_around_anything_has_none(stage):
    stage.open(works())
    stage.do("question.choose(Int32Array.from({ length: 20 }, (_, i) => 40 + i))")
    cells = stage.ask("all('.embedviz-panel tbody tr').map((one) => [...one.children].map((cell) => cell.textContent))")
    assert ["link: kind 2", "100% (20)", "33.3%", "3.0×"] in cells
    stage.do("question.choose([0, 21, 42])")
    assert stage.ask("text('.embedviz-panel tbody')") == ["Nothing that chance would not explain."]


def test_a_loop_around_nothing_clears(stage):
    stage.open(works())
    loop = "map.lassoed([[0, 0], [2, 0], [0, 2]].map(([x, y]) => [map.inner.left + x, map.inner.top + y]))"
    for start in ("question.choose([0, 1, 2])", "question.select(3)"):
        stage.do(start)
        stage.do(loop)
        assert stage.ask("[now.selected, now.chosen, map.chosen, map.lit.rows]") == [None, [], None, []]
        assert stage.ask("find('.embedviz-panel').textContent").startswith("Search for a name")


# --- a direction of one's own


@pytest.mark.parametrize(
    "start, end, said",
    [
        ("War and Peas", "play 3", "'War and Peas' is not in the table of 60 names; did you mean 'War and Peace'?"),
        ("play 3, qqqqqq", "play 4", "'qqqqqq' is not in the table of 60 names"),
        ("play 3", " PLAY  3", "both ends of the direction are at the same place: choose others"),
        ("play\0 3", "play 4", "'play\0 3' is not in the table of 60 names"),
        ("play 3", "\ud83d", "'\ud83d' is not in the table of 60 names"),
        ("play 3", "x" * 5000, f"'{'x' * 5000}' is not in the table of 60 names"),
    ],
    ids=["near", "far", "same", "NUL", "half", "long"],
)
def test_a_direction_that_is_none_says_why_and_the_map_stays_pca(stage, start, end, said):
    stage.open(works())
    stage.press("Direction")
    assert "Type a name into each of the two boxes" in stage.note
    stage.type(start, "From")
    stage.type(end, "To")
    stage.wait("now.problem && now.place.projection === 'pca'")
    assert stage.alert == said
    assert stage.ask("document.documentElement.scrollWidth <= innerWidth")
    stage.type("novel 5", "From")
    stage.type("play 4", "To")
    stage.wait("now.place.projection === 'direction'")
    assert stage.alert == "" and "Type a name" not in stage.note
    coords = stage.ask("now.place.coords").reshape(-1, 3)
    np.testing.assert_allclose(coords[[NAMES.index("novel 5"), NAMES.index("play 4")], 0], [0, 1], atol=1e-5)


def test_earlier_epochs_of_a_page_have_no_direction(stage):
    stage.open(epochs_of(2, selected="play 3"), projection="direction", ends=["novel 5", "play 4"])
    stage.wait("now.place.projection === 'direction'")
    stage.do("question.goTo(0)")
    stage.wait("now.place.at === 0")
    assert stage.alert == "This page has no vectors of earlier epochs."
    assert stage.ask("now.place.projection") == "pca" and stage.caption == "Nearest to play 3"


# --- the note


def test_the_note_has_the_numbers_that_python_has(stage):
    explorer = works()
    kept, (trust, continuity) = 10 * explorer.faithfulness.mean(), explorer.trust
    stage.open(explorer)
    stage.wait("now.measures")
    assert stage.note == (
        "This page has no 2-D UMAP: it takes the notebook’s kernel. "
        f"PCA keeps {kept:.1f} of a name’s 10 nearest neighbors near it, on average. "
        f"Trustworthiness {trust:.3f} (1: no false neighbors), continuity {continuity:.3f} (1: none torn away). "
        "The list is exact: cosine, in all 8 dimensions."
    )


def test_a_large_table_is_measured_by_a_sample_until_a_color_needs_all(stage):
    table = table_of(names=[f"point {i}" for i in range(5001)], dim=4)
    stage.open(explore(table, projection="pca"))
    stage.wait("now.measures")
    assert "near it, on average of a sample of 1,000 names." in stage.note
    assert stage.ask("now.measures.kept.filter((one) => !isNaN(one)).length") == 1000
    stage.do("question.set({ color: 'neighbors kept' })")
    stage.wait("now.measures?.sampled === 0")
    assert "near it, on average. Trust" in stage.note
    assert sum(stage.ask("data.groups('neighbors kept', now.measures).classes.map((one) => one.count)")) == 5001


@pytest.mark.parametrize("live, most, said", [(True, 59, True), (True, 60, False), (False, 59, False)])
def test_that_a_umap_takes_long_is_said_where_one_can_be_computed(stage, live, most, said):
    explorer = works()
    stage.open(explorer, live, data=explorer.data | {"umapMost": most})
    assert ("UMAP of 60 names takes long" in stage.note) == said


# --- UMAP, which the kernel computes


def umap_of(seed=5, dim=2):
    return np.random.default_rng(seed).normal(size=(60, dim)).astype(np.float32)


def test_the_progress_of_a_umap_is_seen_until_it_is_there(stage):
    stage.open(works(), live=True, projection="umap")
    assert stage.ask("now.place.projection") == "pca" and stage.ask("shown('progress')") == 0
    stage.kernel(progress={"stage": "laying out", "share": 0.25})
    assert stage.ask("[shown('progress'), find('progress').value]") == [1, 0.25]
    assert stage.ask("text('.embedviz-controls [role=status]')") == ["UMAP: laying out"]
    place = umap_of()
    stage.kernel(progress={}, umaps={KEY: place.tobytes()})
    stage.wait("now.place.projection === 'umap'")
    np.testing.assert_array_equal(stage.ask("now.place.coords").reshape(-1, 3)[:, :2], place)
    assert stage.ask("shown('progress')") == 0 and stage.told() == []
    stage.wait("now.measures")
    assert stage.note.startswith("UMAP keeps ")


def test_a_umap_that_failed_says_so(stage):
    stage.open(works(), live=True, projection="umap")
    stage.kernel(progress={"stage": "graph", "share": 0.5})
    stage.kernel(progress={"error": "<b>no</b> memory"})
    assert stage.alert == "UMAP could not be computed: <b>no</b> memory" and stage.ask("shown('progress')") == 0
    stage.kernel(progress={"stage": "graph", "share": 0})
    assert stage.alert == "" and stage.ask("shown('progress')") == 1


def test_who_went_to_pca_meanwhile_stays_there(stage):
    stage.open(works(), live=True, projection="umap")
    stage.press("PCA")
    assert stage.told() == [[{"projection": "pca"}]]
    stage.kernel(umaps={KEY: umap_of().tobytes()})
    assert stage.ask("[now.projection, now.place.projection]") == ["pca", "pca"]
    stage.press("UMAP")
    stage.wait("now.place.projection === 'umap'")


def test_settings_of_umap_are_told_when_they_are_let_go(stage):
    stage.open(works(), live=True, projection="umap")
    slide = (
        "const box = all('.embedviz-umap input').find((one) => one.labels[0].textContent === args[0]);"
        " box.value = args[1]; box.dispatchEvent(new Event(args[2]))"
    )
    stage.do(slide, "n_neighbors", 20, "input")
    assert stage.ask("text('.embedviz-umap output')") == ["20", "0.10"] and stage.told() == []
    stage.do(slide, "n_neighbors", 21, "change")
    assert stage.told() == [[{"umap": {"n_neighbors": 21, "min_dist": 0.1, "metric": "cosine"}}]]
    stage.do(slide, "min_dist", 0.45, "change")
    assert stage.told() == [[{"umap": {"n_neighbors": 21, "min_dist": 0.45, "metric": "cosine"}}]]
    stage.kernel(umaps={KEY: umap_of(1).tobytes(), "2 21 0.45 cosine": umap_of(2).tobytes()})
    stage.wait("now.place.projection === 'umap'")
    np.testing.assert_array_equal(stage.ask("now.place.coords").reshape(-1, 3)[:, :2], umap_of(2))


# --- the epochs


def test_the_player_plays_from_the_first_pauses_and_stops_at_the_last(stage):
    stage.open(epochs_of(3))
    label = "text('.embedviz-epochs button')[0]"
    assert stage.ask("[now.at, now.playing]") == [2, False] and stage.ask(label) == "▶ Play"
    stage.press("▶ Play")
    assert stage.ask("[now.at, now.playing]") == [0, True] and stage.ask(label) == "❚❚ Pause"
    stage.press("❚❚ Pause")
    at = stage.ask("now.at")
    assert stage.ask("now.playing") is False and stage.ask(label) == "▶ Play"
    assert stage.ask("[...timers.values()].includes(450)") is False  # none is to follow
    stage.press("▶ Play")
    assert stage.ask("now.at") == at  # it goes on from where it is
    stage.wait("now.at === data.last")
    assert stage.ask("now.playing") is False and stage.ask(label) == "▶ Play"
    assert stage.ask("[...timers.values()].includes(450)") is False


def test_the_slider_ends_a_play(stage):
    stage.open(epochs_of(3))
    stage.press("▶ Play")
    stage.do("const box = find('.embedviz-epochs input'); box.value = 1; box.dispatchEvent(new Event('input'))")
    assert stage.ask("[now.at, now.playing]") == [1, False]
    assert stage.ask("text('.embedviz-epochs output')") == ["1"]


def parts(tables, epochs):
    return [
        {"$widget": {"epoch": epoch, "dim": table.dim, "vectors": table.vectors.tobytes()}}
        for table, epoch in zip(tables, epochs)
    ]


def test_the_slider_follows_a_training_that_starts_over(stage):
    stage.open(epochs_of(3), live=True)
    ends = "[+find('.embedviz-epochs input').max, +find('.embedviz-epochs input').value]"
    assert stage.ask(ends) == [2, 2]
    stage.kernel(tables=parts([table_of(seed) for seed in range(4)], range(5, 9)), epoch=8)
    assert stage.ask(ends) == [3, 3] and stage.ask("text('.embedviz-epochs output')") == ["8"]
    stage.do("question.goTo(1)")
    assert stage.ask("text('.embedviz-epochs output')") == ["6"] and stage.told() == [[{"epoch": 6}]]
    stage.kernel(tables=parts([table_of(9)], [None]))  # the epoch comes in another message
    assert stage.ask("now.at") == 0
    stage.told()
    stage.kernel(epoch=None)
    assert stage.ask("[shown('.embedviz-epochs'), now.at]") == [0, 0]
    stage.wait("now.place.at === 0 && now.place.axes[0].includes('of the variance')")
    assert stage.told() == []


def test_at_an_earlier_epoch_umap_gives_way_to_pca_and_comes_back_at_the_last(stage):
    stage.open(epochs_of(3), live=True, projection="umap", umaps={KEY: umap_of().tobytes()})
    assert stage.ask("now.place.projection") == "umap"
    stage.do("question.goTo(1)")
    assert stage.told() == [[{"projection": "pca", "epoch": 1}]]
    stage.wait("now.place.projection === 'pca' && now.place.at === 1")
    stage.press("UMAP")
    assert stage.told() == [[{"projection": "umap", "epoch": 2}]]
    stage.wait("now.place.projection === 'umap' && now.place.at === 2")


def test_an_epoch_that_follows_is_added_and_the_first_gets_its_number(stage):
    tables = [table_of(seed) for seed in range(3)]
    maps = EpochMaps(tables[0])
    stage.open(explore(tables[0], projection="pca"), live=True)
    assert stage.ask("[shown('.embedviz-epochs'), data.tables[0].epoch]") == [0, None]
    for epoch in (1, 2):
        maps.append(epoch, tables[epoch])
        stage.do(
            "const { tables } = args[0], known = source.inner.get('tables');"
            " known[0].set({ epoch: 0 });"
            " source.inner.set({ tables: [...known, loaded['source.js'].valuesSource(tables)], epoch: tables.epoch })",
            {"tables": {"epoch": epoch, "dim": 8, "vectors": tables[epoch].vectors.tobytes()}},
        )
        stage.wait(f"now.place.at === {epoch}")
        assert stage.ask("data.tables.map((one) => one.epoch)") == list(range(epoch + 1))
        assert stage.ask("shown('.embedviz-epochs')") == 1
        assert stage.ask("now.place.axes[0]") == "PCA 1, turned to fit the epoch before"
        for dim in (3, 2):
            stage.do("question.set({ dim: args[0] })", dim)
            stage.wait(f"now.place.dim === {dim}")
            coords = stage.ask("now.place.coords").reshape(-1, 3)[:, :dim]
            np.testing.assert_allclose(coords, maps.place(epoch, dim), atol=1e-4)
            limits = stage.ask(f"now.place.range.slice(0, {dim})")
            np.testing.assert_allclose(limits, maps.limits(dim), atol=1e-4)
    told = stage.told()
    assert told == [[{"dim": 3}], [{"dim": 2}]] * 2


# --- what is measured, and when


def test_epochs_that_are_played_are_not_measured_until_the_last(stage):
    stage.open(epochs_of(3), live=True)
    stage.wait("now.measures")
    stage.do("data.memory.clear(); worked.length = 0")
    stage.press("▶ Play")
    assert stage.ask("now.measures") is None
    stage.wait("now.place.at === 1 && now.playing")
    assert stage.ask("[...timers.values()].includes(300)") is False
    stage.wait("now.place.at === 2 && now.measures")
    assert "measures" not in stage.ask("worked")  # that of the last is known


def test_nothing_is_measured_while_the_kernel_needs_the_processor(stage):
    stage.open(works(), live=True, hold=True)
    waiting = "[...timers.values()].includes(300)"
    assert stage.ask(waiting) is False and "keeps" not in stage.note
    stage.do("question.set({ dim: 3 })")
    stage.wait("now.place.dim === 3")
    assert stage.ask(waiting) is False
    stage.kernel(hold=False)
    assert stage.ask(waiting) is True
    stage.kernel(hold=True)
    assert stage.ask(waiting) is False
    stage.kernel(hold=False)
    stage.wait("now.measures")
    assert stage.ask("worked.filter((one) => one === 'measures').length") == 1


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_widget_that_is_gone_measures_draws_and_hears_no_more(stage, entry):
    widgets = {"explorer/main.js": epochs_of, "linked/main.js": linked, "airports/main.js": airports}
    stage.open(widgets[entry](), live=True)
    if entry == "explorer/main.js":
        stage.press("▶ Play")
    stage.do(
        "sides.forEach((one) => one.question.set({ dim: 3 })); await settled();"
        " unmount(); window.unmount = null; worked.length = 0; told.length = 0; window.seen = root.outerHTML"
    )
    assert stage.ask("[listening, sides.map(({ state }) => state.views.size).join()]") == [
        0,
        ",".join("0" * stage.ask("sides.length")),
    ]
    assert stage.ask("maps.every((one) => one.stopped)")
    assert not {300, 450} & set(stage.ask("[...timers.values()]"))
    stage.do("sides.forEach((one) => one.question.select(1)); source.inner.set({ selected: 'play 3', hold: false })")
    assert stage.ask("root.outerHTML === window.seen") and stage.told() == [] and stage.ask("worked") == []


# --- the state and the source


def test_what_changes_together_is_told_in_one_message(stage):
    stage.open(works(), live=True)
    stage.do("question.choose([0, 1])")
    assert stage.told() == [[{"chosen": NAMES[:2]}]]
    stage.do("question.select(5)")
    assert stage.told() == [[{"selected": NAMES[5], "chosen": []}]]
    stage.do("question.set({ color: 'year' }); question.set({ size: 'year', distorted: true })")
    assert stage.told() == [[{"color": "year", "size": "year", "distorted": True}]]
    stage.do("question.select(5); question.preview(3); question.search('qqqqqq'); question.set({ hidden: [1] })")
    assert stage.told() == []  # of no concern to the kernel
    stage.do("question.select(6); question.select(5)")
    assert stage.told() == []  # there and back


def test_what_the_kernel_changes_is_shown_and_not_told_back(stage):
    stage.open(works(), live=True)
    stage.kernel(selected="play 3")
    assert stage.caption == "Nearest to play 3" and stage.ask("map.lit.rows[0]") == NAMES.index("play 3")
    stage.kernel(selected=None, chosen=NAMES[40:])
    assert stage.caption == "What these 20 share" and stage.ask("map.lit.rows") == []
    stage.kernel(chosen=[])
    assert stage.ask("find('.embedviz-panel').textContent").startswith("Search for a name")
    stage.kernel(color="year", size="year", dim=3, distorted=True, ends=["play 1", "play 2"], projection="direction")
    stage.wait("now.place.projection === 'direction' && now.place.dim === 3")
    assert stage.ask("all('.embedviz-controls select').map((one) => one.value)") == ["year", "year"]
    assert stage.ask("all('.embedviz-direction input').map((one) => one.value)") == ["play 1", "play 2"]
    assert stage.ask("find('.embedviz-controls input[type=checkbox]').checked")
    assert stage.told() == []


def test_a_stale_echo_does_not_revert_what_is_newer(stage):
    stage.open(works(), live=True)
    stage.do("question.select(5)")
    # The kernel repeats what it was told, and tells of a progress, in the moment in which the page goes on.
    stage.do("source.inner.set({ selected: args[0], progress: {} }); question.select(6)", NAMES[5])
    assert stage.selected == NAMES[6]
    assert stage.told() == [[{"selected": NAMES[5]}], [{"selected": NAMES[6]}]]
    stage.do("question.select(7); source.inner.set({ selected: args[0], chosen: [] })", NAMES[6])
    assert stage.selected == NAMES[7] and stage.ask("source.get('selected')") == NAMES[7]


# --- bounds


def test_a_point_without_facts_says_its_name_alone(stage):
    explorer = works()
    stage.open(explorer, live=True, hold=True, data=explorer.data | {"columns": []})  # as above 200,000 names
    stage.do("map.point(map.x[23], map.y[23], 7)")
    row = stage.ask("map.hovered")
    assert stage.ask("[...find('.embedviz-tip').children].map((one) => one.textContent)") == [NAMES[row]]


@pytest.mark.parametrize(
    "n, dim, dims, sizes",
    [(60, 1, False, True), (60, 2, False, False), (60, 3, True, True), (2, 8, False, False), (3, 8, True, False)],
)
def test_boxes_that_would_do_nothing_are_hidden(stage, n, dim, dims, sizes):
    names = [f"point {i}" for i in range(n)]
    table = EmbeddingTable(names, np.random.default_rng(0).normal(size=(n, dim)))
    frame = pd.DataFrame({"weight": np.arange(n) + 1.5}, index=names) if sizes else None
    stage.open(explore(table, frame=frame, projection="pca", selected="point 1", color="weight" if sizes else None))
    assert stage.ask("shown('[aria-label=\"Dimensions of the map\"]')") == int(dims)
    labels = stage.ask(
        "all('.embedviz-controls label').filter((one) => one.checkVisibility()).map((x) => x.textContent)"
    )
    assert ("Size" in labels) == sizes
    assert stage.listed == nearest(table, "point 1", min(10, n - 1))["name"].tolist()
    stage.wait("now.measures")
    assert f"of a name’s {min(10, n - 1)} nearest" in stage.note and ("Trustworthiness" in stage.note) == (n > 2)
    place = stage.ask("now.place.coords").reshape(-1, 3)
    spread = np.ptp(place, axis=0) > 1e-6
    assert spread.tolist() == [axis < min(n, dim, 3) - (n <= 3) for axis in range(3)]  # n names lie in n − 1 dimensions


# --- linked maps


def linked(**options):
    return compare_maps({"One": table_of(0), "Another": table_of(9)}, pairs_of(), facts(), **options)


def test_linked_maps_say_the_same_whichever_is_asked(stage):
    stage.open(linked(), live=True)
    shared = (
        "sides.map(({ state: { values: one } }) => [one.selected, one.chosen, one.hidden, one.message?.text ?? ''])"
    )
    for side in (0, 1):
        for code in (
            "question.select(args[0])",
            "question.search('qqqqqq')",
            "question.choose([1, 2, 3])",
            "question.set({ hidden: [1] })",
            "question.search('play 7')",
        ):
            stage.do(f"(({{ question }}) => {code})(sides[{side}])", 10 + side)
            one, other = stage.ask(shared)
            assert one == other
            lit = stage.ask("maps.map((one) => [one.lit.rows[0] ?? null, one.chosen ? [...one.chosen] : null])")
            assert lit[0] == lit[1]
    told = stage.told()
    assert {place[0] for place in told} == {"sides 0", "sides 1"}
    for side in ("sides 0", "sides 1"):
        selected = [one["selected"] for place, one in told if place == side and "selected" in one]
        assert selected == [NAMES[10], None, "play 7", NAMES[11], None, "play 7"]


def test_a_search_in_vain_is_forgotten_by_the_next(stage):
    stage.open(linked(selected="play 3"))
    stage.type("qqqqqq")
    assert stage.alert.startswith("“qqqqqq” is not on the map.")
    stage.do("sides[1].question.select(args[0])", NAMES.index("play 3"))  # a click on what is lit, on the other map
    assert stage.alert == "" and stage.caption.startswith("Nearest to play 3:")
    stage.type("qqqqqq")
    stage.type("play 4")
    assert stage.alert == "" and stage.caption.startswith("Nearest to play 4:")


def test_neighbors_in_common_are_marked(stage):
    stage.open(linked(selected="play 3"))
    lists = [nearest(table_of(seed), "play 3")["name"].tolist() for seed in (0, 9)]
    both = set(lists[0]) & set(lists[1])
    assert 0 < len(both) < 10
    assert stage.caption == f"Nearest to play 3: {len(both)} of 10 in common (●)"
    rows = stage.ask("all('.embedviz-panel tbody tr').map((one) => [...one.children].map((cell) => cell.textContent))")
    for column, names in zip((1, 3), lists):
        assert [row[column] for row in rows] == [f"● {name}" if name in both else name for name in names]


def test_a_walk_goes_on_and_back_on_either_map(stage):
    stage.open(linked())
    stage.do("sides[0].question.select(41)")
    stage.do("sides[1].question.key('next')")
    near = nearest(table_of(9), NAMES[41])["name"][0]
    assert stage.selected == near
    stage.do("sides[0].question.key('previous')")
    assert stage.selected == NAMES[41]
    stage.do("sides[0].question.key('next')")
    stage.do("sides[1].question.key('previous')")
    assert stage.selected == NAMES[41]


def test_both_umaps_say_how_far_they_are(stage):
    stage.open(linked(), live=True)
    stage.press("UMAP")
    assert stage.ask("sides.map(({ state }) => state.get('projection'))") == ["umap", "umap"]
    progress = "const parts = source.inner.get('sides'); parts[args[0]].set({ progress: args[1], umaps: args[2] })"
    stage.do(progress, 1, {"stage": "graph", "share": 0.5}, {})
    assert stage.ask("text('[role=status]').filter((one) => one.startsWith('UMAP'))") == ["UMAP of Another: graph"]
    stage.do(progress, 0, {"stage": "layout", "share": 0.1}, {})
    assert stage.ask("shown('progress')") == 2
    stage.do(progress, 0, {}, {KEY: umap_of(1).tobytes()})
    stage.wait("sides[0].state.get('place').projection === 'umap'")
    assert stage.ask("[shown('progress'), sides[1].state.get('place').projection]") == [1, "pca"]
    stage.do(progress, 1, {"error": "no memory"}, {})
    assert stage.alert == "UMAP of Another could not be computed: no memory"


# --- airports

AIRPORTS = pd.DataFrame(
    [
        ("JFK", "John F Kennedy Intl", 40.6398, -73.7789),
        ("LAX", "Los Angeles Intl", 33.9425, -118.408),
        ("SFO", "San Francisco Intl", 37.619, -122.3749),
        ("ORD", "Chicago Ohare Intl", 41.9786, -87.9048),
        ("MDW", "Chicago Midway Intl", 41.786, -87.7524),
        ("HNL", "Honolulu Intl", 21.3187, -157.9225),
        ("GRU", "São Paulo", -23.4356, -46.4731),
    ],
    columns=["faa", "name", "lat", "lon"],
)
CODES = ["LAX", "SFO", "ORD", "MDW", "HNL", "GRU", "SJU"]


def airport_table():
    return EmbeddingTable(CODES, np.random.default_rng(0).normal(size=(7, 4)))


def airports(**options):
    return airport_map(airport_table(), AIRPORTS, home="JFK", k=6, **options)


@pytest.mark.parametrize(
    "typed, code",
    [
        ("lax", "LAX"),
        ("LAX", "LAX"),
        ("los angeles", "LAX"),
        ("LAX Los Angeles Intl", "LAX"),
        (" Los   Ang ", "LAX"),
        ("ohare", "ORD"),
        ("SJU", "SJU"),
        ("SA\u0303O PAULO", "GRU"),
    ],
)
def test_an_airport_is_found_by_its_code_or_its_name(stage, typed, code):
    stage.open(airports())
    stage.type(typed)
    assert stage.selected == code and stage.caption.startswith(f"Nearest to {code} ")
    assert stage.listed == nearest(airport_table(), code, 6)["name"].tolist()


def test_a_name_that_several_airports_fit_or_none(stage):
    stage.open(airports(selected="LAX"))
    stage.type(" chicago ")
    assert stage.alert == "2 airports fit “chicago”:" and stage.selected == "LAX"
    assert stage.ask("text('.embedviz-panel li button')") == ["ORD Chicago Ohare Intl", "MDW Chicago Midway Intl"]
    stage.press("MDW Chicago Midway Intl")
    assert stage.selected == "MDW" and stage.alert == ""
    stage.type("Zürich")
    assert stage.alert.startswith("“Zürich” is not on the map.") and stage.selected == "MDW"
    stage.type("")
    assert stage.selected is None and stage.alert == ""
    stage.do(
        "const box = find('.embedviz-search'); box.value = 'int';"
        " box.dispatchEvent(new InputEvent('input', { inputType: 'insertText' }))"
    )
    names = dict(zip(AIRPORTS["faa"], AIRPORTS["name"]))
    assert stage.ask("all('datalist option').map((one) => one.value)") == [
        f"{code} {names[code]}" for code in CODES if "Intl" in names.get(code, "")
    ]


def test_distances_are_those_of_the_globe(stage):
    stage.open(airports(selected="HNL"))
    places = AIRPORTS.set_index("faa")[["lat", "lon"]]
    rows = stage.ask("all('.embedviz-panel tbody tr').map((one) => [...one.children].map((cell) => cell.textContent))")
    assert len(rows) == 6
    for _, code, _, _, said in rows:
        if code == "SJU":
            assert said == "unknown"
        else:
            km = great_circle_km(*places.loc["HNL"], *places.loc[code])
            assert float(said.replace(",", "")) == pytest.approx(km, abs=1.5)  # float32 degrees, and rounded
    assert stage.ask("text('.embedviz-panel thead th')")[-1] == "Distance (km)"
    assert stage.ask("maps.map((one) => one.view.suffix)") == ["°", ""]
    stage.do("question.select(6)")
    assert set(stage.ask("text('.embedviz-panel tbody td:last-child')")) == {"unknown"}
    places = AIRPORTS[["lon", "lat"]].to_numpy()
    pairs = [(one, other) for one in places for other in places] + [([0, 0], [180, 0]), ([5, 90], [77, -90])]
    stage.modules.load("airports/globe.js")
    found = stage.ask(
        "args[0].map((pair) => loaded['airports/globe.js'].greatCircleKm(...pair))",
        [[list(map(float, place)) for place in pair] for pair in pairs],
    )
    expected = [float(great_circle_km(one[1], one[0], other[1], other[0])) for one, other in pairs]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)


def test_an_airport_that_is_pointed_at_is_previewed_everywhere(stage):
    stage.open(airports(selected="LAX"), live=True)
    lit = "maps.map((one) => one.lit.rows.join())"
    before = stage.ask(lit)
    stage.page.mouse.move(*stage.ask("maps[0].place(4)"))
    stage.wait("now.preview === 4")
    assert stage.ask("maps.map((one) => one.lit.rows[0])") == [4, 4]
    assert stage.caption == "Nearest to HNL Honolulu Intl" and stage.selected == "LAX"
    assert stage.ask("find('.embedviz-search').value") == "LAX"
    stage.page.mouse.move(1, 1)
    stage.wait("now.preview === null")
    assert stage.ask(lit) == before and stage.caption == "Nearest to LAX Los Angeles Intl" and stage.told() == []
    stage.page.mouse.move(*stage.ask("maps[1].place(2)"))
    stage.wait("now.preview !== null")
    assert stage.ask("maps.map((one) => one.lit.rows[0] === now.preview)") == [True, True]
    stage.do("question.select(now.preview)")  # a click
    assert stage.ask("now.preview") is None and [list(one) for [one] in stage.told()] == [["selected"]]
