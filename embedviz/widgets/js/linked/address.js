// What of the view of two linked maps the page's address keeps, see page/address.js.

import { explorerAddress } from "../explorer/address.js";

export const address = (source) => explorerAddress(source.get("sides"), source.get("hide"));
