"""`explore_retrieval`: compose a user of two towers.

See what is recommended, why, and where the user stands among the items. Without hidden layers a user's vector is a sum
of embeddings, so the page (js/retrieval/) scores, ranks and takes apart by itself; here the model does the same, for
programs and for the still picture.
"""

import contextlib
import html
from collections.abc import Collection, Hashable, Iterable, Sequence

import numpy as np
import pandas as pd
import torch
import traitlets

from embedviz.base.facts import align
from embedviz.base.names import NameIndex, as_name, shorten, tidy
from embedviz.inputs.pairs import Pairs
from embedviz.models.two_tower import TwoTower
from embedviz.space.projection import principal_axes
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget, ModuleView
from embedviz.widgets.look import INK, Groups, by_label, color_columns, group
from embedviz.widgets.payload import packed_columns, packed_texts

TITLE = "The films, where they differ most"


REASONS = 3  # parts of the user's vector that are named for each item


MOST_VALUES = 60  # a feature with more of them (the users' own numbers) is not offered


SHORTEST = 1e-12  # a vector that is shorter has no direction


def explore_retrieval(
    model: TwoTower,
    pairs: Pairs,
    frame: pd.DataFrame | None = None,
    *,
    color: Hashable | None = None,
    user: Hashable | None = None,
    liked: Collection[Hashable] = (),
    k: int = 10,
) -> "RetrievalExplorer":
    """A widget: choose a user or compose one, and see the k best items, the parts of the user that speak for each, and
    a map.

    Args:
        model: without hidden layers, so that a score is a sum of parts.
        pairs: those it was trained on: the names, and what each user has.
        frame: facts about the items, for color and hover; see `explorer.explore`.
        color: the column to color the map by; None: the first of few values.
        user: one of `pairs.items` to start from; None: one of your own, of whom nothing is given but `liked`.
        liked: names of items to start from.
        k: items to recommend.

    Raises:
        KeyError: an unknown user, item or column.
        ValueError: k out of range, or a model with hidden layers.
    """
    return RetrievalExplorer(model, pairs, frame, color=color, user=user, liked=liked, k=k)


class RetrievalView(ModuleView):
    entry = "retrieval/main.js"


class RetrievalExplorer(LiveWidget):
    """What `explore_retrieval` returns: a widget to display, and the same as an object to program.

    The first three are traits: set them, or `observe` what is done in the page.

    Attributes:
        user: name of the user of the training data who was loaded, or None. To set it loads that user.
        profile: feature → the value given; of several that a loaded user has, the list of them; or None. It has the
            features of at most 60 values; those that are left out when it is set are None.
        liked: names of the items that the user has, list of str.
        recommended: DataFrame of the k best other items: name, score (cosine), reasons (list of (what, share of the
            score)), equal scores in the order of the items; the model computes it whenever it is asked for.
        vector: the user's vector, float32 of shape (dim,), of length 1; 0 where nothing is known.
        lit: rows of the map that are lit: the user's, and those of the recommended items; list of int.

    Setting them raises:
        KeyError: an unknown user, feature or item.
        ValueError: an unknown value of a feature.
    """

    entry = RetrievalView.entry
    SHARED = ("user", "profile", "liked")

    user = traitlets.Any(None).tag(sync=True)
    profile = traitlets.Dict().tag(sync=True)
    liked = traitlets.List().tag(sync=True)
    asked = traitlets.Unicode().tag(sync=True)  # a name that was looked for in vain: the page suggests others
    payload = traitlets.Dict().tag(sync=True)  # what the page computes with, see js/retrieval/data.js

    def __init__(
        self,
        model: TwoTower,
        pairs: Pairs,
        frame: pd.DataFrame | None = None,
        *,
        color: Hashable | None = None,
        user: Hashable | None = None,
        liked: Collection[Hashable] = (),
        k: int = 10,
    ):
        if not 1 <= k <= len(pairs.contexts):
            raise ValueError(
                f"k={k}: there are {len(pairs.contexts)} items, so it must be from 1 to {len(pairs.contexts)}"
            )
        model.user_parts({}, [])  # raises where a score is no sum
        self.model, self.pairs, self.k = model, pairs, k
        self._items = model.vectors()[1]
        self._table = EmbeddingTable(pairs.contexts, self._items)
        self._users = NameIndex(pairs.items, "users")
        self._offered = {name: own for name, own in self._features().items() if len(own) <= MOST_VALUES}
        self._mean, self._axes = principal_axes(self._items)
        self._coords = self._project(self._items)
        shares = self._coords.var(axis=0) / max(self._items.var(axis=0).sum(), 1e-12)
        self._axis_titles = [f"direction {i} ({share:.0%} of the variance)" for i, share in enumerate(shares, 1)]
        frame = align(frame, pairs.contexts)
        columns = by_label(color_columns(frame, color))
        self._legend = next(iter(columns), "")
        self.groups = _with_user(group(frame[columns[self._legend]] if columns else None, len(self._table)))
        user, liked = self._known_user(user), self._all_known(liked)

        self._whole_at_once = False
        super().__init__([])
        self.payload = self._packed(frame)
        self.load(user)
        self.liked = [*self.liked, *liked]
        self.children = [RetrievalView(self)]

    def _features(self):
        """feature → its values, of the user tower."""
        features = {}
        for feature, value in self.model.users.values if self.model.users is not None else ():
            features.setdefault(feature, []).append(value)
        return features

    # To use: by hand in the page, by program through these.

    def load(self, user: Hashable | None) -> None:
        """Show a user of the training data as the model knows them, or (None) one of whom nothing is known.

        What no box can say of the user counts too: a feature of too many values, such as the user's own number, and
        several values of one feature, until another is chosen.

        Raises:
            KeyError: an unknown user.
        """
        user = self._known_user(user)
        known = self._known_of(user)
        profile = {}
        for feature in self._offered:
            values = known.get(feature, [])
            profile[feature] = values if len(values) > 1 else next(iter(values), None)
        history = [] if user is None else self.pairs.matrix[[self._users.row(user)]].indices
        self._show(user=user, profile=profile, liked=self.pairs.contexts[history].tolist(), asked="")

    def choose(self, **profile: str | None) -> None:
        """Set features of the user, by name; None: not given.

        Raises:
            KeyError: an unknown feature.
            ValueError: an unknown value.
        """
        with self.changing():
            self.profile = {**self.profile, **profile}

    def like(self, text: str) -> None:
        """Add the item whose name this is, but for case and spaces; if there is none, suggest some."""
        name, _ = self._table.look_up(text, 1)
        if name is None:
            self.asked = tidy(text.encode("utf-8", "replace").decode())
            return
        with self.changing():
            self._show(liked=[*self.liked, name], asked="")

    def toggle(self, name: Hashable) -> None:
        """Add an item to those that the user has, or take it away.

        Raises:
            KeyError: an unknown name.
        """
        name = self._known(name)
        with self.changing():
            others = [other for other in self.liked if other != name]
            self._show(liked=others if name in self.liked else [*others, name], asked="")

    def set_state(self, sync_data: dict) -> None:
        """What Jupyter calls with a state of the page: a loaded user comes with profile and history."""
        with self.changing(), self._together():
            super().set_state(sync_data)

    def _show(self, **state):
        """Change traits together: one message to the page, and observers see all of them."""
        with self.changing(), self._together(), self.hold_trait_notifications():
            for name, value in state.items():
                setattr(self, name, value)

    @contextlib.contextmanager
    def _together(self):
        before, self._whole_at_once = self._whole_at_once, True
        try:
            yield
        finally:
            self._whole_at_once = before

    @traitlets.validate("user")
    def _user_is_known(self, proposal):
        return self._known_user(proposal["value"])

    @traitlets.validate("profile")
    def _profile_is_known(self, proposal):
        profile = proposal["value"]
        for feature, value in profile.items():
            if feature not in self._offered:
                raise KeyError(f"no feature {feature!r} to choose; there are {', '.join(self._offered)}")
            for one in _listed(value):
                if one not in self._offered[feature]:
                    raise ValueError(f"{feature}={one!r}: it must be one of {', '.join(self._offered[feature])}")
        whole = {feature: _listed(profile.get(feature)) for feature in self._offered}
        return {feature: values if len(values) > 1 else next(iter(values), None) for feature, values in whole.items()}

    @traitlets.validate("liked")
    def _liked_are_known(self, proposal):
        return self._all_known(proposal["value"])

    @traitlets.observe(*SHARED)
    def _changed(self, change):
        if change["name"] == "user" and not self._whole_at_once:
            self.load(change["new"])
        self.renew_static()

    def _known_user(self, user):
        if user is None:
            return None
        user = as_name(user)
        if user not in self._users:
            raise KeyError(f"no user {user!r}; there are {len(self._users)}, such as {self._users.names[0]!r}")
        return user

    def _known(self, key):
        return str(self._table.names[self._table.number(as_name(key))])  # raises, with suggestions

    def _all_known(self, keys):
        return list(dict.fromkeys(map(self._known, keys)))

    def _known_of(self, user):
        """feature → list of its values, of a user of the training data."""
        known, tower = {}, self.model.users
        if user is not None and tower is not None:
            row = self._users.row(user)
            for i in tower.matrix.columns(row):
                feature, value = tower.values[i]
                known.setdefault(feature, []).append(value)
        return known

    def _given(self):
        """feature → list of its values, of all that is known of the user but the history."""
        chosen = {feature: _listed(value) for feature, value in self.profile.items() if value is not None}
        known = self._known_of(self.user)
        return chosen | {feature: values for feature, values in known.items() if feature not in self._offered}

    # To compute, as the chapter teaches: by the model.

    @property
    def recommended(self) -> pd.DataFrame:
        parts, vectors = self._parts()
        length = max(float(np.linalg.norm(vectors.sum(axis=0))), SHORTEST)
        scores, history = _products(self._items, vectors.sum(axis=0) / length), self._rows(self.liked)
        scores[history] = -np.inf
        rows = []
        best = np.argsort(-scores, kind="stable")[: min(self.k, len(scores) - len(history))]
        for item in best if len(parts) else ():
            shares = _products(vectors, self._items[item] / length)
            largest = [i for i in np.argsort(-shares, kind="stable")[:REASONS] if shares[i] > 0]
            reasons = [(self._part(*parts.iloc[i][["feature", "value"]]), float(shares[i])) for i in largest]
            rows.append((str(self.pairs.contexts[item]), float(scores[item]), reasons))
        return pd.DataFrame(rows, columns=["name", "score", "reasons"]).astype({"score": float})

    @property
    def vector(self) -> np.ndarray:
        total = self._parts()[1].sum(axis=0)
        return (total / max(float(np.linalg.norm(total)), SHORTEST)).astype(np.float32)

    @property
    def lit(self) -> list[int]:
        rows = self._rows(self.recommended["name"])
        return [len(self._items), *rows] if rows else []

    def _parts(self):
        """What `TwoTower.user_parts` gives of the user, and its vectors, float64 of shape (parts, dim)."""
        parts = self.model.user_parts(self._given(), self._rows(self.liked))
        vectors = np.stack(parts["vector"]) if len(parts) else np.zeros((0, self._items.shape[1]))
        return parts, vectors.astype(np.float64)

    def _rows(self, names):
        return [self._table.number(name) for name in names]

    def _part(self, feature, value):
        return str(self.pairs.contexts[value]) if feature == "history" else f"{feature} {value}"

    def _project(self, vectors):
        return ((vectors - self._mean) @ self._axes.T).astype(np.float32)

    # What the page computes with.

    def _packed(self, frame):
        features, tower, watched = list(self._features()), self.model.users, self.model.watched
        values = tower.values if tower is not None else []
        order = np.array(sorted(range(len(self._users)), key=lambda row: _by_number(self._users.names[row])))
        payload = {
            "k": self.k,
            "dim": self._items.shape[1],
            "names": packed_texts(self.pairs.contexts),
            "items": _floats(self._items),
            "watched": b"",
            "features": [{"name": name, "offered": name in self._offered} for name in features],
            "values": packed_texts(value for _, value in values),
            "value_features": _ints(features.index(feature) for feature, _ in values),
            "value_vectors": b"" if tower is None else _floats(tower.embeddings.detach().cpu().numpy()),
            "users": packed_texts(self._users.names[order]),
            "mean": _floats(self._mean),
            "axes": _floats(self._axes),
            "titles": self._axis_titles,
            "title": TITLE,
            "codes": self.groups.codes.astype(np.uint8).tobytes(),
            "classes": self.groups.classes,
            "facts": packed_columns(frame),
        }
        if watched is not None:
            with torch.no_grad():
                everything = torch.arange(len(self._items), device=self.model.seen.device)
                payload["watched"] = _floats(watched(everything).cpu().numpy())
        known = [[] if tower is None else tower.matrix.columns(row) for row in order]
        payload |= _lists("user_value", known)
        payload |= _lists("history", [self.pairs.matrix[[row]].indices for row in order])
        return payload

    def page_title(self) -> str:
        """Of the page of `to_html`."""
        return "Recommended films, and what speaks for them"

    # The still form, for where there is no kernel.

    def describe(self) -> str:
        """Who the user is, and what is recommended, in words."""
        given = [f"{feature} {', '.join(values)}" for feature, values in self._given().items()]
        if self.liked:
            more = f" and {len(self.liked) - 5} more films" if len(self.liked) > 5 else ""
            given.append(", ".join(self.liked[:5]) + more)
        who = f"A user of whom is known: {'; '.join(given)}." if given else "A user of whom nothing is known."
        recommended = self.recommended
        listed = ", ".join(f"{name} ({score:.2f})" for name, score in zip(recommended["name"], recommended["score"]))
        return f"{who} Recommended: {listed or 'nothing'}."

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of the map as a still picture, with its description."""
        names, lit, groups, points = [*self.pairs.contexts, "the user"], self.lit, self.groups, self._coords
        if lit:
            points = np.concatenate([points, self._project(self.vector[None])])
        else:  # the user is nowhere
            groups = Groups(groups.codes[:-1], groups.labels[:-1], groups.colors[:-1])
        figure = still.map_figure(points, groups, TITLE, self._axis_titles, lit, names, self._legend)
        return still.png_bundle(figure, self.describe())

    def _words(self):
        rows = "".join(
            f"<tbody><tr><td>{rank}</td><th scope='rowgroup'>{html.escape(name)}</th><td>{score:.2f}</td></tr>"
            f"<tr><td></td><td colspan='2'>{html.escape(_said(reasons))}</td></tr></tbody>"
            for rank, (name, score, reasons) in enumerate(self.recommended.itertuples(index=False), 1)
        )
        head = "<tr><th scope='col'>#</th><th scope='col'>Film</th><th scope='col'>Score</th></tr>"
        head += "<tr><td></td><th scope='col' colspan='2'>What speaks for it most</th></tr>"
        table = f"<table><caption>Recommended</caption><thead>{head}</thead>{rows}</table>" if rows else ""
        return f"<p>{html.escape(self.describe())}</p>{table}"


def _said(reasons):
    """The reasons in words; shares of many parts are small, and get another digit."""
    digits = 2 if reasons and reasons[0][1] >= 0.1 else 3
    return ", ".join(f"{shorten(what, 30)} {share:+.{digits}f}" for what, share in reasons)


def _products(vectors, vector) -> np.ndarray:
    """The dot product of each row with a vector, float32: equal rows have equal ones, which a BLAS does not promise."""
    return np.einsum("ij,j->i", vectors.astype(np.float64), vector).astype(np.float32)


def _listed(value) -> list[str]:
    """The values of a feature, each once: of a list of them, of one, or of None."""
    return [] if value is None else list(dict.fromkeys(value)) if isinstance(value, (list, tuple)) else [value]


def _by_number(name: str) -> tuple[int, str]:
    """Key to sort names by, those that are numbers by size."""
    return len(name), name


# Numbers and texts as the page takes them.


def _floats(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array, dtype=np.float32).tobytes()


def _ints(numbers: Iterable[int]) -> bytes:
    return np.fromiter(numbers, dtype=np.int32).tobytes()


def _lists(name: str, rows: Sequence[Sequence[int]]) -> dict[str, bytes]:
    """Lists of numbers end to end, and where each begins and the last ends."""
    starts = np.cumsum([0, *map(len, rows)])
    return {f"{name}_starts": _ints(starts), f"{name}_lists": _ints(number for row in rows for number in row)}


def _with_user(groups: Groups) -> Groups:
    """Groups of the items, and one more for the user."""
    return Groups(np.append(groups.codes, len(groups.labels)), [*groups.labels, "the user"], [*groups.colors, INK])
