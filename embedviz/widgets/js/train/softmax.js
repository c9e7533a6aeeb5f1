// The in-batch softmax over cosines, as `sampled_softmax_loss` of models/losses.py: each item of the batch must pick
// its own context among all those of the batch; copies of its own, elsewhere in the batch, are no negatives.
//
// A batch has some items and contexts several times: their scores are computed once. With m copies of a context of
// frequency q, its column has the weight w = m / q (logQ) or m; a row's sum is Σ w e^(s/τ), less the copies of its own.

import { packed, packedRight, wide, workplace } from "./products.js";

export class InBatchSoftmax {
  // frequency: of each context, its share of all pairs; size: of the largest batch; Type, simd: see products.js.
  constructor(model, frequency, size, Type, simd) {
    const most = wide(size), deep = Math.max(most, wide(model.items.dim));
    const sizes = [most * most, deep * most, deep * deep, most * model.items.width];
    const { arrays: [scores, left, right, product], multiply } = workplace(sizes, Type, simd);
    Object.assign(this, { model, frequency, multiply, scores, left, right, product });
    for (const name of ["weights", "copies", "shares", "sums"]) this[name] = new Float64Array(most);
  }

  // The loss of a batch, in nats; the gradients are left in the model's tables.
  step({ items, contexts }, { temperature, logQ }) {
    const { model: { items: u, contexts: v }, scores, weights, copies, shares, sums } = this, size = items.length;
    const rows = u.take(items, true), columns = v.take(contexts, true), width = wide(v.count);
    copies.fill(0);
    shares.fill(0);
    for (const column of columns) copies[column]++;
    for (let j = 0; j < v.count; j++) weights[j] = logQ ? copies[j] / this.frequency[v.used[j]] : copies[j];
    this.score(u, v, width);
    for (let i = 0; i < u.count; i++) sums[i] = raised(scores, i * width, v.count, temperature, weights);
    let loss = 0;
    for (let b = 0; b < size; b++) {
      const own = scores[rows[b] * width + columns[b]], one = own / copies[columns[b]]; // of all copies; of one
      const sum = sums[rows[b]] - (own - one);
      loss += Math.log(sum / one);
      shares[rows[b]] += 1 / sum;
    }
    this.slopes(rows, columns, u.count, v.count, width, 1 / (size * temperature));
    this.gradients(u, v, width);
    return loss / size;
  }

  // The cosines of all items with all contexts.
  score(u, v, width) {
    packed(this.left, u.vectors, u.count, u.dim, 1, u.width);
    packedRight(this.right, v.vectors, v.count, v.dim, 1, v.width);
    this.multiply(this.scores, width, this.left, this.right, wide(u.count), width, u.dim);
  }

  // From w e^(s/τ) to the gradient of the scores: their shares of all sums, less what each pair takes off its own.
  slopes(rows, columns, items, contexts, width, factor) {
    const { scores, shares, sums, copies } = this, less = new Float64Array(rows.length);
    for (let b = 0; b < rows.length; b++) {
      const own = scores[rows[b] * width + columns[b]], others = own - own / copies[columns[b]];
      less[b] = (others / (sums[rows[b]] - others) + 1) * factor;
    }
    for (let i = 0; i < items; i++) {
      const share = shares[i] * factor, end = i * width + contexts;
      for (let at = i * width; at < end; at++) scores[at] *= share;
    }
    for (let b = 0; b < rows.length; b++) scores[rows[b] * width + columns[b]] -= less[b];
  }

  // From the gradient of the scores to those of the rows.
  gradients(u, v, width) {
    const { scores, left, right, product } = this;
    const through = (table, other, along, down) => {
      packed(left, scores, table.count, other.count, along, down);
      packedRight(right, other.vectors, table.dim, other.count, other.width, 1);
      this.multiply(product, table.width, left, right, wide(table.count), table.width, other.count);
      table.gradient.set(product.subarray(0, table.count * table.width));
      table.throughLength();
    };
    through(u, v, 1, width);
    through(v, u, width, 1);
  }
}

// e^x at steps of 1/256. From the nearest a few terms of the series lead to any x, as exactly as Math.exp and in much
// less time.
const STEPS = 256, END = 50;
const POWERS = Float64Array.from({ length: 2 * END * STEPS + 1 }, (_, i) => Math.exp(i / STEPS - END));

// Scores s become w e^(s/τ); gives their sum.
function raised(scores, start, count, temperature, weights) {
  const quick = temperature * (END - 1) > 1, sharp = 1 / temperature; // cosines are from −1 to 1, but for rounding
  let sum = 0;
  for (let j = 0; j < count; j++) {
    const x = scores[start + j] * sharp;
    let power;
    if (quick) {
      const at = (STEPS * (x + END) + 0.5) | 0, r = x + END - at / STEPS;
      power = POWERS[at] * (1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24)))));
    } else power = Math.exp(x);
    scores[start + j] = weights[j] * power;
    sum += scores[start + j]; // as it is kept there
  }
  return sum;
}
