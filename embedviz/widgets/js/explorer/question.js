// What is asked, and what can be asked next: the only thing that changes the state. Hands call it; so does whoever
// speaks for the kernel.

import { KEPT } from "./data.js";

export const STEP = 450; // milliseconds from epoch to epoch, while they are played

export class Question {
  constructor(state, data) {
    Object.assign(this, { state, data });
  }

  // A row, or null: none; also ends a lasso.
  select(row) {
    const { selected, trail } = this.state.values;
    const further = trail.at(-1) === selected ? [...trail, row] : [row];
    const walk = row === null ? [] : trail.includes(row) ? trail : further;
    this.state.set({ selected: row, chosen: [], trail: walk, message: null, preview: null });
  }

  choose(rows) {
    if (!rows.length) this.select(null);
    else this.state.set({ selected: null, trail: [], chosen: Array.from(rows), message: null, preview: null });
  }

  // Go on to the nearest neighbor where the walk has not been yet, or back.
  walk(forward) {
    const { selected, at, trail } = this.state.values;
    if (selected === null) return;
    if (forward) {
      const next = this.data.neighbors(at, selected).rows.find((row) => !trail.includes(row));
      if (next !== undefined) this.select(next);
    } else if (trail.length > 1) {
      this.state.set({ trail: trail.slice(0, -1) });
      this.select(trail.at(-2));
    }
  }

  // Select what a text means; if that is nothing, suggest some.
  search(text) {
    if (!text.trim()) return this.select(null);
    const { name, close } = this.data.names.lookUp(text);
    if (name !== null) return this.select(this.data.names.row(name));
    const hint = close.length ? " Did you mean:" : " Try another spelling.";
    this.state.set({ message: { text: `“${text.trim()}” is not on the map.${hint}`, names: close } });
  }

  preview(row) {
    this.state.set({ preview: row });
  }

  project(projection) {
    const { last } = this.data; // the epochs share the axes of PCA; UMAP has none
    this.state.set(projection === "umap" ? { projection, at: last, playing: false } : { projection });
  }

  goTo(at) {
    if (at < 0 || at > this.data.last) return;
    const changes = at === this.data.last ? { at, playing: false } : { at };
    if (this.state.get("projection") === "umap" && at !== this.data.last) changes.projection = "pca";
    this.state.set(changes);
  }

  play() {
    if (this.data.last < 1) return;
    if (!this.state.get("playing") && this.state.get("at") === this.data.last) this.goTo(0);
    this.state.set({ playing: !this.state.get("playing") });
  }

  // One end of the direction, as a text.
  aim(which, text) {
    const ends = [...this.state.get("ends")];
    ends[which] = text;
    this.state.set({ ends });
  }

  // Rows of a name, or of several divided by commas; throws what is unknown.
  rowsNamed(text) {
    const { names } = this.data, whole = text.trim().replace(/\s+/g, " ");
    if (!whole) return [];
    const parts = names.row(whole) >= 0 ? [whole] : whole.split(",").map((part) => part.trim()).filter(Boolean);
    return parts.map((part) => {
      const { name, close } = names.lookUp(part, 5);
      if (name !== null) return names.row(name);
      const hint = close.length ? `; did you mean ${close.map((one) => `'${one}'`).join(", ")}?` : "";
      throw new Error(`'${part}' is not in the table of ${this.data.n} names${hint}`);
    });
  }

  key(name) {
    if (name === "next" || name === "previous") this.walk(name === "next");
    else if (name === "clear") this.select(null);
    else if (name === "play") this.play();
  }

  set(changes) {
    this.state.set(changes);
  }
}

// The rows that are lit, the first in question, and what kind of neighbor each is.
export function lit(state, data) {
  const { selected, preview, at, distorted, place, dim } = state.values, row = preview ?? selected;
  if (row === null) return { rows: [], kinds: [] };
  const rows = [row, ...data.neighbors(at, row).rows], kinds = rows.map(() => "true");
  if (distorted && place && place.at === at) {
    const near = data.nearOnMap(place, row, dim), known = new Set(rows);
    rows.forEach((one, i) => { if (i && !near.includes(one)) kinds[i] = "torn"; });
    for (const one of near) if (!known.has(one)) { rows.push(one); kinds.push("false"); }
  }
  return { rows, kinds };
}

export const needsAll = (state) => state.get("color") === KEPT;
