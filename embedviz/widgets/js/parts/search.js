// A text field that completes names.

import "./theme.css";
import { element, uniqueId } from "../dom.js";

// `complete(text)` gives the names to offer; `commit(text)` is called at Enter, and when one is chosen.
export function searchBox(label, complete, commit) {
  const list = element("datalist", { id: uniqueId() });
  const input = element("input", {
    type: "search", className: "embedviz-search", placeholder: label, "aria-label": label,
    autocomplete: "off", spellcheck: false,
  });
  input.setAttribute("list", list.id);
  let fresh = false; // the next search replaces the last: its text is selected at Enter, and by the first click
  input.addEventListener("focus", () => { fresh = true; input.select(); });
  input.addEventListener("click", () => { if (fresh) input.select(); fresh = false; });
  input.addEventListener("input", (event) => { // a choice from the list has no type, or that of a replacement
    if (!event.inputType || event.inputType === "insertReplacementText") commit(input.value);
    else list.replaceChildren(...complete(input.value).map((name) => new Option(name)));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { commit(input.value); input.select(); }
  });
  const show = (value) => { input.value = value; if (document.activeElement === input) input.select(); };
  return { root: element("span", { className: "embedviz-field" }, input, list), show, focus: () => input.focus() };
}
