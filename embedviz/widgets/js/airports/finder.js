// Airports by their code, or by what they are called: "LAX", "lax", "los angeles".

import { folded } from "../space/folding.js";

const LISTED = 12;

export class Finder {
  constructor(names, full) {
    this.names = names;
    this.full = full.map((name, row) => `${names.at(row)} ${name}`);
    this.folded = this.full.map(tidied);
  }

  complete(text) {
    return this.fits(text).slice(0, LISTED).map((row) => this.full[row]);
  }

  // { row }: the one that is meant; { row: null, names, labels }: codes of several that it fits; { row: null }: none.
  search(text) {
    const wanted = tidied(text), whole = this.folded.indexOf(wanted), fits = this.fits(text);
    if (!wanted) return { row: null };
    if (whole >= 0) return { row: whole };
    for (const code of [text.trim(), text.trim().toUpperCase()]) {
      if (this.names.row(code) >= 0) return { row: this.names.row(code) };
    }
    if (fits.length === 1) return { row: fits[0] };
    const few = fits.slice(0, LISTED);
    if (!few.length) return { row: null };
    return { row: null, names: few.map((row) => this.names.at(row)), labels: few.map((row) => this.full[row]) };
  }

  fits(text) {
    const wanted = tidied(text), rows = [];
    if (wanted) this.folded.forEach((name, row) => { if (name.includes(wanted)) rows.push(row); });
    return rows;
  }
}

// Case, white space, and how letters are composed do not count.
const tidied = (text) => folded(text.normalize("NFC").trim().replace(/\s+/g, " "));
