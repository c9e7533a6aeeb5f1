"""`make site`: the chapters with their living widgets as a static site, in build/site.

python -m embedviz.publish.site [--no-run] [--check] [--repository https://github.com/OWNER/NAME] [--branch main]
                                [--site-branch gh-pages]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nbclient.exceptions import CellExecutionError

from embedviz.course.places import NOTEBOOKS
from embedviz.datasets.store.package_index import DatasetError
from embedviz.publish.pages import current, make_pages
from embedviz.publish.site.build import CHECKOUT, PAGES, SITE, SiteError, build_site
from embedviz.publish.site.fresh import stale
from embedviz.publish.site.settings import published


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the site; returns the exit status: 0 done, 1 it failed, or with --check it is not up to date."""
    parser = argparse.ArgumentParser(prog="python -m embedviz.publish.site", description="Build the static site.")
    parser.add_argument("--out", type=Path, default=SITE, help="its folder (build/site)")
    parser.add_argument("--pages", type=Path, default=PAGES, help="folder of the widgets' pages (build/pages)")
    parser.add_argument("--notebooks", type=Path, default=NOTEBOOKS, help="folder of the executed chapters")
    parser.add_argument("--no-run", action="store_true", help="take what pages there are, and run no chapter")
    parser.add_argument("--check", action="store_true", help="build nothing; say whether the site is up to date")
    parser.add_argument(
        "--repository",
        default=published(CHECKOUT / "pyproject.toml"),
        help="where the workbook is published, for the buttons of Binder and Colab; none: no buttons",
    )
    parser.add_argument("--branch", default="main", help="that the buttons open (main)")
    parser.add_argument(
        "--site-branch", help="which will hold the site, on GitHub: from there Colab opens; none: no Colab"
    )
    options = parser.parse_args(arguments)
    if options.check:
        found = stale(options.out, options.notebooks)
        print("\n".join(found) or f"{options.out} is up to date")
        return int(bool(found))
    notebooks = sorted(options.notebooks.glob("*.ipynb"))
    try:
        if not options.no_run:
            make_pages(notebooks, options.pages)
        elif old := [one.name for one in notebooks if not current(one, options.pages)]:
            print(
                f"embedviz: of another state than today's, or none, are the pages of {', '.join(old)}", file=sys.stderr
            )
        built = build_site(
            options.out, options.pages, options.notebooks, options.repository, options.branch, options.site_branch
        )
    except (SiteError, ValueError, DatasetError, OSError, CellExecutionError) as error:
        print(f"embedviz: {error}", file=sys.stderr)
        return 1
    living = sum(len(chapter.widgets) for chapter in built.chapters)
    print(
        f"{built.folder}: {len(built.chapters)} notebooks, {sum(one.pictures for one in built.chapters)} pictures, "
        f"{living} living widgets, {built.size / 1e6:.1f} MB. Open {built.folder / 'index.html'}, or copy the folder "
        "to a web server."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
