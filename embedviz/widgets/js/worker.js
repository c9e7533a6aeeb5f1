// Work that would hold up the page: done by a Web Worker made of the same modules, or here where there can be none.

// bundle.py puts in what these stand for: the text of all modules, and what gives a module's exports.
const text = import.meta.modules, use = import.meta.use;
let worker, waiting, next = 0;

// The result of the function `name` that the module `module` (its place under js/) exports, called with these
// arguments; they are copied. Gives a promise; an error in the function rejects it.
export function work(module, name, ...args) {
  worker ??= start();
  return new Promise((done, failed) => {
    waiting.set(++next, { done, failed });
    worker.postMessage({ id: next, module, name, args });
  });
}

function start() {
  waiting = new Map();
  const answer = ({ data: { id, result, error } }) => {
    const { done, failed } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) done(result);
    else failed(new Error(error));
  };
  try {
    const code = `${text()}onmessage = ({ data }) => (${handle})(data, $use, postMessage);`;
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const made = new Worker(url);
    made.onmessage = answer;
    made.onerror = (event) => { // forbidden by the page, say: what waits is done here
      event.preventDefault();
      if (worker !== made) return;
      worker = here(answer);
      for (const { message } of waiting.values()) worker.postMessage(message);
    };
    return remembering(made);
  } catch {
    return here(answer);
  }
}

// A worker whose messages can be done once more by another.
function remembering(made) {
  const post = made.postMessage.bind(made);
  made.postMessage = (message) => { waiting.get(message.id).message = message; post(message); };
  return made;
}

function here(answer) {
  return { postMessage: (message) => setTimeout(() => handle(message, use, (data) => answer({ data }))) };
}

function handle({ id, module, name, args }, use, post) {
  try {
    post({ id, result: use(module)[name](...args) });
  } catch (error) {
    post({ id, error: String(error.message ?? error) });
  }
}
