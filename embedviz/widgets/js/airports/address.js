// What of the view of the airports the page's address keeps, see page/address.js.

import { explorerAddress } from "../explorer/address.js";

export const address = (source) => explorerAddress([source], source.get("hide"));
