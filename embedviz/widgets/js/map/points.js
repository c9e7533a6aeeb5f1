// A map of points: flat or solid, in colors and shapes, some of them lit. It knows nothing of embeddings, and nothing
// of where what it shows comes from. What it looks like is kept here; camera.js, motion.js, raster.js and overlay.js
// make pictures of it, hands.js, touch.js, keys.js and lasso.js change it.

import "./map.css";
import { count as counted, element, isDark, watchLook } from "../dom.js";
import { Camera, project, projection } from "./camera.js";
import { Grid, inside } from "./grid.js";
import { listenToPointer } from "./hands.js";
import { HELP, listenToKeys } from "./keys.js";
import { Lasso, rowsWithin } from "./lasso.js";
import { Motion } from "./motion.js";
import { cleared, drawAxes, drawLasso, drawTop } from "./overlay.js";
import { nearer, Order, Raster } from "./raster.js";
import { DARK, LIGHT, packed } from "./theme.js";
import { Tip } from "./tip.js";
import { listenToTouch } from "./touch.js";

// What is to be done again: where the points are, which lie above which, and the pictures. Then that of the points is.
const PLACES = 1, LAYERS = 2, AXES = 4, TOP = 8, ALL = 15, VIEW = PLACES | AXES | TOP, LAYOUT = 16;
const NARROW = 480, LEAST_HEIGHT = 300; // CSS pixels
const REST = 80, HINT = 1800; // milliseconds: a pointer at rest; how long a hint stays
const SMALL = 0.75; // of the radius: points of the gray rest, beside their smaller shape
const ALONE = { label: "all", count: 0, color: "#0067d6", dark: "#0683fd", shape: "circle", rest: false };

export class PointMap {
  constructor(el, options) {
    // lasso: null: there is none. over(context, scene) draws upon what is lit; help: what the keys do, for a reader.
    this.options = { tip: () => [], pick() {}, lasso() {}, key() {}, hover() {}, over() {}, help: HELP, ...options };
    const n = options.count;
    Object.assign(this, {
      title: options.title, size: options.size, stopped: false, due: 0, frame: 0, hovered: null, labels: [],
      camera: new Camera(), motion: new Motion(n), view: null,
      classes: [ALONE], codes: new Uint8Array(n), radii: null, most: 0, hidden: new Uint8Array(256),
      lit: { rows: [], kinds: [] }, chosen: null, marks: [],
      x: new Float32Array(n).fill(NaN), y: new Float32Array(n), z: new Float32Array(n), grid: null,
      layer: new Uint8Array(n), order: new Order(n), ordered: null,
    });
    this.ends = new AbortController();
    this.lasso = new Lasso({
      say: (text) => this.say(text), changed: () => this.lassoChanged(), done: (outline) => this.lassoed(outline),
    });
    this.build(el);
    this.layOut();
    this.unwatch = watchLook(() => this.layOut());
    this.sizes = new ResizeObserver(() => { if (this.root.clientWidth !== this.room) this.later(LAYOUT); });
    this.sizes.observe(this.root);
    for (const listen of [listenToPointer, listenToTouch, listenToKeys]) listen(this, this.top, this.ends.signal);
  }

  // It draws no more, and nothing of it is left to be called.
  stop() {
    this.stopped = true;
    this.ends.abort();
    this.unwatch();
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    clearTimeout(this.hinting);
  }

  // --- what it shows

  show({ coords, dim, axes, range, suffix = "", key, duration = 0 }) {
    if (this.view && this.view.key !== key) Object.assign(this.camera, { zoom: 1, x: 0, y: 0 });
    this.view = { dim, axes, range, suffix, key };
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.motion.go(coords, range, dim === 3 ? 1 : 0, still ? 0 : duration, performance.now());
    this.later(VIEW);
  }

  paint({ codes, classes, radii = null }) {
    Object.assign(this, { codes, classes, radii });
    this.most = radii ? radii.reduce((a, b) => Math.max(a, b), 0) : 0;
    this.later(PLACES | LAYERS | TOP);
  }

  hide(codes) {
    this.hidden.fill(0);
    for (const code of codes) this.hidden[code] = 1;
    this.later(PLACES | TOP);
  }

  light(rows, kinds = []) {
    const before = this.dim;
    this.lit = { rows: [...rows], kinds: [...kinds] };
    this.later(this.dim === before ? TOP : LAYERS | TOP);
  }

  select(rows) {
    this.chosen = rows.length ? new Uint8Array(this.options.count) : null;
    for (const row of rows) this.chosen[row] = 1;
    this.later(LAYERS | TOP);
  }

  mark(marks) {
    this.marks = marks;
    this.later(TOP);
  }

  resize(size) {
    this.size = size;
    this.layOut();
  }

  rename(title) {
    this.title = title;
    this.describe();
    this.later(AXES);
  }

  // --- what others ask

  get coords() {
    return this.motion.coords;
  }

  get moving() {
    return this.motion.moving;
  }

  get solid() {
    return this.motion.depth > 0.5;
  }

  get dim() { // whether points that are not in question are pale
    return Boolean(this.chosen || this.lit.rows.length);
  }

  // [x, y] of a point on the page.
  place(row) {
    const box = this.top.getBoundingClientRect();
    return [box.left + this.x[row], box.top + this.y[row]];
  }

  // The row of the point nearest to (x, y), within its own reach; −1 if there is none.
  at(x, y, least = 7) {
    if (!this.motion.coords || !inside(x, y, this.inner)) return -1;
    this.grid ??= new Grid(this.x, this.y, this.inner);
    const most = Math.max(Math.max(this.most, this.plain) * (1 + 0.3 * this.motion.depth) + 3, least);
    return this.grid.nearest(x, y, (row) => Math.max(this.radius(row) + 3, least), most);
  }

  radius(row) {
    const plain = this.radii ? this.radii[row] : this.radiusOf(this.classes[this.codes[row]]);
    return plain * nearer(this.motion.depth, this.z[row]);
  }

  radiusOf({ rest }) {
    return rest ? Math.max(this.plain * SMALL, 1.3) : this.plain;
  }

  // --- the elements

  build(el) {
    const { signal } = this.ends;
    this.layers = ["points", "axes", "top"].map((name) => element("canvas", { className: `embedviz-${name}` }));
    this.top = this.layers[2];
    this.top.tabIndex = 0;
    this.top.setAttribute("role", "application");
    this.top.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab's own keys: "b" would insert a cell
    this.tip = new Tip();
    this.hintBox = element("div", { className: "embedviz-hint", hidden: true });
    this.plot = element("div", { className: "embedviz-plot" }, this.layers, this.tip.root, this.hintBox);
    const tool = (text, label, act) => {
      const button = element("button", { type: "button", title: label, "aria-label": label }, text);
      button.addEventListener("click", act, { signal });
      return button;
    };
    const about = "Lasso: draw around points to see what they share (key L, or drag with Shift)";
    this.lassoButton = tool("⬚ Lasso", about, (event) => this.toggleLasso(event.detail === 0));
    this.tools = element("div", { className: "embedviz-tools", role: "group", "aria-label": "Map" },
      this.options.lasso ? this.lassoButton : null,
      tool("+", "Zoom in (key +)", () => this.zoom(1.5)), tool("−", "Zoom out (key −)", () => this.zoom(1 / 1.5)),
      tool("⟲", "The whole map (key 0)", () => this.home()));
    this.said = element("div", { className: "embedviz-said", role: "status" });
    this.root = element("div", { className: "embedviz-map" }, this.plot, this.tools, this.said);
    this.root.pointMap = this;
    this.describe();
    el.append(this.root);
    this.raster = new Raster(this.layers[0]);
  }

  describe() {
    const { count, help } = this.options;
    this.top.setAttribute("aria-label", `Map: ${this.title}. ${counted(count)} points. ${help}`);
  }

  // As wide as there is room, up to the size asked for; sharp on this screen; light or dark.
  layOut() {
    if (this.stopped) return;
    const [width, height] = this.size;
    this.root.style.width = `${width}px`;
    this.room = this.root.clientWidth;
    this.width = this.room || this.width || width; // 0: it is not in the page (yet)
    const narrow = this.width < NARROW;
    this.height = Math.max(Math.round((height * this.width) / width), Math.min(height, LEAST_HEIGHT));
    this.root.classList.toggle("embedviz-narrow", narrow);
    this.plot.style.height = `${this.height}px`;
    this.dark = isDark();
    this.scale = devicePixelRatio || 1;
    const sides = [this.width, this.height].map((side) => Math.round(side * this.scale));
    for (const layer of this.layers) fitCanvas(layer, ...sides);
    const left = narrow ? 70 : 76, top = narrow ? 34 : Math.max(this.tools.offsetHeight + 8, 38);
    this.titleWidth = this.width - (narrow ? 0 : this.tools.offsetWidth) - 28;
    this.inner = { left, top, width: this.width - left - 14, height: this.height - top - 48 };
    this.plain = plainRadius(this.options.count, this.width * this.height);
    this.render(ALL); // at once: an emptied canvas would flicker
  }

  // --- to draw

  later(what) { // many changes, one drawing
    this.due |= what;
    if (this.stopped || this.frame) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      if (this.motion.moving) this.motion.at(now);
      if (this.due & LAYOUT) this.layOut();
      else this.render(this.due);
      if (this.motion.moving) this.later(VIEW);
    });
  }

  draw() {
    this.render(ALL);
  }

  render(what) {
    if (this.stopped || !this.motion.coords) return;
    this.due = 0;
    this.theme = this.dark ? DARK : LIGHT;
    const { range, depth, coords } = this.motion;
    this.matrix = projection(this.camera, this.inner, range, depth);
    if (what & PLACES) {
      project(this.matrix, coords, this.codes, this.hidden, this.x, this.y, this.z);
      this.grid = null;
    }
    if (what & LAYERS || depth || !this.ordered || this.ordered.solid) this.sort();
    if (what & (PLACES | LAYERS)) this.drawPoints();
    if (what & AXES) drawAxes(cleared(this.layers[1], this.scale), { ...this, range, solid: this.solid });
    if (what & TOP) this.drawTop(range);
    if (!this.moving) this.root.dispatchEvent(new CustomEvent("embedviz-drawn"));
  }

  sort() { // the gray rest below, what is in question above; a solid map also from back to front
    const { classes, codes, layer, chosen, dim, motion: { depth } } = this, above = classes.map(({ rest }) => !rest);
    for (let row = 0; row < layer.length; row++) {
      layer[row] = above[codes[row]] + (dim && !(chosen && chosen[row]) ? 0 : 2);
    }
    this.ordered = { rows: this.order.by(layer, this.z, depth), solid: depth > 0 };
  }

  drawPoints() {
    const { x, y, z, classes, codes, radii, dim, theme: { paper } } = this;
    const colors = classes.map((one) => (this.dark ? one.dark : one.color));
    this.raster.draw({
      x, y, z, codes, radii, dim, bright: this.chosen, order: this.ordered.rows, depth: this.motion.depth,
      shapes: classes.map((one) => one.shape), sizes: classes.map((one) => this.radiusOf(one)),
      strong: colors.map((color) => packed(color, paper)), pale: colors.map((color) => packed(color, paper, true)),
      paper: packed(paper, paper),
    }, this.inner, this.scale);
  }

  drawTop(range) {
    const context = cleared(this.top, this.scale), { moving, solid, options: { name } } = this;
    const scene = { ...this, range, name, moving, solid, radius: (row) => this.radius(row) };
    this.labels = drawTop(context, scene);
    this.options.over(context, scene);
    if (this.lasso.outline.length || this.lasso.cross) drawLasso(context, this.lasso, this.theme);
  }

  // --- what hands do

  drag(dx, dy) {
    this.camera.drag(dx, dy, this.solid);
    this.later(VIEW);
  }

  zoom(factor, x = this.inner.left + this.inner.width / 2, y = this.inner.top + this.inner.height / 2) {
    this.camera.zoomBy(factor, x, y, this.inner);
    this.later(VIEW);
  }

  home() {
    this.camera.home();
    this.later(VIEW);
  }

  pickAt(x, y, reach) {
    const row = this.at(x, y, reach);
    if (row >= 0) this.options.pick(row);
  }

  // A pointer is at (x, y): say what is there. Gives its row, or −1.
  point(x, y, reach) {
    const row = this.moving ? -1 : this.at(x, y, reach), { name, tip } = this.options;
    if (row < 0) this.leave();
    else {
      this.tip.show(name(row), tip(row), x, y, this.width, this.height);
      this.top.style.cursor = this.lasso.on ? "" : "pointer";
      this.hover(row);
    }
    return row;
  }

  leave() {
    this.tip.hide();
    this.top.style.cursor = "";
    this.hover(null);
  }

  hover(row) { // said when the pointer has come to rest, not at each point on its way
    if (row === this.hovered) return;
    this.hovered = row;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.options.hover(row), REST);
  }

  startLasso(byKeys) {
    if (!this.options.lasso) return;
    const { left, top, width, height } = this.inner;
    this.lasso.start(byKeys ? [left + width / 2, top + height / 2] : null);
    if (byKeys) this.top.focus({ preventScroll: true });
  }

  toggleLasso(byKeys) {
    if (this.lasso.on) this.lasso.giveUp();
    else this.startLasso(byKeys);
  }

  lassoChanged() {
    this.lassoButton.setAttribute("aria-pressed", String(this.lasso.on));
    this.top.classList.toggle("embedviz-lassoing", this.lasso.on);
    this.later(TOP);
  }

  lassoed(outline) {
    const rows = rowsWithin(outline, this.x, this.y, (x, y) => inside(x, y, this.inner));
    this.say(`${counted(rows.length)} points in the loop.`);
    this.options.lasso(rows);
  }

  say(text) { // to a screen reader
    this.said.textContent = text;
  }

  hint(text) {
    this.hintBox.textContent = text;
    this.hintBox.hidden = false;
    clearTimeout(this.hinting);
    this.hinting = setTimeout(() => { this.hintBox.hidden = true; }, HINT);
  }
}

function plainRadius(count, area) {
  const wide = Math.min(Math.max(Math.sqrt(area / (560 * 470)), 0.7), 1.2);
  return Math.min(Math.max((130 * wide) / Math.sqrt(Math.max(count, 1)), count > 100000 ? 1.1 : 1.6), 5.5 * wide);
}

function fitCanvas(canvas, width, height) {
  if (canvas.width === width && canvas.height === height) return;
  Object.assign(canvas, { width, height });
}
