"""What Sphinx reads: each chapter as a reader of the site sees it, the pages in Markdown, and the start page.

All documents lie in one folder, beside `widgets/` and `pictures/`, so that links between chapters stay as they are.
"""

import base64
import html
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from embedviz.base.files import write_atomically
from embedviz.publish.pages import current, pages_of
from embedviz.publish.site.glossary import with_terms
from embedviz.publish.site.living import Page, box, figure, grouped, outcomes, read_pages, typeset
from embedviz.publish.tables import tidy

HIDDEN = {"test"}  # tags of cells that a reader of the site does not see
FOLDED = "hide-input"  # of cells whose code only asks or tells: JupyterLab shows it, to be edited
OWN = "own-computer"  # of cells that tell of the computer that they run on, and of its reader
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(((?:\.\./|notebooks/)?[^)\s:#]+)(#[^)\s]*)?\)")
_BLOCK = r"^```.*?^```[^\S\n]*$"
_COMMENT = re.compile(rf"({_BLOCK}|`[^`\n]+`)|<!--.*?-->[^\S\n]*\n?", re.DOTALL | re.MULTILINE)  # or code before it
_CODE_BLOCK = re.compile(rf"({_BLOCK})", re.DOTALL | re.MULTILINE)  # the words of a link may be code

_TITLE = re.compile(r"\A\s*# .+")
_SLIDES = "<p class='ev-note'>Also as <a href='{}'>slides of a lecture</a>.</p>"
_NOTE = "<p class='ev-note'>In the notebook, this tells of your own computer, and of what you have done.</p>"
_NOT_YOURS = nbformat.v4.new_output("display_data", {"text/html": _NOTE})


@dataclass
class Chapter:
    """A notebook on its way to the site.

    Attributes:
        title: its first heading.
        pages: the folder of its widgets' pages, which need not exist.
        current: whether they are those of the notebook as it is.
        widgets: {name of the figure: its page}, of those with a living widget.
        pictures: how many still pictures it shows.
    """

    stem: str
    title: str
    pages: Path
    current: bool
    widgets: dict[str, Page] = field(default_factory=dict)
    pictures: int = 0


def write_chapter(
    notebook: Path, pages: Path, sources: Path, extra: Path, repository: str | None = None, slides: str | None = None
) -> Chapter:
    """Write a notebook as the site shows it.

    Args:
        notebook: as committed, with its outputs.
        pages: folder of all notebooks' pages of widgets, see `publish.pages`. Where those of this notebook are of an
            earlier state of it, only those are taken that say of themselves what the notebook says of the widget.
        sources: folder for what Sphinx reads.
        extra: folder for what is copied as it is: pages of widgets, pictures.
        repository: address of the files that are not on the site, see `links`.
        slides: address of its lecture, to be linked below its heading.

    Raises:
        ValueError: it is no notebook, has no heading, or has not been executed; the message names it.
    """
    content = read_notebook(notebook)
    chapter = Chapter(notebook.stem, _title(content, notebook), pages_of(notebook, pages), current(notebook, pages))
    came_out = outcomes([output for cell in content.cells for output in cell.get("outputs", ())])
    cells = []
    for cell in content.cells:
        tags = set(cell.metadata.get("tags", ()))
        if tags & HIDDEN:
            continue
        folded = FOLDED in tags or cell.metadata.get("jupyter", {}).get("source_hidden")
        shown = {"tags": [FOLDED]} if folded else {}
        if cell.cell_type == "markdown":
            text = links(without_comments(cell.source), repository)
            if text.strip():
                cells.append(nbformat.v4.new_markdown_cell(text, id=cell.id))
        elif cell.cell_type == "code":
            outputs = [_NOT_YOURS] if OWN in tags else _outputs(cell, chapter, came_out, extra, repository)
            kept = {"execution_count": cell.execution_count, "outputs": outputs, "metadata": shown}
            cells.append(nbformat.v4.new_code_cell(cell.source, id=cell.id, **kept))
    if slides:
        first = next(cell for cell in cells if cell.cell_type == "markdown")
        first.source = _TITLE.sub(lambda found: f"{found[0]}\n\n{_SLIDES.format(slides)}\n", first.source, count=1)
    language = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    made = nbformat.v4.new_notebook(cells=cells, metadata=language | content.metadata)
    write_atomically(sources / notebook.name, lambda temporary: nbformat.write(made, temporary))
    return chapter


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook.

    Raises:
        ValueError: it is none, or a code cell has not been executed; the message names file and cell.
    """
    try:
        content = nbformat.read(path, as_version=4)
    except Exception as error:
        raise ValueError(f"{path} is no notebook: {error}") from None
    for cell in content.cells:
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            raise ValueError(f"{path}: cell {cell.id!r} has not been executed; `make notebooks` runs the chapters")
    return content


def write_markdown(page: Path, sources: Path, repository: str | None = None) -> None:
    """Write a page in Markdown as the site shows it."""
    text = with_terms(links(without_comments(page.read_text(encoding="utf-8")), repository))
    write_atomically(sources / page.name, text)


def without_comments(text: str) -> str:
    """Markdown without HTML comments, which hold what the lecturer alone sees; code stays as it is."""
    return _COMMENT.sub(lambda found: found[1] or "", text)


def links(text: str, repository: str | None) -> str:
    """Markdown whose links lead to pages of the site, or to files in the repository.

    Args:
        repository: address of the repository's files, such as https://github.com/OWNER/NAME/blob/main; None: what is
            not on the site is named, and no link.
    """

    def link(match):
        words, path, anchor = match.groups()
        path = path.removeprefix("notebooks/")
        if "/" not in path and path.endswith((".ipynb", ".md")):
            return f"[{words}]({path}{anchor or ''})"
        if path == "LICENSE":
            return f'<a href="LICENSE.txt">{words}</a>'
        path = path.removeprefix("../")
        return f"[{words}]({repository}/{path})" if repository else words

    return "".join(part if i % 2 else _LINK.sub(link, part) for i, part in enumerate(_CODE_BLOCK.split(text)))


def _title(content, notebook):
    for cell in content.cells:
        if cell.cell_type == "markdown" and (found := re.match(r"# (.+)", without_comments(cell.source).lstrip())):
            return found[1].strip()
    raise ValueError(f"{notebook} has no first heading (# …), which would be its title")


def _outputs(cell, chapter, came_out, extra, repository):
    """The outputs of a cell, for Sphinx: those of widgets as figures."""
    living = read_pages(chapter.pages, cell.execution_count) if cell.execution_count else {}
    outputs, widgets = [], 0
    for place, shown in enumerate(grouped(cell.outputs)):
        page = living.get(widgets) if shown.widget else None
        widgets += shown.widget
        if page and not chapter.current and page.description != shown.data("text/plain"):
            page = None
        if shown.data("image/png"):
            outputs.append(_html(_figure(shown, page, cell, place, chapter, extra)))
        elif shown.widget:
            outputs.append(_html(box(shown, cell.source, came_out)))
        else:
            [output] = shown.outputs
            if text := shown.data("text/html"):
                output = _html(tidy(typeset(text)))
            elif (text := shown.data("text/markdown")) is not None:
                output = nbformat.v4.new_output("display_data", {"text/markdown": links(text, repository)})
            outputs.append(output)
    return outputs


def _html(text):
    return nbformat.v4.new_output("display_data", {"text/html": text})


def _figure(shown, page, cell, place, chapter, extra):
    """HTML of a picture, of a widget or not; its file is written, and with it the widget's page."""
    data, [metadata] = base64.b64decode(shown.data("image/png")), [
        output["metadata"].get("image/png", {}) for output in shown.outputs if "image/png" in output.get("data", {})
    ]  # fmt: skip
    name = f"{chapter.stem}/{cell.execution_count}-{place}"
    picture = extra / "pictures" / f"{name}.png"
    write_atomically(picture, data)
    chapter.pictures += 1
    size = "".join(f" {side}='{metadata[side]}'" for side in ("width", "height") if side in metadata)
    alt = html.escape(metadata.get("alt") or shown.data("text/plain") or "", quote=True)
    image = f"<img src='pictures/{name}.png' alt='{alt}'{size} loading='lazy'>"
    if not shown.widget:
        return f"<figure class='ev-picture'>{image}</figure>"
    if page is not None:
        target = extra / "widgets" / chapter.stem / page.path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        _share(page.path, target)
    label = _name(page.title if page else cell.id, chapter)
    if page is not None:
        chapter.widgets[label] = page
    return figure(shown, image, page, f"widgets/{chapter.stem}/{page.path.name}" if page else "", label)


def _name(title, chapter):
    """A figure's name, for addresses: short, and once on its page."""
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-") or "figure"
    several = sum(one == name or one.startswith(f"{name}--") for one in chapter.widgets)
    return f"{name}--{several + 1}" if several else name


def _share(source: Path, target: Path) -> None:
    """The same file at another place: a hard link where the disk can."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
