// Which contexts (links) a row has, and which of them two rows share.

export class Links {
  // Row r has the contexts indices[starts[r]], …, indices[starts[r + 1] − 1], in rising order, each once.
  // frequency: of each context, how many pairs it has in all; contexts: their names.
  constructor({ starts, indices, frequency, contexts }) {
    Object.assign(this, { starts, indices, frequency, contexts });
  }

  // How many contexts a row has.
  degree(row) {
    return this.starts[row + 1] - this.starts[row];
  }

  // The numbers of a row's contexts.
  of(row) {
    return this.indices.subarray(this.starts[row], this.starts[row + 1]);
  }

  // The names of the contexts that two rows share, the rarest first; of equally rare ones the lower number.
  shared(a, b) {
    const one = this.of(a), other = this.of(b), both = [];
    for (let i = 0, j = 0; i < one.length && j < other.length;) {
      if (one[i] === other[j]) both.push(one[i]);
      if (one[i] <= other[j]) i++;
      else j++;
    }
    both.sort((x, y) => this.frequency[x] - this.frequency[y]);
    return both.map((context) => this.contexts[context]);
  }
}
