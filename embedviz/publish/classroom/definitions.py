"""What a student wrote for an exercise: the definitions in the cells of a notebook that its function needs.

Students move, copy and rename cells, so nothing is found by its place: a function is found by the name that its stub
has, or by the name in the line that checks it. Nothing is run here.
"""

import ast
import symtable
from collections.abc import Sequence
from dataclasses import dataclass, field

BLOCKS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# What may define something that a function needs; loops are the chapter's training.
DEFINING = (*BLOCKS, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.If, ast.Try)


@dataclass
class Written:
    """What a student wrote for one exercise.

    Attributes:
        name: of the function, "" if there is none but the stub.
        nodes: the statements to run, in their order; the function's own is the last.
        uses: modules of embedviz that these import.
        problem: why the function cannot be read (a cell that is no Python), "" if it can.
    """

    name: str = ""
    nodes: list[ast.stmt] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)
    problem: str = ""


def find_written(sources: Sequence[str], exercise: str, function: str) -> Written:
    """The last definition that is more than a stub, and all it needs.

    Args:
        sources: the code cells of a notebook.
        exercise: the name of the exercise.
        function: the name of its function in the stub.
    """
    statements, broken = _statements(sources)
    names = {function, *_checked(statements, exercise)}
    defining = [node for node in statements if isinstance(node, DEFINING)]
    own = [node for node in defining if _bound(node) & names and not _is_import(node)]
    written = [node for node in own if not is_stub(node)]
    if not written:
        problem = next((why for source, why in broken if any(f"def {name}(" in source for name in names)), "")
        return Written(problem=problem)
    chosen = written[-1]
    needed = _needed(chosen, [node for node in defining if not (_bound(node) & _bound(chosen))])
    return Written((_bound(chosen) & names).pop(), [*needed, chosen], _packages([*needed, chosen]))


def is_stub(node: ast.stmt) -> bool:
    """Whether a function does nothing: only dots, a docstring, `pass`, `return`, or `raise NotImplementedError`."""
    return isinstance(node, BLOCKS) and all(map(_does_nothing, node.body))


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        return "NotImplementedError" in ast.unparse(node)
    if isinstance(node, ast.Return):
        return node.value is None or (isinstance(node.value, ast.Constant) and node.value.value in (None, ...))
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _statements(sources: Sequence[str]) -> tuple[list[ast.stmt], list[tuple[str, str]]]:
    """(top-level statements of all cells, cells that are no Python and why not)."""
    statements, broken = [], []
    for source in sources:
        try:
            statements += _parsed(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            broken.append((source, f"{type(error).__name__}: {error}"))
    return statements, broken


def _parsed(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:  # as most often: with a magic or a shell command
        from IPython.core.inputtransformer2 import TransformerManager

        lines = source.splitlines(keepends=True)
        while lines and lines[0].lstrip().startswith("%%"):  # %%time: what is below is Python
            del lines[0]
        return ast.parse(TransformerManager().transform_cell("".join(lines))).body


def _checked(statements: Sequence[ast.stmt], exercise: str) -> set[str]:
    """The names of functions given to `exercise("…").check(…)`."""
    return {
        call.args[0].id
        for node in statements
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "check"
        and call.args
        and isinstance(call.args[0], ast.Name)
        and isinstance(of := call.func.value, ast.Call)
        and of.args
        and isinstance(of.args[0], ast.Constant)
        and of.args[0].value == exercise
    }


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement defines in the notebook."""
    if isinstance(node, BLOCKS):
        return {node.name}
    if _is_import(node):
        return {(one.asname or one.name).partition(".")[0] for one in node.names}
    if isinstance(node, (ast.If, ast.Try)):
        inner = [one for one in ast.walk(node) if isinstance(one, DEFINING) and one is not node]
        return set().union(*map(_bound, inner))
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


def _used(node: ast.stmt) -> set[str]:
    """The names that a statement takes from the notebook; those local to a function are its own."""

    def names(table: symtable.SymbolTable) -> set[str]:
        outer = table.get_type() == "module"
        own = {one.get_name() for one in table.get_symbols() if one.is_referenced() and (outer or one.is_global())}
        return own.union(*map(names, table.get_children()))

    return names(symtable.symtable(ast.unparse(node), "cell", "exec"))


def _needed(chosen: ast.stmt, others: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements that define what a function uses, and what these use, and so on; in their order."""
    needed, open_names, seen = set(), _used(chosen), set()
    while open_names:
        name = open_names.pop()
        seen.add(name)
        for number, node in enumerate(others):
            if name in _bound(node) and number not in needed:
                needed.add(number)
                open_names |= _used(node) - seen
    needed |= {n for n, node in enumerate(others) if _is_import(node) and any(one.name == "*" for one in node.names)}
    return [others[number] for number in sorted(needed)]


def _packages(nodes: Sequence[ast.stmt]) -> list[str]:
    """Modules of embedviz that are imported anywhere in these."""
    found = set()
    for one in (inner for node in nodes for inner in ast.walk(node)):
        if isinstance(one, ast.Import):
            found |= {name.name for name in one.names}
        elif isinstance(one, ast.ImportFrom) and one.module:
            found.add(one.module)
    return sorted(name for name in found if name.partition(".")[0] == "embedviz")
