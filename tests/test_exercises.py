"""Every exercise: its solution and other right forms pass, each slip gets its own name, mutants are caught."""

import ast
import inspect
import re
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

from embedviz.course import markup, plain_text
from embedviz.course.checking import Exercise, Slip, Unwritten, Wrong, call
from embedviz.course.comparing import plain
from embedviz.course.exercises import EXERCISES, named
from embedviz.inputs.pairs import Pairs
from embedviz.measure import baselines
from embedviz.models import gradients, losses
from embedviz.models.losses import sampled_softmax_loss
from embedviz.space.neighbors import nearest
from embedviz.space.table import EmbeddingTable

ALL = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))


@ALL
def test_right_answers_pass(exercise, capsys):
    for form in (exercise.solution, exercise.reference, *exercise.forms):
        exercise.judge(form)
    assert capsys.readouterr().out == ""
    assert len({exercise.solution, exercise.reference, *exercise.forms}) >= 3, "two right forms beside the solution"


@ALL
def test_the_shown_solution_passes_as_it_stands(exercise):
    scope = {"np": np, "torch": torch}
    exec(exercise.answer, scope)
    exercise.judge(scope[exercise.function])


@ALL
def test_each_slip_gets_its_own_name(exercise):
    assert len(exercise.slips) >= 5
    for slip in exercise.slips:
        with pytest.raises(Wrong) as wrong:
            exercise.judge(slip.answer)
            pytest.fail(f"{slip.name!r} passes")
        assert wrong.value.slip is slip, f"{slip.name!r} is taken for {wrong.value.slip and wrong.value.slip.name!r}"
        assert slip.name in str(wrong.value)


@ALL
def test_a_stub_is_told_to_write_first(exercise):
    scope = {}
    exec(exercise.stub, scope)
    with pytest.raises(Unwritten, match="write your answer first"):
        exercise.judge(scope[exercise.function])


@ALL
def test_formulas_are_latex_between_dollars_and_names_of_code_between_backticks(exercise):
    for text in (exercise.task, *exercise.hints):
        between = re.findall(r"`[^`]+`|\$[^$]+\$", text)
        outside = re.sub(r"`[^`]+`|\$[^$]+\$", "", text)
        assert not re.search(r"[\\{}^$`]|\w_\w", outside), f"half a formula: {text}"
        for latex in (one.strip("$") for one in between if one.startswith("$")):
            assert markup.formula(latex)[0] == "math"  # or it raises
            assert not re.search(r"[\\{}]", plain_text.formula(latex)), latex
    # Names of slips go into lists and tables, the stub is code: nothing draws formulas there.
    for text in (*(re.sub(r"`[^`]+`", "", slip.name) for slip in exercise.slips), exercise.stub):
        assert not re.search(r"[\\{}$]|\^\w", text), f"half a formula: {text}"
    assert not any(re.search(r"\w_\w", re.sub(r"`[^`]+`", "", slip.name)) for slip in exercise.slips)
    assert max(map(len, exercise.stub.splitlines()[1:])) <= 72, "cut on a small screen"


@ALL
def test_single_precision_passes(exercise):
    def single(*arguments):
        found = exercise.solution(*map(rounded, arguments))
        return tuple(map(rounded, found)) if exercise.parts else rounded(found)

    exercise.judge(single)


def rounded(value):
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return value.float()
    if isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f":
        return value.astype(np.float32)
    return value


@ALL
def test_the_inputs_are_fresh_and_from_small_to_large(exercise):
    first, again = list(exercise.inputs()), list(exercise.inputs())
    assert len(first) >= 2
    for one, other in zip(first, again, strict=True):
        for name, value in one.items():
            assert callable(value) or np.array_equal(plain(value), plain(other[name])), name
    sizes = [sum(plain(value).size for value in given.values() if not callable(value)) for given in first]
    assert sizes == sorted(sizes)


# Mutants: what a slip of the pen makes of the solution.


class Mutate(ast.NodeTransformer):
    """Changes the one place whose turn it is."""

    SWAPS = {
        ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
        ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
        ast.And: ast.Or, ast.Or: ast.And, ast.USub: ast.UAdd, ast.MatMult: ast.Mult,
    }  # fmt: skip

    def __init__(self, turn):
        self.turn, self.seen, self.what = turn, 0, None

    def due(self, what):
        self.seen += 1
        if self.seen - 1 == self.turn:
            self.what = what
            return True
        return False

    def visit_op(self, node):
        if (other := self.SWAPS.get(type(node))) and self.due(f"{type(node).__name__} → {other.__name__}"):
            return other()
        return node

    def generic_visit(self, node):
        if type(node) in self.SWAPS:
            return self.visit_op(node)
        return super().generic_visit(node)

    def visit_Constant(self, node):
        if isinstance(node.value, bool):
            return ast.Constant(not node.value) if self.due(f"{node.value} → {not node.value}") else node
        if isinstance(node.value, (int, float)):
            for step in (1, -1):
                if self.due(f"{node.value} → {node.value + step}"):
                    return ast.Constant(node.value + step)
        return node

    def visit_Attribute(self, node):
        swaps = {"sum": "mean", "mean": "sum", "max": "min", "min": "max", "log": "log2", "T": None}
        if node.attr in swaps and self.due(f".{node.attr} → {swaps[node.attr]}"):
            return node.value if swaps[node.attr] is None else ast.Attribute(node.value, swaps[node.attr], node.ctx)
        return self.generic_visit(node)


def mutants(exercise):
    """(what was changed, function) for each place of the solution."""
    source = textwrap.dedent(inspect.getsource(exercise.solution))
    for turn in range(1000):
        tree, mutate = ast.parse(source), Mutate(turn)
        tree = ast.fix_missing_locations(mutate.visit(tree))
        if mutate.what is None:
            return
        scope = dict(exercise.solution.__globals__)
        exec(compile(tree, "mutant", "exec"), scope)
        yield f"{mutate.what}: {ast.unparse(tree)}", scope[exercise.solution.__name__]


def test_mutants_are_caught(capsys):
    made, survivors = 0, []
    for one in EXERCISES.values():
        for what, mutant in mutants(one):
            made += 1
            try:
                one.judge(mutant)
            except Wrong:
                continue
            survivors.append(f"{one.name}: {what}")
    with capsys.disabled():
        print(f"\n{made} mutants, {len(survivors)} survive", *survivors, sep="\n  ")
    assert made > 6 * len(EXERCISES) and len(survivors) <= 0.05 * made


# The engine itself.


def double(x):
    """x: (n,) numbers."""
    return 2 * x


def example(**changes):
    arguments = {
        "name": "double", "chapter": 1, "kind": "write", "minutes": 1, "task": "Double it.", "solution": double,
        "reference": lambda x: x + x, "inputs": lambda: [{"x": np.ones(1)}, {"x": np.arange(3.0)}],
        "slips": [Slip("that is the square", lambda x: x**2)], "hints": ["Add it to itself."],
    }  # fmt: skip
    return Exercise(**(arguments | changes))


def test_an_unknown_slip_gets_the_smallest_input_that_fails():
    with pytest.raises(Wrong, match=r"For x = \[1\.\]\nthe answer is \[3\.\], expected \[2\.\]$") as wrong:
        example().judge(lambda x: 3 * x)
    assert wrong.value.slip is None
    slips = [Slip("only the last", lambda x: 2 * x * (np.arange(len(x)) == len(x) - 1))]
    with pytest.raises(Wrong, match=r"For x = \[0\., 1\., 2\.\]\nthe answer .*\n→ only the last") as wrong:
        example(slips=slips).judge(lambda x: np.append(np.zeros(len(x) - 1), 2 * x[-1]))
    assert wrong.value.slip is slips[0]


@pytest.mark.parametrize(
    ("yours", "message"),
    [
        (lambda x: None, "write your answer first"),
        (lambda x: x.__imul__(2), "changes its argument `x`"),
        (lambda x: 2, "must be numbers of shape"),
        (lambda x: "2", "must be numbers of shape"),
        (lambda x: 2 * x[:0], "not of shape"),
        (lambda y, x: 2, "stops with TypeError"),
        (lambda x: 1 / 0, "stops with ZeroDivisionError"),
    ],
)
def test_what_is_no_answer_is_told_so(yours, message):
    with pytest.raises(Wrong, match=message):
        example().judge(yours)


def test_a_gradient_that_is_cut_off_is_found():
    exercise = example(
        solution=double,
        reference=lambda x: (2 * x).sum(),
        inputs=lambda: [{"x": torch.ones(1)}, {"x": torch.ones(3)}],
        learns=["x"],
    )
    exercise.judge(lambda x: (x + x).sum())
    with pytest.raises(Wrong, match="no gradient reaches the x"):
        exercise.judge(lambda x: (x + x).sum().detach())
    with pytest.raises(Wrong, match="its gradient with respect to the x is not"):
        exercise.judge(lambda x: (x + x.detach()).sum())


@pytest.mark.parametrize(
    "changes", [{"kind": "guess"}, {"chapter": 5}, {"minutes": 0}, {"learns": ["y"]}, {"hints": []}]
)
def test_a_broken_entry_fails_with_file_and_line(changes):
    with pytest.raises(ValueError, match=rf"test_exercises\.py:\d+: exercise 'double': .*{next(iter(changes))[:4]}"):
        example(**changes)


def test_arguments_are_copies():
    given = {"x": np.ones(2), "y": [1]}
    with pytest.raises(Wrong, match="`y`"):
        call(lambda x, y: y.append(2) or x, given)
    assert given["y"] == [1]


# The package's own functions are right answers, too.


def test_the_package_agrees():
    def softmax(scores, log_q, temperature):
        return sampled_softmax_loss(scores, torch.arange(len(scores)), log_q, temperature=temperature)

    named("in-batch softmax with log q").judge(softmax)
    named("logistic loss").judge(lambda s, y: losses.logistic_loss(s, y))
    named("CBOW gradients").judge(gradients.cbow_gradients)
    named("EASE").judge(lambda X, l2: ease_weights(X, l2))
    named("nearest neighbors").judge(
        lambda u, row, k: nearest(EmbeddingTable(map(str, range(len(u))), u), str(row), k).name.astype(int).to_numpy()
    )


def ease_weights(X, l2):
    pairs = Pairs(
        np.array([f"user {i}" for i in range(len(X))]),
        np.array([f"film {j:02}" for j in range(X.shape[1])]),
        np.argwhere(X),
    )
    _, weights = baselines.ease(pairs, l2)
    return weights.T


def test_an_unknown_name_lists_all():
    with pytest.raises(KeyError, match="no exercise 'softmx': they are 'lookup gradient'"):
        named("softmx")


def test_checks_work_under_python_O():
    code = (
        "from embedviz.course.exercises import named\n"
        "try: named('NDCG').judge(lambda hits, n: 0.3)\n"
        "except AssertionError: print('caught')"
    )
    done = subprocess.run([sys.executable, "-O", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "caught\n"
