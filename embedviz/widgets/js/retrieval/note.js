// What the numbers are.

import { element } from "../dom.js";
import { given } from "./people.js";
import { REASONS } from "./taste.js";

export function noteView(data, state) {
  const root = element("p", { className: "embedviz-note" });
  const stop = state.on(["user", "profile", "liked"], () => {
    const features = given(data, state.get("user"), state.get("profile")).size, films = state.get("liked").length;
    root.textContent = `Score: cosine of the user’s and the film’s vectors, in all ${data.dim} dimensions. ` +
      `It is the sum of what each part of the user adds, of ${several(features, "feature")} and ` +
      `${several(films, "film")}; ` +
      `the ${REASONS} largest are named.`;
  });
  return { root, stop };
}

const several = (number, thing) => `${number} ${thing}${number === 1 ? "" : "s"}`;
