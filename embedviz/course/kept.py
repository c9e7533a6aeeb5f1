"""What a reader does is kept in the ledger; where that cannot be, a chapter goes on without it."""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedviz.course.progress import Ledger


def keep(action: "Callable[[Ledger], object]") -> str:
    """Have something done with the reader's ledger.

    Returns:
        "" if it was done, else a sentence that says why not.
    """
    from embedviz.course.progress import ProgressError, ProgressWarning, ledger

    own = ledger()  # which warns by itself, once, where there is none
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ProgressWarning)
            action(own)
    except (ProgressError, ProgressWarning) as error:
        return str(error)
    return ""
