"""Predict before you run: `prediction(name)` before a cell, `came_out(name, truth)` after it.

The first prediction of a name counts. Who runs a chapter at once, and predicts while reading, sees what came out as
soon as the prediction is kept.
"""

import math
from collections.abc import Callable

from embedviz.course.forms import has_widgets, show_text
from embedviz.course.kept import keep
from embedviz.course.questions import Question, question
from embedviz.course.short_text import as_plain

SURE = 0.9  # of a range, unless the reader says otherwise
_ASKED: dict[str, "Asked"] = {}


def prediction(name: str, **answer) -> None:
    """Ask for a prediction, or keep one.

    Args:
        name: of a question in `questions.py`.
        answer: `value=` a number; `low=`, `high=` and perhaps `sure=` (a probability, .9 if left out) a range;
            `choice=` and `sure=` a choice. None: a form asks for it; nobody must answer.

    Raises:
        KeyError: no such question.
        ValueError: it is not an answer to the question; the message says what would be.
    """
    asked = _asked(name)
    if answer:
        asked.keep(answer)
    if has_widgets():
        from IPython.display import display

        from embedviz.course.prediction_form import PredictionForm

        display(PredictionForm(asked))
    else:
        print(asked.in_words())


def came_out(name: str, truth: float | str) -> None:
    """Show what came out, and how far off the reader's prediction was; without one, just what came out.

    Raises:
        KeyError: no such question.
        ValueError: the truth is none of the choices.
    """
    asked = _asked(name)
    asked.settle(truth)
    show_text(asked.outcome())


def _asked(name: str) -> "Asked":
    if name not in _ASKED:
        _ASKED[name] = Asked(question(name))
    return _ASKED[name]


class Asked:
    """A question, what the reader predicted, and what came out.

    Attributes:
        question: the question.
        answer: {"value": x}, {"low": a, "high": b, "sure": p} or {"choice": text, "sure": p}; None: not predicted.
        truth: what came out in this session, None as long as nothing has.
        settled: there was a prediction when it came out, now or in an earlier session: another one does not count.
        not_kept: why it could not be kept, "" if it was.
        changed: called without arguments after each change; views listen here.
    """

    def __init__(self, asked: Question):
        self.question, self.answer, self.truth, self.settled, self.not_kept = asked, None, None, False, ""
        self.changed: list[Callable[[], object]] = []
        found: list = []
        keep(lambda ledger: found.extend(ledger.predictions(asked.chapter)))
        for one in found:
            if one.name == asked.name:
                self.answer, self.settled = one.answer, one.truth is not None

    def keep(self, answer: dict) -> None:
        """Keep a prediction, if none is settled yet.

        Raises:
            ValueError: it is not an answer to the question.
        """
        answer = checked(self.question, answer)
        if not self.settled:
            self.answer, one = answer, self.question
            self.not_kept = keep(lambda ledger: ledger.predict(one.name, one.chapter, answer))
            if self.truth is not None:
                self.settle(self.truth)
        self._tell()

    def settle(self, truth: float | str) -> None:
        """Take down what came out."""
        one = self.question
        if one.kind == "choice":
            if truth not in one.choices:
                raise ValueError(f"{one.name!r} came out as {truth!r}: it must be one of {', '.join(one.choices)}")
        else:
            truth = float(truth)
        self.truth = truth
        if self.answer is not None and not (isinstance(truth, float) and not math.isfinite(truth)):
            self.not_kept = keep(lambda ledger: ledger.came_out(one.name, truth))
            self.settled = True
        self._tell()

    def _tell(self) -> None:
        for listener in list(self.changed):
            listener()

    # In words: Markdown.

    def predicted(self) -> str:
        """The prediction in words, "" if there is none."""
        if self.answer is None:
            return ""
        if "value" in self.answer:
            return self.question.written(self.answer["value"])
        sure = f"{self.answer['sure']:.0%} sure"
        if "choice" in self.answer:
            return f"{self.answer['choice']}, {sure}"
        return f"{self.answer['low']:g} to {self.question.written(self.answer['high'])}, {sure}"

    def outcome(self) -> str:
        """What came out, and how far off the prediction was."""
        if self.truth is None:
            return ""
        came = f"*{self.question.name}* came out: **{self.question.written(self.truth)}**."
        if self.answer is None:
            return came
        return f"{came} You said {self.predicted()}: {judged(self.question, self.answer, self.truth)}"

    def in_words(self) -> str:
        """The question, and what is to be done."""
        one = self.question
        options = f" ({', '.join(one.choices)})" if one.choices else f" (in {one.unit})" if one.unit else ""
        said = f"Predict: {as_plain(one.text)}{options}\n"
        if self.answer is not None:
            said += f"You said {self.predicted()}. {as_plain(self.outcome())}"
        else:
            call = {"number": "value=…", "range": "low=…, high=…, sure=.9", "choice": 'choice="…", sure=.7'}[one.kind]
            said += f'To keep a prediction: prediction("{one.name}", {call})'
        return said.strip()


def checked(asked: Question, answer: dict) -> dict:
    """An answer in the form that is kept.

    Raises:
        ValueError: it is not an answer to the question.
    """
    wanted = {"number": {"value"}, "range": {"low", "high", "sure"}, "choice": {"choice", "sure"}}[asked.kind]
    given = {"sure": SURE if asked.kind == "range" else None} | answer if asked.kind != "number" else dict(answer)
    if set(given) != wanted or any(value is None for value in given.values()):
        raise ValueError(f"{asked.name!r} takes {', '.join(sorted(wanted))}, not {', '.join(answer) or 'nothing'}")
    if asked.kind == "choice" and given["choice"] not in asked.choices:
        raise ValueError(f"choice={given['choice']!r}: it must be one of {', '.join(asked.choices)}")
    for name in wanted - {"choice"}:
        try:
            given[name] = float(given[name])
        except (TypeError, ValueError):
            raise ValueError(f"{name}={given[name]!r}: it must be a number") from None
        if not math.isfinite(given[name]):
            raise ValueError(f"{name}={given[name]!r}: it must be finite")
    if asked.kind == "range" and given["low"] > given["high"]:
        raise ValueError(f"low={given['low']:g} is above high={given['high']:g}: write the smaller one first")
    if not 0 < given.get("sure", 0.5) <= 1:
        raise ValueError(f"sure={given['sure']:g}: it must be a probability, above 0 and at most 1")
    return given


def judged(asked: Question, answer: dict, truth: float | str) -> str:
    """How far off an answer was, in words."""
    if "choice" in answer:
        return "right." if answer["choice"] == truth else "wrong."
    if "value" in answer:
        off = truth - answer["value"]
        if math.isclose(off, 0, abs_tol=1e-9 * max(1, abs(truth))):
            return "exactly that."
        return f"{asked.written(abs(off))} too {'low' if off > 0 else 'high'}."
    if answer["low"] <= truth <= answer["high"]:
        return "inside your range."
    off, where = (answer["low"] - truth, "below") if truth < answer["low"] else (truth - answer["high"], "above")
    return f"{asked.written(off)} {where} your range."
