// How far a map can be trusted: which neighbors it keeps, which it tears away, and which it makes up.
// Vectors are a Float32Array of n · dim numbers, maps one of n · 3, of which `dimsShown` columns are drawn.

import { dot } from "./linear.js";
import { drawn } from "./random.js";
import { Nearest } from "./ranking.js";
import { Tree } from "./tree.js";
import { nearestOfAll, rounding, unitRows } from "./vectors.js";

const SAMPLE = 1000; // points that trustworthiness and continuity are the mean of, at most

// The k points nearest to that of `row` on a map, nearest first, of equally near ones the lower row. In float32, as
// NumPy computes them, so that the same are equally near.
export function nearOnMap(coords, dimsShown, row, k) {
  const n = coords.length / 3, distances = new Float32Array(n), there = [], float = Math.fround;
  for (let other = 0; other < n; other++) {
    let sum = 0;
    for (let axis = 0; axis < dimsShown; axis++) {
      const apart = float(coords[3 * other + axis] - coords[3 * row + axis]);
      sum = float(sum + float(apart * apart));
    }
    distances[other] = sum;
    if (other !== row && !Number.isNaN(sum)) there.push(other);
  }
  return Int32Array.from(there.sort((a, b) => distances[a] - distances[b] || a - b).slice(0, k));
}

// The k points nearest to each of some rows (null: of all) on a map, k for each, nearest first, of equally near ones
// the lower row; −1 where there are no more.
export function nearestOnMap(coords, dimsShown, k, rows = null) {
  const tree = new Tree(coords, dimsShown), asked = rows ?? drawn(coords.length / 3, null, 0);
  const found = new Int32Array(asked.length * k);
  asked.forEach((row, i) => tree.nearest(coords.subarray(3 * row, 3 * row + dimsShown), row, k, found, i * k));
  return found;
}

// What the map does to the k nearest of each point (fewer than k, if there are not so many others):
// - kept: the share of a point's k nearest by cosine that are among its k nearest on the map; NaN for a row that is not
//   measured. The mean is Q_NX(k) of Lee & Verleysen (Neurocomputing 72, 2009).
// - trust and continuity (Venna & Kaski, Neural Networks 19, 2006), 0 to 1, the mean over at most 1,000 points; of at
//   most (n − 1) / 2 neighbors, since they are not defined for more; null for fewer than 3 names.
// - sampled: how many rows are measured; 0 for all.
// sample: how many to draw (null: all); rows: which to measure, in place of a draw.
export function measures(vectors, dim, coords, dimsShown, { k = 10, sample = null, seed = 0, rows = null } = {}) {
  const n = vectors.length / dim, unit = unitRows(vectors, dim);
  const near = Math.min(k, n - 1), few = Math.min(k, (n - 1) >> 1);
  const asked = rows ?? drawn(n, sample, seed), some = asked.length > SAMPLE ? drawn(n, SAMPLE, seed) : asked;
  const kept = new Float32Array(n).fill(NaN);
  if (near) {
    const truly = nearestOfAll(unit, dim, near, asked).rows, shown = nearestOnMap(coords, dimsShown, near, asked);
    asked.forEach((row, i) => {
      const there = shown.subarray(i * near, (i + 1) * near);
      kept[row] = truly.subarray(i * near, (i + 1) * near).filter((one) => there.includes(one)).length / near;
    });
  }
  const [trust, continuity] = few ? trustAndContinuity(unit, dim, coords, dimsShown, few, rows ?? some) : [null, null];
  return { kept, trust, continuity, sampled: asked.length < n ? asked.length : 0 };
}

// A false neighbor costs its rank among the true ones minus k, one torn away its rank on the map minus k; the sums are
// scaled so that the worst map has 0. A rank counts those that are nearer, not those that are equally near.
function trustAndContinuity(unit, dim, coords, dimsShown, k, rows) {
  const n = unit.length / dim, truly = { nearness: new Float64Array(n), tolerance: rounding(dim) };
  const shown = { nearness: new Float64Array(n), tolerance: 0 };
  let made = 0, torn = 0;
  for (const row of rows) {
    for (let other = 0; other < n; other++) truly.nearness[other] = dot(unit, unit, dim, row * dim, other * dim);
    shown.tolerance = rounding(dimsShown) * closeness(coords, dimsShown, row, shown.nearness);
    truly.nearness[row] = shown.nearness[row] = -Infinity; // none is its own neighbor
    const nearTruly = largest(truly, k, row), nearShown = largest(shown, k, row);
    made += excess(nearShown, nearTruly, truly, k);
    torn += excess(nearTruly, nearShown, shown, k);
  }
  return [made, torn].map((cost) => 1 - cost / (rows.length * k * (2 * n - 3 * k - 1) / 2));
}

// Writes the squared distances on the map, negative: the larger, the nearer. Gives the largest distance.
function closeness(coords, dimsShown, row, nearness) {
  const [x, y, z] = coords.subarray(3 * row), third = dimsShown > 2 ? 1 : 0;
  let most = 0;
  for (let other = 0, at = 0; other < nearness.length; other++, at += 3) {
    const right = coords[at] - x, up = coords[at + 1] - y, toward = third * (coords[at + 2] - z);
    const square = right * right + up * up + toward * toward;
    nearness[other] = -square;
    if (square > most) most = square;
  }
  return most;
}

function largest({ nearness, tolerance }, k, row) {
  const found = new Nearest(k, tolerance), rows = new Int32Array(k);
  found.add(nearness, 0, nearness.length, 0, row);
  found.write(rows, new Float64Array(k), 0);
  return rows;
}

// By how much the ranks of some neighbors exceed k, in sum. Those that are among the k nearest there have none higher.
function excess(neighbors, nearThere, { nearness, tolerance }, k) {
  let sum = 0;
  for (const neighbor of neighbors) {
    if (nearThere.includes(neighbor)) continue;
    const least = nearness[neighbor] + tolerance;
    let rank = 1;
    for (let other = 0; other < nearness.length; other++) rank += Number(nearness[other] > least); // quicker than an if
    sum += Math.max(rank - k, 0);
  }
  return sum;
}
