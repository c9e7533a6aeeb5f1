"""The file that progress is kept in: SQLite in WAL mode, so that two notebooks can write it and none can break it.

What happens is a log, `events`, in the order it was noted; `cards` holds the state that its reviews lead to, so that
it need not be computed each time. Each write is one transaction: it is on the disk, or nothing of it is.

A damaged file is set aside, never overwritten. One of a newer embedviz is left alone. Older ones are migrated by the
steps of `MIGRATIONS` that they lack.
"""

import os
import sqlite3
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import platformdirs

from embedviz.base.files import user_path, write_atomically
from embedviz.course.progress.records import ProgressError, ProgressWarning

APPLICATION = 0x656D6276  # "embv": PRAGMA application_id, so that nobody else's database is taken for ours
PATIENCE = 20  # seconds that another process may write
MIGRATIONS: list[str] = [  # step i leads from version i to version i + 1; never changed once released
    """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL, at TEXT NOT NULL,
        data TEXT NOT NULL
    );
    CREATE INDEX events_by_name ON events (kind, name);
    CREATE TABLE cards (
        name TEXT PRIMARY KEY, state INTEGER NOT NULL, step INTEGER, stability REAL, difficulty REAL,
        due TEXT NOT NULL, last_review TEXT NOT NULL
    );
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    """
]
ADVICE = "or set the environment variable EMBEDVIZ_PROGRESS to a file elsewhere"


def default_path() -> Path:
    """$EMBEDVIZ_PROGRESS, or else `progress.sqlite` in the user's data folder of this platform.

    Raises:
        ProgressError: the user has no home.
    """
    if chosen := os.environ.get("EMBEDVIZ_PROGRESS"):
        try:
            return user_path(chosen, "the environment variable EMBEDVIZ_PROGRESS")
        except ValueError as error:
            raise ProgressError(str(error)) from None
    folder = Path(platformdirs.user_data_dir("embedviz", appauthor=False))
    if not folder.is_absolute():
        raise ProgressError("you have no home folder here: set the environment variable EMBEDVIZ_PROGRESS to a file")
    return folder / "progress.sqlite"


class Store:
    """An open file of progress; a lock lets threads share it.

    Args:
        path: of the file, made if it is not there; None keeps all in memory.

    Raises:
        ProgressError: it cannot be used; the message says what to do.
    """

    def __init__(self, path: Path | None):
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._open()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all that is done with the connection is kept, or nothing.

        Raises:
            ProgressError: nothing was kept; the message says why.
        """
        with self._lock, self._explained():
            self._follow()
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def read(self, query: str, values: tuple = ()) -> list[tuple]:
        """All rows of a query."""
        with self._lock, self._explained():
            self._follow()
            return self._connection.execute(query, values).fetchall()

    def set_aside(self, why: str) -> Path | None:
        """Copy the file as it was before the transaction, to a name with the date and `why`; None in memory."""
        if self.path is None:
            return None
        copy = aside_name(self.path, why)

        def fill(target: Path) -> None:  # by connections of its own: it may be called within a transaction
            source, new = sqlite3.connect(self.path, timeout=PATIENCE), sqlite3.connect(target)
            try:
                source.backup(new)
            finally:
                new.close()
                source.close()

        try:
            with self._explained():
                return write_atomically(copy, fill)
        except OSError as error:
            raise ProgressError(f"no copy of {self.path} can be made ({error}): {_cure()}") from None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _open(self) -> None:
        """Open the file, made if need be; a damaged one is set aside first."""
        if self.path is None:
            self._connection = _connect(":memory:")
            _migrate(self._connection, "memory")
            return
        with self._explained():
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ProgressError(f"the folder for {self.path} cannot be made ({error}): {_cure()}") from None
            with _exclusive(self.path):
                try:
                    self._connection = self._checked()
                except sqlite3.DatabaseError as error:
                    if not _damaged(error):
                        raise
                    self._replace(error)
            self._file = _identity(self.path)

    def _checked(self) -> sqlite3.Connection:
        connection = _connect(str(self.path))
        try:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise _Damage(found)
            _migrate(connection, str(self.path))
            connection.execute("PRAGMA journal_mode = WAL")  # some file systems cannot: then it is safe, only slower
            return connection
        except BaseException:
            connection.close()
            raise

    def _replace(self, error: Exception) -> None:
        copy = aside_name(self.path, "damaged")
        try:
            for end in ("", "-wal", "-shm"):
                if (part := Path(f"{self.path}{end}")).exists():
                    os.replace(part, f"{copy}{end}")
        except OSError as problem:
            raise ProgressError(f"{self.path} is damaged ({error}) and cannot be set aside: {problem}") from None
        self._connection = self._checked()
        warnings.warn(
            f"your progress in {self.path} was damaged ({error}): the file is kept as {copy}, and a new one begins. If "
            "you have exported your progress, `embedviz drill --import FILE` brings it back.",
            ProgressWarning,
            stacklevel=2,
        )

    def _follow(self) -> None:
        """Open anew if it was closed, or if another process has set our file aside."""
        if self._connection is None or (self.path is not None and _identity(self.path) != self._file):
            self.close()
            self._open()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if _damaged(error):
                self.close()  # the next call opens it anew, and sets it aside
            raise ProgressError(_explanation(error, self.path)) from error


class _Damage(sqlite3.DatabaseError):
    """What quick_check has found."""


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _migrate(connection: sqlite3.Connection, what: str) -> None:
    """Bring a database to the newest version, step by step, all in one transaction."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and owner != APPLICATION:
        raise ProgressError(f"{what} is a database of another program: set EMBEDVIZ_PROGRESS to another file")
    if version > len(MIGRATIONS):
        raise ProgressError(
            f"{what} was written by a newer embedviz (its version is {version}, this one knows {len(MIGRATIONS)}): "
            f"update embedviz, {ADVICE}; the file is unchanged"
        )
    if version == len(MIGRATIONS):
        return
    steps = "".join(MIGRATIONS[version:])
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE; {steps} PRAGMA application_id = {APPLICATION}; "
            f"PRAGMA user_version = {len(MIGRATIONS)}; COMMIT;"
        )
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def aside_name(path: Path, why: str) -> Path:
    """A free name beside `path`: "progress.damaged-2026-11-27-095301.sqlite"."""
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    for number in range(1000):
        copy = path.with_name(f"{path.stem}.{why}-{stamp}{f'-{number}' if number else ''}{path.suffix}")
        if not copy.exists():
            return copy
    raise ProgressError(f"there are a thousand copies beside {path}: delete some")


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Only one process at a time opens the file: else two might set aside each other's."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(f"{path}.lock", timeout=PATIENCE):
            yield
    except Timeout:
        raise ProgressError(f"another process holds {path}.lock: end it, or delete that file") from None
    except OSError as error:
        raise ProgressError(f"progress cannot be kept in {path} ({error}): {_cure()}") from None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _damaged(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, _Damage) or (code is not None and code & 0xFF in (11, 26))  # SQLITE_CORRUPT, _NOTADB


def _cure() -> str:
    return f"make it writable, {ADVICE}"


def _explanation(error: sqlite3.Error, path: Path | None) -> str:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    known: dict[int, str] = {
        13: f"the disk is full: free some space, {ADVICE}",
        10: f"the disk could not be written; is it full? Free some space, {ADVICE}",
        8: f"it may not be written: {_cure()}",
        14: f"it cannot be opened: {_cure()}",
        5: "another process has been writing it for long: end that process, and try again",
        11: "it is damaged: try again, then it is set aside and a new one begins",
        26: "it is damaged: try again, then it is set aside and a new one begins",
    }
    return f"this was not kept in {path or 'memory'}: {known.get(code, 'SQLite failed')} ({error})"
