import numpy as np
import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances

from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
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
    assert "2 that only one has are left out" in linked.note.value
    assert [explorer.map.title for explorer in linked.explorers] == ["One", "Other"]


def test_what_is_selected_in_one_lights_up_in_the_other(linked):
    for here, name in ((0, "n3"), (1, "n8")):
        linked.explorers[here].map._handle_custom_msg({"row": int(name[1:])}, [])
        assert [explorer.selected for explorer in linked.explorers] == [name, name]
        for explorer in linked.explorers:
            near = nearest(explorer.table, name, 5)["name"].tolist()
            assert explorer.neighbors["name"].tolist() == near
            assert explorer.map.lit["rows"] == [explorer.table.number(one) for one in [name, *near]]
    linked.select(None)
    assert [explorer.map.lit["rows"] for explorer in linked.explorers] == [[], []]


def test_the_list_says_what_is_in_common(linked):
    name = NAMES[int(np.argmax(linked.common))]
    linked.select(name)
    near = [set(explorer.neighbors["name"]) for explorer in linked.explorers]
    both = near[0] & near[1]
    assert len(both) == linked.common.max() > 0
    assert f"Nearest to {name}: {len(both)} of 5 in common" in linked.panel.html and linked.panel.html.count(
        "<td><b>● "
    ) == 2 * len(both)
    assert f"{linked.common.mean():.1f} of a name’s 5 nearest are the same in both" in linked.note.value


def test_a_lasso_in_one_is_one_in_the_other(linked):
    linked.explorers[1].map._handle_custom_msg({"lasso": 12}, [np.arange(0, 24, 2, dtype=np.int32).tobytes()])
    assert (
        linked.explorers[0].chosen == NAMES[0:24:2]
        and "What these 12 share" in linked.panel.html
        and "kind: a" in linked.panel.html
    )
    assert linked.explorers[0].map.selection == linked.explorers[1].map.selection != b""


def test_controls_are_shared(linked):
    one, other = linked.explorers
    one.color_box.value = COMMON
    assert other.color_box.value == COMMON and other.groups.labels == one.groups.labels
    one.dim_box.value = 3
    assert other.map.view["dim"] == 3


def test_the_still_form_shows_both(linked):
    linked.select("n4")
    data, metadata = linked.static()
    assert (
        metadata["image/png"]["alt"].startswith("Left: One: PCA of 29")
        and "Right: Other: PCA of 29" in metadata["image/png"]["alt"]
    )
    assert len(data["image/png"]) < 300_000 and "<button" not in linked._words()


def test_what_does_not_fit_is_named():
    with pytest.raises(ValueError, match="1 tables: two are compared"):
        compare_maps({"One": table(0)})
    with pytest.raises(ValueError, match="1 names are in both tables, of 30 and 1"):
        compare_maps({"One": table(0), "Other": table(1, NAMES[:1])})
    with pytest.raises(ValueError, match="k=0"):
        compare_maps({"One": table(0), "Other": table(1)}, k=0)
    with pytest.raises(KeyError, match="did you mean"):
        compare_maps({"One": table(0), "Other": table(1)}, selected="n99")


def test_a_search_in_vain_is_forgotten_with_the_next(linked):
    box = linked.explorers[0].search_box
    box.value = "n3"
    box.value = "zzz"
    assert "“zzz” is not on the map" in linked.panel.html
    box.value = "n3"
    assert "Nearest to n3" in linked.panel.html
    box.value = "zzz"
    box.value = ""
    assert "Search for a name" in linked.panel.html


def test_what_is_changed_in_either_map_renews_the_still_picture(linked, monkeypatch):
    renewed = []
    monkeypatch.setattr(linked, "_displayed", True)
    monkeypatch.setattr("embedviz.widgets.base.running_loop", lambda: renewed.append(1))
    linked.explorers[0].color_box.value = COMMON
    before = len(renewed)
    linked.explorers[0].dim_box.value = 3
    assert len(renewed) > before > 0


def test_a_flat_embedding_beside_a_deep_one():
    deep, flat = table(0), EmbeddingTable(NAMES, np.random.default_rng(1).normal(size=(30, 2)))
    for tables in ({"a": deep, "b": flat}, {"a": flat, "b": deep}):
        linked = compare_maps(tables)
        assert linked.explorers[0].dim_box.layout.display == "none"
        linked.explorers[0].dim_box.value = 3
        assert [explorer.map.placed.shape for explorer in linked.explorers] == [(30, 3)] * 2


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


def test_options_are_given_by_name():
    with pytest.raises(TypeError, match="positional"):
        compare_maps({"One": table(0), "Other": table(1)}, None, None, "kind")
