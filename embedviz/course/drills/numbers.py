"""The numbers on the cards: expressions, evaluated from the workbook's own data when a card is shown.

Data are loaded when the first number asks for them, so that a card without one costs nothing.
"""

import functools
import importlib
import math
import re
from collections.abc import Callable

from embedviz.course import places
from embedviz.course.drills.card import COMPUTED

NUMBER = re.compile(r"[-−]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)")


class NumberError(ValueError):
    """A card's number cannot be computed, though the data are there."""


def shown(text: str) -> str:
    """A card's text with its numbers computed; as stated where the data are not there.

    Raises:
        NumberError: an expression is broken.
    """
    return COMPUTED.sub(lambda found: computed(found["expression"].strip(), found["stated"].strip()), text)


def stated(text: str) -> str:
    """A card's text with its numbers as stated: no data are needed."""
    return COMPUTED.sub(lambda found: found["stated"].strip(), text)


def computed(expression: str, stated: str) -> str:
    """`stated`, its number replaced by the expression's value, with as many decimals."""
    number = NUMBER.search(stated)
    if number is None:
        raise NumberError(f"{{{{ {expression} | {stated} }}}}: no number is stated")
    try:
        value = evaluate(expression)
    except FileNotFoundError:
        return stated
    decimals = len(number[0].partition(".")[2])
    new = f"{value:,.{decimals}f}" if "," in number[0] or abs(value) < 1000 else f"{value:.{decimals}f}"
    if number[0].lstrip("-−").startswith("."):  # .38, not 0.38
        new = re.sub(r"^(-?)0\.", r"\1.", new)
    return stated[: number.start()] + new.replace("-", "−") + stated[number.end() :]


def evaluate(expression: str) -> float:
    """The value of an expression over `FACTS`.

    Raises:
        FileNotFoundError: the data that it needs are not there.
        NumberError: it is broken.
    """
    try:
        code = compile(expression, "<number of a card>", "eval")
        wanted = _names(code)
        scope = {name: getattr(math, name) for name in wanted if hasattr(math, name)}
        scope |= {name: FACTS[name]() for name in wanted if name in FACTS}
        return float(eval(code, scope))
    except FileNotFoundError:
        raise
    except Exception as error:
        raise NumberError(f"{expression!r}: {type(error).__name__}: {error}") from error


def _names(code) -> set[str]:
    inner = (constant for constant in code.co_consts if hasattr(constant, "co_names"))
    return set(code.co_names).union(*map(_names, inner))


def printed(chapter: int, pattern: str) -> float:
    """The number that a committed chapter has printed.

    Args:
        chapter: 1 to 4.
        pattern: a regular expression whose one group is the number, found in the text of exactly one output.

    Raises:
        FileNotFoundError: the chapters are not beside the package.
        NumberError: no output has it, or several have different ones.
    """
    found = {match for text in _outputs(chapter) for match in re.findall(pattern, text, re.MULTILINE)}
    if len(found) != 1:
        raise NumberError(f"chapter {chapter}, {pattern!r}: {len(found)} numbers {sorted(found)}, it must be one")
    return float(found.pop().replace(",", "").replace("−", "-"))


@functools.cache
def _outputs(chapter: int) -> list[str]:
    if places.chapter_file(chapter) is None:
        raise FileNotFoundError(f"no chapter {chapter} in {places.NOTEBOOKS}")
    outputs = [output for cell in places.cells(chapter) for output in cell.get("outputs", ())]
    texts = [output.get("text") or _plain(output.get("data", {})) for output in outputs]
    return ["".join(text) for text in texts]


def _plain(data: dict) -> str:
    return data.get("text/markdown") or data.get("text/plain") or ""


# What expressions may use: each is loaded once, when it is first asked for.


@functools.cache
def dataset(loader: str):
    """What a loader of `embedviz.datasets` returns.

    Raises:
        FileNotFoundError: it has not been fetched.
    """
    from embedviz import datasets

    try:
        return getattr(datasets, loader)()
    except datasets.DatasetError as error:
        raise FileNotFoundError(str(error)) from error


def neighbor_lists():
    """Its functions, imported when a number first needs them."""
    return importlib.import_module("embedviz.course.drills.neighbor_lists")


#: name in an expression → what gives its value; the functions of `math` are there too.
FACTS: dict[str, Callable] = {
    "books": lambda: dataset("load_books"),
    "films": lambda: dataset("load_movielens"),
    "film_vectors": lambda: neighbor_lists().film_vectors()[0],
    "film_raters": lambda: neighbor_lists().film_vectors()[1],
    "flights": lambda: dataset("load_flights"),
    "speeches": lambda: dataset("load_speeches"),
    "occurrences": lambda: neighbor_lists().occurrences,
    "random_points": lambda: neighbor_lists().random_points,
    "np": lambda: importlib.import_module("numpy"),
    "printed": lambda: printed,
}
