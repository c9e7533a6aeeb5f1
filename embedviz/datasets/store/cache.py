"""The cache of datasets: fetched once, kept as Parquet, read back without a network.

`fetch` downloads a dataset's artifact, lets its `parse` turn the members into tables, and stores those in the user's
cache. `load` reads them back, checked against their hashes, and never touches the network.

An entry is a folder of tables and a manifest that names them. A table's file is named by its content and never changes,
and the manifest is replaced in one step: whoever reads, at any moment, and however often a writer is killed, finds the
old tables or the new ones.
"""

import errno
import hashlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from embedviz.base.files import cache_folder as user_cache
from embedviz.base.files import write_atomically
from embedviz.base.memory import release_memory
from embedviz.datasets.store.artifacts import Artifact, file_hash
from embedviz.datasets.store.package_index import DatasetError, IndexSettings, Session

PATIENCE_S = 1.0  # of waiting for another process before we say so
OTHER_FOLDER = "set the environment variable EMBEDVIZ_CACHE to another folder"


@dataclass(frozen=True)
class Dataset:
    """An entry of the registry in `embedviz.datasets`.

    Attributes:
        name: as users write it.
        artifact: where it comes from.
        parse: {member: bytes} → {table: frame}; pure, called after the hash was checked.
        parser_version: raise it with every change of what `parse` returns, so that old caches are not used.
        about: one line for `embedviz list`.
        tables: the names of what `parse` returns; an entry in the cache that has others is damaged.
        default: whether `embedviz fetch` without names fetches it.
    """

    name: str
    artifact: Artifact
    parse: Callable[[Mapping[str, bytes]], dict[str, pd.DataFrame]]
    parser_version: int
    about: str
    tables: tuple[str, ...]
    default: bool = True


def cache_folder() -> Path:
    """The folder of all cached datasets.

    Raises:
        DatasetError: EMBEDVIZ_CACHE names a home that is not there, or the user has none.
    """
    try:
        return user_cache() / "datasets"
    except ValueError as error:
        raise DatasetError(str(error)) from None


def entry_folder(dataset: Dataset) -> Path:
    """Where the tables of `dataset` are cached: named by content and parser, so a stale entry is never read."""
    return cache_folder() / f"{dataset.name}-{dataset.artifact.digest[:16]}-{dataset.parser_version}"


# --- Reading ---------------------------------------------------------------------------------------------


def state(dataset: Dataset) -> str:
    """ "fetched", "not fetched", or "damaged: …" saying which file is wrong.

    Raises:
        DatasetError: the cache cannot be read at all.
    """
    try:
        _read_entry(dataset)
    except FileNotFoundError:
        return "not fetched"
    except ValueError as error:
        return f"damaged: {error}"
    return "fetched"


def load(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """The tables of a fetched dataset, checked against their hashes. Never touches the network.

    Raises:
        DatasetError: it is not fetched, or the cached files are damaged or cannot be read.
    """
    try:
        files = _read_entry(dataset)
    except FileNotFoundError:
        raise DatasetError(
            f"the dataset {dataset.name!r} is not on this computer yet: run `embedviz fetch {dataset.name}` once"
        ) from None
    except ValueError as error:
        raise DatasetError(
            f"the cached dataset {dataset.name!r} is damaged ({error}): "
            f"run `embedviz fetch {dataset.name}`, which replaces {entry_folder(dataset)}"
        ) from None
    tables = {name: pd.read_parquet(io.BytesIO(content)) for name, content in files.items()}
    release_memory()
    return tables


def _read_entry(dataset: Dataset) -> dict[str, bytes]:
    """The Parquet files of an entry, each as the manifest says.

    Raises:
        FileNotFoundError: there is no entry.
        ValueError: it is damaged.
        DatasetError: the cache cannot be read.
    """
    folder = entry_folder(dataset)
    manifest, before = None, b""
    # A writer that has put another manifest in place clears the files of the one that we read: then look again.
    while manifest != before:
        before = manifest
        try:
            manifest = (folder / "manifest.json").read_bytes()
            return _read_tables(folder, _hashes(manifest, dataset))
        except PermissionError as error:
            raise DatasetError(
                f"the cache of datasets cannot be read: {error}. Give yourself the right to, or {OTHER_FOLDER}."
            ) from error
        except OSError as error:
            if manifest is None and isinstance(error, FileNotFoundError | NotADirectoryError):
                raise FileNotFoundError(folder) from None
            trouble = f"{Path(error.filename or folder).name}: {error.strerror}"
    raise ValueError(trouble)


def _read_tables(folder: Path, hashes: dict[str, str]) -> dict[str, bytes]:
    tables = {}
    for name, sha256 in hashes.items():
        file = folder / table_file(name, sha256)
        if not file.exists():
            file = folder / f"{name}.parquet"  # as the first version of embedviz called it
        tables[name] = file.read_bytes()
        if hashlib.sha256(tables[name]).hexdigest() != sha256:
            raise ValueError(f"{file.name} is not what was written")
    return tables


def _hashes(manifest: bytes, dataset: Dataset) -> dict[str, str]:
    """{table: SHA-256 of its file} of a manifest; ValueError if it is none of this dataset."""
    try:
        hashes = json.loads(manifest)["tables"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"manifest.json: {type(error).__name__}: {error}") from None
    if not isinstance(hashes, dict) or set(hashes) != set(dataset.tables):
        raise ValueError(f"manifest.json does not name the tables {', '.join(dataset.tables)}")
    if not all(isinstance(sha256, str) and re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in hashes.values()):
        raise ValueError("manifest.json does not name the tables' hashes")
    return hashes


def table_file(name: str, sha256: str) -> str:
    """What a table's file is called: by its content."""
    return f"{name}-{sha256[:16]}.parquet"


# --- Writing ---------------------------------------------------------------------------------------------


def fetch(dataset: Dataset, force: bool = False, progress: bool = True) -> bool:
    """Make sure that `dataset` is in the cache: download, check, parse and store it unless an intact copy is there.

    The new entry is built aside, and a failure at any point leaves what was there. Two processes that fetch at once
    take turns; the second finds the work done.

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
    folder = entry_folder(dataset)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(folder.parent / f".{folder.name}.lock", dataset.name, progress):
            _clear_left_overs(folder)
            if not force and (before := state(dataset)) == "fetched":
                return False  # another process was faster
            if progress and not force and before.startswith("damaged"):
                print(f"{dataset.name}: the cached copy is {before}; fetching it again", file=sys.stderr)
            with tempfile.TemporaryDirectory(
                dir=folder.parent, prefix=f".{folder.name}.", suffix=".tmp", ignore_cleanup_errors=True
            ) as aside:
                hashes = _build_tables(dataset, Path(aside), progress)
                _publish(dataset, Path(aside), hashes)
    except OSError as error:
        what = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "your disk quota is used up"}.get(
            error.errno, str(error)
        )
        raise DatasetError(
            f"cannot store the dataset {dataset.name!r} in {folder.parent}: {what}. What was there is unchanged. "
            f"Make room, or {OTHER_FOLDER}, then run the command again."
        ) from error
    return True


@contextmanager
def _lock(path: Path, name: str, progress: bool) -> Iterator[None]:
    import filelock

    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=PATIENCE_S)
    except filelock.Timeout:
        if progress:
            print(f"{name}: waiting for another process that is fetching it", file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _clear_left_overs(folder: Path) -> None:
    """Remove what killed processes left beside `folder`; the caller holds the lock.

    The first version of embedviz renamed the old entry away and then the new one into its place: where it was killed
    between the two, the old one is all that there is, and comes back.
    """
    for left_over in folder.parent.glob(f".{folder.name}.*.tmp"):
        if (left_over / "old" / "manifest.json").exists() and not folder.exists():
            os.replace(left_over / "old", folder)
        shutil.rmtree(left_over, ignore_errors=True)


def _build_tables(dataset: Dataset, aside: Path, progress: bool) -> dict[str, str]:
    """Write the tables of `dataset` into the folder `aside`; {table: SHA-256 of its file}."""
    if progress:
        print(f"{dataset.name}: fetching {dataset.artifact}", file=sys.stderr)
    with Session(IndexSettings.from_pip(), progress) as session:
        dataset.artifact.download(aside / "artifact", session)
    tables = dataset.parse(dataset.artifact.read(aside / "artifact"))
    hashes = {}
    for name, frame in tables.items():
        path = aside / f"{name}.parquet"
        frame.to_parquet(path, index=False, compression="zstd")
        hashes[name] = file_hash(path, hashlib.sha256())
        os.replace(path, aside / table_file(name, hashes[name]))
    return hashes


def _publish(dataset: Dataset, aside: Path, hashes: dict[str, str]) -> None:
    """Move the tables from `aside` into the entry, let the manifest name them, and clear what it names no more."""
    folder = entry_folder(dataset)
    folder.mkdir(exist_ok=True)
    files = {table_file(name, sha256) for name, sha256 in hashes.items()}
    for file in files:
        os.replace(aside / file, folder / file)
    manifest = {
        "dataset": dataset.name,
        "source": str(dataset.artifact),
        "digest": dataset.artifact.digest,
        "tables": hashes,
    }
    text = json.dumps(manifest, indent=1)
    write_atomically(folder / "manifest.json", text)
    for path in folder.iterdir():
        if path.name not in {*files, "manifest.json"}:
            with suppress(OSError):  # somebody reads it on Windows: the next fetch clears it
                path.unlink()


def with_tuples(frame: pd.DataFrame) -> pd.DataFrame:
    """Parquet gives lists back as arrays; a tuple can be compared, hashed and read."""
    lists = [
        column for column in frame.columns if column in ("authors", "directors", "genres", "countries", "languages")
    ]
    return frame.assign(**{column: frame[column].map(tuple) for column in lists})
