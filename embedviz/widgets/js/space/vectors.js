// Exact nearest neighbors by cosine similarity, computed and compared in float64, as space/neighbors.py does.
//
// Vectors are one array, row after row of `dim` numbers; those that are asked are of length 1 (unitRows), or all 0.

import { Nearest, order } from "./ranking.js";

const TOGETHER = 4; // queries that share one pass over the rows: each row's numbers are then read once for all of them
const BLOCK = 256; // rows between two looks at what was found: their similarities stay in the processor's cache

// How far two similarities may differ that are equal but for rounding; unit vectors of `dim` numbers, in float64.
export const rounding = (dim) => 4 * (dim + 4) * Number.EPSILON;

// The rows scaled to length 1, as a Float64Array; a row of zeros stays.
export function unitRows(vectors, dim) {
  const unit = new Float64Array(vectors.length);
  for (let start = 0; start < vectors.length; start += dim) {
    let size = 0, squares = 0;
    for (let i = start; i < start + dim; i++) size = Math.max(size, Math.abs(vectors[i]));
    if (!size) continue;
    for (let i = start; i < start + dim; i++) { // the square of 1e200 would be infinite
      unit[i] = vectors[i] / size;
      squares += unit[i] * unit[i];
    }
    const length = Math.sqrt(squares);
    for (let i = start; i < start + dim; i++) unit[i] /= length;
  }
  return unit;
}

// The similarity of each row with a query: the number of a row, or a vector of length 1. Float64Array.
export function similarities(unit, dim, query) {
  const n = unit.length / dim, found = new Float64Array(n), vector = vectorOf(unit, dim, query);
  for (let row = 0, i = 0; row < n; row++) {
    let sum = 0;
    for (let j = 0; j < dim; j++, i++) sum += unit[i] * vector[j];
    found[row] = sum;
  }
  return found;
}

// The k rows most similar to a query (as above), most similar first; a row is not among its own. Of rows that are
// equally similar, but for rounding, the lower comes first. Fewer than k, if there are no more.
export function nearest(unit, dim, query, k) {
  const itself = typeof query === "number" ? query : -1, all = similarities(unit, dim, query);
  const most = Math.min(k, all.length - (itself >= 0)), found = new Nearest(most, rounding(dim));
  found.add(all, 0, all.length, 0, itself);
  const rows = new Int32Array(most), values = new Float32Array(most);
  found.write(rows, values, 0);
  return { rows, similarities: values };
}

// The same for many rows at once (null: for all), quicker than one by one: { rows, similarities, k }, the first two
// with k (fewer than asked for, if there are no more) for each, one after the other.
export function nearestOfAll(unit, dim, k, rows = null) {
  const n = unit.length / dim, asked = rows ?? Int32Array.from({ length: n }, (_, row) => row);
  const most = Math.max(Math.min(k, n - 1), 0), m = asked.length;
  const numbers = new Int32Array(m * most), values = new Float32Array(m * most);
  const packed = new Float64Array(TOGETHER * dim), block = new Float64Array(TOGETHER * BLOCK);
  for (let first = 0; first < m; first += TOGETHER) {
    const count = Math.min(TOGETHER, m - first);
    const found = Array.from({ length: count }, () => new Nearest(most, rounding(dim)));
    pack(unit, dim, asked, first, packed);
    for (let start = 0; start < n; start += BLOCK) {
      const stop = Math.min(start + BLOCK, n);
      multiply(unit, dim, start, stop, packed, block);
      for (let q = 0; q < count; q++) found[q].add(block, q * BLOCK, stop - start, start, asked[first + q]);
    }
    for (let q = 0; q < count; q++) found[q].write(numbers, values, (first + q) * most);
  }
  return { rows: numbers, similarities: values, k: most };
}

// The place that each of some other rows has among the nearest of a row: 1 for the nearest. Int32Array.
export function rankOf(unit, dim, row, others) {
  return order(similarities(unit, dim, row), row, others, rounding(dim));
}

function vectorOf(unit, dim, query) {
  if (typeof query === "number") return unit.subarray(query * dim, (query + 1) * dim);
  if (query.length !== dim) throw new Error(`a query of ${query.length} numbers: the vectors have ${dim}`);
  return query;
}

// Some queries side by side, number by number; the last stands for those that are lacking.
function pack(unit, dim, asked, first, packed) {
  for (let q = 0; q < TOGETHER; q++) {
    const start = asked[Math.min(first + q, asked.length - 1)] * dim;
    for (let j = 0; j < dim; j++) packed[j * TOGETHER + q] = unit[start + j];
  }
}

// The similarities of the rows from start to stop with TOGETHER = 4 queries: those of query q are from q * BLOCK on.
function multiply(unit, dim, start, stop, packed, block) {
  let i = start * dim;
  for (let row = 0; row < stop - start; row++) {
    let a = 0, b = 0, c = 0, d = 0;
    for (let j = 0; j < 4 * dim; j += 4, i++) {
      const value = unit[i];
      a += value * packed[j];
      b += value * packed[j + 1];
      c += value * packed[j + 2];
      d += value * packed[j + 3];
    }
    block[row] = a;
    block[BLOCK + row] = b;
    block[2 * BLOCK + row] = c;
    block[3 * BLOCK + row] = d;
  }
}
