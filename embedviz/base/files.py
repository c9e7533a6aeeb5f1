"""Files that are never half-written, text that must be UTF-8, and the folder for what can be made again."""

import gzip
import os
import secrets
import stat
import zlib
from collections.abc import Callable
from pathlib import Path

import platformdirs

GZIP_MAGIC = b"\x1f\x8b"  # how a gzip file begins; no UTF-8 text begins so


def cache_folder() -> Path:
    """The folder of all that embedviz caches: $EMBEDVIZ_CACHE, or else the user's cache folder of this platform.

    Raises:
        ValueError: the variable names a home that is not there, or the user has no home; the message says what to set.
    """
    if chosen := os.environ.get("EMBEDVIZ_CACHE"):
        return user_path(chosen, "the environment variable EMBEDVIZ_CACHE")
    folder = Path(platformdirs.user_cache_dir("embedviz", appauthor=False))
    if not folder.is_absolute():  # "~/.cache": nobody could tell where home is
        raise ValueError("you have no home folder here: set the environment variable EMBEDVIZ_CACHE to a folder")
    return folder


def user_path(path: str | Path, what: str = "the path") -> Path:
    """`path` with "~" and "~name" expanded.

    Args:
        what: what the path is, for messages.

    Raises:
        ValueError: there is no such home.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        home = Path(path).parts[0]
        raise ValueError(f"{what} is {str(path)!r}, but there is no home folder {home!r}") from None


def write_atomically(path: str | Path, content: str | bytes | Callable[[Path], object]) -> Path:
    """Write a temporary file beside `path`, then rename it: `path` is never half-written.

    "~" is expanded. Where `path` is a symbolic link, the file that it leads to is replaced, and the link stays. A new
    file may be read by whom the umask lets; one that was there keeps its permissions.

    Args:
        content: of the file, a text in UTF-8 or bytes; or a function that fills the temporary file.

    Returns:
        `path`, with "~" expanded.

    Raises:
        ValueError: no such home.
        OSError: the folder cannot be made or written, or the disk is full; what was there is unchanged.
    """
    path = user_path(path)
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    # Not tempfile's: that is for its owner's eyes only. A long name must not grow longer than a file's may be.
    temporary = target.with_name(f".{target.name[:20]}.{secrets.token_hex(6)}{target.suffix[:20]}")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        if target.exists():
            os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
        if isinstance(content, str):
            temporary.write_text(content, encoding="utf-8")
        elif isinstance(content, bytes):
            temporary.write_bytes(content)
        else:
            content(temporary)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def read_bytes(path: str | Path) -> bytes:
    """What is in a file, unpacked if it is a gzip file, whatever its name.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it begins like a gzip file and is damaged.
    """
    path = user_path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no file {str(path)!r}")
    content = path.read_bytes()
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path} is a damaged gzip file: {error}") from None


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file, unpacked if it is a gzip file; a byte order mark is left out.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it is not UTF-8, and the message names the byte and its position; or as `read_bytes`.
    """
    content = read_bytes(path)
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path} is not UTF-8: {error.reason} {content[error.start]:#04x} at byte {error.start} (line {line}); "
            "convert it first, for example with `iconv -f latin1 -t utf-8`"
        ) from None
