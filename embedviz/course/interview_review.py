"""What comes out of a mock interview: points by section, what to read, which cards come again; as a page to print."""

import html
from dataclasses import dataclass
from pathlib import Path

from embedviz.base.files import write_atomically
from embedviz.course import places
from embedviz.course.drills.numbers import shown
from embedviz.course.interview import LOW, Answer, Interview
from embedviz.course.markup import Node, as_html, inline

GRADES = {1: "Again", 2: "Hard", 3: "Good", 4: "Easy"}

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.45 system-ui, Helvetica, Arial, sans-serif; max-width: 720px;
  margin: 24px auto; padding: 0 12px; }}
table {{ border-collapse: collapse; }}
:is(th, td) {{ text-align: left; padding: 2px 16px 2px 0; vertical-align: top; }}
li {{ margin: 2px 0; }}
@media print {{
  :root {{ color-scheme: light; }}
  body {{ font-size: 11pt; margin: 0; max-width: none; }}
  a {{ color: inherit; }}
  :is(tr, li) {{ break-inside: avoid; }}
  :is(h1, h2) {{ break-after: avoid; }}
}}
</style>
</head>
<body>
{body}
</body>
</html>
"""


@dataclass(frozen=True)
class Review:
    """What came out.

    Attributes:
        said, points: how many of the points were said, of how many.
        sections: section → (said, points), the weakest first.
        read: (chapter, heading) → the cards that it explains: of answers that were low, or said less than half.
        piled: cards that were graded low, which come again soon.
        asked: all answers.
    """

    said: int
    points: int
    sections: dict[str, tuple[int, int]]
    read: dict[tuple[int, str], list[str]]
    piled: list[str]
    asked: list[Answer]


def review(interview: Interview) -> Review:
    """What came out of an interview so far."""
    sections: dict[str, tuple[int, int]] = {}
    read: dict[tuple[int, str], list[str]] = {}
    for answer in interview.answers:
        said, of = sections.get(answer.card.section, (0, 0))
        sections[answer.card.section] = said + len(answer.ticked), of + len(answer.card.points)
        if answer.grade <= LOW or 2 * len(answer.ticked) < len(answer.card.points):
            read.setdefault(tuple(answer.card.place), []).append(answer.card.name)
    return Review(
        said=sum(said for said, _ in sections.values()),
        points=sum(of for _, of in sections.values()),
        sections=dict(sorted(sections.items(), key=lambda item: item[1][0] / item[1][1])),
        read=dict(sorted(read.items())),
        piled=[answer.card.name for answer in interview.answers if answer.grade <= LOW],
        asked=list(interview.answers),
    )


def nodes(interview: Interview) -> list[Node]:
    """The review as nodes, see `markup`."""
    found = review(interview)
    if not found.asked:
        return [["p", {}, "No question was answered."]]
    plural = "questions" if len(found.asked) > 1 else "question"
    parts: list[Node] = [
        ["p", {}, f"{interview.role}, {interview.minutes} minutes: {len(found.asked)} {plural} answered, ",
         ["strong", {}, f"{found.said} of {found.points} points"], " said."],
        _heading("Points by section"),
        ["table", {}, ["thead", {}, _row("th", "section", "said", "points")],
         ["tbody", {}, *(_row("td", name, str(said), str(of)) for name, (said, of) in found.sections.items())]],
    ]  # fmt: skip
    if found.read:
        parts += [_heading("Read again"), ["ul", {}, *(_place(*one, cards) for one, cards in found.read.items())]]
    if found.piled:
        kept = "They come again first in the drills." if interview.ledger is not None else "Nothing keeps them here."
        parts += [_heading("On the pile"), ["p", {}, f"{', '.join(found.piled)}. {kept}"]]
    return [*parts, _heading("Question by question"), ["ol", {}, *map(_asked, found.asked)]]


def page(interview: Interview) -> str:
    """The review as an HTML document that prints well."""
    title = f"Mock interview: {interview.role}, {interview.minutes} minutes"
    return PAGE.format(title=html.escape(title), body=f"<h1>{html.escape(title)}</h1>\n{as_html(nodes(interview))}")


def to_html(interview: Interview, path: str | Path) -> Path:
    """Write the review as a page to print; returns where it is.

    Raises:
        OSError: the file cannot be written.
    """
    text = page(interview)
    return write_atomically(path, text)


def _heading(text) -> Node:
    return ["h2", {}, text]


def _row(tag, *texts) -> Node:
    return ["tr", {}, *([tag, {}, text] for text in texts)]


def _place(chapter, heading, cards) -> Node:
    href, text = places.link(chapter, heading), f"Chapter {chapter}: {heading}"
    return ["li", {}, ["a", {"href": href}, text] if href else text, f" ({', '.join(cards)})"]


def _asked(answer: Answer) -> Node:
    card = answer.card
    marks = [
        ["li", {}, "✓ " if number in answer.ticked else "✗ missed: ", *inline(shown(point))]
        for number, point in enumerate(card.points)
    ]
    parts: list[Node] = [["p", {}, *inline(shown(card.question))], ["ul", {}, *marks]]
    if answer.follow_up is not None:
        known = {True: "known", False: "not known", None: "not answered"}[answer.followed]
        parts.append(["p", {}, f"Follow-up, {known}: ", *inline(shown(answer.follow_up.question))])
    minutes, seconds = divmod(round(answer.seconds), 60)
    return ["li", {}, ["p", {}, ["em", {}, f"{GRADES[answer.grade]}, {minutes}:{seconds:02d}"]], *parts]
