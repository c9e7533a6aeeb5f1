// What of a training the page's address keeps, see page/address.js: the settings, and the name that is selected.

import { texts } from "../bytes.js";
import { choice, kept } from "../page/address.js";
import { stepsOf } from "./steps.js";

export function address(source) {
  const start = source.get("settings"), names = texts(source.get("map").data.names);
  const sliders = ["lr", "temperature", "negatives", "epochs"];
  const numbers = sliders.map((name) => [name, choice(stepsOf(name, start[name]))]);
  const kinds = {
    selected: choice([null, ...names]), method: choice(["softmax", "negatives"]), logQ: choice([true, false]),
    ...Object.fromEntries(numbers),
  };
  return kept([flat(source)], kinds);
}

// Its settings, and of its map the selected name, as if they were values of the source itself.
function flat(source) {
  return {
    get: (name) => (name === "selected" ? source.get("map").selected : source.get("settings")[name]),
    set: ({ selected, ...changes }) => {
      source.set({ settings: { ...source.get("settings"), ...changes } });
      if (selected !== undefined) source.set({ map: { ...source.get("map"), selected } });
    },
    on: (names, act) => source.on(["settings", "map"], act),
  };
}
