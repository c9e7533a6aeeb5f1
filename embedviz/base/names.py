"""Names: when two keys are one name, which name a spelling may mean, and how a name is shortened.

A name is text. Whatever serves as a key (text, a number, a date, a tuple) becomes its name in one place, `as_name`, on
the way in and whenever it is looked up; so 50, 50.0, np.int64(50) and "50" are one name, and so are two spellings of
one text.
"""

import difflib
import math
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from numbers import Integral, Real

import numpy as np
import pandas as pd

#: What `infer_dtype` says of objects that are one name if and only if they are equal. Of others that does not hold:
#: 1 == True, and two moments in different time zones may be equal.
_EQUAL_IS_SAME = ("string", "integer", "floating", "mixed-integer-float", "boolean")


def as_name(key) -> str:
    """The name that a key stands for.

    | key | name |
    |---|---|
    | text | without white space at its ends, runs of white space as one space, letters composed (Unicode NFC) |
    | a number that is whole | without a decimal point: 1, 1.0, Decimal("1.00") and "1" are one name |
    | a date or a moment | as ISO 8601 writes it, with a space; without the time if that is midnight of no time zone |
    | anything else | its `str` |

    Raises:
        ValueError: the key is missing (None, NaN, NaT, <NA>), or text that no file could hold (a NUL, half a surrogate
            pair).
        TypeError: it is bytes, or a collection other than a tuple.
    """
    if isinstance(key, str):
        return _checked(tidy(key))
    if getattr(key, "ndim", None) == 0 and not isinstance(key, np.generic):
        key = key.item()  # an array or a tensor of one number
    if is_missing(key):
        raise ValueError(f"a name is missing ({key!r}): leave such rows out, for example with dropna()")
    if isinstance(key, (np.datetime64, np.timedelta64)):
        key = pd.Timedelta(key) if isinstance(key, np.timedelta64) else pd.Timestamp(key)
    if isinstance(key, (bool, np.bool_)):
        return str(key)
    if isinstance(key, Integral):
        return str(int(key))
    if isinstance(key, (Real, Decimal)):
        if math.isfinite(key) and key == int(key):
            return str(int(key))
        return str(key.normalize() if isinstance(key, Decimal) else key)
    if isinstance(key, datetime):
        return key.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(key, date):
        return key.isoformat()
    if isinstance(key, tuple):
        key = tuple(part.item() if isinstance(part, np.generic) else part for part in key)
    elif isinstance(key, bytes):
        raise TypeError(f"the name {key!r} is bytes: decode it first, with .decode()")
    elif isinstance(key, Collection):
        raise TypeError(
            f"a {type(key).__name__} is no name, such as {shorten(tidy(str(key)), 60)}: one value is needed"
        )
    return _checked(tidy(str(key)))


def tidy(text: str) -> str:
    """Text without white space at its ends, runs of white space as one space, letters composed (Unicode NFC)."""
    text = " ".join(text.split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _checked(text: str) -> str:
    if "\0" in text:
        raise ValueError(f"the name {text!r} holds a NUL character, which files and arrays lose: leave it out")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(
                f"the name {text!r} holds half of a surrogate pair, which is no character: mend its encoding"
            ) from None
    return text


def is_missing(value) -> bool:
    """Whether a scalar is None, NaN, NaT or <NA>; False for anything that is no scalar."""
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def as_names(keys: Iterable, missing: str = "raise") -> np.ndarray:
    """The name of each key, see `as_name`.

    Args:
        keys: a sequence, array, Series or Index; of a Series the values.
        missing: "raise", or "keep": then a missing key is None.

    Returns:
        Object array of str, of shape (n,): not a fixed-width one, in which a single long name would cost its length for
        every row.

    Raises:
        TypeError: keys is a str, which is no sequence of names; or as `as_name`.
        ValueError: as `as_name`; the message says how many names are missing, and which row is the first.
    """
    keys = _one_dimensional(keys)
    if _each_differs(keys):
        names = np.fromiter((None if is_missing(key) else as_name(key) for key in keys), dtype=object, count=len(keys))
    else:
        codes, different = pd.factorize(keys)
        # The last one is for the missing ones, whose code is −1.
        names = np.array([*map(as_name, different.astype(object)), None], dtype=object)[codes]
    if missing == "raise" and len(empty := np.flatnonzero(pd.isna(names))):
        rows = f"{len(empty)} of {len(names)} names are missing, the first in row {empty[0]}"
        raise ValueError(f"{rows}: leave such rows out, for example with dropna()")
    return names


def numbered(keys: Iterable) -> tuple[np.ndarray, np.ndarray]:
    """Number the different names among some keys.

    Returns:
        (codes, names): int64 of shape (n,), the number of each key's name; and the names, object array of str. They are
        in the order of the keys: numbers by size, categories as they are ordered, everything else as text.

    Raises:
        TypeError, ValueError: as `as_names`.
    """
    keys = _one_dimensional(keys)
    names, kind = as_names(keys), pd.api.types.infer_dtype(keys)
    if kind == "string" or (keys.dtype == object and kind not in _EQUAL_IS_SAME):
        codes, names = pd.factorize(names, sort=True)
        return codes.astype(np.int64), names
    codes, different = pd.factorize(keys, sort=True)
    again, names = pd.factorize(as_names(different))  # 1 and "1" are two categories, and one name
    return again[codes].astype(np.int64), names


def _each_differs(keys) -> bool:
    """Whether keys that are equal may be different names, as 1 and True are."""
    return keys.dtype == object and pd.api.types.infer_dtype(keys, skipna=True) not in _EQUAL_IS_SAME


def _one_dimensional(keys: Iterable):
    """Keys as an array, Series or Index; tuples stay whole."""
    if isinstance(keys, (str, bytes)) or not isinstance(keys, Iterable):
        raise TypeError(f"{keys!r} is one name: give a list of names, [{keys!r}]")
    if not isinstance(keys, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        keys = np.asarray(keys) if hasattr(keys, "__array__") else np.fromiter(keys, dtype=object)
    if keys.ndim != 1:
        raise ValueError(f"names of shape {keys.shape}: one dimension is needed")
    return keys


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
            twice = pd.Series(self.names, dtype=object).value_counts()
            raise ValueError(
                f"the name {twice.index[0]!r} comes {twice.iloc[0]} times: names must be unique "
                "(1 and '1' are one name, and white space at the ends or doubled does not count)"
            )

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, key) -> bool:
        try:
            return as_name(key) in self._rows
        except (TypeError, ValueError):  # what can be no name is not there
            return False

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def row(self, key) -> int:
        """The row of a name.

        Raises:
            KeyError: it is not there; the message suggests close spellings.
            TypeError, ValueError: as `as_name`.
        """
        name = as_name(key)
        if name not in self._rows:
            close = close_names(name, self._rows)
            hint = f"; did you mean {', '.join(map(repr, close))}?" if close else ""
            raise KeyError(f"{name!r} is not in the {self.where} of {len(self)} names{hint}")
        return self._rows[name]

    def rows(self, keys: Iterable) -> np.ndarray:
        """The row of each name, int64 of shape (n,); −1 where it is missing or not there."""
        keys = _one_dimensional(keys)
        if _each_differs(keys):
            return self._found(as_names(keys, missing="keep"))
        codes, different = pd.factorize(keys)  # a column of 300,000 flights has 105 destinations
        return np.append(self._found(as_names(different)), -1)[codes]

    def _found(self, names: np.ndarray) -> np.ndarray:
        return np.fromiter((self._rows.get(name, -1) for name in names.tolist()), dtype=np.int64, count=len(names))


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
