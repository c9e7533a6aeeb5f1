// The largest of many numbers; those that differ by rounding only count as equal. As `largest` of space/neighbors.py.

const FIRST = 256; // numbers kept at first, beyond twice those wanted

// Finds the k largest of numbers that come in pieces, in the order of their rows. Few are kept: those that reach the
// k-th largest so far.
export class Nearest {
  constructor(k, tolerance) {
    this.k = k;
    this.tolerance = tolerance;
    this.floor = -Number.MAX_VALUE; // what a number must reach
    this.count = 0;
    this.resize(2 * k + FIRST);
  }

  resize(size) {
    const { values, rows } = this;
    this.values = new Float64Array(size);
    this.rows = new Int32Array(size);
    if (values) {
      this.values.set(values.subarray(0, this.count));
      this.rows.set(rows.subarray(0, this.count));
    }
  }

  // Take the numbers from[offset], …, `length` of them: those of the rows from `row` on. The row `out` is left out.
  add(from, offset, length, row, out) {
    if (!this.k) return;
    let { floor, values, rows, count } = this;
    for (let i = 0; i < length; i++) {
      const value = from[offset + i];
      if (value < floor || row + i === out) continue;
      if (count === values.length) {
        this.count = count;
        this.sift();
        ({ floor, values, rows, count } = this);
        if (value < floor) continue;
      }
      values[count] = value;
      rows[count++] = row + i;
    }
    this.count = count;
  }

  // Raise the floor to the k-th largest, and forget what lies below.
  sift() {
    const { values, rows } = this;
    this.floor = this.last() - this.tolerance;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (values[i] < this.floor) continue;
      values[kept] = values[i];
      rows[kept++] = rows[i];
    }
    this.count = kept;
    if (2 * kept > values.length) this.resize(2 * values.length); // many are equal
  }

  // The k-th largest of those kept.
  last() {
    return select(this.values.slice(0, this.count), this.count - this.k);
  }

  // Write rows and numbers of the k largest, largest first, of equal ones the lower row: from `place` on.
  write(rows, values, place) {
    const { k, tolerance } = this;
    if (!k) return;
    const last = this.last(), chosen = [];
    let ties = k;
    for (let i = 0; i < this.count; i++) if (this.values[i] > last + tolerance) ties--;
    for (let i = 0; i < this.count; i++) { // all above the k-th, and of those equal to it the first
      const above = this.values[i] - last;
      if (above > tolerance || (above >= -tolerance && ties-- > 0)) chosen.push(i);
    }
    chosen.sort((one, other) => this.values[other] - this.values[one] || one - other);
    for (let start = 0, stop; start < k; start = stop) { // numbers each of which equals the next are one group
      for (stop = start + 1; stop < k && this.near(chosen[stop - 1], chosen[stop]);) stop++;
      const group = chosen.slice(start, stop).sort((one, other) => one - other); // they came in the order of the rows
      for (let i = start; i < stop; i++) {
        rows[place + i] = this.rows[group[i - start]];
        values[place + i] = this.values[group[i - start]];
      }
    }
  }

  near(one, next) {
    return this.values[next] - this.values[one] >= -this.tolerance;
  }
}

// The place (1: the first) that each of `others` has when all numbers but that of `row` are put in the same order.
export function order(values, row, others, tolerance) {
  const sorted = values.filter((_, i) => i !== row).sort();
  return Int32Array.from(others, (other) => {
    let high = below(sorted, values[other]), low = high;
    while (high + 1 < sorted.length && sorted[high + 1] - sorted[high] <= tolerance) high++;
    while (low > 0 && sorted[low] - sorted[low - 1] <= tolerance) low--;
    let place = sorted.length - high;
    for (let i = 0; low < high && i < other; i++) {
      if (i !== row && values[i] >= sorted[low] && values[i] <= sorted[high]) place++;
    }
    return place;
  });
}

// How many of some sorted numbers are below one of them.
function below(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The number at place `at` if all were sorted (Hoare's quickselect); it puts them into another order.
function select(values, at) {
  let low = 0, high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const value = values[i];
      values[i++] = values[j];
      values[j--] = value;
    }
    if (at <= j) high = j;
    else if (at >= i) low = i;
    else break;
  }
  return values[at];
}
