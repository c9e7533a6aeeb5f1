"""The embedding table: one name, one vector; saved without pickle, exported for other tools."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from embedviz.base.arrays import to_numpy
from embedviz.base.files import write_atomically
from embedviz.base.names import close_names


@dataclass(frozen=True)
class EmbeddingTable:
    """Names and their vectors.

    Attributes:
        names: unique, str array of shape (n,).
        vectors: float32 array of shape (n, dim), finite.

    Raises:
        ValueError: lengths differ, a name comes twice, or a vector is not finite.
    """

    names: np.ndarray
    vectors: np.ndarray = field(repr=False)

    def __post_init__(self):
        vectors = to_numpy(self.vectors)
        object.__setattr__(self, "vectors", np.array(vectors, dtype=np.float32))  # a copy: training goes on elsewhere
        object.__setattr__(self, "names", np.asarray(self.names, dtype=str))
        if self.vectors.ndim != 2 or len(self.names) != len(self.vectors):
            raise ValueError(
                f"{len(self.names)} names for vectors of shape {self.vectors.shape}: need (number of names, dim)"
            )
        if len(self._number) != len(self.names):
            names, counts = np.unique(self.names, return_counts=True)
            raise ValueError(f"the name {str(names[counts > 1][0])!r} comes {counts.max()} times: names must be unique")
        if not np.isfinite(self.vectors).all():
            bad = str(self.names[~np.isfinite(self.vectors).all(axis=1)][0])
            raise ValueError(f"the vector of {bad!r} is not finite: did training diverge?")

    @cached_property
    def _number(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names.tolist())}

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: str) -> bool:
        return name in self._number

    def __getitem__(self, name: str) -> np.ndarray:
        """The vector of `name`, float32 of shape (dim,)."""
        return self.vectors[self.number(name)]

    @property
    def dim(self) -> int:
        return self.vectors.shape[1]

    def number(self, name: str) -> int:
        """The row of `name`.

        Raises:
            KeyError: it is not in the table; the message suggests close spellings.
        """
        if name not in self._number:
            close = self.suggest(name)
            raise KeyError(
                f"{name!r} is not in the table of {len(self)} names"
                + (f"; did you mean {', '.join(map(repr, close))}?" if close else "")
            )
        return self._number[name]

    def suggest(self, text: str, n: int = 5) -> list[str]:
        """Up to n names that `text` may mean: same but for case, then starting with it, holding it, or spelled nearly so."""
        return close_names(text, self._number, n)

    def subset(self, names: Iterable[str]) -> "EmbeddingTable":
        """The table of these names only, in their order."""
        rows = [self.number(name) for name in names]
        return EmbeddingTable(self.names[rows], self.vectors[rows])

    def save(self, path: str | Path) -> Path:
        """Write a .npz of two plain arrays: `vectors` (float32) and `names` (JSON list as UTF-8 bytes); no pickle."""
        names = np.frombuffer(json.dumps(self.names.tolist(), ensure_ascii=False).encode(), dtype=np.uint8)

        def write(temporary):
            with open(temporary, "wb") as file:
                np.savez_compressed(file, vectors=self.vectors, names=names)

        return write_atomically(path, write)

    @classmethod
    def load(cls, path: str | Path) -> "EmbeddingTable":
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: no such file.
            ValueError: the file is not an embedding table.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                return cls(json.loads(file["names"].tobytes().decode()), file["vectors"])
        except FileNotFoundError:
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
            raise ValueError("two names differ only in white space, which the word2vec format cannot keep: rename one")
        rows = (" ".join([name, *map(repr, vector)]) for name, vector in zip(names, self.vectors.tolist()))
        text = "\n".join([f"{len(self)} {self.dim}", *rows, ""])
        return write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))

    def to_projector(self, folder: str | Path) -> tuple[Path, Path]:
        """Write vectors.tsv and metadata.tsv, as TensorFlow's Embedding Projector loads them; returns their paths."""
        vectors = "".join("\t".join(map(repr, vector)) + "\n" for vector in self.vectors.tolist())
        names = "".join(" ".join(name.split()) + "\n" for name in self.names.tolist())
        return tuple(
            write_atomically(
                Path(folder) / file, lambda temporary, text=text: temporary.write_text(text, encoding="utf-8")
            )
            for file, text in (("vectors.tsv", vectors), ("metadata.tsv", names))
        )
