"""All datasets by name: what `embedviz fetch` and `embedviz list` know of."""

import difflib

from embedviz.datasets.books import KOEHRSEN_VECTORS, WIKIBOOKS
from embedviz.datasets.cards import read_card
from embedviz.datasets.films import FILMS
from embedviz.datasets.flights import FLIGHTS
from embedviz.datasets.movielens import MOVIELENS
from embedviz.datasets.store.cache import Dataset
from embedviz.datasets.store.package_index import DatasetError
from embedviz.datasets.texts import SPEECHES, TEXT8
from embedviz.datasets.word_similarity import WORD_SIMILARITY

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (FILMS, FLIGHTS, WIKIBOOKS, KOEHRSEN_VECTORS, SPEECHES, WORD_SIMILARITY, MOVIELENS, TEXT8)
}

#: What the package ships: nothing to fetch.
SHIPPED = {"books": "real books with hand-compiled links (embedviz, CC BY 4.0)"}


def dataset(name: str) -> Dataset:
    """The registry's entry for `name`.

    Raises:
        DatasetError: there is none; the message suggests close names.
    """
    if name not in DATASETS:
        known = [*SHIPPED, *DATASETS]
        close = difflib.get_close_matches(name.lower(), known, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else f"there are {', '.join(map(repr, known))}"
        raise DatasetError(f"no dataset {name!r}: {hint}")
    return DATASETS[name]


def dataset_card(name: str) -> str:
    """The data card of a dataset, Markdown: source, license, size, what it is not, how to cite it.

    Raises:
        DatasetError: no such dataset.
    """
    if name not in SHIPPED:
        dataset(name)
    return read_card(name)
