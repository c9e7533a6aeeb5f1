"""Random numbers that a person can compute with: one digit after the point, none zero, none twice."""

from collections.abc import Callable, Sequence

import numpy as np


def tenths(random: np.random.Generator, *shape: int, scale: float = 0.1, largest: int = 20) -> np.ndarray:
    """Different numbers among ±0.1, ±0.2 … ±`largest` · `scale`; float64 of that shape."""
    size = int(np.prod(shape))
    values = np.concatenate([np.arange(-max(largest, size), 0), np.arange(1, max(largest, size) + 1)])
    return (random.permutation(values)[:size] * scale).reshape(shape).round(10)


def shares(random: np.random.Generator, *shape: int) -> np.ndarray:
    """Different positive numbers that sum to 1, whole hundredths where they are few."""
    size = int(np.prod(shape))
    cuts = np.sort(random.permutation(np.arange(1, size + 6))[:size]).astype(float)
    return random.permutation(cuts / cuts.sum()).reshape(shape)


def minimum(slope: Callable[[float], float]) -> float:
    """Where a growing function of one number is 0, by halving an interval: to 12 digits."""
    low, high = -50.0, 50.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return (low + high) / 2


def shown(value) -> str:
    """A number or an array, in as few digits as tell it."""
    array = np.asarray(value, dtype=float)
    if array.ndim == 0:
        return f"{array.item():.4g}".replace("-", "−")
    text = np.array2string(array, separator=", ", formatter={"float_kind": lambda x: f"{x:.3g}"}, max_line_width=10**6)
    return " ".join(text.split()).replace("-", "−")


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
