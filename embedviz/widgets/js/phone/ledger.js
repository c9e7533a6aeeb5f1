// The reader's progress: a log of events, and what it leads to. The notebook's `Ledger` is its twin.
//
// The log in memory decides at once. The store follows: steps that it could not take wait, and go with the next.

import { calendar, daily, isDue } from "./calendar.js";
import { REVIEW } from "./schedule.js";
import { dayOf, fromIsoDay, isoformat, moment, present } from "./time.js";
import { combined, exported, imported } from "./transfer.js";

export class Ledger {
  // reviewed: see schedule.js; deck: names in the order to introduce them; rules: { grace, round, daily_limit };
  // form: see transfer.js; open: a function that opens the store.
  constructor({ reviewed, deck, rules, form, open }) {
    Object.assign(this, { reviewed, deck, rules, form, open });
    this.events = [];
    this.settings = {};
    this.waiting = []; // steps that are not on the disk yet
    this.busy = Promise.resolve();
    this.failure = null; // why the last of them are not
    this.known = new Set(deck);
    this.replay();
  }

  // What the store has, with what it could not keep yet. A store that cannot be opened is tried again each time.
  load() {
    this.busy = this.busy.then(() => this.read());
    return this.busy;
  }

  async read() {
    try {
      this.store ??= await this.open();
      const stored = await this.store.read(), before = new Map(this.events.map((event) => [event.key, event]));
      stored.events = stored.events.map((event) => before.get(event.key) ?? event); // a session may hold one
      Object.assign(this, this.waiting.reduce(taken, stored));
      this.unread = false;
      if (!this.waiting.length) this.failure = null;
    } catch (error) {
      this.unread = true;
      this.failed(error);
    }
    this.replay();
  }

  // A step that the store is to take. The promise is fulfilled when it has been tried.
  keep(step) {
    this.waiting.push(step);
    this.busy = this.busy.then(() => this.flush());
    return this.busy;
  }

  async flush() {
    const steps = [...this.waiting];
    if (!steps.length) return;
    const removed = new Set(steps.map((step) => step.remove)); // what was never added, need not be removed
    const left = steps.filter(({ add, remove }) => !(add && removed.has(add)) && (!remove || remove.key !== undefined));
    try {
      this.store ??= await this.open();
      if (left.length) await this.store.write(left);
      this.waiting.splice(0, steps.length);
      this.failure = null;
      if (this.unread) await this.read(); // it works again: what it had before comes back
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error) {
    this.failure = error;
    this.store = null; // a phone may have closed it while the page was in the background: it is opened anew
  }

  replay() {
    this.states = new Map();
    this.reviews = []; // { event, before: the card's state, or null, after }
    for (const event of this.events) if (event.kind === "review") this.apply(event);
  }

  apply(event) {
    const before = this.states.get(event.name) ?? null;
    const after = this.reviewed(before, event.data.grade, moment(event.at));
    if (event.data.due) after.due = moment(event.data.due); // fuzzed in the notebook: chance is not played again
    this.states.set(event.name, after);
    this.reviews.push({ event, before, after });
    return after;
  }

  // Grade a card; gives { event, due, kept }: kept is a promise. Nothing is fuzzed here, whatever the notebook has set.
  review(name, grade, { seconds, now = present() } = {}) {
    const data = { grade };
    if (seconds !== undefined) data.seconds = Math.round(seconds * 1000) / 1000;
    const event = { kind: "review", name, at: isoformat(now), data };
    this.events.push(event);
    const { due } = this.apply(event);
    return { event, due, kept: this.keep({ add: event }) };
  }

  // Take a review back; gives a promise.
  undo(event) {
    this.events = this.events.filter((one) => one !== event);
    this.replay();
    return this.keep({ remove: event });
  }

  set(name, value) {
    this.settings[name] = value;
    return this.keep({ set: name, value });
  }

  // Forget everything, the settings too; gives a promise.
  forget() {
    [this.events, this.settings] = [[], {}];
    this.replay();
    return this.keep({ forget: true });
  }

  // New cards a day, and the day of the interview or null; a setting that means nothing is as good as none.
  get limit() {
    const { daily_limit: limit } = this.settings;
    return Number.isInteger(limit) && limit >= 0 ? limit : this.rules.daily_limit;
  }

  get interview() {
    const day = fromIsoDay(this.settings.interview);
    return Number.isNaN(day) ? null : day;
  }

  // Map name → the day it is planned for; `only`: a Set of names, as if the deck were these alone.
  calendar({ now = present(), only = this.known } = {}) {
    const { introduced, done } = this.today(now);
    return calendar(this.deck.filter((name) => only.has(name)), this.states, now,
      { limit: this.limit, interview: this.interview, introduced, done }, this.rules);
  }

  // The cards to ask now, in this order: those of slips, those that are due, new ones.
  due({ now = present(), only = this.known } = {}) {
    const planned = this.calendar({ now, only }), { states } = this;
    const again = [...planned.keys()].filter((name) => states.has(name) &&
      isDue(states.get(name), planned.get(name), now, this.rules));
    again.sort((a, b) => states.get(a).due - states.get(b).due);
    const fresh = [...planned.keys()].filter((name) => !states.has(name) && planned.get(name) <= dayOf(now));
    return [...new Set([...this.slipped(), ...again, ...fresh])].filter((name) => only.has(name));
  }

  // Cards of slips made since their last review. They are made in the notebook, and come here in an import.
  slipped() {
    const open = new Map();
    this.events.forEach(({ kind, name, data }, place) => {
      if (kind === "slip" && this.known.has(data.card)) open.set(data.card, open.get(data.card) ?? place);
      if (kind === "review") open.delete(name);
    });
    return [...open.keys()];
  }

  // { introduced, done }: cards that were reviewed today for the first time, and at all.
  today(now) {
    const first = new Map(), done = new Set();
    for (const { event, after } of this.reviews) {
      const day = dayOf(after.last);
      if (!first.has(event.name)) first.set(event.name, day);
      if (day === dayOf(now)) done.add(event.name);
    }
    return { introduced: [...first.values()].filter((day) => day === dayOf(now)).length, done: done.size };
  }

  // { due: to repeat now, fresh: new ones for today, learned: beyond the first minutes, today: reviews made }
  counts({ now = present(), only = this.known } = {}) {
    const due = this.due({ now, only }), again = due.filter((name) => this.states.has(name)).length;
    return {
      due: again, fresh: due.length - again,
      learned: this.deck.filter((name) => only.has(name) && this.states.get(name)?.state === REVIEW).length,
      today: this.reviews.filter(({ after }) => dayOf(after.last) === dayOf(now)).length,
    };
  }

  // New cards a day, as the limit or the interview has it.
  daily(now = present()) {
    const fresh = this.deck.filter((name) => !this.states.has(name)).length;
    return daily(fresh, this.today(now).introduced, this.limit, this.interview, dayOf(now));
  }

  export() { return exported(this.events, this.settings, this.form); }

  // Add what an export has and this log lacks; its settings win. Gives { added, known } and a promise `kept`; an error
  // if the text is no export, and nothing has changed.
  import(text) {
    const { settings, events } = imported(text, this.form), before = this.events.length;
    const all = combined(this.events, events), added = all.length - before;
    this.events = all;
    this.replay();
    const sets = Object.entries(settings).map(([name, value]) => this.set(name, value));
    const merged = added ? this.keep({ combine: (stored) => combined(stored, events) }) : null;
    const kept = Promise.all([...sets, merged]).then(() => this.load()); // the events have other numbers now
    return { added, known: events.length - added, kept };
  }
}

// One event, though it may have been read again from the store.
const same = (one, other) => one === other || (one.key !== undefined && one.key === other.key);

// What a store holds after a step, see store.js.
function taken({ events, settings }, { add, remove, set, value, combine, forget }) {
  if (forget) return { events: [], settings: {} };
  if (add) return { events: [...events, add], settings };
  if (remove) return { events: events.filter((one) => !same(one, remove)), settings };
  if (set) return { events, settings: { ...settings, [set]: value } };
  return { events: combine(events), settings };
}
