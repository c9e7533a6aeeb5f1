// What can be chosen before and while it trains, and what has come of it: settings, buttons, two curves.

import { LineChart } from "../chart/lines.js";
import { element } from "../dom.js";
import { button, buttons, checkbox, slider } from "../parts/controls.js";
import { stepsOf } from "./steps.js";

const METHODS = [
  { value: "softmax", label: "In-batch softmax", title: "Each book picks its own link among those of the batch" },
  { value: "negatives", label: "Negative sampling", title: "Each pair by itself: true, or made up?" },
];
const HEIGHT = 205; // CSS pixels, of a curve
const row = (...parts) => element("div", { className: "embedviz-row" }, parts);

export function settingsView(training) {
  const set = (name) => (value) => training.set({ [name]: value }), at = training.state.get("settings");
  const named = {
    method: buttons("Method", METHODS, set("method")),
    lr: stepped("learning rate", stepsOf("lr", at.lr), set("lr")),
    temperature: stepped("temperature", stepsOf("temperature", at.temperature), set("temperature")),
    logQ: checkbox("log q", set("logQ")),
    negatives: stepped("negatives", stepsOf("negatives", at.negatives), set("negatives")),
    epochs: stepped("epochs", stepsOf("epochs", at.epochs), set("epochs")),
  };
  named.logQ.root.title = "Take off how often a link comes into a batch";
  const stop = training.state.on("settings", () => {
    const settings = training.state.get("settings"), softmax = settings.method === "softmax";
    for (const [name, control] of Object.entries(named)) control.show(settings[name]);
    named.temperature.root.hidden = named.logQ.root.hidden = !softmax;
    named.negatives.root.hidden = softmax;
  });
  return { root: row(Object.values(named).map(({ root }) => root)), stop };
}

// A slider over some numbers.
function stepped(label, values, change) {
  const format = (i) => String(values[i]);
  const { root, show } = slider(label, { min: 0, max: values.length - 1, format }, (i) => change(values[i]));
  return { root, show: (value) => show(values.indexOf(value)) };
}

export function buttonsView(training) {
  const start = button("Start", "", () => (training.running ? training.pause() : training.start()));
  const stop = button("Stop", "End the run; what is trained stays", () => training.stop());
  const again = button("Start over", "Forget what is trained; the settings stay", () => training.startOver());
  const bar = element("progress", { max: 1, "aria-label": "Of this epoch" }), text = element("span", {});
  start.classList.add("embedviz-start");
  const off = training.state.on(["status", "rows", "goal", "share", "problem"], () => {
    const { status, share, problem } = training.state.values, { running } = training;
    start.textContent = running ? "❚❚ Pause" : status === "paused" ? "▶ Resume" : "▶ Start";
    stop.disabled = !running && status !== "paused";
    bar.value = share;
    bar.hidden = !running && status !== "paused";
    const role = problem ? "alert" : "status", words = said(training.state.values);
    if (text.getAttribute("role") !== role) text.setAttribute("role", role);
    if (text.textContent !== words) text.textContent = words;
  });
  return { root: row(start, stop, again, text, bar), stop: off };
}

function said({ status, rows, goal, problem }) {
  const n = rows.length, last = rows.at(-1), seconds = rows.reduce((sum, one) => sum + one.seconds, 0).toFixed(1);
  const loss = last && `loss ${last.loss.toFixed(3)}, hits@10 ${last.hits.toFixed(3)}`;
  const done = `${n} epoch${n === 1 ? "" : "s"}${n ? ` in ${seconds} s: ${loss}` : ""}`;
  if (status === "failed") return `It could not be trained on: ${problem}. Start over.`;
  if (status === "new") return "Not trained yet: press Start.";
  if (status === "running") return `Training, ${done}; up to ${goal}.`;
  return `${{ paused: "Paused after", stopped: "Stopped after", done: "Trained for" }[status]} ${done}.`;
}

// Loss and held-out hits, with a mark where a setting has changed.
export function curvesView(training, look) {
  const root = element("div", { className: "embedviz-curves" });
  const named = [["loss", "Training loss (nats)"], ["hits", "hits@10, on held-out data"]];
  const charts = named.map(() => new LineChart(root));
  const off = training.state.on(["rows", "changes", "goal"], () => {
    const { rows, changes, goal } = training.state.values, x = rows.map(({ epoch }) => epoch);
    named.forEach(([name, title], i) => {
      const curve = { name: title, x, y: rows.map((one) => one[name]), ...look }, last = rows.at(-1);
      const axes = { x: { title: "epoch", range: [0, goal + 0.5], whole: true }, y: { decimals: 3 } };
      const words = last ? `${last[name].toFixed(3)} after epoch ${last.epoch}` : "nothing yet";
      charts[i].show({ title, height: HEIGHT, ...axes, curves: [curve], marks: changes }, `${title}: ${words}.`);
    });
  });
  return { root, stop: () => { off(); for (const chart of charts) chart.stop(); } };
}
