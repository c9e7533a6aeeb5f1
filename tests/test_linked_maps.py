"""`compare_maps` without a page."""

import numpy as np
import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances
from page_file import held
from sklearn.decomposition import PCA

from embedviz.inputs.pairs import Pairs
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import compact
from embedviz.widgets.linked_maps import COMMON, compare_maps

NAMES = [f"n{i}" for i in range(30)]


def table(seed, names=NAMES):
    return EmbeddingTable(names, np.random.default_rng(seed).normal(size=(len(names), 6)))


@pytest.fixture
def linked():
    frame = pd.DataFrame({"kind": list("ab") * 15}, NAMES)
    return compare_maps(
        {"One": table(0), "Other": table(1, NAMES[:29] + ["elsewhere"])}, None, frame, color="kind", k=5
    )


def test_both_show_the_names_in_common(linked):
    assert [len(explorer.table) for explorer in linked.explorers] == [29, 29]
    assert "2 that only one has are left out" in linked.note
    assert linked.titles == [explorer.title for explorer in linked.explorers] == ["One", "Other"]
    assert linked.sides == linked.explorers


def test_what_is_selected_in_one_lights_up_in_the_other(linked):
    for here, name in ((0, "n3"), (1, "n8")):
        linked.explorers[here].set_state({"selected": name, "chosen": []})  # as its page says it
        assert linked.selected == name
        for explorer in linked.explorers:
            near = nearest(explorer.table, name, 5)["name"].tolist()
            assert explorer.neighbors["name"].tolist() == near
            assert explorer.lit == [explorer.table.number(one) for one in [name, *near]]
    linked.select(None)
    assert [explorer.lit for explorer in linked.explorers] == [[], []] and linked.selected is None


def test_the_list_says_what_is_in_common(linked):
    name = NAMES[int(np.argmax(linked.common))]
    linked.select(name)
    near = [set(explorer.neighbors["name"]) for explorer in linked.explorers]
    both = near[0] & near[1]
    assert len(both) == linked.common.max() > 0
    assert f"Nearest to {name}: {len(both)} of 5 in common" in linked._words()
    assert linked._words().count("<td><b>● ") == 2 * len(both)
    assert f"{linked.common.mean():.1f} of a name’s 5 nearest are the same in both" in linked.note


def test_a_lasso_in_one_is_one_in_the_other(linked):
    linked.select("n1")
    linked.explorers[1].set_state({"chosen": NAMES[0:24:2], "selected": None})
    for explorer in linked.explorers:
        assert explorer.chosen == NAMES[0:24:2] and explorer.shared_traits["trait"].tolist() == ["kind: a"]
    assert linked.selected is None
    linked.explorers[0].select("n2")
    assert linked.explorers[1].selected == "n2" and linked.explorers[1].chosen == []


def test_controls_are_shared(linked):
    one, other = linked.explorers
    one.color = COMMON
    assert other.color == COMMON
    codes = [
        np.concatenate([[trace.name] * len(trace.customdata) for trace in each.figure.data]) for each in (one, other)
    ]
    assert codes[0].tolist() == codes[1].tolist() and len(set(codes[0])) > 1
    other.dim = 3
    assert one.dim == 3 and one.figure.data[0].type == "scatter3d"
    one.set_state({"size": COMMON})
    assert other.size == COMMON
    one.show_direction("n1", "n2")
    assert other.projection == "direction" and other.shown == "pca"  # each has its own ends
    one.projection = "pca"
    assert other.projection == "pca"


def test_the_still_form_shows_both(linked):
    linked.select("n4")
    data, metadata = linked.static()
    assert (
        metadata["image/png"]["alt"].startswith("Left: One: PCA of 29")
        and "Right: Other: PCA of 29" in metadata["image/png"]["alt"]
    )
    assert len(data["image/png"]) < 300_000 and "<button" not in linked._words()


def test_what_does_not_fit_is_named():
    compare_maps({"One": table(0), "Other": table(1)}).close()
    count = len(_instances)
    with pytest.raises(ValueError, match="1 tables: two are compared"):
        compare_maps({"One": table(0)})
    with pytest.raises(ValueError, match="1 names are in both tables, of 30 and 1"):
        compare_maps({"One": table(0), "Other": table(1, NAMES[:1])})
    with pytest.raises(ValueError, match="k=0"):
        compare_maps({"One": table(0), "Other": table(1)}, k=0)
    with pytest.raises(KeyError, match="did you mean"):
        compare_maps({"One": table(0), "Other": table(1)}, selected="n99")
    with pytest.raises(KeyError, match="no column 'genre'"):
        compare_maps({"One": table(0), "Other": table(1)}, color="genre")
    with pytest.raises(ValueError, match="among the 1 items of the pairs"):
        pairs = Pairs.from_frame(pd.DataFrame({"title": ["Solaris"], "link": ["a"]}))
        compare_maps({"One": table(0), "Other": table(1)}, pairs)
    assert len(_instances) == count


def test_what_is_changed_in_either_map_renews_the_still_picture(linked, monkeypatch):
    renewed = []
    monkeypatch.setattr(linked, "_displayed", True)
    monkeypatch.setattr("embedviz.widgets.base.running_loop", lambda: renewed.append(1))
    linked.explorers[1].color = COMMON
    before = len(renewed)
    linked.explorers[0].set_state({"dim": 3})
    assert len(renewed) > before > 0


def test_a_flat_embedding_beside_a_deep_one():
    deep, flat = table(0), EmbeddingTable(NAMES, np.random.default_rng(1).normal(size=(30, 2)))
    for tables in ({"a": deep, "b": flat}, {"a": flat, "b": deep}):
        linked = compare_maps(tables)
        linked.explorers[0].dim, linked.explorers[0].color = 3, None
        for explorer in linked.explorers:
            [trace] = explorer.figure.data
            expected = PCA(min(3, explorer.table.dim)).fit_transform(explorer.table.vectors)
            np.testing.assert_allclose(np.abs(trace.x), np.abs(expected[:, 0]), atol=1e-5)
            assert np.ptp(trace.z) > 1 if explorer.table.dim > 2 else not np.any(trace.z)


def test_a_frame_is_aligned_by_key_and_names_are_found_by_any_spelling():
    tables = {"One": table(0, [10, 20, 30]), "Other": table(1, [30, 20, 10])}
    frame = pd.DataFrame({"kind": list("cba"), 0: [3, 2, 1]}, [30, 20, 10])
    linked = compare_maps(tables, frame=frame, color=["kind", 0], selected=20)
    for explorer in linked.explorers:
        assert explorer.frame["kind"].tolist() == list("abc") and explorer.frame[0].tolist() == [1, 2, 3]
    assert linked.selected == "20"


def test_closing_leaves_no_models_behind():
    compare_maps({"One": table(0), "Other": table(1)}).close()
    count = len(_instances)
    linked = compare_maps({"One": table(0), "Other": table(1)})
    linked.close()
    assert all(explorer.closed for explorer in linked.explorers) and len(_instances) == count
    linked.close()


def test_waiting_shows_both_umaps(monkeypatch):
    class Job:
        def __init__(self, vectors, **options):
            self.vectors, self.done, self.stage, self.progress = vectors, False, "layout", 0.5

        def result(self):
            return self.vectors[:, :2]

        def cancel(self):
            pass

    monkeypatch.setattr("embedviz.widgets.umap_maps.background_umap", Job)
    linked = compare_maps({"One": table(0), "Other": table(1)})
    linked.explorers[1].projection = "umap"
    assert [explorer.shown for explorer in linked.explorers] == ["pca", "pca"]
    linked.explorers[1].color = None
    assert [explorer.projection for explorer in linked.wait().explorers] == ["umap", "umap"]
    for explorer in linked.explorers:
        assert explorer.shown == "umap"
        np.testing.assert_array_equal(explorer.figure.data[0].x, explorer.table.vectors[:, 0])


def test_a_page_of_its_own_holds_both(linked, tmp_path):
    linked.select("n4")
    linked.explorers[0].color = COMMON
    path = linked.to_html(tmp_path / "both.html")
    assert "<title>One and Other</title>" in path.read_text()
    values = held(path)
    assert values["titles"] == ["One", "Other"] and values["note"] == linked.note and values["hide"] == linked.hide
    for side, explorer in zip(values["sides"], linked.explorers):
        assert side["$widget"]["selected"] == "n4" and side["$widget"]["color"] == COMMON
        assert side["$widget"]["data"] == explorer.data
    sides = [side["$widget"]["tables"][0]["$widget"]["vectors"].group for side in linked.page_values()["sides"]]
    own = [compact.vectors(explorer.table.vectors).group for explorer in linked.explorers]
    assert sides == own and own[0] != own[1]
    old, linked.static = path.read_bytes(), lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        linked.to_html(path)
    assert path.read_bytes() == old and list(tmp_path.iterdir()) == [path]


def test_options_are_given_by_name():
    with pytest.raises(TypeError, match="positional"):
        compare_maps({"One": table(0), "Other": table(1)}, None, None, "kind")
