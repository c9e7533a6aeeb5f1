// The state and the source say the same: what changes here is told there, and the other way round.

const NAMES = ["selected", "chosen", "projection", "epoch", "color", "size", "dim", "umap", "ends", "distorted"];

// The state to start from.
export function started(source, data) {
  const values = Object.fromEntries(NAMES.map((name) => [name, source.get(name)]));
  return {
    ...read(values, data), trail: [], preview: null, message: null, hidden: [], playing: false, problem: "",
    place: null, measures: null, tables: data.tables, umaps: source.get("umaps"), progress: source.get("progress"),
  };
}

// Some of the source's values in the state's terms: rows for names, the number of a table for its epoch.
function read({ selected, chosen, epoch, ...same }, data) {
  const found = { ...same };
  if (selected !== undefined) found.selected = selected === null ? null : rowOf(data, selected);
  if (chosen !== undefined) found.chosen = Array.from(data.names.rowsOf(chosen)).filter((row) => row >= 0);
  if (epoch !== undefined) {
    const at = data.tables.findIndex((table) => table.epoch === epoch);
    found.at = at < 0 ? data.last : at;
  }
  return found;
}

function rowOf(data, name) {
  const row = data.names.row(name);
  return row < 0 ? null : row;
}

// The state's values in the source's terms.
function written(state, data) {
  const { selected, chosen, at, ...values } = state.values;
  return {
    ...Object.fromEntries(NAMES.filter((name) => name in values).map((name) => [name, values[name]])),
    selected: selected === null ? null : data.names.at(selected),
    chosen: chosen.map((row) => data.names.at(row)),
    epoch: data.tables[at].epoch,
  };
}

export function link(state, source, data, question) {
  const known = written(state, data); // what both know: only what differs from it is news
  const news = (values) => Object.entries(values).filter(([name, value]) => {
    const different = JSON.stringify(known[name]) !== JSON.stringify(value);
    known[name] = value;
    return different;
  });
  const hear = () => {
    data.readTables();
    state.set({ tables: data.tables, umaps: source.get("umaps"), progress: source.get("progress") });
    const told = news(Object.fromEntries(NAMES.map((name) => [name, source.get(name)])));
    const { selected, chosen, ...rest } = read(Object.fromEntries(told), data);
    if (rest.at === undefined && state.get("at") > data.last) rest.at = data.last;
    if (rest.at !== undefined) rest.playing = state.get("playing") && rest.at !== data.last;
    state.set(rest);
    if (chosen?.length) question.choose(chosen);
    else if (selected !== undefined) question.select(selected);
    else if (chosen) question.select(state.get("selected"));
  };
  const tell = (changed) => {
    const changes = changed ? news(written(state, data)) : [];
    if (changes.length) source.set(Object.fromEntries(changes));
  };
  const off = [source.on([...NAMES, "tables", "umaps", "progress"], hear), state.on(["at", ...NAMES], tell)];
  return () => { for (const end of off) end(); };
}
