// What is recommended, and what speaks for it: a list of films with their scores and the largest parts of them.

import { element, shorten, signed } from "../dom.js";

const WIDTH = 30;

export function listView(data, state, { toggle }) {
  const status = element("p", { role: "status", className: "embedviz-unseen" });
  const about = element("span", {}, "score, and what speaks for it most"), body = element("div");
  const root = element("section", { className: "embedviz-recommended", "aria-label": "Recommended" },
    element("p", { className: "embedviz-heading" }, "Recommended ", about), status, body);
  const stop = state.on("advice", () => {
    const advice = state.get("advice"), place = [...body.querySelectorAll("button")].indexOf(document.activeElement);
    const items = advice.rows.map((row, i) => item(data, advice, i, toggle));
    body.replaceChildren(items.length
      ? element("ol", { "aria-label": "Recommended films" }, items) : element("p", {}, nothing(advice)));
    body.scrollTop = 0;
    const [best] = advice.rows;
    status.textContent = best === undefined ? nothing(advice)
      : `${items.length} films recommended, first ${data.names.at(best)}`;
    if (place >= 0) body.querySelectorAll("button")[Math.min(place, items.length - 1)]?.focus();
  });
  return { root, stop };
}

function item(data, { rows, scores, reasons }, i, toggle) {
  const name = data.names.at(rows[i]), title = `${name}: seen too`, onclick = () => toggle(name);
  const add = element("button", { type: "button", className: "embedviz-name", title, onclick }, name);
  const score = element("span", { className: "embedviz-score" }, signed(scores[i], 2));
  const digits = reasons[i][0]?.share >= 0.1 ? 2 : 3; // shares of many parts are small
  const why = reasons[i].map(({ part, share }) =>
    element("li", {}, `${called(data, part)} `, element("span", {}, `+${signed(share, digits)}`)));
  return element("li", {},
    element("div", { className: "embedviz-head" }, add, score),
    element("ul", { className: "embedviz-reasons", "aria-label": "What speaks for it most" }, why));
}

function called(data, { feature, value, item: seen }) {
  return shorten(seen === undefined ? `${feature} ${value}` : data.names.at(seen), WIDTH);
}

const nothing = ({ vector }) => vector === null
  ? "Nothing is known of this user: there is nothing to recommend by. Choose a feature, or a film."
  : "The user has seen every film: there is nothing left to recommend.";
