// What can be chosen and done in the lab, and what is said of it.

import { element, count } from "../dom.js";
import { significant } from "../chart/numbers.js";
import { button, select } from "../parts/controls.js";
import { labelOf } from "./runs.js";

const row = (...parts) => element("div", { className: "embedviz-row" }, parts);
const inWords = (n) => `${n} epoch${n === 1 ? "" : "s"}`;

const LABELS = {
  column: "Column", encoding: "Encoding", size: "Dimensions", hidden: "Network", rate: "Learning rate",
  epochs: "Epochs",
};

// `options`: of each setting of a choice [{ value, label }, …].
export function controlsView(state, runs, options, choose) {
  const made = Object.fromEntries(Object.entries(LABELS).map(([name, label]) =>
    [name, select(label, options[name], (value) => choose({ [name]: value }))]));
  made.rate.root.title = "It falls in equal steps from epoch to epoch";
  const start = button("", "", () => (runs.running ? runs.pause() : runs.start()));
  const again = button("Start over", "Train this run again, from where it began", () => runs.again());
  const clear = button("Clear curves", "Forget all runs", () => runs.clear());
  const stop = state.on(["choice", "runs", "current", "running"], () => {
    const choice = state.get("choice"), { current } = runs;
    for (const name of Object.keys(made)) made[name].show(choice[name]);
    made.size.root.querySelector("select").disabled = choice.encoding !== "embedding";
    const held = current && !current.failed && current.validation.length < current.choice.epochs;
    start.textContent = runs.running ? "❚❚ Pause" : held ? "▶ Go on" : "▶ Start";
    start.title = runs.running ? "Hold the training after this epoch"
      : held ? "Go on from where it was held" : "Train the network";
    again.disabled = !current;
    clear.disabled = !state.get("runs").length;
  });
  const settings = row(...Object.values(made).map(({ root }) => root));
  return { root: element("div", {}, settings, row(start, again, clear)), stop };
}

// What is trained, how far, and how good it is.
export function statusView(state, runs, data) {
  const root = element("p", { role: "status", className: "said" });
  const said = (run, running) => {
    if (!run) return `${labelOf(state.get("choice"), runs.usual)}, not trained yet: press Start.`;
    if (run.failed) return `${run.label} could not be trained: ${run.failed}`;
    const done = run.validation.length, { epochs } = run.choice;
    if (!done) return running ? `Training ${run.label} …` : `${run.label}, not trained yet: press Start.`;
    const of = (error) => significant(error), { error: name, baseline } = data;
    const error = `${name} ${of(run.validation.at(-1))} (predicting the mean: ${of(baseline)})`;
    if (running) return `Training ${run.label}: epoch ${done} of ${epochs}, ${error}.`;
    return `${done < epochs ? "Paused" : "Trained"} ${run.label} after ${inWords(done)}: ${error}.`;
  };
  const stop = state.on(["choice", "runs", "current", "running"], () => {
    const { current } = runs, text = said(current, runs.running);
    root.setAttribute("role", current?.failed ? "alert" : "status");
    if (root.textContent !== text) root.textContent = text;
  });
  return { root, stop };
}

// What is in the page, and what is not.
export function noteView(state, data) {
  const root = element("p", { className: "note" }), rows = data.target;
  const many = (n) => (n === 1 ? "1 number" : `${count(n)} numbers`);
  const stop = state.on("choice", () => {
    const { column, encoding, size, hidden } = state.get("choice"), { names, frequent } = data.columns.get(column);
    const all = names.length - 1, few = frequent.length < all, oneHot = encoding === "one-hot";
    const cap = few ? `the ${frequent.length} most frequent of ${count(all)} values`
      : `all ${all} value${all === 1 ? "" : "s"}`;
    const width = many({ label: 1, "one-hot": names.length, embedding: size }[encoding]);
    const network = hidden ? `one hidden layer of ${hidden} units` : "a linear network";
    root.textContent = `${column}: named are ${cap} that occur at least ${data.least} times in the notebook's `
      + `${count(data.counted)} training rows. Each becomes ${width}`
      + `${oneHot && few ? ", of which the table shows theirs" : ""}, and ${network} sees nothing else. It learns in `
      + `this page, on ${count(rows.train.length)} rows drawn from those; errors are of `
      + `${count(rows.validation.length)} rows held out. `
      + "The notebook has hashing and target encoding too, and a larger network.";
  });
  return { root, stop };
}
