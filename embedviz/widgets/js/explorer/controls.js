// What a reader can choose: a name, color, size, projection with its settings, epoch.

import { button, buttons, checkbox, select, slider } from "../parts/controls.js";
import { searchBox } from "../parts/search.js";
import { element } from "../dom.js";
import { ALIKE, KEPT } from "./data.js";
import { umapKey, umapSettings } from "./places.js";
import { STEP } from "./question.js";

const PROJECTIONS = [
  { value: "pca", label: "PCA", title: "The two or three directions of greatest variance" },
  { value: "umap", label: "UMAP", title: "Neighbors stay together, distances do not" },
  { value: "direction", label: "Direction", title: "An axis from one name to another" },
];
const row = (className, ...parts) => element("div", { className: `embedviz-row ${className}` }, parts);
const options = (labels) => labels.map((label) => ({ value: label, label }));

// All rows of controls; `hide`: those not wanted here, of search, color, size, projection, dim, distorted, pca, umap,
// direction, settings.
// `complete` and `search` are what the search box does.
export function controlsView(state, data, question, { hide = [], ...search }) {
  const parts = [chosenRow(state, data, question, hide, search)];
  if (!hide.includes("settings")) parts.push(umapRow(state, data, question), directionRow(state, data, question));
  const root = element("div", {}, parts.map((part) => part.root));
  return { root, focus: parts[0].focus, stop: () => { for (const part of parts) part.stop(); } };
}

function chosenRow(state, data, question, hide, { complete, search: find }) {
  const search = searchBox("Search: type a name, then Enter",
    complete ?? ((text) => data.names.complete(text)), find ?? ((text) => question.search(text)));
  const set = (name, more = {}) => (value) => question.set({ [name]: value, ...more });
  const dims = [{ value: 2, label: "2-D" }, { value: 3, label: "3-D" }];
  const projections = PROJECTIONS.filter(({ value }) => !hide.includes(value));
  const named = {
    search,
    color: select("Color", options([...data.colors.map((one) => one.label), KEPT]), set("color", { hidden: [] })),
    size: select("Size", options([ALIKE, ...data.sizes.map((one) => one.label)]), set("size")),
    projection: buttons("Projection", projections, (name) => question.project(name)),
    dim: buttons("Dimensions of the map", dims, set("dim")),
    distorted: checkbox("Show what the map distorts", set("distorted")),
  };
  named.size.root.hidden = !data.sizes.length;
  named.dim.root.hidden = data.low < 3;
  for (const name of hide) if (named[name]) named[name].root.hidden = true;
  const progress = progressView(state);
  const off = [
    state.on(["selected", "message"], () => { // what was typed in vain stays, until something is selected
      const { selected, message } = state.values;
      if (!message) search.show(selected === null ? "" : data.names.at(selected));
    }),
    ...["color", "size", "dim", "distorted"].map((name) => state.on(name, () => named[name].show(state.get(name)))),
    state.on(["projection", "dim", "umaps"], () =>
      named.projection.show(state.get("projection"), (name) => unavailable(name, state, data))),
    progress.stop,
  ];
  const root = row("embedviz-controls", Object.values(named).map((part) => part.root), progress.root);
  return { root, focus: search.focus, stop: () => { for (const end of off) end(); } };
}

// How far the UMAP is that the kernel computes, and why it could not be computed; `of`: what it is of.
export function progressView(state, of = "") {
  const bar = element("progress", { max: 1, "aria-label": "UMAP" }), text = element("span");
  const root = element("span", { className: "embedviz-field" }, bar, text);
  const stop = state.on("progress", () => {
    const { stage, share, error } = state.get("progress");
    root.hidden = !stage && !error;
    bar.hidden = !stage;
    bar.value = share ?? 0;
    text.textContent = stage ? `UMAP${of}: ${stage}` : error ? `UMAP${of} could not be computed: ${error}` : "";
    text.setAttribute("role", error ? "alert" : "status");
  });
  return { root, stop };
}

// Why a projection cannot be had, or null.
function unavailable(name, state, data) {
  const own = (key) => key.startsWith(`${state.get("dim")} `);
  if (name !== "umap" || data.source.live || Object.keys(state.get("umaps")).some(own)) return null;
  return "This page has no UMAP of so many dimensions: the notebook computes it";
}

// In a page without a kernel: the settings that it brings; others are greyed, with the reason.
function umapRow(state, data, question) {
  const { live } = data.source;
  const change = (name) => (value) => question.set({ umap: { ...state.get("umap"), [name]: value } });
  const most = Math.min(Math.max(100, state.get("umap").n_neighbors), data.n);
  const count = slider("n_neighbors", { min: 2, max: most, settled: true }, change("n_neighbors"));
  const share = { min: 0, max: 1, step: 0.05, format: (value) => value.toFixed(2), settled: true };
  const dist = slider("min_dist", share, change("min_dist"));
  const metric = select("metric", options(["cosine", "euclidean"]), change("metric"));
  const brought = Object.keys(data.source.get("umaps")).map(umapSettings);
  const chosen = (key) => brought.find((one) => umapKey(one.dim, one.value) === key).value;
  const there = select("Settings", [], (key) => question.set({ umap: chosen(key) }));
  const why = element("span", {}, "Other settings need the notebook’s kernel.");
  const root = row("embedviz-umap", live ? [count.root, dist.root, metric.root] : [there.root, why]);
  const off = state.on(["projection", "umap", "dim"], () => {
    const { projection, umap, dim } = state.values;
    root.hidden = projection !== "umap";
    count.show(umap.n_neighbors);
    dist.show(umap.min_dist);
    metric.show(umap.metric);
    const own = brought.filter((one) => one.dim === dim);
    there.show(umapKey(dim, umap), own.map((one) => ({ value: umapKey(dim, one.value), label: one.label })));
  });
  return { root, stop: off };
}

function directionRow(state, data, question) {
  const complete = (text) => { // the last of several
    const parts = text.split(","), before = parts.slice(0, -1).join(",");
    return data.names.complete(parts.at(-1)).map((name) => (before ? `${before}, ${name}` : name));
  };
  const ends = ["From", "To"].map((end, i) =>
    searchBox(`${end}: a name, or several`, complete, (text) => question.aim(i, text)));
  const problem = element("span", { role: "alert" }), arrow = element("span", { "aria-hidden": "true" }, "→");
  const root = row("embedviz-direction", ends[0].root, arrow, ends[1].root, problem);
  const off = state.on(["projection", "ends", "problem"], () => {
    root.hidden = state.get("projection") !== "direction";
    ends.forEach((box, i) => box.show(state.get("ends")[i]));
    problem.textContent = state.get("problem");
  });
  return { root, stop: off };
}

// The epochs: to play, and to go through by hand.
export function epochsView(state, data, question) {
  const play = button("", "", () => question.play());
  const epoch = slider("Epoch", { min: 0, max: 1, format: (at) => String(data.tables[at]?.epoch ?? at) }, (at) => {
    question.set({ playing: false });
    question.goTo(at);
  });
  const root = row("embedviz-epochs", play, epoch.root);
  let timer;
  const off = [
    state.on(["at", "tables"], () => {
      root.hidden = data.last < 1;
      epoch.show(state.get("at"), { max: Math.max(data.last, 1) });
    }),
    state.on(["playing", "at", "tables"], () => {
      clearTimeout(timer);
      const playing = state.get("playing") && state.get("at") < data.last;
      play.textContent = playing ? "❚❚ Pause" : "▶ Play";
      play.title = "Go through the epochs (space bar on the map)";
      if (playing) timer = setTimeout(() => question.goTo(state.get("at") + 1), STEP);
    }),
  ];
  return { root, stop: () => { clearTimeout(timer); for (const end of off) end(); } };
}
