// A small network that sees one category and predicts one number, or of a class its logit; and its gradient.
//
// A model is a plain object, so that it can go to a worker and come back:
//   { encoding: "label", "one-hot" or "embedding", n: categories, width: numbers that a category becomes,
//     hidden: units of the hidden layer (ReLU), 0: none, the network is linear,
//     classification: whether the target is 0 or 1, values: all that training can change, Float64Array,
//     at: where the parts begin in it: table (n · width, of an embedding), first (width · hidden, or width where there
//         is none), bias (hidden), last (hidden), out (1),
//     numbers: of a label encoding what each category becomes, Float64Array, else null }

import { random } from "../space/random.js";

const SMALL = 0.05; // where embeddings, and the weights that a one-hot vector meets, start: between −0.05 and 0.05

export function created({ encoding, n, size, hidden, classification, seed }) {
  const width = { label: 1, "one-hot": n, embedding: size }[encoding], columns = hidden || 1, at = {};
  let length = 0;
  for (const [part, count] of [["table", encoding === "embedding" ? n * width : 0], ["first", width * columns],
    ["bias", hidden], ["last", hidden], ["out", 1]]) {
    at[part] = length;
    length += count;
  }
  const values = new Float64Array(length), next = random(seed);
  const fill = (from, to, bound) => { for (let i = from; i < to; i++) values[i] = (2 * next() - 1) * bound; };
  fill(at.table, at.first, SMALL);
  fill(at.first, at.bias, encoding === "one-hot" ? SMALL : 1 / Math.sqrt(width)); // as torch.nn.Linear's, uniform
  fill(at.last, length, hidden ? 1 / Math.sqrt(hidden) : 0);
  const numbers = encoding === "label" ? labels(n, seed) : null;
  return { encoding, n, width, hidden, classification, values, at, numbers };
}

// Label encoding: 0 … n − 1 in an order drawn by the seed, then shifted and scaled to mean 0 and variance 1.
function labels(n, seed) {
  const next = random(seed + 1), order = Float64Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  const mean = (n - 1) / 2, deviation = Math.sqrt((n * n - 1) / 12) || 1;
  return order.map((value) => (value - mean) / deviation);
}

// What a category becomes: Float64Array of `width` numbers.
export function vectorOf(model, code) {
  const { encoding, width, at, values, numbers } = model;
  if (encoding === "embedding") return values.subarray(at.table + code * width, at.table + (code + 1) * width);
  if (encoding === "label") return numbers.subarray(code, code + 1);
  return Float64Array.from({ length: width }, (_, i) => Number(i === code));
}

// The network's output for a category.
export const outputOf = (model, code) => output(model, code, null, workspace(model));

// The network's output for a vector that no category need have: for the curve between them.
export const outputAt = (model, vector) => output(model, -1, vector, workspace(model));

const workspace = ({ hidden }) => ({ active: new Float64Array(hidden || 1), slopes: new Float64Array(hidden || 1) });

function output(model, code, vector, { active }) {
  const { at, values, width, hidden } = model, columns = active.length;
  for (let j = 0; j < columns; j++) active[j] = hidden ? values[at.bias + j] : values[at.out];
  if (model.encoding === "one-hot" && !vector) { // of its vector all but one number is 0: a lookup
    for (let j = 0, from = at.first + code * columns; j < columns; j++) active[j] += values[from + j];
  } else {
    const input = vector ?? vectorOf(model, code);
    for (let i = 0, from = at.first; i < width; i++) {
      for (let j = 0; j < columns; j++) active[j] += input[i] * values[from++];
    }
  }
  if (!hidden) return active[0];
  let sum = values[at.out];
  for (let j = 0; j < hidden; j++) {
    active[j] = Math.max(active[j], 0);
    sum += active[j] * values[at.last + j];
  }
  return sum;
}

// Into `gradient`: what the mean loss of a batch does when each of the values grows. Gives that loss, the mean squared
// error, of a class the mean log loss in nats. `codes` and `targets` are those of all rows, `batch` the rows' numbers.
// All rows of a category have the same output: it goes forward and back once, with the sum of what its rows say.
export function gradientOf(model, codes, targets, batch, gradient) {
  const space = workspace(model), of = new Map();
  let loss = 0;
  gradient.fill(0);
  for (const row of batch) {
    const code = codes[row];
    if (!of.has(code)) of.set(code, { out: output(model, code, null, space), slope: 0 });
    const one = of.get(code);
    loss += lossOf(model, one.out, targets[row]);
    one.slope += (model.classification ? share(one.out) - targets[row] : 2 * (one.out - targets[row])) / batch.length;
  }
  for (const [code, { slope }] of of) back(model, code, slope, space, gradient);
  return loss / batch.length;
}

function back(model, code, slope, space, gradient) {
  const { at, values, width, hidden, encoding } = model, { active, slopes } = space, columns = active.length;
  output(model, code, null, space);
  gradient[at.out] += slope;
  slopes[0] = slope;
  for (let j = 0; j < hidden; j++) {
    gradient[at.last + j] += slope * active[j];
    slopes[j] = active[j] > 0 ? slope * values[at.last + j] : 0;
    gradient[at.bias + j] += slopes[j];
  }
  if (encoding === "one-hot") {
    for (let j = 0, from = at.first + code * columns; j < columns; j++) gradient[from + j] += slopes[j];
    return;
  }
  const input = vectorOf(model, code);
  for (let i = 0, from = at.first; i < width; i++) {
    let through = 0;
    for (let j = 0; j < columns; j++, from++) {
      gradient[from] += input[i] * slopes[j];
      through += values[from] * slopes[j];
    }
    if (encoding === "embedding") gradient[at.table + code * width + i] += through;
  }
}

// The loss of one row, for an output and its target.
export function lossOf({ classification }, out, target) {
  if (!classification) return (out - target) ** 2;
  return Math.max(out, 0) - target * out + Math.log1p(Math.exp(-Math.abs(out))); // −log of the probability of it
}

// The probability that a logit stands for.
export const share = (logit) => 1 / (1 + Math.exp(-logit));
