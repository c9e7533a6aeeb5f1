// The users: what is known of those that the model was trained with, and of the one who is shown.

// A user of the training data as what can be shown of one: { user, profile, liked }; null: nobody.
export function load(data, user) {
  const known = user === null ? new Map() : valuesOf(data, user), profile = {};
  for (const { name, offered } of data.features) {
    const values = known.get(name) ?? [];
    if (offered) profile[name] = values.length > 1 ? values : values[0] ?? null;
  }
  const history = user === null ? [] : [...data.histories(data.userRow(user))];
  return { user, profile, liked: history.map((item) => data.names.at(item)) };
}

// feature → its values, of all that is known of a user but the history: what is chosen, and what cannot be chosen.
export function given(data, user, profile) {
  const found = new Map();
  for (const { name, offered } of data.features) {
    const value = profile[name] ?? null;
    if (offered && value !== null) found.set(name, [value].flat());
  }
  if (user === null) return found;
  const offered = new Map(data.features.map((feature) => [feature.name, feature.offered]));
  for (const [name, values] of valuesOf(data, user)) if (!offered.get(name)) found.set(name, values);
  return found;
}

function valuesOf(data, user) {
  const known = new Map();
  for (const i of data.userValues(data.userRow(user))) {
    const { name } = data.features[data.featureOf[i]];
    known.set(name, [...(known.get(name) ?? []), data.values[i]]);
  }
  return known;
}
