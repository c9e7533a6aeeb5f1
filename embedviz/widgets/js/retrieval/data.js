// What the kernel has packed about items, users and features, as arrays and maps.

import { numbers, texts } from "../bytes.js";
import { Names } from "../space/names.js";

export function read(payload) {
  const values = texts(payload.values), featureOf = numbers(payload.value_features, Int32Array);
  const features = payload.features.map(({ name, offered }) => ({ name, offered, values: [] }));
  const places = new Map(features.map(({ name }) => [name, new Map()]));
  values.forEach((value, i) => {
    const { name, values: own } = features[featureOf[i]];
    places.get(name).set(value, i);
    own.push(value);
  });
  const users = texts(payload.users), rows = new Map(users.map((name, row) => [name, row]));
  return {
    k: payload.k,
    dim: payload.dim,
    names: new Names(texts(payload.names)),
    items: numbers(payload.items, Float32Array),
    watched: numbers(payload.watched, Float32Array), // what a film seen adds to a user; none: nothing
    features, // { name, offered: whether it can be chosen, values }
    places, // feature → value → its row in valueVectors
    values,
    featureOf, // of each value
    valueVectors: numbers(payload.value_vectors, Float32Array),
    users,
    userRow: (name) => rows.get(name),
    userValues: lists(payload.user_value_lists, payload.user_value_starts),
    histories: lists(payload.history_lists, payload.history_starts),
    facts: payload.facts.map(({ label, codes, texts: said }) => ({
      label, codes: numbers(codes, Int32Array), said: texts(said), // −1: none
    })),
    map: {
      title: payload.title,
      titles: payload.titles, // of the axes
      mean: numbers(payload.mean, Float32Array),
      axes: numbers(payload.axes, Float32Array), // one after the other
      codes: numbers(payload.codes, Uint8Array), // of the items and, last, the user
      classes: payload.classes,
    },
  };
}

// The rows of a CSR matrix: row → its numbers.
function lists(view, starts) {
  const all = numbers(view, Int32Array), start = numbers(starts, Int32Array);
  return (row) => all.subarray(start[row], start[row + 1]);
}
