// When a card is asked again: FSRS, as py-fsrs in the notebook's `progress/schedule.py` has it, to the last digits.
//
// The memory model, stability and difficulty after a grade, is ts-fsrs's class FSRSAlgorithm. What ts-fsrs builds
// around it differs from py-fsrs 6.3, so that part is here. The differences (ts-fsrs 5.4.2):
//
//   1. It rounds stability, difficulty and recall to 8 decimals at each step, which is 1e-5 of the smallest stability.
//   2. It lets no stability grow beyond 36,500 days; py-fsrs bounds only the interval.
//      Both stand within its formulas: publish/ts_fsrs.py takes them out of its text when the page is written.
//   3. It counts days between reviews by the dates in UTC; py-fsrs by whole spans of 24 hours, and we with some hours
//      of grace on top: `elapsed`.
//   4. Hard in the first learning step: 6 minutes, since it rounds to minutes; py-fsrs 5.5. Hard in the second: 6
//      again; py-fsrs 10, the step itself: `stepped`.
//   5. A learned card: it makes Good a day longer than Hard at least, and Easy a day longer than Good; py-fsrs takes
//      the interval of each grade as it is: `stepped`.
//   6. Its moments are Dates, of milliseconds; Python's have microseconds: time.js.
//
// Its other deviation, an initial stability of 0.1 at least, changes nothing with our weights, which begin at 0.212.

import { DAY, MINUTE } from "./time.js";

export const REVIEW = 2;
const LEARNING = 1, RELEARNING = 3;
const AGAIN = 1, HARD = 2, GOOD = 3, EASY = 4;

// `rules`: parameters, retention, learning and relearning (steps, in microseconds), longest (days), grace
// (microseconds). Gives reviewed(card, grade, at): the card after a grade at this moment; null is a new card.
//   card    { state, step, stability, difficulty, due, last }: due and last (review) are moments; no step in REVIEW
export function scheduler(Algorithm, rules) {
  const algorithm = new Algorithm({
    w: rules.parameters, request_retention: rules.retention, maximum_interval: rules.longest, enable_fuzz: false,
    relearning_steps: rules.relearning.map((step) => `${step / MINUTE}m`),
  });
  const steps = { [LEARNING]: rules.learning, [RELEARNING]: rules.relearning };

  // Whole days since the last review; a clock that was set back makes no negative ones.
  const elapsed = (card, at) => Math.max(0, Math.floor((at - card.last + rules.grace) / DAY));

  return function reviewed(card, grade, at) {
    const before = card ?? { state: LEARNING, step: 0 };
    const memory = algorithm.next_state(card, card ? elapsed(card, at) : 0, grade);
    const next = stepped(before, grade, steps);
    const interval = next.wait ?? algorithm.next_interval(memory.stability, 0) * DAY;
    return { state: next.state, step: next.step, ...memory, due: at + interval, last: at };
  };
}

// The state and step after a grade, and how long to wait, in microseconds; no wait: as long as FSRS says, in days.
function stepped({ state, step }, grade, steps) {
  const learned = { state: REVIEW, step: null };
  if (state === REVIEW) {
    if (grade !== AGAIN || !steps[RELEARNING].length) return learned;
    return { state: RELEARNING, step: 0, wait: steps[RELEARNING][0] };
  }
  const all = steps[state];
  if (!all.length || grade === EASY || (step >= all.length && grade !== AGAIN)) return learned;
  if (grade === AGAIN) return { state, step: 0, wait: all[0] };
  if (grade === HARD) return { state, step, wait: step > 0 ? all[step] : (all[0] + (all[1] ?? 2 * all[0])) / 2 };
  return grade === GOOD && step + 1 < all.length ? { state, step: step + 1, wait: all[step + 1] } : learned;
}
