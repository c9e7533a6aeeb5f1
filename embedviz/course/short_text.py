"""The little Markdown that exercises and predictions are written in, as HTML (MathJax draws its formulas), and as text.

Formulas stand between dollar signs, in LaTeX; names of code between backticks. `markup` is for what no MathJax draws.
"""

import html
import re

from embedviz.course.plain_text import formula

# Code and formulas first: no star or letter inside them is a sign of anything.
_KEPT = re.compile(r"`(?P<code>[^`]+)`|(?P<formula>\$\$.+?\$\$|\$[^$\n]+\$)", re.DOTALL)
_SIGNS = (
    (re.compile(r'\[([^\]]+)\]\((#[^\s()"]+)\)'), r'<a href="\2">\1</a>'),
    (re.compile(r"\*\*(.+?)\*\*"), r"<b>\1</b>"),
    (re.compile(r"(?<!\w)\*(\S(?:.*?\S)?)\*(?!\w)"), r"<i>\1</i>"),
)


def as_html(text: str) -> str:
    """Inline Markdown as HTML: `code`, **bold**, *italic*, [a heading](#of-the-page); an empty line ends a paragraph.

    All else is text.
    """
    return "".join(f"<p>{_inline(part)}</p>" for part in re.split(r"\n\s*\n", text.strip()))


def _inline(text: str) -> str:
    def keep(match):
        return f"<code>{html.escape(match['code'])}</code>" if match["code"] else html.escape(match["formula"])

    return _without_signs(text, keep, lambda words: html.escape(words, quote=False), [tag for _, tag in _SIGNS])


def _without_signs(text: str, keep, rest, tags) -> str:
    """keep(match) of each code and formula, rest(text) of all else, where each of `_SIGNS` becomes its tag."""
    kept: list[str] = []

    def put_away(match):
        kept.append(keep(match))
        return f"\0{len(kept) - 1}\0"

    text = rest(_KEPT.sub(put_away, text))
    for (sign, _), tag in zip(_SIGNS, tags):
        text = sign.sub(tag, text)
    return re.sub("\0(\\d+)\0", lambda match: kept[int(match[1])], text)


def code_html(source: str) -> str:
    """Source code as HTML."""
    return f"<pre>{html.escape(source)}</pre>"


def as_plain(text: str) -> str:
    """The same without its signs, for a terminal: of a link its words, formulas as Unicode."""
    text = re.sub(r"^```.*\n?", "", text, flags=re.MULTILINE)

    def keep(match):
        return match["code"] or formula(match["formula"].strip("$"))

    return _without_signs(text, keep, lambda words: words, [r"\1"] * len(_SIGNS)).replace("`", "")
