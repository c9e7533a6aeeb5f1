// A widget in a page of its own, without a kernel: what page.py has packed, shown by an entry.

import { payloadSource } from "../source.js";
import { keepView } from "./address.js";
import { framed, sayReady, takeTheme, tellHeight } from "./frame.js";

// `mount`: of the entry; `address`: see address.js, or null: the address keeps nothing.
export async function show(mount, address, el, packed) {
  const source = await payloadSource(packed);
  if (address) keepView(address(source)); // before anything is drawn: it starts from there
  mount(el, source);
  if (!framed()) return;
  takeTheme();
  tellHeight();
  sayReady();
}
