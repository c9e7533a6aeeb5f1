// What a step does, in a sentence; as widgets/microscope_words.py says it.

import { count } from "../dom.js";

const items = (number, what = "item") => `${count(number)} ${what}${number === 1 ? "" : "s"}`;

// `shown` is what Microscope.shown gives.
export function told(microscope, shown) {
  const { step } = shown;
  return SAID[step.kind](microscope, shown, step);
}

const name = ({ names }, item) => names.at(item);

const SAID = {
  enter: (microscope, shown, { level, at }) =>
    `Start at ${name(microscope, at)}, the entry point${level ? ` on level ${level}` : ""}: 1 distance computed.`,
  descend: (microscope, shown, { level, at, links, to: [to] }) => {
    const from = `Level ${level}, from ${name(microscope, at)}: ${items(links, "linked item")} measured`;
    if (to === at) return `${from}, none nearer than this one: down to level ${level - 1}.`;
    return `${from}; ${name(microscope, to)} is the nearest of them, and nearer than this one: go there.`;
  },
  walk: (microscope, shown, { at, links, measured, entered, waiting }) => {
    const from = `From ${name(microscope, at)}: ${items(links, "linked item")}, `;
    const wait = `${count(waiting.length)} ${waiting.length === 1 ? "waits" : "wait"} in the queue.`;
    if (!measured.length) return `${from}all seen before, nothing to measure. ${wait}`;
    const seen = measured.length < links ? `${count(measured.length)} not seen before and measured` : "all measured";
    return `${from}${seen}; ${entered.length || "none"} among the ${microscope.k} best now. ${wait}`;
  },
  centers: (microscope, shown, { links, to }) =>
    `All ${count(links)} centers measured: the `
    + `${to.length === 1 ? "nearest list" : `${count(to.length)} nearest lists`} will be searched.`,
  list: ({ k }, { steps, at: number }, { at, links, entered }) =>
    `List ${at}, number ${number} of the ${steps[0].to.length} to search: ${items(links)} measured; `
    + `${entered.length || "none"} among the ${k} best now.`,
  stop: (microscope, shown, step) => {
    const { index, ef, nprobe, lists, hits, exact, missed } = shown;
    const followed = `The links of all items in the queue (${items(ef, "place")}) have been followed: stop.`;
    const why = index === "HNSW" ? followed : `${count(nprobe)} of ${items(lists, "list")} searched: stop.`;
    const of = index === "IVF" ? (item) => ` (list ${microscope.lists.get(lists).of[item]})` : () => "";
    const gone = missed.map((item) => name(microscope, item) + of(item)).join(", ");
    return `${why} ${hits.length} of the ${exact.ids.length} true nearest found, with ${count(step.count)} distances `
      + `instead of ${count(microscope.n)}.${gone ? ` Missed: ${gone}.` : ""}`;
  },
};
