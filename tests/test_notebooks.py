"""Notebooks as they should be committed: headings in order, pictures described, no state, nothing of one machine."""

import copy
import html
import re

import nbformat
import pytest
from documents import NOTEBOOKS, headings, prose, readable, texts

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/svg+xml")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}  # everybody has it


def findings(book) -> list[str]:
    """What is not as it should be, a line each with the cell's id."""
    found = []
    if set(book.metadata) - {"kernelspec", "language_info"}:
        found.append(
            f"metadata {sorted(set(book.metadata) - {'kernelspec', 'language_info'})}: widgets' state, or more"
        )
    if book.metadata.get("kernelspec") != KERNEL:
        found.append(f"the kernel is {book.metadata.get('kernelspec')}, not {KERNEL}")
    ids = [cell.get("id") for cell in book.cells]
    found += [f"{name}: the id is there {ids.count(name)} times" for name in sorted(set(ids)) if ids.count(name) > 1]
    last, titles = 0, 0
    for cell in book.cells:
        if not cell.source.strip():
            found.append(f"{cell.id}: empty")
        if cell.cell_type == "markdown":
            said, last, number = _headings(cell, last)
            titles += number
            found += [*said, *_pictures_in_text(cell)]
        for output in cell.get("outputs", ()):
            found += [f"{cell.id}: {trouble}" for trouble in _output(output)]
    if titles != 1:
        found.append(f"{titles} titles (# …), not one")
    return found


def _headings(cell, last):
    said, titles = [], 0
    for level, words in headings(readable(cell.source)):
        titles += level == 1
        if level > last + 1:
            said.append(f"{cell.id}: heading {words!r} of level {level} after one of level {last}")
        last = level
    return said, last, titles


def _pictures_in_text(cell):
    bare = [alt for alt in re.findall(r"!\[(.*?)\]\(", cell.source) if not alt.strip()]
    said = [f"{cell.id}: a picture without description" for _ in bare]
    return said + [f"{cell.id}: {trouble}" for trouble in _bare_tags(cell.source)]


def _bare_tags(text):
    tags = re.findall(r"<img\b[^>]*>", text)
    return [f"{tag[:60]} has no alt" for tag in tags if not re.search(r"\balt=(\"[^\"]+\"|'[^']+')", tag)]


def _output(output):
    data = output.get("data", {})
    described = output.get("metadata", {})
    text = data.get("text/html", "")
    for kind in IMAGES:
        own = described.get(kind, {}).get("alt") if isinstance(described.get(kind), dict) else None
        if kind in data and not (own or described.get("alt") or re.search(r"\balt=\"[^\"]+\"", text)):
            yield f"{kind} without alternative text"
    yield from _bare_tags(text)
    if "application/vnd.jupyter.widget-state+json" in data:
        yield "a widget's state"
    everything = html.unescape("\n".join(str(value) for value in [output.get("text", ""), *data.values()]))
    if output.output_type == "error":
        yield f"failed: {output.ename}"
    if home := re.search(r"(?<![\w/.])(/home/\w+|/Users/\w+|/root|C:\\Users\\\w+)/", everything):
        yield f"shows a path of one machine: {home.group()}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_as_it_should_be(path):
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    assert findings(book) == []


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.name)
def test_headings_of_a_text_are_in_order(path):
    levels = [level for level, _ in headings(prose(path))]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    assert levels.count(1) == (levels[:1] == [1])


def test_what_is_wrong_is_found():
    cell = nbformat.v4.new_code_cell(
        "1", id="one", outputs=[nbformat.v4.new_output("display_data", {"text/plain": ""})]
    )
    title = nbformat.v4.new_markdown_cell(
        "# Title\n```\n#### code\n```\n<!-- ## no -->\n## Section\n# Not\n", id="head"
    )
    title.source = title.source.replace("# Not\n", "![described](x.png)")
    good = nbformat.v4.new_notebook(cells=[title, cell], metadata={"kernelspec": KERNEL})
    assert findings(good) == []

    def spoiled(change):
        book = copy.deepcopy(good)
        change(book)
        return " ".join(findings(book))

    def shown(data, **metadata):
        return lambda book: book.cells[1].outputs.append(
            nbformat.v4.new_output("display_data", data, metadata=metadata)
        )

    assert "widgets' state" in spoiled(lambda book: book.metadata.update(widgets={}))
    assert "the kernel is" in spoiled(lambda book: book.metadata.update(kernelspec={"name": "my-env"}))
    assert "one: the id is there 2 times" in spoiled(lambda book: book.cells.append(copy.deepcopy(book.cells[1])))
    assert "one: empty" in spoiled(lambda book: book.cells[1].update(source=" \n"))
    assert "level 4 after one of level 2" in spoiled(lambda book: book.cells[0].update(source="# A\n## B\n#### C"))
    assert "2 titles" in spoiled(lambda book: book.cells[0].update(source="# A\n# B"))
    assert "a picture without" in spoiled(lambda book: book.cells[0].update(source="# A\n![ ](x.png)"))
    assert "has no alt" in spoiled(lambda book: book.cells[0].update(source="# A\n<img src='x.png' alt=''>"))
    assert "image/png without" in spoiled(shown({"image/png": "AAAA"}))
    assert spoiled(shown({"image/png": "AAAA"}, **{"image/png": {"alt": "a map"}})) == ""
    assert "has no alt" in spoiled(shown({"text/html": "<img src='data:'>"}))
    assert "path of one machine: /home/ada/" in spoiled(shown({"text/plain": "read /home/ada/books.csv"}))
