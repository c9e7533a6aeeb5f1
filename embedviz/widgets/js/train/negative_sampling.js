// The logistic loss with k negatives a pair, over dot products: `logistic_loss` of models/losses.py.

export class NegativeSampling {
  constructor(model) {
    this.model = model;
  }

  // The mean loss of the batch's true and made-up pairs, in nats; the gradients are left in the model's tables.
  step({ items, contexts, positives }) {
    const { items: u, contexts: v } = this.model, { dim } = u, size = items.length;
    const rows = u.take(items, false), columns = v.take(contexts, false);
    let loss = 0;
    for (let b = 0; b < size; b++) {
      const i = rows[b] * u.width, j = columns[b] * v.width;
      let score = 0;
      for (let k = 0; k < dim; k++) score += u.vectors[i + k] * v.vectors[j + k];
      const agreed = b < positives ? score : -score, small = Math.exp(-Math.abs(score)); // which cannot overflow
      loss += Math.max(-agreed, 0) + Math.log1p(small);
      const wrong = (agreed >= 0 ? small : 1) / (1 + small) / size, slope = b < positives ? -wrong : wrong;
      for (let k = 0; k < dim; k++) {
        u.gradient[i + k] += slope * v.vectors[j + k];
        v.gradient[j + k] += slope * u.vectors[i + k];
      }
    }
    return loss / size;
  }
}
