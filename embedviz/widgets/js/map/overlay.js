// What lies around and upon the points: title and axes; the lit points with their lines and labels, marks, the lasso.
// `scene` is { title, view, range, matrix, camera, inner, width, height, theme, solid, … }, see points.js.

import { shorten } from "../dom.js";
import { placeOf } from "./camera.js";
import { inside } from "./grid.js";
import { drawLabels, placeLabels } from "./labels.js";
import { trace } from "./shapes.js";
import { font, transparent } from "./theme.js";

const TEXT = 14; // CSS pixels: for projecting

// A canvas emptied, ready to be drawn on in CSS pixels.
export function cleared(canvas, scale) {
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  Object.assign(context, { textAlign: "left", textBaseline: "middle", lineWidth: 1, font: font(TEXT) });
  context.setLineDash([]);
  return context;
}

export function drawAxes(context, scene) {
  const { title, inner, theme, titleWidth } = scene;
  context.fillStyle = theme.ink;
  context.font = font(16, "bold");
  context.fillText(fit(context, title, titleWidth), 12, Math.min(inner.top / 2, 18));
  context.font = font(TEXT);
  context.strokeStyle = theme.frame;
  if (scene.solid) drawSolidAxes(context, scene);
  else drawFlatAxes(context, scene);
}

function drawFlatAxes(context, { view, range, matrix, camera, inner, height, theme }) {
  const bottom = inner.top + inner.height, { suffix = "" } = view;
  context.strokeRect(inner.left - 0.5, inner.top - 0.5, inner.width + 1, inner.height + 1);
  context.textAlign = "center";
  const across = ticks(...camera.visible(range[0], 0, inner), Math.min(inner.width / 90, 7), suffix);
  for (const [value, text] of across) {
    const [x] = placeOf(matrix, value, 0, 0);
    context.fillRect(x - 0.5, bottom, 1, 5);
    context.fillText(text, x, bottom + 14);
  }
  context.textAlign = "right";
  for (const [value, text] of ticks(...camera.visible(range[1], 1, inner), Math.min(inner.height / 60, 7), suffix)) {
    const [, y] = placeOf(matrix, 0, value, 0);
    context.fillRect(inner.left - 6, y - 0.5, 5, 1);
    context.fillText(text, inner.left - 9, y);
  }
  context.fillStyle = theme.ink;
  context.textAlign = "center";
  context.fillText(fit(context, view.axes[0], inner.width), inner.left + inner.width / 2, height - 11);
  context.save();
  context.translate(12, inner.top + inner.height / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(fit(context, view.axes[1], inner.height), 0, 0);
  context.restore();
}

function drawSolidAxes(context, scene) {
  context.textAlign = "center";
  for (const { start, end, text, x, y } of solidAxes(context, scene)) {
    context.beginPath();
    context.moveTo(start[0], start[1]);
    context.lineTo(end[0], end[1]);
    context.stroke();
    context.fillText(text, x, y);
  }
}

// The axes of a solid map, from one corner of a cube, with their titles beyond the ends, but not beyond the map.
function solidAxes(context, { view, range, matrix, width, height }) {
  const reach = Math.max(...range.map(([low, high]) => high - low));
  const corner = range.map(([low, high]) => (low + high) / 2 - reach / 2), start = placeOf(matrix, ...corner);
  context.font = font(TEXT);
  return view.axes.slice(0, 3).map((title, axis) => {
    const end = placeOf(matrix, ...corner.map((value, j) => (axis === j ? value + reach : value)));
    const text = fit(context, title, width * 0.6), half = context.measureText(text).width / 2 + 4;
    const beyond = end[0] + (axis === 1 ? 0 : Math.sign(end[0] - start[0]) * half * 0.6);
    const below = end[1] < start[1] - 10 ? -12 : 12;
    const x = clamp(beyond, half, width - half), y = clamp(end[1] + below, 10, height - 10);
    return { start, end, text, x, y, box: [x - half, y - 9, x + half, y + 9] };
  });
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// Lit points, from { x, y, lit, classes, codes, dark, … }; gives the labels that there was room for.
export function drawTop(context, scene) {
  const { x, y, inner, lit, marks, moving, theme, matrix } = scene;
  context.save();
  context.beginPath();
  context.rect(inner.left, inner.top, inner.width, inner.height);
  context.clip();
  for (const mark of marks) drawMark(context, mark, placeOf(matrix, mark.x, mark.y, 0), scene);
  const shown = lit.rows.map((row, i) => ({ row, kind: lit.kinds[i] ?? "true", first: i === 0, x: x[row], y: y[row] }))
    .filter((one) => !isNaN(one.x));
  if (shown.some((one) => one.first)) drawLines(context, shown, theme);
  for (const one of shown.toReversed()) drawLit(context, one, scene);
  const labels = moving ? [] : labelsOf(context, shown, scene);
  drawLabels(context, labels, theme, font);
  context.restore();
  return labels.map((one) => one.text);
}

function drawLines(context, shown, theme) {
  const center = shown.find((one) => one.first);
  for (const { x, y, kind, first } of shown) {
    if (first || kind === "false") continue;
    context.beginPath();
    context.setLineDash(kind === "torn" ? [6, 4] : []);
    context.strokeStyle = kind === "torn" ? theme.torn : theme.faint;
    context.lineWidth = kind === "torn" ? 2 : 1.5;
    context.moveTo(center.x, center.y);
    context.lineTo(x, y);
    context.stroke();
  }
  context.setLineDash([]);
}

function drawLit(context, { row, kind, first, x, y }, { theme, classes, codes, dark, radius }) {
  const { color, dark: onBlack, shape } = classes[codes[row]], size = Math.max(radius(row) + 1, 5.5);
  context.fillStyle = first ? theme.ink : dark ? onBlack : color;
  context.strokeStyle = first ? theme.paper : kind === "torn" ? theme.torn : kind === "false" ? theme.false : theme.ink;
  context.lineWidth = kind === "true" ? 1.2 : 2;
  context.beginPath();
  if (kind === "false") context.rect(x - 5.5, y - 5.5, 11, 11);
  else trace(context, first ? "star" : shape === "dot" ? "circle" : shape, x, y, first ? 7.5 : size);
  context.fill();
  context.stroke();
  if (kind !== "false") return;
  context.beginPath();
  for (const s of [-1, 1]) {
    context.moveTo(x - 5, y - 5 * s);
    context.lineTo(x + 5, y + 5 * s);
  }
  context.stroke();
}

function labelsOf(context, shown, scene) {
  const { inner, name, solid } = scene;
  const wanted = shown.filter((one) => inside(one.x, one.y, inner)).map(({ row, first, x, y }) => {
    context.font = font(TEXT, first ? "bold" : "");
    const text = fit(context, shorten(name(row), 32), inner.width * 0.7);
    return { x, y, text, bold: first, half: context.measureText(text).width / 2 + 3 };
  });
  const spots = placeLabels(wanted, inner, solid ? solidAxes(context, scene).map(({ box }) => box) : []);
  return wanted.map((one, i) => ({ ...one, spot: spots[i] })).filter((one) => one.spot);
}

function drawMark(context, { text, color, dark: onBlack = color }, [x, y], { inner, dark }) {
  context.strokeStyle = context.fillStyle = dark ? onBlack : color;
  context.lineWidth = 2;
  context.beginPath();
  trace(context, "diamond", x, y, 6);
  context.stroke();
  if (!text) return;
  context.font = font(TEXT);
  const half = context.measureText(text).width / 2 + 3; // not beyond the frame
  context.textAlign = "center";
  context.fillText(text, clamp(x, inner.left + half, inner.left + inner.width - half), y + 20);
}

// The loop of a lasso: { outline: [[x, y], …], cross: [x, y] or null }.
export function drawLasso(context, { outline, cross }, { lasso, paper }) {
  context.strokeStyle = lasso;
  context.lineWidth = 2;
  context.fillStyle = transparent(lasso, 0.12);
  context.beginPath();
  [...outline, ...(cross ? [cross] : [])].forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](x, y));
  if (!cross) context.closePath();
  context.fill();
  context.stroke();
  if (!cross) return;
  context.fillStyle = lasso;
  for (const [x, y] of outline) context.fillRect(x - 4, y - 4, 8, 8);
  for (const [color, width] of [[paper, 5], [lasso, 2]]) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    for (const [dx, dy] of [[12, 0], [0, 12]]) {
      context.moveTo(cross[0] - dx, cross[1] - dy);
      context.lineTo(cross[0] + dx, cross[1] + dy);
    }
    context.stroke();
  }
}

// [value, text] of about so many round numbers from low to high; at least two.
export function ticks(low, high, about, suffix = "") {
  const rough = (high - low) / Math.max(about, 1.5), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((m) => m * power >= rough) * power, found = [];
  for (let k = Math.ceil(low / step); k * step <= high && found.length < 50; k++) {
    found.push([k * step, String(Number((k * step).toPrecision(4))).replace("-", "−") + suffix]);
  }
  return found.length > 1 || !(low < high) ? found : ticks(low, high, 2 * about, suffix);
}

function fit(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let low = 1, high = text.length; // by halves
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle).trimEnd()}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…`;
}
