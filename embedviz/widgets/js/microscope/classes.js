// What the colors and shapes of the map mean: classes as PointMap.paint has them, and the class of each item at a step.

export const LOOKS = {
  rest: { label: "not measured", color: "#949494", dark: "#777777", shape: "dot", rest: true },
  off: { label: "not on this level", color: "#d5d5d5", dark: "#3a3a3a", shape: "dot", rest: true },
  measured: { label: "measured", color: "#009ce5", dark: "#86d1ff", shape: "circle", rest: false },
  waiting: { label: "waits in the queue", color: "#c98705", dark: "#f9c23f", shape: "triangle", rest: false },
  now: { label: "measured in this step", color: "#c98705", dark: "#f9c23f", shape: "triangle", rest: false },
  best: { label: "among the best so far", color: "#008f5f", dark: "#00b280", shape: "square", rest: false },
};

const ORDER = Object.keys(LOOKS);
const RADII = { rest: 1.9, off: 1.2, measured: 3.6, waiting: 4.2, now: 3.6, best: 5 };

export const CLASSES = ORDER.map((name) => ({ count: 0, ...LOOKS[name] }));

// Those of an index, for a legend.
export const classesOf = (index) =>
  index === "HNSW" ? ["best", "waiting", "measured", "rest", "off"] : ["best", "now", "measured", "rest"];

// { codes, radii } of all items at the step that is shown.
export function painted(microscope, { index, links, steps, at, step }) {
  const codes = new Uint8Array(microscope.n), code = (name) => ORDER.indexOf(name);
  const give = (items, name) => { for (const item of items) codes[item] = code(name); };
  const upper = index === "HNSW" && step.level > 0, graph = microscope.graphs.get(links);
  if (upper) {
    give(codes.keys(), "off");
    give(onLevel(graph, step.level), "rest");
  }
  for (const one of steps.slice(0, at + 1)) {
    if (one.kind === "centers" || (index === "HNSW" && one.level !== step.level)) continue;
    give(one.measured, "measured");
  }
  if (index === "HNSW") give(step.waiting, "waiting");
  else if (step.kind === "list") give(step.measured, "now");
  give(step.best, "best");
  return { codes, radii: Float32Array.from(codes, (one) => RADII[ORDER[one]]) };
}

// [least, greatest] of a column.
export const ends = (column) => [Math.min, Math.max].map((pick) => column.reduce((a, b) => pick(a, b)));

// The items of a level: all, or those that have links there, and the entry point.
export function onLevel({ links, entry, vectors, dim }, level) {
  const all = [...Array(vectors.length / dim).keys()], { starts } = links[level];
  return level ? all.filter((item) => item === entry || starts[item + 1] > starts[item]) : all;
}
