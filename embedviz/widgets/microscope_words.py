"""What a step of a search does, in a sentence; js/microscope/words.js says the same."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from embedviz.space.index_steps import Step

if TYPE_CHECKING:
    from embedviz.widgets.index_microscope import IndexMicroscope


def told(microscope: "IndexMicroscope", steps: Sequence[Step], at: int) -> str:
    """What step `at` of a search with the settings of `microscope` does."""
    step = steps[at]
    if step.kind == "list":
        return (
            f"List {step.at}, number {at} of the {len(steps[0].to)} to search: {_items(step.links)} measured; "
            f"{_entered(microscope, step)}."
        )
    return _SAID[step.kind](microscope, step)


def _items(number, what="item"):
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _entered(microscope, step):
    return f"{len(step.entered) or 'none'} among the {microscope.k} best now"


def _enter(microscope, step):
    level = f" on level {step.level}" if step.level else ""
    return f"Start at {microscope.items[step.at]}, the entry point{level}: 1 distance computed."


def _descend(microscope, step):
    (to,) = step.to
    linked = _items(step.links, "linked item")
    from_ = f"Level {step.level}, from {microscope.items[step.at]}: {linked} measured"
    if to == step.at:
        return f"{from_}, none nearer than this one: down to level {step.level - 1}."
    return f"{from_}; {microscope.items[to]} is the nearest of them, and nearer than this one: go there."


def _walk(microscope, step):
    from_ = f"From {microscope.items[step.at]}: {_items(step.links, 'linked item')}, "
    waits = f"{len(step.waiting):,} {'waits' if len(step.waiting) == 1 else 'wait'} in the queue."
    if not step.measured:
        return f"{from_}all seen before, nothing to measure. {waits}"
    new = len(step.measured)
    seen = f"{new:,} not seen before and measured" if new < step.links else "all measured"
    return f"{from_}{seen}; {_entered(microscope, step)}. {waits}"


def _centers(microscope, step):
    lists = "nearest list" if len(step.to) == 1 else f"{len(step.to):,} nearest lists"
    return f"All {step.links:,} centers measured: the {lists} will be searched."


def _stop(microscope, step):
    if microscope.index == "HNSW":
        places = _items(microscope.ef, "place")
        why = f"The links of all items in the queue ({places}) have been followed: stop."
    else:
        why = f"{microscope.nprobe:,} of {_items(microscope.lists, 'list')} searched: stop."
    true, values = microscope.true_neighbors
    hits = sum(microscope.similarity(item) >= values[-1] for item in step.best)
    missed = [item for item in true if item not in step.best] if hits < len(true) else []
    names = ", ".join(microscope.items[item] + _list_of(microscope, item) for item in missed)
    return (
        f"{why} {hits} of the {len(true)} true nearest found, with {step.count:,} distances instead of "
        f"{len(microscope.items):,}.{f' Missed: {names}.' if names else ''}"
    )


def _list_of(microscope, item):
    return "" if microscope.index == "HNSW" else f" (list {microscope.inverted[microscope.lists].list_of(item)})"


_SAID = {"enter": _enter, "descend": _descend, "walk": _walk, "centers": _centers, "stop": _stop}
