"""JavaScript of others that the site and the slides carry along: formulas, slides, the schedule of drills.

Pages that we publish ask no server for anything, so these files lie beside them. They are fetched like a dataset, once
and checked, when a site, slides or the tests first need them; a reader of the notebooks needs none of them.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from embedviz.datasets.store.artifacts import NpmPackage
from embedviz.datasets.store.cache import Dataset, fetch, load


def _parse_files(members: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    names = [name.removeprefix("package/") for name in members]
    return {"files": pd.DataFrame({"name": names, "content": list(members.values())})}


def npm_library(package: str, version: str, sha256: str, size: int, members: Sequence[str], about: str) -> Dataset:
    """Files of an npm package as an entry of the cache; its license comes along. See `NpmPackage`."""
    members = tuple(f"package/{member}" for member in (*members, "LICENSE"))
    artifact = NpmPackage(package, version, sha256, size, members)
    name = package.replace("/", "-").replace("@", "")
    return Dataset(name, artifact, _parse_files, parser_version=1, about=about, tables=("files",), default=False)


MATHJAX = npm_library(
    "mathjax",
    "3.2.2",
    "1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09",
    6_132_118,
    ("es5/tex-svg-full.js",),
    "draws formulas, on the site and in the slides (Apache 2.0)",
)
REVEAL = npm_library(
    "reveal.js",
    "5.2.1",
    "359b575dd51bbda32f89b2fd4c7dc46ad7389a805572158916c29252f7a27333",
    2_377_747,
    ("dist/reset.css", "dist/reveal.css", "dist/reveal.js", "dist/theme/*.css", "plugin/notes/notes.js"),
    "shows slides in a browser (MIT)",
)
TS_FSRS = npm_library(
    "ts-fsrs",
    "5.4.2",
    "f91a53b58c7269db5528ad420208217384be610a4146a137b85dcaa07e3301cb",
    150_324,
    ("dist/index.mjs", "dist/index.umd.js"),
    "schedules drills in a page, as py-fsrs does here (MIT)",
)
WEB_LIBRARIES = (MATHJAX, REVEAL, TS_FSRS)


def library_files(library: Dataset) -> dict[str, bytes]:
    """The files of one of `WEB_LIBRARIES`, {path in the package: content}; fetched where they are not there yet.

    Raises:
        DatasetError: it has to be fetched, and cannot be.
    """
    fetch(library)
    files = load(library)["files"]
    return dict(zip(files["name"], files["content"]))
