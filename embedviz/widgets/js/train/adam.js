// Adam that updates only the rows with a gradient, as `RowAdam` of train/optimizers.py and torch.optim.SparseAdam do.

const BETA1 = 0.9, BETA2 = 0.999, EPSILON = 1e-8;

// A step of a table's rows `used` against their gradient.
export function adam(table, lr) {
  const { dim, width, values, mean, square, gradient, used } = table, step = ++table.steps;
  const size = (lr * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step);
  for (let i = 0; i < table.count; i++) {
    let at = used[i] * dim;
    for (let k = i * width; k < i * width + dim; k++, at++) {
      const slope = gradient[k];
      const m = (mean[at] += (1 - BETA1) * (slope - mean[at]));
      const s = (square[at] = BETA2 * square[at] + (1 - BETA2) * slope * slope);
      values[at] -= (size * m) / (Math.sqrt(s) + EPSILON); // ε joins before the bias correction
    }
  }
}
