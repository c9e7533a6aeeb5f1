"""Where redirects lead, for the titles that are asked for: a dump has millions, and links need few of them."""

from collections.abc import Collection, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from embedviz.datasets.dump.tables import row_groups
from embedviz.datasets.dump.titles import TEMPLATE, as_title, template_name

HOPS = 8  # redirects to redirects; MediaWiki's bots leave none
BOX = "infobox book"
BOX_NAMES = frozenset({BOX, "infobox novel"})  # known without the dump's own redirects


def resolve(titles: Collection[str], files: Iterable[Path]) -> tuple[dict[str, str], int]:
    """Where articles' titles lead.

    Args:
        titles: of articles, as `as_title` writes them.
        files: "redirects.parquet" of all parts. Of a title that has several redirects the first counts.

    Returns:
        ({title: the article that it leads to}, of those that are redirects; how many of `titles` lead into a loop, or
        on for more than `HOPS` redirects: these are left as they are).
    """
    files = list(files)
    steps: dict[str, str] = {}
    asked = set(titles)
    for _ in range(HOPS):
        if not asked:
            break
        found = _steps(asked, files)
        steps |= found
        asked = set(found.values()) - steps.keys()
    ends, lost = {}, 0
    for title in sorted(set(titles) & steps.keys()):
        seen, at = {title}, steps[title]
        while at in steps and at not in seen and len(seen) < HOPS:
            seen.add(at)
            at = steps[at]
        if at in steps:
            lost += 1
        else:
            ends[title] = at
    return ends, lost


def _steps(titles: set[str], files: Iterable[Path]) -> dict[str, str]:
    """{title: target} of the redirects among `titles`."""
    asked, found = pa.array(sorted(titles), pa.string()), {}
    for file in files:
        for table in row_groups(file):
            hits = table.filter(pc.and_(pc.equal(table["namespace"], 0), pc.is_in(table["title"], value_set=asked)))
            for title, target in zip(hits["title"].to_pylist(), hits["target"].to_pylist()):
                found.setdefault(title, as_title(target.partition("#")[0]))
    return {title: target for title, target in found.items() if target}


def box_names(files: Iterable[Path]) -> set[str]:
    """All names of the template "Infobox book", as `template_name` writes them: it, and what redirects to it."""
    targets: dict[str, str] = {}
    for file in files:
        for table in row_groups(file):
            table = table.filter(pc.equal(table["namespace"], TEMPLATE))
            for title, target in zip(table["title"].to_pylist(), table["target"].to_pylist()):
                targets.setdefault(template_name(title), template_name(target.partition("#")[0]))
    names = set(BOX_NAMES)
    while more := {name for name, target in targets.items() if target in names} - names:
        names |= more
    return names
