"""The tables that the tasks write, and how: Parquet, a row at a time."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

REDIRECTS = pa.schema([("namespace", pa.int32()), ("title", pa.string()), ("target", pa.string())])
CANDIDATES = pa.schema(
    [
        ("title", pa.string()),
        ("page", pa.int64()),
        ("revision", pa.int64()),
        ("timestamp", pa.string()),
        ("text", pa.string()),
    ]
)
DEAD_LETTERS = pa.schema(
    [("title", pa.string()), ("page", pa.int64()), ("revision", pa.int64()), ("reason", pa.string())]
)
BOOKS = pa.schema(
    [
        ("title", pa.string()),
        ("box", pa.int32()),  # 0 is the first of a page
        ("authors", pa.list_(pa.string())),
        ("year", pa.int32()),
        ("country", pa.string()),
        ("language", pa.string()),
        ("genres", pa.list_(pa.string())),
        ("publisher", pa.string()),
        ("page", pa.int64()),
        ("revision", pa.int64()),
        ("timestamp", pa.string()),
    ]
)
LINKS = pa.schema([("title", pa.string()), ("link", pa.string()), ("section", pa.string()), ("kind", pa.string())])
GROUP_BYTES = 16_000_000  # of text in a row group


class Table:
    """A Parquet file, written a row at a time, in row groups whose size depends on the rows alone."""

    def __init__(self, path: Path, schema: pa.Schema):
        self._schema, self._rows, self._bytes = schema, [], 0
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")

    def add(self, row: tuple) -> None:
        """One row, its values in the schema's order."""
        self._rows.append(row)
        self._bytes += 100 + sum(len(value) for value in row if isinstance(value, str))
        if self._bytes > GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        columns = zip(*self._rows) if self._rows else [[] for _ in self._schema]
        arrays = [pa.array(list(values), field.type) for values, field in zip(columns, self._schema)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._rows, self._bytes = [], 0

    def close(self) -> None:
        """Write what is left; the file is then whole."""
        if self._writer.is_open:
            self._flush()
            self._writer.close()

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *exception) -> None:
        if self._writer.is_open:
            self._writer.close()


def row_groups(file: Path) -> Iterator[pa.Table]:
    """The row groups of a Parquet file, one after the other."""
    with pq.ParquetFile(file) as parquet:
        for group in range(parquet.num_row_groups):
            yield parquet.read_row_group(group)
