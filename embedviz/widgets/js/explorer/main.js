// The explorer: a map, a list, and what can be chosen, about one state.

import "./explorer.css";
import { element } from "../dom.js";
import { State } from "../state.js";
import { controlsView, epochsView } from "./controls.js";
import { Data } from "./data.js";
import { link, started } from "./link.js";
import { listView } from "./list.js";
import { mapView } from "./map_view.js";
import { Measures } from "./measures.js";
import { noteView } from "./note.js";
import { Places } from "./places.js";
import { Question } from "./question.js";

export function mount(el, source) {
  const { state, data, question, stop } = explorer(source), hide = source.get("hide");
  const controls = controlsView(state, data, question, { hide }), epochs = epochsView(state, data, question);
  const key = (name) => (name === "search" ? controls.focus() : question.key(name));
  const map = mapView(state, data, question, { key });
  const list = listView(state, data, question), note = noteView(state, data);
  list.root.style.maxHeight = `${data.size[1] + 90}px`;
  const body = element("div", { className: "embedviz-body" }, map.root, list.root);
  const root = element("div", { className: "embedviz embedviz-explorer" }, controls.root, epochs.root, body, note.root);
  root.explorer = { state, data, question }; // for tests, and whoever else wants to look
  el.append(root);
  return () => { for (const part of [controls, epochs, map, list, note, { stop }]) part.stop(); };
}

// All of an explorer but its views: { state, data, question, stop }.
export function explorer(source) {
  const data = new Data(source), state = new State(started(source, data)), question = new Question(state, data);
  const places = new Places(state, data, question), measures = new Measures(state, data);
  const off = [
    link(state, source, data, question),
    state.on(["projection", "at", "dim", "ends", "umap", "umaps", "tables"], () => places.find()),
    state.on(["place", "playing", "color"], () => measures.soon()),
    source.on("hold", () => measures.soon()),
  ];
  return { state, data, question, stop: () => { for (const end of off) end(); places.stop(); measures.stop(); } };
}
