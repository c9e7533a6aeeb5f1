// Where a page keeps the log of reviews: IndexedDB, in two stores, as the notebook's SQLite file has them.
//
//   events     { kind, name, at, data } by a number that grows; at is a text, as in an export
//   settings   values by their names
//
// What is done to them is a list of steps, all in one transaction: it is on the disk, or nothing of it is.
//
//   { add: event }, { remove: event }, { set: name, value }, { combine: (stored events) => events },
//   { forget: true }
//
// An event that is added gets its number as event.key when the transaction is complete.

const NAME = "embedviz-drills", VERSION = 1;

// Gives { read(), write(steps) }, two promises' makers; an error rejects them, and nothing has changed.
export async function openStore(factory = globalThis.indexedDB) {
  if (!factory) throw new Error("this browser keeps nothing for this page");
  const database = await settled(Object.assign(factory.open(NAME, VERSION), { onupgradeneeded: create }));
  database.onversionchange = () => database.close(); // a newer page in another tab wants to change it
  return { read: () => read(database), write: (steps) => write(database, steps) };
}

function create({ target: { result: database } }) {
  database.createObjectStore("events", { autoIncrement: true });
  database.createObjectStore("settings");
}

// { events: in their order, with their keys, settings: { name: value } }
async function read(database) {
  const stores = database.transaction(["events", "settings"]);
  const found = ["events", "settings"].map((name) => {
    const store = stores.objectStore(name);
    return [settled(store.getAllKeys()), settled(store.getAll())];
  });
  const [[keys, events], [names, values]] = await Promise.all(found.map((both) => Promise.all(both)));
  return {
    events: events.map((event, i) => ({ ...event, key: keys[i] })),
    settings: Object.fromEntries(names.map((name, i) => [name, values[i]])),
  };
}

function write(database, steps) {
  return new Promise((done, failed) => {
    const transaction = database.transaction(["events", "settings"], "readwrite", { durability: "strict" });
    const events = transaction.objectStore("events"), settings = transaction.objectStore("settings"), made = [];
    transaction.oncomplete = () => {
      for (const { event, request } of made) event.key = request.result;
      done();
    };
    transaction.onabort = () => failed(transaction.error ?? new Error("it was broken off"));
    try {
      for (const step of steps) take(step, events, settings, made);
    } catch (error) { // the browser refuses it at once: the steps before it are undone, too
      transaction.onabort = () => failed(error);
      transaction.abort();
    }
  });
}

function take(step, events, settings, made) {
  if (step.add) made.push({ event: step.add, request: events.add(stored(step.add)) });
  else if (step.remove) events.delete(step.remove.key);
  else if (step.set) settings.put(step.value, step.set);
  else if (step.forget) [events, settings].forEach((store) => store.clear());
  else {
    events.getAll().onsuccess = ({ target }) => {
      events.clear();
      for (const event of step.combine(target.result)) events.add(stored(event));
    };
  }
}

const stored = ({ kind, name, at, data }) => ({ kind, name, at, data });

function settled(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
    request.onblocked = () => failed(new Error("another tab has it open: close that"));
  });
}
