"""Python expressions that a reader types, evaluated by walking their syntax tree: nothing else of Python can be "
"reached.

All numbers are float64, so no power can fill the memory; texts, loops and arrays are bounded.
"""

import ast
import math
import warnings
from collections.abc import Mapping

import numpy as np

from embedviz.course.whiteboard.functions import FUNCTIONS, SPELLINGS

LONGEST = 600  # characters
MOST_STEPS = 50_000  # of the walk: a double sum over the sizes used here takes a few hundred
MOST_ENTRIES = 10_000  # of an array
METHODS = ("sum", "mean", "dot")

OPERATORS = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.MatMult: np.matmul,
    ast.Mod: np.mod,
    ast.FloorDiv: np.floor_divide,
}
COMPARISONS = {
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}


class ExpressionError(ValueError):
    """An expression that cannot be read or evaluated; the message is a sentence for the reader."""


class Expression:
    """A parsed expression.

    Attributes:
        text: as Python writes it.
        names: the symbols that it needs: all names but functions and the variables of its own sums.
    """

    def __init__(self, text: str):
        """Parse.

        Raises:
            ExpressionError: it is no Python expression, or too long.
        """
        text = text.strip()
        if not text:
            raise ExpressionError("nothing is written yet")
        if len(text) > LONGEST:
            raise ExpressionError(f"{len(text)} characters are too many: a line has at most {LONGEST}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a name that is called like a number, say
                self._tree = ast.parse(text.replace("^", "**").replace("·", "*").replace("−", "-"), mode="eval").body
            self.text = ast.unparse(self._tree)
            self.names = _names(self._tree, frozenset())
        except SyntaxError as error:
            where = f" at `{text[max(0, error.offset - 1) :][:12]}`" if error.offset and error.lineno == 1 else ""
            raise ExpressionError(f"that is no Python expression{where}: {error.msg.partition('.')[0]}") from None
        except (ValueError, MemoryError, RecursionError) as error:
            raise ExpressionError(f"that is no Python expression: {error}") from None

    def value(self, scope: Mapping) -> np.ndarray:
        """Its value as a float64 array; entries that are not defined, like log(−1), are NaN or infinite.

        Args:
            scope: symbol → number or array.

        Raises:
            ExpressionError: a name is unknown, shapes do not fit, or it takes too long.
        """
        walk = _Walk(scope)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = np.asarray(walk.visit(self._tree, {}), dtype=np.float64)
        except ExpressionError:
            raise
        except np.linalg.LinAlgError as error:
            raise ExpressionError(f"{self.text}: {error}") from None
        except (ArithmeticError, IndexError, TypeError, ValueError, MemoryError, RecursionError) as error:
            raise ExpressionError(f"{walk.at or self.text}: {_plainly(error)}") from None
        return value


def _plainly(error: Exception) -> str:
    """NumPy's message; that of a product of unlike shapes is hard to read."""
    text = str(error).strip()
    return "the shapes do not fit in the product @" if "matmul" in text else text or type(error).__name__


def _names(node: ast.AST, bound: frozenset) -> set[str]:
    """The free names."""
    if isinstance(node, ast.Name):
        name = SPELLINGS.get(node.id, node.id)
        return set() if name in bound or name in FUNCTIONS or name == "np" else {name}
    if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
        found = set()
        for part in node.generators:
            found |= _names(part.iter, bound)
            bound |= {name.id for name in ast.walk(part.target) if isinstance(name, ast.Name)}
            for condition in part.ifs:
                found |= _names(condition, bound)
        return found | _names(node.elt, bound)
    return set().union(*(_names(child, bound) for child in ast.iter_child_nodes(node)))


class _Walk:
    """One evaluation. `at` is the innermost operation that was under way, for messages."""

    def __init__(self, scope: Mapping):
        self.scope, self.steps, self.at = scope, 0, ""

    def visit(self, node: ast.AST, local: dict):
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise ExpressionError("that takes too many steps: sum over one or two indices, not more")
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise ExpressionError(f"`{ast.unparse(node)[:40]}` cannot be used here: write one formula")
        value = method(node, local)
        if isinstance(value, np.ndarray) and value.size > MOST_ENTRIES:
            raise ExpressionError(f"`{ast.unparse(node)[:40]}` has {value.size:,} entries: too many")
        return value

    def _constant(self, node, local):
        if node.value is None:
            return None
        if isinstance(node.value, (bool, int, float)):
            return float(node.value) if abs(node.value) < 1e300 else math.inf
        raise ExpressionError(f"{node.value!r} is no number")

    def _name(self, node, local):
        name = SPELLINGS.get(node.id, node.id)
        for known in (local, self.scope):
            if name in known:
                return known[name]
        if name in FUNCTIONS:
            raise ExpressionError(f"{name} is a function: {name}(…)")
        raise ExpressionError(f"there is no `{name}` here. {_known(self.scope, local)}")

    def _unaryop(self, node, local):
        value = np.asarray(self.visit(node.operand, local), dtype=float)
        if isinstance(node.op, ast.Not):
            return np.logical_not(value)
        return -value if isinstance(node.op, ast.USub) else value

    def _binop(self, node, local):
        if type(node.op) not in OPERATORS:
            raise ExpressionError("use + - * / ** @ only")
        left, right = (np.asarray(self.visit(side, local), dtype=float) for side in (node.left, node.right))
        if isinstance(node.op, ast.MatMult) and 0 in (left.ndim, right.ndim):
            raise ExpressionError("@ is the product of vectors and matrices; numbers are multiplied by *")
        self.at = ast.unparse(node)[:60]
        return OPERATORS[type(node.op)](left, right)

    def _compare(self, node, local):
        sides = [self.visit(side, local) for side in (node.left, *node.comparators)]
        unknown = [one for one in node.ops if type(one) not in COMPARISONS]
        if unknown:
            raise ExpressionError("compare with == != < <= > >= only")
        pairs = zip(node.ops, sides, sides[1:])
        return np.asarray(np.logical_and.reduce([COMPARISONS[type(op)](a, b) for op, a, b in pairs]), dtype=float)

    def _boolop(self, node, local):
        values = [self.visit(one, local) for one in node.values]
        combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return np.asarray(combine.reduce(values), dtype=float)

    def _ifexp(self, node, local):
        return self.visit(node.body if _truth(self.visit(node.test, local)) else node.orelse, local)

    def _subscript(self, node, local):
        array = np.asarray(self.visit(node.value, local), dtype=float)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        place = tuple(_index(self.visit(part, local)) for part in parts)
        self.at = ast.unparse(node)[:60]
        if array.ndim == 0:
            raise ExpressionError(f"{self.at}: {ast.unparse(node.value)} is one number and has no index")
        return array[place]

    def _slice(self, node, local):
        return slice(*(one and _index(self.visit(one, local)) for one in (node.lower, node.upper, node.step)))

    def _attribute(self, node, local):
        if node.attr == "T":
            return np.asarray(self.visit(node.value, local), dtype=float).T
        raise ExpressionError(f".{node.attr} cannot be used here; .T and .sum() can")

    def _call(self, node, local):
        keywords = {one.arg: self.visit(one.value, local) for one in node.keywords}
        name, first = _called(node.func)
        if name not in FUNCTIONS:
            raise ExpressionError(f"there is no function `{name}` here. They are {', '.join(sorted(FUNCTIONS))}")
        given = [self.visit(one, local) for one in ([] if first is None else [first]) + node.args]
        if not set(keywords) <= {"axis", "keepdims"}:
            raise ExpressionError(f"{name}(…): of the named arguments, axis can be used")
        keywords = {key: int(np.asarray(value)) for key, value in keywords.items()}
        if name in ("sum", "mean") and node.args and isinstance(node.args[0], (ast.GeneratorExp, ast.ListComp)):
            keywords.setdefault("axis", 0)  # a sum of vectors is a vector
        self.at = ast.unparse(node)[:60]
        return FUNCTIONS[name](*given, **keywords)

    def _generatorexp(self, node, local):
        return np.array([np.asarray(value, dtype=float) for value in self._each(node.generators, node.elt, local)])

    _listcomp = _generatorexp

    def _each(self, generators, element, local):
        if not generators:
            yield self.visit(element, local)
            return
        first, *rest = generators
        if not isinstance(first.target, ast.Name):
            raise ExpressionError("one variable for each `for`")
        for value in np.atleast_1d(self.visit(first.iter, local)):
            inner = {**local, first.target.id: value}
            if all(_truth(self.visit(condition, inner)) for condition in first.ifs):
                yield from self._each(rest, element, inner)

    def _list(self, node, local):
        return np.array([np.asarray(self.visit(one, local), dtype=float) for one in node.elts])

    _tuple = _list


def _called(node) -> tuple[str, ast.AST | None]:
    """The function's name, and what a method is called of: `sum` and p for p.sum(), `inv` for np.linalg.inv."""
    if isinstance(node, ast.Name):
        return SPELLINGS.get(node.id, node.id), None
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np", "np.linalg", "numpy"):
        return node.attr, None
    if isinstance(node, ast.Attribute) and node.attr in METHODS:
        return node.attr, node.value
    name = ast.unparse(node)[:40]
    return name, None


def _index(value):
    """An index for NumPy: all numbers are float64 here."""
    if value is None or isinstance(value, slice):
        return value
    whole = np.asarray(value)
    if not np.all(np.mod(whole, 1) == 0):
        raise ExpressionError(f"an index is a whole number, not {whole}")
    return whole.astype(int) if whole.ndim else int(whole)


def _truth(value) -> bool:
    if np.size(value) != 1:
        raise ExpressionError("`if` needs one truth, not an array of them")
    return bool(np.asarray(value).item())


def _known(scope: Mapping, local: Mapping) -> str:
    return f"The symbols are {', '.join(sorted({*scope, *local}))}"
