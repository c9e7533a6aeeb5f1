// A mock interview as a view alone: it shows a model, and tells of what is done by hand.
//
//   model   { stage, roles, lengths, role, minutes, card, number, of, remaining, follow_up, review, page, said, turn }
//   events  { type: "begin", role, minutes }, { type: "answered" }, { type: "graded", grade, ticked },
//           { type: "followed", known }, { type: "end" }, { type: "again" }

import "../parts/theme.css";
import "./interview.css";
import { element } from "../dom.js";
import { fitting, gradeOfKey, isControl, isTyping } from "../parts/card.js";
import { clock } from "./clock.js";
import { STAGES } from "./stages.js";

export function interviewView(emit) {
  const time = clock(), body = element("div", { className: "stage" });
  const end = element("button", { type: "button", className: "embedviz-button", onclick: () => emit({ type: "end" }) },
    "End it here");
  const head = element("div", { className: "embedviz-row head" }, time.root, end);
  const root = element("div", { className: "embedviz embedviz-interview", tabIndex: -1, role: "region",
    "aria-label": "Mock interview" }, head, body);
  const fitted = fitting(root);
  let model = {}, shown = null;
  root.addEventListener("keydown", (event) => {
    if (isTyping(event) || event.repeat || !shown) return;
    const grade = gradeOfKey(event);
    const done = grade ? shown.grade?.(grade)
      : (event.key === " " || event.key === "Enter") && !isControl(event) ? shown.go?.() : false;
    if (done) { event.preventDefault(); event.stopPropagation(); }
  });

  function update(next) {
    const focused = root.contains(document.activeElement), turned = next.turn !== model.turn;
    if (!turned && shown) return;
    model = next;
    const running = ["question", "points", "follow-up"].includes(model.stage);
    head.hidden = !running;
    if (running) time.show(model);
    else time.stop();
    shown = STAGES[model.stage](model, emit);
    body.replaceChildren(...shown.parts);
    fitted();
    if (focused) (shown.focus ?? root).focus({ preventScroll: true });
  }
  return { root, show: update, stop: time.stop };
}
