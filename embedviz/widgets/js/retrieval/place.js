// Where the user stands among the films: a map of the directions in which the films differ most.

import { element } from "../dom.js";
import { Legend } from "../map/legend.js";
import { PointMap } from "../map/points.js";
import { limits } from "../space/projection.js";

const MOVE = 700; // milliseconds in which the user moves
const SIZE = [620, 470]; // CSS pixels, where there is room

export function placeView(data, state, { toggle, hide }, search) {
  const n = data.names.size, plane = project(data.items, data.map);
  const root = element("div", { className: "embedviz-place" });
  const map = new PointMap(root, {
    title: data.map.title, size: SIZE, count: n + 1,
    name: (row) => (row < n ? data.names.at(row) : "the user"),
    tip: (row) => (row < n ? said(data.facts, row) : []),
    pick: (row) => { if (row < n) toggle(data.names.at(row)); },
    key: (name) => { if (name === "search") search(); },
  });
  const legend = new Legend(root, { hide });
  map.paint({ codes: data.map.codes, classes: data.map.classes, radii: null });
  let first = true;
  const stops = [
    state.on("advice", () => {
      const { vector, rows } = state.get("advice"), shown = rows.length ? project(vector, data.map) : [NaN, NaN];
      const view = { dim: 2, axes: data.map.titles, suffix: "", key: "films", duration: first ? 0 : MOVE };
      map.show({ ...view, ...points([...plane, ...shown]) });
      map.light(rows.length ? [n, ...rows] : [], rows.map(() => "true"));
      first = false;
    }),
    state.on("hidden", () => {
      map.hide(state.get("hidden"));
      legend.show(data.map.classes, state.get("hidden"));
    }),
  ];
  return { root, stop: () => [...stops, () => legend.stop(), () => map.stop()].forEach((stop) => stop()) };
}

// Vectors on the plane of the map: x and y of each.
function project(vectors, { mean, axes }) {
  const dim = mean.length, n = vectors.length / dim, found = new Float32Array(2 * n);
  for (let i = 0; i < 2 * n; i++) {
    const row = i >> 1, axis = i & 1;
    let sum = 0;
    for (let j = 0; j < dim; j++) sum += (vectors[row * dim + j] - mean[j]) * axes[axis * dim + j];
    found[i] = sum;
  }
  return found;
}

// What the map takes, of x and y of each point: three numbers for each, and the ranges of the axes.
function points(plane) {
  const n = plane.length / 2, coords = new Float32Array(3 * n);
  for (let row = 0; row < n; row++) coords.set([plane[2 * row], plane[2 * row + 1]], 3 * row);
  return { coords, range: limits(coords, 2) };
}

function said(facts, row) {
  const known = facts.filter(({ codes }) => codes[row] >= 0);
  return known.map(({ label, codes, said: texts }) => `${label}: ${texts[codes[row]]}`);
}
