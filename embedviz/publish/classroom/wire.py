"""Values on their way between the checker and the process of a student's code: as JSON, which runs nothing when read.

Numbers, text, lists, sets, arrays and tensors arrive as what they were. Anything else that NumPy makes numbers of
arrives as an array, the rest as an `Opaque`: its text only. Functions travel one way, from the checker to the student.
"""

import base64
import json
import math
import socket
import struct
import sys

import numpy as np

LARGEST = 32 * 2**20  # bytes of a message: the largest answer of an exercise takes a few kB
SHOWN = 500  # characters of what is only shown
_LENGTH = struct.Struct(">Q")
_KINDS = set("f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split())  # of numbers, as NumPy names them


class BrokenWire(ValueError):
    """What came is no message of ours."""


class Opaque:
    """Something that is no answer: a stand-in that shows as it did, and is equal to nothing else."""

    def __init__(self, text: str):
        self._text = text

    def __repr__(self) -> str:
        return self._text


# Messages on a socket.


def send(line: socket.socket, message: dict) -> None:
    """Send a message.

    Raises:
        OSError: the other end is gone.
        BrokenWire: it is larger than `LARGEST`.
    """
    content = json.dumps(message).encode()
    if len(content) > LARGEST:
        raise BrokenWire(f"an answer of {len(content):,} bytes: {LARGEST:,} are the most")
    line.sendall(_LENGTH.pack(len(content)) + content)


def receive(line: socket.socket) -> dict:
    """The next message.

    Raises:
        EOFError: the other end is gone.
        BrokenWire: it is too long, or no message.
    """
    [length] = _LENGTH.unpack(_exactly(line, _LENGTH.size))
    if length > LARGEST:
        raise BrokenWire(f"a message of {length:,} bytes: {LARGEST:,} are the most")
    try:
        message = json.loads(_exactly(line, length))
    except (ValueError, RecursionError) as error:
        raise BrokenWire(f"no message: {error}") from None
    if not isinstance(message, dict):
        raise BrokenWire(f"no message: {type(message).__name__}")
    return message


def _exactly(line: socket.socket, length: int) -> bytes:
    parts, left = [], length
    while left:
        try:
            part = line.recv(min(left, 2**20))
        except ConnectionError:
            part = b""
        if not part:
            raise EOFError("the other end is gone")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


# Values.


def encode(value, functions: bool = False):
    """A value as what JSON has.

    Args:
        functions: pickle functions, instead of sending their text.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if value is ...:
        return {"is": "dots"}
    if type(value) in (list, tuple, set):
        return {"is": type(value).__name__, "items": [encode(one, functions) for one in value]}
    if functions and callable(value):
        return {"is": "function", "pickle": base64.b64encode(_pickled(value)).decode()}
    torch = sys.modules.get("torch")
    if torch and isinstance(value, torch.Tensor):
        return {**_array(value.detach().cpu().resolve_conj().resolve_neg().numpy()), "is": "tensor"}
    if isinstance(value, np.generic) and _plain(value.dtype):
        return {**_array(np.asarray(value)), "is": "scalar"}
    return _other(value)


def _other(value) -> dict:
    """Arrays, and what NumPy makes one of: a range, a series, a sparse matrix."""
    try:
        array = np.asarray(value.toarray() if hasattr(value, "toarray") else value)
        if _plain(array.dtype):
            return _array(array)
        if array.dtype.kind == "U":
            return {"is": "words", "items": array.tolist()}
    except Exception:  # whatever the student's own class does
        pass
    try:
        text = repr(value)
    except Exception as error:
        text = f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
    return {"is": "opaque", "text": text[:SHOWN]}


def _plain(kind: np.dtype) -> bool:
    return kind.str[1:] in _KINDS


def _array(array: np.ndarray) -> dict:
    shape = list(array.shape)
    array = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    return {"is": "array", "dtype": array.dtype.str[1:], "shape": shape, "data": base64.b64encode(array).decode()}


def decode(coded, functions: bool = False):
    """The value again.

    Args:
        functions: unpickle functions, which may run anything: only where the sender is trusted.

    Raises:
        BrokenWire: `encode` has not written that.
    """
    if coded is None or isinstance(coded, (bool, int, float, str)):
        return coded
    try:
        kind = coded["is"]
        if kind in ("list", "tuple", "set"):
            return {"list": list, "tuple": tuple, "set": set}[kind](decode(one, functions) for one in coded["items"])
        if kind in ("array", "tensor", "scalar"):
            return _as_it_was(kind, _read(coded))
        if kind == "words":
            return np.array(coded["items"], dtype=np.str_)
        if kind == "opaque":
            return Opaque(str(coded["text"])[:SHOWN])
        if kind == "dots":
            return ...
        if kind == "function" and functions:
            import pickle

            return pickle.loads(base64.b64decode(coded["pickle"]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise BrokenWire(f"no value: {error}") from None
    raise BrokenWire(f"no value: {str(coded)[:80]}")


def _read(coded: dict) -> np.ndarray:
    kind, shape, data = coded["dtype"], coded["shape"], base64.b64decode(coded["data"], validate=True)
    if kind not in _KINDS or not all(isinstance(n, int) and n >= 0 for n in shape) or len(shape) > 8:
        raise BrokenWire(f"no array of {kind!r} and shape {shape!r}")
    kind = np.dtype("<" + kind)
    if math.prod(shape) * kind.itemsize != len(data):
        raise BrokenWire(f"an array of shape {shape!r} in {len(data)} bytes")
    return np.frombuffer(data, kind).astype(kind.newbyteorder("=")).reshape(shape)


def _as_it_was(kind: str, array: np.ndarray):
    if kind == "tensor":
        import torch

        return torch.from_numpy(array)
    return array[()] if kind == "scalar" else array


def _pickled(function) -> bytes:
    """By value: the module that it comes from is hidden where students' code runs."""
    import cloudpickle

    module = sys.modules[function.__module__]
    known = module.__name__ in cloudpickle.list_registry_pickle_by_value()
    if known or module.__name__ == "__main__":
        return cloudpickle.dumps(function)
    cloudpickle.register_pickle_by_value(module)
    try:
        return cloudpickle.dumps(function)
    finally:
        cloudpickle.unregister_pickle_by_value(module)
