"""The retrieval explorer as an object; in the browser: test_browser_retrieval."""

import sys
import threading

import numpy as np
import pandas as pd
import pytest
import torch
from ipywidgets.widgets.widget import _instances
from test_two_tower import GENRE, GENRES, HAS, ITEM_IDS, PAIRS, TASTE, USER_IDS

from embedviz.inputs.features import Feature
from embedviz.inputs.pairs import Pairs
from embedviz.measure.ranking import top_items
from embedviz.train.recipes import train_two_tower
from embedviz.widgets.retrieval import explore_retrieval

AGE = Feature.of("age", [["young", "old", None][t] for t in TASTE])
FRAME = pd.DataFrame({"genre": [f"g{g}" for g in GENRE]}, index=PAIRS.contexts)


@pytest.fixture(scope="module")
def model():
    return train_two_tower(
        PAIRS, [AGE], [ITEM_IDS, GENRES], [ITEM_IDS, GENRES], epochs=20, batch_size=64, dim=8, lr=0.05
    )


@pytest.fixture
def explorer(model):
    return explore_retrieval(model, PAIRS, FRAME, user="u4", k=5)


def test_a_user_of_the_training_data_gets_what_the_model_says(model, explorer):
    users, items = model.vectors()
    assert explorer.vector == pytest.approx(users[4], abs=1e-5)
    [best] = top_items(users[[4]], items, PAIRS.matrix[[4]], k=5)
    assert explorer.recommended["name"].tolist() == PAIRS.contexts[best].tolist()
    assert explorer.recommended["score"].to_numpy() == pytest.approx(items[best] @ users[4], abs=1e-5)
    assert explorer.profile == {"age": "old"} and explorer.liked == PAIRS.contexts[HAS[4]].tolist()


def test_the_reasons_are_the_largest_parts_of_the_score(model, explorer):
    parts = model.user_parts({"age": "old"}, np.flatnonzero(HAS[4]))
    vectors = np.stack(parts["vector"])
    name, score, reasons = explorer.recommended.iloc[0]
    item = model.item_vectors(torch.tensor([PAIRS.contexts.tolist().index(name)])).detach().numpy()[0]
    shares = vectors @ item / np.linalg.norm(vectors.sum(0))
    assert shares.sum() == pytest.approx(score, abs=1e-5)
    assert [share for _, share in reasons] == pytest.approx(sorted(shares, reverse=True)[:3], abs=1e-5)
    what = ["age old", *PAIRS.contexts[HAS[4]]][int(shares.argmax())]
    assert reasons[0][0] == what


def test_a_user_of_ones_own_moves_with_what_is_chosen(explorer):
    explorer.load(None)
    assert explorer.recommended.empty and explorer.lit == [] and "nothing is known" in explorer.describe()
    assert not explorer.vector.any()
    data, metadata = explorer.static()  # without the user's point
    assert "Recommended: nothing" in metadata["image/png"]["alt"] and len(data["image/png"]) > 5000
    for item in np.flatnonzero(GENRE == 2)[:3]:
        explorer.like(PAIRS.contexts[item].upper() + " ")
    assert len(explorer.liked) == 3
    genres = [GENRE[PAIRS.contexts.tolist().index(name)] for name in explorer.recommended["name"]]
    assert genres == [2] * 5
    place = explorer._project(explorer.vector)
    centers = [explorer._coords[GENRE == g].mean(0) for g in range(3)]
    assert np.argmin([np.linalg.norm(place - center) for center in centers]) == 2
    before = explorer.recommended
    explorer.choose(age="young")
    assert explorer.profile == {"age": "young"} and not before.equals(explorer.recommended)
    explorer.choose(age=None)
    assert explorer.recommended.equals(before)
    explorer.toggle(explorer.liked[0])
    assert len(explorer.liked) == 2


def test_traits_are_set_and_observed(explorer):
    seen = []
    explorer.observe(lambda change: seen.append((change["name"], list(explorer.recommended["name"]))), explorer.SHARED)
    explorer.user = "u0"
    assert explorer.profile == {"age": "young"} and explorer.liked == PAIRS.contexts[HAS[0]].tolist()
    explorer.profile = {}
    assert explorer.profile == {"age": None} and "age" not in explorer.describe()
    explorer.liked = [name := explorer.recommended["name"][0], f" {name} "]
    assert explorer.liked == [name] and name not in set(explorer.recommended["name"])
    assert [what for what, _ in seen] == ["profile", "liked", "user", "profile", "liked"]
    assert seen[0][1] == seen[1][1] == seen[2][1]  # what one user is recommended: changed together
    explorer.like("i1")
    assert explorer.asked == "i1" and explorer.liked == [name]
    explorer.load(None)
    assert explorer.user is None and explorer.liked == [] and explorer.asked == ""


def test_a_state_of_the_page_is_taken_as_it_is(explorer):
    """It says all of a user who was loaded and changed: the kernel does not load them once more."""
    explorer.set_state({"user": "u0", "profile": {"age": "old"}, "liked": ["i03"], "asked": "x"})
    assert (explorer.user, explorer.profile, explorer.liked, explorer.asked) == ("u0", {"age": "old"}, ["i03"], "x")
    explorer.set_state({"user": "u1"})
    assert explorer.liked == ["i03"]
    explorer.user = "u2"
    assert explorer.liked == PAIRS.contexts[HAS[2]].tolist()


def test_a_thread_of_the_kernel_and_a_cell_at_once(explorer):
    """A subshell takes messages of the page while a cell changes the same explorer: no change is half of two."""
    users = [f"u{i}" for i in range(28)]
    whole = {}
    for user in users:
        explorer.load(user)
        whole[user] = (dict(explorer.profile), list(explorer.liked))
    wrong = []

    def page():
        for user in users * 3:
            profile, liked = whole[user]
            explorer.set_state({"user": user, "profile": profile, "liked": liked})

    def seen(change):
        if (explorer.profile, explorer.liked) != whole[explorer.user]:
            wrong.append(explorer.user)

    explorer.observe(seen, "user")
    thread = threading.Thread(target=page)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # seconds: threads take turns often
    try:
        thread.start()
        for user in reversed(users * 3):
            explorer.load(user)
        thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == [] and (explorer.profile, explorer.liked) == whole[explorer.user]


def test_someone_who_has_seen_nearly_all_gets_a_short_list(model):
    explorer = explore_retrieval(model, PAIRS, k=10, liked=PAIRS.contexts[:20].tolist())
    assert len(explorer.recommended) == 4
    explorer.liked = PAIRS.contexts.tolist()
    assert explorer.recommended.empty and "Recommended: nothing" in explorer.describe()


def test_wrong_arguments(model, explorer):
    with pytest.raises(ValueError, match="k=25: there are 24 items"):
        explore_retrieval(model, PAIRS, k=25)
    with pytest.raises(KeyError, match="no user 'x'; there are 30"):
        explorer.load("x")
    with pytest.raises(KeyError, match="Casablanca"):
        explore_retrieval(model, PAIRS, liked=["Casablanca"])
    with pytest.raises(KeyError, match="no feature 'height'"):
        explorer.choose(height="tall")
    with pytest.raises(ValueError, match="age='ancient': it must be one of old, young"):
        explorer.choose(age="ancient")
    before = explorer.user, explorer.profile, explorer.liked
    for trait, value, error in [
        ("user", "x", "no user 'x'"),
        ("profile", {"height": "tall"}, "no feature 'height'"),
        ("profile", {"age": ["old", "ancient"]}, "age='ancient'"),
        ("liked", ["i03", "Casablanca"], "Casablanca"),
    ]:
        with pytest.raises((KeyError, ValueError), match=error):
            setattr(explorer, trait, value)
    assert before == (explorer.user, explorer.profile, explorer.liked)
    deep = train_two_tower(PAIRS, [USER_IDS], [ITEM_IDS], epochs=1, hidden=4)
    with pytest.raises(ValueError, match="hidden layer"):
        explore_retrieval(deep, PAIRS)


def test_the_page_gets_each_fact_once(model):
    frame = pd.DataFrame({"genre": ["<b>x</b>", None, ["a", "b"]] * 8, 3: 1.0}, index=PAIRS.contexts)
    genre, number = explore_retrieval(model, PAIRS, frame, user="u4").payload["facts"]
    assert genre["label"] == "genre" and genre["texts"].decode().split("\n") == ["<b>x</b>", "a, b"]
    assert np.frombuffer(genre["codes"], np.int32).tolist() == [0, -1, 1] * 8
    assert number["label"] == "3" and number["texts"] == b"1"


def test_a_feature_of_too_many_values_and_several_of_one_count_too(monkeypatch):
    """The vector of a loaded user is the model's own, though no box can say all of it."""
    monkeypatch.setattr("embedviz.widgets.retrieval.MOST_VALUES", 5)
    tastes = Feature.of("tastes", [("a", "b", "c")[: 1 + i % 3] for i in range(30)])
    model = train_two_tower(PAIRS, [USER_IDS, AGE, tastes], [ITEM_IDS], [ITEM_IDS], epochs=5, batch_size=64, dim=8)
    users, _ = model.vectors()
    explorer = explore_retrieval(model, PAIRS, k=5)
    assert set(explorer.profile) == {"age", "tastes"}
    for row in (0, 1, 2, 29):
        explorer.load(f"u{row}")
        np.testing.assert_allclose(explorer.vector, users[row], atol=1e-5)
        assert f"user u{row}" in explorer.describe()
    assert "tastes a, b, c" in explorer.describe() and explorer.profile["tastes"] == ["a", "b", "c"]
    explorer.choose(tastes="a")  # it alone
    assert "tastes a;" in explorer.describe()
    explorer.load("u2")
    explorer.profile = {"tastes": ("c", "c"), "age": None}
    assert "tastes c;" in explorer.describe() and "user u2" in explorer.describe()
    explorer.load(None)
    assert explorer.recommended.empty


def test_items_and_users_are_found_by_any_key():
    rows = [(user, item) for user in range(8) for item in range(6) if (user + item) % 2]
    pairs = Pairs.from_frame(pd.DataFrame(rows, columns=["user", "item"]), "user", "item")
    ids = Feature.of("item", pairs.contexts)
    model = train_two_tower(pairs, [], [ids], [ids], epochs=1, batch_size=8, dim=4)
    frame = pd.DataFrame({"kind": list("fedcba")}, range(5, -1, -1))  # by key, though it is a RangeIndex the other way
    explorer = explore_retrieval(model, pairs, frame, color="kind", user=3, liked=[5, "1", 1.0], k=1)
    assert "5" in explorer.liked and len(set(explorer.liked)) == len(explorer.liked)
    kinds = [explorer.groups.labels[code] for code in explorer.groups.codes[:-1]]
    assert kinds == ["abcdef"[int(name)] for name in pairs.contexts]
    explorer.load(None)
    explorer.like(" 5 ")
    assert explorer.liked == ["5"]
    explorer.toggle(5)
    assert explorer.liked == []
    explorer.like("\ud800")
    assert explorer.asked == "?" and explorer.liked == []


def test_closing_leaves_no_models_behind(model):
    explore_retrieval(model, PAIRS).close()
    count = len(_instances)
    explore_retrieval(model, PAIRS, FRAME, user="u4").close()
    assert len(_instances) == count
