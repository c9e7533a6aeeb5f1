"""Living widgets in a chapter's page: which outputs of a cell belong to one widget, and what stands in their place.

A notebook keeps of a widget a still picture (not of a form), its words, and the name of a model that is gone. The site
shows the picture and the words, and, where there is a page of the widget, loads that into a frame in their place: see
static/living.js. The run of a notebook leaves the pages, see widgets/saved_pages.py: `<execution count>-<n>.html` is
that of the cell's widget n, counted from 0, with a JSON beside it.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

VIEW = "application/vnd.jupyter.widget-view+json"

_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_PLACE = re.compile(r"\s*\(A still picture: with the notebook running, [^)]*\)")  # see widgets/window.py
_VERDICT = re.compile(r'<div class="embedviz-said[^"]*">.*?</div>', re.DOTALL)
_PREDICTED = re.compile(r"""\bprediction\(\s*(["'])(.+?)\1""")
_OUTCOME = re.compile(r"^(.+?) came out: (.+?)\.?$")
_MATH = re.compile(r"(?<![\\$])\$([^$\s](?:[^$\n]*[^$\s\\])?)\$(?!\d)")

# Where the start page says how, see front.py.
_OPEN = "open this chapter in JupyterLab (<a href='index.html#on-your-own-computer'>how</a>)"

# What a box does that only the notebook has: by the function of the cell that shows it.
_BOXES = {
    "exercise": f"To have your answer checked, {_OPEN}.",
    "prediction": f"To have your prediction kept, and compared with what comes out, {_OPEN}.",
    "board": f"To have each line checked that you write, {_OPEN}.",
    "drill": "In the notebook, the cards come here, and come back when you are about to forget them. On this site they "
    "have <a href='drills/index.html'>a page of their own</a>.",
    "mock_interview": "In the notebook, the interview is held here.",
}


@dataclass(frozen=True)
class Page:
    """A widget's page of its own: the file, and what the JSON beside it says."""

    path: Path
    title: str
    description: str


@dataclass
class Shown:
    """What a cell shows in one place: a widget with its picture and words, or a single output.

    Attributes:
        outputs: of the notebook, in nbformat's form.
        widget: whether they are a widget's.
    """

    outputs: list[dict]
    widget: bool = False

    def data(self, kind: str) -> str | None:
        """The text of a MIME type in these outputs; None where there is none. An empty text counts as none."""
        for output in self.outputs:
            if text := "".join(output.get("data", {}).get(kind, ())):
                return text
        return None


def read_pages(folder: Path, count: int) -> dict[int, Page]:
    """{n: its page} of the widgets that the cell with this execution count shows.

    Raises:
        ValueError: the JSON beside a page is missing or not what it should be; the message names it.
    """
    found = {}
    for path in sorted(folder.glob(f"{count}-*.html")):
        beside = path.with_suffix(".json")
        try:
            told = json.loads(beside.read_text(encoding="utf-8"))
            found[int(path.stem.partition("-")[2])] = Page(path, told["title"], told["description"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{beside} should tell the title and the description of {path.name}: {error!r}") from None
    return found


def grouped(outputs: Sequence[dict]) -> Iterator[Shown]:
    """The outputs of a cell in their order, those of one widget together: picture and words come before its view."""
    waiting: list[dict] = []
    for output in outputs:
        if VIEW not in output.get("data", {}):
            waiting.append(output)
            continue
        words = waiting.pop() if waiting and "text/html" in waiting[-1].get("data", {}) else None
        # A widget's picture and its words say the same.
        picture = None
        if words and waiting and "image/png" in waiting[-1].get("data", {}):
            if waiting[-1]["data"].get("text/plain") == words["data"].get("text/plain"):
                picture = waiting.pop()
        yield from map(Shown, ([one] for one in waiting))
        waiting = []
        yield Shown([one for one in (picture, words, output) if one is not None], widget=True)
    yield from map(Shown, ([one] for one in waiting))


def figure(shown: Shown, image: str, page: Page | None, address: str, name: str) -> str:
    """The HTML of a widget: its still picture, its words folded, and where its living form is.

    Args:
        image: HTML of the picture.
        page: of the living widget, None where there is none.
        address: of that page, from the chapter's.
        name: the figure's id: an address ending in #name?… restores a view of it.
    """
    words = f"<details><summary>In words</summary>{words_of(shown)}</details>"
    if page is None:
        note = "<p class='ev-note'>In the notebook, this figure answers.</p>"
        return f"<figure class='ev-still' id='{name}'>{image}<figcaption>{words}{note}</figcaption></figure>"
    title = html.escape(page.title, quote=True)
    alone = f"<a href='{html.escape(address)}' target='_blank' rel='noopener'>Open alone</a>"
    return (
        f"<figure class='ev-living' id='{name}' data-page='{html.escape(address)}' data-title='{title}'>{image}"
        f"<figcaption>{words}{alone}</figcaption></figure>"
    )


def words_of(shown: Shown) -> str:
    """The words of a widget, as HTML: without the style that hides them in JupyterLab, formulas for MathJax.

    What they say of the place where they stand is left out: here another line says it.
    """
    words = shown.data("text/html")
    if words is None:
        return f"<p>{html.escape(shown.data('text/plain') or '')}</p>"
    return typeset(_PLACE.sub("", _STYLE.sub("", words)))


def outcomes(outputs: Sequence[dict]) -> dict[str, str]:
    """{prediction's name: what came out, plain text}, of the outputs of all cells of a notebook."""
    said = ("".join(output.get("data", {}).get("text/plain", "")) for output in outputs)
    return {found[1]: found[2] for text in said if (found := _OUTCOME.fullmatch(text.strip()))}


def box(shown: Shown, source: str, came_out: Mapping[str, str]) -> str:
    """The HTML of a form, which needs the notebook: its words, and a line that says so.

    An exercise loses what the check found in the run of the notebook, for there nobody has answered; its hints and its
    solution are folded. A prediction gets, folded, what came out.

    Args:
        source: of the cell.
        came_out: see `outcomes`.
    """
    called = next((name for name in _BOXES if re.search(rf"\b{name}\(", source)), None)
    note = _BOXES.get(called, "In the notebook, this box answers.")
    words = words_of(shown)
    if called == "exercise":
        words = _VERDICT.sub("", words, count=1)
    elif called == "prediction" and (asked := _PREDICTED.search(source)) and asked[2] in came_out:
        words += f"<details><summary>What came out</summary><p>{html.escape(came_out[asked[2]])}</p></details>"
    return f"<div class='ev-box'>{words}<p class='ev-note'>{note}</p></div>"


def typeset(text: str) -> str:
    r"""HTML whose formulas stand between \( and \), not between dollars."""
    return _MATH.sub(r"\\(\1\\)", text)
