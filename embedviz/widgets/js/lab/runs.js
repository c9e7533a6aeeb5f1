// The runs of the lab: what is trained, what has been, and which of them is looked at. The state's values:
//
//   choice   { column, encoding, size, hidden, rate, epochs }
//   runs     [run, …], oldest first: { id, number, label, choice, seed, saved: what train.js gave, or null,
//            train, validation: errors after each epoch, failed: why it could not go on, or null }
//   current  the id of the one that is looked at, or null: the choice is not trained
//   running  the id of the one that is being trained, or null

import { begun } from "./train.js";
import { work } from "../worker.js";

const BATCH = 64; // rows a step: as many steps in an epoch as the notebook's lab has with its rows
const SLOWEST = 150, WHOLE = 4000; // milliseconds: of an epoch, and of a run about, so that the eye can follow

export class Runs {
  // `usual`: the choice to start from, whose settings no label names; `kept`: runs at most; `seed`: of the first.
  constructor(state, data, { usual, kept, seed }) {
    Object.assign(this, { state, data, usual, kept, seed, numbers: 0, stopped: false, queue: [] });
  }

  get current() {
    return this.named(this.state.get("current"));
  }

  named(id) {
    return this.state.get("runs").find((run) => run.id === id) ?? null;
  }

  get running() {
    return this.state.get("running") !== null;
  }

  // Train these choices one after the other, without a pause between epochs: what the notebook has trained already.
  begin(choices) {
    this.queue = [...choices];
    const next = this.queue.shift();
    if (next) this.train(this.fresh(next), true);
  }

  // Look at another choice: as its last run has left it, or untrained. One that is being trained is held.
  choose(choice) {
    this.pause();
    const last = this.state.get("runs").findLast((run) => same(run.choice, choice));
    this.state.set({ choice, current: last?.id ?? null });
  }

  // Go on with the run that is looked at; where it is at its end, train the choice anew, with another seed.
  start() {
    if (this.running) return;
    const { current } = this, goes = current && !current.failed && current.validation.length < current.choice.epochs;
    this.train(goes ? current : this.fresh(this.state.get("choice")));
  }

  pause() {
    this.queue = [];
    if (this.running) this.state.set({ running: null });
  }

  // The run that is looked at from its beginning, from where it began.
  again() {
    const { current } = this;
    if (!current) return;
    this.pause();
    this.train(this.changed(current, { saved: null, train: [], validation: [], failed: null }));
  }

  clear() {
    this.pause();
    this.state.set({ runs: [], current: null });
  }

  stop() {
    this.pause();
    this.stopped = true;
  }

  fresh(choice) {
    const runs = this.state.get("runs"), seeds = runs.filter((run) => same(run.choice, choice)).map((run) => run.seed);
    const seed = seeds.length ? Math.max(...seeds) + 1 : this.seed;
    const label = labelOf(choice, this.usual) + (seeds.length ? ` · seed ${seed}` : ""), number = this.numbers++;
    const run = { id: number, number, label, choice, seed, saved: null, train: [], validation: [], failed: null };
    this.state.set({ runs: [...runs, run].slice(-this.kept) });
    return run;
  }

  changed(run, changes) {
    const now = { ...run, ...changes };
    this.state.set({ runs: this.state.get("runs").map((one) => (one.id === run.id ? now : one)) });
    return now;
  }

  async train(run, atOnce = false) {
    const { id, choice } = run, task = {}; // that two loops never train one run
    this.task = task;
    const goes = () => this.task === task && this.state.get("running") === id && !this.stopped;
    this.state.set({ choice, current: id, running: id });
    let saved = run.saved ?? this.untrained(choice, run.seed);
    const rows = this.data.rowsOf(choice.column), pace = Math.min(SLOWEST, WHOLE / choice.epochs);
    while (goes() && saved.epochs < choice.epochs) {
      const since = performance.now();
      let losses;
      try {
        ({ run: saved, losses } = await work("lab/train.js", "epoch", saved, rows));
      } catch (error) {
        if (goes()) this.changed(this.named(id), { failed: error.message });
        break;
      }
      if (!goes()) return; // what it has learned meanwhile is lost; it goes on from the epoch before
      const now = this.named(id), error = (part) => [...now[part], this.data.errorOf(losses[part])];
      this.changed(now, { saved, train: error("train"), validation: error("validation") });
      const left = pace - (performance.now() - since);
      if (!atOnce && left > 0) await new Promise((done) => setTimeout(done, left));
    }
    if (!goes()) return;
    const next = this.queue.shift();
    if (next) this.train(this.fresh(next), atOnce);
    else this.state.set({ running: null });
  }

  // The network of a choice as it is before training.
  untrained(choice, seed = this.seed) {
    const { column, encoding, size, hidden, rate, epochs } = choice, n = this.data.columns.get(column).names.length;
    const { classification } = this.data;
    return begun({ encoding, n, size, hidden, classification, seed, rate, epochs, batch: BATCH });
  }

  // The network that is looked at.
  get model() {
    const { current } = this;
    return (current?.saved ?? this.untrained(this.state.get("choice"), current?.seed)).model;
  }
}

// Whether two choices are trained alike: a size is one of an embedding only.
export function same(one, other) {
  const free = (name) => name === "size" && one.encoding !== "embedding";
  return Object.keys(one).every((name) => one[name] === other[name] || free(name));
}

// The choice in words, with those settings that are not the `usual` ones.
export function labelOf({ column, encoding, size, hidden, rate, epochs }, usual) {
  const parts = [column, encoding === "embedding" ? `${encoding} ${size}` : encoding];
  if (hidden !== usual.hidden) parts.push(hidden ? `${hidden} hidden` : "linear");
  if (rate !== usual.rate) parts.push(`rate ${rate}`);
  if (epochs !== usual.epochs) parts.push(`${epochs} epochs`);
  return parts.join(" · ");
}
