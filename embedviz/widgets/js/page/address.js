// The address keeps the view: copy `page.html#selected=War%20and%20Peace&epoch=3`, and it shows the same again. It has
// what differs from the page as it was at first. What it cannot mean is passed over, as if it were not there.
//
// A module address.js beside an entry says what is kept. Its `address(source)` gives
//   { on(act): call act() after a change; write(): [[key, text], …]; read(found): show what a Map of key → texts says }
// For values of a source, `kept` makes that. These modules are in pages alone: in a notebook there is no such address.

import { framed, onParent, tellParent } from "./frame.js";

const WAIT = 400; // milliseconds between two changes of an address: Safari allows 100 of them in 30 seconds
export const MOST = 40; // names in a list: an address that is mailed must not be too long

// Show what the address says, now and whenever it changes, and let it follow what is shown.
// Gives a function that ends it.
export function keepView(view, place = framed() ? frameAddress() : ownAddress()) {
  let known, timer;
  const take = (fragment) => {
    view.read(parse(fragment));
    known = format(view.write());
  };
  const tell = () => {
    timer = undefined;
    const now = format(view.write());
    if (now !== known) place.set(known = now);
  };
  take(place.get());
  const ends = [place.on(take), view.on(() => { timer ??= setTimeout(tell, WAIT); })];
  return () => { clearTimeout(timer); for (const end of ends) end(); };
}

// What an address says: Map of key → texts. A part that is no UTF-8, or has no "=", says nothing.
export function parse(fragment) {
  const found = new Map();
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    if (at < 0) continue;
    try {
      const [key, text] = [part.slice(0, at), part.slice(at + 1)].map(decodeURIComponent);
      found.set(key, [...(found.get(key) ?? []), text]);
    } catch { /* "%" and what is no byte */ }
  }
  return found;
}

// As RFC 3986 has it, brackets too: a program that makes links of texts would end the link before ")". Half of a
// surrogate pair, which is no text, has no form.
function coded(text) {
  const byte = (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd")).replace(/[!'()*]/g, byte);
}

export function format(pairs) {
  return pairs.map((pair) => pair.map(coded).join("=")).join("&");
}

// Values of a source, or of several that say the same: `kinds` is name → kind, see below. `mend(view, given)` gives
// what can be shown, of all values and of those that the address has given.
export function kept(sources, kinds, mend = (view) => view) {
  const [source] = sources, names = Object.keys(kinds);
  const now = () => Object.fromEntries(names.map((name) => [name, source.get(name)]));
  const start = now(), same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  return {
    on: (act) => source.on(names, act),
    write: () => {
      const view = now(), changed = names.filter((name) => !same(view[name], start[name]));
      return changed.flatMap((name) => kinds[name].write(view[name]).map((text) => [name, text]));
    },
    read: (found) => {
      const read = (name) => (found.has(name) ? kinds[name].read(found.get(name)) : undefined);
      const said = names.map((name) => [name, read(name)]).filter(([, value]) => value !== undefined);
      const given = Object.fromEntries(said);
      const wanted = mend({ ...start, ...given }, given);
      for (const one of sources) {
        const changes = Object.entries(wanted).filter(([name, value]) => !same(one.get(name), value));
        if (changes.length) one.set(Object.fromEntries(changes));
      }
    },
  };
}

// Kinds of values: write(value) gives texts, read(texts) the value, or undefined: they mean none.

// One of these; null is the empty text.
export function choice(values) {
  const text = (value) => String(value ?? "");
  const of = new Map([...values].reverse().map((value) => [text(value), value])); // of equal texts the first counts
  return { write: (value) => [text(value)], read: ([first]) => of.get(first) };
}

// Some of these texts, each with its own key; too many are not kept.
export function several(values) {
  const known = new Set(values);
  return {
    write: (chosen) => (chosen.length > MOST ? [] : chosen.length ? chosen : [""]),
    read: (texts) => {
      const chosen = texts.filter((text) => known.has(text));
      return chosen.length || (texts.length === 1 && texts[0] === "") ? chosen : undefined;
    },
  };
}

// So many texts, whatever they say.
export function anyTexts(count) {
  return { write: (texts) => texts, read: (texts) => (texts.length === count ? texts : undefined) };
}

// A number from `least` to `most`.
export function within(least, most, { whole = false } = {}) {
  const form = whole ? /^-?\d{1,15}$/ : /^-?\d{1,15}(\.\d{1,15})?$/;
  const read = ([text]) => {
    const value = form.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? value : undefined;
  };
  return { write: (value) => [String(value)], read };
}

// The page's own address. That it follows is a kindness: where it is forbidden, all else works.
function ownAddress() {
  return {
    get: () => location.hash,
    set: (fragment) => {
      try {
        history.replaceState(history.state, "", fragment ? `#${fragment}` : location.href.split("#")[0]);
      } catch { /* a sandbox, or too many */ }
    },
    on: (act) => {
      const hear = () => act(location.hash);
      window.addEventListener("hashchange", hear);
      return () => window.removeEventListener("hashchange", hear);
    },
  };
}

// In a frame: the parent's, which knows what else is in it. The frame's own is read too, for a parent without a script.
function frameAddress() {
  const own = ownAddress();
  return {
    get: own.get,
    set: (fragment) => tellParent({ embedviz: "view", fragment }),
    on: (act) => {
      const take = ({ fragment }) => { if (typeof fragment === "string") act(fragment); };
      const ends = [own.on(act), onParent("view", take)];
      return () => { for (const end of ends) end(); };
    },
  };
}
