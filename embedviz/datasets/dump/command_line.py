"""`embedviz build-books`."""

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

NEEDED = ("mwparserfromhell", "distributed")


def main(arguments: Sequence[str]) -> int:
    """Build books from a dump; the exit status: 0 done, 1 it failed, 2 not understood, 130 interrupted."""
    parser = argparse.ArgumentParser(
        prog="embedviz build-books",
        description="Build the table of books and their links from a dump of Wikipedia, for load_books(FOLDER). "
        "What is finished is kept: after an interruption, the same command goes on.",
    )
    parser.add_argument(
        "parts",
        metavar="PART",
        nargs="*",
        help="a pages-articles file packed by bz2, or its URL, as those at https://dumps.wikimedia.org/enwiki/latest/ "
        "named …-pages-articles-multistream1.xml-p1p41242.bz2",
    )
    parser.add_argument("--excerpt", action="store_true", help="the small real excerpt that comes with gensim")
    parser.add_argument("--out", metavar="FOLDER", required=True, help="where the result goes")
    parser.add_argument("--workers", type=int, default=2, help="processes of this machine; 0: no other (default: 2)")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask scheduler, as tcp://host:8786, to do the work"
    )
    parser.add_argument("--checksums", metavar="FILE", help="of the parts (MD5, SHA-1, SHA-256): a path or a URL")
    parser.add_argument("--max-gb", type=float, default=5.0, help="the longest part to be downloaded (default: 5)")
    parser.add_argument(
        "--page-seconds", type=int, default=20, help="seconds of processor time for a page (default: 20)"
    )
    parser.add_argument("--page-mb", type=int, default=1000, help="megabytes of memory for a page (default: 1000)")
    options = parser.parse_args(arguments)
    if bool(options.parts) == options.excerpt:
        parser.error("name the parts of a dump, or --excerpt")
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        print(f"embedviz: this needs {' and '.join(missing)}: pip install 'embedviz[dump]'", file=sys.stderr)
        return 1
    from embedviz.datasets.dump.build import BuildFailed
    from embedviz.datasets.dump.pages import DamagedPart
    from embedviz.datasets.store.package_index import DatasetError

    try:
        return _build(options)
    except (BuildFailed, DamagedPart, DatasetError, ValueError, OSError) as error:
        print(f"embedviz: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nembedviz: interrupted; what is finished is kept, the same command goes on", file=sys.stderr)
        return 130


def _build(options) -> int:
    from embedviz.datasets.dump.build import build_books
    from embedviz.datasets.dump.collect import report
    from embedviz.datasets.dump.excerpt import excerpt_path
    from embedviz.datasets.dump.page_process import Limits

    limits = Limits(options.page_seconds, options.page_mb)
    folder = Path(options.out).expanduser()
    parts = [excerpt_path()] if options.excerpt else _fetched(options, folder / "downloads")
    summary = build_books(parts, folder, workers=options.workers, scheduler=options.scheduler, limits=limits)
    print(report(summary))
    print(f"load_books({str(folder)!r}) reads them; what was lost is in {folder / 'dead_letters.jsonl'}")
    return 0


def _fetched(options, folder: Path) -> list[Path]:
    """The parts as files: those with a URL downloaded, all checked if there are checksums."""
    from embedviz.datasets.dump.download import check, download, is_url, read_checksums
    from embedviz.datasets.store.package_index import IndexSettings, Session

    urls = [source for source in (*options.parts, options.checksums or "") if is_url(source)]
    if not options.max_gb > 0:
        raise ValueError(f"--max-gb {options.max_gb:g}: it must be above 0")
    if not urls and not options.checksums:
        return [Path(part) for part in options.parts]
    with Session(IndexSettings.from_pip(), progress=True) as session:
        sums = read_checksums(options.checksums, session, folder) if options.checksums else None
        found = []
        for part in options.parts:
            path = download(part, folder, session, int(options.max_gb * 1e9)) if is_url(part) else Path(part)
            if sums is not None:
                check(path, sums, path.name)
            found.append(path)
    return found
