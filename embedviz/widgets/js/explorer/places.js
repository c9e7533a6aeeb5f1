// Where the points are: found by a worker, or brought by the kernel (UMAP), and put into the state when they are ready.
// Until then the map stays as it is, or shows PCA.

import { numbers } from "../bytes.js";
import { work } from "../worker.js";
import { sharedLimits } from "../space/epochs.js";
import { limits } from "../space/projection.js";

export function umapKey(dim, { n_neighbors, min_dist, metric }) {
  return `${dim} ${n_neighbors} ${Number(min_dist.toPrecision(6))} ${metric}`;
}

// What a key says.
export function umapSettings(key) {
  const [dim, near, least, metric] = key.split(" ");
  return {
    dim: Number(dim),
    label: `n_neighbors ${near}, min_dist ${least}, ${metric}`,
    value: { n_neighbors: Number(near), min_dist: Number(least), metric },
  };
}

export class Places {
  constructor(state, data, question) {
    Object.assign(this, { state, data, question, asked: 0 });
    this.begin();
  }

  // Which tables were there from the start; anew where a training has started over.
  begin() {
    const { tables } = this.data;
    if (this.start?.tables.every((table, i) => tables[i] === table)) return;
    this.start = { tables: tables.slice(0, this.data.source.get("begun")), maps: null };
  }

  // Find the place that the state asks for; a later question overtakes an earlier one.
  async find() {
    this.begin();
    const { values } = this.state, asked = ++this.asked;
    const { projection, at, dim, ends, umap } = values, wanted = { projection, at, dim, ends, umap };
    const found = (await this.one(wanted)) ?? (await this.pca(at, dim));
    if (asked !== this.asked || this.stopped) return;
    this.state.set({ place: { ...found, at: wanted.at, dim: wanted.dim, range: this.range(found, wanted) } });
  }

  one({ projection, at, dim, ends, umap }) {
    if (projection === "umap") return this.umap(dim, umap);
    if (projection === "direction") return this.direction(at, ends);
    return null;
  }

  umap(dim, settings) {
    const key = umapKey(dim, settings), view = this.data.source.get("umaps")[key];
    if (!view) return null;
    return this.data.once(`umap ${key}`, view, () => {
      const low = numbers(view, Float32Array), { n } = this.data, coords = new Float32Array(3 * n);
      for (let i = 0; i < n; i++) for (let j = 0; j < dim; j++) coords[3 * i + j] = low[dim * i + j];
      return { projection: "umap", coords, axes: [1, 2, 3].map((i) => `UMAP ${i}`), key };
    });
  }

  // Null where the ends are no direction: the state then says why.
  async direction(at, ends) {
    const table = this.data.tables[at];
    let rows, problem = "";
    try {
      rows = ends.map((end) => this.question.rowsNamed(end));
    } catch (error) {
      problem = error.message;
    }
    const complete = rows?.every((one) => one.length);
    let found = null;
    if (complete && !table.vectors.length) problem = "This page has no vectors of earlier epochs.";
    else if (complete) {
      const [from, to] = ends.map((end) => end.trim().replace(/\s+/g, " "));
      found = await this.data.once(`direction ${from} → ${to}`, table, () =>
        work("space/projection.js", "direction", table.vectors, table.dim, ...rows, this.data.low)
          .then(({ coords }) => ({
            projection: "direction", coords, key: "direction",
            axes: [`from ${from} (0) to ${to} (1)`, "component 1 of the rest", "component 2 of the rest"],
          })).catch((error) => { problem = error.message; return null; }));
    }
    this.state.set({ problem });
    return found;
  }

  async pca(at, dim) {
    const { data } = this, { tables } = data;
    if (tables.length > 1) {
      const { growing, maps } = await this.epochs(dim);
      const fit = growing ? "turned to fit the epoch before" : "of the last epoch";
      return { projection: "pca", coords: maps[at], axes: [1, 2, 3].map((i) => `PCA ${i}, ${fit}`), key: "pca", maps };
    }
    return this.data.once("pca", tables[0], async () => {
      const { coords, shares } = await work("space/projection.js", "pca", tables[0].vectors, tables[0].dim, data.low);
      const axes = [0, 1, 2].map((i) => `PCA ${i + 1} (${Math.round(100 * (shares[i] ?? 0))}% of the variance)`);
      return { projection: "pca", coords, key: "pca", axes };
    });
  }

  // The maps of all epochs, and whether some have come since the start. Those that were there then have the axes of the
  // last; one that has come since is turned to fit the one before, a flat map within its plane.
  async epochs(dim) {
    this.begin();
    const { start, data: { tables, low } } = this, vectors = () => start.tables.map((one) => one.vectors);
    start.maps ??= packed(start.tables) ?? work("space/epochs.js", "alignedMaps", vectors(), tables[0].dim, low);
    const maps = [...(await start.maps)];
    for (let at = maps.length; at < tables.length; at++) {
      maps.push(await this.data.once(`turned ${at} ${dim}`, tables[at], async () => {
        const { vectors: now, dim: columns } = tables[at], before = dim < 3 ? flat(maps[at - 1]) : maps[at - 1];
        const { coords } = await work("space/projection.js", "pca", now, columns, Math.min(dim, low));
        return work("space/epochs.js", "turnedTo", coords, before);
      }));
    }
    return { growing: tables.length > start.tables.length, maps };
  }

  // The ends of the axes: of all epochs together, so that what moves on the map has moved.
  range({ coords, maps }, { dim }) {
    return maps ? sharedLimits(maps, dim) : limits(coords, dim);
  }

  stop() {
    this.stopped = true;
  }
}

// The first two columns.
const flat = (coords) => coords.map((value, i) => (i % 3 < 2 ? value : 0));

// The maps that a page without a kernel brings, if it does.
function packed(tables) {
  return tables.every((one) => one.place) ? tables.map((one) => one.place) : null;
}
