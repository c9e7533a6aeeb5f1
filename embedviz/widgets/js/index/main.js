// Recall against queries per second: choose the vectors, the way and the least recall, and see the fastest index.
// The source's values are the state: controls set them, and what is drawn follows them.

import { numbers } from "../bytes.js";
import { LineChart } from "../chart/lines.js";
import { element } from "../dom.js";
import { buttons, select, slider } from "../parts/controls.js";
import { answer, fastest, kindsOf } from "./tradeoff.js";

const WAYS = { batched: "all queries at once", single: "one query at a time" };
const STEP = 0.005, HEIGHT = 370, WIDTH = 820; // of recall; CSS pixels

export function mount(el, source) {
  const tables = source.get("tables").map(unpacked), looks = source.get("looks");
  const set = (name) => (value) => source.set({ [name]: value });
  const vectors = select("Vectors", tables.map(({ name }) => ({ value: name, label: name })), set("vectors"));
  const ways = Object.entries(WAYS).map(([value, label]) => ({ value, label }));
  const way = buttons("Queries", ways, set("way"));
  // A program may have set what lies between two steps: the number beside the slider is that of the answer.
  const exact = (value) => (Math.abs(value - source.get("least")) <= STEP / 2 ? source.get("least") : value);
  const format = (value) => exact(value).toFixed(3);
  const least = slider("Least recall@k wanted", { min: 0.5, max: 1, step: STEP, format }, set("least"));
  const plot = element("div", { style: { maxWidth: `${WIDTH}px` } }), said = element("p", { role: "status" });
  const row = (...parts) => element("div", { className: "embedviz-row" }, parts.map(({ root }) => root));
  const root = element("div", { className: "embedviz" }, row(vectors, way), row(least), plot, said);
  el.append(root);
  const chart = new LineChart(plot);
  const show = () => {
    const shown = { way: source.get("way"), least: source.get("least") };
    const table = tables.find(({ name }) => name === source.get("vectors"));
    const text = answer(table, shown.least, shown.way);
    vectors.show(table.name);
    way.show(shown.way);
    least.show(shown.least);
    if (said.textContent !== text) said.textContent = text;
    const values = plotted(table, shown, looks), kinds = [...kindsOf(table).keys()].join(", ");
    chart.show(values, `${values.title}: queries a second against recall, for ${kinds}. ${text}`);
  };
  const off = source.on(["vectors", "way", "least"], show);
  show();
  return () => { off(); chart.stop(); root.remove(); };
}

function unpacked({ name, index, setting, ...columns }) {
  const read = Object.entries(columns).map(([column, bytes]) => [column, numbers(bytes, Float64Array)]);
  return { name, index, setting, ...Object.fromEntries(read) };
}

// What `LineChart` shows of a table: a curve for each kind of index, a ring around the fastest.
function plotted(table, { way, least }, looks) {
  const low = Math.min(0.5, ...table.recall) - 0.02, best = fastest(table, least, way);
  const pick = (column, rows) => rows.map((row) => column[row]);
  const curves = [...kindsOf(table)].map(([kind, rows]) => ({
    name: kind, ...looks[kind],
    x: pick(table.recall, rows), y: pick(table[way], rows), notes: pick(table.setting, rows),
  }));
  return {
    title: `${table.name}: ${WAYS[way]}, on one core`, height: HEIGHT, legend: true, curves,
    band: { low, high: least, text: "recall too low" },
    x: { title: "recall (share of the true nearest found)", name: "recall", range: [low, 1.012], decimals: 3 },
    y: { title: "queries a second (log)", name: "queries a second", log: true, decimals: 0 },
    ring: best < 0 ? null : [table.recall[best], table[way][best]],
  };
}
