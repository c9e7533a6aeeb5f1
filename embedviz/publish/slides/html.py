"""A deck as a page: reveal.js, formulas and code, and the living widgets, all from files beside it."""

import html
import json
import re
from importlib import resources
from string import ascii_uppercase
from urllib.parse import quote

from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

from embedviz.publish.slides.lecture import Code, Deck, Part, Picture, Printed, Question, Slide, Table, Text

WIDTH, HEIGHT = 1280, 720  # CSS pixels of a slide
CODE_LARGEST, CODE_SMALLEST, CODE_ROOM = 28, 20, 1140  # CSS pixels: of letters, and to the right of a slide's margin
_LETTER = 0.603  # of a monospaced letter, its width by its size
_CODE_STYLES = {"light": "a11y-high-contrast-light", "dark": "a11y-high-contrast-dark"}

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="embedviz-source" content="{source}">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="reveal/dist/reset.css">
<link rel="stylesheet" href="reveal/dist/reveal.css">
<link rel="stylesheet" href="kit.css">
<script src="theme.js"></script>
</head>
<body>
<div class="reveal"><div class="slides">
{slides}
</div></div>
<script>window.embedvizDeck = {settings};</script>
<script src="deck.js"></script>
<script src="mathjax/es5/tex-svg-full.js"></script>
<script src="reveal/dist/reveal.js"></script>
<script src="reveal/plugin/notes/notes.js"></script>
<script>startDeck();</script>
</body>
</html>
"""


class _Renderer(IPythonRenderer):
    """Formulas between \\( and \\): a dollar sign in a text, as in "costs $5", is none."""

    def inline_math(self, text):
        return f"\\({html.escape(text, quote=False)}\\)"

    def block_math(self, text):
        return f"\\[{html.escape(text, quote=False)}\\]"

    def latex_environment(self, name, body):
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def block_code(self, code, info=None):
        return _code(code, info or "text")


def deck_page(deck: Deck, pages: frozenset[str] = frozenset()) -> str:
    """The page of a deck.

    Args:
        pages: file names of the widgets' pages that there are, in widgets/<stem>/; for others the still picture shows.
    """
    at, sections, slides = 0.0, _minutes_of_sections(deck), []
    for number, slide in enumerate(deck.slides):
        slides.append(_slide(deck, number, slide, at, sections.get(number), pages))
        at += slide.minutes
    return PAGE.format(
        source=deck.source,
        title=html.escape(deck.title),
        slides="\n".join(slides),
        settings=json.dumps({"width": WIDTH, "height": HEIGHT}),
    )


def markdown(text: str) -> str:
    """Markdown as HTML; formulas stay LaTeX, between \\( and \\) or \\[ and \\], for MathJax."""
    # The renderer keeps what it has seen, so each text has its own.
    return MarkdownWithMath(renderer=_Renderer(escape=False, exclude_anchor_links=True)).render(text).strip()


def inline(text: str) -> str:
    """Markdown of one paragraph, without the paragraph."""
    return markdown(text).removeprefix("<p>").removesuffix("</p>")


def code_css() -> str:
    """The colors of code, in both themes."""
    return "\n".join(
        HtmlFormatter(style=style).get_style_defs(f":root[data-theme={theme}] .code .highlight")
        for theme, style in _CODE_STYLES.items()
    )


def static_file(name: str) -> str:
    """A style sheet or script of ours that lies beside the decks."""
    return (resources.files("embedviz.publish.slides") / "static" / name).read_text(encoding="utf-8")


def _minutes_of_sections(deck) -> dict[int, float]:
    """{number of a section's first slide: minutes until the next section}."""
    starts = [i for i, slide in enumerate(deck.slides) if slide.is_section]
    ends = [*starts[1:], len(deck.slides)]
    return {start: sum(slide.minutes for slide in deck.slides[start:end]) for start, end in zip(starts, ends)}


def _slide(deck, number, slide: Slide, at, section, pages) -> str:
    living = [part for part in slide.parts if isinstance(part, Picture) and part.page in pages]
    kind = "question" if slide.question else "section" if slide.is_section else "widget" if living else "plain"
    title = f"<h2>{_unbroken(inline(slide.title))}</h2>\n" if slide.title else ""
    if slide.question:
        body = _question(slide.question)
    else:
        body = "\n".join(_step(deck.stem, parts, bool(i), pages) for i, parts in enumerate(slide.steps) if parts)
    notes = _timing(slide, at, section, deck.minutes) + markdown(slide.notes)
    return (
        f'<section id="{html.escape(slide.cell)}-{number + 1}" class="{kind}" data-cell="{html.escape(slide.cell)}"'
        f' data-timing="{round(60 * slide.minutes)}">\n{title}<div class="body">\n{body}\n</div>\n'
        f'<aside class="notes">{notes}</aside>\n</section>'
    )


def _unbroken(title) -> str:
    """A title in which no line ends within "one-hot"."""
    words = re.split(r"(<[^>]*>|\\\(.*?\\\))", title)  # every second one is a tag or a formula
    words[::2] = [re.sub(r"\w+(?:-\w+)+", r'<span class="unbroken">\g<0></span>', text) for text in words[::2]]
    return "".join(words)


def _timing(slide, at, section, total) -> str:
    said = f"{slide.minutes:g} min, from minute {at:g} to {at + slide.minutes:g} of {total:g}."
    if section is not None:
        said = f"<strong>This section: {section:g} min.</strong> {said}"
    return f'<p class="timing">{said}</p>'


def _question(asked: Question) -> str:
    choices = "\n".join(
        f'<li class="{"right" if i == asked.right else "wrong"}"><b>{ascii_uppercase[i]}</b> {inline(choice)}</li>'
        for i, choice in enumerate(asked.choices)
    )
    answer = f"<b>{ascii_uppercase[asked.right]}.</b> {inline(asked.why)}"
    return (
        f'<div class="asked">{markdown(asked.question)}</div>\n<ol class="choices">\n{choices}\n</ol>\n'
        f'<div class="why fragment">{answer}</div>'
    )


def _step(stem, parts, later, pages) -> str:
    inner = "\n".join(_part(stem, part, pages) for part in parts)
    alone = all(isinstance(part, Picture) for part in parts)
    return f'<div class="step{" fragment" if later else ""}{" figures" if alone else ""}">\n{inner}\n</div>'


def _part(stem, part: Part, pages) -> str:
    match part:
        case Text():
            return f'<div class="text">{markdown(part.markdown)}</div>'
        case Code():
            return _code(part.source, "python")
        case Printed():
            return f'<pre class="printed" style="font-size: {_code_size(part.text)}px">{html.escape(part.text)}</pre>'
        case Table():
            return f'<div class="table">{part.html}</div>'
        case Picture():
            return _picture(stem, part, pages)
    raise TypeError(f"a {type(part).__name__} is no part of a slide")


def _picture(stem, picture: Picture, pages) -> str:
    alt = html.escape(picture.alt)
    still = f'<img src="data:image/png;base64,{picture.png}" alt="{alt}">'
    if picture.page not in pages:
        return f'<figure class="still">{still}</figure>'
    address = html.escape(f"widgets/{quote(stem)}/{quote(picture.page)}")
    # reveal.js loads what has data-preload with the slide before, see viewDistance in deck.js.
    living = f'<iframe data-src="{address}" data-preload title="{alt[:120]}"></iframe>'
    return f'<figure class="living">{still}\n{living}</figure>'


def _code(source, language) -> str:
    colored = Highlight2HTML(pygments_lexer=language)(source.rstrip("\n"))
    return f'<div class="code" style="font-size: {_code_size(source)}px">{colored}</div>'


def _code_size(text) -> int:
    """CSS pixels of letters, so that the longest line fits where it can."""
    longest = max(map(len, text.splitlines()), default=1)
    return max(CODE_SMALLEST, min(CODE_LARGEST, int(CODE_ROOM / (_LETTER * max(longest, 1)))))
