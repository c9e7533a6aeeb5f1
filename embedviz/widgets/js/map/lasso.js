// A loop around points: drawn by a pointer, or set corner by corner with a cross that the arrow keys move.

const STEP = 10, FAST = 5; // CSS pixels that the cross moves, and how much faster with Shift
const KEYS = "Lasso. The arrow keys move the cross, with Shift faster. Enter sets a corner, L closes the loop, "
  + "Escape gives up.";
const CLOSE = 9; // as near to the first corner, Enter closes the loop

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export class Lasso {
  // say(text) tells a screen reader; changed() after every change; done(outline) with a closed loop.
  constructor({ say, changed, done }) {
    Object.assign(this, { say, changed, done, on: false, outline: [], cross: null, drawing: false });
  }

  // Wait for a loop; `at`: by keys, the cross starts there.
  start(at = null) {
    Object.assign(this, { on: true, outline: [], cross: at, drawing: false });
    if (at) this.say(KEYS);
    this.changed();
  }

  stop() {
    Object.assign(this, { on: false, outline: [], cross: null, drawing: false });
    this.changed();
  }

  finish() {
    const { outline } = this;
    this.stop();
    if (outline.length > 2) this.done(outline);
    else this.say("No loop: it takes three corners.");
  }

  // --- by pointer

  press(x, y) {
    Object.assign(this, { outline: [[x, y]], cross: null, drawing: true });
  }

  move(x, y) {
    const [lastX, lastY] = this.outline.at(-1);
    if (Math.hypot(x - lastX, y - lastY) < 3) return;
    this.outline.push([x, y]);
    this.changed();
  }

  release() {
    this.drawing = false;
    if (this.outline.length > 2) this.finish();
    else this.cancel();
  }

  cancel() { // this loop; another may follow
    Object.assign(this, { outline: [], drawing: false });
    this.changed();
  }

  // --- by keys: gives whether the key was meant for the lasso

  key(key, [dx, dy] = [0, 0], shift = false, { left, top, width, height }) {
    if (dx || dy) {
      const [x, y] = this.cross ?? [left + width / 2, top + height / 2], step = STEP * (shift ? FAST : 1);
      this.cross = [clamp(x + step * dx, left, left + width), clamp(y + step * dy, top, top + height)];
    } else if (key === "Enter" && this.cross) {
      this.corner();
      return true;
    } else if (key === "Backspace" && this.cross) {
      this.outline.pop();
    } else if (key === "l") {
      if (this.outline.length > 2) this.finish();
      else this.giveUp();
      return true;
    } else if (key === "Escape") {
      this.giveUp();
      return true;
    } else {
      return false;
    }
    this.changed();
    return true;
  }

  corner() {
    const [first] = this.outline;
    if (this.outline.length > 2 && Math.hypot(this.cross[0] - first[0], this.cross[1] - first[1]) < CLOSE) {
      this.finish();
      return;
    }
    this.outline.push([...this.cross]);
    this.say(`Corner ${this.outline.length}.`);
    this.changed();
  }

  giveUp() {
    this.stop();
    this.say("The lasso is off.");
  }
}

// The rows of the points in a closed outline.
export function rowsWithin(outline, x, y, visible) {
  const [[left, right], [top, bottom]] = [0, 1].map((axis) => {
    const ends = outline.map((corner) => corner[axis]);
    return [Math.min(...ends), Math.max(...ends)];
  });
  const rows = [];
  for (let i = 0; i < x.length; i++) {
    const near = x[i] >= left && x[i] <= right && y[i] >= top && y[i] <= bottom; // false where it is NaN
    if (near && visible(x[i], y[i]) && within(outline, x[i], y[i])) rows.push(i);
  }
  return Int32Array.from(rows);
}

function within(outline, x, y) {
  let found = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [ax, ay] = outline[i], [bx, by] = outline[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) found = !found;
  }
  return found;
}
