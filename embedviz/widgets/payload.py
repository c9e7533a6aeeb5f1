"""What the page of an explorer is given: names, vectors, links and facts, as bytes.

Names and other texts travel as UTF-8, joined by line breaks; numbers as they lie in memory, little-endian.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import traitlets
from ipywidgets import Widget

from embedviz.base.names import tidy
from embedviz.inputs.pairs import Pairs
from embedviz.space.enrichment import Traits
from embedviz.space.epochs import EpochMaps, widened
from embedviz.space.neighbors import top_k
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import compact
from embedviz.widgets.look import Groups, cell_texts


class Table(Widget):
    """The vectors of a table in the page; one of several, where there are epochs.

    A widget of its own, so that one more epoch sends one more table, and not all of them again.
    """

    epoch = traitlets.Int(None, allow_none=True).tag(sync=True)
    dim = traitlets.Int().tag(sync=True)
    vectors = traitlets.Bytes().tag(sync=True)  # float32, (n, dim)

    def __init__(self, table: EmbeddingTable, epoch: int | None = None):
        super().__init__(epoch=epoch, dim=table.dim, vectors=table.vectors.tobytes())
        self.table = table


def page_tables(maps: EpochMaps, k: int) -> list[dict]:
    """The tables for a page without a kernel, in few bytes: of earlier epochs the map and the k nearest, no vectors."""
    last, past = maps.tables[-1], [top_k(table.vectors, k=k) for table in maps.tables[:-1]]
    tables = [{"epoch": epoch, "dim": last.dim, "vectors": b""} for epoch in maps.epochs or [None]]
    tables[-1]["vectors"] = compact.vectors(last.vectors)
    rows = compact.neighbor_lists([rows.astype(np.int32) for rows, _ in past])
    similarities = compact.similarity_lists([similarities for _, similarities in past])
    for table, own, values in zip(tables, rows, similarities):
        table |= {"neighbors": own, "similarities": values}
    if len(maps) > 1:
        # The first two columns are the flat map.
        places = [widened(maps.place(at, maps.low(3)), 3) for at in range(len(maps))]
        for table, place in zip(tables, compact.coordinates(places)):
            table["place"] = place
    return [{"$widget": table} for table in tables]


def packed_texts(texts: Iterable[str]) -> bytes:
    """Texts as UTF-8, joined by line breaks; white space within one becomes a space, half a surrogate pair a "?"."""
    lines = (text if text.isprintable() else " ".join(text.split()) for text in texts)
    return "\n".join(lines).encode("utf-8", "replace")


def packed_columns(frame: pd.DataFrame) -> list[dict]:
    """What each column says of each name: label, texts (those there are), codes (int32 (n,); −1: nothing)."""
    columns = []
    for column in frame.columns:
        codes, said = cell_texts(frame[column])
        numbers, texts = pd.factorize(np.array([tidy(text) or None for text in said], dtype=object))  # each once
        codes = np.append(numbers, -1)[codes]
        columns.append(
            {"label": str(column), "texts": packed_texts(texts), "codes": codes.astype(np.int32).tobytes()},
        )
    return columns


def packed_classes(label: str, groups: Groups) -> dict:
    """A color to choose: label, codes (uint8 (n,)), classes (label, count, color, dark, shape, rest)."""
    return {"label": label, "codes": groups.codes.astype(np.uint8).tobytes(), "classes": groups.classes}


def packed_numbers(columns: Mapping[str, np.ndarray]) -> list[dict]:
    """Sizes to choose: label, values (float32 (n,), 0 where there is none)."""
    return [
        {"label": label, "values": np.nan_to_num(values.astype(np.float32), posinf=0, neginf=0).tobytes()}
        for label, values in columns.items()
    ]


def packed_links(names: Sequence[Hashable], pairs: Pairs | None) -> dict | None:
    """The contexts of each name, as a sparse matrix: contexts, frequency (int32 (m,)), starts, indices (int32).

    Raises:
        ValueError: no name has a pair.
    """
    if pairs is None:
        return None
    matrix = Traits(names, pairs).matrix
    frequency = np.bincount(pairs.index[:, 1], minlength=len(pairs.contexts))
    return {
        "contexts": packed_texts(pairs.contexts.tolist()),
        "frequency": frequency.astype(np.int32).tobytes(),
        **_packed_rows(matrix),
    }


def packed_facts(names: Sequence[Hashable], frame: pd.DataFrame) -> dict:
    """What the columns of text say of each name, as traits that a group may share: labels, starts, indices."""
    facts = Traits(names, None, frame)
    return {"labels": packed_texts(facts.labels.tolist()), **_packed_rows(facts.matrix)}


def _packed_rows(matrix):
    starts, indices = (part.astype(np.int32).tobytes() for part in (matrix.indptr, matrix.sorted_indices().indices))
    return {"starts": starts, "indices": indices}
