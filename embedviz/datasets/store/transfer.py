"""HTTP that does not trust the other side: no body is longer, slower or packed otherwise than we allow."""

import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from unearth.fetchers.sync import PyPIClient

from embedviz.datasets.store.package_index import DatasetError

PAGE_BYTES = 64_000_000  # the longest page of an index that we read; PyPI's longest have some 20 MB
LEAST_RATE = 1_000  # bytes a second that must come, on average over a window
WINDOW_S = 30.0
BUSY = (429, 500, 502, 503, 504)  # answers that may be others in a moment


class GuardedClient(PyPIClient):
    """unearth's client, for pages of an index: `get` reads no endless page, and a server that is busy is an error.

    Raises:
        httpx2.HTTPStatusError: the server answers one of `BUSY`; unearth would say that it has no such package.
    """

    def get(self, url: str, *, headers=None, **options) -> httpx2.Response:
        with self.stream("GET", url, headers={"Accept-Encoding": "gzip", **(headers or {})}, **options) as response:
            if response.status_code in BUSY:
                response.raise_for_status()
            content = b"".join(read_body(response, PAGE_BYTES))
        about_the_body = ("content-encoding", "content-length", "transfer-encoding")
        return httpx2.Response(
            response.status_code,
            headers={name: value for name, value in response.headers.items() if name.lower() not in about_the_body},
            content=content,
            request=response.request,
            extensions={name: response.extensions[name] for name in ("reason_phrase",) if name in response.extensions},
        )


def save(client: PyPIClient, url: str, path: Path, size: int, accept: str, resume: bool, bar: dict) -> None:
    """Write what is at `url` to `path`; see `package_index.Session.download`.

    With `resume`, what the file is a version of is kept beside it, so that two versions are never put together.

    Args:
        bar: how tqdm shows it.

    Raises:
        DatasetError, httpx2.HTTPError, OSError: the file is not whole.
    """
    from tqdm import tqdm

    # "identity": a server must not unpack a .tar.gz on the way, or the hash is that of something else. One that
    # says "gzip" of a .gz all the same means the file, not the way it is sent.
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    unpack = not resume and not urlsplit(url).path.endswith((".gz", ".tgz"))
    have = path.stat().st_size if resume and path.exists() else 0
    version = path.with_name(f"{path.name}.version")
    if have:
        headers["Range"] = f"bytes={have}-"
        if version.exists():
            headers["If-Range"] = version.read_text(encoding="utf-8")
    with client.get_stream(url, headers=headers) as response:
        if have and response.status_code == 416:  # no such bytes: we have all, or the file is another
            if response.headers.get("Content-Range", "").rpartition("/")[2] != str(have):
                path.unlink()
                raise httpx2.ReadError("the file there has become shorter")
            version.unlink(missing_ok=True)
            return
        response.raise_for_status()
        goes_on = have and response.status_code == 206
        if goes_on and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            raise DatasetError(f"the server sends other bytes than those from {have:,} on")
        have = have if goes_on else 0
        if resume and not goes_on:
            tag = response.headers.get("ETag", "")
            tag = response.headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
            version.write_text(tag, encoding="utf-8") if tag else version.unlink(missing_ok=True)
        total = have + int(response.headers.get("Content-Length", 0)) or None
        if resume and total and total > size:
            raise DatasetError(f"the file has {total:,} bytes; at most {size:,} are wanted")
        with (
            open(path, "ab" if goes_on else "wb") as file,
            tqdm(total=total, initial=have, unit="B", unit_scale=True, **bar) as shown,
        ):
            for chunk in read_body(response, size - have, unpack):
                file.write(chunk)
                shown.update(len(chunk))
    version.unlink(missing_ok=True)


def read_body(response: httpx2.Response, at_most: int, unpack: bool = True) -> Iterator[bytes]:
    """The body of an open response, piece by piece.

    Args:
        at_most: bytes.
        unpack: whether a body that is sent with Content-Encoding gzip is unpacked.

    Raises:
        DatasetError: it is longer, or packed in a way that nobody asked for.
        httpx2.ReadTimeout: less than `LEAST_RATE` bytes a second come.
    """
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise DatasetError(f"the server packs its answer as {encoding!r}, which nobody asked for")
    unpacker = zlib.decompressobj(wbits=31) if unpack and encoding != "identity" else None
    total = 0
    for piece in _not_too_slowly(response.iter_raw()):
        for chunk in [piece] if unpacker is None else _unpacked(piece, unpacker):
            total += len(chunk)
            if total > at_most:
                raise DatasetError(f"the server sends more than the {at_most:,} bytes that there should be")
            yield chunk


def _not_too_slowly(pieces: Iterator[bytes]) -> Iterator[bytes]:
    since, got = time.monotonic(), 0
    for piece in pieces:
        got += len(piece)
        seconds = time.monotonic() - since
        if seconds > WINDOW_S:
            if got < LEAST_RATE * seconds:
                raise httpx2.ReadTimeout(f"less than {LEAST_RATE:,} bytes a second came")
            since, got = time.monotonic(), 0
        yield piece


def _unpacked(piece: bytes, unpacker, step: int = 1 << 20) -> Iterator[bytes]:
    """A piece of a gzip stream unpacked, in steps, since a small piece may hold gigabytes."""
    try:
        while piece and not unpacker.eof:
            yield unpacker.decompress(piece, step)
            piece = unpacker.unconsumed_tail
    except zlib.error as error:
        raise DatasetError(f"the server says that its answer is packed by gzip, and it is not: {error}") from None
