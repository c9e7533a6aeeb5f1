// A chart of a few curves with markers. SVG, not a canvas: a curve and its markers are one path each, so a few hundred
// points are a few elements; it is sharp at any zoom, and takes its ink from the theme.
//
// Values: { title, height, legend: whether there is one,
//   x, y: { title, name (in the tip; else the title), range: [low, high] or nothing: by the values, log, whole,
//           decimals (in the tip; else 4 digits) },
//   curves: [{ name, x: numbers, y: numbers (what is not finite is a gap), color: "#rrggbb", shape, strong,
//              form: "points" (no line between them), "line" or "dashes" (no markers), or nothing: a line with markers,
//              notes: [text, …] of its points, or nothing, labels: [text or nothing, …] beside them where there is
//              room, or nothing }],
//   levels: [{ y, name }] dashed lines from left to right,   marks: [{ x, text }] dotted lines from bottom to top,
//   band: { low, high, text } of x, shaded,   ring: [x, y] of a point with a ring around it }
// Only x, y and curves must be there.

import { element } from "../dom.js";
import { Chart } from "./frame.js";
import { markPath, readable } from "./marks.js";
import { fixed, significant } from "./numbers.js";
import { rangeOf, scale } from "./scales.js";
import { fitted, svg, widthIn } from "./svg.js";

const LINE = 18, GAP = 6, NEAR = 34; // CSS pixels: of text, between things, from a pointer to what it means
const MARK_LINES = 2; // of labels above the plot

export class LineChart extends Chart {
  constructor(el) {
    super(el, "Left and right: from point to point. Up and down: another curve.");
  }

  draw(width) {
    const values = { levels: [], marks: [], curves: [], ...this.values, width, height: this.values.height ?? 300 };
    this.place(values);
    this.drawAxes(values);
    if (values.band) this.drawBand(values.band);
    for (const { y } of values.levels) this.across(this.y.at(y), "level");
    this.drawMarks(values);
    const curves = values.curves.map((curve) => this.drawCurve(curve));
    this.spots = [...curves, ...values.levels.map((level) => this.spotOf(level))];
    this.drawLabels(values.curves, curves);
    if (values.ring) this.drawRing(values.ring);
    this.drawLegend(values);
    return values.height;
  }

  // Where the plot is in the picture, and the scales: the labels first, which take what room they need.
  place({ width, height, x, y, curves, levels, marks }) {
    this.long = widthIn(this.svg);
    const ys = [...curves.flatMap((curve) => Array.from(curve.y)), ...levels.map((level) => level.y)];
    const ranges = [x.range ?? rangeOf(curves.flatMap((curve) => Array.from(curve.x)), x), y.range ?? rangeOf(ys, y)];
    const most = Math.max(2, Math.floor((height - 90) / 38)), { ticks } = scale(ranges[1], [0, 1], { ...y, most });
    const left = Math.ceil(Math.max(8, ...ticks.map(({ text }) => this.long(text)))) + 10, right = width - 14;
    this.x = this.acrossScale(ranges[0], [left, right], x);
    this.labels = this.placeMarks(marks, left, width);
    const lines = Math.max(0, ...this.labels.map(({ line }) => line + 1));
    const top = (y.title ? LINE + 4 : 8) + lines * LINE, bottom = height - (x.title ? 2 : 1) * LINE - GAP;
    this.box = { left, right, top, bottom };
    this.y = scale(ranges[1], [bottom, top], { ...y, most });
  }

  // With as many ticks as have room for their labels.
  acrossScale(range, [left, right], axis) {
    const most = (pitch) => Math.max(2, Math.floor((right - left) / pitch));
    const made = (pitch) => scale(range, [left, right], { ...axis, most: most(pitch) });
    const dense = made(36), widest = Math.max(0, ...dense.ticks.map(({ text }) => this.long(text)));
    return widest + 16 <= 36 ? dense : made(widest + 16);
  }

  // Labels of the marks in at most two lines: the latest first, and none where it would cover another.
  placeMarks(marks, left, width) {
    const free = Array(MARK_LINES).fill(Infinity), placed = [];
    for (const mark of [...marks].reverse()) {
      const at = this.x.at(mark.x), text = fitted(mark.text, width - left, this.long), long = this.long(text);
      const start = Math.min(Math.max(left, at - long / 2), width - long);
      const line = free.findIndex((end) => start + long + 10 <= end);
      if (Number.isNaN(at) || line < 0) continue;
      free[line] = start;
      placed.push({ x: start, line, text });
    }
    return placed;
  }

  drawAxes({ x, y }) {
    const { left, right, top, bottom } = this.box, grid = [];
    for (const { value, text } of this.y.ticks) {
      const at = Math.round(this.y.at(value));
      grid.push(`M${left} ${at}H${right}`);
      this.text(text, left - GAP, at + 5, "end");
    }
    let end = -Infinity; // of the label before
    for (const { value, text } of this.x.ticks) {
      const at = this.x.at(value), half = this.long(text) / 2;
      grid.push(`M${Math.round(at)} ${top}V${bottom}`);
      if (at - half < end) continue;
      this.text(text, at, bottom + LINE, "middle");
      end = at + half + 8;
    }
    if (y.title) this.text(fitted(y.title, right, this.long), 0, 14, "start");
    const title = fitted(x.title ?? "", right, this.long), middle = Math.max((left + right) / 2, this.long(title) / 2);
    if (title) this.text(title, middle, bottom + 2 * LINE, "middle");
    const axes = svg("path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` });
    this.svg.prepend(svg("path", { class: "grid", d: grid.join("") }), axes);
  }

  text(text, x, y, anchor) {
    this.svg.append(svg("text", { x, y, "text-anchor": anchor }, text));
  }

  across(at, kind) {
    const { left, right } = this.box;
    if (!Number.isNaN(at)) this.svg.append(svg("path", { class: kind, d: `M${left} ${at}H${right}` }));
  }

  drawBand({ low, high, text }) {
    const { left, right, top, bottom } = this.box, { at } = this.x;
    const from = Number.isNaN(at(low)) ? left : at(low), to = Number.isNaN(at(high)) ? right : at(high);
    const width = Math.max(0, to - from);
    this.svg.append(svg("rect", { class: "band", x: from, y: top, width, height: bottom - top }));
    if (text && this.long(text) + 2 * GAP < width) this.text(text, from + GAP, bottom - GAP, "start");
  }

  drawRing([x, y]) {
    const [cx, cy] = [this.x.at(x), this.y.at(y)];
    if (Number.isFinite(cx + cy)) this.svg.append(svg("circle", { class: "ring", r: 10, cx, cy }));
  }

  drawMarks({ marks }) {
    const { top, bottom } = this.box;
    for (const at of marks.map(({ x }) => this.x.at(x)).filter(Number.isFinite)) {
      this.svg.append(svg("path", { class: "mark", d: `M${at} ${top}V${bottom}` }));
    }
    for (const { x, line, text } of this.labels) this.text(text, x, top - GAP - line * LINE, "start");
  }

  // Draws it, and gives its points: [{ x, y: in pixels, i }, …].
  drawCurve(curve) {
    const spots = [], radius = curve.strong ? 5.5 : 4.5, color = readable(curve.color, this.dark);
    let line = "", down = false;
    for (let i = 0; i < curve.y.length; i++) {
      const x = this.x.at(curve.x[i]), y = this.y.at(curve.y[i]);
      if (!Number.isFinite(x) || !Number.isFinite(y)) { down = false; continue; }
      line += `${down ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      spots.push({ x, y, i });
      down = true;
    }
    const every = Math.ceil((spots.length * 1.5 * radius) / (this.box.right - this.box.left)); // that they do not merge
    const marked = curve.form === "points" ? spots : spots.filter((_, i) => i % every === 0);
    const marks = marked.map(({ x, y }) => markPath(curve.shape, x, y, radius)).join("");
    if (curve.form !== "points") this.svg.append(svg("path", { ...lineLook(curve), d: line, stroke: color }));
    if (markers(curve)) this.svg.append(svg("path", { class: "markers", d: marks, fill: color }));
    return spots;
  }

  // Labels beside points: each where it covers no other, right of its point or left; else none.
  drawLabels(curves, spots) {
    const taken = [], { left, right, top, bottom } = this.box;
    curves.forEach(({ labels }, curve) => labels && spots[curve].forEach(({ x, y, i }) => {
      const width = labels[i] ? this.long(labels[i]) : 0;
      for (const from of labels[i] ? [x + 7, x - 7 - width] : []) {
        const box = [from, y - LINE / 2, from + width, y + LINE / 2];
        const apart = (other) => box[0] > other[2] || box[2] < other[0] || box[1] > other[3] || box[3] < other[1];
        if (box[0] < left || box[2] > right || box[1] < top - 4 || box[3] > bottom || !taken.every(apart)) continue;
        taken.push(box);
        this.svg.append(svg("text", { class: "label", x: from, y: y + 5 }, labels[i]));
        return;
      }
    }));
  }

  spotOf({ y }) { // of a level, which is said at its end
    return Number.isNaN(this.y.at(y)) ? [] : [{ x: this.box.right, y: this.y.at(y), i: 0, level: true }];
  }

  drawLegend({ legend, curves, levels }) {
    const all = [...levels.map((one) => ({ ...one, level: true })), ...curves];
    const looks = all.map(({ name, color, shape, level, strong, form }) => [name, color, shape, level, strong, form]);
    const key = JSON.stringify([legend, this.dark, looks]);
    if (key === this.legendKey) return;
    this.legendKey = key;
    this.legend.hidden = !legend;
    this.legend.replaceChildren(...(legend ? all.map((one) => element("li", {}, this.sample(one), one.name)) : []));
  }

  sample({ level, shape, color, strong, form }) {
    const own = svg("svg", { width: 28, height: 14, "aria-hidden": "true" });
    if (level) own.append(svg("path", { class: "level", d: "M0 7H28" }));
    else {
      const paint = readable(color, this.dark);
      if (form !== "points") own.append(svg("path", { ...lineLook({ form, strong }), d: "M0 7H28", stroke: paint }));
      if (markers({ form })) own.append(svg("path", { d: markPath(shape, 14, 7, strong ? 5.5 : 4.5), fill: paint }));
    }
    return own;
  }

  // A cursor is { curve: its number (after the curves: of a level), point: its place among those drawn }.
  near(x, y) {
    let best = NEAR, found = null;
    this.spots?.forEach((spots, curve) => spots.forEach((spot, point) => {
      const along = spot.level && x >= this.box.left ? Math.max(0, x - spot.x) : x - spot.x;
      const far = Math.hypot(along, y - spot.y) + (spot.level ? NEAR / 2 : 0); // a point goes before a line
      if (far < best) [best, found] = [far, { curve, point }];
    }));
    return found;
  }

  step(cursor, key) {
    const sizes = (this.spots ?? []).map((spots, curve) => ({ curve, last: spots.length - 1 }));
    const filled = sizes.filter(({ last }) => last >= 0), turn = { ArrowUp: -1, ArrowDown: 1 }[key] ?? 0;
    if (!filled.length) return null;
    const place = Math.max(0, filled.findIndex(({ curve }) => curve === cursor?.curve));
    const { curve, last } = filled[(place + turn + filled.length) % filled.length];
    if (!cursor || key === "End") return { curve, point: last };
    const point = key === "Home" ? 0 : cursor.point + ({ ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0);
    return { curve, point: Math.min(last, Math.max(0, point)) };
  }

  tell({ curve, point }) {
    const spot = this.spots[curve]?.[point], { curves = [], levels = [], marks = [], x, y } = this.values;
    if (!spot) return null;
    const place = [spot.x, spot.y];
    if (spot.level) {
      const level = levels[curve - curves.length], d = `M${this.box.left} ${spot.y}H${this.box.right}`;
      return { place, lines: [level.name, said(y, level.y)], outline: svg("path", { class: "cursor", d }) };
    }
    const one = curves[curve], note = one.notes?.[spot.i], at = one.x[spot.i];
    const lines = [one.name + (note ? `, ${note}` : ""), said(x, at), said(y, one.y[spot.i])];
    for (const mark of marks) if (mark.x === at) lines.push(`then ${mark.text}`);
    return { place, lines, outline: svg("circle", { class: "cursor", r: 8, cx: spot.x, cy: spot.y }) };
  }
}

const markers = ({ form }) => form !== "line" && form !== "dashes";
const lineLook = ({ form, strong }) =>
  ({ class: "curve", "stroke-width": strong ? 3 : 1.75, "stroke-dasharray": form === "dashes" ? "3 4" : undefined });

function said({ name, title, decimals, whole }, value) {
  const text = decimals !== undefined ? fixed(value, decimals) : significant(value, whole ? 15 : 4);
  return name || title ? `${name ?? title}: ${text}` : text;
}
