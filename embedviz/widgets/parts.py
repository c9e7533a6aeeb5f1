"""Parts of widgets that run in the page: a search box, a panel of HTML, and the tables that it shows."""

import html
from collections.abc import Sequence

import ipywidgets
import pandas as pd
import traitlets

from embedviz.base.names import as_name
from embedviz.space.table import EmbeddingTable
from embedviz.widgets.base import View
from embedviz.widgets.bundle import JS


class SearchBox(ipywidgets.Widget):
    """A text field that completes names; `value` changes at Enter.

    Not an ipywidgets Combobox, which puts all names into the page: at 17,000 a key stroke takes a quarter of a second.
    """

    names = traitlets.List().tag(sync=True)  # str; to check each of a million takes seconds
    value = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode("Search: type a name, then Enter").tag(sync=True)


class SearchBoxView(View):
    _esm, _css = JS / "search_box.js", JS / "search_box.css"


class Panel(ipywidgets.Widget):
    """HTML whose buttons send {"name": their data-name}."""

    html = traitlets.Unicode().tag(sync=True)


class PanelView(View):
    _esm, _css = JS / "panel.js", JS / "panel.css"


def looked_up(table: EmbeddingTable, text: str, n: int = 8) -> tuple[str | None, list[str]]:
    """What a text typed by hand means in a table.

    Returns:
        (the name that it is, but for case, white space and how its letters are composed, or None; up to n names that
        it may mean).
    """
    try:
        text = as_name(text)
    except ValueError:  # half a letter, say: no name has that
        return None, []
    if not text:
        return None, []
    if text in table:
        name = str(table.names[table.number(text)])
        return name, [name]
    close = table.suggest(text, n)
    return (close[0] if close and close[0].casefold() == text.casefold() else None), close


def neighbor_table(
    caption: str, rows: list[tuple[str | None, ...]], buttons: bool = True, headings: tuple[str, ...] = ("Cosine",)
) -> str:
    """An HTML table of neighbors: rank, name and values in a row, shared links (None: no such row) in a second.

    Args:
        caption: of the table.
        rows: (name, value for each heading, links), nearest first.
        buttons: whether the names are buttons.
        headings: of the values.
    """
    with_links, span = any(row[-1] is not None for row in rows), 1 + len(headings)
    head = "".join(f"<th scope='col'>{html.escape(heading)}</th>" for heading in ("#", "Name", *headings))
    head = f"<tr>{head}</tr>"
    head += (
        f"<tr><td></td><th scope='col' colspan='{span}'>Links they share, rarest first</th></tr>" if with_links else ""
    )
    body = ""
    for rank, (name, *values, links) in enumerate(rows, 1):
        shown = _button(name) if buttons else html.escape(name)
        cells = "".join(f"<td>{html.escape(value)}</td>" for value in values)
        body += f"<tbody><tr><td>{rank}</td><th scope='rowgroup'>{shown}</th>{cells}</tr>"
        body += (
            f"<tr><td></td><td colspan='{span}'>{html.escape(links)}</td></tr></tbody>"
            if links is not None
            else "</tbody>"
        )
    return f"<table><caption>{html.escape(caption)}</caption><thead>{head}</thead>{body}</table>"


def trait_table(caption: str, traits: pd.DataFrame, names: Sequence[str]) -> str:
    """An HTML table of what some names share, and the first of the names, as buttons.

    Args:
        caption: of the table.
        traits: of `enrichment.over_represented`.
        names: those that share them.
    """
    head = "".join(f"<th scope='col'>{text}</th>" for text in ("What", "Of these", "Of all", "Lift"))
    body = "".join(
        f"<tbody><tr><th scope='row'>{html.escape(trait)}</th><td>{share:.0%} ({count:,})</td><td>{overall:.1%}</td>"
        f"<td>{lift:.1f}×</td></tr></tbody>"
        for trait, count, share, overall, lift in zip(
            *(traits[column] for column in ("trait", "count", "share", "overall", "lift"))
        )
    )
    body = body or "<tbody><tr><td colspan='4'>Nothing that chance would not explain.</td></tr></tbody>"
    shown = ", ".join(_button(name) for name in names[:20])
    shown += f" and {len(names) - 20:,} more" if len(names) > 20 else ""
    return f"{_table(caption, head, body)}<p>{shown}</p>"


def side_by_side_table(
    caption: str, titles: Sequence[str], lists: Sequence[Sequence[tuple[str, float]]], buttons: bool = True
) -> str:
    """An HTML table of two lists of (name, cosine), row by row; what is in both is marked."""
    both = {name for name, _ in lists[0]} & {name for name, _ in lists[1]}
    head = "<th scope='col'>#</th>"
    head += "".join(f"<th scope='col'>{html.escape(title)}</th><th scope='col'>Cosine</th>" for title in titles)

    def cell(name, cosine):
        shown = _button(name) if buttons else html.escape(name)
        return f"<td>{f'<b>● {shown}</b>' if name in both else shown}</td><td>{cosine:.2f}</td>"

    body = ""
    for rank, row in enumerate(zip(*lists), 1):
        body += f"<tbody><tr><td>{rank}</td>{''.join(cell(name, cosine) for name, cosine in row)}</tr></tbody>"
    return _table(f"{caption} (●)", head, body)


def _table(caption, head, body):
    return f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>{body}</table>"


def suggestion_list(message: str, names: list[str]) -> str:
    """A message, and names to choose from, as HTML."""
    items = "".join(f"<li>{_button(name)}</li>" for name in names)
    return f"<p role='alert'>{html.escape(message)}</p><ul>{items}</ul>"


def _button(name):
    return f'<button data-name="{html.escape(name)}">{html.escape(name)}</button>'
