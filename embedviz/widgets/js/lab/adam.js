// Adam (Kingma & Ba, 2015), with PyTorch's settings and arithmetic.

const MEAN = 0.9, SQUARE = 0.999, LEAST = 1e-8;

// What it keeps of `length` values; a plain object, to go to a worker and back.
export const started = (length) => ({ step: 0, mean: new Float64Array(length), square: new Float64Array(length) });

// One step: changes `values` and what is kept.
export function step(values, gradient, kept, rate) {
  kept.step += 1;
  const size = rate / (1 - MEAN ** kept.step), whole = Math.sqrt(1 - SQUARE ** kept.step), { mean, square } = kept;
  for (let i = 0; i < values.length; i++) {
    mean[i] += (1 - MEAN) * (gradient[i] - mean[i]);
    square[i] = SQUARE * square[i] + (1 - SQUARE) * gradient[i] ** 2;
    values[i] -= (size * mean[i]) / (Math.sqrt(square[i]) / whole + LEAST);
  }
}
