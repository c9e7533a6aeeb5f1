// What a card's two sides say: the drill and the mock interview show the same.

import "./card.css";
import { element } from "../dom.js";
import { built, linkTo } from "./markup.js";

// Where a card belongs: its section, topic and kind.
export function about(card) {
  return element("p", { className: "about" },
    element("span", { className: "kind" }, card.kind), ` ${card.section} › ${card.topic}`);
}

// The question; it takes the focus when a card comes, so that a screen reader reads it.
export function questionOf(card) {
  return element("div", { className: "question", tabIndex: -1, role: "group", "aria-label": "Question" },
    built(card.question));
}

function part(title, ...children) {
  return element("section", {}, element("h3", {}, title), children);
}

// The other side; `points`: whether the points of a full answer stand here, too.
export function answerOf(card, { points = true } = {}) {
  const answer = part("A full answer", built(card.answer));
  answer.firstChild.tabIndex = -1; // where the focus goes when it is shown
  return element("div", { className: "answer" }, answer,
    points ? part("It says", element("ul", {}, card.points.map((point) => element("li", {}, built(point))))) : null,
    part("A weak answer", built(card.weak)),
    part("They may ask next", card.follow_ups.map((next) => element("details", {},
      element("summary", {}, built(next.question)), built(next.answer)))),
    whereOf(card));
}

const SMALLEST = 0.7; // of a formula's size

// A formula does not wrap: one that is too wide for a phone is drawn smaller, as far as it can be read. What is still
// too wide is moved sideways: by keys too, so the focus can go there. Gives a function to call when something else is
// shown; what is unfolded, and a phone that is turned, are seen to here.
export function fitting(root) {
  new ResizeObserver(() => requestAnimationFrame(() => fit(root))).observe(root);
  return () => fit(root);
}

function fit(root) {
  for (const formula of root.querySelectorAll("math")) {
    formula.style.fontSize = "";
    const room = formula.parentElement.closest("p, li, summary, .question")?.clientWidth;
    const share = room / formula.getBoundingClientRect().width;
    if (share < 1) formula.style.fontSize = `${Math.max(share, SMALLEST) * 0.98}em`;
  }
  for (const one of root.querySelectorAll(".answer p")) if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
}

// Its source, its place in the chapters, and the glossary.
export function whereOf({ source, place, glossary }) {
  const chapter = `Chapter ${place.chapter}: ${place.heading}`;
  return element("p", { className: "where" }, "Source: ", built(source), ". Explained in: ",
    linkTo(place.href, chapter), ". Terms: ", linkTo(glossary, "glossary"), ".");
}

export const GRADES = [
  { grade: 1, label: "Again", title: "I did not know it" },
  { grade: 2, label: "Hard", title: "I knew half of it, or had to think for long" },
  { grade: 3, label: "Good", title: "I said what matters" },
  { grade: 4, label: "Easy", title: "At once, and complete" },
];

// Four buttons; `choose(grade)` is called with 1 to 4.
export function gradeButtons(label, choose) {
  return element("div", { className: "grades", role: "group", "aria-label": label }, GRADES.map((one) =>
    element("button", { type: "button", className: "embedviz-button", title: one.title, dataset: { grade: one.grade },
      "aria-keyshortcuts": String(one.grade), onclick: () => choose(one.grade) },
    element("kbd", { "aria-hidden": "true" }, String(one.grade)), ` ${one.label}`)));
}

// The grade that a key stands for, 0 if none; never while somebody writes, or with a modifier.
export function gradeOfKey(event) {
  return isTyping(event) ? 0 : Math.max(GRADES.findIndex(({ grade }) => event.key === String(grade)) + 1, 0);
}

export function isTyping({ target, altKey, ctrlKey, metaKey }) {
  return altKey || ctrlKey || metaKey || target.isContentEditable ||
    target.matches("textarea, select, input:not([type='checkbox'], [type='radio'], [type='button'])");
}

// Whether Space and Enter do something of their own where the focus is.
export const isControl = ({ target }) => target.closest("button, a, summary, input, select, textarea") !== null;
