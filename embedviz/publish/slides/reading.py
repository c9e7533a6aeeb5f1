"""A chapter's notebook as a lecture: its slides are in it, marked by tags and in comments that no reader sees.

- A cell tagged `slide` starts a slide with its content; one tagged `fragment` adds its content to the slide before,
  as one more step. For a code cell `hide-code` or `hide-output` leave that out. A code cell's slide has the title of
  the heading above it.
- A Markdown cell's content is its text, or the comments in it, each a slide of its own:

      <!-- slide
      ## A label invents an order

      Text, $formulas$, lists, code.

      . . .

      After a line of three dots: shown by the next step.

      [output: c015]
      -->

  `[output: ID]` shows there what the code cell ID shows; `[output: ID 2]` only the second of it, `[picture: ID]`
  the still picture of its widget, `[code: ID]` its code, `[code: ID 3-9]` lines of it. `# Title` in place of
  `## Title` begins a section.
- `<!-- notes 2 min … -->`, in a cell tagged `notes`: what the speaker says at the slide before, minutes first. Before
  the first slide of its cell it belongs to that one.
- `<!-- ask … -->`, in a cell tagged `slide`: a question, choices as `- [ ] wrong` and one `- [x] right`, an empty line,
  and why, which is shown as the last step.
"""

import hashlib
import json
import re
from pathlib import Path

from embedviz.publish.slides.lecture import Code, Deck, Part, Picture, Question, Slide, Text
from embedviz.publish.slides.outputs import parts_of_outputs

LECTURE_TAGS = frozenset({"slide", "fragment", "notes", "hide-code", "hide-output"})
#: A comment of the lecture in a Markdown cell.
COMMENT = re.compile(r"<!--\s*(slide|notes|ask)\b(.*?)-->[ \t]*\n?", re.DOTALL)
_HEADING = re.compile(r"^(#{1,3}) +(.+?)\s*$", re.MULTILINE)
_SHOWN = re.compile(r"^\[(output|picture|code): *([\w-]+)(?: +(\d+)(?:-(\d+))?)?\]\s*$", re.MULTILINE)
_STEP = re.compile(r"^\. \. \.[ \t]*$", re.MULTILINE)
_MINUTES = re.compile(r"\s*(\d+(?:\.\d+)?) min\b[.:,]?\s*")
_CHOICE = re.compile(r"^- \[([ xX])\] +(.+(?:\n +\S.*)*)$", re.MULTILINE)
FEWEST_CHOICES = 3


def read_deck(path: str | Path) -> Deck:
    """The lecture in a notebook.

    Raises:
        ValueError: a slide, a note or a question is not as it has to be; the message names notebook and cell.
        OSError: the file cannot be read.
    """
    content = Path(path).read_bytes()
    reader = _Reader(Path(path).name, json.loads(content)["cells"])
    for cell in reader.cells:
        reader.read(cell)
    title = next(iter(_HEADING.findall(_text(reader.cells[0]))), ("#", Path(path).stem))[1] if reader.cells else ""
    return Deck(Path(path).stem, title, reader.slides, hashlib.sha256(content).hexdigest())


def without_lecture(source: str) -> str:
    """A Markdown cell's text without the lecture's comments."""
    return COMMENT.sub("", source).rstrip("\n")


def _text(cell) -> str:
    return "".join(cell["source"])


class _Reader:
    """Reads cell after cell.

    Attributes:
        slides: so far.
    """

    def __init__(self, name: str, cells: list[dict]):
        self.name, self.cells, self.slides = name, cells, []
        self._by_id = {cell.get("id", ""): cell for cell in cells}
        self._heading = ""

    def read(self, cell: dict) -> None:
        tags = set(cell["metadata"].get("tags", ()))
        if cell["cell_type"] == "code":
            if tags & {"slide", "fragment"}:
                code = [] if "hide-code" in tags else [Code(_text(cell))]
                parts = code + ([] if "hide-output" in tags else parts_of_outputs(cell))
                if "slide" in tags:
                    self._begin(cell, self._heading)
                else:
                    self._last(cell, "fragment").steps.append([])
                self.slides[-1].steps[-1].extend(parts)
        elif cell["cell_type"] == "markdown":
            self._read_markdown(cell, tags)

    def _read_markdown(self, cell, tags):
        source, before = _text(cell), len(self.slides)
        comments = [(kind, text.strip("\n")) for kind, text in COMMENT.findall(source)]
        self._refuse_untagged(cell, tags, {kind for kind, _ in comments})
        shown = "slide" in tags or "fragment" in tags
        if shown and not any(kind in ("slide", "ask") for kind, _ in comments):
            comments.insert(0, ("slide", without_lecture(source)))
        early = []
        for kind, text in comments:
            if kind == "notes":
                if shown and len(self.slides) == before and "slide" in tags:
                    early.append(text)
                else:
                    self._note(cell, text)
                continue
            if kind == "ask":
                self._begin(cell, "").question = self._question(cell, text)
            elif "fragment" in tags:
                self._last(cell, "fragment").steps.extend(self._steps(cell, text))
            else:
                self._slide(cell, text)
            while early:
                self._note(cell, early.pop(0))
        if headings := _HEADING.findall(without_lecture(source)):
            self._heading = headings[-1][1]

    def _refuse_untagged(self, cell, tags, kinds):
        for kind, needed in (("slide", {"slide", "fragment"}), ("ask", {"slide"}), ("notes", {"notes"})):
            if kind in kinds and not tags & needed:
                raise self._error(cell, f"has a comment <!-- {kind} --> but no tag `{kind.replace('ask', 'slide')}`")

    def _begin(self, cell, title, is_section=False) -> Slide:
        self.slides.append(Slide(cell.get("id", ""), title, is_section))
        return self.slides[-1]

    def _last(self, cell, what) -> Slide:
        if not self.slides:
            raise self._error(cell, f"is tagged `{what}`, but no slide comes before it")
        return self.slides[-1]

    def _slide(self, cell, text):
        heading = _HEADING.match(text.lstrip())
        if heading is None:
            raise self._error(cell, f"makes a slide that does not begin with `## Title`: {text.strip()[:60]!r}")
        slide = self._begin(cell, heading[2], is_section=heading[1] == "#")
        slide.steps = self._steps(cell, text.lstrip()[heading.end() :])

    def _steps(self, cell, text) -> list[list[Part]]:
        return [self._parts(cell, step) for step in _STEP.split(text)]

    def _parts(self, cell, text) -> list[Part]:
        parts, at = [], 0
        for shown in _SHOWN.finditer(text):
            parts += _texts(text[at : shown.start()])
            parts += self._shown(cell, *shown.groups())
            at = shown.end()
        return parts + _texts(text[at:])

    def _shown(self, cell, what, identity, first, last) -> list[Part]:
        """The parts that `[output: …]` and its like stand for."""
        other = self._by_id.get(identity)
        if other is None or other["cell_type"] != "code":
            raise self._error(cell, f"shows the {what} of {identity!r}, and there is no code cell with that id")
        if what == "code":
            lines = _text(other).splitlines()
            start, end = int(first or 1), int(last or first or len(lines))
            if not 1 <= start <= end <= len(lines):
                raise self._error(cell, f"shows lines {start} to {end} of {identity!r}, which has {len(lines)}")
            return [Code("\n".join(lines[start - 1 : end]))]
        parts = parts_of_outputs(other)
        if what == "picture":
            parts = [Picture(**{**vars(part), "page": ""}) for part in parts if isinstance(part, Picture)]
        if not parts:
            raise self._error(cell, f"shows the {what} of {identity!r}, which has none")
        if first is None:
            return parts
        if not 1 <= int(first) <= len(parts):
            raise self._error(cell, f"shows {what} {first} of {identity!r}, which has {len(parts)}")
        return [parts[int(first) - 1]]

    def _note(self, cell, text):
        slide, minutes = self._last(cell, "notes"), _MINUTES.match(text)
        if minutes is None:
            raise self._error(
                cell, f"has notes that do not begin with minutes, as `notes 2 min`: {text.strip()[:60]!r}"
            )
        slide.minutes += float(minutes[1])
        slide.notes = f"{slide.notes}\n\n{text[minutes.end() :].strip()}".strip()

    def _question(self, cell, text) -> Question:
        choices = list(_CHOICE.finditer(text))
        right = [i for i, choice in enumerate(choices) if choice[1] != " "]
        if len(choices) < FEWEST_CHOICES or len(right) != 1:
            found = f"{len(choices)} choices, {len(right)} of them right"
            raise self._error(cell, f"asks with {found}: at least {FEWEST_CHOICES}, exactly one right: {text[:60]!r}")
        question, why = text[: choices[0].start()].strip(), text[choices[-1].end() :].strip()
        if not question or not why:
            raise self._error(cell, f"asks without {'a question' if not question else 'saying why'}: {text[:60]!r}")
        return Question(question, tuple(" ".join(choice[2].split()) for choice in choices), right[0], why)

    def _error(self, cell, what) -> ValueError:
        return ValueError(f"{self.name}, cell {cell.get('id', '')!r}: {what}")


def _texts(text) -> list[Part]:
    return [Text(text.strip())] if text.strip() else []
