"""Tables of pandas as a page has room for them: one row of headings, and no number on two lines."""

import html
import re

_HEAD = re.compile(r"(<thead[^>]*>\s*)(<tr[^>]*>.*?</tr>)\s*(<tr[^>]*>.*?</tr>)(\s*</thead>)", re.DOTALL)
_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL)
_NUMBER = r"[-−+±<>≤≥]?\s?[\d.,]*\d\s?[%×]?"
_FIGURES = re.compile(rf"[\[(]?{_NUMBER}(?:(?:,| to| of| ±|–|/)\s?{_NUMBER})?[\])]?")
_DATA = re.compile(r"<td\b(?![^>]*\bdata-number)([^>]*)>([^<]*)</td>")


def tidy(text: str) -> str:
    """HTML whose tables have the name of their index beside the other headings, and numbers marked `data-number`."""
    return _DATA.sub(_marked, one_header_row(text))


def one_header_row(text: str) -> str:
    """HTML in whose tables the name of the index stands beside the other headings: pandas gives it a row of its own."""
    return _HEAD.sub(_one_row, text)


def _one_row(found):
    start, *rows, end = found.groups()
    if re.search(r"(?:col|row)span", rows[0] + rows[1]):
        return found[0]
    first, second = ([match[0] for match in _CELL.finditer(row)] for row in rows)
    if len(first) != len(second) or not all(map(lambda one, other: _empty(one) or _empty(other), first, second)):
        return found[0]
    opening = re.match(r"<tr[^>]*>", rows[0])[0]
    cells = [other if _empty(one) else one for one, other in zip(first, second)]
    return f"{start}{opening}{''.join(cells)}</tr>{end}"


def _empty(cell):
    return not html.unescape(_CELL.fullmatch(cell)[1]).strip()


def _marked(found):
    attributes, text = found.groups()
    return f"<td data-number{attributes}>{text}</td>" if _FIGURES.fullmatch(html.unescape(text).strip()) else found[0]
