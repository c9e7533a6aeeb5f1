"""What may be called in a line at the whiteboard: NumPy's names, and the few that the derivations need beside them."""

import numpy as np

from embedviz.models.gradients import sigmoid, softmax

MOST = 100  # entries that range, eye and their like may be asked for


def _number(value) -> int:
    whole = int(np.asarray(value))
    if not 0 <= whole <= MOST:
        raise ValueError(f"a size from 0 to {MOST}, not {whole}")
    return whole


def _range(*ends) -> np.ndarray:
    if not 1 <= len(ends) <= 2:
        raise ValueError("range(N) or range(start, N)")
    return np.arange(*map(_number, ends))


def _total(value, *, axis=None, keepdims=False):
    """Σ. Of a generator it adds what comes, numbers or vectors; of an array all entries."""
    return np.sum(value, axis=axis, keepdims=bool(keepdims))


def _mean(value, *, axis=None, keepdims=False):
    return np.mean(value, axis=axis, keepdims=bool(keepdims))


def _diagonal(value) -> np.ndarray:
    """NumPy's: of a matrix its diagonal, of a vector the matrix that has it for diagonal."""
    return np.diag(np.asarray(value, dtype=float))


def _diagonal_matrix(value) -> np.ndarray:
    """Of a vector; of a matrix itself with all else set to 0."""
    value = np.asarray(value, dtype=float)
    return np.diag(value if value.ndim == 1 else np.diag(value))


def _inverse(value):
    return np.linalg.inv(value) if np.ndim(value) else 1 / np.asarray(value, dtype=float)


def _product(*values):
    """dot(a, b): of two vectors a number."""
    one, other = (np.asarray(value, dtype=float) for value in values)
    return one @ other if one.ndim and other.ndim else one * other


def _one_hot(place, size) -> np.ndarray:
    return np.eye(_number(size))[int(np.asarray(place))]


FUNCTIONS = {
    "exp": np.exp,
    "log": np.log,
    "log1p": np.log1p,
    "logaddexp": np.logaddexp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "maximum": np.maximum,
    "sign": np.sign,
    "sum": _total,
    "mean": _mean,
    "dot": _product,
    "outer": np.outer,
    "inv": _inverse,
    "solve": np.linalg.solve,
    "diag": _diagonal,
    "diagMat": _diagonal_matrix,
    "trace": np.trace,
    "transpose": np.transpose,
    "norm": lambda value: np.sqrt(np.sum(np.square(value))),
    "eye": lambda size: np.eye(_number(size)),
    "onehot": _one_hot,
    "ones": lambda size: np.ones(_number(size)),
    "zeros": lambda size: np.zeros(_number(size)),
    "len": lambda value: float(len(value)),
    "range": _range,
    "sigmoid": lambda value: sigmoid(np.asarray(value, dtype=float)),
    "softmax": lambda value: softmax(np.asarray(value, dtype=float)),
}

#: other spellings → the name here
SPELLINGS = {
    "σ": "sigmoid",
    "sigma": "sigmoid",
    "ln": "log",
    "λ": "lam",
    "l2": "lam",
    "γ": "gamma",
    "τ": "tau",
    "temperature": "tau",
    "numpy": "np",
    "identity": "eye",
    "dia": "diag",
    "one_hot": "onehot",
    "arange": "range",
}
