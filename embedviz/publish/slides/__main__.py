"""`make slides`: build/slides/<stem>.html and .pdf of each chapter that has a lecture."""

import argparse
import sys
from pathlib import Path

from nbclient.exceptions import CellExecutionError

from embedviz.course.places import CHAPTERS, chapter_file
from embedviz.datasets.store.package_index import DatasetError
from embedviz.publish.pages import FOLDER, make_pages
from embedviz.publish.slides.build import build_decks, is_stale
from embedviz.publish.slides.pdf import print_decks


def main(arguments=None) -> int:
    """Write the decks; returns 0, or 1: that failed, with the reason on stderr, or --check has found an old deck."""
    parser = argparse.ArgumentParser(prog="python -m embedviz.publish.slides", description=__doc__)
    parser.add_argument("notebooks", type=Path, nargs="*", help="none: all chapters")
    parser.add_argument("--out", type=Path, default=Path("build/slides"), metavar="FOLDER")
    parser.add_argument("--pages", type=Path, default=FOLDER, metavar="FOLDER", help="of living widgets")
    parser.add_argument("--no-run", action="store_true", help="take what pages there are, and run no chapter")
    parser.add_argument("--no-pdf", action="store_true", help="only the pages: needs no Chromium")
    parser.add_argument("--handout", action="store_true", help="also a PDF with the notes after each slide")
    parser.add_argument("--check", action="store_true", help="make nothing; name the decks that are missing or old")
    options = parser.parse_args(arguments)
    notebooks = options.notebooks or [path for path in map(chapter_file, CHAPTERS) if path]
    if options.check:
        old = [notebook.stem for notebook in notebooks if is_stale(options.out / f"{notebook.stem}.html", notebook)]
        for stem in old:
            print(f"{options.out / stem}.html: none, or of another state of its notebook")
        return int(bool(old))
    try:
        if not options.no_run:
            make_pages(notebooks, options.pages)
        decks = build_decks(notebooks, options.out, options.pages)
        printed = [] if options.no_pdf else print_decks(decks)
        printed += print_decks(decks, handout=True) if options.handout else []
    except (ValueError, OSError, RuntimeError, DatasetError, CellExecutionError) as error:
        print(f"slides: {error}", file=sys.stderr)
        return 1
    for path in [*decks, *printed]:
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
