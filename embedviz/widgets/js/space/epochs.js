// The maps of all epochs of a training, turned so that what moves on the map is what has changed.

import { addProducts, dot, rotation } from "./linear.js";
import { columnMeans, limits, principalAxes } from "./projection.js";

// One PCA map (Float32Array of n · 3) for each of several tables of the same names, all with the axes of the last.
// An embedding may be turned as a whole without a change of any similarity, and training does turn it a little: so each
// is first rotated (or reflected) to fit the next one best, from the last backward.
export function alignedMaps(tables, dim, count) {
  if (!tables.length) throw new Error("no tables: at least one is needed");
  if (tables.some((table) => table.length !== tables[0].length)) {
    const sizes = tables.map((table) => table.length).join(", ");
    throw new Error(`tables of ${sizes} numbers: they must be of the same names and dimensions`);
  }
  const { axes, found } = principalAxes(tables.at(-1), dim, count), maps = [];
  let next = null, turned = null; // the table after this one, centered, and its turn; the last is where it is
  for (const table of [...tables].reverse()) {
    const here = centered(table, dim);
    // `next · turned` is what this one is to fit: hereᵀ · next · turned, without moving `next` itself.
    turned = next ? rotation(times(products(here, next, dim), turned, dim), dim) : identity(dim);
    maps.unshift(placed(here, dim, times(axes, transposed(turned, dim), dim), found));
    next = here;
  }
  return maps;
}

// A map of n · 3, rotated or reflected so that it fits an earlier one of the same points best; flat maps stay flat.
export function turnedTo(coords, before) {
  const flat = (map) => map.every((value, at) => at % 3 !== 2 || value === 0);
  const size = flat(coords) && flat(before) ? 2 : 3;
  const [here, there] = [coords, before].map((map) => centered(map.filter((_, at) => at % 3 < size), size));
  return placed(here, size, transposed(rotation(products(here, there, size), size), size), size);
}

// Axis limits that all these maps share.
export function sharedLimits(maps, dimsShown = 3) {
  const all = new Float32Array(maps.reduce((sum, map) => sum + map.length, 0));
  let at = 0;
  for (const map of maps) {
    all.set(map, at);
    at += map.length;
  }
  return limits(all, dimsShown);
}

function centered(table, dim) {
  const mean = columnMeans(table, dim), moved = Float64Array.from(table);
  for (let at = 0; at < moved.length;) for (let i = 0; i < dim; i++) moved[at++] -= mean[i];
  return moved;
}

// aᵀ · b, for tables of `dim` columns
function products(a, b, dim) {
  const sum = new Float64Array(dim * dim);
  addProducts(sum, a, b, a.length / dim, dim);
  return sum;
}

// a · b, for a matrix b of size · size
function times(a, b, size) {
  const columns = transposed(b, size);
  return Float64Array.from(a, (_, at) => dot(a, columns, size, at - at % size, (at % size) * size));
}

// The map of a centered table on axes that are rows.
function placed(table, dim, axes, found) {
  const n = table.length / dim, coords = new Float32Array(3 * n);
  for (let row = 0; row < n; row++) {
    for (let axis = 0; axis < found; axis++) coords[3 * row + axis] = dot(table, axes, dim, row * dim, axis * dim);
  }
  return coords;
}

function transposed(matrix, size) {
  return matrix.map((_, at) => matrix[(at % size) * size + Math.floor(at / size)]);
}

function identity(size) {
  return Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
}
