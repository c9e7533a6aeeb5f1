// The drills as a page of their own, for a phone: ledger, session and view are put together here.

import { openStore } from "./store.js";
import { scheduler } from "./schedule.js";
import { Ledger } from "./ledger.js";
import { Session } from "./session.js";
import { outlook, statistics } from "./statistics.js";
import { dayOf, isoDay, present, saidDay } from "./time.js";
import { phoneView } from "./view.js";
import { watchForUpdates } from "./updates.js";
import { GRADES } from "../parts/card.js";
import { unpack } from "../bytes.js";

// `packed`: what publish/drills_page.py has packed; Algorithm: the memory model of ts-fsrs, see schedule.js.
export async function mount(el, packed, Algorithm) {
  const { cards, deck, sections, fsrs, rules, form } = await unpack(packed);
  const ledger = new Ledger({ reviewed: scheduler(Algorithm, fsrs), deck, rules, form, open: openStore });
  const byName = new Map(cards.map((card) => [card.name, card]));
  const bySection = new Map(Object.keys(sections).map((section) => [section, []]));
  for (const card of cards) bySection.get(card.section).push(card.name);
  let chosen = { section: "", topic: "" }, session, day, turn = 0, said = "", below = "", size = 0;

  const begin = () => {
    const asked = cards.filter((card) => (!chosen.section || card.section === chosen.section) &&
      (!chosen.topic || card.topic === chosen.topic));
    session = new Session(ledger, new Map(asked.map((card) => [card.name, card])), rules);
    [day, size, turn, said] = [dayOf(present()), ledger.events.length, turn + 1, ""];
  };

  function show() {
    const { card } = session, now = present();
    view.show({
      drill: { card, revealed: Boolean(card && session.revealed), follow_up: session.followUp, left: session.left,
        undoable: session.done.length > 0, said, failed: false, turn },
      counts: ledger.counts({ now, only: session.only }), cards: session.only.size, chosen,
      statistics: statistics(ledger, bySection, now), retention: fsrs.retention,
      plan: { limit: ledger.limit, interview: ledger.interview, today: dayOf(now), outlook: outlook(ledger, now) },
      failure: failureOf(ledger), said: below,
    });
  }

  // What was done goes on at once; when it is on the disk, or is not, the page says so.
  const after = (kept) => { show(); kept?.then(show); };

  function hear(event) {
    if (event.type === "reveal" && session.card) { session.reveal(); said = ""; after(); }
    if (event.type === "grade" && session.card && session.revealed) {
      const review = session.grade(event.grade, event.seconds), done = `${session.done.length} graded`;
      const name = GRADES[event.grade - 1].label;
      said = session.card ? `${name}. ${done}.` : `${done}, none left: done for now. ${nextOf(ledger, session.only)}`;
      [size, turn] = [ledger.events.length, turn + 1];
      if (session.done.length === 1) askToStay();
      after(review.kept);
    }
    if (event.type === "undo") {
      const review = session.undo();
      if (!review) return;
      said = `Taken back: ${GRADES[review.event.data.grade - 1].label}.`;
      [size, turn] = [ledger.events.length, turn + 1];
      after(review.kept);
    }
  }

  const view = phoneView(sections, {
    drill: hear,
    choose: (next) => { chosen = next; begin(); show(); },
    plan: (changes) => {
      const kept = Object.entries(changes).map(([name, value]) => ledger.set(name, value));
      if (!session.revealed) begin();
      after(Promise.all(kept));
    },
    save: () => { below = save(ledger); show(); },
    load: (text) => {
      try {
        const { added, known, kept } = ledger.import(text);
        below = `${added} entries came from the file, ${known} were here already.`;
        begin();
        after(kept);
        kept.then(() => { begin(); show(); });
      } catch (error) {
        below = `Nothing was added: ${error.message}.`;
        show();
      }
    },
    forget: () => {
      const kept = ledger.forget();
      below = "Everything is forgotten.";
      begin();
      after(kept);
    },
    update: () => updates.use(),
  });

  // Back after a while: it may be another day, and another tab may have graded.
  document.addEventListener("visibilitychange", async () => {
    if (document.visibilityState !== "visible") return;
    await ledger.load();
    if (dayOf(present()) !== day || ledger.events.length !== size || !session.card) {
      const before = session;
      begin();
      if (!session.card && !before.card) session = before; // nothing new: its grades can still be taken back
    }
    show();
  });

  await ledger.load();
  begin();
  el.replaceChildren(view.root);
  show();
  const updates = watchForUpdates(view.offerUpdate);
}

function failureOf({ failure, waiting }) {
  if (!failure) return "";
  const what = waiting.length ? "What you grade is not kept" : "Progress cannot be read";
  return `${what} (${failure.message || failure.name}). All that you do stays in memory until this page is closed: ` +
    "save it to a file under “Take it along”. The page tries again with each grade.";
}

// When the next cards come, in words.
function nextOf(ledger, only) {
  const today = dayOf(present()), days = [...ledger.calendar({ only }).values()].filter((day) => day > today);
  if (!days.length) return "";
  const next = Math.min(...days), count = days.filter((day) => day === next).length;
  const when = next === today + 1 ? "tomorrow" : `on ${saidDay(next)}`;
  return `Next: ${count === 1 ? "1 card" : `${count} cards`} ${when}.`;
}

function save(ledger) {
  const text = `${JSON.stringify(ledger.export(), null, 1)}\n`;
  const name = `embedviz-progress-${isoDay(dayOf(present()))}.json`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return `${ledger.events.length} entries saved as ${name}.`;
}

// A browser may clear what a page keeps when space runs short, unless it has promised not to.
function askToStay() {
  navigator.storage?.persist?.().catch(() => {});
}
