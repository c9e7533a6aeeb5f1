"""First task of a part: its redirects, and the pages that may be books. A dump is unpacked once.

Which names a book's box goes by is known when all parts are scanned, for its redirects may be in any. So a page is kept
if its text looks as if it held such a box; `extract` looks closely. A redirect that does not look so ("Bookbox") makes
`build` scan again, for pages with that name too.
"""

import re
from collections.abc import Callable, Collection
from pathlib import Path

from embedviz.datasets.dump.page_xml import BadPage
from embedviz.datasets.dump.pages import read_head, read_pages
from embedviz.datasets.dump.tables import CANDIDATES, DEAD_LETTERS, REDIRECTS, Table
from embedviz.datasets.dump.task_files import TaskFiles
from embedviz.datasets.dump.titles import TEMPLATE, read_namespaces, template_name

VERSION = 1  # raise it with every change of what is written
_LIKE_A_BOX = re.compile(r"infobox[^|{}\n]{0,60}(?:book|novel)|(?:book|novel)[^|{}\n]{0,60}infobox")


def scan_files(folder: Path, key: dict, extra_names: Collection[str]) -> TaskFiles:
    """The files of this task in `folder`; `key` names the part. See `scan`."""
    return TaskFiles(folder, key | {"scan": VERSION, "names": sorted(extra_names)})


def scan(part: Path, files: TaskFiles, extra_names: Collection[str], report: Callable[[int], None]) -> dict:
    """Write the files "redirects.parquet", "candidates.parquet", "dead_letters.parquet" of a part.

    Args:
        part: the bz2 file.
        extra_names: of templates that do not look like a book's box, and redirect to it.
        report: is told of bytes read.

    Returns:
        How many "pages", "articles" (neither redirects nor outside the main namespace), "redirects", "candidates" and
        "unreadable" pages there are, and the "namespaces".

    Raises:
        DamagedPart, OSError: as `read_pages`; the task is then not finished.
    """
    counts = dict.fromkeys(("pages", "articles", "redirects", "candidates", "unreadable"), 0)
    looks_like = _finder(extra_names)
    with (
        files,
        Table(files.aside("redirects.parquet"), REDIRECTS) as redirects,
        Table(files.aside("candidates.parquet"), CANDIDATES) as candidates,
        Table(files.aside("dead_letters.parquet"), DEAD_LETTERS) as lost,
    ):
        for page in read_pages(part, report):
            counts["pages"] += 1
            if isinstance(page, BadPage):
                counts["unreadable"] += 1
                lost.add((page.title, page.page, page.revision, page.reason))
            elif page.redirect is not None and page.namespace in (0, TEMPLATE):
                counts["redirects"] += 1
                redirects.add((page.namespace, page.title, page.redirect))
            elif page.namespace == 0 and page.redirect is None:
                counts["articles"] += 1
                if looks_like(page.text):
                    counts["candidates"] += 1
                    candidates.add((page.title, page.page, page.revision, page.timestamp, page.text))
        for table in (redirects, candidates, lost):
            table.close()
        return files.finish(counts | {"namespaces": read_namespaces(read_head(part))})


def looks_like_a_box(name: str) -> bool:
    """Whether pages with a template of this name are kept without being asked for."""
    return bool(_LIKE_A_BOX.search(name.lower()))


def _finder(extra_names: Collection[str]) -> Callable[[str], bool]:
    patterns = [_LIKE_A_BOX]
    if extra_names:
        names = (r"[\s_]+".join(map(re.escape, template_name(name).split())) for name in sorted(extra_names))
        patterns.append(
            re.compile(rf"\{{\{{[\s_]*(?:template[\s_]*:[\s_]*)?(?:{'|'.join(names)})[\s_]*(?:[|<]|\}}\}})")
        )

    def found(text: str) -> bool:
        text = text.lower()
        if any(pattern.search(text) for pattern in patterns):
            return True
        without = _without_comments(text)  # one may stand inside a name
        return without is not text and any(pattern.search(without) for pattern in patterns)

    return found


def _without_comments(text: str) -> str:
    """`text` without <!-- … -->, in linear time; one that nobody closed reaches to the end."""
    parts, position = [], 0
    while (at := text.find("<!--", position)) >= 0:
        parts.append(text[position:at])
        end = text.find("-->", at + 4)
        position = len(text) if end < 0 else end + 3
    return "".join([*parts, text[position:]]) if position else text
