// Points as pixels: each is a stamp of its class's shape, in one opaque color. By hand, so that a million can move.

import { coverage, LARGEST, number } from "./shapes.js";

const PLAIN = 300000; // points from which on edges are not smooth, and near ones not larger
const RIMMED = 2000; // points up to which each has a rim of paper, so that those that overlap can be told apart
const QUARTERS = 16; // a stamp is made for each quarter of a pixel that its middle may be in, across and down

export class Raster {
  constructor(canvas) {
    this.canvas = canvas;
    this.stamps = new Map();
  }

  // points: { x, y, z (CSS pixels), order (rows, those below first; null: as they come), codes, shapes, sizes (of each
  // class: radius in CSS pixels), radii (of each row, or null), depth, strong and pale (of each class: packed colors),
  // bright (of each row: whether it is strong; null: all alike), dim (whether others are pale), paper (packed color) }.
  draw(points, inner, scale) {
    const { width, height } = this.canvas, context = this.canvas.getContext("2d");
    if (this.image?.width !== width || this.image?.height !== height) {
      Object.assign(this, { width, height, image: context.createImageData(width, height) });
      this.pixels = new Uint32Array(this.image.data.buffer);
      this.stamps.clear();
    }
    this.pixels.fill(points.paper);
    this.hard = points.x.length > PLAIN;
    this.rims = points.x.length <= RIMMED;
    // Few points, or points of many sizes, go one by one; so do those that might reach beyond the picture.
    const room = Math.min(inner.left, inner.top, width / scale - inner.left - inner.width) - 2;
    const small = Math.max(...points.sizes) * LARGEST < room;
    const alike = small && !points.radii && (!points.depth || this.hard) && !this.rims;
    this[alike ? "drawAlike" : "drawSized"](points, inner, scale);
    context.putImageData(this.image, 0, 0);
  }

  // All points of a class have the same size. One loop with all it needs at hand: this is where the time goes.
  drawAlike({ x, y, order, codes, shapes, sizes, strong, pale, bright, dim }, inner, scale) {
    const [left, top, right, bottom] = edges(inner, scale), { pixels, width, hard } = this;
    const stamps = shapes.flatMap((shape, code) => this.all(this.family(shape, sizes[code] * scale)));
    const [wholes, partly, alphas] = ["whole", "edge", "alpha"].map((part) => stamps.map((stamp) => stamp[part]));
    for (let k = 0; k < x.length; k++) {
      const row = order === null ? k : order[k], px = x[row] * scale, py = y[row] * scale;
      if (!(px > left && px < right && py > top && py < bottom)) continue; // nor what is NaN
      const code = codes[row], column = px | 0, line = py | 0, at = line * width + column;
      const color = dim && (bright === null || bright[row] === 0) ? pale[code] : strong[code];
      const number = (code << 4) | (((px - column) * 4) << 2) | ((py - line) * 4), whole = wholes[number];
      for (let j = 0; j < whole.length; j++) pixels[at + whole[j]] = color;
      if (hard) continue;
      const edge = partly[number], alpha = alphas[number];
      for (let j = 0; j < edge.length; j++) pixels[at + edge[j]] = blend(pixels[at + edge[j]], color, alpha[j]);
    }
  }

  // Each point has its own size: as it was given, and as near as it is.
  drawSized({ x, y, z, order, codes, shapes, sizes, radii, depth, strong, pale, bright, dim, paper }, inner, scale) {
    const [left, top, right, bottom] = edges(inner, scale);
    for (let k = 0; k < x.length; k++) {
      const row = order === null ? k : order[k], px = x[row] * scale, py = y[row] * scale;
      if (!(px > left && px < right && py > top && py < bottom)) continue;
      const code = codes[row], weak = dim && !(bright !== null && bright[row]);
      const radius = (radii ? radii[row] : sizes[code]) * nearer(depth, z[row]);
      if (this.rims && !weak) this.print(this.family(shapes[code], (radius + 0.8) * scale), px, py, paper);
      this.print(this.family(shapes[code], radius * scale), px, py, weak ? pale[code] : strong[code]);
    }
  }

  // The stamps of a shape and radius, in steps of a quarter of a pixel, and of a half for large ones.
  family(shape, radius) {
    const quarters = radius < 8 ? Math.max(Math.round(radius * 4), 3) : Math.round(radius * 2) * 2;
    const key = number(shape) * 65536 + quarters;
    let family = this.stamps.get(key);
    if (!family || family.hard !== this.hard) {
      family = { shape, radius: quarters / 4, hard: this.hard, made: new Array(QUARTERS) };
      this.stamps.set(key, family);
    }
    return family;
  }

  all(family) {
    for (let quarter = 0; quarter < QUARTERS; quarter++) family.made[quarter] ??= this.stamp(family, quarter);
    return family.made;
  }

  print(family, px, py, color) {
    const column = Math.floor(px), row = Math.floor(py), { width, height, pixels } = this;
    const quarter = (Math.floor((px - column) * 4) << 2) | Math.floor((py - row) * 4);
    const stamp = family.made[quarter] ??= this.stamp(family, quarter), { reach } = stamp;
    if (column < reach || row < reach || column + reach >= width || row + reach >= height) {
      this.printClipped(stamp, column, row, color);
      return;
    }
    const at = row * width + column, { whole, edge, alpha } = stamp;
    for (let k = 0; k < whole.length; k++) pixels[at + whole[k]] = color;
    for (let k = 0; k < edge.length; k++) pixels[at + edge[k]] = blend(pixels[at + edge[k]], color, alpha[k]);
  }

  printClipped({ cells }, column, row, color) {
    const { width, height, pixels } = this;
    for (let k = 0; k < cells.length; k += 3) {
      const x = column + cells[k], y = row + cells[k + 1], at = y * width + x;
      if (x >= 0 && x < width && y >= 0 && y < height) pixels[at] = blend(pixels[at], color, cells[k + 2]);
    }
  }

  // The pixels that a point covers wholly, and those that it covers in part, as offsets from that of its middle.
  stamp({ shape, radius, hard }, quarter) {
    const { reach, covered } = coverage(shape, radius, ((quarter >> 2) + 0.5) / 4, ((quarter & 3) + 0.5) / 4);
    const side = 2 * reach + 1, whole = [], edge = [], alpha = [], cells = [];
    covered.forEach((share, i) => {
      const a = hard ? 256 * (share >= 0.5) : Math.round(256 * share);
      const dx = (i % side) - reach, dy = Math.floor(i / side) - reach;
      if (!a) return;
      cells.push(dx, dy, a);
      const offset = dy * this.width + dx;
      if (a >= 252) {
        whole.push(offset);
      } else {
        edge.push(offset);
        alpha.push(a);
      }
    });
    const [wholes, edges] = [whole, edge].map((list) => Int32Array.from(list));
    return { reach, whole: wholes, edge: edges, alpha: Uint16Array.from(alpha), cells: Int16Array.from(cells) };
  }
}

function edges({ left, top, width, height }, scale) {
  return [left, top, left + width, top + height].map((edge) => edge * scale);
}

// How much larger a point looks for being near; z is −½ to ½.
export const nearer = (depth, z) => (depth ? Math.max(1 + depth * z * 0.6, 0.5) : 1);

// `share` of 256 of the color over what is under it; each a packed color.
function blend(under, over, share) {
  const rest = 256 - share;
  const outer = (Math.imul(under & 0xff00ff, rest) + Math.imul(over & 0xff00ff, share)) >>> 8;
  const green = (Math.imul(under & 0xff00, rest) + Math.imul(over & 0xff00, share)) >>> 8;
  return (0xff000000 | (outer & 0xff00ff) | (green & 0xff00)) >>> 0;
}

// Rows in the order to draw them: by layer (0 to 3; of each row), in a solid map by layer and from back to front. A
// counting sort, since a map of 40,000 points is sorted for each picture. Null: as they come.
export class Order {
  constructor(count) {
    this.order = new Uint32Array(count);
    this.slice = new Uint16Array(count);
  }

  by(layer, z, depth) {
    const { order, slice } = this, starts = new Uint32Array(1025);
    let several = false;
    for (let i = 0; i < order.length; i++) {
      slice[i] = depth ? (layer[i] & 2) * 128 + Math.min(Math.max((z[i] + 0.9) * 142, 0), 255) : layer[i];
      starts[slice[i] + 1]++;
      several ||= slice[i] !== slice[0];
    }
    if (!several) return null;
    for (let k = 0; k < 1024; k++) starts[k + 1] += starts[k];
    for (let i = 0; i < order.length; i++) order[starts[slice[i]]++] = i;
    return order;
  }
}
