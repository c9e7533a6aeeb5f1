"""Set up the workbook and open it, on any system: all that has to be there is Python 3.11, 3.12 or 3.13.

    python start.py          set up, fetch the data, open JupyterLab
    python start.py test     set up, run every test and every chapter
    python start.py setup    set up and fetch the data

What it needs is installed into .venv beside this file, in the very versions, and with the hashes, of the lock files.
Where `uv` is there, it installs (some times faster than pip), unless pip is set up with an index of its own, which uv
would not know of. Further options go to JupyterLab or pytest: `python start.py lab --no-browser --port 8899`.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCKS = ("requirements.lock", "torch.lock", "torch-cpu.lock")
# What uv does not know of when pip is set up with it.
PIPS_OWN = ("index-url", "extra-index-url", "find-links", "no-index", "proxy", "cert", "client-cert", "trusted-host")


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(prog="start.py", description=__doc__.partition("\n")[0], allow_abbrev=False)
    parser.add_argument("command", nargs="?", default="lab", choices=["lab", "test", "setup"])
    parser.add_argument(
        "--torch-index",
        metavar="URL",
        default=os.environ.get("TORCH_INDEX") or None,
        help="the package index to get PyTorch's CPU build from, and nothing else (default: what pip finds)",
    )
    parser.add_argument("--here", action="store_true", help="install into this Python, not into .venv")
    options, others = parser.parse_known_args(arguments)
    if not (3, 11) <= sys.version_info < (3, 14):
        return _fail(
            f"this is Python {sys.version.split()[0]}: run it with 3.11, 3.12 or 3.13, as in: python3.12 start.py"
        )
    try:
        python = set_up(options.torch_index, options.here)
    except OSError as error:
        place = sys.prefix if options.here and os.access(ROOT, os.W_OK) else ROOT
        return _fail(
            f"{error}\n{place} must be a folder that you can write: copy the workbook, or use a Python, of your own"
        )
    except subprocess.CalledProcessError as error:
        return _fail(f"this failed, and its messages above say why: {subprocess.list2cmdline(error.cmd)}")
    except KeyboardInterrupt:
        return _fail("interrupted; run it again, and it goes on where it was")
    command = ["fetch"] if options.command == "setup" else [options.command, *others]
    process = subprocess.Popen([python, "-P", "-m", "embedviz", *command])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # for the command, which says what to do about it
            continue


def set_up(torch_index=None, here=False) -> str:
    """Install what is not installed yet; returns the Python that has it.

    Args:
        torch_index: URL of the index for PyTorch's CPU build.
        here: install into the Python that runs this.

    Raises:
        OSError: the folder cannot be written.
        subprocess.CalledProcessError: an installation failed.
    """
    python = sys.executable if here else str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    ready = (Path(sys.prefix) if here else VENV) / ".embedviz-ready"
    # What was installed: again when a lock changes, or this folder is moved.
    files = [hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in (*LOCKS, "pyproject.toml")]
    wanted = "\n".join([str(ROOT), torch_index or "", *files])
    works = here or _runs(python)
    if works and ready.exists() and ready.read_text(encoding="utf-8") == wanted:
        return python
    (ROOT / "embedviz.egg-info").mkdir(exist_ok=True)  # fails at once where it would fail in the end
    uv = shutil.which("uv") if not pip_is_set_up() else None
    if not works:
        make = [uv, "venv", "--python", sys.executable] if uv else [sys.executable, "-P", "-m", "venv"]
        subprocess.run([*make, "--clear", str(VENV)], check=True)
    install = [uv, "pip", "install", "--python", python] if uv else [python, "-P", "-m", "pip", "install"]
    locked = [*install, "--no-deps", "--require-hashes", "-r"]
    subprocess.run([*locked, str(ROOT / "requirements.lock")], check=True)
    _install_torch(locked, torch_index)
    subprocess.run([*install, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], check=True)
    ready.write_text(wanted, encoding="utf-8")
    return python


def _install_torch(locked, index) -> None:
    """PyTorch from the index named for it alone; or else its CPU build where pip looks; or else PyPI's build."""
    cpu = [*locked, str(ROOT / "torch-cpu.lock")]
    if index:
        subprocess.run([*cpu, "--index-url", index], check=True)
    elif sys.platform != "linux" or subprocess.run(cpu, capture_output=True).returncode != 0:
        if sys.platform == "linux":
            print("PyTorch comes with CUDA, some gigabytes; --torch-index names an index of its CPU build", flush=True)
        subprocess.run([*locked, str(ROOT / "torch.lock")], check=True)


def pip_is_set_up() -> bool:
    """Whether pip has been told where to download from, or how."""
    command = [sys.executable, "-P", "-m", "pip", "config", "list"]
    said = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    lines = [*said.splitlines(), *(name[4:].lower().replace("_", "-") for name in os.environ if name[:4] == "PIP_")]
    return any(line.partition("=")[0].rpartition(".")[2] in PIPS_OWN for line in lines)


def _runs(python: str) -> bool:
    try:
        return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False


def _fail(why: str) -> int:
    print(f"start.py: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
