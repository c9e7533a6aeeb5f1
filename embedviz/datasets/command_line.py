"""`embedviz fetch` and `embedviz list`."""

import sys
from collections.abc import Sequence

from embedviz.datasets.registry import DATASETS, SHIPPED, dataset
from embedviz.datasets.store.cache import entry_folder, fetch, state
from embedviz.datasets.store.package_index import DatasetError


def fetch_named(names: Sequence[str], everything: bool = False, force: bool = False) -> int:
    """Fetch datasets by name, without names all that the workbook needs; returns the exit status."""
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


def list_datasets() -> int:
    """Print the datasets, and what is in the cache; returns the exit status."""
    width = max(map(len, [*SHIPPED, *DATASETS]))
    for name, about in SHIPPED.items():
        print(f"{name:{width}}  shipped      {about}")
    for name, entry in DATASETS.items():
        try:
            print(f"{name:{width}}  {state(entry):11}  {entry.about}")
        except DatasetError as error:
            print(f"embedviz: {error}", file=sys.stderr)
            return 1
    return 0
