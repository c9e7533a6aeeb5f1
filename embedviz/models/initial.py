"""Layers whose initial values come from a generator of their own.

`torch.manual_seed` and `fork_rng` would change the one generator that a whole process shares: where a model is made in
a background thread, the reader's own draws would be other ones.
"""

import math

import torch
from torch import nn


def linear(inputs: int, outputs: int, generator: torch.Generator, bias: bool = True) -> nn.Linear:
    """An `nn.Linear` with PyTorch's own distribution: uniform in ±1/√inputs, weights first, then biases."""
    layer = nn.utils.skip_init(nn.Linear, inputs, outputs, bias=bias)
    nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
    if bias:
        bound = 1 / math.sqrt(inputs) if inputs else 0
        nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
    return layer


def embedding(rows: int, dim: int, bound: float, generator: torch.Generator, sparse: bool = False) -> nn.Embedding:
    """An `nn.Embedding` that starts uniform in [-bound, bound]; with a bound of 0, at zero."""
    start = torch.empty(rows, dim).uniform_(-bound, bound, generator=generator) if bound else torch.zeros(rows, dim)
    return nn.Embedding.from_pretrained(start, freeze=False, sparse=sparse)
