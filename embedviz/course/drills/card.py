"""A card of the drills: a question, an answer to say aloud, and numbers that are computed when they are shown.

In the texts of a card, `{{ expression | stated }}` is a number: the expression is evaluated from the workbook's own
data (`numbers.FACTS` lists the names that it may use), and written as `stated` is, "439 kB" or "37,020". Where the
data have not been fetched, `stated` itself is shown; a test recomputes every one.

To add a card, write a `Card` in the module of its section; a broken one fails with file and line.
"""

import inspect
import re
from dataclasses import dataclass, field

from embedviz.course.drills.topics import SECTIONS, TOPICS

#: What is asked for.
KINDS = ("explain", "derive", "compute", "debug", "compare", "design")
COMPUTED = re.compile(r"\{\{(?P<expression>.+?)\|(?P<stated>[^|]+?)\}\}", re.DOTALL)


@dataclass(frozen=True)
class FollowUp:
    """What an interviewer asks next, and an answer of a sentence or two; both may hold computed numbers."""

    question: str
    answer: str


@dataclass(frozen=True)
class Card:
    """One card. All texts are Markdown, with formulas between dollar signs.

    Attributes:
        name: by which progress is kept: unique, short, and never changed.
        topic: one of `topics.TOPICS`.
        kind: one of `KINDS`.
        question: as an interviewer asks it.
        answer: a model answer that takes 60 to 120 seconds aloud.
        points: the rubric: three to five things that a full answer says, each in a few words.
        weak: what a weak answer misses or gets wrong.
        follow_ups: two.
        source: where it comes from, with a link: a paper, a section of documentation.
        place: (chapter, heading): where the workbook explains it; chapter 1 to 4.
    """

    name: str
    topic: str
    kind: str
    question: str
    answer: str
    points: tuple[str, ...]
    weak: str
    follow_ups: tuple[FollowUp, FollowUp]
    source: str
    place: tuple[int, str]
    where: str = field(default="", compare=False)

    def __post_init__(self):
        frame = inspect.currentframe().f_back.f_back  # past the dataclass's own __init__
        object.__setattr__(self, "where", f"{frame.f_code.co_filename}:{frame.f_lineno}")
        problems = {
            f"topic={self.topic!r}: the topics are in topics.py": self.topic not in TOPICS,
            f"kind={self.kind!r}: it must be one of {', '.join(KINDS)}": self.kind not in KINDS,
            "it needs three to five points": not 3 <= len(self.points) <= 5,
            "it needs two follow-ups": len(self.follow_ups) != 2,
            f"place={self.place!r}: it must be (chapter from 1 to 4, heading)": len(self.place) != 2
            or self.place[0] not in (1, 2, 3, 4),
            "a text is empty": not all((self.name, self.question, self.answer, self.weak, self.source)),
            "{{ without }}, or a number without | and what is stated": "{{" in COMPUTED.sub("", self.text),
        }
        for problem, there in problems.items():
            if there:
                raise ValueError(f"{self.where}: card {self.name!r}: {problem}")

    @property
    def section(self) -> str:
        """The section, of `topics.SECTIONS`, that its topic stands in."""
        return next(section for section, topics in SECTIONS.items() if self.topic in topics)

    @property
    def text(self) -> str:
        """All that is shown of it, numbers not yet computed."""
        asked = [part for one in self.follow_ups for part in (one.question, one.answer)]
        return "\n".join([self.question, self.answer, *self.points, self.weak, *asked])
