// A training, a few batches at a time: what the worker does for train/training.js, which asks for the next.

import { adam } from "./adam.js";
import { Batches, epochSeed } from "./batches.js";
import { Hits } from "./hits.js";
import { Model, compared } from "./model.js";
import { NegativeSampling } from "./negative_sampling.js";
import { InBatchSoftmax } from "./softmax.js";

const sessions = new Map(); // more than one only where there are no workers

// What each method is: true pairs in a batch, and whether it compares cosines or dot products.
export const METHODS = { softmax: { size: 256, unit: true }, negatives: { size: 512, unit: false } };

export class Session {
  // train and held are links, see batches.js; contexts: how many there are.
  constructor({ train, held, contexts, dim, seed, init, Type = Float32Array, simd }) {
    const items = train.starts.length - 1, batches = new Batches(train, contexts);
    const model = new Model({ items, contexts, dim, seed, init, Type }), frequency = new Float64Array(contexts);
    for (const context of train.indices) frequency[context] += 1 / train.indices.length;
    const softmax = new InBatchSoftmax(model, frequency, METHODS.softmax.size, Type, simd);
    const losses = { softmax, negatives: new NegativeSampling(model) };
    const hits = new Hits(train, held, contexts, dim, Type, simd);
    Object.assign(this, { seed, batches, model, losses, hits, epoch: 0, running: null });
  }

  // Begin an epoch, for which these settings hold: { method, lr, temperature, logQ, negatives }.
  begin(settings) {
    const { size } = METHODS[settings.method], seed = epochSeed(this.seed, ++this.epoch);
    const negatives = settings.method === "negatives" ? settings.negatives : 0;
    const batches = this.batches.epoch(seed, size, negatives);
    this.running = { settings, batches, done: 0, of: this.batches.count(size), total: 0, seconds: 0 };
  }

  // Train on a batch: its loss, or null at the end of the epoch.
  step() {
    const { running, model } = this, { settings } = running, batch = running.batches.next().value;
    if (!batch) return null;
    const loss = this.losses[settings.method].step(batch, settings);
    running.done++;
    if (!Number.isFinite(loss)) {
      throw new Error(`the loss is ${loss} at epoch ${this.epoch}, step ${running.done}: ` +
        `a lower learning rate than ${settings.lr} may help`);
    }
    for (const table of [model.items, model.contexts]) adam(table, settings.lr);
    running.total += loss;
    return loss;
  }

  // Train for so many milliseconds, or to the end of the epoch. Gives { share } of the epoch that is done, and at its
  // end { share: 1, epoch, loss, hits, seconds, settings, vectors }; at the start of one, the settings of now hold.
  advance(settings, milliseconds) {
    const start = performance.now();
    if (!this.running) this.begin(settings);
    const { running } = this, past = () => performance.now() - start;
    let loss;
    do loss = this.step(); while (loss !== null && past() < milliseconds);
    running.seconds += past() / 1000;
    if (loss !== null) return { share: running.done / running.of };
    this.running = null;
    const { unit } = METHODS[running.settings.method], { items, contexts } = this.model;
    const hits = this.hits.share(compared(items, unit), compared(contexts, unit));
    const row = { epoch: this.epoch, loss: running.total / running.done, hits, seconds: running.seconds };
    return { share: 1, ...row, settings: running.settings, vectors: this.model.items.values.slice() };
  }
}

// Where the items start: the first picture, before any worker has begun.
export function startOf({ train, contexts, dim, seed, init }) {
  return new Model({ items: train.starts.length - 1, contexts, dim, seed, init }).items.values;
}

// The same for who calls by name, under a number of its own.
export function begin(id, spec) {
  sessions.set(id, new Session(spec));
}

export function advance(id, settings, milliseconds) {
  return sessions.get(id).advance(settings, milliseconds);
}

export function end(id) {
  sessions.delete(id);
}
