// hits@10: the share of the held-out contexts that come tenth or better among all that their item has not in training;
// of equally good ones each has the mean rank. As `ranks` of measure/ranking.py.

import { packed, packedRight, wide, workplace } from "./products.js";

const K = 10, BLOCK = 128; // items at a time

export class Hits {
  // train and held are links, see batches.js; contexts: how many there are; Type, simd: see products.js.
  constructor(train, held, contexts, dim, Type, simd) {
    const width = wide(contexts), sizes = [BLOCK * width, BLOCK * dim, width * dim];
    const { arrays, multiply } = workplace(sizes, Type, simd);
    const asked = Array.from({ length: held.starts.length - 1 }, (_, row) => row)
      .filter((row) => held.starts[row] < held.starts[row + 1]);
    Object.assign(this, { train, held, contexts, dim, width, arrays, multiply, asked });
  }

  // Vectors are row after row of `dim` numbers, whose dot product is the score.
  share(items, contexts) {
    const { dim, width, asked, arrays: [scores, left, right] } = this, block = new items.constructor(BLOCK * dim);
    packedRight(right, contexts, this.contexts, dim, 1, dim);
    let found = 0;
    for (let first = 0; first < asked.length; first += BLOCK) {
      const rows = asked.slice(first, first + BLOCK);
      rows.forEach((row, i) => block.set(items.subarray(row * dim, (row + 1) * dim), i * dim));
      packed(left, block, rows.length, dim, 1, dim);
      this.multiply(scores, width, left, right, wide(rows.length), width, dim);
      rows.forEach((row, i) => { found += this.among(row, scores.subarray(i * width, i * width + this.contexts)); });
    }
    return found / this.held.indices.length;
  }

  // How many of a row's held-out contexts have rank 10 or better.
  among(row, scores) {
    const of = ({ starts, indices }) => indices.subarray(starts[row], starts[row + 1]);
    for (const context of of(this.train)) scores[context] = -Infinity;
    let found = 0;
    for (const context of of(this.held)) {
      const own = scores[context];
      let better = 0, equal = 0;
      for (let i = 0; i < scores.length; i++) {
        better += scores[i] > own;
        equal += scores[i] === own; // itself, too
      }
      found += better + (equal + 1) / 2 <= K;
    }
    return found;
  }
}
