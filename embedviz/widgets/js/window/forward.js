// CBOW's forward pass, number by number, in float64: the twin of models/gradients.py. Words are row numbers; a table
// is a typed array of shape (N, d), row after row.

// The words around `position`, up to n on each side; fewer at the edges of the sentence.
export function windowAround(sentence, position, n) {
  return [...sentence.slice(Math.max(0, position - n), position), ...sentence.slice(position + 1, position + 1 + n)];
}

// h, the mean of the context's rows; a word that comes twice counts twice.
export function hiddenVector(inputs, d, context) {
  const h = new Float64Array(d);
  for (const row of context) for (let i = 0; i < d; i++) h[i] += inputs[row * d + i];
  return h.map((sum) => sum / context.length);
}

// v·h for every word.
export function scoresOf(outputs, d, h) {
  const scores = new Float64Array(outputs.length / d);
  for (let row = 0; row < scores.length; row++) {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += outputs[row * d + i] * h[i];
    scores[row] = sum;
  }
  return scores;
}

// The largest score is subtracted first: that changes no probability, but e^s stays finite.
export function softmax(scores) {
  const e = exponentials(scores), sum = total(e);
  return e.map((value) => value / sum);
}

// −log softmax(scores)[target], in nats; finite where the probability itself is too small to be stored.
export function softmaxLoss(scores, target) {
  return largestOf(scores) + Math.log(total(exponentials(scores))) - scores[target];
}

// The rows of the k highest scores, the highest first; of equal ones the first row first.
export function highest(scores, k) {
  const rows = [];
  for (let row = 0; row < scores.length; row++) {
    if (rows.length === k && scores[row] <= scores[rows[k - 1]]) continue;
    let place = rows.length;
    while (place && scores[row] > scores[rows[place - 1]]) place--;
    rows.splice(place, 0, row);
    rows.length = Math.min(rows.length, k);
  }
  return rows;
}

// The place of a row in that order, counted from 1.
export function rankOf(scores, row) {
  let before = 0;
  for (let other = 0; other < scores.length; other++) {
    if (scores[other] > scores[row] || (scores[other] === scores[row] && other < row)) before++;
  }
  return before + 1;
}

const largestOf = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const total = (values) => values.reduce((a, b) => a + b, 0);

function exponentials(scores) {
  const top = largestOf(scores);
  return scores.map((score) => Math.exp(score - top));
}
