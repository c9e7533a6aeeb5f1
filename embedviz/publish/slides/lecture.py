"""What a deck is made of: slides, what stands on them, and what the speaker says and asks."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """Markdown with LaTeX between dollar signs."""

    markdown: str


@dataclass(frozen=True)
class Code:
    """Python, as it stands in the notebook."""

    source: str


@dataclass(frozen=True)
class Printed:
    """What a cell has printed."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table, or other HTML of ours that a cell shows."""

    html: str


@dataclass(frozen=True)
class Picture:
    """A figure, or a widget's still picture.

    Attributes:
        png: the file, in base64.
        alt: what it shows, in words.
        width, height: in CSS pixels, as the notebook shows it.
        page: the file name of the living widget's page, "57-0.html" of cell execution 57; "": it is no widget.
    """

    png: str
    alt: str
    width: int
    height: int
    page: str = ""


Part = Text | Code | Printed | Table | Picture


@dataclass(frozen=True)
class Question:
    """What the speaker asks the hall.

    Attributes:
        question, why: Markdown.
        choices: Markdown, 3 to 4 of them.
        right: which of them is right, from 0.
    """

    question: str
    choices: tuple[str, ...]
    right: int
    why: str


@dataclass
class Slide:
    """One slide.

    Attributes:
        cell: the id of the cell that it comes from.
        title: Markdown; "" where the first text is its title.
        is_section: a new section of the lecture begins here.
        steps: what is shown at once, then what is added by each step.
        question: on a question slide, which has no steps.
        notes: what to say, Markdown.
        minutes: that it takes; 0: with the slide before.
    """

    cell: str
    title: str
    is_section: bool = False
    steps: list[list[Part]] = field(default_factory=lambda: [[]])
    question: Question | None = None
    notes: str = ""
    minutes: float = 0.0

    @property
    def parts(self) -> list[Part]:
        """What stands on it in the end."""
        return [part for step in self.steps for part in step]


@dataclass(frozen=True)
class Deck:
    """A lecture.

    Attributes:
        stem: of the notebook's file name.
        title: of the notebook, its first heading.
        slides: in their order.
        source: SHA-256 of the notebook's file, in hexadecimal.
    """

    stem: str
    title: str
    slides: list[Slide]
    source: str

    @property
    def minutes(self) -> float:
        """That the lecture takes."""
        return sum(slide.minutes for slide in self.slides)

    @property
    def questions(self) -> list[Question]:
        """That the speaker asks, in their order."""
        return [slide.question for slide in self.slides if slide.question]
