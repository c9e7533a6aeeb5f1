"""The start that the page's trainer has, for a model of PyTorch: js/train/model.js."""

import torch

from embedviz.inputs.seeded import SeededNumbers
from embedviz.models.pair import PairEmbedding
from embedviz.train.loop import epoch_seed


def start_as_page(model: PairEmbedding, seed: int = 0, init: float = 0.05) -> PairEmbedding:
    """Let both tables start uniform in [−init, init), as in the page; returns the model.

    Args:
        model: changed in place; of any type of numbers.
        seed: of the training, from 0 to 2³² − 1.
        init: of the start.
    """
    numbers = SeededNumbers(epoch_seed(seed, 0) % 2**32)
    with torch.no_grad():
        for table in (model.items.weight, model.contexts.weight):
            values = (2 * numbers.uniform(table.numel()) - 1) * init
            table.copy_(torch.from_numpy(values).view_as(table))
    return model
