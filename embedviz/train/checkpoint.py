"""A training that was cut off goes on from the end of its last whole epoch."""

import pickle
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from pathlib import Path

import torch
from torch import nn

from embedviz.base.files import user_path, write_atomically
from embedviz.models.gather import rank_and_size
from embedviz.models.sharded import ShardedEmbedding
from embedviz.train.processes import agreed


class Checkpoint:
    """A file that holds what `fit` needs to go on: weights, optimizers, history, and what the loss draws from.

    Args:
        path: where. Process 0 writes it; each process must be able to read it.
        model, history: those of the training; the history has its optimizers.
        loss: if it has `state_dict` and `load_state_dict` (see `losses.InBatchSoftmax`), their state is kept too.
        settings: what must be the same when the training goes on; a name and a number or text.

    Raises:
        ValueError: a table that is dealt out to the processes: process 0 has only its part.
    """

    def __init__(self, path: str | Path, model: nn.Module, history, loss: Callable, settings: Mapping[str, object]):
        if any(isinstance(module, ShardedEmbedding) for module in model.modules()):
            raise ValueError("checkpoint: the model has a ShardedEmbedding, which a file of one process cannot hold")
        self.path, self.model, self.history, self.loss = user_path(path), model, history, loss
        self.settings = dict(settings)

    def save(self) -> None:
        """Write the file, at once or not at all: process 0 does, and the others wait until it is there.

        Raises:
            OSError: it cannot be written.
        """
        if rank_and_size()[0] == 0:
            self._write()
        agreed(True)

    def _write(self) -> None:
        state = {
            "settings": self.settings,
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.history.optimizers],
            "rows": [{key: _plain(value) for key, value in row.items()} for row in self.history.rows],
            "loss": self.loss.state_dict() if hasattr(self.loss, "state_dict") else {},
        }
        write_atomically(self.path, lambda path: torch.save(state, path))

    def resume(self) -> bool:
        """Take over what the file holds; False where there is none.

        Raises:
            ValueError: the file is damaged, of another training, or seen by some processes only.
        """
        there = self.path.is_file()
        if agreed(there) != there:
            raise ValueError(f"process 0 and this one do not both see {self.path}: it must be where all can read it")
        if not there:
            return False
        try:
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            settings = state["settings"]
        except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path} is no checkpoint, or a damaged one: {error}") from None
        for name, value in self.settings.items():
            if settings.get(name) != value:
                raise ValueError(
                    f"{self.path} is of a training with {name}={settings.get(name)!r}, this one has {value!r}: "
                    "delete it, or choose another file"
                )
        try:
            self.model.load_state_dict(state["model"])
            for optimizer, saved in zip(self.history.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
        except (RuntimeError, ValueError) as error:
            raise ValueError(f"{self.path} is of another model: {error}") from None
        if state["loss"]:
            self.loss.load_state_dict(state["loss"])
        self.history.rows[:] = state["rows"]
        return True


def _plain(value):
    """A number of NumPy as one of Python: else the file could not be read without running code."""
    return int(value) if isinstance(value, Integral) else float(value) if isinstance(value, Real) else value
