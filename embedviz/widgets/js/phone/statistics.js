// How far the reader is, counted from the log: no streaks, and no number without what it is out of.

import { REVIEW } from "./schedule.js";
import { daily } from "./calendar.js";
import { DAY, dayOf, present, saidDay } from "./time.js";

const AGAIN = 1;

// { sections: [{ section, cards, seen, learned }], recall: { known, of }, days: [{ day, cards }], outlook }. `sections`
// is a Map section → names. Recall counts reviews of learned cards, at least a day after the last.
export function statistics(ledger, sections, now = present()) {
  const { states, rules } = ledger, planned = [...ledger.calendar({ now }).values()], today = dayOf(now);
  const asked = ledger.reviews.filter(({ before, after }) =>
    before?.state === REVIEW && after.last - before.last + rules.grace >= DAY);
  return {
    sections: [...sections].map(([section, names]) => ({
      section, cards: names.length, seen: names.filter((name) => states.has(name)).length,
      learned: names.filter((name) => states.get(name)?.state === REVIEW).length,
    })),
    recall: { known: asked.filter(({ event }) => event.data.grade > AGAIN).length, of: asked.length },
    days: Array.from({ length: 7 }, (_, i) => ({
      day: today + i, cards: planned.filter((day) => day === today + i).length,
    })),
    outlook: outlook(ledger, now),
  };
}

// A sentence or two on what the schedule asks for before an interview; "" without one ahead.
export function outlook(ledger, now = present()) {
  const { interview, limit, deck, states } = ledger, today = dayOf(now);
  if (interview === null || interview <= today) return "";
  const { introduced } = ledger.today(now), fresh = deck.filter((name) => !states.has(name)).length;
  const days = interview - today, each = daily(fresh, introduced, limit, interview, today);
  const start = `Interview on ${saidDay(interview)}, ${days === 1 ? "tomorrow" : `in ${days} days`}: `;
  if (!(fresh + introduced)) return `${start}you have seen all cards once; the last days before it repeat them.`;
  const text = `${start}${each === 1 ? "1 new card" : `${each} new cards`} a day, so that you have seen each of the ` +
    `${deck.length} before it.`;
  return each > limit ? `${text} That is more than your daily limit of ${limit}; the date has raised it.` : text;
}
