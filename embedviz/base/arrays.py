"""Checks of what comes in as numbers."""

import sys
from numbers import Integral

import numpy as np
import scipy.sparse


def to_numpy(values) -> np.ndarray:
    """Anything that holds numbers as a NumPy array: an array, nested lists, a frame, or a tensor (of any device and float type).

    Raises:
        TypeError: a sparse tensor or matrix.
    """
    torch = sys.modules.get("torch")  # who has not imported it has no tensor
    if torch is not None and isinstance(values, torch.Tensor):
        if values.layout != torch.strided:
            raise TypeError(f"a sparse tensor of shape {tuple(values.shape)}: make it dense first, with .to_dense()")
        values = values.detach().cpu()
        return (values.float() if values.dtype == torch.bfloat16 else values).numpy()
    if scipy.sparse.issparse(values):
        raise TypeError(f"a sparse matrix of shape {values.shape}: make it dense first, with .toarray()")
    return np.asarray(values)


def whole_number(name: str, value, low: int, high: int) -> int:
    if not (isinstance(value, Integral) and low <= value <= high):
        raise ValueError(f"{name}={value!r}: it must be a whole number from {low} to {high}")
    return int(value)


def checked_vectors(vectors, name: str = "vectors") -> np.ndarray:
    with np.errstate(over="ignore"):  # becomes infinity, which is told below
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise ValueError(f"{name} of shape {vectors.shape}: need two dimensions, neither of them 0")
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        rows = f"{len(bad)} of {len(vectors)} rows hold NaN or infinity, first row {bad[0]}"
        raise ValueError(f"{name}: {rows}; did training diverge?")
    return vectors
