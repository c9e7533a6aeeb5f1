// The drill of a notebook: what the kernel's session has is shown, and what is done by hand is sent to it.

import { drillView } from "./view.js";

const MODEL = ["card", "revealed", "follow_up", "left", "again", "undoable", "said", "failed", "turn"];

export function mount(el, source) {
  const view = drillView((event) => source.send(event));
  const update = () => view.show(Object.fromEntries(MODEL.map((name) => [name, source.get(name)])));
  const stop = source.on(MODEL, update);
  el.append(view.root);
  update();
  return () => { stop(); view.root.remove(); };
}
