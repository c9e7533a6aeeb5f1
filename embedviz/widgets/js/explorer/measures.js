// How far the map that is shown can be trusted: measured by a worker, when the map has come to rest.

import { work } from "../worker.js";
import { needsAll } from "./question.js";

const REST = 300; // milliseconds
const MOST = 5000; // in a bigger table only a sample of points is measured, unless a color needs all
const SAMPLE = 1000; // points, but no more pairs of one of them and any other than COMPARED, if 100 points will do
const COMPARED = 1e8;

export class Measures {
  constructor(state, data) {
    Object.assign(this, { state, data, memory: new Map() });
  }

  // Measure soon: not each epoch that is played, nor while the kernel needs the processor.
  soon() {
    clearTimeout(this.due);
    const { place, playing } = this.state.values;
    if (!place || this.stopped) return;
    const known = this.memory.get(place.coords);
    if (known && known.dim === place.dim && (known.all || !needsAll(this.state))) this.state.set({ measures: known });
    else {
      this.state.set({ measures: null });
      if (!playing && !this.data.source.get("hold")) this.due = setTimeout(() => this.measure(place), REST);
    }
  }

  async measure(place) {
    const table = this.data.tables[place.at], { n, near } = this.data;
    if (!table?.vectors.length) return;
    const all = n <= MOST || needsAll(this.state), sample = Math.min(SAMPLE, Math.max(100, Math.floor(COMPARED / n)));
    const options = { k: near, sample: all ? null : sample, seed: 0 };
    const map = [place.coords, place.dim];
    const found = await work("space/distortion.js", "measures", table.vectors, table.dim, ...map, options);
    if (this.stopped) return;
    this.memory.set(place.coords, { ...found, all, dim: place.dim });
    if (this.memory.size > 20) this.memory.delete(this.memory.keys().next().value);
    if (this.state.get("place") === place) this.soon();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.due);
  }
}
