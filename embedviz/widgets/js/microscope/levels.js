// The levels of HNSW as small maps, the highest first: how few items each has, and how the search comes down.

import { count, element } from "../dom.js";
import { svg } from "../chart/svg.js";
import { ends, onLevel } from "./classes.js";
import { wayTo } from "./map.js";

const WIDTH = 132, HEIGHT = 74, EDGE = 5; // CSS pixels

// Each is a button: the first step on that level.
export function levelsView(microscope, change) {
  const label = "Levels of the graph, the highest first";
  const root = element("div", { className: "levels", role: "group", "aria-label": label });
  const place = placer(microscope), made = new Map(); // by M
  const build = (links) => {
    const graph = microscope.graphs.get(links);
    return graph.links.map((_, level) => levelPicture(onLevel(graph, level), level, place)).reverse();
  };
  let current = null;
  return {
    root,
    show: ({ index, links, steps, at, step }) => {
      root.hidden = index !== "HNSW";
      if (root.hidden) return;
      if (!made.has(links)) made.set(links, build(links));
      const pictures = made.get(links), past = steps.slice(0, at + 1);
      if (current !== links) root.replaceChildren(...pictures.map(({ button }) => button));
      current = links;
      root.style.setProperty("--levels", pictures.length);
      for (const one of pictures) {
        const own = steps.map((_, i) => i).filter((i) => steps[i].level === one.level);
        const measured = own.filter((i) => i <= at).reduce((sum, i) => sum + steps[i].measured.length, 0);
        const here = step.level === one.level ? step.to[0] ?? step.at : -1;
        one.button.onclick = () => change({ step: own[0] });
        const way = wayTo(past.filter(({ level }) => level === one.level), at);
        one.show(measured, step.level === one.level, way, here);
      }
    },
  };
}

function placer({ x, y }) {
  const scale = (column, size, up) => {
    const [low, high] = ends(column), share = (value) => (value - low) / (high - low || 1);
    return (item) => EDGE + (size - 2 * EDGE) * (up ? 1 - share(column[item]) : share(column[item]));
  };
  const [across, down] = [scale(x, WIDTH, false), scale(y, HEIGHT, true)];
  return (item) => `${across(item).toFixed(1)} ${down(item).toFixed(1)}`;
}

function levelPicture(items, level, place) {
  const dots = svg("path", { class: "dots", d: items.map((item) => `M${place(item)}h0`).join(""),
    style: `stroke-width: ${items.length > 500 ? 1.3 : items.length > 60 ? 2.2 : 4}` });
  const line = svg("path", { class: "way" }), spot = svg("path", { class: "here" });
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" }, dots, line, spot);
  const many = `${count(items.length)} item${items.length === 1 ? "" : "s"}`, said = element("span");
  const head = element("span", { className: "head" }, element("b", {}, `Level ${level}`), ` ${many}`);
  const button = element("button", { type: "button", title: "To the first step on this level" }, head, picture, said);
  return {
    level, button,
    show: (measured, current, way, here) => {
      said.textContent = `${count(measured)} measured`;
      button.setAttribute("aria-current", current ? "step" : "false");
      line.setAttribute("d", way.map(([from, to]) => `M${place(from)}L${place(to)}`).join(""));
      spot.setAttribute("d", here >= 0 ? `M${place(here)}h0` : "");
    },
  };
}
