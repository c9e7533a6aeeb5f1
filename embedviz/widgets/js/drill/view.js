// The drill as a view alone: it shows a model and tells of what is done by hand, so that a kernel or a page can decide.
//
//   model   { card, revealed, follow_up, left, again, undoable, said, failed, turn }; card is null when none is left,
//           follow_up is what a low grade of the card before brings
//   events  { type: "reveal" }, { type: "grade", grade: 1 to 4, seconds }, { type: "undo" }

import "../parts/theme.css";
import "./drill.css";
import { element } from "../dom.js";
import { built } from "../parts/markup.js";
import { about, answerOf, fitting, gradeButtons, gradeOfKey, isControl, isTyping, questionOf } from "../parts/card.js";

function leftOf({ left, again }) {
  if (left === 1) return again ? "1 card left, again" : "1 card left";
  return again ? `${left} cards left, ${again} of them again` : `${left} cards left`;
}

export function drillView(emit) {
  const status = element("p", { className: "status", role: "status" });
  const left = element("p", { className: "left" }), head = element("div", { className: "embedviz-row head" });
  const next = element("div"), front = element("div"), back = element("div");
  const reveal = () => emit({ type: "reveal" });
  const show = element("button", { type: "button", className: "embedviz-button wide", onclick: reveal },
    "Show the answer ", element("kbd", { "aria-hidden": "true" }, "space"));
  let model = { card: null }, since = 0;
  const grade = (number) => emit({ type: "grade", grade: number, seconds: (performance.now() - since) / 1000 });
  const grades = gradeButtons("How well did you know it?", grade);
  const undo = element("button", { type: "button", className: "embedviz-button undo", title: "Take the last grade back",
    onclick: () => emit({ type: "undo" }) }, "Undo ", element("kbd", { "aria-hidden": "true" }, "u"));
  const keys = element("p", { className: "keyboard" }, "Keys: space shows the answer, 1 to 4 grade it, u undoes.");
  const root = element("div", { className: "embedviz embedviz-drill", tabIndex: -1, role: "region",
    "aria-label": "Drill" }, next, head, front, show, back, grades, status,
  element("div", { className: "embedviz-row" }, undo, keys)), fitted = fitting(root);
  root.addEventListener("keydown", (event) => {
    if (isTyping(event) || event.repeat) return;
    if (act(event)) { event.preventDefault(); event.stopPropagation(); }
  });

  function act(event) { // whether it was for us
    const number = gradeOfKey(event);
    if (number && model.card && model.revealed) { grade(number); return true; }
    if (event.key === "u" && model.undoable) { emit({ type: "undo" }); return true; }
    if ((event.key === " " || event.key === "Enter") && model.card && !model.revealed && !isControl(event)) {
      reveal();
      return true;
    }
    return false;
  }

  function update(now) {
    const other = now.card?.name !== model.card?.name || now.turn !== model.turn;
    const turned = now.revealed && (other || !model.revealed);
    const focused = root.contains(document.activeElement);
    if (other) since = performance.now();
    model = now;
    const { card, revealed } = model;
    if (other) {
      head.replaceChildren(...(card ? [about(card), left] : [left]));
      front.replaceChildren(card ? questionOf(card)
        : element("p", { className: "question", tabIndex: -1 }, "No card is due."));
    }
    left.textContent = leftOf(model);
    if (turned) back.replaceChildren(answerOf(card));
    else if (!revealed) back.replaceChildren();
    fitted();
    show.hidden = !card || revealed;
    grades.hidden = !card || !revealed;
    undo.disabled = !model.undoable;
    status.textContent = model.said ?? "";
    status.classList.toggle("failed", Boolean(model.failed));
    next.replaceChildren(...(model.follow_up ? [followUp(model.follow_up)] : []));
    // What had the focus may be gone: it goes to what has come, if it was here at all.
    if (focused && turned) back.querySelector("h3").focus({ preventScroll: true });
    else if (focused && other) front.firstElementChild.focus({ preventScroll: true });
  }
  return { root, show: update };
}

// What an interviewer asks after a weak answer, above the next card.
function followUp({ question, answer }) {
  return element("details", { className: "next" }, element("summary", {}, "They would ask next: ", built(question)),
    built(answer));
}
