// What a selection of rows has in common that others have not: the same statistics as space/enrichment.py.

import { upperTail } from "./hypergeometric.js";

const SAME = 1e-9; // two probabilities that differ by less than this share are equal but for rounding

// The traits that a selection has more often than a draw at random would, the surest first:
// [{ trait, count, share, overall, lift, p }], as over_represented of enrichment.py says.
//
// blocks: [{ starts, indices, labels }, …], say of links and of facts: row r has the traits indices[starts[r]], …,
// indices[starts[r + 1] − 1] of each, every one once; labels are their names. n: rows in all.
export function overRepresented(blocks, n, rows, { top = 12, level = 0.01 } = {}) {
  const selected = Uint32Array.from(new Set(rows)), drawn = selected.length, found = [], all = [];
  if (!drawn) return [];
  const chance = tail(n, drawn);
  for (const { starts, indices, labels } of blocks) {
    const totals = count(labels.length, indices, [[starts[0], starts[n]]]);
    const counts = count(labels.length, indices, Array.from(selected, (row) => [starts[row], starts[row + 1]]));
    all.push(totals);
    counts.forEach((one, i) => {
      if (!one) return;
      const share = one / drawn, overall = totals[i] / n;
      found.push({ trait: labels[i], count: one, share, overall, lift: share / overall, p: chance(one, totals[i]) });
    });
  }
  const below = corrected(level, all, drawn, chance) * (1 - SAME);
  return found.filter(({ p }) => p < below).sort((a, b) => a.p - b.p || b.lift - a.lift).slice(0, top);
}

// How often each of m numbers comes in some parts of `indices`.
function count(m, indices, parts) {
  const counts = new Int32Array(m);
  for (const [start, stop] of parts) for (let i = start; i < stop; i++) counts[indices[i]]++;
  return counts;
}

// The probability that `one` or more of the rows drawn have a trait that `total` of n have; each computed once.
function tail(n, drawn) {
  const known = new Map();
  return (one, total) => {
    const key = one * (n + 1) + total;
    if (!known.has(key)) known.set(key, upperTail(one, n, total, drawn));
    return known.get(key);
  };
}

// Tarone's correction: level / k, with the smallest k such that at most k traits could get a p of level / k or less.
function corrected(level, totals, drawn, chance) {
  const howMany = new Map(); // of each total
  for (const block of totals) for (const total of block) if (total) howMany.set(total, (howMany.get(total) ?? 0) + 1);
  const least = [...howMany].map(([total, traits]) => [chance(Math.min(total, drawn), total), traits]);
  least.sort(([one], [other]) => one - other);
  let k = 1, within = least.length - 1, number = least.reduce((sum, [, traits]) => sum + traits, 0);
  for (; ; k++) {
    while (within >= 0 && least[within][0] > level / k * (1 + SAME)) number -= least[within--][1];
    if (number <= k) return level / k;
  }
}
