"""What is noted beside a chapter: tried exercises, slips, predictions. A chapter goes on where it cannot be kept."""

import warnings
from datetime import datetime

from embedviz.course.progress import log
from embedviz.course.progress.records import MadeSlip, Prediction, ProgressError, ProgressWarning, utc
from embedviz.course.progress.store import Store

ANSWERS = ({"value"}, {"low", "high", "sure"}, {"choice", "sure"})


class Notes:
    """The part of a ledger that chapters write. What cannot be kept gives a `ProgressWarning`, not an error."""

    store: Store

    def slipped(self, exercise: str, slip: str, card: str, *, now: datetime | None = None) -> None:
        """Note a slip; its card is due now."""
        self._note("slip", exercise, now, {"slip": slip, "card": card})

    def slips(self) -> list[MadeSlip]:
        """All slips, in the order they were made."""
        last = dict(self.store.read("SELECT name, max(id) FROM events WHERE kind = 'review' GROUP BY name"))
        return [
            MadeSlip(one.name, one.data["slip"], card, one.at, last.get(card, 0) < one.id)
            for one in log.events(self.store, "slip")
            for card in [one.data["card"]]
        ]

    def tried(self, exercise: str, right: bool, *, now: datetime | None = None) -> None:
        """Note that an exercise was checked."""
        self._note("try", exercise, now, {"right": bool(right)})

    def solved(self) -> dict[str, datetime]:
        """exercise → when it was right for the first time."""
        found = {}
        for one in log.events(self.store, "try"):
            if one.data["right"]:
                found.setdefault(one.name, one.at)
        return found

    def predict(self, name: str, chapter: int, answer: dict, *, now: datetime | None = None) -> None:
        """Note what the reader expects.

        Args:
            name: of what is predicted.
            answer: see `Prediction`.

        Raises:
            ValueError: it is not such an answer.
        """
        if set(answer) not in ANSWERS:
            raise ValueError(
                f'answer={answer!r}: it must be {{"value": …}}, {{"low": …, "high": …, "sure": …}} or '
                '{"choice": …, "sure": …}'
            )
        answer = {key: log.plain(value) for key, value in answer.items()}
        sure = answer.get("sure", 1)
        if isinstance(sure, str) or not 0 <= sure <= 1:
            raise ValueError(f"sure={sure!r}: it must be a probability, from 0 to 1")
        if "low" in answer and not answer["low"] <= answer["high"]:
            raise ValueError(f"low={answer['low']!r} is above high={answer['high']!r}: write the smaller one first")
        self._note("prediction", name, now, {"chapter": int(chapter), "answer": answer})

    def came_out(self, name: str, truth: float | str, *, now: datetime | None = None) -> None:
        """Note what came out. The same again after the same prediction, since a cell was run again, is noted once."""
        truth = log.plain(truth)
        noted = log.events(self.store, "prediction", "outcome", name=name)
        if not (noted and noted[-1].kind == "outcome" and noted[-1].data["truth"] == truth):
            self._note("outcome", name, now, {"truth": truth})

    def predictions(self, chapter: int | None = None) -> list[Prediction]:
        """The reader's latest prediction for each name, in the order they were first made; of one chapter or all."""
        made, truths = {}, {}
        for one in log.events(self.store, "prediction", "outcome"):
            if one.kind == "outcome":
                truths[one.name] = one.data["truth"]
            else:
                made[one.name] = one, one.name in truths
        return [
            Prediction(name, one.data["chapter"], one.data["answer"], one.at, truths.get(name), after)
            for name, (one, after) in made.items()
            if chapter in (None, one.data["chapter"])
        ]

    def _note(self, kind: str, name: str, now: datetime | None, data: dict) -> None:
        at = utc(now)
        try:
            with self.store.write() as connection:
                log.note(connection, kind, name, at, data)
        except ProgressError as error:
            warnings.warn(str(error), ProgressWarning, stacklevel=3)
