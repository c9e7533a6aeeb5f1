"""Tables of names as HTML, for where no script runs: what the page's lists (js/explorer/tables.js) look like there."""

import html
from collections.abc import Sequence


def neighbor_table(caption: str, rows: list[tuple[str | None, ...]], headings: tuple[str, ...] = ("Cosine",)) -> str:
    """An HTML table of neighbors: rank, name and values in a row, shared links (None: no such row) in a second.

    Args:
        caption: of the table.
        rows: (name, value for each heading, links), nearest first.
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
        cells = "".join(f"<td>{html.escape(value)}</td>" for value in values)
        body += f"<tbody><tr><td>{rank}</td><th scope='rowgroup'>{html.escape(name)}</th>{cells}</tr>"
        body += (
            f"<tr><td></td><td colspan='{span}'>{html.escape(links)}</td></tr></tbody>"
            if links is not None
            else "</tbody>"
        )
    return f"<table><caption>{html.escape(caption)}</caption><thead>{head}</thead>{body}</table>"


def side_by_side_table(caption: str, titles: Sequence[str], lists: Sequence[Sequence[tuple[str, float]]]) -> str:
    """An HTML table of two lists of (name, cosine), row by row; what is in both is marked."""
    both = {name for name, _ in lists[0]} & {name for name, _ in lists[1]}
    head = "<th scope='col'>#</th>"
    head += "".join(f"<th scope='col'>{html.escape(title)}</th><th scope='col'>Cosine</th>" for title in titles)

    def cell(name, cosine):
        shown = html.escape(name)
        return f"<td>{f'<b>● {shown}</b>' if name in both else shown}</td><td>{cosine:.2f}</td>"

    body = ""
    for rank, row in enumerate(zip(*lists), 1):
        body += f"<tbody><tr><td>{rank}</td>{''.join(cell(name, cosine) for name, cosine in row)}</tr></tbody>"
    return f"<table><caption>{html.escape(caption)} (●)</caption><thead><tr>{head}</tr></thead>{body}</table>"
