// Airports twice: where they are, and where an embedding has put them; a name that is pointed at lights up in both.

import "../explorer/explorer.css";
import { numbers, texts } from "../bytes.js";
import { count, element } from "../dom.js";
import { controlsView } from "../explorer/controls.js";
import { listView } from "../explorer/list.js";
import { explorer } from "../explorer/main.js";
import { mapPlace, mapView } from "../explorer/map_view.js";
import { noteView } from "../explorer/note.js";
import { lit } from "../explorer/question.js";
import { neighborTable } from "../explorer/tables.js";
import { PointMap } from "../map/points.js";
import { limits } from "../space/projection.js";
import { Finder } from "./finder.js";
import { greatCircleKm } from "./globe.js";

export function mount(el, source) {
  const { state, data, question, stop } = explorer(source);
  const airports = source.get("airports"), places = numbers(airports.places, Float32Array);
  const full = texts(airports.full);
  const finder = new Finder(data.names, full);
  const search = (text) => find(finder.search(text), state, question, text);
  const options = { hide: source.get("hide"), complete: (text) => finder.complete(text), search };
  const controls = controlsView(state, data, question, options);
  const key = (name) => (name === "search" ? controls.focus() : question.key(name));
  const globe = globeView(state, data, question, airports, places, key);
  const map = mapView(state, data, question, { key, hover: true });
  const nearest = (row, _, __, pick) => nearestAirports(row, state, data, full, places, pick);
  const list = listView(state, data, question, nearest);
  const note = noteView(state, data), about = element("p", { className: "embedviz-note" }, airports.note);
  list.root.style.maxHeight = `${data.size[1] + 90}px`;
  const body = element("div", { className: "embedviz-body embedviz-airports" }, globe.root, map.root, list.root);
  const root = element("div", { className: "embedviz embedviz-explorer" }, controls.root, body, note.root, about);
  root.explorer = { state, data, question }; // for tests, and whoever else wants to look
  el.append(root);
  return () => { for (const part of [controls, globe, map, list, note, { stop }]) part.stop(); };
}

function find({ row, names, labels }, state, question, text) {
  if (row !== null) question.select(row);
  else if (names) state.set({ message: { text: `${names.length} airports fit “${text.trim()}”:`, names, labels } });
  else question.search(text);
}

// The real map.
function globeView(state, data, question, airports, places, key) {
  const root = mapPlace(data.size);
  const coords = new Float32Array(3 * data.n);
  for (let row = 0; row < data.n; row++) coords.set(places.subarray(2 * row, 2 * row + 2), 3 * row);
  const map = new PointMap(root, {
    title: airports.title, size: data.size, count: data.n, name: (row) => data.names.at(row), key,
    tip: (row) => data.told(row),
    pick: (row) => question.select(row), lasso: (rows) => question.choose(rows),
    hover: (row) => question.preview(row),
  });
  const range = limits(coords, 2);
  map.show({ coords, dim: 2, axes: airports.axes, range, suffix: "°", key: "globe", duration: 0 });
  map.mark(airports.marks);
  const off = [
    state.on(["color", "measures", "hidden"], () => {
      const { codes, classes } = data.groups(state.get("color"), state.get("measures"));
      map.paint({ codes, classes, radii: null });
      map.hide(state.get("hidden"));
    }),
    state.on(["selected", "preview", "at"], () => {
      const { rows, kinds } = lit(state, data);
      map.light(rows, kinds);
    }),
    state.on("chosen", () => map.select(state.get("chosen"))),
  ];
  return { root, map, stop: () => { for (const end of off) end(); map.stop(); } };
}

function nearestAirports(row, state, data, full, places, pick) {
  const { rows, similarities } = data.neighbors(state.get("at"), row);
  const place = (one) => places.subarray(2 * one, 2 * one + 2);
  const listed = Array.from(rows, (other, i) => {
    const km = greatCircleKm(place(row), place(other)), far = Number.isNaN(km) ? "unknown" : count(Math.round(km));
    return { name: data.names.at(other), links: null, values: [full[other], similarities[i].toFixed(2), far] };
  });
  const headings = ["Airport", "Cosine", "Distance (km)"];
  return [neighborTable(`Nearest to ${data.names.at(row)} ${full[row]}`, headings, listed, pick)];
}
