// Who the user is: one of the training data, and what is known of them.

import { element } from "../dom.js";
import { select } from "../parts/controls.js";

const OWN = { value: null, label: "a user of my own" }, NOT_GIVEN = { value: null, label: "not given" };

export function profileView(data, state, { load, choose }) {
  const user = select("User", [OWN, ...data.users.map((name) => ({ value: name, label: name }))], load);
  const offered = data.features.filter((feature) => feature.offered);
  const boxes = offered.map((feature) => featureBox(feature, (value) => choose(feature.name, value)));
  const stop = state.on(["user", "profile"], () => {
    user.show(state.get("user"));
    offered.forEach(({ name }, i) => boxes[i].show(state.get("profile")[name] ?? null));
  });
  const root = element("div", { className: "embedviz-row embedviz-who" }, user.root, boxes.map((box) => box.root));
  return { root, stop };
}

// A feature's values; those of a loaded user who has several are one more, until another is chosen.
function featureBox({ name, values }, choose) {
  const options = [NOT_GIVEN, ...values.map((value) => ({ value, label: value }))], several = {};
  const box = select(name, options, (value) => { if (value !== several) choose(value); });
  const show = (value) => {
    if (Array.isArray(value)) box.show(several, [...options, { value: several, label: value.join(", ") }]);
    else box.show(value, options);
  };
  return { root: box.root, show };
}
