// A user of two towers as a sum of parts: which items are nearest to the sum, and what each part adds to a score.

export const REASONS = 3; // parts that are named for each item
const SHORTEST = 1e-12; // a vector that is shorter has no direction

// The parts: { feature, value, vector }, of the history { item, vector }. `given` is feature → its values; a feature
// counts once, however many values it has, and n films seen count √n times their mean. Rounded to float32 where the
// model is, so that what is a tie there is one here.
export function parts(data, given, history) {
  const found = [];
  for (const [feature, values] of given) {
    const known = [...new Set(values)].filter((value) => data.places.get(feature).has(value));
    for (const value of known) {
      const vector = scaled(data.valueVectors, data.places.get(feature).get(value), data.dim, known.length);
      found.push({ feature, value, vector });
    }
  }
  if (!data.watched.length) return found;
  const root = Math.fround(Math.sqrt(history.length));
  return found.concat(history.map((item) => ({ item, vector: scaled(data.watched, item, data.dim, root) })));
}

// What is recommended by these parts: { vector (null: nothing is known), rows, scores, reasons: for each row
// [{ part, share }, …], the largest first }; equal scores in the order of the items.
export function recommend(data, found, history, k) {
  if (!found.length) return { vector: null, rows: [], scores: [], reasons: [] };
  const sum = new Float64Array(data.dim);
  for (const { vector } of found) for (let j = 0; j < data.dim; j++) sum[j] += vector[j];
  const length = Math.max(Math.sqrt(dot(sum, sum, 0, data.dim)), SHORTEST), vector = sum.map((x) => x / length);
  const { rows, scores } = best(data.items, vector, new Set(history), k);
  const reasons = rows.map((row) => found
    .map((part) => ({ part, share: Math.fround(dot(part.vector, data.items, row * data.dim, data.dim) / length) }))
    .sort((a, b) => b.share - a.share)
    .slice(0, REASONS)
    .filter(({ share }) => share > 0));
  return { vector, rows, scores, reasons };
}

// The k items with the largest dot product that are not seen.
function best(items, vector, seen, k) {
  const rows = [], scores = [], dim = vector.length, n = items.length / dim;
  for (let row = 0; row < n; row++) {
    if (seen.has(row)) continue;
    const score = Math.fround(dot(vector, items, row * dim, dim));
    if (rows.length === k && score <= scores[k - 1]) continue;
    let place = rows.length;
    while (place > 0 && scores[place - 1] < score) place--;
    rows.splice(place, 0, row);
    scores.splice(place, 0, score);
    if (rows.length > k) { rows.pop(); scores.pop(); }
  }
  return { rows, scores };
}

function dot(a, b, start, dim) {
  let sum = 0;
  for (let j = 0; j < dim; j++) sum += a[j] * b[start + j];
  return sum;
}

function scaled(table, row, dim, divisor) {
  return table.slice(row * dim, (row + 1) * dim).map((x) => x / divisor);
}
