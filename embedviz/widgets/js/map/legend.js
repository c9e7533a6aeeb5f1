// What the colors and shapes of a map mean. Each class is a button: pressed, it is shown; a small one beside it shows
// it alone, as Shift and a long press do.

import "./map.css";
import { count as counted, element, shorten } from "../dom.js";
import { svgPath } from "./shapes.js";

const LABEL = 26, LONG = 500; // letters; milliseconds

export class Legend {
  // hide(codes): the classes that are hidden after a press.
  constructor(el, { hide }) {
    this.hide = hide;
    this.root = element("div", {
      className: "embedviz-legend", role: "group",
      "aria-label": "Legend: press to hide or show a class, with Shift to see it alone",
    });
    el.append(this.root);
    this.classes = [];
    this.hidden = new Set();
  }

  // The classes as PointMap.paint has them, and the numbers of those that are hidden. One class says nothing.
  show(classes, hidden = []) {
    this.hidden = new Set(hidden);
    if (JSON.stringify(classes) !== JSON.stringify(this.classes)) {
      const focused = [...this.root.querySelectorAll("button")].indexOf(document.activeElement);
      this.classes = classes;
      this.root.replaceChildren(...(classes.length > 1 ? classes : []).map((one, code) => this.entry(one, code)));
      this.root.hidden = classes.length < 2;
      this.root.querySelectorAll("button")[focused]?.focus();
    }
    [...this.root.children].forEach((entry, code) => {
      entry.firstChild.setAttribute("aria-pressed", String(!this.hidden.has(code)));
      entry.lastChild.setAttribute("aria-pressed", String(this.isAlone(code)));
    });
  }

  stop() {
    clearTimeout(this.timer);
    this.root.remove();
  }

  entry({ label, count, color, dark, shape }, code) {
    const title = `${label}: ${counted(count)}`, only = `Only ${label}`;
    let held = false;
    const text = element("span", { className: "embedviz-class" }, shorten(label, LABEL));
    const toggle = element("button", {
      type: "button", title, "aria-label": title, oncontextmenu: (event) => { if (held) event.preventDefault(); },
      onclick: (event) => {
        if (!held) this.press(code, event.shiftKey);
        held = false;
      },
    }, swatch(color, dark, shape), text, element("span", { className: "embedviz-count" }, counted(count)));
    toggle.addEventListener("touchstart", () => {
      this.timer = setTimeout(() => { held = true; this.press(code, true); }, LONG);
    }, { passive: true });
    for (const kind of ["touchend", "touchmove", "touchcancel"]) {
      toggle.addEventListener(kind, () => clearTimeout(this.timer), { passive: true });
    }
    const alone = element("button", {
      type: "button", title: only, "aria-label": only, onclick: () => this.press(code, true),
    }, "only");
    return element("span", { className: "embedviz-entry" }, toggle, alone);
  }

  isAlone(code) {
    return this.hidden.size === this.classes.length - 1 && !this.hidden.has(code);
  }

  press(code, alone) {
    const others = this.classes.map((_, i) => i).filter((i) => i !== code);
    let hidden = this.hidden.has(code) ? [...this.hidden].filter((i) => i !== code) : [...this.hidden, code];
    if (alone) hidden = this.isAlone(code) ? [] : others;
    this.hide(hidden.length === this.classes.length ? [] : hidden.sort((a, b) => a - b)); // never nothing at all
  }
}

function swatch(color, dark, shape) {
  const [picture, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  picture.setAttribute("viewBox", "0 0 18 18");
  picture.setAttribute("aria-hidden", "true");
  path.setAttribute("d", svgPath(shape, 6, 9));
  path.style.fill = `light-dark(${color}, ${dark})`;
  picture.append(path);
  return picture;
}
