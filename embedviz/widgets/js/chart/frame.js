// What all charts have in common: title, plot, legend, a tip by pointer, touch and keyboard, and drawing in time.
//
// A kind of chart extends `Chart` by
//   draw(width)          fill this.svg for a plot so wide; gives its height, both in CSS pixels
//   near(x, y)           what can be pointed at there, or null: a cursor, a plain value of its own
//   step(cursor, key)    the cursor that a key of KEYS leads to; from null the first
//   tell(cursor)         { place: [x, y], lines: [text, …], outline: the SVG around it }, or null if it is gone

import "../parts/theme.css";
import "./chart.css";
import { element, isDark, shorten, uniqueId, watchLook } from "../dom.js";
import { svg } from "./svg.js";

const KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];
const LONGEST = 60; // letters of a name in a tip

export class Chart {
  constructor(el, hint) {
    const id = uniqueId();
    this.title = element("div", { className: "embedviz-chart-title" });
    this.svg = svg("svg", { role: "img", tabindex: 0, "aria-describedby": id });
    this.tip = element("div", { className: "embedviz-chart-tip", hidden: true, "aria-hidden": "true" });
    this.said = element("div", { className: "embedviz-chart-said", "aria-live": "polite" });
    this.legend = element("ul", { className: "embedviz-chart-legend", hidden: true });
    const help = element("div", { className: "embedviz-chart-said", id }, hint);
    this.plot = element("div", { className: "embedviz-chart-plot" }, this.svg, this.tip, this.said, help);
    this.root = element("div", { className: "embedviz embedviz-chart" }, this.title, this.plot, this.legend);
    this.root.chart = this; // for tests, and for whoever looks into the page
    this.values = this.cursor = this.due = null;
    this.outline = svg("g");
    el.append(this.root);
    this.listen();
  }

  // Show these values instead; `description` is what there is to see, for those who cannot.
  show(values, description) {
    this.values = values;
    this.svg.setAttribute("aria-label", description);
    this.title.textContent = values.title ?? "";
    this.title.hidden = !values.title;
    this.later();
  }

  stop() {
    this.stopped = true;
    this.listening.abort();
    this.sizes.disconnect();
    this.unwatch();
    cancelAnimationFrame(this.due);
    this.root.remove();
  }

  // Draw before the page is next painted: once, however much comes until then.
  later() {
    if (!this.stopped) this.due ??= requestAnimationFrame(() => { this.due = null; this.paint(); });
  }

  paint() {
    const width = this.plot.clientWidth;
    if (!this.values || !width) return; // not in the page, or not yet laid out: the observer of its size will tell
    this.dark = isDark();
    this.svg.replaceChildren();
    const height = this.draw(width);
    this.svg.setAttribute("height", height);
    this.svg.append(this.outline);
    this.width = width;
    this.showTip();
  }

  listen() {
    this.listening = new AbortController();
    const on = (name, act) => this.svg.addEventListener(name, act, { signal: this.listening.signal });
    const point = (event) => {
      const box = this.svg.getBoundingClientRect();
      this.move(this.near(event.clientX - box.left, event.clientY - box.top));
    };
    on("pointermove", point);
    on("pointerdown", point);
    on("pointerleave", ({ pointerType }) => { if (pointerType === "mouse") this.move(null); }); // a finger's tip stays
    on("focus", () => { // by keyboard; a click is at something already
      if (this.cursor === null && this.values && this.svg.matches(":focus-visible")) this.move(this.step(null, "End"));
    });
    on("blur", () => this.move(null));
    on("keydown", (event) => this.key(event));
    this.sizes = new ResizeObserver(() => { if (this.plot.clientWidth !== this.width) this.later(); });
    this.sizes.observe(this.plot);
    this.unwatch = watchLook(() => this.later());
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !this.values) return;
    if (event.key === "Escape" && this.cursor !== null) this.move(null);
    else if (KEYS.includes(event.key)) this.move(this.step(this.cursor, event.key), true);
    else return;
    event.preventDefault();
  }

  // The cursor goes there; by keyboard it is also said.
  move(cursor, aloud = false) {
    if (cursor === null && this.cursor === null) return;
    this.cursor = cursor;
    const told = this.showTip();
    this.said.textContent = aloud && told ? told.lines.join(", ") : "";
  }

  showTip() {
    const told = this.cursor === null || !this.width ? null : this.tell(this.cursor);
    if (!told) this.cursor = null;
    this.tip.hidden = !told;
    this.outline.replaceChildren(...(told ? [told.outline].flat() : []));
    if (!told) return null;
    this.tip.replaceChildren(...told.lines.map((line) => element("div", {}, shorten(line, LONGEST))));
    const { offsetWidth: width, offsetHeight: height } = this.tip, [x, y] = told.place;
    const left = x + 14 + width <= this.width ? x + 14 : Math.max(0, x - 14 - width);
    this.tip.style.transform = `translate(${left}px, ${y - 10 - height >= 0 ? y - 10 - height : y + 14}px)`;
    return told;
  }
}
