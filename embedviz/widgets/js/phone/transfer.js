// Progress as JSON, as the notebook's `progress/transfer.py` writes and reads it. `form` is { format, version, kinds },
// from there: kinds has what the data of each kind of event must hold.

import { isoformat, moment } from "./time.js";

export function exported(events, settings, { format, version }) {
  return {
    format, version,
    settings: Object.fromEntries(Object.keys(settings).sort().map((name) => [name, settings[name]])),
    events: events.map(({ kind, name, at, data }) => ({ kind, name, at, data })),
  };
}

// The { settings, events } of a file's text; an error says what is wrong with it.
export function imported(text, { format, version, kinds }) {
  let content;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new Error(`this file is not JSON: ${error.message}`);
  }
  if (content?.format !== format) {
    throw new Error("this is no export of progress: it must be what this page or `embedviz drill --export` wrote");
  }
  if (content.version !== version) {
    throw new Error(`the export has version ${content.version}, this page reads ${version}: get the newest of both`);
  }
  const events = [...(content.events ?? [])].map((event, place) => {
    const problem = wrong(event, kinds);
    if (problem) throw new Error(`event ${place} of the export is broken (${problem}): nothing was changed`);
    return { kind: event.kind, name: event.name, at: isoformat(moment(event.at)), data: event.data };
  });
  return { settings: { ...content.settings }, events };
}

function wrong(event, kinds) {
  if (typeof event?.name !== "string") return "name must be a text";
  if (Number.isNaN(moment(event.at))) return `at=${event.at} must be a time with a zone`;
  const { kind, data } = event;
  if (!Object.hasOwn(kinds, kind) || !kinds[kind].every((name) => Object.hasOwn(data ?? {}, name))) {
    return `kind=${kind} with ${JSON.stringify(data)}`;
  }
  if (kind === "review" && data.due !== undefined && Number.isNaN(moment(data.due))) {
    return `due=${data.due} must be a time with a zone`;
  }
  return kind === "review" && ![1, 2, 3, 4].includes(data.grade) ? `grade=${data.grade} must be 1 to 4` : "";
}

// All events of both logs, once each: those that `log` lacks come between its own by their time. Each log keeps its own
// order, which is what happened where a clock was set back.
export function combined(log, others) {
  const known = new Map();
  for (const event of log) known.set(identity(event), (known.get(identity(event)) ?? 0) + 1);
  const fresh = others.filter((event) => {
    const times = known.get(identity(event)) ?? 0;
    known.set(identity(event), times - 1);
    return times <= 0;
  });
  const all = [];
  let next = 0;
  for (const event of log) {
    while (next < fresh.length && moment(fresh[next].at) < moment(event.at)) all.push(fresh[next++]);
    all.push(event);
  }
  return [...all, ...fresh.slice(next)];
}

const identity = ({ kind, name, at, data }) => JSON.stringify([kind, name, at, sorted(data)]);

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.keys(value).sort().map((name) => [name, sorted(value[name])]);
}
