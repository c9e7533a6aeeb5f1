// What of the choice of an index the page's address keeps, see page/address.js.

import { choice, kept, within } from "../page/address.js";

export function address(source) {
  const vectors = choice(source.get("tables").map(({ name }) => name));
  return kept([source], { vectors, way: choice(["batched", "single"]), least: within(0.5, 1) });
}
