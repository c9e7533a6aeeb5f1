// What the reader is at: the session, which cards it may ask, and what was said last. The view shows `model()`, and
// tells of what is done by hand; `changed()` is called when there is something else to show.

import { Session } from "./session.js";
import { outlook, statistics } from "./statistics.js";
import { dayOf, present, saidDay } from "./time.js";
import { GRADES } from "../parts/card.js";

const labelOf = (grade) => GRADES[grade - 1].label;

export class Desk {
  // cards: all; sections: { section: [topic, …] }; rules: see session.js; retention: what the schedule aims at.
  constructor(ledger, { cards, sections, rules, retention }, changed) {
    Object.assign(this, { ledger, cards, rules, retention, changed });
    this.bySection = new Map(Object.keys(sections).map((section) => [section, []]));
    for (const card of cards) this.bySection.get(card.section).push(card.name);
    this.chosen = { section: "", topic: "" };
    this.turn = 0;
    this.carried = ""; // what came of the last file
    this.begin();
  }

  begin() {
    const { section, topic } = this.chosen, { ledger } = this;
    const asked = this.cards.filter((card) => (!section || card.section === section) &&
      (!topic || card.topic === topic));
    this.session = new Session(ledger, new Map(asked.map((card) => [card.name, card])), this.rules);
    this.said = "";
    this.day = dayOf(present());
    this.turned();
  }

  turned() {
    this.turn += 1; // a card that comes twice in a row is asked anew
    this.size = this.ledger.events.length; // another one: somebody else has written
  }

  // What was done shows at once; when it is on the disk, or is not, the page says so.
  after(kept) {
    this.changed();
    kept?.then(() => this.changed());
  }

  hear({ type, grade, seconds }) {
    const { session } = this;
    if (type === "reveal" && session.card) this.reveal();
    if (type === "grade" && session.card && session.revealed) this.grade(grade, seconds);
    if (type === "undo") this.undo();
  }

  reveal() {
    this.session.reveal();
    this.said = "";
    this.after();
  }

  grade(grade, seconds) {
    const { session } = this, { kept } = session.grade(grade, seconds), done = `${session.done.length} graded`;
    this.said = session.card ? `${labelOf(grade)}. ${done}.` : `${done}, none left: done for now. ${this.next()}`;
    this.turned();
    this.after(kept);
  }

  undo() {
    const review = this.session.undo();
    if (!review) return;
    this.said = `Taken back: ${labelOf(review.event.data.grade)}.`;
    this.turned();
    this.after(review.kept);
  }

  choose(chosen) {
    this.chosen = chosen;
    this.begin();
    this.after();
  }

  plan(changes) {
    const kept = Object.entries(changes).map(([name, value]) => this.ledger.set(name, value));
    if (!this.session.revealed) this.begin();
    this.after(Promise.all(kept));
  }

  load(text) {
    try {
      const { added, known, kept } = this.ledger.import(text);
      this.carried = `${added} entries came from the file, ${known} were here already.`;
      this.begin();
      this.after(kept.then(() => this.begin()));
    } catch (error) {
      this.carried = `Nothing was added: ${error.message}.`;
      this.after();
    }
  }

  forget() {
    const kept = this.ledger.forget();
    this.carried = "Everything is forgotten.";
    this.begin();
    this.after(kept);
  }

  // Back after a while: it may be another day, and another tab may have graded.
  async refresh() {
    await this.ledger.load();
    const { session, said } = this;
    if (dayOf(present()) !== this.day || this.ledger.events.length !== this.size || !session.card) {
      this.begin();
      if (!this.session.card && !session.card) Object.assign(this, { session, said }); // its grades can be taken back
    }
    this.after();
  }

  model() {
    const { session, ledger, chosen } = this, { card } = session, now = present();
    return {
      drill: { card, revealed: Boolean(card && session.revealed), follow_up: session.followUp, left: session.left,
        again: session.again, undoable: session.done.length > 0, said: this.said, failed: false, turn: this.turn },
      counts: ledger.counts({ now, only: session.only }), cards: session.only.size, chosen,
      statistics: statistics(ledger, this.bySection, now), retention: this.retention,
      plan: { limit: ledger.limit, interview: ledger.interview, today: dayOf(now), outlook: outlook(ledger, now) },
      failure: failureOf(ledger), carried: this.carried,
    };
  }

  // When the next cards come, in words.
  next() {
    const today = dayOf(present());
    const days = [...this.ledger.calendar({ only: this.session.only }).values()].filter((day) => day > today);
    if (!days.length) return "";
    const next = Math.min(...days), count = days.filter((day) => day === next).length;
    const when = next === today + 1 ? "tomorrow" : `on ${saidDay(next)}`;
    return `Next: ${count === 1 ? "1 card" : `${count} cards`} ${when}.`;
  }
}

function failureOf({ failure, waiting }) {
  if (!failure) return "";
  const what = waiting.length ? "What you grade is not kept" : "Progress cannot be read";
  return `${what} (${failure.message || failure.name}). All that you do stays in memory until this page is closed: ` +
    "save it to a file under “Take it along”. The page tries again with each grade.";
}
