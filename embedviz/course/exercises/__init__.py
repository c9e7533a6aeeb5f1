"""The exercises, one file a chapter; `named` finds one."""

from embedviz.course.checking import Exercise
from embedviz.course.exercises import chapter_1, chapter_2, chapter_3, chapter_4

#: name → exercise, in the order of the chapters.
EXERCISES: dict[str, Exercise] = {
    one.name: one
    for chapter in (chapter_1, chapter_2, chapter_3, chapter_4)
    for one in vars(chapter).values()
    if isinstance(one, Exercise)
}


def named(name: str) -> Exercise:
    """An exercise by its name.

    Raises:
        KeyError: there is none; the message lists all.
    """
    if name not in EXERCISES:
        raise KeyError(f"no exercise {name!r}: they are {', '.join(map(repr, EXERCISES))}")
    return EXERCISES[name]
