"""The embedding table: one name, one vector; saved without pickle, exported for other tools."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from embedviz.base.arrays import to_numpy
from embedviz.base.files import user_path, write_atomically
from embedviz.base.names import NameIndex, as_name, as_names, close_names


@dataclass(frozen=True)
class EmbeddingTable:
    """Names and their vectors. Keys of any kind become names, and are looked up as such, see `as_name`.

    Attributes:
        names: unique, object array of str, of shape (n,).
        vectors: float32 array of shape (n, dim), finite: a copy of what was given (an array, a tensor, a frame).

    Raises:
        ValueError: lengths differ, a name comes twice or is missing, or a vector is not finite.
        TypeError: the vectors are sparse or no real numbers, or a name is a list, say.
    """

    names: np.ndarray
    vectors: np.ndarray = field(repr=False)

    def __post_init__(self):
        index, vectors = NameIndex(self.names), to_numpy(self.vectors)
        if vectors.dtype.kind not in "fiub":
            raise TypeError(f"vectors of type {vectors.dtype}: real numbers are needed")
        if vectors.ndim != 2 or len(index) != len(vectors):
            raise ValueError(f"{len(index)} names for vectors of shape {vectors.shape}: need (number of names, dim)")
        with np.errstate(over="ignore"):  # becomes infinity, which is told below
            vectors = np.array(vectors, dtype=np.float32)  # a copy: training goes on elsewhere
        if len(bad := np.flatnonzero(~np.isfinite(vectors).all(axis=1))):
            raise ValueError(f"the vector of {index.names[bad[0]]!r} is not finite: did training diverge?")
        self.__dict__.update(names=index.names, vectors=vectors, _index=index)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self.names.tolist())

    def __contains__(self, name) -> bool:
        return name in self._index

    def __getitem__(self, name) -> np.ndarray:
        """The vector of `name`, float32 of shape (dim,)."""
        return self.vectors[self.number(name)]

    @property
    def dim(self) -> int:
        return self.vectors.shape[1]

    def number(self, name) -> int:
        """The row of `name`.

        Raises:
            KeyError: it is not in the table; the message suggests close spellings.
            TypeError, ValueError: it can be no name, see `as_name`.
        """
        return self._index.row(name)

    def suggest(self, text: str, n: int = 5) -> list[str]:
        """Up to n names that `text` may mean, see `close_names`."""
        return close_names(text, self.names.tolist(), n)

    def look_up(self, text: str, n: int = 8) -> tuple[str | None, list[str]]:
        """What a text typed by hand means.

        Returns:
            (the name that it is, but for case, white space and how its letters are composed, or None; up to n names
            that it may mean).
        """
        try:
            text = as_name(text)
        except ValueError:  # half a letter, say: no name has that
            return None, []
        if not text:
            return None, []
        if text in self:
            name = str(self.names[self.number(text)])
            return name, [name]
        close = self.suggest(text, n)
        return (close[0] if close and close[0].casefold() == text.casefold() else None), close

    def subset(self, names: Iterable) -> "EmbeddingTable":
        """The table of these names only, in their order.

        Raises:
            KeyError: a name is not in the table; the message suggests close spellings.
            TypeError: names is a str.
        """
        rows = [self.number(name) for name in as_names(names)]
        return EmbeddingTable(self.names[rows], self.vectors[rows])

    def save(self, path: str | Path) -> Path:
        """Write a .npz of two plain arrays: `vectors` (float32) and `names` (JSON list as UTF-8 bytes); no pickle.

        Args:
            path: of the file; "~" is expanded.

        Returns:
            Where it is.
        """
        names = np.frombuffer(json.dumps(self.names.tolist(), ensure_ascii=False).encode(), dtype=np.uint8)

        def write(temporary):
            with open(temporary, "wb") as file:
                np.savez_compressed(file, vectors=self.vectors, names=names)

        return write_atomically(path, write)

    @classmethod
    def load(cls, path: str | Path) -> "EmbeddingTable":
        """Read what `save` wrote.

        Args:
            path: of the file; "~" is expanded.

        Raises:
            FileNotFoundError: no such file.
            ValueError: the file is not an embedding table, or there is no such home.
        """
        path = user_path(path)
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls(json.loads(file["names"].tobytes().decode()), file["vectors"])
        except (FileNotFoundError, IsADirectoryError, PermissionError):
            raise
        except Exception as error:
            raise ValueError(f"{path} is not an embedding table saved by EmbeddingTable.save: {error}") from error

    def to_word2vec(self, path: str | Path) -> Path:
        """Write the word2vec text format, which `gensim.models.KeyedVectors.load_word2vec_format` reads.

        That format ends a name at its first space, so white space becomes "_".

        Raises:
            ValueError: two names become the same.
        """
        names = ["_".join(name.split()) for name in self.names.tolist()]
        if len(set(names)) < len(names):
            twice = max(names, key=names.count)
            raise ValueError(
                f"two names would be {twice!r}, since the word2vec format keeps no white space: rename one"
            )
        rows = (" ".join([name, *map(repr, vector)]) for name, vector in zip(names, self.vectors.tolist()))
        text = "\n".join([f"{len(self)} {self.dim}", *rows, ""])
        return write_atomically(path, text)

    def to_projector(self, folder: str | Path) -> tuple[Path, Path]:
        """Write vectors.tsv and metadata.tsv, as TensorFlow's Embedding Projector loads them; returns their paths."""
        vectors = "".join("\t".join(map(repr, vector)) + "\n" for vector in self.vectors.tolist())
        names = "".join(" ".join(name.split()) + "\n" for name in self.names.tolist())
        return tuple(
            write_atomically(Path(folder) / file, text)
            for file, text in (("vectors.tsv", vectors), ("metadata.tsv", names))
        )
