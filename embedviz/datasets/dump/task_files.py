"""Files of a task that are whole or not there: written aside, renamed, and then named by a manifest.

A task is finished when its manifest is there, was written for the same input, and names files that are as it says.
Whoever is killed before that has left nothing that counts.
"""

import hashlib
import json
import os
import secrets
from pathlib import Path

from embedviz.base.files import write_atomically
from embedviz.datasets.store.artifacts import file_hash

END_BYTES = 1 << 20
ASIDE = ".aside-"  # how files begin that are not finished
MANIFEST = "summary.json"


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's length, first and last MiB: parts are too long to be read once more for their names.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    hasher = hashlib.sha256(str(size).encode())
    with open(path, "rb") as file:
        hasher.update(file.read(END_BYTES))
        file.seek(max(0, size - END_BYTES))
        hasher.update(file.read(END_BYTES))
    return hasher.hexdigest()


class TaskFiles:
    """The files of one task, in a folder of its own; a context manager that clears what is not finished.

    Args:
        folder: made when the first file is written.
        key: all that the files depend on, as JSON has it; of files with another key nothing is used.

    Attributes:
        folder, key: as given.
    """

    def __init__(self, folder: Path, key: dict):
        self.folder = folder
        self.key = json.loads(json.dumps(key))
        self._aside: dict[str, Path] = {}

    def path(self, name: str) -> Path:
        """A finished file."""
        return self.folder / name

    def aside(self, name: str) -> Path:
        """Where to write what is to be the file `name` once all are `finish`ed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._aside[name] = self.folder / f"{ASIDE}{secrets.token_hex(8)}-{name}"
        return self._aside[name]

    def finished(self) -> dict | None:
        """What `finish` was given if the task is finished and its files are intact, else None."""
        try:
            manifest = read_manifest(self.folder)
        except (OSError, ValueError):
            return None
        return manifest["result"] if manifest["key"] == self.key else None

    def finish(self, result: dict) -> dict:
        """Let the files that were written aside count.

        Args:
            result: what `finished` says from now on, as JSON has it.

        Raises:
            OSError: the disk is full, or the folder cannot be written; the task is then not finished.
        """
        self.path(MANIFEST).unlink(missing_ok=True)  # never a manifest of other files
        hashes = {}
        for name, path in self._aside.items():
            with open(path, "rb+") as file:
                os.fsync(file.fileno())
            hashes[name] = file_hash(path, hashlib.sha256())
            os.replace(path, self.path(name))
        self._aside = {}
        text = json.dumps({"key": self.key, "files": hashes, "result": result}, indent=1, ensure_ascii=False)
        write_atomically(self.path(MANIFEST), lambda path: path.write_text(text, encoding="utf-8"))
        return result

    def discard(self) -> None:
        """Remove what was written aside and not finished."""
        for path in self._aside.values():
            path.unlink(missing_ok=True)
        self._aside = {}

    def __enter__(self) -> "TaskFiles":
        return self

    def __exit__(self, *exception) -> None:
        self.discard()


def read_manifest(folder: Path) -> dict:
    """What a task's manifest says: its "key", "files" ({name: SHA-256}) and "result".

    Raises:
        FileNotFoundError: the task is not finished.
        ValueError: the manifest is damaged, or a file is not as it says.
        OSError: a file cannot be read.
    """
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise ValueError(f"{folder / MANIFEST} is none of ours")
    if not {"key", "result"} <= manifest.keys():
        raise ValueError(f"{folder / MANIFEST} is not whole")
    for name, sha256 in manifest["files"].items():
        if Path(name).name != name or not (folder / name).is_file():
            raise ValueError(f"{folder} holds no file {name!r}")
        if file_hash(folder / name, hashlib.sha256()) != sha256:
            raise ValueError(f"{folder / name} is not what was written")
    return manifest


def clear_left_overs(folder: Path) -> None:
    """Remove what killed tasks have left in a folder and those below."""
    for path in folder.rglob(f"{ASIDE}*"):
        path.unlink(missing_ok=True)
