// The map of map.LiveMap: n points, drawn into pixels by hand, so that 40,000 of them can move.
// A change of the model's traits redraws only what it touches: the points, or what lies on top of them.

const MARGIN = { left: 50, right: 12, top: 34, bottom: 44 }; // CSS pixels around the points
const INK = "#222222", FAINT = "#777777", TORN = "#D55E00", FALSE = "#7B3294";
const DIMMED = 38 / 255; // of the opacity of points that are not in question
const DEPTH = 1.6; // how much darker the front of a solid map is than its back

async function render({ model, el }) {
  const data = await model.widget_manager.get_model(model.get("data"));
  const map = new PointMap(el, data);
  return () => map.stop();
}
export default { render };

class PointMap {
  constructor(el, data) {
    this.data = data;
    this.camera = { zoom: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.4 };
    this.lassoing = false;
    this.build(el);
    this.read();
    const on = (names, act) => { // several traits change together: one drawing for all
      let due;
      const later = () => { clearTimeout(due); due = setTimeout(act); };
      for (const name of names) data.on(`change:${name}`, later, this);
    };
    on(["coords", "view"], () => this.move());
    on(["codes", "rgb", "groups", "radii", "hidden", "selection"], () => { this.read(); this.legend(); this.draw(); });
    on(["lit", "texts", "kept", "marks", "title", "size"], () => { this.resize(); this.draw(); });
    this.resize();
    this.legend();
    this.move(0);
  }

  stop() {
    this.data.off(null, null, this);
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    this.watcher.disconnect();
  }

  // --- the elements

  build(el) {
    const make = (tag, parent, options = {}) => Object.assign(parent.appendChild(document.createElement(tag)), options);
    this.root = make("div", el, { className: "embedviz-map" });
    this.root.pointMap = this;
    this.plot = make("div", this.root, { className: "embedviz-plot" });
    this.layers = ["points", "axes", "top"].map((name) => make("canvas", this.plot, { className: `embedviz-${name}` }));
    const top = (this.top = this.layers[2]);
    top.tabIndex = 0;
    top.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab's own keys: "b" would insert a cell
    top.setAttribute("role", "application");
    this.tools = make("div", this.plot, { className: "embedviz-tools" });
    const tool = (text, label, act) => {
      const button = make("button", this.tools, { textContent: text, title: label, type: "button" });
      button.setAttribute("aria-label", label);
      button.addEventListener("click", act);
      return button;
    };
    this.lassoButton = tool("⬚ Lasso", "Lasso: draw around points to see what they share (key L, or drag with Shift)", () => this.setLasso(!this.lassoing));
    tool("+", "Zoom in (key +)", () => this.zoom(1.5));
    tool("−", "Zoom out (key −)", () => this.zoom(1 / 1.5));
    tool("⟲", "The whole map (key 0)", () => this.home());
    this.tip = make("div", this.plot, { className: "embedviz-tip", hidden: true });
    this.key = make("div", this.root, { className: "embedviz-legend" });
    this.key.setAttribute("role", "group");
    this.key.setAttribute("aria-label", "Legend: press to hide or show a group, with Shift to see it alone");
    top.addEventListener("pointerdown", (event) => this.press(event));
    top.addEventListener("pointermove", (event) => this.drag(event));
    top.addEventListener("pointerup", (event) => this.release(event));
    top.addEventListener("pointercancel", () => {
      this.held = this.outline = null;
      this.drawTop();
    });
    top.addEventListener("pointerleave", () => this.hover(null));
    top.addEventListener("keydown", (event) => this.type(event));
    top.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls; a pinch comes as Ctrl and wheel
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 200), [event.offsetX, event.offsetY]);
    }, { passive: false });
    this.watcher = new MutationObserver(() => this.draw()); // zoomed or moved to another screen: other pixels
    this.watcher.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name"] });
  }

  resize() {
    const [width, height] = this.data.get("size"), scale = window.devicePixelRatio || 1;
    if (this.width !== width || this.height !== height || this.scale !== scale) {
      Object.assign(this, { width, height, scale });
      this.plot.style.width = this.root.style.width = `${width}px`;
      this.plot.style.height = `${height}px`;
      for (const layer of this.layers) {
        layer.width = Math.round(width * scale);
        layer.height = Math.round(height * scale);
      }
      this.inner = {
        left: MARGIN.left, top: MARGIN.top, width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom,
      };
    }
    this.top.setAttribute("aria-label", `${this.data.get("title")}. Keys: arrows move, + and − zoom, N and P go to the next neighbor, L is the lasso.`);
  }

  // --- what the model says

  numbers(name, type) {
    const view = this.data.get(name);
    return new type(view && view.byteLength ? view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) : 0);
  }

  read() {
    this.rgb = this.numbers("rgb", Uint8Array);
    this.codes = this.numbers("codes", Uint8Array);
    this.radii = this.numbers("radii", Float32Array);
    this.selection = this.numbers("selection", Int32Array);
    this.hidden = new Set(this.data.get("hidden"));
    this.chosen = null;
    const n = this.codes.length;
    if (this.selection.length) {
      this.chosen = new Uint8Array(n);
      for (const row of this.selection) this.chosen[row] = 1;
    }
    // The gray rest lies below the groups; within a group the order is that of the rows.
    const gray = this.data.get("groups").map((one) => one.rest);
    this.order = new Uint32Array(n);
    let place = 0;
    for (const below of [true, false]) for (let i = 0; i < n; i++) if (!!gray[this.codes[i]] === below) this.order[place++] = i;
  }

  // Go to the coordinates that the model has now: the points move there.
  move(duration = this.data.get("view").duration) {
    const view = this.data.get("view"), goal = this.numbers("coords", Float32Array), flat = view.dim === 2;
    const same = this.goal && this.goal.length === goal.length;
    if (this.view && this.view.key !== view.key) Object.assign(this.camera, { zoom: 1, x: 0, y: 0 });
    if (!same || window.matchMedia("(prefers-reduced-motion: reduce)").matches) duration = 0;
    this.from = same ? { coords: this.coords, range: this.range, depth: this.depth } : null;
    this.view = view;
    this.goal = goal;
    this.to = { coords: goal, range: view.range, depth: flat ? 0 : 1 };
    cancelAnimationFrame(this.frame);
    if (this.codes.length * 3 !== goal.length) this.read();
    const start = performance.now();
    const step = (now) => {
      const t = duration ? Math.min(Math.max((now - start) / duration, 0), 1) : 1;
      this.moving = t < 1;
      this.between(t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) * (1 - t));
      this.draw(!this.moving);
      if (this.moving) this.frame = requestAnimationFrame(step);
    };
    step(start);
  }

  between(t) {
    if (t === 1 || !this.from) {
      [this.coords, this.range, this.depth] = [this.goal, this.to.range, this.to.depth];
      return;
    }
    const mix = (a, b) => a + (b - a) * t, { coords: a } = this.from, b = this.goal, now = new Float32Array(b.length);
    for (let i = 0; i < now.length; i++) now[i] = a[i] + (b[i] - a[i]) * t;
    this.coords = now;
    this.range = this.to.range.map(([low, high], i) => [mix(this.from.range[i][0], low), mix(this.from.range[i][1], high)]);
    this.depth = mix(this.from.depth, this.to.depth);
  }

  // --- where things are

  // Screen positions, in CSS pixels, of all points: a flat map fills its frame, a solid one has one scale and is turned.
  project() {
    const n = this.coords.length / 3, { left, top, width, height } = this.inner, { zoom, x: panX, y: panY } = this.camera;
    if (!this.x || this.x.length !== n) [this.x, this.y, this.z] = [0, 0, 0].map(() => new Float32Array(n));
    const place = this.placer(), { coords, codes, hidden } = this;
    for (let i = 0; i < n; i++) {
      place(coords[3 * i], coords[3 * i + 1], coords[3 * i + 2]);
      this.x[i] = hidden.has(codes[i]) ? NaN : place.x;
      this.y[i] = place.y;
      this.z[i] = place.z;
    }
  }

  placer() {
    const { left, top, width, height } = this.inner, { zoom, x: panX, y: panY, yaw, pitch } = this.camera, d = this.depth;
    const spans = this.range.map(([low, high]) => high - low), middles = this.range.map(([low, high]) => (low + high) / 2);
    const solid = (Math.min(width, height) / Math.max(...spans)) * 0.8;
    const [kx, ky, kz] = [width / spans[0], height / spans[1], 0].map((flat) => flat + (solid - flat) * d);
    const [ca, sa, cb, sb] = [Math.cos(d * yaw), Math.sin(d * yaw), Math.cos(d * pitch), Math.sin(d * pitch)];
    const cx = left + width / 2 + panX, cy = top + height / 2 + panY, reach = Math.max(...spans) * solid;
    const place = (a, b, c) => {
      const u = (a - middles[0]) * kx, v = (b - middles[1]) * ky, w = (c - middles[2]) * kz, back = w * ca - u * sa;
      place.x = cx + (u * ca + w * sa) * zoom;
      place.y = cy - (v * cb - back * sb) * zoom;
      place.z = d ? (v * sb + back * cb) / reach : 0; // −½ (far) to ½ (near)
    };
    return place;
  }

  // [x, y] of a point on the page: for tests, and whoever else wants to point at it.
  place(row) {
    const box = this.top.getBoundingClientRect();
    return [box.left + this.x[row], box.top + this.y[row]];
  }

  inside(x, y) {
    const { left, top, width, height } = this.inner;
    return x >= left && x <= left + width && y >= top && y <= top + height;
  }

  // The row of the point under the pointer, the nearest within reach; −1 if there is none.
  at(x, y) {
    let best = -1, least = Infinity;
    if (!this.inside(x, y)) return -1;
    for (let i = 0; i < this.x.length; i++) {
      const dx = this.x[i] - x, dy = this.y[i] - y, distance = dx * dx + dy * dy, reach = Math.max(this.radius(i) + 3, 7);
      if (distance < least && distance < reach * reach) [best, least] = [i, distance];
    }
    return best;
  }

  radius(i) {
    const plain = this.radii.length ? this.radii[i] : this.data.get("radius");
    return this.depth ? plain * (1 + this.depth * this.z[i] * 0.5) : plain;
  }

  // --- to draw

  draw(last = true) {
    if (!this.coords || this.codes.length * 3 !== this.coords.length) return;
    this.resize();
    this.project();
    this.drawPoints();
    this.drawAxes();
    this.drawTop();
    if (last) this.root.dispatchEvent(new CustomEvent("embedviz-drawn"));
  }

  drawPoints() {
    const layer = this.layers[0], context = layer.getContext("2d"), { width: w, height: h } = layer, scale = this.scale;
    const image = (this.image = this.image?.width === w && this.image?.height === h ? this.image : context.createImageData(w, h));
    const pixels = image.data, { x, y, z, rgb, chosen, depth } = this, dim = this.chosen || this.data.get("lit").rows?.length;
    const edge = Object.fromEntries(Object.entries(this.inner).map(([name, value]) => [name, Math.round(value * scale)]));
    const [right, bottom] = [edge.left + edge.width, edge.top + edge.height];
    pixels.fill(255);
    const order = depth ? byDepth(z) : this.order, masks = (this.masks ??= new Map());
    for (let k = 0; k < order.length; k++) {
      const i = order[k], px = x[i] * scale, py = y[i] * scale;
      if (!(px > edge.left && px < right && py > edge.top && py < bottom)) continue; // nor what is NaN
      const size = Math.max(2, Math.round(this.radius(i) * scale * 4)), column = Math.floor(px), row = Math.floor(py);
      const code = (size << 4) | (((px - column) * 4) << 2) | ((py - row) * 4);
      let mask = masks.get(code);
      if (!mask) masks.set(code, (mask = disc(size / 4, (code >> 2) & 3, code & 3)));
      const { reach, alpha } = mask, strong = (dim && !chosen?.[i] ? DIMMED : 1) * (depth ? 1 + depth * (0.5 * DEPTH * z[i] - 0.25) : 1);
      const weight = Math.round(256 * Math.min(Math.max(strong, 0.08), 1)), [r, g, b] = [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]];
      let at = 0;
      for (let yy = row - reach; yy <= row + reach; yy++) {
        for (let xx = column - reach; xx <= column + reach; xx++, at++) {
          const a = (alpha[at] * weight) >> 8;
          if (!a || xx < 0 || xx >= w || yy < 0 || yy >= h) continue;
          const p = 4 * (yy * w + xx);
          pixels[p] += ((r - pixels[p]) * a) >> 8;
          pixels[p + 1] += ((g - pixels[p + 1]) * a) >> 8;
          pixels[p + 2] += ((b - pixels[p + 2]) * a) >> 8;
        }
      }
    }
    context.putImageData(image, 0, 0);
  }

  context(number) {
    const context = this.layers[number].getContext("2d");
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.lineWidth = 1;
    context.font = "11px 'Open Sans', 'Segoe UI', Helvetica, Arial, sans-serif";
    return context;
  }

  drawAxes() {
    const context = this.context(1), { left, top, width, height } = this.inner, titles = this.view.axes, flat = this.depth < 0.5;
    context.fillStyle = INK;
    context.font = context.font.replace("11px", "bold 15px");
    context.fillText(fit(context, this.data.get("title"), this.width - 175), 12, 16);
    context.font = context.font.replace("bold 15px", "11px");
    context.strokeStyle = "#888888";
    if (!flat) return this.drawSolidAxes(context, titles);
    context.strokeRect(left - 0.5, top + 0.5, width + 1, height);
    context.textAlign = "center";
    const place = this.placer(), suffix = this.view.suffix ?? "";
    const [zx, zy] = [0, 1].map((i) => { // the range in view, after zoom and pan
      const [low, high] = this.range[i], size = i ? height : width, span = (high - low) / this.camera.zoom;
      const shift = ((i ? this.camera.y : -this.camera.x) / size / this.camera.zoom) * (high - low), middle = (low + high) / 2 + shift;
      return [middle - span / 2, middle + span / 2];
    });
    for (const value of ticks(...zx, 6)) {
      place(value, 0, 0);
      context.fillRect(place.x - 0.5, top + height, 1, 4);
      context.fillText(label(value) + suffix, place.x, top + height + 12);
    }
    context.textAlign = "right";
    for (const value of ticks(...zy, 6)) {
      place(0, value, 0);
      context.fillRect(left - 5, place.y - 0.5, 4, 1);
      context.fillText(label(value) + suffix, left - 8, place.y);
    }
    context.font = context.font.replace("11px", "12px");
    context.textAlign = "center";
    context.fillText(fit(context, titles[0], width), left + width / 2, this.height - 11);
    context.save();
    context.translate(11, top + height / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(fit(context, titles[1], height), 0, 0);
    context.restore();
  }

  drawSolidAxes(context, titles) {
    const place = this.placer(), low = this.range.map(([a]) => a), reach = Math.max(...this.range.map(([a, b]) => b - a));
    const corner = this.range.map(([a, b]) => (a + b) / 2 - reach / 2);
    titles.forEach((title, i) => {
      const ends = [corner, corner.map((value, j) => (i === j ? value + reach : value))].map((end) => {
        place(...end);
        return [place.x, place.y];
      });
      context.beginPath();
      context.moveTo(...ends[0]);
      context.lineTo(...ends[1]);
      context.stroke();
      context.textAlign = ends[1][0] > ends[0][0] + 40 ? "right" : "left";
      context.fillText(title, ends[1][0], ends[1][1] + (i === 1 ? -8 : 10));
    });
  }

  drawTop() {
    const context = this.context(2), { left, top, width, height } = this.inner;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    for (const mark of this.data.get("marks")) this.drawMark(context, mark);
    const { rows = [], kinds = [] } = this.data.get("lit"), at = (row) => [this.x[row], this.y[row]];
    const shown = rows.map((row, i) => ({ row, kind: kinds[i] ?? "true", first: i === 0 })).filter(({ row }) => !isNaN(this.x[row]));
    const center = shown.find((one) => one.first);
    for (const { row, kind, first } of center ? shown : []) {
      if (first || kind === "false") continue;
      context.beginPath();
      context.setLineDash(kind === "torn" ? [5, 4] : []);
      context.strokeStyle = kind === "torn" ? TORN : FAINT;
      context.lineWidth = kind === "torn" ? 1.5 : 1;
      context.moveTo(...at(center.row));
      context.lineTo(...at(row));
      context.stroke();
    }
    context.setLineDash([]);
    for (const { row, kind, first } of shown.toReversed()) {
      const [x, y] = at(row);
      context.fillStyle = first ? INK : `rgb(${this.rgb.slice(3 * row, 3 * row + 3)})`;
      context.strokeStyle = kind === "torn" ? TORN : kind === "false" ? FALSE : INK;
      context.lineWidth = kind === "true" ? 1 : 2;
      context.beginPath();
      if (first) star(context, x, y, 9);
      else if (kind === "false") context.rect(x - 4.5, y - 4.5, 9, 9);
      else context.arc(x, y, 5, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
      if (kind === "false") {
        context.beginPath();
        for (const s of [-1, 1]) [context.moveTo(x - 4, y - 4 * s), context.lineTo(x + 4, y + 4 * s)];
        context.stroke();
      }
    }
    if (!this.moving) this.drawLabels(context, shown);
    context.restore();
    if (this.outline) {
      context.beginPath();
      this.outline.forEach((point, i) => (i ? context.lineTo(...point) : context.moveTo(...point)));
      context.closePath();
      context.fillStyle = "rgba(0, 114, 178, 0.12)";
      context.strokeStyle = "#0072B2";
      context.fill();
      context.stroke();
    }
  }

  drawMark(context, { x, y, text, color }) {
    const place = this.placer();
    place(x, y, 0);
    context.strokeStyle = context.fillStyle = color;
    context.lineWidth = 2;
    context.beginPath();
    for (const [dx, dy] of [[0, -6], [6, 0], [0, 6], [-6, 0]]) context.lineTo(place.x + dx, place.y + dy);
    context.closePath();
    context.stroke();
    if (!text) return;
    const { left, width } = this.inner, half = context.measureText(text).width / 2 + 3; // not beyond the frame
    context.textAlign = "center";
    context.fillText(text, Math.min(Math.max(place.x, left + half), left + width - half), place.y + 18);
  }

  // Names beside the lit points, where there is room: the first is the most important.
  drawLabels(context, shown) {
    const { left, top, width, height } = this.inner, taken = shown.map(({ row }) => [this.x[row] - 7, this.y[row] - 7, this.x[row] + 7, this.y[row] + 7]);
    context.textAlign = "center";
    this.labels = [];
    for (const { row, first } of shown) {
      context.font = `${first ? "bold " : ""}12px 'Open Sans', 'Segoe UI', Helvetica, Arial, sans-serif`;
      const text = shorten(this.data.get("names")[row] ?? "", 32), half = context.measureText(text).width / 2 + 2, [x, y] = [this.x[row], this.y[row]];
      if (!this.inside(x, y)) continue;
      const found = spots(half).find(([dx, dy]) => {
        const box = [x + dx - half, y + dy - 8, x + dx + half, y + dy + 8];
        const within = box[0] >= left && box[1] >= top && box[2] <= left + width && box[3] <= top + height;
        return within && !taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
      });
      if (!found) continue;
      const [dx, dy] = found;
      taken.push([x + dx - half, y + dy - 8, x + dx + half, y + dy + 8]);
      this.labels.push(text);
      context.strokeStyle = "#888888";
      context.lineWidth = 0.6;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + dx - Math.sign(dx) * half * (Math.abs(dx) > half), y + dy);
      context.stroke();
      context.fillStyle = "rgba(255, 255, 255, 0.85)";
      context.fillRect(x + dx - half, y + dy - 8, 2 * half, 16);
      context.fillStyle = INK;
      context.fillText(text, x + dx, y + dy);
    }
  }

  legend() {
    const groups = this.data.get("groups"), focused = [...this.key.children].indexOf(document.activeElement);
    this.key.replaceChildren(...(groups.length > 1 ? groups : []).map(({ label: text, color, count }, code) => {
      const button = Object.assign(document.createElement("button"), { type: "button", title: `${text}: ${count.toLocaleString("en")}. Press to hide or show, with Shift to see it alone` });
      const swatch = button.appendChild(document.createElement("span"));
      swatch.style.background = color;
      button.append(`${shorten(text, 22)} (${count.toLocaleString("en")})`);
      button.setAttribute("aria-pressed", String(!this.hidden.has(code)));
      button.addEventListener("click", (event) => {
        const others = groups.map((_, i) => i).filter((i) => i !== code), alone = others.every((i) => this.hidden.has(i)) && !this.hidden.has(code);
        const hidden = event.shiftKey ? (alone ? [] : others) : this.hidden.has(code) ? [...this.hidden].filter((i) => i !== code) : [...this.hidden, code];
        this.data.set("hidden", hidden.length === groups.length ? [] : hidden);
        this.data.save_changes();
      });
      return button;
    }));
    this.key.children[focused]?.focus();
  }

  // --- hands

  setLasso(on) {
    this.lassoing = on;
    this.lassoButton.setAttribute("aria-pressed", String(on));
    this.top.classList.toggle("embedviz-lassoing", on);
  }

  press(event) {
    if (event.button) return;
    this.top.focus({ preventScroll: true });
    this.top.setPointerCapture(event.pointerId);
    this.held = { x: event.offsetX, y: event.offsetY, camera: { ...this.camera }, moved: false };
    if (this.lassoing || event.shiftKey) this.outline = [[event.offsetX, event.offsetY]];
  }

  drag(event) {
    const { offsetX: x, offsetY: y } = event;
    if (!this.held) {
      this.hover(this.moving ? null : this.at(x, y), x, y);
      return;
    }
    const dx = x - this.held.x, dy = y - this.held.y;
    this.held.moved ||= Math.hypot(dx, dy) > 3;
    if (!this.held.moved) return;
    this.hover(null);
    if (this.outline) {
      this.outline.push([x, y]);
      this.drawTop();
    } else {
      const before = this.held.camera;
      if (this.view.dim === 3) Object.assign(this.camera, { yaw: before.yaw - dx / 120, pitch: before.pitch + dy / 120 });
      else Object.assign(this.camera, { x: before.x + dx, y: before.y + dy });
      this.later();
    }
  }

  release(event) {
    const { held, outline } = this;
    this.held = this.outline = null;
    if (!held) return;
    if (held.moved && outline) {
      const rows = [];
      for (let i = 0; i < this.x.length; i++) if (this.inside(this.x[i], this.y[i]) && within(outline, this.x[i], this.y[i])) rows.push(i);
      this.data.send({ lasso: rows.length }, undefined, [Int32Array.from(rows).buffer]);
      this.setLasso(false);
      this.drawTop();
    } else if (!held.moved) {
      const row = this.at(event.offsetX, event.offsetY);
      if (row >= 0) this.data.send({ row });
    }
  }

  hover(row, x, y) {
    if (row === null || row < 0) row = null;
    if (row !== null) {
      const kept = this.numbers("kept", Uint8Array), of = this.data.get("kept_of");
      this.tip.replaceChildren(Object.assign(document.createElement("b"), { textContent: this.data.get("names")[row] }));
      if (this.data.get("texts").length) this.tip.innerHTML = this.data.get("texts")[row];
      this.tip.insertAdjacentHTML("beforeend", kept.length ? `<br><i>${kept[row]} of its ${of} nearest are near it here</i>` : "");
      this.tip.style.left = x > this.width / 2 ? "" : `${x + 14}px`;
      this.tip.style.right = x > this.width / 2 ? `${this.width - x + 10}px` : "";
      this.tip.style.top = y > this.height / 2 ? "" : `${y + 12}px`;
      this.tip.style.bottom = y > this.height / 2 ? `${this.height - y + 8}px` : "";
    }
    this.tip.hidden = row === null;
    this.top.style.cursor = row === null ? "" : "pointer";
    if (row === (this.hovered ?? null)) return;
    this.hovered = row;
    clearTimeout(this.rest); // said when the pointer has come to rest, not at each point on its way
    if (this.data.get("hovers")) this.rest = setTimeout(() => this.data.send({ hover: row }), 80);
  }

  type(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const say = { n: "next", p: "previous", " ": "play", Escape: "clear" }[key];
    if (step && this.view.dim === 3) Object.assign(this.camera, { yaw: this.camera.yaw - step[0] / 8, pitch: this.camera.pitch + step[1] / 8 });
    else if (step) Object.assign(this.camera, { x: this.camera.x - 40 * step[0], y: this.camera.y - 40 * step[1] });
    else if (event.key === "+" || event.key === "=") this.zoom(1.5);
    else if (event.key === "-") this.zoom(1 / 1.5);
    else if (event.key === "0") this.home();
    else if (key === "l") this.setLasso(!this.lassoing);
    else if (event.key === "/") this.root.closest("[class*=embedviz-live-]")?.querySelector(".embedviz-search")?.focus();
    else if (say) this.data.send({ key: say });
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.later();
  }

  zoom(factor, [x, y] = [this.inner.left + this.inner.width / 2, this.inner.top + this.inner.height / 2]) {
    const { left, top, width, height } = this.inner, { camera } = this, after = Math.min(Math.max(camera.zoom * factor, 0.5), 60);
    const [cx, cy] = [left + width / 2, top + height / 2], ratio = after / camera.zoom; // what is at (x, y) stays there
    Object.assign(camera, { zoom: after, x: x - cx - (x - cx - camera.x) * ratio, y: y - cy - (y - cy - camera.y) * ratio });
    this.later();
  }

  home() {
    Object.assign(this.camera, { zoom: 1, x: 0, y: 0, yaw: 0.6, pitch: 0.4 });
    this.later();
  }

  later() { // many events, one drawing
    if (this.moving) return;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }
}

// How much of each pixel a disc covers, 0 to 204 (it is a little transparent); its middle is `column`, `row` quarters into a pixel.
function disc(radius, column, row) {
  const reach = Math.ceil(radius + 0.5), alpha = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const distance = Math.hypot(x + 0.5 - (column + 0.5) / 4, y + 0.5 - (row + 0.5) / 4);
      alpha.push(Math.round(204 * Math.min(Math.max(radius + 0.5 - distance, 0), 1)));
    }
  }
  return { reach, alpha: Uint8Array.from(alpha) };
}

// Rows from back to front: a counting sort into 256 slices, since a map of 40,000 points is sorted for each picture.
function byDepth(z) {
  const slice = new Uint8Array(z.length), starts = new Uint32Array(257), order = new Uint32Array(z.length);
  for (let i = 0; i < z.length; i++) starts[(slice[i] = Math.min(Math.max((z[i] + 0.9) * 142, 0), 255)) + 1]++;
  for (let k = 0; k < 256; k++) starts[k + 1] += starts[k];
  for (let i = 0; i < z.length; i++) order[starts[slice[i]]++] = i;
  return order;
}

function within(outline, x, y) {
  let inside = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [ax, ay] = outline[i], [bx, by] = outline[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

function ticks(low, high, about) {
  const rough = (high - low) / about, power = 10 ** Math.floor(Math.log10(rough)), step = [1, 2, 5, 10].find((m) => m * power >= rough) * power;
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) found.push(k * step);
  return found;
}

const label = (value) => String(Number(value.toPrecision(4))).replace("-", "−");
const shorten = (text, width) => (text.length <= width ? text : text.slice(0, width - 1).trimEnd() + "…");

function fit(context, text, width) {
  while (text.length > 4 && context.measureText(text).width > width) text = text.slice(0, -2).trimEnd() + "…";
  return text;
}

function spots(half) {
  const found = [];
  for (const radius of [12, 24, 40, 60]) {
    for (const angle of [0, 180, 30, -30, 150, -150, 60, -60, 120, -120, 90, -90]) {
      const turn = (angle * Math.PI) / 180, side = Math.sign(Math.round(Math.cos(turn) * 1e6));
      found.push([radius * Math.cos(turn) + side * half, -radius * Math.sin(turn)]);
    }
  }
  return found;
}

function star(context, x, y, radius) {
  for (let i = 0; i < 10; i++) {
    const r = i % 2 ? radius * 0.42 : radius, turn = (i * Math.PI) / 5;
    context.lineTo(x + r * Math.sin(turn), y - r * Math.cos(turn));
  }
  context.closePath();
}
