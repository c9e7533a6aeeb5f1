// Two embeddings of the same names, asked as one: two explorers whose states say the same, and one list.

import "../explorer/explorer.css";
import { element } from "../dom.js";
import { controlsView, progressView } from "../explorer/controls.js";
import { listView } from "../explorer/list.js";
import { explorer } from "../explorer/main.js";
import { mapPlace, mapView } from "../explorer/map_view.js";
import { noteView } from "../explorer/note.js";
import { sideBySideTable } from "../explorer/tables.js";

const SHARED = ["selected", "chosen", "trail", "message", "preview", "color", "size", "projection", "dim", "hidden"];

export function mount(el, source) {
  const sides = source.get("sides").map(explorer), [one, other] = sides, titles = source.get("titles");
  const off = [follow(one.state, other.state), follow(other.state, one.state)];
  const controls = controlsView(one.state, one.data, one.question, { hide: source.get("hide") });
  const key = (side) => (name) => (name === "search" ? controls.focus() : side.question.key(name));
  const maps = sides.map((side) => mapView(side.state, side.data, side.question, { key: key(side) }));
  const notes = sides.map((side) => noteView(side.state, side.data));
  const list = listView(one.state, one.data, one.question, (row, _, data, pick) => bothLists(row, sides, titles, pick));
  const waiting = progressView(other.state, ` of ${titles[1]}`);
  const note = element("p", { className: "embedviz-note" }, source.get("note"));
  const pictures = maps.map((map, i) => mapPlace(one.data.size, map.root, notes[i].root));
  const body = element("div", { className: "embedviz-body" }, pictures);
  const root = element("div", { className: "embedviz embedviz-explorer embedviz-linked" });
  root.sides = sides; // for tests, and whoever else wants to look
  root.append(controls.root, waiting.root, body, list.root, note);
  el.append(root);
  return () => {
    for (const end of off) end();
    for (const part of [controls, waiting, list, ...maps, ...notes, ...sides]) part.stop();
  };
}

function follow(from, to) {
  return from.on(SHARED, (changed) => {
    const names = SHARED.filter((name) => changed?.has(name));
    to.set(Object.fromEntries(names.map((name) => [name, from.get(name)])));
  });
}

function bothLists(row, sides, titles, pick) {
  const lists = sides.map(({ state, data }) => {
    const found = data.neighbors(state.get("at"), row);
    return Array.from(found.rows, (near, i) => ({ name: data.names.at(near), similarity: found.similarities[i] }));
  });
  const other = new Set(lists[1].map((near) => near.name));
  const common = lists[0].filter((near) => other.has(near.name)).length;
  const caption = `Nearest to ${sides[0].data.names.at(row)}: ${common} of ${lists[0].length} in common`;
  return [sideBySideTable(caption, titles, lists, pick)];
}
