// What stands below the cards, each folded: progress, the plan, progress carried elsewhere. They show what they are
// given, and tell of what is done by hand.

import { element, uniqueId } from "../dom.js";
import { button } from "../parts/controls.js";
import { isoDay, saidDay } from "./time.js";

export function panel(title, ...children) {
  return element("details", { className: "panel" }, element("summary", {}, title), children);
}

function field(label, input) {
  input.id = uniqueId();
  return element("p", { className: "embedviz-field" }, element("label", { htmlFor: input.id }, label), input);
}

function table(caption, heads, rows) {
  const cells = (row, tag) => row.map((cell, i) => i === 0 && tag === "td"
    ? element("th", { scope: "row" }, cell) : element(tag, tag === "th" ? { scope: "col" } : {}, String(cell)));
  return element("table", {}, element("caption", {}, caption),
    element("thead", {}, element("tr", {}, cells(heads, "th"))),
    element("tbody", {}, rows.map((row) => element("tr", {}, cells(row, "td")))));
}

// show(statistics, retention): see statistics.js.
export function progressPanel() {
  const body = element("div"), root = panel("Progress", body);
  const show = ({ sections, recall, days, outlook }, retention) => body.replaceChildren(
    ...(outlook ? [element("p", {}, outlook)] : []),
    element("p", {}, recallOf(recall, retention)),
    table("Cards by section", ["section", "cards", "seen", "learned"],
      sections.map((one) => [one.section, one.cards, one.seen, one.learned])),
    table("Cards in the next days", ["day", "cards"],
      days.map(({ day, cards }, i) => [i === 0 ? "today" : saidDay(day), cards])));
  return { root, show };
}

function recallOf({ known, of }, retention) {
  const aim = `The schedule aims at ${Math.round(100 * retention)} %.`;
  if (!of) return `No learned card has come back after a day or more yet, so there is no recall to tell. ${aim}`;
  const share = of < 20 ? "" : `, ${Math.round(100 * known / of)} %`;
  return `When learned cards came back after a day or more, you knew ${known} of ${of}${share}. ${aim}` +
    (of < 20 ? " So few say little." : "");
}

// change({ daily_limit }) or change({ interview: "2026-12-04" or null }); show({ limit, interview, today, outlook }).
export function planPanel(change) {
  const limit = element("input", { type: "number", min: 0, max: 999, inputMode: "numeric", required: true,
    onchange: () => { if (limit.reportValidity()) change({ daily_limit: Number(limit.value) }); } });
  const date = element("input", { type: "date",
    onchange: () => { if (date.reportValidity()) change({ interview: date.value || null }); } });
  const said = element("p");
  const root = panel("Plan", field("New cards a day", limit), field("Day of the interview", date),
    element("p", {}, button("No interview", "Forget the day of the interview", () => change({ interview: null }))),
    said);
  const show = (model) => {
    if (document.activeElement !== limit) limit.value = model.limit;
    if (document.activeElement !== date) date.value = model.interview === null ? "" : isoDay(model.interview);
    date.min = isoDay(model.today + 1);
    said.textContent = model.outlook;
  };
  return { root, show };
}

// save(), load(text of a file) and forget() are called by hand; show(what came of it).
export function carryPanel({ save, load, forget }) {
  const file = element("input", { type: "file", accept: ".json,application/json", className: "file",
    onchange: async () => {
      const [chosen] = file.files;
      if (chosen) load(await chosen.text());
      file.value = ""; // the same file may be chosen again
    } });
  const said = element("p", { role: "status" });
  const show = (text) => { if (said.textContent !== text) said.textContent = text; };
  const root = panel("Take it along",
    element("p", {}, "What you grade stays in this browser. A file carries it to the notebook, to another phone, and ",
      "back; it is wise to save one now and then, for a browser may clear what pages keep."),
    element("p", {}, button("Save progress to a file", "A file of JSON, as the notebook's export", save)),
    field("Add what is in a file", file), said,
    element("p", {}, "In the notebook: ", element("code", {}, "embedviz drill --export progress.json"), " writes such ",
      "a file, ", element("code", {}, "embedviz drill --import progress.json"), " reads it. Here a file adds what is ",
      "missing, and nothing is lost. The notebook's import replaces what it has, and keeps a copy: if you have ",
      "drilled in both, bring the notebook's file here first, then take this page's file there."),
    element("p", {}, "Slips are noted where exercises are solved, in the notebook; they come here with its file, and ",
      "their cards are asked first."),
    element("p", {}, button("Forget everything", "All grades and settings in this browser; you are asked first", () => {
      if (confirm("Forget all grades and settings in this browser? A file that you have saved stays.")) forget();
    })));
  return { root, show };
}
