// Names: what is one name, the row that it has, and which names a text typed by hand may mean. As base/names.py.

import { folded } from "./folding.js";
import { closeMatches } from "./spelling.js";

const WHITE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g; // as Python's str.split()
const ASCII = /^[\0-\x7f]*$/;
const CLOSE = 0.7; // what a spelling that is nearly so must reach

// The name that a text stands for: no white space at its ends, runs of it as one space, letters composed (NFC).
export function asName(text) {
  const tidy = text.replace(WHITE, " ").replace(/^ | $/g, "");
  if (tidy.includes("\0")) throw new Error("a name holds a NUL character, which files and arrays lose: leave it out");
  if (/\p{Surrogate}/u.test(tidy)) throw new Error("a name holds half of a surrogate pair, which is no character");
  return ASCII.test(tidy) ? tidy : tidy.normalize("NFC");
}

export class Names {
  // Names as `asName` gives them, each once.
  constructor(names) {
    this.names = names;
  }

  get size() {
    return this.names.length;
  }

  at(row) {
    return this.names[row];
  }

  // The row of a name, or −1. A search in all names: a table of them would take a second to make for a million.
  row(name) {
    const tidy = tidied(name);
    if (tidy === undefined) return -1;
    return this.lines.equal(folded(tidy), Infinity).find((row) => this.names[row] === tidy) ?? -1;
  }

  // The same for many names at once, in one pass over all: Int32Array.
  rowsOf(names) {
    const wanted = names.map(tidied), rows = new Map(wanted.map((name) => [name, -1]));
    this.names.forEach((name, row) => { if (rows.has(name)) rows.set(name, row); });
    return Int32Array.from(wanted, (name) => rows.get(name));
  }

  // Up to n names for what has been typed so far, capitals or not: those that begin so, then those that hold it.
  complete(text, n = 12) {
    const low = folded(tidied(text) ?? "");
    if (!low) return [];
    const begin = this.lines.beginning(low, n);
    return this.called([...begin, ...this.lines.holding(low, n - begin.length)]);
  }

  // Up to n names that a text may mean: the same but for case, then those that start with it, hold it, or are spelled
  // nearly so.
  suggest(text, n = 5) {
    const low = folded(asName(text)), { lines } = this, found = new Set();
    if (low) {
      for (const find of [lines.equal, lines.beginning, lines.holding]) {
        for (const row of find.call(lines, low, n)) found.add(row);
      }
    }
    if (found.size < n) {
      for (const match of closeMatches(low, lines, n, CLOSE)) found.add(lines.last(match));
    }
    return this.called([...found].slice(0, n));
  }

  // What a text typed by hand means: { name, close }. The name that it is, but for case, white space and how its
  // letters are composed, or null; and up to n names that it may mean.
  lookUp(text, n = 8) {
    const name = tidied(text);
    if (!name) return { name: null, close: [] };
    if (this.row(name) >= 0) return { name, close: [name] };
    const close = this.suggest(name, n), same = close.length && folded(close[0]) === folded(name);
    return { name: same ? close[0] : null, close };
  }

  // Make ready what a search needs, ahead of the first: a million names take some tenths of a second.
  prepare() {
    this.lines.at(0);
  }

  called(rows) {
    return rows.map((row) => this.names[row]);
  }

  get lines() { // made when it is first needed
    return this.made ??= new Lines(folded(this.names.join("\n")), this.names.length);
  }
}

// What asName gives, or undefined where the text can be no name.
function tidied(text) {
  try {
    return asName(text);
  } catch {
    return undefined;
  }
}

// Many lines in one text: to look for something in all of them is then one search, which the browser does quickly.
class Lines {
  constructor(text, count) {
    this.text = `\n${text}\n`;
    this.starts = new Int32Array(count + 1); // line i: from starts[i] to starts[i + 1] − 1, where its line break is
    for (let i = 0, at = 1; i <= count; i++) {
      this.starts[i] = at;
      at = this.text.indexOf("\n", at) + 1;
    }
    this.astral = /[\ud800-\udfff]/.test(text); // whether a letter may be two units long
  }

  equal(line, n) {
    return this.beginning(`${line}\n`, n);
  }

  // The first n lines that begin so.
  beginning(part, n) {
    const found = [], wanted = `\n${part}`;
    for (let at = 0; found.length < n && (at = this.text.indexOf(wanted, at)) >= 0; at++) found.push(this.at(at + 1));
    return found;
  }

  // The first n lines that hold it, and do not begin so.
  holding(part, n) {
    const found = [], { text, starts } = this;
    for (let at = 0; found.length < n && (at = text.indexOf(part, at)) >= 0;) {
      const line = this.at(at);
      if (at > starts[line]) found.push(line);
      at = starts[line + 1];
    }
    return found;
  }

  // The last line that is this one.
  last(line) {
    return this.at(this.text.lastIndexOf(`\n${line}\n`) + 1);
  }

  // The line that a place in the text belongs to.
  at(place) {
    const { starts } = this;
    let low = 0, high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
