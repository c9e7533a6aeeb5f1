// What of the lab's choice the page's address keeps, see page/address.js.

import { choice, kept } from "../page/address.js";

export function address(source) {
  const options = Object.entries(source.get("options"));
  const kinds = options.map(([name, all]) => [name, choice(all.map(({ value }) => value))]);
  return kept([source], Object.fromEntries(kinds));
}
