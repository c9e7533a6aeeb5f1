"""`embedviz doctor`: what is installed here, where things are kept, and what to do where something is wrong.

It is what an issue should hold. Nothing is changed, nothing is downloaded, and no password is printed: of an index's
address only what comes after its credentials. At its head only Python's own modules are imported, so that it speaks
where packages are missing too.
"""

import argparse
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "torch numpy pandas pyarrow numba umap-learn scikit-learn jupyterlab notebook ipykernel ipywidgets anywidget plotly"
).split()
BROWSERS = ("chromium", "chromium-browser", "google-chrome")  # for the tests, the slides as PDF, and pictures
PORT = 8888  # that JupyterLab asks for first
_CREDENTIALS = r"//[^/\s]*@"  # of an address, in a message that somebody else has made


def main(arguments: Sequence[str] | None = None) -> int:
    """Print all that is found; returns the exit status: 0 the chapters can run, 1 something hinders them."""
    parser = argparse.ArgumentParser(
        prog="embedviz doctor",
        description="Say what is installed here, and where things are kept; check the installation, and say what to do "
        "about each thing that is wrong. Paste this into an issue. Passwords are left out.",
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without "✓" shows "?" and goes on
    found = examination()
    print(json.dumps(found, indent=2, ensure_ascii=False) if options.json else as_text(found))
    return 0 if found["right"] else 1


def examination() -> dict:
    """All that is found.

    Returns:
        {"versions", "places", "machine": {name: what is there}, "checks": the self-check's lines as dicts with what,
        found, todo ("" if right) and hinders, "right": whether nothing hinders}.
    """
    checks = _checks()
    return {
        "versions": _said({"embedviz": _own_version, "Python": _python, "system": platform.platform} | _packages()),
        "places": _said(
            {
                "cache": _cache,
                "datasets": _datasets,
                "progress": _progress,
                "package index": _indexes,
                "browser": lambda: browser() or "none on the PATH (only tests, PDF and pictures need one)",
            }
        ),
        "machine": _said({"processors": _processors, "memory": _memory, "torch": _torch, "ports": _ports}),
        "checks": checks,
        "right": all(not line["todo"] or not line["hinders"] for line in checks),
    }


def as_text(found: dict) -> str:
    """What `examination` found, as Markdown that reads well in a terminal too."""
    lines = []
    for title in ("versions", "places", "machine"):
        lines += [f"{title.capitalize()}", *(f"- {name}: {said}" for name, said in found[title].items()), ""]
    lines.append("Checks")
    for line in found["checks"]:
        mark = "✓" if not line["todo"] else "✗" if line["hinders"] else "!"
        lines.append(f"- {mark} {line['what']}: {line['found']}")
        if line["todo"]:
            lines.append(f"  what to do: {line['todo']}")
    good, bad = "Everything that the chapters need is here.", "Something is missing: see what to do, above."
    return "\n".join([*lines, "", good if found["right"] else bad])


def browser() -> str | None:
    """The path of a Chromium that the tests can drive; None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _said(looks: dict[str, Callable[[], str]]) -> dict[str, str]:
    """What each of them says; what fails says why, and the others are still heard."""
    said = {}
    for name, look in looks.items():
        try:
            said[name] = str(look())
        except Exception as error:  # a broken installation breaks in ways of its own
            said[name] = re.sub(_CREDENTIALS, "//***@", f"cannot be told: {type(error).__name__}: {error}")
    return said


def _checks() -> list[dict]:
    try:
        from embedviz.course.self_check import check_installation

        return [asdict(line) for line in check_installation().lines]
    except Exception as error:  # a package is missing that the self-check itself needs, or is broken
        todo = "run `python start.py setup` in the workbook's folder"
        return [{"what": "packages", "found": f"{type(error).__name__}: {error}", "todo": todo, "hinders": True}]


def _own_version() -> str:
    from embedviz import __version__

    return f"{__version__}, {_commit()}, in {CHECKOUT}"


def _commit() -> str:
    if not (CHECKOUT / ".git").exists():
        return "no git checkout"
    command = ["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"commit unknown ({error})"
    return f"commit {run.stdout.strip()}" if run.returncode == 0 else f"commit unknown ({run.stderr.strip()[:80]})"


def _python() -> str:
    kind = "in a virtual environment" if sys.prefix != sys.base_prefix else "not in a virtual environment"
    return f"{platform.python_version()}, {sys.executable}, {kind}"


def _packages() -> dict[str, Callable[[], str]]:
    return {name: lambda name=name: _version(name) for name in PACKAGES}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _cache() -> str:
    from embedviz.base.files import cache_folder

    folder = cache_folder()
    if not folder.exists():
        return f"{folder}, not there yet"
    writable = "can be written" if os.access(folder, os.W_OK) else "is only read"
    return f"{folder}, {sum(one.stat().st_size for one in folder.rglob('*') if one.is_file()) / 1e6:.0f} MB, {writable}"


def _datasets() -> str:
    from embedviz.datasets.registry import DATASETS
    from embedviz.datasets.store.cache import state

    states = {name: state(entry) for name, entry in DATASETS.items()}
    return "; ".join(f"{name} {said}" for name, said in states.items())


def _progress() -> str:
    from embedviz.course.progress.store import default_path

    path = default_path()
    return f"{path}, {f'{path.stat().st_size / 1e3:.0f} kB' if path.exists() else 'not there yet'}"


def _indexes() -> str:
    from embedviz.datasets.store.package_index import IndexSettings, redacted

    return ", ".join(redacted(source.url) for source in IndexSettings.from_pip().sources) or "none"


def _processors() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{usable} for this process, {os.cpu_count()} in the machine, {platform.machine()}"


def _memory() -> str:
    import psutil

    memory = psutil.virtual_memory()
    return f"{memory.available / 1e9:.1f} GB free of {memory.total / 1e9:.1f} GB"


def _torch() -> str:
    """That it can be imported is more than that it is installed."""
    import torch

    # The CUDA that it was built with says which of the two builds it is; no chapter uses a GPU.
    cuda = torch.version.cuda or "not built in"
    return f"{torch.__version__} computes with {torch.get_num_threads()} threads, CUDA {cuda}"


def _ports() -> str:
    """A kernel and the page talk over ports of this machine; 8888 may be taken, for JupyterLab takes the next."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), 10):
        pass
    try:
        socket.create_server(("127.0.0.1", PORT)).close()
        return f"127.0.0.1 can be listened on, {PORT} is free"
    except OSError:
        return f"127.0.0.1 can be listened on, {PORT} is taken (JupyterLab takes the next one)"


if __name__ == "__main__":
    sys.exit(main())
