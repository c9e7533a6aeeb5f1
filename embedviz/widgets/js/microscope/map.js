// The map: which items have been measured, where the search is and where it came from, and the true nearest.

import { element, shorten } from "../dom.js";
import { placeOf } from "../map/camera.js";
import { drawLabels, placeLabels } from "../map/labels.js";
import { PointMap } from "../map/points.js";
import { svgPath, trace } from "../map/shapes.js";
import { font } from "../map/theme.js";
import { svg } from "../chart/svg.js";
import { CLASSES, LOOKS, classesOf, ends, painted } from "./classes.js";

const SIZE = [640, 430], LABELED = 3; // CSS pixels; labels beside those of query and place
const RING = 7.5, STAR = 8, PLACE = 7; // radii
const NEAR = 0.7, MOST = 12; // a close-up: the share of the true nearest that are in it, and the largest zoom
const HELP = "Keys: N is a step on, P a step back; arrows move the map, + and − zoom, 0 shows all of it.";

export function mapView(microscope, change) {
  const { x, y, n, names } = microscope, coords = new Float32Array(3 * n);
  for (let item = 0; item < n; item++) coords.set([x[item], y[item]], 3 * item);
  const root = element("div", { className: "map" }), legend = element("div", { className: "legend" });
  let shown = null;
  const steps = { next: 1, previous: -1 };
  const map = new PointMap(root, {
    title: microscope.title, size: SIZE, count: n, name: (row) => names.at(row), lasso: null, help: HELP,
    tip: (row) => [`${microscope.similarity(row, shown.row).toFixed(3)} to the query`],
    pick: (row) => change({ selected: names.at(row) }),
    key: (name) => { if (steps[name]) change({ step: Math.min(Math.max(shown.at + steps[name], 0), shown.last) }); },
    over: (context, scene) => { if (shown) drawOver(context, scene, microscope, shown); },
  });
  root.append(legend);
  const ranges = [range(x), range(y), [0, 1]];
  map.show({ coords, dim: 2, axes: microscope.axes, range: ranges, key: "flat" });
  let near = false;
  const closeUp = (on) => {
    near = on;
    map.home();
    if (on) zoomTo(map, shown, (item) => placeAtHome(item, x, y, ranges, map.inner));
  };
  return {
    root, map, closeUp, stop: () => map.stop(),
    show: (now) => {
      if (now.index !== shown?.index) legend.replaceChildren(...legendOf(now.index, microscope.k));
      const other = now.row !== shown?.row;
      shown = now;
      if (near && other) closeUp(true);
      map.paint({ classes: CLASSES, ...painted(microscope, now) });
    },
  };
}

// Where an item is while the whole map is in view.
function placeAtHome(item, x, y, [[left, right], [low, high]], inner) {
  const across = (x[item] - left) / (right - left), up = (y[item] - low) / (high - low);
  return [inner.left + inner.width * across, inner.top + inner.height * (1 - up)];
}

function zoomTo(map, { row, exact }, place) {
  const { inner } = map, [cx, cy] = place(row), far = (item) => Math.hypot(place(item)[0] - cx, place(item)[1] - cy);
  const reach = exact.ids.map(far).sort((a, b) => a - b)[Math.floor(NEAR * (exact.ids.length - 1))];
  map.zoom(Math.min(Math.max((0.4 * Math.min(inner.width, inner.height)) / Math.max(reach, 1), 1), MOST), cx, cy);
  map.drag(inner.left + inner.width / 2 - cx, inner.top + inner.height / 2 - cy);
}

function range(column) {
  const [low, high] = ends(column), room = 0.04 * (high - low || 1);
  return [low - room, high + room];
}

function legendOf(index, k) {
  const size = { viewBox: "0 0 18 18", width: 18, height: 18, "aria-hidden": "true" };
  const entry = (mark, text) => element("span", {}, svg("svg", size, mark), ` ${text}`);
  const path = (shape, radius, fill) => svg("path", { d: svgPath(shape, radius, 9), style: `fill: ${fill}` });
  const ring = (radius, width, color) =>
    svg("circle", { cx: 9, cy: 9, r: radius, style: `fill: none; stroke-width: ${width}; stroke: ${color}` });
  return [
    entry(path("star", 7, "var(--ev-ink)"), "query"),
    entry(ring(6.5, 1.5, "var(--ev-ink)"), `the ${k} true nearest`),
    index === "HNSW" ? entry(ring(6, 3, "var(--ev-accent)"), "the search is here, and its way")
      : entry(path("plus", 6, "var(--ev-accent)"), "centers, amid their items; numbered: searched"),
    ...classesOf(index).map((name) => {
      const { label, color, dark, shape } = LOOKS[name];
      return entry(path(shape, 5.5, `light-dark(${color}, ${dark})`), label);
    }),
  ];
}

function drawOver(context, scene, microscope, shown) {
  const { inner, theme, x, y } = scene, { row, step, exact } = shown;
  const colors = { ink: theme.ink, paper: theme.paper, way: theme.lasso, link: theme.faint };
  context.save();
  context.beginPath();
  context.rect(inner.left, inner.top, inner.width, inner.height);
  context.clip();
  const place = (item) => [x[item], y[item]];
  const labels = shown.index === "HNSW" ? drawWalk(context, place, microscope, shown, colors)
    : drawCenters(context, scene, microscope, shown, colors);
  context.strokeStyle = colors.ink;
  context.lineWidth = 1.5;
  for (const item of exact.ids) circle(context, place(item), RING);
  context.fillStyle = colors.ink;
  context.strokeStyle = colors.paper;
  context.lineWidth = 2;
  context.beginPath();
  trace(context, "star", ...place(row), STAR);
  context.stroke();
  context.fill();
  const wanted = [[row, true], ...labels.filter((item) => item !== row).map((item) => [item, false])];
  const texts = wanted.map(([item, bold]) => {
    const text = shorten(microscope.names.at(item), 26), [px, py] = place(item);
    context.font = font(14, bold ? "bold" : "");
    return { x: px, y: py, text, bold, half: context.measureText(text).width / 2 + 3 };
  });
  const spots = placeLabels(texts, inner);
  drawLabels(context, texts.map((one, i) => ({ ...one, spot: spots[i] })).filter(({ spot }) => spot), theme, font);
  context.restore();
}

function circle(context, [x, y], radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

function lines(context, pairs, color, width, dash = []) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  for (const [from, to] of pairs) {
    context.moveTo(...from);
    context.lineTo(...to);
  }
  context.stroke();
  context.setLineDash([]);
}

// The links that are followed now, and the way here. Gives the items to label.
function drawWalk(context, place, microscope, { steps, at, step, links }, { way, link, paper }) {
  const graph = microscope.graphs.get(links), moved = step.to[0];
  if (step.kind === "descend" || step.kind === "walk") {
    const { starts, ids } = graph.links[step.level], own = ids.subarray(starts[step.at], starts[step.at + 1]);
    lines(context, Array.from(own, (item) => [place(step.at), place(item)]), link, 1.2);
  }
  lines(context, wayTo(steps, at).map((pair) => pair.map(place)), way, 2.5);
  const here = moved ?? step.at;
  if (here >= 0) {
    context.strokeStyle = paper;
    context.lineWidth = 6;
    circle(context, place(here), PLACE);
    context.strokeStyle = way;
    context.lineWidth = 3.5;
    circle(context, place(here), PLACE);
  }
  const near = step.kind === "walk" ? step.entered : step.kind === "stop" ? step.best : [];
  return [...new Set([here, step.at, ...near.slice(0, LABELED)])].filter((item) => item >= 0);
}

// Pairs of items: from where the search went to where. On level 0 it goes on from any item of the queue: each came
// there by the link by which it was first measured.
export function wayTo(steps, at) {
  const pairs = [], from = new Map();
  for (const { kind, at: here, to, measured } of steps.slice(0, at + 1)) {
    if (kind === "descend" && to[0] !== here) pairs.push([here, to[0]]);
    if (kind !== "walk") continue;
    if (from.has(here)) pairs.push([from.get(here), here]);
    for (const item of measured) from.set(item, here);
  }
  return pairs;
}

// The centers, those to be searched with their order. Gives the items to label.
function drawCenters(context, { matrix, theme }, microscope, { lists, steps, step }, { way, ink, paper }) {
  const own = microscope.lists.get(lists), order = steps[0].to;
  own.x.forEach((u, list) => {
    const [px, py] = placeOf(matrix, u, own.y[list], 0);
    if (Number.isNaN(px)) return;
    const rank = order.indexOf(list), chosen = rank >= 0, now = step.kind === "list" && step.at === list;
    context.fillStyle = chosen ? way : theme.frame;
    context.strokeStyle = paper;
    context.lineWidth = 3;
    context.beginPath();
    trace(context, "plus", px, py, now ? 11 : chosen ? 8 : 6);
    context.stroke();
    context.fill();
    if (!chosen) return;
    context.font = font(15, "bold");
    context.textAlign = "center";
    context.strokeStyle = paper;
    context.lineWidth = 4;
    context.strokeText(String(rank + 1), px, py - 17);
    context.fillStyle = ink;
    context.fillText(String(rank + 1), px, py - 17);
  });
  return (step.kind === "list" ? step.entered : step.best).slice(0, LABELED);
}
