// What of an explorer's view the page's address keeps, see page/address.js.

import { texts } from "../bytes.js";
import { anyTexts, choice, kept, several } from "../page/address.js";
import { ALIKE, KEPT } from "./data.js";
import { umapKey, umapSettings } from "./places.js";

export const address = (source) => explorerAddress([source], source.get("hide"));

// `sources`: an explorer's, or those of several that show the same; `hide`: as `controlsView` has it.
export function explorerAddress(sources, hide) {
  const [source] = sources, data = source.get("data"), rows = texts(data.names), umaps = source.get("umaps");
  const tables = source.get("tables"), epochs = tables.map((table) => table.get("epoch"));
  const flat = Math.min(3, tables.at(-1).get("dim"), rows.length) < 3;
  const kinds = {
    selected: choice([null, ...rows]),
    chosen: several(rows),
    projection: choice(["pca", "umap", "direction"].filter((name) => !hide.includes(name))),
    epoch: choice(epochs),
    color: choice([...data.colors.map(({ label }) => label), KEPT]),
    size: choice([ALIKE, ...data.sizes.map(({ label }) => label)]),
    dim: choice(flat ? [2] : [2, 3]),
    umap: umapKind(Object.keys(umaps).map((key) => umapSettings(key).value)),
    ends: anyTexts(2),
    distorted: choice([false, true]),
  };
  for (const name of ["projection", "color", "size", "dim", "distorted"]) if (hide.includes(name)) delete kinds[name];
  if (hide.includes("settings")) for (const name of ["umap", "ends"]) delete kinds[name];
  return kept(sources, kinds, (view, given) => possible(view, given, source, umaps, epochs.at(-1)));
}

function umapKind(settings) {
  const text = ({ n_neighbors, min_dist, metric }) => `${n_neighbors} ${min_dist} ${metric}`;
  return { write: (value) => [text(value)], read: ([found]) => settings.find((one) => text(one) === found) };
}

// As question.js keeps it: names are chosen, or one is selected; a UMAP is one that is there, of the last epoch.
function possible(view, given, source, umaps, last) {
  const one = given.selected !== undefined && given.chosen === undefined;
  const whole = (name) => view[name] ?? source.get(name);
  const names = one ? { chosen: [] } : view.chosen.length ? { selected: null } : {};
  const there = umapKey(whole("dim"), whole("umap")) in umaps && view.epoch === last;
  return { ...view, ...names, ...(view.projection === "umap" && !there ? { projection: "pca" } : {}) };
}
