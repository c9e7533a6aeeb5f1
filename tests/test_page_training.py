"""`train_in_page` without a page: what the page is given, and the same training by PyTorch."""

import numpy as np
import pandas as pd
import pytest
from page_file import held

from embedviz.inputs.pairs import Pairs
from embedviz.widgets import train_in_page

ROWS = [(f"{kind} {i}", f"{kind} {(3 * i + j) % 10}") for kind in "abc" for i in range(20) for j in range(6)]
PAIRS = Pairs.from_frame(pd.DataFrame(ROWS, columns=["title", "link"]))
TRAIN, HIDDEN = PAIRS.split(0.1, seed=0)
FACTS = pd.DataFrame({"kind": [name[0] for name in PAIRS.items]}, PAIRS.items)


@pytest.fixture
def make():
    made = []

    def one(train=TRAIN, hidden=HIDDEN, **options):
        made.append(train_in_page(train, hidden, FACTS, **{"dim": 8, "epochs": 6, "lr": 0.05} | options))
        return made[-1]

    yield one
    for widget in made:
        widget.close()


def test_a_page_holds_the_pairs_and_nothing_trained(make, tmp_path):
    training = make(selected="a 3")
    untrained = training.to_html(tmp_path / "before.html")
    training.run()
    values = held(training.to_html(tmp_path / "after.html"))
    assert values == held(untrained) and values.keys() == {"spec", "settings", "look", "map"}
    assert "tables" not in values["map"] and values["map"]["selected"] == "a 3"
    for pairs, links in ((TRAIN, values["map"]["data"]["links"]), (HIDDEN, values["spec"]["held"])):
        starts, indices = (np.frombuffer(links[part], dtype=np.int32) for part in ("starts", "indices"))
        rows = np.repeat(np.arange(len(PAIRS.items)), np.diff(starts))
        assert sorted(zip(rows, indices)) == sorted(map(tuple, pairs.index))


@pytest.mark.parametrize("method", ["softmax", "negatives"])
def test_a_run_here_trains_and_the_still_form_shows_it(make, method):
    training = make(method=method, selected="a 3")
    assert training.describe().startswith("Not trained yet.") and training.frame.empty
    before = training.static()[0]["image/png"]
    training.run()
    frame = training.frame
    assert frame.index.tolist() == [1, 2, 3, 4, 5, 6] and list(frame.columns) == ["loss", "hits@10", "seconds"]
    assert frame.loss.iloc[-1] < frame.loss.iloc[0]
    last = frame.iloc[-1]
    assert training.describe().startswith(f"Trained for 6 epochs: loss {last.loss:.3f}, hits@10 {last['hits@10']:.3f}.")
    data, metadata = training.static()
    assert data["image/png"] != before and metadata["image/png"]["alt"] == training.describe()
    assert training.explorer.epochs[-1] == 6
    again = training.vectors
    assert training.run().vectors == again  # from the start


def test_what_the_page_tells_is_shown(make):
    training = make()
    vectors = np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32)
    told = {
        "history": [{"epoch": 1, "loss": 2.5, "hits": 0.25, "seconds": 0.1}],
        "changes": [{"x": 0, "text": "log q off"}],
    }
    training._handle_custom_msg(told, [memoryview(vectors.tobytes())])
    assert training.describe().startswith("Trained for 1 epoch: loss 2.500, hits@10 0.250. After epoch 0: log q off.")
    np.testing.assert_array_equal(training.explorer.table.vectors, vectors)
    training._handle_custom_msg({"history": [], "changes": []}, [memoryview(vectors.tobytes())])  # started over
    assert training.describe().startswith("Not trained yet.") and training.explorer.epochs == []


@pytest.mark.parametrize(
    "options, message",
    [
        ({"method": "cbow"}, "method='cbow': it must be one of 'softmax', 'negatives'"),
        ({"lr": 0}, "lr=0: it must be positive and finite"),
        ({"temperature": float("inf")}, "temperature=inf"),
        ({"negatives": 0}, "negatives=0"),
        ({"epochs": 1.5}, "epochs=1.5"),
        ({"dim": 0}, "dim=0"),
        ({"seed": -1}, "seed=-1"),
        ({"hidden": HIDDEN.take([])}, "0 held out: both are needed"),
        ({"hidden": Pairs(PAIRS.items[::-1], PAIRS.contexts, [[0, 0]])}, "number different names"),
        ({"train": TRAIN.take(TRAIN.index[:, 0] > 0)}, "1 items have no pair, such as 'a 0'"),
    ],
)
def test_what_cannot_be_is_named(make, options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_an_unknown_name_leaves_nothing_behind(make):
    with pytest.raises(KeyError, match="nobody"):
        make(selected="nobody")
