"""The box in which a prediction is made: fields, how sure, and a button that keeps it."""

import ipywidgets

from embedviz.course.forms import STYLE, TOUCH, Form, button, row, said
from embedviz.course.predictions import SURE, Asked

FIELD = {"width": "170px", "height": TOUCH, "margin": "4px 8px 4px 0"}
SURENESS = {"range": (0.5, 0.8, 0.9, 0.95, 0.99), "choice": (0.33, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)}


class PredictionForm(Form):
    """Asks one question. Empty fields are no fault: who does not predict goes on.

    Attributes:
        asked: the question, the prediction and what came out.
        fields: name of the answer's part → the widget that it is written in.
        keep_button: keeps what the fields hold.
    """

    def __init__(self, asked: Asked):
        self.asked, self.fields = asked, self._made_fields(asked)
        self._question, self._told = ipywidgets.HTMLMath(), ipywidgets.HTML()
        self.keep_button = button("Keep my prediction", self.keep, "primary")
        super().__init__([self._question, row(*self.fields.values(), self.keep_button), self._told])
        self._question.value = STYLE + said([f"**Predict.** {asked.question.text}"])
        asked.changed.append(self._show)
        self._show()

    @staticmethod
    def _made_fields(asked: Asked) -> dict[str, ipywidgets.Widget]:
        kind, unit, answer = asked.question.kind, asked.question.unit, asked.answer or {}
        fields = {}
        for name in {"number": ["value"], "range": ["low", "high"], "choice": []}[kind]:
            held = f"{answer[name]:g}" if name in answer else ""
            label = {"value": "My number", "low": "From", "high": "To"}[name]
            place = unit or "a number"
            fields[name] = ipywidgets.Text(value=held, description=label, placeholder=place, layout=FIELD)
        if kind == "choice":
            options = [("choose …", ""), *((one, one) for one in asked.question.choices)]
            look = FIELD | {"width": "270px"}
            fields["choice"] = ipywidgets.Dropdown(
                options=options, value=answer.get("choice", ""), description="I expect", layout=look
            )
        if kind in SURENESS:
            levels = sorted({*SURENESS[kind], answer.get("sure", SURE)})
            fields["sure"] = ipywidgets.Dropdown(
                options=[(f"{level:.0%}", level) for level in levels],
                value=answer.get("sure", SURE if kind == "range" else 0.7),
                description="How sure",
                layout=FIELD | {"width": "200px"},
            )
        return fields

    def keep(self) -> None:
        """Keep what the fields hold, or say what is missing."""
        held = {name: field.value for name, field in self.fields.items()}
        for name in held.keys() & {"value", "low", "high"}:
            held[name] = held[name].replace(",", "").strip().removesuffix("%").strip()
        if not all(held.values()):
            self._told.value = said(["Fill in all fields first."], "bad")
            return
        try:
            self.asked.keep(held)
        except ValueError as error:
            self._told.value = said([f"Not kept: {error}."], "bad")

    def close(self) -> None:
        if self._show in self.asked.changed:
            self.asked.changed.remove(self._show)
        super().close()

    def _show(self) -> None:
        one = self.asked
        lines = []
        if one.answer is not None and one.truth is None:
            lines = [f"Kept: {one.predicted()}." if not one.settled else f"You said {one.predicted()}; it counts."]
        elif one.answer is not None:
            lines = [one.outcome()]
        if one.settled and one.truth is not None:
            lines.append("The first prediction counts; another one is not kept.")
        if one.not_kept:
            lines.append(f"(Your progress is not kept: {one.not_kept})")
        self._told.value = f'<div role="status">{said(lines) if lines else ""}</div>'
        self.renew_static()

    def static_html(self) -> str:
        one, paragraphs = self.asked.question, [f"**Predict.** {self.asked.question.text}"]
        if one.choices:
            paragraphs.append(f"One of: {', '.join(one.choices)}.")
        return said(paragraphs) + self._told.value

    def describe(self) -> str:
        return self.asked.in_words()
