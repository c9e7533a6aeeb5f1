// A search in HNSW or IVF, step by step, as space/index_steps.py and faiss do it, by dot product.
//
// Vectors are whole numbers, rows of an Int16Array: products and sums of them are exact. A key is minus the dot
// product: the smaller, the nearer. Steps are those that the Python module describes.

// A graph: { vectors, dim, entry, links: [{ starts, ids }, …] by level }.
export function hnswSteps(graph, query, k, ef) {
  const { vectors, dim, links } = graph, key = (item) => keyOf(vectors, dim, item, query);
  let now = graph.entry, near = key(now), count = 1;
  const top = links.length - 1, steps = [step("enter", { level: top, at: now, measured: [now], count })];
  for (let level = top; level > 0; level--) {
    for (let at = -1; at !== now;) {
      at = now;
      const ids = linked(links[level], at);
      count += ids.length;
      for (const item of ids) {
        const one = key(item);
        if (one < near) [now, near] = [item, one];
      }
      steps.push(step("descend", { level, at, links: ids.length, measured: ids, to: [now], count }));
    }
  }
  const best = new Best(k), queue = new Queue(Math.max(ef, k)), seen = new Set([now]);
  queue.push(now, near);
  best.add(near, now);
  while (queue.waits) {
    const [at, reached] = queue.pop();
    if (queue.nearer(reached) >= ef) {
      steps.push(step("stop", { at, best: best.ids, waiting: queue.waiting, count }));
      return found(best, steps);
    }
    const ids = linked(links[0], at), measured = ids.filter((item) => !seen.has(item));
    count += measured.length;
    for (const item of measured) {
      seen.add(item);
      const one = key(item);
      best.add(one, item);
      queue.push(item, one);
    }
    const own = new Set(measured), ids0 = best.ids, entered = ids0.filter((item) => own.has(item));
    const { waiting } = queue;
    steps.push(step("walk", { at, links: ids.length, measured, entered, best: ids0, waiting, count }));
  }
  steps.push(step("stop", { best: best.ids, count }));
  return found(best, steps);
}

// Lists: { vectors, dim, centers, starts, ids }.
export function ivfSteps(lists, query, k, nprobe) {
  const { vectors, dim, centers, starts, ids } = lists, number = starts.length - 1;
  const nearest = new Best(Math.min(nprobe, number)), best = new Best(k), measured = [...Array(number).keys()];
  for (const center of measured) nearest.add(keyOf(centers, dim, center, query), center);
  let count = number;
  const steps = [step("centers", { links: number, measured, to: nearest.ids, count })];
  for (const at of nearest.ids) {
    const own = Array.from(ids.subarray(starts[at], starts[at + 1])), members = new Set(own);
    count += own.length;
    for (const item of own) best.add(keyOf(vectors, dim, item, query), item);
    const entered = best.ids.filter((item) => members.has(item));
    steps.push(step("list", { at, links: own.length, measured: own, entered, best: best.ids, count }));
  }
  steps.push(step("stop", { best: best.ids, count }));
  return found(best, steps);
}

// The k true nearest, every vector measured: { ids, values }.
export function exactNeighbors({ vectors, dim }, query, k) {
  const best = new Best(k), n = vectors.length / dim;
  for (let item = 0; item < n; item++) best.add(keyOf(vectors, dim, item, query), item);
  return { ids: best.ids, values: best.rows.map(({ key }) => -key) };
}

export const linked = ({ starts, ids }, item) => Array.from(ids.subarray(starts[item], starts[item + 1]));

export function keyOf(vectors, dim, item, query) {
  let sum = 0;
  for (let j = 0, at = item * dim; j < dim; j++, at++) sum += vectors[at] * query[j];
  return -sum;
}

const found = (best, steps) => ({ ids: best.ids, values: best.rows.map(({ key }) => -key), steps });

function step(kind, values) {
  return { kind, level: 0, at: -1, links: 0, measured: [], to: [], entered: [], best: [], waiting: [], ...values };
}

// The k nearest so far. Of equally near ones the first that came stay; the largest number is listed first.
class Best {
  constructor(k) {
    this.k = k;
    this.rows = []; // { key, item }, the nearest first
  }

  add(key, item) {
    const { rows, k } = this;
    if (rows.length === k) {
      if (!(key < rows[k - 1].key)) return;
      rows.pop();
    }
    let place = rows.length;
    const before = (one) => key < one.key || (key === one.key && item > one.item);
    while (place && before(rows[place - 1])) place--;
    rows.splice(place, 0, { key, item });
  }

  get ids() {
    return this.rows.map(({ item }) => item);
  }
}

// faiss's MinimaxHeap: of all items measured the `size` nearest. An array that is a heap, the farthest first; an item
// whose links have been followed stays in it, as number −1.
class Queue {
  constructor(size) {
    Object.assign(this, { size, keys: [], items: [], waits: 0 });
  }

  push(item, key) {
    const { keys, items } = this;
    if (keys.length === this.size) {
      if (key >= keys[0]) return;
      this.drop();
    }
    let i = keys.length;
    for (let up; i && this.farther(key, item, up = (i - 1) >> 1); i = up) [keys[i], items[i]] = [keys[up], items[up]];
    [keys[i], items[i]] = [key, item];
    this.waits++;
  }

  // Take out the first, the farthest; the last takes its place and sinks.
  drop() {
    const { keys, items } = this, last = keys.length - 1, key = keys[last], item = items[last];
    if (items[0] >= 0) this.waits--;
    let i = 0;
    for (let down; (down = 2 * i + 1) <= last; i = down) {
      if (down < last && !this.farther(keys[down], items[down], down + 1)) down++;
      if (this.farther(key, item, down)) break;
      [keys[i], items[i]] = [keys[down], items[down]];
    }
    [keys[i], items[i]] = [key, item];
    keys.pop();
    items.pop();
  }

  // Whether this comes before what is at place i: it is farther, or as far with a smaller number.
  farther(key, item, i) {
    return key > this.keys[i] || (key === this.keys[i] && item < this.items[i]);
  }

  // [item, key] of the nearest that waits; of equally near ones that in the last place.
  pop() {
    const { keys, items } = this;
    let at = -1;
    items.forEach((item, i) => { if (item >= 0 && (at < 0 || keys[i] <= keys[at])) at = i; });
    const item = items[at];
    items[at] = -1;
    this.waits--;
    return [item, keys[at]];
  }

  // How many of all are nearer than this.
  nearer(key) {
    return this.keys.filter((one) => one < key).length;
  }

  // The nearest first.
  get waiting() {
    const rows = this.items.map((item, i) => ({ item, key: this.keys[i] })).filter(({ item }) => item >= 0);
    return rows.sort((a, b) => a.key - b.key || b.item - a.item).map(({ item }) => item);
  }
}
