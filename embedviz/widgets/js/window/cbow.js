// A model of CBOW with sentences to read: what it computes where the window stands.

import { hiddenVector, highest, rankOf, scoresOf, softmax, softmaxLoss, windowAround } from "./forward.js";

export const SHOWN = 8; // most probable words

export class CBOW {
  // words: the vocabulary, in the order of the rows; inputs, outputs: of shape (N, d); sentences: lists of words.
  constructor({ words, inputs, outputs, sentences }) {
    Object.assign(this, { words, inputs, outputs, sentences });
    this.d = inputs.length / words.length;
    const rows = new Map(words.map((word, row) => [word, row]));
    // Of each sentence the row of each word, or −1: it is not in the vocabulary, and passed over as in training.
    this.rows = sentences.map((sentence) => sentence.map((word) => rows.get(word) ?? -1));
    this.known = this.rows.map((sentence) => sentence.filter((row) => row >= 0));
  }

  // The same place, or the last of the sentence where that is shorter.
  within({ sentence, position, n }) {
    return { sentence, position: Math.min(position, this.known[sentence].length - 1), n };
  }

  // All that is computed with the target at a position (counted from 0 among the sentence's known words).
  at({ sentence, position, n }) {
    const known = this.known[sentence], target = known[position], context = windowAround(known, position, n);
    const hidden = hiddenVector(this.inputs, this.d, context), scores = scoresOf(this.outputs, this.d, hidden);
    const probabilities = softmax(scores), loss = softmaxLoss(scores, target), rank = rankOf(scores, target);
    const ranking = highest(scores, SHOWN).map((row, i) => ({ rank: i + 1, row, probability: probabilities[row] }));
    if (rank > SHOWN) ranking.push({ rank, row: target, probability: probabilities[target] });
    return { target, context, hidden, probabilities, loss, ranking, shares: this.shares(context) };
  }

  // The entries of the one-hot average that are not zero: how often each word of the context comes in it.
  shares(context) {
    const times = new Map();
    for (const row of context) times.set(row, (times.get(row) ?? 0) + 1);
    return [...times].map(([row, count]) => ({ row, count, share: count / context.length }));
  }

  // For each word of a sentence its index among the known ones (null: it is none), and its part in the window.
  parts({ sentence, position, n }) {
    let next = 0;
    return this.rows[sentence].map((row) => {
      if (row < 0) return { index: null, part: "unknown" };
      const index = next++, distance = Math.abs(index - position);
      return { index, part: distance === 0 ? "target" : distance <= n ? "context" : "other" };
    });
  }

  // The place that the state of the page stands for.
  placeIn(state) {
    return { sentence: state.get("sentence"), position: state.get("position"), n: state.get("n") };
  }
}
