// Products of matrices, which is what nine tenths of the training are. Both factors are first laid out as they will be
// read, in fours; then sixteen sums at a time stay in the processor's registers.

import { assembled } from "./assembler.js";

export const WIDE = 4;

export const wide = (size) => Math.ceil(size / WIDE) * WIDE;

// The rows of a matrix in fours, and of four all first numbers, then all second ones…; beyond the last row are zeros.
// `along` and `down` say how far apart in `from` the neighbors in a row, and in a column, are.
export function packed(into, from, rows, depth, along, down) {
  for (let first = 0, to = 0; first < rows; first += WIDE) {
    const full = first + WIDE <= rows, start = first * down;
    for (let k = 0, at = start; k < depth; k++, at += along, to += WIDE) {
      into[to] = from[at];
      into[to + 1] = full || first + 1 < rows ? from[at + down] : 0;
      into[to + 2] = full || first + 2 < rows ? from[at + 2 * down] : 0;
      into[to + 3] = full ? from[at + 3 * down] : 0;
    }
  }
}

// Arrays of so many numbers (Float64Array), and the function that multiplies what is packed in them:
// multiply(into, width, left, right, rows, columns, depth): into[i · width + j] becomes the dot product of row i of
// `left` and row j of `right`. All sizes but depth are whole fours. Two numbers at a time where the browser lets us
// (WebAssembly's SIMD), or else the same sums by JavaScript, which takes some three times as long.
export function workplace(sizes, simd = true) {
  const bytes = sizes.map((size) => Math.ceil(size / 2) * 16), total = bytes.reduce((sum, size) => sum + size, 0);
  try {
    if (!simd) throw new Error("not wanted");
    const memory = new WebAssembly.Memory({ initial: Math.ceil(total / 65536) || 1 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assembled()), { page: { memory } });
    let at = 0;
    const arrays = sizes.map((size, i) => new Float64Array(memory.buffer, (at += bytes[i]) - bytes[i], size));
    const multiply = (into, width, left, right, rows, columns, depth) =>
      exports.multiply(into.byteOffset, 8 * width, left.byteOffset, right.byteOffset, rows, 8 * columns, depth);
    return { arrays, multiply };
  } catch { // an old browser, or a page that forbids it
    return { arrays: sizes.map((size) => new Float64Array(size)), multiply };
  }
}

export function multiply(into, width, left, right, rows, columns, depth) {
  const step = WIDE * depth;
  for (let i = 0, start = 0; i < rows; i += 2, start = (i >> 2) * step + (i & 2)) { // two rows of four: else too many
    for (let j = 0, b = 0; j < columns; j += WIDE) {
      let a = start, s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
      for (let k = 0; k < depth; k++, a += WIDE, b += WIDE) {
        const x = left[a], y = left[a + 1], u = right[b], v = right[b + 1], w = right[b + 2], z = right[b + 3];
        s00 += x * u; s01 += x * v; s02 += x * w; s03 += x * z;
        s10 += y * u; s11 += y * v; s12 += y * w; s13 += y * z;
      }
      const p = i * width + j, q = p + width;
      into[p] = s00; into[p + 1] = s01; into[p + 2] = s02; into[p + 3] = s03;
      into[q] = s10; into[q + 1] = s11; into[q + 2] = s12; into[q + 3] = s13;
    }
  }
}
