// Controls with their labels. Each is { root, show(value, …) }: `show` says what it stands at and calls nobody;
// `change(value)` is called when it is changed by hand.

import "./theme.css";
import { element, uniqueId } from "../dom.js";

function field(label, control, ...more) {
  control.id = uniqueId();
  const name = element("label", { htmlFor: control.id }, label);
  return element("span", { className: "embedviz-field" }, name, control, ...more);
}

// Options are { value, label, disabled }.
export function select(label, options, change) {
  const control = element("select", { onchange: () => change(known[control.selectedIndex].value) });
  let known = [];
  const show = (value, others = known) => {
    if (JSON.stringify(others) !== JSON.stringify(known)) {
      control.replaceChildren(...others.map((one) => element("option", { disabled: one.disabled }, one.label)));
      known = others;
    }
    control.selectedIndex = known.findIndex((one) => one.value === value);
  };
  show(undefined, options);
  return { root: field(label, control), show };
}

// A row of buttons, one of them pressed; options are { value, label, title, disabled }.
export function buttons(label, options, change) {
  const made = options.map(({ value, label: text, title, disabled }) =>
    element("button", { type: "button", title, disabled, onclick: () => change(value) }, text));
  const root = element("span", { className: "embedviz-group", role: "group", "aria-label": label }, made);
  const show = (value, disabled = () => null) => options.forEach((one, i) => { // disabled(value): why, or null
    const why = disabled(one.value);
    made[i].setAttribute("aria-pressed", String(one.value === value));
    made[i].disabled = Boolean(why ?? one.disabled);
    made[i].title = why ?? one.title ?? "";
  });
  show();
  return { root, show };
}

export function button(text, title, act) {
  return element("button", { type: "button", className: "embedviz-button", title, onclick: act }, text);
}

export function checkbox(label, change) {
  const control = element("input", { type: "checkbox", onchange: () => change(control.checked) });
  return { root: field(label, control), show: (value) => { control.checked = value; } };
}

// `settled`: tell of a value when it is let go, not of each on the way.
export function slider(label, { min, max, step = 1, format = String, settled = false }, change) {
  const control = element("input", { type: "range", min, max, step }), output = element("output");
  const say = () => {
    output.textContent = format(Number(control.value));
    control.setAttribute("aria-valuetext", output.textContent);
  };
  control.addEventListener("input", () => { say(); if (!settled) change(Number(control.value)); });
  if (settled) control.addEventListener("change", () => change(Number(control.value)));
  const show = (value, range = {}) => {
    Object.assign(control, range, { value });
    say();
  };
  return { root: field(label, control, output), show };
}
