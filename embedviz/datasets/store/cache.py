"""The cache of datasets: fetched once, kept as Parquet, read back without a network.

`fetch` downloads a dataset's artifact, lets its `parse` turn the members into tables, and stores those in the user's
cache. `load` reads them back, checked against their hashes, and never touches the network.
"""

import errno
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from embedviz.base.files import cache_folder as user_cache
from embedviz.datasets.store.artifacts import Artifact, file_hash
from embedviz.datasets.store.package_index import DatasetError, IndexSettings, Session


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
    failure at any point leaves what was there. Two processes that fetch at once take turns; the second finds the work
    done.

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
            for left_over in folder.parent.glob(
                f".{folder.name}.*.tmp"
            ):  # of a process that was killed; we hold the lock
                shutil.rmtree(left_over, ignore_errors=True)
            with tempfile.TemporaryDirectory(
                dir=folder.parent, prefix=f".{folder.name}.", suffix=".tmp", ignore_cleanup_errors=True
            ) as aside:
                _build_entry(dataset, Path(aside), progress)
                _swap(Path(aside) / "new", folder, Path(aside) / "old")
    except OSError as error:
        what = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "your disk quota is used up"}.get(
            error.errno, str(error)
        )
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
    manifest = {
        "dataset": dataset.name,
        "source": str(dataset.artifact),
        "digest": dataset.artifact.digest,
        "tables": hashes,
    }
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


def with_tuples(frame: pd.DataFrame) -> pd.DataFrame:
    """Parquet gives lists back as arrays; a tuple can be compared, hashed and read."""
    lists = [
        column for column in frame.columns if column in ("authors", "directors", "genres", "countries", "languages")
    ]
    return frame.assign(**{column: frame[column].map(tuple) for column in lists})
