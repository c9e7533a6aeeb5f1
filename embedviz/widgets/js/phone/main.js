// The drills as a page of their own, for a phone: ledger, desk and view are put together here.

import { openStore } from "./store.js";
import { scheduler } from "./schedule.js";
import { Ledger } from "./ledger.js";
import { Desk } from "./desk.js";
import { dayOf, isoDay, present } from "./time.js";
import { phoneView } from "./view.js";
import { watchForUpdates } from "./updates.js";
import { unpack } from "../bytes.js";

// `packed`: what publish/drills_page.py has packed; Algorithm: the memory model of ts-fsrs, see schedule.js.
export async function mount(el, packed, Algorithm) {
  const { cards, deck, sections, fsrs, rules, form } = await unpack(packed);
  const ledger = new Ledger({ reviewed: scheduler(Algorithm, fsrs), deck, rules, form, open: openStore });
  await ledger.load();
  const desk = new Desk(ledger, { cards, sections, rules, retention: fsrs.retention }, () => view.show(desk.model()));
  const view = phoneView(sections, {
    drill: (event) => { if (event.type === "grade") askToStay(); desk.hear(event); },
    choose: (chosen) => desk.choose(chosen),
    plan: (changes) => desk.plan(changes),
    save: () => save(ledger),
    load: (text) => desk.load(text),
    forget: () => desk.forget(),
    update: () => updates.use(),
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") desk.refresh();
  });
  window.addEventListener("beforeunload", (event) => { // what is in memory alone would be lost: the browser asks
    if (ledger.failure && ledger.waiting.length) event.preventDefault();
  });
  el.replaceChildren(view.root);
  view.show(desk.model());
  const updates = watchForUpdates(view.offerUpdate);
}

function save(ledger) {
  const text = `${JSON.stringify(ledger.export(), null, 1)}\n`;
  const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const download = `embedviz-progress-${isoDay(dayOf(present()))}.json`;
  Object.assign(document.createElement("a"), { href, download }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

// A browser may clear what a page keeps when space runs short, unless it has promised not to.
let asked = false;
function askToStay() {
  if (!asked) navigator.storage?.persist?.().catch(() => {});
  asked = true;
}
