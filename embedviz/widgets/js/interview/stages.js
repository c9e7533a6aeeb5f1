// What each stage of a mock interview shows: { parts, focus, go(), grade(number) }; the keys call the last two.

import { element } from "../dom.js";
import { about, gradeButtons, questionOf, whereOf } from "../parts/card.js";
import { select } from "../parts/controls.js";
import { built } from "../parts/markup.js";

const wide = (text, act) =>
  element("button", { type: "button", className: "embedviz-button wide", onclick: act }, text);
const hint = (text) => element("p", { className: "hint" }, text);

function choose(model, emit) {
  let { role, minutes } = model;
  const what = element("p", { className: "hint" });
  const describe = () => { what.textContent = `The ${role} ${model.roles.find(({ name }) => name === role).about}.`; };
  const roles = select("You talk to the", model.roles.map(({ name }) => ({ value: name, label: name })), (value) => {
    role = value;
    describe();
  });
  const lengths = select("for", model.lengths.map((one) =>
    ({ value: one.minutes, label: `${one.minutes} minutes, up to ${one.questions} questions` })), (value) => {
    minutes = value;
  });
  roles.show(role);
  lengths.show(minutes);
  describe();
  const begin = wide("Begin", () => emit({ type: "begin", role, minutes }));
  return { parts: [element("div", { className: "embedviz-row" }, roles.root, lengths.root), what, begin,
    hint("Answer aloud, as you would to a person, one to two minutes a question; then tick what you said. " +
      "A low grade gets a follow-up, as in life.")], focus: begin };
}

function question(model, emit) {
  const asked = questionOf(model.card), go = () => { emit({ type: "answered" }); return true; };
  return { parts: [about(model.card), asked, wide("I have answered", go),
    hint("Say it aloud, then press the button (or space).")], focus: asked, go };
}

function points(model, emit) {
  const { card } = model, ticked = new Set();
  const list = element("ul", { className: "points" }, card.points.map((point, i) => {
    const box = element("input", { type: "checkbox", onchange: () => box.checked ? ticked.add(i) : ticked.delete(i) });
    return element("li", {}, element("label", {}, box, element("span", {}, built(point))));
  }));
  const grade = (number) => { emit({ type: "graded", grade: number, ticked: [...ticked] }); return true; };
  const title = element("h3", { tabIndex: -1 }, "Which of these did you say?");
  const full = element("details", {}, element("summary", {}, "A full answer"), built(card.answer),
    element("h3", {}, "A weak answer"), built(card.weak), whereOf(card));
  return { parts: [about(card), questionOf(card), element("div", { className: "answer" }, title, list, full),
    element("h3", { className: "ask" }, "And how was it?"), gradeButtons("How was your answer?", grade)],
  focus: title, grade };
}

function followUp(model, emit) {
  const asked = element("div", { className: "question", tabIndex: -1 }, built(model.follow_up.question));
  const answer = element("div", { className: "answer", hidden: true }, built(model.follow_up.answer));
  const known = (value) => () => emit({ type: "followed", known: value });
  const row = element("div", { className: "embedviz-row", hidden: true }, wide("I knew it", known(true)),
    wide("I did not", known(false)));
  const go = () => {
    if (!answer.hidden) return false;
    answer.hidden = row.hidden = false;
    show.hidden = true;
    row.firstChild.focus({ preventScroll: true });
    return true;
  };
  const show = wide("I have answered", go);
  return { parts: [hint("A follow-up:"), asked, show, answer, row], focus: asked, go };
}

function over(model, emit) {
  const address = URL.createObjectURL(new Blob([model.page], { type: "text/html" }));
  const title = element("h2", { tabIndex: -1 }, "How it went");
  const print = element("a", { href: address, target: "_blank", rel: "noopener" }, "Open it as a page to print");
  return { parts: [title, ...built(model.review), element("p", {}, print),
    wide("Another interview", () => emit({ type: "again" }))], focus: title };
}

export const STAGES = { choose, question, points, "follow-up": followUp, over };
