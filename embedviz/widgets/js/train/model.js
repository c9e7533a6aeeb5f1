// Two tables of vectors, and of each the rows that a batch is about: models/pair.py, with gradients written out.
// Tables, Adam's state, and what is multiplied as matrices, are of the type that is asked for; sums and gradients are
// float64.

import { random } from "../space/random.js";
import { epochSeed } from "./batches.js";
import { wide } from "./products.js";

const LEAST = 1e-12; // a length below counts as this, as in torch.nn.functional.normalize

export class Model {
  // Rows start uniform in [−init, init), the items' first.
  constructor({ items, contexts, dim, seed, init = 0.05, Type = Float32Array }) {
    const next = random(epochSeed(seed, 0)), start = () => (2 * next() - 1) * init;
    Object.assign(this, { items: new Table(items, dim, Type, start), contexts: new Table(contexts, dim, Type, start) });
  }
}

// Attributes: values, rows · dim; `used`, the different rows of the batch, `count` of them, row after row: `vectors`
// and `gradient`, count · width, in which what is beyond `dim` stays 0.
export class Table {
  constructor(rows, dim, Type, start) {
    Object.assign(this, { rows, dim, width: wide(dim), count: 0, steps: 0 });
    this.values = Type.from({ length: rows * dim }, start);
    for (const state of ["mean", "square"]) this[state] = new Type(rows * dim);
    this.slots = new Int32Array(rows).fill(-1);
    this.used = new Int32Array(rows);
    this.vectors = this.gradient = new Float64Array(0);
  }

  // Take the rows of a batch, each once: gives the place of each of `numbers` among them. `unit`: scaled to length 1.
  take(numbers, unit) {
    this.count = 0;
    const places = numbers.map((row) => {
      if (this.slots[row] < 0) {
        this.used[this.count] = row;
        this.slots[row] = this.count++;
      }
      return this.slots[row];
    });
    for (let i = 0; i < this.count; i++) this.slots[this.used[i]] = -1;
    const { dim, width, values } = this, size = this.count * width;
    if (this.vectors.length < size) {
      this.vectors = new this.values.constructor(size);
      this.gradient = new Float64Array(size);
      this.lengths = new Float64Array(this.count);
    }
    this.gradient.fill(0);
    for (let i = 0; i < this.count; i++) {
      const from = this.used[i] * dim, to = i * width;
      for (let k = 0; k < dim; k++) this.vectors[to + k] = values[from + k];
      if (unit) this.lengths[i] = scale(this.vectors, to, dim);
    }
    return places;
  }

  // From the gradient of the vectors of length 1 to that of the rows: what is along a row only makes it longer.
  throughLength() {
    const { dim, width, vectors, gradient, lengths } = this;
    for (let i = 0; i < this.count; i++) {
      const at = i * width, shrink = 1 / lengths[i];
      let along = 0;
      for (let k = at; k < at + dim; k++) along += vectors[k] * gradient[k];
      if (lengths[i] === LEAST) along = 0;
      for (let k = at; k < at + dim; k++) gradient[k] = (gradient[k] - along * vectors[k]) * shrink;
    }
  }
}

// All rows, of length 1 if the model compares cosines.
export function compared({ values, dim }, unit) {
  const vectors = values.slice();
  if (unit) for (let at = 0; at < vectors.length; at += dim) scale(vectors, at, dim);
  return vectors;
}

// A vector from `at` on gets length 1; gives the length that it had.
function scale(vectors, at, dim) {
  let squares = 0;
  for (let k = at; k < at + dim; k++) squares += vectors[k] * vectors[k];
  const length = Math.max(Math.sqrt(squares), LEAST), shrink = 1 / length; // to multiply takes less time than to divide
  for (let k = at; k < at + dim; k++) vectors[k] *= shrink;
  return length;
}
