// Two embeddings of the same names, asked as one: two explorers whose states say the same, and one list.

import "../explorer/explorer.css";
import { element } from "../dom.js";
import { controlsView } from "../explorer/controls.js";
import { listView } from "../explorer/list.js";
import { explorer } from "../explorer/main.js";
import { mapView } from "../explorer/map_view.js";
import { noteView } from "../explorer/note.js";
import { sideBySideTable } from "../explorer/tables.js";

const SHARED = ["selected", "chosen", "message", "preview", "color", "size", "projection", "dim", "hidden"];

export function mount(el, source) {
  const sides = source.get("sides").map(explorer), [one, other] = sides, titles = source.get("titles");
  const off = [follow(one.state, other.state), follow(other.state, one.state)];
  const controls = controlsView(one.state, one.data, one.question, { hide: source.get("hide") });
  const key = (side) => (name) => (name === "search" ? controls.focus() : side.question.key(name));
  const maps = sides.map((side) => mapView(side.state, side.data, side.question, { key: key(side) }));
  const notes = sides.map((side) => noteView(side.state, side.data));
  const list = listView(one.state, one.data, one.question, (row, _, data, pick) => bothLists(row, sides, titles, pick));
  const waiting = progressOf(other);
  const pictures = maps.map((map, i) => element("div", { className: "embedviz-map-view", style: { width: `${one.data.size[0]}px` } }, map.root, notes[i].root));
  const note = element("p", { className: "embedviz-note" }, source.get("note"));
  el.append(element("div", { className: "embedviz embedviz-explorer" }, controls.root, waiting.root, element("div", { className: "embedviz-body" }, pictures), list.root, note));
  return () => {
    for (const end of off) end();
    for (const part of [controls, waiting, list, ...maps, ...notes, ...sides]) part.stop();
  };
}

function follow(from, to) {
  return from.on(SHARED, (changed) => {
    if (changed) to.set(Object.fromEntries(SHARED.filter((name) => changed.has(name)).map((name) => [name, from.get(name)])));
  });
}

function bothLists(row, sides, titles, pick) {
  const lists = sides.map(({ state, data }) => {
    const found = data.neighbors(state.get("at"), row);
    return Array.from(found.rows, (near, i) => ({ name: data.names.at(near), similarity: found.similarities[i] }));
  });
  const second = new Set(lists[1].map((near) => near.name)), common = lists[0].filter((near) => second.has(near.name)).length;
  return [sideBySideTable(`Nearest to ${sides[0].data.names.at(row)}: ${common} of ${lists[0].length} in common`, titles, lists, pick)];
}

// How far the UMAP of the second map is: the controls tell of the first.
function progressOf({ state, data }) {
  const root = element("p", { role: "status" });
  const stop = state.on("progress", () => {
    const { stage, share, error } = state.get("progress");
    root.hidden = !stage && !error;
    root.textContent = error ? `UMAP could not be computed: ${error}` : stage ? `UMAP of ${data.title}: ${stage}, ${Math.round(100 * share)}%` : "";
  });
  return { root, stop };
}
