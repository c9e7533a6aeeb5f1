// Which point is under the pointer: the points of the screen in square cells, so that a million need not be asked.

const CELL = 20; // CSS pixels

export class Grid {
  // The points in view; those at NaN are not.
  constructor(x, y, inner) {
    Object.assign(this, { x, y, inner });
    this.columns = Math.ceil(inner.width / CELL) + 1;
    this.rows = Math.ceil(inner.height / CELL) + 1;
    const starts = (this.starts = new Uint32Array(this.columns * this.rows + 1)), cells = new Int32Array(x.length);
    for (let i = 0; i < x.length; i++) {
      cells[i] = inside(x[i], y[i], inner) ? this.row(y[i]) * this.columns + this.column(x[i]) : -1;
      if (cells[i] >= 0) starts[cells[i] + 1]++;
    }
    for (let k = 1; k < starts.length; k++) starts[k] += starts[k - 1];
    this.members = new Uint32Array(starts[starts.length - 1]);
    const next = starts.slice();
    for (let i = 0; i < x.length; i++) if (cells[i] >= 0) this.members[next[cells[i]]++] = i;
  }

  column(x) {
    return Math.min(Math.max(Math.floor((x - this.inner.left) / CELL), 0), this.columns - 1);
  }

  row(y) {
    return Math.min(Math.max(Math.floor((y - this.inner.top) / CELL), 0), this.rows - 1);
  }

  // The nearest point not further than its own reach(row), of which none is more than `most`; −1: there is none.
  nearest(x, y, reach, most) {
    let best = -1, least = Infinity;
    for (let r = this.row(y - most); r <= this.row(y + most); r++) {
      const start = r * this.columns, end = this.starts[start + this.column(x + most) + 1];
      for (let k = this.starts[start + this.column(x - most)]; k < end; k++) {
        const i = this.members[k], distance = (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2;
        if (distance < least && distance <= reach(i) ** 2) [best, least] = [i, distance];
      }
    }
    return best;
  }
}

export function inside(x, y, { left, top, width, height }) {
  return x >= left && x <= left + width && y >= top && y <= top + height;
}
