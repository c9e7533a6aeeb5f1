// Training in the page, without a kernel: settings, curves, and the map as it forms, which is the explorer's.

import "../explorer/explorer.css";
import "./train.css";
import { numbers } from "../bytes.js";
import { element } from "../dom.js";
import { controlsView, epochsView } from "../explorer/controls.js";
import { listView } from "../explorer/list.js";
import { explorer } from "../explorer/main.js";
import { mapView } from "../explorer/map_view.js";
import { noteView } from "../explorer/note.js";
import { valuesSource } from "../source.js";
import { Training } from "./training.js";
import { buttonsView, curvesView, settingsView } from "./view.js";

const PROOF = "This page trains by itself, in JavaScript, as PyTorch would: tests/test_js_train.py lets both do the " +
  "same 1,000 steps and compares losses and gradients.";

export function mount(el, source) {
  const training = new Training(specOf(source), source.get("settings"));
  const { asked, follow } = mapOf(source, training), shown = explorer(asked), { state, data, question } = shown;
  const settings = settingsView(training), run = buttonsView(training);
  const curves = curvesView(training, source.get("look"));
  const controls = controlsView(state, data, question, { hide: asked.get("hide") });
  const epochs = epochsView(state, data, question);
  const key = (name) => (name === "search" ? controls.focus() : question.key(name));
  const map = mapView(state, data, question, { key }), list = listView(state, data, question);
  const note = noteView(state, data);
  list.root.style.maxHeight = `${data.size[1] + 60}px`;
  const body = element("div", { className: "embedviz-body" }, map.root, curves.root, list.root);
  const asking = element("div", { className: "embedviz-asked" }, controls.root, epochs.root);
  const root = element("div", { className: "embedviz embedviz-explorer embedviz-train" });
  root.append(settings.root, run.root, asking, body, note.root, element("p", { className: "embedviz-note" }, PROOF));
  root.training = training; // for tests, and whoever else wants to look
  root.explorer = shown;
  el.append(root);
  const off = [follow(shown), report(training, source), ...(source.live ? [] : linked(training, shown, source))];
  return () => {
    for (const end of off) end();
    for (const part of [settings, run, curves, controls, epochs, map, list, note, shown]) part.stop();
    training.close();
    root.remove();
  };
}

// What a Session trains on; the links that the list shows are the training pairs.
function specOf(source) {
  const { links } = source.get("map").data, { held, ...more } = source.get("spec");
  const whole = (bytes) => numbers(bytes, Int32Array);
  const read = ({ starts, indices }) => ({ starts: whole(starts), indices: whole(indices) });
  return { ...more, train: read(links), held: read(held), contexts: whole(links.frequency).length };
}

// What the explorer asks, with a table for each epoch, and a function that keeps it up to date.
function mapOf(source, training) {
  const { state } = training, { dim } = source.get("spec"), tables = [];
  const grown = () => state.get("vectors").map((vectors, epoch) => { // the same vectors are the same table
    if (tables[epoch]?.$widget.vectors !== vectors) tables[epoch] = { $widget: { epoch, dim, vectors } };
    return tables[epoch];
  });
  const asked = valuesSource({ ...source.get("map"), tables: grown(), begun: 1, epoch: 0 });
  const follow = (shown) => state.on(["vectors", "status"], () => {
    const { data } = shown, last = shown.state.get("at") === data.last, now = grown();
    const epoch = last || now.length <= data.last ? { epoch: now.length - 1 } : {};
    asked.set({ tables: now, hold: training.running, ...epoch });
  });
  return { asked, follow };
}

// Tell the kernel, if there is one, what has come of a run when it rests: its still picture shows that.
function report(training, source) {
  return training.state.on("status", (changed) => {
    const { rows, changes, vectors } = training.state.values;
    if (!changed || training.running) return;
    source.send({ history: rows, changes }, [vectors.at(-1).slice().buffer]);
  });
}

// Without a kernel the source says the same as what is shown, and the address what the source does, see address.js.
function linked(training, { state, data, question }, source) {
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const name = () => (state.get("selected") === null ? null : data.names.at(state.get("selected")));
  const hear = () => {
    const { selected } = source.get("map");
    if (!same(source.get("settings"), training.state.get("settings"))) training.set(source.get("settings"));
    if (selected !== name()) question.select(selected === null ? null : data.names.row(selected));
  };
  const tell = (changed) => {
    const settings = training.state.get("settings");
    if (changed && !same(source.get("settings"), settings)) source.set({ settings });
    const map = source.get("map");
    if (changed && map.selected !== name()) source.set({ map: { ...map, selected: name() } });
  };
  return [source.on(["settings", "map"], hear), training.state.on("settings", tell), state.on("selected", tell)];
}
