"""Names: which of them a spelling may mean, and how one is shortened."""

import difflib
from collections.abc import Iterable


def close_names(text: str, names: Iterable[str], n: int = 5) -> list[str]:
    """Up to n of `names` that `text` may mean: same but for case, then starting with it, holding it, or spelled nearly so."""
    text = text.strip().casefold()
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
