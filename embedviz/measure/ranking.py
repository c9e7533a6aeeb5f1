"""Ranks of what was held out, and lists of recommendations, as numbers; all on data that training has not seen."""

import numpy as np
import scipy.sparse

from embedviz.base.arrays import check_finite, to_numpy, whole_number
from embedviz.inputs.pairs import Pairs


class Scores:
    """The dot products of some users (items of `Pairs`) with all items (contexts), to be asked for block by block.

    Equal items have equal scores. A product of matrices alone does not promise that: its kernels add up the last
    columns in another order than the others.

    Args:
        users, items: vectors of shape (n_users, dim) and (n_items, dim), dense (anything that `to_numpy` takes) or
            scipy sparse.
        pairs: whose names they are the vectors of; None: of anything.

    Attributes:
        n_users, n_items: how many.

    Raises:
        TypeError: a sparse tensor.
        ValueError: NaN or infinity, different dimensions, or another number of vectors than `pairs` has names.
    """

    def __init__(self, users, items, pairs: Pairs | None = None):
        self._users, self._items = both_sides(users, items, pairs)
        self.n_users, self.n_items = self._users.shape[0], self._items.shape[0]
        self._copies = None
        if not scipy.sparse.issparse(self._items) and self._items.shape[1]:
            # Rows as bytes are compared at once, not number by number; 0 is added as −0 has other bytes.
            whole = np.ascontiguousarray(self._items + self._items.dtype.type(0))
            as_bytes = whole.view(np.dtype((np.void, whole[:1].nbytes))).ravel()
            _, first, copies = np.unique(as_bytes, return_index=True, return_inverse=True)
            if len(first) < self.n_items:
                self._items, self._copies = whole[first], copies.ravel()

    def __call__(self, rows) -> np.ndarray:
        """Of the users in `rows` (numbers or a slice), float32 or float64 of shape (len(rows), n_items), to be kept."""
        with np.errstate(over="ignore", invalid="ignore"):  # told below
            scores = self._users[rows] @ self._items.T
        scores = scores.toarray() if scipy.sparse.issparse(scores) else np.asarray(scores)
        if not np.isfinite(scores).all():
            raise ValueError("a score overflows: the vectors are too long")
        return scores if self._copies is None else scores[:, self._copies]


def both_sides(users, items, pairs: Pairs | None = None) -> tuple:
    """The vectors as they may be compared. Arguments and errors as of `Scores`."""
    users, items = _vectors(users, "users"), _vectors(items, "items")
    if users.shape[1] != items.shape[1]:
        raise ValueError(f"the users' vectors have {users.shape[1]} dimensions, the items' {items.shape[1]}")
    if pairs is not None and (users.shape[0], items.shape[0]) != pairs.matrix.shape:
        raise ValueError(
            f"{users.shape[0]} and {items.shape[0]} vectors, for pairs of {len(pairs.items)} names with "
            f"{len(pairs.contexts)}: there must be one for each"
        )
    return users, items


def _vectors(vectors, what: str):
    """Finite vectors, float32 or float64, in two dimensions; dense, or a csr_array."""
    if scipy.sparse.issparse(vectors):
        vectors = scipy.sparse.csr_array(vectors)
    else:
        vectors = to_numpy(vectors)
        if vectors.ndim != 2:
            raise ValueError(f"{what} of shape {vectors.shape}: a row for each is needed, so two dimensions")
    check_finite(vectors, what)
    return vectors.astype(np.result_type(vectors.dtype, np.float32), copy=False)


def _check_alike(train: Pairs, test: Pairs) -> None:
    """See that two sets of pairs number users and items alike, and that there is something to test.

    Raises:
        ValueError: they do not, or there is not.
    """
    if train.matrix.shape != test.matrix.shape or not (
        np.array_equal(train.items, test.items) and np.array_equal(train.contexts, test.contexts)
    ):
        raise ValueError("train and test number different users or items: number them together")
    if not len(test):
        raise ValueError("test has no pairs: there is nothing to measure")


def ranks(items, contexts, train: Pairs, test: Pairs, batch_size: int = 1024) -> np.ndarray:
    """The rank of each held-out context among all contexts that its item does not have in training; 1 is best.

    Args:
        items, contexts: vectors of shape (n_items, dim) and (n_contexts, dim), dense or sparse; score = dot product.
        train, test: numbered alike, see `Pairs.split`. Other held-out contexts of the item count as rivals.
        batch_size: items compared at a time; memory is about twice batch_size × n_contexts numbers.

    Returns:
        float64 array of shape (len(test),). Ties share the mean rank, so that constant scores earn no credit.

    Raises:
        ValueError: as `Scores`; train and test are numbered differently, or test is empty.
    """
    _check_alike(train, test)
    score, batch_size = Scores(items, contexts, train), whole_number("batch_size", batch_size, 1, 10**9)
    order = np.argsort(test.index[:, 0], kind="stable")
    asked, first = np.unique(test.index[order, 0], return_index=True)
    held_out = np.split(order, first[1:])  # for each item asked about, the rows of test
    result = np.empty(len(test))
    for start in range(0, len(asked), batch_size):
        block = asked[start : start + batch_size]
        scores = score(block)
        scores[train.matrix[block].tocoo().coords] = -np.inf
        targets = [scores[row, test.index[mine, 1]] for row, mine in enumerate(held_out[start : start + batch_size])]
        scores.sort(axis=1)  # then a rank is a binary search, without a copy of the scores for each pair
        for row, target, mine in zip(scores, targets, held_out[start : start + batch_size]):
            better, as_good = len(row) - np.searchsorted(row, target, "right"), np.searchsorted(row, target, "left")
            result[mine] = better + (len(row) - better - as_good + 1) / 2
    return result


def ranking_scores(rank: np.ndarray, k: int = 10) -> dict[str, float]:
    """Summary of `ranks`: hits (share at rank k or better) and MRR (mean of 1 / rank)."""
    return {f"hits@{k}": float((rank <= k).mean()), "MRR": float((1 / rank).mean())}


# --- Recommendation: lists of k items for each user ------------------------------------------------------


def top_items(
    users, items, seen: scipy.sparse.sparray | None = None, k: int = 20, batch_size: int = 1024
) -> np.ndarray:
    """The k items with the largest dot product, for each user, the best first.

    Args:
        users, items: vectors of shape (n_users, dim) and (n_items, dim), dense or sparse.
        seen: sparse (n_users, n_items); what is not 0 is not recommended.
        k: length of the list.
        batch_size: users compared at a time.

    Returns:
        int64 array of shape (n_users, k). Ties go to the lower number; where fewer than k items are left, the rest is
        −1.

    Raises:
        ValueError: as `Scores`; k below 1 or above the number of items; `seen` of another shape.
    """
    score, batch_size = Scores(users, items), whole_number("batch_size", batch_size, 1, 10**9)
    shape = (score.n_users, score.n_items)
    if not 1 <= k <= score.n_items:
        raise ValueError(f"k={k}: there are {score.n_items} items, so it must be from 1 to {score.n_items}")
    if seen is not None and seen.shape != shape:
        raise ValueError(f"`seen` of shape {seen.shape}, for {shape[0]} users and {shape[1]} items")
    result = np.empty((score.n_users, k), np.int64)
    for start in range(0, score.n_users, batch_size):
        scores = score(slice(start, start + batch_size))
        if seen is not None:
            scores[scipy.sparse.csr_array(seen)[start : start + batch_size].tocoo().coords] = -np.inf
        best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        result[start : start + batch_size] = np.where(np.take_along_axis(scores, best, axis=1) > -np.inf, best, -1)
    return result


def hits(top: np.ndarray, relevant: scipy.sparse.sparray) -> np.ndarray:
    """Which places of the lists hold a relevant item: bool (n_users, k). Arguments as `recall_at_k`.

    Raises:
        ValueError: of different numbers of users.
    """
    if len(top) != relevant.shape[0]:
        raise ValueError(f"lists of {len(top)} users, relevant items of {relevant.shape[0]}: they must be the same")
    found = np.asarray(relevant.tocsr()[np.repeat(np.arange(len(top)), top.shape[1]), top.ravel()]).reshape(top.shape)
    return (found != 0) & (top >= 0)


def relevant_counts(relevant: scipy.sparse.sparray) -> np.ndarray:
    """How many items are relevant to each user, float64 (n_users,), NaN for none: such users cannot be judged."""
    count = np.asarray((relevant != 0).sum(axis=1), dtype=np.float64)
    return np.where(count > 0, count, np.nan)


def recall_at_k(top: np.ndarray, relevant: scipy.sparse.sparray) -> np.ndarray:
    """Share of a user's relevant items that the list holds, of those that it could: hits / min(k, relevant).

    Args:
        top: lists of shape (n_users, k), see `top_items`.
        relevant: sparse (n_users, n_items), not 0 where an item is relevant.

    Returns:
        float64 (n_users,), NaN for users without relevant items.

    Source: Liang et al., *Variational Autoencoders for Collaborative Filtering* (WWW 2018), eq. 10: so a perfect list
    has 1. Without the minimum, a user with 100 relevant items could reach .2 at most at k = 20.
    """
    return hits(top, relevant).sum(axis=1) / np.minimum(relevant_counts(relevant), top.shape[1])


def ndcg_at_k(top: np.ndarray, relevant: scipy.sparse.sparray) -> np.ndarray:
    """Normalized discounted cumulative gain: a hit at place r counts 1 / log₂(r + 1), divided by what the best list
    has.

    Arguments and result as `recall_at_k`. Source: Järvelin & Kekäläinen (ACM TOIS 2002), with gains of 0 and 1.
    """
    discount = 1 / np.log2(np.arange(2, top.shape[1] + 2))
    count = relevant_counts(relevant)
    ideal = np.concatenate([[np.nan], np.cumsum(discount)])[np.nan_to_num(np.minimum(count, top.shape[1])).astype(int)]
    return hits(top, relevant) @ discount / ideal


def reciprocal_rank(top: np.ndarray, relevant: scipy.sparse.sparray) -> np.ndarray:
    """1 / place of the first relevant item, 0 if the list has none; its mean is MRR@k.

    Arguments and result as `recall_at_k`.
    """
    found = hits(top, relevant)
    rank = np.where(found.any(axis=1), 1 / (found.argmax(axis=1) + 1), 0)
    return np.where(np.isnan(relevant_counts(relevant)), np.nan, rank)


def coverage(top: np.ndarray, n_items: int) -> float:
    """Share of the catalog that is recommended to anybody."""
    return len(np.unique(top[top >= 0])) / n_items


def average_popularity(top: np.ndarray, counts: np.ndarray) -> float:
    """How often the recommended items occur in training: the mean over each list, then over users. NaN if all lists are
    empty.

    Args:
        top: as `recall_at_k`.
        counts: (n_items,), occurrences in training.

    Source: average recommendation popularity (ARP), Abdollahpouri et al., *Managing Popularity Bias in Recommender
    Systems* (FLAIRS 2019).
    """
    there = top >= 0
    filled = there.any(axis=1)
    if not filled.any():
        return float("nan")
    return float((np.where(there, counts[top], 0).sum(axis=1)[filled] / there.sum(axis=1)[filled]).mean())


def recommendation_scores(
    users,
    items,
    train: Pairs,
    test: Pairs,
    k: int = 20,
    *,
    exclude_seen: bool = True,
    candidates: np.ndarray | None = None,
    each: bool = False,
) -> dict[str, float]:
    """All of the above for one model, over the users that have test items.

    Args:
        users, items: vectors, score = dot product.
        train, test: pairs of (user, item), numbered alike.
        exclude_seen: leave a user's training items out of their list.
        candidates: numbers of the items that may be recommended (those held out of training, say); None: all.
        each: give for recall, NDCG and MRR also "<measure> of each", float64 of shape (n_judged,), a number for each
            user that has test items, and "<measure> units", the names of these users: what `intervals.paired` takes.

    Raises:
        ValueError: as `Scores` and `top_items`; train and test are numbered differently; test is empty.
    """
    _check_alike(train, test)
    users, items = both_sides(users, items, train)
    candidates = np.arange(len(train.contexts)) if candidates is None else np.asarray(candidates)
    judged = np.unique(test.index[np.isin(test.index[:, 1], candidates), 0])
    if not len(judged):
        raise ValueError("test has no pairs of a candidate: there is nothing to measure")
    relevant, seen = test.matrix[judged][:, candidates], train.matrix[judged][:, candidates]
    top = top_items(users[judged], items[candidates], seen if exclude_seen else None, k)
    counts = np.bincount(train.index[:, 1], minlength=len(train.contexts))[candidates]
    values = {
        f"recall@{k}": recall_at_k(top, relevant),
        f"NDCG@{k}": ndcg_at_k(top, relevant),
        f"MRR@{k}": reciprocal_rank(top, relevant),
    }
    row = {measure: float(own.mean()) for measure, own in values.items()}
    row |= {f"coverage@{k}": coverage(top, len(candidates)), f"popularity@{k}": average_popularity(top, counts)}
    if each:
        row |= {f"{measure} of each": own for measure, own in values.items()}
        row |= dict.fromkeys([f"{measure} units" for measure in values], test.items[judged])
    return row


def sampled_scores(
    users, items, train: Pairs, test: Pairs, k: int = 10, *, negatives: int = 100, seed: int = 0
) -> dict[str, float]:
    """Hit rate@k and NDCG@k as many papers measured them: each test item against `negatives` random unseen items only.

    Here to show that it misleads: it is another measure, which says little about the first places of the whole catalog,
    and may turn the order of two methods round (Krichene & Rendle, *On Sampled Metrics for Item Recommendation*, KDD
    2020).

    Arguments as `recommendation_scores`; of a user with fewer unseen items than `negatives`, all of them are taken. A
    tie with a negative counts as half a place lost.

    Raises:
        ValueError: as `recommendation_scores`; negatives below 1.
    """
    _check_alike(train, test)
    score, negatives = Scores(users, items, train), whole_number("negatives", negatives, 1, 10**9)
    rng, place = np.random.default_rng(seed), np.empty(len(test))
    known = train.matrix + test.matrix
    judged = np.unique(test.index[:, 0])
    # All users of a block at once: EASE's matrix is copied with each call.
    by_user = (scores for block in np.split(judged, range(256, len(judged), 256)) for scores in score(block))
    for user, scores in zip(judged, by_user):
        unseen = np.setdiff1d(np.arange(len(train.contexts)), known[[user]].indices)
        rows = np.flatnonzero(test.index[:, 0] == user)
        for row, own in zip(rows, scores[test.index[rows, 1]]):
            rivals = scores[rng.choice(unseen, min(negatives, len(unseen)), replace=False)]
            place[row] = 1 + (rivals > own).sum() + (rivals == own).sum() / 2
    found = place <= k
    return {
        f"hit rate@{k}, sampled": float(found.mean()),
        f"NDCG@{k}, sampled": float(np.where(found, 1 / np.log2(place + 1), 0).mean()),
    }


def top_k_accuracy(users, items, test: Pairs, k: int = 100) -> float:
    """Share of the test pairs whose item is among the k best for its user, seen items not excluded.

    The protocol of TensorFlow Recommenders' tutorial (factorized top-k). A film that the user has seen in training
    takes a place in the list, though it cannot be the answer.

    Raises:
        ValueError: as `Scores` and `top_items`; test is empty.
    """
    _check_alike(test, test)
    users, items = both_sides(users, items, test)
    judged, rows = np.unique(test.index[:, 0], return_inverse=True)
    top = top_items(users[judged], items, None, k)
    return float((top[rows] == test.index[:, 1:]).any(axis=1).mean())
