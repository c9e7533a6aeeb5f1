// Which index is the fastest that finds enough, and the sentence that says so; as space/indexes.py and
// widgets/index_tradeoff.py do it.
//
// A table is { name, index: [kind, …], setting: [text, …], recall, batched, single, build, megabytes: numbers }, a row
// for each index and setting.

import { fixed } from "../chart/numbers.js";

// The row with the most queries a second among those of at least that recall, the first of equals; −1: there is none.
export function fastest(table, least, way) {
  let best = -1;
  table[way].forEach((speed, row) => {
    if (table.recall[row] >= least && (best < 0 || speed > table[way][best])) best = row;
  });
  return best;
}

export function answer(table, least, way) {
  const row = fastest(table, least, way);
  if (row < 0) return `No index reaches a recall of ${fixed(least, 3)}.`;
  const kind = table.index[row], speed = table[way][row], exact = table.index.indexOf("exact");
  const gain = kind === "exact" || exact < 0 ? "" : `, ${fixed(speed / table[way][exact], 1)} times exact search`;
  const megabytes = table.megabytes[row], build = table.build[row];
  return `Fastest with a recall of at least ${fixed(least, 3)}: ${kind} (${table.setting[row]}), `
    + `recall ${fixed(table.recall[row], 3)}, ${fixed(speed, 0)} queries a second${gain}; `
    + `${fixed(build, 1)} s to build, ${fixed(megabytes, megabytes >= 10 ? 0 : 1)} MB.`;
}

// The rows of each kind of index, the kinds in the order in which they come: Map of kind → [row, …].
export function kindsOf(table) {
  const rows = new Map();
  table.index.forEach((kind, row) => rows.set(kind, [...(rows.get(kind) ?? []), row]));
  return rows;
}
