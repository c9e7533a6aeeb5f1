// What of a user the page's address keeps, see page/address.js: who it is (`user`, empty: nobody of the training data),
// the features that are other than that user's, the films `seen` beside that user's, and those of them `unseen`.

import { MOST } from "../page/address.js";
import { read } from "./data.js";
import { load } from "./people.js";

const OWN = ["user", "seen", "unseen"]; // a feature of such a name is not kept

export function address(source) {
  const data = read(source.get("payload"));
  const names = ["user", "profile", "liked"], same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const now = () => Object.fromEntries(names.map((name) => [name, source.get(name)])), start = now();
  const features = data.features.filter(({ name, offered }) => offered && !OWN.includes(name));
  const write = () => {
    const { user, profile, liked } = now(), base = load(data, user);
    if (same(now(), start)) return [];
    const changed = features.filter(({ name }) => !same(profile[name] ?? null, base.profile[name]));
    const said = changed.flatMap(({ name }) => [profile[name] ?? ""].flat().map((value) => [name, value]));
    const films = [...other("seen", liked, base.liked), ...other("unseen", base.liked, liked)];
    return [["user", user ?? ""], ...said, ...(films.length > MOST ? [] : films)];
  };
  const show = (found) => {
    const [name] = found.get("user") ?? [], user = name === "" ? null : name;
    const base = name !== undefined && (user === null || data.userRow(user) !== undefined) ? load(data, user) : start;
    const films = (key) => (found.get(key) ?? []).filter((film) => data.names.row(film) >= 0);
    const profile = { ...base.profile };
    for (const { name: feature, values } of features) {
      const said = (found.get(feature) ?? []).filter((value) => value === "" || values.includes(value));
      if (said.length) profile[feature] = said.length > 1 ? said : said[0] || null;
    }
    const without = new Set(films("unseen"));
    const liked = [...new Set([...base.liked, ...films("seen")])].filter((film) => !without.has(film));
    const wanted = { user: base.user, profile, liked };
    if (!same(now(), wanted)) source.set(wanted);
  };
  return { on: (act) => source.on(names, act), write, read: show };
}

// The films of one list that are not in another, each with its key.
function other(key, films, others) {
  const known = new Set(others);
  return films.filter((film) => !known.has(film)).map((film) => [key, film]);
}
