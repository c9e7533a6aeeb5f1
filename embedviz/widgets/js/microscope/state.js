// What the microscope knows, and what there is to see at a step: from the values of the source, without a view.
//
// The values: index ("HNSW" or "IVF"), links (M), lists (nlist), ef, nprobe, selected (a name: the query), step.

import { numbers, texts } from "../bytes.js";
import { Names } from "../space/names.js";
import { exactNeighbors, hnswSteps, ivfSteps, keyOf } from "./search.js";

export const VALUES = ["index", "links", "lists", "ef", "nprobe", "selected", "step"];

export const valuesOf = (source) => Object.fromEntries(VALUES.map((name) => [name, source.get(name)]));

export class Microscope {
  // payload: what widgets/index_microscope.py packs.
  constructor(payload) {
    const ints = (bytes) => numbers(bytes, Int32Array), places = numbers(payload.places, Float32Array);
    const vectors = numbers(payload.vectors, Int16Array), { dim, k, grid, title } = payload;
    const rows = ({ starts, ids }) => ({ starts: ints(starts), ids: ints(ids) });
    Object.assign(this, {
      names: new Names(texts(payload.names)), vectors, dim, k, title, n: vectors.length / dim, scale: grid ** 2,
      x: places.filter((_, i) => i % 2 === 0), y: places.filter((_, i) => i % 2 === 1), axes: payload.axes,
      kept: new Map(),
      graphs: new Map(payload.graphs.map(({ links, entry, levels }) =>
        [links, { vectors, dim, entry, links: levels.map(rows) }])),
      lists: new Map(payload.lists.map(({ lists, centers, ...members }) =>
        [lists, { vectors, dim, centers: numbers(centers, Int16Array), ...rows(members) }])),
    });
    for (const lists of this.lists.values()) Object.assign(lists, this.placed(lists));
  }

  // Of each list where its center is drawn, the mean place of its items; and of each item its list.
  placed({ starts, ids }) {
    const of = new Int32Array(this.n), x = [], y = [];
    for (let list = 0; list + 1 < starts.length; list++) {
      const own = ids.subarray(starts[list], starts[list + 1]), mean = (column) =>
        own.reduce((sum, item) => sum + column[item], 0) / own.length; // NaN of none: not drawn
      for (const item of own) of[item] = list;
      x.push(mean(this.x));
      y.push(mean(this.y));
    }
    return { of, x, y };
  }

  get ef() { // least and most
    return [this.k, Math.min(100, this.n)];
  }

  query(row) {
    return this.vectors.subarray(row * this.dim, (row + 1) * this.dim);
  }

  // The search that these values ask for; the last ones are kept, for stepping through.
  search({ index, links, lists, ef, nprobe }, row) {
    const key = index === "HNSW" ? `${row} M ${links} ${ef}` : `${row} of ${lists} ${nprobe}`, query = this.query(row);
    return this.keep(key, () => index === "HNSW" ? hnswSteps(this.graphs.get(links), query, this.k, ef)
      : ivfSteps(this.lists.get(lists), query, this.k, nprobe));
  }

  exact(row) {
    return this.keep(`${row}`, () => exactNeighbors(this, this.query(row), this.k));
  }

  keep(key, make) {
    if (!this.kept.has(key)) {
      if (this.kept.size > 50) this.kept.clear();
      this.kept.set(key, make());
    }
    return this.kept.get(key);
  }

  // What there is to see: the values, the number of the step and of the last, the step itself, the search, the true
  // nearest, which of those found so far are as near as these, and which of these are missing.
  shown(values) {
    const row = this.names.row(values.selected), search = this.search(values, row), { steps } = search;
    const last = steps.length - 1, at = Math.min(values.step, last), step = steps[at], exact = this.exact(row);
    const far = exact.values[exact.values.length - 1], hits = step.best.filter((item) => this.dot(item, row) >= far);
    const missed = hits.length < exact.ids.length ? exact.ids.filter((item) => !step.best.includes(item)) : [];
    return { ...values, row, search, steps, last, at, step, exact, hits, missed };
  }

  // Of two items, in steps of the grid.
  dot(item, other) {
    return -keyOf(this.vectors, this.dim, item, this.query(other));
  }

  similarity(item, other) {
    return this.dot(item, other) * this.scale;
  }

  // What `changes` of the values need changed with them: an item that is there, a setting that the index has. Who is at
  // the end of a search stays at the end of the next one, to see what a setting does.
  mended(values, changes) {
    const next = { ...values, ...changes };
    next.nprobe = Math.min(next.nprobe, next.lists);
    if (changes.step === undefined) {
      const { at, last } = this.shown(values), ended = at === last && last > 0;
      const same = changes.selected === undefined && changes.index === undefined;
      next.step = ended && same ? this.shown({ ...next, step: 0 }).last : 0;
    }
    return next;
  }
}
