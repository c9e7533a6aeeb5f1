// What is computed from the context to the loss, step by step, as pictures with their numbers.

import { count, element, shorten, signed } from "../dom.js";
import { SHOWN } from "./cbow.js";

const SHOWN_LETTERS = 30; // of a word
const FEW = 64; // numbers of h that are written out; more are colors only

const percent = (share) => `${(100 * share).toFixed(1)}%`;

function step(caption, ...parts) {
  return element("section", {}, caption, parts);
}

// 1: the one-hot average, N numbers of which a few are not zero.
export function averageView(state, cbow) {
  const caption = element("h2"), strip = element("div", { className: "strip", "aria-hidden": "true" });
  const list = element("p", { className: "shares" });
  const stop = state.on("shown", () => {
    const { context, shares } = state.get("shown"), n = cbow.words.length;
    const those = shares.length > 1 ? "these" : "this";
    caption.textContent = `1 · One-hot average: ${count(n)} numbers, all 0 but ${those}`;
    strip.replaceChildren(...shares.map(({ row, share }) =>
      element("i", { style: { left: `${(100 * (row + 0.5)) / n}%`, height: `${100 * share}%` } })));
    list.replaceChildren(...shares.map(({ row, count: times }) => element("span", {},
      element("b", {}, shorten(cbow.words[row], SHOWN_LETTERS)), ` ${times}/${context.length}`)));
  });
  return { root: step(caption, strip, list), stop };
}

// 2: the hidden vector, d numbers: orange above zero, blue below, the stronger the farther from it.
export function hiddenView(state, cbow) {
  const caption = element("h2"), cells = Array.from({ length: cbow.d }, () => element("span"));
  const many = cbow.d > FEW, row = element("div", { className: many ? "heat many" : "heat", role: "img" }, cells);
  const stop = state.on("shown", () => {
    const { context, hidden } = state.get("shown"), [low, high] = [Math.min(...hidden), Math.max(...hidden)];
    const scale = Math.max(high, -low, 1e-12);
    caption.textContent = "2 · Hidden vector h: the mean of the " +
      `${context.length} context vector${context.length > 1 ? "s" : ""}, ${count(cbow.d)} numbers`;
    cells.forEach((cell, i) => {
      cell.className = hidden[i] > 0 ? "above" : "below";
      cell.style.setProperty("--strength", `${(100 * Math.abs(hidden[i])) / scale}%`);
      cell.title = `h[${i}] = ${signed(hidden[i], 3)}`;
      if (!many) cell.textContent = tenths(hidden[i]);
    });
    row.setAttribute("aria-label", many ? `${cbow.d} numbers from ${signed(low, 2)} to ${signed(high, 2)}`
      : cells.map((cell) => cell.textContent).join(", "));
  });
  return { root: step(caption, row), stop };
}

const tenths = (value) => signed(value, 1).replace("−0.0", "0.0");

// 3: the probabilities of the first words, and the target's.
export function rankingView(state, cbow) {
  const caption = element("h2"), body = element("tbody");
  const heads = ["rank", "word", "probability"].map((text) => element("th", { scope: "col" }, text));
  const head = element("thead", {}, element("tr", {}, heads, element("td"))); // the last: of the bars
  const table = element("table", { className: "bars" }, head, body);
  const stop = state.on("shown", () => {
    const { ranking, target } = state.get("shown"), n = cbow.words.length, top = ranking[0].probability;
    caption.textContent = `3 · Probabilities: softmax of ${count(n)} scores v·h; the first ${Math.min(SHOWN, n)}`;
    body.replaceChildren(...ranking.map(({ rank, row, probability }) => {
      const bar = element("i", { style: { width: `${(100 * probability) / top}%` } });
      return element("tr", { className: row === target ? "is" : "" },
        element("td", {}, count(rank)), element("th", { scope: "row" }, shorten(cbow.words[row], SHOWN_LETTERS)),
        element("td", {}, percent(probability)), element("td", {}, bar));
    }));
  });
  return { root: step(caption, table), stop };
}

// How surprising the target is.
export function lossView(state, cbow) {
  const root = element("p", { className: "loss", role: "status" }), n = cbow.words.length;
  const word = (row) => shorten(cbow.words[row], SHOWN_LETTERS);
  const stop = state.on("shown", () => {
    const { target, context, loss } = state.get("shown");
    root.textContent = `Loss: −log p(${word(target)} | ${context.map(word).join(", ")}) = ${loss.toFixed(2)} nats. ` +
      `Knowing nothing: log ${count(n)} = ${Math.log(n).toFixed(2)}.`;
  });
  return { root, stop };
}
