"""The page's recommendations against the model's: each is the other's referee."""

import numpy as np
import pytest
import torch

from embedviz.inputs.features import Feature
from embedviz.inputs.pairs import Pairs
from embedviz.models.two_tower import Tower, TwoTower
from embedviz.widgets.retrieval import explore_retrieval

pytestmark = pytest.mark.browser

LETTERS = np.array(["one", "two", "three", "日本", "é", "x y", "<b>", "“q”"], dtype=object)

RECOMMEND = """
(payload, states, k) => {
  const { read } = loaded["retrieval/data.js"], { given } = loaded["retrieval/people.js"];
  const { parts, recommend } = loaded["retrieval/taste.js"], data = read(payload);
  return states.map(({ user, profile, liked }) => {
    const history = liked.map((name) => data.names.row(name));
    const { vector, rows, scores, reasons } = recommend(
      data, parts(data, given(data, user, profile), history), history, k);
    const what = ({ feature, value, item }) => item === undefined ? `${feature} ${value}` : data.names.at(item);
    return { vector: vector && [...vector], names: rows.map((row) => data.names.at(row)), scores,
             reasons: reasons.map((own) => own.map(({ part, share }) => [what(part), share])) };
  });
}
"""


@pytest.fixture
def page(modules):
    for name in ("data", "people", "taste"):
        modules.load(f"retrieval/{name}.js")
    return modules


def random_model(seed, kind="all", n_users=12, n_items=30):
    """A model as it might be after training: (model, pairs)."""
    rng = np.random.default_rng(seed)
    users = np.array([f"u{i}" for i in rng.permutation(n_users)], dtype=object)
    items = np.array([f"{LETTERS[i % len(LETTERS)]} {i}" for i in range(n_items)], dtype=object)
    has = rng.random((n_users, n_items)) < rng.choice([0.1, 0.4], size=(n_users, 1))
    has[0] = False  # an empty history
    has[1, 1:] = True  # nearly everything seen
    pairs = Pairs(users, items, np.argwhere(has))

    def some(most):
        return [tuple(rng.choice(LETTERS, rng.integers(0, most + 1), replace=False)) for _ in range(n_users)]

    own = [Feature.of("taste", some(3)), Feature.of("age", some(1)), Feature.of("user", users)]
    ids = Feature.of("item", items)
    towers = [
        Tower(own[:2] if kind == "no numbers" else own, 8, init=1, seed=seed) if kind != "history only" else None,
        Tower([ids], 8, init=1, seed=seed + 1),
        Tower([ids], 8, init=1, seed=seed + 2) if kind != "features only" else None,
    ]
    if kind == "ties":
        with torch.no_grad():
            for tower in towers[1:]:
                tower.embeddings[:] = tower.embeddings[torch.arange(n_items) % 7]
    return TwoTower(pairs, *towers), pairs


def states_of(explorer, seed, n=6):
    """Users of the training data, changed and unchanged, and made-up ones: as (user, profile, liked)."""
    rng = np.random.default_rng(seed)
    names = explorer.pairs.contexts.tolist()
    for user in [None, *explorer.pairs.items[:n]]:
        explorer.load(user)
        yield {"user": explorer.user, "profile": explorer.profile, "liked": explorer.liked}
        for feature, values in explorer._offered.items():
            explorer.choose(**{feature: rng.choice([None, *values])})
        explorer.toggle(str(rng.choice(names)))
        yield {"user": explorer.user, "profile": explorer.profile, "liked": explorer.liked}
    yield {"user": None, "profile": dict.fromkeys(explorer.profile), "liked": names}


@pytest.mark.parametrize("kind", ["all", "no numbers", "history only", "features only", "ties"])
@pytest.mark.parametrize("seed", range(4))
def test_the_page_recommends_what_the_model_does(page, kind, seed, monkeypatch):
    monkeypatch.setattr("embedviz.widgets.retrieval.MOST_VALUES", 9)  # the users' own numbers are more
    explorer = explore_retrieval(*random_model(seed, kind), k=7)
    states = list(states_of(explorer, seed))
    for state, found in zip(states, page.evaluate(RECOMMEND, explorer.payload, states, explorer.k), strict=True):
        explorer._show(**state)
        expected = explorer.recommended
        assert found["names"] == expected["name"].tolist()
        np.testing.assert_allclose(found["scores"], expected["score"], atol=1e-5)
        vector = found["vector"] or np.zeros(8)
        np.testing.assert_allclose(vector, explorer.vector, atol=1e-5)
        for own, reasons in zip(found["reasons"], expected["reasons"], strict=True):
            assert [what for what, _ in own] == [what for what, _ in reasons]
            np.testing.assert_allclose([share for _, share in own], [share for _, share in reasons], atol=1e-5)
    if kind == "ties":
        assert any(len(set(found.round(6))) < len(found) for found in [expected_scores(explorer, s) for s in states])


def expected_scores(explorer, state):
    explorer._show(**state)
    return explorer.recommended["score"].to_numpy()


def test_the_page_loads_each_user_as_the_kernel_does(page, monkeypatch):
    monkeypatch.setattr("embedviz.widgets.retrieval.MOST_VALUES", 9)
    explorer = explore_retrieval(*random_model(3))
    users = [None, *explorer.pairs.items.tolist()]
    code = """(payload, users) => users.map((user) => loaded["retrieval/people.js"].load(
        loaded["retrieval/data.js"].read(payload), user))"""
    for user, found in zip(users, page.evaluate(code, explorer.payload, users), strict=True):
        explorer.load(user)
        assert found == {"user": user, "profile": explorer.profile, "liked": explorer.liked}


def test_shares_by_hand(page):
    """A user of two films and a feature of two values, in the plane."""
    data = {
        "dim": 2,
        "items": np.array([1, 0, 0, 1, 0.6, 0.8], dtype=np.float32),
        "watched": np.array([3, 0, 0, 4, 0, 0], dtype=np.float32),
        "valueVectors": np.array([2, 0, 0, 6], dtype=np.float32),
    }
    code = """(data) => {
      data.places = new Map([["f", new Map([["a", 0], ["b", 1]])]]);
      const { parts, recommend } = loaded["retrieval/taste.js"];
      const found = parts(data, new Map([["f", ["a", "b", "a"]]]), [0, 1]);
      return [found.map((part) => part.vector), recommend(data, found, [0], 5)];
    }"""
    vectors, found = page.evaluate(code, data)
    expected = np.array([[1, 0], [0, 3], [3 / 2**0.5, 0], [0, 4 / 2**0.5]])
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    total = expected.sum(axis=0)
    items = np.array([[0, 1], [0.6, 0.8]])
    scores = items @ total / np.linalg.norm(total)
    assert found["rows"] == [1 + i for i in np.argsort(-scores)]
    np.testing.assert_allclose(found["scores"], sorted(scores, reverse=True), atol=1e-6)
    for row, own in zip(found["rows"], found["reasons"], strict=True):
        shares = np.sort(expected @ items[row - 1])[::-1] / np.linalg.norm(total)
        np.testing.assert_allclose([one["share"] for one in own], [s for s in shares[:3] if s > 0], atol=1e-6)
