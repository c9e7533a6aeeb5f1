"""The little Markdown that exercises, predictions and cards are written in, as HTML; formulas stay for MathJax."""

import html
import re

# Code and formulas first: no star or letter inside them is a sign of anything.
_KEPT = re.compile(r"`(?P<code>[^`]+)`|(?P<formula>\$\$.+?\$\$|\$[^$\n]+\$)", re.DOTALL)
_SIGNS = ((re.compile(r"\*\*(.+?)\*\*"), r"<b>\1</b>"), (re.compile(r"(?<!\w)\*(\S(?:.*?\S)?)\*(?!\w)"), r"<i>\1</i>"))


def as_html(text: str) -> str:
    """Inline Markdown as HTML: `code`, **bold**, *italic*; an empty line ends a paragraph. All else is text."""
    return "".join(f"<p>{_inline(part)}</p>" for part in re.split(r"\n\s*\n", text.strip()))


def _inline(text: str) -> str:
    kept: list[str] = []

    def keep(match):
        code, formula = match["code"], match["formula"]
        kept.append(f"<code>{html.escape(code)}</code>" if code else html.escape(formula))
        return f"\0{len(kept) - 1}\0"

    text = html.escape(_KEPT.sub(keep, text), quote=False)
    for sign, tag in _SIGNS:
        text = sign.sub(tag, text)
    return re.sub("\0(\\d+)\0", lambda match: kept[int(match[1])], text)


def code_html(source: str) -> str:
    """Source code as HTML."""
    return f"<pre>{html.escape(source)}</pre>"


def as_plain(text: str) -> str:
    """The same without its signs, for a terminal."""
    text = re.sub(r"^```.*\n?", "", text, flags=re.MULTILINE)
    for sign, _ in _SIGNS:
        text = sign.sub(r"\1", text)
    return text.replace("`", "")
