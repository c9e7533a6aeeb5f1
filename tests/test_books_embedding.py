"""What chapter 2 promises of its vectors, over three seeds; on overlap, never on cosines."""

import os
from pathlib import Path

import pytest

from embedviz.datasets.books import load_books
from embedviz.inputs.pairs import Pairs
from embedviz.measure.shared_labels import label_matrix, neighbor_scores
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable
from embedviz.train.recipes import train_softmax

SAMPLE = (
    Path(os.environ.get("EMBEDVIZ_SHARED", Path(__file__).parents[2] / "shared")) / "data/koehrsen_p15_books_900.ndjson"
)


def train(pairs, seed, **options):
    return EmbeddingTable(pairs.items, train_softmax(pairs, seed, **options)[0])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_war_and_peace_lives_among_russian_books(seed):
    data = load_books()
    table = train(Pairs.from_frame(data.pairs, min_items=4), seed)
    language = data.books.set_index("title")["language"]
    assert (language[nearest(table, "War and Peace", k=10)["name"]] == "Russian").sum() >= 5


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLE.exists(), reason="no shared reference data here")
def test_real_wikipedia_extracts_train_with_no_special_case():
    """Koehrsen's first 900 lines: neighbors share an author or genre several times as often as two books at random."""
    data = load_books(SAMPLE)
    pairs = Pairs.from_frame(data.pairs)
    facts = data.books.set_index("title").loc[pairs.items]
    labels = label_matrix(
        [
            [*map(str.lower, authors), *map(str.lower, genres)]
            for authors, genres in zip(facts["authors"], facts["genres"])
        ]
    )
    share = labels @ labels.T > 0
    chance = (share.sum() - share.diagonal().sum()) / (len(facts) * (len(facts) - 1))
    got = neighbor_scores(train(pairs, 0).vectors, labels)["precision"]
    assert got > 4 * chance
