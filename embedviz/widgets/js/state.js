// What is shown, in one place: views are told what has changed, and read it here. No view knows another.

export class State {
  constructor(values) {
    this.values = { ...values };
    this.views = new Set();
    this.changed = null; // names, until the views have been told
  }

  get(name) {
    return this.values[name];
  }

  // Change some values; those that stay equal count as unchanged. The views are told once for all changes of a moment.
  set(changes) {
    const names = Object.keys(changes).filter((name) => !equal(this.values[name], changes[name]));
    if (!names.length) return;
    for (const name of names) this.values[name] = changes[name];
    if (!this.changed) queueMicrotask(() => this.tell());
    this.changed = new Set([...(this.changed ?? []), ...names]);
  }

  // Call view(changed: Set of names, or null at first) now and after changes of these; gives a function that ends it.
  on(names, view) {
    const one = { names: [names].flat(), view };
    this.views.add(one);
    view(null);
    return () => this.views.delete(one);
  }

  tell() {
    const { changed } = this;
    this.changed = null;
    for (const one of [...this.views]) {
      if (this.views.has(one) && one.names.some((name) => changed.has(name))) one.view(changed);
    }
  }
}

function equal(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => equal(one, b[i]));
  return Object.is(a, b);
}
