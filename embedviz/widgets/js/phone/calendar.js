// On which day each card is asked, and how the date of an interview bends that: `progress/schedule.py` in JavaScript,
// where the reasons stand. Days are numbers, see time.js; `rules` are { grace, round } as there.

import { DAY, dayOf } from "./time.js";
import { REVIEW } from "./schedule.js";

// From when on a card is asked: minutes are exact, days have their grace.
export const opens = (card, { grace }) => (card.state === REVIEW ? card.due - grace : card.due);

// It was reviewed in the future: the clock was wrong, then or now, and its date means nothing.
const lostInTime = (card, now, { grace }) => card.last > now + grace;

// A card is asked now: from its own minute on, and all day if an interview has moved it to this day, `planned`.
export function isDue(card, planned, now, rules) {
  const today = dayOf(now), open = opens(card, rules);
  return planned <= today && (dayOf(open) > today || open <= now || lostInTime(card, now, rules));
}

// Map name → day. `deck`: names, new ones come in this order; `states`: Map name → card; `introduced`, `done`: new
// cards and cards at all that were asked today; `limit`: new cards a day; `interview`: a day, or null.
export function calendar(deck, states, now, { limit, introduced = 0, done = 0, interview = null }, rules) {
  const today = dayOf(now), bent = interview !== null && interview > today;
  const planned = new Map(), late = [], fresh = [];
  for (const name of deck) {
    const card = states.get(name);
    if (!card) { fresh.push(name); continue; }
    const own = lostInTime(card, now, rules) ? today : Math.max(today, dayOf(opens(card, rules)));
    if (bent && own >= interview && dayOf(card.last) < interview - rules.round) late.push(name);
    else planned.set(name, own);
  }
  late.sort((a, b) => states.get(b).stability - states.get(a).stability);
  const first = Math.max(today, interview - rules.round);
  const days = late.length ? even(late.length, planned.values(), first, interview, { [today]: done }) : [];
  late.forEach((name, i) => planned.set(name, days[i]));
  const each = daily(fresh.length, introduced, limit, interview, today);
  if (each) fresh.forEach((name, i) => planned.set(name, today + Math.floor((introduced + i) / each)));
  return planned;
}

// How many new cards a day: the limit, or what an interview asks for.
export function daily(fresh, introduced, limit, interview, today) {
  return interview === null || interview <= today ? limit : Math.ceil((fresh + introduced) / (interview - today));
}

// Days in [first, end) for `count` more cards, in order, such that all days have as much to do as can be.
function even(count, taken, first, end, load) {
  const loads = Array.from({ length: end - first }, (_, i) => load[first + i] ?? 0), more = loads.map(() => 0);
  for (const day of taken) if (day >= first && day < end) loads[day - first] += 1;
  for (let i = 0; i < count; i++) {
    const sums = loads.map((number, j) => number + more[j]);
    more[sums.indexOf(Math.min(...sums))] += 1;
  }
  return more.flatMap((number, i) => Array(number).fill(first + i));
}
