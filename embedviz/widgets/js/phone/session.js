// A session of reviews: which card is asked, whether its answer is open, and what comes next. `review.Session` of the
// notebook is its twin. `rules`: { ahead: microseconds, low: a grade, longest: seconds }.

import { present } from "./time.js";

export class Session {
  constructor(ledger, cards, rules, { now = present } = {}) { // cards: Map name → card, those that may be asked
    Object.assign(this, { ledger, cards, rules, now });
    this.only = new Set(cards.keys());
    this.done = []; // reviews of this session
    this.history = []; // the queue before each of them
    this.queue = ledger.due({ now: now(), only: this.only });
    this.revealed = false;
    this.followUp = null;
  }

  get card() { return this.queue.length ? this.cards.get(this.queue[0]) : null; }

  get left() { return this.queue.length; }

  // How many of those left have been asked in this session already: they come back in minutes.
  get again() { return this.queue.filter((name) => this.done.some(({ event }) => event.name === name)).length; }

  reveal() {
    this.revealed = true;
    this.followUp = null;
  }

  // Grade the open card and go on to the next; a low grade gives a follow-up.
  grade(grade, seconds) {
    const { card } = this;
    const review = this.ledger.review(card.name, grade,
      { seconds: Math.min(this.rules.longest, Math.max(0, seconds)), now: this.now() });
    this.history.push([...this.queue]);
    this.done.push(review);
    this.queue.shift();
    if (review.due <= this.now() + this.rules.ahead) this.queue.push(card.name);
    const times = this.done.filter(({ event }) => event.name === card.name).length;
    this.followUp = grade <= this.rules.low ? card.follow_ups[(times - 1) % card.follow_ups.length] : null;
    this.revealed = false;
    return review;
  }

  // Take back the last grade of this session: its card is asked again, with its answer open. Null if there is none.
  undo() {
    const review = this.done.pop();
    if (!review) return null;
    this.queue = this.history.pop();
    this.revealed = true;
    this.followUp = null;
    return { ...review, kept: this.ledger.undo(review.event) };
  }
}
