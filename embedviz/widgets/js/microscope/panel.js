// Beside the map: what the step does, how many distances it has taken, and the best found so far.

import { fixed } from "../chart/numbers.js";
import { count, element } from "../dom.js";
import { told } from "./words.js";

export function saidView(microscope) {
  const said = element("p", { className: "said", role: "status" }), bar = element("i");
  const counted = element("p", { className: "counted" }), recall = element("p", { className: "recall" });
  const meter = element("div", { className: "meter", "aria-hidden": "true" }, bar);
  return {
    root: element("div", { className: "words" }, said, meter, counted, recall),
    show: (shown) => {
      const { step, exact, hits, index, lists } = shown, { n } = microscope, text = told(microscope, shown);
      if (said.textContent !== text) said.textContent = text;
      bar.style.width = `${100 * Math.min(step.count / n, 1)}%`;
      const parts = index === "IVF" ? `: ${count(lists)} to centers, ${count(step.count - lists)} to items` : "";
      const all = ` of ${count(n)} (brute force)${parts}`;
      counted.replaceChildren("Distances computed: ", element("b", {}, count(step.count)), all);
      recall.replaceChildren("Recall of this query: ", element("b", {}, `${hits.length} of ${exact.ids.length}`),
        " true nearest among the best so far");
    },
  };
}

export function tableView(microscope, change) {
  const { k } = microscope, body = element("tbody");
  const caption = element("caption", {}, `The ${k} best so far (bold: found in this step)`);
  const heads = ["Item", "Similarity", "True rank"].map((text) => element("th", { scope: "col" }, text));
  const head = element("thead", {}, element("tr", {}, element("td"), heads));
  const none = element("tr", {}, element("td"), element("td", { colSpan: 3 }, "None yet."));
  return {
    root: element("div", { className: "found" }, element("table", {}, caption, head, body)),
    show: (shown) => {
      const focused = [...body.querySelectorAll("button")].indexOf(body.getRootNode().activeElement);
      const lines = shown.step.best.map((item, i) => line(i + 1, item, shown, microscope, change));
      body.replaceChildren(...(lines.length ? lines : [none]));
      body.querySelectorAll("button")[focused]?.focus();
    },
  };
}

function line(place, item, { step, row, exact }, microscope, change) {
  const first = element("td", {}, String(place)), head = (...parts) => element("th", { scope: "row" }, parts);
  const rank = exact.ids.indexOf(item), entered = step.entered.includes(item), selected = microscope.names.at(item);
  const ask = { type: "button", title: "Make this the query", onclick: () => change({ selected }) };
  return element("tr", { className: entered ? "entered" : "" }, first,
    head(element("button", ask, selected), item === row ? " (query)" : ""),
    element("td", {}, fixed(microscope.similarity(item, row), 3)),
    element("td", {}, rank < 0 ? "–" : String(rank + 1)));
}
