// Arrays as compact.py has coded them for a page of its own, see there.

const UNIT = 2 ** -18; // of the entries of vectors of length 1

// The arrays that were coded together.
export function decode(group) {
  return KINDS[group.kind](group);
}

// Bytes that were stored by planes: all first ones of items of `count` bytes, then all second ones…
export function interleave(view, count) {
  const from = bytes(view), to = new Uint8Array(from.length), n = from.length / count;
  for (let plane = 0; plane < count; plane++) for (let i = 0; i < n; i++) to[i * count + plane] = from[plane * n + i];
  return new DataView(to.buffer);
}

const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

// Signed numbers from planes of bytes: 0, 1, 2, 3, … stand for 0, −1, 1, −2, …
function unfolded(planes) {
  const parts = planes.map(bytes), numbers = new Int32Array(parts[0].length);
  for (let i = 0; i < numbers.length; i++) {
    let folded = 0;
    for (let plane = 0; plane < parts.length; plane++) folded |= parts[plane][i] << (8 * plane);
    numbers[i] = (folded >>> 1) ^ -(folded & 1);
  }
  return numbers;
}

const KINDS = {
  vectors({ dim, planes, mantissas, exponents }) {
    const directions = unfolded(planes), rows = new Float32Array(directions.length);
    for (let row = 0; row * dim < rows.length; row++) {
      const mantissa = (1 + mantissas.getUint16(2 * row, true) / 65536) / 2;
      const length = mantissa * 2 ** exponents.getInt16(2 * row, true);
      for (let i = row * dim; i < (row + 1) * dim; i++) rows[i] = directions[i] * UNIT * length;
    }
    return [rows];
  },

  neighbors({ shape: [n, k], last, places, others }) { // backwards in time
    const lists = [Int32Array.from({ length: n * k }, (_, i) => last.getInt32(4 * i, true))];
    let other = 0;
    for (const epoch of places.map(bytes)) {
      const following = lists.at(-1), now = new Int32Array(n * k);
      for (let row = 0; row < n; row++) {
        const left = Array.from(following.subarray(row * k, (row + 1) * k));
        for (let i = row * k; i < (row + 1) * k; i++) {
          now[i] = epoch[i] < k ? left.splice(epoch[i], 1)[0] : others.getInt32(4 * other++, true);
        }
      }
      lists.push(now);
    }
    return lists;
  },

  similarities({ shape: [n, k], columns }) {
    const steps = columns.map((column) => new Int8Array(column.buffer, column.byteOffset, column.byteLength));
    const hundredths = new Int8Array(steps[0].length * k), lists = [];
    for (let i = steps[0].length - 1; i >= 0; i--) { // the first of a row needs that of the next epoch
      const following = i + n < steps[0].length ? hundredths[(i + n) * k] : 0;
      for (let j = 0; j < k; j++) hundredths[i * k + j] = steps[j][i] + (j ? hundredths[i * k + j - 1] : following);
    }
    for (let at = 0; at < hundredths.length; at += n * k) {
      lists.push(Float32Array.from(hundredths.subarray(at, at + n * k), (value) => value / 100));
    }
    return lists;
  },

  coordinates({ steps, scales, moves }) { // backwards in time
    let known = null;
    return moves.map((planes, epoch) => {
      const { low, unit } = scales[epoch], axes = low.length;
      const expected = (i) => Math.min(Math.max(Math.floor((known[i] - low[i % axes]) / unit + 0.5), 0), steps);
      known = Float64Array.from(unfolded(planes), (move, i) =>
        low[i % axes] + (move + (known ? expected(i) : 0)) * unit);
      return Float32Array.from(known);
    });
  },
};
