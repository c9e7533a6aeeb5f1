"""The exercises, one file a chapter; `exercise(name)` finds one."""

from embedviz.course.checking import Exercise
from embedviz.course.exercises import chapter_1, chapter_2, chapter_3, chapter_4

#: name → exercise, in the order of the chapters.
EXERCISES: dict[str, Exercise] = {
    one.name: one
    for chapter in (chapter_1, chapter_2, chapter_3, chapter_4)
    for one in vars(chapter).values()
    if isinstance(one, Exercise)
}


def exercise(name: str) -> Exercise:
    """An exercise by its name.

    Raises:
        KeyError: there is none; the message lists all.
    """
    if name not in EXERCISES:
        raise KeyError(f"no exercise {name!r}: they are {', '.join(map(repr, EXERCISES))}")
    return EXERCISES[name]


# As the chapters call them.
check_lookup_gradient = exercise("lookup gradient").check
check_cross_fitting = exercise("cross-fitting").check
check_sampled_softmax = exercise("in-batch softmax with log q").check
check_cbow_gradients = exercise("CBOW gradients").check
check_negative_sampling = exercise("negative sampling").check
check_ndcg = exercise("NDCG").check
