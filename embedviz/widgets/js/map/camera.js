// From where a map is seen: zoom and pan of a flat one, and how a solid one is turned.

const LEAST = 0.5, MOST = 60; // zoom

export class Camera {
  constructor() {
    this.home();
  }

  home() {
    Object.assign(this, { zoom: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.4 });
  }

  // By so many pixels; a solid map is turned instead.
  drag(dx, dy, solid) {
    if (solid) Object.assign(this, { yaw: this.yaw - dx / 120, pitch: this.pitch + dy / 120 });
    else Object.assign(this, { x: this.x + dx, y: this.y + dy });
  }

  // What is at (x, y) stays there.
  zoomBy(factor, x, y, inner) {
    const after = Math.min(Math.max(this.zoom * factor, LEAST), MOST), ratio = after / this.zoom;
    const [cx, cy] = [x - inner.left - inner.width / 2, y - inner.top - inner.height / 2];
    Object.assign(this, { zoom: after, x: cx - (cx - this.x) * ratio, y: cy - (cy - this.y) * ratio });
  }

  // [low, high] of an axis (0 or 1) of a flat map as far as it is in view.
  visible([low, high], axis, inner) {
    const size = axis ? inner.height : inner.width, span = (high - low) / this.zoom;
    const middle = (low + high) / 2 + ((axis ? this.y : -this.x) / size / this.zoom) * (high - low);
    return [middle - span / 2, middle + span / 2];
  }
}

// The twelve numbers of an affine map from coordinates to [x, y in CSS pixels, z from −½ (far) to ½ (near)]. A flat
// map (depth 0) fills its frame; a solid one (depth 1) has one scale for all axes, and is turned.
export function projection({ zoom, x, y, yaw, pitch }, inner, range, depth) {
  const spans = range.map(([low, high]) => high - low || 1), middles = range.map(([low, high]) => (low + high) / 2);
  const reach = Math.max(...spans), solid = (Math.min(inner.width, inner.height) / reach) * 0.8;
  const k = [inner.width / spans[0], inner.height / spans[1], 0].map((flat) => flat + (solid - flat) * depth);
  const [ca, sa, cb, sb] = [yaw, pitch].flatMap((angle) => [Math.cos(depth * angle), Math.sin(depth * angle)]);
  const far = depth ? 1 / (reach * solid) : 0;
  const turned = [
    [k[0] * ca * zoom, 0, k[2] * sa * zoom],
    [-k[0] * sa * sb * zoom, -k[1] * cb * zoom, k[2] * ca * sb * zoom],
    [-k[0] * sa * cb * far, k[1] * sb * far, k[2] * ca * cb * far],
  ];
  const start = [inner.left + inner.width / 2 + x, inner.top + inner.height / 2 + y, 0];
  return turned.flatMap((row, i) => [...row, start[i] - row.reduce((sum, value, j) => sum + value * middles[j], 0)]);
}

// Where one point is, [x, y, z].
export function placeOf([a, b, c, d, e, f, g, h, i, j, k, l], u, v, w) {
  return [a * u + b * v + c * w + d, e * u + f * v + g * w + h, i * u + j * v + k * w + l];
}

// Where all points are; x is NaN where codes[row] is hidden (hidden: 256 numbers, not 0 if so).
export function project(matrix, coords, codes, hidden, x, y, z) {
  const [a, b, c, d, e, f, g, h, i, j, k, l] = matrix;
  for (let row = 0, at = 0; row < x.length; row++, at += 3) {
    const u = coords[at], v = coords[at + 1], w = coords[at + 2];
    x[row] = hidden[codes[row]] ? NaN : a * u + b * v + c * w + d;
    y[row] = e * u + f * v + g * w + h;
    z[row] = i * u + j * v + k * w + l;
  }
}
