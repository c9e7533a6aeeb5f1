"""Checks of what comes in as numbers."""

import sys
from numbers import Integral

import numpy as np
import scipy.sparse


def to_numpy(values) -> np.ndarray:
    """Anything that holds numbers as a NumPy array: an array, nested lists, a frame, a tensor of any device and float
    type.

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
    """`value` as an int.

    Raises:
        ValueError: it is no whole number from low to high; the message names the argument.
    """
    if isinstance(value, (bool, np.bool_)) or not (isinstance(value, Integral) and low <= value <= high):
        raise ValueError(f"{name}={value!r}: it must be a whole number from {low} to {high}")
    return int(value)


def checked_vectors(vectors, name: str = "vectors") -> np.ndarray:
    """Finite numbers of shape (n, features) as float32, contiguous; anything that `to_numpy` takes.

    Raises:
        TypeError: as `to_numpy`.
        ValueError: another number of dimensions, no rows or columns, or a NaN or infinity; the message names the row.
    """
    with np.errstate(over="ignore"):  # becomes infinity, which is told below
        vectors = np.ascontiguousarray(to_numpy(vectors), dtype=np.float32)
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise ValueError(f"{name} of shape {vectors.shape}: need two dimensions, neither of them 0")
    check_finite(vectors, name)
    return vectors


def check_finite(vectors, name: str = "vectors") -> None:
    """See that a dense array or a sparse matrix holds no NaN and no infinity.

    Raises:
        ValueError: it does; the message names the first row.
    """
    if scipy.sparse.issparse(vectors):
        rows = vectors.tocoo().coords[0][~np.isfinite(vectors.tocoo().data)]
        bad = np.unique(rows)
    else:
        finite = np.isfinite(vectors)
        bad = np.flatnonzero(~finite.reshape(len(finite), -1).all(axis=1))
    if len(bad):
        rows = f"{len(bad)} of {vectors.shape[0]} rows hold NaN or infinity, first row {bad[0]}"
        raise ValueError(f"{name}: {rows}; did training diverge?")


def unit_rows(vectors) -> np.ndarray:
    """The rows scaled to length 1, in float32 or wider; a row of zeros stays.

    The lengths are computed in float64: in float16 the squares of long rows overflow.
    """
    vectors = to_numpy(vectors)
    vectors = vectors.astype(np.float64 if vectors.dtype == np.float64 else np.float32, copy=False)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    return (vectors / np.where(lengths > 0, lengths, 1)[:, None]).astype(vectors.dtype, copy=False)
