// A chart that shows what a `LiveChart` of Python holds.

import { numbers } from "../bytes.js";
import { HeatMap } from "./heat.js";
import { LineChart } from "./lines.js";

const KINDS = { lines: LineChart, heat: HeatMap };

export function mount(el, source) {
  const chart = new KINDS[source.get("kind")](el);
  const show = () => chart.show(plain(source.get("values")), source.get("description"));
  const off = source.on(["values", "description"], show);
  show();
  return () => { off(); chart.stop(); };
}

// Bytes are numbers of 64 bits.
function plain(value) {
  if (ArrayBuffer.isView(value)) return numbers(value, Float64Array);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}
