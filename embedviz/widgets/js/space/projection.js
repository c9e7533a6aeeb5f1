// From many dimensions to a map at once: PCA, and an axis from one meaning to another.
// Vectors are a Float32Array of n · dim numbers, maps a Float32Array of n · 3, in which unused columns are 0.

import { addProducts, dot, eigen, leading } from "./linear.js";
import { unitRows } from "./vectors.js";

const SMALL = 256; // dimensions of which the covariance is written down and solved in full
const BLOCK = 256; // rows centered at a time

// The `count` directions of greatest variance, by falling variance, and the share of all variance on each. An axis
// points to where its largest loading is positive. Two names lie on a line: then the other columns are 0.
export function pca(vectors, dim, count) {
  const { mean, axes, found } = principalAxes(vectors, dim, count);
  const coords = projected(vectors, dim, mean, axes, found);
  const n = vectors.length / dim, all = spread(vectors, dim, mean), shares = [];
  for (let axis = 0; axis < count; axis++) {
    let sum = 0, squares = 0;
    for (let row = 0; row < n; row++) {
      sum += coords[3 * row + axis];
      squares += coords[3 * row + axis] ** 2;
    }
    shares.push(Math.max(squares - sum * sum / n, 0) / n / Math.max(all, 1e-12));
  }
  return { coords, shares };
}

// What `pca` projects with, to place other vectors on the same map: the mean, and the axes, one in each of `found`
// rows: fewer than `count` where there are not so many names or dimensions.
export function principalAxes(vectors, dim, count) {
  const found = Math.min(count, dim, vectors.length / dim), mean = columnMeans(vectors, dim);
  const all = dim <= SMALL ? eigen(covariance(vectors, dim, mean), dim).vectors
    : leading((x) => covarianceTimes(vectors, dim, mean, x), dim, found);
  const axes = all.slice(0, found * dim);
  for (let axis = 0; axis < found; axis++) {
    const loadings = axes.subarray(axis * dim, (axis + 1) * dim);
    const largest = loadings.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    if (largest < 0) loadings.forEach((value, i) => (loadings[i] = -value));
  }
  return { mean, axes, found };
}

export function columnMeans(vectors, dim) {
  const mean = new Float64Array(dim), n = vectors.length / dim;
  for (let row = 0, at = 0; row < n; row++) for (let i = 0; i < dim; i++) mean[i] += vectors[at++];
  return mean.map((sum) => sum / n);
}

// Where vectors lie on `found` axes, as a map.
export function projected(vectors, dim, mean, axes, found) {
  const n = vectors.length / dim, coords = new Float32Array(3 * n), centered = new Float64Array(dim);
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < dim; i++) centered[i] = vectors[row * dim + i] - mean[i];
    for (let axis = 0; axis < found; axis++) coords[3 * row + axis] = dot(centered, axes, dim, 0, axis * dim);
  }
  return coords;
}

// A map whose first axis leads from one meaning to another: 0 at the mean of the rows `start`, 1 at that of `end`, all
// vectors scaled to length 1. The other axes are the principal components of what is left without that direction.
export function direction(vectors, dim, startRows, endRows, count) {
  if (!startRows.length || !endRows.length) throw new Error("a direction needs at least one name at each end");
  const n = vectors.length / dim, unit = Float32Array.from(unitRows(vectors, dim));
  const a = meanOf(unit, dim, startRows), step = meanOf(unit, dim, endRows).map((value, i) => value - a[i]);
  const length = dot(step, step, dim), along = new Float32Array(n), difference = new Float64Array(dim);
  if (length < 1e-12) throw new Error("both ends of the direction are at the same place: choose others");
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < dim; i++) difference[i] = unit[row * dim + i] - a[i];
    along[row] = dot(difference, step, dim) / length;
    for (let i = 0; i < dim; i++) unit[row * dim + i] -= along[row] * step[i]; // what is left
  }
  const others = Math.min(count, dim, n) - 1, coords = new Float32Array(3 * n);
  const rest = others > 0 ? pca(unit, dim, others).coords : coords;
  for (let row = 0; row < n; row++) coords.set([along[row], rest[3 * row], rest[3 * row + 1]], 3 * row);
  return { coords };
}

// Axis limits, [low, high] for each of the three columns, a little beyond the points; those at NaN are not drawn. On a
// flat map the third are [−1, 1], and so is every axis with no point on it.
export function limits(coords, dimsShown, margin = 0.04) {
  return [0, 1, 2].map((axis) => {
    let low = Infinity, high = -Infinity;
    for (let at = axis; axis < dimsShown && at < coords.length; at += 3) {
      if (coords[at] < low) low = coords[at];
      if (coords[at] > high) high = coords[at];
    }
    const room = (high > low ? high - low : 1) * margin;
    return low > high ? [-1, 1] : [low - room, high + room];
  });
}

function meanOf(unit, dim, rows) {
  const mean = new Float64Array(dim);
  for (const row of rows) for (let i = 0; i < dim; i++) mean[i] += unit[row * dim + i] / rows.length;
  return mean;
}

// The sum of the variances of all columns.
function spread(vectors, dim, mean) {
  let sum = 0;
  for (let at = 0, i = 0; at < vectors.length; at++, i = i + 1 < dim ? i + 1 : 0) sum += (vectors[at] - mean[i]) ** 2;
  return sum * dim / vectors.length;
}

// The covariance, up to a factor. Centered first: a small cloud far out would be lost.
function covariance(vectors, dim, mean) {
  const sum = new Float64Array(dim * dim), n = vectors.length / dim, block = new Float64Array(BLOCK * dim);
  for (let first = 0; first < n; first += BLOCK) {
    const rows = Math.min(BLOCK, n - first);
    for (let at = 0; at < rows * dim;) {
      for (let i = 0; i < dim; i++, at++) block[at] = vectors[first * dim + at] - mean[i];
    }
    addProducts(sum, block, block, rows, dim);
  }
  return sum;
}

// The same times a vector, without the covariance.
function covarianceTimes(vectors, dim, mean, x) {
  const product = new Float64Array(dim), row = new Float64Array(dim);
  for (let at = 0; at < vectors.length; at += dim) {
    for (let i = 0; i < dim; i++) row[i] = vectors[at + i] - mean[i];
    const along = dot(row, x, dim);
    for (let i = 0; i < dim; i++) product[i] += along * row[i];
  }
  return product;
}
