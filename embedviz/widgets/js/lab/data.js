// What the page of the encoding lab holds, see encoding_page.py: the columns as codes, the target, and what follows.

import { numbers, texts } from "../bytes.js";
import { lossOf, share } from "./model.js";

const PARTS = ["train", "validation"];

export class Data {
  constructor(source) {
    const given = source.get("rows");
    Object.assign(this, source.get("words")); // name, unit, classification, error, shown, least, counted, two of looks
    this.target = Object.fromEntries(PARTS.map((part) => [part, numbers(given.target[part], Float64Array)]));
    // The network learns in units in which the training rows have mean 0 and variance 1; a class it learns as it is.
    const [mean, deviation] = moments(this.target.train);
    [this.shift, this.scale] = this.classification ? [0, 1] : [mean, deviation || 1];
    const learned = (part) => this.target[part].map((y) => (y - this.shift) / this.scale);
    this.targets = Object.fromEntries(PARTS.map((part) => [part, learned(part)]));
    this.mean = mean;
    this.baseline = this.errorOf(this.lossOfMean());
    this.columns = new Map(given.columns.map((column) => [column.name, this.column(column)]));
  }

  // { names, codes: { train, validation }, counts and means of the training rows of each category, frequent: the codes
  // of the most frequent, most frequent first, seen: those of all with training rows, in the same order }.
  column({ names, codes, bytes }) {
    const Type = bytes === 2 ? Uint16Array : Int32Array, all = texts(names);
    const of = Object.fromEntries(PARTS.map((part) => [part, numbers(codes[part], Type)]));
    const counts = new Float64Array(all.length), sums = new Float64Array(all.length);
    of.train.forEach((code, row) => {
      counts[code] += 1;
      sums[code] += this.target.train[row];
    });
    const there = [...all.keys()].filter((code) => code > 0 && counts[code]);
    const seen = there.sort((a, b) => counts[b] - counts[a] || a - b);
    const means = sums.map((sum, code) => sum / counts[code]);
    return { names: all, codes: of, counts, means, seen, frequent: seen.slice(0, this.shown) };
  }

  // What a worker trains on.
  rowsOf(column) {
    const { codes } = this.columns.get(column);
    return Object.fromEntries(PARTS.map((part) => [part, { codes: codes[part], targets: this.targets[part] }]));
  }

  // Of always answering the mean of the training rows, on the rows held out.
  lossOfMean() {
    const out = this.classification ? Math.log(this.mean / (1 - this.mean)) : 0, { validation } = this.targets;
    return validation.reduce((sum, y) => sum + lossOf(this, out, y), 0) / validation.length;
  }

  // A mean loss as the error that is shown: RMSE in the target's unit, of a class the log loss in nats.
  errorOf(loss) {
    return this.classification ? loss : this.scale * Math.sqrt(loss);
  }

  // A network's output as a prediction in the target's unit, of a class its probability.
  prediction(out) {
    return this.classification ? share(out) : this.shift + this.scale * out;
  }
}

function moments(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
}
