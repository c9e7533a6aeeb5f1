// Training, an epoch a call: a run goes in and comes out, so that a worker need keep nothing.

import { started, step } from "./adam.js";
import { created, gradientOf, lossOf, outputOf } from "./model.js";
import { random } from "../space/random.js";

// A run that has not begun. Settings: those of `created` in model.js, and { rate: of learning, epochs, batch: rows }.
export function begun(settings) {
  const model = created(settings);
  return { settings, model, kept: started(model.values.length), epochs: 0 };
}

// What comes of a run by one more epoch: { run, losses: the mean loss on each part }. The run itself stays as it is.
// Data: { train, validation: { codes, targets } }, the targets in units in which the network learns. The learning rate
// falls in equal steps, as that of train/loop.py does.
export function epoch({ settings, model: before, kept: had, epochs }, data) {
  const model = { ...before, values: before.values.slice() }, gradient = new Float64Array(before.values.length);
  const kept = { step: had.step, mean: had.mean.slice(), square: had.square.slice() };
  const { codes, targets } = data.train, order = shuffled(codes.length, 1000 * settings.seed + epochs);
  const rate = settings.rate * Math.max(settings.epochs - epochs, 1) / settings.epochs;
  for (let from = 0; from < order.length; from += settings.batch) {
    gradientOf(model, codes, targets, order.subarray(from, from + settings.batch), gradient);
    step(model.values, gradient, kept, rate);
  }
  const losses = { train: meanLoss(model, data.train), validation: meanLoss(model, data.validation) };
  if (!Object.values(losses).every(Number.isFinite)) {
    throw new Error("the loss is no number: try a lower learning rate");
  }
  return { run: { settings, model, kept, epochs: epochs + 1 }, losses };
}

// Of all rows of a part. Those of a category have the same output.
export function meanLoss(model, { codes, targets }) {
  const outputs = Float64Array.from({ length: model.n }, (_, code) => outputOf(model, code));
  let sum = 0;
  for (let row = 0; row < codes.length; row++) sum += lossOf(model, outputs[codes[row]], targets[row]);
  return sum / codes.length;
}

function shuffled(n, seed) {
  const next = random(seed), order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
