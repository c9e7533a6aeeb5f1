"""What the user has set: the day of an interview, new cards a day, fuzzing."""

import json
from datetime import date, datetime

from embedviz.course.progress.store import Store

DAILY_LIMIT = 10  # new cards a day: with their repetitions about half an hour


class Settings:
    """The part of a ledger that is set. Setting raises `ProgressError` if it cannot be kept."""

    store: Store

    @property
    def interview(self) -> date | None:
        """The day to prepare for, None if there is none."""
        text = self._setting("interview", None)
        return date.fromisoformat(text) if text else None

    @interview.setter
    def interview(self, day: date | None) -> None:
        if isinstance(day, datetime) or not (day is None or isinstance(day, date)):
            raise ValueError(f"interview={day!r}: it must be a date, such as date(2026, 12, 4), or None")
        self._set("interview", day and day.isoformat())

    @property
    def daily_limit(self) -> int:
        """New cards a day."""
        return self._setting("daily_limit", DAILY_LIMIT)

    @daily_limit.setter
    def daily_limit(self, limit: int) -> None:
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            raise ValueError(f"daily_limit={limit!r}: it must be a whole number, 0 or more")
        self._set("daily_limit", limit)

    @property
    def fuzzing(self) -> bool:
        """Long intervals are moved a little by chance, so that cards do not always come in the same company."""
        return self._setting("fuzzing", False)

    @fuzzing.setter
    def fuzzing(self, on: bool) -> None:
        self._set("fuzzing", bool(on))

    def _setting(self, name: str, otherwise):
        rows = self.store.read("SELECT value FROM settings WHERE name = ?", (name,))
        return json.loads(rows[0][0]) if rows else otherwise

    def _set(self, name: str, value) -> None:
        with self.store.write() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))
