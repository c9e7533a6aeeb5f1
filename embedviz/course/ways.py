"""`self_study()`: how long the chapters take, as they say themselves, section by section and exercise by exercise."""

from embedviz.course import places
from embedviz.course.exercises import EXERCISES


def self_study() -> str:
    """The hours of each chapter, each to five minutes, as a Markdown table; its rows and columns add up.

    Raises:
        FileNotFoundError: the chapters are not beside the package.
    """
    rows, totals = [], [0, 0, 0]
    for chapter in places.CHAPTERS:
        if places.chapter_file(chapter) is None:
            raise FileNotFoundError(f"chapter {chapter} is not in {places.NOTEBOOKS}: get the whole repository")
        sections = places.minutes(chapter)
        exercises = sum(one.minutes for one in EXERCISES.values() if one.chapter == chapter)
        # To five minutes before they are added up: a reader adds what he sees.
        parts = [5 * round(part / 5) for part in (sections["core"], exercises, sections["optional"])]
        totals = [total + part for total, part in zip(totals, parts)]
        title = f"[{chapter} · {places.title(chapter)}]({places.link(chapter)})"
        rows.append(f"| {title} | {' | '.join(map(hours, [*parts, sum(parts)]))} |")
    rows.append(f"| **all** | {' | '.join(f'**{hours(part)}**' for part in [*totals, sum(totals)])} |")
    head = ["| chapter | core sections | exercises | optional sections | together |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def hours(minutes: int) -> str:
    """Minutes as a person says them: "45 min", "2 h 10 min"."""
    whole, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{whole} h" if whole else "", f"{rest} min" if rest or not whole else "") if part
    )
