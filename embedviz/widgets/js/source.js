// Where a widget's values come from, and where its changes go: one interface, two homes.
//
//   source.get(name)        the value; bytes are a DataView (see bytes.js), a part that is a widget is a source itself
//   source.on(names, act)   call act() after any of these has changed, once for changes that come together; gives a
//                           function that ends it
//   source.set(changes)     change values, { name: value, … }, here, and in the kernel if there is one: in one message
//   source.send(message)    tell the kernel; without one it is lost
//   source.live             whether there is a kernel to tell

import { unpack } from "./bytes.js";

const REFERENCE = "IPY_MODEL_";

// The source of a widget model of Jupyter. Its parts that are widgets are looked up first, and whenever others come.
export async function modelSource(model, manager, known = new Map()) {
  if (known.has(model)) return known.get(model);
  const parts = new Map(), listeners = new Listeners();
  const resolve = async (value) => {
    if (Array.isArray(value)) await Promise.all(value.map(resolve));
    else if (typeof value === "string" && value.startsWith(REFERENCE) && !parts.has(value)) {
      const other = await manager.get_model(value.slice(REFERENCE.length)).catch(() => null); // closed meanwhile
      if (other) parts.set(value, await modelSource(other, manager, known));
    }
  };
  const read = (value) => Array.isArray(value) ? value.map(read) : parts.get(value) ?? value;
  const ours = () => Object.entries(model.attributes).filter(([name]) => !(name in OWN));
  const all = () => Promise.all(ours().map(([, value]) => resolve(value)));
  const changed = async () => {
    const names = Object.keys(model.changedAttributes() || {});
    await all();
    listeners.tell(names);
  };
  const source = {
    live: true,
    get: (name) => read(model.get(name)),
    on: (names, act) => listeners.add(names, act),
    set: (changes) => { model.set(changes); model.save_changes(); },
    send: (message, buffers) => model.send(message, undefined, buffers),
    stop: () => { model.off("change", changed); for (const part of parts.values()) part.stop(); },
  };
  known.set(model, source);
  await all();
  model.on("change", changed);
  return source;
}

// What every widget of Jupyter has, and no source need resolve.
const OWN = { children: 1, layout: 1, style: 1, widget_manager: 1 };

// The source of a page without a kernel: what page.py has packed.
export async function payloadSource(packed) {
  return valuesSource(await unpack(packed));
}

// A source of plain values; an object { $widget: values } among them is a part.
export function valuesSource(values) {
  const listeners = new Listeners(), made = new Map();
  const read = (value) => {
    if (Array.isArray(value)) return value.map(read);
    if (!value?.$widget) return value;
    if (!made.has(value)) made.set(value, valuesSource(value.$widget));
    return made.get(value);
  };
  return {
    live: false,
    get: (name) => read(values[name]),
    on: (names, act) => listeners.add(names, act),
    set: (changes) => { Object.assign(values, changes); listeners.tell(Object.keys(changes)); },
    send: () => {},
    stop: () => {},
  };
}

class Listeners {
  constructor() {
    this.all = new Set();
  }

  add(names, act) {
    const one = { names: [names].flat(), act };
    this.all.add(one);
    return () => this.all.delete(one);
  }

  tell(names) {
    for (const one of this.all) if (names.some((name) => one.names.includes(name))) this.later(one);
  }

  later(one) { // several change together: one call
    if (one.due) return;
    one.due = true;
    queueMicrotask(() => { one.due = false; if (this.all.has(one)) one.act(); });
  }
}

// JupyterLab's own keys go from cell to cell ("b" makes one), and would not reach a slider. It looks for this attribute
// where the focus is, not around it.
const ownKeys = ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true");

// A widget for anywidget that shows another widget, named by its trait `data`, with mount(el, source).
export function widget(mount) {
  return {
    async render({ model, el }) {
      const data = await model.widget_manager.get_model(model.get("data"));
      const source = await modelSource(data, model.widget_manager);
      const stop = await mount(el, source);
      el.addEventListener("focusin", ownKeys);
      return () => { el.removeEventListener("focusin", ownKeys); stop?.(); source.stop(); };
    },
  };
}
