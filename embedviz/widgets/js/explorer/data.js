// What an explorer knows: names, vectors, links and facts, and what follows from them. It stays; what is shown of it
// is in the state (state.js). A table is one epoch's vectors; in a page without a kernel an earlier one may be only its
// map and its neighbors.

import { numbers, texts } from "../bytes.js";
import { Names } from "../space/names.js";
import { Links } from "../space/links.js";
import { nearest, rankOf, similarities, unitRows } from "../space/vectors.js";
import { overRepresented } from "../space/traits.js";
import { nearOnMap } from "../space/distortion.js";
import { keptClasses } from "../map/kept.js";

export const KEPT = "neighbors kept";
export const ALIKE = "all alike";

export class Data {
  constructor(source) {
    const data = source.get("data");
    Object.assign(this, { source, title: data.title, size: data.size, k: data.k, umapMost: data.umapMost });
    this.names = new Names(texts(data.names));
    this.n = this.names.size;
    this.near = Math.min(10, this.n - 1);
    this.links = data.links && new Links({
      starts: numbers(data.links.starts, Int32Array),
      indices: numbers(data.links.indices, Int32Array),
      frequency: numbers(data.links.frequency, Int32Array),
      contexts: texts(data.links.contexts),
    });
    this.columns = data.columns.map(({ label, ...one }) => ({
      label, texts: texts(one.texts), codes: numbers(one.codes, Int32Array),
    }));
    this.colors = data.colors.map((one) => ({ ...one, codes: numbers(one.codes, Uint8Array) }));
    Object.assign(this, { ranges: data.ranges, plain: { codes: new Uint8Array(this.n), classes: data.plain } });
    this.sizes = data.sizes.map((one) => ({ label: one.label, values: numbers(one.values, Float32Array) }));
    this.facts = {
      starts: numbers(data.facts.starts, Int32Array),
      indices: numbers(data.facts.indices, Int32Array),
      labels: texts(data.facts.labels),
    };
    this.radius = Math.min(Math.max(130 / Math.sqrt(this.n), 1.6), 5.5);
    this.memory = new Map();
    this.readTables();
  }

  readTables() {
    const known = new Map((this.tables ?? []).map((table) => [table.source, table]));
    const read = (source) => ({
      source,
      dim: source.get("dim"),
      vectors: numbers(source.get("vectors"), Float32Array),
      place: source.get("place") && numbers(source.get("place"), Float32Array),
      neighbors: source.get("neighbors") && numbers(source.get("neighbors"), Int32Array),
      similarities: source.get("similarities") && numbers(source.get("similarities"), Float32Array),
    });
    // The epoch is read anew: the first table has none until a second comes.
    this.tables = this.source.get("tables").map((source) =>
      Object.assign(known.get(source) ?? read(source), { epoch: source.get("epoch") }));
  }

  get last() {
    return this.tables.length - 1;
  }

  get dim() {
    return this.tables[this.last].dim;
  }

  // The dimensions that a map can have: two names lie on a line.
  get low() {
    return Math.min(3, this.dim, this.n);
  }

  unit(at) {
    const table = this.tables[at];
    table.unit ??= table.vectors.length ? unitRows(table.vectors, table.dim) : null;
    return table.unit;
  }

  // The k nearest of a row: { rows, similarities }.
  neighbors(at, row) {
    return this.once(`neighbors ${row}`, this.tables[at], () => {
      const { neighbors, similarities: known } = this.tables[at], unit = this.unit(at), { k } = this;
      if (unit) return nearest(unit, this.dim, row, k);
      const own = (all) => all.subarray(row * k, (row + 1) * k);
      return { rows: own(neighbors), similarities: own(known) };
    });
  }

  // Of rows that are near on the map alone: [{ rank, similarity }]; null where the vectors are not here.
  ranks(at, row, others) {
    const unit = this.unit(at);
    if (!unit) return null;
    const all = similarities(unit, this.dim, row), ranks = rankOf(unit, this.dim, row, others);
    return others.map((other, i) => ({ rank: ranks[i], similarity: all[other] }));
  }

  nearOnMap(place, row, dim) {
    return Array.from(nearOnMap(place.coords, dim, row, this.k));
  }

  shared(one, other) {
    return this.links ? this.links.shared(one, other) : null;
  }

  // What some rows have in common that others have not.
  traits(rows) {
    return this.once(`traits ${rows.join()}`, this, () => {
      const { starts, indices, contexts } = this.links ?? {};
      const links = contexts && { starts, indices, labels: contexts.map((name) => `link: ${name}`) };
      return overRepresented([links, this.facts].filter(Boolean), this.n, rows);
    });
  }

  // { codes, classes } of a color.
  groups(label, measures) {
    if (label === KEPT && measures) {
      const many = (share) => (Number.isNaN(share) ? -1 : Math.round(share * this.near));
      const cut = () => keptClasses(Int16Array.from(measures.kept, many), this.near, this.ranges);
      return this.once("kept", measures, cut);
    }
    return this.colors.find((one) => one.label === label) ?? this.plain;
  }

  // The radius of each point in CSS pixels, or null: all alike.
  radii(label) {
    const found = this.sizes.find((one) => one.label === label);
    return found ? this.once(`radii ${label}`, this, () => radii(found.values, this.radius)) : null;
  }

  // What a point tells beside its name.
  told(row) {
    return this.columns.filter(({ codes }) => codes[row] >= 0)
      .map(({ label, texts: said, codes }) => `${label}: ${said[codes[row]]}`);
  }

  // What `compute` gives, remembered for the last questions about `about`.
  once(question, about, compute) {
    const known = this.memory.get(question);
    if (known?.about === about) return known.answer;
    const answer = compute();
    this.memory.set(question, { about, answer });
    if (this.memory.size > 200) this.memory.delete(this.memory.keys().next().value);
    return answer;
  }
}

// An area proportional to the value, within bounds; the median has the radius of a plain point.
function radii(values, plain) {
  const positive = values.filter((value) => value > 0).sort(), middle = median(positive);
  return values.map((value) => plain * Math.min(Math.max(Math.sqrt(Math.max(value, 0) / middle), 0.5), 4));
}

function median(sorted) {
  const half = sorted.length >> 1;
  return sorted.length ? (sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2) : 1;
}
