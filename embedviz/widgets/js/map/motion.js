// Coordinates that move: where the points are between where they were and where they go.

const mix = (a, b, t) => a + (b - a) * t;

export class Motion {
  constructor(count) {
    this.count = count;
    this.coords = null; // Float32Array(3n) of now; null: nothing has been shown
    this.moving = false;
    this.depth = 0; // 0: flat, 1: solid
  }

  // Go there in `duration` milliseconds; at once where nothing was before.
  go(coords, range, depth, duration, now) {
    const from = this.coords && { coords: this.coords.slice(), range: this.range, depth: this.depth };
    Object.assign(this, { from, goal: { coords, range, depth }, start: now, duration });
    this.moving = Boolean(from && duration > 0);
    if (!this.moving) this.arrive();
  }

  arrive() {
    Object.assign(this, this.goal, { from: null, moving: false });
  }

  // Where things are at this time.
  at(now) {
    const t = Math.min(Math.max((now - this.start) / this.duration, 0), 1);
    if (t === 1) {
      this.arrive();
      return;
    }
    const s = t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) * (1 - t), a = this.from.coords, b = this.goal.coords;
    const coords = (this.coords = this.between ??= new Float32Array(3 * this.count));
    for (let i = 0; i < coords.length; i++) coords[i] = a[i] + (b[i] - a[i]) * s;
    this.range = this.goal.range.map((ends, i) => ends.map((end, j) => mix(this.from.range[i][j], end, s)));
    this.depth = mix(this.from.depth, this.goal.depth, s);
  }
}
