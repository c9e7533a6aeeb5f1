"""Parts from URLs: a download that goes on where it was cut, within a size, checked against a file of checksums.

Wikimedia's dumps lie at https://dumps.wikimedia.org/enwiki/latest/, with their checksums in files such as
enwiki-latest-sha1sums.txt.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx2

from embedviz.datasets.dump.pages import DamagedPart
from embedviz.datasets.store.artifacts import file_hash
from embedviz.datasets.store.package_index import DatasetError, Session

HASHES = {32: "md5", 40: "sha1", 64: "sha256"}  # by their number of hexadecimal digits
SUMS_BYTES = 10_000_000  # the longest file of checksums


def is_url(part: str) -> bool:
    """Whether a part is a URL rather than a path."""
    return part.lower().startswith(("http://", "https://"))


def file_name(url: str) -> str:
    """What a part's file is called.

    Raises:
        ValueError: the URL names no file.
    """
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    if not re.fullmatch(r"[\w.+~@=, -]+", name) or name.startswith("."):
        raise ValueError(f"the URL {url!r} does not end with a file's name")
    return name


def download(url: str, folder: Path, session: Session, at_most: int) -> Path:
    """The file at `url` in `folder`; what is there already is not fetched again, what is there in part is completed.

    Args:
        at_most: bytes.

    Raises:
        ValueError: the URL names no file.
        DatasetError: the server or the network fails for good, or the file is longer.
        OSError: the disk is full, or the folder cannot be written. What has come by then is kept.
    """
    path = folder / file_name(url)
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    partly = path.with_name(f"{path.name}.partly")
    while True:
        before = _size(partly)
        try:
            session.download(url, partly, path.name, at_most, resume=True)
            break
        except DatasetError as error:
            # Cut, but it got on: a long file may be cut more often than one tries.
            if not isinstance(error.__cause__, httpx2.TransportError) or _size(partly) <= before:
                raise DatasetError(f"cannot get {url}: {error}\nRun this again: it goes on from there.") from error
    os.replace(partly, path)
    return path


def read_checksums(source: str, session: Session, folder: Path) -> dict[str, str]:
    """{file name: checksum} of a file of checksums, a path or a URL.

    Raises:
        ValueError: a line is not "<MD5, SHA-1 or SHA-256>  <file name>".
        DatasetError, OSError: it cannot be had.
    """
    path = Path(source).expanduser()
    if is_url(source):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f".checksums-{os.getpid()}"
        try:
            session.download(source, path, "checksums", SUMS_BYTES)
            text = path.read_text(encoding="utf-8", errors="replace")
        finally:
            path.unlink(missing_ok=True)
    else:
        text = path.read_text(encoding="utf-8", errors="replace")
    sums = {}
    for number, line in enumerate(text.splitlines(), 1):
        found = re.fullmatch(r"\s*([0-9a-fA-F]+)\s+\*?(\S.*?)\s*", line)
        if line.strip() and (not found or len(found[1]) not in HASHES):
            raise ValueError(f"{source}, line {number}: not a checksum and a file's name: {line[:80]!r}")
        if found:
            sums[found[2].rpartition("/")[2]] = found[1].lower()
    return sums


def check(path: Path, sums: dict[str, str], name: str) -> None:
    """Compare a file with its checksum.

    Raises:
        DamagedPart: it has another, or none.
        OSError: it cannot be read.
    """
    if name not in sums:
        raise DamagedPart(f"the file of checksums does not name {name}; it names {_some(list(sums))}")
    kind = HASHES[len(sums[name])]
    found = file_hash(path, hashlib.new(kind, usedforsecurity=False))
    if found != sums[name]:
        raise DamagedPart(f"{path} has {kind} {found}, not {sums[name]}: remove it, and get it anew")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "") if names else "none"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
