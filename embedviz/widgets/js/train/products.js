// Products of matrices, which is half of what the training is. Both factors are first laid out as they will be read;
// then sixteen or thirty-two sums at a time stay in the processor's registers.

import { assembled } from "./assembler.js";

const ROWS = 4; // of the left factor, that are multiplied together
const BYTES = 32; // of a row of the right factor's columns, that are: four numbers of float64, or eight of float32

// A size in whole steps of both.
export const wide = (size) => Math.ceil(size / 8) * 8;

// The rows of a left factor in fours, and of four all first numbers, then all second ones…; beyond the last row are
// zeros. `along` and `down` say how far apart in `from` the neighbors in a row, and in a column, are.
export function packed(into, from, rows, depth, along, down, together = ROWS) {
  for (let first = 0; first < wide(rows); first += ROWS) {
    const many = rows - first, inside = first % together;
    let at = first * down, to = (first - inside) * depth + inside;
    if (many >= ROWS) {
      for (let k = 0; k < depth; k++, at += along, to += together) {
        into[to] = from[at];
        into[to + 1] = from[at + down];
        into[to + 2] = from[at + 2 * down];
        into[to + 3] = from[at + 3 * down];
      }
    } else {
      for (let k = 0; k < depth; k++, at += along, to += together) {
        for (let i = 0; i < ROWS; i++) into[to + i] = i < many ? from[at + i * down] : 0;
      }
    }
  }
}

// The same of a right factor, whose rows are the columns of the product: in fours, or eights.
export function packedRight(into, from, rows, depth, along, down) {
  packed(into, from, rows, depth, along, down, BYTES / into.BYTES_PER_ELEMENT);
}

// Arrays of so many numbers, and the function that multiplies what is packed in them:
// multiply(into, width, left, right, rows, columns, depth): into[i · width + j] becomes the dot product of row i of
// `left` and row j of `right`. All sizes but depth are wide(…). Where the browser lets us (WebAssembly's SIMD) the
// arrays are of the type that is asked for, Float32Array being twice as fast as Float64Array; or else they are
// Float64Array, and JavaScript does the sums, which takes several times as long.
export function workplace(sizes, Type = Float64Array, simd = true) {
  const size = Type.BYTES_PER_ELEMENT, bytes = sizes.map((count) => Math.ceil((size * count) / BYTES) * BYTES);
  try {
    if (!simd) throw new Error("not wanted");
    const total = bytes.reduce((sum, one) => sum + one, 0);
    const memory = new WebAssembly.Memory({ initial: Math.ceil(total / 65536) || 1 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assembled(size)), { page: { memory } });
    let at = 0;
    const arrays = sizes.map((count, i) => new Type(memory.buffer, (at += bytes[i]) - bytes[i], count));
    const multiply = (into, width, left, right, rows, columns, depth) => exports.multiply(
      into.byteOffset, size * width, left.byteOffset, right.byteOffset, rows, size * columns, depth);
    return { arrays, multiply };
  } catch { // an old browser, or a page that forbids it
    return { arrays: sizes.map((count) => new Float64Array(count)), multiply };
  }
}

export function multiply(into, width, left, right, rows, columns, depth) {
  const step = ROWS * depth;
  for (let i = 0, start = 0; i < rows; i += 2, start = (i >> 2) * step + (i & 2)) { // two rows of four: else too many
    for (let j = 0, b = 0; j < columns; j += ROWS) {
      let a = start, s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
      for (let k = 0; k < depth; k++, a += ROWS, b += ROWS) {
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
