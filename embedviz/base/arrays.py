"""Checks of what comes in as numbers."""

import sys
from numbers import Integral

import numpy as np
import pandas as pd
import scipy.sparse


def to_numpy(values) -> np.ndarray:
    """Anything that holds numbers as a NumPy array: an array, nested lists, a frame (what is missing is NaN), a tensor
    of any device and float type.

    Raises:
        TypeError: a sparse tensor or matrix.
    """
    torch = sys.modules.get("torch")  # who has not imported it has no tensor
    if torch is not None and isinstance(values, torch.Tensor):
        if values.layout != torch.strided:
            raise TypeError(f"a sparse tensor of shape {tuple(values.shape)}: make it dense first, with .to_dense()")
        values = values.detach().cpu()
        unknown = values.is_floating_point() and values.dtype not in (torch.float16, torch.float32, torch.float64)
        return (values.float() if unknown else values).numpy()  # NumPy has no bfloat16
    if scipy.sparse.issparse(values):
        raise TypeError(f"a sparse matrix of shape {values.shape}: make it dense first, with .toarray()")
    if isinstance(values, (pd.DataFrame, pd.Series)):
        array = values.to_numpy()
        return values.to_numpy(np.float64, na_value=np.nan) if array.dtype == object else array
    return np.asarray(values)


def whole_number(name: str, value, low: int, high: int | None = None) -> int:
    """`value` as an int.

    Raises:
        ValueError: it is no whole number from low to high (None: however large); the message names the argument.
    """
    is_whole = isinstance(value, Integral) and not isinstance(value, (bool, np.bool_))
    if not is_whole or value < low or (high is not None and value > high):
        wanted = f"at least {low}, a whole number" if high is None else f"a whole number from {low} to {high}"
        raise ValueError(f"{name}={value!r}: it must be {wanted}")
    return int(value)


def checked_seed(seed) -> int:
    """A seed that NumPy, scikit-learn and torch all take.

    Raises:
        ValueError: it is no whole number from 0 to 2³² − 1.
    """
    return whole_number("seed", seed, 0, 2**32 - 1)


def checked_vectors(vectors, name: str = "vectors") -> np.ndarray:
    """Finite numbers of shape (n, features) as float32, contiguous; anything that `to_numpy` takes.

    Raises:
        TypeError: as `to_numpy`, or complex numbers, or what is no number.
        ValueError: another number of dimensions, no rows or columns, or a NaN or infinity; the message names the row.
    """
    vectors = to_numpy(vectors)
    if vectors.dtype.kind not in "fiubO":
        raise TypeError(f"{name} of type {vectors.dtype}: real numbers are needed")
    with np.errstate(over="ignore"):  # becomes infinity, which is told below
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
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
        entries = scipy.sparse.coo_array(vectors)
        bad = np.unique(entries.coords[0][~np.isfinite(entries.data)])
    else:
        bad = np.flatnonzero(~np.isfinite(vectors).all(axis=tuple(range(1, np.ndim(vectors)))))
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
