// The map and its legend, as the state says.

import { PointMap } from "../map/points.js";
import { Legend } from "../map/legend.js";
import { element } from "../dom.js";
import { STEP, lit } from "./question.js";

const MOVE = 700; // milliseconds in which the points move to another place

// The place of a map: as wide as it is meant to be, and narrower where there is less room, see explorer.css.
export function mapPlace(size, ...children) {
  return element("div", { className: "embedviz-map-view", style: { "--map-width": `${size[0]}px` } }, children);
}

export function mapView(state, data, question, options = {}) {
  const root = mapPlace(data.size);
  const map = new PointMap(root, {
    title: data.title, size: data.size, count: data.n, name: (row) => data.names.at(row),
    tip: (row) => tip(row, state, data),
    pick: (row) => question.select(row), lasso: (rows) => question.choose(rows),
    key: options.key ?? ((name) => question.key(name)),
    ...(options.hover ? { hover: (row) => question.preview(row) } : {}),
  });
  const legend = new Legend(root, { hide: (codes) => question.set({ hidden: codes }) });
  const off = [
    state.on("place", () => {
      const { place, playing } = state.values;
      if (!place) return;
      const { coords, dim, axes, range, key } = place;
      const duration = playing ? 0.75 * STEP : MOVE;
      map.show({ coords, dim, axes: axes.slice(0, dim), range, suffix: "", key: `${dim} ${key}`, duration });
    }),
    state.on(["color", "size", "measures", "hidden"], () => {
      const { color, size, measures, hidden } = state.values, { codes, classes } = data.groups(color, measures);
      map.paint({ codes, classes, radii: data.radii(size) });
      map.hide(hidden);
      legend.show(classes, hidden);
    }),
    state.on(["selected", "preview", "at", "distorted", "place"], () => {
      const { rows, kinds } = lit(state, data);
      map.light(rows, kinds);
    }),
    state.on("chosen", () => map.select(state.get("chosen"))),
  ];
  return { root, map, stop: () => { for (const end of off) end(); map.stop(); } };
}

// What a point says beside its name.
function tip(row, state, data) {
  const { measures } = state.values, told = data.told(row);
  if (!measures || Number.isNaN(measures.kept[row])) return told;
  return [...told, `${Math.round(measures.kept[row] * data.near)} of its ${data.near} nearest are near it here`];
}
