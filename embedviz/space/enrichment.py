"""What a group of names has in common that others have not: so that a cluster gets a name."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse
from scipy.stats import hypergeom

from embedviz.base.facts import align, values_of
from embedviz.base.names import as_names
from embedviz.inputs.pairs import Pairs

MOST_VALUES = 0.5  # a column with more different values than this share of the rows tells names apart, and groups none

ROUNDING = 1e-9  # two probabilities that differ by less than this share are equal: no rounding decides what is listed


class Traits:
    """Which name has what: its contexts (links), and what the columns of a frame say of it.

    Args:
        names: keys, each name once.
        pairs: (name, context) pairs, or None. A name without a pair has no link; pairs of other names do not count.
        frame: facts, brought together with the names as `align` does, or None; of its columns those of text or lists
            count, a cell with several values (a list, or text divided by "|") for each of them.
        context: what a link is called.

    Attributes:
        matrix: csr of shape (n, number of traits), 1 where a name has a trait.
        labels: of the traits, such as "link: Science fiction" or "genre: novel", object array of str.

    Raises:
        ValueError: the frame does not fit the names (see `align`), or no name has a pair.
    """

    def __init__(self, names: Sequence, pairs: Pairs | None, frame: pd.DataFrame | None = None, context: str = "link"):
        names, frame = as_names(names), align(frame, names)
        n, blocks, labels = len(names), [], []
        if pairs is not None:
            rows = pairs.item_index.rows(names)
            found = np.flatnonzero(rows >= 0)
            if n and not len(found):
                raise ValueError(
                    f"no name, such as {names[0]!r}, is among the {len(pairs.items)} items of the pairs, "
                    f"such as {pairs.items[:1].tolist()}: do they belong together?"
                )
            place = scipy.sparse.csr_array(
                (np.ones(len(found), dtype=np.float32), (found, rows[found])), shape=(n, len(pairs.items))
            )
            blocks.append(place @ pairs.matrix)
            labels += [f"{context}: {name}" for name in pairs.contexts.tolist()]
        for column, facts in frame.items():
            if pd.api.types.is_numeric_dtype(facts) and not pd.api.types.is_bool_dtype(facts):
                continue
            cells = [(row, str(value)) for row, cell in enumerate(facts.tolist()) for value in values_of(cell, "|")]
            codes, values = pd.factorize(np.array([value for _, value in cells], dtype=object))
            if 1 < len(values) <= MOST_VALUES * n:
                where = ([row for row, _ in cells], codes)
                blocks.append(
                    scipy.sparse.csr_array((np.ones(len(cells), dtype=np.float32), where), shape=(n, len(values)))
                )
                labels += [f"{column}: {value}" for value in values]
        self.matrix = (
            scipy.sparse.csr_array(scipy.sparse.hstack(blocks))
            if blocks
            else scipy.sparse.csr_array((n, 0), dtype=np.float32)
        )
        self.matrix.data[:] = 1  # said twice of one name, it is still true once
        self.labels = np.array(labels, dtype=object)


def over_represented(traits: Traits, rows: Sequence[int], top: int = 12, level: float = 0.01) -> pd.DataFrame:
    """The traits that a selection has more often than a draw at random would, the surest first.

    The lift is the trait's share in the selection over its share in all. It alone would put the rarest traits first:
    one that a single name has is as "over-represented" as can be. So they are ordered by the probability p that as many
    names drawn at random without replacement would have it (hypergeometric, one-sided: Fisher's exact test), and listed
    where p is below `level` after Tarone's correction: Bonferroni's, for those traits alone that could get so low a p
    in a selection of this size at all (Biometrics 46, 1990). So in a draw at random there is a trait listed with a
    probability of at most `level`.

    Args:
        traits: who has what.
        rows: the selection.
        top: at most so many.
        level: of significance.

    Returns:
        DataFrame with the columns trait, count (names of the selection that have it), share (of the selection),
        overall (share of all), lift, p (not corrected).

    Raises:
        ValueError: no rows, one that is not there, or no numbers of rows but a mask, say.
    """
    n, rows = traits.matrix.shape[0], np.unique(np.asarray(rows))
    if not len(rows):
        raise ValueError("the selection is empty: at least one name is needed")
    if rows.dtype.kind not in "iu":
        raise ValueError(
            f"the selection is of type {rows.dtype}: numbers of rows are needed (of a mask, np.flatnonzero)"
        )
    if rows[0] < 0 or rows[-1] >= n:
        raise ValueError(f"row {rows[0] if rows[0] < 0 else rows[-1]} of {n}: rows are from 0 to {n - 1}")
    counts, totals = (
        np.asarray(matrix.sum(axis=0)).ravel().astype(int) for matrix in (traits.matrix[rows], traits.matrix)
    )
    had = np.flatnonzero(counts)
    p = hypergeom.sf(counts[had] - 1, n, totals[had], len(rows))
    share, overall = counts[had] / len(rows), totals[had] / n
    found = pd.DataFrame(
        {
            "trait": traits.labels[had],
            "count": counts[had],
            "share": share,
            "overall": overall,
            "lift": share / overall,
            "p": p,
        }
    )
    found = found[found["p"] < _corrected(level, n, totals, len(rows)) * (1 - ROUNDING)].sort_values(
        ["p", "lift"], ascending=[True, False], kind="stable"
    )
    return found.head(top).reset_index(drop=True)


def _corrected(level, n, totals, drawn):
    """Tarone's: level / k, with the smallest k such that at most k traits have level / k within their reach."""
    values, counts = np.unique(totals[totals > 0], return_counts=True)
    least = np.repeat(
        hypergeom.sf(np.minimum(values, drawn) - 1, n, values, drawn), counts
    )  # p if as many as possible have it
    k = np.arange(1, len(least) + 2)
    within = np.searchsorted(np.sort(least), level / k * (1 + ROUNDING), side="right")
    return level / k[np.argmax(within <= k)]
