// The sentence, word by word: those in the vocabulary are buttons, and the one that is pressed is the target.

import { element, shorten } from "../dom.js";

const LONGEST = 60; // letters of a word
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

// `choose(position)` is called when a word is chosen, by click or with the arrow keys.
export function sentenceView(state, cbow, choose) {
  const root = element("div", { className: "sentence", role: "toolbar", "aria-label": "Words of the sentence" });
  let shown = null; // the sentence whose words are there
  root.addEventListener("keydown", (event) => {
    const step = STEPS[event.key], focused = event.target.dataset.index;
    if (step === undefined || focused === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const last = cbow.known[shown].length - 1, next = Math.min(Math.max(Number(focused) + step, 0), last);
    root.querySelector(`[data-index="${next}"]`).focus();
    choose(next);
  });
  const stop = state.on("shown", () => {
    const place = cbow.placeIn(state);
    if (shown !== place.sentence) root.replaceChildren(...words(cbow, place.sentence, choose));
    shown = place.sentence;
    cbow.parts(place).forEach(({ part }, i) => tell(root.children[i], part));
  });
  return { root, stop };
}

function words(cbow, sentence, choose) {
  let next = 0;
  return cbow.sentences[sentence].map((word, i) => {
    const text = shorten(word, LONGEST);
    if (cbow.rows[sentence][i] < 0) return element("span", { title: "not in the vocabulary" }, text);
    const index = next++;
    return element("button", { type: "button", "data-index": index, onclick: () => choose(index) }, text);
  });
}

// Only the target is reached with the Tab key, and the others from there: a long sentence is one stop.
function tell(word, part) {
  word.className = `word ${part}`;
  if (part === "unknown") return;
  word.tabIndex = part === "target" ? 0 : -1;
  word.setAttribute("aria-pressed", String(part === "target"));
  word.setAttribute("aria-label", part === "other" ? word.textContent : `${word.textContent}, ${part}`);
}

// What the looks of the words mean, and how to choose one.
export function legend() {
  const keys = element("span", { className: "keyboard" }, " (keyboard: Tab, then arrow keys)");
  return element("p", { className: "legend" },
    element("span", { className: "word target" }, "target"), " to be predicted from the ",
    element("span", { className: "word context" }, "context"), ". Choose a word, or move the sliders", keys, ".");
}
