"""`explore_retrieval`: compose a user of two towers.

See what is recommended, why, and where the user stands among the items.
"""

import html
from collections.abc import Collection, Hashable, Sequence

import ipywidgets
import numpy as np
import pandas as pd

from embedviz.base.facts import align
from embedviz.base.names import NameIndex, as_name, shorten
from embedviz.inputs.pairs import Pairs
from embedviz.models.two_tower import TwoTower
from embedviz.space.projection import principal_axes
from embedviz.space.table import EmbeddingTable
from embedviz.widgets import still
from embedviz.widgets.base import LiveWidget
from embedviz.widgets.look import INK, Groups, by_label, color_columns, group, hover_texts
from embedviz.widgets.map import LiveMap, LiveMapView
from embedviz.widgets.parts import Panel, PanelView, SearchBox, SearchBoxView, looked_up, suggestion_list

NOT_GIVEN, OWN = "not given", "a user of my own"


TITLE = "The films, where they differ most"


REASONS = 3  # parts of the user's vector that are named for each item


MOST_VALUES = 60  # a feature with more of them (the users' own numbers) is not offered


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


class RetrievalExplorer(LiveWidget):
    """What `explore_retrieval` returns: a widget to display, and the same as an object to program.

    Attributes:
        profile_boxes: feature → dropdown; of those with at most 60 values.
        liked: names of the items that the user has.
        recommended: DataFrame of the k best other items: name, score (cosine), reasons (list of (what, share of the
            score)).
        lit: rows of the map that are lit: the user's, and those of the recommended items; list of int.
    """

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
        frame = align(frame, pairs.contexts)
        columns = by_label(color_columns(frame, color))
        self._legend = next(iter(columns), "")
        groups = group(frame[columns[self._legend]] if columns else None, len(self._table))
        self.groups = Groups(
            np.append(groups.codes, len(groups.labels)), [*groups.labels, "the user"], [*groups.colors, INK]
        )
        self._hover = [*hover_texts(pairs.contexts, frame), "<b>the user</b>"]
        self._mean, self._axes = principal_axes(self._items)
        self._coords = self._project(self._items)
        shares = self._coords.var(axis=0) / max(self._items.var(axis=0).sum(), 1e-12)
        self._axis_titles = [f"direction {i} ({share:.0%} of the variance)" for i, share in enumerate(shares, 1)]

        style = {"description_width": "initial"}
        self.user_box = ipywidgets.Dropdown(
            options=[OWN, *_by_number(pairs.items)], description="User", style=style, layout={"width": "190px"}
        )
        self.profile_boxes = {
            feature: ipywidgets.Dropdown(
                options=[NOT_GIVEN, *values], description=feature, style=style, layout={"width": width}
            )
            for feature, values, width in self._offered()
        }
        self.search_box = SearchBox(names=pairs.contexts.tolist())
        self.clear_button = ipywidgets.Button(description="Clear", tooltip="Forget the user", layout={"width": "70px"})
        self.chips, self.panel, self.note = Panel(), Panel(), ipywidgets.HTML()
        self.map = LiveMap(TITLE, (520, 450), [*pairs.contexts.tolist(), "the user"], self._hover, self._clicked)
        self.map.paint(self.groups)
        self._loading, self._message, self.liked = False, "", []
        self._whole = {}  # feature → all values of the user who was loaded, where no box says them
        if user is not None:
            self.load(user)
        self.liked = list(dict.fromkeys([*self.liked, *map(self._known, liked)]))
        self._update()

        self.user_box.observe(
            lambda change: self._loading or self.load(None if change["new"] == OWN else change["new"]), "value"
        )
        for feature, box in self.profile_boxes.items():
            box.observe(lambda change, feature=feature: self._loading or self._changed(feature), "value")
        self.search_box.observe(lambda change: self.like(change["new"]) if change["new"] else None, "value")
        self.clear_button.on_click(lambda button: self.load(None))
        for panel in (self.chips, self.panel):
            panel.on_msg(lambda panel, message, buffers: self.toggle(message["name"]))
        row = ipywidgets.Layout(flex_flow="row wrap")
        beside = {"flex": "1 1 270px", "width": "270px", "max_height": "474px", "overflow": "auto"}
        views = [LiveMapView(self.map), PanelView(self.panel, layout=beside)]
        super().__init__(
            [
                ipywidgets.HBox([self.user_box, *self.profile_boxes.values()], layout=row),
                ipywidgets.HBox(
                    [
                        SearchBoxView(self.search_box),
                        self.clear_button,
                        PanelView(self.chips, layout={"flex": "1 1 400px"}),
                    ],
                    layout=row,
                ),
                ipywidgets.HBox(views, layout=row),
                self.note,
            ]
        )

    def _offered(self):
        if self.model.users is None:
            return
        values = {}
        for feature, value in self.model.users.values:
            values.setdefault(feature, []).append(value)
        for feature, own in values.items():
            if len(own) <= MOST_VALUES:
                yield feature, own, f"{60 + 7 * (len(feature) + max(map(len, [*own, NOT_GIVEN])))}px"

    # To use: by hand through the widgets, by program through these.

    @property
    def profile(self) -> dict[str, str | None]:
        """feature → the value chosen, or None; of several that a loaded user has, the first."""
        return {feature: None if box.value == NOT_GIVEN else box.value for feature, box in self.profile_boxes.items()}

    def load(self, user: Hashable | None) -> None:
        """Show a user of the training data as the model knows them, or (None) one of whom nothing is known.

        What no box can say of the user counts too: a feature of too many values, such as the user's own number, and
        several values of one feature, until another is chosen.

        Raises:
            KeyError: an unknown user.
        """
        known, history = {}, []
        if user is not None:
            user = as_name(user)
            if user not in self._users:
                raise KeyError(f"no user {user!r}; there are {len(self._users)}, such as {self._users.names[0]!r}")
            row, tower = self._users.row(user), self.model.users
            if tower is not None:
                for i in tower.indices[tower.indptr[row] : tower.indptr[row + 1]].tolist():
                    feature, value = tower.values[i]
                    known[feature] = (*known.get(feature, ()), value)
            history = self.pairs.matrix[[row]].indices
        self._whole = {
            feature: values for feature, values in known.items() if len(values) > 1 or feature not in self.profile_boxes
        }
        self._loading = True  # one drawing for all changes
        try:
            self.user_box.value = OWN if user is None else user
            for feature, box in self.profile_boxes.items():
                box.value = known.get(feature, (NOT_GIVEN,))[0]
        finally:
            self._loading = False
        self.liked = [str(self.pairs.contexts[item]) for item in history]
        self._message = ""
        self._update()

    def choose(self, **profile: str | None) -> None:
        """Set features of the user, by name; None: not given.

        Raises:
            KeyError: an unknown feature.
            ValueError: an unknown value.
        """
        for feature, value in profile.items():
            if feature not in self.profile_boxes:
                raise KeyError(f"no feature {feature!r} to choose; there are {', '.join(self.profile_boxes)}")
            if value is not None and value not in (options := self.profile_boxes[feature].options):
                raise ValueError(f"{feature}={value!r}: it must be one of {', '.join(options[1:])}")
        for feature, value in profile.items():
            self._whole.pop(feature, None)
            self.profile_boxes[feature].value = NOT_GIVEN if value is None else value
        self._update()

    def like(self, text: str) -> None:
        """Add the item whose name this is, but for case and spaces; if there is none, suggest some."""
        name, close = looked_up(self._table, text, 6)
        if name is None:
            hint = " Did you mean:" if close else " Try another spelling."
            self._message = suggestion_list(f"“{text.strip()}” is not there.{hint}", close)
            self._update()
            return
        self.search_box.value = ""
        if name not in self.liked:
            self.toggle(name)

    def toggle(self, name: Hashable) -> None:
        """Add an item to those that the user has, or take it away.

        Raises:
            KeyError: an unknown name.
        """
        name, self._message = self._known(name), ""
        self.liked = [other for other in self.liked if other != name] if name in self.liked else [*self.liked, name]
        self._update()

    def _known(self, key):
        return str(self._table.names[self._table.number(as_name(key))])  # raises, with suggestions

    def _changed(self, feature):
        self._whole.pop(feature, None)
        self._update()

    def _given(self):
        """feature → its values, of all that is known of the user but the history."""
        chosen = {feature: (value,) for feature, value in self.profile.items() if value is not None}
        return chosen | self._whole

    def _clicked(self, row):
        if row < len(self._items):
            self.toggle(str(self.pairs.contexts[row]))

    # To compute and to draw.

    def _update(self):
        history = [self._table.number(name) for name in self.liked]
        parts = self.model.user_parts(self._given(), history)
        vectors = np.stack(parts["vector"]) if len(parts) else np.zeros((1, self._items.shape[1]), np.float32)
        self.vector = vectors.sum(axis=0)
        length = float(np.linalg.norm(self.vector))
        self.vector = self.vector / max(length, 1e-12)
        scores = self._items @ self.vector
        scores[history] = -np.inf
        rows = []
        best = np.argsort(-scores, kind="stable")[: min(self.k, len(scores) - len(history))]
        for item in best if len(parts) else ():
            shares = vectors @ self._items[item] / length
            largest = [i for i in np.argsort(-shares)[:REASONS] if shares[i] > 0]
            reasons = [
                (self._part(parts["feature"].iloc[i], parts["value"].iloc[i]), float(shares[i])) for i in largest
            ]
            rows.append((str(self.pairs.contexts[item]), float(scores[item]), reasons))
        self.recommended = pd.DataFrame(rows, columns=["name", "score", "reasons"])
        self.chips.html, self.panel.html = self._chips(), self._listing(buttons=True)
        self.note.value = f"<p style='margin: 0'>{html.escape(self._note())}</p>"
        self._draw()

    def _part(self, feature, value):
        return str(self.pairs.contexts[value]) if feature == "history" else f"{feature} {value}"

    def _draw(self):
        place = self._project(self.vector[None]) if len(self.recommended) else np.full((1, 2), np.nan)
        self._points = np.concatenate([self._coords, place])
        self.lit = []
        if len(self.recommended):
            self.lit = [len(self._items), *(self._table.number(name) for name in self.recommended["name"])]
        with self.map.hold_sync():
            self.map.show(self._points, self._axis_titles)
            self.map.light(self.lit)
        self.renew_static()

    def _project(self, vectors):
        return ((vectors - self._mean) @ self._axes.T).astype(np.float32)

    def _note(self):
        features, dimensions = len(self._given()), self._items.shape[1]
        return (
            f"Score: cosine of the user’s and the film’s vectors, in all {dimensions} dimensions. "
            f"It is the sum of what each part of the user adds, of {features} features and {len(self.liked)} films; "
            f"the {REASONS} largest are named."
        )

    def _chips(self):
        if not self.liked:
            return (
                self._message
                or "<p>Films the user has seen: none yet. Search, or click on the map or on a recommendation.</p>"
            )
        shown = self.liked[-12:]
        more = f"and {len(self.liked) - 12} earlier ones; " if len(self.liked) > 12 else ""
        buttons = ", ".join(_button(name, f"remove {name}", "✕ " + shorten(name, 34)) for name in shown)
        return f"{self._message}<p>Has seen {more}{buttons}</p>"

    def _listing(self, buttons):
        if self.recommended.empty:
            return (
                "<p>Nothing is known of this user: there is nothing to recommend by. Choose a feature, or a film.</p>"
            )
        body = ""
        for rank, (name, score, reasons) in enumerate(self.recommended.itertuples(index=False), 1):
            shown = _button(name, f"{name}: seen too", name) if buttons else html.escape(name)
            why = ", ".join(f"{html.escape(shorten(what, 30))} {share:+.2f}" for what, share in reasons)
            body += f"<tbody><tr><td>{rank}</td><th scope='rowgroup'>{shown}</th><td>{score:.2f}</td></tr>"
            body += f"<tr><td></td><td colspan='2'>{why}</td></tr></tbody>"
        head = "<tr><th scope='col'>#</th><th scope='col'>Film</th><th scope='col'>Score</th></tr>"
        head += "<tr><td></td><th scope='col' colspan='2'>What speaks for it most</th></tr>"
        return f"<table><caption>Recommended</caption><thead>{head}</thead>{body}</table>"

    # The still form, for where there is no kernel.

    def describe(self) -> str:
        """Who the user is, and what is recommended, in words."""
        given = [f"{feature} {', '.join(values)}" for feature, values in self._given().items()]
        if self.liked:
            more = f" and {len(self.liked) - 5} more films" if len(self.liked) > 5 else ""
            given.append(", ".join(self.liked[:5]) + more)
        who = f"A user of whom is known: {'; '.join(given)}." if given else "A user of whom nothing is known."
        listed = ", ".join(
            f"{name} ({score:.2f})" for name, score in zip(self.recommended["name"], self.recommended["score"])
        )
        return f"{who} Recommended: {listed or 'nothing'}."

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of the map as a still picture, with its description."""
        names = [*self.pairs.contexts, "the user"]
        shown = ~np.isnan(self._points[:, 0])
        groups = self.groups
        if not shown.all():  # the user is nowhere
            groups = Groups(groups.codes[shown], groups.labels[:-1], groups.colors[:-1])
        figure = still.map_figure(self._points[shown], groups, TITLE, self._axis_titles, self.lit, names, self._legend)
        return still.png_bundle(figure, self.describe())

    def _words(self):
        return f"<p>{html.escape(self.describe())}</p>{self._listing(buttons=False)}"


def _by_number(names: Sequence[str]) -> list[str]:
    return sorted(map(str, names), key=lambda name: (len(name), name))


def _button(name, label, text):
    return f'<button data-name="{html.escape(name)}" aria-label="{html.escape(label)}">{html.escape(text)}</button>'
