"""Progress carried elsewhere as JSON, and emptied."""

import json
from datetime import datetime
from pathlib import Path

from embedviz.course.progress import log
from embedviz.course.progress.records import GRADES, ProgressError
from embedviz.course.progress.store import MIGRATIONS, Store

FORMAT = "embedviz progress"
KINDS = {  # kind → what its data must hold
    "review": {"grade"},
    "slip": {"slip", "card"},
    "try": {"right"},
    "prediction": {"chapter", "answer"},
    "outcome": {"truth"},
}


def exported(store: Store) -> dict:
    """All events and settings. The states of cards are not in it: they follow from the reviews."""
    with store.write() as connection:  # one transaction, so that no other process writes in between
        events = [
            log.event(row) for row in connection.execute("SELECT id, kind, name, at, data FROM events ORDER BY id")
        ]
        settings = connection.execute("SELECT name, value FROM settings ORDER BY name").fetchall()
    return {
        "format": FORMAT,
        "version": len(MIGRATIONS),
        "settings": {name: json.loads(value) for name, value in settings},
        "events": [{"kind": one.kind, "name": one.name, "at": one.at.isoformat(), "data": one.data} for one in events],
    }


def restored(store: Store, content: dict) -> Path | None:
    """Replace all by an export; returns the copy of what was there, None if there was nothing.

    Raises:
        ProgressError: it is not an export; nothing has changed.
    """
    settings, events = _checked(content)
    with store.write() as connection:
        copy = _emptied(store, connection)
        connection.executemany(
            "INSERT INTO settings VALUES (?, ?)", [(name, json.dumps(value)) for name, value in settings.items()]
        )
        for one in events:  # with numbers of their own: none is ever used twice
            log.note(connection, one.kind, one.name, one.at, one.data)
        log.recompute(connection)
    return copy


def emptied(store: Store) -> Path | None:
    """Forget everything; returns the copy of what was there, None if there was nothing."""
    with store.write() as connection:
        return _emptied(store, connection)


def _emptied(store: Store, connection) -> Path | None:
    (found,) = connection.execute("SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM settings)").fetchone()
    copy = store.set_aside("before") if found else None
    for table in ("events", "cards", "settings"):
        connection.execute(f"DELETE FROM {table}")
    return copy


def _checked(content: dict) -> tuple[dict, list[log.Event]]:
    """The settings and events of an export."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ProgressError("this is no export of progress: it must be what `embedviz drill --export FILE` has written")
    if content.get("version") != len(MIGRATIONS):
        raise ProgressError(
            f"the export has version {content.get('version')!r}, this embedviz reads {len(MIGRATIONS)}: update embedviz"
        )
    events = []
    for place, one in enumerate(content.get("events", ())):
        try:
            event = log.Event(0, one["kind"], one["name"], datetime.fromisoformat(one["at"]), one["data"])
            if not isinstance(event.name, str) or event.at.tzinfo is None:
                raise ValueError("name must be a text, and at a time with a zone")
            if event.kind not in KINDS or not KINDS[event.kind] <= set(event.data):
                raise ValueError(f"kind={event.kind!r} with {event.data!r}")
            if event.kind == "review" and event.data["grade"] not in GRADES:
                raise ValueError(f"grade={event.data['grade']!r} must be 1 to 4")
        except (KeyError, TypeError, ValueError) as error:
            raise ProgressError(f"event {place} of the export is broken ({error}): nothing was changed") from None
        events.append(event)
    return dict(content.get("settings", {})), events
