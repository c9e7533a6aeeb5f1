"""Files that are never half-written, and the folder for what can be made again."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """The folder of all that embedviz caches: $EMBEDVIZ_CACHE, or else the user's cache folder of this platform."""
    if chosen := os.environ.get("EMBEDVIZ_CACHE"):
        return Path(chosen).expanduser()
    return Path(platformdirs.user_cache_dir("embedviz", appauthor=False))


def write_atomically(path: str | Path, write: Callable[[Path], object]) -> Path:
    """Let `write` fill a temporary file beside `path`, then rename it: `path` is never half-written."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    os.close(handle)
    try:
        write(Path(name))
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return path
