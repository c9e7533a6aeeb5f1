"""A small network on a table: each column of categories goes in by one of five encodings, all else is the same."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from scipy.special import expit
from torch import nn
from torch.nn import functional as F

from embedviz.inputs.encodings import Categories, TargetEncoder, hash_buckets, label_values
from embedviz.inputs.tasks import Task
from embedviz.models.initial import embedding, linear

ENCODINGS = ("label", "one-hot", "hashing", "target", "embedding")


class ColumnInput(nn.Module):
    """A column's encoding as a table: a code picks a row, and the row goes into the network.

    All five are that; they differ in who fills the table. Label, one-hot, hashing and target encoding fill it before
    training, an embedding is filled by training. Made by `encode_column`.

    Attributes:
        encoding: one of `ENCODINGS`.
        names: str (n,), the categories; the first is "(unknown)".
        width: numbers that a category becomes.
        train_codes: int64, the table's row for each training row.
    """

    def __init__(
        self,
        encoding: str,
        names: np.ndarray,
        to_codes: Callable,
        train_codes: np.ndarray,
        table: np.ndarray | None,
        width: int,
        seed: int = 0,
    ):
        super().__init__()
        self.encoding, self.names, self.width = encoding, names, width
        self.train_codes, self._to_codes = train_codes, to_codes
        self.learned = None
        if encoding == "embedding":
            self.learned = embedding(len(names), width, 0.05, torch.Generator().manual_seed(seed), sparse=True)
        self.register_buffer("table", None if table is None else torch.from_numpy(table))

    def codes(self, values) -> np.ndarray:
        """The table's row for each value of a column that was not in training: int64 (rows,)."""
        return self._to_codes(values)

    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        """int64 (batch,) → float32 (batch, width)."""
        if self.encoding == "embedding":
            return self.learned(codes)
        return F.one_hot(codes, self.width).float() if self.encoding == "one-hot" else self.table[codes]

    @torch.no_grad()
    def matrix(self) -> np.ndarray:
        """What each category becomes now, float32 (n, width), in the order of `names`."""
        codes = torch.from_numpy(self.codes(self.names))
        for tensor in (*self.parameters(), *self.buffers()):  # at most one; one-hot has none, and needs none
            codes = codes.to(tensor.device)
        return self(codes).cpu().numpy().copy()


def encode_column(
    encoding: str, values, target, size: int | None = None, seed: int = 0, min_count: int = 1, smoothing: float = 20.0
) -> ColumnInput:
    """Fit an encoding to a training column.

    Args:
        encoding: one of `ENCODINGS`.
        values: the training column; missing values count as unknown.
        target: the training target, float (rows,); only target encoding looks at it.
        size: dimensions of an embedding (default: `default_size`), or buckets of hashing (default 64); the others have
            no choice.
        seed: of the label permutation, and of the target encoder's folds.
        min_count: a value seen less often counts as unknown, see `Categories.fit`.
        smoothing: of target encoding.

    Raises:
        ValueError: no such encoding, a size below 1, or an empty column.
    """
    if encoding not in ENCODINGS:
        raise ValueError(f"encoding={encoding!r}: it must be one of {', '.join(map(repr, ENCODINGS))}")
    if size is not None and size < 1:
        raise ValueError(f"size={size}: at least 1 is needed")
    if not len(values):
        raise ValueError("the training column is empty: there is nothing to number")
    categories = Categories.fit(values, min_count)
    names, n, to_codes = categories.names, len(categories), categories.codes
    if encoding == "hashing":
        size = size or 64

        def to_codes(values):  # row 2b of the table is bucket b, row 2b + 1 is it with a minus
            buckets, signs = hash_buckets(values, size)
            return 2 * buckets + (signs < 0)

        table = np.kron(np.eye(size, dtype=np.float32), np.array([[1], [-1]], dtype=np.float32))
        return ColumnInput(encoding, names, to_codes, to_codes(values), table, size)
    if encoding == "target":
        encoder = TargetEncoder(smoothing, seed=seed, min_count=min_count).fit(values, target)
        # Block 0 of the table is for new rows, block f + 1 for the training rows of fold f.
        codes = n * (encoder.fold + 1) + categories.codes(values)
        table = np.concatenate([encoder.table, *encoder.fold_tables])[:, None]
        scale = table[codes].std()
        table = (table - table[codes].mean()) / (scale if scale > 1e-6 else 1)
        return ColumnInput(encoding, names, to_codes, codes, table.astype(np.float32), 1)
    table = label_values(n, seed) if encoding == "label" else None
    width = {"label": 1, "one-hot": n, "embedding": size or default_size(n)}[encoding]
    return ColumnInput(encoding, names, to_codes, categories.codes(values), table, width, seed)


def default_size(n: int) -> int:
    """Dimensions for n categories by a rule of thumb, 1.6 · n^0.56 and at most 16 (fastai's rule, which caps at 600).

    >>> default_size(4), default_size(4000)
    (3, 16)
    """
    return min(16, round(1.6 * n**0.56))


class TabularNet(nn.Module):
    """A multilayer perceptron over encoded columns and numbers; returns one number a row (of a class: its logit).

    The first layer multiplies all inputs, side by side, with one matrix. The part of it that a one-hot or a hashed
    vector meets is written as what it is, a lookup: the same numbers, but nothing is multiplied by 0.

    Args:
        inputs: column → its encoding.
        n_numbers: how many numbers come with each row.
        hidden: widths of the hidden layers.
        seed: of the initial weights.
    """

    def __init__(
        self, inputs: Mapping[str, ColumnInput], n_numbers: int = 0, hidden: Sequence[int] = (128, 64), seed: int = 0
    ):
        super().__init__()
        one_hot = {column: x.width for column, x in inputs.items() if x.encoding == "one-hot"}
        generator = torch.Generator().manual_seed(seed)
        for width in one_hot.values():  # drawn in vain, so that a seed means the same network as it always has
            torch.empty(width, hidden[0]).normal_(generator=generator)
        self.inputs, self.lookups = nn.ModuleDict(inputs), nn.ModuleDict()
        widths = {column: x.width for column, x in inputs.items() if column not in one_hot}
        width = n_numbers + sum(widths.values())
        whole = linear(width, hidden[0], generator, False).weight.detach() if width else torch.zeros(hidden[0], 0)
        numbers, *parts = whole.split([n_numbers, *widths.values()], dim=1)
        hashed = {column: part for column, part in zip(widths, parts) if inputs[column].encoding == "hashing"}
        dense = torch.cat([numbers, *(part for column, part in zip(widths, parts) if column not in hashed)], dim=1)
        self.first = None
        if dense.shape[1]:
            self.first = nn.utils.skip_init(nn.Linear, dense.shape[1], hidden[0], bias=False)
            self.first.weight = nn.Parameter(dense)
        self.bias = nn.Parameter(torch.zeros(hidden[0]))
        layers = [layer for a, b in zip(hidden, hidden[1:]) for layer in (nn.ReLU(), linear(a, b, generator))]
        self.rest = nn.Sequential(*layers, nn.ReLU(), linear(hidden[-1], 1, generator))
        for x in inputs.values():
            if x.learned is not None:
                nn.init.uniform_(x.learned.weight, -0.05, 0.05, generator=generator)
        for column, part in hashed.items():
            self.lookups[column] = nn.Embedding.from_pretrained(part.T.contiguous(), freeze=False)
        for column, width in one_hot.items():
            self.lookups[column] = embedding(width, hidden[0], 0.05, generator, sparse=True)
        self.shift, self.scale = 0.0, 1.0  # from the network's output to the target's unit

    def forward(self, codes: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """codes int64 (batch, columns), numbers float32 (batch, n_numbers) → float32 (batch,)."""
        by_column = dict(zip(self.inputs, codes.unbind(1)))
        dense = [self.inputs[column](code) for column, code in by_column.items() if column not in self.lookups]
        hidden = self.bias.expand(len(codes), -1)
        if self.first is not None:
            hidden = hidden + self.first(torch.cat([numbers, *dense], dim=1))
        for column, rows in self.lookups.items():
            code = by_column[column]
            if self.inputs[column].encoding == "hashing":  # see `encode_column`
                hidden = hidden + rows(code // 2) * (1 - 2 * (code % 2)).unsqueeze(1)
            else:
                hidden = hidden + rows(code)
        return self.rest(hidden).squeeze(1)


def n_parameters(model: nn.Module) -> int:
    """How many numbers training can change."""
    return sum(parameter.numel() for parameter in model.parameters())


def encode_rows(model: TabularNet, task: Task, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """The network's inputs for rows that it was not trained on.

    Returns:
        codes, int64 (rows, columns), and numbers, float32 (rows, k).
    """
    codes = [x.codes(task.columns[column].iloc[rows]) for column, x in model.inputs.items()]
    codes = np.stack(codes, axis=1) if codes else np.zeros((len(rows), 0), dtype=np.int64)
    return torch.from_numpy(codes), torch.from_numpy(task.numbers[rows])


@torch.no_grad()
def input_vectors(model: TabularNet, task: Task, rows: np.ndarray) -> np.ndarray:
    """What the first layer sees of these rows, for use by another model: float32 (rows, widths of all columns + k)."""
    return coded_vectors(model, *encode_rows(model, task, rows))


@torch.no_grad()
def coded_vectors(model: TabularNet, codes: torch.Tensor, numbers: torch.Tensor) -> np.ndarray:
    """As `input_vectors`, of rows that are codes already: int64 (rows, columns) and float32 (rows, k)."""
    device = next(model.parameters()).device
    encoded = [x(column.to(device)).cpu() for x, column in zip(model.inputs.values(), codes.unbind(1))]
    return torch.cat([*encoded, numbers], dim=1).numpy()


@torch.no_grad()
def run_rows(model: TabularNet, codes: torch.Tensor, numbers: torch.Tensor, batch_size: int = 4_096) -> np.ndarray:
    device = next(model.parameters()).device
    parts = [model(c.to(device), x.to(device)) for c, x in zip(codes.split(batch_size), numbers.split(batch_size))]
    return (torch.cat(parts) * model.scale + model.shift).cpu().numpy()


def predict(model: TabularNet, task: Task, rows: np.ndarray) -> np.ndarray:
    """Predictions for rows of the task that are not for training.

    Returns:
        float32 (rows,), in the target's unit; of a class, probabilities.
    """
    raw = run_rows(model, *encode_rows(model, task, rows))
    return expit(raw) if task.classification else raw
