// The mock interview of a notebook: what the kernel's interview has is shown, and what is done by hand is sent to it.

import { interviewView } from "./view.js";

const MODEL = ["stage", "roles", "lengths", "role", "minutes", "card", "number", "of", "remaining", "follow_up",
  "review", "page", "said", "turn"];

export function mount(el, source) {
  const view = interviewView((event) => source.send(event));
  const update = () => view.show(Object.fromEntries(MODEL.map((name) => [name, source.get(name)])));
  const stop = source.on(MODEL, update);
  el.append(view.root);
  update();
  return () => { stop(); view.stop(); view.root.remove(); };
}
