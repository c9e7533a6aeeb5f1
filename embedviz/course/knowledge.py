"""`so_far()`: what the reader knows so far, from the ledger: exercises, slips, cards, predictions."""

from collections import Counter
from datetime import datetime

from embedviz.course import places
from embedviz.course.drills import CARDS, SECTIONS
from embedviz.course.exercises import EXERCISES


def so_far(ledger, now: datetime | None = None) -> str:
    """What a ledger says of its reader, as Markdown.

    Args:
        ledger: a `progress.Ledger`.
        now: an aware time; None: the present.
    """
    parts = [_exercises(ledger), _slips(ledger), _cards(ledger, now), _predictions(ledger), _interview(ledger, now)]
    return "\n\n".join(part for part in parts if part)


def _exercises(ledger):
    solved = ledger.solved()
    lines = ["| chapter | exercises solved | minutes of those that are left |", "|---|---|---|"]
    for chapter in places.CHAPTERS:
        own = [one for one in EXERCISES.values() if one.chapter == chapter]
        left = [one for one in own if one.name not in solved]
        link = places.link(chapter)
        title = f"[{chapter} · {places.title(chapter)}]({link})" if link else str(chapter)
        lines.append(f"| {title} | {len(own) - len(left)} of {len(own)} | {sum(one.minutes for one in left)} |")
    return "\n".join(lines)


def _slips(ledger):
    pending = [one for one in ledger.slips() if one.pending]
    if not pending:
        return ""
    shown = "\n".join(f"- *{one.exercise}*: {one.slip}" for one in pending[-5:])
    more = f" (the last 5 of {len(pending)})" if len(pending) > 5 else ""
    return f"**Slips whose card you have not answered since**{more}\n\n{shown}"


def _cards(ledger, now):
    counts = ledger.counts(now=now)
    states = ledger.states()
    asked = Counter(one.section for one in CARDS.values() if one.name in states)
    of = Counter(one.section for one in CARDS.values())
    by_section = ", ".join(f"{section} {asked[section]} of {of[section]}" for section in SECTIONS if of[section])
    return (
        f"**Cards**: {counts['due']} due now, {counts['learned']} learned, {counts['new']} new; "
        f"{counts['today']} answered today. Seen at least once: {by_section}. "
        "[Drill them](05_interview.ipynb#Drills)."
    )


def _predictions(ledger):
    made = ledger.predictions()
    if not made:
        return "**Predictions**: none yet; the chapters ask for them before their results."
    known = [one for one in made if one.truth is not None]
    return (
        f"**Predictions**: {len(made)} made, of which {len(known)} have come out; "
        "at the end of each chapter stands how well you judge your own certainty."
    )


def _interview(ledger, now):
    day = ledger.interview
    if day is None:
        return ""
    today = (now or datetime.now().astimezone()).date()
    left = (day - today).days
    when = "today" if left == 0 else f"in {left} day{'s' * (left != 1)}" if left > 0 else "over"
    return f"**Interview**: {day:%A, %d %B %Y}, {when}."
