// How alike two spellings are: the ratio of Ratcliff and Obershelp, twice the letters of their matching blocks over the
// letters of both, just as Python's difflib has it; and the lines that are most like a word.

const LONG = 200; // a word of so many letters has popular ones, which begin no block: difflib's "autojunk"

// Up to n different lines whose ratio to a word is at least `cutoff`, the most similar first, of equally similar ones
// the last in the alphabet: difflib.get_close_matches(word, lines, n, cutoff).
// `lines`: { text, starts: Int32Array, astral }, line i is text from starts[i] to starts[i + 1] − 1 (names.js).
export function closeMatches(word, lines, n, cutoff) {
  const { text, starts, astral } = lines, best = [], matcher = new Matcher(word);
  let least = cutoff; // what a ratio must reach
  for (let i = 0; i + 1 < starts.length; i++) {
    const start = starts[i], stop = starts[i + 1] - 1;
    if (!astral && ratio(Math.min(stop - start, matcher.length), stop - start + matcher.length) < least) continue;
    matcher.read(text, start, stop, astral);
    if (matcher.bound() < least) continue;
    const found = { ratio: matcher.ratio(), line: "" };
    if (found.ratio < least) continue;
    found.line = text.slice(start, stop);
    keep(best, found, n);
    if (best.length === n) least = best[n - 1].ratio;
  }
  return best.map(({ line }) => line);
}

const ratio = (matches, length) => (length ? 2 * matches / length : 1);

// Put one at its place among the best, none twice.
function keep(best, found, n) {
  const after = (one) => one.ratio < found.ratio || (one.ratio === found.ratio && !before(found.line, one.line));
  const place = best.findIndex(after);
  if (place < 0) best.push(found);
  else if (best[place].line !== found.line) best.splice(place, 0, found);
  if (best.length > n) best.pop();
}

// Whether a text comes before another by the numbers of their letters (those of two units are higher than all others).
function before(one, other) {
  const length = Math.min(one.length, other.length);
  let i = 0;
  while (i < length && one.charCodeAt(i) === other.charCodeAt(i)) i++;
  return i === length ? one.length < other.length : rank(one.charCodeAt(i)) < rank(other.charCodeAt(i));
}

const rank = (unit) => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

// A word, and one line at a time that it is compared with, as numbers of the word's letters (0: one that it has not).
class Matcher {
  constructor(word) {
    const letters = [...word], numberOf = new Map();
    for (const letter of letters) if (!numberOf.has(letter)) numberOf.set(letter, numberOf.size + 1);
    this.length = letters.length;
    this.word = Int32Array.from(letters, (letter) => numberOf.get(letter));
    this.numbers = new Uint32Array(0x110000); // by code point
    for (const [letter, number] of numberOf) this.numbers[letter.codePointAt(0)] = number;
    this.counts = new Int32Array(numberOf.size + 1);
    for (const number of this.word) this.counts[number]++;
    this.left = new Int32Array(numberOf.size + 1);
    this.chain();
    this.line = new Int32Array(256);
    this.ends = [new Int32Array(this.length + 1), new Int32Array(this.length + 1)];
  }

  // Where each letter is in the word: first at first[number], after the place j at next[j]; −1: nowhere.
  chain() {
    const most = this.length >= LONG ? Math.floor(this.length / 100) + 1 : Infinity;
    this.first = new Int32Array(this.counts.length).fill(-1);
    this.next = new Int32Array(this.length).fill(-1);
    for (let j = this.length - 1; j >= 0; j--) {
      const number = this.word[j];
      if (this.counts[number] > most) continue;
      this.next[j] = this.first[number];
      this.first[number] = j;
    }
  }

  // Take a line, and count the letters that it has in common with the word, wherever they are.
  read(text, start, stop, astral) {
    if (stop - start > this.line.length) this.line = new Int32Array(2 * (stop - start));
    const { numbers, left, line } = this;
    left.set(this.counts);
    let size = 0, common = 0;
    for (let i = start; i < stop; i++) {
      const code = astral ? text.codePointAt(i) : text.charCodeAt(i);
      if (code > 0xffff) i++;
      const number = numbers[code];
      line[size++] = number;
      if (number && left[number]-- > 0) common++;
    }
    this.size = size;
    this.common = common;
  }

  // What the ratio cannot exceed.
  bound() {
    return ratio(Math.min(this.common, this.size, this.length), this.size + this.length);
  }

  ratio() {
    const open = [[0, this.size, 0, this.length]];
    let matches = 0;
    while (open.length) {
      const [low, high, from, to] = open.pop(), [i, j, size] = this.longest(low, high, from, to);
      if (!size) continue;
      matches += size;
      if (low < i && from < j) open.push([low, i, from, j]);
      if (i + size < high && j + size < to) open.push([i + size, high, j + size, to]);
    }
    return ratio(matches, this.size + this.length);
  }

  // The longest block that line[low…high] and word[from…to] share: [place in the line, in the word, length]. Of equally
  // long ones the first in the line, then in the word.
  longest(low, high, from, to) {
    const { line, word, first, next } = this;
    let [old, now] = this.ends; // [j + 1]: the length of the block that ends at word[j] and at the letter of the line
    let besti = low, bestj = from, size = 0;
    for (let i = low; i < high; i++) {
      for (let j = first[line[i]]; j >= 0 && j < to; j = next[j]) {
        if (j < from) continue;
        const length = old[j] + 1;
        now[j + 1] = length;
        if (length <= size) continue;
        size = length;
        besti = i - length + 1;
        bestj = j - length + 1;
      }
      if (i > low) this.clear(old, line[i - 1]);
      [old, now] = [now, old];
    }
    if (high > low) this.clear(old, line[high - 1]);
    while (besti > low && bestj > from && line[besti - 1] === word[bestj - 1]) { // popular letters go along
      besti--;
      bestj--;
      size++;
    }
    while (besti + size < high && bestj + size < to && line[besti + size] === word[bestj + size]) size++;
    return [besti, bestj, size];
  }

  clear(ends, number) {
    for (let j = this.first[number]; j >= 0; j = this.next[j]) ends[j + 1] = 0;
  }
}
