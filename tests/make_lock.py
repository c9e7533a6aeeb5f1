"""Make requirements.lock and torch.lock anew from pyproject.toml: `make lock`; newer versions: `make lock NEW=1`.

uv finds versions that hold on every system and Python that we support, and the hash of each of their files, at the
index that pip is set up with. Without NEW=1 a version that is locked stays.

PyTorch, and the CUDA that only its build at PyPI needs, have a lock of their own, so that they can come from an index
of their own. torch-cpu.lock is kept by hand: its hashes are those that the links at
https://download.pytorch.org/whl/cpu/torch/ end in.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from embedviz.datasets.store.package_index import IndexSettings

ROOT = Path(__file__).parents[1]
OF_TORCH = re.compile(r"(torch|triton|nvidia-.*|cuda-.*)==")
COMPILE = "pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet".split()
# JupyterLab asks for an extra of jsonschema that checks the format "iri" by these. Nobody here has
# a schema with one; each program that reads a notebook would spend a second on importing them.
LEFT_OUT = re.compile(r"(rfc3987-syntax|lark)==")
HEADER = """\
# {what}
# Exact versions for Python 3.11 to 3.13 on Linux, macOS and Windows, and the hashes of all their files: pip installs
# no other file, whichever index it comes from. Made by `make lock`; what may vary is in pyproject.toml.
"""
LOCKS = {
    "requirements.lock": "Everything but PyTorch.",
    "torch.lock": "PyTorch as PyPI has it, on Linux with CUDA. Its CPU build is in torch-cpu.lock.",
}


def entries(lock: str) -> list[str]:
    """The requirements of a lock, each with its hashes."""
    return re.findall(r"^[^\s#].*(?:\n    --hash=.*)*\n", lock, flags=re.M)


def main() -> None:
    index = next(source.url for source in IndexSettings.from_pip().sources if source.is_index)
    with tempfile.TemporaryDirectory() as folder:
        more, lock = Path(folder) / "installers.in", Path(folder) / "all.lock"
        more.write_text("pip\nsetuptools\n")
        if not os.environ.get("NEW"):
            lock.write_text("".join((ROOT / name).read_text() for name in LOCKS))
        command = [
            "uv",
            *COMPILE,
            "--extra",
            "test",
            "--extra",
            "site",
            "pyproject.toml",
            str(more),
            "--output-file",
            str(lock),
        ]
        subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"UV_DEFAULT_INDEX": index}, stdout=sys.stderr)
        found = [entry for entry in entries(lock.read_text()) if not LEFT_OUT.match(entry)]
    for name, what in LOCKS.items():
        own = [entry for entry in found if bool(OF_TORCH.match(entry)) == (name == "torch.lock")]
        (ROOT / name).write_text(HEADER.format(what=what) + "".join(own))
        print(f"{name}: {len(own)} packages")


if __name__ == "__main__":
    main()
