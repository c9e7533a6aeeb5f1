"""Names: when two keys are one name, which name a spelling may mean, and how a name is shortened.

A name is text. Whatever serves as a key (text, a number, a date, a tuple) becomes its name in one place, `as_name`, on
the way in and whenever it is looked up; so 50, 50.0, np.int64(50) and "50" are one name, and so are two spellings of
one text.
"""

import difflib
import unicodedata
from collections.abc import Iterable
from numbers import Integral, Real

import numpy as np
import pandas as pd


def as_name(key) -> str:
    """The name that a key stands for.

    Text loses white space at its ends, runs of white space become one space, and composed and decomposed letters are
    one (Unicode NFC). A number that is whole has no decimal point: 1, 1.0 and "1" are one name. Anything else is its
    `str`.

    Raises:
        ValueError: the key is missing (None, NaN, NaT, <NA>), bytes, or text that no file could hold (a NUL, half a
            surrogate pair).
    """
    if isinstance(key, str):
        text = " ".join(key.split())
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
    elif is_missing(key):
        raise ValueError(f"a name is missing ({key!r}): leave such rows out, for example with dropna()")
    elif isinstance(key, bytes):
        raise ValueError(f"the name {key!r} is bytes: decode it first, with .decode()")
    elif isinstance(key, Real) and not isinstance(key, (bool, np.bool_, Integral)) and float(key).is_integer():
        text = str(int(key))
    elif isinstance(key, Integral) and not isinstance(key, (bool, np.bool_)):
        text = str(int(key))
    else:
        text = " ".join(str(key).split())
    if "\0" in text:
        raise ValueError(f"the name {text!r} holds a NUL character, which files and arrays lose: leave it out")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError(f"the name {text!r} holds half of a surrogate pair, which is no character: mend its encoding")
    return text


def is_missing(value) -> bool:
    """Whether a scalar is None, NaN, NaT or <NA>; False for anything that is no scalar."""
    missing = pd.isna(value) if pd.api.types.is_scalar(value) else False
    return bool(missing)


def as_names(keys: Iterable, missing: str = "raise") -> np.ndarray:
    """The name of each key, see `as_name`.

    Args:
        keys: a sequence, array, Series or Index; of a Series the values.
        missing: "raise", or "keep": then a missing key is None.

    Returns:
        Object array of str, of shape (n,): not a fixed-width one, in which a single long name would cost its length for
        every row.

    Raises:
        TypeError: keys is a str, which is no sequence of names.
        ValueError: as `as_name`; the message says in how many rows a name is missing, and in which first.
    """
    if isinstance(keys, str):
        raise TypeError(f"{keys!r} is one name: give a list of names, [{keys!r}]")
    if not isinstance(keys, (pd.Series, pd.Index, np.ndarray)):
        listed = list(keys)
        keys = np.empty(len(listed), dtype=object)
        for row, key in enumerate(listed):  # one by one: NumPy would make two dimensions of a list of tuples
            keys[row] = key
    elif isinstance(keys, np.ndarray) and keys.ndim != 1:
        raise ValueError(f"names of shape {keys.shape}: one dimension is needed")
    try:
        codes, different = pd.factorize(keys)
        texts = np.array(
            [*map(as_name, different), None], dtype=object
        )  # the last for the missing ones, whose code is −1
        names = texts[codes]
    except TypeError:  # keys that cannot be hashed, such as dicts
        names = np.array([None if is_missing(key) else as_name(key) for key in keys], dtype=object)
    empty = np.flatnonzero(pd.isna(names))
    if len(empty) and missing == "raise":
        rows = f"{len(empty)} of {len(names)} names are missing, the first in row {empty[0]}"
        raise ValueError(f"{rows}: leave such rows out, for example with dropna()")
    return names


class NameIndex:
    """The row of each name: names are compared as `as_name` says.

    Args:
        names: keys, each name once.
        where: what they are in, for messages.

    Attributes:
        names: object array of str, of shape (n,).

    Raises:
        ValueError: a name comes twice, or as `as_names`.
    """

    def __init__(self, names: Iterable, where: str = "table"):
        self.names, self.where = as_names(names), where
        self._rows = {name: row for row, name in enumerate(self.names.tolist())}
        if len(self._rows) != len(self.names):
            twice = pd.Series(self.names).value_counts()
            raise ValueError(f"the name {twice.index[0]!r} comes {twice.iloc[0]} times: names must be unique")

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, key) -> bool:
        return not is_missing(key) and as_name(key) in self._rows

    def __iter__(self):
        return iter(self._rows)

    def row(self, key) -> int:
        """The row of a name.

        Raises:
            KeyError: it is not there; the message suggests close spellings.
        """
        name = as_name(key)
        if name not in self._rows:
            close = close_names(name, self._rows)
            hint = f"; did you mean {', '.join(map(repr, close))}?" if close else ""
            raise KeyError(f"{name!r} is not in the {self.where} of {len(self)} names{hint}")
        return self._rows[name]

    def rows(self, keys: Iterable) -> np.ndarray:
        """The row of each name, int64 of shape (n,); −1 where it is missing or not there."""
        names = as_names(keys, missing="keep")
        return np.array([self._rows.get(name, -1) for name in names.tolist()], dtype=np.int64)


def close_names(text: str, names: Iterable[str], n: int = 5) -> list[str]:
    """Up to n of `names` that `text` may mean.

    Those that are the same but for case come first, then those that start with it, hold it, or are spelled nearly so.
    """
    text = as_name(text).casefold()
    folded = {name: name.casefold() for name in names}
    tests = (text.__eq__, lambda name: name.startswith(text), lambda name: text in name)
    found = dict.fromkeys(name for test in tests if text for name, low in folded.items() if test(low))
    if len(found) < n:
        by_fold = {low: name for name, low in folded.items()}
        found |= dict.fromkeys(by_fold[low] for low in difflib.get_close_matches(text, by_fold, n, cutoff=0.7))
    return list(found)[:n]


def shorten(text: str, width: int) -> str:
    """`text`, cut with an ellipsis if it is longer than `width` characters."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
