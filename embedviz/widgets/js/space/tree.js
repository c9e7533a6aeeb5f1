// A k-d tree over the points of a map: the nearest of each point without a look at all others.

const LEAF = 12; // points that are compared one by one

// coords: Float32Array of n · 3, of which the first `size` columns count; a point at NaN is not on the map.
export class Tree {
  constructor(coords, size) {
    this.size = size;
    this.rows = Int32Array.from({ length: coords.length / 3 }, (_, row) => row)
      .filter((row) => Number.isFinite(coords[3 * row]) && Number.isFinite(coords[3 * row + 1]));
    this.nodes = []; // of each: start and stop among the rows, its box, and its children or null
    if (this.rows.length) this.root = this.grow(coords, 0, this.rows.length);
    this.places = new Float64Array(size * this.rows.length); // in the order of the tree
    this.rows.forEach((row, i) => {
      for (let axis = 0; axis < size; axis++) this.places[size * i + axis] = coords[3 * row + axis];
    });
  }

  grow(coords, start, stop) {
    const { rows, size } = this, low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
    for (let i = start; i < stop; i++) {
      for (let axis = 0; axis < size; axis++) {
        const value = coords[3 * rows[i] + axis];
        if (value < low[axis]) low[axis] = value;
        if (value > high[axis]) high[axis] = value;
      }
    }
    let widest = 0;
    for (let axis = 1; axis < size; axis++) if (high[axis] - low[axis] > high[widest] - low[widest]) widest = axis;
    const one = !(high[widest] > low[widest]), node = { start, stop, low, high, one, left: null, right: null };
    if (one || stop - start <= LEAF) rows.subarray(start, stop).sort(); // then lower rows come first
    else {
      const middle = (start + stop) >> 1;
      split(rows, coords, widest, start, stop, middle);
      node.left = this.grow(coords, start, middle);
      node.right = this.grow(coords, middle, stop);
    }
    return node;
  }

  // Write the k rows nearest to a point into `into`, from `at` on, nearest first, of equally near ones the lower row;
  // the row `itself` is left out. Fewer than k, if there are no more: then −1.
  nearest(point, itself, k, into, at) {
    const found = { rows: new Int32Array(k).fill(-1), squares: new Float64Array(k).fill(Infinity), point, itself };
    if (this.root && k) this.search(this.root, this.away(this.root, point), found);
    into.set(found.rows, at);
  }

  search(node, away, found) {
    const last = found.squares.length - 1;
    if (away > found.squares[last]) return;
    if (!node.left) {
      this.compare(node, found);
      return;
    }
    const left = this.away(node.left, found.point), right = this.away(node.right, found.point);
    if (left <= right) this.search(node.left, left, found);
    this.search(node.right, right, found);
    if (left > right) this.search(node.left, left, found);
  }

  // The squared distance of a point from a node's box.
  away(node, point) {
    let sum = 0;
    for (let axis = 0; axis < this.size; axis++) {
      const place = point[axis], beyond = Math.max(node.low[axis] - place, place - node.high[axis], 0);
      sum += beyond * beyond;
    }
    return sum;
  }

  compare(node, { rows, squares, point, itself }) {
    const { size, places } = this, last = squares.length - 1;
    for (let i = node.start; i < node.stop; i++) {
      let square = 0;
      for (let axis = 0, at = size * i; axis < size; axis++) square += (places[at + axis] - point[axis]) ** 2;
      const row = this.rows[i];
      if (row === itself) continue;
      if (square > squares[last] || (square === squares[last] && row > rows[last])) {
        if (node.one) return; // all others there are as far, and come later
        continue;
      }
      let to = last;
      for (; to > 0 && (squares[to - 1] > square || (squares[to - 1] === square && rows[to - 1] > row)); to--) {
        squares[to] = squares[to - 1];
        rows[to] = rows[to - 1];
      }
      squares[to] = square;
      rows[to] = row;
    }
  }
}

// Put rows[start … stop) into such an order that none before `middle` is beyond it along an axis (Hoare's quickselect).
function split(rows, coords, axis, start, stop, middle) {
  let low = start, high = stop - 1;
  while (low < high) {
    const pivot = coords[3 * rows[(low + high) >> 1] + axis];
    let i = low, j = high;
    while (i <= j) {
      while (coords[3 * rows[i] + axis] < pivot) i++;
      while (coords[3 * rows[j] + axis] > pivot) j--;
      if (i > j) break;
      const row = rows[i];
      rows[i++] = rows[j];
      rows[j--] = row;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else return;
  }
}
