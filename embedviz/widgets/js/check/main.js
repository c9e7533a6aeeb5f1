// Whether this page draws widgets: the self-check of "Start here". Only what is missing comes with what to do.

import "../parts/theme.css";
import "./check.css";
import { element } from "../dom.js";

const BROWSER = "use a browser of 2024 or later (Firefox, Chrome, Edge or Safari)";

// { what, right, todo }, of the page that this runs in.
export function looks() {
  const canvas = document.createElement("canvas");
  return [
    { what: "Widgets", right: true, todo: "" },
    { what: "Maps of many points (WebGL 2)", right: Boolean(canvas.getContext("webgl2")),
      todo: "the maps still work, more slowly; allow hardware acceleration in the browser's settings" },
    { what: "Formulas on cards (MathML)", right: "mathDepth" in document.body.style || "MathMLElement" in window,
      todo: BROWSER },
    { what: "Light and dark colors", right: CSS.supports("color", "light-dark(red, blue)"), todo: BROWSER },
    { what: "Pages of their own (to_html)", right: "DecompressionStream" in window, todo: BROWSER },
  ];
}

export function mount(el) {
  const items = looks().map(({ what, right, todo }) => element("li", { className: right ? "right" : "wrong" },
    right ? `✓ ${what}` : `✗ ${what}: ${todo}`));
  const root = element("div", { className: "embedviz embedviz-check" }, element("p", {}, "This page draws:"),
    element("ul", {}, items));
  el.append(root);
  return () => root.remove();
}
