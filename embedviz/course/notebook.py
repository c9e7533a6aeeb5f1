"""What the chapters show besides widgets: source code, figures with a description, sentences with computed numbers."""

import ast
import inspect
import textwrap

from IPython.display import Markdown, display
from matplotlib.figure import Figure

from embedviz.widgets.still import png_bundle


def show_source(*objects) -> None:
    """Show the code of functions or classes as it runs, without their docstrings."""
    display(Markdown("\n\n".join(f"```python\n{source_without_docstring(thing)}\n```" for thing in objects)))


def source_without_docstring(thing) -> str:
    """The source of a function, method or class; comments stay."""
    source = textwrap.dedent(inspect.getsource(thing))
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node):
            docstring = node.body[0]
            for number in range(docstring.lineno - 1, docstring.end_lineno):
                lines[number] = None
    kept = [line for line in lines if line is not None]
    # A class whose docstring is gone starts with an empty line.
    return "\n".join(
        line for i, line in enumerate(kept) if line.strip() or not (i and kept[i - 1].startswith("class "))
    )


def show(figure: Figure, description: str) -> None:
    """Show a matplotlib figure as a small PNG; `description` is read to those who cannot see it."""
    data, metadata = png_bundle(figure, description)
    display(data, metadata=metadata, raw=True)


def say(text: str) -> None:
    """Show a sentence (Markdown) whose numbers were just computed."""
    display(Markdown(text))
