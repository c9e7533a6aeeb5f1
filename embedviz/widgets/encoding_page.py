"""What the encoding lab's page is given: a sample of its rows, as codes and targets. The page trains on it, see js/lab.

Its network is smaller than the kernel's, and it knows three of the five encodings: label, one-hot and embedding.
"""

from collections.abc import Sequence

import numpy as np

from embedviz.base.names import as_names
from embedviz.inputs.encodings import Categories
from embedviz.inputs.tasks import Task
from embedviz.widgets.chart import SHAPES, packed
from embedviz.widgets.look import ORDERED, PALETTE
from embedviz.widgets.payload import packed_texts

ROWS = {"train": 4_800, "validation": 1_200}  # at most: some tens of kB, and an epoch of milliseconds

ENCODINGS = ("label", "one-hot", "embedding")  # of a model of js/lab/model.js

NETWORKS = {32: "32 hidden units", 0: "linear"}
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
EPOCHS = (8, 20, 60, 200)
USUAL_RATE = 0.01  # of Adam: both networks get far with it, in 8 epochs


def page_values(
    task: Task,
    columns: Sequence[str],
    choice: tuple[str, str, int | None],
    trained: Sequence[tuple[str, str, int | None]],
    sizes: Sequence[int],
    epochs: int,
    seed: int,
    **words,
) -> dict:
    """All that the page holds, see js/lab/main.js.

    Args:
        task: the rows; the page gets a sample of them.
        columns: to choose from.
        choice: (column, encoding, size or None) to start from; of an encoding that the page does not have: embedding.
        trained: the choices that the page trains when it opens.
        sizes: of an embedding, to choose from.
        epochs: of a run, at first.
        seed: of the sample, and of the first run of each choice.
        words: `shown`, the most categories in a table, `least`, how often a value must occur in the training rows not
            to count as unknown, and `error`, name and unit of the error.
    """
    options = {
        "column": _options(columns),
        "encoding": _options(ENCODINGS),
        "size": _options(sizes),
        "hidden": [{"value": value, "label": label} for value, label in NETWORKS.items()],
        "rate": _options(RATES),
        "epochs": _options(sorted({*EPOCHS, epochs})),
    }
    start = {"column": columns[0], "encoding": "embedding", "size": 8, "hidden": max(NETWORKS), "rate": USUAL_RATE}
    usual = {**start, "epochs": epochs} | (_choice(choice) or {"column": choice[0]})
    looks = [{"color": color, "shape": shape} for color, shape in zip(PALETTE, SHAPES)]
    groups = [{"color": color, "shape": shape} for color, shape in zip(ORDERED[::2], SHAPES)]
    more = {"name": task.name, "unit": task.unit, "classification": task.classification}
    more |= {"counted": len(task.rows("train")), "looks": looks, "groupLooks": groups}
    return {
        **usual,
        "usual": usual,
        "options": options,
        "trained": [made for one in trained if (made := _choice(one))],
        "seed": seed,
        "words": words | more,
        "rows": page_rows(task, columns, words["least"], seed),
    }


def page_rows(task: Task, columns: Sequence[str], min_count: int, seed: int) -> dict:
    """A sample of the rows, drawn once.

    Args:
        task: what to predict.
        columns: of categories, those to choose from.
        min_count: a value that occurs less often in the training rows of `task`, not of the sample, counts as unknown.
        seed: of the sample.

    Returns:
        {"target": {part: float64}, "columns": [{"name", "names": texts, the first "(unknown)", "codes": {part: uint16,
        or int32 where there are more names}, "bytes": of a code}, …]} for the parts "train" and "validation"; arrays
        as bytes.
    """
    sample, training = task.sample(ROWS["train"], ROWS["validation"], seed), task.rows("train")
    rows = {part: sample.rows(part) for part in ROWS}
    coded = []
    for column in columns:
        categories = Categories.fit(as_names(task.columns[column].iloc[training], missing="keep"), min_count)
        kind = np.dtype("<u2" if len(categories) <= 2**16 else "<i4")
        codes = categories.codes(sample.columns[column]).astype(kind)
        own = {"name": column, "names": packed_texts(categories.names), "bytes": kind.itemsize}
        coded.append(own | {"codes": {part: codes[at].tobytes() for part, at in rows.items()}})
    return {"target": {part: packed(sample.target[at]) for part, at in rows.items()}, "columns": coded}


def _options(values):
    return [{"value": value, "label": str(value)} for value in values]


def _choice(choice):
    """A choice of the kernel's lab as the page has it, or None."""
    column, encoding, size = choice
    if encoding not in ENCODINGS:
        return None
    return {"column": column, "encoding": encoding} | ({"size": size} if size is not None else {})
