"""Files that are never half-written, text that must be UTF-8, and the folder for what can be made again."""

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


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file; a byte order mark is left out.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it is not UTF-8; the message names the byte and its position.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"no file {str(path)!r}")
    content = path.read_bytes()
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path} is not UTF-8: {error.reason} {content[error.start]:#04x} at byte {error.start} (line {line}); "
            "convert it first, for example with `iconv -f latin1 -t utf-8`"
        ) from None
