"""The site, from the chapters to a folder that any web server, or a double click, shows."""

import io
import json
import shutil
import tempfile
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path

from embedviz.course.places import CHAPTERS, NOTEBOOKS, chapter_file
from embedviz.datasets.web_libraries import MATHJAX, library_files
from embedviz.publish.drills_page import write_drills_page
from embedviz.publish.headings import chapter_links
from embedviz.publish.pages import FOLDER
from embedviz.publish.site.fresh import RECORD, record
from embedviz.publish.site.front import write_front
from embedviz.publish.site.launch import files_at, open_in_colab
from embedviz.publish.site.lighten import lighten
from embedviz.publish.site.outside import loads_from_outside
from embedviz.publish.site.settings import settings
from embedviz.publish.site.sources import Chapter, write_chapter, write_markdown
from embedviz.publish.slides.build import build_decks
from embedviz.publish.slides.reading import read_deck

CHECKOUT = NOTEBOOKS.parent
PAGES, SITE = CHECKOUT / FOLDER, CHECKOUT / "build/site"


class SiteError(Exception):
    """The site cannot be made; the message says of what."""


@dataclass
class Built:
    """What has been built.

    Attributes:
        folder: of the site.
        chapters: in their order.
        size: bytes of all files.
    """

    folder: Path
    chapters: list[Chapter]
    size: int


def build_site(
    folder: Path = SITE,
    pages: Path = PAGES,
    notebooks: Path = NOTEBOOKS,
    repository: str | None = None,
    branch: str = "main",
    site_branch: str | None = None,
) -> Built:
    """Make the site. What was at `folder` is replaced when the new one is complete.

    Args:
        folder: of the site.
        pages: folder of the widgets' pages, see `publish.pages`; where there are none, the still pictures are shown.
        notebooks: executed ones, and pages in Markdown; the README is beside this folder.
        repository: where it is published, for launch buttons; None: none.
        branch: that these open.
        site_branch: of the repository on GitHub, which will hold the site; None: none, and no button opens Colab, see
            `launch.open_in_colab`.

    Raises:
        SiteError: Sphinx warns of something (a link that leads nowhere, say), or something would be loaded from
            elsewhere; the message has all of it.
        ValueError: a notebook, a page or the repository's address is not what it should be.
        DatasetError: MathJax, reveal.js or ts-fsrs is not in the cache and cannot be fetched.
        OSError: the folder cannot be written.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=folder.parent) as place:
        sources, extra, static, made = (Path(place) / name for name in ("sources", "extra", "static", "made"))
        for one in (sources, extra, static):
            one.mkdir()
        files = files_at(repository, branch)
        found = sorted(notebooks.glob("*.ipynb"))
        if not found:
            raise SiteError(f"{notebooks} has no notebook")
        lectures = [one for one in found if read_deck(one).slides]
        slides = {one.stem: f"slides/{one.stem}.html" for one in lectures}
        chapters = [write_chapter(one, pages, sources, extra, files, slides.get(one.stem)) for one in found]
        texts = sorted(notebooks.glob("*.md"))
        for text in texts:
            write_markdown(text, sources, files)
        readme = notebooks.parent / "README.md"
        drills = {chapter_file(number).stem for number in CHAPTERS} <= {chapter.stem for chapter in chapters}
        write_front(readme, notebooks, chapters, [text.stem for text in texts], sources, extra, files, drills, slides)
        _copy_formulas(static)
        shutil.copyfile(notebooks.parent / "LICENSE", extra / "LICENSE.txt")
        colab = repository is not None and site_branch is not None
        also = [("The drills on your phone", "drills/index.html")] if drills else []
        also += [(f"Slides: {chapter.title}", slides[chapter.stem]) for chapter in chapters if chapter.stem in slides]
        config = settings(static, extra, repository, branch, colab, also)
        _run_sphinx(sources, made, Path(place) / "doctrees", config)
        lighten(made)
        if colab:
            open_in_colab(made, found, repository, branch, site_branch)
        if lectures:
            build_decks(lectures, made / "slides", pages)
        if drills:
            write_drills_page(made / "drills", chapter_links(made))
        if outside := loads_from_outside(made):
            raise SiteError("the site would load from elsewhere:\n" + "\n".join(outside))
        (made / ".nojekyll").touch()  # GitHub would leave out folders such as _static
        told = record(made, [*found, *texts])
        (made / RECORD).write_text(json.dumps(told, indent=1), encoding="utf-8")
        if folder.exists():
            folder.rename(Path(place) / "before")
        made.rename(folder)
    return Built(folder, chapters, sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()))


def _copy_formulas(static):
    for name, content in library_files(MATHJAX).items():
        target = static / "mathjax" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _run_sphinx(sources, made, doctrees, config):
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.console import strip_escape_sequences

    warnings = io.StringIO()
    with redirect_stderr(warnings):
        app = Sphinx(
            sources, None, made, doctrees, "html", confoverrides=config, status=None, warning=warnings, freshenv=True
        )
        try:
            app.build(force_all=True)
        except SphinxError as error:
            raise SiteError(f"{warnings.getvalue()}{error}") from error
    if text := strip_escape_sequences(warnings.getvalue()).strip():
        raise SiteError(text.replace(f"{sources}/", ""))
    for leftover in (".buildinfo", "objects.inv"):
        (made / leftover).unlink(missing_ok=True)
    shutil.rmtree(made / "_sources", ignore_errors=True)
