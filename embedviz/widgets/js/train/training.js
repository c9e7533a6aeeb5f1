// A training as its view sees it: what was done, what is going on, and what a hand may ask for. The work is done
// elsewhere (session.js), a little at a time, so that it can be held between two steps.
//
// In the state: settings (those wanted), status ("new", "running", "paused", "stopped", "done", "failed"), goal (epochs
// up to which it runs), rows [{ epoch, loss, hits, seconds }, …], changes [{ x: epoch, text }, …] of settings after so
// many epochs, vectors (of the items: at the start, then after each epoch), share (of the epoch that is being done),
// problem (what went wrong).

import { State } from "../state.js";
import { uniqueId } from "../dom.js";
import { hired } from "../worker.js";
import { startOf } from "./session.js";

const SLICE = 40; // milliseconds of work between two looks at what is wanted
const MODULE = "train/session.js";

export class Training {
  // spec: of a Session.
  constructor(spec, settings) {
    this.spec = spec;
    this.crew = hired();
    this.state = new State({ settings, ...this.fresh(settings, startOf(spec)) });
  }

  fresh({ epochs }, start) {
    this.session = { id: uniqueId(), begun: false, busy: false, settings: null };
    return { status: "new", goal: epochs, rows: [], changes: [], vectors: [start], share: 0, problem: "" };
  }

  get running() {
    return this.state.get("status") === "running";
  }

  set(changes) {
    const settings = { ...this.state.get("settings"), ...changes }, goal = this.goal(settings);
    this.state.set(this.state.get("status") === "new" || this.running ? { settings, goal } : { settings });
  }

  // The end of the run: the next whole multiple of its epochs.
  goal({ epochs }) {
    return (Math.floor(this.state.get("rows").length / epochs) + 1) * epochs;
  }

  // Go on: to the end of the run, or of another one.
  start() {
    if (this.running) return;
    this.state.set({ status: "running", goal: this.goal(this.state.get("settings")), problem: "" });
    this.work();
  }

  pause() {
    if (this.running) this.state.set({ status: "paused" });
  }

  // End the run; what is trained stays, and Start goes on.
  stop() {
    if (this.running || this.state.get("status") === "paused") this.state.set({ status: "stopped" });
  }

  startOver() {
    const { settings, vectors: [start] } = this.state.values, { id, begun } = this.session;
    if (begun) this.crew.work(MODULE, "end", id);
    this.state.set(this.fresh(settings, start));
  }

  async work() {
    const { session } = this;
    if (session.busy) return; // it was paused, and goes on before anybody has noticed
    session.busy = true;
    try {
      if (!session.begun) {
        session.begun = true;
        await this.crew.work(MODULE, "begin", session.id, this.spec);
      }
      while (session === this.session && this.running) {
        const done = await this.crew.work(MODULE, "advance", session.id, this.state.get("settings"), SLICE);
        if (session !== this.session) return; // started over meanwhile
        if (done.epoch) this.take(done);
        else this.state.set({ share: done.share });
      }
    } catch (error) {
      if (session === this.session) this.state.set({ status: "failed", problem: error.message });
    } finally {
      session.busy = false;
    }
  }

  // What an epoch has brought.
  take({ vectors: now, settings, share, ...row }) {
    const { rows, changes, vectors, goal } = this.state.values, text = difference(this.session.settings, settings);
    const marks = text ? [...changes, { x: row.epoch - 1, text }] : changes;
    this.session.settings = settings;
    this.state.set({ rows: [...rows, row], changes: marks, vectors: [...vectors, now], share: 0 });
    if (row.epoch >= goal && this.running) this.state.set({ status: "done" });
  }

  close() {
    this.session = null;
    this.crew.stop();
  }
}

// What has changed from one epoch's settings to the next one's, of those that mean something to its method.
function difference(before, now) {
  if (!before) return "";
  const softmax = now.method === "softmax", said = {
    method: softmax ? "in-batch softmax" : "negative sampling",
    lr: `learning rate ${now.lr}`,
    temperature: softmax && `temperature ${now.temperature}`,
    logQ: softmax && `log q ${now.logQ ? "on" : "off"}`,
    negatives: !softmax && `${now.negatives} negatives`,
  };
  return Object.entries(said).filter(([name, text]) => text && before[name] !== now[name])
    .map(([, text]) => text).join(", ");
}
