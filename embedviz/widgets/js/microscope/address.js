// What of the microscope's view the page's address keeps, see page/address.js.

import { texts } from "../bytes.js";
import { choice, kept, within } from "../page/address.js";

export function address(source) {
  const { names, graphs, lists, k } = source.get("payload"), rows = texts(names), whole = { whole: true };
  const sizes = lists.map((one) => one.lists);
  return kept([source], {
    index: choice(["HNSW", "IVF"]), selected: choice(rows),
    links: choice(graphs.map(({ links }) => links)), lists: choice(sizes),
    ef: within(k, Math.min(100, rows.length), whole), nprobe: within(1, Math.max(...sizes), whole),
    step: within(0, 100000, whole),
  }, (view) => ({ ...view, nprobe: Math.min(view.nprobe, view.lists) }));
}
