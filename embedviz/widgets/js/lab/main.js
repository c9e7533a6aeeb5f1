// The encoding lab without a kernel: choose a column, an encoding and a size, and train a small network in the page.

import "./lab.css";
import { HeatMap } from "../chart/heat.js";
import { LineChart } from "../chart/lines.js";
import { element } from "../dom.js";
import { buttons } from "../parts/controls.js";
import { State } from "../state.js";
import { controlsView, noteView, statusView } from "./controls.js";
import { Data } from "./data.js";
import { distanceTable, errors, places, predictions, tableOf } from "./pictures.js";
import { Runs } from "./runs.js";

const KINDS = { heat: HeatMap, lines: LineChart };
const HEIGHT = 390; // CSS pixels
const LOOKS_AT = [
  { value: "places", label: "Places", title: "Where each value is" },
  { value: "table", label: "Table", title: "The numbers that each value becomes" },
  { value: "distances", label: "Distances", title: "How far apart the values are" },
];

export function mount(el, source) {
  const data = new Data(source), options = source.get("options"), names = Object.keys(options);
  const within = (asked) => Object.fromEntries(names.map((name) => { // what the lab does not have is its usual
    const known = options[name].some(({ value }) => value === asked[name]);
    return [name, known ? asked[name] : source.get("usual")[name]];
  }));
  const asked = () => within(Object.fromEntries(names.map((name) => [name, source.get(name)])));
  const wanted = asked(), usual = within(source.get("usual"));
  const state = new State({ choice: wanted, runs: [], current: null, running: null, view: "places" });
  const runs = new Runs(state, data, { usual, kept: data.looks.length, seed: source.get("seed") });
  const choose = (changes) => source.set({ ...state.get("choice"), ...changes });
  const hear = () => {
    const now = asked(), before = state.get("choice");
    if (names.some((name) => now[name] !== before[name])) runs.choose(now);
  };
  const views = [controlsView(state, runs, options, choose), statusView(state, runs, data)];
  const charts = chartsView(state, runs, data), note = noteView(state, data);
  const all = [...views, charts, note];
  const root = element("div", { className: "embedviz embedviz-lab" }, all.map((view) => view.root));
  root.lab = { state, runs, data }; // for tests, and whoever else wants to look
  el.append(root);
  const ends = [
    source.on(names, hear),
    state.on("choice", () => { // a run brings its choice
      const { choice } = state.values;
      if (names.some((name) => source.get(name) !== choice[name])) source.set(choice);
    }),
    () => runs.stop(), ...all.map((view) => view.stop),
  ];
  const restored = names.some((name) => wanted[name] !== usual[name]); // by an address
  if (!restored) runs.begin(source.get("trained").map((choice) => within({ ...usual, ...choice })));
  return () => { for (const end of ends) end(); root.remove(); };
}

// What each value becomes, what the network says of it, and the errors: drawn when something of them has changed.
function chartsView(state, runs, data) {
  const view = buttons("What to look at", LOOKS_AT, (value) => state.set({ view: value }));
  const boxes = [0, 1, 2].map(() => element("div")), drawn = [null, null, null];
  const root = element("div", {}, element("div", { className: "embedviz-row" }, view.root),
    element("div", { className: "charts" }, boxes));
  let before = null; // places of the epoch before
  const show = (at, { kind, values, said }) => {
    if (drawn[at]?.kind !== kind) {
      drawn[at]?.chart.stop();
      drawn[at] = { kind, chart: new KINDS[kind](boxes[at]) };
    }
    drawn[at].chart.show({ ...values, height: HEIGHT }, said);
  };
  const stop = state.on(["choice", "runs", "current", "view"], () => {
    const { choice, view: looked } = state.values;
    const shown = { choice, model: runs.model, column: data.columns.get(choice.column) };
    const first = looked === "table" ? tableOf(shown) : looked === "distances" ? distanceTable(shown)
      : places(shown, data, before);
    before = first.found ?? before;
    view.show(looked);
    show(0, first);
    show(1, predictions(shown, data));
    show(2, errors(state.values, data));
  });
  return { root, stop: () => { stop(); for (const one of drawn) one?.chart.stop(); } };
}
