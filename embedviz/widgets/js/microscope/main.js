// The index microscope: a search in HNSW or IVF, step by step, on the map of the items. The source's values are the
// state: controls set them, and what is drawn follows them.

import "./microscope.css";
import { element } from "../dom.js";
import { controlsView } from "./controls.js";
import { levelsView } from "./levels.js";
import { mapView } from "./map.js";
import { saidView, tableView } from "./panel.js";
import { Microscope, VALUES, valuesOf } from "./state.js";

const ABOUT = {
  HNSW: "M: links of an item on each upper level, twice as many on level 0. ef: places in the queue of the nearest "
    + "items seen. The search ends when the links of all in it have been followed. An item may be measured on several "
    + "levels, and each time counts.",
  IVF: "nlist: lists, each the items nearest to one center. nprobe: lists that are searched, those of the nearest "
    + "centers.",
};

export function mount(el, source) {
  const microscope = new Microscope(source.get("payload"));
  const change = (changes) => source.set(microscope.mended(valuesOf(source), changes));
  const map = mapView(microscope, change), levels = levelsView(microscope, change);
  const said = saidView(microscope), table = tableView(microscope, change);
  const controls = controlsView(microscope, change, map.closeUp), parts = [controls, said, levels, map, table];
  const about = element("p", { className: "note" });
  const note = element("p", { className: "note" }, "The map is flat, and distances are not: they are dot products of "
    + `all ${microscope.dim} numbers of two vectors. What is near on the map need not be near. `
    + "A click on a point, or on a name in the list, makes it the query.");
  const body = element("div", { className: "body" }, parts.slice(1).map((part) => part.root));
  const root = element("div", { className: "embedviz embedviz-microscope" }, controls.root, body, about, note);
  root.microscope = microscope; // for tests, and whoever else wants to look
  el.append(root);
  const show = () => {
    const shown = microscope.shown(valuesOf(source));
    for (const part of parts) part.show(shown);
    if (about.textContent !== ABOUT[shown.index]) about.textContent = ABOUT[shown.index];
  };
  const off = source.on(VALUES, show);
  show();
  return () => { off(); for (const part of parts) part.stop?.(); root.remove(); };
}
