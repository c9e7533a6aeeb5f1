// Shuffled batches of (item, context) pairs, as inputs/pairs.py makes them; drawn from a generator that Python has too,
// see inputs/seeded.py. Pairs are links: row r has the contexts indices[starts[r]], …, in rising order.

import { random } from "../space/random.js";

// What an epoch's own generator starts from, as train/loop.py has it; 0 is for where the tables start.
export const epochSeed = (seed, epoch) => (Math.imul(1000003, seed) + epoch) >>> 0;

// The numbers 0 … n − 1 in another order: sorted by numbers that are drawn, of 32 bits each, equal ones as they were.
export function shuffled(n, next) {
  const keys = Float64Array.from({ length: n }, (_, i) => next() * 2 ** 32 * n + i).sort();
  return Int32Array.from(keys, (key) => key % n);
}

export class Batches {
  constructor({ starts, indices }, contexts) {
    const items = new Int32Array(indices.length);
    for (let row = 0; row + 1 < starts.length; row++) items.fill(row, starts[row], starts[row + 1]);
    Object.assign(this, { starts, indices, items, rows: starts.length - 1, contexts });
  }

  get size() {
    return this.items.length;
  }

  // How many batches an epoch has.
  count(size) {
    return Math.ceil(this.size / size);
  }

  // The batches of an epoch: { items, contexts, positives }, the first so many of which are true pairs; to each of them
  // `negatives` of an item and a context are drawn. The last batch may be smaller.
  *epoch(seed, size, negatives = 0) {
    const next = random(seed), order = shuffled(this.size, next);
    for (let first = 0; first < order.length; first += size) {
      const rows = order.subarray(first, first + size), positives = rows.length, all = positives * (1 + negatives);
      const items = new Int32Array(all), contexts = new Int32Array(all);
      rows.forEach((row, i) => { items[i] = this.items[row]; contexts[i] = this.indices[row]; });
      if (negatives) this.draw(items.subarray(positives), contexts.subarray(positives), next);
      yield { items, contexts, positives };
    }
  }

  // Pairs at random; those that are true are drawn again, once.
  draw(items, contexts, next) {
    const any = (into, most, at) => at.forEach((i) => { into[i] = Math.floor(next() * most); });
    const every = Int32Array.from(items.keys());
    any(items, this.rows, every);
    any(contexts, this.contexts, every);
    const again = every.filter((i) => this.isPair(items[i], contexts[i]));
    any(items, this.rows, again);
    any(contexts, this.contexts, again);
  }

  isPair(item, context) {
    let low = this.starts[item], high = this.starts[item + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.indices[middle] < context) low = middle + 1;
      else high = middle;
    }
    return low < this.starts[item + 1] && this.indices[low] === context;
  }
}
