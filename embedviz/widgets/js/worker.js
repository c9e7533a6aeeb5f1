// Work that would hold up the page: done by a Web Worker made of the same modules, or here where there can be none.

// bundle.py puts in what these stand for: the text of all modules, and what gives a module's exports.
const text = import.meta.modules, use = import.meta.use;
let shared;

// The result of the function `name` that the module `module` (its place under js/) exports, called with these
// arguments; they are copied. Gives a promise; an error in the function rejects it.
export function work(module, name, ...args) {
  shared ??= hired();
  return shared.work(module, name, ...args);
}

// A worker of one's own, for what takes long: nobody else's questions wait for it. Gives { work, stop }; its modules
// keep what they know from call to call. What is not answered when it is stopped never will be.
export function hired() {
  const waiting = new Map();
  let worker, next = 0;
  const answer = ({ data: { id, result, error } }) => {
    const { done, failed } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) done(result);
    else failed(new Error(error));
  };
  const give = (module, name, ...args) => {
    worker ??= start(waiting, answer, (other) => { worker = other; });
    return new Promise((done, failed) => {
      const message = { id: ++next, module, name, args };
      waiting.set(next, { done, failed, message });
      worker.postMessage(message);
    });
  };
  return { work: give, stop: () => worker?.terminate() };
}

// `instead(other)` is told if another has to do its work.
function start(waiting, answer, instead) {
  try {
    const code = `${text()}onmessage = ({ data }) => (${handle})(data, $use, postMessage);`;
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const made = new Worker(url);
    let broken = false;
    made.onmessage = answer;
    made.onerror = (event) => { // forbidden by the page, say: what waits is done here
      event.preventDefault();
      if (broken) return;
      broken = true;
      const other = here(answer);
      instead(other);
      for (const { message } of waiting.values()) other.postMessage(message);
    };
    return made;
  } catch {
    return here(answer);
  }
}

function here(answer) {
  let stopped = false;
  const told = (data) => { if (!stopped) answer({ data }); };
  return {
    postMessage: (message) => setTimeout(() => { if (!stopped) handle(message, use, told); }),
    terminate: () => { stopped = true; },
  };
}

function handle({ id, module, name, args }, use, post) {
  try {
    post({ id, result: use(module)[name](...args) });
  } catch (error) {
    post({ id, error: String(error.message ?? error) });
  }
}
